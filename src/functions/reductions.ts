/**
 * Functions that reduce axes: `sum`, `max`, `norm2`, `prod`. Without an axis they take all.
 *
 * The general functions among them have any number of own axes and no result axes; `prod` takes one axis after the other.
 */
import type { Dimension } from '../tensor/dimension.ts'
import { equalAxes, type Graph, identity } from '../tensor/graph.ts'
import type { GeneralCall, Node, Operand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { Documentation, GeneralFunction, LanguageFunction, PartialTerm, Shape, TypedCall, Typer } from './entry.ts'
import { argumentFactor, argumentOf, labels, ownAxes, ownLabels, sibling, term } from './partial.ts'
import { argument, axis, checkAxes, scalar, vector } from './shape.ts'

type Reduce = (g: Graph, node: Node, axes: readonly number[]) => Node

interface Reduction {
  readonly name: string
  readonly synonyms?: readonly string[]
  readonly doc: string
  readonly latex: (...args: readonly string[]) => string
  readonly axis?: 'named'
  readonly binder?: 'reduce'
  /** The node without these axes, at least one. */
  readonly reduce: Reduce
  /** For an argument of order 0. */
  readonly ofScalar: (g: Graph, node: Node) => Node
}

/** The reductions as the language calls them. */
export const reductions: readonly LanguageFunction[] = [
  reduction({
    name: 'sum',
    doc: 'The sum of all entries, or over one axis.',
    latex: named('\\operatorname{sum}'),
    binder: 'reduce',
    reduce: sum,
    ofScalar: same,
  }),
  reduction({
    name: 'mean',
    doc: 'The mean of all entries, or over one axis.',
    latex: named('\\operatorname{mean}'),
    binder: 'reduce',
    reduce: mean,
    ofScalar: same,
  }),
  reduction({
    name: 'norm1',
    doc: 'The sum of the absolute values of the entries.',
    latex: norm('1'),
    reduce: (g, node, axes) => sum(g, g.apply('abs', node), axes),
    ofScalar: absolute,
  }),
  reduction({
    name: 'norm2',
    synonyms: ['normF'],
    doc: "The square root of the sum of the squares of the entries: Euclid's norm of a vector, Frobenius' of a matrix.",
    latex: norm('2'),
    binder: 'reduce',
    reduce: generalReduce('norm2'),
    ofScalar: absolute,
  }),
  reduction({
    name: 'norminf',
    doc: 'The greatest absolute value of the entries.',
    latex: norm('\\infty'),
    reduce: (g, node, axes) => generalReduce('max')(g, g.apply('abs', node), axes),
    ofScalar: absolute,
  }),
  reduction({
    name: 'max',
    doc: 'The greatest entry, or over one axis, which is always named; of two arguments, the greater at each entry.',
    latex: named('\\max'),
    axis: 'named',
    binder: 'reduce',
    reduce: generalReduce('max'),
    ofScalar: same,
  }),
  reduction({
    name: 'min',
    doc: 'The smallest entry, or over one axis, which is always named; of two arguments, the smaller at each entry.',
    latex: named('\\min'),
    axis: 'named',
    binder: 'reduce',
    reduce: generalReduce('min'),
    ofScalar: same,
  }),
  reduction({
    name: 'logsumexp',
    doc: 'log(sum(exp(A))), in a form that does not overflow.',
    latex: named('\\operatorname{logsumexp}'),
    binder: 'reduce',
    reduce: generalReduce('logsumexp'),
    ofScalar: same,
  }),
  reduction({
    name: 'prod',
    doc: 'The product of all entries, or over one axis.',
    latex: named('\\operatorname{prod}'),
    binder: 'reduce',
    // The last axis first, so that the numbers of the others still hold.
    reduce: (g, node, axes) =>
      [...axes].sort((a, b) => b - a).reduce((rest, own) => generalReduce('prod')(g, rest, [own]), node),
    ofScalar: same,
  }),
]

/** The general functions of this file: their derivatives in index form. */
export const reductionPartials: readonly GeneralFunction[] = [
  {
    ...documented('max', 'max(A)', 'The greatest entry over some axes.', named('\\max')),
    convention: 'Where several entries are greatest, the derivative is divided evenly.',
    ownRanks: ['any'],
    partial: (g, call) => evenSplit(g, call, 'ge'),
  },
  {
    ...documented('min', 'min(A)', 'The smallest entry over some axes.', named('\\min')),
    convention: 'Where several entries are smallest, the derivative is divided evenly.',
    ownRanks: ['any'],
    partial: (g, call) => evenSplit(g, call, 'le'),
  },
  {
    ...documented('norm2', 'norm2(A)', 'The square root of the sum of squares over some axes.', norm('2')),
    convention: 'The derivative at 0 is 0.',
    ownRanks: ['any'],
    range: 'nonnegative',
    // ∂‖u‖/∂u[a] = u[a]/‖u‖
    partial: (g, call) => [term(1, [argumentFactor(call), [sibling(g, 'rnorm2', call, []), labels(call)]])],
  },
  {
    ...documented('rnorm2', '1/norm2(A)', '1/norm2(A), but 0 where A = 0.', (u) => `\\frac{1}{${norm('2')(u ?? '')}}`),
    ownRanks: ['any'],
    range: 'nonnegative',
    // ∂‖u‖⁻¹/∂u[a] = −u[a]·‖u‖⁻³
    partial: (_g, call) => [term(-1, [argumentFactor(call), [call, labels(call), Rational.of(3)]])],
  },
  {
    ...documented('logsumexp', 'logsumexp(A)', 'log(sum(exp(A))) over some axes.', named('\\operatorname{logsumexp}')),
    ownRanks: ['any'],
    partial: (g, call) => [term(1, [[exponentialShare(g, call), labels(call, ...ownLabels(call))]])],
  },
  {
    ...documented('prod', 'prod(x)', 'The product over an axis.', named('\\operatorname{prod}')),
    ownRanks: [1],
    // ∂Π/∂x[a] = Π over k≠a of x[k]: no division, so zeros are like other numbers.
    partial: (g, call) => [term(1, [[sibling(g, 'prodexcept', call, ownAxes(call)), labels(call, 'a0')]])],
  },
  {
    ...documented(
      'prodexcept',
      'prodexcept(x)',
      'For each entry the product of all others along an axis: the derivative of prod.',
      named('\\operatorname{prodexcept}'),
    ),
    ownRanks: [1],
    partial: (g, call) => [productOfOthersPartial(g, call)],
  },
]

/**
 * ∂P[r]/∂x[a] = Π over k≠r,a of x[k] for a ≠ r, else 0. For each r that is the product of all but a of the entries with a 1 in
 * the place of x[r], so it is the same function again, with r as one more batch axis.
 */
function productOfOthersPartial(g: Graph, call: GeneralCall): PartialTerm {
  const { batch } = call
  const [n] = ownAxes(call) as [Dimension]
  const axes = [...call.axes.slice(0, batch), n, n]
  const [r, k] = [batch, batch + 1]
  const { relation: _, ...equal } = equalAxes(0, 1)
  const differs = g.indicator([n, n], [{ ...equal, relation: 'ne' }])
  const { node, labels: given } = argumentOf(call)
  const others = g.contraction(
    [
      { node: differs, labels: [r, k], exponent: Rational.ONE },
      { node, labels: given.map((label) => (label < batch ? label : k)), exponent: Rational.ONE },
    ],
    axes,
    axes.length,
  )
  const masked = g.sum(axes, [
    { node: others, labels: identity(axes.length), coefficient: Rational.ONE },
    { node: g.delta(n), labels: [r, k], coefficient: Rational.ONE },
  ])
  const rest = g.general('prodexcept', axes.slice(0, -1), [n], [{ node: masked, labels: identity(axes.length) }])
  return term(1, [
    [differs, ['r0', 'a0']],
    [rest, labels(call, 'r0', 'a0')],
  ])
}

function documented(
  name: string,
  usage: string,
  doc: string,
  latex: Documentation['latex'],
): Pick<GeneralFunction, 'kind' | 'name' | 'usage' | 'doc' | 'latex'> {
  return { kind: 'general', name, usage, doc, latex }
}

/** 1 where the entry is as great (`ge`) or as small (`le`) as the result, divided by the number of such entries. */
function evenSplit(g: Graph, call: GeneralCall, comparison: 'ge' | 'le'): PartialTerm[] {
  const batch = call.axes.slice(0, call.batch)
  const result: Operand = { node: call, labels: batch.map((_, label) => label) }
  const own = ownLabels(call)
  const ties = g.map(comparison, [...batch, ...ownAxes(call)], [argumentOf(call), result])
  const count = g.contract(labels(call), [[ties, labels(call, ...own)]])
  return [
    term(1, [
      [ties, labels(call, ...own)],
      [count, labels(call), Rational.MINUS_ONE],
    ]),
  ]
}

/** exp(x − logsumexp(x)), over batch and own axes: softmax, of any number of own axes. */
function exponentialShare(g: Graph, call: GeneralCall): Node {
  const batch = call.axes.slice(0, call.batch)
  const own = ownAxes(call)
  if (own.length === 1) return sibling(g, 'softmax', call, own)
  const difference = g.sum(
    [...batch, ...own],
    [
      { ...argumentOf(call), coefficient: Rational.ONE },
      { node: call, labels: batch.map((_, label) => label), coefficient: Rational.MINUS_ONE },
    ],
  )
  return g.apply('exp', difference)
}

function reduction({ reduce, ofScalar, ...entry }: Reduction): LanguageFunction {
  const usage =
    entry.axis === 'named' ? `${entry.name}(A,axis=1), ${entry.name}(a,b)` : `${entry.name}(A), ${entry.name}(A,1)`
  return {
    usage,
    parameters: ['value'],
    arity: [1, 1],
    axis: 'optional',
    type: reducedShape,
    build(g, [node], call) {
      const operand = node as Node
      if (operand.axes.length === 0) return ofScalar(g, operand)
      return reduce(g, operand, call.axes ?? operand.axes.map((_, axis) => axis))
    },
    ...entry,
  }
}

function reducedShape(typer: Typer, call: TypedCall): Shape {
  const shape = argument(call)
  const { axes } = call
  if (axes === undefined) return scalar
  checkAxes(typer, call)
  const kept = shape.axes.filter((_, axis) => !axes.includes(axis))
  const [only] = kept
  // The sum over the first axis of a matrix is a row, over the second a column.
  return only !== undefined && shape.axes.length === 2 && kept.length === 1
    ? vector(only, axes[0] === 0)
    : { axes: kept }
}

function sum(g: Graph, node: Node, axes: readonly number[]): Node {
  const kept = node.axes.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  return g.contract(kept, [[node, node.axes.map((_, axis) => axis)]])
}

function mean(g: Graph, node: Node, axes: readonly number[]): Node {
  const total = sum(g, node, axes)
  const count = g.contraction(
    [],
    axes.map((position) => axis(node, position)),
    0,
  )
  const own = total.axes.map((_, label) => label)
  return g.contract(own, [
    [total, own],
    [count, [], Rational.MINUS_ONE],
  ])
}

/** A general function without result axes, over these own axes. */
function generalReduce(name: string): Reduce {
  return (g, node, axes) => {
    const kept = node.axes.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
    const order = [...kept, ...axes]
    const batch = kept.map((position) => axis(node, position))
    return g.general(name, batch, [], [{ node, labels: node.axes.map((_, position) => order.indexOf(position)) }])
  }
}

function same(_g: Graph, node: Node): Node {
  return node
}

function absolute(g: Graph, node: Node): Node {
  return g.apply('abs', node)
}

function named(latex: string): Documentation['latex'] {
  return (...args) => `${latex}\\left(${args.join(', ')}\\right)`
}

function norm(which: string): Documentation['latex'] {
  return (argument) => `\\left\\lVert ${argument} \\right\\rVert_{${which}}`
}
