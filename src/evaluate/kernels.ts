/**
 * How the functions table's names are computed in float64. Both tables are total over the primitives, so that a new one
 * does not compile without its kernel; a function with a definition needs none, and has one here only where the
 * definition loses digits or speed.
 */
import type { ElementwisePrimitive, GeneralName } from '../functions/index.ts'
import { erf, erfc } from './erf.ts'
import { adjugate, determinant, invert, logDeterminant } from './lu.ts'
import { identityMatrix, transpose } from './matrix.ts'
import {
  choleskyFactor,
  exponential,
  frechetDerivative,
  logarithm,
  pseudoinverse,
  squareRoot,
} from './matrix-functions.ts'
import { pow } from './power.ts'
import { solveSylvester } from './sylvester.ts'

export type ElementwiseKernel = (...args: number[]) => number

/**
 * A general function of one slice without batch axes: arguments row-major with their sizes, the result row-major into
 * `out`. Returns false where the function has no value (a singular matrix to invert).
 */
export type GeneralKernel = (
  args: readonly Float64Array[],
  sizes: readonly (readonly number[])[],
  out: Float64Array,
) => boolean

/** `where` selects, so a NaN that is not selected does not matter. A comparison with NaN is 0. */
export const elementwiseKernels: Readonly<Record<ElementwisePrimitive, ElementwiseKernel>> = {
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  sigmoid,
  abs: Math.abs,
  sign: (t) => (t > 0 ? 1 : t < 0 ? -1 : t === 0 ? 0 : Number.NaN),
  erf,
  // Math.max and Math.min give NaN if any argument is NaN.
  max: Math.max,
  min: Math.min,
  pow,
  where: (c, a, b) => (Number.isNaN(c!) ? Number.NaN : c !== 0 ? a! : b!),
  lt: (a, b) => (a! < b! ? 1 : 0),
  le: (a, b) => (a! <= b! ? 1 : 0),
  gt: (a, b) => (a! > b! ? 1 : 0),
  ge: (a, b) => (a! >= b! ? 1 : 0),
  pi: () => Math.PI,
  infinity: () => Number.POSITIVE_INFINITY,
  logz: (t) => (t === 0 ? 0 : Math.log(t!)),
}

/** Kernels of functions that have a definition. */
const definedKernels: ReadonlyMap<string, ElementwiseKernel> = new Map<string, ElementwiseKernel>([
  ['softplus', (t) => Math.max(t!, 0) + Math.log1p(Math.exp(-Math.abs(t!)))],
  ['relu', (t) => (t! <= 0 ? 0 : t!)],
  // By erfc, as 1 + erf loses all digits for negative t.
  ['gelu', (t) => (t === Number.NEGATIVE_INFINITY ? 0 : 0.5 * t! * erfc(-t! * Math.SQRT1_2))],
  ['silu', (t) => (t === Number.NEGATIVE_INFINITY ? 0 : t! * sigmoid(t!))],
])

/** The kernel of an elementwise function; undefined where only its definition tells the value. */
export function elementwiseKernel(name: string): ElementwiseKernel | undefined {
  return Object.hasOwn(elementwiseKernels, name)
    ? elementwiseKernels[name as ElementwisePrimitive]
    : definedKernels.get(name)
}

export const generalKernels: Readonly<Record<GeneralName, GeneralKernel>> = {
  inv: ([x], [sizes], out) => invert(x!, sizes![0]!, out),
  det: toNumber((x, n) => determinant(x, n)),
  logdet: toNumber((x, n) => logDeterminant(x, n).log),
  logdetp: toNumber((x, n) => {
    const { sign, log } = logDeterminant(x, n)
    return sign > 0 ? log : Number.NaN
  }),
  adj: ([x], [sizes], out) => {
    adjugate(x!, sizes![0]!, out)
    return true
  },
  softmax: ([x], _, out) => {
    softmax(x!, out)
    return true
  },
  logsumexp: toNumber(logsumexp),
  max: toNumber((x) => x.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)),
  min: toNumber((x) => x.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)),
  norm2: toNumber(norm2),
  rnorm2: toNumber((x) => {
    const norm = norm2(x)
    return norm === 0 ? 0 : 1 / norm
  }),
  prod: toNumber((x) => x.reduce((a, b) => a * b, 1)),
  prodexcept: ([x], _, out) => {
    productsOfOthers(x!, out)
    return true
  },
  logsoftmax: ([x], _, out) => {
    logSoftmax(x!, out)
    return true
  },
  cross: ([x, y], _, out) => {
    for (let k = 0; k < 3; k++) {
      const [i, j] = [(k + 1) % 3, (k + 2) % 3]
      out[k] = x![i]! * y![j]! - x![j]! * y![i]!
    }
    return true
  },
  pinv: ([x], [sizes], out) => pseudoinverse(x!, sizes![0]!, sizes![1]!, out),
  cholesky: ([x], [sizes], out) => choleskyFactor(x!, sizes![0]!, out),
  sylvester: ([a, b, c], [left, right], out) => {
    const [n, m] = [left![0]!, right![0]!]
    const solve = solveSylvester(
      { a: a!, c: identityMatrix(n), n },
      { b: identityMatrix(m), d: transpose(b!, m, m), m },
    )
    if (!solve) return false
    out.set(c!)
    solve(out)
    return true
  },
  sqrtm: ([x], [sizes], out) => squareRoot(x!, sizes![0]!, out),
  expm: ([x], [sizes], out) => exponential(x!, sizes![0]!, out),
  logm: ([x], [sizes], out) => logarithm(x!, sizes![0]!, out),
  dexpm: (args, [sizes], out) => frechetDerivative(exponential, args, sizes![0]!, out),
  dlogm: (args, [sizes], out) => frechetDerivative(logarithm, args, sizes![0]!, out),
}

