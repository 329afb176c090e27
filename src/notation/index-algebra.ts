/** Products and sums of numbers in index notation: elements, sums over labels, functions of them. */
import { Rational } from '../tensor/rational.ts'
import type { Display, ScaledDisplay, SumDisplay } from './display.ts'
import type { Displays } from './displays.ts'
import { triangleOf } from './triangles.ts'

export interface RaisedDisplay {
  readonly display: Display
  readonly exponent: Rational
}

export function plainly(display: Display): RaisedDisplay {
  return { display, exponent: Rational.ONE }
}

/** Longer sums within sums stay in brackets, or a long chain of sums would be copied at each of its links. */
const SPLICED_TERMS = 32
/** The same for products within products. */
const SPLICED_FACTORS = 32
/** How deep in products and sums over labels a sum may lie that takes a minus. */
const NEGATED_DEPTH = 4

/** The product of numbers; those in `last` stand at the end, after all others. */
export function multiplyNumbers(
  displays: Displays,
  factors: readonly RaisedDisplay[],
  last: readonly Display[] = [],
): Display {
  let coefficient = Rational.ONE
  const collected = new Map<Display, Rational>()
  const gather = (display: Display, exponent: Rational) =>
    collected.set(display, (collected.get(display) ?? Rational.ZERO).add(exponent))
  for (const { display, exponent } of factors) {
    if (exponent.isInteger && isSpliced(display)) {
      coefficient = coefficient.multiply(display.coefficient.power(Number(exponent.numerator)))
      for (const scalar of [...display.scalars, ...(display.body ? [display.body] : [])]) gather(scalar, exponent)
      for (const scalar of display.denominators) gather(scalar, exponent.negate())
    } else if (display.kind === 'number' && exponent.isInteger && !(display.value.isZero && exponent.sign < 0)) {
      coefficient = coefficient.multiply(display.value.power(Number(exponent.numerator)))
    } else gather(display, exponent)
  }
  if (coefficient.isZero) return displays.number(0)
  coefficient = settleSigns(displays, coefficient, collected)
  const numerators: Display[] = [...last]
  const denominators: Display[] = []
  for (const [display, exponent] of collected) {
    if (exponent.sign > 0) numerators.push(displays.power(display, exponent))
    else if (exponent.sign < 0) denominators.push(displays.power(display, exponent.negate()))
  }
  const order = (a: Display, b: Display) => placeOf(a) - placeOf(b) || displays.compare(a, b)
  return displays.scaled(coefficient, numerators.sort(order), denominators.sort(order))
}

function isSpliced(display: Display): display is ScaledDisplay {
  if (display.kind !== 'scaled' || display.coefficient.isZero) return false
  return display.scalars.length + display.denominators.length <= SPLICED_FACTORS
}

/** The factors of a product of numbers under an integer power. */
export function splitFactor(displays: Displays, { display, exponent }: RaisedDisplay): RaisedDisplay[] {
  if (!exponent.isInteger || !isSpliced(display)) return [{ display, exponent }]
  const { coefficient, scalars, denominators, body } = display
  return [
    ...(coefficient.isOne ? [] : [{ display: displays.scaled(coefficient, [], []), exponent }]),
    ...[...scalars, ...(body ? [body] : [])].map((scalar) => ({ display: scalar, exponent })),
    ...denominators.map((scalar) => ({ display: scalar, exponent: exponent.negate() })),
  ]
}

/** Numbers without labels first, then elements, those of higher order before those of lower, units last. */
function placeOf(display: Display): number {
  if (display.free.length === 0) return -1000
  const element = display.kind === 'power' ? display.base : display
  if (element.kind !== 'element') return 0
  const { base } = element
  const isCall = base.kind === 'call' && (base.name === 'reshape' || triangleOf(base) !== undefined)
  const isUnit = base.kind === 'literal' || isCall
  return isUnit ? 1000 : -element.subscripts.length
}

/** Chooses the signs of sums under even powers, and moves a minus into a sum of mixed signs under an odd one. */
function settleSigns(displays: Displays, coefficient: Rational, factors: Map<Display, Rational>): Rational {
  let best: { display: Display; exponent: Rational; negated: Display } | undefined
  for (const [display, exponent] of [...factors]) {
    if (!exponent.isInteger) continue
    const odd = exponent.numerator % 2n !== 0n
    const negated = odd && coefficient.sign > 0 ? undefined : negateNumber(displays, display)
    if (!negated) continue
    const shorter = displays.compare(negated, display) < 0
    if (!odd && shorter) {
      factors.delete(display)
      factors.set(negated, (factors.get(negated) ?? Rational.ZERO).add(exponent))
    } else if (odd && (!best || shorter)) best = { display, exponent, negated }
  }
  if (coefficient.sign > 0 || !best) return coefficient
  factors.delete(best.display)
  factors.set(best.negated, (factors.get(best.negated) ?? Rational.ZERO).add(best.exponent))
  return coefficient.negate()
}

