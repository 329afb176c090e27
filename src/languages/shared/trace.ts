/** Which line of a program computes which values of its plan. Printers say it of statements; here they are found in the code. */
import type { Plan } from '../../plan/plan.ts'
import type { ValueId } from '../../plan/step.ts'

/** Lines that belong together, and the values of the plan that they compute: one of their own, and those written within. */
export interface Statement {
  readonly lines: readonly string[]
  readonly values: readonly ValueId[]
}

export interface Trace {
  readonly plan: Plan
  /** The values that a line computes, by the number of the line in the code, counted from 0. */
  readonly lines: ReadonlyMap<number, readonly ValueId[]>
}

/** Finds the statements, which the code has one after another however it indents them. */
export function traceOf(code: string, plan: Plan, statements: readonly Statement[]): Trace {
  const wanted = statements.flatMap(({ lines, values }) =>
    lines.flatMap((line) => line.split('\n').map((text) => ({ text: text.trim(), values }))),
  )
  const shown = code.split('\n').map((line) => line.trim())
  const start = shown.findIndex((_, at) => wanted.every(({ text }, k) => shown[at + k] === text))
  return { plan, lines: new Map(start < 0 ? [] : wanted.map(({ values }, k) => [start + k, values])) }
}
