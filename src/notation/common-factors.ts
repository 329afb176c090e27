/**
 * Sums in matrix notation: terms that share a factor are written with the factor once (notation §5).
 *
 * Repeatedly the group of terms is taken whose common factor saves most tokens, its remainders are added by the same
 * rule, and the group becomes one term.
 */
import { Dimension } from '../tensor/dimension.ts'
import { greatestCommonDivisor, Rational } from '../tensor/rational.ts'
import type { Display } from './display.ts'
import { type Displays, TOKEN_LIMIT } from './displays.ts'
import { trace } from './scalar-forms.ts'
import { settleTerm } from './signs.ts'
import {
  chain,
  collectPowers,
  diagonalMatrix,
  elementwise,
  type Oriented,
  type Powered,
  scalarTerm,
  scaleTerm,
  sidesOf,
  sumOf,
  type Term,
  termDisplay,
  termTokens,
} from './term.ts'

/** Above this many terms only factors that all of them share are taken out, for the search is quadratic. */
const SEARCHED_TERMS = 64
/** Above this many terms nested sums stay nested. */
const SPLICED_TERMS = 12
/**
 * Groups that are tried in full, those of the greatest estimate first. What remains is grouped by the same rule, so in longer
 * sums the first is taken: of a derivative of (a+1)*…*(a+n) there are 2^n groups.
 */
const TRIED_GROUPS = (terms: number) => (terms <= 6 ? 6 : terms <= 10 ? 2 : 1)

interface Group {
  readonly members: readonly number[]
  readonly remainders: readonly Term[]
  /** The axes of the remainders. */
  readonly axes: readonly Dimension[]
  readonly estimate: number
  /** The sum of the remainders, with the common factor put back. */
  readonly restore: (inner: Term) => Term
}

/** Sums already found, by what is added: the search meets the same remainders again and again. */
const sums = new WeakMap<Displays, Map<string, Term>>()

/** The sum of terms over the same axes. Sums among the terms are spliced in where that is shorter. */
export function addTerms(displays: Displays, given: readonly Term[], axes: readonly Dimension[]): Term {
  const known = sums.get(displays) ?? new Map<string, Term>()
  sums.set(displays, known)
  const key = `${given.map(keyOf).join('+')}:${axes.map((axis) => axis.key).join(',')}`
  const sum = known.get(key) ?? addAnew(displays, given, axes)
  known.set(key, sum)
  return sum
}

function keyOf({ coefficient, scalars, body, axes }: Term): string {
  const factors = scalars.map(({ item, exponent }) => `${item.plain.id}^${exponent.key}`).join('*')
  return `${coefficient.key}*${factors}*${body ? `${body.plain.id}'${body.flipped.id}` : axes.length}`
}

function addAnew(displays: Displays, given: readonly Term[], axes: readonly Dimension[]): Term {
  const apart = addAsGiven(displays, given, axes)
  const spliced = given.flatMap(addendsOf)
  if (spliced.length === given.length || spliced.length > SPLICED_TERMS) return apart
  const tokens = termTokens(displays, apart)
  // What is too long to count is not taken apart: its parts are shared, and shared parts get names.
  if (tokens >= TOKEN_LIMIT) return apart
  const together = addAsGiven(displays, spliced, axes)
  return termTokens(displays, together) <= tokens ? together : apart
}

function addendsOf(term: Term): readonly Term[] {
  const { coefficient, scalars, body, axes } = term
  const [only] = scalars
  const sum = body
    ? scalars.length === 0
      ? body
      : undefined
    : scalars.length === 1 && only?.exponent.isOne
      ? only.item
      : undefined
  if (!sum?.addends) return [term]
  return sum.addends.map((addend) => ({ ...addend, axes, coefficient: addend.coefficient.multiply(coefficient) }))
}

function addAsGiven(displays: Displays, given: readonly Term[], axes: readonly Dimension[]): Term {
  const terms = collectEqual(
    displays,
    given.filter((term) => !term.coefficient.isZero),
  )
  if (terms.length === 0) return { ...scalarTerm(Rational.ZERO), axes }
  const content = contentOf(terms)
  const primitive = terms.map((term) => ({ ...term, coefficient: term.coefficient.divide(content) }))
  const outside = addGrouped(displays, primitive, axes)
  const scaled = { ...outside, coefficient: outside.coefficient.multiply(content) }
  if (content.isInteger || terms.length === 1) return settleTerm(displays, scaled)
  // Fractions may be shorter in place: 1.5*A + 2*B/3 before (9*A + 4*B)/6.
  const inside = addGrouped(displays, terms, axes)
  return settleTerm(displays, termTokens(displays, inside) < termTokens(displays, scaled) ? inside : scaled)
}

