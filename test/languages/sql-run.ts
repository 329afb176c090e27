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

type Prepared = { readonly statements: readonly string[]; readonly code: string; readonly query: string }

const duckdb = fileURLToPath(new URL('duckdb.mjs', import.meta.url))

export function runDuckdb(list: readonly Prepared[]): { rows?: string[][]; error?: string }[] {
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

  run(list: readonly Prepared[]): { rows?: string[][]; error?: string }[] {
    // Compiling plans of tiny tables takes longer than running them.
    const lines = [
      'SET jit = off;',
      ...list.flatMap(({ statements, code, query }, k) => [
        `DROP SCHEMA IF EXISTS p${k} CASCADE; CREATE SCHEMA p${k}; SET search_path TO p${k};`,
        ...statements.map((statement) => `${statement};`),
        'ANALYZE;',
        code,
        '\\if :ERROR',
        '\\echo error :LAST_ERROR_MESSAGE',
        '\\else',
        `${query};`,
        '\\if :ERROR',
        '\\echo error :LAST_ERROR_MESSAGE',
        '\\endif',
        '\\endif',
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
    const answers: { rows?: string[][]; error?: string }[] = []
    let rows: string[][] = []
    let error: string | undefined
    for (const line of stdout.split('\n')) {
      if (line === 'end') {
        answers.push(error === undefined ? { rows } : { error })
        rows = []
        error = undefined
      } else if (line.startsWith('error ')) error = line.slice(6)
      else if (line !== '') rows.push(line.split('|'))
    }
    return answers
  }

  stop(): void {
    this.#run('pg_ctl', '-D', join(this.#folder, 'data'), '-m', 'immediate', 'stop')
    rmSync(this.#folder, { recursive: true })
  }
}

export function runRows(list: readonly Run[], database: typeof runDuckdb): Answer[] {
  const prepared = list.map((run) => ({ statements: tables(run), code: run.code, query: 'SELECT * FROM evaluate' }))
  return database(prepared).map(({ rows, error }, k) => {
    return error === undefined ? outputs(list[k] as Run, rows ?? []) : { error }
  })
}
