/** Reverse mode: the adjoint ∂output/∂node of every node, from the output down (calculus.md §2, pullback). */
import type { Graph } from '../tensor/graph.ts'
import type { Node, Variable } from '../tensor/node.ts'
import { operands } from '../tensor/node.ts'
import { type StructuredTerm, unitTensor } from '../tensor/structured.ts'
import { merge } from './accumulate.ts'
import { pullback } from './rules.ts'
import type { Trace } from './trace.ts'

/**
 * ∂output/∂x with axes (output, x). `order` lists the nodes that depend on x, operands first. With another `seed` than the unit
 * tensor, axes (more, output), the product of it with that, axes (more, x).
 */
export function reverse(
  g: Graph,
  output: Node,
  x: Variable,
  order: readonly Node[],
  trace?: Trace,
  seed: StructuredTerm = unitTensor(output.axes),
): StructuredTerm[] {
  const active = new Set(order)
  const flat = seed.output.length === output.axes.length
  const adjoints = new Map<Node, StructuredTerm[]>([[output, [seed]]])
  for (let at = order.length - 1; at >= 0; at--) {
    const node = order[at] as Node
    const collected = adjoints.get(node)
    if (!collected) continue
    const adjoint = merge(g, collected, flat)
    if (node === x) return adjoint
    adjoints.delete(node)
    for (const [k, operand] of operands(node).entries()) {
      if (!active.has(operand.node)) continue
      const contributions = adjoints.get(operand.node) ?? []
      adjoints.set(operand.node, contributions)
      const result = pullback(g, node, k, adjoint)
      for (const term of result) contributions.push(term)
      trace?.record({ mode: 'reverse', node, operand: operand.node, result })
    }
  }
  return []
}
