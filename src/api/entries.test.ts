/** Derivatives by their entries: what is written is the derivative. */
import { expect, test } from 'vitest'
import { derive } from './derivative.ts'
import { entriesText } from './entries.ts'
import { checkAnswer } from './equal.ts'

test.each([
  ["norm2(T-U*V')^2", 'U', "H[i,j,l,p] = 2*(V'*V)[j,p]*eye(m)[i,l]"],
  ['log(det(X))', 'X', 'H[i,j,k,l] = -inv(X)[j,k]*inv(X)[l,i]'],
  ['sum(X.^3)', 'X', 'H[i,j,k,l] = 6*X[i,j]*eye(m)[i,k]*eye(n)[j,l]'],
  ['tr(X^3)', 'X', 'H[i,j,k,l] = 3*X[j,k]*eye(n)[i,l] + 3*X[l,i]*eye(n)[j,k]'],
  ["x'*X*X'*x", 'X', 'H[i,j,k,l] = 2*x[i]*x[k]*eye(n)[j,l]'],
  ['norm2(A*X*B-C)^2', 'X', "H[i,j,l,q] = 2*(A'*A)[i,l]*(B*B')[j,q]"],
  ['sum(log(exp(-y.*(X*w)) + vector(1)))', 'X', undefined],
  ['sum(exp(X)./X)', 'X', undefined],
  ["k*norm2(i'*X)^2 + sum(l)", 'X', undefined],
  ['sum(A*x)', 'X', 'H[i,j,l,p] = zeros(m,n,m,n)[i,j,l,p]'],
])('%s by %s', (text, by, entries) => {
  const vars = by === 'X' && text === 'sum(A*x)' ? { A: 'matrix(k,n)', x: 'vector(n)', X: 'matrix(m,n)' } : undefined
  const derivative = derive(text, { wrt: by, order: 2, ...(vars && { vars }) })
  const written = entriesText(derivative)
  if (entries !== undefined) expect(written).toBe(entries)
  expect(checkAnswer(derivative, written ?? '').equal).toBe(true)
})

test('a derivative of less than three axes has no such form', () => {
  expect(entriesText(derive("x'*A*x", { wrt: 'x', order: 2 }))).toBe(null)
})
