/** A drawing as elements of SVG, which the page shows, and as a file of its own. */
import { cut } from './cut.ts'
import type { Drawing, PlacedItem, PlacedLine } from './drawing.ts'

export interface SvgElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string | number>>
  readonly children: readonly (SvgElement | string)[]
  /** What it draws. */
  readonly item?: PlacedItem['item']
}

/** A heading, and the drawings below it. */
export interface Section {
  readonly heading?: string
  readonly drawings: readonly Drawing[]
  /** The texts of items that are tinted: the variables differentiated by. */
  readonly by: readonly string[]
  /** A line below the last drawing. */
  readonly note?: string
}

export interface SvgText {
  readonly title: string
  readonly description: string
  readonly sections: readonly Section[]
}

/** The page's colours, light and dark (`web/src/style/tokens.css`). */
const LIGHT = { canvas: '#ffffff', control: '#868b94', text: '#1b1d22', muted: '#5b616b', accent: '#3346d3' }
const DARK = { canvas: '#131417', control: '#737985', text: '#ecedef', muted: '#a3a9b3', accent: '#a9b5ff' }

export const FONT = { 'font-family': 'JetBrains Mono, ui-monospace, monospace', 'font-size': 13 } as const

/**
 * Lines, then items, in the drawing's own coordinates. Colours stand in attributes, for light surroundings; classes are for
 * style sheets, which go before attributes.
 */
export function drawingElements({ lines, items, hasArrows }: Drawing): SvgElement[] {
  return [...lines.map((line) => lineElement(line, hasArrows)), ...items.map(itemElement)]
}

function lineElement({ points, label, x, y }: PlacedLine, hasArrow: boolean): SvgElement {
  const parts = [
    element('path', { class: 'edge', d: smooth(points), fill: 'none', stroke: LIGHT.control, 'stroke-width': 1.5 }),
  ]
  if (hasArrow) parts.push(element('path', { class: 'arrow', d: arrowHead(points), fill: LIGHT.control }))
  if (label !== '') {
    const place = { x: rounded(x), y: rounded(y - 5) }
    const type = { class: 'size', 'text-anchor': 'middle', 'font-size': 12, fill: LIGHT.muted }
    // A line below it leaves it room.
    const halo = { stroke: LIGHT.canvas, 'stroke-width': 4, 'paint-order': 'stroke' }
    parts.push(element('text', { ...type, ...halo, ...place }, label))
  }
  return element('g', {}, ...parts)
}

function itemElement({ item, x, y, width, height }: PlacedItem): SvgElement {
  const parts: SvgElement[] = []
  if (item.tip !== undefined) parts.push(element('title', {}, item.tip))
  if (item.shape !== 'end') {
    const box = { x: rounded(x - width / 2), y: rounded(y - height / 2), width: rounded(width), height }
    const fill = item.shape === 'dot' ? LIGHT.control : LIGHT.canvas
    parts.push(element('rect', { ...box, rx: item.shape === 'box' ? 6 : height / 2, fill, stroke: LIGHT.control }))
  }
  if (item.label !== '') {
    const place = { x: rounded(x), y: rounded(y + 4.5) }
    const tilt = item.shape === 'end' ? { 'font-style': 'italic', fill: LIGHT.muted } : { fill: LIGHT.text }
    parts.push(element('text', { ...place, 'text-anchor': 'middle', ...tilt }, item.label))
  }
  return { ...element('g', { class: `item ${item.shape}` }, ...parts), item }
}

type Points = PlacedLine['points']

/** A curve through the middles of a polyline's segments. */
function smooth(points: Points): string {
  const [first, ...rest] = points
  if (!first) return ''
  let path = `M${at(first)}`
  for (const [k, point] of rest.entries()) {
    const next = rest[k + 1]
    path += next ? `Q${at(point)} ${at({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}` : `L${at(point)}`
  }
  return path
}

function arrowHead(points: Points): string {
  const end = points.at(-1)
  const before = points.at(-2)
  if (!end || !before) return ''
  const angle = Math.atan2(end.y - before.y, end.x - before.x)
  const corner = (turn: number) => at({ x: end.x - 7 * Math.cos(angle + turn), y: end.y - 7 * Math.sin(angle + turn) })
  return `M${at(end)}L${corner(0.45)}L${corner(-0.45)}Z`
}

