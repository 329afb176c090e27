// The one way in which tables of derivatives are tested.
import { appendFileSync } from 'node:fs'
import { expect } from 'vitest'
import { checkAnswer, checkOf, type Derivative, derive } from '../src/index.ts'
import { differenceIn } from './conformance.ts'
import type { Recorded } from './suite.ts'

export const MODES = ['forward', 'reverse', 'crosscountry'] as const

export interface Given {
  readonly vars?: Readonly<Record<string, string>>
  readonly order?: number
}

/**
 * Engines compute the derivative as the reference evaluator does. `EINCALC_RECORD` names a file to which each is added, so that
 * `npm run conformance` holds other machines to the same.
 */
export function expectEngines(d: Derivative): void {
  expect(differenceIn(d)).toBe(undefined)
  if (!process.env.EINCALC_RECORD) return
  const { text, types } = d.expression
  const recorded: Recorded = { text, vars: Object.fromEntries(types), wrt: d.wrt }
  appendFileSync(process.env.EINCALC_RECORD, `${JSON.stringify(recorded)}\n`)
}

/** The derivative, held to differences in every mode and computed on every engine; all modes print the same. */
export function derivativeOf(expr: string, by: string | readonly string[], given: Given = {}): Derivative {
  const [first, ...others] = MODES.map((mode) => derive(expr, { wrt: by, mode, ...given })) as [Derivative, Derivative]
  for (const other of others) expect(other.toString(), `${other.mode} mode`).toBe(first.toString())
  expect(checkOf(first), `differences of ${first.toString()}`).toMatchObject({ ok: true })
  const d = derive(expr, { wrt: by, ...given })
  expectEngines(d)
  return d
}

/** The derivative prints exactly this text, which means the same when it is read. */
export function check(expr: string, by: string | readonly string[], expected: string, given: Given = {}): void {
  const d = derivativeOf(expr, by, given)
  expect(d.toString()).toBe(expected)
  expect(checkAnswer(d, expected)).toMatchObject({ equal: true })
}

/** The derivative equals this text, however it is printed. */
export function checkEqual(expr: string, by: string | readonly string[], expected: string, given: Given = {}): void {
  const modes = MODES.map((mode) => derive(expr, { wrt: by, mode, ...given }))
  for (const d of modes) {
    expect(checkAnswer(d, expected), `${d.toString()} in ${d.mode} mode`).toMatchObject({ equal: true })
    expect(checkOf(d), `differences of ${d.toString()}`).toMatchObject({ ok: true })
  }
}
