/**
 * Terms: coefficient · scalars · body, the shape in which nodes meet while matrix notation is sought.
 *
 * Every body is kept in both orientations, so that a transpose is never an operation: a product of reversed items is
 * ready when a chain turns round, and the cheaper writing is chosen where one is shown.
 */
import type { Dimension } from '../tensor/dimension.ts'
import { Rational } from '../tensor/rational.ts'
import type { Display, DisplayType } from './display.ts'
import { type Displays, MATRIX_POWER } from './displays.ts'

/** A matrix and its transpose, a column and its row, or twice the same scalar. */
export interface Oriented {
  readonly plain: Display
  readonly flipped: Display
  /** The items, if this is a matrix product of several. */
  readonly chain?: readonly Oriented[]
  /** The factors, if this is an elementwise product or power. */
  readonly elements?: readonly Powered[]
  /** The terms, if this is a sum. */
  readonly addends?: readonly Term[]
  /** The vector v, if this is diag(v). */
  readonly diagonal?: Oriented
  /** If this is linear in a part of it (diag(v), sum(v), vec(M)): that part, and how to write this for another one. */
  readonly linear?: readonly LinearPart[]
  /** If this is a trace: the matrix of which, and its dimension. */
  readonly traced?: { readonly product: Oriented; readonly side: Dimension }
  /** If this is an odd function: its argument, and how to write it of another one. */
  readonly odd?: OddFunction
  /** norm2(u), if this scalar is u'*u. */
  readonly squareOf?: Display
  /** Whether this is a norm, so that roots of its powers are powers of it. */
  readonly norm?: boolean
  /** The position counted from 1, if this is the unit vector that selects it. */
  readonly selects?: number
}

/** The dimensions of displays of nodes, where several sizes meet in a product. */
const sides = new WeakMap<Display, readonly Dimension[]>()

export function noteSides({ plain, flipped }: Oriented, axes: readonly Dimension[]): void {
  sides.set(plain, axes)
  if (flipped !== plain) sides.set(flipped, [...axes].reverse())
}

/** The rows and columns of a matrix, the length of a vector; undefined where they are not known. */
export function sidesOf({ plain, diagonal }: Oriented): readonly Dimension[] | undefined {
  if (plain.kind === 'literal' && plain.name === 'eye') return [...plain.sizes, ...plain.sizes]
  const [length] = diagonal ? (sidesOf(diagonal) ?? []) : []
  return length ? [length, length] : sides.get(plain)
}

export interface LinearPart {
  readonly of: Oriented
  readonly apply: (part: Oriented) => Oriented
}

export interface OddFunction {
  readonly of: Term
  readonly apply: (argument: Term) => Oriented
}

/** item^exponent, elementwise. */
export interface Powered {
  readonly item: Oriented
  readonly exponent: Rational
}

/** coefficient · Π scalars · body. Without a body it is a number (no axes) or broadcast over its axes. */
export interface Term {
  readonly coefficient: Rational
  readonly scalars: readonly Powered[]
  readonly body?: Oriented
  readonly axes: readonly Dimension[]
}

/** Longer products within products stay in brackets, or a long chain of nodes would be copied at each of its links. */
export const SPLICED_FACTORS = 32

export function flip(oriented: Oriented): Oriented {
  const { plain, flipped, chain, elements, addends, diagonal, linear, odd, selects } = oriented
  if (plain === flipped) return oriented
  const result: Oriented = {
    plain: flipped,
    flipped: plain,
    ...(diagonal ? { diagonal } : {}),
    ...(selects === undefined ? {} : { selects }),
  }
  // Parts are flipped when they are looked at: a network of 10^4 layers is a nest as deep.
  if (chain) later(result, 'chain', () => chain.map(flip).reverse())
  if (elements) later(result, 'elements', () => elements.map(({ item, exponent }) => ({ item: flip(item), exponent })))
  if (addends) later(result, 'addends', () => addends.map(flipTerm))
  if (odd) later(result, 'odd', () => ({ of: odd.of, apply: (argument) => flip(odd.apply(argument)) }))
  if (linear) {
    later(result, 'linear', () => linear.map(({ of, apply }) => ({ of, apply: (part: Oriented) => flip(apply(part)) })))
  }
  return result
}

/** Gives an object a property that is made when it is first read. */
function later<T extends object, K extends keyof T & string>(target: T, key: K, make: () => T[K]): void {
  Object.defineProperty(target, key, {
    enumerable: true,
    configurable: true,
    get: () => {
      const value = make()
      Object.defineProperty(target, key, { enumerable: true, value })
      return value
    },
  })
}

function flipTerm(term: Term): Term {
  return { ...term, axes: [...term.axes].reverse(), ...(term.body ? { body: flip(term.body) } : {}) }
}

/** A tree that has no shorter transpose than `tree'`. */
export function leaf(displays: Displays, plain: Display): Oriented {
  return { plain, flipped: displays.transpose(plain) }
}