function at({ x, y }: Points[number]): string {
  return `${rounded(x)} ${rounded(y)}`
}

function rounded(length: number): number {
  return Math.round(length * 100) / 100
}

function element(
  name: string,
  attributes: SvgElement['attributes'],
  ...children: readonly (SvgElement | string)[]
): SvgElement {
  return { name, attributes, children }
}

const MARGIN = 16
const LONGEST_LINE = 120
const LETTER = 7.9

/** A file that needs nothing else, for light and dark surroundings. */
export function svgText({ title, description, sections }: SvgText): string {
  const placed: SvgElement[] = []
  let width = 320
  let y = MARGIN
  const line = (text: string, attributes: SvgElement['attributes']) => {
    y += 20
    const shown = cut(text, LONGEST_LINE)
    placed.push(element('text', { x: MARGIN, y: y - 6, ...attributes }, shown))
    width = Math.max(width, shown.length * LETTER + 2 * MARGIN)
  }
  for (const { heading, drawings, by, note } of sections) {
    if (heading !== undefined) line(heading, { 'font-weight': 600, fill: LIGHT.text })
    for (const drawing of drawings) {
      const elements = drawingElements(drawing).map((one) => tinted(one, by))
      const place = { transform: `translate(${MARGIN - 8} ${y})` }
      placed.push(element('g', place, element('title', {}, drawing.description), ...elements))
      width = Math.max(width, drawing.width + 2 * MARGIN - 16)
      y += drawing.height
      if (drawing.caption !== '') line(drawing.caption, { class: 'caption', fill: LIGHT.muted })
      y += 8
    }
    if (note !== undefined) line(note, { class: 'caption', fill: LIGHT.muted })
    y += 16
  }
  const size = { width: Math.ceil(width), height: Math.ceil(y) }
  const svg = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: SCOPE,
      ...size,
      viewBox: `0 0 ${size.width} ${size.height}`,
      role: 'img',
      ...FONT,
    },
    element('title', {}, title),
    element('desc', {}, description),
    element('style', {}, darkStyle()),
    element('rect', { class: 'canvas', width: '100%', height: '100%', fill: LIGHT.canvas }),
    ...placed,
  )
  return write(svg)
}

/** What draws a variable that is differentiated by, in its colour. */
function tinted(one: SvgElement, by: readonly string[]): SvgElement {
  if (one.item?.text === undefined || !by.includes(one.item.text)) return one
  const children = one.children.map((child) => {
    if (typeof child === 'string') return child
    if (child.name === 'rect') return { ...child, attributes: { ...child.attributes, stroke: LIGHT.accent } }
    return child.name === 'text' ? { ...child, attributes: { ...child.attributes, fill: LIGHT.accent } } : child
  })
  return { ...one, attributes: { ...one.attributes, class: `${one.attributes.class} by` }, children }
}

/** The class that keeps the style of a drawing off the page that it stands in. */
const SCOPE = 'eincalc-drawing'

function darkStyle(): string {
  const rules = [
    [`fill: ${DARK.canvas}`, '.canvas', '.item rect'],
    [`stroke: ${DARK.control}`, '.edge', '.item rect'],
    [`fill: ${DARK.control}`, '.arrow', '.dot rect'],
    [`fill: ${DARK.text}`, 'text'],
    [`fill: ${DARK.muted}`, '.size', '.end text', '.caption'],
    [`stroke: ${DARK.canvas}`, '.size'],
    [`stroke: ${DARK.accent}`, '.by rect'],
    [`fill: ${DARK.accent}`, '.by text'],
  ]
  const written = rules.map(([rule, ...places]) => {
    return `${places.map((place) => `.${SCOPE} ${place}`).join(', ')} { ${rule} }`
  })
  return `@media (prefers-color-scheme: dark) { ${written.join(' ')} }`
}

function write({ name, attributes, children }: SvgElement): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
  const head = `<${name}${written.join('')}`
  if (children.length === 0) return `${head}/>`
  const isText = children.every((child) => typeof child === 'string')
  const inner = children.map((child) => (typeof child === 'string' ? escaped(child) : write(child)))
  return isText ? `${head}>${inner.join('')}</${name}>` : `${head}>\n${inner.join('\n')}\n</${name}>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text of XML, which some characters are not allowed in at all. */
function escaped(text: string): string {
  return text
    .replace(/(?!\n)[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
