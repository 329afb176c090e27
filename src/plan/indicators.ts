/** What a condition on labels says: labels are equal, one label is fixed, or one group of labels counts another. */
import { Dimension } from '../tensor/dimension.ts'
import type { Label } from '../tensor/node.ts'
import type { MaskCondition } from './step.ts'

export type LabelledCondition = MaskCondition

/** A text that equal conditions share. */
export function labelledKey({ relation, terms, offset }: LabelledCondition): string {
  const parts = terms.map(({ label, coefficient }) => `${label}*${coefficient.key}`).sort()
  return `${relation} ${parts.join(' ')} ${offset.key}`
}

/** The labels a, b of the condition a = b. */
export function equalLabels({ relation, terms, offset }: LabelledCondition): readonly [Label, Label] | undefined {
  const [a, b] = terms
  if (relation !== 'eq' || terms.length !== 2 || !a || !b || offset.key !== '0') return undefined
  const keys = `${a.coefficient.key},${b.coefficient.key}`
  return keys === '1,-1' || keys === '-1,1' ? [a.label, b.label] : undefined
}

/** The condition in other labels, terms of one label added. A condition without labels holds always, never, or remains. */
export function relabel(
  condition: LabelledCondition,
  rename: (label: Label) => Label,
): LabelledCondition | 'always' | 'never' {
  const sums = new Map<Label, Dimension>()
  for (const { label, coefficient } of condition.terms) {
    const name = rename(label)
    sums.set(name, (sums.get(name) ?? Dimension.ZERO).add(coefficient))
  }
  const terms = [...sums].flatMap(([label, coefficient]) => (coefficient.key === '0' ? [] : [{ label, coefficient }]))
  const offset = condition.offset.value
  if (terms.length > 0 || offset === undefined) return { ...condition, terms }
  const holds = { eq: offset === 0, le: offset <= 0, ne: offset !== 0 }[condition.relation]
  return holds ? 'always' : 'never'
}

/**
 * The index at which a condition fixes a label: `i = 3`, or the last one, `i = n - 1`. Others could lie outside of the
 * axis for some sizes, where the condition holds nowhere; they stay masks.
 */
export function selectionOf(
  { relation, terms, offset }: LabelledCondition,
  dimension: (label: Label) => Dimension,
): { readonly label: Label; readonly index: Dimension } | undefined {
  const [term] = terms
  if (relation !== 'eq' || terms.length !== 1 || !term) return undefined
  const index = term.coefficient.key === '1' ? Dimension.ZERO.subtract(offset) : offset
  if (term.coefficient.key !== '1' && term.coefficient.key !== '-1') return undefined
  const size = dimension(term.label)
  const isLast = size.subtract(Dimension.ONE).equals(index)
  const isInside =
    index.value !== undefined && index.value >= 0 && !(size.value !== undefined && index.value >= size.value)
  return isLast || isInside ? { label: term.label, index } : undefined
}

/** The condition with `whole` = Σ stride·part, where parts run from the slowest to the fastest. */
export function substitute(
  condition: LabelledCondition,
  whole: Label,
  parts: readonly Label[],
  dimension: (label: Label) => Dimension,
): LabelledCondition | 'always' | 'never' {
  const factor = condition.terms.find((term) => term.label === whole)?.coefficient
  if (!factor) return condition
  let stride = factor
  const terms = condition.terms.filter((term) => term.label !== whole)
  for (const label of [...parts].reverse()) {
    terms.push({ label, coefficient: stride })
    stride = stride.multiply(dimension(label))
  }
  return relabel({ ...condition, terms }, (label) => label)
}

/** The two sides of a condition such as p = i + m·j: labels that number the same entries, from the slowest to the fastest. */
export function reshapeOf(
  { relation, terms, offset }: LabelledCondition,
  dimension: (label: Label) => Dimension,
): readonly [readonly Label[], readonly Label[]] | undefined {
  if (relation !== 'eq' || offset.key !== '0') return undefined
  const isNegative = (coefficient: Dimension) => (coefficient.terms[0]?.coefficient.sign ?? 0) < 0
  const side = (negative: boolean) =>
    terms.flatMap(({ label, coefficient }) =>
      isNegative(coefficient) === negative
        ? [{ label, stride: negative ? Dimension.ZERO.subtract(coefficient) : coefficient }]
        : [],
    )
  const one = counted(side(false), dimension)
  const other = counted(side(true), dimension)
  return one && other && one.size.equals(other.size) ? [one.labels, other.labels] : undefined
}

/** Labels whose strides are the products of the dimensions before them, from the slowest to the fastest. */
function counted(
  terms: readonly { readonly label: Label; readonly stride: Dimension }[],
  dimension: (label: Label) => Dimension,
): { readonly labels: readonly Label[]; readonly size: Dimension } | undefined {
  const labels: Label[] = []
  let size = Dimension.ONE
  let rest = terms
  while (rest.length > 0) {
    const next = rest.find((term) => term.stride.equals(size))
    if (!next) return undefined
    labels.unshift(next.label)
    rest = rest.filter((term) => term !== next)
    size = size.multiply(dimension(next.label))
  }
  return labels.length > 0 ? { labels, size } : undefined
}
