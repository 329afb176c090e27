// `grad`, `hvp`, `diaghessian` and their kind in the language: their values, their texts, their refusals, and what they cost.
import { describe, expect, test } from 'vitest'
import { evaluate, sampleInputs, toNested } from '../src/evaluate/index.ts'
import { checkOf, derive, parse } from '../src/index.ts'
import { plan } from '../src/plan/plan.ts'

const vars = {
  A: 'matrix(m,n)',
  X: 'matrix(n,n)',
  B: 'matrix(n,n)',
  x: 'vector(n)',
  p: 'vector(n)',
  y: 'vector(m)',
  r: 'rowvector(n)',
  a: 'scalar',
  S: 'symmetric(n)',
  U: 'matrix(n,k)',
  V: 'matrix(l,k)',
  T: 'matrix(n,l)',
  P: 'matrix(n,k)',
}

function valuesOf(...texts: string[]) {
  const sizes = new Map([
    ['n', 3],
    ['m', 2],
    ['k', 2],
    ['l', 4],
  ])
  return texts.map((text) => {
    const e = parse(text, { vars })
    const inputs = sampleInputs(
      [...e.variables.values()].map(({ node }) => node),
      sizes,
      5,
    )
    const [raw, simple] = evaluate([e.raw, e.node], inputs, sizes).map(toNested)
    return { text, raw, simple, axes: e.shape.axes.map(({ key }) => key), row: e.shape.row === true }
  })
}

describe('values', () => {
  test.each([
    ['grad(norm2(A*x-y)^2,x)', "2*A'*(A*x-y)"],
    ['grad(a^3,a)', '3*a^2'],
    ['grad(r*x,r)', "x'"],
    ['grad(f,x)', 'p', 'f = dot(p,x)'],
    ['jacobian(A*x,x)', 'A'],
    ['jacobian(x*a,a)', 'x'],
    ['hessian(norm2(A*x-y)^2,x)', "2*A'*A"],
    ["hessian(x'*X*p,x,p)", 'X'],
    ['derivative(a^5,a,3)', '60*a^2'],
    ['derivative(norm2(x)^2,x,2)', '2*eye(n)'],
    ['jvp(exp(A*x),x,p)', 'jacobian(exp(A*x),x)*p'],
    ['jvp(exp(A*x),x,sin(x))', 'jacobian(exp(A*x),x)*sin(x)'],
    ['vjp(exp(A*x),x,y)', "jacobian(exp(A*x),x)'*y"],
    ['vjp(exp(A*x),x,A*x)', "jacobian(exp(A*x),x)'*(A*x)"],
    ['hvp(sum(exp(A*x)),x,p)', 'hessian(sum(exp(A*x)),x)*p'],
    ['hvp(sum(exp(A*x)),x,x.^2)', 'hessian(sum(exp(A*x)),x)*x.^2'],
    ['diaghessian(sum(exp(A*x)),x)', 'diag(hessian(sum(exp(A*x)),x))'],
    ['diaghessian(norm2(A*x-y),x)', 'diag(hessian(norm2(A*x-y),x))'],
    ['laplacian(norm2(A*x-y),x)', 'tr(hessian(norm2(A*x-y),x))'],
    ['laplacian(log(det(X)),X)', '-norm2(inv(X))^2'],
    ['jvp(X*B,X,X)', 'X*B'],
    ['grad(norm2(grad(norm2(A*x-y)^2,x))^2,x)', "8*A'*A*A'*(A*x-y)"],
    ['sum[i](grad(sum(x.^3),x)[i]*p[i])', 'dot(3*x.^2,p)'],
    ['grad(tr(S*X),X)', 'S'],
    ['grad(tr(S*X),S)', "X'"],
    ['grad(norm2(x)^2,x) + grad(0*a + dot(y,A*x),x)', "2*x + A'*y"],
    ['hvp(dot(p,x),x,x)', 'zeros(n)'],
    ['laplacian(a*dot(p,x),x)', '0'],
  ])('%s is %s', (text, expected, before?: string) => {
    const [left, right] = valuesOf(before === undefined ? text : `${before}; ${text}`, expected)
    expect({ axes: left?.axes, row: left?.row }).toEqual({ axes: right?.axes, row: right?.row })
    const flat = [left?.raw, left?.simple, right?.raw].map((value) => [value].flat(9) as number[])
    for (const [k, entry] of (flat[2] ?? []).entries()) {
      expect(flat[0]?.[k]).toBeCloseTo(entry, 8)
      expect(flat[1]?.[k]).toBeCloseTo(entry, 8)
    }
  })

  test.each([
    ['norm2(grad(sum(exp(A*x)),x))^2', 'x'],
    ['hvp(sum(exp(A*x)),x,x)', 'x'],
    ['laplacian(sum(exp(A*x)),x)', 'x'],
    ["g = grad(norm2(U*V'-T)^2,U); norm2(g)^2", 'V'],
    ['sum(vjp(exp(A*x),x,A*x))', 'A'],
  ])('%s is differentiated again by %s', (text, by) => {
    for (const mode of ['forward', 'reverse', 'crosscountry'] as const) {
      const d = derive(text, { wrt: by, vars, mode })
      expect(checkOf(d)).toMatchObject({ ok: true })
    }
  })
})

