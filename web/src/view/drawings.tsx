/** Diagrams drawn as SVG; dagre places the nodes. */
import dagre from '@dagrejs/dagre'
import { useRef } from 'preact/hooks'
import { free, keyOf, pin, point, tinted } from '../state/pointed.ts'
import { by, diagram } from '../state/store.ts'
import type { ExpressionDiagram, NetworkDiagram } from '../worker/protocol.ts'
import { download } from './code.tsx'
import { kind } from './diagram.tsx'
import { DownloadIcon } from './icons.tsx'
import { say } from './spoken.tsx'

/** A thing to place: a tensor or an operation, an end of an open line, or a dot where more than two lines meet. */
interface Item {
  readonly id: string
  readonly label: string
  /** What it is as text, to tint it where it is pointed at; absent for ends and dots. */
  readonly text?: string
  readonly shape: 'box' | 'round' | 'end' | 'dot'
}
interface Line {
  readonly from: string
  readonly to: string
  readonly label: string
  readonly arrow: boolean
}
interface Picture {
  readonly items: readonly Item[]
  readonly lines: readonly Line[]
  readonly direction: 'LR' | 'BT'
}

export function Drawings() {
  const data = diagram.value
  if (!data) return null
  if (kind.value === 'network') {
    return (
      <>
        {data.networks.map((network, at) => (
          <section key={network.title} aria-label={`Tensor network ${network.title}`}>
            {network.terms.length === 0 && <p class="empty">The derivative {network.title} is zero.</p>}
            {network.terms.slice(0, MOST_TERMS).map((term, position) => (
              <Drawing
                key={term.pattern + term.tensors.map((tensor) => tensor.text).join()}
                name={`network-${at + 1}-${position + 1}`}
                caption={`${term.scale === '1' ? '' : `${term.scale} · `}${term.pattern}`}
                description={`Term ${position + 1}: ${term.scale} times ${term.pattern} of ${term.tensors.map((tensor) => tensor.text).join(', ') || 'nothing'}`}
                picture={networkPicture(term)}
              />
            ))}
            {network.terms.length > MOST_TERMS && (
              <p class="note plain">and {network.terms.length - MOST_TERMS} more terms</p>
            )}
          </section>
        ))}
      </>
    )
  }
  return (
    <>
      {data.graphs.map((graph, at) => (
        <Drawing
          key={data.networks[at]?.title}
          name={`graph-${at + 1}`}
          caption={graph.left > 0 ? `the last ${graph.nodes.length} of ${graph.nodes.length + graph.left} nodes` : ''}
          description={`Expression graph of ${data.networks[at]?.einsum ?? ''}`}
          picture={graphPicture(graph)}
        />
      ))}
    </>
  )
}

const MOST_TERMS = 12

function networkPicture({ tensors, output, sizes }: NetworkDiagram): Picture {
  const items: Item[] = tensors.map((tensor, k) => ({
    id: `t${k}`,
    label: short(tensor.text),
    text: tensor.text,
    shape: 'round',
  }))
  const ends = new Map<string, string[]>()
  const meet = (letter: string, id: string) => ends.set(letter, [...(ends.get(letter) ?? []), id])
  for (const [k, { labels }] of tensors.entries()) for (const letter of labels) meet(letter, `t${k}`)
  for (const [k, letter] of output.entries()) {
    items.push({ id: `o${k}`, label: letter, shape: 'end' })
    meet(letter, `o${k}`)
  }
  const lines: Line[] = []
  for (const [letter, ids] of ends) {
    const label = sizes[letter] ?? ''
    const [first, second] = ids
    if (ids.length === 2) lines.push({ from: first as string, to: second as string, label, arrow: false })
    else if (ids.length === 1) {
      // Summed alone: a line into a dot.
      items.push({ id: `d${letter}`, label: '', shape: 'dot' })
      lines.push({ from: first as string, to: `d${letter}`, label, arrow: false })
    } else {
      items.push({ id: `d${letter}`, label: '', shape: 'dot' })
      for (const [k, id] of ids.entries())
        lines.push({ from: id, to: `d${letter}`, label: k === 0 ? label : '', arrow: false })
    }
  }
  return { items, lines, direction: 'LR' }
}

function graphPicture({ nodes, edges }: ExpressionDiagram): Picture {
  return {
    items: nodes.map(({ id, label, text, kind }) => ({
      id: String(id),
      label: short(label),
      text,
      shape: kind === 'variable' || kind === 'constant' ? 'round' : 'box',
    })),
    lines: edges.map(({ from, to }) => ({ from: String(from), to: String(to), label: '', arrow: true })),
    direction: 'BT',
  }
}

const LONGEST_LABEL = 24

