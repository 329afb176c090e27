// One Hessian, four ways: by its elements, as a Kronecker product, times a direction, and as a quadratic form.
import { expect, test } from 'vitest'
import { derive } from '../src/index.ts'

test.each([
  ["norm2(T-U*V')^2", 'U', "2*kron(V'*V, eye(m))", "2*P*V'*V", "2*tr(V'*V*P'*P)"],
  ['log(det(X))', 'X', "-kron(inv(X), inv(X)')*commutation(n,n)", "-(inv(X)*P*inv(X))'", '-tr((inv(X)*P)^2)'],
  ['norm2(A*x-y)^2', 'x', null, "2*A'*A*p", "2*p'*A'*A*p"],
  ["tr(X'*A*X)", 'X', "kron(eye(n), A + A')", "(A + A')*P", "tr((A + A')*P*P')"],
])('%s by %s', (expression, by, kronecker, product, quadratic) => {
  const d = derive(expression, { wrt: by, order: 2 })
  expect([d.toKronecker(), d.toProduct(), d.toQuadraticForm()]).toEqual([kronecker, product, quadratic])
})

test('a direction has a name of its own', () => {
  expect(derive("x'*A*x + p'*x", { wrt: 'x', order: 2 }).toProduct()).toBe("(A + A')*pp")
})

test('a product with a direction is of order 2', () => {
  expect(() => derive("x'*A*x", { wrt: 'x' }).toProduct()).toThrow('order 2, not 1')
})
