/**
 * Diagonals of sums and functions are sums and functions of diagonals: diag(A + B*C) never forms B*C, and the greatest entries
 * of a diagonal are those of the entries that a comparison on the diagonal computes.
 */
import type { Dimension } from '../tensor/dimension.ts'
import { type Factor, type Label, type Node, operands } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { Context, Scaled } from './context.ts'
import { elementwise } from './elementwise.ts'
import { general } from './general.ts'
import { product } from './product.ts'
import { sum } from './sum.ts'

/** Diagonals are pushed into expressions of up to this many nodes: below, the way down is short enough to recurse. */
const NODE_LIMIT = 200

const known = new WeakMap<Context, Map<string, Scaled>>()

type Pushable = Node & { kind: 'sum' | 'map' | 'general' }

/**
 * A factor that bears a label twice, as its diagonal over distinct labels, where the node is a sum, a map, or a function with
 * the diagonal in its batch axes; undefined for others. `labels` are those of the value's axes.
 */
export function diagonalOf(
  context: Context,
  { node, labels }: Factor,
  dimensions: readonly Dimension[],
): { readonly value: Scaled; readonly labels: readonly Label[] } | undefined {
  const distinct = [...new Set(labels)]
  if (distinct.length === labels.length) return undefined
  if (!canPush(node, labels) || operands(node).length === 0 || !isSmall(node)) return undefined
  const pattern = labels.map((label) => distinct.indexOf(label))
  const memo = known.get(context) ?? new Map<string, Scaled>()
  known.set(context, memo)
  const key = `${node.id}[${pattern}]`
  let value = memo.get(key)
  if (!value) {
    value = pushed(
      context,
      node,
      pattern,
      distinct.map((label) => dimensions[label] as Dimension),
    )
    memo.set(key, value)
  }
  return { value, labels: distinct }
}

function canPush(node: Node, labels: readonly Label[]): node is Pushable {
  if (node.kind !== 'general') return node.kind === 'sum' || node.kind === 'map'
  return labels.slice(node.batch).every((label) => labels.indexOf(label) === labels.lastIndexOf(label))
}

/** The sum, map or function at the indices of `pattern`, over these axes. */
function pushed(context: Context, node: Pushable, pattern: readonly number[], axes: readonly Dimension[]): Scaled {
  // The axes of a function's own come after its batch, in the arguments as in the result.
  const batch = node.kind === 'general' ? node.batch : node.axes.length
  const batchAxes = axes.slice(0, new Set(pattern.slice(0, batch)).size)
  const parts = operands(node).map((operand) => {
    const labels = operand.labels.map((axis) =>
      axis < batch ? (pattern[axis] as number) : batchAxes.length + axis - batch,
    )
    const kept = [...new Set(labels)]
    const factor = { node: operand.node, labels: labels.map((label) => kept.indexOf(label)), exponent: Rational.ONE }
    const sizes = kept.map((label) => operand.node.axes[labels.indexOf(label)] as Dimension)
    return { value: product(context, Rational.ONE, [factor], sizes, sizes.length), labels: kept }
  })
  if (node.kind === 'general') return general(context, node.name, batchAxes, axes.slice(batchAxes.length), parts)
  if (node.kind === 'map') return elementwise(context, node.name, axes, parts)
  const terms = parts.map(({ value, labels }, k) => ({
    node: value.node,
    labels: value.labels.map((axis) => labels[axis] as number),
    coefficient: value.coefficient.multiply((node.terms[k] as { coefficient: Rational }).coefficient),
  }))
  return sum(context, axes, terms)
}

function isSmall(root: Node): boolean {
  const seen = new Set<Node>([root])
  for (const node of seen) {
    if (seen.size > NODE_LIMIT) return false
    for (const operand of operands(node)) seen.add(operand.node)
  }
  return true
}
