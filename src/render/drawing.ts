/** Pictures with places: dagre, which the bundles of the command and of the page hold, lays them out. */
import dagre from '@dagrejs/dagre'
import { graphPicture, networkPicture, type Picture, type PictureItem } from '../api/picture.ts'
import { Derivative, EincalcError, type Expression, expressionDiagram, networkDiagrams } from '../index.ts'
import { cut } from './cut.ts'

/** Lengths are in pixels; `x` and `y` are the middle. */
export interface PlacedItem {
  readonly item: PictureItem
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface PlacedLine {
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly label: string
  /** The middle of the label. */
  readonly x: number
  readonly y: number
}

export interface Drawing {
  readonly width: number
  readonly height: number
  readonly items: readonly PlacedItem[]
  readonly lines: readonly PlacedLine[]
  readonly hasArrows: boolean
  readonly caption: string
  /** What it shows, in words. */
  readonly description: string
}

export interface Drawings {
  /** The graph of subexpressions; of one with many, the last ones, towards the result. */
  readonly graph: Drawing
  /** The tensor networks of the first terms of a derivative, and how many more terms it has. */
  readonly networks: readonly Drawing[]
  readonly left: number
}

const MOST_NODES = 150
const MOST_TERMS = 12

/** Lines of one picture, beyond which laying out takes seconds and nobody follows a line. */
const MOST_LINES = 400

/** All drawings of a result. Throws `LimitExceeded` for a picture with too many lines. */
export function drawingsOf(result: Expression | Derivative): Drawings {
  const terms = result instanceof Derivative ? networkDiagrams(result) : []
  return {
    graph: drawn(graphPicture(expressionDiagram(result, MOST_NODES)), `Expression graph of ${result.toEinsum()}`),
    networks: terms.slice(0, MOST_TERMS).map((term, k) => {
      const tensors = term.tensors.map(({ text }) => text).join(', ') || 'nothing'
      return drawn(networkPicture(term), `Term ${k + 1}: ${term.scale} times ${term.pattern} of ${tensors}`)
    }),
    left: Math.max(0, terms.length - MOST_TERMS),
  }
}

const LONGEST_LABEL = 24
const LONGEST_DESCRIPTION = 2000

/** The advance of a letter of the drawing's font at its size, in pixels. */
const LETTER = 7.9
const HEIGHT = 32

function sizeOf({ shape, label }: PictureItem): { width: number; height: number } {
  if (shape === 'dot') return { width: 6, height: 6 }
  if (shape === 'end') return { width: 18, height: 20 }
  return { width: Math.max(HEIGHT, widthOf(label) * LETTER + 22), height: HEIGHT }
}

/** Letters of scripts whose letters are as wide as two of ours. */
const WIDE = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u

function widthOf(label: string): number {
  return [...label].reduce((sum, letter) => sum + (/\p{M}/u.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1), 0)
}

function drawn({ items: all, lines, kind, caption }: Picture, description: string): Drawing {
  if (lines.length > MOST_LINES) {
    throw new EincalcError({
      code: 'LimitExceeded',
      message: `the ${kind === 'graph' ? 'expression graph' : 'tensor network'} has ${lines.length} lines; drawn are up to ${MOST_LINES}`,
      hint: '`--format dot` writes it for Graphviz.',
    })
  }
  const items = all.map((item) => ({ ...item, label: cut(item.label, LONGEST_LABEL) }))
  const isNetwork = kind === 'network'
  const graph = new dagre.graphlib.Graph({ multigraph: true })
  graph.setGraph({
    rankdir: isNetwork ? 'LR' : 'BT',
    nodesep: 18,
    ranksep: isNetwork ? 48 : 30,
    marginx: 8,
    marginy: 12,
  })
  for (const item of items) graph.setNode(item.id, sizeOf(item))
  for (const [k, line] of lines.entries()) {
    graph.setEdge(line.from, line.to, { width: line.label.length * 7, height: 14, labelpos: 'c' }, String(k))
  }
  dagre.layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    items: items.map((item) => {
      const { x, y, width: w, height: h } = graph.node(item.id) as Omit<PlacedItem, 'item'>
      return { item, x, y, width: w, height: h }
    }),
    lines: lines.map(({ from, to, label }, k) => {
      const edge = graph.edge(from, to, String(k)) as Pick<PlacedLine, 'points'> & { x?: number; y?: number }
      return { points: edge.points.map(({ x, y }) => ({ x, y })), label, x: edge.x ?? 0, y: edge.y ?? 0 }
    }),
    hasArrows: kind === 'graph',
    caption,
    description: cut(description, LONGEST_DESCRIPTION),
  }
}
