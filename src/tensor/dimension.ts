/**
 * Dimensions of axes: polynomials in names with rational coefficients (`n`, `m*n`, `n*(n+1)/2`, `3`), compared as such.
 */
import { Rational } from './rational.ts'

interface Monomial {
  readonly coefficient: Rational
  /** Names with their positive powers, sorted by name. */
  readonly powers: readonly (readonly [name: string, power: number])[]
}

/** An immutable polynomial in canonical order. Two dimensions are the same if and only if their `key`s are. */
export class Dimension {
  static readonly ZERO = new Dimension([])
  static readonly ONE = Dimension.constant(1)

  readonly terms: readonly Monomial[]
  /** The canonical text, which reads back in a declaration: `n`, `m*n`, `1/2*n^2 + 1/2*n`. */
  readonly key: string

  private constructor(terms: readonly Monomial[]) {
    this.terms = terms
    this.key = terms.length === 0 ? '0' : terms.map(monomialText).join(' + ').replaceAll('+ -', '- ')
  }

  /** For this file: terms must be collected and in canonical order. */
  static fromCanonicalTerms(terms: readonly Monomial[]): Dimension {
    return new Dimension(terms)
  }
  static constant(value: number | Rational): Dimension {
    const coefficient = typeof value === 'number' ? Rational.of(value) : value
    return coefficient.isZero ? new Dimension([]) : new Dimension([{ coefficient, powers: [] }])
  }
  static symbol(name: string): Dimension {
    return new Dimension([{ coefficient: Rational.ONE, powers: [[name, 1]] }])
  }

  /** The value if this is a number, otherwise undefined. */
  get value(): number | undefined {
    if (this.terms.length === 0) return 0
    const [only] = this.terms
    return this.terms.length === 1 && only && only.powers.length === 0 ? only.coefficient.toNumber() : undefined
  }
  /** The name if this is a bare name, otherwise undefined. */
  get name(): string | undefined {
    const [only] = this.terms
    const [power] = only?.powers ?? []
    const bare = this.terms.length === 1 && only?.powers.length === 1 && only.coefficient.isOne && power?.[1] === 1
    return bare ? power[0] : undefined
  }
  /** All names that occur. */
  get names(): readonly string[] {
    return [...new Set(this.terms.flatMap((term) => term.powers.map(([name]) => name)))]
  }

  equals(other: Dimension): boolean {
    return this === other || this.key === other.key
  }
  add(other: Dimension): Dimension {
    return collect([...this.terms, ...other.terms])
  }
  subtract(other: Dimension): Dimension {
    return this.add(other.scale(Rational.MINUS_ONE))
  }
  scale(factor: Rational): Dimension {
    return collect(this.terms.map((term) => ({ ...term, coefficient: term.coefficient.multiply(factor) })))
  }
  multiply(other: Dimension): Dimension {
    if (this.key === '1') return other
    if (other.key === '1') return this
    return collect(
      this.terms.flatMap((a) =>
        other.terms.map((b) => ({
          coefficient: a.coefficient.multiply(b.coefficient),
          powers: multiplyPowers(a.powers, b.powers),
        })),
      ),
    )
  }
  power(exponent: number): Dimension {
    let result = Dimension.ONE
    for (let k = 0; k < exponent; k++) result = result.multiply(this)
    return result
  }
  /** Replaces names by dimensions; names that the map lacks stay. */
  substitute(values: ReadonlyMap<string, Dimension>): Dimension {
    if (!this.terms.some((term) => term.powers.some(([name]) => values.has(name)))) return this
    let result = Dimension.ZERO
    for (const term of this.terms) {
      let product = Dimension.constant(term.coefficient)
      for (const [name, power] of term.powers) {
        product = product.multiply((values.get(name) ?? Dimension.symbol(name)).power(power))
      }
      result = result.add(product)
    }
    return result
  }
  /** The size for given values of the names. Names that the map lacks count as `fallback` where one is given, otherwise a `RangeError` names them. */
  evaluate(values: ReadonlyMap<string, number>, fallback?: number): number {
    let result = 0
    for (const term of this.terms) {
      let product = term.coefficient.toNumber()
      for (const [name, power] of term.powers) {
        const value = values.get(name) ?? fallback
        if (value === undefined) throw new RangeError(`no size is given for dimension ${name}`)
        product *= value ** power
      }
      result += product
    }
    return result
  }
  toString(): string {
    return this.key
  }
}

function multiplyPowers(a: Monomial['powers'], b: Monomial['powers']): Monomial['powers'] {
  const powers = new Map<string, number>(a)
  for (const [name, power] of b) powers.set(name, (powers.get(name) ?? 0) + power)
  return [...powers].sort(([x], [y]) => (x < y ? -1 : 1))
}

function collect(terms: readonly Monomial[]): Dimension {
  const byPowers = new Map<string, Monomial>()
  for (const term of terms) {
    const key = term.powers.map(([name, power]) => `${name}^${power}`).join('*')
    const known = byPowers.get(key)
    byPowers.set(key, known ? { ...term, coefficient: known.coefficient.add(term.coefficient) } : term)
  }
  const kept = [...byPowers.values()].filter((term) => !term.coefficient.isZero)
  const degree = (term: Monomial) => term.powers.reduce((sum, [, power]) => sum + power, 0)
  kept.sort((a, b) => degree(b) - degree(a) || (monomialText(a) < monomialText(b) ? -1 : 1))
  return Dimension.fromCanonicalTerms(kept)
}

function monomialText({ coefficient, powers }: Monomial): string {
  const factors = powers.map(([name, power]) => (power === 1 ? name : `${name}^${power}`))
  if (factors.length === 0) return coefficient.key
  if (coefficient.isOne) return factors.join('*')
  if (coefficient.equals(Rational.MINUS_ONE)) return `-${factors.join('*')}`
  return [coefficient.key, ...factors].join('*')
}
