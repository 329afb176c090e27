/** A matrix as a picture: positive entries in the accent's colour, negative ones in red, zero as the ground. */
import { useEffect, useRef } from 'preact/hooks'
import { theme } from '../state/theme.ts'

/** A picture has at most so many points a side; each then stands for the largest of its entries. */
const MOST_POINTS = 512

interface HeatMapProps {
  readonly data: Float64Array
  readonly height: number
  readonly width: number
  readonly label: string
}

export function HeatMap({ data, height, width, label }: HeatMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const largest = data.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0)
  useEffect(() => {
    const element = canvas.current
    const context = element?.getContext('2d')
    if (!element || !context) return
    const rows = Math.min(height, MOST_POINTS)
    const columns = Math.min(width, MOST_POINTS)
    element.width = columns
    element.height = rows
    const style = getComputedStyle(element)
    const [ground, positive, negative] = ['--canvas', '--accent', '--red'].map((name) =>
      rgb(context, style.getPropertyValue(name)),
    )
    const image = context.createImageData(columns, rows)
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = strongest(data, width, block(row, rows, height), block(column, columns, width))
        const share = largest === 0 ? 0 : Math.min(1, Math.abs(value) / largest)
        const colour = value < 0 ? negative : positive
        for (let channel = 0; channel < 3; channel++) {
          const from = ground?.[channel] ?? 255
          image.data[4 * (row * columns + column) + channel] = from + share * ((colour?.[channel] ?? 0) - from)
        }
        image.data[4 * (row * columns + column) + 3] = 255
      }
    }
    context.putImageData(image, 0, 0)
  }, [data, height, width, theme.value])
  return (
    <figure class="heat-map">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${label}, ${height} by ${width}, largest magnitude ${largest.toPrecision(3)}`}
      />
      <figcaption>
        {height}×{width}, up to {largest.toPrecision(3)}
      </figcaption>
    </figure>
  )
}

/** The entries that a point stands for. */
function block(point: number, points: number, length: number): readonly [number, number] {
  const start = Math.floor((point * length) / points)
  return [start, Math.max(start + 1, Math.floor(((point + 1) * length) / points))]
}

function strongest(
  data: Float64Array,
  width: number,
  rows: readonly [number, number],
  columns: readonly [number, number],
): number {
  let found = 0
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let column = columns[0]; column < columns[1]; column++) {
      const value = data[row * width + column] as number
      if (Math.abs(value) > Math.abs(found)) found = value
    }
  }
  return found
}

/** The channels of a colour, however the style sheet writes it: a canvas tells an opaque one as `#rrggbb`. */
function rgb(context: CanvasRenderingContext2D, colour: string): number[] {
  context.fillStyle = colour.trim()
  const hex = String(context.fillStyle).slice(1)
  return [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
}