function addGrouped(displays: Displays, given: readonly Term[], axes: readonly Dimension[]): Term {
  let terms = given
  for (let better = bestGrouping(displays, terms, axes); better; better = bestGrouping(displays, terms, axes)) {
    // The rest of a group may cancel, as norm2(x - y) - norm2(y - x) does where it is written.
    terms = better.filter((term) => !term.coefficient.isZero)
  }
  const [only] = terms
  if (!only) return { ...scalarTerm(Rational.ZERO), axes }
  if (terms.length === 1) return only
  // Groups may have left another content.
  const content = contentOf(terms)
  const kept = content.isInteger ? content : content.sign < 0 ? Rational.MINUS_ONE : Rational.ONE
  const reduced = terms.map((term) => settleTerm(displays, { ...term, coefficient: term.coefficient.divide(kept) }))
  const body = sumOf(displays, reduced)
  if (axes.length === 0 || body.plain.type === 'scalar') {
    return { ...scalarTerm(kept, [{ item: body, exponent: Rational.ONE }]), axes }
  }
  return { coefficient: kept, scalars: [], body, axes }
}

/** Adds the coefficients of terms that are equal but for them. */
function collectEqual(displays: Displays, terms: readonly Term[]): Term[] {
  const byRest = new Map<Display | string, Term>()
  for (const term of terms) {
    const rest = termDisplay(displays, { ...term, coefficient: Rational.ONE }, 'plain', false)
    const known = byRest.get(rest)
    byRest.set(rest, known ? { ...term, coefficient: known.coefficient.add(term.coefficient) } : term)
  }
  return [...byRest.values()].filter((term) => !term.coefficient.isZero)
}

/** The terms with their best group made one term, or undefined if no group saves a token. */
function bestGrouping(displays: Displays, terms: readonly Term[], axes: readonly Dimension[]): Term[] | undefined {
  if (terms.length < 2) return undefined
  let groups = allGroups(displays, terms, axes)
  if (terms.length > SEARCHED_TERMS) groups = groups.filter((group) => group.members.length === terms.length)
  groups.sort((a, b) => b.estimate - a.estimate)
  let best: { group: Group; term: Term; saving: number } | undefined
  for (const group of groups.slice(0, TRIED_GROUPS(terms.length))) {
    const term = group.restore(addTerms(displays, group.remainders, group.axes))
    const apart = group.members.reduce((sum, member) => sum + termTokens(displays, terms[member] as Term) + 1, -1)
    // Where the count stands still, the common factor is what is saved.
    const saving = apart >= TOKEN_LIMIT ? group.estimate : apart - termTokens(displays, term)
    if (saving <= 0 || (best && saving <= best.saving)) continue
    best = { group, term, saving }
  }
  if (!best) return undefined
  const members = new Set(best.group.members)
  return [...terms.filter((_, position) => !members.has(position)), best.term]
}

function allGroups(displays: Displays, terms: readonly Term[], axes: readonly Dimension[]): Group[] {
  const found = new Map<string, { members: number[]; remainders: Term[]; common: Feature }>()
  for (const [position, term] of terms.entries()) {
    for (const feature of featuresOf(displays, term, axes)) {
      for (const key of feature.keys) {
        const known = found.get(key) ?? { members: [], remainders: [], common: feature }
        if (known.members.includes(position)) continue
        known.members.push(position)
        known.remainders.push(feature.remainder)
        found.set(key, known)
      }
    }
  }
  const groups = scalarGroups(terms, axes)
  for (const [key, { members, remainders, common }] of found) {
    if (members.length < 2) continue
    // Of unequal remainders only a factor of the whole sum is taken out: never Horner's form.
    if (key.endsWith('|any') && members.length < terms.length) continue
    const estimate = (members.length - 1) * (common.tokens + 1)
    groups.push({ members, remainders, axes: common.axes, estimate, restore: common.restore })
  }
  return groups
}

