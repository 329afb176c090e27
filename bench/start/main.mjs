// Cold start: a new process that derives x'*A*x, against a new Node process that does nothing.
// The target is under twice the time of the empty process, that is a ratio above 0.5.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compare } from '../harness.mjs'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const expression = "x'*A*x"

/** Runs Node and returns what it prints; throws where it fails. */
function node(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed:\n${stderr}`)
  return stdout.trim()
}

export async function run({ quick }) {
  if (!existsSync(cli)) throw new Error('dist/cli/main.js is missing: run `npm run build` first')
  const row = await compare({
    case: `eincalc "${expression}" --wrt x`,
    engine: 'cli',
    peer: `node -e 0 (${process.version})`,
    ours: () => node(cli, expression, '--wrt', 'x'),
    theirs: () => node('-e', '0'),
    // The empty process has no answer to compare with: another run checks that what was printed is the derivative.
    agree: (answer) => node(cli, expression, '--wrt', 'x', '--answer', answer.split('\n')[0]) !== null,
    samples: quick ? 11 : 41,
    minimumSeconds: 0,
  })
  return [row]
}
