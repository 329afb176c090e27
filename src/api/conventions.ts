/**
 * How a derivative is laid out and what a symmetric variable means for it: interfaces.md §2. The derivative itself is always
 * taken in mixed layout and unconstrained; these conventions rearrange the result.
 */
import { EincalcError } from '../errors.ts'
import { halfLength, halfVectorUnit, type Shape } from '../functions/index.ts'
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import { identity } from '../tensor/graph.ts'
import type { Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { termwise } from './termwise.ts'

/**
 * `mixed`: the output's axes, then the variable's; a gradient has the variable's shape. `numerator`: ∂y/∂x is m×n, so the
 * gradient by a column is a row and by a matrix transposed. `denominator`: ∂y/∂x is n×m.
 */
export type Layout = 'mixed' | 'numerator' | 'denominator'

/**
 * What the derivative by a symmetric (or psd) X is. `unconstrained`: all entries vary on their own. `constrained`: the one that
 * is itself symmetric in X, N·vec(G) for a gradient, J·N, N·H·N, with N = (I + K)/2. `halfvec`: the one by vech(X), the lower
 * triangle column by column, D'·vec(G), J·D, D'·H·D, with the duplication matrix D; the two axes of X become one.
 */
export type SymmetricConvention = (typeof symmetricConventions)[number]

export const symmetricConventions = ['unconstrained', 'constrained', 'halfvec'] as const

export interface Conventions {
  readonly layout: Layout
  readonly symmetric: SymmetricConvention
}

export const DEFAULT_CONVENTIONS: Conventions = { layout: 'mixed', symmetric: 'unconstrained' }

/** One block of axes of a derivative: the output, or one variable. */
export interface Block {
  readonly name?: string
  readonly shape: Shape
  /** Whether the variable is declared symmetric or psd. */
  readonly symmetric: boolean
}

/**
 * A derivative with blocks of axes as the convention has it: each symmetric variable's axes symmetrised, or joined to the one
 * of its half-vector; and the blocks' shapes then.
 */
export function underConvention(
  g: Graph,
  node: Node,
  blocks: readonly Block[],
  convention: SymmetricConvention,
): { readonly node: Node; readonly shapes: readonly Shape[] } {
  const shapes: Shape[] = []
  let at = 0
  for (const { shape, symmetric } of blocks) {
    const [side] = shape.axes
    const changes = symmetric && side !== undefined && convention !== 'unconstrained'
    if (changes) node = convention === 'constrained' ? symmetrised(g, node, at) : halved(g, node, at, side)
    shapes.push(changes && convention === 'halfvec' ? { axes: [halfLength(side)] } : shape)
    at += shapes.at(-1)?.axes.length ?? 0
  }
  return { node, shapes }
}

/** The mean over swapping two axes, at `at` and behind it. */
function symmetrised(g: Graph, node: Node, at: number): Node {
  const labels = identity(node.axes.length)
  const swapped = [...labels]
  swapped[at] = at + 1
  swapped[at + 1] = at
  return g.sum(node.axes, [
    { node, labels, coefficient: Rational.HALF },
    { node, labels: swapped, coefficient: Rational.HALF },
  ])
}

/** The sums over each pair of mirrored entries, of two axes at `at` and behind it. */
function halved(g: Graph, node: Node, at: number, side: Dimension): Node {
  return termwise(g, node, (part) => {
    const labels = identity(part.axes.length)
    return g.contract(
      [...labels.slice(0, at), 'p', ...labels.slice(at + 2)],
      [
        [part, labels],
        [halfVectorUnit(g, side), [at, at + 1, 'p']],
      ],
    )
  })
}

/**
 * A first derivative in another layout, as the order of its axes and whether it is a row. Throws `BadRequest` where the layout
 * says nothing: it is made for derivatives that are scalars, vectors and matrices.
 */
export function arrange(layout: Layout, output: Shape, variables: readonly Shape[]): { order: number[]; row: boolean } {
  const [variable] = variables as readonly [Shape, ...Shape[]]
  const rank = output.axes.length + variables.reduce((sum, shape) => sum + shape.axes.length, 0)
  const mixed = { order: identity(rank), row: mixedRow(output, variables) }
  if (layout === 'mixed' || rank === 0) return mixed
  const scalarHessian = output.axes.length === 0 && variables.length === 2 && rank === 2
  if (scalarHessian && variables.every((shape) => shape.axes.length === 1)) {
    // ∂²f/∂x∂z: rows belong to x in numerator and in denominator layout alike where x is z.
    return mixed
  }
  if (variables.length > 1 || rank > 2) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `${layout} layout arranges first derivatives of order 2 at most, and this one has order ${rank}`,
      hint: 'Use mixed layout.',
    })
  }
  const byScalar = variable.axes.length === 0
  if (rank === 1) {
    // A vector by a scalar is a column in numerator layout, a scalar by a vector a row; denominator layout swaps both.
    const turned = byScalar ? layout === 'denominator' : layout === 'numerator'
    return { order: [0], row: turned !== mixed.row }
  }
  const outputVector = output.axes.length === 1
  const transposed = byScalar || outputVector ? layout === 'denominator' : layout === 'numerator'
  return { order: transposed ? [1, 0] : [0, 1], row: false }
}

/** In mixed layout a derivative of order 1 keeps the orientation of the one side that has an axis. */
function mixedRow(output: Shape, variables: readonly Shape[]): boolean {
  return [output, ...variables].some((shape) => shape.axes.length === 1 && shape.row === true)
}

/** One sentence on the convention used for symmetric variables; undefined where there is none among them. */
export function conventionNote(blocks: readonly Block[], convention: SymmetricConvention): string | undefined {
  const names = [...new Set(blocks.filter((block) => block.symmetric).map((block) => block.name))]
  if (names.length === 0) return undefined
  const list = names.join(', ')
  switch (convention) {
    case 'unconstrained':
      return `Unconstrained derivative: the entries of ${list} vary on their own; among symmetric matrices only its symmetric part matters (constrained).`
    case 'constrained':
      return `Constrained derivative: ${list} varies among symmetric matrices, so each pair of mirrored entries shares the mean; the unconstrained one lets them vary on their own.`
    case 'halfvec':
      return `Half-vector derivative: by the lower triangle of ${list}, column by column, so each pair of mirrored entries is one variable and counts with their sum; the unconstrained one lets them vary on their own.`
  }
}