/** Terms with a scalar in common, and all that they have in common taken out at once. */
function scalarGroups(terms: readonly Term[], axes: readonly Dimension[]): Group[] {
  const scalars = terms.map((term) => collectPowers(term.scalars))
  const keys = scalars.map((powers) => new Set(powers.map(powerKey)))
  const membersOf = new Map<string, number[]>()
  for (const [position, own] of keys.entries()) {
    for (const key of own) {
      const members = membersOf.get(key)
      if (members) members.push(position)
      else membersOf.set(key, [position])
    }
  }
  const groups = new Map<string, Group>()
  for (const members of membersOf.values()) {
    const [first, ...others] = members as [number, ...number[]]
    if (others.length === 0 || groups.has(members.join())) continue
    const common = (scalars[first] as Powered[]).filter((scalar) =>
      others.every((member) => keys[member]?.has(powerKey(scalar))),
    )
    const items = new Set(common.map(({ item }) => item.plain))
    const remainders = members.map((member): Term => {
      const term = terms[member] as Term
      return { ...term, scalars: term.scalars.filter(({ item }) => !items.has(item.plain)) }
    })
    const tokens = common.reduce((sum, { item }) => sum + item.plain.tokens + 1, 0)
    groups.set(members.join(), {
      members,
      remainders,
      axes,
      estimate: (members.length - 1) * tokens,
      restore: (inner) => scaleTerm(inner, scalarTerm(Rational.ONE, common)),
    })
  }
  return [...groups.values()]
}

function powerKey({ item, exponent }: Powered): string {
  return `${item.plain.id}^${exponent.key}`
}

/** What a term may share with others beside its scalars. */
interface Feature {
  readonly keys: readonly string[]
  readonly tokens: number
  readonly remainder: Term
  readonly axes: readonly Dimension[]
  readonly restore: (inner: Term) => Term
}

function featuresOf(displays: Displays, term: Term, axes: readonly Dimension[]): Feature[] {
  const features: Feature[] = []
  const { coefficient, scalars, body } = term
  const magnitude = coefficient.absolute()
  if (!magnitude.isOne) {
    features.push({
      keys: [`k${magnitude.key}`],
      tokens: 1,
      remainder: { ...term, coefficient: coefficient.divide(magnitude) },
      axes,
      restore: (inner) => scaleTerm(inner, scalarTerm(magnitude)),
    })
  }
  features.push(...traceFeatures(displays, term, axes))
  if (!body) return features
  features.push({
    keys: [`b${body.plain.id}`],
    tokens: body.plain.tokens,
    remainder: scalarTerm(coefficient, scalars),
    axes: [],
    restore: (inner) => ({ ...inner, axes, body }),
  })
  const { diagonal } = body
  if (diagonal) {
    features.push({
      keys: ['diagonal'],
      tokens: 1,
      remainder: { coefficient, scalars, body: diagonal, axes: axes.slice(0, 1) },
      axes: axes.slice(0, 1),
      restore: (inner) => wrap(inner, axes, (vector) => diagonalMatrix(displays, vector)),
    })
  }
  features.push(...chainFeatures(displays, term, body, axes), ...elementFeatures(displays, term, body, axes))
  return features
}

/** tr(A*B) + tr(A*C) is tr(A*(B + C)): traces of products that begin or end alike are traces of one. */
function traceFeatures(displays: Displays, term: Term, axes: readonly Dimension[]): Feature[] {
  if (term.body) return []
  return term.scalars.flatMap((scalar) => {
    const { traced } = scalar.item
    if (!traced || !scalar.exponent.isOne) return []
    const { product, side } = traced
    const items = product.chain ?? []
    const ends = [items[0], items.at(-1)].flatMap((item) => (item ? [item] : []))
    const scalars = term.scalars.filter((other) => other !== scalar)
    const square = [side, side]
    return ends.map((item, at): Feature => {
      const key = `t${at}|${item.plain.id}|${side.key}`
      const remainder: Term = { coefficient: term.coefficient, scalars, body: product, axes: square }
      const restore = (inner: Term): Term => {
        if (!inner.body) return { ...inner, scalars: [...inner.scalars, sizeOf(displays, side)], axes }
        const { body, ...number } = inner
        const whole = { item: trace(displays, [body], square.slice(1)), exponent: Rational.ONE }
        return { ...number, scalars: [...number.scalars, whole], axes }
      }
      return { keys: [key], tokens: item.plain.tokens, remainder, axes: square, restore }
    })
  })
}

/** tr(eye(n)). */
function sizeOf(displays: Displays, side: Dimension): Powered {
  const display = displays.size(side)
  return { item: { plain: display, flipped: display }, exponent: Rational.ONE }
}

