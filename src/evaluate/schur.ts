/**
 * The complex Schur form of a real matrix by shifted QR steps with rotations (Golub and Van Loan, 7.5). Complex matrices
 * are two row-major arrays. The form is complex, so that triangular systems are solved entry by entry.
 */
export interface Complex {
  readonly re: Float64Array
  readonly im: Float64Array
}

/** A = U T U^H with U unitary and T upper triangular. */
export interface Schur {
  readonly n: number
  readonly t: Complex
  readonly u: Complex
}

/** Undefined where the steps do not converge, as for entries that are not finite. */
export function complexSchur(matrix: Float64Array, n: number): Schur | undefined {
  const t = { re: Float64Array.from(matrix), im: new Float64Array(n * n) }
  const u = { re: new Float64Array(n * n), im: new Float64Array(n * n) }
  for (let k = 0; k < n; k++) u.re[k * n + k] = 1
  const schur = { n, t, u }
  if (!matrix.every(Number.isFinite)) return undefined
  toHessenberg(schur)
  let size = 0
  for (const entry of matrix) size = Math.max(size, Math.abs(entry))
  for (let high = n - 1, round = 0; high > 0; ) {
    const low = lowestCoupled(schur, high, size)
    if (low === high) {
      high--
      round = 0
      continue
    }
    if (++round > 100) return undefined
    step(schur, low, high, round)
  }
  return schur
}

/** A rotation by the complex numbers c and s: rows p, q become conj(c) p + conj(s) q and −s p + c q. */
interface Rotation {
  readonly cr: number
  readonly ci: number
  readonly sr: number
  readonly si: number
}

/** The rotation that takes (a, b) to (r, 0). */
function rotation({ re, im }: Complex, a: number, b: number): Rotation {
  const r = Math.hypot(re[a]!, im[a]!, re[b]!, im[b]!)
  if (r === 0) return { cr: 1, ci: 0, sr: 0, si: 0 }
  return { cr: re[a]! / r, ci: im[a]! / r, sr: re[b]! / r, si: im[b]! / r }
}

function rotateRows({ re, im }: Complex, n: number, p: number, q: number, from: number, w: Rotation): void {
  const { cr, ci, sr, si } = w
  for (let j = from; j < n; j++) {
    const [x, y] = [p * n + j, q * n + j]
    const [xr, xi, yr, yi] = [re[x]!, im[x]!, re[y]!, im[y]!]
    re[x] = cr * xr + ci * xi + sr * yr + si * yi
    im[x] = cr * xi - ci * xr + sr * yi - si * yr
    re[y] = cr * yr - ci * yi - sr * xr + si * xi
    im[y] = cr * yi + ci * yr - sr * xi - si * xr
  }
}

/** The columns by the conjugate transpose of the rotation. */
function rotateColumns({ re, im }: Complex, n: number, p: number, q: number, to: number, w: Rotation): void {
  const { cr, ci, sr, si } = w
  for (let i = 0; i < to; i++) {
    const [x, y] = [i * n + p, i * n + q]
    const [xr, xi, yr, yi] = [re[x]!, im[x]!, re[y]!, im[y]!]
    re[x] = cr * xr - ci * xi + sr * yr - si * yi
    im[x] = cr * xi + ci * xr + sr * yi + si * yr
    re[y] = cr * yr + ci * yi - sr * xr - si * xi
    im[y] = cr * yi - ci * yr - sr * xi + si * xr
  }
}

function toHessenberg({ n, t, u }: Schur): void {
  for (let k = 0; k + 2 < n; k++) {
    for (let i = k + 2; i < n; i++) {
      if (t.re[i * n + k] === 0) continue
      const w = rotation(t, (k + 1) * n + k, i * n + k)
      rotateRows(t, n, k + 1, i, k, w)
      t.re[i * n + k] = 0
      t.im[i * n + k] = 0
      rotateColumns(t, n, k + 1, i, n, w)
      rotateColumns(u, n, k + 1, i, n, w)
    }
  }
}

/** The first row of the block that ends at `high`; subdiagonal entries within rounding are set to 0. */
function lowestCoupled({ n, t }: Schur, high: number, size: number): number {
  const magnitude = (k: number) => Math.hypot(t.re[k]!, t.im[k]!)
  for (let k = high; k > 0; k--) {
    const at = k * n + k - 1
    const beside = magnitude(at - n) + magnitude(at + 1)
    if (magnitude(at) > 2 ** -53 * (beside === 0 ? size : beside)) continue
    t.re[at] = 0
    t.im[at] = 0
    return k
  }
  return 0
}

/** One QR step of rows and columns low … high, shifted by an eigenvalue of the last 2×2 block. */
function step({ n, t, u }: Schur, low: number, high: number, round: number): void {
  const shift = round % 11 === 10 ? exceptional(t, n, high) : wilkinson(t, n, high)
  const move = (sign: number) => {
    for (let k = low; k <= high; k++) {
      t.re[k * n + k]! += sign * shift[0]
      t.im[k * n + k]! += sign * shift[1]
    }
  }
  move(-1)
  const rotations: Rotation[] = []
  for (let k = low; k < high; k++) {
    const w = rotation(t, k * n + k, (k + 1) * n + k)
    // Columns beyond the block belong to T as well.
    rotateRows(t, n, k, k + 1, k, w)
    t.re[(k + 1) * n + k] = 0
    t.im[(k + 1) * n + k] = 0
    rotations.push(w)
  }
  for (const [offset, w] of rotations.entries()) {
    const k = low + offset
    rotateColumns(t, n, k, k + 1, Math.min(k + 2, high + 1), w)
    rotateColumns(u, n, k, k + 1, n, w)
  }
  move(1)
}

function exceptional({ re, im }: Complex, n: number, high: number): [number, number] {
  const at = high * n + high - 1
  return [Math.hypot(re[at]!, im[at]!) + re[high * n + high]!, im[high * n + high]!]
}

/** The eigenvalue of the last 2×2 block that is closer to its last entry. */
function wilkinson({ re, im }: Complex, n: number, high: number): [number, number] {
  const [a, b, c, d] = [(high - 1) * n + high - 1, (high - 1) * n + high, high * n + high - 1, high * n + high]
  const hr = (re[a]! - re[d]!) / 2
  const hi = (im[a]! - im[d]!) / 2
  const pr = re[b]! * re[c]! - im[b]! * im[c]!
  const pi = re[b]! * im[c]! + im[b]! * re[c]!
  let [rr, ri] = squareRoot(hr * hr - hi * hi + pr, 2 * hr * hi + pi)
  // d − bc/(h ± root) with the larger denominator.
  if (hr * rr + hi * ri < 0) [rr, ri] = [-rr, -ri]
  const [qr, qi] = [hr + rr, hi + ri]
  const size = qr * qr + qi * qi
  if (size === 0) return [re[d]!, im[d]!]
  return [re[d]! - (pr * qr + pi * qi) / size, im[d]! - (pi * qr - pr * qi) / size]
}

function squareRoot(x: number, y: number): [number, number] {
  const r = Math.hypot(x, y)
  const re = Math.sqrt(Math.max(0, (r + x) / 2))
  const im = Math.sqrt(Math.max(0, (r - x) / 2))
  return [re, y < 0 ? -im : im]
}
