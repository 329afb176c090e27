// Every pattern against the dense tensor at small sizes, distinct and 1 among them.
import { describe, expect, test } from 'vitest'
import { invert } from '../evaluate/lu.ts'
import { multiply } from '../evaluate/matrix.ts'
import { Random } from '../evaluate/random.ts'
import { CompressedTensor } from './compressed-tensor.ts'
import type { CompressedTerm } from './term.ts'

const random = new Random(7)
const numbers = (length: number, low = -1, high = 1) => Float64Array.from({ length }, () => random.between(low, high))

type Kind = 'any' | 'symmetric' | 'positive' | 'definite'

/** Random cores; of a definite one all slices over the last two axes are. */
function core(shape: readonly number[], kind: Kind): Float64Array {
  const data = numbers(
    shape.reduce((product, length) => product * length, 1),
    kind === 'positive' ? 0.5 : -1,
    kind === 'positive' ? 2 : 1,
  )
  if (kind === 'any' || kind === 'positive') return data
  const n = shape.at(-1)!
  for (let from = 0; from < data.length; from += n * n) {
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) data[from + i * n + j] = data[from + j * n + i]!
    if (kind === 'definite') for (let i = 0; i < n; i++) data[from + i * (n + 1)]! += n + 1
  }
  return data
}

function term(text: string, sizes: Readonly<Record<string, number>>, scale = 1): CompressedTerm {
  const [pattern, ...kinds] = text.split(' ') as [string, ...Kind[]]
  const [inputs] = pattern.split('->') as [string]
  const lists = kinds.length === 0 ? [] : inputs.split(',')
  const cores = lists.map((letters, k) => {
    const shape = [...letters].map((letter) => sizes[letter]!)
    return { shape, data: core(shape, kinds[k]!) }
  })
  return { pattern, scale, cores }
}

/** Einsum by one loop over all letters, straight from the definition. */
function byDefinition({ pattern, scale, cores }: CompressedTerm, sizes: Readonly<Record<string, number>>) {
  const [inputs, output] = pattern.split('->') as [string, string]
  const letters = [...new Set(pattern.replace(/[,>-]/g, ''))]
  const out = new Float64Array([...output].reduce((product, letter) => product * sizes[letter]!, 1))
  const at = (word: string, index: Readonly<Record<string, number>>) =>
    [...word].reduce((position, letter) => position * sizes[letter]! + index[letter]!, 0)
  const visit = (index: Record<string, number>, rest: readonly string[]) => {
    const [letter, ...others] = rest
    if (letter !== undefined) {
      for (let k = 0; k < sizes[letter]!; k++) visit({ ...index, [letter]: k }, others)
      return
    }
    const factors = inputs.split(',').map((word, k) => cores[k]?.data[at(word, index)] ?? 1)
    out[at(output, index)]! += scale * factors.reduce((product, factor) => product * factor, 1)
  }
  visit({}, letters)
  return out
}

const close = (actual: Float64Array, expected: Float64Array, tolerance = 1e-9) => {
  expect(actual.length).toBe(expected.length)
  const size = Math.max(...expected.map(Math.abs), 1e-300)
  for (const [k, entry] of expected.entries()) expect(Math.abs(actual[k]! - entry) / size).toBeLessThan(tolerance)
}

const sizeSets: Readonly<Record<string, number>>[] = [
  { i: 4, j: 4, a: 3, b: 3, p: 2, q: 2, r: 5 },
  { i: 3, j: 3, a: 5, b: 5, p: 1, q: 1, r: 2 },
  { i: 1, j: 1, a: 2, b: 2, p: 3, q: 3, r: 1 },
  { i: 6, j: 6, a: 1, b: 1, p: 2, q: 2, r: 3 },
]