function short(text: string): string {
  return text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 1)}…` : text
}

/** The advance of a letter of the drawing's font at its size, in pixels. */
const LETTER = 7.9
const HEIGHT = 32

function sizeOf({ shape, label }: Item): { width: number; height: number } {
  if (shape === 'dot') return { width: 6, height: 6 }
  if (shape === 'end') return { width: 18, height: 20 }
  return { width: Math.max(HEIGHT, label.length * LETTER + 22), height: HEIGHT }
}

interface DrawingProps {
  readonly name: string
  readonly caption: string
  readonly description: string
  readonly picture: Picture
}

function Drawing({ name, caption, description, picture }: DrawingProps) {
  const svg = useRef<SVGSVGElement>(null)
  const { items, lines, width, height } = place(picture)
  const texts = picture.items.flatMap(({ text }) => (text === undefined ? [] : [text]))
  const key = tinted(() => texts.map(keyOf))
  /** ← and → point at one after another, Enter pins, Esc frees. */
  const walk = (event: KeyboardEvent) => {
    const now = texts.findIndex((text) => keyOf(text) === key)
    if (event.key === 'Escape') free()
    else if (event.key === 'Enter' && now >= 0) pin(texts[now])
    else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      const next = texts[event.key === 'ArrowRight' ? now + 1 : now < 0 ? texts.length - 1 : now - 1]
      if (next === undefined) return
      event.preventDefault()
      free()
      point(next)
      say(next)
      const item = svg.current?.querySelectorAll('[data-key]')[texts.indexOf(next)]
      item?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    }
  }
  const save = () => {
    if (svg.current) download(`${name}.svg`, standalone(svg.current), 'image/svg+xml')
  }
  return (
    <figure class="drawing">
      <div
        class="scroll"
        tabIndex={0}
        role="group"
        aria-label={description}
        onKeyDown={walk}
        onBlur={() => point(undefined)}
      >
        <svg
          ref={svg}
          xmlns="http://www.w3.org/2000/svg"
          role="img"
          aria-label={description}
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          font-family="JetBrains Mono, monospace"
          font-size="13"
        >
          {lines.map(({ path, label, x, y, key, arrow }) => (
            <g key={key}>
              <path d={path} class="edge" fill="none" stroke="#868b94" stroke-width="1.5" />
              {arrow && <path d={arrow} class="arrow" fill="#868b94" />}
              {label !== '' && (
                <text x={x} y={y - 5} class="size" text-anchor="middle" font-size="12" fill="#5b616b">
                  {label}
                </text>
              )}
            </g>
          ))}
          {items.map(({ item, x, y, width: w, height: h }) => (
            // biome-ignore lint/a11y/noStaticElementInteractions: pointing tints the same part elsewhere, and adds nothing
            <g
              key={item.id}
              class={classOf(item, key)}
              data-key={item.text === undefined ? undefined : keyOf(item.text)}
              onMouseEnter={() => point(item.text)}
              onMouseLeave={() => point(undefined)}
              onClick={() => pin(item.text)}
            >
              {item.text !== undefined && <title>{item.text}</title>}
              {item.shape !== 'end' && (
                <rect
                  x={x - w / 2}
                  y={y - h / 2}
                  width={w}
                  height={h}
                  rx={item.shape === 'box' ? 6 : h / 2}
                  fill={item.shape === 'dot' ? '#868b94' : '#ffffff'}
                  stroke="#868b94"
                />
              )}
              <text x={x} y={y + 4.5} text-anchor="middle" fill="#1b1d22">
                {item.label}
              </text>
            </g>
          ))}
        </svg>
      </div>
      <figcaption>
        <code>{caption}</code>
        <button
          type="button"
          class="icon-button"
          aria-label={`Download ${name} as SVG`}
          title="Download as SVG"
          onClick={save}
        >
          <DownloadIcon />
        </button>
      </figcaption>
    </figure>
  )
}

function classOf({ text, shape }: Item, key: string | undefined): string {
  const isBy = text !== undefined && by.value.includes(text)
  const isPointed = text !== undefined && key !== undefined && key === keyOf(text)
  return `item ${shape} ${isBy ? 'by' : ''} ${isPointed ? 'pointed' : ''}`
}

function place({ items, lines, direction }: Picture) {
  const graph = new dagre.graphlib.Graph({ multigraph: true })
  graph.setGraph({ rankdir: direction, nodesep: 18, ranksep: direction === 'LR' ? 48 : 30, marginx: 8, marginy: 12 })
  for (const item of items) graph.setNode(item.id, sizeOf(item))
  for (const [k, line] of lines.entries()) {
    graph.setEdge(line.from, line.to, { width: line.label.length * 7, height: 14, labelpos: 'c' }, String(k))
  }
  dagre.layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    items: items.map((item) => ({
      item,
      ...(graph.node(item.id) as { x: number; y: number; width: number; height: number }),
    })),
    lines: lines.map((line, k) => {
      const edge = graph.edge(line.from, line.to, String(k)) as {
        points: { x: number; y: number }[]
        x?: number
        y?: number
      }
      return {
        key: String(k),
        label: line.label,
        path: smooth(edge.points),
        arrow: line.arrow ? arrowHead(edge.points) : undefined,
        x: edge.x ?? 0,
        y: edge.y ?? 0,
      }
    }),
  }
}

/** A curve through the middles of a polyline's segments. */
function smooth(points: readonly { x: number; y: number }[]): string {
  const [first, ...rest] = points
  if (!first) return ''
  let path = `M${first.x} ${first.y}`
  for (const [k, point] of rest.entries()) {
    const next = rest[k + 1]
    path += next
      ? `Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}`
      : `L${point.x} ${point.y}`
  }
  return path
}

function arrowHead(points: readonly { x: number; y: number }[]): string {
  const end = points.at(-1)
  const before = points.at(-2)
  if (!end || !before) return ''
  const angle = Math.atan2(end.y - before.y, end.x - before.x)
  const corner = (turn: number) => `${end.x - 7 * Math.cos(angle + turn)} ${end.y - 7 * Math.sin(angle + turn)}`
  return `M${end.x} ${end.y}L${corner(0.45)}L${corner(-0.45)}Z`
}

/** The drawing as a file of its own, whose colours stand in its attributes. */
function standalone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement
  for (const element of copy.querySelectorAll('[class]')) {
    element.removeAttribute('class')
    element.removeAttribute('data-key')
  }
  return new XMLSerializer().serializeToString(copy)
}
