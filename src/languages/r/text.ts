/** Lines of R in the manner of styler: two spaces, operators at the ends of lines. */
import { splitTopLevel } from '../shared/text.ts'

const WIDTH = 80

/** `head value`, broken behind operators where it is long. */
export function statement(head: string, value: string): string[] {
  const line = `${head}${value}`
  if (line.length <= WIDTH - 2) return [line]
  const sums = splitTopLevel(value, (text, at) => /^ [-+] /.test(text.slice(at, at + 3)))
  const parts = sums.length > 1 ? sums : splitTopLevel(value, (text, at) => /^ [*/] /.test(text.slice(at, at + 3)))
  if (parts.length === 1) return [line]
  // An operator that begins a line would begin a statement.
  return parts.map((part, k) => {
    const own = k === 0 ? `${head}${part}` : `  ${part.slice(3)}`
    const next = parts[k + 1]
    return next === undefined ? own : `${own} ${next.slice(1, 2)}`
  })
}
