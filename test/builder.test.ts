// The builder: the same nodes as the text, all functions of the language, errors with codes.
import { describe, expect, test } from 'vitest'
import { functionNames } from '../src/functions/index.ts'
import { type Builder, type Built, builder, compile, derive, EincalcError, equal, parse } from '../src/index.ts'
import { resolve } from '../src/resolve/index.ts'
import { parse as parseSyntax } from '../src/syntax/parser.ts'
import { Graph } from '../src/tensor/graph.ts'

function declared() {
  const t = builder()
  return {
    t,
    A: t.variable('A', 'm', 'n'),
    B: t.variable('B', 'n', 'k'),
    S: t.declare('S', 'symmetric(n)'),
    T: t.variable('T', 'm', 'n', 'k'),
    X: t.variable('X', 'n', 'n'),
    a: t.variable('a'),
    b: t.declare('b', 'scalar positive'),
    u: t.variable('u', 3),
    x: t.variable('x', 'n'),
    y: t.variable('y', 'm'),
    z: t.variable('z', 'n'),
    r: t.declare('r', 'rowvector(n)'),
  }
}
type Values = ReturnType<typeof declared>

const cases: readonly (readonly [text: string, build: (v: Values) => Built])[] = [
  ["x'*S*x", ({ x, S }) => x.transpose().times(S).times(x)],
  ["x'*(S*x)", ({ x, S }) => x.transpose().times(S.times(x))],
  ['A*x - y', ({ A, x, y }) => A.times(x).minus(y)],
  ['norm2(A*x - y)^2', ({ t, A, x, y }) => t.norm2(A.times(x).minus(y)).power(2)],
  ['x - (z - x)', ({ x, z }) => x.minus(z.minus(x))],
  ['a*(x + z)/b', ({ a, b, x, z }) => a.times(x.plus(z)).over(b)],
  ['x .* z ./ exp(x)', ({ t, x, z }) => x.dotTimes(z).dotOver(t.exp(x))],
  ['(x .* z) .^ 3', ({ x, z }) => x.dotTimes(z).dotPower(3)],
  ['-x + 2*z', ({ t, x, z }) => x.negate().plus(t.number(2).times(z))],
  ['-(x + z)', ({ x, z }) => x.plus(z).negate()],
  ['(-a)^2', ({ a }) => a.negate().power(2)],
  ['-a^2', ({ a }) => a.power(2).negate()],
  ['X^-2', ({ X }) => X.power(-2)],
  ['X^2*X', ({ X }) => X.power(2).times(X)],
  ["(X^2)'", ({ X }) => X.power(2).transpose()],
  ["(A*X)'", ({ A, X }) => A.times(X).transpose()],
  ["X''", ({ X }) => X.transpose().transpose()],
  ['a^b^2', ({ a, b }) => a.power(b).power(2)],
  ['a^(b^2)', ({ a, b }) => a.power(b.power(2))],
  ['x <= z', ({ x, z }) => x.lessOrEqual(z)],
  ['(x < z) .* x', ({ x, z }) => x.less(z).dotTimes(x)],
  ['where(x > z, x, 0*z)', ({ t, x, z }) => t.where(x.greater(z), x, t.number(0).times(z))],
  ['x >= 0.5', ({ x }) => x.greaterOrEqual(0.5)],
  ['sum(A,axis=1)', ({ t, A }) => t.sum(A, { axis: 1 })],
  ['max(A,axis=2)', ({ t, A }) => t.max(A, { axis: 2 })],
  ['max(x,z)', ({ t, x, z }) => t.max(x, z)],
  ['einsum("ij,jk->ik", A, B)', ({ t, A, B }) => t.einsum('ij,jk->ik', A, B)],
  ["einsum('mnk,n->mk', T, x)", ({ t, T, x }) => t.einsum('mnk,n->mk', T, x)],
  ['eye(n) - S', ({ t, S }) => t.eye('n').minus(S)],
  ['eye + S', ({ t, S }) => t.eye().plus(S)],
  ['log(exp(x) + vector(1))', ({ t, x }) => t.log(t.exp(x).plus(t.vector(1)))],
  ['ones(m,n) + A', ({ t, A }) => t.ones('m', 'n').plus(A)],
  ['reshape(X,n*n)', ({ t, X }) => t.reshape(X, 'n*n')],
  ['duplication(n)', ({ t }) => t.duplication('n')],
  ['kron(A,B)', ({ t, A, B }) => t.kron(A, B)],
  ['pi*a', ({ t, a }) => t.pi.times(a)],
  ['1e-7*x', ({ t, x }) => t.number(1e-7).times(x)],
  ['x[3]', ({ x }) => x.at(3)],
  ['A[:,2]', ({ A }) => A.at(':', 2)],
  ['inv(X)[end,1]', ({ t, X }) => t.inv(X).at('end', 1)],
  ['(x + z)[1]', ({ x, z }) => x.plus(z).at(1)],
  ['sum[i,j](A[i,j]*x[j])', ({ t, A, x }) => t.bind('sum', ['i', 'j'], A.at('i', 'j').times(x.at('j')))],
  ['sum[i,j: i<j](X[i,j])', ({ t, X }) => t.bind('sum', ['i', 'j'], X.at('i', 'j'), 'i<j')],
  [
    'C[i,k] = sum[j](A[i,j]*B[j,k])',
    ({ t, A, B }) => t.define('C', ['i', 'k'], t.bind('sum', ['j'], A.at('i', 'j').times(B.at('j', 'k')))),
  ],
  [
    'C[i,j] = A[i,j]^2; norm2(C*x)',
    ({ t, A, x }) => t.norm2(t.define('C', ['i', 'j'], A.at('i', 'j').power(2)).times(x)),
  ],
  ['P[i,j] = softmax[j](A[i,j])', ({ t, A }) => t.define('P', ['i', 'j'], t.bind('softmax', ['j'], A.at('i', 'j')))],
  ['D[i] = sum[j: j<=i](X[i,j])', ({ t, X }) => t.define('D', ['i'], t.bind('sum', ['j'], X.at('i', 'j'), 'j<=i'))],
  [
    'D[m] = logdet(matrix[i,j](X[i,j]*y[m]))',
    ({ t, X, y }) => t.define('D', ['m'], t.logdet(t.bind('matrix', ['i', 'j'], X.at('i', 'j').times(y.at('m'))))),
  ],
  [
    "t1 = A*x - y; t1'*t1",
    ({ A, x, y }) => {
      const residual = A.times(x).minus(y)
      return residual.transpose().times(residual)
    },
  ],
  ["grad(x'*S*x, x)", ({ t, x, S }) => t.grad(x.transpose().times(S).times(x), x)],
  ["hvp(x'*X*x, x, z)", ({ t, x, X, z }) => t.hvp(x.transpose().times(X).times(x), x, z)],
  ['derivative(sum(x.^3), x, 2)', ({ t, x }) => t.derivative(t.sum(x.dotPower(3)), x, 2)],
  ['cross(u,u)', ({ t, u }) => t.cross(u, u)],
  ['r*x', ({ r, x }) => r.times(x)],
]

