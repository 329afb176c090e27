/**
 * Determinants, inverses and adjugates of square row-major matrices by LU decomposition.
 *
 * Rows and columns are first scaled by powers of two, which is exact and makes the choice of pivots independent of units;
 * determinants are kept as mantissa and binary exponent, so that they neither overflow nor underflow on the way
 * (Golub and Van Loan, Matrix Computations, 3.4 and 3.5.2).
 */

/** mantissa · 2^exponent. */
interface Scaled {
  readonly mantissa: number
  readonly exponent: number
}

export interface Decomposition {
  readonly n: number
  /** Unit lower triangle below the diagonal, U on and above it, of the scaled, permuted matrix. */
  readonly lu: Float64Array
  /** Row p of the decomposition is row rows[p] of the matrix; columns alike. */
  readonly rows: Int32Array
  readonly columns: Int32Array
  /** The sign of both permutations together. */
  readonly sign: number
  /** Binary exponents by which rows and columns were divided. */
  readonly rowExponents: Int32Array
  readonly columnExponents: Int32Array
}

/** The determinant; 0 of a singular matrix, 1 of the empty one. */
export function determinant(matrix: Float64Array, n: number): number {
  return determinantOf(decompose(matrix, n, 'partial'))
}

export function determinantOf(parts: Decomposition): number {
  const { mantissa, exponent } = scaledDeterminant(parts)
  return timesPowerOfTwo(mantissa, exponent)
}

/** log|det| with the sign of det; −∞ and 0 for a singular matrix. */
export function logDeterminant(matrix: Float64Array, n: number): { sign: number; log: number } {
  return logDeterminantOf(decompose(matrix, n, 'partial'))
}

export function logDeterminantOf(parts: Decomposition): { sign: number; log: number } {
  const { mantissa, exponent } = scaledDeterminant(parts)
  return { sign: Math.sign(mantissa), log: Math.log(Math.abs(mantissa)) + exponent * Math.LN2 }
}

/**
 * Writes the inverse to `out`. Returns false for a matrix that is singular or cannot be told from one: a pivot of the
 * scaled matrix is at most n·2^-52, where not one digit of the inverse would be right.
 */
export function invert(matrix: Float64Array, n: number, out: Float64Array): boolean {
  const parts = decompose(matrix, n, 'partial')
  if (!hasInverse(parts)) return false
  const { rows, columns, rowExponents, columnExponents } = parts
  const inverse = new Float64Array(n * n)
  for (let k = 0; k < n; k++) inverse[k * n + k] = 1
  solveLower(parts, inverse, n)
  solveUpper(parts, inverse, n, n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      // The inverse of a matrix with row i divided by 2^r has column i multiplied by it.
      const shift = -columnExponents[columns[i]!]! - rowExponents[rows[j]!]!
      out[columns[i]! * n + rows[j]!] = timesPowerOfTwo(inverse[i * n + j]!, shift)
    }
  }
  return true
}

/** A decomposition that solves A X = B: overwrites B, of n rows and `width` columns, with X. */
export type LinearSolver = (b: Float64Array, width: number) => void

/** Decomposes a matrix once for many right-hand sides; undefined where `invert` returns false. */
export function linearSolver(matrix: Float64Array, n: number): LinearSolver | undefined {
  const parts = decompose(matrix, n, 'partial')
  if (!hasInverse(parts)) return undefined
  const { rows, columns, rowExponents, columnExponents } = parts
  return (b, width) => {
    const work = new Float64Array(n * width)
    for (let k = 0; k < n; k++) {
      const row = rows[k]!
      for (let j = 0; j < width; j++) work[k * width + j] = timesPowerOfTwo(b[row * width + j]!, -rowExponents[row]!)
    }
    solveLower(parts, work, width)
    solveUpper(parts, work, n, width)
    for (let k = 0; k < n; k++) {
      const column = columns[k]!
      for (let j = 0; j < width; j++)
        b[column * width + j] = timesPowerOfTwo(work[k * width + j]!, -columnExponents[column]!)
    }
  }
}

