/**
 * The canonical form of elementwise maps, with the identities of exp, log and powers and the stable forms: the naive
 * log(1+exp(t)), log(sum(exp(t))), log(det(X)) are recognised here, before anything is differentiated.
 */
import { elementwiseFunction, generalFunction } from '../functions/index.ts'
import type { Dimension } from '../tensor/dimension.ts'
import { identity } from '../tensor/graph.ts'
import type { Contraction, ElementwiseMap, Factor, Label, Node, Operand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { type Context, materialise, numberOf, type Scaled, scaled, through } from './context.ts'
import { factorAt, masksOf, signOfInfinity, whereMasks } from './exclusion.ts'
import { general } from './general.ts'
import { product } from './product.ts'
import { onePlusExponential } from './product-rules.ts'
import { sum, withoutBroadcast } from './sum.ts'
import { orderedOperand } from './symmetry.ts'

/** A simplified argument, its axes aligned with the output by labels. */
export interface Argument {
  readonly value: Scaled
  readonly labels: readonly Label[]
}

/** Values at rational arguments that are rational. Others, exp(1), stay as they are. */
const EXACT: Record<string, (t: Rational) => Rational | undefined> = {
  exp: (t) => (t.isZero ? Rational.ONE : undefined),
  log: (t) => (t.isOne ? Rational.ZERO : undefined),
  log1p: atZero(Rational.ZERO),
  expm1: atZero(Rational.ZERO),
  sin: atZero(Rational.ZERO),
  cos: atZero(Rational.ONE),
  tan: atZero(Rational.ZERO),
  arcsin: atZero(Rational.ZERO),
  arctan: atZero(Rational.ZERO),
  sinh: atZero(Rational.ZERO),
  cosh: atZero(Rational.ONE),
  tanh: atZero(Rational.ZERO),
  erf: atZero(Rational.ZERO),
  gelu: atZero(Rational.ZERO),
  silu: atZero(Rational.ZERO),
  sigmoid: atZero(Rational.HALF),
  abs: (t) => t.absolute(),
  sign: (t) => Rational.of(t.sign),
  relu: (t) => (t.sign > 0 ? t : Rational.ZERO),
}

function atZero(value: Rational): (t: Rational) => Rational | undefined {
  return (t) => (t.isZero ? value : undefined)
}

const EXACT_PAIRS: Record<string, (a: Rational, b: Rational) => Rational> = {
  max: (a, b) => (a.compare(b) >= 0 ? a : b),
  min: (a, b) => (a.compare(b) <= 0 ? a : b),
  lt: (a, b) => truth(a.compare(b) < 0),
  le: (a, b) => truth(a.compare(b) <= 0),
  gt: (a, b) => truth(a.compare(b) > 0),
  ge: (a, b) => truth(a.compare(b) >= 0),
}

function truth(holds: boolean): Rational {
  return holds ? Rational.ONE : Rational.ZERO
}

/** The canonical form of name(args). */
export function elementwise(
  context: Context,
  name: string,
  axes: readonly Dimension[],
  args: readonly Argument[],
): Scaled {
  const bare = args.map(({ value, labels }) => narrow(context, value, labels))
  const [first, second] = bare
  if (bare.length === 1 && first) return broadcast(context, unary(context, name, first.value), first.labels, axes)
  if (bare.length === 2 && first && second) {
    const known = binary(context, name, axes, first, second)
    if (known) return known
  }
  if (name === 'where') {
    const known = chosen(context, axes, bare)
    if (known) return known
  }
  return plain(context, name, axes, bare)
}

/** where(c, a, b) for a number c, and for an indicator c with b = 0: then it is c·a, which excludes as much. */
function chosen(context: Context, axes: readonly Dimension[], args: readonly Argument[]): Scaled | undefined {
  const [condition, yes, no] = args as readonly [Argument, Argument, Argument]
  const number = numberOf(condition.value)
  if (number) {
    const { value, labels } = number.isZero ? no : yes
    return broadcast(context, value, labels, axes)
  }
  const masks = no.value.coefficient.isZero ? masksOf(condition.value.node) : undefined
  if (!masks) return undefined
  const placed = through(condition.value, condition.labels)
  const factors = masks.map(({ node, labels }) =>
    factorAt(
      node,
      labels.map((axis) => placed[axis] as Label),
    ),
  )
  return product(context, yes.value.coefficient, [...factors, argumentFactor(yes)], axes, axes.length)
}

function argumentFactor({ value, labels }: Argument): Factor {
  return factorAt(value.node, through(value, labels))
}

/** An argument that is where(mask, x, ±∞): its masks and x, over the axes of the map that it is an argument of. */
function excluded(argument: Argument): { masks: Factor[]; body: Argument; sign: 1 | -1 } | undefined {
  const { node, coefficient } = argument.value
  const masks = coefficient.isOne ? whereMasks(node) : undefined
  if (!masks) return undefined
  const [, body, fill] = (node as ElementwiseMap).args as readonly [Operand, Operand, Operand]
  const sign = signOfInfinity(fill.node)
  if (!sign) return undefined
  const placed = through(argument.value, argument.labels)
  const place = (labels: readonly Label[]) => labels.map((axis) => placed[axis] as Label)
  return {
    masks: masks.map((mask) => factorAt(mask.node, place(mask.labels))),
    body: { value: scaled(body.node), labels: place(body.labels) },
    sign,
  }
}

/**
 * A comparison that an excluded entry never passes, as (where(mask, x, −∞) >= y) for finite y, is the comparison of x times the
 * mask.
 */
function maskedComparison(
  context: Context,
  name: string,
  axes: readonly Dimension[],
  a: Argument,
  b: Argument,
): Scaled | undefined {
  const left = excluded(a)
  const right = excluded(b)
  const isGreater = name === 'gt' || name === 'ge'
  const fails = (side: { sign: 1 | -1 } | undefined, isLeft: boolean) => side?.sign === (isGreater === isLeft ? -1 : 1)
  const side = left && fails(left, true) ? left : right && fails(right, false) ? right : undefined
  if (!side) return undefined
  const inner = elementwise(context, name, axes, side === left ? [side.body, b] : [a, side.body])
  const factor = factorAt(inner.node, inner.labels)
  return product(context, inner.coefficient, [...side.masks, factor], axes, axes.length)
}

/** exp of a sum with a term where(mask, x, −∞), as of a logsumexp over several labels, is the exp with x times the mask. */
function maskedExponential(context: Context, value: Scaled): Scaled | undefined {
  const { node, coefficient } = value
  const { axes } = node
  const terms = node.kind === 'sum' ? node.terms : [{ ...scaled(node) }]
  for (const term of terms) {
    const positive = term.coefficient.multiply(coefficient).sign > 0
    const side = positive ? excluded({ value: scaled(term.node), labels: term.labels }) : undefined
    if (side?.sign !== -1) continue
    const body = broadcast(context, side.body.value, side.body.labels, axes)
    const rest = terms.map((other) =>
      other === term ? { ...body, coefficient: body.coefficient.multiply(term.coefficient) } : other,
    )
    const argument = sum(context, axes, rest)
    const inner = unary(context, 'exp', { ...argument, coefficient: argument.coefficient.multiply(coefficient) })
    const factors = [...side.masks, factorAt(inner.node, inner.labels)]
    return product(context, inner.coefficient, factors, axes, axes.length)
  }
  return undefined
}

/** An argument without the axes along which it is constant, its labels listed for the axes of its value. */
export function narrow(context: Context, value: Scaled, labels: readonly Label[]): Argument {
  const bare = withoutBroadcast(context, value.node)
  if (bare.node === value.node) return { value, labels }
  // value axis p carries labels[p]; node axis q is value axis value.labels[q]; bare axis a is node axis bare.labels[a].
  const kept = bare.labels.map((axis) => labels[value.labels[axis] as number] as Label)
  return {
    value: {
      node: bare.node,
      coefficient: value.coefficient.multiply(bare.coefficient),
      labels: identity(kept.length),
    },
    labels: kept,
  }
}

/** A value whose axes carry these labels, as a value with all axes. */
export function broadcast(
  context: Context,
  value: Scaled,
  labels: readonly Label[],
  axes: readonly Dimension[],
): Scaled {
  const placed = through(value, labels)
  if (value.coefficient.isZero) return scaled(context.graph.ones(axes), Rational.ZERO)
  if (placed.length === axes.length) return { ...value, labels: placed }
  const factor = { node: value.node, labels: placed, exponent: Rational.ONE }
  return product(context, value.coefficient, [factor], axes, axes.length)
}

/** name(value), with the axes of the value. */
function unary(context: Context, name: string, value: Scaled): Scaled {
  const number = numberOf(value)
  const exact = number && EXACT[name]?.(number)
  if (exact) return scaled(context.graph.ones([]), exact)
  const { node, coefficient, labels } = value
  const turned = (result: Scaled): Scaled => ({ ...result, labels: through(result, labels) })

  if (name === 'exp') {
    const inner = callOf(node, 'log')
    if (inner) return turned(power(context, inner, coefficient))
    const masked = maskedExponential(context, { ...value, labels: identity(labels.length) })
    if (masked) return turned(masked)
  }
  if (name === 'log' && coefficient.isOne) {
    const recognised = logarithm(context, node)
    if (recognised) return turned(recognised)
  }
  if (name === 'log1p' && coefficient.isOne) {
    const inner = callOf(node, 'exp')
    if (inner) return turned(unary(context, 'softplus', scaled(inner)))
  }
  if (name === 'abs' && coefficient.isOne && isNonnegative(context, node)) return value
  const { parity } = elementwiseFunction(name)
  if (parity && coefficient.sign < 0) {
    const positive = unary(context, name, { ...value, coefficient: coefficient.negate() })
    return parity === 'odd' ? { ...positive, coefficient: positive.coefficient.negate() } : positive
  }
  // relu(c·t) = c·relu(t) and |c·t| = c·|t| for c > 0, and sign(c·t) = sign(t).
  if ((name === 'relu' || name === 'abs' || name === 'sign') && coefficient.sign > 0 && !coefficient.isOne) {
    const inner = unary(context, name, { ...value, coefficient: Rational.ONE })
    return name === 'sign' ? inner : { ...inner, coefficient: inner.coefficient.multiply(coefficient) }
  }
  const argument = materialise(context, scaled(node, coefficient))
  return turned(
    scaled(context.graph.map(name, argument.axes, [{ node: argument, labels: identity(argument.axes.length) }])),
  )
}

/** The argument of a map of one argument and this name, in its own order of axes. */
function callOf(node: Node, name: string): Node | undefined {
  const only = node.kind === 'map' && node.name === name && node.args.length === 1 ? node.args[0] : undefined
  return only?.labels.every((label, axis) => label === axis) ? only.node : undefined
}

function power(context: Context, node: Node, exponent: Rational): Scaled {
  const rank = node.axes.length
  return product(context, Rational.ONE, [{ node, labels: identity(rank), exponent }], node.axes, rank)
}

/** log of a node in its stable or shorter form: softplus, logsumexp, log det, log exp, log of a reciprocal. */
function logarithm(context: Context, node: Node): Scaled | undefined {
  const exponent = callOf(node, 'exp')
  if (exponent) return scaled(exponent)
  const softened = onePlusExponential(node)
  if (softened) {
    const inner = unary(context, 'softplus', scaled(softened.node))
    return { ...inner, labels: through(inner, softened.labels) }
  }
  if (node.kind === 'general' && node.name === 'det' && node.args[0])
    return logdet(context, node.args[0], node.batch, node.axes)
  if (node.kind !== 'contraction') return undefined
  const [factor, ...others] = [...node.factors].sort((a, b) => orderOfIndicators(a) - orderOfIndicators(b))
  if (factor && others.length > 0) return maskedLogarithm(context, node, factor, others)
  if (!factor) return undefined
  if (
    factor.exponent.equals(Rational.MINUS_ONE) &&
    node.dimensions.length === node.rank &&
    factor.labels.length === node.rank
  ) {
    if (factor.labels.every((label, axis) => label === axis)) {
      const inner = unary(context, 'log', scaled(factor.node))
      return { ...inner, coefficient: inner.coefficient.negate() }
    }
  }
  const argument = callOf(factor.node, 'exp')
  const distinct = new Set(factor.labels).size === factor.labels.length
  if (
    argument &&
    factor.exponent.isOne &&
    distinct &&
    factor.labels.length === node.dimensions.length &&
    node.dimensions.length > node.rank
  ) {
    return general(context, 'logsumexp', node.axes, [], [{ value: scaled(argument), labels: factor.labels }])
  }
  return undefined
}

function orderOfIndicators({ node }: Factor): number {
  return node.kind === 'indicator' ? 1 : 0
}

/** log(Σ mask·exp(x)) is the logsumexp of where(mask, x, −∞). */
function maskedLogarithm(
  context: Context,
  node: Contraction,
  factor: Factor,
  masks: readonly Factor[],
): Scaled | undefined {
  const argument = callOf(factor.node, 'exp')
  const isDistinct = new Set(factor.labels).size === factor.labels.length
  const areMasks = masks.every((mask) => mask.node.kind === 'indicator')
  if (!argument || !isDistinct || !areMasks || !factor.exponent.isOne || node.dimensions.length === node.rank)
    return undefined
  const carried = new Set([factor, ...masks].flatMap(({ labels }) => labels))
  if (carried.size < node.dimensions.length) return undefined
  const kept = masking(context, node.dimensions, masks, { value: scaled(argument), labels: factor.labels })
  const labels = identity(node.dimensions.length)
  return general(context, 'logsumexp', node.axes, [], [{ value: kept, labels }])
}

/** where(masks, x, −∞) over these axes. */
export function masking(
  context: Context,
  axes: readonly Dimension[],
  masks: readonly Factor[],
  body: Argument,
): Scaled {
  const condition = product(context, Rational.ONE, masks, axes, axes.length)
  const infinity = scaled(context.graph.map('infinity', [], []), Rational.MINUS_ONE)
  const labels = identity(axes.length)
  return elementwise(context, 'where', axes, [{ value: condition, labels }, body, { value: infinity, labels: [] }])
}

function logdet(context: Context, argument: Operand, batch: number, axes: readonly Dimension[]): Scaled {
  return general(
    context,
    'logdetp',
    axes.slice(0, batch),
    [],
    [{ value: scaled(argument.node), labels: argument.labels }],
  )
}

/** Whether a node has no negative entry wherever it is defined, by its form or by a declaration that may be used. */
export function isNonnegative(context: Context, node: Node): boolean {
  const known = context.nonnegative.get(node)
  if (known !== undefined) return known
  const result = signOf(context, node)
  context.nonnegative.set(node, result)
  return result
}

function signOf(context: Context, node: Node): boolean {
  switch (node.kind) {
    case 'variable':
      return context.properties && node.facts.sign !== undefined
    case 'constant':
      return node.value.sign >= 0
    case 'indicator':
      return true
    case 'contraction':
      return node.factors.every(
        (f) => (f.exponent.isInteger && f.exponent.numerator % 2n === 0n) || isNonnegative(context, f.node),
      )
    case 'sum':
      return node.terms.every((t) => t.coefficient.sign > 0 && isNonnegative(context, t.node))
    case 'map':
      return elementwiseFunction(node.name).range !== undefined
    case 'general':
      return generalFunction(node.name).range !== undefined
  }
}

/** Identities of functions of two arguments; undefined where none applies. */
function binary(
  context: Context,
  name: string,
  axes: readonly Dimension[],
  a: Argument,
  b: Argument,
): Scaled | undefined {
  const [left, right] = [numberOf(a.value), numberOf(b.value)]
  if (left && right) {
    const exact = EXACT_PAIRS[name]?.(left, right)
    if (exact) return broadcast(context, scaled(context.graph.ones([]), exact), [], axes)
  }
  if (COMPARISONS.has(name)) return maskedComparison(context, name, axes, a, b)
  if (name === 'pow') {
    if (right) {
      const factor = { node: materialise(context, a.value), labels: a.labels, exponent: right }
      return product(context, Rational.ONE, [factor], axes, axes.length)
    }
    if (left?.isOne) return broadcast(context, scaled(context.graph.ones([])), [], axes)
  }
  if (name === 'max' || name === 'min') {
    const same = a.value.node === b.value.node && a.value.coefficient.equals(b.value.coefficient)
    if (same && through(a.value, a.labels).join() === through(b.value, b.labels).join())
      return broadcast(context, a.value, a.labels, axes)
    if (name === 'max' && right?.isZero) return elementwise(context, 'relu', axes, [a])
    if (name === 'max' && left?.isZero) return elementwise(context, 'relu', axes, [b])
  }
  return undefined
}

const COMPARISONS = new Set(['lt', 'le', 'gt', 'ge'])
const SYMMETRIC_FUNCTIONS = new Set(['max', 'min'])
/** a > b is b < a: only `gt` and `ge` are stored. */
const MIRRORED: Record<string, string> = { lt: 'gt', le: 'ge' }

function plain(context: Context, name: string, axes: readonly Dimension[], args: readonly Argument[]): Scaled {
  const mirrored = Object.hasOwn(MIRRORED, name) ? MIRRORED[name] : undefined
  let list = args.map(({ value, labels }): Operand => {
    const node = materialise(context, { ...value, labels: identity(value.labels.length) })
    return { node, labels: through(value, labels) }
  })
  if (mirrored !== undefined) list = list.reverse()
  if (SYMMETRIC_FUNCTIONS.has(name))
    list.sort((x, y) => x.node.hash - y.node.hash || (x.labels.join() < y.labels.join() ? -1 : 1))
  const carried = identity(axes.length).filter((axis) => list.some((operand) => operand.labels.includes(axis)))
  const orders = carried.length === 2 ? [carried, [...carried].reverse()] : [carried]
  let best: { key: string; order: number[]; list: Operand[] } | undefined
  for (const order of orders) {
    const turned = list.map((operand) => {
      const labels = orderedOperand(context, {
        node: operand.node,
        labels: operand.labels.map((label) => order.indexOf(label)),
      })
      return { node: operand.node, labels }
    })
    const key = turned.map((o) => `${o.node.hash}[${o.labels.join(',')}]`).join(';')
    if (!best || key < best.key) best = { key, order, list: turned }
  }
  const { order, list: chosen } = best as NonNullable<typeof best>
  const node = context.graph.map(
    mirrored ?? name,
    order.map((axis) => axes[axis] as Dimension),
    chosen,
  )
  return broadcast(context, scaled(node), order, axes)
}
