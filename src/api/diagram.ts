/** Pictures of results as data: the graph of shared subexpressions, and the tensor network of each term. */
import { type Factor, type Node, operands } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { StructuredTerm } from '../tensor/structured.ts'
import { postorder } from '../tensor/walk.ts'
import { Derivative } from './derivative.ts'
import type { Expression } from './expression.ts'
import { nodeWriter } from './node-text.ts'
import { patternOf } from './values.ts'

export interface DiagramNode {
  readonly id: number
  /** What is drawn: a name, a number, an operation. */
  readonly label: string
  /** The node as text that reads back. */
  readonly text: string
  /** Its sizes, as the language writes them. */
  readonly sizes: readonly string[]
  readonly kind: Node['kind']
}

export interface ExpressionDiagram {
  /** Operands before what uses them; the last is the result. */
  readonly nodes: readonly DiagramNode[]
  /** From operand to what uses it, one for each use. */
  readonly edges: readonly { readonly from: number; readonly to: number }[]
  /** Nodes left out because there are more than `limit`. */
  readonly left: number
}

/** One term: tensors, and lines between axes that share an index. */
export interface NetworkDiagram {
  /** An einsum whose output may repeat letters. */
  readonly pattern: string
  readonly scale: string
  readonly tensors: readonly { readonly text: string; readonly labels: readonly string[] }[]
  /** The letters of the result's axes; a letter that stands twice is a unit tensor between two of them. */
  readonly output: readonly string[]
  /** The size that each letter runs over. */
  readonly sizes: Readonly<Record<string, string>>
}

/** The graph of a result's subexpressions, each once. */
export function expressionDiagram(result: Expression | Derivative, limit = 150): ExpressionDiagram {
  const write = nodeWriter(result instanceof Derivative ? result.expression : result)
  const order = postorder([result.node])
  const shown = order.slice(-limit)
  const numbers = new Map(shown.map((node, id) => [node, id]))
  const nodes = shown.map(
    (node, id): DiagramNode => ({
      id,
      label: labelOf(node, write),
      text: write(node),
      sizes: node.axes.map((axis) => axis.key),
      kind: node.kind,
    }),
  )
  const edges = shown.flatMap((node, to) =>
    operands(node).flatMap((operand) => {
      const from = numbers.get(operand.node)
      return from === undefined ? [] : [{ from, to }]
    }),
  )
  return { nodes, edges, left: order.length - shown.length }
}

/** The tensor network of each term of a derivative. */
export function networkDiagrams(derivative: Derivative): NetworkDiagram[] {
  const write = nodeWriter(derivative.expression)
  return derivative.terms.map(opened).map((term) => {
    const pattern = patternOf(derivative, term)
    const [inputs = '', output = ''] = pattern.split('->')
    const rows = term.factors.length === 0 ? [] : inputs.split(',')
    const sizes: Record<string, string> = {}
    const note = (letters: string, labels: readonly number[]) => {
      for (const [k, letter] of [...letters].entries()) sizes[letter] = term.dimensions[labels[k] as number]?.key ?? ''
    }
    note(output, term.output)
    const tensors = term.factors.map(({ node, labels, exponent }, k) => {
      note(rows[k] ?? '', labels)
      const text = write(node)
      return { text: exponent.isOne ? text : `(${text})^${exponent.toString()}`, labels: [...(rows[k] ?? '')] }
    })
    return { pattern, scale: term.coefficient.toString(), tensors, output: [...output], sizes }
  })
}

/** The term with each core that is itself a product replaced by its factors, so that the network shows what is contracted. */
function opened(term: StructuredTerm): StructuredTerm {
  const dimensions = [...term.dimensions]
  const factors: Factor[] = []
  const stack = [...term.factors].reverse()
  for (let factor = stack.pop(); factor !== undefined; factor = stack.pop()) {
    const { node, labels, exponent } = factor
    if (node.kind !== 'contraction' || !exponent.isOne || factors.length + stack.length > MOST_TENSORS) {
      factors.push(factor)
      continue
    }
    const outer = node.dimensions.map((dimension, label) =>
      label < node.rank ? (labels[label] as number) : dimensions.push(dimension) - 1,
    )
    const inner = node.factors.map((part) => ({ ...part, labels: part.labels.map((label) => outer[label] as number) }))
    stack.push(...inner.reverse())
  }
  return { ...term, factors, dimensions }
}

/** A network with more tensors is not opened further: nobody could read it. */
const MOST_TENSORS = 40

function labelOf(node: Node, write: (node: Node) => string): string {
  switch (node.kind) {
    case 'contraction':
      // Without factors it is a tensor of ones.
      if (node.factors.length === 0) return write(node)
      return node.factors.length === 1 ? 'Σ' : '·'
    case 'sum': {
      const [only] = node.terms
      if (node.terms.length !== 1 || !only) return '+'
      return only.coefficient.equals(Rational.MINUS_ONE) ? '−' : `${only.coefficient.toString()} ·`
    }
    case 'map':
    case 'general':
      return node.name
    default:
      return write(node)
  }
}
