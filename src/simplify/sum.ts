/**
 * The canonical form of a sum: nested sums spliced in, equal terms collected, one orientation stored, and content and sign
 * taken out, so that R, −R, 2R and R' are one node.
 */
import type { Dimension } from '../tensor/dimension.ts'
import { identity, permutations } from '../tensor/graph.ts'
import type { Label, Node, Summand } from '../tensor/node.ts'
import { greatestCommonDivisor, Rational } from '../tensor/rational.ts'
import { joinChoices } from './choices.ts'
import { joinComplements } from './complements.ts'
import { type Context, isOne, type Scaled, scaled } from './context.ts'
import { product } from './product.ts'
import { isSymmetric, ordered, symmetriesOf } from './symmetry.ts'

/** Orders up to which all orientations are compared. */
const ORIENTATION_LIMIT = 4
/** Beyond it, the terms that are tried as the one that orders the axes. */
const LEADING_LIMIT = 24

/** The canonical form of Σ coefficient · node[labels], where nodes are simplified. */
export function sum(context: Context, axes: readonly Dimension[], terms: readonly Summand[]): Scaled {
  let collected = collect(context, terms)
  for (let joined = join(context, axes, collected); joined; joined = join(context, axes, collected)) {
    collected = collect(context, joined)
  }
  const [only] = collected
  if (!only) return scaled(context.graph.ones(axes), Rational.ZERO)
  if (collected.length === 1) {
    if (only.labels.length === axes.length) return only
    const factor = { node: only.node, labels: only.labels, exponent: Rational.ONE }
    return product(context, only.coefficient, [factor], axes, axes.length)
  }
  const carried = identity(axes.length).filter((axis) => collected.some((t) => t.labels.includes(axis)))
  if (carried.length === axes.length) return finish(context, axes, collected)
  // An axis that no term carries is a broadcast of the whole sum.
  const narrow = finish(
    context,
    carried.map((axis) => axes[axis] as Dimension),
    collected.map((t) => ({ ...t, labels: t.labels.map((label) => carried.indexOf(label)) })),
  )
  const labels = narrow.labels.map((axis) => carried[axis] as number)
  const factor = { node: narrow.node, labels, exponent: Rational.ONE }
  return product(context, narrow.coefficient, [factor], axes, axes.length)
}

/** Two or more terms as one that says the same; each time there are fewer terms. */
function join(context: Context, axes: readonly Dimension[], terms: readonly Summand[]): Summand[] | undefined {
  if (terms.length < 2) return undefined
  return joinChoices(context, axes, terms) ?? joinComplements(context, terms)
}

function collect(context: Context, terms: readonly Summand[]): Summand[] {
  const collected = new Map<string, Summand>()
  const add = (coefficient: Rational, node: Node, labels: readonly Label[]) => {
    if (coefficient.isZero) return
    const turned = ordered(symmetriesOf(context, node), labels)
    labels = turned.labels
    if (turned.sign < 0) coefficient = coefficient.negate()
    const key = `${node.id}[${labels.join(',')}]`
    const known = collected.get(key)
    collected.set(key, { node, labels, coefficient: known ? known.coefficient.add(coefficient) : coefficient })
  }
  for (const { coefficient, node, labels } of terms) {
    if (node.kind === 'constant') add(coefficient.multiply(node.value), context.graph.ones([]), [])
    else if (node.kind === 'sum' && node.terms.length <= 1) {
      for (const t of node.terms)
        add(
          coefficient.multiply(t.coefficient),
          t.node,
          t.labels.map((axis) => labels[axis] as Label),
        )
    } else {
      const bare = withoutBroadcast(context, node)
      add(
        coefficient.multiply(bare.coefficient),
        bare.node,
        bare.labels.map((axis) => labels[axis] as Label),
      )
    }
  }
  return [...collected.values()].filter((term) => !term.coefficient.isZero)
}

