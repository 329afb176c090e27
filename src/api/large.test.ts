// Hessians of 10^10 numbers under 1 GiB of resident memory: this file has a process of its own.
import { expect, test } from 'vitest'
import { Random } from '../evaluate/random.ts'
import { derive } from './derivative.ts'

const n = 20_000
const m = 30
const k = 5
const vars = { T: 'matrix(n,m)', W: 'matrix(n,m)', U: 'matrix(n,k)', V: 'matrix(m,k)' }
const random = new Random(1)
const draw = (rows: number, columns: number) => ({
  shape: [rows, columns],
  data: Float64Array.from({ length: rows * columns }, () => random.between(0.5, 1.5)),
})
const inputs = { T: draw(n, m), W: draw(n, m), U: draw(n, k), V: draw(m, k) }

test.each([
  ["norm2(T-U*V')^2", ['T', 'U', 'V'], k * k, 'kronecker'],
  ["norm2(W.*(T-U*V'))^2", ['T', 'U', 'V', 'W'], n * k * k, 'blocks'],
  ["norm2(W.*(T-U*V'))^2 + 0.1*norm2(U)^2", ['T', 'U', 'V', 'W'], n * k * k, 'blocks'],
] as const)('%s', (f, names, stored, method) => {
  const pick = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(names.map((name) => [name, record[name] as T]))
  const gradient = derive(f, { wrt: 'U', vars: pick(vars) })
  const hessian = gradient.derive('U').at(pick(inputs))
  expect([hessian.storedNumbers, hessian.denseNumbers]).toEqual([stored, (n * k) ** 2])
  const { data: g } = gradient.at(pick(inputs)).expand()
  const { solution, residual, ...how } = hessian.newtonStep(g)
  expect(how.method).toBe(method)
  expect(residual).toBeLessThan(1e-12)
  // f is quadratic in U, so that one step leads to its minimum.
  const U = inputs.U.data.map((entry, at) => entry + solution.data[at]!)
  const after = gradient.at({ ...pick(inputs), U: { shape: [n, k], data: U } }).expand()
  expect(Math.max(...after.data.map(Math.abs))).toBeLessThan(1e-10 * Math.max(...g.map(Math.abs)))
  expect(hessian.apply(solution).data.every((entry, at) => Math.abs(entry + g[at]!) < 1e-9)).toBe(true)
  expect(() => hessian.expand()).toThrow(/20000×5×20000×5 = 10000000000 numbers \(74\.5 GiB\)/)
  expect(process.resourceUsage().maxRSS / 2 ** 20).toBeLessThan(1)
})
