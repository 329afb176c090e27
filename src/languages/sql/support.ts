/** Where an expression can be other than 0, as relations: an entry without a row is 0. */
import type { Expression, Leaf } from '../../plan/step.ts'
import { keepsZero } from './names.ts'

/** Leaves of which none may be 0, or else the expression is. */
export type Conjunct = readonly Leaf[]

/** So many cases are told apart; beyond, the expression counts as nowhere 0. */
const MOST_CASES = 4

/**
 * The cases in one of which the expression is other than 0: each says which leaves then have rows. Without any condition
 * (an empty conjunct) nothing is known, so every index must be looked at.
 */
export function support(expression: Expression): readonly Conjunct[] {
  switch (expression.kind) {
    case 'leaf':
      return [[expression]]
    case 'number':
      return expression.value.isZero ? [] : [[]]
    case 'size':
      return [[]]
    case 'product': {
      let cases: readonly Conjunct[] = [[]]
      for (const { base, exponent } of expression.factors) {
        if (exponent.sign <= 0) continue
        const own = support(base)
        // Fewer conditions only mean that more is looked at.
        if (own.length * cases.length > MOST_CASES) continue
        cases = cases.flatMap((one) => own.map((other) => [...one, ...other]))
      }
      return cases
    }
    case 'sum':
      return either(expression.terms.map(({ term }) => support(term)))
    case 'mask':
      return support(expression.body)
    case 'call': {
      if (!keepsZero(expression.name)) return [[]]
      const args = expression.name === 'where' ? expression.args.slice(1) : expression.args
      return either(args.map(support))
    }
  }
}

function either(parts: readonly (readonly Conjunct[])[]): readonly Conjunct[] {
  const all = parts.flat()
  return all.length > MOST_CASES || all.some((one) => one.length === 0) ? [[]] : all
}