/** Whether no pivot of the scaled matrix is within rounding of 0. A NaN passes, so that it reaches the result. */
export function hasInverse({ n, lu }: Decomposition): boolean {
  let largest = 0
  for (let k = 0; k < n; k++) largest = Math.max(largest, Math.abs(lu[k * n + k]!))
  const threshold = largest * n * 2 ** -52
  for (let k = 0; k < n; k++) if (Math.abs(lu[k * n + k]!) <= threshold) return false
  return true
}

/**
 * Writes the adjugate (the transposed cofactors, det·inverse where that exists) to `out`, of a singular matrix too.
 *
 * With complete pivoting, P A Q = L U and adj A = det P det Q · Q adj(U) L^-1 P. For U = [[V, w], [0, u]] adj U is
 * det V · [[u V^-1, −V^-1 w], [0, 1]], which does not divide by the last pivot u. If V is singular too, complete pivoting
 * leaves zeros only, the rank is at most n − 2, and the adjugate is 0.
 */
export function adjugate(matrix: Float64Array, n: number, out: Float64Array): void {
  out.fill(0)
  if (n === 0) return
  const parts = decompose(matrix, n, 'complete')
  const { lu, rows, columns, sign, rowExponents, columnExponents } = parts
  const m = n - 1
  for (let k = 0; k < m; k++) if (lu[k * n + k] === 0) return
  let minor: Scaled = { mantissa: sign, exponent: 0 }
  for (let k = 0; k < m; k++) minor = times(minor, lu[k * n + k]!)
  const last = lu[n * n - 1]!

  // work = L^-1, then adj(U)/det V applied to it.
  const work = new Float64Array(n * n)
  for (let k = 0; k < n; k++) work[k * n + k] = 1
  solveLower(parts, work, n)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) work[i * n + j] = last * work[i * n + j]! - lu[i * n + m]! * work[m * n + j]!
  }
  solveUpper(parts, work, m, n)

  // A minor leaves out one row and one column, and with them their scales.
  let exponent = minor.exponent
  for (let k = 0; k < n; k++) exponent += rowExponents[k]! + columnExponents[k]!
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const shift = exponent - columnExponents[columns[i]!]! - rowExponents[rows[j]!]!
      out[columns[i]! * n + rows[j]!] = timesPowerOfTwo(minor.mantissa * work[i * n + j]!, shift)
    }
  }
}

/** Whether a symmetric matrix is positive definite: whether its Cholesky decomposition exists. */
export function isPositiveDefinite(matrix: Float64Array, n: number): boolean {
  const lower = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j]!
      for (let k = 0; k < j; k++) rest -= lower[i * n + k]! * lower[j * n + k]!
      if (i !== j) lower[i * n + j] = rest / lower[j * n + j]!
      else if (rest > 0) lower[i * n + i] = Math.sqrt(rest)
      else return false
    }
  }
  return true
}

/** Divides rows, then columns by powers of two, in place; returns their exponents. */
export function equilibrate(lu: Float64Array, n: number): Pick<Decomposition, 'rowExponents' | 'columnExponents'> {
  const rowExponents = new Int32Array(n)
  const columnExponents = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    let largest = 0
    for (let j = 0; j < n; j++) largest = Math.max(largest, Math.abs(lu[i * n + j]!))
    rowExponents[i] = binaryExponent(largest)
    scaleStrip(lu, i * n, 1, n, -rowExponents[i]!)
  }
  for (let j = 0; j < n; j++) {
    let largest = 0
    for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(lu[i * n + j]!))
    columnExponents[j] = binaryExponent(largest)
    scaleStrip(lu, j, n, n, -columnExponents[j]!)
  }
  return { rowExponents, columnExponents }
}

