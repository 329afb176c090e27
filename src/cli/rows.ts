/** Files of numbers that are read in parts: rows along the first axis. */
import { type FileHandle, open } from 'node:fs/promises'
import { HEADER_BYTES, readNpyHeader, toRowMajor } from '../api/npy.ts'

/** A value in a file. What reads it throws `RangeError` with a sentence for users; errors of the file system pass. */
export interface Rows {
  readonly path: string
  readonly shape: readonly number[]
  /** Rows that the file keeps together, and that are in memory at a time where any of them is. */
  readonly together: number
  /** The entries of `count` rows from `start` on, row-major. */
  readonly read: (start: number, count: number) => Promise<Float64Array>
  readonly close: () => Promise<void>
}

export const isReadInParts = (path: string): boolean => /\.(?:npy|parquet)$/i.test(path)

/** Opens a .npy or a .parquet file, of which the named columns are read, or all. */
export async function openRows(path: string, columns: readonly string[]): Promise<Rows> {
  if (/\.npy$/i.test(path)) return openNpy(path)
  const { openParquet } = await import('./parquet.ts')
  return openParquet(path, columns)
}

async function openNpy(path: string): Promise<Rows> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const { shape, start, width, isFortran, decode } = readNpyHeader(await bytesOf(file, 0, HEADER_BYTES), size)
    const [rows = 1, ...rest] = shape
    const length = rest.reduce((product, axis) => product * axis, 1)
    const read = async (from: number, count: number) => {
      if (!isFortran || length === 1)
        return decode(await bytesOf(file, start + from * length * width, count * length * width))
      // The entries of one column lie together.
      const data = new Float64Array(count * length)
      for (let column = 0; column < length; column++) {
        data.set(decode(await bytesOf(file, start + (column * rows + from) * width, count * width)), column * count)
      }
      return toRowMajor(data, [count, ...rest])
    }
    return { path, shape, together: 1, read, close: () => file.close() }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** So many bytes of a file, or those up to its end. */
async function bytesOf(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}
