/** The numbers of a derivative at a point, compressed as far as its structure and the sizes allow. */
import { CompressedTensor, type CompressedTerm, merged } from '../compressed/index.ts'
import { bindDimensions, evaluate, type Tensor } from '../evaluate/index.ts'
import type { Graph } from '../tensor/graph.ts'
import { identity } from '../tensor/graph.ts'
import type { Factor, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { StructuredTerm } from '../tensor/structured.ts'
import type { Derivative } from './derivative.ts'
import { type Inputs, type Sizes, sizesOf, tensorsOf } from './inputs.ts'
import { requireSelections } from './sizes.ts'
import { patternOf, shapeAt } from './values.ts'

export interface AtOptions {
  /** Sizes of dimensions that the inputs do not settle. */
  readonly dims?: Sizes
}

/** The derivative at the inputs; the last variable's axes are the columns. */
export function derivativeAt(derivative: Derivative, inputs: Inputs, options: AtOptions = {}): CompressedTensor {
  const { expression } = derivative
  const variables = [...expression.variables.values()].map(({ node }) => node)
  const dims = sizesOf(options.dims)
  const values = tensorsOf(variables, inputs, dims)
  const sizes = bindDimensions(variables, values, dims)
  requireSelections(expression, sizes)
  const shape = shapeAt(derivative, sizes)
  const split = shape.length - (derivative.variableShapes.at(-1)?.axes.length ?? 0)
  const opened = derivative.terms.map((term) => openCores(expression.graph, term, sizes))
  const cores = (terms: readonly StructuredTerm[]) => {
    const nodes = [...new Set(terms.flatMap(({ factors }) => factors.map(({ node }) => node)))]
    const tensors = evaluate(nodes, values, sizes)
    return new Map(nodes.map((node, k) => [node, tensors[k] as Tensor]))
  }
  let numbers = cores(opened)
  // An entry that a mask excludes may be infinite or no number: then a core keeps its mask within.
  const terms = areFinite(numbers) ? opened : derivative.terms
  if (terms !== opened) numbers = cores(terms)
  const found = terms.map(
    (term): CompressedTerm => ({
      pattern: patternOf(derivative, term),
      scale: term.coefficient.toNumber(),
      cores: term.factors.map(({ node }) => numbers.get(node) as Tensor),
    }),
  )
  return new CompressedTensor(merged(found, shape), shape, split)
}

function areFinite(numbers: ReadonlyMap<Node, Tensor>): boolean {
  return [...numbers.values()].every(({ data }) => data.every(Number.isFinite))
}

/** Smaller cores are evaluated as they are: patterns stay simple, and solvers see their structure. */
const LARGE_CORE = 2 ** 16

/**
 * The term with each large core that is a sum over products of much smaller tensors replaced by these, e.g. the
 * Gauss–Newton part Σₙ X[n,i] X[n,j] P[n,a] P[n,b] by X and P. The letters of such sums are missing from the output.
 */
function openCores(g: Graph, term: StructuredTerm, sizes: ReadonlyMap<string, number>): StructuredTerm {
  const sizeOf = (node: Node) => node.axes.reduce((product, axis) => product * axis.evaluate(sizes), 1)
  const dimensions = [...term.dimensions]
  const factors: Factor[] = []
  const pending = [...term.factors]
  for (let factor = pending.shift(); factor; factor = pending.shift()) {
    const parts = partsOf(g, factor.node)
    const size = sizeOf(factor.node)
    const smaller = new Set(parts.map(({ node }) => node))
    const total = [...smaller].reduce((sum, node) => sum + sizeOf(node), 0)
    if (parts.length === 0 || size < LARGE_CORE || 2 * total > size || factor.node.kind !== 'contraction') {
      factors.push(factor)
      continue
    }
    const first = dimensions.length - factor.node.rank
    const { rank } = factor.node
    const outer = factor.labels
    dimensions.push(...factor.node.dimensions.slice(rank))
    const place = (label: number) => (label < rank ? (outer[label] as number) : first + label)
    pending.unshift(...parts.map((part) => ({ ...part, labels: part.labels.map(place) })))
  }
  return { ...term, factors, dimensions }
}

/** The factors of a contraction with their powers taken; none where it is no sum, or has conditions of its own. */
function partsOf(g: Graph, node: Node): Factor[] {
  if (node.kind !== 'contraction' || node.dimensions.length === node.rank) return []
  if (node.factors.some((factor) => factor.node.kind === 'indicator')) return []
  const reached = new Set(node.factors.flatMap(({ labels }) => labels))
  if (node.dimensions.some((_, label) => !reached.has(label))) return []
  return node.factors.map((factor) => {
    if (factor.exponent.isOne) return factor
    const { axes } = factor.node
    const labels = identity(axes.length)
    const power = g.contraction([{ ...factor, labels }], axes, axes.length)
    return { node: power, labels: factor.labels, exponent: Rational.ONE }
  })
}
