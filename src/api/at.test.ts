// The derivatives that must compress: what they store, their numbers, products and Newton steps against dense ones.
import { describe, expect, test } from 'vitest'
import { bindDimensions, evaluate, sampleInputs, type Tensor } from '../evaluate/index.ts'
import { invert } from '../evaluate/lu.ts'
import { compileAt } from './at.ts'
import { type Derivative, derive } from './derivative.ts'

type Vars = Readonly<Record<string, string>>

const factorization: Vars = { T: 'matrix(m,n)', U: 'matrix(m,k)', V: 'matrix(n,k)', W: 'matrix(m,n)' }
const cp: Vars = { T: 'tensor(m,n,p)', M: 'tensor(m,n,p)', A: 'matrix(m,r)', B: 'matrix(n,r)', C: 'matrix(p,r)' }
const tucker: Vars = { T: 'tensor(m,n,p)', G: 'tensor(q,r,s)', A: 'matrix(m,q)', B: 'matrix(n,r)', C: 'matrix(p,s)' }
const logistic: Vars = { X: 'matrix(n,d)', W: 'matrix(d,k)', Y: 'matrix(n,k)', Z: 'matrix(n,k)' }
const layer: Vars = {
  W: 'matrix(h,d)',
  X: 'matrix(d,n)',
  Y: 'matrix(h,n)',
  V: 'matrix(o,h)',
  O: 'matrix(o,n)',
  x: 'vector(d)',
  o: 'vector(o)',
}
const sizes = { m: 4, n: 3, k: 2, p: 5, q: 2, r: 3, s: 2, d: 5, h: 2, o: 7 }

const cpModel = 'sum[r](A[i,r]*B[j,r]*C[l,r])'
const tuckerModel = 'sum[a,b,c](G[a,b,c]*A[i,a]*B[j,b]*C[l,c])'

interface Case {
  readonly f: string
  readonly by: string
  readonly vars: Vars
  /** The numbers of each term's cores, and the patterns. */
  readonly stored: number
  readonly patterns: readonly string[]
  readonly method?: string
}

const { m, n, k, q, r, d, h } = sizes
const cases: readonly Case[] = [
  { f: "norm2(T-U*V')^2", by: 'U', vars: factorization, stored: k * k, patterns: ['ab->iaib'], method: 'kronecker' },
  { f: "norm2(T-U*V')^2", by: 'V', vars: factorization, stored: k * k, patterns: ['ab->iaib'], method: 'kronecker' },
  {
    f: "norm2(W.*(T-U*V'))^2",
    by: 'U',
    vars: factorization,
    stored: m * k * k,
    patterns: ['iab->iaib'],
    method: 'blocks',
  },
  {
    f: "norm2(W.*(T-U*V'))^2",
    by: 'V',
    vars: factorization,
    stored: n * k * k,
    patterns: ['iab->iaib'],
    method: 'blocks',
  },
  {
    f: "norm2(T-U*V')^2 + norm2(U)^2",
    by: 'U',
    vars: factorization,
    stored: k * k,
    patterns: ['ab->iaib', '->iaia'],
    method: 'kronecker',
  },
  { f: 'sum(exp(T))', by: 'T', vars: factorization, stored: m * n, patterns: ['ia->iaia'], method: 'diagonal' },
  { f: 'sum(log(1+exp(x)))', by: 'x', vars: layer, stored: d, patterns: ['i->ii'], method: 'diagonal' },
  { f: 'sum((tanh(T)-W).^2)', by: 'T', vars: factorization, stored: m * n, patterns: ['ia->iaia'], method: 'diagonal' },
  {
    f: "tr(X'*A*X)",
    by: 'X',
    vars: { X: 'matrix(m,k)', A: 'matrix(m,m)' },
    stored: m * m,
    patterns: ['ij->iaja'],
    method: 'kronecker',
  },
  {
    f: "tr(X'*A*X*B)",
    by: 'X',
    vars: { X: 'matrix(m,k)', A: 'matrix(m,m)', B: 'matrix(k,k)' },
    stored: m * m + k * k,
    patterns: ['ba,ij->iajb', 'ab,ji->iajb'],
    method: 'sylvester',
  },
  {
    f: 'sum(logsumexp(Z,2)) - sum(Y.*Z) + norm2(Z)^2',
    by: 'Z',
    vars: logistic,
    stored: n * k,
    patterns: ['->iaia', 'ia->iaia', 'ia,ib->iaib'],
    method: 'blocks',
  },
  {
    f: 'sum(logsumexp(X*W,2)) - sum(Y.*(X*W)) + norm2(W)^2',
    by: 'W',
    vars: logistic,
    // Beside the part from the products of probabilities, which is dense, the others would only add to it.
    stored: d * d * k * k,
    patterns: ['iajb->iajb'],
    method: 'dense',
  },
  {
    f: `sum[i,j,l]((T[i,j,l]-${cpModel})^2)`,
    by: 'A',
    vars: cp,
    stored: r * r,
    patterns: ['ab->iaib'],
    method: 'kronecker',
  },
  {
    f: `sum[i,j,l]((T[i,j,l]-${cpModel})^2)`,
    by: 'C',
    vars: cp,
    stored: r * r,
    patterns: ['ab->iaib'],
    method: 'kronecker',
  },
  {
    f: `sum[i,j,l](M[i,j,l]*(T[i,j,l]-${cpModel})^2)`,
    by: 'B',
    vars: cp,
    stored: n * r * r,
    patterns: ['iab->iaib'],
    method: 'blocks',
  },
  {
    f: `sum[i,j,l]((T[i,j,l]-${tuckerModel})^2)`,
    by: 'A',
    vars: tucker,
    stored: q * q,
    patterns: ['ab->iaib'],
    method: 'kronecker',
  },
  {
    f: `sum[i,j,l]((T[i,j,l]-${tuckerModel})^2)`,
    by: 'G',
    vars: tucker,
    stored: q * q + r * r + sizes.s ** 2,
    patterns: ['ab,ij,pq->iapjbq'],
    method: 'kronecker',
  },
  { f: 'sum((tanh(W*X)-Y).^2)', by: 'W', vars: layer, stored: h * d * d, patterns: ['abi->iaib'], method: 'blocks' },
  {
    f: 'sum((V*tanh(W*x)-o).^2) + norm2(W)^2',
    by: 'W',
    vars: layer,
    stored: h * h + d + h,
    patterns: ['->iaia', 'a,b,ij->iajb', 'a,b,i->iaib'],
  },
  {
    f: 'logdet(A)',
    by: 'A',
    vars: { A: 'matrix(m,m)' },
    stored: m * m,
    patterns: ['aj,bi->iajb'],
    method: 'kronecker',
  },
  {
    f: "sum(x.^4) + (c'*x)^2",
    by: 'x',
    vars: { x: 'vector(n)', c: 'vector(n)' },
    stored: 2 * n,
    patterns: ['i,j->ij', 'i->ii'],
  },
]

