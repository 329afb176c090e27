/** The drawings of the tab `Diagram`, which the worker has laid out, with parts that can be pointed at. */
import { type ComponentChild, h } from 'preact'
import { useRef } from 'preact/hooks'
import { drawingElements, FONT, type SvgElement, svgText } from '../../../src/render/svg.ts'
import { free, keyOf, pin, point, tinted } from '../state/pointed.ts'
import { by, diagram } from '../state/store.ts'
import type { Drawing as DrawingData } from '../worker/protocol.ts'
import { download } from './code.tsx'
import { kind } from './diagram.tsx'
import { DownloadIcon } from './icons.tsx'
import { say } from './spoken.tsx'

export function Drawings() {
  const data = diagram.value
  if (!data) return null
  if (kind.value === 'network') {
    return (
      <>
        {data.map(({ title, networks, left }, at) => (
          <section key={title} aria-label={`Tensor network ${title}`}>
            {networks.length === 0 && <p class="empty">The derivative {title} is zero.</p>}
            {networks.map((drawing, position) => (
              <Drawing
                key={drawing.description}
                name={`network-${at + 1}-${position + 1}`}
                title={`Tensor network ${title}, term ${position + 1}`}
                drawing={drawing}
              />
            ))}
            {left > 0 && <p class="note plain">and {left} more terms</p>}
          </section>
        ))}
      </>
    )
  }
  return (
    <>
      {data.map(({ title, graph }, at) => (
        <Drawing key={title} name={`graph-${at + 1}`} title={`Expression graph ${title}`} drawing={graph} />
      ))}
    </>
  )
}

interface DrawingProps {
  /** Of the file. */
  readonly name: string
  readonly title: string
  readonly drawing: DrawingData
}

function Drawing({ name, title, drawing }: DrawingProps) {
  const box = useRef<HTMLDivElement>(null)
  const { width, height, items, caption, description } = drawing
  const texts = items.flatMap(({ item: { text } }) => (text === undefined ? [] : [text]))
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
      const item = box.current?.querySelectorAll('[data-key]')[texts.indexOf(next)]
      item?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    }
  }
  const save = () => {
    const file = svgText({ title, description, sections: [{ drawings: [drawing], by: by.value }] })
    download(`${name}.svg`, file, 'image/svg+xml')
  }
  return (
    <figure class="drawing">
      <div
        ref={box}
        class="scroll"
        tabIndex={0}
        role="group"
        aria-label={description}
        onKeyDown={walk}
        onBlur={() => point(undefined)}
      >
        <svg
          xmlns="http://www.w3.org/2000/svg"
          role="img"
          aria-label={description}
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          {...FONT}
        >
          {drawingElements(drawing).map((element) => shown(element, key))}
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

/** An element as the page has it: what draws a part is tinted, and can be pointed at. */
function shown({ name, attributes, children, item }: SvgElement, key: string | undefined): ComponentChild {
  const inner = children.map((child) => (typeof child === 'string' ? child : shown(child, key)))
  const text = item?.text
  if (text === undefined) return h(name, attributes, inner)
  const own = keyOf(text)
  const classes = [attributes.class, ...(by.value.includes(text) ? ['by'] : []), ...(key === own ? ['pointed'] : [])]
  const more = {
    class: classes.join(' '),
    'data-key': own,
    onMouseEnter: () => point(text),
    onMouseLeave: () => point(undefined),
    onClick: () => pin(text),
  }
  return h(name, { ...attributes, ...more }, inner)
}
