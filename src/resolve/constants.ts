/**
 * Values of constant subexpressions, which show at once what is not finite: `1/0`, `log(0)`, `1e308*10`.
 *
 * A fill is the one value that all entries of an operand have. Arithmetic keeps it exact while that is cheap.
 */
import type { ElementwiseFunction } from '../functions/index.ts'
import { Rational } from '../tensor/rational.ts'

export interface Fill {
  readonly value: number
  /** The exact value; absent where it is irrational or long. */
  readonly exact?: Rational
}

/** Numerators and denominators are kept exact up to this many bits. */
const maxBits = 4096
/** Literals longer than this are read as the nearest float64. */
const maxDigits = 400

/** The value of a literal, `undefined` if it is too small for a float64 though it is not zero. */
export function literal(text: string, value: number): Fill | undefined {
  if (value === 0) return /[1-9]/.test(text.replace(/[eE].*$/, '')) ? undefined : exactFill(Rational.ZERO)
  if (text.length > maxDigits) return { value, exact: Rational.fromNumber(value) }
  return exactFill(Rational.parse(text))
}

export function exactFill(exact: Rational): Fill {
  return { value: exact.toNumber(), exact }
}

export function negated({ value, exact }: Fill): Fill {
  return exact === undefined ? { value: -value } : { value: -value, exact: exact.negate() }
}

export function combined(operator: '+' | '-' | '*' | '/', a: Fill, b: Fill): Fill {
  const isShort = a.exact && b.exact && bits(a.exact) + bits(b.exact) <= maxBits
  const exact = isShort && a.exact && b.exact ? exactly(operator, a.exact, b.exact) : undefined
  if (exact !== undefined) return exactFill(exact)
  switch (operator) {
    case '+':
      return { value: a.value + b.value }
    case '-':
      return { value: a.value - b.value }
    case '*':
      return { value: a.value * b.value }
    case '/':
      return { value: a.value / b.value }
  }
}

function exactly(operator: '+' | '-' | '*' | '/', a: Rational, b: Rational): Rational | undefined {
  switch (operator) {
    case '+':
      return a.add(b)
    case '-':
      return a.subtract(b)
    case '*':
      return a.multiply(b)
    case '/':
      return b.isZero ? undefined : a.divide(b)
  }
}

export function raised(base: Fill, exponent: Fill): Fill {
  const value = base.value ** exponent.value
  const whole = exponent.exact
  if (base.exact === undefined || whole?.isInteger !== true || !Number.isFinite(value)) return { value }
  const size = Math.abs(whole.toNumber()) * bits(base.exact)
  return size > maxBits ? { value } : exactFill(base.exact.power(whole.toNumber()))
}

/** The value of an elementwise function, where it is easy to say. */
export function applied(entry: ElementwiseFunction, args: readonly Fill[]): Fill | undefined {
  const kernel = kernels.get(entry.name)
  return kernel && { value: kernel(...args.map(({ value }) => value)) }
}

const kernels: ReadonlyMap<string, (...args: number[]) => number> = new Map<string, (...args: number[]) => number>([
  ['exp', Math.exp],
  ['log', Math.log],
  ['log1p', Math.log1p],
  ['expm1', Math.expm1],
  ['sin', Math.sin],
  ['cos', Math.cos],
  ['tan', Math.tan],
  ['arcsin', Math.asin],
  ['arccos', Math.acos],
  ['arctan', Math.atan],
  ['sinh', Math.sinh],
  ['cosh', Math.cosh],
  ['tanh', Math.tanh],
  ['sigmoid', (t) => 1 / (1 + Math.exp(-t))],
  ['softplus', (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)))],
  ['relu', (t) => Math.max(t, 0)],
  ['abs', Math.abs],
  ['sign', Math.sign],
  ['sqrt', Math.sqrt],
  ['square', (t) => t * t],
  ['max', Math.max],
  ['min', Math.min],
  ['where', (c, a, b) => ((c as number) !== 0 ? (a as number) : (b as number))],
  ['lt', (a, b) => Number((a as number) < (b as number))],
  ['le', (a, b) => Number((a as number) <= (b as number))],
  ['gt', (a, b) => Number((a as number) > (b as number))],
  ['ge', (a, b) => Number((a as number) >= (b as number))],
  ['pi', () => Math.PI],
])

function bits({ numerator, denominator }: Rational): number {
  return (numerator.toString(16).length + denominator.toString(16).length) * 4
}
