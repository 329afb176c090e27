/** Matrix equations A X B' + C X D' = G (calculus.md §7: by Schur, Bartels and Stewart 1972). */

import { symmetricEigen } from './eigen.ts'
import { linearSolver } from './lu.ts'
import { identityMatrix, isSymmetric, multiply, norm, transpose } from './matrix.ts'
import { complexSchur, type Schur } from './schur.ts'

/** A and C, n×n. */
export interface LeftPencil {
  readonly a: Float64Array
  readonly c: Float64Array
  readonly n: number
}
/** B and D, m×m. */
export interface RightPencil {
  readonly b: Float64Array
  readonly d: Float64Array
  readonly m: number
}

/** Overwrites G, n×m row-major, with X. */
export type MatrixSolver = (g: Float64Array) => void

/** Undefined where the equation is singular, or so close to it that no digit of X is certain. */
export function solveSylvester(left: LeftPencil, right: RightPencil): MatrixSolver | undefined {
  const { n, a, c } = left
  const { m, b, d } = right
  if (isIdentity(c, n) && isIdentity(b, m)) return solveStandard(a, n, d, m)
  if (isIdentity(a, n) && isIdentity(d, m)) return solveStandard(c, n, b, m)
  const reduced = reduce(left, right)
  if (!reduced) return undefined
  const { onLeft, onRight, p, q } = reduced
  const solve = solveStandard(p, n, q, m)
  if (!solve) return undefined
  return (g) => {
    onLeft(g, m)
    const columns = transpose(g, n, m)
    onRight(columns, n)
    g.set(transpose(columns, m, n))
    solve(g)
  }
}

function isIdentity(x: Float64Array, n: number): boolean {
  return x.every((entry, at) => entry === (at % (n + 1) === 0 ? 1 : 0))
}

/**
 * P X + X Q' = M⁻¹ G N⁻ᵀ. One of four pencils is inverted, the best conditioned: M = C, N = B with P = C⁻¹A, Q = B⁻¹D, or
 * M = A + αC, N = D − αB with P = M⁻¹C, Q = N⁻¹B.
 */
function reduce({ a, c, n }: LeftPencil, { b, d, m }: RightPencil) {
  const size = (norm(a) || 1) / (norm(c) || 1)
  const candidates = [
    { m: c, n: b, p: a, q: d },
    ...[0, 0.61 * size, -0.61 * size, 1.83 * size].map((alpha) => ({
      m: a.map((entry, k) => entry + alpha * c[k]!),
      n: d.map((entry, k) => entry - alpha * b[k]!),
      p: c,
      q: b,
    })),
  ]
  let best: { condition: number; candidate: (typeof candidates)[number] } | undefined
  for (const candidate of candidates) {
    const condition = conditionOf(candidate.m, n) * conditionOf(candidate.n, m)
    if (condition < (best?.condition ?? 1e15)) best = { condition, candidate }
    if (condition < 1e3) break
  }
  if (!best) return undefined
  const { candidate } = best
  const onLeft = linearSolver(candidate.m, n)!
  const onRight = linearSolver(candidate.n, m)!
  const p = candidate.p.slice()
  const q = candidate.q.slice()
  onLeft(p, n)
  onRight(q, m)
  return { onLeft, onRight, p, q }
}

/** ‖X‖ ‖X⁻¹‖ in the Frobenius norm. */
function conditionOf(x: Float64Array, n: number): number {
  const solve = linearSolver(x, n)
  if (!solve) return Number.POSITIVE_INFINITY
  const inverse = identityMatrix(n)
  solve(inverse, n)
  return norm(x) * norm(inverse)
}

/** P X + X Q' = G. */
function solveStandard(p: Float64Array, n: number, q: Float64Array, m: number): MatrixSolver | undefined {
  return isSymmetric(p, n) && isSymmetric(q, m) ? solveSymmetric(p, n, q, m) : solveTriangular(p, n, q, m)
}