/** Terms, and the method that solves them at the first sizes; sizes of 1 make some simpler. */
const cases: readonly (readonly [terms: readonly string[], method: string])[] = [
  [['ab->iaib definite'], 'kronecker'],
  [['ab->iaib any'], 'kronecker'],
  [['iab->iaib definite'], 'blocks'],
  [['i->ii positive'], 'diagonal'],
  [['ia->iaia positive'], 'diagonal'],
  [['->iaia'], 'diagonal'],
  [['ij->iaja definite'], 'kronecker'],
  [['ij,ab->iajb any any'], 'kronecker'],
  [['ij,ab,pq->iapjbq definite definite definite'], 'kronecker'],
  [['ij->iaja definite', 'ab->iaib definite'], 'sylvester'],
  [['ij->iaja any', 'ab->iaib any'], 'sylvester'],
  [['ij,ab->iajb any any', 'ij,ab->iajb any any'], 'sylvester'],
  [['ij,ab->iapjbp any any', 'ij,ab->iapjbp any any'], 'sylvester'],
  [['ab->iaib definite', '->iaia'], 'kronecker'],
  [['iab->iaib definite', '->iaia'], 'blocks'],
  [['->iaia positive'], 'diagonal'],
  [['->ii positive', 'i,j->ij any any'], 'woodbury of diagonal'],
  [['r,r,ab->iaib positive positive any'], 'kronecker'],
  [['ia->iaia positive', 'ia,ib->iaib any any'], 'blocks'],
  [['i->ii positive', 'i,j->ij any any'], 'woodbury of diagonal'],
  [['i->ii positive', 'ir,r,jr->ij any positive any'], 'dense'],
  [['i->ii positive', 'ip,p,jp->ij any positive any', 'j,i->ij any any'], 'dense'],
  [['ab->iaib definite', 'ia,jb->iajb any any'], 'woodbury of kronecker'],
  [['iab->iaib definite', 'ia,jb->iajb any any'], 'woodbury of blocks'],
  [['ij->iaja any', 'ab->iaib any', 'ia,jb->iajb any any'], 'woodbury of sylvester'],
  [['ij->ij any'], 'dense'],
  [['iajb->iajb any'], 'dense'],
  [['ab->iaib definite', 'ij->iaja definite', 'ij,ab->iajb any any'], 'dense'],
  [['i->ii positive', 'i->ii positive'], 'diagonal'],
]

describe.each(sizeSets.map((sizes, set) => ({ sizes, set })))('sizes $sizes', ({ sizes, set }) => {
  test.each(cases)('%s', (texts, method) => {
    const terms = texts.map((text, k) => term(text, sizes, 2 - k / 4))
    const output = terms[0]!.pattern.split('->')[1]!
    const shape = [...output].map((letter) => sizes[letter]!)
    const split = shape.length / 2
    const tensor = new CompressedTensor(terms, shape, split)
    const dense = new Float64Array(tensor.denseNumbers)
    for (const each of terms) for (const [k, entry] of byDefinition(each, sizes).entries()) dense[k]! += entry
    close(tensor.expand().data, dense, 1e-13)

    const n = Math.sqrt(dense.length)
    const p = numbers(n)
    close(tensor.apply(p).data, multiply(dense, p, n, n, 1), 1e-12)
    close(
      tensor.diagonal().data,
      p.map((_, k) => dense[k * (n + 1)]!),
      1e-13,
    )
    const q = numbers(n)
    const transposed = tensor.transpose().apply(q)
    close(transposed.data, multiply(q, dense, 1, n, n), 1e-12)

    const inverse = new Float64Array(n * n)
    expect(invert(dense, n, inverse)).toBe(true)
    const solved = tensor.solve(p)
    const exact = multiply(inverse, p, n, n, 1)
    close(solved.solution.data, exact, 1e-8)
    if (set === 0) expect(solved.method).toBe(method)
    expect(solved.residual).toBeLessThan(1e-10)
    expect(solved.solution.shape).toEqual(shape.slice(split))
    close(
      tensor.newtonStep(p).solution.data,
      exact.map((entry) => -entry),
      1e-8,
    )
  })
})

