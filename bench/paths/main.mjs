// Contraction paths: the search in src/plan/paths against opt_einsum's `auto`, on the same networks in one run.
//
// Both count operations alike: a pairwise product takes one multiplication for each point of the space of all labels involved,
// and as many additions where labels are summed. `agree` says that our path takes no more of them than theirs; the case tells
// how many. The rows for 250, 500, 1000, ... tensors show that the time grows near-linearly.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { makeRow } from '../harness.mjs'

const search = new URL('../../dist/plan/paths/search.js', import.meta.url)
const peer = fileURLToPath(new URL('peer.py', import.meta.url))

/** The networks with what opt_einsum makes of them; undefined where there is none. */
function askPeer(quick) {
  const python = process.env.EINCALC_PYTHON ?? 'python3'
  if (spawnSync(python, ['-c', 'import opt_einsum'], { stdio: 'ignore' }).status !== 0) return undefined
  const run = spawnSync(python, [peer, ...(quick ? ['--quick'] : [])], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (run.status !== 0) throw new Error(run.stderr)
  return JSON.parse(run.stdout)
}

export async function run({ quick }) {
  if (!existsSync(search)) throw new Error('dist/plan/paths/search.js is missing: run `npm run build` first')
  const { findPath } = await import(search)
  const theirs = askPeer(quick)
  if (!theirs) {
    process.stderr.write('opt_einsum is not installed (pip install opt_einsum), so paths are not compared\n')
    return []
  }
  return theirs.rows.map((row) => {
    const problem = {
      operands: row.operands.map((labels) => ({ labels })),
      output: row.output,
      size: (label) => row.sizes[label],
    }
    const { cost } = findPath(problem)
    const seconds = Array.from({ length: quick ? 3 : 5 }, () => {
      const start = performance.now()
      findPath(problem)
      return (performance.now() - start) / 1000
    }).sort((a, b) => a - b)
    return makeRow({
      case: `${row.name}: ${(cost / row.operations).toPrecision(3)} of their operations`,
      size: { n: row.operands.length },
      engine: 'plan',
      ours: seconds[seconds.length >> 1],
      peer: `opt_einsum ${theirs.version}`,
      theirs: row.seconds,
      agree: cost <= row.operations * (1 + 1e-9),
    })
  })
}
