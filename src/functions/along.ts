/** Functions that run along one axis and keep it: `softmax`, `logsoftmax`, `cumsum`. */
import { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import type { Node } from '../tensor/node.ts'
import type { Documentation, GeneralFunction, LanguageFunction } from './entry.ts'
import { labels, ownAxes, sibling, term } from './partial.ts'
import { argument, axis, checkAxes } from './shape.ts'

/** As the language calls them. */
export const alongAxis: readonly LanguageFunction[] = [
  along(
    'softmax',
    'exp(x)/sum(exp(x)) of a vector, in a form that does not overflow; of a matrix, for each row or along an axis.',
    (g, node, own) => alongLast(g, 'softmax', node, own),
  ),
  along(
    'logsoftmax',
    'log(softmax(x)) of a vector, in a form that does not overflow; of a matrix, for each row or along an axis.',
    (g, node, own) => alongLast(g, 'logsoftmax', node, own),
  ),
  along(
    'prodexcept',
    'For each entry the product of all others: the derivative of prod; of a matrix, for each row or along an axis.',
    (g, node, own) => alongLast(g, 'prodexcept', node, own),
  ),
  along('cumsum', 'The sums of the entries up to each; of a matrix, for each row or along an axis.', cumulativeSum),
]

function along(name: string, doc: string, run: (g: Graph, node: Node, own: number) => Node): LanguageFunction {
  return {
    name,
    usage: `${name}(x), ${name}(A,axis=1)`,
    doc,
    latex: named(`\\operatorname{${name}}`),
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
    build: (g, [node], call) => run(g, node as Node, call.axes?.[0] ?? argument(call).axes.length - 1),
  }
}

/** Σ over j ≤ i of x[j], for each i. */
function cumulativeSum(g: Graph, node: Node, own: number): Node {
  const labels = [...node.axes.keys()].map((position) => (position === own ? 'j' : position))
  const output = labels.map((label) => (label === 'j' ? 'i' : label))
  return g.contract(output, [
    [notAfter(g, axis(node, own)), ['j', 'i']],
    [node, labels],
  ])
}

/** 1 where the first index is at most the second. */
function notAfter(g: Graph, n: Dimension): Node {
  const terms = [
    { axis: 0, coefficient: Dimension.ONE },
    { axis: 1, coefficient: Dimension.constant(-1) },
  ]
  return g.indicator([n, n], [{ relation: 'le', terms, offset: Dimension.ZERO }])
}

/** The general functions among them: their derivatives in index form. */
export const alongPartials: readonly GeneralFunction[] = [
  {
    kind: 'general',
    name: 'softmax',
    usage: 'softmax(x)',
    doc: 'exp(x)/sum(exp(x)) along an axis.',
    latex: named('\\operatorname{softmax}'),
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
  {
    kind: 'general',
    name: 'logsoftmax',
    usage: 'logsoftmax(x)',
    doc: 'log(softmax(x)) along an axis.',
    latex: named('\\operatorname{logsoftmax}'),
    ownRanks: [1],
    // ∂l[r]/∂x[a] = δ[r,a] − softmax(x)[a]
    partial: (g, call) => [
      term(1, [], [['r0', 'a0']]),
      term(-1, [[sibling(g, 'softmax', call, ownAxes(call)), labels(call, 'a0')]]),
    ],
  },
]

/** A general function with one own axis, kept in its place. */
function alongLast(g: Graph, name: string, node: Node, own: number): Node {
  const order = [...node.axes.keys()].filter((position) => position !== own)
  const batch: Dimension[] = order.map((position) => axis(node, position))
  order.push(own)
  const labels = [...node.axes.keys()].map((position) => order.indexOf(position))
  return g.permute(g.general(name, batch, [axis(node, own)], [{ node, labels }]), labels)
}

function named(latex: string): Documentation['latex'] {
  return (...args) => `${latex}\\left(${args.join(', ')}\\right)`
}
