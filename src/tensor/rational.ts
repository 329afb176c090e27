/**
 * Exact rational numbers: the coefficients and exponents of the calculus.
 *
 * Coefficients are exact so that x/3 + x/3 + x/3 is x, and a decimal the user typed prints as it was typed.
 * Values are immutable, in lowest terms, with a positive denominator.
 */
export class Rational {
  static readonly ZERO = new Rational(0n, 1n)
  static readonly ONE = new Rational(1n, 1n)
  static readonly MINUS_ONE = new Rational(-1n, 1n)
  static readonly TWO = new Rational(2n, 1n)
  static readonly HALF = new Rational(1n, 2n)

  readonly numerator: bigint
  readonly denominator: bigint
  #key: string | undefined

  private constructor(numerator: bigint, denominator: bigint) {
    this.numerator = numerator
    this.denominator = denominator
  }

  /** `numerator / denominator`, both integers. Throws `RangeError` if the denominator is zero. */
  static of(numerator: bigint | number, denominator: bigint | number = 1n): Rational {
    let n = BigInt(numerator)
    let d = BigInt(denominator)
    if (d === 1n) {
      if (n === 0n) return Rational.ZERO
      if (n === 1n) return Rational.ONE
      return new Rational(n, 1n)
    }
    if (d === 0n) throw new RangeError('a rational number has no zero denominator')
    if (d < 0n) {
      n = -n
      d = -d
    }
    const g = greatestCommonDivisor(n < 0n ? -n : n, d)
    return new Rational(n / g, d / g)
  }

  /** The exact value of a decimal literal such as `2`, `.5`, `1e-3`. Throws `SyntaxError` on anything else. */
  static parse(text: string): Rational {
    const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text)
    if (!match || (match[2] === '' && match[3] === '')) throw new SyntaxError(`not a decimal number: ${text}`)
    const fraction = match[3] ?? ''
    const digits = BigInt(`${match[2] ?? ''}${fraction}`)
    const exponent = Number(match[4] ?? 0) - fraction.length
    const signed = match[1] === '-' ? -digits : digits
    return exponent >= 0 ? Rational.of(signed * 10n ** BigInt(exponent)) : Rational.of(signed, 10n ** BigInt(-exponent))
  }

  /** The exact value of a finite float64. Throws `RangeError` on NaN and infinities. */
  static fromNumber(value: number): Rational {
    if (!Number.isFinite(value)) throw new RangeError(`${value} is not a rational number`)
    return Number.isInteger(value) ? Rational.of(BigInt(value)) : Rational.parse(String(value))
  }

  get isZero(): boolean {
    return this.numerator === 0n
  }
  get isOne(): boolean {
    return this.numerator === 1n && this.denominator === 1n
  }
  get isInteger(): boolean {
    return this.denominator === 1n
  }
  /** -1, 0 or 1. */
  get sign(): number {
    return this.numerator > 0n ? 1 : this.numerator < 0n ? -1 : 0
  }
  /** A short text that is equal for equal values, e.g. `-3/2`. */
  get key(): string {
    // Nodes are looked up by the keys of their numbers again and again; printing a bigint is slow.
    this.#key ??= this.denominator === 1n ? `${this.numerator}` : `${this.numerator}/${this.denominator}`
    return this.#key
  }

  add(other: Rational): Rational {
    if (this.denominator === 1n && other.denominator === 1n) return Rational.of(this.numerator + other.numerator)
    return Rational.of(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    )
  }
  subtract(other: Rational): Rational {
    return this.add(other.negate())
  }
  multiply(other: Rational): Rational {
    if (this.isOne) return other
    if (other.isOne) return this
    return Rational.of(this.numerator * other.numerator, this.denominator * other.denominator)
  }
  divide(other: Rational): Rational {
    return this.multiply(other.invert())
  }
  negate(): Rational {
    return new Rational(-this.numerator, this.denominator)
  }
  /** 1/this. Throws `RangeError` on zero. */
  invert(): Rational {
    return Rational.of(this.denominator, this.numerator)
  }
  absolute(): Rational {
    return this.numerator < 0n ? this.negate() : this
  }
  /** this^exponent for an integer exponent. Throws `RangeError` on 0 to a negative power. */
  power(exponent: number): Rational {
    if (exponent < 0) return this.invert().power(-exponent)
    const e = BigInt(exponent)
    return new Rational(this.numerator ** e, this.denominator ** e)
  }
  compare(other: Rational): number {
    const difference = this.numerator * other.denominator - other.numerator * this.denominator
    return difference > 0n ? 1 : difference < 0n ? -1 : 0
  }
  equals(other: Rational): boolean {
    return this.numerator === other.numerator && this.denominator === other.denominator
  }
  /** The nearest float64, also where numerator and denominator are each out of its range. */
  toNumber(): number {
    if (this.denominator === 1n) return Number(this.numerator)
    const n = Number(this.numerator)
    const d = Number(this.denominator)
    if (Number.isFinite(n) && Number.isFinite(d)) return n / d
    const magnitude = this.numerator < 0n ? -this.numerator : this.numerator
    const shift = magnitude.toString(2).length - this.denominator.toString(2).length - 64
    const quotient =
      shift > 0 ? magnitude / (this.denominator << BigInt(shift)) : (magnitude << BigInt(-shift)) / this.denominator
    // Two factors keep 2^shift itself from leaving the range when the product does not.
    const half = Math.trunc(shift / 2)
    return this.sign * Number(quotient) * 2 ** half * 2 ** (shift - half)
  }
  /** The number as a decimal text if it has a finite one, e.g. `0.25`; otherwise undefined. */
  toDecimal(): string | undefined {
    if (this.denominator === 1n) return `${this.numerator}`
    let twos = 0
    let fives = 0
    let rest = this.denominator
    for (; rest % 2n === 0n; rest /= 2n) twos++
    for (; rest % 5n === 0n; rest /= 5n) fives++
    if (rest !== 1n) return undefined
    const places = Math.max(twos, fives)
    const scaled = (this.numerator * 10n ** BigInt(places)) / this.denominator
    const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(places + 1, '0')
    return `${scaled < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`
  }
  toString(): string {
    return this.key
  }
}

/** The greatest common divisor of two integers that are not negative; gcd(0, b) is b. */
export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b]
  return a
}
