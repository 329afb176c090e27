/**
 * Expressions of numbers, entry by entry, over labelled axes: the arithmetic that index notation, elementwise matrix
 * notation and the texts of the functions table share. Operands are aligned by their labels and broadcast over the
 * labels that they lack.
 *
 * Sums and products stay open while they grow, so that a chain of n terms becomes one node in time linear in n. An open
 * value belongs to whoever holds it and is used once; `close` makes a value that may be used again.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import type { Factor, Node, Summand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'

/** coefficient · node, whose axis p has the label labels[p]; labels are distinct. */
export interface Single<Label> {
  readonly kind: 'single'
  readonly coefficient: Rational
  readonly node: Node
  readonly labels: readonly Label[]
}

interface OpenSum<Label> {
  readonly kind: 'sum'
  readonly terms: Single<Label>[]
  readonly axes: Map<Label, Dimension>
}

interface OpenProduct<Label> {
  readonly kind: 'product'
  coefficient: Rational
  readonly factors: LabelledFactor<Label>[]
  readonly axes: Map<Label, Dimension>
}

interface LabelledFactor<Label> {
  readonly node: Node
  readonly labels: readonly Label[]
  readonly exponent: Rational
}

export type Value<Label> = Single<Label> | OpenSum<Label> | OpenProduct<Label>

/** The most factors a contraction is given here (architecture, 4: flattening is bounded). */
const maxFactors = 32
/** Bits of numerator and denominator up to which constants are folded: beyond, exact numbers cost more than they help. */
const maxBits = 4096

export function single<Label>(node: Node, labels: readonly Label[]): Single<Label> {
  return { kind: 'single', coefficient: Rational.ONE, node, labels }
}

export function number<Label>(g: Graph, value: Rational): Single<Label> {
  return { kind: 'single', coefficient: value, node: g.constant(1), labels: [] }
}

export function negate<Label>(g: Graph, value: Value<Label>): Single<Label> {
  const closed = close(g, value)
  return { ...closed, coefficient: closed.coefficient.negate() }
}

/** left + sign · right. */
export function add<Label>(g: Graph, left: Value<Label>, right: Value<Label>, sign: 1 | -1 = 1): Value<Label> {
  const sum: OpenSum<Label> = left.kind === 'sum' ? left : { kind: 'sum', terms: [], axes: new Map() }
  if (left.kind !== 'sum') addTerm(sum, close(g, left))
  addTerm(sum, sign === 1 ? close(g, right) : negate(g, right))
  return sum
}

function addTerm<Label>(sum: OpenSum<Label>, term: Single<Label>): void {
  sum.terms.push(term)
  for (const [axis, label] of term.labels.entries()) {
    if (!sum.axes.has(label)) sum.axes.set(label, term.node.axes[axis] as Dimension)
  }
}

export function multiply<Label>(g: Graph, left: Value<Label>, right: Value<Label>): Value<Label> {
  return times(g, left, right, 1)
}

export function divide<Label>(g: Graph, left: Value<Label>, right: Value<Label>): Value<Label> {
  return times(g, left, right, -1)
}

/** left · right^exponent, the exponent being ±1. */
function times<Label>(g: Graph, left: Value<Label>, right: Value<Label>, exponent: 1 | -1): Value<Label> {
  const product = openProduct(g, left, right.kind === 'product' ? right.factors.length : 1)
  let factors: readonly LabelledFactor<Label>[]
  let coefficient: Rational
  if (right.kind === 'product' && right.factors.length + product.factors.length <= maxFactors) {
    factors = right.factors
    coefficient = right.coefficient
  } else {
    const closed = close(g, right)
    coefficient = closed.coefficient
    factors = isUnit(closed) ? [] : [{ node: closed.node, labels: closed.labels, exponent: Rational.ONE }]
  }
  const scale = exponent === 1 ? coefficient : coefficient.isZero ? undefined : coefficient.invert()
  const folded = scale && boundedProduct(product.coefficient, scale)
  if (folded) product.coefficient = folded
  else addFactor(product, { node: g.constant(coefficient), labels: [], exponent: Rational.of(exponent) })
  for (const factor of factors) {
    addFactor(product, exponent === 1 ? factor : { ...factor, exponent: factor.exponent.negate() })
    for (const [axis, label] of factor.labels.entries()) {
      if (!product.axes.has(label)) product.axes.set(label, factor.node.axes[axis] as Dimension)
    }
  }
  return product
}

function addFactor<Label>(product: OpenProduct<Label>, factor: LabelledFactor<Label>): void {
  product.factors.push(factor)
}

function openProduct<Label>(g: Graph, value: Value<Label>, room: number): OpenProduct<Label> {
  if (value.kind === 'product' && value.factors.length + room <= maxFactors) return value
  const closed = close(g, value)
  const axes = new Map(closed.labels.map((label, axis) => [label, closed.node.axes[axis] as Dimension]))
  const factors = isUnit(closed) ? [] : [{ node: closed.node, labels: closed.labels, exponent: Rational.ONE }]
  return { kind: 'product', coefficient: closed.coefficient, factors, axes }
}

/** value^exponent for a literal exponent. */
export function power<Label>(g: Graph, value: Value<Label>, exponent: Rational): Value<Label> {
  if (exponent.isOne) return value
  let base = close(g, value)
  if (exponent.isZero) {
    const ones = single(g.ones(base.node.axes), base.labels)
    return base.labels.length === 0 ? number(g, Rational.ONE) : ones
  }
  let coefficient = integerPower(base.coefficient, exponent)
  if (coefficient && isUnit(base)) return number(g, coefficient)
  if (!coefficient) {
    base = single(nodeOf(g, base), base.labels)
    coefficient = Rational.ONE
  }
  const axes = new Map(base.labels.map((label, axis) => [label, base.node.axes[axis] as Dimension]))
  return { kind: 'product', coefficient, factors: [{ node: base.node, labels: base.labels, exponent }], axes }
}

