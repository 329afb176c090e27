/** Scalars that a product sums to: dots, squares, sums of entries, traces, each in its cheapest writing. */
import type { Dimension } from '../tensor/dimension.ts'
import { Rational } from '../tensor/rational.ts'
import type { Display } from './display.ts'
import type { Displays } from './displays.ts'
import { withoutSign } from './signs.ts'
import {
  chain,
  collectPowers,
  eitherWay,
  elementwise,
  flip,
  isEven,
  linearCall,
  type Oriented,
  type Powered,
  scalarTerm,
  type Term,
} from './term.ts'
import { triangleOf } from './triangles.ts'

/** Of longer products the ways to split them are not compared. */
const COMPARED_FACTORS = 32

/** Σ of the elementwise product of vectors: u'*u, a'*b, x'*(y.*z), or sum(v) where no product is left to write. */
export function dot(displays: Displays, marks: readonly Powered[]): Term {
  const items = collectPowers(marks)
  const [first, second] = items
  if (first && items.length === 1 && first.exponent.equals(Rational.TWO)) return square(displays, first.item)
  if (items.every(({ exponent }) => isEven(exponent))) return square(displays, elementwise(displays, halved(items)))
  if (first && items.length === 2 && second && first.exponent.isOne && second.exponent.isOne) {
    return cheaperDot(displays, first.item, second.item)
  }
  let best: Term | undefined
  for (const candidate of items) {
    const left = candidate.exponent.isOne || candidate.exponent.equals(Rational.TWO)
    if (!left || items.length === 1 || items.length > COMPARED_FACTORS) continue
    const remaining = candidate.exponent.subtract(Rational.ONE)
    const others = items.flatMap((item) =>
      item !== candidate ? [item] : remaining.isZero ? [] : [{ item: item.item, exponent: remaining }],
    )
    if (!others.some(({ exponent }) => exponent.sign > 0)) continue
    const product = cheaperDot(displays, candidate.item, elementwise(displays, others))
    if (!best || displays.compare(scalarOf(product), scalarOf(best)) < 0) best = product
  }
  if (best) return best
  const item = linearCall(displays, 'sum', 'scalar', elementwise(displays, items))
  return scalarTerm(Rational.ONE, [{ item, exponent: Rational.ONE }])
}

function scalarOf(term: Term) {
  return (term.scalars[0] as Powered).item.plain
}

function cheaperDot(displays: Displays, a: Oriented, b: Oriented): Term {
  const one = chain(displays, [flip(a), b])
  const other = chain(displays, [flip(b), a])
  const item = displays.cheaper(one.plain, other.plain) === one.plain ? one : other
  return scalarTerm(Rational.ONE, [{ item, exponent: Rational.ONE }])
}

/** Σu²: u'*u for a vector with a name, norm2(u)^2 for anything longer and for matrices. */
function square(displays: Displays, given: Oriented): Term {
  const u = withoutSign(displays, { ...scalarTerm(Rational.ONE), body: given }).body as Oriented
  const shorter = u.plain.type === 'matrix' ? displays.cheaper(u.plain, u.flipped) : eitherWay(u.plain)
  const norm = displays.call('norm2', 'scalar', [shorter])
  if (u.plain.type === 'matrix' || shorter.tokens > 1) {
    return scalarTerm(Rational.ONE, [{ item: { plain: norm, flipped: norm, norm: true }, exponent: Rational.TWO }])
  }
  const display = displays.chain([u.flipped, u.plain])
  const item: Oriented = { plain: display, flipped: display, squareOf: norm }
  return scalarTerm(Rational.ONE, [{ item, exponent: Rational.ONE }])
}

/** A triangle of ones is its own square. */
function isSquare({ item, exponent }: Powered): boolean {
  return isEven(exponent) || triangleOf(item.plain) !== undefined
}

function halved(items: readonly Powered[]): Powered[] {
  return items.map(({ item, exponent }) => ({
    item,
    exponent: triangleOf(item.plain) ? exponent : exponent.multiply(Rational.HALF),
  }))
}

export function sumOfEntries(displays: Displays, items: readonly Powered[]): Term {
  const isAlone = items.every(({ item }) => triangleOf(item.plain))
  if (items.every(isSquare) && !isAlone) return square(displays, elementwise(displays, halved(items)))
  const matrix = elementwise(displays, items)
  const shorter = displays.cheaper(matrix.plain, matrix.flipped) === matrix.plain ? matrix : flip(matrix)
  return scalarTerm(Rational.ONE, [{ item: linearCall(displays, 'sum', 'scalar', shorter), exponent: Rational.ONE }])
}

/**
 * The cheapest of all rotations of a trace, in both directions. `sides`: the dimensions of the product as given, and of it turned
 * by its first item, where it is one of two.
 */
export function trace(displays: Displays, items: readonly Oriented[], sides: readonly Dimension[]): Oriented {
  const flat = items.flatMap((item) => item.chain ?? [item])
  const rotations = [flat, flat.map(flip).reverse()].flatMap((direction) =>
    direction.map((_, start) => ({ start, items: [...direction.slice(start), ...direction.slice(0, start)] })),
  )
  let best: { start: number; items: readonly Oriented[]; plain: Display } | undefined
  for (const { start, items: rotation } of rotations) {
    const plain = displays.chain(rotation.map((item) => item.plain))
    if (!best || displays.compare(plain, best.plain) < 0) best = { start, items: rotation, plain }
  }
  if (!best) throw new RangeError('a trace has a matrix')
  // The product as it stands: the trace of (A*B)' is written tr(A*B).
  const product = { ...chain(displays, best.items), plain: best.plain }
  const side = best.start === 0 || flat.length === sides.length ? sides[best.start] : undefined
  return { ...linearCall(displays, 'tr', 'scalar', product), ...(side && { traced: { product, side } }) }
}
