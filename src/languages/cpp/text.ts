/** Lines of C++ in the manner of clang-format's Google style. */
import { splitTopLevel } from '../shared/text.ts'

const WIDTH = 80

/** `head value;`, broken before operators where it is long. */
export function statement(head: string, value: string): string[] {
  const line = `${head}${value};`
  if (line.length <= WIDTH - 6) return [line]
  const sums = splitTopLevel(value, (text, at) => /^ [-+] /.test(text.slice(at, at + 3)))
  const parts = sums.length > 1 ? sums : splitTopLevel(value, (text, at) => /^ [*/?:] /.test(text.slice(at, at + 3)))
  if (parts.length === 1) return [head.trimEnd(), `    ${value};`]
  return [head.trimEnd(), ...parts.map((part, k) => `    ${part.trim()}${k === parts.length - 1 ? ';' : ''}`)]
}
