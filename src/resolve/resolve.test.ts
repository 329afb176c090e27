// What the resolver says of types and errors. What expressions mean is tested by their values in test/language.test.ts.
import { describe, expect, test } from 'vitest'
import { cpuTime } from '../../test/cpu.ts'
import type { Problem } from '../errors.ts'
import { parse } from '../syntax/parser.ts'
import { Graph } from '../tensor/graph.ts'
import { type Resolved, type ResolveOptions, resolve, tryResolve, typeText } from './index.ts'

type Options = Omit<ResolveOptions, 'text'>

function read(text: string, options: Options = {}): Resolved {
  const { program, problems } = parse(text)
  expect(problems).toEqual([])
  return resolve(program, { ...options, text })
}

function problemOf(text: string, options: Options = {}): Problem {
  const { program, problems } = parse(text)
  expect(problems).toEqual([])
  const found = tryResolve(program, { ...options, text }).problems?.[0]
  if (found === undefined) throw new Error(`no problem in ${text}`)
  return found
}

function variableTypes({ variables }: Resolved): string {
  return [...variables].map(([name, { node, shape }]) => `${name}:${typeText(shape, node.facts)}`).join(' ')
}

const vars = {
  A: 'matrix(m,n)',
  S: 'symmetric(n)',
  M: 'matrix(n,n)',
  T: 'tensor(n,m,k)',
  B: 'matrix(1,n)',
  L: 'matrix(n,1)',
  x: 'vector(n)',
  y: 'vector(m)',
  r: 'rowvector(n)',
  a: 'scalar',
  p3: 'vector(3)',
}

describe('types of results', () => {
  test.each([
    // products of vectors and matrices
    ['A*x', 'vector(m)'],
    ["x'*M*x", 'scalar'],
    ["x*y'", 'matrix(n,m)'],
    ["y'*A", 'rowvector(n)'],
    ["A*A'", 'matrix(m,m)'],
    ['2*A', 'matrix(m,n)'],
    ['a*T', 'tensor(n,m,k)'],
    // matrix(1,n) stays of order 2, and a column counts as n×1 beside it
    ['B*x', 'vector(1)'],
    ['x*B', 'matrix(n,n)'],
    ['L*r', 'matrix(n,n)'],
    ["B*B'", 'matrix(1,1)'],
    // orientation
    ["x'", 'rowvector(n)'],
    ["x''", 'vector(n)'],
    ["x.'", 'rowvector(n)'],
    ["r'", 'vector(n)'],
    ['exp(r)', 'rowvector(n)'],
    ['2*r/a', 'rowvector(n)'],
    ['vec(r)', 'vector(n)'],
    ["a'", 'scalar'],
    // functions
    ['sum(A,1)', 'rowvector(n)'],
    ['sum(A,2)', 'vector(m)'],
    ['sum(x,1)', 'scalar'],
    ['max(A,2)', 'matrix(m,n)'],
    ['max(A,axis=2)', 'vector(m)'],
    ['max(A)', 'scalar'],
    ['norm2(T,3)', 'matrix(n,m)'],
    ['diag(x)', 'matrix(n,n)'],
    ['diag(M)', 'vector(n)'],
    ['diag(a)', 'scalar'],
    ['vec(A)', 'vector(m*n)'],
    ['vec(T)', 'vector(k*m*n)'],
    ['kron(A,M)', 'matrix(m*n,n^2)'],
    ['kron(x,y)', 'vector(m*n)'],
    ["kron(x,y')", 'matrix(n,m)'],
    ["kron(x',y')", 'rowvector(m*n)'],
    ['kron(A,x)', 'matrix(m*n,n)'],
    ['reshape(A,n,m)', 'matrix(n,m)'],
    ['solve(M,x)', 'vector(n)'],
    ["solve(M,A')", 'matrix(n,m)'],
    ['softmax(T,axis=1)', 'tensor(n,m,k)'],
    ['einsum("...ij,kj->k...i",T,ones(2,k))', 'tensor(2,n,m)'],
    // constructors
    ['eye(n)', 'matrix(n,n)'],
    ['ones(n)', 'vector(n)'],
    ['ones(m,n)', 'matrix(m,n)'],
    ['zeros(2,3,4)', 'tensor(2,3,4)'],
    ['ones(n*(n+1)/2)', 'vector(1/2*n^2 + 1/2*n)'],
    // dimensions are scalars
    ['sum(x)/n', 'scalar'],
    ['n', 'scalar'],
    // index notation
    ['A[i,j]*x[j]', 'matrix(m,n)'],
    ['x[j]*A[i,j]', 'matrix(n,m)'],
    ['sum[j](A[i,j]*x[j])', 'vector(m)'],
    ['softmax[j](A[i,j])', 'matrix(m,n)'],
    ['C[j,i] = A[i,j]', 'matrix(n,m)'],
    ['A[2,:]', 'rowvector(n)'],
    ['A[:,2]', 'vector(m)'],
    ['A[:,:]', 'matrix(m,n)'],
    ['r[:]', 'rowvector(n)'],
    ['A[2,1]', 'scalar'],
    ['T[:,2,:]', 'matrix(n,k)'],
    ['T[2,:,1]', 'vector(m)'],
    ['C[i,j] = x[i]; C + M', 'matrix(n,n)'],
  ])('%s is a %s', (text, type) => {
    expect(typeText(read(text, { vars }).result.shape)).toBe(type)
  })

  test('the node has the axes of the type', () => {
    for (const text of ["x*y'", 'sum(A,1)', "A'", 'C[j,i] = A[i,j]', 'diag(x)', 'kron(A,M)', 'x+1']) {
      const { result } = read(text, { vars })
      expect(result.node.axes.map(({ key }) => key)).toEqual(result.shape.axes.map(({ key }) => key))
    }
  })
})

