/** Sums of terms that a `where` chooses between, as one `where`. */
import type { Dimension } from '../tensor/dimension.ts'
import { identity } from '../tensor/graph.ts'
import type { Label, Operand, Summand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { type Context, scaled, through } from './context.ts'
import { elementwise } from './elementwise.ts'
import { product } from './product.ts'
import { sum, withoutBroadcast } from './sum.ts'

/** A term chosen entry by entry: the first branch where the condition holds, the second where not. */
interface Choice {
  readonly condition: Operand
  readonly branches: readonly [Summand, Summand]
}

/**
 * f·where(c, 1, 0) + g·where(c, 0, 1) is where(c, f, g), and so are sums of wheres of one condition. What a where does not
 * choose is never used, so a value may become finite. Undefined where nothing joins.
 */
export function joinChoices(
  context: Context,
  axes: readonly Dimension[],
  terms: readonly Summand[],
): Summand[] | undefined {
  const groups = new Map<string, { term: Summand; choice: Choice }[]>()
  for (const term of terms) {
    const choice = choiceOf(context, term)
    if (!choice) continue
    const { node, labels } = choice.condition
    const key = `${node.id}[${labels}]|${[...term.labels].sort((a, b) => a - b)}`
    groups.set(key, [...(groups.get(key) ?? []), { term, choice }])
  }
  let joined: Summand[] | undefined
  for (const group of groups.values()) {
    const sides = [0, 1].map((side) => group.map(({ choice }) => choice.branches[side] as Summand))
    if (group.length < 2 || sides.some((side) => side.every((term) => term.coefficient.isZero))) continue
    const [{ term, choice }] = group as [(typeof group)[0]]
    const labels = [...term.labels].sort((a, b) => a - b)
    const own = labels.map((label) => axes[label] as Dimension)
    const placed = (at: readonly Label[]) => at.map((label) => labels.indexOf(label))
    const values = sides.map((side) =>
      sum(
        context,
        own,
        side.map((t) => ({ ...t, labels: placed(t.labels) })),
      ),
    )
    const condition = { value: scaled(choice.condition.node), labels: placed(choice.condition.labels) }
    const branches = values.map((branch) => ({ value: branch, labels: identity(own.length) }))
    const value = elementwise(context, 'where', own, [condition, ...branches])
    const members = new Set(group.map((member) => member.term))
    joined = [
      ...(joined ?? terms).filter((other) => !members.has(other)),
      { node: value.node, coefficient: value.coefficient, labels: through(value, labels) },
    ]
  }
  return joined
}

function choiceOf(context: Context, { node, labels, coefficient }: Summand): Choice | undefined {
  const place = (own: readonly Label[]) => own.map((axis) => labels[axis] as Label)
  const zero: Summand = { node: context.graph.ones([]), labels: [], coefficient: Rational.ZERO }
  if (node.kind === 'map' && node.name === 'where') {
    const [condition, first, second] = node.args as [Operand, Operand, Operand]
    const branch = (operand: Operand): Summand => ({ ...operand, labels: place(operand.labels), coefficient })
    return { condition: { ...condition, labels: place(condition.labels) }, branches: [branch(first), branch(second)] }
  }
  if (node.kind !== 'contraction' || node.dimensions.length > node.rank) return undefined
  const mask = node.factors.find((factor) => {
    const all = factor.labels.length === node.rank && new Set(factor.labels).size === node.rank
    return all && factor.exponent.isOne && factor.node.kind === 'map' && factor.node.name === 'where'
  })
  if (mask?.node.kind !== 'map') return undefined
  const [condition, first, second] = mask.node.args as [Operand, Operand, Operand]
  if (first.node.kind !== 'constant' || second.node.kind !== 'constant') return undefined
  const [held, failed] = [first.node.value, second.node.value]
  if (held.isZero === failed.isZero) return undefined
  const rest = node.factors.filter((factor) => factor !== mask)
  const value = product(context, coefficient, rest, node.dimensions, node.rank)
  const bare = withoutBroadcast(context, value.node)
  const chosen = (number: Rational): Summand =>
    number.isZero
      ? zero
      : {
          node: bare.node,
          labels: place(bare.labels.map((axis) => value.labels[axis] as Label)),
          coefficient: value.coefficient.multiply(bare.coefficient).multiply(number),
        }
  return {
    condition: { node: condition.node, labels: place(condition.labels.map((axis) => mask.labels[axis] as Label)) },
    branches: [chosen(held), chosen(failed)],
  }
}
