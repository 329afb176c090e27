/** Columns of Parquet files as vectors and matrices. */
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import type { Tensor } from '../index.ts'

/**
 * The named columns side by side, or all: a matrix with a row for each record. Throws `RangeError` with a sentence for users
 * where one is missing or has an entry that is no number; errors of the file system pass.
 */
export async function readParquet(path: string, wanted: readonly string[]): Promise<Tensor> {
  const file = await asyncBufferFromFile(path)
  let rows: readonly Readonly<Record<string, unknown>>[]
  let columns: readonly string[]
  try {
    const metadata = await parquetMetadataAsync(file)
    const known = parquetSchema(metadata).children.map(({ element }) => element.name)
    const missing = wanted.find((name) => !known.includes(name))
    if (missing !== undefined) throw new RangeError(`it has no column ${missing}; there are ${known.join(', ')}`)
    columns = wanted.length > 0 ? wanted : known
    rows = await parquetReadObjects({ file, metadata, columns: [...columns] })
  } catch (error) {
    throw error instanceof RangeError
      ? error
      : new RangeError(`it is no Parquet file that is read: ${(error as Error).message}`)
  }
  const data = new Float64Array(rows.length * columns.length)
  let at = 0
  for (const [row, record] of rows.entries()) {
    for (const name of columns) {
      const entry = record[name]
      const isNumber = typeof entry === 'number' || typeof entry === 'bigint' || typeof entry === 'boolean'
      if (!isNumber)
        throw new RangeError(`column ${name} has ${describe(entry)} in row ${row + 1} where a number is expected`)
      data[at++] = Number(entry)
    }
  }
  return { shape: [rows.length, columns.length], data }
}

function describe(entry: unknown): string {
  if (entry === null || entry === undefined) return 'nothing'
  return typeof entry === 'string'
    ? `the text ${JSON.stringify(entry.slice(0, 20))}`
    : `a value of type ${typeof entry}`
}
