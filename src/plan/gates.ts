/**
 * Exclusion that comes from within factors (calculus.md §3, trap 8). A factor that is 0 because an indicator or a mask
 * `where(c, 1, 0)` inside of it excludes an entry keeps the other factors from being used there, so that 0·∞ does not
 * arise, although the factor is a node of its own.
 */
import { identity } from '../tensor/graph.ts'
import type { Contraction, ElementwiseMap, Indicator, Label, Node } from '../tensor/node.ts'

/** A node that is 0 where it excludes; `labels` say which axes of the gated node its own axes are. */
export interface Gate {
  readonly node: Indicator | ElementwiseMap
  readonly labels: readonly Label[]
}

/** Gates handed up by one node. More are dropped, which leaves a product with 0: chains stay of linear cost. */
const MOST_GATES = 8

const NONE: readonly Gate[] = []

/** The gates of a node over its axes, from those of its operands. */
export function gatesOf(node: Node, gates: ReadonlyMap<Node, readonly Gate[]>): readonly Gate[] {
  switch (node.kind) {
    case 'indicator':
      return [{ node, labels: identity(node.axes.length) }]
    case 'map':
      return isMask(node) ? [{ node, labels: identity(node.axes.length) }] : NONE
    case 'contraction':
      if (!node.factors.some((factor) => gates.has(factor.node))) return NONE
      return contractionGates(node, gates).slice(0, MOST_GATES)
    case 'sum': {
      if (!node.terms.every((term) => gates.has(term.node))) return NONE
      const [first, ...others] = node.terms.map(({ node: term, labels }) => relabelled(gates.get(term) ?? [], labels))
      const isShared = (gate: Gate) => others.every((list) => list.some((other) => same(gate, other)))
      return (first ?? []).filter(isShared)
    }
    default:
      return NONE
  }
}

function contractionGates({ factors, rank }: Contraction, gates: ReadonlyMap<Node, readonly Gate[]>): Gate[] {
  const found = factors
    .filter((factor) => factor.exponent.sign > 0)
    .flatMap(({ node, labels }) => relabelled(gates.get(node) ?? [], labels))
  return found.filter((gate) => gate.labels.every((label) => label < rank))
}

/** The gates of an operand over the labels of the node that uses it. */
export function relabelled(gates: readonly Gate[], labels: readonly Label[]): Gate[] {
  return gates.map((gate) => ({ node: gate.node, labels: gate.labels.map((axis) => labels[axis] ?? 0) }))
}

/** `where(c, 1, 0)` or `where(c, 0, 1)`, with any number for 1: it is 0 exactly where it excludes. */
export function isMask(node: Node): boolean {
  if (node.kind !== 'map' || node.name !== 'where') return false
  const [, yes, no] = node.args.map((arg) => isZero(arg.node))
  return yes !== undefined && no !== undefined && yes !== no
}

/** Whether a node is the number 0 (true), another number (false), or neither (undefined). */
export function isZero(node: Node | undefined): boolean | undefined {
  if (node?.kind === 'constant') return node.value.isZero
  if (node?.kind === 'sum' && node.terms.length === 0) return true
  const ones = node?.kind === 'contraction' && node.factors.length === 0 && node.dimensions.length === node.rank
  return ones ? false : undefined
}

function same(a: Gate, b: Gate): boolean {
  return a.node === b.node && a.labels.every((label, position) => label === b.labels[position])
}
