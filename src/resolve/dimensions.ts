/**
 * Dimensions while they are inferred: unknown ones are symbols that no text can write, and equations between dimensions
 * give them values. Names in declarations are rigid: they equal nothing but themselves.
 */
import { EincalcError } from '../errors.ts'
import { Dimension } from '../tensor/dimension.ts'

const prefix = '?'
/** Bounds on the polynomials that products of sizes make. */
const maxDegree = 64
const maxTerms = 1000

type Outcome = 'equal' | 'different' | 'open'

interface Equation<Place> {
  readonly a: Dimension
  readonly b: Dimension
  readonly place: Place
}

/** `Place` is what the caller wants back with what stays unknown: where it came up. */
export class Dimensions<Place> {
  /** Values of unknown dimensions, by name; they may contain other unknown ones. */
  readonly #values = new Map<string, Dimension>()
  readonly #origins = new Map<string, Place>()
  #open: Equation<Place>[] = []

  fresh(place: Place): Dimension {
    const name = `${prefix}${this.#origins.size}`
    this.#origins.set(name, place)
    return Dimension.symbol(name)
  }

  /** Gives an unknown dimension a value; for naming what nothing determines. */
  assign(name: string, value: Dimension): void {
    this.#values.set(name, value)
  }

  settle(dimension: Dimension): Dimension {
    let current = dimension
    const path: string[] = []
    for (let name = current.name; name !== undefined; name = current.name) {
      const value = this.#values.get(name)
      if (value === undefined) break
      path.push(name)
      current = value
    }
    // Values of unknown dimensions may be polynomials in others that have a value by now.
    while (current.name === undefined && current.names.some((name) => this.#values.has(name))) {
      this.#checkGrowth(current)
      current = current.substitute(this.#values)
    }
    for (const name of path) this.#values.set(name, current)
    return current
  }

  /**
   * Makes two dimensions equal if they can be. An equation with no single solution yet (n·m = 6) stays open until others
   * settle it; `place` comes back from `unsettled` if none does.
   */
  equate(a: Dimension, b: Dimension, place: Place): boolean {
    const outcome = this.#solve(a, b)
    if (outcome === 'open') this.#open.push({ a, b, place })
    return outcome !== 'different'
  }

  /** Solves what can be solved of the equations left open. Returns the place of one that fails. */
  solveOpen(): Place | undefined {
    for (let before = -1; before !== this.#open.length; ) {
      before = this.#open.length
      const still: Equation<Place>[] = []
      for (const equation of this.#open) {
        const outcome = this.#solve(equation.a, equation.b)
        if (outcome === 'different') return equation.place
        if (outcome === 'open') still.push(equation)
      }
      this.#open = still
    }
    return undefined
  }

  /** The place of an equation that is still open, or of an unknown dimension that nothing determines. */
  unsettled(): Place | undefined {
    for (const { place } of this.#open) return place
    for (const [name, place] of this.#origins) {
      if (unknownNames(this.settle(Dimension.symbol(name))).length > 0) return place
    }
    return undefined
  }

  /** Refuses to multiply out what would be long: sizes that mean anything are short. */
  #checkGrowth(dimension: Dimension): void {
    for (const { powers } of dimension.terms) {
      let terms = 1
      let degree = 0
      for (const [name, power] of powers) {
        const value = this.#values.get(name)
        terms *= Math.max(1, value?.terms.length ?? 1) ** power
        degree += power * (value === undefined ? 1 : degreeOf(value))
      }
      if (terms > maxTerms || degree > maxDegree) failTooLarge()
    }
  }

  #solve(first: Dimension, second: Dimension): Outcome {
    const a = this.settle(first)
    const b = this.settle(second)
    if (a.equals(b)) return 'equal'
    if (isUnknown(b) && this.#bind(b.name as string, a)) return 'equal'
    if (isUnknown(a) && this.#bind(a.name as string, b)) return 'equal'
    const difference = a.subtract(b)
    const unknown = unknownNames(difference)
    if (unknown.length === 0) return 'different'
    for (const name of unknown) {
      const solution = solveFor(name, difference)
      if (solution === 'none') return 'different'
      if (solution !== undefined) return this.#bind(name, solution) ? 'equal' : 'different'
    }
    return 'open'
  }

  #bind(name: string, value: Dimension): boolean {
    if (value.names.includes(name)) return false
    const size = value.value
    if (size !== undefined && !(Number.isInteger(size) && size > 0)) return false
    this.#values.set(name, value)
    return true
  }
}

/** Fails with LimitExceeded for a size of too high a degree. */
export function checkDegree(dimension: Dimension): void {
  if (degreeOf(dimension) > maxDegree || dimension.terms.length > maxTerms) failTooLarge()
}

function degreeOf({ terms }: Dimension): number {
  return Math.max(0, ...terms.map(({ powers }) => powers.reduce((sum, [, power]) => sum + power, 0)))
}

function failTooLarge(): never {
  throw new EincalcError({
    code: 'LimitExceeded',
    message: `a size is a polynomial of a degree over ${maxDegree} or of more than ${maxTerms} terms`,
  })
}

export function isUnknown(dimension: Dimension): boolean {
  return dimension.name?.startsWith(prefix) === true
}

/** The unknown dimensions that a settled one contains. */
export function unknownNames(dimension: Dimension): string[] {
  return dimension.names.filter((name) => name.startsWith(prefix))
}

/**
 * The value of one unknown in polynomial = 0, where it occurs as c·name with c a number times declared names; `none` where
 * there is no polynomial solution, undefined where this form does not apply.
 */
function solveFor(name: string, polynomial: Dimension): Dimension | 'none' | undefined {
  const occurs = polynomial.terms.filter((term) => term.powers.some(([other]) => other === name))
  const [only] = occurs
  if (only === undefined || occurs.length > 1) return undefined
  const cofactor = only.powers.filter(([other]) => other !== name)
  const power = only.powers.find(([other]) => other === name)?.[1] ?? 0
  if (power > 1) return solveRoot(polynomial, only, power)
  if (cofactor.some(([other]) => other.startsWith(prefix))) return undefined

  let solution = Dimension.ZERO
  for (const term of polynomial.terms) {
    if (term === only) continue
    const powers = new Map(term.powers)
    for (const [other, power] of cofactor) {
      const rest = (powers.get(other) ?? 0) - power
      if (rest < 0) return unknownNames(polynomial).length === 1 ? 'none' : undefined
      powers.set(other, rest)
    }
    const coefficient = term.coefficient.divide(only.coefficient).negate()
    let product = Dimension.constant(coefficient)
    for (const [other, power] of powers) product = product.multiply(Dimension.symbol(other).power(power))
    solution = solution.add(product)
  }
  return solution
}

/** The value of name in c·name^power = b·(declared names)^power, of which there is one that is positive. */
function solveRoot(polynomial: Dimension, only: Dimension['terms'][number], power: number): Dimension | undefined {
  const [rest, ...more] = polynomial.terms.filter((term) => term !== only)
  if (rest === undefined || more.length > 0 || only.powers.length > 1) return undefined
  const square = rest.coefficient.divide(only.coefficient).negate()
  if (!square.isInteger || rest.powers.some(([, exponent]) => exponent % power !== 0)) return undefined
  const root = Math.round(square.toNumber() ** (1 / power))
  if (root ** power !== square.toNumber()) return undefined
  let solution = Dimension.constant(root)
  for (const [other, exponent] of rest.powers) {
    solution = solution.multiply(Dimension.symbol(other).power(exponent / power))
  }
  return solution
}

/** Names for inferred dimensions, in order of preference, skipping those in use. */
export function* dimensionNames(used: ReadonlySet<string>): Generator<string, never> {
  for (const name of ['n', 'm', 'k', 'p', 'q', 'r', 's', 't', 'l', 'u', 'v', 'w']) if (!used.has(name)) yield name
  for (let number = 1; ; number++) if (!used.has(`n${number}`)) yield `n${number}`
}