/** The number up to its sign, as it is shorter to write: the argument of an even function. */
export function withoutSign(displays: Displays, display: Display): Display {
  const positive = display.kind === 'scaled' && display.coefficient.sign < 0 ? opposite(displays, display) : display
  const negated = negateNumber(displays, positive)
  return negated && displays.compare(negated, positive) < 0 ? negated : positive
}

/** A number times −1 where that is as short to write. */
function negateNumber(displays: Displays, display: Display, depth = 0): Display | undefined {
  if (depth > NEGATED_DEPTH) return undefined
  if (display.kind === 'sum') {
    const mixed = new Set(display.terms.map((term) => term.negative)).size > 1
    const turned = display.terms.map((term) => ({ ...term, negative: !term.negative }))
    return mixed ? sortedSum(displays, turned) : undefined
  }
  if (display.kind === 'binder' && (display.name === 'sum' || display.name === 'where')) {
    const body = negateNumber(displays, display.body, depth + 1)
    return body && displays.binder(display.name, display.labels, display.conditions, body)
  }
  if (display.kind !== 'scaled' || display.body) return undefined
  for (const [position, scalar] of display.scalars.entries()) {
    const negated = negateNumber(displays, scalar, depth + 1)
    if (!negated) continue
    const scalars = display.scalars.map((other, place) => (place === position ? negated : other))
    return displays.scaled(display.coefficient, scalars, display.denominators)
  }
  return undefined
}

/** Σ coefficient·number, nested sums spliced in, equal terms collected. */
export function addNumbers(displays: Displays, list: readonly Display[], coefficients: readonly Rational[]): Display {
  const collected = new Map<Display, Rational>()
  const gather = (display: Display, coefficient: Rational) => {
    const [own, rest] = splitCoefficient(displays, display)
    collected.set(rest, (collected.get(rest) ?? Rational.ZERO).add(own.multiply(coefficient)))
  }
  for (const [position, display] of list.entries()) {
    const coefficient = coefficients[position] ?? Rational.ONE
    const [own, rest] = splitCoefficient(displays, display)
    const whole = own.multiply(coefficient)
    const splice = rest.kind === 'sum' && whole.absolute().isOne && rest.terms.length <= SPLICED_TERMS
    if (!splice) gather(display, coefficient)
    else for (const term of rest.terms) gather(term.display, term.negative ? whole.negate() : whole)
  }
  const terms: { negative: boolean; display: Display }[] = []
  for (const [rest, coefficient] of collected) {
    if (coefficient.isZero) continue
    const factors = [{ display: rest, exponent: Rational.ONE }]
    const scaled = multiplyNumbers(displays, [
      { display: displays.scaled(coefficient, [], []), exponent: Rational.ONE },
      ...factors,
    ])
    const negative = scaled.kind === 'scaled' && scaled.coefficient.sign < 0
    terms.push({ negative, display: negative ? opposite(displays, scaled) : scaled })
  }
  const [only] = terms
  if (!only) return displays.number(0)
  if (terms.length === 1) return only.negative ? opposite(displays, only.display) : only.display
  if (!terms.every((term) => term.negative)) return sortedSum(displays, terms)
  const sum = sortedSum(
    displays,
    terms.map(({ display }) => ({ negative: false, display })),
  )
  return displays.scaled(Rational.MINUS_ONE, [sum], [])
}

function splitCoefficient(displays: Displays, display: Display): readonly [Rational, Display] {
  if (display.kind === 'number') return [display.value, displays.number(1)]
  if (display.kind !== 'scaled') return [Rational.ONE, display]
  return [display.coefficient, displays.scaled(Rational.ONE, display.scalars, display.denominators, display.body)]
}

function sortedSum(displays: Displays, terms: SumDisplay['terms']): Display {
  const isNumber = ({ display }: { display: Display }) => Number(display.kind === 'number')
  const sorted = [...terms].sort(
    (a, b) =>
      Number(a.negative) - Number(b.negative) || isNumber(a) - isNumber(b) || displays.compare(a.display, b.display),
  )
  return displays.sum('scalar', sorted)
}

function opposite(displays: Displays, display: Display): Display {
  if (display.kind !== 'scaled') return displays.scaled(Rational.MINUS_ONE, [display], [])
  const { coefficient, scalars, denominators, body } = display
  return displays.scaled(coefficient.negate(), scalars, denominators, body)
}