describe('nothing large is formed', () => {
  const dims = new Map([
    ['m', 1000],
    ['n', 1000],
    ['k', 5],
    ['l', 1000],
  ])
  test.each([
    ['jvp(exp(A*x),x,p)', 1e3, 1e7],
    ['vjp(exp(A*x),x,y)', 1e3, 1e7],
    ['hvp(sum(exp(A*x)),x,p)', 1e3, 1e7],
    ['diaghessian(sum(exp(A*x)),x)', 1e6, 1e7],
    ['laplacian(sum(exp(A*x)),x)', 1e3, 1e7],
    ["diaghessian(norm2(T-U*V')^2,U)", 5e3, 1e6],
    ["laplacian(norm2(T-U*V')^2,U)", 5e3, 1e6],
    ["hvp(norm2(T-U*V')^2,U,P)", 5e3, 1e6],
    ["diag(jacobian(exp(A*x),x)'*jacobian(exp(A*x),x))", 1e6, 1e7],
    ["jacobian(exp(A*x),x)'*jacobian(exp(A*x),x)*p", 1e3, 1e7],
    ['diag(hessian(sum(exp(A*x)),x))', 1e6, 1e7],
    ['diag(X + B*B)', 1e6, 1e7],
    ["diag(X*B + 2*B'*B)", 1e6, 1e7],
    ['diag(exp(X*B))', 1e6, 1e7],
    ["diag(hessian(sum(exp(A*x)) + x'*X*B*x, x))", 1e6, 1e7],
    // Gauss–Newton, as a product, as a matrix and by its diagonal
    ['vjp(tanh(A*x)-y,x,jvp(tanh(A*x)-y,x,p))', 1e3, 1e7],
    ["J = jacobian(tanh(A*x)-y,x); J'*J*p", 1e3, 1e7],
    ["J = jacobian(tanh(A*x)-y,x); J'*J", 1e6, 2.1e9],
    ["J = jacobian(tanh(A*x)-y,x); diag(J'*J)", 1e6, 1e7],
    ["vjp(T-U*V',U,jvp(T-U*V',U,P))", 5e3, 1e6],
    ["D[i,a] = sum[q,r](jacobian(tanh(U*V'),U)[q,r,i,a]^2)", 1e6, 3e7],
    // Hessians with given directions
    ["x'*hessian(sum(exp(A*x)),x)*p", 1e3, 1e7],
    ["D[i,a] = sum[j,b](hessian(norm2(T-U*V')^2,U)[i,a,j,b]*P[j,b])", 5e3, 1e6],
    ["D[i,a] = sum[j,b](hessian(norm2(T.*(T-U*V'))^2,U)[i,a,j,b]*P[j,b])", 1e6, 3e7],
    ["hvp(norm2(U*V'-T)^4,U,P)", 1e6, 1e8],
    ["diaghessian(norm2(T.*(T-U*V'))^2,U)", 1e6, 2e7],
    ["laplacian(norm2(T.*(T-U*V'))^2,U)", 1e6, 2e7],
    // order 3 with two directions, with three, with one, and by its diagonal
    ['jvp(hvp(sum(exp(A*x)),x,p),x,p)', 1e3, 1e7],
    ['D[k] = sum[i,j](derivative(sum(exp(A*x)),x,3)[i,j,k]*p[i]*p[j])', 1e3, 1e7],
    ['sum[i,j,k](derivative(sum(exp(A*x)),x,3)[i,j,k]*p[i]*p[j]*p[k])', 1e3, 1e7],
    ['D[i,j] = sum[k](derivative(sum(exp(A*x)),x,3)[i,j,k]*p[k])', 1e6, 2.1e9],
    ['D[i] = derivative(sum(exp(A*x)),x,3)[i,i,i]', 1e6, 1e7],
  ])('by %s', (text, largest, operations) => {
    const { node } = parse(text, { vars })
    const cost = plan([{ kind: 'dense', node }], { dims }).cost(dims)
    expect(cost.largest).toBeLessThanOrEqual(largest)
    expect(cost.operations).toBeLessThanOrEqual(operations)
  })
})

test.each([
  ['grad(x,x)', 'ShapeMismatch', 'not a scalar'],
  ['grad(dot(x,p),2*x)', 'NotDifferentiable', '2*x is no variable'],
  ['z = x.^2; grad(sum(z),z)', 'NotDifferentiable', 'z is bound to an expression'],
  ['z = x; grad(sum(z),z)', 'NotDifferentiable', 'z is bound to an expression'],
  ['grad(norm2(x),n)', 'NotDifferentiable', 'n is no variable'],
  ['hessian(norm2(x),x,3)', 'NotDifferentiable', '3 is no variable'],
  ['jvp(A*x,x,y)', 'ShapeMismatch', 'y has length m but x has length n'],
  ["jvp(A*x,x,p')", 'ShapeMismatch', 'row vector'],
  ['vjp(A*x,x,p)', 'ShapeMismatch', 'p has length n but A*x has length m'],
  ['derivative(a^2,a,n)', 'TypeMismatch', 'whole number'],
  ['derivative(a^2,a,0)', 'ShapeMismatch', ''],
  ['derivative(a^2,a,1000)', 'TypeMismatch', 'whole number'],
  ['grad(x)', 'TypeMismatch', 'is not called with one argument'],
  ['sum[i](grad(x[i]^2,x))', 'TypeMismatch', ''],
  ['grad = 3', 'TypeMismatch', 'has a meaning of its own'],
])('%s is a %s', (text, code, message) => {
  expect(() => parse(text, { vars })).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  )
})
