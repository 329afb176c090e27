// Laws over random programs: EINCALC_CASES sets their number, EINCALC_SEED makes them repeat a run (see scripts/fuzz.mjs).
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { brokenLaws } from './laws.ts'
import { type Program, programs, textOf } from './random-program.ts'

const cases = process.env.EINCALC_CASES
const seed = process.env.EINCALC_SEED
/** Runs of the property within one search for a counterexample; of a long fuzz each batch finds one. */
const BATCH = 50

function report(program: Program): string {
  const broken = brokenLaws(program).map((law) => `  ${law}`)
  return [textOf(program.tree), ...broken].join('\n')
}

test.runIf(cases === undefined)('random programs obey the laws', { timeout: 120_000 }, () => {
  for (const [depth, numRuns] of [
    [2, 120],
    [3, 120],
  ] as const) {
    fc.assert(
      fc.property(programs(depth), (program) => {
        expect(brokenLaws(program)).toEqual([])
      }),
      { numRuns, ...(seed !== undefined && { seed: Number(seed) }) },
    )
  }
})

test.runIf(cases !== undefined)('a long fuzz', { timeout: 86_400_000 }, () => {
  const first = Number(seed ?? Date.now() % 1e6)
  const failures: string[] = []
  for (let done = 0; done < Number(cases); done += BATCH) {
    const details = fc.check(
      fc.property(programs(3 + (done % 2)), (program) => brokenLaws(program).length === 0),
      { numRuns: BATCH, seed: first * 1_000_000 + done },
    )
    if (!details.failed) continue
    const [program] = details.counterexample as [Program]
    failures.push(`seed ${details.seed}, path ${details.counterexamplePath}\n${report(program)}`)
    console.log(failures.at(-1))
  }
  expect(failures).toEqual([])
})