function solveSymmetric(p: Float64Array, n: number, q: Float64Array, m: number): MatrixSolver | undefined {
  const left = symmetricEigen(p, n)
  const right = symmetricEigen(q, m)
  if (!left || !right) return undefined
  const largest = Math.max(...left.values.map(Math.abs)) + Math.max(...right.values.map(Math.abs))
  const least = 2 ** -52 * (n + m) * largest
  if (left.values.some((x) => right.values.some((y) => Math.abs(x + y) <= least))) return undefined
  const leftTransposed = transpose(left.vectors, n, n)
  const rightTransposed = transpose(right.vectors, m, m)
  return (g) => {
    const y = multiply(multiply(leftTransposed, g, n, n, m), right.vectors, n, m, m)
    for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) y[i * m + j]! /= left.values[i]! + right.values[j]!
    g.set(multiply(multiply(left.vectors, y, n, n, m), rightTransposed, n, m, m))
  }
}

/**
 * With P = U S U^H and Q = V T V^H, both triangular, X = U Y Vᵀ where S Y + Y Tᵀ = U^H G V̄, solved from the last entry of Y
 * to the first.
 */
function solveTriangular(p: Float64Array, n: number, q: Float64Array, m: number): MatrixSolver | undefined {
  const left = complexSchur(p, n)
  const right = complexSchur(q, m)
  if (!left || !right) return undefined
  const magnitude = ({ t }: Schur, size: number) =>
    Math.max(...Array.from({ length: size }, (_, k) => Math.hypot(t.re[k * (size + 1)]!, t.im[k * (size + 1)]!)))
  const least = 2 ** -52 * (n + m) * (magnitude(left, n) + magnitude(right, m))
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      const [x, y] = [i * (n + 1), j * (m + 1)]
      if (Math.hypot(left.t.re[x]! + right.t.re[y]!, left.t.im[x]! + right.t.im[y]!) <= least) return undefined
    }
  }
  return (g) => {
    const start = complexProduct(conjugateTranspose(left.u, n), { re: g, im: new Float64Array(n * m) }, n, n, m)
    const y = complexProduct(start, conjugate(right.u), n, m, m)
    backSubstitute(left, right, y)
    const x = complexProduct(complexProduct(left.u, y, n, n, m), plainTranspose(right.u, m), n, m, m)
    g.set(x.re)
  }
}

type Pair = { readonly re: Float64Array; readonly im: Float64Array }

function backSubstitute(left: Schur, right: Schur, { re, im }: Pair): void {
  const { n, t: s } = left
  const { n: m, t } = right
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) {
      const [sr, si] = [s.re[i * n + k]!, s.im[i * n + k]!]
      for (let j = 0; j < m; j++) {
        const [yr, yi] = [re[k * m + j]!, im[k * m + j]!]
        re[i * m + j]! -= sr * yr - si * yi
        im[i * m + j]! -= sr * yi + si * yr
      }
    }
    for (let j = m - 1; j >= 0; j--) {
      let [gr, gi] = [re[i * m + j]!, im[i * m + j]!]
      for (let k = j + 1; k < m; k++) {
        const [tr, ti, yr, yi] = [t.re[j * m + k]!, t.im[j * m + k]!, re[i * m + k]!, im[i * m + k]!]
        gr -= tr * yr - ti * yi
        gi -= tr * yi + ti * yr
      }
      const dr = s.re[i * n + i]! + t.re[j * m + j]!
      const di = s.im[i * n + i]! + t.im[j * m + j]!
      const size = dr * dr + di * di
      re[i * m + j] = (gr * dr + gi * di) / size
      im[i * m + j] = (gi * dr - gr * di) / size
    }
  }
}

function complexProduct(x: Pair, y: Pair, m: number, k: number, n: number): Pair {
  const rr = multiply(x.re, y.re, m, k, n)
  const ii = multiply(x.im, y.im, m, k, n)
  const ri = multiply(x.re, y.im, m, k, n)
  const ir = multiply(x.im, y.re, m, k, n)
  return { re: rr.map((entry, at) => entry - ii[at]!), im: ri.map((entry, at) => entry + ir[at]!) }
}

const conjugate = ({ re, im }: Pair): Pair => ({ re, im: im.map((entry) => -entry) })
const plainTranspose = ({ re, im }: Pair, n: number): Pair => ({ re: transpose(re, n, n), im: transpose(im, n, n) })
const conjugateTranspose = (x: Pair, n: number): Pair => conjugate(plainTranspose(x, n))
