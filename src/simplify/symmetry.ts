/**
 * Axes that may be exchanged: orders of its axes in which a node is itself or its negative. Known by structure or by a
 * declared property that may be used, so that x[i] − x[j] and x[j] − x[i], A'*A and its transpose, S[i,j]*B[k,l] and
 * S[j,i]*B[l,k] with symmetric S and B meet.
 */
import { elementwiseFunction } from '../functions/index.ts'
import { permutations } from '../tensor/graph.ts'
import type { Contraction, ElementwiseMap, Factor, GeneralCall, Label, Node, Operand, Sum } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { isDelta } from '../tensor/structured.ts'
import type { Context } from './context.ts'
import { canonicalLabelling } from './labelling.ts'

/** A node whose axes bear the labels L is sign times the same node whose axis p bears L[order[p]]. Never the identity. */
export interface Symmetry {
  readonly order: readonly number[]
  readonly sign: 1 | -1
}

/** Nodes of higher order are not searched. */
const ORDER_LIMIT = 4

const NONE: readonly Symmetry[] = []

/** All symmetries of a node that are found. */
export function symmetriesOf(context: Context, node: Node): readonly Symmetry[] {
  const rank = node.axes.length
  if (rank < 2 || rank > ORDER_LIMIT) return NONE
  const known = context.symmetries.get(node)
  if (known) return known
  // The recursion goes through operands made before this node, whose symmetries were asked for when they were used.
  const found = findSymmetries(context, node)
  context.symmetries.set(node, found)
  return found
}

/** Whether a matrix is its own transpose. */
export function isSymmetric(context: Context, node: Node): boolean {
  return node.axes.length === 2 && symmetriesOf(context, node)[0]?.sign === 1
}

/** The symmetries of a power of a node; the sign needs a whole exponent to be known. */
export function symmetriesOfFactor(context: Context, { node, exponent }: Factor): readonly Symmetry[] {
  const all = symmetriesOf(context, node)
  return exponent.isInteger ? all : all.filter(({ sign }) => sign === 1)
}

/** Two axes of a factor that may be exchanged, where there are any. */
export function exchangeOfFactor(context: Context, factor: Factor): readonly [number, number] | undefined {
  for (const { order } of symmetriesOfFactor(context, factor)) {
    const moved = order.flatMap((place, axis) => (place === axis ? [] : [axis]))
    if (moved.length === 2) return [moved[0] as number, moved[1] as number]
  }
  return undefined
}

/** The labels in the order of least places that symmetries allow, and the sign that this brings. */
export function ordered(
  symmetries: readonly Symmetry[],
  labels: readonly Label[],
  place: (label: Label) => number = (label) => label,
): { readonly labels: readonly Label[]; readonly sign: 1 | -1 } {
  let best: { labels: readonly Label[]; sign: 1 | -1 } = { labels, sign: 1 }
  for (const { order, sign } of symmetries) {
    const turned = order.map((axis) => labels[axis] as Label)
    const at = turned.findIndex((label, axis) => label !== best.labels[axis])
    if (at >= 0 && place(turned[at] as Label) < place(best.labels[at] as Label)) best = { labels: turned, sign }
  }
  return best
}

/** sign^exponent for a whole exponent. */
export function signPower(sign: 1 | -1, exponent: Rational): Rational {
  return sign === 1 || exponent.numerator % 2n === 0n ? Rational.ONE : Rational.MINUS_ONE
}

function findSymmetries(context: Context, node: Node): readonly Symmetry[] {
  switch (node.kind) {
    case 'variable': {
      const { structure } = node.facts
      return context.properties && structure !== undefined && structure !== 'orthogonal' ? TRANSPOSE : NONE
    }
    case 'constant':
      return NONE
    case 'indicator':
      return isDelta(node) ? TRANSPOSE : NONE
    case 'contraction':
      return ofContraction(context, node)
    case 'sum':
      return ofSum(context, node)
    case 'map':
      return ofMap(context, node)
    case 'general': {
      if (node.batch > 0) return ofBatch(context, node)
      const isOfSymmetric = node.args.every((argument) => isSymmetric(context, argument.node))
      return SYMMETRIC_OF_SYMMETRIC.has(node.name) && isOfSymmetric ? TRANSPOSE : NONE
    }
  }
}

/** Matrix functions with f(A', …) = f(A, …)'. */
const SYMMETRIC_OF_SYMMETRIC = new Set(['inv', 'adj', 'pinv', 'sqrtm', 'expm', 'logm', 'dexpm', 'dlogm'])

const TRANSPOSE: readonly Symmetry[] = [{ order: [1, 0], sign: 1 }]

/** The orders, but the identity, that leave dimensions as they are and axes among those of equal `kind`. */
function candidates(node: Node, kind: (axis: number) => string = () => ''): number[][] {
  const kinds = node.axes.map((dimension, axis) => `${dimension.key}|${kind(axis)}`)
  if (new Set(kinds).size === kinds.length) return []
  return permutations(kinds.length).filter(
    (order) =>
      order.some((place, axis) => place !== axis) && order.every((place, axis) => kinds[place] === kinds[axis]),
  )
}

