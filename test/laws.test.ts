// Laws over random programs. `EINCALC_SEED` draws others, and `npm run fuzz` many more.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { brokenLaws, subjectOf } from './laws.ts'
import { programs } from './random-program.ts'

test.for([
  { depth: 2, numRuns: 120 },
  { depth: 3, numRuns: 120 },
])('random programs of $depth levels obey the laws', { timeout: 300_000 }, ({ depth, numRuns }) => {
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
  // an axis of size 1 is no half-vector
  ['-relu(-Tmn1)', 'Tmn1', 'Tmn1'],
  // the greatest entries are compared with as they are computed
  ["norminf(sum(Amn, axis=1)')", 'Amn', 'Amn'],
  ["min(sum(Ann', 2))", 'Ann', 'Ann'],
  ["norminf(xm'*Amn + rn)", 'Amn', 'Amn'],
  // norms that are 0
  ['norm2(-relu(-sqrt(3 - sin(Ak1))))', 'Ak1', 'Ak1'],
  // large terms that cancel
  ['ones(m,n)*xn/norm2(ones(m,n)*xn)', 'xn', 'xn'],
  ['a*sum(cross(x3, p3.^x3).*x3)', 'a', 'a'],
  // sizes in conditions
  ['vjp(xn*sin(a), a, einsum("iij->j", reshape(vec(Tnnn), n, n, n)))', 'a', 'a'],
])('%s by %s, %s', (text, wrt, other) => {
  expect(brokenLaws({ text, by: [wrt, other] })).toEqual([])
})
