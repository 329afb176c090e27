/**
 * The canonical form of general functions: batch axes in a canonical order, transposes and factors of the argument taken out,
 * inverses of inverses and of unit tensors folded.
 */
import type { Dimension } from '../tensor/dimension.ts'
import { identity } from '../tensor/graph.ts'
import type { Label, Node, Operand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { isDelta } from '../tensor/structured.ts'
import { type Context, materialise, type Scaled, scaled, through } from './context.ts'
import { type Argument, broadcast, narrow } from './elementwise.ts'
import { isLinearIn, sortedDirections, takeOutFactors } from './linear.ts'
import { product } from './product.ts'
import { withoutShift } from './shifts.ts'
import { isSymmetric, symmetriesOf } from './symmetry.ts'

/** Functions that do not mind the order of their own axes: reductions, and functions that forget orientation. */
const ORIENTATION_FREE = new Set(['det', 'logdet', 'logdetp', 'max', 'min', 'logsumexp', 'norm2', 'rnorm2', 'cholesky'])
/** f(X', …) = f(X, …)'. */
const TRANSPOSING = new Set(['inv', 'adj', 'pinv', 'sqrtm', 'expm', 'logm', 'dexpm', 'dlogm'])

/**
 * The canonical form of name(args) over batch axes, then its own result axes. In an argument's labels, b < batch is batch axis b,
 * batch + k its own k-th axis.
 */
export function general(
  context: Context,
  name: string,
  batchAxes: readonly Dimension[],
  ownAxes: readonly Dimension[],
  args: readonly Argument[],
): Scaled {
  const axes = [...batchAxes, ...ownAxes]
  const [only] = args
  if (only && (name === 'max' || name === 'min')) {
    const extreme = extremeOfFew(context, name, batchAxes, only)
    if (extreme) return extreme
  }
  const shifted = only && withoutShift(context, name, batchAxes, ownAxes, only)
  if (shifted) return shifted
  const linear = linearly(context, name, batchAxes, ownAxes, args)
  if (linear) return linear
  let outer = Rational.ONE
  let called = name
  const list = args.map(({ value, labels }): Operand => {
    const placed = through(value, labels)
    const taken = takeOut(called, value.coefficient)
    if (!taken) return { node: materialise(context, { ...value, labels: identity(placed.length) }), labels: placed }
    outer = taken.coefficient
    called = taken.name
    const node = materialise(context, { ...value, coefficient: taken.rest, labels: identity(placed.length) })
    return { node, labels: placed }
  })
  const result = oriented(context, called, batchAxes, ownAxes, list)
  return { ...result, coefficient: result.coefficient.multiply(outer), labels: result.labels.slice(0, axes.length) }
}

/** The function with less of a batch, and without the coefficients and outer factors of what it is linear in, if it has such. */
function linearly(
  context: Context,
  name: string,
  batchAxes: readonly Dimension[],
  ownAxes: readonly Dimension[],
  args: readonly Argument[],
): Scaled | undefined {
  const axes = [...batchAxes, ...ownAxes]
  for (const [k, { value, labels }] of args.entries()) {
    const isLinear = isLinearIn(name, k)
    const coefficient = isLinear ? value.coefficient : Rational.ONE
    if (coefficient.isZero) return scaled(context.graph.ones(axes), Rational.ZERO)
    const unscaled = isLinear ? { value: { ...value, coefficient: Rational.ONE }, labels } : { value, labels }
    const taken = takeOutFactors(context, unscaled, batchAxes.length, isLinear)
    if (coefficient.isOne && !taken) continue
    const inner = general(context, name, batchAxes, ownAxes, args.with(k, taken?.argument ?? unscaled))
    if (!taken) return { ...inner, coefficient: inner.coefficient.multiply(coefficient) }
    if (taken.factors.length === 0) return { ...inner, coefficient: inner.coefficient.multiply(coefficient) }
    const call = { node: inner.node, labels: inner.labels, exponent: Rational.ONE }
    return product(context, coefficient.multiply(inner.coefficient), [...taken.factors, call], axes, axes.length)
  }
  return undefined
}

/** max and min over axes along which the argument does not change are those over the other axes, if any. */
function extremeOfFew(
  context: Context,
  name: string,
  batchAxes: readonly Dimension[],
  argument: Argument,
): Scaled | undefined {
  const { value, labels } = narrow(context, argument.value, argument.labels)
  const batch = batchAxes.length
  const own = [...new Set(labels.filter((label) => label >= batch))].sort((a, b) => a - b)
  const all = new Set(argument.labels.filter((label) => label >= batch))
  if (own.length === all.size) return undefined
  if (own.length === 0) return broadcast(context, value, labels, batchAxes)
  const renumbered = labels.map((label) => (label < batch ? label : batch + own.indexOf(label)))
  return general(context, name, batchAxes, [], [{ value, labels: renumbered }])
}

/** What a coefficient of the argument does to the function, for functions that are homogeneous in it. */
function takeOut(name: string, c: Rational): { coefficient: Rational; name: string; rest: Rational } | undefined {
  if (c.isOne || c.isZero) return undefined
  const rest = Rational.ONE
  switch (name) {
    case 'inv':
    case 'rnorm2':
      return { coefficient: name === 'inv' ? c.invert() : c.absolute().invert(), name, rest }
    case 'norm2':
      return { coefficient: c.absolute(), name, rest }
    case 'max':
    case 'min':
      return { coefficient: c, name: c.sign > 0 ? name : name === 'max' ? 'min' : 'max', rest }
    default:
      return undefined
  }
}

function oriented(
  context: Context,
  name: string,
  batchAxes: readonly Dimension[],
  ownAxes: readonly Dimension[],
  given: readonly Operand[],
): Scaled {
  const batch = batchAxes.length
  const list = sortedDirections(name, given)
  const [first] = list
  if (name === 'inv' && first?.node.kind === 'variable') {
    const { facts } = first.node
    // The inverse of an orthogonal matrix is its transpose.
    if (context.properties && facts.structure === 'orthogonal') {
      const places = first.labels.map((label) => (label < batch ? label : 2 * batch + 1 - label))
      return broadcast(context, scaled(first.node), places, [...batchAxes, ...ownAxes])
    }
  }
  const turned = isTurned(context, name, batch, list)
  const ownOrder = turned ? [1, 0] : identity(ownAxes.length)
  const placed = list.map(({ node, labels }): Operand => {
    const own = labels.filter((label) => label >= batch)
    const isFree = ORIENTATION_FREE.has(name) || (own.length === 2 && labels.length === 2 && isSymmetric(context, node))
    const place = (label: Label) => (isFree ? batch + own.indexOf(label) : turned ? 2 * batch + 1 - label : label)
    return { node, labels: labels.map((label) => (label < batch ? label : place(label))) }
  })
  if (turned && name === 'sylvester') placed.unshift(...placed.splice(1, 1))
  const { used, args } = inBatchOrder(context, placed, batch)
  const folded = used.length === 0 ? fold(context, name, args) : undefined
  const inner =
    folded ??
    scaled(
      context.graph.general(
        name,
        used.map((axis) => batchAxes[axis] as Dimension),
        ownOrder.map((k) => ownAxes[k] as Dimension),
        args,
      ),
    )
  // Axis of `inner`: first the used batch axes, then own axes in the order of the canonical argument.
  const place = [...used, ...ownOrder.map((k) => batch + k)]
  return broadcast(context, inner, place, [...batchAxes, ...ownAxes])
}

/** More ways in which the arguments are themselves are not compared. */
const PRESENTATION_LIMIT = 512

/**
 * The arguments with the batch axes in order of first use by the arguments' own order of axes; those that no argument has are
 * broadcasts. Of the orders of axes in which an argument is itself the one is taken that gives the least labels.
 */
function inBatchOrder(
  context: Context,
  list: readonly Operand[],
  batch: number,
): { readonly used: readonly Label[]; readonly args: readonly Operand[] } {
  let presentations: Operand[][] = [[]]
  for (const operand of list) {
    const { node, labels } = operand
    const symmetries = labels.some((label) => label < batch) ? symmetriesOf(context, node) : []
    const own = [identity(labels.length), ...symmetries.flatMap(({ order, sign }) => (sign === 1 ? [order] : []))]
    const orders = presentations.length * own.length > PRESENTATION_LIMIT ? own.slice(0, 1) : own
    presentations = presentations.flatMap((before) =>
      orders.map((order) => [...before, { node, labels: order.map((axis) => labels[axis] as Label) }]),
    )
  }
  const relabelled = presentations.map((operands) => {
    const used = [...new Set(operands.flatMap((o) => o.labels.filter((label) => label < batch)))]
    const place = (label: Label) => (label < batch ? used.indexOf(label) : used.length + label - batch)
    const args = operands.map(({ node, labels }): Operand => ({ node, labels: labels.map(place) }))
    return { used, args, key: args.map(({ labels }) => labels.join()).join(';') }
  })
  return relabelled.reduce((least, next) => (next.key < least.key ? next : least))
}

/**
 * Whether the transposed function of transposed arguments is taken: f(X', E')' = f(X, E), and sylvester(A', B', C')' is
 * sylvester(B, A, C). The first argument that is not symmetric decides.
 */
function isTurned(context: Context, name: string, batch: number, list: readonly Operand[]): boolean {
  const sides = list.map(({ node, labels }) => {
    if (labels.length === 2 && isSymmetric(context, node)) return undefined
    return labels.filter((label) => label >= batch)[0] !== batch
  })
  if (TRANSPOSING.has(name)) return sides.find((side) => side !== undefined) === true
  if (name !== 'sylvester') return false
  const [a, b, c] = sides
  return a === undefined && b === undefined ? c === true : (a ?? true) && (b ?? true)
}

/** inv(inv(X)) = X, det(inv(X)) = det(X)^-1, and values at unit tensors. Without batch axes. */
function fold(context: Context, name: string, args: readonly Operand[]): Scaled | undefined {
  const node = args[0]?.node as Node
  const inner =
    node.kind === 'general' && node.name === 'inv' && node.batch === 0 ? (node.args[0]?.node as Node) : undefined
  const again = (fresh: string, own: readonly Dimension[]) => {
    return scaled(context.graph.call(fresh, own, inner as Node))
  }
  switch (name) {
    case 'inv':
      if (isDelta(node)) return scaled(node)
      if (inner) return scaled(inner)
      return undefined
    case 'det':
      if (isDelta(node)) return scaled(context.graph.ones([]))
      if (inner) return product(context, Rational.ONE, [{ ...again('det', []), exponent: Rational.MINUS_ONE }], [], 0)
      return undefined
    case 'logdet':
    case 'logdetp':
      if (isDelta(node)) return scaled(context.graph.ones([]), Rational.ZERO)
      if (inner) return { ...again(name, []), coefficient: Rational.MINUS_ONE }
      return undefined
    case 'adj':
      return isDelta(node) ? scaled(node) : undefined
    default:
      return undefined
  }
}
