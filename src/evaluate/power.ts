/** Powers with an exact exponent. */
import type { Rational } from '../tensor/rational.ts'

/**
 * base^exponent. An integer exponent serves every base; a negative base with any other exponent has no real power here:
 * NaN (odd roots are not guessed). base^0 is 1.
 */
export function powerOf(exponent: Rational): (base: number) => number {
  const value = exponent.toNumber()
  if (exponent.denominator === 1n) {
    if (value === 3) return (base) => base * base * base
    if (Number.isSafeInteger(value)) return (base) => base ** value
    // Beyond 2^53 a float64 does not hold the parity.
    const odd = exponent.numerator % 2n !== 0n
    return (base) => (base < 0 && odd ? -(Math.abs(base) ** value) : Math.abs(base) ** value)
  }
  if (value === 0.5) return Math.sqrt
  return (base) => (base < 0 ? Number.NaN : base ** value)
}

/** base^exponent as in C and IEEE 754: 1^y = x^0 = 1 even for NaN, and (−1)^±∞ = 1. */
export function pow(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) return 1
  if (base < 0 && !Number.isInteger(exponent) && !Number.isNaN(exponent) && Number.isFinite(exponent)) return Number.NaN
  return base ** exponent
}
