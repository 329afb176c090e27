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
import { product } from './product.ts'

/** Functions that do not mind the order of their own axes: reductions, and functions that forget orientation. */
const ORIENTATION_FREE = new Set(['det', 'logdet', 'logdetp', 'max', 'min', 'logsumexp', 'norm2', 'rnorm2'])
/** f(X') = f(X)'. */
const TRANSPOSING = new Set(['inv', 'adj'])

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
  list: readonly Operand[],
): Scaled {
  const batch = batchAxes.length
  // Batch axes in order of first use by the arguments' own order of axes; those that no argument has are broadcasts.
  const used = [...new Set(list.flatMap((o) => o.labels.filter((label) => label < batch)))]
  let ownOrder = identity(ownAxes.length)
  const args = list.map((operand): Operand => {
    const own = operand.labels.filter((label) => label >= batch)
    let relabel = (label: Label) => used.length + label - batch
    if (ORIENTATION_FREE.has(name)) relabel = (label) => used.length + own.indexOf(label)
    else if (TRANSPOSING.has(name) && own[0] === batch + 1) {
      relabel = (label) => used.length + own.indexOf(label)
      ownOrder = [1, 0]
    }
    return {
      node: operand.node,
      labels: operand.labels.map((label) => (label < batch ? used.indexOf(label) : relabel(label))),
    }
  })
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
