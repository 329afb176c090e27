// The worked answers of the calculus: printed as a mathematician would write them, the same in all modes, right by numbers.
import { describe, expect, test } from 'vitest'
import { patternOf } from '../src/api/values.ts'
import { checkAnswer, checkOf, type Derivative, derive } from '../src/index.ts'

interface Golden {
  readonly by: string | readonly string[]
  readonly order?: number
  readonly vars?: Readonly<Record<string, string>>
}

const modes = ['forward', 'reverse', 'crosscountry', 'auto'] as const

/** The derivative in every mode has this text, which reads back as the same, and holds against differences. */
function check(expression: string, { by, order, vars }: Golden, text: string, kronecker?: string): void {
  test(`${expression} by ${by}${order ? `, order ${order}` : ''}`, () => {
    for (const mode of modes) {
      const d = derive(expression, { wrt: by, mode, ...(order && { order }), ...(vars && { vars }) })
      expect({ mode, text: d.toString() }).toEqual({ mode, text })
      if (kronecker !== undefined) expect({ mode, kronecker: d.toKronecker() }).toEqual({ mode, kronecker })
      if (mode === 'auto') holds(d)
    }
  })
}

function holds(d: Derivative): void {
  expect(checkOf(d)).toMatchObject({ ok: true })
  expect(checkAnswer(d, d.toString())).toMatchObject({ equal: true })
}

describe('worked answers', () => {
  check("x'*A*x", { by: 'x' }, "(A + A')*x")
  check("x'*A*x", { by: 'x', vars: { A: 'symmetric(n)', x: 'vector(n)' } }, '2*A*x')
  check('A*x', { by: 'x' }, 'A')
  check('tr(A*X)', { by: 'X' }, "A'")
  check("tr(A*X'*B*X*C)", { by: 'X' }, "B*X*C*A + B'*X*A'*C'")
  check('norm2(A*x-y)^2', { by: 'x' }, "2*A'*(A*x - y)")
  check('norm2(A*x-y)^2', { by: 'x', order: 2 }, "2*A'*A")
  check('sum(log(exp(-y.*(X*w)) + vector(1)))', { by: 'w' }, "-X'*(y.*sigmoid(-y.*(X*w)))")
  check(
    'sum(log(exp(-y.*(X*w)) + vector(1)))',
    { by: 'w', order: 2 },
    "X'*diag(y.^2.*sigmoid(-y.*(X*w)).*(1 - sigmoid(-y.*(X*w))))*X",
  )
  check('log(det(X))', { by: 'X' }, "inv(X)'")
  check('det(X)', { by: 'X' }, "adj(X)'")
  check("norm2(T-U*V')^2", { by: 'U' }, "2*(U*V' - T)*V")
  check('exp(x)', { by: 'x' }, 'diag(exp(x))')
})

test("det(X) by X is det(X)*inv(X)' as well", () => {
  expect(checkAnswer(derive('det(X)', { wrt: 'X' }), "det(X)*inv(X)'")).toMatchObject({ equal: true })
})

describe('forms of order 4', () => {
  const V = { X: 'matrix(n,n)' }
  check('inv(X)', { by: 'X', vars: V }, 'J[i,j,k,l] = -inv(X)[i,k]*inv(X)[l,j]', "-kron(inv(X)', inv(X))")
  check('X', { by: 'X' }, 'J[i,j,k,l] = eye(m)[i,k]*eye(n)[j,l]', 'kron(eye(n), eye(m))')
  check(
    'log(det(X))',
    { by: 'X', order: 2 },
    'H[i,j,k,l] = -inv(X)[j,k]*inv(X)[l,i]',
    "-kron(inv(X), inv(X)')*commutation(n,n)",
  )
  check(
    "norm2(T-U*V')^2",
    { by: 'U', order: 2 },
    'H[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]',
    "2*kron(V'*V, eye(m))",
  )
})

