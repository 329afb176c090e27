/** What a softmax forgets: log Σ exp(v + c) = log Σ exp(v) + c for a c that is the same along the sum, and softmax(v + c) = softmax(v). */
import type { Dimension } from '../tensor/dimension.ts'
import { type Context, type Scaled, through } from './context.ts'
import type { Argument } from './elementwise.ts'
import { general } from './general.ts'
import { sum } from './sum.ts'

const SHIFTED = new Set(['logsumexp', 'softmax', 'logsoftmax'])

/** The function of what is left when addends that do not vary along its own axis are taken out; undefined where there are none. */
export function withoutShift(
  context: Context,
  name: string,
  batchAxes: readonly Dimension[],
  ownAxes: readonly Dimension[],
  { value, labels }: Argument,
): Scaled | undefined {
  const { node, coefficient } = value
  if (!SHIFTED.has(name) || node.kind !== 'sum') return undefined
  const batch = batchAxes.length
  const placed = through(value, labels)
  const terms = node.terms.map((term) => ({ ...term, at: term.labels.map((axis) => placed[axis] as number) }))
  const shift = terms.filter(({ at }) => at.every((label) => label < batch))
  const rest = terms.filter((term) => !shift.includes(term))
  const varies = placed.every((label) => label < batch || rest.some(({ at }) => at.includes(label)))
  if (shift.length === 0 || rest.length === 0 || !varies) return undefined
  const left = sum(context, node.axes, rest)
  const inner = general(context, name, batchAxes, ownAxes, [
    { value: { ...left, coefficient: left.coefficient.multiply(coefficient) }, labels: placed },
  ])
  if (name !== 'logsumexp') return inner
  const added = shift.map((term) => ({
    node: term.node,
    coefficient: term.coefficient.multiply(coefficient),
    labels: term.at,
  }))
  return sum(context, batchAxes, [inner, ...added])
}
