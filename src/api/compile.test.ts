import { describe, expect, test } from 'vitest'
import { compile, derive, parse } from '../index.ts'
import type { EngineName } from './backend.ts'

const logistic = 'sum(log(exp(-y.*(X*w)) + vector(1)))'
const vars = { X: 'matrix(m,n)', y: 'vector(m)', w: 'vector(n)' }
const X = Float64Array.of(1, 2, -1, 0.5, 3, 1)
const y = Float64Array.of(1, -1, 1)
const w = Float64Array.of(0.3, -0.2)

const program = (engine: EngineName) => {
  const gradient = derive(logistic, { wrt: 'w', vars })
  return compile({ value: gradient.expression, gradient, hessian: gradient.derive('w') }, { engine })
}

/** The value and the gradient by hand. */
const margins = [0, 1, 2].map((i) => y[i]! * (X[2 * i]! * w[0]! + X[2 * i + 1]! * w[1]!))
const expectedValue = margins.reduce((sum, margin) => sum + Math.log1p(Math.exp(-margin)), 0)
const expectedGradient = [0, 1].map((j) =>
  margins.reduce((sum, margin, i) => sum - (y[i]! * X[2 * i + j]!) / (1 + Math.exp(margin)), 0),
)

const rounded = (data: ArrayLike<number>) => Array.from(data, (entry) => Number(entry.toPrecision(12)))

