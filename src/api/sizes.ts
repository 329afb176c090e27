/** Sizes that an expression needs: `x[5]` wants a vector of length 5 at least, which only sizes can tell. */
import { EincalcError } from '../errors.ts'
import type { Expression } from './expression.ts'

/** Throws `ShapeMismatch` with the place of a selection that lies outside its axis at these sizes. Unknown sizes pass. */
export function requireSelections(expression: Expression, sizes: ReadonlyMap<string, number>): void {
  for (const { dimension, least, span } of expression.resolved.leastSizes) {
    if (!dimension.names.every((name) => sizes.has(name))) continue
    const size = dimension.evaluate(sizes)
    if (size >= least) continue
    throw new EincalcError({
      code: 'ShapeMismatch',
      message: `entry ${least} is selected along an axis of length ${size}`,
      span,
      hint: 'Indices count from 1.',
    })
  }
}

/** The given sizes, and for names without one that a selection by number bounds from below a size that is large enough. */
export function sizesForSelections(expression: Expression, sizes: ReadonlyMap<string, number>): Map<string, number> {
  const result = new Map(sizes)
  for (const { dimension, least } of expression.resolved.leastSizes) {
    const { name } = dimension
    if (name !== undefined && !sizes.has(name)) result.set(name, Math.max(least, result.get(name) ?? 2))
  }
  return result
}
