/** One Hessian four ways: by four indices, as a quadratic form, between column-major vecs, and times a direction. */
import type { Derivative } from './derivative.ts'

export interface HessianForms {
  /** Its elements, with explicit sums. */
  readonly index: string
  /** p'*H*p; null for a mixed derivative or one of a tensor. */
  readonly quadratic: string | null
  /** The matrix between column-major vecs; null where none is known, or where it is a matrix already. */
  readonly kronecker: string | null
  /** H·p, contracted with the axes of the last variable. */
  readonly product: string
}

/** Throws `BadRequest` for a derivative that is not of order 2. Texts read back; p and P stand for the direction. */
export function hessianForms(d: Derivative): HessianForms {
  return {
    index: d.toIndex(),
    quadratic: d.hasQuadraticForm ? d.toQuadraticForm() : null,
    kronecker: d.toKronecker(),
    product: d.toProduct(),
  }
}
