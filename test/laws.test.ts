// Laws over random programs. `EINCALC_SEED` draws others, and `npm run fuzz` many more.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { brokenLaws, subjectOf } from './laws.ts'
import { programs } from './random-program.ts'

test.for([
  { depth: 2, numRuns: 160 },
  { depth: 3, numRuns: 160 },
])('random programs of $depth levels obey the laws', { timeout: 120_000 }, ({ depth, numRuns }) => {
  fc.assert(
    fc.property(programs(depth), (program) => {
      const subject = subjectOf(program)
      const broken = brokenLaws(subject)
      if (broken.length > 0) throw new Error([subject.text, ...broken].join('\n  '))
    }),
    { numRuns },
  )
})

// What random programs found: each broke a law.
test.each([
  // sizes in conditions
  ['vjp(xn*sin(a), a, einsum("iij->j", reshape(vec(Tnnn), n, n, n)))', 'a', 'a'],
])('%s by %s, %s', (text, wrt, other) => {
  expect(brokenLaws({ text, by: [wrt, other] })).toEqual([])
})