test('two Kronecker terms, each with a singular factor, by QZ', () => {
  // A and C have a zero row: neither term is invertible, their sum is.
  const [a, b] = [core([3, 3], 'any'), core([2, 2], 'any')]
  const [c, d] = [core([3, 3], 'any'), core([2, 2], 'any')]
  a.fill(0, 0, 3)
  c.fill(0, 3, 6)
  const of = (i: Float64Array, j: Float64Array) => ({
    pattern: 'ij,ab->iajb',
    scale: 1,
    cores: [
      { shape: [3, 3], data: i },
      { shape: [2, 2], data: j },
    ],
  })
  const tensor = new CompressedTensor([of(a, b), of(c, d)], [3, 2, 3, 2], 2)
  const dense = tensor.expand().data
  const inverse = new Float64Array(36)
  const p = numbers(6)
  expect(invert(dense, 6, inverse)).toBe(true)
  const solved = tensor.solve(p)
  close(solved.solution.data, multiply(inverse, p, 6, 6, 1), 1e-8)
  expect(solved.residual).toBeLessThan(1e-10)
})

test('factors that exchange rows and columns', () => {
  const sizes = { i: 3, a: 3, j: 3, b: 3 }
  for (const text of ['aj,ib->iajb any any', 'bi,aj->iajb any any']) {
    const tensor = new CompressedTensor([term(text, sizes)], [3, 3, 3, 3], 2)
    const p = numbers(9)
    const solved = tensor.solve(tensor.apply(p))
    close(solved.solution.data, p)
    expect(solved.method).toBe('kronecker')
  }
})

describe('refusals', () => {
  const check = (tensor: () => unknown, code: string, message: RegExp) => {
    expect(tensor).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  }
  const of = (shape: number[], ...terms: CompressedTerm[]) => new CompressedTensor(terms, shape, shape.length / 2)
  const singular = /singular/

  test('singular operators', () => {
    const rankOne = { shape: [2, 2], data: Float64Array.of(1, 2, 2, 4) }
    check(() => of([3, 3]).solve(numbers(3)), 'DomainError', singular)
    const kept = { pattern: 'ab->iaib', scale: 1, cores: [rankOne] }
    check(() => of([3, 2, 3, 2], kept).solve(numbers(6)), 'DomainError', singular)
    const zero = { pattern: 'i->ii', scale: 1, cores: [{ shape: [2], data: Float64Array.of(0, 1) }] }
    check(() => of([2, 2], zero).solve(numbers(2)), 'DomainError', singular)
    // Eigenvalues 1, −1 of both: sums are 0.
    const swap = { shape: [2, 2], data: Float64Array.of(0, 1, 1, 0) }
    const sum = ['ab->iaib', 'ij->iaja'].map((pattern) => ({ pattern, scale: 1, cores: [swap] }))
    check(() => of([2, 2, 2, 2], ...sum).solve(numbers(4)), 'DomainError', singular)
  })

  test('what is not square, not finite or too large', () => {
    const tall = new CompressedTensor([term('ib->ib any', { i: 3, b: 2 })], [3, 2], 1)
    check(() => tall.solve(numbers(3)), 'ShapeMismatch', /not square/)
    check(() => tall.apply(numbers(3)), 'ShapeMismatch', /3 entries where \[2\]/)
    const unit = of([10_000, 10_000], { pattern: '->ii', scale: 2, cores: [] })
    check(() => unit.expand(), 'LimitExceeded', /10000×10000 = 100000000 numbers \(0\.745 GiB\)/)
    check(
      () => of([2, 2], { pattern: '->ii', scale: Number.NaN, cores: [] }).solve([1, 2]),
      'DomainError',
      /not finite/,
    )
    check(() => of([2, 2], { pattern: 'ij->ij', scale: 1, cores: [] }), 'ShapeMismatch', /names 1 cores, 0 are given/)
  })
})
