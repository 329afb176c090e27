// npm run examples:jax [-- NAME ...]: the derivatives of all examples, or of those named, against JAX, to 1e-9.
// EINCALC_JAX_PYTHON names a Python with JAX; without it one is installed into a temporary folder.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { derive, parse } from 'eincalc'
import { examples } from '../examples/index.mjs'
import { inputsOf } from '../examples/inputs.mjs'

const JAX = 'jax==0.10.2'

const names = process.argv.slice(2)
const chosen = examples.filter(({ name }) => names.length === 0 || names.includes(name))
const requests = chosen.flatMap((example) => {
  const { name, text, variables, wrt, orders } = example
  const expression = parse(text, { vars: variables })
  const inputs = inputsOf(example)
  const asJson = ({ shape, data }) => ({ shape, data: Array.from(data) })
  const given = Object.fromEntries(Object.entries(inputs).map(([variable, value]) => [variable, asJson(value)]))
  return wrt.flatMap((by) =>
    orders.map((order) => {
      const derivative = asJson(derive(expression, { wrt: by, order }).at(inputs).expand())
      return JSON.stringify({ name, wrt: by, order, inputs: given, derivative })
    }),
  )
})

const folder = mkdtempSync(join(tmpdir(), 'eincalc-jax-'))
try {
  process.exitCode = check(process.env.EINCALC_JAX_PYTHON ?? install(folder))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function install(folder) {
  run('python3', ['-m', 'venv', folder])
  const python = join(folder, 'bin', 'python')
  run(python, ['-m', 'pip', 'install', '--quiet', JAX])
  return python
}

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`)
}

function check(python) {
  const script = fileURLToPath(new URL('../examples/jax_reference.py', import.meta.url))
  const { status, error } = spawnSync(python, [script], {
    input: requests.join('\n'),
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  if (error) throw error
  return status ?? 70
}
