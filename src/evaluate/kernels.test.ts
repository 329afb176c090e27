import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { elementwiseFunction, instantiate } from '../functions/index.ts'
import { Graph } from '../tensor/graph.ts'
import { erfc } from './erf.ts'
import { elementwiseKernel, generalKernel } from './kernels.ts'
import { evaluate } from './reference.ts'

const { NaN: nan, POSITIVE_INFINITY: inf } = Number

/** Within a few units in the last place. */
function expectClose(found: number, expected: number, relative = 1e-15): void {
  if (Object.is(found, expected) || found === expected) return
  expect(Math.abs(found - expected), `${found} is not ${expected}`).toBeLessThanOrEqual(relative * Math.abs(expected))
}

// From a 60-digit evaluation (mpmath 1.3).
test.each<[string, number, number]>([
  ['erf', 1e-20, 1.1283791670955125e-20],
  ['erf', 0.3, 0.3286267594591274],
  ['erf', -0.75, -0.7111556336535151],
  ['erf', 1.25, 0.9229001282564583],
  ['erf', 1.7, 0.9837904585907745],
  ['erf', -2.5, -0.999593047982555],
  ['erf', 4, 0.9999999845827421],
  ['erf', 5.5, 0.9999999999999927],
  ['erf', -30, -1.0],
  ['gelu', -30, -1.472014178144456e-196],
  ['gelu', -8, -4.976768459417427e-15],
  ['gelu', -2.5, -0.015524163314440337],
  ['gelu', -0.75, -0.16997051428265114],
  ['gelu', 0.3, 0.1853734266566858],
  ['gelu', 1.25, 1.117937782916431],
  ['gelu', 4, 3.9998733150326675],
  ['gelu', 30, 30.0],
  ['softplus', -700, 9.85967654375977e-305],
  ['sigmoid', -700, 9.85967654375977e-305],
  ['silu', -700, -6.90177358063184e-302],
  ['softplus', -40, 4.248354255291589e-18],
  ['sigmoid', -40, 4.248354255291589e-18],
  ['silu', -40, -1.6993417021166355e-16],
  ['softplus', -2.5, 0.07888973429254963],
  ['sigmoid', -2.5, 0.07585818002124355],
  ['silu', -2.5, -0.18964545005310887],
  ['softplus', 0, Math.LN2],
  ['sigmoid', 0, 0.5],
  ['silu', 0, 0],
  ['softplus', 0.3, 0.8543552444685271],
  ['sigmoid', 0.3, 0.574442516811659],
  ['silu', 0.3, 0.17233275504349768],
  ['softplus', 40, 40.0],
  ['sigmoid', 40, 1.0],
  ['silu', 40, 40.0],
  ['softplus', 800, 800.0],
  ['sigmoid', 800, 1.0],
  ['silu', 800, 800.0],
  ['log1p', 1e-20, 1e-20],
  ['expm1', 1e-20, 1e-20],
  ['tanh', 1e-20, 1e-20],
  ['log1p', -0.75, -1.3862943611198906],
  ['expm1', -0.75, -0.5276334472589853],
  ['tanh', -0.75, -0.6351489523872873],
  ['log1p', 0.3, 0.26236426446749106],
  ['expm1', 0.3, 0.3498588075760031],
  ['tanh', 0.3, 0.2913126124515909],
])('%s(%d) is %d', (name, t, expected) => {
  // The argument of gelu's exponential is t^2/2, so that the rounding of t counts t^2 times.
  expectClose(elementwiseKernel(name)!(t), expected, name === 'gelu' ? 5e-14 : 2e-15)
})

test.each<[string, number[], number]>([
  ['sign', [-0], 0],
  ['sign', [nan], nan],
  ['abs', [-3], 3],
  ['relu', [nan], nan],
  ['relu', [-2], 0],
  ['softplus', [-inf], 0],
  ['softplus', [inf], inf],
  ['sigmoid', [-inf], 0],
  ['gelu', [-inf], 0],
  ['gelu', [inf], inf],
  ['silu', [-inf], 0],
  ['erf', [inf], 1],
  ['erf', [nan], nan],
  ['tanh', [1000], 1],
  ['log', [-1], nan],
  ['logz', [0], 0],
  ['max', [1, nan], nan],
  ['min', [nan, 1], nan],
  ['max', [-1, 2], 2],
  ['pow', [0, 0], 1],
  ['pow', [nan, 0], 1],
  ['pow', [1, nan], 1],
  ['pow', [1, inf], 1],
  ['pow', [-1, -inf], 1],
  ['pow', [-2, 3], -8],
  ['pow', [-2, 0.5], nan],
  ['pow', [-inf, 0.5], nan],
  ['pow', [2, -inf], 0],
  ['where', [1, 2, nan], 2],
  ['where', [0, nan, 3], 3],
  ['where', [nan, 1, 2], nan],
  ['lt', [1, 2], 1],
  ['le', [2, 2], 1],
  ['gt', [2, 2], 0],
  ['ge', [nan, 1], 0],
  ['pi', [], Math.PI],
])('%s(%j) is %d', (name, args, expected) => {
  expect(elementwiseKernel(name)!(...args)).toBe(expected)
})

