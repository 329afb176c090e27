// Large cores that are sums over few samples stay products; points without a Newton step; order 3.
import { expect, test } from 'vitest'
import type { Tensor } from '../evaluate/index.ts'
import { Random } from '../evaluate/random.ts'
import { derive } from './derivative.ts'

const random = new Random(5)
const draw = (...shape: number[]): Tensor => ({
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.between(-1, 1)),
})
const close = (actual: Float64Array, expected: Float64Array) => {
  const size = Math.max(...expected.map(Math.abs))
  for (const [at, entry] of expected.entries()) expect(Math.abs(actual[at]! - entry) / size).toBeLessThan(1e-9)
}

test('multinomial logistic regression with few samples keeps X and the probabilities', () => {
  const [n, d, k] = [10, 100, 4]
  const hessian = derive('sum(logsumexp(X*W,2)) - sum(Y.*(X*W)) + 0.1*norm2(W)^2', {
    wrt: 'W',
    order: 2,
    vars: { X: 'matrix(n,d)', W: 'matrix(d,k)', Y: 'matrix(n,k)' },
  })
  const tensor = hessian.at({ X: draw(n, d), W: draw(d, k), Y: draw(n, k) })
  expect(tensor.storedNumbers).toBeLessThanOrEqual(n * d + n * k + d * d * k)
  const dense = tensor.expand()
  const p = draw(d, k)
  const order = d * k
  const product = p.data.map((_, row) =>
    p.data.reduce((sum, entry, column) => sum + dense.data[row * order + column]! * entry, 0),
  )
  close(tensor.apply(p).data, product)
  const { solution, residual } = tensor.solve(product)
  expect(residual).toBeLessThan(1e-10)
  close(solution.data, p.data)
})

test('a layer of a network keeps the samples', () => {
  const [o, h, d, n] = [3, 30, 20, 8]
  const hessian = derive('sum((V*tanh(W*X)-Y).^2) + 10*norm2(W)^2', {
    wrt: 'W',
    order: 2,
    vars: { V: 'matrix(o,h)', W: 'matrix(h,d)', X: 'matrix(d,n)', Y: 'matrix(o,n)' },
  })
  const inputs = { V: draw(o, h), W: draw(h, d), X: draw(d, n), Y: draw(o, n) }
  const tensor = hessian.at(inputs)
  expect([tensor.storedNumbers < 15_000, tensor.denseNumbers]).toEqual([true, (h * d) ** 2])
  const p = draw(h, d)
  const { solution, residual } = tensor.solve(tensor.apply(p))
  expect(residual).toBeLessThan(1e-9)
  close(solution.data, p.data)
})

test('entries that a mask excludes do not reach products', () => {
  const hessian = derive('sum[i,j: i<j](1/(x[i]-x[j]))', { wrt: 'x', order: 2, vars: { x: 'vector(n)' } })
  const tensor = hessian.at({ x: Float64Array.from({ length: 300 }, (_, k) => k + 0.3 * Math.sin(k)) })
  expect(tensor.apply(draw(300)).data.every(Number.isFinite)).toBe(true)
})

test('no Newton step where the Hessian is singular', () => {
  for (const n of [3, 200, 20_000]) {
    const hessian = derive('norm2(x)', { wrt: 'x', order: 2, vars: { x: 'vector(n)' } }).at({ x: draw(n) })
    expect(() => hessian.newtonStep(draw(n))).toThrow(expect.objectContaining({ code: 'DomainError' }))
  }
})

test('a third derivative is applied to one direction or two', () => {
  const x = draw(6)
  const third = derive('sum(x.^4)', { wrt: 'x', order: 3, vars: { x: 'vector(n)' } }).at({ x })
  expect(third.terms.map(({ pattern }) => pattern)).toEqual(['i->iii'])
  const p = draw(6)
  const once = third.apply(p)
  expect(once.shape).toEqual([6, 6])
  close(
    once.data,
    Float64Array.from({ length: 36 }, (_, at) => (at % 7 === 0 ? 24 * x.data[at / 7]! * p.data[at / 7]! : 0)),
  )
  const outer = {
    shape: [6, 6],
    data: Float64Array.from({ length: 36 }, (_, at) => p.data[Math.floor(at / 6)]! * p.data[at % 6]!),
  }
  close(
    third.apply(outer).data,
    p.data.map((entry, k) => 24 * x.data[k]! * entry * entry),
  )
})
