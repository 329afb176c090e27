/** Triangles of matrices, and the matrix that transposes a vectorised one: products with indicators. */
import { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import type { Condition, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { LanguageFunction } from './entry.ts'
import { argument, matrix } from './shape.ts'

export const triangles: readonly LanguageFunction[] = [
  triangle('tril', 'The matrix with 0 above the diagonal.', 1),
  triangle('triu', 'The matrix with 0 below the diagonal.', -1),
  {
    name: 'commutation',
    usage: 'commutation(m,n)',
    doc: "The permutation K with K*vec(A) = vec(A') for every m×n matrix A.",
    latex: (m, n) => `K_{${m},${n}}`,
    parameters: ['size'],
    arity: [2, 2],
    type: (_typer, { sizes }) => {
      const [m, n] = sizes as [Dimension, Dimension]
      return matrix(m.multiply(n), m.multiply(n))
    },
    build: (g, _args, { sizes }) => {
      const [m, n] = sizes as [Dimension, Dimension]
      // K[p,q] = 1 where p = j + n·i and q = i + m·j for some i, j.
      return g.contract('pq', [
        [vectorised(g, n, m), 'pji'],
        [vectorised(g, m, n), 'qij'],
      ])
    },
  },
]

/** 1 where position = first + m·second: where entry [first, second] of an m×n matrix stands in its vec. */
export function vectorised(g: Graph, m: Dimension, n: Dimension): Node {
  const terms = [
    { axis: 0, coefficient: Dimension.ONE },
    { axis: 1, coefficient: Dimension.constant(-1) },
    { axis: 2, coefficient: m.scale(Rational.MINUS_ONE) },
  ]
  return g.indicator([m.multiply(n), m, n], [{ relation: 'eq', terms, offset: Dimension.ZERO }])
}

/** The entries where `sign`·(column − row) ≤ 0; the others are never evaluated. */
function triangle(name: string, doc: string, sign: 1 | -1): LanguageFunction {
  return {
    name,
    usage: `${name}(A)`,
    doc,
    latex: (a) => `\\operatorname{${name}}\\left(${a}\\right)`,
    parameters: ['value'],
    arity: [1, 1],
    type: (typer, call) => {
      const shape = argument(call)
      if (shape.axes.length !== 2)
        typer.fail('ShapeMismatch', `${typer.name(0)} ${typer.describe(shape)}, not a matrix`)
      return shape
    },
    build: (g, [node]) => {
      const operand = node as Node
      const condition: Condition = {
        relation: 'le',
        terms: [
          { axis: 0, coefficient: Dimension.constant(-sign) },
          { axis: 1, coefficient: Dimension.constant(sign) },
        ],
        offset: Dimension.ZERO,
      }
      return g.contract('ij', [
        [g.indicator([...operand.axes], [condition]), 'ij'],
        [operand, 'ij'],
      ])
    },
  }
}
