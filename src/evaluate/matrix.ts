/** Small operations on row-major matrices. */

/** The transpose of an m×n matrix, n×m. */
export function transpose(x: Float64Array, m: number, n: number): Float64Array {
  const out = new Float64Array(m * n)
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j * m + i] = x[i * n + j]!
  return out
}

/** The product of x, m×k, and y, k×n. */
export function multiply(x: Float64Array, y: Float64Array, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(m * n)
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      const factor = x[i * k + l]!
      if (factor === 0) continue
      for (let j = 0; j < n; j++) out[i * n + j]! += factor * y[l * n + j]!
    }
  }
  return out
}

export function identityMatrix(n: number): Float64Array {
  const out = new Float64Array(n * n)
  for (let k = 0; k < n; k++) out[k * n + k] = 1
  return out
}

export function isSymmetric(x: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) if (x[i * n + j] !== x[j * n + i]) return false
  return true
}

export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0
  for (let k = 0; k < x.length; k++) sum += x[k]! * y[k]!
  return sum
}

/** The Euclidean norm, without overflow of the squares. */
export function norm(x: Float64Array): number {
  let largest = 0
  for (const entry of x) largest = Math.max(largest, Math.abs(entry))
  if (largest === 0 || !Number.isFinite(largest)) return largest
  let sum = 0
  for (const entry of x) sum += (entry / largest) ** 2
  return largest * Math.sqrt(sum)
}
