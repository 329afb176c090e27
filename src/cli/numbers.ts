/** Numbers as people read them. */
import type { Tensor } from '../index.ts'

/** Up to this many entries a tensor is printed; a longer one is described. */
const PRINTED_ENTRIES = 1000
/** Significant digits; `--format json` gives all. */
const DIGITS = 8

/** A number to eight significant digits. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(DIGITS)))
}

/** Nested lists in row-major order, the rows of matrices under each other with their columns aligned. */
export function tensorText({ shape, data }: Tensor): string {
  if (data.length > PRINTED_ENTRIES) return description({ shape, data })
  const cells = Array.from(data, numberText)
  if (shape.length === 0) return cells[0] as string
  const columns = shape.at(-1) as number
  const widths = Array.from({ length: columns }, () => 0)
  for (const [at, cell] of cells.entries()) {
    widths[at % columns] = Math.max(widths[at % columns] as number, cell.length)
  }
  let level: string[] = []
  for (let start = 0; start < cells.length; start += columns) {
    const row = cells.slice(start, start + columns)
    level.push(`[${row.map((cell, k) => (shape.length > 1 ? cell.padStart(widths[k] as number) : cell)).join(', ')}]`)
  }
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    const length = shape[axis] as number
    const next: string[] = []
    for (let start = 0; start < level.length; start += length) {
      next.push(
        `[${level
          .slice(start, start + length)
          .join(',\n')
          .replaceAll('\n', '\n ')}]`,
      )
    }
    level = next
  }
  return level[0] as string
}

function description({ shape, data }: Tensor): string {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  let undefinedEntries = 0
  for (const entry of data) {
    if (Number.isNaN(entry)) undefinedEntries++
    least = Math.min(least, entry)
    greatest = Math.max(greatest, entry)
  }
  const range =
    undefinedEntries > 0 ? `${undefinedEntries} are NaN` : `from ${numberText(least)} to ${numberText(greatest)}`
  return `# ${shape.join('×')} numbers, ${range}; --out FILE.npy or --format json gives all`
}

/** Bytes with a unit, to three digits. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']
  const unit = Math.min(Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)), units.length - 1)
  return `${Number((bytes / 1000 ** unit).toPrecision(3))} ${units[unit]}`
}
