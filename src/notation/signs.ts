/** Where the sign and the scalars of a term go before it is written. */
import { Rational } from '../tensor/rational.ts'
import type { Display } from './display.ts'
import type { Displays } from './displays.ts'
import type { MatrixFactor } from './matrix-form.ts'
import {
  bestNegation,
  bodyKey,
  freeSign,
  isEven,
  orient,
  type Powered,
  scalarTerm,
  type Term,
  termDisplay,
} from './term.ts'

/** −2*(x - y) is 2*(y - x). */
export function settleTerm(displays: Displays, term: Term): Term {
  const { coefficient, scalars, body } = term
  if (coefficient.sign >= 0) return term
  const parts: Powered[] = [...(body ? [{ item: body, exponent: Rational.ONE }] : []), ...scalars]
  const chosen = bestNegation(displays, parts)
  if (!chosen) return term
  const turned = parts.map((part, position) =>
    position === chosen.position ? { ...part, item: chosen.negated } : part,
  )
  const settled = { ...term, coefficient: coefficient.negate() }
  return body
    ? { ...settled, body: (turned[0] as Powered).item, scalars: turned.slice(1) }
    : { ...settled, scalars: turned }
}

/** The term up to its sign, in the writing that is cheaper: the argument of an even function. */
export function withoutSign(displays: Displays, term: Term): Term {
  const coefficient = term.coefficient.absolute()
  const { scalars, body } = term
  if (body) return { ...term, coefficient, body: freeSign(displays, body) }
  return {
    ...term,
    coefficient,
    scalars: scalars.map(({ item, exponent }) => ({
      item: isEven(exponent) ? item : freeSign(displays, item),
      exponent,
    })),
  }
}

/**
 * The signs of the factors of a product: equal factors in pairs take the cheaper sign, then a minus in front moves into a
 * sum of mixed signs under an odd power, never into one of two equal factors.
 */
export function settleSigns(
  displays: Displays,
  prefix: Term,
  given: readonly MatrixFactor[],
): { coefficient: Rational; scalars: readonly Powered[]; factors: readonly MatrixFactor[] } {
  let { coefficient } = prefix
  const odd = new Map<Display, number>()
  for (const { item, exponent } of [...given, ...prefix.scalars]) {
    if (!isEven(exponent) && exponent.isInteger) odd.set(bodyKey(item), (odd.get(bodyKey(item)) ?? 0) + 1)
  }
  const pair = <P extends Powered>(powered: P): P => {
    const free = !isEven(powered.exponent) && (odd.get(bodyKey(powered.item)) ?? 0) === 2
    return free ? { ...powered, item: freeSign(displays, powered.item) } : powered
  }
  let factors = given.map(pair)
  let scalars = prefix.scalars.map(pair)
  if (coefficient.sign < 0) {
    const chosen = bestNegation(displays, [...factors, ...scalars])
    if (chosen) {
      coefficient = coefficient.negate()
      const turn =
        (offset: number) =>
        <P extends Powered>(powered: P, position: number): P =>
          position + offset === chosen.position ? { ...powered, item: chosen.negated } : powered
      scalars = scalars.map(turn(factors.length))
      factors = factors.map(turn(0))
    }
  }
  return { coefficient, scalars, factors }
}

/** term^exponent as a scalar part, which may move, and a body. */
export function powerOf(displays: Displays, term: Term, exponent: Rational): { outside: Term; inside?: Powered } {
  const { coefficient, scalars, body, axes } = term
  const raised = (list: readonly Powered[]) =>
    list.map(({ item, exponent: own }) => ({ item, exponent: own.multiply(exponent) }))
  const plainly = exponent.isInteger && !(coefficient.isZero && exponent.sign < 0)
  const inside = body ? { inside: { item: body, exponent } } : {}
  if (plainly) {
    const power = Number(exponent.numerator)
    return { outside: scalarTerm(coefficient.power(power), raised(scalars)), ...inside }
  }
  // A root of a product is not the product of the roots, so only what stands alone is raised in place.
  const [only] = scalars
  if (coefficient.isOne && scalars.length === 0) return { outside: scalarTerm(Rational.ONE), ...inside }
  if (coefficient.isOne && scalars.length === 1 && only?.exponent.isOne && !body) {
    return { outside: scalarTerm(Rational.ONE, raised(scalars)) }
  }
  const plain = termDisplay(displays, term)
  if (axes.length === 0 || !body) {
    const display = body ? plain : termDisplay(displays, term, 'plain', false)
    return { outside: scalarTerm(Rational.ONE, [{ item: { plain: display, flipped: display }, exponent }]) }
  }
  const item = orient(displays, plain, termDisplay(displays, term, 'flipped'))
  return { outside: scalarTerm(Rational.ONE), inside: { item, exponent } }
}
