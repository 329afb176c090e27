// One process of `npm run fuzz`: for each batch that it is sent it answers with the failures found, shrunk. Compiled by
// scripts/fuzz.mjs.
import process from 'node:process'
import fc from 'fast-check'
import { brokenLaws } from './laws.ts'
import { programs, textOf } from './random-program.ts'
import type { Program } from './random-types.ts'

export interface Batch {
  /** Decides the programs, whichever process runs the batch. */
  readonly seed: number
  readonly cases: number
  /** The most levels that a program has. */
  readonly depth: number
}

export interface BatchResult {
  readonly failure?: string
}

process.on('message', (batch: Batch) => {
  const result = run(batch)
  process.send?.(result)
})

function run({ seed, cases, depth }: Batch): BatchResult {
  const holds = fc.property(programs(depth), (program) => brokenLaws(program).length === 0)
  const details = fc.check(holds, { numRuns: cases, seed })
  if (!details.failed) return {}
  const [program] = details.counterexample as [Program]
  const broken = brokenLaws(program).map((law) => `  ${law}`)
  return { failure: [textOf(program.tree), ...broken].join('\n') }
}