export function generalKernel(name: string): GeneralKernel | undefined {
  return Object.hasOwn(generalKernels, name) ? generalKernels[name as GeneralName] : undefined
}

function toNumber(f: (x: Float64Array, n: number) => number): GeneralKernel {
  return ([x], [sizes], out) => {
    out[0] = f(x!, sizes![0]!)
    return true
  }
}

function sigmoid(t: number): number {
  if (t >= 0) return 1 / (1 + Math.exp(-t))
  const e = Math.exp(t)
  return e / (1 + e)
}

/** Of entries that are all −∞ the softmax is NaN, and so it is where an entry is +∞: no limit exists. */
function softmax(x: Float64Array, out: Float64Array): void {
  const most = x.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  let sum = 0
  for (let k = 0; k < x.length; k++) {
    out[k] = Math.exp(x[k]! - most)
    sum += out[k]!
  }
  for (let k = 0; k < x.length; k++) out[k]! /= sum
}

/** −∞ where all entries are, +∞ where one is. The greatest entry stays outside of the logarithm, for digits near 0. */
function logsumexp(x: Float64Array): number {
  let at = 0
  for (let k = 0; k < x.length; k++) {
    if (Number.isNaN(x[k]!)) return Number.NaN
    if (x[k]! > x[at]!) at = k
  }
  const most = x[at] ?? Number.NEGATIVE_INFINITY
  if (!Number.isFinite(most)) return most
  let others = 0
  for (let k = 0; k < x.length; k++) if (k !== at) others += Math.exp(x[k]! - most)
  return most + Math.log1p(others)
}

/** x − logsumexp(x), where what is subtracted first is the greatest entry, for digits of large entries. */
function logSoftmax(x: Float64Array, out: Float64Array): void {
  const most = x.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const rest = logsumexp(x.map((entry) => entry - most))
  for (let k = 0; k < x.length; k++) out[k] = x[k]! - most - rest
}

/** The product of all entries but one, for each: the products before it and after it, so that zeros do not matter. */
function productsOfOthers(x: Float64Array, out: Float64Array): void {
  let before = 1
  for (let k = 0; k < x.length; k++) {
    out[k] = before
    before *= x[k]!
  }
  let after = 1
  for (let k = x.length - 1; k >= 0; k--) {
    out[k]! *= after
    after *= x[k]!
  }
}

/** √Σx², scaled where squares would overflow or underflow. */
function norm2(x: Float64Array): number {
  const plain = sumOfSquares(x, 1)
  if (plain > 1e-280 && plain < 1e300) return Math.sqrt(plain)
  const most = x.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  if (most === 0 || !Number.isFinite(most)) return most
  // Scaled twice by half the exponent, as the reciprocal of the smallest numbers overflows.
  const scale = 2 ** Math.round(Math.log2(most) / 2)
  return Math.sqrt(sumOfSquares(x, 1 / scale)) * scale * scale
}

function sumOfSquares(x: Float64Array, scale: number): number {
  let sum = 0
  let compensation = 0
  for (const entry of x) {
    const scaled = entry * scale * scale
    const term = scaled * scaled
    const next = sum + term
    const part = next - sum
    compensation += sum - (next - part) + (term - part)
    sum = next
  }
  return Number.isFinite(sum) ? sum + compensation : sum
}
