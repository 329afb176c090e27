// Conditions on reductions and on functions along a label: what they exclude is never evaluated, whatever the function.
import { describe, expect, test } from 'vitest'
import { checkAnswer, checkOf, compile, derive, equal, parse } from '../src/index.ts'
import { MODES } from './check.ts'

const vars = {
  Q: 'matrix(n,d)',
  K: 'matrix(n,d)',
  V: 'matrix(n,v)',
  Y: 'matrix(n,v)',
  A: 'matrix(m,n)',
  x: 'vector(n)',
  y: 'vector(n)',
}

const attention = `P[i,j] = softmax[j: j <= i]((Q*K')[i,j]/sqrt(d))\nnorm2(P*V - Y)^2/2`
const naiveAttention =
  "O[i,c] = sum[j: j <= i](exp((Q*K')[i,j]/sqrt(d))*V[j,c])/sum[j: j <= i](exp((Q*K')[i,j]/sqrt(d)))\nnorm2(O - Y)^2/2"

test.each([
  [attention, 'Q K V'],
  [naiveAttention, 'Q K V'],
  ["P[i,j] = softmax[j: j <= i]((Q*K')[i,j])\nP*V", 'Q'],
  ['sum[i](logsumexp[j: j <= i](A[i,j]))', 'A'],
  ['logsumexp[i,j: i < j](A[i,j]*x[j])', 'A x'],
  ['sum[i](max[j: j != i](A[i,j]))', 'A'],
  ['sum[i](min[j: j != i](A[i,j]*x[j])^2)', 'A x'],
  ['sum[i](prod[j: j != i](A[i,j]))', 'A'],
  ['sum[i,j](y[j]*cumsum[j: j > i](A[i,j]))', 'A'],
  ['sum[i,j: j <= i](y[j]*logsoftmax[j: j <= i](A[i,j]*x[j]))', 'A x'],
  ['max[i: i > 1](x[i])', 'x'],
  ['v[i] = logsumexp[j: j == 1](A[i,j] + x[j])^2 + 1\nsqrt(v)', 'x'],
])('%s by %s', { timeout: 120_000 }, (f, by) => {
  expect(equal(f, parse(f, { vars }).toString(), { vars })).toMatchObject({ equal: true })
  for (const wrt of by.split(' ')) {
    for (const order of [1, 2]) {
      const d = derive(f, { wrt, order, vars })
      const text = d.toString()
      expect(checkOf(d), text).toMatchObject({ ok: true })
      for (const mode of MODES) {
        expect(checkAnswer(derive(f, { wrt, order, vars, mode }), text), `${mode}: ${text}`).toMatchObject({
          equal: true,
        })
      }
      expect(parse(text, { vars }).toString()).toBe(text)
    }
  }
})

test.each([
  [
    attention,
    'V',
    'J[i,j] = sum[k](softmax[i: i <= k](sum[l](Q[k,l]*K[i,l])/sqrt(d))*(sum[l](V[l,j]*softmax[l: l <= k](sum[p](Q[k,p]*K[l,p])/sqrt(d))) - Y[k,j]))',
  ],
  [
    attention,
    'Q',
    "t1[i,j] = softmax[j: j <= i](sum[k](Q[i,k]*K[j,k])/sqrt(d)); t2 = t1*V; (t1.*((t2 - Y)*V') + diag(diag(t1*V*(Y - t2)'))*t1)*K/sqrt(d)",
  ],
  ['sum[i](log(sum[j: j <= i](exp(A[i,j]))))', 'A', 'J[i,j] = softmax[j: j <= i](A[i,j])'],
])('%s by %s is printed', (f, wrt, text) => {
  expect(derive(f, { wrt, vars }).toString()).toBe(text)
})

test('a quotient of exponentials under conditions is their softmax', () => {
  expect(parse(naiveAttention, { vars }).toString()).toBe(parse(attention, { vars }).toString())
})

describe('numbers', () => {
  const A = [
    [1, Number.POSITIVE_INFINITY, Number.NaN],
    [2, 0, Number.POSITIVE_INFINITY],
    [1000, -1000, 1000],
  ]
  const numbersOf = async (text: string) => {
    const expression = parse(text, { vars: { A: 'matrix(n,n)' } })
    const { value } = (await compile({ value: expression }, { engine: 'reference' }))({ A })
    return [...value.data]
  }
  const e = Math.exp(2) + 1

  test.each([
    ['v[i] = max[j: j <= i](A[i,j])\nv', [1, 2, 1000]],
    ['v[i] = min[j: j <= i](A[i,j])\nv', [1, 0, -1000]],
    ['v[i] = prod[j: j <= i](A[i,j])\nv', [1, 0, -1e9]],
    ['v[i] = logsumexp[j: j <= i](A[i,j])\nv', [1, Math.log(e), 1000 + Math.log(2)]],
    ['P[i,j] = softmax[j: j <= i](A[i,j])\nP', [1, 0, 0, Math.exp(2) / e, 1 / e, 0, 0.5, 0, 0.5]],
    ['P[i,j] = cumsum[j: j <= i](A[i,j])\nP', [1, 1, 1, 2, 2, 2, 1000, 0, 1000]],
  ])('%s', async (text, expected) => {
    for (const [k, entry] of (await numbersOf(text)).entries()) expect(entry).toBeCloseTo(expected[k] as number, 9)
  })
})

test.each([
  ['max[i: i < i](x[i])', 'DomainError', 'never holds'],
  ['matrix[i,j: i < j](A[i,j])', 'TypeMismatch', 'takes no conditions'],
])('%s is refused', (text, code, message) => {
  expect(() => parse(text, { vars })).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  )
})