describe('makes the same node as the text', () => {
  test.each(cases)('%s', (text, build) => {
    const built = build(declared())
    const graph = new Graph()
    const vars = Object.fromEntries(built.types)
    const read = (source: string) => {
      const { program, problems } = parseSyntax(source)
      expect(problems).toEqual([])
      return resolve(program, { text: source, vars, graph }).result
    }
    const [made, wanted] = [read(built.text), read(text)]
    expect(made.node).toBe(wanted.node)
    expect(made.shape).toEqual(wanted.shape)
    expect(built.toString()).toBe(parse(text, { vars }).toString())
    if (built.knownType !== undefined) expect(built.knownType).toBe(parse(text, { vars }).type)
  })
})

test('has every function of the language, and no other', () => {
  const t = builder()
  const own = Object.keys(t).filter((name) => typeof (t as unknown as Record<string, unknown>)[name] === 'function')
  expect(own.sort()).toEqual(functionNames())
})

test.each<[string, (v: Values) => unknown, code: string, message: string]>([
  ['A*y', ({ A, y }) => A.times(y), 'ShapeMismatch', 'A*y: A is m×n but y has length m'],
  ['x*z', ({ x, z }) => x.times(z), 'AmbiguousExpression', 'x*z: x and z are both columns'],
  ['inv(A)', ({ t, A }) => t.inv(A), 'ShapeMismatch', 'A is m×n, not square'],
  ['deep', ({ t, A, x, y }) => t.exp(A.times(x)).plus(t.sin(y)).plus(x), 'ShapeMismatch', 'but x has length n'],
  ['x^2', ({ x }) => x.power(2), 'TypeMismatch', '^ is for scalars and square matrices'],
  ['A[i]', ({ t, A }) => t.define('D', ['i'], A.at('i')), 'ShapeMismatch', 'A has 2 axes but one index'],
  ['free label', ({ t, A }) => t.define('D', ['i'], A.at('i', 'j')), 'TypeMismatch', 'j is free on the right'],
  [
    'labels of two sizes',
    ({ t, A }) => t.bind('sum', ['i'], A.at('i', 'i')),
    'ShapeMismatch',
    'i stands for axes of sizes',
  ],
  ['two types of one name', ({ t }) => t.variable('x', 'm'), 'BadRequest', 'x is declared as vector(n) already'],
  ['no name', ({ t }) => t.variable('2x', 'n'), 'BadRequest', '`2x` is no name of a variable'],
  ["a function's name", ({ t }) => t.variable('exp', 'n'), 'BadRequest', 'exp has a meaning of its own'],
  ['no size', ({ t }) => t.variable('w', 'n)+exp(x'), 'BadRequest', 'is no size'],
  ['no type', ({ t }) => t.declare('w', 'sparse(n)'), 'SyntaxError', ''],
  ['no label', ({ x }) => x.at('i]'), 'BadRequest', '"i]" is no label'],
  [
    'no condition',
    ({ t, X }) => t.bind('sum', ['i', 'j'], X.at('i', 'j'), 'i<j](1) + sum[i'),
    'SyntaxError',
    'is no condition on labels',
  ],
  ['no number', ({ x }) => x.times(Number.NaN), 'DomainError', 'NaN is no number'],
  ['no operand', ({ x }) => x.times('z' as unknown as number), 'BadRequest', 'z is neither a built value nor a number'],
  ['another builder', ({ x }) => x.plus(builder().variable('x', 'n')), 'BadRequest', 'another builder'],
  ['a text for a value', ({ t }) => t.exp('x'), 'TypeMismatch', 'argument 1 of exp is a value'],
  ['no derivative by an expression', ({ t, x }) => t.grad(t.sum(x), t.exp(x)), 'NotDifferentiable', 'is no variable'],
  [
    'too long',
    ({ t, x }) => {
      let value = x.at('i')
      for (let k = 0; k < 64; k++) value = value.plus(value)
      return t.define('D', ['i'], value).text
    },
    'LimitExceeded',
    'is longer than',
  ],
  ['sizes that nothing says', ({ t }) => t.sum(t.vector(1)).type, 'AmbiguousExpression', 'nothing says how large'],
])('%s', (_name, build, code, message) => {
  try {
    build(declared())
  } catch (error) {
    expect(error).toBeInstanceOf(EincalcError)
    const { problem } = error as EincalcError
    expect([problem.code, problem.message]).toEqual([code, expect.stringContaining(message)])
    return
  }
  expect.unreachable()
})

