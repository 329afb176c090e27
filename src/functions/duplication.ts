/**
 * The half-vector of a symmetric matrix, vech: its lower triangle column by column, and Dn·vech(X) = vec(X) for the duplication
 * matrix Dn. Source: Magnus and Neudecker, Matrix Differential Calculus, 2019, §3.8.
 */
import { Dimension } from '../tensor/dimension.ts'
import { type Graph, identity } from '../tensor/graph.ts'
import type { Node, Summand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { LanguageFunction } from './entry.ts'
import { matrix } from './shape.ts'
import { vectorised } from './triangles.ts'

/** n(n+1)/2, the length of vech of an n×n matrix. */
export function halfLength(n: Dimension): Dimension {
  return n.multiply(n.add(Dimension.ONE)).scale(Rational.HALF)
}

/**
 * 1 where p is the place in vech of the entries [i,j] and [j,i], over (i,j,p). The place is h + l·n − l(l+1)/2 for the greater
 * h and the lesser l of i and j, all counted from 0; no linear condition says that, so it is 1 − 2|place − p| where positive.
 */
export function halfVectorUnit(g: Graph, n: Dimension): Node {
  const length = halfLength(n)
  const index = numberBefore(g, n)
  const pair = (name: string) =>
    g.map(
      name,
      [n, n],
      [
        { node: index, labels: [0] },
        { node: index, labels: [1] },
      ],
    )
  const [high, low] = [pair('max'), pair('min')]
  const scaledLow = g.contract('ij', [
    [low, 'ij'],
    [g.dimension(n), ''],
  ])
  const at = (node: Node, coefficient: Rational, labels: readonly number[]): Summand => ({ node, coefficient, labels })
  const distance = g.sum(
    [n, n, length],
    [
      at(high, Rational.of(2), [0, 1]),
      at(scaledLow, Rational.of(2), [0, 1]),
      at(g.power(low, 2), Rational.MINUS_ONE, [0, 1]),
      at(low, Rational.MINUS_ONE, [0, 1]),
      at(numberBefore(g, length), Rational.of(-2), [2]),
    ],
  )
  const apart = g.map('abs', distance.axes, [{ node: distance, labels: identity(3) }])
  const near = g.sum(apart.axes, [at(g.constant(1), Rational.ONE, []), at(apart, Rational.MINUS_ONE, identity(3))])
  return g.map('relu', near.axes, [{ node: near, labels: identity(3) }])
}

/** The number of indices before each: 0, 1, …, n−1. */
function numberBefore(g: Graph, n: Dimension): Node {
  const terms = [
    { axis: 0, coefficient: Dimension.ONE },
    { axis: 1, coefficient: Dimension.constant(-1) },
  ]
  return g.contract('i', [[g.indicator([n, n], [{ relation: 'le', terms, offset: Dimension.ONE }]), 'ki']])
}

export const duplication: LanguageFunction = {
  name: 'duplication',
  usage: 'duplication(n)',
  doc: 'The matrix D with D*vech(A) = vec(A) for every symmetric n×n matrix A, where vech is the lower triangle column by column.',
  latex: (n) => `D_{${n}}`,
  parameters: ['size'],
  arity: [1, 1],
  type: (_typer, { sizes }) => {
    const [n] = sizes as [Dimension]
    return matrix(n.multiply(n), halfLength(n))
  },
  build: (g, _args, { sizes }) => {
    const [n] = sizes as [Dimension]
    return g.contract('qp', [
      [vectorised(g, n, n), 'qij'],
      [halfVectorUnit(g, n), 'ijp'],
    ])
  },
}
