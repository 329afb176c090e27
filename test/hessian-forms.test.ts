// One Hessian, four ways: by its elements, as a Kronecker product, times a direction, and as a quadratic form.
import { expect, test } from 'vitest'
import { answer, derive, hessianForms } from '../src/index.ts'

test.each([
  ["norm2(T-U*V')^2", 'U', "2*kron(V'*V, eye(m))", "2*P*V'*V", "2*tr(V'*V*P'*P)"],
  ['log(det(X))', 'X', "-kron(inv(X), inv(X)')*commutation(n,n)", "-(inv(X)*P*inv(X))'", '-tr((inv(X)*P)^2)'],
  ['norm2(A*x-y)^2', 'x', null, "2*A'*A*p", "2*p'*A'*A*p"],
  ["tr(X'*A*X)", 'X', "kron(eye(n), A + A')", "(A + A')*P", "tr((A + A')*P*P')"],
  [
    "norm2(X'*X-B)^2",
    'X',
    "2*(kron(2*X'*X - B - B', eye(m)) + 2*(kron(eye(n), X*X') + kron(X', X)*commutation(m,n)))",
    "2*(2*X*(X'*P + P'*X) + P*(2*X'*X - B - B'))",
    "2*(tr((2*X'*X - B - B')*P'*P) + 2*(tr((X'*P)^2) + tr(X*X'*P*P')))",
  ],
])('%s by %s', (expression, by, kronecker, product, quadratic) => {
  const d = derive(expression, { wrt: by, order: 2 })
  expect(hessianForms(d)).toEqual({ index: d.toIndex(), quadratic, kronecker, product })
  const want = ['index', 'quadratic', 'product']
  const answered = answer({ expr: expression, wrt: [by], order: 2, want })
  expect(answered).toMatchObject({ derivatives: [{ index: d.toIndex(), quadratic, kronecker, product }] })
})

test('there is no quadratic form of mixed derivatives and of tensors', () => {
  const mixed = derive("norm2(T-U*V')^2", { wrt: ['U', 'V'] })
  expect(hessianForms(mixed)).toMatchObject({ quadratic: null, product: "2*(U*P'*V + (U*V' - T)*P)" })
  expect(hessianForms(derive('exp(x)', { wrt: 'x', order: 2 })).quadratic).toBe(null)
  const request = { expr: "x'*x", wrt: ['x'], want: ['quadratic', 'product'] }
  expect(answer(request)).toMatchObject({ derivatives: [{ quadratic: null, product: null }] })
})

test('a direction has a name of its own', () => {
  expect(derive("x'*A*x + p'*x", { wrt: 'x', order: 2 }).toProduct()).toBe("(A + A')*pp")
})

test('a product with a direction is of order 2', () => {
  expect(() => derive("x'*A*x", { wrt: 'x' }).toProduct()).toThrow('order 2, not 1')
})
