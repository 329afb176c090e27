/** What all constructors of the canonical form share. */
import type { Graph } from '../tensor/graph.ts'
import { identity } from '../tensor/graph.ts'
import type { Label, Node, Summand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { Symmetry } from './symmetry.ts'

/**
 * A simplified value: coefficient · node with its axes permuted; axis q of the node is axis labels[q] of the value. So R
 * and −R, exp(Z') and exp(Z)' are one node. A value of zero has coefficient 0.
 */
export type Scaled = Summand

export interface Context {
  readonly graph: Graph
  /** Whether the declared properties of variables may be used (calculus.md §3, trap 5). */
  readonly properties: boolean
  /** The symmetries of nodes found so far (see symmetry.ts). */
  readonly symmetries: Map<Node, readonly Symmetry[]>
  /** Whether nodes are known to have no negative entry. */
  readonly nonnegative: Map<Node, boolean>
  /**
   * Nodes that are known to be their own canonical form. They are not rebuilt by later passes and later calls, which mostly
   * meet them again.
   */
  readonly fixed: Set<Node>
}

const contexts = new WeakMap<Graph, readonly [without: Context, using: Context]>()

/** The context of a graph, without or with the use of properties: what is known of its nodes stays known. */
export function contextOf(graph: Graph, properties: boolean): Context {
  const known = contexts.get(graph) ?? [newContext(graph, false), newContext(graph, true)]
  contexts.set(graph, known)
  return known[properties ? 1 : 0]
}

function newContext(graph: Graph, properties: boolean): Context {
  return {
    graph,
    properties,
    symmetries: new Map(),
    nonnegative: new Map(),
    fixed: new Set(),
  }
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