/** The exact power, where it is rational and of moderate length. */
export function integerPower(base: Rational, exponent: Rational): Rational | undefined {
  if (base.isOne) return base
  if (!exponent.isInteger || (base.isZero && exponent.sign < 0)) return undefined
  const size = Math.abs(exponent.toNumber()) * bits(base)
  return size <= maxBits ? base.power(exponent.toNumber()) : undefined
}

function boundedProduct(a: Rational, b: Rational): Rational | undefined {
  if (a.isOne) return b
  if (b.isOne) return a
  if (bits(a) + bits(b) > maxBits) return undefined
  const value = a.multiply(b)
  return Number.isFinite(value.toNumber()) ? value : undefined
}

function bits({ numerator, denominator }: Rational): number {
  return (numerator.toString(16).length + denominator.toString(16).length) * 4
}

/** The map of this name, at each entry. */
export function apply<Label>(g: Graph, name: string, args: readonly Value<Label>[]): Single<Label> {
  const closed = args.map((value) => close(g, value))
  const axes = new Map<Label, Dimension>()
  for (const { node, labels } of closed) {
    for (const [axis, label] of labels.entries()) if (!axes.has(label)) axes.set(label, node.axes[axis] as Dimension)
  }
  const place = positions(axes)
  const operands = closed.map((value) => ({ node: nodeOf(g, value), labels: value.labels.map(place) }))
  return single(g.map(name, [...axes.values()], operands), [...axes.keys()])
}

/** Σ over the labels `bound` of value · Π extra, which are 0/1 tensors. The result keeps the other labels in order. */
export function contract<Label>(
  g: Graph,
  value: Value<Label>,
  extra: readonly { readonly node: Node; readonly labels: readonly Label[] }[],
  bound: ReadonlyMap<Label, Dimension>,
): Single<Label> {
  const product = openProduct(g, value, extra.length)
  const axes = new Map<Label, Dimension>()
  for (const { node, labels } of extra) {
    for (const [axis, label] of labels.entries()) axes.set(label, node.axes[axis] as Dimension)
  }
  for (const [label, dimension] of product.axes) axes.set(label, dimension)
  const kept = [...axes].filter(([label]) => !bound.has(label))
  const all = new Map([...kept, ...bound])
  const place = positions(all)
  const factors: Factor[] = [
    ...extra.map(({ node, labels }) => ({ node, labels: labels.map(place), exponent: Rational.ONE })),
    ...product.factors.map((factor) => ({ ...factor, labels: factor.labels.map(place) })),
  ]
  const node = g.contraction(factors, [...all.values()], kept.length)
  return { kind: 'single', coefficient: product.coefficient, node, labels: kept.map(([label]) => label) }
}

/** The value as one node with a coefficient, which may be used more than once. */
export function close<Label>(g: Graph, value: Value<Label>): Single<Label> {
  if (value.kind === 'single') return value
  const place = positions(value.axes)
  const labels = [...value.axes.keys()]
  const axes = [...value.axes.values()]
  if (value.kind === 'sum') {
    const [only] = value.terms
    if (only && value.terms.length === 1) return only
    const terms = value.terms.map(
      (term): Summand => ({ node: term.node, labels: term.labels.map(place), coefficient: term.coefficient }),
    )
    return single(g.sum(axes, terms), labels)
  }
  const [only] = value.factors
  const { coefficient } = value
  if (!only) return { kind: 'single', coefficient, node: g.constant(1), labels: [] }
  if (value.factors.length === 1 && only.exponent.isOne && only.labels.length === labels.length) {
    return { kind: 'single', coefficient, node: only.node, labels: only.labels }
  }
  const factors = value.factors.map((factor): Factor => ({ ...factor, labels: factor.labels.map(place) }))
  return { kind: 'single', coefficient, node: g.contraction(factors, axes, axes.length), labels }
}

/** The value as a node with exactly these axes in this order, broadcast where it lacks one. */
export function toNode<Label>(g: Graph, value: Value<Label>, axes: ReadonlyMap<Label, Dimension>): Node {
  const closed = close(g, value)
  const labels = [...axes.keys()]
  const inPlace = closed.labels.length === labels.length && closed.labels.every((label, axis) => label === labels[axis])
  if (inPlace) return nodeOf(g, closed)
  if (isUnit(closed) && closed.coefficient.isZero) return g.zero([...axes.values()])
  const place = positions(axes)
  const factors = isUnit(closed)
    ? []
    : [{ node: closed.node, labels: closed.labels.map(place), exponent: Rational.ONE }]
  return g.scale(closed.coefficient, g.contraction(factors, [...axes.values()], axes.size))
}

/** The node with its coefficient multiplied in, its axes as labelled. */
export function nodeOf<Label>(g: Graph, value: Single<Label>): Node {
  return isUnit(value) ? g.constant(value.coefficient) : g.scale(value.coefficient, value.node)
}

function isUnit<Label>({ node }: Single<Label>): boolean {
  return node.kind === 'constant' && node.value.isOne
}

function positions<Label>(axes: ReadonlyMap<Label, Dimension>): (label: Label) => number {
  const places = new Map([...axes.keys()].map((label, place) => [label, place]))
  return (label) => places.get(label) as number
}
