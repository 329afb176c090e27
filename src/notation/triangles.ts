/** Products with triangles of ones, by their names: tril(A), and the sums up to each entry as cumsum(x). */
import type { Display } from './display.ts'

/** Whether a display is tril(ones(m,n)) or triu(ones(m,n)), and which; undefined for others. */
export function triangleOf(display: Display): 'tril' | 'triu' | undefined {
  if (display.kind !== 'call' || (display.name !== 'tril' && display.name !== 'triu')) return undefined
  const [ones] = display.args
  return ones?.kind === 'literal' && ones.name === 'ones' ? display.name : undefined
}

function isSquare(display: Display): boolean {
  const [ones] = display.kind === 'call' ? display.args : []
  return ones?.kind === 'literal' && ones.sizes[0]?.key === ones.sizes[1]?.key
}

/**
 * The items of a matrix product with sums up to each entry: tril(ones(n,n))*x is cumsum(x), of a matrix along its first axis;
 * A*triu(ones(n,n)) is cumsum(A), along each row. `chain` writes the product of the other items.
 */
export function collectSums(
  given: readonly Display[],
  chain: (items: readonly Display[]) => Display,
  call: (type: Display['type'], argument: Display, axis?: number) => Display,
): readonly Display[] {
  let items = [...given]
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at] as Display
    const name = triangleOf(item)
    if (!name || !isSquare(item)) continue
    const others = name === 'tril' ? upTo(items.slice(at + 1), 'column') : fromLast(items.slice(0, at), 'row')
    if (others.every(triangleOf)) continue
    const operand = chain(others)
    // An inner product is a number, of which there is no sum up to each entry.
    if (operand.type === 'scalar') continue
    if (name === 'tril') {
      const sum = operand.type === 'column' ? call('column', operand) : call('matrix', operand, 1)
      items = [...items.slice(0, at), sum, ...items.slice(at + 1 + others.length)]
    } else {
      items = [...items.slice(0, at - others.length), call(operand.type, operand), ...items.slice(at + 1)]
      at -= others.length
    }
  }
  return items
}

/** The first items up to one of this type, with which their product is one; all where there is none. */
function upTo(items: readonly Display[], type: Display['type']): readonly Display[] {
  const at = items.findIndex((item) => item.type === type)
  return at < 0 ? items : items.slice(0, at + 1)
}

function fromLast(items: readonly Display[], type: Display['type']): readonly Display[] {
  const at = items.findLastIndex((item) => item.type === type)
  return at < 0 ? items : items.slice(at)
}
