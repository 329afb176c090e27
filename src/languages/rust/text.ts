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
