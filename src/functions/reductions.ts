/**
 * Functions that reduce axes or run along one: `sum`, `max`, `norm2`, `softmax`. Without an axis a reduction takes all.
 *
 * The general functions among them have any number of own axes and no result axes; `softmax` has one of each.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import type { GeneralCall, Node, Operand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { Documentation, GeneralFunction, LanguageFunction, PartialTerm, Shape, TypedCall, Typer } from './entry.ts'
import { argumentFactor, argumentOf, labels, ownAxes, ownLabels, sibling, term } from './partial.ts'
import { argument, axis, scalar, vector } from './shape.ts'

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
]

/** The functions that run along one axis and keep it. */
export const alongAxis: readonly LanguageFunction[] = [
  {
    name: 'softmax',
    usage: 'softmax(x), softmax(A,axis=1)',
    doc: 'exp(x)/sum(exp(x)) of a vector, in a form that does not overflow; of a matrix, for each row or along an axis.',
    latex: named('\\operatorname{softmax}'),
    parameters: ['value'],
    arity: [1, 1],
    axis: 'optional',
    binder: 'along',
    type(typer, call) {
      const shape = argument(call)
      checkAxes(typer, call)
      if (shape.axes.length === 0) typer.fail('TypeMismatch', `${typer.name(0)} is a scalar, not a vector`)
      if (shape.axes.length > 2 && call.axes === undefined) {
        typer.fail('AmbiguousExpression', `${typer.name(0)} has ${shape.axes.length} axes`, 'name one: `axis=1`')
      }
      return shape
    },
    build(g, [node], call) {
      const shape = argument(call)
      return alongLast(g, 'softmax', node as Node, call.axes?.[0] ?? shape.axes.length - 1)
    },
  },
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
    ...documented('softmax', 'softmax(x)', 'exp(x)/sum(exp(x)) along an axis.', named('\\operatorname{softmax}')),
    ownRanks: [1],
    range: 'positive',
    // ∂s[r]/∂x[a] = s[r]·δ[r,a] − s[r]·s[a]
    partial: (_g, call) => [
      term(1, [[call, labels(call, 'r0')]], [['r0', 'a0']]),
      term(-1, [
        [call, labels(call, 'r0')],
        [call, labels(call, 'a0')],
      ]),
    ],
  },
]

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

function checkAxes(typer: Typer, call: TypedCall): void {
  const shape = argument(call)
  const [first] = call.axes ?? []
  if (first === undefined) return
  const order = shape.axes.length
  if (first >= order) {
    const axes = order === 0 ? 'no axes' : order === 1 ? 'one axis' : `${order} axes`
    typer.fail('ShapeMismatch', `axis ${first + 1} of ${typer.name(0)}, which has ${axes}`, 'axes count from 1')
  }
  if (shape.row) {
    typer.fail(
      'AmbiguousExpression',
      `an axis of ${typer.name(0)}, a row vector, could be counted as of a matrix or of a vector`,
      'leave the axis out',
    )
  }
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

/** A general function with one own axis, kept in its place. */
function alongLast(g: Graph, name: string, node: Node, own: number): Node {
  const order = [...node.axes.keys()].filter((position) => position !== own)
  const batch: Dimension[] = order.map((position) => axis(node, position))
  order.push(own)
  const labels = [...node.axes.keys()].map((position) => order.indexOf(position))
  return g.permute(g.general(name, batch, [axis(node, own)], [{ node, labels }]), labels)
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
