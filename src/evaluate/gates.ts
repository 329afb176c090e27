/**
 * Exclusion. An entry excluded by an indicator, or by a mask `where(c, 1, 0)`, is never multiplied: 0·∞ and 0·NaN do not
 * arise (calculus.md §3, trap 8). That holds through a chain of products too: what a product of products excludes is
 * excluded from the whole, although the inner product is a node of its own with a plain 0 there.
 */
import type { ElementwiseMap, Indicator, Label, Node } from '../tensor/node.ts'

/** A node that excludes the entries where it is 0; `labels` are axes of the node that it gates, or labels of a contraction. */
export interface Gate {
  readonly node: Indicator | ElementwiseMap
  readonly labels: readonly Label[]
}

/** Gates handed up by one node. More are dropped, which leaves a plain product with 0: the chain stays of linear cost. */
const MOST_GATES = 8

/** Every node's gates over its own axes. `order` has operands first. */
export function findGates(order: readonly Node[]): Map<Node, readonly Gate[]> {
  const gates = new Map<Node, readonly Gate[]>()
  for (const node of order) {
    const found = gatesOf(node, gates)
    if (found.length > 0) gates.set(node, found.slice(0, MOST_GATES))
  }
  return gates
}

/** The gates over all labels of a contraction: those of its factors. Excluded stays excluded at any exponent of an indicator. */
export function contractionGates(node: Node, gates: ReadonlyMap<Node, readonly Gate[]>): Gate[] {
  if (node.kind !== 'contraction') return []
  const found: Gate[] = []
  for (const { node: factor, labels, exponent } of node.factors) {
    // The reciprocal of a 0 is infinite, whatever made the 0; only an indicator as such excludes at any exponent but 0.
    const gated = exponent.sign > 0 || (factor.kind === 'indicator' && exponent.sign < 0)
    if (!gated) continue
    for (const gate of gates.get(factor) ?? [])
      found.push({ node: gate.node, labels: gate.labels.map((a) => labels[a]!) })
  }
  return distinct(found)
}

function gatesOf(node: Node, gates: ReadonlyMap<Node, readonly Gate[]>): Gate[] {
  switch (node.kind) {
    case 'indicator':
      return [{ node, labels: node.axes.map((_, axis) => axis) }]
    case 'contraction':
      return contractionGates(node, gates).filter((gate) => gate.labels.every((label) => label < node.rank))
    case 'sum': {
      const [first, ...others] = node.terms.map(({ node: term, labels }) =>
        (gates.get(term) ?? []).map((gate) => ({ node: gate.node, labels: gate.labels.map((a) => labels[a]!) })),
      )
      return (first ?? []).filter((gate) => others.every((list) => list.some((other) => same(gate, other))))
    }
    case 'map':
      return isMask(node) ? [{ node, labels: node.axes.map((_, axis) => axis) }] : []
    default:
      return []
  }
}

/** `where(c, 1, 0)` or `where(c, 0, 1)`, with any number for 1: it is 0 exactly where it excludes. */
function isMask(node: ElementwiseMap): boolean {
  if (node.name !== 'where') return false
  const [, yes, no] = node.args.map((arg) => isZero(arg.node))
  return yes !== undefined && no !== undefined && yes !== no
}

/** Whether a node is the number 0, another number, or neither (undefined). */
function isZero(node: Node): boolean | undefined {
  if (node.kind === 'constant') return node.value.isZero
  if (node.kind === 'sum' && node.terms.length === 0) return true
  // Ones of any shape.
  if (node.kind === 'contraction' && node.factors.length === 0 && node.dimensions.length === node.rank) return false
  return undefined
}

function distinct(gates: readonly Gate[]): Gate[] {
  return gates.filter((gate, at) => gates.findIndex((other) => same(gate, other)) === at)
}

function same(a: Gate, b: Gate): boolean {
  return a.node === b.node && a.labels.every((label, k) => label === b.labels[k])
}
