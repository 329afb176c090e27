// Memory at the peak of a first evaluation: what a process takes more than before it, ours and JAX's each in a process of its own;
// the time is that of a second one. Of the point cloud of 2483 points in float32, whose answer has 222 MB, and of the core for 1000
// rows, JAX computes columns, which must agree.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { close, makeRow } from '../harness.mjs'

const ours = fileURLToPath(new URL('one.mjs', import.meta.url))
const theirs = fileURLToPath(new URL('peer.py', import.meta.url))

const CASES = (quick) => [
  ...(quick ? [30] : [50, 100, 150, 200, 300]).map((n) => ({ problem: 'cloud', n })),
  { problem: 'cloud', n: quick ? 200 : 2483, precision: 'float32', columns: true },
  ...(quick ? [30] : [30, 60, 100, 150, 200]).map((n) => ({ problem: 'factorization', n })),
  ...(quick ? [60] : [1000]).map((n) => ({ problem: 'factorization', n, columns: true })),
  ...(quick ? [100] : [200, 500, 1000, 2000]).map((n) => ({ problem: 'logistic', n })),
]

const NAMES = {
  cloud: 'point cloud hessian',
  factorization: 'factorization hessian, core',
  logistic: 'logistic hessian',
}

/** Milliseconds after which a process is given up. */
const PATIENCE = 300_000

export async function run({ quick }) {
  const python = process.env.EINCALC_PYTHON ?? 'python3'
  const hasJax = spawnSync(python, ['-c', 'import jax'], { stdio: 'ignore' }).status === 0
  if (!hasJax) process.stderr.write(`${python} has no JAX, so nothing is compared\n`)
  const version = hasJax && spawnSync(python, ['-c', 'import jax; print(jax.__version__)'], { encoding: 'utf8' }).stdout
  const folder = mkdtempSync(join(tmpdir(), 'eincalc-memory-'))
  const rows = []
  try {
    for (const { problem, n, precision = 'float64', columns = false } of CASES(quick)) {
      const ask = { problem, n, precision, columns }
      const own = answer(process.execPath, ours, { ...ask, out: join(folder, 'ours.bin') })
      if (!own) throw new Error(`${problem} at n = ${n} could not be computed`)
      const peer = hasJax ? answer(python, theirs, { ...ask, out: join(folder, 'theirs.bin') }) : undefined
      const tolerance = precision === 'float32' ? 1e-5 : 1e-9
      const agree = peer ? close(numbersIn(folder, 'ours.bin'), numbersIn(folder, 'theirs.bin'), tolerance) : null
      const name = `${NAMES[problem]}${precision === 'float32' ? ', float32' : ''}`
      const whole = peer && !columns ? peer : undefined
      const row = { case: name, size: { n }, engine: own.engine, ours: own.seconds, agree }
      rows.push({
        ...makeRow({ ...row, peer: hasJax ? `jax ${version.trim()}` : undefined, theirs: whole?.seconds ?? null }),
        ourBytes: own.bytes,
        theirBytes: whole?.bytes ?? null,
        answerBytes: own.answer,
      })
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  return rows
}

/** What the process says; undefined where it fails, as one without enough memory does. */
function answer(command, script, ask) {
  const { status, stdout, stderr } = spawnSync(command, [script], {
    input: JSON.stringify(ask),
    encoding: 'utf8',
    timeout: PATIENCE,
    maxBuffer: 2 ** 24,
  })
  if (status === 0) return JSON.parse(stdout)
  process.stderr.write(`${ask.problem}, n = ${ask.n}: ${stderr?.trim().split('\n').at(-1) || 'no answer in time'}\n`)
  return undefined
}

function numbersIn(folder, name) {
  const bytes = readFileSync(join(folder, name))
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
