// Every engine that is there computes what the reference evaluator computes: the suite that other machines run too.
import { expect, test } from 'vitest'
import { checks } from './suite.ts'

const seed = Number(process.env.EINCALC_SEED ?? 1)
const cases = Number(process.env.EINCALC_CASES ?? 150)

test.each(checks({ seed, cases }).map(({ name, run }) => [name, run] as const))(
  '%s',
  { timeout: 120_000 },
  async (_, run) => expect(await run()).toBe(undefined),
)
