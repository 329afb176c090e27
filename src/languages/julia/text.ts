/** Lines of Julia in the manner of JuliaFormatter: four spaces, 92 columns, operators at the ends of lines. */
import { splitTopLevel } from '../shared/text.ts'

/** What is left of 92 columns within a function. */
const WIDTH = 88
const INDENT = '    '

export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `${INDENT}${line}`))
}

/** `head value`, broken behind operators or between arguments where it is long. */
export function statement(head: string, value: string): string[] {
  const line = `${head}${value}`
  if (line.length <= WIDTH) return [line]
  const sums = splitTopLevel(value, (text, at) => /^ \.?[-+] /.test(text.slice(at, at + 4)))
  const parts =
    sums.length > 1 ? sums : splitTopLevel(value, (text, at) => /^ (?:\.?[*/]|\\) /.test(text.slice(at, at + 4)))
  if (parts.length > 1) {
    // An operator that begins a line would begin a statement.
    const lines = parts.map((part, k) => {
      const own = k === 0 ? part : part.replace(/^ \S+ /, '')
      const operator = /^ \S+(?= )/.exec(parts[k + 1] ?? '')?.[0] ?? ''
      return `${INDENT}${own}${operator}`
    })
    return [head.trimEnd(), ...lines]
  }
  const open = /^[\w.]+\(/.exec(value)?.[0]
  const args = open && value.endsWith(')') ? splitTopLevel(value.slice(open.length, -1), isComma) : []
  if (open === undefined || args.length < 2 || value.includes(';')) return [line]
  return [`${head}${open}`, ...args.map((arg) => `${INDENT}${arg.replace(/^, /, '')},`), ')']
}

function isComma(text: string, at: number): boolean {
  return text[at] === ',' && text[at + 1] === ' '
}

/** The tuple of these texts. */
export function tuple(items: readonly string[]): string {
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
}
