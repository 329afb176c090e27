/** Lines of Python in the manner of Black. */
import { splitTopLevel } from '../text.ts'

const WIDTH = 88

/** The tuple of these texts. */
export function tuple(items: readonly string[]): string {
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
}

/** `target = value` within the line width: broken at operators or at arguments. */
export function assignment(target: string, value: string, indent = '    '): string[] {
  return statement(`${target} = `, value, indent)
}

export function statement(head: string, value: string, indent = '    '): string[] {
  const line = `${indent}${head}${value}`
  if (line.length <= WIDTH) return [line]
  const inner = `${indent}    `
  const sum = splitTopLevel(value, (text, at) => /^ [-+] /.test(text.slice(at, at + 3)))
  const parts = sum.length > 1 ? sum : splitTopLevel(value, (text, at) => /^ [*/@] /.test(text.slice(at, at + 3)))
  if (parts.length > 1) return [`${indent}${head}(`, ...parts.map((part) => `${inner}${part.trim()}`), `${indent})`]
  const open = /^[A-Za-z_.]+\(/.exec(value)
  const isCall = splitTopLevel(value, (text, at) => text[at] === '.' && text[at - 1] === ')').length === 1
  if (open && isCall && value.endsWith(')')) {
    const args = splitTopLevel(value.slice(open[0].length, -1), (text, at) => text[at] === ',')
    const lines = args.map((arg) => `${inner}${arg.replace(/^, ?/, '').trim()},`)
    return [`${indent}${head}${open[0]}`, ...lines, `${indent})`]
  }
  return [line]
}