function ofContraction(context: Context, node: Contraction): Symmetry[] {
  const names = node.factors.map((factor) => {
    const pair = exchangeOfFactor(context, factor)
    const name = `${factor.node.hash}^${factor.exponent.key}`
    return (position: number) => `${name}@${pair?.[1] === position ? pair[0] : position}`
  })
  const kind = (axis: number) =>
    node.factors
      .flatMap(({ labels }, k) => labels.flatMap((label, at) => (label === axis ? [names[k]?.(at)] : [])))
      .sort()
      .join()
  const orders = candidates(node, kind)
  if (orders.length === 0) return []
  const plain = codeOf(context, node, (axis) => axis)
  return orders.flatMap((order): Symmetry[] => {
    const turned = codeOf(context, node, (axis) => order[axis] as number)
    if (turned.code !== plain.code) return []
    return [{ order, sign: turned.sign.equals(plain.sign) ? 1 : -1 }]
  })
}

/** The code of a contraction whose axes bear other places. */
function codeOf(context: Context, node: Contraction, placeOf: (axis: number) => number) {
  const { order, code } = canonicalLabelling(
    node.factors,
    node.dimensions,
    (label) => (label >= node.rank ? 's' : `o${placeOf(label)}`),
    (factor) => exchangeOfFactor(context, factor),
  )
  const place: number[] = []
  for (const [k, label] of order.entries()) place[label] = k
  let sign = Rational.ONE
  for (const factor of node.factors) {
    const turned = ordered(symmetriesOfFactor(context, factor), factor.labels, (label) => place[label] as number)
    sign = sign.multiply(signPower(turned.sign, factor.exponent))
  }
  return { code, sign }
}

function ofSum(context: Context, node: Sum): Symmetry[] {
  const code = (order: readonly number[] | undefined, negate: boolean) =>
    node.terms
      .map((term) => {
        const { labels, sign } = ordered(symmetriesOf(context, term.node), turned(term.labels, order))
        const coefficient = (sign === 1) === negate ? term.coefficient.negate() : term.coefficient
        return `${coefficient.key}*${term.node.hash}[${labels.join(',')}]`
      })
      .sort()
      .join(';')
  const orders = candidates(node)
  if (orders.length === 0) return []
  const plain = code(undefined, false)
  return orders.flatMap((order): Symmetry[] => {
    if (plain === code(order, false)) return [{ order, sign: 1 }]
    return plain === code(order, true) ? [{ order, sign: -1 }] : []
  })
}

function ofMap(context: Context, node: ElementwiseMap): Symmetry[] {
  const settled = (order?: readonly number[]) =>
    node.args.map((argument) => {
      const all = symmetriesOf(context, argument.node)
      // A sign can be taken out of the only argument of an odd or even function.
      const symmetries = node.args.length === 1 ? all : all.filter(({ sign }) => sign === 1)
      return ordered(symmetries, turned(argument.labels, order))
    })
  const plain = settled()
  return candidates(node).flatMap((order): Symmetry[] => {
    const other = settled(order)
    if (other.some(({ labels }, k) => labels.join() !== plain[k]?.labels.join())) return []
    if (other[0]?.sign === plain[0]?.sign) return [{ order, sign: 1 }]
    const { parity } = elementwiseFunction(node.name)
    return parity === 'even' ? [{ order, sign: 1 }] : parity === 'odd' ? [{ order, sign: -1 }] : []
  })
}

/** Functions of which f(−u) is f(u). */
const EVEN = new Set(['norm2', 'rnorm2'])

/** Batch axes change places by changing them in every argument. */
function ofBatch(context: Context, node: GeneralCall): Symmetry[] {
  const settled = (order?: readonly number[]) =>
    node.args.map((argument) => {
      const all = symmetriesOf(context, argument.node)
      const symmetries = EVEN.has(node.name) ? all : all.filter(({ sign }) => sign === 1)
      return ordered(symmetries, turned(argument.labels, order)).labels.join()
    })
  const plain = settled().join(';')
  const own = (axis: number) => (axis < node.batch ? '' : String(axis))
  return candidates(node, own).flatMap((order): Symmetry[] => {
    // Beyond the batch labels name axes of the argument, not of the result.
    const places = order.slice(0, node.batch)
    return settled(places).join(';') === plain ? [{ order, sign: 1 }] : []
  })
}

function turned(labels: readonly Label[], order: readonly number[] | undefined): readonly Label[] {
  return order ? labels.map((label) => order[label] ?? label) : labels
}

/** An operand's labels in the least order; a sign cannot be taken out of an argument. */
export function orderedOperand(context: Context, { node, labels }: Operand): readonly Label[] {
  return ordered(
    symmetriesOf(context, node).filter(({ sign }) => sign === 1),
    labels,
  ).labels
}
