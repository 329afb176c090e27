// Finds a Python that has NumPy, for the tests that run generated programs.
import { spawnSync } from 'node:child_process'

/** True where `command` starts a Python that can import NumPy. */
function hasNumpy(command: string): boolean {
  return spawnSync(command, ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0
}

/**
 * The command of a Python with NumPy: `EINCALC_PYTHON` where it is set, else `python3`; null where neither has NumPy.
 * With `EINCALC_REQUIRE_NUMPY=1` a missing NumPy is an error, so that the checks of a release cannot skip silently.
 */
export const python: string | null = find()

function find(): string | null {
  const candidates = process.env.EINCALC_PYTHON ? [process.env.EINCALC_PYTHON] : ['python3', 'python']
  const found = candidates.find(hasNumpy)
  if (found === undefined && process.env.EINCALC_REQUIRE_NUMPY === '1') {
    throw new Error(`NumPy not found: tried ${candidates.join(', ')} (EINCALC_REQUIRE_NUMPY is set)`)
  }
  return found ?? null
}

/**
 * Says how many programs a test file leaves out where NumPy is missing. Returns whether they are to be skipped:
 * `describe.skipIf(skipWithoutNumpy(programs.length))('programs', …)`.
 */
export function skipWithoutNumpy(programs: number): boolean {
  if (python === null) process.stdout.write(`NumPy not found: ${programs} programs not run\n`)
  return python === null
}

/** Reads program and input from one stream, since a program may be longer than an argument. */
const runner = `
import io, json, sys
request = json.load(sys.stdin)
sys.stdin = io.StringIO(request['input'])
exec(compile(request['program'], 'program', 'exec'), {'__name__': '__main__'})
`

/** Runs a Python program with `input` as its stdin and returns what it prints. Throws with its traceback where it fails. */
export function runPython(program: string, input = ''): string {
  if (python === null) throw new Error('NumPy not found')
  const { status, stdout, stderr, error } = spawnSync(python, ['-c', runner], {
    input: JSON.stringify({ program, input }),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(`${error?.message ?? stderr}\nin the program\n${program}`)
  return stdout
}