describe('first letters and inferred sizes, where nothing is declared', () => {
  test.each([
    ["x'*A*x", 'x:vector(n) A:matrix(n,n)'],
    ['A*x', 'A:matrix(m,n) x:vector(n)'],
    ["y'*A*x", 'y:vector(m) A:matrix(m,n) x:vector(n)'],
    ['alpha*theta + vprime', 'alpha:scalar theta:vector(n) vprime:vector(n)'],
    ['T0*g', 'T0:matrix(m,n) g:scalar'],
    ['a+b+c+d+e+f+g', 'a:scalar b:scalar c:scalar d:scalar e:scalar f:scalar g:scalar'],
    ["h'*h", 'h:vector(n)'],
    ['norm2(A*x-y)^2', 'A:matrix(m,n) x:vector(n) y:vector(m)'],
    ['sum(log(exp(-y.*(X*w)) + vector(1)))', 'y:vector(m) X:matrix(m,n) w:vector(n)'],
    ["tr(A*X'*B*X*C)", 'A:matrix(m,n) X:matrix(k,n) B:matrix(k,k) C:matrix(n,m)'],
    ['A*B*C', 'A:matrix(m,n) B:matrix(n,k) C:matrix(k,p)'],
    ["n'*m", 'n:vector(k) m:vector(k)'],
    ['kron(x,x)+y', 'x:vector(n) y:vector(n^2)'],
    ['A*x + ones(5)', 'A:matrix(5,n) x:vector(n)'],
    ['eye(n)*x/n', 'x:vector(n)'],
    ['reshape(x,2,3)', 'x:vector(6)'],
    ['sum[i,j](W[i,j]*(T[i,j]-sum[k](U[i,k]*V[j,k]))^2)', 'W:matrix(m,n) T:matrix(m,n) U:matrix(m,k) V:matrix(n,k)'],
    ["(x + y)'*z", 'x:vector(n) y:vector(n) z:vector(n)'],
  ])('%s has %s', (text, types) => {
    expect(variableTypes(read(text))).toBe(types)
  })
})

