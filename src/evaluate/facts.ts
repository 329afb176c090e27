/** Whether values are what declarations say of them. */
import { EincalcError } from '../errors.ts'
import type { Variable } from '../tensor/node.ts'
import { isPositiveDefinite } from './lu.ts'
import type { Tensor } from './tensor.ts'

/**
 * How far an entry may be from what a declaration demands, relative to the largest entry (for `orthogonal`, entries of
 * Q'Q from those of I): above the rounding of data that was computed in float64 or printed with ten digits, below what a
 * wrong matrix shows. Zeros of a diagonal matrix and signs are exact.
 */
export const FACT_TOLERANCE = 1e-8

/** Throws `DomainError` where the value contradicts a declared fact, naming the variable and the entries. */
export function checkFacts(variable: Variable, { shape, data }: Tensor): void {
  const { name, facts } = variable
  const fail = (message: string): never => {
    throw new EincalcError({
      code: 'DomainError',
      message: `${name} is declared ${message}`,
      hint: `Give a value that fits, or declare ${name} without it.`,
    })
  }
  const n = shape[0] ?? 1
  const at = (i: number, j: number) => data[i * n + j]!
  const place = (i: number, j: number) => `${name}[${i + 1},${j + 1}] = ${at(i, j)}`
  if (facts.structure === 'diagonal') {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) if (i !== j && at(i, j) !== 0) fail(`diagonal, but ${place(i, j)}`)
    }
  }
  if (facts.structure === 'symmetric' || facts.structure === 'psd') {
    const slack = FACT_TOLERANCE * largest(data)
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        if (!close(at(i, j), at(j, i), slack)) {
          fail(`${facts.structure}, but it is not symmetric: ${place(j, i)} and ${place(i, j)}`)
        }
      }
    }
  }
  if (facts.structure === 'psd' && !isPositiveDefinite(data, n)) {
    fail('psd (symmetric positive definite), but it is not positive definite')
  }
  if (facts.structure === 'orthogonal') {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let product = 0
        for (let k = 0; k < n; k++) product += at(k, i) * at(k, j)
        if (!close(product, i === j ? 1 : 0, FACT_TOLERANCE)) {
          fail(`orthogonal, but columns ${j + 1} and ${i + 1} have the product ${product}`)
        }
      }
    }
  }
  if (facts.sign) {
    for (let k = 0; k < data.length; k++) {
      // The zeros beside the diagonal belong to the structure.
      if (facts.structure === 'diagonal' && k % (n + 1) !== 0) continue
      const right = facts.sign === 'positive' ? data[k]! > 0 : data[k]! >= 0
      if (!right) fail(`${facts.sign}, but it has the entry ${data[k]}`)
    }
  }
}

function largest(data: Float64Array): number {
  return data.reduce((most, entry) => (Number.isFinite(entry) ? Math.max(most, Math.abs(entry)) : most), 0)
}

/** Equal infinities are close; NaN is close to nothing. */
function close(a: number, b: number, slack: number): boolean {
  return a === b || Math.abs(a - b) <= slack
}
