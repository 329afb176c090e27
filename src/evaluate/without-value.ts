/** Says why a function of matrices has no value. */
import { EincalcError } from '../errors.ts'

/** `name` is the function, `what` its argument in the user's words. */
export function withoutValue(name: string, what: string): EincalcError {
  const message = (() => {
    switch (name) {
      case 'cholesky':
        return `${what} is not positive definite`
      case 'sqrtm':
        return `${what} has no real principal square root`
      case 'logm':
      case 'dlogm':
        return `${what} has no real principal logarithm`
      case 'sylvester':
        return 'the equation A*X + X*B = C has no unique solution: eigenvalues of A and B add up to 0, or almost'
      default:
        return `${what} is singular, or so close to it that no digit of its inverse is certain`
    }
  })()
  return new EincalcError({ code: 'DomainError', message })
}
