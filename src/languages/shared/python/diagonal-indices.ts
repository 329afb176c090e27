/** Diagonals of a tensor by indexing with ranges: `hessian[i, :, i, :]`. */
import type { Scattered } from '../arrays/dialect.ts'
import { atom, type Text } from '../text.ts'
import { behind } from './dialect.ts'

export interface DiagonalIndices {
  /** Statements that make the ranges. */
  readonly lines: readonly string[]
  /** The index; undefined for a part without diagonals. */
  readonly index: string | undefined
  /** The value with its axes in the order of what is indexed. */
  readonly value: Text
}

/**
 * Axes that share a label are indexed by one range each, all others by `:`. Axes of ranges come first in what is indexed,
 * unless they stand side by side: then they stay in their place.
 */
export function diagonalIndices(
  module: string,
  shape: readonly string[],
  { view, distinct, ordered }: Scattered,
  indexName: (k: number) => string,
  options: readonly string[] = [],
): DiagonalIndices {
  const repeated = distinct.filter((label) => view.filter((other) => other === label).length > 1)
  if (repeated.length === 0) return { lines: [], index: undefined, value: ordered(distinct) }
  const names = new Map(repeated.map((label, k) => [label, indexName(k)]))
  const lines = repeated.map((label, k) => {
    const size = shape[view.indexOf(label)] ?? ''
    const text = behind(atom(`${module}.arange(${[size, ...options].join(', ')})`), repeated.length - 1 - k)
    return `    ${names.get(label)} = ${text.text}`
  })
  const index = view.map((label) => names.get(label) ?? ':').join(', ')
  const places = view.flatMap((label, position) => (names.has(label) ? [position] : []))
  const first = places[0] ?? 0
  const together = places.every((place, k) => place === first + k)
  const rest = distinct.filter((label) => !names.has(label))
  const before = together ? view.slice(0, first) : []
  const order = [...before, ...repeated, ...rest.filter((label) => !before.includes(label))]
  return { lines, index, value: ordered(order) }
}
