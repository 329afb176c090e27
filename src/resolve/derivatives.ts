/**
 * `grad(f,x)`, `hvp(f,x,p)`, `diaghessian(f,x)` and their kind as nodes. What is differentiated is simplified without the
 * declared properties of variables (calculus.md §3, trap 5), so that results can be differentiated again.
 */
import { differentiate, directional, gradientOf } from '../differentiate/index.ts'
import type { DerivativeName } from '../functions/index.ts'
import { simplify } from '../simplify/index.ts'
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import type { Node, Variable } from '../tensor/node.ts'
import { type StructuredTerm, sumOfTerms } from '../tensor/structured.ts'
import { substitute } from '../tensor/substitute.ts'
import { postorder } from '../tensor/walk.ts'

/** The node of a call. `args` are the operands of the language's call; `order` is that of `derivative(f,x,k)`. */
export function derivativeNode(g: Graph, name: DerivativeName, args: readonly Node[], order = 1): Node {
  const [written, x, other] = args as [Node, Variable, Node]
  const f = working(g, written)
  switch (name) {
    case 'grad':
    case 'jacobian':
      return derivative(g, f, x)
    case 'hessian':
      return derivative(g, derivative(g, f, x), other === undefined ? x : (other as Variable))
    case 'derivative': {
      let node = f
      for (let k = 0; k < order; k++) node = derivative(g, node, x)
      return node
    }
    case 'jvp':
      return withDirection(g, x, other, (p) => sumOfTerms(g, f.axes, directional(g, f, x, p)))
    case 'vjp':
      return withDirection(g, x, other, (v) => sumOfTerms(g, x.axes, gradientOf(g, f, x, v)))
    case 'hvp':
      return withDirection(g, x, other, (p) => {
        const slope = working(g, sumOfTerms(g, [], directional(g, f, x, p)))
        return derivative(g, slope, x)
      })
    case 'diaghessian':
      return working(g, sumOfTerms(g, x.axes, diagonalTerms(g, f, x)))
    case 'laplacian': {
      const summed = diagonalTerms(g, f, x).map((term) => ({ ...term, output: [] }))
      return working(g, sumOfTerms(g, [], summed))
    }
  }
}

function working(g: Graph, node: Node): Node {
  return simplify(g, [node], { properties: false })[0] as Node
}

/** ∂f/∂x by the mode that starts from the smaller side. */
function derivative(g: Graph, f: Node, x: Variable): Node {
  const mode = f.axes.length <= x.axes.length ? 'reverse' : 'forward'
  return working(g, sumOfTerms(g, [...f.axes, ...x.axes], differentiate(g, f, x, mode)))
}

/** What `make` gives for a direction that counts as constant: a variable stands for one that depends on x. */
function withDirection(g: Graph, x: Variable, direction: Node, make: (direction: Node) => Node): Node {
  if (!postorder([direction]).includes(x)) return working(g, make(direction))
  const standIn = g.variable(`the direction of ${x.name}, ${direction.id}`, direction.axes)
  return working(g, substitute(g, make(standIn), standIn, direction))
}

/** ∂²f/∂x[i]∂x[i] for each i, as terms: the labels of both derivatives are joined before anything is multiplied out. */
function diagonalTerms(g: Graph, f: Node, x: Variable): StructuredTerm[] {
  const gradient = derivative(g, f, x)
  return differentiate(g, gradient, x, 'crosscountry').map((term) => {
    const rank = x.axes.length
    const parent = [...term.dimensions.keys()]
    const find = (label: number): number => {
      while (parent[label] !== label) label = parent[label] as number
      return label
    }
    for (let axis = 0; axis < rank; axis++) {
      const [a, b] = [find(term.output[axis] as number), find(term.output[axis + rank] as number)]
      parent[Math.max(a, b)] = Math.min(a, b)
    }
    return relabelled(term, find, rank)
  })
}

/** The term with joined labels, and only the first `rank` axes. */
function relabelled(term: StructuredTerm, find: (label: number) => number, rank: number): StructuredTerm {
  const places = new Map<number, number>()
  const dimensions: Dimension[] = []
  for (const label of term.dimensions.keys()) {
    if (find(label) !== label) continue
    places.set(label, dimensions.length)
    dimensions.push(term.dimensions[label] as Dimension)
  }
  const place = (label: number) => places.get(find(label)) as number
  return {
    coefficient: term.coefficient,
    factors: term.factors.map((factor) => ({ ...factor, labels: factor.labels.map(place) })),
    dimensions,
    output: term.output.slice(0, rank).map(place),
  }
}
