/** Columns of Parquet files as vectors and matrices. */
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet'
import type { Tensor } from '../index.ts'
import type { Rows } from './rows.ts'

/**
 * The named columns side by side, or all: a matrix with a row for each record. Throws `RangeError` with a sentence for users
 * where one is missing or has an entry that is no number; errors of the file system pass.
 */
export async function readParquet(path: string, wanted: readonly string[]): Promise<Tensor> {
  const { shape, read } = await openParquet(path, wanted)
  return { shape, data: await read(0, shape[0] as number) }
}

/** The same, read in parts. A file keeps groups of rows together, the last of which that was read stays in memory. */
export async function openParquet(path: string, wanted: readonly string[]): Promise<Rows> {
  const file = await asyncBufferFromFile(path)
  const metadata = await reading(() => parquetMetadataAsync(file))
  const known = await reading(async () => parquetSchema(metadata).children.map(({ element }) => element.name))
  const missing = wanted.find((name) => !known.includes(name))
  if (missing !== undefined) throw new RangeError(`it has no column ${missing}; there are ${known.join(', ')}`)
  const columns = wanted.length > 0 ? [...wanted] : known
  const ends: number[] = []
  for (const group of metadata.row_groups) ends.push((ends.at(-1) ?? 0) + Number(group.num_rows))
  const startOf = (group: number) => (group === 0 ? 0 : (ends[group - 1] as number))
  const rows = ends.at(-1) ?? 0
  const width = columns.length

  const groupAt = async (group: number) => {
    const [rowStart, rowEnd] = [startOf(group), ends[group] as number]
    const data = new Float64Array((rowEnd - rowStart) * width)
    let problem: RangeError | undefined
    const onChunk = ({ columnName, columnData, rowStart: first }: Chunk) => {
      const column = columns.indexOf(columnName)
      for (let k = 0; k < columnData.length && !problem; k++) {
        const row = first + k
        if (row < rowStart || row >= rowEnd) continue
        const entry: unknown = columnData[k]
        if (typeof entry === 'number' || typeof entry === 'bigint' || typeof entry === 'boolean') {
          data[(row - rowStart) * width + column] = Number(entry)
        } else
          problem = new RangeError(
            `column ${columnName} has ${describe(entry)} in row ${row + 1} where a number is expected`,
          )
      }
    }
    await reading(() => parquetRead({ file, metadata, columns, rowStart, rowEnd, onChunk }))
    if (problem) throw problem
    return data
  }

  let group = -1
  let current = new Float64Array()
  const read = async (start: number, count: number) => {
    const data = new Float64Array(count * width)
    for (let row = start; row < start + count; ) {
      const wantedGroup = ends.findIndex((end) => row < end)
      if (wantedGroup !== group) {
        current = new Float64Array()
        current = await groupAt(wantedGroup)
        group = wantedGroup
      }
      const until = Math.min(start + count, ends[group] as number)
      const from = startOf(group)
      data.set(current.subarray((row - from) * width, (until - from) * width), (row - start) * width)
      row = until
    }
    return data
  }
  const together = ends.reduce((most, end, k) => Math.max(most, end - startOf(k)), 0)
  return { path, shape: [rows, width], together, read, close: async () => {} }
}

interface Chunk {
  readonly columnName: string
  readonly columnData: ArrayLike<unknown>
  readonly rowStart: number
}

async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw new RangeError(`it is no Parquet file that is read: ${(error as Error).message}`)
  }
}

function describe(entry: unknown): string {
  if (entry === null || entry === undefined) return 'nothing'
  return typeof entry === 'string'
    ? `the text ${JSON.stringify(entry.slice(0, 20))}`
    : `a value of type ${typeof entry}`
}
