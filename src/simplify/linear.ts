/**
 * General functions that are linear in an argument: factors of it that do not depend on the function's own axes are taken out,
 * above all unit tensors between batch axes, which then join these instead of multiplying the work.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Contraction, Factor, Label, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { type Context, through } from './context.ts'
import type { Argument } from './elementwise.ts'
import { product } from './product.ts'

/** Whether name is linear in its argument number k. */
export function isLinearIn(name: string, k: number): boolean {
  switch (name) {
    case 'sylvester':
      return k === 2
    case 'dexpm':
    case 'dlogm':
      return k > 0
    case 'cross':
      return true
    default:
      return false
  }
}

/**
 * The argument without the batch axes along which it does not change and, if the function is linear in it, without factors over
 * batch axes alone; and these factors. Undefined where nothing goes.
 */
export function takeOutFactors(
  context: Context,
  { value, labels }: Argument,
  batch: number,
  isLinear: boolean,
): { readonly argument: Argument; readonly factors: readonly Factor[] } | undefined {
  const { node } = value
  if (node.kind !== 'contraction') return undefined
  const placed = through(value, labels)
  const isOuter = (label: Label) => label < node.rank && (placed[label] as Label) < batch
  const taken = isLinear ? node.factors.filter((factor) => factor.labels.every(isOuter)) : []
  const rest = node.factors.filter((factor) => !taken.includes(factor))
  const kept = [...placed.keys()].filter((label) => !isOuter(label) || rest.some((f) => f.labels.includes(label)))
  if (taken.length === 0 && kept.length === placed.length) return undefined
  const inner = restricted(context, node, rest, kept)
  return {
    argument: {
      value: { ...inner, coefficient: inner.coefficient.multiply(value.coefficient) },
      labels: kept.map((label) => placed[label] as Label),
    },
    factors: taken.map((factor) => ({ ...factor, labels: factor.labels.map((label) => placed[label] as Label) })),
  }
}

/** The product of these factors over these outputs of the node, and its summed labels. */
function restricted(context: Context, node: Contraction, factors: readonly Factor[], outputs: readonly Label[]) {
  const summed = [...node.dimensions.keys()].slice(node.rank)
  const order = [...outputs, ...summed]
  const relabelled = factors.map((factor) => ({
    ...factor,
    labels: factor.labels.map((label) => order.indexOf(label)),
  }))
  const dimensions = order.map((label) => node.dimensions[label] as Dimension)
  return product(context, Rational.ONE, relabelled, dimensions, outputs.length)
}

/** Higher derivatives are symmetric in their directions, which stand in the order of their nodes. */
export function sortedDirections<T extends { readonly node: Node }>(name: string, args: readonly T[]): readonly T[] {
  if (name !== 'dexpm' && name !== 'dlogm') return args
  const [first, ...directions] = args
  return first ? [first, ...directions.sort((a, b) => a.node.hash - b.node.hash)] : args
}
