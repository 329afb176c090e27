/** NumPy's .npz: a zip archive of .npy files, named by the arrays. */
import { unzipSync, zipSync } from 'fflate'
import { readNpy, writeNpy } from '../api/npy.ts'
import type { Tensor } from '../index.ts'

/**
 * The array of this name, or the only one; `name` undefined asks for the only one, else for the variable's. Throws `RangeError` with
 * a sentence for users.
 */
export function readNpz(bytes: Uint8Array, variable: string, name: string | undefined): Tensor {
  let names: string[] = []
  const wanted = name ?? variable
  const entries = unzip(bytes, (file) => {
    names.push(file)
    return file === `${wanted}.npy`
  })
  names = names.map((file) => file.replace(/\.npy$/, ''))
  const only = name === undefined && names.length === 1 ? unzip(bytes, () => true)[`${names[0]}.npy`] : undefined
  const found = Object.hasOwn(entries, `${wanted}.npy`) ? entries[`${wanted}.npy`] : only
  if (!found) throw new RangeError(`it has no array ${wanted}; there are ${names.join(', ') || 'none'}`)
  return readNpy(found)
}

function unzip(bytes: Uint8Array, filter: (file: string) => boolean): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes, { filter: ({ name }) => filter(name) })
  } catch {
    throw new RangeError('it is no .npz file')
  }
}

/** Arrays by name, not compressed, as NumPy's `savez` writes them. */
export function writeNpz(arrays: ReadonlyMap<string, Tensor>): Uint8Array {
  return zipSync(Object.fromEntries([...arrays].map(([name, tensor]) => [`${name}.npy`, writeNpy(tensor)])), {
    level: 0,
  })
}
