/** Lines of TypeScript in the manner of Prettier. */
import { splitTopLevel } from '../shared/text.ts'

const WIDTH = 80

export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `  ${line}`))
}

/** `head value;`, broken behind `=` and behind operators where it is long. */
export function statement(head: string, value: string): string[] {
  const line = `${head}${value};`
  if (line.length <= WIDTH - 8) return [line]
  const parts = pieces(value)
  if (parts.length === 1) return [line]
  const lines: string[] = []
  let current = ''
  for (const part of parts) {
    if (current !== '' && current.length + part.length > WIDTH - 10) {
      lines.push(`  ${current.trim()}`)
      current = part.trimStart()
    } else current += part
  }
  lines.push(`  ${current.trim()};`)
  return [head.trimEnd(), ...lines]
}

/** The text cut behind each operator outside of brackets: behind those of sums where there are any. */
function pieces(value: string): string[] {
  const sums = cut(value, /^ (?:[-+]|&&|\|\|) /)
  return sums.length > 1 ? sums : cut(value, /^ (?:[*/?:]) /)
}

function cut(value: string, operator: RegExp): string[] {
  const parts = splitTopLevel(value, (text, at) => operator.test(text.slice(at, at + 4)))
  // The operator stays at the end of the line before.
  const moved: string[] = []
  for (const [k, part] of parts.entries()) {
    const found = k > 0 ? operator.exec(part) : null
    if (found && moved.length > 0) {
      moved[moved.length - 1] += found[0].trimEnd()
      moved.push(part.slice(found[0].length - 1))
    } else moved.push(part)
  }
  return moved
}
