/** Forward mode: the tangent ∂node/∂x of every node, from the variable up (calculus.md §2, pushforward). */
import type { Graph } from '../tensor/graph.ts'
import type { Node, Variable } from '../tensor/node.ts'
import { operands } from '../tensor/node.ts'
import { type StructuredTerm, unitTensor } from '../tensor/structured.ts'
import { merge } from './accumulate.ts'
import { pushforward } from './rules.ts'
import type { Trace } from './trace.ts'

/**
 * ∂output/∂x with axes (output, x). `order` lists the nodes that depend on x, operands first. With another `seed` than the unit
 * tensor, axes (x, more), its product with it, axes (output, more).
 */
export function forward(
  g: Graph,
  output: Node,
  x: Variable,
  order: readonly Node[],
  trace?: Trace,
  seed: StructuredTerm = unitTensor(x.axes),
): StructuredTerm[] {
  const tangents = new Map<Node, StructuredTerm[]>([[x, [seed]]])
  for (const node of order) {
    if (node === x) continue
    const terms: StructuredTerm[] = []
    for (const [k, operand] of operands(node).entries()) {
      const tangent = tangents.get(operand.node)
      if (!tangent) continue
      const result = pushforward(g, node, k, tangent)
      for (const term of result) terms.push(term)
      trace?.record({ mode: 'forward', node, operand: operand.node, result })
    }
    tangents.set(node, merge(g, terms, node.axes.length === 0))
  }
  return tangents.get(output) ?? []
}
