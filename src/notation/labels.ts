/** Labels of index notation: which a sum ties together, and what conditions say of them. */
import type { Dimension } from '../tensor/dimension.ts'
import type { Condition } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { LabelCondition, Subscript } from './display.ts'

/** The bound labels in groups that share an operand, in order of their first label. */
export function tieLabels(bound: readonly number[], operands: readonly (readonly number[])[]): number[][] {
  const group = new Map(bound.map((label) => [label, label]))
  for (const operand of operands) {
    const [first, ...others] = operand.filter((label) => group.has(label))
    for (const label of others) {
      const from = group.get(label) as number
      const to = group.get(first as number) as number
      if (from !== to) for (const [member, name] of group) if (name === from) group.set(member, to)
    }
  }
  const groups = new Map<number, number[]>()
  for (const [label, name] of group) groups.set(name, [...(groups.get(name) ?? []), label])
  return [...groups.values()]
}

/** A condition on axes counted from 0 as one on labels counted from 1. */
export function labelCondition(condition: Condition, nameOf: (axis: number) => Subscript): LabelCondition {
  let offset = condition.offset
  const terms: { label: string; coefficient: Dimension }[] = []
  for (const { axis, coefficient } of condition.terms) {
    const name = nameOf(axis)
    if (typeof name === 'number') {
      offset = offset.add(coefficient.scale(Rational.of(name - 1)))
      continue
    }
    offset = offset.subtract(coefficient)
    const known = terms.find((term) => term.label === name)
    if (known) known.coefficient = known.coefficient.add(coefficient)
    else terms.push({ label: name, coefficient })
  }
  return { relation: condition.relation, terms: terms.filter((term) => term.coefficient.key !== '0'), offset }
}
