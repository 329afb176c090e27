/**
 * Where the sign of a term goes before it is written.
 *
 * The sign of a sum of mixed signs is free under an even power and where another sum can take the minus. The choice is made
 * on what is written, never on how the expression came to be, so that a text read back prints the same.
 */
import { Rational } from '../tensor/rational.ts'
import type { Display } from './display.ts'
import type { Displays } from './displays.ts'
import type { MatrixFactor } from './matrix-form.ts'
import {
  bodyKey,
  chain,
  elementwise,
  isEven,
  type Oriented,
  orient,
  type Powered,
  scalarTerm,
  sumOf,
  type Term,
  termDisplay,
} from './term.ts'

/** How many products deep a sum may lie that takes a minus. Answers are kept, so that the search hardly goes so deep. */
const NEGATED_DEPTH = 40
/** A node with more scalar factors keeps them, or lists of them would grow from node to node. */
const MOVED_SCALARS = 8
/** In longer sums the signs of the terms' own factors stay as they are. */
const SETTLED_ADDENDS = 64

/** −2*(x - y) is 2*(y - x). */
export function settleTerm(displays: Displays, term: Term, depth = 0): Term {
  const { body } = term
  const parts: Powered[] = [...(body ? [{ item: body, exponent: Rational.ONE }] : []), ...term.scalars]
  const { coefficient, powers } = settlePowers(displays, term.coefficient, parts, depth)
  const [first, ...others] = powers
  if (!body || !first) return { ...term, coefficient, scalars: powers }
  return { ...term, coefficient, body: first.item, scalars: others }
}

/** The term up to its sign, in the writing that is cheaper: the argument of an even function. */
export function withoutSign(displays: Displays, term: Term): Term {
  const settled = settleTerm(displays, { ...term, coefficient: Rational.MINUS_ONE })
  const plain = { ...term, coefficient: term.coefficient.absolute() }
  if (settled.coefficient.sign < 0) return plain
  const turned = { ...settled, coefficient: plain.coefficient }
  const cheaper = displays.compare(termDisplay(displays, turned), termDisplay(displays, plain)) < 0
  return cheaper ? turned : plain
}

/** Signs of the factors of a contraction. */
export function settleSigns(
  displays: Displays,
  prefix: Term,
  factors: readonly MatrixFactor[],
): { coefficient: Rational; scalars: readonly Powered[]; factors: readonly MatrixFactor[] } {
  const { coefficient, powers } = settlePowers(displays, prefix.coefficient, [...factors, ...prefix.scalars])
  return {
    coefficient,
    factors: factors.map((factor, position) => ({ ...factor, item: (powers[position] as Powered).item })),
    scalars: powers.slice(factors.length),
  }
}

/**
 * Every factor under an even power, or twice in the product, takes its cheaper sign. So do the others, as far as the
 * minus they leave can be taken by one of them: best the one that loses least.
 */
function settlePowers(
  displays: Displays,
  given: Rational,
  powers: readonly Powered[],
  depth = 0,
): { coefficient: Rational; powers: Powered[] } {
  const copies = new Map<Display, number>()
  for (const { item, exponent } of powers) {
    if (!isEven(exponent)) copies.set(bodyKey(item), (copies.get(bodyKey(item)) ?? 0) + 1)
  }
  let coefficient = given
  const settled: Powered[] = []
  let spare: { position: number; item: Oriented } | undefined
  for (const [position, powered] of powers.entries()) {
    const { item, exponent } = powered
    const count = copies.get(bodyKey(item)) ?? 0
    const movable = exponent.isInteger && (isEven(exponent) || count <= 2)
    const negated = movable ? negate(displays, item, depth) : undefined
    if (!negated) {
      settled.push(powered)
      continue
    }
    const turn = displays.compare(negated.plain, item.plain) < 0
    settled.push(turn ? { ...powered, item: negated } : powered)
    if (isEven(exponent) || count === 2) continue
    if (turn) coefficient = coefficient.negate()
    const other = turn ? item : negated
    if (!spare || displays.compare(other.plain, spare.item.plain) < 0) spare = { position, item: other }
  }
  if (coefficient.sign < 0 && spare) {
    settled[spare.position] = { ...(settled[spare.position] as Powered), item: spare.item }
    coefficient = coefficient.negate()
  }
  return { coefficient, powers: settled }
}

/** What `negate` found, by what is written. */
const negations = new WeakMap<Display, { readonly negated: Oriented | undefined }>()

/**
 * The body times −1 where that is as short to write: a sum of mixed signs, an odd function of one, or a product in which one
 * can take it.
 */
function negate(displays: Displays, body: Oriented, depth: number): Oriented | undefined {
  if (!body.addends && !body.chain && !body.elements && !body.linear && !body.odd) return undefined
  const known = negations.get(body.plain)
  if (known) return known.negated
  const negated = negateParts(displays, body, depth)
  negations.set(body.plain, { negated })
  return negated
}

function negateParts(displays: Displays, body: Oriented, depth: number): Oriented | undefined {
  const { addends, chain: items, elements, linear, odd } = body
  if (addends) {
    const turned = addends.map((term) => {
      const opposite = { ...term, coefficient: term.coefficient.negate() }
      const deep = depth < NEGATED_DEPTH && addends.length <= SETTLED_ADDENDS
      return deep ? settleTerm(displays, opposite, depth + 1) : opposite
    })
    return turned.some((term) => term.coefficient.sign > 0) ? sumOf(displays, turned) : undefined
  }
  if (depth >= NEGATED_DEPTH) return undefined
  for (const { of, apply } of linear ?? []) {
    const inner = negate(displays, of, depth + 1)
    if (inner) return apply(inner)
  }
  if (odd) {
    const argument = settleTerm(displays, { ...odd.of, coefficient: odd.of.coefficient.negate() }, depth + 1)
    return argument.coefficient.sign > 0 ? odd.apply(argument) : undefined
  }
  const factors = elements ?? items?.map((item) => ({ item, exponent: Rational.ONE }))
  if (!factors) return undefined
  const { coefficient, powers } = settlePowers(displays, Rational.MINUS_ONE, factors, depth + 1)
  if (coefficient.sign < 0) return undefined
  if (elements) return elementwise(displays, powers)
  return chain(
    displays,
    powers.map(({ item }) => item),
  )
}

/** term^exponent as a scalar part, which may move, and a body. */
export function powerOf(displays: Displays, term: Term, exponent: Rational): { outside: Term; inside?: Powered } {
  const { coefficient, scalars, body, axes } = term
  const raised = (list: readonly Powered[]) =>
    list.map(({ item, exponent: own }) => ({ item, exponent: own.multiply(exponent) }))
  const plainly = exponent.isInteger && !(coefficient.isZero && exponent.sign < 0) && scalars.length <= MOVED_SCALARS
  const inside = body ? { inside: { item: body, exponent } } : {}
  if (plainly) {
    const power = Number(exponent.numerator)
    return { outside: scalarTerm(coefficient.power(power), raised(scalars)), ...inside }
  }
  // A root of a product is not the product of the roots, so only what stands alone is raised in place.
  const [only] = scalars
  if (coefficient.isOne && scalars.length === 0) return { outside: scalarTerm(Rational.ONE), ...inside }
  if (coefficient.isOne && scalars.length === 1 && (only?.exponent.isOne || only?.item.norm) && !body) {
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
