// Where the compiler or interpreter of a language is, for the tests that run its programs.
import { spawnSync } from 'node:child_process'
import type { Ended } from './conformance.ts'

export interface Toolchain {
  /** The name that `EINCALC_REQUIRE` lists where a missing one is an error. */
  readonly name: string
  /** A variable of the environment that gives the command. */
  readonly variable: string
  readonly candidates: readonly string[]
  /** Arguments with which it ends well if it can be used. */
  readonly probe: readonly string[]
}

/**
 * The command, or null where there is none: then tests of the language are left out, and say so. Languages listed in
 * `EINCALC_REQUIRE`, as in `.ci/full`, must be there.
 */
export function find({ name, variable, candidates, probe }: Toolchain): string | null {
  const own = process.env[variable]
  const found = (own ? [own] : candidates).find((command) => {
    return spawnSync(command, [...probe], { stdio: 'ignore' }).status === 0
  })
  if (found !== undefined) return found
  if ((process.env.EINCALC_REQUIRE ?? '').split(',').includes(name))
    throw new Error(`${name} not found (EINCALC_REQUIRE)`)
  process.stdout.write(`${name} not found: its programs are not run\n`)
  return null
}

/** Runs a command; its exit code, and what it printed on either stream. */
export function runMain(command: string, args: readonly string[], cwd?: string): Ended {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', ...(cwd !== undefined && { cwd }) })
  return { status, printed: `${stdout}${stderr}`.trim() }
}