/** The matrix product; columns and rows are items as they stand. At least one item. */
export function chain(displays: Displays, items: readonly Oriented[]): Oriented {
  const [first] = items
  if (items.length === 1 && first) return first
  const flat = mergeDiagonals(
    displays,
    items.flatMap((item) => (item.chain && item.chain.length <= SPLICED_FACTORS ? item.chain : [item])),
  )
  const [single] = flat
  if (flat.length === 1 && single) return single
  const plain = displays.chain(flat.map((item) => item.plain))
  const flipped = displays.chain(flat.map((item) => item.flipped).reverse())
  if (plain.type === 'scalar') {
    const best = displays.cheaper(plain, flipped)
    return { plain: best, flipped: best, chain: best === plain ? flat : flat.map(flip).reverse() }
  }
  if (plain.type !== 'matrix') return { plain, flipped, chain: flat }
  return {
    plain: transposedWhole(displays, plain, flipped),
    flipped: transposedWhole(displays, flipped, plain),
    chain: flat,
  }
}

/** diag(u)*diag(v) is diag(u.*v). */
function mergeDiagonals(displays: Displays, items: readonly Oriented[]): Oriented[] {
  const merged: Oriented[] = []
  for (const item of items) {
    const before = merged.at(-1)?.diagonal
    if (!before || !item.diagonal) merged.push(item)
    else merged[merged.length - 1] = diagonalMatrix(displays, multiplyElements(displays, before, item.diagonal))
  }
  return merged
}

export function diagonalMatrix(displays: Displays, vector: Oriented): Oriented {
  const display = displays.call('diag', 'matrix', [eitherWay(vector.plain)])
  const linear = [{ of: vector, apply: (part: Oriented) => diagonalMatrix(displays, part) }]
  return { plain: display, flipped: display, diagonal: vector, linear }
}

export function multiplyElements(displays: Displays, a: Oriented, b: Oriented): Oriented {
  const elementsOf = (item: Oriented) => item.elements ?? [{ item, exponent: Rational.ONE }]
  return elementwise(displays, [...elementsOf(a), ...elementsOf(b)])
}

/** A scalar or a column that is a linear function of one argument: sum(v), diag(M), vec(M). */
export function linearCall(displays: Displays, name: string, type: 'scalar' | 'column', argument: Oriented): Oriented {
  const plain = displays.call(name, type, [eitherWay(argument.plain)])
  const linear = [{ of: argument, apply: (part: Oriented) => linearCall(displays, name, type, part) }]
  return { plain, flipped: displays.transpose(plain), linear }
}

/** The argument of a function that takes columns and rows alike: a row as it stands. */
export function eitherWay(display: Display): Display {
  return display.kind === 'transpose' && display.type === 'column' ? display.operand : display
}

/** B'*A' is written (A*B)', A'*A' is (A^2)'; where an item needs no transpose, the product stays as it is: A'*B, B'*X*A'. */
function transposedWhole(displays: Displays, written: Display, turned: Display): Display {
  const power = turned.kind === 'call' && turned.name === MATRIX_POWER ? 1 : 0
  return turned.transposes === 0 && turned.tokens + 1 < written.tokens + power ? displays.transpose(turned) : written
}

/** The elementwise product of columns, or of matrices of one orientation. At least one item. */
export function elementwise(displays: Displays, items: readonly Powered[]): Oriented {
  const collected = collectPowers(items)
  const [only] = collected
  if (!only) return leaf(displays, displays.number(1))
  if (collected.length === 1 && only.exponent.isOne) return only.item
  const write = (side: 'plain' | 'flipped'): Display => {
    const type = only.item[side].type
    const numerators: Display[] = []
    const denominators: Display[] = []
    for (const { item, exponent } of collected) {
      if (exponent.sign > 0) numerators.push(displays.power(item[side], exponent))
      else denominators.push(displays.power(item[side], exponent.negate()))
    }
    // The outer product stands first: (u*v').*A.
    const isOuter = (d: Display) => Number(d.kind === 'chain' && d.type === 'matrix' && d.items[0]?.type === 'column')
    const order = (a: Display, b: Display) => isOuter(b) - isOuter(a) || displays.compare(a, b)
    return displays.elementwise(type, numerators.sort(order), denominators.sort(order))
  }
  return orient(displays, write('plain'), write('flipped'), { elements: collected })
}

/** Two writings of one body, each allowed to be the transpose of the other where that is cheaper. */
export function orient(displays: Displays, plain: Display, flipped: Display, more: Partial<Oriented> = {}): Oriented {
  return {
    ...more,
    plain: displays.cheaper(displays.transpose(flipped), plain),
    flipped: displays.cheaper(displays.transpose(plain), flipped),
  }
}

/** Adds the exponents of equal items; items whose exponent becomes 0 are dropped. */
export function collectPowers(items: readonly Powered[]): Powered[] {
  const byPlain = new Map<Display, Powered>()
  for (const { item, exponent } of items) {
    const known = byPlain.get(item.plain)
    byPlain.set(item.plain, { item, exponent: known ? known.exponent.add(exponent) : exponent })
  }
  return [...byPlain.values()].filter(({ exponent }) => !exponent.isZero)
}

