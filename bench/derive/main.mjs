// Deriving long expressions: 10^3, 10^4 and 10^5 chained operations of several kinds. `growth` is the time against that of a
// tenth of the operations: about 10 where the work is linear. SymPy derives the scalar kinds, too.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { checkOf, derive } from '../../dist/index.js'
import { makeRow } from '../harness.mjs'
import { chain, kinds } from './chains.mjs'
import { findSympy, runSympy } from './sympy.mjs'

const one = fileURLToPath(new URL('one.mjs', import.meta.url))

/** Seconds after which a measurement is given up, SymPy's after a fifth; its row has no time then. */
const limits = { quick: 15, full: 300 }

export async function run({ quick }) {
  for (const [name, kind] of Object.entries(kinds)) verify(name, kind)
  const sympy = findSympy()
  if (!sympy) process.stderr.write('SymPy not found and not installed: no comparison\n')
  const limit = quick ? limits.quick : limits.full
  const rows = []
  for (const [name, kind] of Object.entries(kinds)) {
    let before = null
    for (const count of quick ? [1e2, 1e3] : [1e3, 1e4, 1e5]) {
      const ours = measure(name, count, limit)
      // The answers are compared where SymPy's can be evaluated.
      const withValue = count <= 1e3
      const theirs = ours && kind.sympy && sympy ? runSympy(sympy, kind, count, { limit: limit / 5, withValue }) : null
      const row = makeRow({
        case: name,
        size: { operations: count },
        engine: 'derive',
        ours: ours?.seconds ?? null,
        peer: kind.sympy && sympy ? sympy.peer : null,
        theirs: theirs?.seconds ?? null,
        agree:
          theirs && withValue
            ? Math.abs(ours.value - theirs.value) <= 1e-6 * Math.max(1e-3, Math.abs(theirs.value))
            : null,
      })
      rows.push({ ...row, growth: ours && before ? ours.seconds / before.seconds : null })
      before = ours
      if (!ours) {
        process.stderr.write(`${name}: ${count} operations took more than ${limit} s or failed\n`)
        break
      }
    }
  }
  return rows
}

/** A short chain of the kind has the right derivative, before anything is timed. */
function verify(name, kind) {
  const derivative = derive(chain(kind, 12)(), { wrt: kind.wrt ?? 'x' })
  if (!checkOf(derivative).ok) throw new Error(`the derivative of ${name} does not agree with differences`)
}

function measure(name, count, limit) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [one, name, String(count)], {
    encoding: 'utf8',
    timeout: limit * 1000,
  })
  if (status === 0) return JSON.parse(stdout)
  if (stderr) process.stderr.write(`${stderr.split('\n').find((line) => /Error/.test(line)) ?? stderr}\n`)
  return null
}
