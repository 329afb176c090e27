/**
 * Applies what excludes entries to the factors of a product before they are multiplied (calculus.md §3, trap 8).
 *
 * A condition applies to the product of all factors that could be infinite where it excludes; without such a factor it
 * applies to one that has all its labels. A gate inside of another factor applies only to factors that could be infinite.
 * A factor that shares no label with an exclusion, not even by way of others, is left out of it: it is infinite all along
 * the excluded entries or nowhere, and masking it would form an outer product.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Label } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { type LabelledCondition, labelledKey } from './indicators.ts'
import { type Leaf, UNIT } from './step.ts'
import type { Power, Values } from './values.ts'

/** A factor on its way: a value, or the inverse of one that is not formed yet. */
export interface Work extends Power {
  /** The matrix M whose inverse this is: labels are [row, column] of inv(M), `value` is M. */
  readonly inverse?: true
  /** What marks the guards that this factor brings along; absent once it is no longer sure to be 0 where they exclude. */
  readonly origin?: number
}

/** An exclusion that a factor brings along: the work of this origin is 0 already where it excludes. */
export type Guard = { readonly origin?: number; readonly labels: readonly Label[] } & (
  | { readonly kind: 'condition'; readonly condition: LabelledCondition }
  /** Entries where the value is 0 (or where it is not, if `excludesNonzero`) are excluded. */
  | { readonly kind: 'value'; readonly value: Leaf['value']; readonly excludesNonzero: boolean }
)

export function applyMasks(
  values: Values,
  works: readonly Work[],
  conditions: readonly LabelledCondition[],
  guards: readonly Guard[],
  dimension: (label: Label) => Dimension,
): Work[] {
  const isRisky = (work: Work) => !work.inverse && (work.exponent.sign < 0 || !values.isFinite(work.value))
  const risky = works.filter(isRisky)
  // A factor that is 0 already where a guard excludes needs no mask; the others that could be infinite there do.
  const isElsewhere = (work: Work, guard: Guard) => work.origin === undefined || work.origin !== guard.origin
  const isApplied = (condition: LabelledCondition) =>
    guards.some(
      (guard) =>
        guard.kind === 'condition' &&
        labelledKey(guard.condition) === labelledKey(condition) &&
        works.some((work) => !isElsewhere(work, guard)) &&
        !risky.some((work) => isElsewhere(work, guard)),
    )
  const needed = conditions.flatMap((condition): Guard[] => {
    const labels = condition.terms.map((term) => term.label)
    return isApplied(condition) ? [] : [{ kind: 'condition', condition, labels }]
  })
  const isNeeded = (guard: Guard) => {
    const others = [guard, ...needed, ...guards.filter((other) => other !== guard)]
    return connected(others, risky).taken.some((work) => isElsewhere(work, guard))
  }
  let open: Guard[] = [...needed, ...guards.filter(isNeeded)]
  let remaining = [...works]
  while (open.length > 0) {
    const { group, taken, labels } = connected(open, risky)
    if (taken.length === 0) {
      const covers = (work: Work) => !work.inverse && [...labels].every((label) => work.labels.includes(label))
      const [first] = remaining.filter(covers).sort((a, b) => a.labels.length - b.labels.length)
      if (first) {
        taken.push(first)
        for (const label of first.labels) labels.add(label)
      }
    }
    open = open.filter((guard) => !group.includes(guard))
    remaining = remaining.filter((work) => !taken.includes(work))
    const output = [...labels].sort((a, b) => a - b)
    remaining.push({ ...exclude(values, group, taken, output, dimension), exponent: Rational.ONE })
  }
  return remaining
}

/** What shares labels with the first exclusion, directly or by way of others and of risky factors. */
function connected(open: readonly Guard[], risky: readonly Work[]) {
  const labels = new Set<Label>(open[0]?.labels)
  const group: Guard[] = []
  const taken: Work[] = []
  const meets = (list: readonly Label[]) => list.some((label) => labels.has(label))
  for (let before = -1; before !== group.length + taken.length; ) {
    before = group.length + taken.length
    for (const guard of open) if (!group.includes(guard) && meets(guard.labels)) group.push(guard)
    for (const work of risky) if (!taken.includes(work) && meets(work.labels)) taken.push(work)
    for (const { labels: own } of [...group, ...taken]) for (const label of own) labels.add(label)
  }
  return { group, taken, labels }
}

/** The product of the factors where nothing of the group excludes, elsewhere 0. */
function exclude(
  values: Values,
  group: readonly Guard[],
  factors: readonly Work[],
  output: readonly Label[],
  dimension: (label: Label) => Dimension,
): Leaf {
  const distinct = new Map(
    group.flatMap((guard) => (guard.kind === 'condition' ? [[labelledKey(guard.condition), guard.condition]] : [])),
  )
  const conditions = [...distinct.values()]
  const inner = [...new Set(factors.flatMap((work) => work.labels))]
  let leaf =
    conditions.length > 0
      ? values.masked(conditions, factors, output, dimension)
      : values.product(factors, inner, dimension)
  const zero = { coefficient: Rational.ZERO, leaf: { value: UNIT, labels: [] } }
  for (const guard of group) {
    if (guard.kind !== 'value') continue
    const truth = { coefficient: Rational.ONE, leaf: { value: guard.value, labels: guard.labels } }
    const kept = { coefficient: Rational.ONE, leaf }
    const args = guard.excludesNonzero ? [truth, zero, kept] : [truth, kept, zero]
    const labels = output.filter((label) => leaf.labels.includes(label) || guard.labels.includes(label))
    leaf = values.apply('where', args, labels, dimension)
  }
  return leaf
}
