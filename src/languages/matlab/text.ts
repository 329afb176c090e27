/** Lines of MATLAB: long ones go on behind `...`. */
import { splitTopLevel } from '../shared/text.ts'

const WIDTH = 80

export function indented(lines: readonly string[], indent = '    '): string[] {
  return lines.map((line) => (line === '' ? '' : `${indent}${line}`))
}

/** `head value;`, broken before operators, or before arguments, where it is long. */
export function statement(head: string, value: string): string[] {
  const line = `${head}${value};`
  if (line.length <= WIDTH) return [line]
  const sums = splitTopLevel(value, (text, at) => /^ [-+] /.test(text.slice(at, at + 3)))
  const products =
    sums.length > 1 ? sums : splitTopLevel(value, (text, at) => /^ (?:\.?[*/]|\\) /.test(text.slice(at, at + 4)))
  const parts = products.length > 1 ? products : splitArguments(value)
  if (parts.length === 1) return [line]
  const lines = parts.map((part, k) => `${k === 0 ? head : '    '}${part.trim()}`)
  return lines.map((text, k) => (k === lines.length - 1 ? `${text};` : `${text} ...`))
}

/** A call cut before each argument but the first. */
function splitArguments(value: string): string[] {
  const open = /^\w+\(/.exec(value)?.[0]
  if (!open || !value.endsWith(')')) return [value]
  const args = splitTopLevel(value.slice(open.length, -1), (text, at) => text[at - 1] === ',' && text[at] === ' ')
  if (args.length === 1) return [value]
  return args.map((arg, k) => `${k === 0 ? open : ''}${arg}${k === args.length - 1 ? ')' : ''}`)
}
