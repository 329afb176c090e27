/** What all constructors of the canonical form share: the graph, which declared properties may be used, symmetry. */
import type { Graph } from '../tensor/graph.ts'
import { identity } from '../tensor/graph.ts'
import type { Label, Node, Summand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { isDelta } from '../tensor/structured.ts'
import { canonicalLabelling } from './labelling.ts'

/**
 * A simplified value: coefficient · node with its axes permuted; axis q of the node is axis labels[q] of the value. So R
 * and −R, exp(Z') and exp(Z)' are one node. A value of zero has coefficient 0.
 */
export type Scaled = Summand

export interface Context {
  readonly graph: Graph
  /** Whether the declared properties of variables may be used (calculus.md §3, trap 5). */
  readonly properties: boolean
  readonly symmetry: Map<Node, boolean>
}

export function newContext(graph: Graph, properties: boolean): Context {
  return { graph, properties, symmetry: new Map() }
}

export function scaled(node: Node, coefficient: Rational = Rational.ONE): Scaled {
  return { node, coefficient, labels: identity(node.axes.length) }
}

/** The labels of a value's node, when the value's axes carry `labels`. */
export function through(value: Scaled, labels: readonly Label[]): Label[] {
  return value.labels.map((axis) => labels[axis] as Label)
}

/** The number that a node always is, or undefined. */
export function numberOf(value: Scaled): Rational | undefined {
  if (value.coefficient.isZero) return Rational.ZERO
  return isOne(value.node) && value.node.axes.length === 0 ? value.coefficient : undefined
}

/** Whether a node is a ones tensor: a contraction without factors and without summed labels. */
export function isOne(node: Node): boolean {
  return node.kind === 'contraction' && node.factors.length === 0 && node.dimensions.length === node.rank
}

/** The value as one node: its coefficient and permutation written out where it has any. */
export function materialise(context: Context, value: Scaled): Node {
  const g = context.graph
  const { coefficient, node, labels } = value
  if (coefficient.isZero) return labels.length === 0 ? g.constant(0) : g.zero(axesOf(value))
  const plain = labels.every((label, axis) => label === axis)
  if (coefficient.isOne && plain) return isOne(node) && node.axes.length === 0 ? g.constant(1) : node
  if (isOne(node) && node.axes.length === 0) return g.constant(coefficient)
  if (coefficient.isOne) {
    return g.contraction([{ node, labels, exponent: Rational.ONE }], axesOf(value), labels.length)
  }
  return g.sum(axesOf(value), [value])
}

export function axesOf({ node, labels }: Scaled) {
  const axes = [...node.axes]
  for (const [axis, label] of labels.entries()) axes[label] = node.axes[axis] as (typeof axes)[number]
  return axes
}

/** Whether swapping the two axes of a node leaves it as it is, by structure or by a property that may be used. */
export function isSymmetric(context: Context, node: Node): boolean {
  if (node.axes.length !== 2 || !node.axes[0]?.equals(node.axes[1] as (typeof node.axes)[number])) return false
  const known = context.symmetry.get(node)
  if (known !== undefined) return known
  // The recursion goes through canonical nodes made before this one, whose symmetry was asked for when they were used.
  const result = symmetryOf(context, node)
  context.symmetry.set(node, result)
  return result
}

function symmetryOf(context: Context, node: Node): boolean {
  switch (node.kind) {
    case 'variable': {
      const structure = node.facts.structure
      return context.properties && structure !== undefined && structure !== 'orthogonal'
    }
    case 'constant':
      return true
    case 'indicator':
      return isDelta(node)
    case 'contraction': {
      const symmetric = (factor: { node: Node }) => isSymmetric(context, factor.node)
      const code = (first: string, second: string) =>
        canonicalLabelling(
          node.factors,
          node.dimensions,
          (label) => (label === 0 ? first : label === 1 ? second : 's'),
          symmetric,
        ).code
      return code('o0', 'o1') === code('o1', 'o0')
    }
    case 'sum': {
      const code = (swap: boolean) =>
        node.terms
          .map((t) => `${t.coefficient.key}*${operandCode(context, t, swap)}`)
          .sort()
          .join(';')
      return code(false) === code(true)
    }
    case 'map': {
      const code = (swap: boolean) => node.args.map((a) => operandCode(context, a, swap)).join(';')
      return code(false) === code(true)
    }
    case 'general': {
      const [argument] = node.args
      return (node.name === 'inv' || node.name === 'adj') && !!argument && isSymmetric(context, argument.node)
    }
  }
}

/** A text of an operand of an order-2 node, in one of the two orientations. */
export function operandCode(
  context: Context,
  operand: { node: Node; labels: readonly Label[] },
  swap: boolean,
): string {
  const labels = swap ? operand.labels.map((label) => 1 - label) : [...operand.labels]
  if (isSymmetric(context, operand.node)) labels.sort()
  return `${operand.node.hash}[${labels.join(',')}]`
}