/** The first and the last item of a product. */
function chainFeatures(displays: Displays, term: Term, body: Oriented, axes: readonly Dimension[]): Feature[] {
  const items = body.chain ?? [body]
  const features: Feature[] = []
  for (const side of ['left', 'right'] as const) {
    const item = (side === 'left' ? items[0] : items.at(-1)) as Oriented
    const others = side === 'left' ? items.slice(1) : items.slice(0, -1)
    // What is left of x in A*x + x is the unit matrix; its dimension is the sum's where the axes tell.
    const column = axes.length === 1 && side === 'right' && item.plain.type === 'column'
    const square = axes.length === 2 && axes[0]?.key === axes[1]?.key && item.plain.type === 'matrix'
    const unit = (column || square) && item.plain.kind !== 'literal' && isKnown(axes[0]) ? axes[0] : undefined
    const inner = innerAxes(item, side, axes)
    if (others.length === 0 && !unit) continue
    const remainder = others.length > 0 ? chain(displays, others) : unitMatrix(displays, unit as Dimension)
    const place = side === 'left' ? 'l' : 'r'
    const keys = [`${place}${item.plain.id}|any`, `${place}${item.plain.id}|${others.length}`]
    const common = { keys, tokens: item.plain.tokens }
    if (remainder.plain.type === 'scalar') {
      // Beside x', v'*A*u*x' leaves a number.
      const number = { item: remainder, exponent: Rational.ONE }
      features.push({
        ...common,
        remainder: scalarTerm(term.coefficient, collectPowers([...term.scalars, number])),
        axes: [],
        restore: (inner) => ({ ...inner, axes, body: item }),
      })
      continue
    }
    features.push({
      ...common,
      remainder: { ...term, body: remainder, axes: inner },
      axes: inner,
      restore: (sum) => wrap(sum, axes, (rest) => chain(displays, side === 'left' ? [item, rest] : [rest, item])),
    })
  }
  return features
}

/** A dimension that is not known: no unit matrix is of it. */
const UNKNOWN = { left: Dimension.symbol('?left'), right: Dimension.symbol('?right') }

function isKnown(dimension: Dimension | undefined): boolean {
  return dimension !== UNKNOWN.left && dimension !== UNKNOWN.right
}

/** The axes of what is left of a product without its first or last item. */
function innerAxes(item: Oriented, side: 'left' | 'right', axes: readonly Dimension[]): readonly Dimension[] {
  if (item.plain.type !== 'matrix') return axes
  const [rows, columns] = sidesOf(item) ?? []
  const inner = (side === 'left' ? columns : rows) ?? UNKNOWN[side]
  return side === 'left' ? [inner, ...axes.slice(1)] : [...axes.slice(0, -1), inner]
}

function unitMatrix(displays: Displays, dimension: Dimension): Oriented {
  const display = displays.literal('eye', [dimension])
  return { plain: display, flipped: display }
}

function elementFeatures(displays: Displays, term: Term, body: Oriented, axes: readonly Dimension[]): Feature[] {
  const elements = body.elements ?? [{ item: body, exponent: Rational.ONE }]
  // Beside the only element stands ones(m,n).
  if (elements.length === 1 && !axes.every(isKnown)) return []
  return elements.map((element) => {
    const others = elements.filter((other) => other !== element)
    const { body: _, ...bare } = term
    return {
      keys: [`e${element.item.plain.id}^${element.exponent.key}`],
      tokens: element.item.plain.tokens,
      remainder: others.length === 0 ? bare : { ...term, body: elementwise(displays, others) },
      axes,
      restore: (inner: Term) => {
        if (inner.body) return wrap(inner, axes, (rest) => multiplyElements(displays, rest, element))
        return { ...inner, axes, body: elementwise(displays, [element]) }
      },
    }
  })
}

function multiplyElements(displays: Displays, rest: Oriented, element: Powered): Oriented {
  return elementwise(displays, [...(rest.elements ?? [{ item: rest, exponent: Rational.ONE }]), element])
}

/** The inner sum's scalars stay in front, its body is wrapped. */
function wrap(inner: Term, axes: readonly Dimension[], around: (body: Oriented) => Oriented): Term {
  return inner.body ? { ...inner, body: around(inner.body), axes } : { ...inner, axes }
}

/** The greatest number of which the coefficients are whole multiples, negative if all of them are. */
function contentOf(terms: readonly Term[]): Rational {
  const sign = terms.every((term) => term.coefficient.sign < 0) ? -1n : 1n
  let numerator = 0n
  let denominator = 1n
  for (const { coefficient } of terms) {
    numerator = greatestCommonDivisor(numerator, coefficient.absolute().numerator)
    denominator *= coefficient.denominator / greatestCommonDivisor(denominator, coefficient.denominator)
  }
  return Rational.of(sign * numerator, denominator)
}
