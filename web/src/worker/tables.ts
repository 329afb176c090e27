/** Numbers as people write them: nested lists, rows with spaces or commas, one row a line or separated by semicolons. */
import type { Tensor } from '../../../src/index.ts'

/** Throws `RangeError` with a sentence for users. */
export function parseNumbers(text: string): Tensor {
  const trimmed = text.replace(/^\ufeff/, '').trim()
  if (trimmed === '') throw new RangeError('there are no numbers yet')
  return trimmed.startsWith('[') && isNested(trimmed) ? fromLists(trimmed) : parseTable(trimmed)
}

/** Lists within a list, or one list with commas, are JSON; `[1 2; 3 4]` is a table. */
function isNested(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return text.startsWith('[[')
  }
}

function fromLists(text: string): Tensor {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new RangeError('the brackets do not close as nested lists do, such as [[1, 2], [3, 4]]')
  }
  const shape: number[] = []
  for (let level: unknown = value; Array.isArray(level); level = level[0]) shape.push(level.length)
  const data: number[] = []
  const visit = (level: unknown, depth: number): void => {
    if (depth === shape.length) {
      if (typeof level !== 'number') throw new RangeError('the lists are not of one depth, or hold what is no number')
      data.push(level)
      return
    }
    if (!Array.isArray(level) || level.length !== shape[depth]) throw new RangeError('the rows are not of one length')
    for (const item of level) visit(item, depth + 1)
  }
  visit(value, 0)
  return { shape, data: Float64Array.from(data) }
}

function parseTable(text: string): Tensor {
  const bare = text.replace(/^\[/, '').replace(/\]$/, '')
  const rows = bare
    .split(/[\n\r;]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line, at) =>
      line.split(/\s*[,\t]\s*|\s+/).map((cell) => {
        const value = Number(cell)
        if (cell === '' || Number.isNaN(value)) {
          throw new RangeError(`row ${at + 1} has ${JSON.stringify(cell)} where a number is expected`)
        }
        return value
      }),
    )
  const [first] = rows
  if (!first) throw new RangeError('there are no numbers yet')
  const odd = rows.findIndex((row) => row.length !== first.length)
  if (odd >= 0) throw new RangeError(`row ${odd + 1} has ${rows[odd]?.length} numbers, row 1 has ${first.length}`)
  if (rows.length === 1 && first.length === 1) return { shape: [], data: Float64Array.from(first) }
  if (rows.length === 1) return { shape: [first.length], data: Float64Array.from(first) }
  return { shape: [rows.length, first.length], data: Float64Array.from(rows.flat()) }
}
