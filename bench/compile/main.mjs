// From a derivative to its first numbers: planning, lowering, compiling kernels and one run, against JAX's tracing, compiling
// and one run. Sizes are new each time, as kernels serve all sizes and XLA compiles for each. "first" is before any other work.
import { performance } from 'node:perf_hooks'
import { close, makeRow } from '../harness.mjs'
import { numbers, Peers } from '../peers.mjs'

const problems = [
  {
    name: 'logistic',
    text: 'sum(log(exp(-y.*(X*w)) + vector(1)))',
    vars: { X: 'matrix(m,n)', y: 'vector(m)', w: 'vector(n)' },
    by: 'w',
    inputs: (n) => ({ X: numbers(2 * n, n), y: numbers(2 * n), w: numbers(n) }),
  },
  {
    name: 'factorization',
    text: "norm2(T-U*V')^2",
    vars: { T: 'matrix(m,n)', U: 'matrix(m,k)', V: 'matrix(n,k)' },
    by: 'U',
    inputs: (n) => ({ T: numbers(n, n), U: numbers(n, 5), V: numbers(n, 5) }),
  },
  {
    name: 'point cloud',
    peerName: 'cloud',
    text: 'sum[i,j](exp(-sum[a]((X[i,a]-X[j,a])^2)))',
    vars: { X: 'matrix(n,k)' },
    by: 'X',
    inputs: (n) => ({ X: numbers(n, 3) }),
  },
]

const SAMPLES = 5

export async function run({ quick }) {
  const lib = await import('../../dist/index.js')
  const peers = await Peers.start()
  const rows = []
  for (const { name, peerName = name, text, vars, by, inputs } of problems) {
    for (const [what, ours] of [
      ['plan and compile', compiling(lib, text, vars, by)],
      ['derive, plan and compile', deriving(lib, text, vars, by)],
    ]) {
      const own = []
      const theirs = []
      let agree = peers.has('jax') ? true : null
      for (let n = 8; n < 8 + (quick ? 2 : SAMPLES); n++) {
        const values = inputs(n)
        const start = performance.now()
        const answer = await ours(values)
        own.push((performance.now() - start) / 1000)
        if (agree === null) continue
        const peer = await peers.prepare('jax', `${peerName}_hessian`, by, values)
        theirs.push(peer.first)
        agree &&= close(answer, peer.data)
      }
      const row = { engine: 'wasm', peer: peers.has('jax') ? `jax ${peers.versions.jax}` : undefined, agree }
      const [first] = own
      if (what === 'plan and compile') {
        rows.push(makeRow({ ...row, case: `${name}: ${what}, first`, ours: first, theirs: theirs[0] ?? null }))
      }
      rows.push(makeRow({ ...row, case: `${name}: ${what}`, ours: median(own), theirs: median(theirs) ?? null }))
    }
  }
  peers.stop()
  return rows
}

function compiling(lib, text, vars, by) {
  const hessian = lib.derive(text, { wrt: by, vars, order: 2 })
  // Simplified when it is first asked for.
  hessian.toString()
  return async (values) => (await lib.compile({ hessian }, { engine: 'wasm' }))(values).hessian.data
}

function deriving(lib, text, vars, by) {
  return async (values) => {
    const hessian = lib.derive(text, { wrt: by, vars, order: 2 })
    return (await lib.compile({ hessian }, { engine: 'wasm' }))(values).hessian.data
  }
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]
}
