/** What the check of an emitted program compares with differences, in every language. */
import type { NamedOutput, Parameter } from './program.ts'

/** Sizes that differ, so that swapped axes show. */
export const SIZES = [3, 2, 5, 4, 7, 6, 11, 9, 13]

/** A derivative to be checked: the output it is the derivative of, its own position, and the variables in order. */
export interface CheckCase {
  readonly of: number
  readonly position: number
  readonly by: readonly Parameter[]
}

/** The cases, unless a parameter is an orthogonal matrix: differences would have to move along these. */
export function freeCases(parameters: readonly Parameter[], outputs: readonly NamedOutput[]): CheckCase[] {
  const isOrthogonal = parameters.some(({ facts }) => facts.structure === 'orthogonal')
  return isOrthogonal ? [] : checkCases(parameters, outputs)
}

/** Which numbers the check draws for a parameter. */
export function kindOf({ facts: { structure, sign } }: Parameter): string {
  return structure ?? (sign ? 'positive' : 'any')
}

export function checkCases(parameters: readonly Parameter[], outputs: readonly NamedOutput[]): CheckCase[] {
  return outputs.flatMap(({ derivative }, position): CheckCase[] => {
    if (!derivative || !outputs[derivative.of]) return []
    const by = derivative.by.map((name) => parameters.find((parameter) => parameter.name === name))
    const known = by.filter((parameter) => parameter !== undefined)
    // Two moves along the orthogonal matrices meet their curvature: the first derivative would be needed as well.
    const orthogonal = known.filter((parameter) => parameter.facts.structure === 'orthogonal')
    const curved = new Set(orthogonal).size < orthogonal.length
    return known.length < by.length || curved ? [] : [{ of: derivative.of, position, by: known }]
  })
}