export function isEven(exponent: Rational): boolean {
  return exponent.isInteger && exponent.numerator % 2n === 0n
}

/** One tree for a body in both orientations. */
export function bodyKey({ plain, flipped }: Oriented): Display {
  return plain.id < flipped.id ? plain : flipped
}

/** The sum of terms as it is written, in both orientations: positive terms first, eye and ones last. */
export function sumOf(displays: Displays, given: readonly Term[]): Oriented {
  // Beside vectors and matrices a vector of ones is the number 1.
  const shaped = given.some(({ body }) => body && !isOnes(body.plain))
  const terms = given.map((term): Term => {
    const { body, ...broadcast } = term
    return shaped && body && isOnes(body.plain) ? broadcast : term
  })
  const write = (side: 'plain' | 'flipped'): Display => {
    const signed = terms.map((term) => {
      const coefficient = term.coefficient.absolute()
      const display = termDisplay(displays, { ...term, coefficient }, side, false)
      return { negative: term.coefficient.sign < 0, display, last: isUnit(term) }
    })
    signed.sort(
      (a, b) =>
        Number(a.negative) - Number(b.negative) ||
        Number(a.last) - Number(b.last) ||
        displays.compare(a.display, b.display),
    )
    const type = signed.find(({ display }) => display.type !== 'scalar')?.display.type ?? 'scalar'
    return displays.sum(
      type,
      signed.map(({ negative, display }) => ({ negative, display })),
    )
  }
  return orient(displays, write('plain'), write('flipped'), { addends: terms })
}

function isOnes(display: Display): boolean {
  const upright = display.kind === 'transpose' ? display.operand : display
  return upright.kind === 'literal' && upright.name === 'ones'
}

function isUnit({ body, scalars }: Term): boolean {
  return body ? body.plain.kind === 'literal' : scalars.length === 0
}

export function scalarTerm(coefficient: Rational, scalars: readonly Powered[] = []): Term {
  return { coefficient, scalars, axes: [] }
}

/** The product with a scalar term. */
export function scaleTerm(term: Term, by: Term): Term {
  return {
    ...term,
    coefficient: term.coefficient.multiply(by.coefficient),
    scalars: collectPowers([...term.scalars, ...by.scalars]),
  }
}

/** A term as a tree. `alone`: a broadcast is written out as ones(m,n), not left to its neighbours in a sum. */
export function termDisplay(
  displays: Displays,
  term: Term,
  side: 'plain' | 'flipped' = 'plain',
  alone = true,
): Display {
  const { coefficient, body, axes } = term
  const sizes = side === 'plain' ? axes : [...axes].reverse()
  if (coefficient.isZero) {
    if (axes.length === 0 || !alone) return displays.number(0)
    return turned(displays, displays.literal('zeros', sizes), axes, side)
  }
  const { numerators, denominators } = scalarFactors(displays, term)
  const order = (a: Display, b: Display) => displays.compare(a, b)
  numerators.sort(order)
  denominators.sort(order)
  const shown = body
    ? body[side]
    : alone && axes.length > 0
      ? turned(displays, displays.literal('ones', sizes), axes, side)
      : undefined
  return displays.scaled(coefficient, numerators, denominators, shown)
}

/** The tokens of a term's tree without its sign, a broadcast left to its neighbours. */
export function termTokens(displays: Displays, term: Term): number {
  if (term.coefficient.isZero) return 1
  const { numerators, denominators } = scalarFactors(displays, term)
  return displays.scaledTokens(term.coefficient.absolute(), numerators, denominators, term.body?.plain)
}

function scalarFactors(displays: Displays, term: Term): { numerators: Display[]; denominators: Display[] } {
  const numerators: Display[] = []
  const denominators: Display[] = []
  for (const { item, exponent } of collectNorms(term.scalars)) {
    if (exponent.sign > 0) numerators.push(displays.power(item.plain, exponent))
    else denominators.push(displays.power(item.plain, exponent.negate()))
  }
  return { numerators, denominators }
}

function turned(displays: Displays, display: Display, axes: readonly Dimension[], side: 'plain' | 'flipped'): Display {
  return axes.length === 1 && side === 'flipped' ? displays.transpose(display) : display
}

/** x'*x is written norm2(x)^2 under an odd half power, and beside powers of norm2(x), with which it is collected. */
function collectNorms(scalars: readonly Powered[]): Powered[] {
  const collected = collectPowers(scalars)
  const present = new Set(collected.map(({ item }) => item.plain))
  const asNorms = collected.map((powered): Powered => {
    const { item, exponent } = powered
    const norm = item.squareOf
    if (!norm || (exponent.isInteger && !present.has(norm))) return powered
    return { item: { plain: norm, flipped: norm, norm: true }, exponent: exponent.add(exponent) }
  })
  return asNorms.some((powered, position) => powered !== collected[position]) ? collectPowers(asNorms) : collected
}

/** The type of a tree over these axes, upright. */
export function uprightType(order: number): DisplayType {
  return order === 0 ? 'scalar' : order === 1 ? 'column' : order === 2 ? 'matrix' : 'tensor'
}
