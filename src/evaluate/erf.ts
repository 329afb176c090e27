/**
 * The error function to a relative error below 1e-15.
 *
 * Near 0 by the series erf t = 2/√π · exp(−t²) · Σ 2^k t^(2k+1) / (1·3···(2k+1)), whose terms are all of one sign
 * (Abramowitz and Stegun 1964, 7.1.6); beyond by the continued fraction of erfc (7.1.14), so that erfc keeps its relative
 * accuracy down to the smallest float64.
 */

/** Where series and continued fraction meet; either is exact enough there. */
const MEETING = 1.5

export function erf(t: number): number {
  const size = Math.abs(t)
  if (size < MEETING) return series(t)
  if (Number.isNaN(t)) return t
  const tail = size > 6 ? 0 : tailFraction(size)
  return t > 0 ? 1 - tail : tail - 1
}

/** 1 − erf t, without cancellation for large t. */
export function erfc(t: number): number {
  if (Number.isNaN(t)) return t
  if (t < -6) return 2
  if (t <= -MEETING) return 2 - tailFraction(-t)
  if (t < 0.5) return 1 - series(t)
  return t > 27.3 ? 0 : tailFraction(t)
}

function series(t: number): number {
  const square = t * t
  let term = 1
  let sum = 0
  // Terms rise at first for |t| > 1 and then fall faster than geometrically.
  for (let k = 1; term > sum * 1e-18; k++) {
    sum += term
    term *= (2 * square) / (2 * k + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * t * sum * expMinusSquare(Math.abs(t))
}

/** erfc t for t ≥ 1/2: exp(−t²)/√π · 1/(t + (1/2)/(t + 1/(t + (3/2)/(t + ...)))), evaluated from its end. */
function tailFraction(t: number): number {
  // The number of levels for full accuracy falls with t²; found by comparison with a 40-digit evaluation.
  const levels = Math.ceil(20 + 420 / (t * t))
  let fraction = t
  for (let k = levels; k >= 1; k--) fraction = t + k / 2 / fraction
  return expMinusSquare(t) / (Math.sqrt(Math.PI) * fraction)
}

/** exp(−t²) for t ≥ 0, where the rounding of t² alone would cost digits (W. J. Cody 1969). */
function expMinusSquare(t: number): number {
  const head = Math.trunc(t * 16) / 16
  return Math.exp(-head * head) * Math.exp(-(t - head) * (t + head))
}
