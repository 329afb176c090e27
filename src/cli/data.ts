/** `--data`: values of variables, from files or written on the command line itself. */
import { readFile } from 'node:fs/promises'
import { EincalcError } from '../errors.ts'
import { fromNested } from '../evaluate/tensor.ts'
import { type Expression, readNpy, type Tensor } from '../index.ts'
import { type Arguments, pairs } from './arguments.ts'
import { UsageError } from './streams.ts'

/**
 * The values given, by variable. Throws `UnknownVariable` for a name that is no variable, `BadRequest` for a file that
 * cannot be read.
 */
export async function givenValues(args: Arguments, expression: Expression): Promise<Map<string, Tensor>> {
  const values = new Map<string, Tensor>()
  for (const [name, source] of pairs(args, 'data')) {
    if (values.has(name)) throw new UsageError(`--data gives ${name} twice`)
    const rank = expression.variable(name).shape.axes.length
    values.set(name, await valueFrom(name, source, rank))
  }
  return values
}

async function valueFrom(name: string, source: string, rank: number): Promise<Tensor> {
  if (source.startsWith('[')) return fromNested(parseJson(name, source, source), name)
  const number = Number(source)
  if (source !== '' && !Number.isNaN(number)) return { shape: [], data: Float64Array.of(number) }
  const part = /^(.*\.(?:npz|parquet))(?::(.*))?$/i.exec(source)
  if (part) return archived(name, part[1] as string, part[2], rank)
  const kind = /\.(npy|json|csv)$/i.exec(source)?.[1]?.toLowerCase()
  if (kind === undefined) {
    throw bad(
      `${name}: ${source || 'an empty name'} is no .npy, .npz, .csv, .json or .parquet file, no number and no [list]`,
    )
  }
  const bytes = await read(name, source)
  if (kind === 'json') return fromNested(parseJson(name, source, bytes.toString('utf8')), name)
  if (kind === 'csv') return fitted(parseCsv(name, source, bytes.toString('utf8')), rank)
  try {
    return requireEntries(name, readNpy(bytes))
  } catch (error) {
    if (error instanceof RangeError) throw bad(`${name}: cannot read ${source}: ${error.message}`)
    throw error
  }
}

/** An array of an .npz file, or columns of a Parquet file, which follow the file's name after a colon. */
async function archived(name: string, path: string, part: string | undefined, rank: number): Promise<Tensor> {
  try {
    if (/\.npz$/i.test(path)) {
      const { readNpz } = await import('./npz.ts')
      return requireEntries(name, readNpz(await read(name, path), name, part))
    }
    const { readParquet } = await import('./parquet.ts')
    const columns = part?.split(',').map((column) => column.trim()) ?? []
    return fitted(requireEntries(name, await readParquet(path, columns)), rank)
  } catch (error) {
    if (error instanceof RangeError) throw bad(`${name}: cannot read ${path}: ${error.message}`)
    throw error instanceof EincalcError ? error : unreadable(name, path, error)
  }
}

async function read(name: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw unreadable(name, path, error)
  }
}

function unreadable(name: string, path: string, error: unknown): EincalcError {
  const { code, message } = error as NodeJS.ErrnoException
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'it may not be read',
    EISDIR: 'it is a folder',
  }
  return bad(`${name}: cannot read ${path}: ${reasons[code ?? ''] ?? message}`)
}

function parseJson(name: string, source: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw bad(`${name}: ${source} is no JSON`, 'Write numbers in nested lists, row by row: [[1, 2], [3, 4]].')
  }
}

/** A table of numbers, one row a line, separated by commas, semicolons, tabs or spaces. */
function parseCsv(name: string, source: string, text: string): Tensor {
  const rows: number[][] = []
  for (const [at, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    if (line.trim() === '') continue
    const cells = line.trim().split(/\s*[,;\t]\s*|\s+/)
    const row = cells.map(csvNumber)
    const wrong = row.indexOf(undefined)
    if (wrong >= 0) {
      const place = `line ${at + 1}, column ${wrong + 1}`
      const hint = rows.length === 0 ? 'A .csv file holds numbers only, without a line of titles.' : undefined
      throw bad(`${name}: ${source} has ${JSON.stringify(cells[wrong])} in ${place} where a number is expected`, hint)
    }
    rows.push(row as number[])
  }
  return fromNested(rows, name)
}

function csvNumber(cell: string): number | undefined {
  if (/^nan$/i.test(cell)) return Number.NaN
  const infinite = /^([+-]?)inf(inity)?$/i.exec(cell)
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const number = cell === '' ? Number.NaN : Number(cell)
  return Number.isNaN(number) ? undefined : number
}

/** A table is always of order 2: one row or one column of it is a vector, one entry a number, where that is wanted. */
function fitted({ shape, data }: Tensor, rank: number): Tensor {
  if (rank === 0 && data.length === 1) return { shape: [], data }
  if (rank === 1 && shape.includes(1)) return { shape: [data.length], data }
  return { shape, data }
}

function requireEntries(name: string, tensor: Tensor): Tensor {
  if (tensor.data.length > 0) return tensor
  throw new EincalcError({ code: 'ShapeMismatch', message: `${name} is empty: its shape is ${tensor.shape.join('×')}` })
}

function bad(message: string, hint?: string): EincalcError {
  return new EincalcError({ code: 'BadRequest', message, ...(hint !== undefined && { hint }) })
}
