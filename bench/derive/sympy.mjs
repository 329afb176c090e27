// The same chains in SymPy, in a Python process of their own.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const environment = fileURLToPath(new URL('../../node_modules/.cache/eincalc-sympy', import.meta.url))

/** Building is not timed, as ours is not. A deep chain needs a deep stack. */
const program = `
import sys, threading, time
from sympy import Add, Integer, Mul, Symbol, cos, diff, sin
sys.setrecursionlimit(10**7)
threading.stack_size(2**29)
def main():
    x = Symbol('x')
    scope = {'x': x, 'steps': int(sys.argv[2]), 'Add': Add, 'Mul': Mul, 'Integer': Integer, 'sin': sin, 'cos': cos}
    exec(sys.argv[1], scope)
    start = time.perf_counter()
    derivative = diff(scope['y'], x)
    seconds = time.perf_counter() - start
    if len(sys.argv) > 3:
        from sympy import lambdify
        print(seconds, float(lambdify(x, derivative, 'math', cse=True)(0.5)))
    else:
        print(seconds)
thread = threading.Thread(target=main)
thread.start()
thread.join()
`

/** A Python with SymPy and its name, installed into a virtual environment if need be; null where that cannot be. */
export function findSympy() {
  const version = (python) => {
    const { status, stdout } = spawnSync(python, ['-c', 'import sympy; print(sympy.__version__)'], { encoding: 'utf8' })
    return status === 0 ? { python, peer: `sympy ${stdout.trim()}` } : null
  }
  for (const python of [process.env.EINCALC_PYTHON, 'python3', `${environment}/bin/python`]) {
    const found = python && version(python)
    if (found) return found
  }
  if (!existsSync(environment)) {
    const steps = [
      ['python3', ['-m', 'venv', environment]],
      [`${environment}/bin/pip`, ['install', '--quiet', 'sympy']],
    ]
    if (!steps.every(([command, args]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0)) return null
  }
  return version(`${environment}/bin/python`)
}

/** Seconds and, where asked, the gradient at 0.5; null where SymPy does not end in time or has no stack for it. */
export function runSympy({ python }, kind, count, { limit, withValue }) {
  const steps = Math.max(1, Math.round(count / kind.operations))
  const args = ['-c', program, kind.sympy, String(steps), ...(withValue ? ['value'] : [])]
  const { status, stdout } = spawnSync(python, args, { encoding: 'utf8', timeout: limit * 1000 })
  if (status !== 0 || stdout === '') return null
  const [seconds, value] = stdout.split(' ').map(Number)
  return { seconds, value: value ?? null }
}
