/** Exact numbers as literals that every language of the C family reads the same. */
import type { Rational } from '../../tensor/rational.ts'

/** A literal for the magnitude of a number: `2`, `0.5`, `1e+30`; a fraction without short decimals is its nearest float64. */
export function literal(value: Rational): string {
  const magnitude = value.absolute()
  const nearest = magnitude.toNumber()
  if (magnitude.denominator === 1n && magnitude.numerator <= 2n ** 53n) return magnitude.numerator.toString()
  if (!Number.isFinite(nearest)) return '1e400'
  const text = String(nearest)
  return /[.e]/.test(text) ? text : `${text}.0`
}
