/**
 * Decompositions and solves of large matrices, by blocks: what is left of a block is eliminated by one product, which takes
 * nearly all of the work (Golub and Van Loan, Matrix Computations, 3.2.11). Scaling, pivots and what counts as singular are those
 * of the reference evaluator.
 */
import { type Decomposition, equilibrate, hasInverse, scaleStrip } from '../../evaluate/lu.ts'

/** C −= A·B, of m×k and k×n, each within rows of a length of its own. */
export type SubtractProduct = (
  m: number,
  n: number,
  k: number,
  a: { readonly at: number; readonly row: number },
  b: { readonly at: number; readonly row: number },
  c: { readonly at: number; readonly row: number },
) => void

/** Matrices smaller than this are left to plain loops. */
export const LEAST_BLOCKED = 48

const BLOCK = 32

/** Positions, `at` here and in products, count entries of all the memory. */
export interface Workspace {
  readonly numbers: Float64Array
  readonly subtractProduct: SubtractProduct
}

/** P·A·Q = L·U in place, of the n×n matrix at `at`, with rows exchanged. */
export function decomposeBlocked({ numbers, subtractProduct }: Workspace, at: number, n: number): Decomposition {
  const lu = numbers.subarray(at, at + n * n)
  const exponents = equilibrate(lu, n)
  const rows = Int32Array.from({ length: n }, (_, k) => k)
  let sign = 1
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(n, start + BLOCK)
    for (let k = start; k < end; k++) {
      const row = pivotRow(lu, n, k)
      if (row !== k) {
        sign = -sign
        const kept = rows[k] as number
        rows[k] = rows[row] as number
        rows[row] = kept
        exchange(lu, k * n, row * n, n)
      }
      const pivot = lu[k * n + k] as number
      if (pivot === 0) continue
      for (let i = k + 1; i < n; i++) {
        const factor = (lu[i * n + k] as number) / pivot
        lu[i * n + k] = factor
        if (factor !== 0) subtractRow(lu, i * n + k + 1, lu, k * n + k + 1, factor, end - k - 1)
      }
    }
    if (end === n) break
    for (let i = start + 1; i < end; i++) {
      for (let k = start; k < i; k++) subtractRow(lu, i * n + end, lu, k * n + end, lu[i * n + k] as number, n - end)
    }
    const place = (row: number, column: number) => ({ at: at + row * n + column, row: n })
    subtractProduct(n - end, n - end, end - start, place(end, start), place(start, end), place(end, end))
  }
  const columns = Int32Array.from({ length: n }, (_, k) => k)
  return { n, lu, rows, columns, sign, ...exponents }
}

/** The first of the largest entries at or below the diagonal; a NaN is taken at once, so that it reaches the result. */
function pivotRow(lu: Float64Array, n: number, k: number): number {
  let row = k
  let largest = -1
  for (let i = k; i < n; i++) {
    const size = Math.abs(lu[i * n + k] as number)
    if (Number.isNaN(size)) return i
    if (size > largest) {
      row = i
      largest = size
    }
  }
  return row
}

function exchange(lu: Float64Array, a: number, b: number, length: number): void {
  for (let j = 0; j < length; j++) {
    const kept = lu[a + j] as number
    lu[a + j] = lu[b + j] as number
    lu[b + j] = kept
  }
}

function subtractRow(to: Float64Array, i: number, from: Float64Array, k: number, factor: number, length: number): void {
  for (let j = 0; j < length; j++) to[i + j] = (to[i + j] as number) - factor * (from[k + j] as number)
}

/**
 * Overwrites `right`, of n rows and `width` columns, with the solution; `at` is where as much may be written. Returns false for
 * a matrix that is singular or cannot be told from one.
 */
export function solveBlocked(
  workspace: Workspace,
  parts: Decomposition,
  luAt: number,
  right: Float64Array,
  width: number,
  at: number,
): boolean {
  if (!hasInverse(parts)) return false
  const { numbers, subtractProduct } = workspace
  const { n, lu, rows, rowExponents, columnExponents } = parts
  const x = numbers.subarray(at, at + n * width)
  for (let k = 0; k < n; k++) {
    const row = rows[k] as number
    x.set(right.subarray(row * width, (row + 1) * width), k * width)
    scaleStrip(x, k * width, 1, width, -(rowExponents[row] as number))
  }
  const matrix = (row: number, column: number) => ({ at: luAt + row * n + column, row: n })
  const part = (row: number) => ({ at: at + row * width, row: width })
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(n, start + BLOCK)
    for (let i = start + 1; i < end; i++) {
      for (let k = start; k < i; k++) subtractRow(x, i * width, x, k * width, lu[i * n + k] as number, width)
    }
    if (end < n) subtractProduct(n - end, width, end - start, matrix(end, start), part(start), part(end))
  }
  for (let end = n; end > 0; ) {
    const start = Math.max(0, end - BLOCK)
    for (let i = end - 1; i >= start; i--) {
      for (let k = i + 1; k < end; k++) subtractRow(x, i * width, x, k * width, lu[i * n + k] as number, width)
      const pivot = lu[i * n + i] as number
      for (let j = 0; j < width; j++) x[i * width + j] = (x[i * width + j] as number) / pivot
    }
    if (start > 0) subtractProduct(start, width, end - start, matrix(0, start), part(start), part(0))
    end = start
  }
  for (let k = 0; k < n; k++) scaleStrip(x, k * width, 1, width, -(columnExponents[k] as number))
  right.set(x)
  return true
}
