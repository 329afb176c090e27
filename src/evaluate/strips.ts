/** The tight loops over strips of entries: `from` and `step` say where the operand's entries lie. */

/** Folds plain partial sums into compensated ones and clears them. */
export function fold(plain: Float64Array, sum: Float64Array, compensation: Float64Array, width: number): void {
  for (let k = 0; k < width; k++) {
    const term = plain[k]!
    const before = sum[k]!
    const next = before + term
    const part = next - before
    compensation[k]! += before - (next - part) + (term - part)
    sum[k] = next
    plain[k] = 0
  }
}

export function sumOf(buffer: Float64Array, length: number): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let k = 0
  for (; k + 3 < length; k += 4) {
    a += buffer[k]!
    b += buffer[k + 1]!
    c += buffer[k + 2]!
    d += buffer[k + 3]!
  }
  for (; k < length; k++) a += buffer[k]!
  return a + b + (c + d)
}

export function dot(
  a: Float64Array,
  i: number,
  p: number,
  b: Float64Array,
  j: number,
  q: number,
  length: number,
): number {
  let s = 0
  let t = 0
  let k = 0
  let x = i
  let y = j
  for (; k + 1 < length; k += 2, x += 2 * p, y += 2 * q) {
    s += a[x]! * b[y]!
    t += a[x + p]! * b[y + q]!
  }
  if (k < length) s += a[x]! * b[y]!
  return s + t
}

export function copyStrip(
  target: Float64Array,
  a: Float64Array,
  from: number,
  step: number,
  length: number,
  factor: number,
) {
  for (let k = 0, at = from; k < length; k++, at += step) target[k] = factor * a[at]!
}

export function multiplyStrip(target: Float64Array, a: Float64Array, from: number, step: number, length: number) {
  for (let k = 0, at = from; k < length; k++, at += step) target[k]! *= a[at]!
}

export function divideStrip(target: Float64Array, a: Float64Array, from: number, step: number, length: number) {
  for (let k = 0, at = from; k < length; k++, at += step) target[k]! /= a[at]!
}

export function gateStrip(target: Float64Array, gate: Float64Array, from: number, step: number, length: number) {
  for (let k = 0, at = from; k < length; k++, at += step) if (gate[at] === 0) target[k] = 0
}
