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
  /** Whether its tests are quick enough for every run. */
  readonly isQuick?: boolean
}

/**
 * The command, or null where there is none: then tests of the language are left out, and say so. Languages listed in
 * `EINCALC_REQUIRE`, as in `.ci/full`, must be there; others are run where their tests are quick or `variable` is set.
 */
export function find({ name, variable, candidates, probe, isQuick = false }: Toolchain): string | null {
  const own = process.env[variable]
  const isRequired = (process.env.EINCALC_REQUIRE ?? '').split(',').includes(name)
  if (!isRequired && !isQuick && !own) {
    process.stdout.write(`${name} is not in EINCALC_REQUIRE: its programs are not run\n`)
    return null
  }
  const found = (own ? [own] : candidates).find((command) => {
    return spawnSync(command, [...probe], { stdio: 'ignore' }).status === 0
  })
  if (found !== undefined) return found
  if (isRequired) throw new Error(`${name} not found (EINCALC_REQUIRE)`)
  process.stdout.write(`${name} not found: its programs are not run\n`)
  return null
}

/** Runs a command; its exit code, and what it printed on either stream. */
export function runMain(command: string, args: readonly string[], cwd?: string): Ended {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', ...(cwd !== undefined && { cwd }) })
  return { status, printed: `${stdout}${stderr}`.trim() }
}
