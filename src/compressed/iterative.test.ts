import { describe, expect, test } from 'vitest'
import { multiply, transpose } from '../evaluate/matrix.ts'
import { Random } from '../evaluate/random.ts'
import { CompressedTensor } from './compressed-tensor.ts'
import { iterate, type Operator } from './iterative.ts'

const n = 40
const random = new Random(11)
const square = (entry: (i: number, j: number) => number) =>
  Float64Array.from({ length: n * n }, (_, at) => entry(Math.floor(at / n), at % n))
const draw = () => square(() => random.between(-1, 1))
const symmetric = (x: Float64Array) => x.map((entry, at) => entry + x[(at % n) * n + Math.floor(at / n)]!)

const operatorOf = (h: Float64Array): Operator => {
  const turned = transpose(h, n, n)
  return {
    apply: (p) => multiply(h, p, n, n, 1),
    applyTransposed: (p) => multiply(turned, p, n, n, 1),
    diagonal: () => Float64Array.from({ length: n }, (_, k) => h[k * (n + 1)]!),
  }
}

describe('what follows from the operator', () => {
  const a = draw()
  test.each([
    ['cg', square((i, j) => (i === j ? 3 : 0) + 0.5 ** Math.abs(i - j))],
    ['minres', symmetric(a).map((entry, at) => entry + (at % (n + 1) === 0 ? (at % 2 === 0 ? 20 : -20) : 0))],
    ['lsqr', a.map((entry, at) => entry + (at % (n + 1) === 0 ? 12 : 0))],
  ])('%s', (method, h) => {
    const x = Float64Array.from({ length: n }, () => random.between(-1, 1))
    const g = multiply(h, x, n, n, 1)
    const found = iterate(operatorOf(h), g, { tolerance: 1e-13, maxIterations: 400 })
    expect(found.method).toBe(method)
    for (const [k, entry] of found.x.entries()) expect(entry).toBeCloseTo(x[k]!, 9)
  })
})

/** Three terms without common structure, too large to be written out. */
function wide(shift: number): CompressedTensor {
  const [rows, columns] = [700, 5]
  const core = (shape: readonly number[], factor = 1) => ({
    shape,
    data: Float64Array.from({ length: shape.reduce((x, y) => x * y, 1) }, () => factor * random.between(-1, 1)),
  })
  const u = core([rows, columns])
  const terms = [
    { pattern: '->iaia', scale: shift, cores: [] },
    { pattern: 'ib,ja->iajb', scale: 1, cores: [u, u] },
    { pattern: 'is,js->iaja', scale: 1, cores: [u, u] },
  ]
  return new CompressedTensor(terms, [rows, columns, rows, columns], 2)
}

test('products alone solve what has no structure', () => {
  const tensor = wide(2)
  const x = Float64Array.from({ length: 3500 }, () => random.between(-1, 1))
  const { solution, method, residual, iterations } = tensor.solve(tensor.apply(x))
  expect([method, residual < 1e-11, iterations > 0]).toEqual(['cg', true, true])
  for (const [k, entry] of solution.data.entries()) expect(entry).toBeCloseTo(x[k]!, 8)
  // Asked for little, it says how little it gives.
  expect(tensor.solve(x, { maxIterations: 2 }).residual).toBeGreaterThan(1e-6)
})

test('a singular one is refused', () => {
  const g = Float64Array.from({ length: 3500 }, () => random.between(-1, 1))
  expect(() => wide(0).solve(g)).toThrow(expect.objectContaining({ code: 'DomainError' }))
})
