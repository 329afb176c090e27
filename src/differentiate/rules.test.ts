// Every row of the rule table against central differences, in all three modes, at distinct sizes and at size 1.
import { describe, expect, test } from 'vitest'
import { checkDerivative } from '../evaluate/index.ts'
import { parse } from '../index.ts'
import { sumOfTerms } from '../tensor/structured.ts'
import { differentiate, type Mode } from './index.ts'

const modes: readonly Mode[] = ['forward', 'reverse', 'crosscountry']
const vars = {
  a: 'scalar',
  x: 'vector(n)',
  y: 'vector(m)',
  A: 'matrix(m,n)',
  B: 'matrix(n,k)',
  S: 'matrix(n,n)',
  T: 'tensor(m,n,k)',
}
const sizes = [
  { m: 2, n: 3, k: 5 },
  { m: 5, n: 2, k: 3 },
  { m: 1, n: 2, k: 1 },
  { m: 1, n: 1, k: 1 },
]

/** Differentiates the expression as written, without simplification, by each variable named. */
function check(expression: string, ...by: readonly (keyof typeof vars)[]): void {
  test.each(by)(`${expression} by %s`, (name) => {
    const { graph, raw, variables } = parse(expression, { vars })
    const variable = variables.get(name)?.node
    if (!variable) throw new Error(`no variable ${name}`)
    for (const mode of modes) {
      const terms = differentiate(graph, raw, variable, mode)
      const derivative = sumOfTerms(graph, [...raw.axes, ...variable.axes], terms)
      for (const dims of sizes) {
        const result = checkDerivative({
          value: raw,
          derivative,
          variable,
          dims: new Map(Object.entries(dims)),
          points: 1,
        })
        expect({ mode, dims, ...result }).toMatchObject({ ok: true })
      }
    }
  })
}

describe('variables and indicators', () => {
  check('x', 'x')
  check('A', 'A')
  check('T', 'T')
  check('eye(n).*S', 'S')
  check('sum[i,j: i<j](S[i,j]^2)', 'S')
})

describe('contractions', () => {
  check('A*x', 'A', 'x')
  check("x*y'", 'x', 'y')
  check('A*B', 'A', 'B')
  check('S*S*S', 'S')
  check("x'*S*x", 'x', 'S')
  check('A.*A', 'A')
  check('tr(S)', 'S')
  check('diag(S)', 'S')
  check('diag(x)', 'x')
  check('1./(x.^2 + vector(1))', 'x')
  check('x.^3', 'x')
  check('sum[j](T[i,j,p]*x[j])', 'T', 'x')
  check('sum[i,j,p](T[i,j,p]*A[i,j])', 'T', 'A')
})

describe('an index that only one operand sums', () => {
  check('C[i] = sum[j](A[i,j]*a)', 'A', 'a')
  check('C[i] = sum[j](A[i,j])*y[i]', 'A', 'y')
  check('sum(A)*x', 'A', 'x')
})

describe('sums and broadcasts', () => {
  check('A + 2*A - a*A', 'A', 'a')
  check('D[i,j] = x[j] + y[i]', 'x', 'y')
  check('x + a', 'x', 'a')
  check('vec(A)', 'A')
  check('kron(x, y)', 'x', 'y')
})

describe('elementwise maps', () => {
  check('exp(A*x)', 'A', 'x')
  check('tanh(S*x).*sin(x)', 'S', 'x')
  check('max(x, S*x)', 'x', 'S')
  check('a*sigmoid(a*x)', 'a', 'x')
})

describe('general functions', () => {
  check("inv(S'*S + eye(n))", 'S')
  check("logdet(S'*S + eye(n))", 'S')
  check('det(S)', 'S')
  check('softmax(A)', 'A')
  check('logsumexp(A*x)', 'A', 'x')
  check('C[i] = logsumexp[j](A[i,j]*x[j])', 'A', 'x')
  check('norm2(A*x)', 'A', 'x')
  check('C[i] = norm2[j](A[i,j] + x[j])', 'A', 'x')
  check('max(A, axis=2)', 'A')
})
