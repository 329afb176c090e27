// Runs SQL programs: each in a schema of its own with tables of its arguments, where entries that are 0 have no row.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Answer, Run } from './conformance.ts'

const AXES = 'ijklpqrsuvw'

function number(t: number): string {
  if (Number.isFinite(t)) return /e/.test(String(t)) ? String(t) : `${t}e0`
  return `CAST('${Number.isNaN(t) ? 'NaN' : t}' AS DOUBLE PRECISION)`
}

/** The statements that make the tables of a program. */
function tables(run: Run): string[] {
  const statements = run.arguments.flatMap(({ identifier, shape, data }) => {
    const indices = shape.map((_, axis) => AXES[axis] as string)
    const columns = [...indices.map((name) => `${name} BIGINT`), 'value DOUBLE PRECISION']
    const rows = data.flatMap((value, flat) => {
      if (value === 0 && shape.length > 0) return []
      let rest = flat
      const index: number[] = []
      for (const size of [...shape].reverse()) {
        index.unshift((rest % size) + 1)
        rest = Math.floor(rest / size)
      }
      return [`(${[...index, number(value)].join(', ')})`]
    })
    return [
      `CREATE TABLE ${identifier}(${columns.join(', ')})`,
      ...(rows.length > 0 ? [`INSERT INTO ${identifier} VALUES ${rows.join(', ')}`] : []),
    ]
  })
  if (run.sizes.length === 0) return statements
  const sizes = run.sizes.map(({ identifier, value }) => `CAST(${value} AS BIGINT) AS ${identifier}`)
  return [...statements, `CREATE TABLE sizes AS SELECT ${sizes.join(', ')}`]
}

/** The dense outputs from rows `output|i|...|value`. */
function outputs(run: Run, rows: readonly (readonly string[])[]): Answer {
  const dense = run.outputs.map(({ shape }) => ({
    shape,
    data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => '0'),
  }))
  const seen = new Set<string>()
  for (const row of rows) {
    const [name = '', ...rest] = row
    const output = dense[name === 'value' ? 0 : Number(name.replace('result', ''))]
    if (!output) return { error: `there is no output ${name}` }
    const index = output.shape.map((_, axis) => Number(rest[axis]))
    if (index.some((at, axis) => !(at >= 1 && at <= (output.shape[axis] ?? 0)))) return { error: `row ${row.join()}` }
    const key = `${name} ${index.join()}`
    if (seen.has(key)) return { error: `two rows ${key}` }
    seen.add(key)
    const flat = index.reduce((sum, at, axis) => sum * (output.shape[axis] ?? 0) + at - 1, 0)
    output.data[flat] = rest.at(-1) ?? ''
  }
  return { outputs: dense }
}

type Prepared = { readonly statements: readonly string[]; readonly code: string; readonly queries: readonly string[] }
interface Answered {
  readonly results?: string[][][]
  readonly error?: string
}

const duckdb = fileURLToPath(new URL('duckdb.mjs', import.meta.url))

