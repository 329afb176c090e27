/**
 * The seven kinds of nodes of an expression, a directed acyclic graph.
 *
 * Nodes have positional axes: axis p of a node is its p-th axis, whatever it is called anywhere. Where operands meet
 * (in a contraction, sum, map or general function) each operand lists the *label* of each of its axes. Labels are small
 * integers local to that one node; label p < rank *is* output axis p, labels from rank on are summed over. So `exp(X)`
 * used as [i,j] and as [j,k] is one node, and no renaming can capture an index.
 *
 * Nodes are made by a `Graph` only, which makes equal nodes identical: compare them with `===`.
 */
import type { Dimension } from './dimension.ts'
import type { Rational } from './rational.ts'

/** A label of an axis, local to one node: p < rank is output axis p, the others are summed over. */
export type Label = number

export type Node = Variable | Constant | Indicator | Contraction | Sum | ElementwiseMap | GeneralCall
export type NodeKind = Node['kind']

interface NodeBase {
  /** Creation number within the graph. For identity and memo tables only: never order by it. */
  readonly id: number
  /** A content hash, the same in every process. Order by it, so that results do not depend on history. */
  readonly hash: number
  /** The dimension of each axis; its length is the order of the tensor. */
  readonly axes: readonly Dimension[]
}

/** What a declaration says of a variable beyond its shape. */
export interface Facts {
  readonly structure?: 'symmetric' | 'psd' | 'diagonal' | 'orthogonal'
  readonly sign?: 'positive' | 'nonnegative'
}

export interface Variable extends NodeBase {
  readonly kind: 'variable'
  readonly name: string
  readonly facts: Facts
}

/** A rational number, of order 0. (`pi` is an elementwise map without arguments.) */
export interface Constant extends NodeBase {
  readonly kind: 'constant'
  readonly value: Rational
}

/**
 * A condition Σ coefficient·axis + offset (= | ≤ | ≠) 0 on the axes of an indicator, which count from 0.
 * A condition that holds always or never has no place here: the graph's constructor folds it.
 */
export interface Condition {
  readonly relation: 'eq' | 'le' | 'ne'
  readonly terms: readonly { readonly axis: number; readonly coefficient: Dimension }[]
  readonly offset: Dimension
}

/**
 * The tensor that is 1 where all conditions hold and 0 elsewhere: unit tensors (i = j), triangles (i ≤ j), selections
 * (i = 3), reshapes (p = i + m·j). In a contraction an entry excluded by an indicator is never evaluated, so 0·∞ does
 * not arise.
 */
export interface Indicator extends NodeBase {
  readonly kind: 'indicator'
  readonly conditions: readonly Condition[]
}

/** An operand node[labels]. */
export interface Operand {
  readonly node: Node
  /** The label of each axis of `node`. */
  readonly labels: readonly Label[]
}

/** An operand of a contraction, raised elementwise: node[labels]^exponent. Division is the exponent -1. */
export interface Factor extends Operand {
  readonly exponent: Rational
}

/**
 * C[0..rank-1] = Σ over labels ≥ rank of Π node[labels]^exponent.
 * An output label that no factor carries is a broadcast; a summed label that none carries counts its dimension.
 * A factor may repeat a label (`A[i,i]` is the diagonal). Without factors and labels it is the number 1; without factors
 * and with one summed label it is a dimension as a number.
 */
export interface Contraction extends NodeBase {
  readonly kind: 'contraction'
  readonly factors: readonly Factor[]
  /** The dimension of every label; the first `rank` of them are the axes. */
  readonly dimensions: readonly Dimension[]
  readonly rank: number
}

/** One summand: coefficient · node[labels], where labels are distinct output axes; missing ones broadcast. */
export interface Summand extends Operand {
  readonly coefficient: Rational
}

/** Σ coefficient · node[labels] over its terms. Without terms it is zero; with one it is a scaled node. */
export interface Sum extends NodeBase {
  readonly kind: 'sum'
  readonly terms: readonly Summand[]
}

/** An elementwise function of its arguments, each aligned by its (distinct) labels, missing output axes broadcast. */
export interface ElementwiseMap extends NodeBase {
  readonly kind: 'map'
  readonly name: string
  readonly args: readonly Operand[]
}

/**
 * A function of whole axes (inv, det, softmax, max over an axis), applied for each index of its batch axes.
 * The axes of the result are the batch axes, then the function's own result axes. In an argument's labels, b < batch
 * means batch axis b, and batch + k means the argument's own k-th axis, as the function counts them.
 */
export interface GeneralCall extends NodeBase {
  readonly kind: 'general'
  readonly name: string
  readonly args: readonly Operand[]
  /** The number of batch axes. */
  readonly batch: number
}

/** The operands of a node, in order: its edges in the graph. */
export function operands(node: Node): readonly Operand[] {
  switch (node.kind) {
    case 'variable':
    case 'constant':
    case 'indicator':
      return []
    case 'contraction':
      return node.factors
    case 'sum':
      return node.terms
    case 'map':
    case 'general':
      return node.args
  }
}
