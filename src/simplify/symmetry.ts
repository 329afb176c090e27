/**
 * Axes that may be exchanged: a node that stays itself, or becomes its negative, when two of its axes are swapped. Known by
 * structure or by a declared property that may be used, so that x[i] − x[j] and x[j] − x[i], A'*A and its transpose meet.
 */
import { elementwiseFunction } from '../functions/index.ts'
import { identity, permutations } from '../tensor/graph.ts'
import type { Contraction, Factor, Label, Node, Operand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { isDelta } from '../tensor/structured.ts'
import type { Context } from './context.ts'
import { canonicalLabelling } from './labelling.ts'

export interface Exchange {
  readonly axes: readonly [number, number]
  /** 1 for a symmetric, −1 for an antisymmetric pair. */
  readonly sign: 1 | -1
}

/** Nodes of higher order are not searched for pairs. */
const ORDER_LIMIT = 4

/** The first pair of axes that may be exchanged, if there is one. */
export function exchangeOf(context: Context, node: Node): Exchange | undefined {
  const rank = node.axes.length
  if (rank < 2 || rank > ORDER_LIMIT) return undefined
  const known = context.exchanges.get(node)
  if (known !== undefined) return known ?? undefined
  // The recursion goes through operands made before this node, whose pairs were asked for when they were used.
  const result = findExchange(context, node)
  context.exchanges.set(node, result ?? null)
  return result
}

/** Whether a matrix is its own transpose. */
export function isSymmetric(context: Context, node: Node): boolean {
  return node.axes.length === 2 && exchangeOf(context, node)?.sign === 1
}

/** The pair of a factor whose labels may be swapped; the sign needs a whole exponent to be known. */
export function exchangeOfFactor(context: Context, factor: Factor): Exchange | undefined {
  const exchange = exchangeOf(context, factor.node)
  return exchange && (exchange.sign === 1 || factor.exponent.isInteger) ? exchange : undefined
}

/** The labels with an exchangeable pair in ascending order of `place`, and the sign that this brings. */
export function ordered(
  exchange: Exchange | undefined,
  labels: readonly Label[],
  place: (label: Label) => number = (label) => label,
): { readonly labels: readonly Label[]; readonly sign: 1 | -1 } {
  if (!exchange) return { labels, sign: 1 }
  const [p, q] = exchange.axes
  const [a, b] = [labels[p] as Label, labels[q] as Label]
  if (place(a) <= place(b)) return { labels, sign: 1 }
  const swapped = [...labels]
  swapped[p] = b
  swapped[q] = a
  return { labels: swapped, sign: exchange.sign }
}

/** sign^exponent for a whole exponent. */
export function signPower(sign: 1 | -1, exponent: Rational): Rational {
  return sign === 1 || exponent.numerator % 2n === 0n ? Rational.ONE : Rational.MINUS_ONE
}

function findExchange(context: Context, node: Node): Exchange | undefined {
  const rank = node.axes.length
  for (let p = 0; p < rank; p++) {
    for (let q = p + 1; q < rank; q++) {
      if (node.axes[p]?.key !== node.axes[q]?.key) continue
      const sign = signOfSwap(context, node, p, q)
      if (sign !== undefined) return { axes: [p, q], sign }
    }
  }
  return undefined
}

function signOfSwap(context: Context, node: Node, p: number, q: number): 1 | -1 | undefined {
  switch (node.kind) {
    case 'variable': {
      const { structure } = node.facts
      return context.properties && structure !== undefined && structure !== 'orthogonal' ? 1 : undefined
    }
    case 'constant':
      return undefined
    case 'indicator':
      return isDelta(node) ? 1 : undefined
    case 'contraction':
      return contractionSign(context, node, p, q)
    case 'sum':
      return sumSign(context, node, p, q)
    case 'map':
      return mapSign(context, node, p, q)
    case 'general': {
      const [argument] = node.args
      const transposing = (node.name === 'inv' || node.name === 'adj') && node.batch === 0
      return transposing && argument && isSymmetric(context, argument.node) ? 1 : undefined
    }
  }
}

function contractionSign(
  context: Context,
  node: Node & { kind: 'contraction' },
  p: number,
  q: number,
): 1 | -1 | undefined {
  const [plain, swapped] = [codeOf(context, node), codeOf(context, node, [p, q])]
  if (plain.code !== swapped.code) return undefined
  return plain.sign.equals(swapped.sign) ? 1 : -1
}

/** The code of a contraction whose axes bear other places: two exchanged, or axis p the place order[p]. */
function codeOf(context: Context, node: Contraction, exchanged: readonly number[] = [], order?: readonly number[]) {
  const [p, q] = exchanged
  const placeOf = (label: Label) => (label === p ? q : label === q ? p : (order?.[label] ?? label))
  const { order: labelling, code } = canonicalLabelling(
    node.factors,
    node.dimensions,
    (label) => (label >= node.rank ? 's' : `o${placeOf(label)}`),
    (f) => exchangeOfFactor(context, f)?.axes,
  )
  const place: number[] = []
  for (const [k, label] of labelling.entries()) place[label] = k
  let sign = Rational.ONE
  for (const factor of node.factors) {
    const turned = ordered(exchangeOfFactor(context, factor), factor.labels, (label) => place[label] as number)
    sign = sign.multiply(signPower(turned.sign, factor.exponent))
  }
  return { code, sign }
}

/**
 * The orders of axes in which a product is itself: δ[i,j]·δ[k,l] by (i,j) and (k,l), and by either pair. The identity alone
 * for other nodes and for high orders.
 */
export function automorphismsOf(context: Context, node: Node): readonly (readonly number[])[] {
  const rank = node.axes.length
  if (node.kind !== 'contraction' || rank < 2 || rank > ORDER_LIMIT) return [identity(rank)]
  const known = context.automorphisms.get(node)
  if (known) return known
  const plain = codeOf(context, node)
  const found = permutations(rank).filter((order) => {
    if (order.some((place, axis) => node.axes[place]?.key !== node.axes[axis]?.key)) return false
    const other = codeOf(context, node, [], order)
    return other.code === plain.code && other.sign.equals(plain.sign)
  })
  context.automorphisms.set(node, found)
  return found
}

function sumSign(context: Context, node: Node & { kind: 'sum' }, p: number, q: number): 1 | -1 | undefined {
  const code = (swap: boolean, negate: boolean) =>
    node.terms
      .map((term) => {
        const { labels, sign } = ordered(exchangeOf(context, term.node), swapped(term.labels, swap, p, q))
        const coefficient = (sign === 1) === negate ? term.coefficient.negate() : term.coefficient
        return `${coefficient.key}*${term.node.hash}[${labels.join(',')}]`
      })
      .sort()
      .join(';')
  const plain = code(false, false)
  if (plain === code(true, false)) return 1
  return plain === code(true, true) ? -1 : undefined
}

function mapSign(context: Context, node: Node & { kind: 'map' }, p: number, q: number): 1 | -1 | undefined {
  const code = (swap: boolean) =>
    node.args
      .map((argument) => {
        const exchange = exchangeOf(context, argument.node)
        const { labels } = ordered(exchange?.sign === 1 ? exchange : undefined, swapped(argument.labels, swap, p, q))
        return `${argument.node.hash}[${labels.join(',')}]`
      })
      .join(';')
  if (code(false) === code(true)) return 1
  const [argument] = node.args
  if (node.args.length > 1 || !argument) return undefined
  const exchange = exchangeOf(context, argument.node)
  const [a, b] = exchange?.axes.map((axis) => argument.labels[axis]) ?? []
  if (exchange?.sign !== -1 || Math.min(a ?? -1, b ?? -1) !== p || Math.max(a ?? -1, b ?? -1) !== q) return undefined
  const { parity } = elementwiseFunction(node.name)
  return parity === 'even' ? 1 : parity === 'odd' ? -1 : undefined
}

function swapped(labels: readonly Label[], swap: boolean, p: number, q: number): readonly Label[] {
  return swap ? labels.map((label) => (label === p ? q : label === q ? p : label)) : labels
}

/** An operand's labels with a symmetric pair in order; a sign cannot be taken out of an argument. */
export function orderedOperand(context: Context, { node, labels }: Operand): readonly Label[] {
  const exchange = exchangeOf(context, node)
  return exchange?.sign === 1 ? ordered(exchange, labels).labels : labels
}