describe('declarations', () => {
  test.each<[string, Record<string, string>, string]>([
    ["u'*M*u", { u: 'vector', M: 'matrix' }, 'u:vector(n) M:matrix(n,n)'],
    ['A*x', { A: 'matrix', x: 'vector(k)' }, 'A:matrix(n,k) x:vector(k)'],
    ['x', { x: 'tensor(n)' }, 'x:vector(n)'],
    ['S', { S: 'psd(n)' }, 'S:psd(n)'],
    ['x', { x: 'vector(n) positive' }, 'x:vector(n) positive'],
    ['D', { D: 'diagonal(n) nonnegative' }, 'D:diagonal(n) nonnegative'],
    ['x', { x: 'vector(n*(n+1)/2)', unused: 'scalar' }, 'x:vector(1/2*n^2 + 1/2*n) unused:scalar'],
    ["λ'*λ", { λ: 'vector(n)' }, 'λ:vector(n)'],
    ['sum(x)/n', { x: 'vector(n)', n: 'scalar' }, 'x:vector(n) n:scalar'],
    ["x'*eye(n)*x*n", { x: 'vector(n)' }, 'x:vector(n)'],
  ])('%s with %o has %s', (text, declared, types) => {
    expect(variableTypes(read(text, { vars: declared }))).toBe(types)
  })

  test('names of JavaScript objects are names', () => {
    const declared = new Map([
      ['__proto__', 'vector(n)'],
      ['constructor', 'scalar'],
    ])
    expect(variableTypes(read("constructor*__proto__'*__proto__", { vars: declared }))).toBe(
      '__proto__:vector(n) constructor:scalar',
    )
    expect(variableTypes(read('toString + hasOwnProperty'))).toBe('toString:vector(n) hasOwnProperty:vector(n)')
  })

  test('a variable of differentiation needs no declaration, and is there though unused', () => {
    expect(variableTypes(read('x + z', { vars: { x: 'vector(n)' }, wrt: ['z'] }))).toBe('x:vector(n) z:vector(n)')
    expect([...read('x', { vars, wrt: ['a'] }).variables.keys()]).toContain('a')
  })
})

describe('programs', () => {
  test('bindings, names and labels come back', () => {
    const resolved = read('t = A*x\nC[i,j] = t[i]*y[j]')
    expect(resolved.name).toBe('C')
    expect(resolved.labels).toEqual(['i', 'j'])
    expect([...resolved.bindings.keys()]).toEqual(['t', 'C'])
    expect(resolved.result.node).toBe(resolved.bindings.get('C')?.node)
    expect(resolved.dimensionNames).toEqual(['m', 'n', 'k'])
  })

  test('the labels of a final unnamed result are ordered by first appearance', () => {
    expect(read('x[j]*A[i,j]').labels).toEqual(['j', 'i'])
    expect(read("x'*x").labels).toBeUndefined()
  })

  test('equal subexpressions are one node, and expressions may share a graph', () => {
    const graph = new Graph()
    const first = read('t = exp(A*x); u = exp(A*x); t + u', { graph })
    expect(first.bindings.get('t')?.node).toBe(first.bindings.get('u')?.node)
    expect(read('exp(A*x)', { graph }).result.node).toBe(first.bindings.get('t')?.node)
  })

  test('selections by number say which sizes they need', () => {
    const [only, ...more] = read('x[3]', { vars }).leastSizes
    expect(more).toEqual([])
    expect([only?.dimension.key, only?.least, only?.span]).toEqual(['n', 3, [2, 3]])
  })
})

/** Text, code, the place as it stands in the text, and part of the message. */
type ErrorCase = [text: string, code: Problem['code'], place: string, message: string]

