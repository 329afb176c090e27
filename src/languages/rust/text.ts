/** Lines of Rust in the manner of rustfmt. */
import { splitTopLevel } from '../shared/text.ts'

const WIDTH = 96

/** `head value;`, broken before operators where it is long. */
export function statement(head: string, value: string): string[] {
  const line = `${head}${value};`
  if (line.length <= WIDTH) return [line]
  const sums = splitTopLevel(value, (text, at) => /^ [-+] /.test(text.slice(at, at + 3)))
  const parts = sums.length > 1 ? sums : splitTopLevel(value, (text, at) => /^ [*/] /.test(text.slice(at, at + 3)))
  if (parts.length === 1 || value.startsWith('if ')) return [line]
  return parts.map((part, k) => `${k === 0 ? head : '    '}${part.trim()}${k === parts.length - 1 ? ';' : ''}`)
}

export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `    ${line}`))
}

/** The width to which rustfmt leaves arguments and items on one line. */
const ITEMS = 60

/** `head(args)tail`, an argument a line where they are long; `depth` is that of the blocks around it. */
export function callLines(head: string, args: readonly string[], tail: string, depth: number): string[] {
  return listLines(`${head}(`, args, `)${tail}`, depth)
}

/** What stands between an opening and a closing bracket, an item a line where they are long. */
export function listLines(open: string, items: readonly string[], close: string, depth: number): string[] {
  const line = items.join(', ')
  if (line.length <= ITEMS && 4 * depth + open.length + line.length + close.length <= 100)
    return [`${open}${line}${close}`]
  return [open, ...indented(items.map((item) => `${item},`)), close]
}
