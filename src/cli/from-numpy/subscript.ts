/** `x[:, None]`, `X[0]`, `X[:, 2]`: new axes, and entries counted from 0 as ours, which are counted from 1. */
import { type ArrayAxis, type ArrayValue, array, held, LEVEL } from './value.ts'

/** What stands in a place of brackets: an entry, all of them, or a new axis. */
export type Subscript = number | ':' | 'new'

export function subscripted(
  value: ArrayValue,
  parts: readonly Subscript[],
  fail: (message: string) => never,
): ArrayValue {
  const missing = value.axes.length - parts.filter((part) => part !== 'new').length
  if (missing < 0) fail(`there are more indices than axes: ${value.axes.length}`)
  const axes: ArrayAxis[] = []
  const selected: string[] = []
  let axis = 0
  for (const part of [...parts, ...new Array<':'>(missing).fill(':')]) {
    if (part === 'new') {
      axes.push('new')
      continue
    }
    const own = value.axes[axis++] as ArrayAxis
    if (part === ':') axes.push(own)
    if (own === 'own') selected.push(entry(part, fail))
    else if (part !== ':' && part !== 0 && part !== -1) fail('an axis of length 1 has the index 0')
  }
  const order = selected.filter((each) => each === ':').length
  if (order === selected.length) return { ...value, axes }
  // A row of a matrix is a row vector in our language.
  const isRow = selected.length === 2 && order === 1 && selected[1] === ':'
  const text = `${held(value, LEVEL.primary)}[${selected.join()}]${isRow ? "'" : ''}`
  return { ...array(text, isRow ? LEVEL.postfix : LEVEL.primary, order), axes }
}

function entry(part: number | ':', fail: (message: string) => never): string {
  if (part === ':') return ':'
  if (part < -1) fail('an index from the end is read where it is -1')
  return part === -1 ? 'end' : `${part + 1}`
}
