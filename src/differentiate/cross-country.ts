/**
 * Cross-country mode: the derivative is a sum over paths of products of local partials; nodes are eliminated in the order of
 * the *order of the tensors* that this multiplies, scalars and vectors first, then matrices, then higher (calculus.md §2).
 * Source: Laue et al. 2020, the section on cross-country mode; elimination of vertices after Griewank and Reese.
 */
import type { Graph } from '../tensor/graph.ts'
import type { Node, Variable } from '../tensor/node.ts'
import { operands } from '../tensor/node.ts'
import { compose, type StructuredTerm } from '../tensor/structured.ts'
import { merge, settle } from './accumulate.ts'
import { Heap } from './heap.ts'
import { partials } from './rules.ts'
import type { Trace } from './trace.ts'

/** ∂output/∂x with axes (output, x). `order` lists the nodes that depend on x, operands first; x is not the output. */
export function crossCountry(
  g: Graph,
  output: Node,
  x: Variable,
  order: readonly Node[],
  trace?: Trace,
): StructuredTerm[] {
  const place = new Map(order.map((node, k) => [node, k]))
  /** above: node → users with ∂user/∂node; below: node → operands with the same terms. */
  const above = new Map<Node, Map<Node, StructuredTerm[]>>(order.map((node) => [node, new Map()]))
  const below = new Map<Node, Map<Node, StructuredTerm[]>>(order.map((node) => [node, new Map()]))
  const connect = (user: Node, operand: Node, terms: readonly StructuredTerm[]) => {
    if (terms.length === 0) return
    const known = above.get(operand)?.get(user)
    const flat = user.axes.length === 0
    const total = known ? merge(g, [...known, ...terms], flat) : merge(g, terms, flat)
    above.get(operand)?.set(user, total)
    below.get(user)?.set(operand, total)
  }
  for (const node of order) {
    if (node === x) continue
    for (const [k, operand] of operands(node).entries()) {
      if (!place.has(operand.node)) continue
      const local = partials(g, node, k).map((term) => settle(g, term, false))
      connect(node, operand.node, local)
      trace?.record({ mode: 'crosscountry', node, operand: operand.node, result: local })
    }
  }

  /** Order of the largest product that eliminating a node makes, then how many there are, then the place from the output. */
  const priority = (node: Node): number => {
    const ins = below.get(node) as Map<Node, StructuredTerm[]>
    const outs = above.get(node) as Map<Node, StructuredTerm[]>
    let highest = 0
    for (const upper of outs.values()) for (const term of upper) highest = Math.max(highest, coreOrder(term))
    for (const lower of ins.values()) for (const term of lower) highest = Math.max(highest, coreOrder(term))
    const products = Math.min(ins.size * outs.size, 9999)
    return (highest * 10_000 + products) * 1e7 - (place.get(node) as number)
  }
  const heap = new Heap<Node>()
  for (const node of order) if (node !== x && node !== output) heap.push(node, priority(node))
  for (let entry = heap.pop(); entry; entry = heap.pop()) {
    const { item: node } = entry
    const outs = above.get(node)
    const ins = below.get(node)
    if (!outs || !ins) continue
    // Eliminating neighbours changes a node's priority; a stale entry goes back with the present one.
    const now = priority(node)
    if (now > entry.priority) {
      heap.push(node, now)
      continue
    }
    above.delete(node)
    below.delete(node)
    for (const user of outs.keys()) below.get(user)?.delete(node)
    for (const operand of ins.keys()) above.get(operand)?.delete(node)
    for (const [user, upper] of outs) {
      for (const [operand, lower] of ins) {
        const products = upper.flatMap((a) => lower.map((b) => settle(g, compose(a, b, node.axes.length), false)))
        connect(user, operand, products)
      }
    }
  }
  return above.get(x)?.get(output) ?? []
}

/** The largest number of labels that one factor of a term carries. */
function coreOrder(term: StructuredTerm): number {
  return term.factors.reduce((most, factor) => Math.max(most, factor.labels.length), 0)
}