describe('errors', () => {
  test.each<[text: string, ...places: string[]]>([
    ['A*y', 'A: A is m×n', 'y: y has length m'],
    ['(x+x).*y', 'x+x: x+x has length n', 'y: y has length m'],
    ['x*A', 'x: x has length n', 'A: A is m×n'],
    ['x+y', 'x: x has length n', 'y: y has length m'],
    ['where(x > 0, x, y)', 'x > 0: x > 0 has length n', 'y: y has length m'],
    ['dot(x,y)', 'x: x has length n', 'y: y has length m'],
    ['solve(M,y)', 'M: M is n×n', 'y: y has length m'],
    ['einsum("ij,i->j",A,x)', 'A: A is m×n', 'x: x has length n'],
    ['x[i]*y[i]', 'x[i]: i counts n in x[i]', 'y[i]: i counts m in y[i]'],
    // One operand alone has no second place.
    ['inv(A)'],
    ['tr(x)'],
  ])('the places of a clash in %s', (text, ...places) => {
    const found = problemOf(text, { vars }).places ?? []
    expect(found.map(({ span, message }) => `${text.slice(...span)}: ${message}`)).toEqual(places)
  })

  test.each<ErrorCase>([
    // products
    ['A*y', 'ShapeMismatch', 'y', 'A*y: A is m×n but y has length m'],
    ['x*y', 'AmbiguousExpression', 'x*y', 'x and y are both columns'],
    ['r*r', 'AmbiguousExpression', 'r*r', 'both row vectors'],
    ['A*A', 'ShapeMismatch', 'A', 'A is m×n, not square'],
    ['x*A', 'ShapeMismatch', 'x', 'x has length n but A is m×n'],
    ["A*y'", 'ShapeMismatch', "y'", "A is m×n but y' is a row vector of length m"],
    ['T*x', 'TypeMismatch', 'T', 'T is n×m×k'],
    // sums
    ['x+y', 'ShapeMismatch', 'y', 'x+y: x has length n but y has length m'],
    ['A+x', 'ShapeMismatch', 'x', 'A is m×n but x has length n'],
    ["x+y'", 'ShapeMismatch', "y'", 'row vector'],
    ['x+r', 'ShapeMismatch', 'r', 'x has length n but r is a row vector of length n'],
    ['max(A,M)', 'ShapeMismatch', 'M', 'A is m×n but M is n×n'],
    ['where(x > 0, x, y)', 'ShapeMismatch', 'y', 'has length'],
    ['p3+x', 'ShapeMismatch', 'x', 'p3 has length 3 but x has length n'],
    // quotients and powers
    ['2/x', 'TypeMismatch', 'x', '/ divides by a scalar'],
    ['A/M', 'TypeMismatch', 'M', '/ divides by a scalar'],
    ['x^2', 'TypeMismatch', 'x', '^ is for scalars and square matrices'],
    ['a^x', 'TypeMismatch', 'x', 'an exponent is a scalar'],
    ['M^0.5', 'TypeMismatch', '0.5', 'the exponent of a matrix is a whole number'],
    ['M^a', 'TypeMismatch', 'a', 'the exponent of a matrix is a whole number'],
    ['A^2', 'ShapeMismatch', 'A', 'A is m×n, not square'],
    ['M^1e20', 'LimitExceeded', '1e20', 'the exponent is over'],
    ["T'", 'TypeMismatch', "T'", 'more than two axes'],
    // functions
    ['inv(A)', 'ShapeMismatch', 'A', 'inv(A): A is m×n, not square'],
    ['tr(x)', 'ShapeMismatch', 'x', 'x has length n, not a square matrix'],
    ['diag(A)', 'ShapeMismatch', 'A', 'not square'],
    ['exp(x,y)', 'TypeMismatch', 'exp(x,y)', 'exp is not called with 2 arguments'],
    ['sum()', 'TypeMismatch', 'sum()', 'sum is not called with 0 arguments'],
    ['sum(A,foo=1)', 'TypeMismatch', 'foo=1', 'no argument `foo`'],
    ['sum(A,3)', 'ShapeMismatch', 'A', 'axis 3 of A, which has 2 axes'],
    ['sum(A,a)', 'TypeMismatch', 'a', 'a is no axis'],
    ['sum(A,0)', 'TypeMismatch', '0', '0 is no axis'],
    ['sum(r,1)', 'AmbiguousExpression', 'r', 'a row vector'],
    ['softmax(T)', 'AmbiguousExpression', 'T', 'T has 3 axes'],
    ['softmax(a)', 'TypeMismatch', 'a', 'a is a scalar'],
    ['reshape(A,3)', 'ShapeMismatch', 'A', 'A has m*n entries, not 3'],
    ['solve(M,r)', 'ShapeMismatch', 'r', 'not a column or a matrix'],
    ['dot(x,y)', 'ShapeMismatch', 'y', 'x has length n but y has length m'],
    ['vector(x)', 'TypeMismatch', 'x', 'x has length n, not a scalar'],
    ['eye(2.5)', 'TypeMismatch', '2.5', 'this is no size'],
    ['eye(0)', 'ShapeMismatch', '0', '0 is no size'],
    ['exp("a")', 'TypeMismatch', '"a"', 'a text is no operand'],
    ['"a"', 'TypeMismatch', '"a"', 'a text is no operand'],
    // einsum
    ['einsum(A,x)', 'TypeMismatch', 'A', 'a text in quotes'],
    ['einsum("ij,jk",A)', 'SyntaxError', '"ij,jk"', '2 terms for 1 operand'],
    ['einsum("ijk",A)', 'ShapeMismatch', '"ijk"', '`ijk` has 3 letters but operand 1 has 2 axes'],
    ['einsum("ij->ii",A)', 'SyntaxError', '"ij->ii"', '`i` stands twice'],
    ['einsum("ij->k",A)', 'SyntaxError', '"ij->k"', '`k` stands behind `->` only'],
    ['einsum("i.j",A)', 'SyntaxError', '"i.j"', '`.` in the subscripts is no letter'],
    ['einsum("i->j->k",x)', 'SyntaxError', '"i->j->k"', 'more than one `->`'],
    ['einsum("...i->i",A)', 'SyntaxError', '"...i->i"', 'lacks the axes of `...`'],
    ['einsum("ij,i->j",A,x)', 'ShapeMismatch', 'x', '`i` has size m in A but n in x'],
    ['einsum("ii",A)', 'ShapeMismatch', 'A', '`i` stands for axes of sizes m and n of A'],
    // names
    ['unknown*x', 'UnknownVariable', 'unknown', 'unknown is not declared'],
    ['sum', 'TypeMismatch', 'sum', 'sum is a function, not a value'],
    ['ones', 'TypeMismatch', 'ones', 'ones is a function'],
    ['foo(x)', 'UnknownFunction', 'foo', 'there is no function foo'],
    ['__proto__(x)', 'UnknownFunction', '__proto__', 'there is no function __proto__'],
    ['constructor[i](x[i])', 'UnknownFunction', 'constructor', 'there is no function constructor'],
    ['x(3)', 'UnknownFunction', 'x', 'x is a variable, not a function'],
    // programs
    ['sum = 3', 'TypeMismatch', 'sum', 'has a meaning of its own'],
    ['pi = 3', 'TypeMismatch', 'pi', 'has a meaning of its own'],
    ['expm = 3', 'TypeMismatch', 'expm', 'has a meaning of its own'],
    ['t = 1; t = 2', 'TypeMismatch', 't', 'bound twice'],
    ['x = 1', 'TypeMismatch', 'x', 'declared as a variable'],
    // what is not finite
    ['1/0', 'DomainError', '1/0', '1/0 is not finite'],
    ['x./0', 'DomainError', 'x./0', 'is not finite'],
    ['log(0)', 'DomainError', 'log(0)', 'is not finite'],
    ['sqrt(-1)', 'DomainError', 'sqrt(-1)', 'is not finite'],
    ['(-1)^0.5', 'DomainError', '(-1)^0.5', 'is not finite'],
    ['0^-1', 'DomainError', '0^-1', 'is not finite'],
    ['exp(1000)', 'DomainError', 'exp(1000)', 'is not finite'],
    ['1e308*1e308', 'DomainError', '1e308*1e308', 'is not finite'],
    ['2^1e9', 'DomainError', '2^1e9', 'is not finite'],
    ['x/(0.1+0.2-0.3)', 'DomainError', 'x/(0.1+0.2-0.3)', 'is not finite'],
    ['log(zeros(n))', 'DomainError', 'log(zeros(n))', 'is not finite'],
    ['inv(zeros(n,n))', 'DomainError', 'inv(zeros(n,n))', 'is not finite'],
    ['inv(0*M)', 'DomainError', 'inv(0*M)', 'is not finite'],
    ['(0*M)^-1', 'DomainError', '(0*M)^-1', 'is not finite'],
    // sizes that nothing determines
    ['tr(eye)', 'AmbiguousExpression', 'eye', 'nothing says how large eye is'],
    ['sum(vector(1))', 'AmbiguousExpression', 'vector(1)', 'nothing says how large vector(1) is'],
    ['matrix(1)*x', 'AmbiguousExpression', 'matrix(1)', 'nothing says how large'],
    // index notation
    ['A[i]', 'ShapeMismatch', 'A[i]', 'A has 2 axes but one index'],
    ['a[i]', 'TypeMismatch', 'a[i]', 'a is a scalar and has no index'],
    ['x[i][j]', 'TypeMismatch', 'x[i][j]', 'has its labels already'],
    ['A[i,i]', 'ShapeMismatch', 'i', 'i stands for axes of sizes m and n'],
    ['x[i]*y[i]', 'ShapeMismatch', 'i', 'i counts m here but n in x[i]'],
    ['p3[4]', 'ShapeMismatch', '4', 'no index 4 on an axis of size 3'],
    ['x[0]', 'ShapeMismatch', '0', '`0` is no index'],
    ['x[1.5]', 'ShapeMismatch', '1.5', '`1.5` is no index'],
    ['A[i,:]', 'TypeMismatch', ':', 'labels and `:` do not stand together'],
    ['x[1:3]', 'TypeMismatch', '1:3', 'a range is not part of index notation'],
    ['x[i+1]', 'TypeMismatch', 'i+1', 'an index is a label'],
    ['x[i]+A', 'TypeMismatch', 'A', 'A is m×n, and beside x[i] it needs labels'],
    ['exp(x)*x[i]', 'TypeMismatch', 'exp(x)', 'needs labels'],
    ["A[i,j]'", 'TypeMismatch', "A[i,j]'", 'has no transpose'],
    ['A[i,j]⊗x[k]', 'TypeMismatch', 'A[i,j]', 'is labelled'],
    ['sum(x[i])', 'TypeMismatch', 'x[i]', 'sum takes whole operands'],
    ['inv(M[i,j])', 'TypeMismatch', 'M[i,j]', 'inv takes whole operands'],
    ['sum[k](A)', 'TypeMismatch', 'A', 'A is m×n'],
    ['sum[i,i](x[i])', 'TypeMismatch', 'i', 'stands twice'],
    ['sum[i](x[i],y[i])', 'TypeMismatch', 'sum[i](x[i],y[i])', 'takes one operand'],
    ['norm1[i](x[i])', 'TypeMismatch', 'norm1', 'does not take labels'],
    ['softmax[i,j](A[i,j])', 'TypeMismatch', 'softmax[i,j](A[i,j])', 'runs along one label'],
    ['prodexcept[i: i>1](x[i])', 'TypeMismatch', 'i>1', 'takes no conditions'],
    ['max[i: i < i](x[i])', 'DomainError', 'max[i: i < i](x[i])', 'has no entry, since its condition never holds'],
    ['mean[i: i > n](x[i])', 'DomainError', 'mean[i: i > n](x[i])', 'has no entry'],
    ['softmax[i: i > 2 and i == 1](p3[i])', 'DomainError', 'softmax[i: i > 2 and i == 1](p3[i])', 'has no entry'],
    ['min[i: i == 2 and i == 1](x[i])', 'DomainError', 'min[i: i == 2 and i == 1](x[i])', 'has no entry'],
    [
      'max[i,j: i == j and j == 2 and i < 2](A[i,j])',
      'DomainError',
      'max[i,j: i == j and j == 2 and i < 2](A[i,j])',
      'has no entry',
    ],
    ['sum[i](1)', 'AmbiguousExpression', 'i', 'no axis that gives it a size'],
    ['sum[i](x[j])', 'AmbiguousExpression', 'i', 'no axis that gives it a size'],
    ['sum[i: i < q](x[i])', 'AmbiguousExpression', 'q', 'no axis that gives it a size'],
    ['sum[i: x[i] < 2](x[i])', 'TypeMismatch', 'x[i]', 'has no place in a condition'],
    ['sum[i: 1.5 < i](x[i])', 'TypeMismatch', '1.5', 'has no place in a condition'],
    ['sum[i: 1 < 2](x[i])', 'TypeMismatch', '1 < 2', 'says nothing of a label'],
    ['i*x[i]', 'UnknownVariable', 'i', 'i is a label, not a variable'],
    ['f = x[i]', 'TypeMismatch', 'x[i]', 'i is free on the right'],
    ['C[i] = A[i,j]', 'TypeMismatch', 'A[i,j]', 'j is free on the right'],
    ['C[i,i] = x[i]', 'TypeMismatch', 'i', 'stands twice on the left'],
    ['C[i,j] = x[i]', 'AmbiguousExpression', 'j', 'no axis that gives it a size'],
    ['C[i] = x', 'TypeMismatch', 'x', 'without the labels that stand on the left'],
  ])('%s is a %s at %s', (text, code, place, message) => {
    const problem = problemOf(text, { vars })
    expect(problem).toMatchObject({ code, message: expect.stringContaining(message) })
    expect(text.slice(...(problem.span ?? [0, 0]))).toBe(place)
  })

  test.each<[string, Options, Problem['code'], string]>([
    ['θ*x', {}, 'UnknownVariable', 'its first letter does not say what it is'],
    ['_x', {}, 'UnknownVariable', 'its first letter does not say'],
    ['sum(x)/n', {}, 'TypeMismatch', '/ divides by a scalar'],
    ['vec(A)+vec(B)', {}, 'AmbiguousExpression', 'the sizes m*n and k*p must be equal'],
    ['reshape(A,6)', {}, 'AmbiguousExpression', 'must be equal'],
    ['y = x; x = 3; y', {}, 'TypeMismatch', 'x is used before it is bound'],
    ['A*x', { vars: { A: 'matrix(3,4)', x: 'vector(3)' } }, 'ShapeMismatch', 'A is 3×4 but x has length 3'],
    ['A*x', { vars: { A: 'matrix(3,4)', x: 'vector(n)' } }, 'ShapeMismatch', 'A is 3×4 but x has length n'],
    ['reshape(x,n,2)', { vars: { x: 'vector(m)' } }, 'ShapeMismatch', 'x has m entries, not 2*n'],
    ['vec(A)+x', { vars: { A: 'matrix(n,k)', x: 'vector(n)' } }, 'ShapeMismatch', 'vec(A) has length k*n'],
    [
      'vec(A)+x',
      { vars: { A: 'matrix(n,k)', x: 'vector' }, wrt: ['z'] },
      'UnknownVariable',
      'neither declared nor used',
    ],
    ['vec(A)', { vars: { A: 'matrix(n)' } }, 'SyntaxError', 'type of A'],
    ['x', { vars: { x: 'matrx' } }, 'SyntaxError', 'type of x: `matrx` is no type'],
    ['x', { vars: { x: 'vector(0)' } }, 'ShapeMismatch', 'type of x: `0`: 0 is no size'],
    ['x', { vars: { x: 'vector(-n/0)' } }, 'TypeMismatch', 'this is no size'],
    ['x', { vars: { x: 'vector((n+1)^9999)' } }, 'TypeMismatch', 'this is no size'],
    ['x', { vars: { x: 'tensor' } }, 'TypeMismatch', 'a tensor needs its sizes'],
    ['x', { vars: { '1x': 'vector' } }, 'BadRequest', '`1x` is no name'],
    ['x', { vars: { 'x y': 'vector' } }, 'BadRequest', 'is no name'],
    ['x', { vars: { sum: 'vector' } }, 'BadRequest', 'sum has a meaning of its own'],
    ['g = x; g', { wrt: ['g'] }, 'NotDifferentiable', 'g is bound to an expression'],
    ['x', { vars: { x: 'vector(n)' }, wrt: ['n'] }, 'NotDifferentiable', 'n is a dimension'],
    ['x', { wrt: ['z'] }, 'UnknownVariable', 'neither declared nor used'],
    ['x', { wrt: ['toString'] }, 'UnknownVariable', 'neither declared nor used'],
  ])('%s with %o is a %s', (text, options, code, message) => {
    expect(problemOf(text, options)).toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test('fixes are texts that resolve', () => {
    for (const [text, ...fixed] of [
      ['A*y', "A'*y"],
      ['A*x*y', "(A*x)'*y", "(A*x)*y'", '(A*x).*y'],
      ["M*(A*A)'", "M*(A'*A)'"],
      ['x+r', "x+r'"],
      ["A*x'", 'A*x'],
      ['(2*a)/x', '(2*a)./x'],
      ['x^2', 'x.^2'],
      ['x*M', "x'*M"],
      ['x*A', 'A*x'],
      ['exq(x)', 'exp(x)'],
      ['sum(xx)', 'sum(x)'],
    ] as const) {
      const fixes = problemOf(text as string, { vars: { ...vars, y: 'vector(m)' } }).fixes ?? []
      const texts = fixes.map(
        ({ span, replacement }) => (text as string).slice(0, span[0]) + replacement + (text as string).slice(span[1]),
      )
      expect(texts).toEqual(fixed)
    }
  })

  test('a hint offers a transpose only where it fits', () => {
    expect(problemOf('x+y', { vars }).hint).toBeUndefined()
    expect(problemOf("x'*y", { vars }).hint).toBeUndefined()
    expect(problemOf('p3*A', { vars }).hint).toBeUndefined()
    expect(problemOf('A*y', { vars }).hint).toBe("`A'*y` fits")
  })
})

describe('size', () => {
  const long: [string, (n: number) => string][] = [
    ['sum', (n) => Array(n).fill('x').join('+')],
    ['product of scalars', (n) => Array(n).fill('a').join('*')],
    ['product entry by entry', (n) => Array(n).fill('x').join('.*')],
    ['product of matrices', (n) => `${Array(n).fill('A').join('*')}*x`],
    ['transposes', (n) => `A${"'".repeat(n)}`],
    ['signs', (n) => `${'-'.repeat(n)}x`],
    ['powers', (n) => `a${'^2'.repeat(n)}`],
    ['statements', (n) => Array.from({ length: n }, (_, k) => `t${k} = ${k ? `t${k - 1}+x` : 'x'}`).join('\n')],
    ['index notation', (n) => `sum[i](${Array(n).fill('x[i]').join('*')})`],
    ['size', (n) => `ones(${Array(n).fill('n').join('+')})`],
    ['conditions', (n) => `sum[i: ${Array(n).fill('i<3').join(' and ')}](x[i])`],
  ]
  test.each(long)('a long %s takes time in proportion', (_, make) => {
    const time = (n: number) => cpuTime(() => read(make(n)))
    // The least of several, as collecting garbage only adds time.
    const least = (n: number) => Math.min(time(n), time(n), time(n))
    // Quadratic work would take a hundred times as long for ten times the length.
    expect(least(20_000)).toBeLessThan(40 * Math.max(least(2_000), 10))
  })

  test.each([
    ['brackets', `${'exp('.repeat(9_000)}x${')'.repeat(9_000)}`],
    ['binders', `${'sum[i]('.repeat(4_000)}x[i]${'*x[i])'.repeat(4_000)}`],
    ['digits', `0.${'1'.repeat(100_000)}*x`],
    ['a chain of constants', Array(20_000).fill('1.0001').join('*')],
  ])('deep or long %s resolve', (_, text) => {
    read(text)
  })

  test.each([
    ['labels', Array.from({ length: 1_000 }, (_, k) => `x[i${k}]`).join('*')],
    ['products of sizes', Array(1_000).fill('A').join('⊗')],
    ['powers of sizes', `eye(${Array(1_000).fill('(n+1)').join('*')})`],
  ])('many %s are refused', (_, text) => {
    expect(problemOf(text).code).toBe('LimitExceeded')
  })
})
