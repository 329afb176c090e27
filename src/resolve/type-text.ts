/** Types as declarations write them. */
import type { Shape } from '../functions/index.ts'
import type { Facts } from '../tensor/node.ts'

/** `scalar`, `vector(n)`, `rowvector(n)`, `matrix(m,n)`, `tensor(n,m,k)`, or with facts `symmetric(n) positive`. */
export function typeText(shape: Shape, facts: Facts = {}): string {
  const sign = facts.sign === undefined ? '' : ` ${facts.sign}`
  const sizes = shape.axes.map(({ key }) => key)
  if (facts.structure !== undefined) return `${facts.structure}(${sizes[0]})${sign}`
  if (sizes.length === 0) return `scalar${sign}`
  const name = sizes.length === 1 ? (shape.row ? 'rowvector' : 'vector') : sizes.length === 2 ? 'matrix' : 'tensor'
  return `${name}(${sizes.join(',')})${sign}`
}