export function runDuckdb(list: readonly Prepared[]): Answered[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [duckdb], {
    input: JSON.stringify(list),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** A cluster of its own in a temporary folder, reached through a socket there; it runs as a user who may. */
export class Postgres {
  readonly #folder = mkdtempSync(join(tmpdir(), 'eincalc-postgres-'))
  readonly #binaries: string

  constructor(binaries: string) {
    this.#binaries = binaries
    if (process.getuid?.() === 0) spawnSync('chown', ['-R', 'nobody', this.#folder])
    this.#run('initdb', '-D', join(this.#folder, 'data'), '-A', 'trust', '-U', 'tester', '--no-sync')
    const options = `-k ${this.#folder} -c listen_addresses='' -c fsync=off`
    this.#run('pg_ctl', '-D', join(this.#folder, 'data'), '-o', options, '-l', join(this.#folder, 'log'), '-w', 'start')
  }

  #run(command: string, ...args: string[]): void {
    const full = [join(this.#binaries, command), ...args]
    const asNobody = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups']
    const [program = '', ...rest] = process.getuid?.() === 0 ? [...asNobody, ...full] : full
    const { status, stderr } = spawnSync(program, rest, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
    if (status !== 0) throw new Error(`${command}: ${stderr}`)
  }

  run(list: readonly Prepared[]): Answered[] {
    // Compiling plans of tiny tables takes longer than running them.
    const lines = [
      'SET jit = off;',
      ...list.flatMap(({ statements, code, queries }, k) => [
        `DROP SCHEMA IF EXISTS p${k} CASCADE; CREATE SCHEMA p${k}; SET search_path TO p${k};`,
        ...statements.map((statement) => `${statement};`),
        'ANALYZE;',
        code,
        ...['', ...queries].flatMap((query, at) => [
          ...(at === 0 ? [] : [`${query};`]),
          '\\if :ERROR',
          '\\echo error :LAST_ERROR_MESSAGE',
          '\\endif',
          ...(at === 0 ? [] : ['\\echo next']),
        ]),
        '\\echo end',
      ]),
    ]
    const args = ['-h', this.#folder, '-U', 'tester', '-d', 'postgres', '-X', '-q', '-A', '-t', '-F', '|']
    const { status, stdout, stderr } = spawnSync(join(this.#binaries, 'psql'), args, {
      input: lines.join('\n'),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    })
    if (status !== 0) throw new Error(stderr)
    const answers: Answered[] = []
    let results: string[][][] = []
    let rows: string[][] = []
    let error: string | undefined
    for (const line of stdout.split('\n')) {
      if (line === 'end') {
        answers.push(error === undefined ? { results } : { error })
        results = []
        rows = []
        error = undefined
      } else if (line === 'next') {
        results.push(rows)
        rows = []
      } else if (line.startsWith('error ')) error ??= line.slice(6)
      else if (line !== '') rows.push(line.split('|'))
    }
    return answers
  }

  stop(): void {
    this.#run('pg_ctl', '-D', join(this.#folder, 'data'), '-m', 'immediate', 'stop')
    rmSync(this.#folder, { recursive: true })
  }
}

type Database = (list: readonly Prepared[]) => Answered[]

/** Runs programs of the layout `rows`. */
export function runRows(list: readonly Run[], database: Database): Answer[] {
  const prepared = list.map((run) => ({ statements: tables(run), code: run.code, queries: ['SELECT * FROM evaluate'] }))
  return database(prepared).map(({ results, error }, k) => {
    return error === undefined ? outputs(list[k] as Run, results?.[0] ?? []) : { error }
  })
}

/** The indices of a tensor of this shape, the last one changing first. */
function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, at) => [...index, at])),
    [[]],
  )
}

/** The tables `samples` and `parameters`, a column for each entry. */
function columnTables(run: Run): string[] {
  const isSample = (axis: string) => /^[A-Za-z_]\w*$/.test(axis) && run.dims?.has(axis) === false
  const tables = { samples: [] as [string, number[]][], parameters: [] as [string, number[]][] }
  let count = 0
  for (const { identifier, shape, axes, data } of run.arguments) {
    const at = axes.findIndex(isSample)
    const columns = new Map<string, number[]>()
    for (const [flat, index] of indices(shape).entries()) {
      const suffix = index.filter((_, axis) => axis !== at).map((one) => `_${one + 1}`)
      const name = `${identifier}${suffix.join('')}`
      columns.set(name, [...(columns.get(name) ?? []), data[flat] ?? 0])
    }
    if (at >= 0) count = shape[at] ?? 0
    tables[at >= 0 ? 'samples' : 'parameters'].push(...columns)
  }
  const rows = (columns: readonly (readonly [string, number[]])[], length: number) =>
    Array.from({ length }, (_, row) => `(${columns.map(([, values]) => number(values[row] ?? 0)).join(', ')})`)
  const table = (name: string, columns: readonly (readonly [string, number[]])[], length: number) =>
    columns.length === 0 || length === 0
      ? []
      : [
          `CREATE TABLE ${name}(${columns.map(([column]) => `${column} DOUBLE PRECISION`).join(', ')})`,
          `INSERT INTO ${name} VALUES ${rows(columns, length).join(', ')}`,
        ]
  const key = ['i', Array.from({ length: count }, (_, at) => at + 1)] as const
  return [
    ...table('samples', count > 0 ? [key, ...tables.samples] : [], count),
    ...table('parameters', tables.parameters, 1),
  ]
}

/** Runs programs of the layout `samples`. */
export function runSamples(list: readonly Run[], database: Database): Answer[] {
  const prepared = list.map((run) => ({
    statements: columnTables(run),
    code: run.code,
    queries: ['evaluate', 'evaluate_samples']
      .filter((view) => run.code.includes(`VIEW ${view} `))
      .map((view) => `SELECT * FROM ${view} ${view === 'evaluate' ? '' : 'ORDER BY i'}`),
  }))
  return database(prepared).map(({ results = [], error }, k): Answer => {
    if (error !== undefined) return { error }
    const run = list[k] as Run
    const isSample = (axis: string) => /^[A-Za-z_]\w*$/.test(axis) && run.dims?.has(axis) === false
    const hasSingle = run.code.includes('VIEW evaluate ')
    const single = [...(hasSingle ? (results[0]?.[0] ?? []) : [])]
    const many = (results[hasSingle ? 1 : 0] ?? []).map((row) => row.slice(1))
    return {
      outputs: run.outputs.map(({ shape, axes }) => {
        const at = axes.findIndex(isSample)
        if (at < 0) return { shape, data: single.splice(0, indices(shape).length) }
        const own = indices(shape.toSpliced(at, 1, 1))
        const columns = many.map((row) => row.splice(0, own.length))
        const data = indices(shape).map((index) => {
          const column = own.findIndex((one) => one.every((value, axis) => axis === at || value === index[axis]))
          return columns[index[at] ?? 0]?.[column] ?? ''
        })
        return { shape, data }
      }),
    }
  })
}
