/**
 * The exponential, logarithm and square root of matrices, their derivatives, Cholesky's factor and the pseudoinverse, of
 * row-major matrices. Each returns false where the function has no real value.
 */
import { symmetricEigen } from './eigen.ts'
import { linearSolver } from './lu.ts'
import { identityMatrix, isSymmetric, multiply, norm, transpose } from './matrix.ts'
import { complexSchur } from './schur.ts'
import { backTransform, type ComplexMatrix, triangularLogarithm, triangularSquareRoot } from './triangular.ts'

type MatrixFunction = (x: Float64Array, n: number, out: Float64Array) => boolean

/** Padé coefficients of exp, degree 13, and the norm up to which they are exact to rounding (Higham 2005). */
const PADE = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
  670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
]
const PADE_NORM = 5.371920351148152

/** By scaling and squaring (Higham 2005, The scaling and squaring method for the matrix exponential revisited). */
export function exponential(x: Float64Array, n: number, out: Float64Array): boolean {
  if (!x.every(Number.isFinite)) {
    out.fill(Number.NaN)
    return true
  }
  // The mean of the eigenvalues is taken out, so that the scaling does not depend on it.
  let mean = 0
  for (let k = 0; k < n; k++) mean += x[k * n + k]! / n
  const shifted = x.slice()
  for (let k = 0; k < n; k++) shifted[k * n + k]! -= mean
  const size = oneNorm(shifted, n)
  const squarings = size > PADE_NORM ? Math.ceil(Math.log2(size / PADE_NORM)) : 0
  const scaled = shifted.map((entry) => entry * 2 ** -squarings)
  let result = padeExponential(scaled, n)
  for (let k = 0; k < squarings; k++) result = multiply(result, result, n, n, n)
  // exp(mean) in two parts, as it may leave the range where the product does not.
  const factor = Math.exp(mean / 2)
  for (let k = 0; k < n * n; k++) out[k] = result[k] === 0 ? 0 : result[k]! * factor * factor
  return true
}

/** q(X)⁻¹ p(X), where p(X) = U + V and q(X) = V − U with U odd and V even. */
function padeExponential(x: Float64Array, n: number): Float64Array {
  const x2 = multiply(x, x, n, n, n)
  const x4 = multiply(x2, x2, n, n, n)
  const x6 = multiply(x4, x2, n, n, n)
  const half = (first: number) => {
    const c = (k: number) => PADE[first + 2 * k]!
    const high = x6.map((entry, at) => c(6) * entry + c(5) * x4[at]! + c(4) * x2[at]!)
    const low = multiply(x6, high, n, n, n)
    const unit = identityMatrix(n)
    return low.map((entry, at) => entry + c(3) * x6[at]! + c(2) * x4[at]! + c(1) * x2[at]! + c(0) * unit[at]!)
  }
  const even = half(0)
  const odd = multiply(x, half(1), n, n, n)
  const result = even.map((entry, at) => entry + odd[at]!)
  linearSolver(
    even.map((entry, at) => entry - odd[at]!),
    n,
  )!(result, n)
  return result
}

/** The principal square root: of a symmetric matrix by its eigenvalues, otherwise by Schur (Björck and Hammarling 1983). */
export function squareRoot(x: Float64Array, n: number, out: Float64Array): boolean {
  if (isSymmetric(x, n)) {
    const eigen = symmetricEigen(x, n)
    if (!eigen) return false
    const least = -roundingOf(n) * Math.max(...eigen.values.map(Math.abs))
    if (eigen.values.some((value) => value < least)) return false
    return fromEigen(
      eigen.vectors,
      eigen.values.map((value) => Math.sqrt(Math.max(0, value))),
      n,
      out,
    )
  }
  // Scaled to moderate size by a power of 4, as products of entries may leave the range.
  const half = norm(x) > 0 && Number.isFinite(norm(x)) ? Math.round(Math.log2(norm(x)) / 2) : 0
  const scaled = x.map((entry) => entry * 2 ** -half * 2 ** -half)
  if (!bySchur(scaled, n, triangularSquareRoot, out)) return false
  for (let k = 0; k < n * n; k++) out[k]! *= 2 ** half
  return true
}

/** The principal logarithm: of a symmetric matrix by its eigenvalues, otherwise by Schur, square roots and Padé. */
export function logarithm(x: Float64Array, n: number, out: Float64Array): boolean {
  if (isSymmetric(x, n)) {
    const eigen = symmetricEigen(x, n)
    if (!eigen) return false
    const least = roundingOf(n) * Math.max(...eigen.values.map(Math.abs))
    if (eigen.values.some((value) => value <= least)) return false
    return fromEigen(eigen.vectors, eigen.values.map(Math.log), n, out)
  }
  return bySchur(x, n, triangularLogarithm, out)
}

function roundingOf(n: number): number {
  return n * 2 ** -52
}

function fromEigen(vectors: Float64Array, values: Float64Array, n: number, out: Float64Array): boolean {
  const scaled = vectors.map((entry, at) => entry * values[at % n]!)
  out.set(multiply(scaled, transpose(vectors, n, n), n, n, n))
  return true
}

/** U f(T) U^H; false where its imaginary part is more than rounding. */
function bySchur(
  x: Float64Array,
  n: number,
  f: (t: ComplexMatrix, n: number) => ComplexMatrix | undefined,
  out: Float64Array,
): boolean {
  const schur = complexSchur(x, n)
  const value = schur && f(schur.t, n)
  if (!schur || !value) return false
  const { re, im } = backTransform(schur.u, value, n)
  if (norm(im) > 1e-6 * norm(re)) return false
  out.set(re)
  return true
}