/** The order of cores carries no meaning. */
function withSortedCores(pattern: string): string {
  const [inputs, output] = pattern.split('->') as [string, string]
  return `${inputs.split(',').sort().join()}->${output}`
}

function inputsOf(hessian: Derivative, seed: number): Map<string, Tensor> {
  const variables = [...hessian.expression.variables.values()].map(({ node }) => node)
  return sampleInputs(variables, bindDimensions(variables, new Map(), new Map(Object.entries(sizes))), seed)
}

const close = (actual: Float64Array, expected: Float64Array, tolerance: number) => {
  const size = Math.max(...expected.map(Math.abs), 1e-300)
  expect(actual.length).toBe(expected.length)
  for (const [at, entry] of expected.entries()) expect(Math.abs(actual[at]! - entry) / size).toBeLessThan(tolerance)
}

describe.each(cases)('$f by $by', ({ f, by, vars, stored, patterns, method }) => {
  const used = Object.fromEntries(Object.entries(vars).filter(([name]) => new RegExp(`\\b${name}\\b`).test(f)))
  const hessian = derive(f, { wrt: by, order: 2, vars: used })
  const inputs = inputsOf(hessian, 3)
  const tensor = hessian.at(inputs, { dims: sizes })

  test('stores no more than its cores', () => {
    const found = tensor.terms.map(({ pattern }) => withSortedCores(pattern))
    expect([found.sort(), tensor.storedNumbers]).toEqual([[...patterns].sort(), stored])
    expect(tensor.storedNumbers).toBeLessThanOrEqual(tensor.denseNumbers)
  })

  test('compiled it has the same terms, at one point after the other', async () => {
    const compiled = await compileAt(hessian, { dims: sizes })
    const { [by]: free, ...fixed } = Object.fromEntries(inputs)
    const bound = compiled.bind(fixed)
    const other = inputsOf(hessian, 4)
    for (const point of [inputs, other, inputs]) {
      const expected = hessian.at(point, { dims: sizes })
      const found = [compiled(point)]
      if (point === inputs && free) found.push(bound({ [by]: free }))
      for (const { terms, shape } of found) {
        expect(shape).toEqual(expected.shape)
        expect(terms.map(({ pattern, scale }) => [pattern, scale])).toEqual(
          expected.terms.map(({ pattern, scale }) => [pattern, scale]),
        )
        for (const [at, { cores }] of terms.entries()) {
          for (const [position, { data }] of cores.entries()) {
            close(data, expected.terms[at]!.cores[position]!.data, 1e-12)
          }
        }
      }
    }
  })

  test('is the dense tensor, in products and Newton steps', () => {
    const dense = evaluate([hessian.working], inputs, new Map(Object.entries(sizes)))[0]!
    close(tensor.expand().data, dense.data, 1e-12)
    expect(tensor.shape).toEqual(dense.shape)
    const order = Math.sqrt(tensor.denseNumbers)
    const gradient = Float64Array.from({ length: order }, (_, at) => Math.sin(at + 1))
    const product = gradient.map((_, row) =>
      gradient.reduce((sum, entry, column) => sum + dense.data[row * order + column]! * entry, 0),
    )
    close(tensor.apply(gradient).data, product, 1e-12)
    const inverse = new Float64Array(order * order)
    if (!invert(dense.data, order, inverse)) {
      expect(() => tensor.solve(gradient)).toThrow(expect.objectContaining({ code: 'DomainError' }))
      return
    }
    const step = tensor.newtonStep(gradient)
    const expected = gradient.map((_, row) =>
      gradient.reduce((sum, entry, column) => sum - inverse[row * order + column]! * entry, 0),
    )
    close(step.solution.data, expected, 1e-7)
    expect(step.residual).toBeLessThan(1e-9)
    if (method !== undefined) expect(step.method).toBe(method)
  })
})
