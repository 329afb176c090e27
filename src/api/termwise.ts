/** Linear maps of sums, term by term: so each term keeps a form of its own, and common factors are found again in print. */
import { type Graph, identity } from '../tensor/graph.ts'
import type { Node, Summand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'

/** What the linear map `make` gives for a node: for a sum the sum over its terms, each with all axes. */
export function termwise(g: Graph, node: Node, make: (part: Node) => Node): Node {
  const terms = termsOf(node)
  // A sum of matrices has a form of its own.
  if (node.axes.length <= 2 || terms.length === 0 || terms[0]?.node === node) return make(node)
  const parts = terms.map(({ node: part, labels, coefficient }): Summand => {
    const own = identity(node.axes.length)
    const made = termwise(g, g.contract(own, [[part, labels]], new Map(node.axes.entries())), make)
    return { node: made, labels: identity(made.axes.length), coefficient }
  })
  return g.sum((parts[0] as Summand).node.axes, parts)
}

/** The terms of a sum, also of one with its axes in another order; otherwise the node itself. */
function termsOf(node: Node): readonly Summand[] {
  const labels = identity(node.axes.length)
  if (node.kind === 'sum') return node.terms
  const [only, ...more] = node.kind === 'contraction' ? node.factors : []
  const isTurned = node.kind === 'contraction' && only && more.length === 0 && only.exponent.isOne
  if (!isTurned || node.dimensions.length > node.rank || only.node.kind !== 'sum') {
    return [{ node, labels, coefficient: Rational.ONE }]
  }
  return only.node.terms.map((term) => ({ ...term, labels: term.labels.map((axis) => only.labels[axis] as number) }))
}
