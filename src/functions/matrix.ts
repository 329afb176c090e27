/** Functions of matrices: the general ones (`inv`, `det`, …) with their derivatives, and those built from products. */
import { Dimension } from '../tensor/dimension.ts'
import type { Graph, NamedFactor } from '../tensor/graph.ts'
import type { GeneralCall, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { Documentation, GeneralFunction, LanguageFunction, Shape } from './entry.ts'
import { labels, ownAxes, sibling, term } from './partial.ts'
import { argument, asMatrix, axis, length, matrix, scalar, size, square, vector } from './shape.ts'

/** Functions that act on a matrix as a whole, by general nodes. Their own axes are its two. */
export const matrixGenerals: readonly (GeneralFunction & LanguageFunction)[] = [
  {
    kind: 'general',
    ...oneArgument('inv', 'The inverse of a square matrix.', (a) => `{\\left(${a}\\right)}^{-1}`),
    ownRanks: [2],
    argument: 'regular',
    type: (typer, call) => {
      const shape = argument(call)
      if (shape.axes.length > 0) square(typer, shape)
      return shape
    },
    build: (g, [node]) => (isScalar(node) ? g.power(node as Node, -1) : g.call('inv', node?.axes ?? [], node as Node)),
    // ∂Y[r0,r1]/∂X[a0,a1] = −Y[r0,a0]·Y[a1,r1]
    partial: (_g, call) => [
      term(-1, [
        [call, labels(call, 'r0', 'a0')],
        [call, labels(call, 'a1', 'r1')],
      ]),
    ],
  },
  {
    kind: 'general',
    ...oneArgument('det', 'The determinant of a square matrix.', named('\\det')),
    ownRanks: [2],
    type: (typer, call) => {
      const shape = argument(call)
      if (shape.axes.length > 0) square(typer, shape)
      return scalar
    },
    build: (g, [node]) => (isScalar(node) ? (node as Node) : g.call('det', [], node as Node)),
    // By the adjugate, so that it holds where X is singular: ∂det/∂X[a0,a1] = adj(X)[a1,a0]
    partial: (g, call) => [term(1, [[sibling(g, 'adj', call, ownAxes(call)), labels(call, 'a1', 'a0')]])],
  },
  {
    kind: 'general',
    ...oneArgument('logdet', 'log(abs(det(A))), in a form that does not overflow.', named('\\log\\left|\\det\\right|')),
    ownRanks: [2],
    argument: 'regular',
    type: (typer, call) => {
      square(typer, argument(call))
      return scalar
    },
    build: (g, [node]) => g.call('logdet', [], node as Node),
    partial: inverseTransposed,
  },
  {
    kind: 'general',
    ...oneArgument(
      'adj',
      'The adjugate of a square matrix: A*adj(A) = det(A)*eye(n), also where A is singular.',
      named('\\operatorname{adj}'),
    ),
    convention: 'Its derivative is by the inverse, so it needs a regular A.',
    ownRanks: [2],
    argument: 'regular',
    type: (typer, call) => {
      square(typer, argument(call))
      return argument(call)
    },
    build: (g, [node]) => g.call('adj', node?.axes ?? [], node as Node),
    // adj = det·Y, so ∂adj[r0,r1]/∂X[a0,a1] = det·(Y[a1,a0]·Y[r0,r1] − Y[r0,a0]·Y[a1,r1])
    partial: (g, call) => {
      const inverse = sibling(g, 'inv', call, ownAxes(call))
      const determinant: NamedFactor = [sibling(g, 'det', call, []), labels(call)]
      const entry = (i: string, j: string): NamedFactor => [inverse, labels(call, i, j)]
      return [
        term(1, [determinant, entry('a1', 'a0'), entry('r0', 'r1')]),
        term(-1, [determinant, entry('r0', 'a0'), entry('a1', 'r1')]),
      ]
    },
  },
]

/** What only rewriting makes. */
export const internalGenerals: readonly GeneralFunction[] = [
  {
    kind: 'general',
    name: 'logdetp',
    usage: 'log(det(A))',
    doc: 'log(det(A)) in a form that does not overflow; not a number where det(A) <= 0.',
    latex: (a) => `\\log\\left(\\det\\left(${a}\\right)\\right)`,
    ownRanks: [2],
    argument: 'psd',
    partial: inverseTransposed,
  },
]

/** Functions of matrices and vectors that are products and rearrangements. */
export const matrixFunctions: readonly LanguageFunction[] = [
  {
    ...oneArgument('tr', 'The trace of a square matrix.', named('\\operatorname{tr}')),
    type: (typer, call) => {
      const shape = argument(call)
      if (shape.axes.length > 0) square(typer, shape)
      return scalar
    },
    build: (g, [node]) => (isScalar(node) ? (node as Node) : g.contract('', [[node as Node, 'ii']])),
  },
  {
    ...oneArgument(
      'diag',
      'Of a vector the diagonal matrix, of a square matrix the column of its diagonal.',
      named('\\operatorname{diag}'),
    ),
    type: (typer, call) => {
      const shape = argument(call)
      if (shape.axes.length === 0) return shape
      if (shape.axes.length === 1) return matrix(axis(shape, 0), axis(shape, 0))
      return vector(square(typer, shape))
    },
    build: (g, [node]) => {
      if (isScalar(node)) return node as Node
      const operand = node as Node
      if (operand.axes.length === 2) return g.contract('i', [[operand, 'ii']])
      return g.contract('ij', [
        [operand, 'i'],
        [g.delta(axis(operand, 0)), 'ij'],
      ])
    },
  },
  {
    ...oneArgument('diagonal', 'The column of the diagonal of a square matrix.', named('\\operatorname{diag}')),
    type: (typer, call) => vector(square(typer, argument(call))),
    build: (g, [node]) => g.contract('i', [[node as Node, 'ii']]),
  },
  {
    ...oneArgument('transpose', "The transpose, as A'.", (a) => `{\\left(${a}\\right)}^\\top`),
    type: (typer, call) =>
      transposed(argument(call)) ?? typer.fail('TypeMismatch', tooManyAxes(typer.name(0)), permuteHint),
    build: (g, [node]) => (node?.axes.length === 2 ? g.transpose(node) : (node as Node)),
  },
  {
    ...oneArgument('vec', 'The columns of a matrix below one another, as one column.', named('\\operatorname{vec}')),
    type: (typer, call) => {
      const shape = argument(call)
      if (shape.axes.length === 0) typer.fail('TypeMismatch', `${typer.name(0)} is a scalar, not a matrix`)
      return vector(size(shape))
    },
    build: (g, [node], call) => reshape(g, node as Node, call.result.axes),
  },
  {
    name: 'reshape',
    usage: 'reshape(A,m,n)',
    doc: 'The entries in the order of vec(A), as a tensor of these sizes.',
    latex: named('\\operatorname{reshape}'),
    parameters: ['value', 'size'],
    arity: [2, Number.POSITIVE_INFINITY],
    type: (typer, call) => {
      const result: Shape = { axes: call.sizes }
      const from = size(argument(call))
      const to = size(result)
      typer.equate(from, to, () => `${typer.name(0)} has ${typer.show(from)} entries, not ${typer.show(to)}`, 0)
      return result
    },
    build: (g, [node], call) => reshape(g, node as Node, call.result.axes),
  },
  {
    name: 'solve',
    usage: 'solve(A,b)',
    doc: 'inv(A)*b, the solution x of A*x = b, without forming the inverse.',
    latex: (a, b) => `{\\left(${a}\\right)}^{-1} ${b}`,
    parameters: ['value'],
    arity: [2, 2],
    type: (typer, call) => {
      const right = argument(call, 1)
      const side = square(typer, argument(call))
      if (right.row || right.axes.length < 1 || right.axes.length > 2) {
        typer.fail('ShapeMismatch', `${typer.name(1)} ${typer.describe(right)}, not a column or a matrix`, undefined, 1)
      }
      const message = () =>
        `${typer.name(0)} ${typer.describe(argument(call))} but ${typer.name(1)} ${typer.describe(right)}`
      typer.equate(side, axis(right, 0), message, 1)
      return right
    },
    build: (g, [a, b]) => {
      const inverse = g.call('inv', a?.axes ?? [], a as Node)
      const right = b as Node
      return right.axes.length === 1
        ? g.contract('i', [
            [inverse, 'ij'],
            [right, 'j'],
          ])
        : g.contract('ik', [
            [inverse, 'ij'],
            [right, 'jk'],
          ])
    },
  },
  {
    name: 'dot',
    usage: 'dot(x,y)',
    doc: 'The inner product of two vectors, columns or rows.',
    latex: (x, y) => `\\left\\langle ${x}, ${y} \\right\\rangle`,
    parameters: ['value'],
    arity: [2, 2],
    type: (typer, call) => {
      const [x, y] = [argument(call, 0), argument(call, 1)]
      const message = () => `${typer.name(0)} ${typer.describe(x)} but ${typer.name(1)} ${typer.describe(y)}`
      typer.equate(length(typer, x, 0), length(typer, y, 1), message, 1)
      return scalar
    },
    build: (g, [x, y]) =>
      g.contract('', [
        [x as Node, 'i'],
        [y as Node, 'i'],
      ]),
  },
  {
    name: 'outer',
    usage: 'outer(x,y)',
    doc: "The outer product of two vectors, columns or rows: x*y' of columns.",
    latex: (x, y) => `${x} {${y}}^\\top`,
    parameters: ['value'],
    arity: [2, 2],
    type: (typer, call) => matrix(length(typer, argument(call, 0), 0), length(typer, argument(call, 1), 1)),
    build: (g, [x, y]) =>
      g.contract('ij', [
        [x as Node, 'i'],
        [y as Node, 'j'],
      ]),
  },
  {
    name: 'kron',
    usage: 'kron(A,B)',
    doc: "Kronecker's product, the blocks A[i,j]*B. A vector counts as a column, a row vector as a row.",
    latex: (a, b) => `${a} \\otimes ${b}`,
    parameters: ['value'],
    arity: [2, 2],
    type: (typer, call) => {
      for (const [position, shape] of call.args.entries()) {
        if (shape.axes.length > 2) typer.fail('TypeMismatch', tooManyAxes(typer.name(position)), permuteHint, position)
      }
      return kroneckerShape(argument(call, 0), argument(call, 1))
    },
    build: (g, [a, b], call) => kronecker(g, a as Node, b as Node, argument(call, 0), argument(call, 1)),
  },
]

const permuteHint = 'index notation names the axes: `C[j,i] = A[i,j]`'

function tooManyAxes(name: string): string {
  return `${name} has more than two axes`
}

/** The shape of the transpose; undefined for more than two axes. */
export function transposed(shape: Shape): Shape | undefined {
  const [first, second] = shape.axes
  if (first === undefined) return shape
  if (second === undefined) return vector(first, !shape.row)
  return shape.axes.length === 2 ? matrix(second, first) : undefined
}

export function kroneckerShape(a: Shape, b: Shape): Shape {
  if (a.axes.length === 0) return b
  if (b.axes.length === 0) return a
  const [rowsA, columnsA] = asMatrix(a)
  const [rowsB, columnsB] = asMatrix(b)
  if (a.axes.length === 1 && b.axes.length === 1 && !a.row === !b.row) {
    return vector(axis(a, 0).multiply(axis(b, 0)), a.row)
  }
  return matrix(rowsA.multiply(rowsB), columnsA.multiply(columnsB))
}

/**
 * K[p,q] = A[i,j]·B[k,l] with p = k + rows(B)·i and q = l + columns(B)·j, counted from 0. Along an axis that one of the two
 * lacks (a vector's second), the other's index is the result's.
 */
export function kronecker(g: Graph, a: Node, b: Node, shapeA: Shape, shapeB: Shape): Node {
  if (a.axes.length === 0 || b.axes.length === 0) return g.multiply(a, b)
  const factors: NamedFactor[] = []
  const output: string[] = []
  const named = { a: [] as string[], b: [] as string[] }
  const [hasA, hasB] = [matrixAxes(shapeA), matrixAxes(shapeB)]
  for (const side of [0, 1] as const) {
    const axisA = hasA[side]
    const axisB = hasB[side]
    if (axisA === undefined && axisB === undefined) continue
    const out = `p${side}`
    output.push(out)
    if (axisA === undefined) named.b.push(out)
    else if (axisB === undefined) named.a.push(out)
    else {
      named.a.push(`a${side}`)
      named.b.push(`b${side}`)
      factors.push([pairing(g, axisA, axisB), [out, `a${side}`, `b${side}`]])
    }
  }
  return g.contract(output, [[a, named.a], [b, named.b], ...factors])
}

/** A vector's axis stands in the place of rows, a row vector's in that of columns. */
function matrixAxes({ axes, row }: Shape): readonly [rows: Dimension | undefined, columns: Dimension | undefined] {
  return row ? [undefined, axes[0]] : [axes[0], axes[1]]
}

/** 1 where p = b + size(b)·a, over the axes (p, a, b). */
function pairing(g: Graph, a: Dimension, b: Dimension): Node {
  const terms = [
    { axis: 0, coefficient: Dimension.ONE },
    { axis: 1, coefficient: b.scale(Rational.MINUS_ONE) },
    { axis: 2, coefficient: Dimension.constant(-1) },
  ]
  return g.indicator([a.multiply(b), a, b], [{ relation: 'eq', terms, offset: Dimension.ZERO }])
}

/** The node with other axes and the same entries in column-major order: the first index runs fastest, in both. */
export function reshape(g: Graph, node: Node, axes: readonly Dimension[]): Node {
  const unchanged = axes.length === node.axes.length && axes.every((dimension, k) => dimension.equals(axis(node, k)))
  if (unchanged) return node
  const [side] = node.axes
  const split = side && node.axes.length === 2 && node === g.delta(side) ? splitAxes(axes, side) : undefined
  const strides = (dimensions: readonly Dimension[], first: number, sign: Rational) => {
    let stride = Dimension.constant(sign)
    return dimensions.map((dimension, k) => {
      const term = { axis: first + k, coefficient: stride }
      stride = stride.multiply(dimension)
      return term
    })
  }
  if (split !== undefined) {
    // The unit matrix with both of its axes split says that two column-major positions are equal.
    const terms = [
      ...strides(axes.slice(0, split), 0, Rational.ONE),
      ...strides(axes.slice(split), split, Rational.MINUS_ONE),
    ]
    return g.indicator(axes, [{ relation: 'eq', terms, offset: Dimension.ZERO }])
  }
  const all = [...axes, ...node.axes]
  const terms = [...strides(axes, 0, Rational.ONE), ...strides(node.axes, axes.length, Rational.MINUS_ONE)]
  const labels = all.map((_, label) => label)
  return g.contract(labels.slice(0, axes.length), [
    [node, labels.slice(axes.length)],
    [g.indicator(all, [{ relation: 'eq', terms, offset: Dimension.ZERO }]), labels],
  ])
}

/** How many of the first axes have `side` entries together; undefined where none do. */
function splitAxes(axes: readonly Dimension[], side: Dimension): number | undefined {
  let product = Dimension.ONE
  for (const [position, dimension] of axes.entries()) {
    product = product.multiply(dimension)
    if (product.equals(side)) return position + 1
  }
  return undefined
}

/** The derivative of logdet: ∂/∂X[a0,a1] = inv(X)[a1,a0]. */
function inverseTransposed(g: Graph, call: GeneralCall) {
  return [term(1, [[sibling(g, 'inv', call, ownAxes(call)), labels(call, 'a1', 'a0')]])]
}

function isScalar(node: Node | undefined): boolean {
  return node?.axes.length === 0
}

function oneArgument(name: string, doc: string, latex: Documentation['latex']) {
  return { name, usage: `${name}(A)`, doc, latex, parameters: ['value'], arity: [1, 1] } as const
}

function named(latex: string): Documentation['latex'] {
  return (...args) => `${latex}\\left(${args.join(', ')}\\right)`
}
