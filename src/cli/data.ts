/** `--data`: values of variables, from files or written on the command line itself. */
import { readFile, stat } from 'node:fs/promises'
import { EincalcError } from '../errors.ts'
import { fromNested } from '../evaluate/tensor.ts'
import { type Expression, readNpy, type Tensor } from '../index.ts'
import { type Arguments, pairs } from './arguments.ts'
import { bytesText } from './numbers.ts'
import { isReadInParts, openRows, type Rows } from './rows.ts'
import { UsageError } from './streams.ts'

/**
 * The values given, by variable, but for those in `except`. Throws `UnknownVariable` for a name that is no variable, `BadRequest` for a file that
 * cannot be read.
 */
export async function givenValues(
  args: Arguments,
  expression: Expression,
  except: ReadonlyMap<string, unknown> = new Map(),
): Promise<Map<string, Tensor>> {
  const values = new Map<string, Tensor>()
  const names = new Set<string>()
  for (const [name, source] of pairs(args, 'data')) {
    if (names.has(name)) throw new UsageError(`--data gives ${name} twice`)
    names.add(name)
    const rank = expression.variable(name).shape.axes.length
    if (!except.has(name)) values.set(name, await valueFrom(name, source, rank))
  }
  return values
}

/** Values, of which some stay in their files. */
export interface Opened {
  readonly values: ReadonlyMap<string, Tensor>
  /** What is read in parts; all have the dimension `samples` as their first axis. */
  readonly rows: ReadonlyMap<string, Rows>
  readonly samples: string
  /** Bytes of all values as numbers in memory. */
  readonly bytes: number
}

/** So much of the memory may data take that is read at once. */
const SHARE_OF_DATA = 0.25
/** Less than this is not worth reading in parts. */
const FEW_ENTRIES = 8192

/**
 * The values given, of which large .npy and .parquet files are only opened where all together take too much of `memory`, in bytes.
 * Throws what `givenValues` throws, and `LimitExceeded` where what cannot stay in its file does not fit.
 */
export async function openValues(args: Arguments, expression: Expression, memory: number): Promise<Opened> {
  const files = new Map<string, Rows>()
  let others = 0
  for (const [name, source] of pairs(args, 'data')) {
    const [path, columns] = splitSource(source)
    if (isReadInParts(path)) files.set(name, await opened(name, path, columns, expression))
    else others += await sizeOf(path)
  }
  try {
    const bytesOf = ({ shape }: Rows) => 8 * shape.reduce((product, axis) => product * axis, 1)
    const sizes = [...files.values()].map(bytesOf)
    const bytes = sizes.reduce((sum, size) => sum + size, others)
    const [largest] = [...files].sort(([, a], [, b]) => bytesOf(b) - bytesOf(a))
    const axisOf = (name: string) => expression.variable(name).node.axes[0]?.name
    const samples = largest && axisOf(largest[0])
    if (bytes <= SHARE_OF_DATA * memory || samples === undefined) {
      if (bytes > memory) throw tooLarge(bytes, memory)
      for (const file of files.values()) await file.close()
      return { values: await givenValues(args, expression), rows: new Map(), samples: '', bytes }
    }
    const rows = new Map(
      [...files].filter(([name, file]) => axisOf(name) === samples && bytesOf(file) >= 8 * FEW_ENTRIES),
    )
    const rest = [...rows.values()].reduce((sum, file) => sum - bytesOf(file), bytes)
    if (rest > memory) throw tooLarge(rest, memory)
    const values = await givenValues(args, expression, rows)
    for (const [name, { shape }] of rows) values.set(name, { shape, data: new Float64Array() })
    for (const [name, file] of files) if (!rows.has(name)) await file.close()
    return { values, rows, samples, bytes }
  } catch (error) {
    for (const file of files.values()) await file.close()
    throw error
  }
}

function tooLarge(bytes: number, memory: number): EincalcError {
  return new EincalcError({
    code: 'LimitExceeded',
    message: `the data take ${bytesText(bytes)}, the limit is ${bytesText(memory)}`,
    hint: 'Raise --memory, or give .npy or .parquet files whose first axis counts samples: these are read in parts.',
  })
}

/** A path, and the columns after it. */
function splitSource(source: string): [path: string, columns: readonly string[]] {
  const part = /^(.*\.parquet):(.*)$/i.exec(source)
  return part ? [part[1] as string, columnsOf(part[2])] : [source, []]
}

const columnsOf = (text: string | undefined) => text?.split(',').map((column) => column.trim()) ?? []

async function opened(name: string, path: string, columns: readonly string[], expression: Expression): Promise<Rows> {
  const rank = expression.variable(name).shape.axes.length
  try {
    const rows = await openRows(path, columns)
    // As `fitted` does with what is read at once.
    const isColumn = rank === 1 && rows.shape.length === 2 && rows.shape[1] === 1
    return isColumn && /\.parquet$/i.test(path) ? { ...rows, shape: rows.shape.slice(0, 1) } : rows
  } catch (error) {
    throw asRefusal(name, path, error)
  }
}

/** Bytes of a file; none where there is no such file, which reading it tells. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path.replace(/(\.npz):.*$/i, '$1'))).size
  } catch {
    return 0
  }
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
    return fitted(requireEntries(name, await readParquet(path, columnsOf(part))), rank)
  } catch (error) {
    throw asRefusal(name, path, error)
  }
}

/** What users are told of a file that cannot be read. */
export function asRefusal(name: string, path: string, error: unknown): EincalcError {
  if (error instanceof EincalcError) return error
  return error instanceof RangeError
    ? bad(`${name}: cannot read ${path}: ${error.message}`)
    : unreadable(name, path, error)
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