describe('the documented examples of MatrixCalculus.org', () => {
  check("0.5*x'*A*x", { by: 'x' }, "0.5*(A + A')*x")
  check('A*exp(x)', { by: 'x' }, 'A*diag(exp(x))')
  check("(y.*v)'*x", { by: 'x' }, 'y.*v')
  check('a^b', { by: 'a' }, 'b*a^(b - 1)')
  check('a^b', { by: 'b' }, 'log(a)*a^b')
  check('norm1(A*x-y)', { by: 'x' }, "A'*sign(A*x - y)")
  check('log(det(inv(X)))', { by: 'X' }, "-inv(X)'")
})

describe('pairwise distances', () => {
  const vars = { X: 'matrix(n,k)', x: 'vector(n)' }
  check('sum[i,j](norm2[a](X[i,a]-X[j,a])^2)', { by: 'X', vars }, 'J[i,j] = 4*sum[l](X[i,j] - X[l,j])')
  check(
    'sum[i,j: i<j](1/(x[i]-x[j]))',
    { by: 'x', vars },
    'J[i] = sum[j: j < i](1/(x[i] - x[j])^2) - sum[j: i < j](1/(x[i] - x[j])^2)',
  )
})

test("SymPy's long expression", () => {
  const square = Object.fromEntries(['A', 'B', 'C', 'D', 'X'].map((name) => [name, 'matrix(n,n)']))
  const vars = { ...square, a: 'vector(n)', b: 'vector(n)' }
  const text =
    "a'*(A*X*(X'*B + X*A) + B'*X'*(a*b'*(X*D*X' + X*(X'*B + A*X)*D*B - X'*C'*A)*B + B*(X*D' + B*A*X*A' - 3*X*D))*B + 42*X*B*X'*A'*(X + X'))*b"
  // A sum this long is grouped in more than one way; the expanded form is one.
  const first = derive(text, { wrt: 'X', vars })
  for (const mode of modes) {
    const d = derive(text, { wrt: 'X', vars, mode })
    holds(d)
    expect(checkAnswer(first, d.toString())).toMatchObject({ equal: true, by: 'form' })
  }
})

describe('factorizations', () => {
  const vars = { W: 'matrix(m,n)', T: 'matrix(m,n)', U: 'matrix(m,k)', V: 'matrix(n,k)' }
  const cases: [string, string[], string[]][] = [
    ["norm2(T - U*V')^2", ['U', 'U'], ['ab->iaib']],
    ["norm2(T - U*V')^2", ['U', 'V'], ['ib,ja->iajb', 'ij->iaja']],
    ["norm2(W.*(T - U*V'))^2", ['U', 'U'], ['iab->iaib']],
    ["norm2(W.*(T - U*V'))^2", ['V', 'V'], ['iab->iaib']],
    ["norm2(W.*(T - U*V'))^2", ['U', 'V'], ['ib,ja,ij->iajb', 'ij->iaja']],
  ]
  test.each(cases)('%s by %s', (expression, by, wanted) => {
    const texts = modes.map((mode) => derive(expression, { wrt: by, vars, mode }).toString())
    expect(new Set(texts).size).toBe(1)
    const d = derive(expression, { wrt: by, vars })
    holds(d)
    expect(d.compressed).toBe(true)
    expect(patterns(d)).toEqual([...wanted].sort())
  })
})

test('a large factorization forms nothing of the size of its Hessian', () => {
  const vars = { T: 'matrix(n,m)', U: 'matrix(n,k)', V: 'matrix(m,k)' }
  const d = derive("norm2(T-U*V')^2", { wrt: 'U', order: 2, vars })
  const cost = d.cost({ n: 20000, m: 3000, k: 5 })
  expect(cost.largest).toBe(25)
  expect(cost.bytes).toBeLessThan(1e6)
  expect(d.toKronecker()).toBe("2*kron(V'*V, eye(n))")
  expect(patterns(d)).toEqual(['ab->iaib'])
})

function patterns(d: Derivative): string[] {
  return d.terms.map((term) => patternOf(d, term)).sort()
}
