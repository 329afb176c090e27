/** Pieces of expressions with what is needed to put brackets around them, in every language with the usual operators. */

/** How tightly the outermost operator of a text binds. */
export const Level = { compare: 0, add: 1, multiply: 2, negate: 3, power: 4, atom: 5 } as const
export type Level = (typeof Level)[keyof typeof Level]

export interface Text {
  readonly text: string
  readonly level: Level
  /** Whether a text of the level `multiply` is a matrix product: `*` beside it needs brackets to be read at ease. */
  readonly matmul?: true
  /** Whether it is one number: a language may spell products with it another way. */
  readonly scalar?: true
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

/** The same text, known to be one number. */
export function asScalar(piece: Text): Text {
  return { ...piece, scalar: true }
}

/** How products and sums of entries are spelt where one side, or both, have axes. */
export interface Operators {
  readonly times: string
  readonly over: string
  /** Signs of sums with axes, where they differ from those of numbers. */
  readonly plus?: string
  readonly minus?: string
}

const PLAIN: Operators = { times: '*', over: '/' }

/** Π above / Π below; both in order. */
export function quotient(above: readonly Text[], below: readonly Text[], operators: Operators = PLAIN): Text {
  const [first, ...rest] = above
  if (first && rest.length === 0 && below.length === 0) return first
  let isScalar = first ? first.scalar === true : true
  let text = first ? (first.matmul ? `(${first.text})` : within(first, Level.multiply)) : '1'
  for (const factor of rest) {
    const operator = isScalar || factor.scalar ? '*' : operators.times
    text += ` ${operator} ${within(factor, Level.negate)}`
    isScalar &&= factor.scalar === true
  }
  for (const divisor of below) {
    text += ` ${divisor.scalar ? '/' : operators.over} ${within(divisor, Level.negate)}`
    isScalar &&= divisor.scalar === true
  }
  return { text, level: Level.multiply, ...(isScalar && { scalar: true }) }
}

export function matmul(left: Text, right: Text, operator = '@'): Text {
  const a = left.matmul ? left.text : within(left, Level.negate)
  return { text: `${a} ${operator} ${within(right, Level.negate)}`, level: Level.multiply, matmul: true }
}

export function negative(piece: Text): Text {
  const text = `-${piece.matmul ? `(${piece.text})` : within(piece, Level.multiply)}`
  return { text, level: Level.negate, ...(piece.scalar && { scalar: true }) }
}

/** A signed part of a sum. */
export interface SignedText {
  readonly negative: boolean
  readonly text: Text
}

/** A sum of signed texts; a positive one comes first where there is one. */
export function signedSum(terms: readonly SignedText[], { plus = '+', minus = '-' }: Partial<Operators> = PLAIN): Text {
  const positive = terms.findIndex((term) => !term.negative)
  const first = terms[Math.max(positive, 0)]
  if (!first) return asScalar(atom('0.0'))
  const rest = terms.filter((term) => term !== first)
  const head = first.negative ? negative(first.text) : first.text
  if (rest.length === 0) return head
  let isScalar = first.text.scalar === true
  let sum = within(head, Level.add)
  for (const { negative: isNegative, text } of rest) {
    isScalar &&= text.scalar === true
    const operator = isNegative ? (isScalar ? '-' : minus) : isScalar ? '+' : plus
    sum += ` ${operator} ${within(text, Level.multiply)}`
  }
  return { text: sum, level: Level.add, ...(isScalar && { scalar: true }) }
}

/** The text cut before each place outside of brackets and quotes where `cuts` holds. */
export function splitTopLevel(text: string, cuts: (text: string, at: number) => boolean): string[] {
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
