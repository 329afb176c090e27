/**
 * Differentiation: ∂output/∂x as a sum of structured terms with axes (output, x), in any of the three modes, which give the
 * same tensor. Second and higher derivatives differentiate the node of the one before.
 */
import type { Graph } from '../tensor/graph.ts'
import type { Node, Variable } from '../tensor/node.ts'
import { operands } from '../tensor/node.ts'
import { type StructuredTerm, termOf, unitTensor } from '../tensor/structured.ts'
import { postorder } from '../tensor/walk.ts'
import { crossCountry } from './cross-country.ts'
import { forward } from './forward.ts'
import { reverse } from './reverse.ts'
import type { Trace } from './trace.ts'

export type { Trace, TraceEvent } from './trace.ts'

export type Mode = 'forward' | 'reverse' | 'crosscountry'

const MODES = { forward, reverse, crosscountry: crossCountry }

/**
 * The derivative of `output` by the variable `x`: terms with the axes of the output, then those of x. No terms where the
 * output does not depend on x. Source: calculus.md §2; Laue et al. 2020.
 */
export function differentiate(g: Graph, output: Node, x: Variable, mode: Mode, trace?: Trace): StructuredTerm[] {
  if (output === x) return [unitTensor(x.axes)]
  const order = dependents(output, x)
  return order.length > 0 ? MODES[mode](g, output, x, order, trace) : []
}

/** ∂output/∂x times p, which has the axes of x: one pass of forward mode. The axes are those of the output. */
export function directional(g: Graph, output: Node, x: Variable, p: Node): StructuredTerm[] {
  if (output === x) return [termOf(p)]
  const order = dependents(output, x)
  return order.length > 0 ? forward(g, output, x, order, undefined, termOf(p)) : []
}

/** v, which has the axes of the output, times ∂output/∂x: one pass of reverse mode. The axes are those of x. */
export function gradientOf(g: Graph, output: Node, x: Variable, v: Node): StructuredTerm[] {
  if (output === x) return [termOf(v)]
  const order = dependents(output, x)
  return order.length > 0 ? reverse(g, output, x, order, undefined, termOf(v)) : []
}

/** The nodes below `output` that depend on x, operands first; none where the output does not. */
function dependents(output: Node, x: Variable): Node[] {
  const active = new Set<Node>([x])
  const order: Node[] = []
  for (const node of postorder([output])) {
    if (node !== x && operands(node).some((operand) => active.has(operand.node))) active.add(node)
    if (active.has(node)) order.push(node)
  }
  return active.has(output) ? order : []
}
