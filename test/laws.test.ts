// Laws over random programs. `EINCALC_SEED` draws others, and `npm run fuzz` many more.
import fc from 'fast-check'
import { test } from 'vitest'
import { brokenLaws } from './laws.ts'
import { programs, textOf } from './random-program.ts'

test.for([
  { depth: 2, numRuns: 160 },
  { depth: 3, numRuns: 160 },
])('random programs of $depth levels obey the laws', { timeout: 120_000 }, ({ depth, numRuns }) => {
  fc.assert(
    fc.property(programs(depth), (program) => {
      const broken = brokenLaws(program)
      if (broken.length > 0) throw new Error([textOf(program.tree), ...broken].join('\n  '))
    }),
    { numRuns },
  )
})
