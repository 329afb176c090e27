/**
 * Eigenvalues and eigenvectors of symmetric matrices: Householder reduction to tridiagonal form, then implicit QL steps
 * (Bowdler, Martin, Reinsch, Wilkinson 1968, procedures tred2 and tql2; Golub and Van Loan, 8.3).
 */
export interface SymmetricEigen {
  readonly values: Float64Array
  /** Row-major; column k is the unit eigenvector of values[k]. */
  readonly vectors: Float64Array
}

/** Undefined where the steps do not converge, as for entries that are not finite. */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen | undefined {
  const vectors = Float64Array.from(matrix)
  const values = new Float64Array(n)
  const off = new Float64Array(n)
  tridiagonalise(vectors, values, off, n)
  return diagonalise(vectors, values, off, n) ? { values, vectors } : undefined
}

/** V becomes the orthogonal factor, d the diagonal, e the entries below it from e[1] on. */
function tridiagonalise(V: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) d[j] = V[(n - 1) * n + j]!
  for (let i = n - 1; i > 0; i--) {
    let scale = 0
    let h = 0
    for (let k = 0; k < i; k++) scale += Math.abs(d[k]!)
    if (scale === 0) {
      e[i] = d[i - 1]!
      for (let j = 0; j < i; j++) {
        d[j] = V[(i - 1) * n + j]!
        V[i * n + j] = 0
        V[j * n + i] = 0
      }
    } else {
      for (let k = 0; k < i; k++) {
        d[k]! /= scale
        h += d[k]! * d[k]!
      }
      const f = d[i - 1]!
      const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h)
      e[i] = scale * g
      h -= f * g
      d[i - 1] = f - g
      e.fill(0, 0, i)
      for (let j = 0; j < i; j++) {
        const f = d[j]!
        V[j * n + i] = f
        let g = e[j]! + V[j * n + j]! * f
        for (let k = j + 1; k < i; k++) {
          g += V[k * n + j]! * d[k]!
          e[k]! += V[k * n + j]! * f
        }
        e[j] = g
      }
      let sum = 0
      for (let j = 0; j < i; j++) {
        e[j]! /= h
        sum += e[j]! * d[j]!
      }
      const half = sum / (h + h)
      for (let j = 0; j < i; j++) e[j]! -= half * d[j]!
      for (let j = 0; j < i; j++) {
        const f = d[j]!
        const g = e[j]!
        for (let k = j; k < i; k++) V[k * n + j]! -= f * e[k]! + g * d[k]!
        d[j] = V[(i - 1) * n + j]!
        V[i * n + j] = 0
      }
    }
    d[i] = h
  }
  for (let i = 0; i < n - 1; i++) {
    V[(n - 1) * n + i] = V[i * n + i]!
    V[i * n + i] = 1
    const h = d[i + 1]!
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = V[k * n + i + 1]! / h
      for (let j = 0; j <= i; j++) {
        let g = 0
        for (let k = 0; k <= i; k++) g += V[k * n + i + 1]! * V[k * n + j]!
        for (let k = 0; k <= i; k++) V[k * n + j]! -= g * d[k]!
      }
    }
    for (let k = 0; k <= i; k++) V[k * n + i + 1] = 0
  }
  for (let j = 0; j < n; j++) {
    d[j] = V[(n - 1) * n + j]!
    V[(n - 1) * n + j] = 0
  }
  V[n * n - 1] = 1
  e[0] = 0
}

function diagonalise(V: Float64Array, d: Float64Array, e: Float64Array, n: number): boolean {
  e.copyWithin(0, 1)
  e[n - 1] = 0
  let shift = 0
  let size = 0
  for (let l = 0; l < n; l++) {
    size = Math.max(size, Math.abs(d[l]!) + Math.abs(e[l]!))
    let m = l
    while (m < n - 1 && Math.abs(e[m]!) > 2 ** -52 * size) m++
    for (let round = 0; m > l; round++) {
      if (round === 60) return false
      const g = d[l]!
      let p = (d[l + 1]! - g) / (2 * e[l]!)
      const r = p < 0 ? -Math.hypot(p, 1) : Math.hypot(p, 1)
      d[l] = e[l]! / (p + r)
      d[l + 1] = e[l]! * (p + r)
      const next = d[l + 1]!
      const h = g - d[l]!
      for (let i = l + 2; i < n; i++) d[i]! -= h
      shift += h
      p = d[m]!
      const after = e[l + 1]!
      let [c, c2, c3, s, s2] = [1, 1, 1, 0, 0]
      for (let i = m - 1; i >= l; i--) {
        c3 = c2
        c2 = c
        s2 = s
        const g = c * e[i]!
        const h = c * p
        const r = Math.hypot(p, e[i]!)
        e[i + 1] = s * r
        s = e[i]! / r
        c = p / r
        p = c * d[i]! - s * g
        d[i + 1] = h + s * (c * g + s * d[i]!)
        for (let k = 0; k < n; k++) {
          const v = V[k * n + i + 1]!
          V[k * n + i + 1] = s * V[k * n + i]! + c * v
          V[k * n + i] = c * V[k * n + i]! - s * v
        }
      }
      p = (-s * s2 * c3 * after * e[l]!) / next
      e[l] = s * p
      d[l] = c * p
      if (!(Math.abs(e[l]!) > 2 ** -52 * size)) break
    }
    d[l]! += shift
    e[l] = 0
  }
  return d.every(Number.isFinite)
}
