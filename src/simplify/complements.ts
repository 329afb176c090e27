/** Sums of terms that differ only in a condition and the opposite one: Σ over j<i and Σ over i<j are one Σ over j≠i. */
import { Dimension } from '../tensor/dimension.ts'
import type { Condition, Contraction, Factor, Summand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { type Context, type Scaled, through } from './context.ts'
import { product } from './product.ts'

/**
 * For integers e: e ≤ 0 or 1 − e ≤ 0 always holds, just one of them; e ≤ 0 or 2 − e ≤ 0 says e ≠ 1. Each entry is used by
 * the joined term just where one of the two used it. Undefined where nothing joins.
 */
export function joinComplements(context: Context, terms: readonly Summand[]): Summand[] | undefined {
  const known = new Map(terms.map((term) => [keyOf(term), term]))
  for (const term of terms) {
    const { node } = term
    if (node.kind !== 'contraction') continue
    for (const [position, factor] of node.factors.entries()) {
      const condition = orderOf(factor)
      if (!condition) continue
      for (const { other, union } of opposites(condition)) {
        const opposite = withCondition(context, node, position, other)
        const partner = known.get(keyOf(placed(opposite, term)))
        if (!partner || partner === term || !partner.coefficient.equals(placed(opposite, term).coefficient)) continue
        const joined = placed(withCondition(context, node, position, union), term)
        return [...terms.filter((t) => t !== term && t !== partner), joined]
      }
    }
  }
  return undefined
}

const keyOf = ({ node, labels }: Summand) => `${node.id}[${labels}]`

function placed(value: Scaled, term: Summand): Summand {
  const labels = through(value, term.labels)
  return { node: value.node, labels, coefficient: value.coefficient.multiply(term.coefficient) }
}

/** The inequality that a factor is. */
function orderOf({ node }: Factor): Condition | undefined {
  const [condition] = node.kind === 'indicator' && node.conditions.length === 1 ? node.conditions : []
  return condition?.relation === 'le' ? condition : undefined
}

function opposites({ terms, offset }: Condition): { other: Condition; union: Condition | undefined }[] {
  const turned = terms.map((term) => ({ ...term, coefficient: term.coefficient.scale(Rational.MINUS_ONE) }))
  const minus = offset.scale(Rational.MINUS_ONE)
  const from = (constant: number): Condition => ({
    relation: 'le',
    terms: turned,
    offset: minus.add(Dimension.constant(constant)),
  })
  const apart: Condition = { relation: 'ne', terms, offset: offset.subtract(Dimension.ONE) }
  return [
    { other: from(1), union: undefined },
    { other: from(2), union: apart },
  ]
}

/** The contraction with another condition in the place of one factor, or with none. */
function withCondition(context: Context, node: Contraction, position: number, condition?: Condition): Scaled {
  const factor = node.factors[position] as Factor
  const changed = condition && { ...factor, node: context.graph.indicator(factor.node.axes, [condition]) }
  const factors = node.factors.flatMap((f, k) => (k === position ? (changed ? [changed] : []) : [f]))
  return product(context, Rational.ONE, factors, node.dimensions, node.rank)
}
