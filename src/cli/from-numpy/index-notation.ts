/** Broadcasting, and reductions along some of many axes, as definitions in index notation. */
import { type ArrayAxis, type ArrayValue, array, held, LEVEL, orderOf } from './value.ts'

const LABELS = 'ijklabcdpqrsuvwxyz'

/** Defines a tensor and returns its name: `define('[i,j]', 'X[i,j]*w[j]')`. */
export type Define = (labels: string, text: string) => string

/** The tensor at an index: labels for its own axes. */
export function at(value: ArrayValue, labels: readonly string[]): string {
  const own = labels.filter((_, axis) => value.axes[axis] === 'own')
  return own.length === 0 ? held(value, LEVEL.primary) : `${held(value, LEVEL.primary)}[${own.join()}]`
}

/** Labels for so many axes. Undefined beyond what there are letters for. */
export function labelsFor(count: number): string[] | undefined {
  return count > LABELS.length ? undefined : [...LABELS.slice(0, count)]
}

/** One expression at each index over arrays that broadcast as NumPy's do: from their last axes. */
export function pointwise(
  values: readonly ArrayValue[],
  define: Define,
  write: (texts: readonly string[]) => string,
): ArrayValue | undefined {
  const count = Math.max(...values.map(({ axes }) => axes.length))
  const labels = labelsFor(count)
  if (!labels) return undefined
  const texts = values.map((value) => at(value, labels.slice(count - value.axes.length)))
  const axes = labels.map((_, axis): ArrayAxis => {
    const isOwn = values.some(({ axes: own }) => own[axis - count + own.length] === 'own')
    return isOwn ? 'own' : 'new'
  })
  const free = labels.filter((_, axis) => axes[axis] === 'own')
  if (free.length === 0) return { ...array(write(texts), LEVEL.comparison, 0), axes }
  return { ...array(define(`[${free.join()}]`, write(texts)), LEVEL.primary, free.length), axes }
}

/** `name[j](A[i,j,k])`: a reduction over some of the own axes, which are counted from 0. */
export function reducedAlong(
  name: string,
  value: ArrayValue,
  along: readonly number[],
  define: Define,
): ArrayValue | undefined {
  const labels = labelsFor(orderOf(value))
  if (!labels) return undefined
  const bound = labels.filter((_, axis) => along.includes(axis))
  const free = labels.filter((_, axis) => !along.includes(axis))
  const text = `${name}[${bound.join()}](${held(value, LEVEL.primary)}[${labels.join()}])`
  if (free.length === 0) return array(text, LEVEL.primary, 0)
  return array(define(`[${free.join()}]`, text), LEVEL.primary, free.length)
}

/** A product of matrices over the last two axes, those before them broadcast; of vectors at an end as NumPy has it. */
export function batchedProduct(a: ArrayValue, b: ArrayValue, define: Define): ArrayValue | undefined {
  const [left, right] = [orderOf(a), orderOf(b)]
  const batch = Math.max(left, right) - 2
  const labels = labelsFor(batch + 3)
  if (!labels) return undefined
  const outer = labels.slice(0, batch)
  const [row = '', summed = '', column = ''] = labels.slice(batch)
  const of = (order: number, own: readonly string[]) =>
    order === 1 ? [summed] : [...outer.slice(batch - (order - 2)), ...own]
  const text = `sum[${summed}](${at(a, of(left, [row, summed]))}*${at(b, of(right, [summed, column]))})`
  const free = [...outer, ...(left === 1 ? [] : [row]), ...(right === 1 ? [] : [column])]
  return array(define(`[${free.join()}]`, text), LEVEL.primary, free.length)
}
