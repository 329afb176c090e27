/** Writes results to files: .npy for one, .npz for all under their names, .csv for a table. */
import { writeFile } from 'node:fs/promises'
import { EincalcError } from '../errors.ts'
import type { Tensor } from '../index.ts'
import { UsageError } from './streams.ts'

export type OutputKind = 'npy' | 'npz' | 'csv'

/** The kind of a file by its name. Throws `UsageError`. */
export function outputKind(path: string): OutputKind {
  const kind = /\.(npy|npz|csv)$/i.exec(path)?.[1]?.toLowerCase()
  if (kind === undefined) throw new UsageError(`--out writes .npy, .npz or .csv files, not ${path}`)
  return kind as OutputKind
}

/** Writes arrays by name; of several, .npy and .csv hold the last. Throws `BadRequest` where that cannot be. */
export async function writeOutput(path: string, kind: OutputKind, arrays: ReadonlyMap<string, Tensor>): Promise<void> {
  const last = [...arrays.values()].at(-1) as Tensor
  const content =
    kind === 'csv'
      ? csvText(last)
      : kind === 'npz'
        ? (await import('./npz.ts')).writeNpz(arrays)
        : (await import('../api/npy.ts')).writeNpy(last)
  try {
    await writeFile(path, content)
  } catch (error) {
    throw new EincalcError({ code: 'BadRequest', message: `cannot write ${path}: ${(error as Error).message}` })
  }
}

/** One row a line, as `--data` reads them: all digits, a vector as a column. */
function csvText({ shape, data }: Tensor): string {
  if (shape.length > 2) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `a .csv file holds scalars, vectors and matrices, and the result has ${shape.length} axes`,
      hint: 'Write a .npy file.',
    })
  }
  const columns = shape.length === 2 ? (shape[1] as number) : 1
  const cells = Array.from(data, (entry) => (Number.isFinite(entry) ? `${entry}` : special(entry)))
  const lines: string[] = []
  for (let start = 0; start < cells.length; start += columns) lines.push(cells.slice(start, start + columns).join(','))
  return `${lines.join('\n')}\n`
}

function special(entry: number): string {
  return Number.isNaN(entry) ? 'nan' : entry > 0 ? 'inf' : '-inf'
}
