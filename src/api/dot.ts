/** The graph of a result's subexpressions, and the tensor networks of its terms, in Graphviz' language. */
import { Derivative } from './derivative.ts'
import { expressionDiagram, networkDiagrams } from './diagram.ts'
import type { Expression } from './expression.ts'
import { graphPicture, networkPicture, type Picture, type PictureItem } from './picture.ts'

/** Nodes that a graph shows at most; the last ones, towards the result. */
const MOST_NODES = 1000

/** A digraph from variables to the result; of a derivative, below it an undirected graph for each term. */
export function dotText(result: Expression | Derivative): string {
  const networks = result instanceof Derivative ? networkDiagrams(result).map(networkPicture) : []
  return [
    ...graphLines('digraph expression', '->', graphPicture(expressionDiagram(result, MOST_NODES))),
    ...networks.flatMap((network, at) => graphLines(`graph term${at + 1}`, '--', network)),
  ].join('\n')
}

function graphLines(head: string, edge: '->' | '--', { kind, caption, items, lines }: Picture): string[] {
  return [
    `${head} {`,
    ...(kind === 'graph' ? ['  rankdir = BT'] : []),
    ...(caption === '' ? [] : [`  label = ${quoted(caption)}`]),
    `  node [shape = ${kind === 'graph' ? 'box, style = rounded' : 'ellipse'}, fontname = "monospace"]`,
    ...items.map((item) => `  ${item.id} [${itemAttributes(item, kind).join(', ')}]`),
    ...lines.map(({ from, to, label }) => {
      return `  ${from} ${edge} ${to}${kind === 'network' && label !== '' ? ` [label = ${quoted(label)}]` : ''}`
    }),
    '}',
  ]
}

function itemAttributes({ label, text, tip, shape }: PictureItem, kind: Picture['kind']): string[] {
  if (shape === 'dot') return ['shape = point']
  const attributes = [`label = ${quoted(label)}`]
  if (tip !== undefined && (tip !== text || tip !== label)) attributes.push(`tooltip = ${quoted(tip)}`)
  if (shape === 'end') attributes.push('shape = plaintext')
  if (shape === 'round' && kind === 'graph') attributes.push('shape = ellipse')
  return attributes
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', ' ')}"`
}
