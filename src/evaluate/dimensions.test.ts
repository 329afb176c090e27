import { expect, test } from 'vitest'
import { Dimension } from '../tensor/dimension.ts'
import { Graph } from '../tensor/graph.ts'
import { Rational } from '../tensor/rational.ts'
import { bindDimensions } from './dimensions.ts'
import type { Tensor } from './tensor.ts'

const g = new Graph()
const m = Dimension.symbol('m')
const n = Dimension.symbol('n')
const one = Dimension.ONE
const axes: Record<string, readonly Dimension[]> = {
  s: [],
  x: [n],
  y: [m],
  A: [m, n],
  longer: [n.add(one)],
  product: [m.multiply(n)],
  triangle: [n.multiply(n.add(one)).scale(Rational.HALF)],
  square: [n.multiply(n)],
  two: [Dimension.constant(2)],
  hill: [n.multiply(Dimension.constant(5).subtract(n))],
  T: [m, n, n],
}

function bind(shapes: Record<string, number[]>, dims: Record<string, number> = {}): Record<string, number> {
  const variables = Object.keys(shapes).map((name) => g.variable(name, axes[name]!))
  const inputs = new Map<string, Tensor>(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, data: new Float64Array(0) }]),
  )
  return Object.fromEntries(bindDimensions(variables, inputs, new Map(Object.entries(dims))))
}

test.each<[Record<string, number[]>, Record<string, number>, Record<string, number>]>([
  [{ A: [3, 2] }, {}, { m: 3, n: 2 }],
  [{ s: [], two: [2] }, {}, {}],
  [{}, { k: 4 }, { k: 4 }],
  [{ longer: [4] }, {}, { n: 3 }],
  [{ product: [6], x: [2] }, {}, { n: 2, m: 3 }],
  [{ product: [6] }, { m: 6 }, { m: 6, n: 1 }],
  [{ product: [6] }, {}, {}],
  [{ triangle: [6] }, {}, { n: 3 }],
  [{ triangle: [500000500000] }, {}, { n: 1000000 }],
  [{ square: [9], y: [5] }, {}, { n: 3, m: 5 }],
  [{ hill: [4] }, {}, {}],
  [{ hill: [4], longer: [2] }, {}, { n: 1 }],
])('%j with %j gives %j', (shapes, dims, expected) => {
  expect(bind(shapes, dims)).toEqual(expected)
})

test.each<[Record<string, number[]>, Record<string, number>, string]>([
  [{ A: [3, 2], x: [3] }, {}, 'x has length 3 but n = 2 (from A)'],
  [{ x: [3] }, { n: 2 }, 'x has length 3 but n = 2 (given)'],
  [{ y: [4], A: [3, 2] }, {}, 'A has 3 rows but m = 4 (from y)'],
  [{ x: [4], A: [3, 1] }, {}, 'A has 1 column but n = 4 (from x)'],
  [{ x: [3], longer: [3] }, {}, 'longer has length 3 but n + 1 = 4 (n = 3, from x)'],
  [{ two: [3] }, {}, 'two has length 3, but two is declared with 2'],
  [{ square: [8] }, {}, 'square has length 8, but no size of n makes n^2 equal 8'],
  [{ T: [1, 2, 3] }, {}, 'T has size 3 in axis 3 but n = 2 (from T)'],
  [{ x: [3, 1] }, {}, 'x is a vector, but its value is a matrix'],
  [{ s: [1] }, {}, 's is a scalar, but its value is a vector'],
  [{ longer: [1] }, {}, 'longer has length 1, but no size of n makes n + 1 equal 1'],
])('%j with %j is refused', (shapes, dims, message) => {
  expect(() => bind(shapes, dims)).toThrow(expect.objectContaining({ code: 'ShapeMismatch', message }))
})

test.each([0, -1, 1.5, Number.NaN])('a size of %d is refused', (size) => {
  expect(() => bind({}, { n: size })).toThrow(expect.objectContaining({ code: 'BadRequest' }))
})
