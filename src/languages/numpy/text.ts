/** Pieces of Python expressions with what is needed to put brackets around them. */

/** How tightly the outermost operator of a text binds. */
export const Level = { compare: 0, add: 1, multiply: 2, negate: 3, power: 4, atom: 5 } as const
export type Level = (typeof Level)[keyof typeof Level]

export interface Text {
  readonly text: string
  readonly level: Level
  /** Whether a text of the level `multiply` is a matrix product: `*` beside it needs brackets to be read at ease. */
  readonly matmul?: true
}

export function atom(text: string): Text {
  return { text, level: Level.atom }
}

/** The text, in brackets unless it binds at least as tightly as `level`. */
export function within(piece: Text, level: Level): string {
  return piece.level >= level ? piece.text : `(${piece.text})`
}

export function call(name: string, ...args: readonly string[]): Text {
  return atom(`${name}(${args.join(', ')})`)
}

/** The tuple of these texts. */
export function tuple(items: readonly string[]): string {
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
}

/** Π above / Π below; both in order. */
export function quotient(above: readonly Text[], below: readonly Text[]): Text {
  const [first, ...rest] = above
  if (!first) return { text: ['1', ...below.map((d) => within(d, Level.negate))].join(' / '), level: Level.multiply }
  if (rest.length === 0 && below.length === 0) return first
  const head = first.matmul ? `(${first.text})` : within(first, Level.multiply)
  const factors = rest.map((factor) => ` * ${within(factor, Level.negate)}`)
  const divisors = below.map((divisor) => ` / ${within(divisor, Level.negate)}`)
  return { text: [head, ...factors, ...divisors].join(''), level: Level.multiply }
}

export function matmul(left: Text, right: Text): Text {
  const a = left.matmul ? left.text : within(left, Level.negate)
  return { text: `${a} @ ${within(right, Level.negate)}`, level: Level.multiply, matmul: true }
}

export function negative(piece: Text): Text {
  return { text: `-${piece.matmul ? `(${piece.text})` : within(piece, Level.multiply)}`, level: Level.negate }
}

/** A sum of signed texts; a positive one comes first where there is one. */
export function signedSum(terms: readonly { readonly negative: boolean; readonly text: Text }[]): Text {
  const positive = terms.findIndex((term) => !term.negative)
  const first = terms[Math.max(positive, 0)]
  if (!first) return atom('0.0')
  const rest = terms.filter((term) => term !== first)
  const head = first.negative ? negative(first.text) : first.text
  if (rest.length === 0) return head
  const tail = rest.map(({ negative: minus, text }) => ` ${minus ? '-' : '+'} ${within(text, Level.multiply)}`)
  return { text: within(head, Level.add) + tail.join(''), level: Level.add }
}

const WIDTH = 88

/** `target = value` within the line width, in the manner of Black: broken at operators or at arguments. */
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
  if (open && value.endsWith(')')) {
    const args = splitTopLevel(value.slice(open[0].length, -1), (text, at) => text[at] === ',')
    const lines = args.map((arg) => `${inner}${arg.replace(/^, ?/, '').trim()},`)
    return [`${indent}${head}${open[0]}`, ...lines, `${indent})`]
  }
  return [line]
}

/** The text cut before each place outside of brackets and quotes where `cuts` holds. */
function splitTopLevel(text: string, cuts: (text: string, at: number) => boolean): string[] {
  const parts: string[] = []
  let depth = 0
  let quoted = false
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const c = text[at]
    if (c === '"') quoted = !quoted
    if (quoted) continue
    if (c === '(' || c === '[') depth++
    else if (c === ')' || c === ']') depth--
    else if (depth === 0 && cuts(text, at)) {
      parts.push(text.slice(start, at))
      start = at
    }
  }
  parts.push(text.slice(start))
  return parts
}
