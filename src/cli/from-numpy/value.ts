/** What a Python expression stands for, as text of our language. */

/** How tightly a text holds together: comparisons least, names most. */
export const LEVEL = { comparison: 0, sum: 1, product: 2, sign: 3, postfix: 4, primary: 5 } as const
export type Level = (typeof LEVEL)[keyof typeof LEVEL]

/** An axis of the tensor that the text means, or one of length 1 that NumPy adds for broadcasting. */
export type ArrayAxis = 'own' | 'new'

/** An array. The text means the tensor of its own axes; one axis is a column. */
export interface ArrayValue {
  readonly kind: 'array'
  readonly text: string
  readonly level: Level
  readonly axes: readonly ArrayAxis[]
  /** Where it is a number that the source writes, or a size. */
  readonly constant?: number | 'size'
}

export type Value =
  | ArrayValue
  | { readonly kind: 'tuple'; readonly items: readonly Value[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }

export function array(text: string, level: Level, order: number): ArrayValue {
  return { kind: 'array', text, level, axes: new Array<ArrayAxis>(order).fill('own') }
}

export function constant(value: number): ArrayValue {
  const text = `${Math.abs(value)}`
  const written = value < 0 ? `-${text}` : text
  return { kind: 'array', text: written, level: value < 0 ? LEVEL.sign : LEVEL.primary, axes: [], constant: value }
}

/** The number of axes of the tensor that the text means. */
export function orderOf({ axes }: ArrayValue): number {
  return axes.filter((axis) => axis === 'own').length
}

export function isPlain({ axes }: ArrayValue): boolean {
  return !axes.includes('new')
}

/** The text, in brackets where it holds together less than it must. */
export function held({ text, level }: ArrayValue, least: Level): string {
  return level >= least ? text : `(${text})`
}

export function transposed(value: ArrayValue): string {
  // Twice is not at all.
  if (value.level === LEVEL.postfix && /[^']'$/.test(value.text)) return value.text.slice(0, -1)
  return `${held(value, LEVEL.postfix)}'`
}

export function call(name: string, args: readonly string[], order: number): ArrayValue {
  return array(`${name}(${args.join(', ')})`, LEVEL.primary, order)
}