test('erfc keeps its digits far out', () => {
  expectClose(erfc(20), 5.395865611607901e-176, 2e-15)
  expectClose(erfc(-3), 1.9999779095030015)
  expect(erfc(40)).toBe(0)
})

test.each(['softplus', 'relu', 'gelu', 'silu'])('the kernel of %s is its definition, where that is exact', (name) => {
  const entry = elementwiseFunction(name)
  const g = new Graph()
  const t = g.variable('t', [])
  const { node } = instantiate(g, entry.definition!, new Map([['t', { node: t, labels: [] }]]))
  for (const sample of [-2.5, -0.75, 0, 0.3, 1.25, 4, 30]) {
    const [found] = evaluate([node], new Map([['t', { shape: [], data: Float64Array.of(sample) }]]))
    expect(found!.data[0]).toBeCloseTo(elementwiseKernel(name)!(sample), 14)
  }
})

describe('general functions', () => {
  test.each<[string, number[], number[], number[]]>([
    ['norm2', [3, 4], [2], [5]],
    ['norm2', [3e200, 4e200], [2], [5e200]],
    ['norm2', [3e-200, 4e-200], [2], [5e-200]],
    ['norm2', [5e-324, 0], [2], [5e-324]],
    ['norm2', [inf, 1], [2], [inf]],
    ['norm2', [nan, inf], [2], [nan]],
    ['norm2', [0, 0], [2], [0]],
    ['rnorm2', [0, 0], [2], [0]],
    ['rnorm2', [3, 4], [2], [0.2]],
    ['max', [1, nan], [2], [nan]],
    ['max', [1, 3, 2], [3], [3]],
    ['min', [1, 3, 2], [3], [1]],
    ['logsumexp', [1000, 1000], [2], [1000 + Math.LN2]],
    ['logsumexp', [-1000, -1000], [2], [-1000 + Math.LN2]],
    ['logsumexp', [0, -50], [2], [1.9287498479639178e-22]],
    ['logsumexp', [-inf, -inf], [2], [-inf]],
    ['logsumexp', [inf, 0], [2], [inf]],
    ['logsumexp', [nan, 0], [2], [nan]],
    ['softmax', [1000, 1000], [2], [0.5, 0.5]],
    ['softmax', [-inf, 0], [2], [0, 1]],
    ['softmax', [-inf, -inf], [2], [nan, nan]],
    ['det', [2], [1, 1], [2]],
    ['det', [0, 1, 1, 0], [2, 2], [-1]],
    ['det', [1, 2, 2, 4], [2, 2], [0]],
    ['det', [1e200, 0, 0, 0, 1e200, 0, 0, 0, 1e-300], [3, 3], [1e100]],
    ['det', [1e-200, 0, 0, 0, 1e-200, 0, 0, 0, 1e300], [3, 3], [1e-100]],
    ['logdet', [-2, 0, 0, 3], [2, 2], [Math.log(6)]],
    ['logdet', [1e200, 0, 0, 1e200], [2, 2], [400 * Math.LN10]],
    ['logdet', [1, 2, 2, 4], [2, 2], [-inf]],
    ['logdetp', [2, 0, 0, 3], [2, 2], [Math.log(6)]],
    ['logdetp', [-2, 0, 0, 3], [2, 2], [nan]],
    ['logdetp', [0], [1, 1], [nan]],
    ['inv', [4], [1, 1], [0.25]],
    ['inv', [1, 2, 3, 4], [2, 2], [-2, 1, 1.5, -0.5]],
    ['inv', [1e-200, 0, 0, 1e200], [2, 2], [1e200, 0, 0, 1e-200]],
    ['inv', [0, 1e-180, 1e170, 0], [2, 2], [0, 1e-170, 1e180, 0]],
    ['adj', [7], [1, 1], [1]],
    ['adj', [0], [1, 1], [1]],
    ['adj', [1, 2, 3, 4], [2, 2], [4, -2, -3, 1]],
    ['adj', [0, 0, 0, 0], [2, 2], [0, 0, 0, 0]],
    ['adj', [1, 2, 2, 4], [2, 2], [4, -2, -2, 1]],
    ['adj', [1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3], [-3, 6, -3, 6, -12, 6, -3, 6, -3]],
    ['adj', [1, 1, 1, 1, 1, 1, 1, 1, 1], [3, 3], [0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['adj', [0, 0, 0, 0, 2e100, 0, 0, 0, 3e100], [3, 3], [6e200, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])('%s of %j', (name, x, sizes, expected) => {
    const out = new Float64Array(expected.length)
    expect(generalKernel(name)!([Float64Array.from(x)], [sizes], out)).toBe(true)
    const scale = Math.max(...expected.map((v) => (Number.isFinite(v) ? Math.abs(v) : 0)))
    for (const [k, value] of expected.entries()) {
      if (value === 0) expect(Math.abs(out[k]!)).toBeLessThanOrEqual(1e-14 * scale)
      else expectClose(out[k]!, value, 4e-15)
    }
  })

  test.each([[[0]], [[1, 2, 2, 4]], [[1, 2, 3, 4, 5, 6, 7, 8, 9]], [[0, 0, 0, 0]]])('%j has no inverse', (x) => {
    const n = Math.sqrt(x.length)
    expect(generalKernel('inv')!([Float64Array.from(x)], [[n, n]], new Float64Array(n * n))).toBe(false)
  })

  const matrices = fc
    .integer({ min: 1, max: 6 })
    .chain((n) => fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n * n, maxLength: n * n }))
    .map((entries) => ({ n: Math.sqrt(entries.length), x: Float64Array.from(entries) }))

  const multiply = (a: Float64Array, b: Float64Array, n: number) =>
    Float64Array.from({ length: n * n }, (_, at) => {
      let sum = 0
      for (let k = 0; k < n; k++) sum += a[Math.floor(at / n) * n + k]! * b[k * n + (at % n)]!
      return sum
    })

  /** Without rounding, along the first row. */
  function exactDeterminant(x: readonly number[], n: number): number {
    if (n === 0) return 1
    let sum = 0
    for (let j = 0; j < n; j++) {
      const minor = x.filter((_, at) => at >= n && at % n !== j)
      sum += (j % 2 === 0 ? 1 : -1) * x[j]! * exactDeterminant(minor, n - 1)
    }
    return sum
  }

  test('the adjugate is made of cofactors, whatever the rank', () => {
    fc.assert(
      fc.property(matrices, fc.boolean(), ({ n, x }, halved) => {
        // Repeating a row makes the rank fall.
        if (halved && n > 1) x.copyWithin(n * (n - 1), 0, n)
        const out = new Float64Array(n * n)
        generalKernel('adj')!([x], [[n, n]], out)
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            const minor = Array.from(x).filter((_, at) => Math.floor(at / n) !== j && at % n !== i)
            const cofactor = ((i + j) % 2 === 0 ? 1 : -1) * exactDeterminant(minor, n - 1)
            expect(Math.abs(out[i * n + j]! - cofactor)).toBeLessThanOrEqual(1e-12 * 20 ** (n - 1))
          }
        }
      }),
    )
  })

  test('the determinant is exact but for rounding, and the inverse inverts', () => {
    fc.assert(
      fc.property(matrices, ({ n, x }) => {
        const exact = exactDeterminant(Array.from(x), n)
        const det = new Float64Array(1)
        generalKernel('det')!([x], [[n, n]], det)
        expect(Math.abs(det[0]! - exact)).toBeLessThanOrEqual(1e-13 * 20 ** n)
        const inverse = new Float64Array(n * n)
        if (!generalKernel('inv')!([x], [[n, n]], inverse)) {
          expect(exact).toBeCloseTo(0, 12)
          return
        }
        const largest = inverse.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0)
        for (const [at, entry] of multiply(x, inverse, n).entries()) {
          expect(Math.abs(entry - (at % (n + 1) === 0 ? 1 : 0))).toBeLessThanOrEqual(1e-13 * largest * 10 * n)
        }
      }),
    )
  })
})