function decompose(matrix: Float64Array, n: number, pivoting: 'partial' | 'complete'): Decomposition {
  const lu = Float64Array.from(matrix.subarray(0, n * n))
  const { rowExponents, columnExponents } = equilibrate(lu, n)
  const rows = Int32Array.from({ length: n }, (_, k) => k)
  const columns = Int32Array.from({ length: n }, (_, k) => k)
  let sign = 1
  for (let k = 0; k < n; k++) {
    let row = k
    let column = k
    let largest = -1
    for (let i = k; i < n; i++) {
      for (let j = k; j < (pivoting === 'complete' ? n : k + 1); j++) {
        const size = Math.abs(lu[i * n + j]!)
        // A NaN is taken at once, so that it reaches the result.
        if (size > largest || Number.isNaN(size)) {
          row = i
          column = j
          largest = Number.isNaN(size) ? Number.POSITIVE_INFINITY : size
        }
      }
    }
    if (row !== k) {
      sign = -sign
      swap(rows, k, row)
      for (let j = 0; j < n; j++) swap(lu, k * n + j, row * n + j)
    }
    if (column !== k) {
      sign = -sign
      swap(columns, k, column)
      for (let i = 0; i < n; i++) swap(lu, i * n + k, i * n + column)
    }
    const pivot = lu[k * n + k]!
    if (pivot === 0) continue
    for (let i = k + 1; i < n; i++) {
      const factor = lu[i * n + k]! / pivot
      lu[i * n + k] = factor
      if (factor === 0) continue
      for (let j = k + 1; j < n; j++) lu[i * n + j]! -= factor * lu[k * n + j]!
    }
  }
  return { n, lu, rows, columns, sign, rowExponents, columnExponents }
}

/** b := L^-1 b, for b of n rows and `width` columns. */
function solveLower({ n, lu }: Decomposition, b: Float64Array, width: number): void {
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) {
      const factor = lu[i * n + k]!
      if (factor === 0) continue
      for (let j = 0; j < width; j++) b[i * width + j]! -= factor * b[k * width + j]!
    }
  }
}

/** b := V^-1 b for the leading `size` rows and columns V of U, and the leading rows of b. */
function solveUpper({ n, lu }: Decomposition, b: Float64Array, size: number, width: number): void {
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) {
      const factor = lu[i * n + k]!
      if (factor === 0) continue
      for (let j = 0; j < width; j++) b[i * width + j]! -= factor * b[k * width + j]!
    }
    for (let j = 0; j < width; j++) b[i * width + j]! /= lu[i * n + i]!
  }
}

function scaledDeterminant({ n, lu, sign, rowExponents, columnExponents }: Decomposition): Scaled {
  let product: Scaled = { mantissa: sign, exponent: 0 }
  for (let k = 0; k < n; k++) product = times(product, lu[k * n + k]!)
  let exponent = product.exponent
  for (let k = 0; k < n; k++) exponent += rowExponents[k]! + columnExponents[k]!
  return { mantissa: product.mantissa, exponent }
}

function times({ mantissa, exponent }: Scaled, factor: number): Scaled {
  const product = mantissa * factor
  const shift = binaryExponent(product)
  return { mantissa: timesPowerOfTwo(product, -shift), exponent: exponent + shift }
}

/** An exponent e such that |value|·2^-e is about 1; 0 for 0 and what is not finite. */
function binaryExponent(value: number): number {
  return value === 0 || !Number.isFinite(value) ? 0 : Math.round(Math.log2(Math.abs(value)))
}

/** Multiplies `length` entries, `step` apart, by 2^exponent. */
export function scaleStrip(data: Float64Array, from: number, step: number, length: number, exponent: number): void {
  if (exponent === 0) return
  const isPlain = Math.abs(exponent) <= 1000
  const factor = isPlain ? 2 ** exponent : 1
  for (let k = 0, at = from; k < length; k++, at += step) {
    data[at] = isPlain ? data[at]! * factor : timesPowerOfTwo(data[at]!, exponent)
  }
}

/** value · 2^exponent, also where 2^exponent itself leaves the range. */
function timesPowerOfTwo(value: number, exponent: number): number {
  let result = value
  let rest = Math.max(-2200, Math.min(2200, exponent))
  while (rest > 1000) {
    result *= 2 ** 1000
    rest -= 1000
  }
  while (rest < -1000) {
    result *= 2 ** -1000
    rest += 1000
  }
  return result * 2 ** rest
}

function swap(list: Float64Array | Int32Array, a: number, b: number): void {
  const kept = list[a]!
  list[a] = list[b]!
  list[b] = kept
}
