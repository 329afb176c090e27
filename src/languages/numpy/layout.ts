/** Axes, numbers and powers in NumPy's spelling. */
import type { Expression, View } from '../../plan/step.ts'
import type { Label } from '../../tensor/node.ts'
import { Rational } from '../../tensor/rational.ts'
import { literal } from '../shared/numbers.ts'
import { atom, call, Level, negative, type Text, within } from './text.ts'

/** For each axis of the viewed value, the first axis of the view that shows it. */
export function viewLabels(view: View): number[] {
  const labels: number[] = []
  for (const [position, axis] of view.axes.entries()) if (axis >= 0) labels[axis] ??= position
  return labels
}

export function maskLabels(expression: Expression): Label[] {
  if (expression.kind !== 'mask') return []
  return expression.conditions.flatMap((condition) => condition.terms.map((term) => term.label))
}

export function range(length: number): number[] {
  return Array.from({ length }, (_, k) => k)
}

/** Axis p of the text is axis order[p] of the value. */
export function permuted(text: Text, order: readonly number[]): Text {
  if (order.every((axis, position) => axis === position)) return text
  const value = within(text, Level.atom)
  return atom(order.length === 2 ? `${value}.T` : `${value}.transpose(${order.join(', ')})`)
}

/** Gives a text with the axes `present` axes of length 1 at those of `labels` that it lacks. */
export function spread(text: Text, present: readonly Label[], labels: readonly Label[]): Text {
  if (present.length === 0) return text
  const from = labels.indexOf(present[0] ?? 0)
  const index = labels.slice(from).map((label) => (present.includes(label) ? ':' : 'None'))
  return index.includes('None') ? atom(`${within(text, Level.atom)}[${index.join(', ')}]`) : text
}

/** Letters for the labels of one einsum: i, j, k, ... */
export function subscripts(labels: readonly Label[]): (label: Label) => string {
  const letters = 'ijklmnopqrstuvwxyzabcdefghABCDEFGHIJKLMNOPQRSTUVWXYZ'
  return (label) => {
    const letter = letters[labels.indexOf(label)]
    if (letter === undefined) throw new RangeError('more axes than NumPy has letters for')
    return letter
  }
}

export function numberText(value: Rational): Text {
  const text = literal(value)
  return value.sign < 0 ? negative(atom(text)) : atom(text)
}

export function asFloat(text: Text): Text {
  return /^\d+$/.test(text.text)
    ? atom(`${text.text}.0`)
    : /^-\d+$/.test(text.text)
      ? { ...text, text: `${text.text}.0` }
      : call('np.float64', text.text)
}

/** base^exponent for a positive exponent; zero makes ones. */
export function powerText(base: Text, exponent: Rational): Text {
  if (exponent.isOne) return base
  if (exponent.equals(Rational.HALF)) return call('np.sqrt', base.text)
  const number = exponent.toDecimal() ?? `(${exponent.numerator} / ${exponent.denominator})`
  // Black puts no spaces around ** between simple operands.
  const simple = /^[\w.]+$/.test(base.text) && /^[\d.]+$/.test(number)
  return { text: `${within(base, Level.atom)}${simple ? '**' : ' ** '}${number}`, level: Level.power }
}
