/**
 * The expanded key (notation.md §1): positive integer powers of sums multiplied out, functions that are defined by others
 * written out. Two expressions with one key are equal; the key is never shown or evaluated.
 */
import type { Dimension } from '../tensor/dimension.ts'
import { type Graph, identity } from '../tensor/graph.ts'
import type { Factor, Node, Summand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { postorder } from '../tensor/walk.ts'
import { type Context, contextOf, isOne, materialise, type Scaled, scaled } from './context.ts'
import { elementwise } from './elementwise.ts'
import { general } from './general.ts'
import { poweredFactors, product } from './product.ts'
import { type SimplifyOptions, simplify } from './simplify.ts'
import { sum } from './sum.ts'

/** The most terms that a key may have. The largest seen in textbook derivatives has 27. */
const TERM_BUDGET = 3000

/** Thrown inside this file only: the expansion would be too large. */
class OverBudget extends Error {}

/**
 * Whether two nodes of one graph and equal axes have one expanded form: `true` is proof of equality, `false` is none of a
 * difference, and `undefined` says that the expansion would be too large.
 */
export function sameExpanded(g: Graph, a: Node, b: Node, options: SimplifyOptions = {}): boolean | undefined {
  const context = contextOf(g, options.properties ?? true)
  try {
    const [x, y] = simplify(g, [a, b], options).map((node) => materialise(context, expand(context, node)))
    return x === y
  } catch (error) {
    if (error instanceof OverBudget) return undefined
    throw error
  }
}

function expand(context: Context, root: Node): Scaled {
  const terms = new Map<Node, Summand[]>()
  for (const node of postorder([root])) terms.set(node, expandNode(context, node, terms))
  return sum(context, root.axes, terms.get(root) as Summand[])
}

/** The terms of a node over its axes, none of which is a sum. */
function expandNode(context: Context, node: Node, terms: ReadonlyMap<Node, Summand[]>): Summand[] {
  const of = (operand: { node: Node }) => terms.get(operand.node) as Summand[]
  const argument = (operand: { node: Node; labels: readonly number[] }) => ({
    value: sum(context, operand.node.axes, of(operand)),
    labels: operand.labels,
  })
  switch (node.kind) {
    case 'variable':
    case 'indicator':
      return [scaled(node)]
    case 'constant':
      return node.value.isZero ? [] : [scaled(context.graph.ones([]), node.value)]
    case 'sum': {
      const all = node.terms.flatMap((t) =>
        of(t).map((s) => ({
          node: s.node,
          coefficient: s.coefficient.multiply(t.coefficient),
          labels: s.labels.map((axis) => t.labels[axis] as number),
        })),
      )
      return collected(context, node.axes, all)
    }
    case 'contraction': {
      const whole = multiplied(context, node.factors, node.dimensions, of).map(({ coefficient, factors, dimensions }) =>
        product(context, coefficient, factors, dimensions, node.rank),
      )
      return collected(context, node.axes, whole)
    }
    case 'map': {
      const args = node.args.map(argument)
      // logz is log but at 0, where it stands for a derivative by convention.
      const value = elementwise(context, node.name === 'logz' ? 'log' : node.name, node.axes, args)
      return node.name === 'sigmoid' ? logistic(context, value, node.axes) : [value]
    }
    case 'general':
      return generalTerms(context, node, node.args.map(argument))
  }
}

/** Equal terms added; a sum is given by its terms again. */
function collected(context: Context, axes: readonly Dimension[], terms: readonly Summand[]): Summand[] {
  if (terms.length > TERM_BUDGET) throw new OverBudget()
  const value = sum(context, axes, terms)
  if (value.coefficient.isZero) return []
  if (value.node.kind !== 'sum') return [value]
  return value.node.terms.map((t) => ({
    node: t.node,
    coefficient: t.coefficient.multiply(value.coefficient),
    labels: t.labels.map((axis) => value.labels[axis] as number),
  }))
}

interface OpenTerm {
  readonly coefficient: Rational
  readonly factors: readonly Factor[]
  /** The dimension of every label, those summed inside opened contractions appended. */
  readonly dimensions: readonly Dimension[]
}

/** The product of factors, sums to positive integer powers multiplied out, and contractions opened with labels of their own. */
function multiplied(
  context: Context,
  factors: readonly Factor[],
  dimensions: readonly Dimension[],
  of: (operand: Factor) => Summand[],
): OpenTerm[] {
  let result: OpenTerm[] = [{ coefficient: Rational.ONE, factors: [], dimensions }]
  for (const factor of factors) {
    const inner = of(factor)
    const repeat = factor.exponent.isInteger && factor.exponent.sign > 0 ? Number(factor.exponent.numerator) : 0
    if (inner.length === 0 && repeat > 0) return []
    if (repeat > 0 && repeat <= POWER_LIMIT && (inner.length > 1 || isOpened(inner[0]))) {
      for (let k = 0; k < repeat; k++) {
        if (result.length * inner.length > TERM_BUDGET) throw new OverBudget()
        result = result.flatMap((open) => inner.map((t) => opened(open, t, factor)))
      }
      continue
    }
    const value = sum(context, factor.node.axes, inner)
    const whole = poweredFactors(context, value, factor.labels, factor.exponent)
    result = result.map((open) => ({ ...open, factors: [...open.factors, ...whole] }))
  }
  return result
}

/** Powers up to this are multiplied out; higher ones stay, and what they hide is compared by numbers. */
const POWER_LIMIT = 16

/** Whether a term is a contraction that sums: its square is a product with labels of its own, not a square of its factors. */
function isOpened(term: Summand | undefined): boolean {
  return term?.node.kind === 'contraction' && term.node.factors.length > 0
}

/** An open term times one term in the place of `factor`. */
function opened(open: OpenTerm, term: Summand, factor: Factor): OpenTerm {
  const coefficient = open.coefficient.multiply(term.coefficient)
  const labels = term.labels.map((axis) => factor.labels[axis] as number)
  const { node } = term
  if (node.kind !== 'contraction' || !isOpened(term)) {
    return { ...open, coefficient, factors: [...open.factors, { node, labels, exponent: Rational.ONE }] }
  }
  const offset = open.dimensions.length - node.rank
  const place = (label: number) => (label < node.rank ? (labels[label] as number) : label + offset)
  return {
    coefficient,
    factors: [...open.factors, ...node.factors.map((f) => ({ ...f, labels: f.labels.map(place) }))],
    dimensions: [...open.dimensions, ...node.dimensions.slice(node.rank)],
  }
}

/** sigmoid(−t) = 1 − sigmoid(t): of an argument and its negative, the one with positive leading coefficient is kept. */
function logistic(context: Context, value: Scaled, axes: readonly Dimension[]): Summand[] {
  const { node } = value
  const argument = node.kind === 'map' ? node.args[0] : undefined
  const only = argument?.node.kind === 'sum' && argument.node.terms.length === 1 ? argument.node.terms[0] : undefined
  if (!only || only.coefficient.sign > 0) return [value]
  const positive = sum(context, argument?.node.axes ?? [], [{ ...only, coefficient: only.coefficient.negate() }])
  const mirrored = elementwise(context, 'sigmoid', axes, [{ value: positive, labels: value.labels }])
  const one = { node: context.graph.ones([]), coefficient: Rational.ONE, labels: [] }
  return [one, { ...mirrored, coefficient: mirrored.coefficient.negate() }]
}

/** norm2(u) = (Σ u²)^½, rnorm2 its reciprocal, adj(X) = det(X)·inv(X), log(det(X)) as log|det(X)|. */
function generalTerms(
  context: Context,
  node: Node & { kind: 'general' },
  args: readonly { value: Scaled; labels: readonly number[] }[],
): Summand[] {
  const batch = node.axes.slice(0, node.batch)
  const own = node.axes.slice(node.batch)
  const [first] = args
  if (first && (node.name === 'norm2' || node.name === 'rnorm2')) {
    const labels = first.value.labels.map((axis) => first.labels[axis] as number)
    const dimensions = [...batch]
    for (const [axis, label] of labels.entries()) dimensions[label] = first.value.node.axes[axis] as Dimension
    const squares = multiplied(
      context,
      [{ node: materialise(context, first.value), labels: first.labels, exponent: Rational.TWO }],
      dimensions,
      () => termsOf(first.value),
    ).map((open) => product(context, open.coefficient, open.factors, open.dimensions, node.batch))
    const total = sum(context, batch, squares)
    const exponent = node.name === 'norm2' ? Rational.HALF : Rational.HALF.negate()
    const factors = poweredFactors(context, total, identity(node.batch), exponent)
    return [product(context, Rational.ONE, factors, batch, node.batch)]
  }
  if (node.name === 'adj') {
    const inverse = general(context, 'inv', batch, own, args)
    const determinant = general(context, 'det', batch, [], args)
    const factors = [inverse, determinant].map((value) => ({ ...value, exponent: Rational.ONE }))
    const coefficient = inverse.coefficient.multiply(determinant.coefficient)
    return [product(context, coefficient, factors, node.axes, node.axes.length)]
  }
  return [general(context, node.name === 'logdetp' ? 'logdet' : node.name, batch, own, args)]
}

function termsOf(value: Scaled): Summand[] {
  if (value.coefficient.isZero) return []
  if (value.node.kind !== 'sum' || isOne(value.node)) return [value]
  return value.node.terms.map((t) => ({
    node: t.node,
    coefficient: t.coefficient.multiply(value.coefficient),
    labels: t.labels.map((axis) => value.labels[axis] as number),
  }))
}
