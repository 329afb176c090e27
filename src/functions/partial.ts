/** The labels of a general function's call, as partial derivatives name them: `b0 …` batch, `r0 …` result, `a0 …` own. */
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph, NamedFactor } from '../tensor/graph.ts'
import type { GeneralCall, Node, Operand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { PartialTerm } from './entry.ts'

export function term(coefficient: number, factors: readonly NamedFactor[], same?: PartialTerm['same']): PartialTerm {
  return { coefficient: Rational.of(coefficient), factors, ...(same && { same }) }
}

/** `b0 b1 …` and then these names of own axes. */
export function labels(call: GeneralCall, ...own: readonly string[]): string[] {
  return [...numbered('b', call.batch), ...own]
}

/** The argument itself as a factor at `b0 … a0 …`. */
export function argumentFactor(call: GeneralCall, exponent?: Rational): NamedFactor {
  const { node, labels } = argumentOf(call)
  const names = labels.map((label) => (label < call.batch ? `b${label}` : `a${label - call.batch}`))
  return exponent === undefined ? [node, names] : [node, names, exponent]
}

export function argumentOf(call: GeneralCall): Operand {
  return call.args[0] as Operand
}

/** The dimensions of the only argument's own axes. */
export function ownAxes(call: GeneralCall): Dimension[] {
  const { node, labels } = argumentOf(call)
  const own: Dimension[] = []
  for (const [axis, label] of labels.entries()) {
    if (label >= call.batch) own[label - call.batch] = node.axes[axis] as Dimension
  }
  return own
}

/** `a0 a1 …`, a name for each own axis of the argument. */
export function ownLabels(call: GeneralCall): string[] {
  return numbered('a', ownAxes(call).length)
}

/** Another general function of the same argument, over the same batch. */
export function sibling(g: Graph, name: string, call: GeneralCall, own: readonly Dimension[]): Node {
  return g.general(name, call.axes.slice(0, call.batch), own, call.args)
}

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, k) => `${letter}${k}`)
}
