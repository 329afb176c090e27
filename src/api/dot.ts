/** The graph of a result's subexpressions, and the tensor networks of its terms, in Graphviz' language. */
import { Derivative } from './derivative.ts'
import { expressionDiagram, type NetworkDiagram, networkDiagrams } from './diagram.ts'
import type { Expression } from './expression.ts'

/** Nodes that a graph shows at most; the last ones, towards the result. */
const MOST_NODES = 1000

/** A digraph from variables to the result; of a derivative, below it an undirected graph for each term. */
export function dotText(result: Expression | Derivative): string {
  const { nodes, edges, left } = expressionDiagram(result, MOST_NODES)
  const lines = [
    'digraph expression {',
    '  rankdir = BT',
    '  node [shape = box, style = rounded, fontname = "monospace"]',
    ...(left > 0 ? [`  label = ${quoted(`the last ${nodes.length} of ${nodes.length + left} nodes`)}`] : []),
    ...nodes.map(({ id, label, text, sizes, kind }) => {
      const isLeaf = kind === 'variable' || kind === 'constant'
      const shape = isLeaf ? ', shape = ellipse' : ''
      const tip = sizes.length === 0 ? text : `${text}: ${sizes.join(', ')}`
      return `  n${id} [label = ${quoted(label)}, tooltip = ${quoted(tip)}${shape}]`
    }),
    ...edges.map(({ from, to }) => `  n${from} -> n${to}`),
    '}',
  ]
  const networks = result instanceof Derivative ? networkDiagrams(result).map(networkLines) : []
  return [lines, ...networks].map((graph) => graph.join('\n')).join('\n')
}

/** Tensors as nodes, indices as edges; an index that more than two share, or that one sums alone, meets in a point. */
function networkLines({ pattern, scale, tensors, output, sizes }: NetworkDiagram, at: number): string[] {
  const ends = new Map<string, string[]>()
  const meet = (letter: string, id: string) => ends.set(letter, [...(ends.get(letter) ?? []), id])
  for (const [k, { labels }] of tensors.entries()) for (const letter of labels) meet(letter, `t${k}`)
  for (const [k, letter] of output.entries()) meet(letter, `o${k}`)
  const lines: string[] = []
  for (const [letter, ids] of ends) {
    const label = `[label = ${quoted(sizes[letter] ?? '')}]`
    const [first, second] = ids
    if (ids.length === 2) lines.push(`  ${first} -- ${second} ${label}`)
    else {
      lines.push(`  d${letter} [shape = point]`)
      lines.push(...ids.map((id, k) => `  ${id} -- d${letter}${k === 0 ? ` ${label}` : ''}`))
    }
  }
  return [
    `graph term${at + 1} {`,
    `  label = ${quoted(`${scale} · ${pattern}`)}`,
    '  node [shape = ellipse, fontname = "monospace"]',
    ...tensors.map(({ text }, k) => `  t${k} [label = ${quoted(text)}]`),
    ...output.map((letter, k) => `  o${k} [label = ${quoted(letter)}, shape = plaintext]`),
    ...lines,
    '}',
  ]
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', ' ')}"`
}