/** A node without the axes along which it is constant for lack of a factor; labels tell where its own axes lie. */
export function withoutBroadcast(context: Context, node: Node): Scaled {
  if (node.kind !== 'contraction') return scaled(node)
  const carried = new Set(node.factors.flatMap((f) => f.labels))
  const kept = identity(node.rank).filter((axis) => carried.has(axis))
  if (kept.length === node.rank) return scaled(node)
  if (isOne(node)) return { coefficient: Rational.ONE, node: context.graph.ones([]), labels: [] }
  const order = [...kept, ...identity(node.dimensions.length).slice(node.rank)]
  const place = new Map(order.map((label, k) => [label, k]))
  const factors = node.factors.map((f) => ({ ...f, labels: f.labels.map((label) => place.get(label) as number) }))
  const bare = product(
    context,
    Rational.ONE,
    factors,
    order.map((label) => node.dimensions[label] as Dimension),
    kept.length,
  )
  return { ...bare, labels: bare.labels.map((axis) => kept[axis] as number) }
}

function finish(context: Context, axes: readonly Dimension[], terms: Summand[]): Scaled {
  let best: { key: string; order: number[]; terms: Summand[]; content: Rational } | undefined
  for (const order of orientations(context, axes, terms)) {
    const position: number[] = []
    for (const [k, axis] of order.entries()) position[axis] = k
    const turned = terms.map((term) => {
      const places = term.labels.map((label) => position[label] as number)
      const { labels, sign } = ordered(symmetriesOf(context, term.node), places)
      return { ...term, labels, coefficient: sign < 0 ? term.coefficient.negate() : term.coefficient }
    })
    turned.sort(compareTerms)
    // Content and sign go first, or R and −2R might prefer different orientations.
    const content = contentOf(turned)
    const primitive = turned.map((t) => ({ ...t, coefficient: t.coefficient.divide(content) }))
    const shape = primitive.map((t) => `${t.node.hash}[${t.labels.join(',')}]`).join(';')
    const key = `${shape}|${primitive.map((t) => t.coefficient.key).join(';')}`
    if (!best || key < best.key) best = { key, order, terms: primitive, content }
  }
  const { order, terms: chosen, content } = best as NonNullable<typeof best>
  const node = context.graph.sum(
    order.map((axis) => axes[axis] as Dimension),
    chosen,
  )
  return { coefficient: content, node, labels: order }
}

function compareTerms(a: Summand, b: Summand): number {
  return a.node.hash - b.node.hash || (a.labels.join() < b.labels.join() ? -1 : 1)
}

/** The orders of axes to compare: all of them, or for high orders those that some term with the least node begins. */
function orientations(context: Context, axes: readonly Dimension[], terms: readonly Summand[]): number[][] {
  const rank = axes.length
  if (rank < 2) return [identity(rank)]
  if (rank > ORIENTATION_LIMIT) {
    const sorted = [...terms].sort((a, b) => a.node.hash - b.node.hash)
    const first = sorted.filter(({ node }) => node.hash === sorted[0]?.node.hash).slice(0, LEADING_LIMIT)
    return first.map((leading) => [...new Set([leading, ...sorted].flatMap(({ labels }) => labels))])
  }
  if (rank === 2 && terms.every((t) => t.labels.length === 2 && isSymmetric(context, t.node))) return [identity(2)]
  return permutations(rank)
}

/** The greatest rational number that divides all coefficients into integers without common divisor; the first gets sign +. */
function contentOf(terms: readonly Summand[]): Rational {
  let numerator = 0n
  let denominator = 1n
  for (const { coefficient } of terms) {
    const magnitude = coefficient.absolute()
    numerator = greatestCommonDivisor(numerator, magnitude.numerator)
    denominator = (denominator / greatestCommonDivisor(denominator, magnitude.denominator)) * magnitude.denominator
  }
  const content = Rational.of(numerator, denominator)
  return (terms[0]?.coefficient.sign ?? 1) < 0 ? content.negate() : content
}
