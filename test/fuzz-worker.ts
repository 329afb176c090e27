// One process of `npm run fuzz`: for each batch that it is sent it answers with the failures found, shrunk. Compiled by
// scripts/fuzz.mjs.
import process from 'node:process'
import fc from 'fast-check'
import { brokenLaws, subjectOf } from './laws.ts'
import { programs } from './random-program.ts'
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
  const holds = fc.property(programs(depth), (program) => brokenLaws(subjectOf(program)).length === 0)
  const details = fc.check(holds, { numRuns: cases, seed })
  if (!details.failed) return {}
  const [program] = details.counterexample as [Program]
  const subject = subjectOf(program)
  const broken = brokenLaws(subject).map((law) => `  ${law}`)
  return { failure: [`${subject.text} by ${subject.by.join(', ')}`, ...broken].join('\n') }
}
