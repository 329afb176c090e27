// One evaluation of bench/memory in a process of its own: its time, its answer (columns of it, where these are asked), and the bytes
// that the process took more than before.
import { readFileSync, writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { compile, derive } from '../../dist/index.js'
import { numbers } from '../peers.mjs'
import { columnsOf } from './columns.mjs'

const { problem, n, precision, columns, out } = JSON.parse(readFileSync(0, 'utf8'))

const problems = {
  cloud: {
    text: 'sum[i,j](exp(-sum[a]((X[i,a]-X[j,a])^2)))',
    vars: { X: 'matrix(n,k)' },
    by: 'X',
    inputs: (n) => ({ X: numbers(n, 3) }),
  },
  factorization: {
    text: "norm2(T-U*V')^2",
    vars: { T: 'matrix(m,n)', U: 'matrix(m,k)', V: 'matrix(n,k)' },
    by: 'U',
    inputs: (n) => ({ T: numbers(n, n), U: numbers(n, 5), V: numbers(n, 5) }),
  },
  logistic: {
    text: 'sum(log(exp(-y.*(X*w)) + vector(1)))',
    vars: { X: 'matrix(m,n)', y: 'vector(m)', w: 'vector(n)' },
    by: 'w',
    inputs: (n) => ({ X: numbers(2 * n, n), y: numbers(2 * n), w: numbers(n) }),
  },
}

const { text, vars, by, inputs } = problems[problem]
const hessian = derive(text, { wrt: by, vars, order: 2 })
const width = precision === 'float32' ? 4 : 8
const given = inputs(n)

// A first run at another size loads what any run needs.
const { engine, first, run } = problem === 'factorization' ? compressed() : await dense()
first()
globalThis.gc?.()
const before = process.memoryUsage().rss
const { answer, entries } = run()
const bytes = Math.max(0, process.resourceUsage().maxRSS * 1024 - before)
const start = performance.now()
run()
const seconds = (performance.now() - start) / 1000
const size = Math.round(Math.sqrt(entries))
writeFileSync(out, new Uint8Array(answer(columns ? columnsOf(size) : undefined).buffer))
process.stdout.write(JSON.stringify({ engine, seconds, bytes, answer: width * entries }))

async function dense() {
  const f = await compile({ hessian }, { precision, maxBytes: 3.5e9, maxOperations: 1e13 })
  const result = () => {
    const { data } = f(given).hessian
    const count = Math.round(Math.sqrt(data.length))
    const chosen = (list) => Float64Array.from(list.flatMap((column) => rowsOf(data, count, column)))
    return { entries: data.length, answer: (list) => (list ? chosen(list) : Float64Array.from(data)) }
  }
  return { engine: f.engine, first: () => f(inputs(4)), run: result }
}

/** The core alone, which is applied to unit vectors only to be compared. */
function compressed() {
  const run = () => {
    const kept = hessian.at(given)
    const { shape } = given[by]
    const count = shape[0] * shape[1]
    const column = (k) => {
      const unit = new Float64Array(count)
      unit[k] = 1
      return Array.from(kept.apply({ shape, data: unit }).data)
    }
    const all = () => Array.from({ length: count }, (_, k) => k)
    return { entries: count ** 2, answer: (list) => Float64Array.from((list ?? all()).flatMap(column)) }
  }
  return { engine: 'reference', first: () => hessian.at(inputs(4)), run }
}

/** A column of a symmetric matrix, which is a row. */
function rowsOf(data, count, row) {
  return Array.from(data.subarray(row * count, (row + 1) * count))
}
