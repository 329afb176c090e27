/** What is drawn of a result, as nodes and lines without places: for Graphviz, and for the drawings of `render/`. */
import type { ExpressionDiagram, NetworkDiagram } from './diagram.ts'

/** A tensor or an operation, the end of an open line, or a dot where other than two ends of lines meet. */
export interface PictureItem {
  readonly id: string
  readonly label: string
  /** What it is, as text that reads back; absent for ends and dots. */
  readonly text?: string
  /** The same with its sizes. */
  readonly tip?: string
  readonly shape: 'box' | 'round' | 'end' | 'dot'
}

export interface PictureLine {
  readonly from: string
  readonly to: string
  readonly label: string
}

export interface Picture {
  readonly items: readonly PictureItem[]
  readonly lines: readonly PictureLine[]
  /** A graph leads from variables to the result; the lines of a network lead nowhere. */
  readonly kind: 'graph' | 'network'
  /** A line below the picture; empty where there is nothing to say. */
  readonly caption: string
}

/** The graph of subexpressions. */
export function graphPicture({ nodes, edges, left }: ExpressionDiagram): Picture {
  return {
    items: nodes.map(({ id, label, text, sizes, kind }) => ({
      id: `n${id}`,
      label,
      text,
      tip: sizes.length === 0 ? text : `${text}: ${sizes.join(', ')}`,
      shape: kind === 'variable' || kind === 'constant' ? 'round' : 'box',
    })),
    lines: edges.map(({ from, to }) => ({ from: `n${from}`, to: `n${to}`, label: '' })),
    kind: 'graph',
    caption: left > 0 ? `the last ${nodes.length} of ${nodes.length + left} nodes` : '',
  }
}

/** Tensors as nodes, indices as lines; an index that more than two share, or that one sums alone, meets in a dot. */
export function networkPicture({ pattern, scale, tensors, output, sizes }: NetworkDiagram): Picture {
  const ends = new Map<string, string[]>()
  const meet = (letter: string, id: string) => {
    const there = ends.get(letter)
    if (there) there.push(id)
    else ends.set(letter, [id])
  }
  for (const [k, { labels }] of tensors.entries()) for (const letter of labels) meet(letter, `t${k}`)
  for (const [k, letter] of output.entries()) meet(letter, `o${k}`)
  const items: PictureItem[] = [
    ...tensors.map(({ text }, k) => ({ id: `t${k}`, label: text, text, tip: text, shape: 'round' as const })),
    ...output.map((letter, k) => ({ id: `o${k}`, label: letter, shape: 'end' as const })),
  ]
  const lines: PictureLine[] = []
  for (const [letter, ids] of ends) {
    const label = sizes[letter] ?? ''
    const [first, second] = ids
    if (first !== undefined && second !== undefined && ids.length === 2) lines.push({ from: first, to: second, label })
    else {
      const dot = `d${items.length}`
      items.push({ id: dot, label: '', shape: 'dot' })
      lines.push(...ids.map((from, k) => ({ from, to: dot, label: k === 0 ? label : '' })))
    }
  }
  return { items, lines, kind: 'network', caption: scale === '1' ? pattern : `${scale} · ${pattern}` }
}
