/** Diagonals of sums and functions are sums and functions of diagonals: diag(A + B*C) never forms B*C. */
import type { Dimension } from '../tensor/dimension.ts'
import { type Factor, type Label, type Node, operands } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { Context, Scaled } from './context.ts'
import { elementwise } from './elementwise.ts'
import { product } from './product.ts'
import { sum } from './sum.ts'

/** Diagonals are pushed into expressions of up to this many nodes: below, the way down is short enough to recurse. */
const NODE_LIMIT = 200

const known = new WeakMap<Context, Map<string, Scaled>>()

/**
 * A factor that bears a label twice, as its diagonal over distinct labels, where the node is a sum or a map; undefined for
 * others. `labels` are those of the value's axes.
 */
export function diagonalOf(
  context: Context,
  { node, labels }: Factor,
  dimensions: readonly Dimension[],
): { readonly value: Scaled; readonly labels: readonly Label[] } | undefined {
  const distinct = [...new Set(labels)]
  if (distinct.length === labels.length) return undefined
  if ((node.kind !== 'sum' && node.kind !== 'map') || operands(node).length === 0 || !isSmall(node)) return undefined
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

/** The sum or map at the indices of `pattern`, over these axes. */
function pushed(
  context: Context,
  node: Node & { kind: 'sum' | 'map' },
  pattern: readonly number[],
  axes: readonly Dimension[],
): Scaled {
  const parts = operands(node).map((operand) => {
    const labels = operand.labels.map((axis) => pattern[axis] as number)
    const kept = [...new Set(labels)]
    const factor = { node: operand.node, labels: labels.map((label) => kept.indexOf(label)), exponent: Rational.ONE }
    const sizes = kept.map((axis) => axes[axis] as Dimension)
    return { value: product(context, Rational.ONE, [factor], sizes, sizes.length), labels: kept }
  })
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
