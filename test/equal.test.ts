// `equal` and `checkAnswer` on hard cases: types, sizes, domains, declared properties; and the check of derivatives of functions
// that have no value at the first sizes tried.
import { expect, test } from 'vitest'
import { verdict } from '../src/cli/equal.ts'
import { checkAnswer, checkOf, derive, equal } from '../src/index.ts'

const types: Readonly<Record<string, string>> = {
  A: 'matrix(m,n)',
  B: 'matrix(m,n)',
  M: 'matrix(n,n)',
  S: 'symmetric(n)',
  P: 'psd(n)',
  D: 'diagonal(n)',
  Q: 'orthogonal(n)',
  X: 'matrix(m,n)',
  x: 'vector(n)',
  y: 'vector(m)',
  r: 'rowvector(n)',
  p: 'vector(n) positive',
  a: 'scalar',
}
const declared = (...texts: readonly string[]) =>
  Object.fromEntries(Object.entries(types).filter(([name]) => new RegExp(`\\b${name}\\b`).test(texts.join(' '))))

test.each([
  ['norm2(x)^2', "x'*x", 'form'],
  ["(A+B)'*(A+B)", "A'*A + A'*B + B'*A + B'*B", 'form'],
  ["tr(A*A')", 'sum(A.^2)', 'form'],
  ['inv(M)*M*x', 'x', 'form'],
  ["x'*S*x", "x'*S'*x", 'form'],
  ["Q'*Q*x", 'x', 'form'],
  ["Q'*x", 'inv(Q)*x', 'form'],
  ['D*x', 'diag(D).*x', ''],
  ['sqrt(p.^2)', 'p', ''],
  ['abs(p)', 'p', ''],
  ['logdet(P)', 'log(det(P))', ''],
  ["tr(inv(A'*A))", 'norm2(pinv(A))^2', 'numbers'],
  ["log(det(A'*A))", "logdet(A'*A)", ''],
  ["r'", "r'", 'form'],
  ['sum[i,j](A[i,j]*x[j]*y[i])', "y'*A*x", 'form'],
  ['einsum("ij,j->i",A,x)', 'A*x', 'form'],
  ['sin(x).^2 + cos(x).^2', 'x.^0', 'numbers'],
])('%s equals %s', (left, right, by) => {
  const result = equal(left, right, { vars: declared(left, right) })
  expect(result.equal).toBe(true)
  if (by !== '') expect(result.by).toBe(by)
})

test.each<[left: string, right: string, types: readonly [string, string]]>([
  ['x', "x'", ['vector(n)', 'rowvector(n)']],
  ['x', 'y', ['vector(n)', 'vector(m)']],
  ['A', "A'", ['matrix(m,n)', 'matrix(n,m)']],
  ['a', 'x', ['scalar', 'vector(n)']],
  ["x*x'", "x'*x", ['matrix(n,n)', 'scalar']],
  ['ones(3)', 'ones(n)', ['vector(3)', 'vector(n)']],
])('%s and %s are of different types', (left, right, sides) => {
  const result = equal(left, right, { vars: declared(left, right) })
  expect(result).toEqual({ equal: false, by: 'shape', types: sides })
  expect(verdict(result, ['left', 'right'])).toBe(`Different.\n# The left is a ${sides[0]}, the right a ${sides[1]}.`)
})

test.each([
  ['sqrt(x.^2)', 'x'],
  ['M*S', 'S*M'],
  ['P', 'P + 1e-6*eye(n)'],
  ["Q'*Q", "Q*Q'*2"],
  ["log(det(A'*A))", "log(det(A'*A)) + 1e-3"],
  ['max(x)', 'norminf(x)'],
  ["x'*M*x", "x'*S*x"],
  ['1e300*x', '1.0000001e300*x'],
  ['1e-300*x', '1.0000001e-300*x'],
])('%s differs from %s, with a witness', (left, right) => {
  const result = equal(left, right, { vars: declared(left, right) })
  const { witness } = result
  expect([result.equal, result.by]).toEqual([false, 'numbers'])
  expect(Math.abs(witness!.left - witness!.right)).toBeGreaterThan(0)
  const text = verdict(result, ['left', 'right'])
  expect(text).toMatch(
    /^Different\.\n# (the value|entry \[[\d,]+\]) is \S+ on the left, \S+ on the right \(seed 1\), at\n/,
  )
  for (const [name, size] of Object.entries(witness!.sizes)) expect(text).toContain(`\n# ${name} = ${size}`)
  for (const name of witness!.values.keys()) expect(text).toContain(`\n# ${name} = `)
})

test.each([
  ['log(-exp(x))', 'x'],
  ["log(det(x*x'))", 'norm2(x)'],
  ['sqrt(-p)', 'p'],
])('%s has no value to compare with %s', (left, right) => {
  const code = 'DomainError'
  expect(() => equal(left, right, { vars: declared(left, right) })).toThrow(expect.objectContaining({ code }))
})

test.each([
  ["x'*M*x", 'x', "M*x + M'*x", true],
  ["x'*M*x", 'x', '2*M*x', false],
  ["x'*S*x", 'x', '2*S*x', true],
  ["x'*M*x", 'x', "(M*x + M'*x)'", false],
  ['norm2(A*x-y)^2', 'x', "2*A'*A*x - 2*A'*y", true],
  ['log(det(P))', 'P', 'inv(P)', true],
  ["logdet(A'*A)", 'A', "2*A*inv(A'*A)", true],
  ["logdet(A'*A)", 'A', "A*inv(A'*A)", false],
  ['sum(abs(x))', 'x', 'sign(x)', true],
  ['r*x', 'r', "x'", true],
  ['tr(M*S)', 'S', 'M', false],
  ['tr(M*S)', 'S', "M'", true],
])('the derivative of %s by %s is %s: %s', (f, by, given, isRight) => {
  const d = derive(f, { wrt: by, vars: declared(f, given) })
  expect(checkAnswer(d, given).equal).toBe(isRight)
})

test('an answer under the convention that was asked', () => {
  const options = { wrt: 'S', vars: declared('M S') } as const
  const answers = { unconstrained: "M'", constrained: "(M + M')/2", halfvec: "duplication(n)'*vec(M')" }
  for (const [symmetric, text] of Object.entries(answers)) {
    expect(checkAnswer(derive('tr(M*S)', { ...options, symmetric: symmetric as 'halfvec' }), text).equal).toBe(true)
  }
})

test.each([
  ["log(det(X'*X))", true],
  ["log(det(X*X'))", true],
  ["logdet(X'*X)", true],
  ["tr(inv(X'*X))", true],
  ["log(det(X*X'*0))", false],
  ['log(-norm2(X)^2)', false],
])('the derivative of %s can be checked: %s', (f, hasPoints) => {
  const result = checkOf(derive(f, { wrt: 'X', vars: declared('X') }))
  expect([result.ok, result.points > 0]).toEqual([hasPoints, hasPoints])
  if (!hasPoints) expect(result.outside).toBeGreaterThan(0)
})

test('at given sizes that leave no domain, nothing is checked', () => {
  const d = derive("log(det(X'*X))", { wrt: 'X', vars: declared('X') })
  const result = checkOf(d, undefined, new Map([['m', 2], ['n', 4]])) // biome-ignore format: short
  expect(result).toMatchObject({ ok: false, points: 0, entries: 0 })
  expect(result.outside).toBeGreaterThan(0)
})
