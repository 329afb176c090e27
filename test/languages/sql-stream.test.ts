// SQL programs over Parquet files that are larger than the memory that DuckDB may use.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { derive, emitProgram, parse } from '../../src/index.ts'

const SAMPLES = 1_000_000
const FEATURES = 8
const MEMORY = 64_000_000

const folder = mkdtempSync(join(tmpdir(), 'eincalc-parquet-'))
const range = Array.from({ length: FEATURES }, (_, j) => j)
const loss = 'sum(log(exp(-y.*(X*w)) + vector(1)))'
const variables = { X: 'matrix(m,n)', y: 'vector(m)', w: 'vector(n)' }
const w = range.map((j) => (j + 1) / 10)
const p = range.map((j) => 1 / (j + 1))
let connection: DuckDBConnection

beforeAll(async () => {
  const settings = { threads: '2', memory_limit: `${MEMORY}B`, temp_directory: join(folder, 'spill') }
  connection = await (await DuckDBInstance.create(':memory:', settings)).connect()
  const columns = range.map((j) => `sin(i * ${j + 1}.5e0) AS X_${j + 1}`).join(', ')
  // The label is an integer, as in people's tables.
  const label = 'CASE WHEN cos(i) > 0 THEN 1 ELSE -1 END'
  await connection.run(
    `COPY (SELECT i, ${columns}, ${label} AS y FROM generate_series(1, ${SAMPLES}) AS d(i)) TO '${folder}/samples.parquet'`,
  )
  const long = `SELECT i, j, sin(i * (j + 0.5e0)) AS value FROM generate_series(1, ${SAMPLES}) AS d(i), generate_series(1, ${FEATURES}) AS e(j)`
  await connection.run(`COPY (${long}) TO '${folder}/X.parquet'`)
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true }))

/** Value, gradient and Hessian-vector product, sample by sample. */
function expected() {
  let value = 0
  let slope = 0
  const gradient = range.map(() => 0)
  const product = range.map(() => 0)
  for (let i = 1; i <= SAMPLES; i++) {
    const x = range.map((j) => Math.sin(i * (j + 1.5)))
    const y = Math.cos(i) > 0 ? 1 : -1
    const dot = (v: readonly number[]) => x.reduce((sum, one, j) => sum + one * (v[j] ?? 0), 0)
    const t = -y * dot(w)
    const s = 1 / (1 + Math.exp(-t))
    value += Math.log1p(Math.exp(t))
    for (const j of range) {
      gradient[j] = (gradient[j] ?? 0) - y * s * (x[j] ?? 0)
      product[j] = (product[j] ?? 0) + s * (1 - s) * dot(p) * (x[j] ?? 0)
    }
    slope -= y * s * dot(p)
  }
  return [value, ...gradient, slope, ...product]
}

function program(language: string, name: string): string {
  const [text, vars] = name === 'loss' ? [loss, variables] : [`grad(${loss}, w)'*p`, { ...variables, p: 'vector(n)' }]
  const expression = parse(text, { vars })
  const dims = new Map([['n', FEATURES]])
  const options = { function: name, ...(language === 'sql-samples' && { dims }) }
  return emitProgram(language, expression, [derive(expression, { wrt: ['w'] })], options).code
}

async function rows(query: string): Promise<number[][]> {
  return (await connection.runAndReadAll(query)).getRowsJson().map((row) => row.map(Number))
}

function expectClose(found: readonly number[]): void {
  const wanted = expected()
  expect(found.length).toBe(wanted.length)
  const scale = Math.max(...wanted.map(Math.abs))
  expect(Math.max(...found.map((value, k) => Math.abs(value - (wanted[k] ?? 0)))) / scale).toBeLessThan(1e-10)
}

test('the layout samples', async () => {
  expect(statSync(join(folder, 'samples.parquet')).size).toBeGreaterThan(MEMORY)
  await connection.run(`CREATE VIEW samples AS SELECT * FROM '${folder}/samples.parquet'`)
  const columns = range.map((j) => `${w[j]}e0 AS w_${j + 1}, ${p[j]}e0 AS p_${j + 1}`)
  await connection.run(`CREATE TABLE parameters AS SELECT ${columns.join(', ')}`)
  for (const name of ['loss', 'slope']) await connection.run(program('sql-samples', name))
  expectClose([...(await rows('SELECT * FROM loss')), ...(await rows('SELECT * FROM slope'))].flat())
}, 120_000)

test('the layout rows', async () => {
  // Joins and groups hold some blocks for each thread; a row is three numbers of 8 bytes.
  await connection.run(`SET memory_limit = '${1.5 * MEMORY}B'`)
  expect(SAMPLES * FEATURES * 24).toBeGreaterThan(1.5 * MEMORY)
  await connection.run(`
    CREATE VIEW X AS SELECT * FROM '${folder}/X.parquet';
    CREATE VIEW y AS SELECT i, y AS value FROM '${folder}/samples.parquet';
    CREATE TABLE w(i INTEGER, value DOUBLE); INSERT INTO w VALUES ${w.map((value, j) => `(${j + 1}, ${value})`).join(', ')};
    CREATE TABLE p(i INTEGER, value DOUBLE); INSERT INTO p VALUES ${p.map((value, j) => `(${j + 1}, ${value})`).join(', ')};
    CREATE TABLE sizes AS SELECT ${SAMPLES} AS m, ${FEATURES} AS n;
  `)
  for (const name of ['loss', 'slope']) await connection.run(program('sql', name))
  const ordered = (view: string) => rows(`SELECT value FROM ${view} ORDER BY output DESC, i`)
  expectClose([...(await ordered('loss')), ...(await ordered('slope'))].flat())
}, 120_000)
