/** What an indicator's condition says, where notation has a name for it. */
import { Dimension } from '../tensor/dimension.ts'
import type { Condition } from '../tensor/node.ts'

export type NamedCondition =
  /** axis a = axis b, of one dimension. */
  | { readonly kind: 'delta'; readonly axes: readonly [number, number] }
  /** axis = position, counted from 1. */
  | { readonly kind: 'select'; readonly axis: number; readonly position: number }
  /** packed = row + (dimension of row)·column. */
  | { readonly kind: 'packing'; readonly packed: number; readonly row: number; readonly column: number }
  /** axis first ≤ axis second. */
  | { readonly kind: 'triangle'; readonly axes: readonly [first: number, second: number] }
  | { readonly kind: 'other' }

export function nameCondition(condition: Condition, dimensions: readonly Dimension[]): NamedCondition {
  const { relation, terms, offset } = condition
  const [a, b, c] = terms
  if (relation === 'le' && a && b && !c && offset.key === '0') {
    const [p, q] = [a.coefficient.value, b.coefficient.value]
    if (p === 1 && q === -1) return { kind: 'triangle', axes: [a.axis, b.axis] }
    if (p === -1 && q === 1) return { kind: 'triangle', axes: [b.axis, a.axis] }
  }
  if (relation !== 'eq') return { kind: 'other' }
  if (a && !b) return nameSelection(a, offset)
  if (a && b && !c) {
    const opposite = a.coefficient.add(b.coefficient).key === '0' && offset.key === '0'
    const same = dimensions[a.axis]?.key === dimensions[b.axis]?.key
    return opposite && same ? { kind: 'delta', axes: [a.axis, b.axis] } : { kind: 'other' }
  }
  return terms.length === 3 && offset.key === '0' ? namePacking(terms, dimensions) : { kind: 'other' }
}

function nameSelection(term: Condition['terms'][number], offset: Dimension): NamedCondition {
  const coefficient = term.coefficient.value
  const constant = offset.value
  if (coefficient === undefined || constant === undefined) return { kind: 'other' }
  const position = 1 - constant / coefficient
  return Number.isInteger(position) && position >= 1 ? { kind: 'select', axis: term.axis, position } : { kind: 'other' }
}

function namePacking(terms: Condition['terms'], dimensions: readonly Dimension[]): NamedCondition {
  for (const packed of terms) {
    const sign = packed.coefficient.value
    if (sign !== 1 && sign !== -1) continue
    const [one, two] = terms.filter((term) => term !== packed)
    if (!one || !two) continue
    for (const [row, column] of [
      [one, two],
      [two, one],
    ] as const) {
      if (row.coefficient.value !== -sign) continue
      const step = column.coefficient
      const rows = dimensions[row.axis]
      const columns = dimensions[column.axis]
      if (!rows || !columns || dimensions[packed.axis]?.key !== rows.multiply(columns).key) continue
      const expected = sign === 1 ? rows.subtract(rows).subtract(rows) : rows
      if (step.key === expected.key) return { kind: 'packing', packed: packed.axis, row: row.axis, column: column.axis }
    }
  }
  return { kind: 'other' }
}

export interface PackedAxes {
  /** The axes of one side in column-major order, then those of the other. */
  readonly axes: readonly number[]
  /** The number of axes of the first side. */
  readonly split: number
}

/** The axes of a condition that two column-major positions are equal, such as p = i + m·j; undefined for others. */
export function packedAxes(condition: Condition, dimensions: readonly Dimension[]): PackedAxes | undefined {
  const { relation, terms, offset } = condition
  if (relation !== 'eq' || offset.key !== '0' || terms.length < 3) return undefined
  const sides = [1, -1].map((sign) => {
    const own = terms.filter(({ coefficient }) => coefficient.terms[0]?.coefficient.sign === sign)
    return stridedAxes(own, sign === 1 ? Dimension.ONE : Dimension.constant(-1), dimensions)
  })
  const [first, second] = sides
  if (!first || !second) return undefined
  const sizeOf = (axes: readonly number[]) =>
    axes.map((axis) => dimensions[axis] as Dimension).reduce((product, dimension) => product.multiply(dimension))
  if (first.length === 0 || second.length === 0 || sizeOf(first).key !== sizeOf(second).key) return undefined
  return { axes: [...first, ...second], split: first.length }
}

/** The axes in the order in which each one's coefficient is the product of the dimensions before it. */
function stridedAxes(
  terms: Condition['terms'],
  first: Dimension,
  dimensions: readonly Dimension[],
): number[] | undefined {
  const axes: number[] = []
  let stride = first
  let open = [...terms]
  while (open.length > 0) {
    const next = open.find(({ coefficient }) => coefficient.key === stride.key)
    if (!next) return undefined
    axes.push(next.axis)
    stride = stride.multiply(dimensions[next.axis] as Dimension)
    open = open.filter((term) => term !== next)
  }
  return axes
}
