/** Functions of complex upper triangular matrices, as two row-major arrays. */
export interface ComplexMatrix {
  readonly re: Float64Array
  readonly im: Float64Array
}

/** Nodes and weights of Gauss and Legendre's rule of 8 points on [0, 1]. */
const GAUSS: readonly (readonly [node: number, weight: number])[] = [
  [0.1834346424956498, 0.362683783378362],
  [0.525532409916329, 0.31370664587788727],
  [0.7966664774136267, 0.22238103445337448],
  [0.9602898564975363, 0.10122853629037626],
].flatMap(([x, w]) => [
  [(1 - x!) / 2, w! / 2],
  [(1 + x!) / 2, w! / 2],
])

/** ‖T − 1‖ up to which the rule of 8 points gives log(T) to rounding (Higham 2008, Functions of Matrices, 11.5). */
const CLOSE = 0.25

/** R with R R = T and eigenvalues in the right half-plane, column by column; undefined where there is none. */
export function triangularSquareRoot({ re, im }: ComplexMatrix, n: number): ComplexMatrix | undefined {
  const out = { re: new Float64Array(n * n), im: new Float64Array(n * n) }
  let size = 0
  for (let k = 0; k < n * n; k++) size = Math.max(size, Math.hypot(re[k]!, im[k]!))
  for (let j = 0; j < n; j++) {
    const [x, y] = [re[j * n + j]!, im[j * n + j]!]
    const r = Math.hypot(x, y)
    // The larger part by the root, the other by division, so that neither cancels.
    const large = Math.sqrt((r + Math.abs(x)) / 2)
    const small = large === 0 ? 0 : Math.abs(y) / (2 * large)
    out.re[j * n + j] = x >= 0 ? large : small
    out.im[j * n + j] = (x >= 0 ? small : large) * (y < 0 ? -1 : 1)
    for (let i = j - 1; i >= 0; i--) {
      let [sr, si] = [re[i * n + j]!, im[i * n + j]!]
      for (let k = i + 1; k < j; k++) {
        const [ar, ai, br, bi] = [out.re[i * n + k]!, out.im[i * n + k]!, out.re[k * n + j]!, out.im[k * n + j]!]
        sr -= ar * br - ai * bi
        si -= ar * bi + ai * br
      }
      const [dr, di] = [out.re[i * n + i]! + out.re[j * n + j]!, out.im[i * n + i]! + out.im[j * n + j]!]
      const d = dr * dr + di * di
      if (d === 0) {
        if (Math.hypot(sr, si) > n * 2 ** -52 * size) return undefined
        continue
      }
      out.re[i * n + j] = (sr * dr + si * di) / d
      out.im[i * n + j] = (si * dr - sr * di) / d
    }
  }
  return out
}

/**
 * log(T) by square roots until T is close to 1, then ∫₀¹ (T − 1)(1 + s(T − 1))⁻¹ ds by Gauss and Legendre's rule, which is the
 * diagonal Padé approximant (Higham 2008, 11.5). Undefined for a singular T.
 */
export function triangularLogarithm(t: ComplexMatrix, n: number): ComplexMatrix | undefined {
  let largest = 0
  for (let k = 0; k < n; k++) largest = Math.max(largest, Math.hypot(t.re[k * n + k]!, t.im[k * n + k]!))
  for (let k = 0; k < n; k++) {
    if (Math.hypot(t.re[k * n + k]!, t.im[k * n + k]!) <= n * 2 ** -52 * largest) return undefined
  }
  let root = t
  let count = 0
  while (distanceFromUnit(root, n) > CLOSE) {
    const next = count < 100 ? triangularSquareRoot(root, n) : undefined
    if (!next) return undefined
    root = next
    count++
  }
  const less = { re: root.re.slice(), im: root.im.slice() }
  for (let k = 0; k < n; k++) less.re[k * n + k]! -= 1
  const out = { re: new Float64Array(n * n), im: new Float64Array(n * n) }
  for (const [node, weight] of GAUSS) addResolvent(less, n, node, weight * 2 ** count, out)
  // The diagonal is known exactly.
  for (let k = 0; k < n * n; k += n + 1) {
    out.re[k] = Math.log(Math.hypot(t.re[k]!, t.im[k]!))
    out.im[k] = Math.atan2(t.im[k]!, t.re[k]!)
  }
  return out
}

function distanceFromUnit({ re, im }: ComplexMatrix, n: number): number {
  let largest = 0
  for (let j = 0; j < n; j++) {
    let sum = 0
    for (let i = 0; i <= j; i++) sum += Math.hypot(re[i * n + j]! - (i === j ? 1 : 0), im[i * n + j]!)
    largest = Math.max(largest, sum)
  }
  return largest
}

/** out += weight · (1 + node·Z)⁻¹ Z, by back substitution. */
function addResolvent(z: ComplexMatrix, n: number, node: number, weight: number, out: ComplexMatrix): void {
  const x = { re: z.re.slice(), im: z.im.slice() }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) {
      const [fr, fi] = [node * z.re[i * n + k]!, node * z.im[i * n + k]!]
      for (let j = k; j < n; j++) {
        const [br, bi] = [x.re[k * n + j]!, x.im[k * n + j]!]
        x.re[i * n + j]! -= fr * br - fi * bi
        x.im[i * n + j]! -= fr * bi + fi * br
      }
    }
    const [dr, di] = [1 + node * z.re[i * n + i]!, node * z.im[i * n + i]!]
    const d = dr * dr + di * di
    for (let j = i; j < n; j++) {
      const [sr, si] = [x.re[i * n + j]!, x.im[i * n + j]!]
      x.re[i * n + j] = (sr * dr + si * di) / d
      x.im[i * n + j] = (si * dr - sr * di) / d
    }
  }
  for (let k = 0; k < n * n; k++) {
    out.re[k]! += weight * x.re[k]!
    out.im[k]! += weight * x.im[k]!
  }
}

/** U X U^H. */
export function backTransform(u: ComplexMatrix, x: ComplexMatrix, n: number): ComplexMatrix {
  const half = { re: new Float64Array(n * n), im: new Float64Array(n * n) }
  const out = { re: new Float64Array(n * n), im: new Float64Array(n * n) }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const [ar, ai] = [u.re[i * n + k]!, u.im[i * n + k]!]
      for (let j = 0; j < n; j++) {
        const [br, bi] = [x.re[k * n + j]!, x.im[k * n + j]!]
        half.re[i * n + j]! += ar * br - ai * bi
        half.im[i * n + j]! += ar * bi + ai * br
      }
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) {
        const [ar, ai] = [half.re[i * n + k]!, half.im[i * n + k]!]
        const [br, bi] = [u.re[j * n + k]!, -u.im[j * n + k]!]
        out.re[i * n + j]! += ar * br - ai * bi
        out.im[i * n + j]! += ar * bi + ai * br
      }
    }
  }
  return out
}