describe.each<EngineName>(['auto', 'wasm', 'reference'])('compiled for %s', (engine) => {
  test('value, gradient and Hessian at once', async () => {
    const f = await program(engine)
    const { value, gradient, hessian } = f({
      X: [
        [1, 2],
        [-1, 0.5],
        [3, 1],
      ],
      y,
      w: [0.3, -0.2],
    })
    expect(value.shape).toEqual([])
    expect(rounded(value.data)).toEqual(rounded([expectedValue]))
    expect(gradient.shape).toEqual([2])
    expect(rounded(gradient.data)).toEqual(rounded(expectedGradient))
    expect(hessian.shape).toEqual([2, 2])
    const [a, b, c, d] = hessian.data
    expect(b).toBe(c)
    expect((a as number) * (d as number)).toBeGreaterThan((b as number) ** 2)
  })

  test('results are the caller’s, and inputs stay as they are', async () => {
    const f = await program(engine)
    const first = f({ X, y, w })
    const before = Array.from(first.hessian.data)
    f({ X: X.map((entry) => 2 * entry), y, w })
    expect(Array.from(first.hessian.data)).toEqual(before)
    first.gradient.data.fill(7)
    expect(Array.from(w)).toEqual([0.3, -0.2])
    expect(Array.from(f({ X, y, w }).hessian.data)).toEqual(before)
  })

  test('sizes may change from call to call', async () => {
    const f = await program(engine)
    expect(f({ X, y, w }).hessian.shape).toEqual([2, 2])
    expect(f({ X: [[1, 2, 3]], y: [1], w: [1, 2, 3] }).hessian.shape).toEqual([3, 3])
    expect(f({ X, y, w }).hessian.shape).toEqual([2, 2])
    // The same lengths, other shapes.
    expect(f({ X: { shape: [2, 3], data: X }, y: [1, 2], w: [1, 2, 3] }).hessian.shape).toEqual([3, 3])
  })

  test('bound inputs stay, whatever becomes of the caller’s array', async () => {
    const f = await program(engine)
    const own = X.slice()
    const g = f.bind({ X: { shape: [3, 2], data: own }, y })
    own.fill(0)
    const expected = f({ X, y, w })
    for (let time = 0; time < 3; time++) expect(g({ w }).gradient.data).toEqual(expected.gradient.data)
    expect(g({ w: [0, 0] }).value.data[0]).toBeCloseTo(3 * Math.LN2, 12)
    expect(() => g({})).toThrow(expect.objectContaining({ code: 'UnknownVariable' }))
    expect(() => g({ w: [1, 2, 3] })).toThrow(expect.objectContaining({ code: 'ShapeMismatch' }))
  })

  test('results are written into given arrays', async () => {
    const f = await program(engine)
    const gradient = new Float64Array(2)
    f.into({ gradient }, { X, y, w })
    expect(gradient).toEqual(f({ X, y, w }).gradient.data)
    expect(() => f.into({ gradient: new Float64Array(3) }, { X, y, w })).toThrow(
      'the array for gradient has length 3, the result 2',
    )
  })

  test('in the background: the same, with progress, and stopped by a signal', async () => {
    const f = await program(engine)
    const shares: number[] = []
    const [one, two] = await Promise.all([
      f.async({ X, y, w }, { onProgress: (share) => shares.push(share) }),
      f.async({ X, y, w: [0, 0] }),
    ])
    expect(one.gradient.data).toEqual(f({ X, y, w }).gradient.data)
    expect(two.value.data[0]).toBeCloseTo(3 * Math.LN2, 12)
    expect(shares[0]).toBe(0)
    expect(shares.at(-1)).toBe(1)
    const stopped = AbortSignal.abort(new Error('enough'))
    await expect(f.async({ X, y, w }, { signal: stopped })).rejects.toThrow('enough')
  })

  test.each<[string, Parameters<Awaited<ReturnType<typeof program>>>[0], string]>([
    ['a name that is none', { X, y, w, v: [1] }, 'UnknownVariable'],
    ['a missing input', { X, y }, 'UnknownVariable'],
    ['a wrong length', { X, y, w: [1, 2, 3, 4] }, 'ShapeMismatch'],
    ['a wrong order', { X, y, w: [[1], [2]] }, 'ShapeMismatch'],
    ['what is no number', { X, y, w: ['a', 2] }, 'BadRequest'],
  ])('%s is refused, and the program still works', async (_, inputs, code) => {
    const f = await program(engine)
    expect(() => f(inputs)).toThrow(expect.objectContaining({ code }))
    expect(rounded(f({ X, y, w }).value.data)).toEqual(rounded([expectedValue]))
  })

  test('what is no number passes through', async () => {
    const f = await program(engine)
    expect(f({ X, y, w: [Number.NaN, 0] }).value.data).toEqual(Float64Array.of(Number.NaN))
    expect(f({ X, y, w: ['-Infinity', 0] }).value.data[0]).toBe(Number.POSITIVE_INFINITY)
  })

  test('memory is refused beforehand, with the figure', async () => {
    const outer = derive("x'*A*x", { wrt: 'A', order: 1, vars: { A: 'matrix(n,n)', x: 'vector(n)' } })
    const f = await compile({ outer }, { engine, maxBytes: 1e6 })
    expect(() => f({ x: new Float64Array(2000), A: new Float64Array(4e6) })).toThrow(
      /evaluating needs 30\.5 MiB .*the limit is 977 KiB/,
    )
    expect(
      f({
        x: [1, 2],
        A: [
          [0, 0],
          [0, 0],
        ],
      }).outer.data,
    ).toEqual(Float64Array.of(1, 2, 2, 4))
  })

  test('a matrix without an inverse is a coded error', async () => {
    const f = await compile({ solution: parse('inv(A)*b', { vars: { A: 'matrix(n,n)', b: 'vector(n)' } }) }, { engine })
    const singular = {
      A: [
        [1, 2],
        [2, 4],
      ],
      b: [1, 1],
    }
    expect(() => f(singular)).toThrow(
      expect.objectContaining({ code: 'DomainError', message: expect.stringMatching(/^A is singular/) }),
    )
    expect(
      f({
        A: [
          [2, 0],
          [0, 4],
        ],
        b: [1, 1],
      }).solution.data,
    ).toEqual(Float64Array.of(0.5, 0.25))
  })

  test('declared facts are checked', async () => {
    const f = await compile({ g: derive("x'*A*x", { wrt: 'x', vars: { A: 'symmetric(n)' } }) }, { engine })
    expect(() =>
      f({
        x: [1, 2],
        A: [
          [1, 2],
          [3, 4],
        ],
      }),
    ).toThrow(expect.objectContaining({ code: 'DomainError' }))
    expect(() =>
      f.bind({
        A: [
          [1, 2],
          [3, 4],
        ],
      }),
    ).toThrow(expect.objectContaining({ code: 'DomainError' }))
  })
})

