// Programs that we emit in JAX and PyTorch against jax.jit(jax.hessian) and torch.func.hessian: the same engine, data and process.
// Each measurement has a process of its own, which compares the answers first; memory is that of one side alone.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeRow } from '../harness.mjs'

const script = fileURLToPath(new URL('peer.py', import.meta.url))

const layers = Array.from({ length: 9 }, (_, k) => `V${k + 1}`)

const problems = {
  logistic: {
    text: 'sum(log(exp(-y.*(X*w)) + vector(1)))',
    vars: { X: 'matrix(m,n)', y: 'vector(m)', w: 'vector(n)' },
    by: 'w',
    sizes: [100, 200, 500, 1000].map((n) => ({ n })),
  },
  quadratic: {
    text: "x'*A*x",
    vars: { A: 'matrix(n,n)', x: 'vector(n)' },
    by: 'x',
    sizes: [100, 300, 1000, 2000].map((n) => ({ n })),
  },
  factorization: {
    text: "norm2(T-U*V')^2",
    vars: { T: 'matrix(m,n)', U: 'matrix(m,k)', V: 'matrix(n,k)' },
    by: 'U',
    sizes: [20, 50, 100, 200].map((n) => ({ n, k: 5 })),
  },
  network: {
    text: `Z = ${layers.reduce((inner, name) => `${name}*relu(${inner})`, 'W1*X')}; sum(logsumexp(Z, 1)) - sum(Y.*Z)`,
    vars: {
      W1: 'matrix(n,n)',
      ...Object.fromEntries(layers.map((name) => [name, 'matrix(n,n)'])),
      X: 'matrix(n,b)',
      Y: 'matrix(n,b)',
    },
    by: 'W1',
    sizes: [1, 50, 200].flatMap((batch) => [10, 20, 30].map((n) => ({ n, batch }))),
  },
  cloud: {
    text: 'sum[i,j](exp(-sum[a]((X[i,a]-X[j,a])^2)))',
    vars: { X: 'matrix(n,k)' },
    by: 'X',
    sizes: [20, 50, 100, 150].map((n) => ({ n, k: 3 })),
  },
}

const frameworks = [
  { name: 'jax', python: process.env.EINCALC_JAX_PYTHON, peer: 'jax.jit(jax.hessian)' },
  { name: 'pytorch', module: 'torch', python: process.env.EINCALC_TORCH_PYTHON, peer: 'torch.func.hessian' },
]

/** Seconds after which a measurement is given up. */
const PATIENCE = { quick: 20, full: 120 }

export async function run({ quick }) {
  const lib = await import('../../dist/index.js')
  const folder = mkdtempSync(join(tmpdir(), 'eincalc-frameworks-'))
  const rows = []
  try {
    for (const { name: language, module: framework = language, python, peer } of frameworks) {
      if (python === undefined) {
        process.stderr.write(`no Python is named for ${language} (EINCALC_JAX_PYTHON, EINCALC_TORCH_PYTHON)\n`)
        continue
      }
      for (const [problem, { text, vars, by, sizes }] of Object.entries(problems)) {
        const d = lib.derive(text, { wrt: by, order: 2, vars })
        const path = join(folder, `${language}_${problem}.py`)
        writeFileSync(path, lib.emitProgram(language, d.expression, [d]).code)
        for (const size of quick ? sizes.slice(0, 1) : sizes) {
          const ask = {
            framework,
            problem,
            by,
            module: path,
            size,
            seconds: quick ? 0.02 : 0.2,
            samples: quick ? 3 : 7,
          }
          const time = answer(python, { ...ask, do: 'time' }, quick)
          if (!time) continue
          const memory = quick
            ? []
            : ['ours', 'theirs'].map((side) => answer(python, { ...ask, do: 'memory', side }, quick) ?? null)
          const row = {
            case: problem,
            size,
            engine: language,
            ours: time.ours,
            peer,
            theirs: time.theirs,
            agree: time.agree,
          }
          const [ourBytes, theirBytes] = memory
          rows.push({ ...makeRow(row), ...(memory.length > 0 && { ourBytes, theirBytes }) })
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  return rows
}

/** What the process says; undefined where it fails or takes too long. */
function answer(python, ask, quick) {
  const patience = 1000 * (quick ? PATIENCE.quick : PATIENCE.full)
  const { status, stdout, stderr } = spawnSync(python, [script], {
    input: JSON.stringify({ ...ask, limit: Math.floor(0.8 * freemem()) }),
    encoding: 'utf8',
    timeout: patience,
    env: { ...process.env, OMP_NUM_THREADS: '2' },
  })
  if (status === 0) return JSON.parse(stdout)
  const last = stderr?.trim().split('\n').at(-1)
  process.stderr.write(
    `${ask.framework}, ${ask.problem}, ${JSON.stringify(ask.size)}: ${last || `no answer in ${patience / 1000} s`}\n`,
  )
  return undefined
}