test('derives, compiles and compares', async () => {
  const { t, A, x, y, z } = declared()
  const residual = A.times(x).minus(y)
  const f = t.norm2(residual).power(2)
  const gradient = derive(f, { wrt: 'x' })
  expect(gradient.toString()).toBe("2*A'*(A*x - y)")
  expect(gradient.derive('x').toString()).toBe("2*A'*A")
  expect(derive(f, { wrt: 'z' }).toString()).toBe('zeros(n)')
  expect(equal(f, residual.transpose().times(residual))).toEqual({ equal: true, by: 'form' })
  expect(equal(f, "x'*A'*A*x - 2*y'*A*x + y'*y").equal).toBe(true)
  expect(equal(t.sum(x.dotTimes(z)), x.transpose().times(z)).equal).toBe(true)
  const run = await compile({ value: f, gradient })
  const { value, gradient: g } = run({ A: [[1, 2], [3, 4]], x: [1, 1], y: [1, 1] }) // biome-ignore format: short
  expect([value.data[0], ...g.data]).toEqual([40, 40, 56])
})

test('shared parts are named, and the made-up names are new', () => {
  const t: Builder = builder()
  const t1 = t.variable('t1', 'n')
  const e = t.exp(t1)
  expect(e.dotTimes(e).plus(e).text).toBe('t2 = exp(t1); t2 .* t2 + t2')
})

test('long chains are typed as they grow', () => {
  const { x, z } = declared()
  let value = x
  for (let k = 0; k < 5000; k++) value = value.plus(z)
  expect(value.type).toBe('vector(n)')
  expect(value.text.length).toBe(1 + 5000 * 4)
})