test('an engine that is none', async () => {
  const outputs = { value: parse('a+1') }
  await expect(compile(outputs, { engine: 'gpu' as EngineName })).rejects.toMatchObject({
    code: 'BadRequest',
    message: 'there is no engine "gpu"',
  })
})

test('a program prints itself', async () => {
  const f = await program('wasm')
  const text = f.describe({ m: 1000, n: 100 })
  expect(text).toMatch(/syrk 100×1000×100: \S+ = X·diag\(.+\)·X {2}\(10000000 operations/)
  expect(text).toMatch(/\d+ operations, \d+ bytes at the peak$/)
})

test('results follow the conventions asked for', async () => {
  const gradient = derive("x'*A*x", { wrt: 'A', layout: 'numerator' })
  const f = await compile({ gradient })
  expect(
    f({
      x: [1, 2],
      A: [
        [1, 2],
        [3, 4],
      ],
    }).gradient.shape,
  ).toEqual([2, 2])
})

test.each<EngineName>(['auto', 'wasm', 'reference'])('float32 in and out on %s', async (engine) => {
  const gradient = derive(logistic, { wrt: 'w', vars })
  const f = await compile({ value: gradient.expression, gradient }, { engine, precision: 'float32' })
  const result = f({ X: Float32Array.from(X), y: Float32Array.from(y), w })
  expect(result.gradient.data).toBeInstanceOf(Float32Array)
  expect(result.value.data[0]).toBeCloseTo(expectedValue, 5)
  expect(result.gradient.data[1]).toBeCloseTo(expectedGradient[1]!, 5)
  const kept = new Float32Array(2)
  f.into({ gradient: kept }, { X, y, w })
  expect(kept).toEqual(result.gradient.data)
  await expect(compile({ gradient }, { engine, precision: 'float16' as 'float32' })).rejects.toThrow(
    'no precision "float16"',
  )
})

test('products are written where results are wanted, each time anew', async () => {
  const n = 40
  const matrix = (seed: number) => ({
    shape: [n, n],
    data: Float64Array.from({ length: n * n }, (_, k) => Math.sin(seed + k)),
  })
  const vars = { A: 'matrix(n,n)', B: 'matrix(n,n)' }
  const outputs = { product: parse('A*B', { vars }), gram: parse("A'*A", { vars }), total: parse('sum(A)', { vars }) }
  const [f, reference] = [await compile(outputs), await compile(outputs, { engine: 'reference' })]
  const near = (found: ArrayLike<number>, expected: ArrayLike<number>) => {
    expect(found.length).toBe(expected.length)
    for (let k = 0; k < expected.length; k++) expect(found[k]).toBeCloseTo(expected[k] as number, 5)
  }
  const kept = [1, 2, 3].map((seed) => {
    const inputs = { A: matrix(seed), B: matrix(-seed) }
    return [f(inputs), reference(inputs)] as const
  })
  const out = { product: new Float64Array(n * n), gram: new Float64Array(n * n), total: new Float64Array(1) }
  for (const [k, [found, expected]] of kept.entries()) {
    f.into(out, { A: matrix(k + 1), B: matrix(-k - 1) })
    for (const name of ['product', 'gram', 'total'] as const) {
      near(found[name].data, expected[name].data)
      near(out[name], expected[name].data)
    }
  }
})

test.each([
  ['positive', 1, 1],
  ['negative', -1, -1],
  ['of both signs', -1, 1],
  ['zero', 0, 0],
])("X'*diag(d)*X of a d that is %s", async (_, even, odd) => {
  const [m, n] = [70, 30]
  const e = parse("X'*diag(d)*X", { vars: { X: 'matrix(m,n)', d: 'vector(m)' } })
  const X = { shape: [m, n], data: Float64Array.from({ length: m * n }, (_, k) => Math.sin(k * k)) }
  const d = Float64Array.from({ length: m }, (_, k) => (k % 2 === 0 ? even : odd) * (1 + (k % 5)))
  const [found, expected] = [await compile({ e }), await compile({ e }, { engine: 'reference' })].map(
    (f) => f({ X, d }).e.data,
  )
  for (const [k, entry] of (expected ?? []).entries()) expect(found?.[k]).toBeCloseTo(entry, 10)
})
