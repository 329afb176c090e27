/** Values to try an expression with. */
import { defaultSizes, sampleInputs, type Tensor } from '../evaluate/index.ts'
import type { Expression } from './expression.ts'
import { type Sizes, sizesOf } from './inputs.ts'
import { sizesForSelections } from './sizes.ts'

export interface RandomInputsOptions {
  /** Sizes of dimensions; others get small sizes, each its own. */
  readonly dims?: Sizes
  /** 1 unless given. The same seed gives the same values. */
  readonly seed?: number
}

/** A random value for every variable, as its declaration demands: symmetric, positive definite, of one sign. */
export function randomInputs(
  expression: Expression,
  { dims, seed = 1 }: RandomInputsOptions = {},
): Map<string, Tensor> {
  const variables = [...expression.variables.values()].map(({ node }) => node)
  const given = sizesForSelections(expression, sizesOf(dims))
  return sampleInputs(
    variables,
    defaultSizes(
      variables.flatMap(({ axes }) => axes),
      given,
    ),
    seed,
  )
}