/**
 * The k-th derivative of a matrix function at X in the directions E1 … Ek, which it is linear in and symmetric: the last block
 * of the first row of f at a block-triangular matrix of 2^k blocks (Mathias 1996; Higham and Relton 2014, Thm 3.5).
 */
export function frechetDerivative(
  f: MatrixFunction,
  [x, ...directions]: readonly Float64Array[],
  n: number,
  out: Float64Array,
): boolean {
  let block = x!
  let side = n
  let scale = 1
  const size = oneNorm(x!, n) || 1
  for (const direction of directions) {
    const length = oneNorm(direction, n)
    if (length === 0) {
      out.fill(0)
      return true
    }
    // A power of two makes the direction about as long as X, so that it neither drowns nor is drowned.
    const unit = 2 ** Math.round(Math.log2(size / length))
    scale *= unit
    const next = new Float64Array(4 * side * side)
    for (let i = 0; i < side; i++) {
      for (let j = 0; j < side; j++) {
        next[i * 2 * side + j] = block[i * side + j]!
        next[(i + side) * 2 * side + j + side] = block[i * side + j]!
      }
      const within = i % n
      for (let j = 0; j < n; j++) next[i * 2 * side + side + i - within + j] = unit * direction[within * n + j]!
    }
    block = next
    side *= 2
  }
  const result = new Float64Array(side * side)
  if (!f(block, side, result)) return false
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i * n + j] = result[i * side + side - n + j]! / scale
  return true
}

/** The lower triangular L with L L' = (A + A')/2. */
export function choleskyFactor(a: Float64Array, n: number, out: Float64Array): boolean {
  out.fill(0)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = a[i * n + j]! / 2 + a[j * n + i]! / 2
      for (let k = 0; k < j; k++) rest -= out[i * n + k]! * out[j * n + k]!
      if (i !== j) out[i * n + j] = rest / out[j * n + j]!
      else if (rest > 0 || Number.isNaN(rest)) out[i * n + i] = Math.sqrt(rest)
      else return false
    }
  }
  return true
}

/**
 * The pseudoinverse of an m×n matrix by one-sided rotations of its columns, which find small singular values to full relative
 * accuracy (Golub and Van Loan, 8.6.3). Singular values within max(m,n)·2^-52 of the largest count as 0.
 */
export function pseudoinverse(a: Float64Array, m: number, n: number, out: Float64Array): boolean {
  if (m < n) {
    const transposed = new Float64Array(m * n)
    const done = pseudoinverse(transpose(a, m, n), n, m, transposed)
    out.set(transpose(transposed, m, n))
    return done
  }
  out.fill(0)
  const largest = norm(a)
  if (!Number.isFinite(largest)) out.fill(Number.NaN)
  if (largest === 0 || !Number.isFinite(largest)) return true
  const scale = 2 ** Math.round(Math.log2(largest))
  // Columns as rows, so that each lies in one piece.
  const columns = transpose(a, m, n).map((entry) => entry / scale)
  const vectors = identityMatrix(n)
  if (!orthogonalise(columns, m, vectors, n)) return false
  const values = Array.from({ length: n }, (_, k) => norm(columns.subarray(k * m, (k + 1) * m)))
  const least = m * 2 ** -52 * Math.max(...values)
  for (const [k, value] of values.entries()) {
    if (value <= least) continue
    for (let i = 0; i < n; i++) {
      const factor = vectors[k * n + i]! / value / scale
      for (let j = 0; j < m; j++) out[i * m + j]! += factor * (columns[k * m + j]! / value)
    }
  }
  return true
}

/** Rotates pairs of rows until all are orthogonal, and the rows of `vectors` with them. */
function orthogonalise(rows: Float64Array, m: number, vectors: Float64Array, n: number): boolean {
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        let [alpha, beta, gamma] = [0, 0, 0]
        for (let k = 0; k < m; k++) {
          const [x, y] = [rows[p * m + k]!, rows[q * m + k]!]
          alpha += x * x
          beta += y * y
          gamma += x * y
        }
        // What counts as 0 beside the other is rounding, and never becomes orthogonal to it.
        const isNegligible = Math.min(alpha, beta) <= 2 ** -104 * Math.max(alpha, beta)
        if (isNegligible || Math.abs(gamma) <= 2 ** -52 * Math.sqrt(alpha * beta)) continue
        rotated = true
        const zeta = (beta - alpha) / (2 * gamma)
        const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta))
        const c = 1 / Math.hypot(1, t)
        rotate(rows, m, p, q, c, c * t)
        rotate(vectors, n, p, q, c, c * t)
      }
    }
    if (!rotated) return true
  }
  return false
}

function rotate(rows: Float64Array, width: number, p: number, q: number, c: number, s: number): void {
  for (let k = 0; k < width; k++) {
    const [x, y] = [rows[p * width + k]!, rows[q * width + k]!]
    rows[p * width + k] = c * x - s * y
    rows[q * width + k] = s * x + c * y
  }
}

/** The greatest sum of absolute values of a column. */
function oneNorm(x: Float64Array, n: number): number {
  let largest = 0
  for (let j = 0; j < n; j++) {
    let sum = 0
    for (let i = 0; i < n; i++) sum += Math.abs(x[i * n + j]!)
    largest = Math.max(largest, sum)
  }
  return largest
}
