// What expressions of the language mean, by the values of the reference evaluator: matrix notation against sums over
// indices written out, and both against numbers worked out by hand.
import { describe, expect, test } from 'vitest'
import { evaluate, fromNested, toNested } from '../src/evaluate/index.ts'
import { resolve } from '../src/resolve/index.ts'
import { parse } from '../src/syntax/parser.ts'

/** Types and values of the variables: sizes 2, 3, 5 differ, so that swapped axes show. */
const variables: Record<string, [type: string, value: unknown]> = {
  A: [
    'matrix(m,n)',
    [
      [1, -2, 3],
      [0.5, 4, -1],
    ],
  ],
  B: [
    'matrix(n,k)',
    [
      [1, 2, -1, 0.5, 3],
      [0, 1, 2, -2, 1],
      [4, -3, 1, 1, 0.25],
    ],
  ],
  S: [
    'matrix(n,n)',
    [
      [3, 1, 0],
      [-1, 2, 0.5],
      [1, 0, 4],
    ],
  ],
  T: [
    'tensor(m,n,k)',
    [
      [
        [1, 2, 3, 4, 5],
        [0, -1, 2, -3, 1],
        [2, 2, 1, 1, 0],
      ],
      [
        [-1, 0.5, 0, 2, 1],
        [3, 1, -2, 0, 4],
        [1, -1, 1, -1, 2],
      ],
    ],
  ],
  x: ['vector(n)', [1, -2, 0.5]],
  z: ['vector(n)', [3, 1, -1]],
  y: ['vector(m)', [2, -3]],
  w: ['vector(k)', [1, 2, 3, 4, 5]],
  r: ['rowvector(n)', [2, 0, -1]],
  a: ['scalar', 1.5],
  c: ['scalar', -2],
  u: ['vector(1)', [7]],
}
const vars = Object.fromEntries(Object.entries(variables).map(([name, [type]]) => [name, type]))
const inputs = new Map(Object.entries(variables).map(([name, [, value]]) => [name, fromNested(value, name)]))

function value(text: string): unknown {
  const { program, problems } = parse(text)
  expect(problems).toEqual([])
  const { result } = resolve(program, { text, vars })
  const dims = new Map([
    ['m', 2],
    ['n', 3],
    ['k', 5],
  ])
  const [tensor] = evaluate([result.node], inputs, dims)
  return round(toNested(tensor!))
}

/** Without the last digits, which depend on the order of summation. */
function round(nested: unknown): unknown {
  if (Array.isArray(nested)) return nested.map(round)
  return typeof nested === 'number' ? Number(nested.toPrecision(10)) + 0 : nested
}

describe('equal values', () => {
  const table: [text: string, same: string][] = [
    // products
    ['A*x', 'f[i] = sum[j](A[i,j]*x[j])'],
    ['A*B', 'F[i,k] = sum[j](A[i,j]*B[j,k])'],
    ["x'*S*z", 'sum[i,j](x[i]*S[i,j]*z[j])'],
    ["x*y'", 'F[i,j] = x[i]*y[j]'],
    ["A'*y", 'f[j] = sum[i](A[i,j]*y[i])'],
    ["r*A'", 'f[i] = sum[j](A[i,j]*r[j])'],
    ["y'*A", 'f[j] = sum[i](A[i,j]*y[i])'],
    ['x*r', 'F[i,j] = x[i]*r[j]'],
    ['S^3', 'S*S*S'],
    ['S^5*x', 'S*(S*(S*(S*(S*x))))'],
    ['S^-2', 'inv(S)*inv(S)'],
    ['S^0', 'eye(n)'],
    ["(S')^2", "(S*S)'"],
    ['a*A*c', 'F[i,j] = a*A[i,j]*c'],
    ['2*A*3/4', '1.5*A'],
    // precedence
    ['-a^2', '-(a^2)'],
    ['2*-a', '-(2*a)'],
    ["S^-1'", "(S^-1)'"],
    ['a^2^3', '(a^2)^3'],
    ["x'*x/2*a", "((x'*x)/2)*a"],
    ['a-c-1', '(a-c)-1'],
    ['2.*x', '2*x'],
    ['1./x', 'f[i] = 1/x[i]'],
    ['a < 2', '1'],
    ['a + 1 < 2', '0'],
    // entry by entry
    ['x.*z', 'f[i] = x[i]*z[i]'],
    ['x./z', 'f[i] = x[i]/z[i]'],
    ['x.^3', 'f[i] = x[i]*x[i]*x[i]'],
    ['x.^-2', 'f[i] = 1/(x[i]*x[i])'],
    ['abs(x).^0.5', 'sqrt(abs(x))'],
    ['abs(x).^z', 'f[i] = exp(z[i]*log(abs(x[i])))'],
    ['A+1', 'F[i,j] = A[i,j]+1'],
    ['1-x', 'f[i] = 1-x[i]'],
    ['a./x', 'f[i] = a/x[i]'],
    ['2.^x', 'f[i] = exp(x[i]*log(2))'],
    ['x > z', 'f[i] = where(x[i] > z[i], 1, 0)'],
    ['x >= 1', 'ones(n) - (x < 1)'],
    ['max(x,z)', 'f[i] = max(x[i],z[i])'],
    ['max(x,0)', 'relu(x)'],
    ['min(x,z)', '-max(-x,-z)'],
    ['where(x > 0, x, 2*z)', '(x > 0).*x + (x <= 0).*(2*z)'],
    ['pow(x,2)', 'square(x)'],
    ['tan(x)', 'sin(x)./cos(x)'],
    ['asin(sin(a/2)) + acos(cos(a/2)) + atan(tan(a/2))', '1.5*a'],
    ['silu(x)', 'x.*sigmoid(x)'],
    ['gelu(x)', 'x.*(1 + erf(x/sqrt(2)))/2'],
    ['softplus(x)', 'log(1 + exp(x))'],
    ['log1p(expm1(a))', 'a'],
    ['sin(pi/2)', '1'],
    // literals and constructors
    ['S + eye', 'S + eye(n)'],
    ['x + vector(2)', 'x + 2*ones(n)'],
    ['A + matrix(2)', 'A + 2*ones(m,n)'],
    ['zeros(n) + x', 'x'],
    ['ones(n)', 'x./x'],
    ['sum(x)/n', 'mean(x)'],
    ['m*n', 'sum(ones(m,n))'],
    ['eye(n)[:,3]', 'eye(n)[3,:]'],
    // reductions
    ['sum(A)', 'sum[i,j](A[i,j])'],
    ['sum(A,1)', 'f[j] = sum[i](A[i,j])'],
    ['sum(A,axis=2)', 'f[i] = sum[j](A[i,j])'],
    ['sum(T,2)', 'F[i,k] = sum[j](T[i,j,k])'],
    ['mean(A,1)', 'sum(A,1)/m'],
    ['mean(A)', 'sum(A)/(m*n)'],
    ['mean[i](A[i,j])', 'mean(A,1)'],
    ['norm1(A)', 'sum(abs(A))'],
    ['norm2(A)', 'sqrt(sum(A.*A))'],
    ['normF(A)', "sqrt(tr(A'*A))"],
    ['norm2(A,2)', 'sqrt(sum(A.^2,2))'],
    ['norm2[j](A[i,j])', 'norm2(A,2)'],
    ['norminf(A)', '4'],
    ['norm1(c) + norm2(c) + norminf(c)', '6'],
    ['max(A)', '4'],
    ['max(A,axis=1)', 'max[i](A[i,j])'],
    ['min(T)', '-3'],
    ['min[j,k](T[i,j,k])', '-max[j,k](-T[i,j,k])'],
    ['logsumexp(A)', 'log(sum(exp(A)))'],
    ['logsumexp(A,1)', 'log(sum(exp(A),1))'],
    ['logsumexp[i](x[i]+z[i])', 'log(sum(exp(x+z)))'],
    ['softmax(x)', 'exp(x)/sum(exp(x))'],
    ['softmax(A)', 'F[i,j] = exp(A[i,j])/sum[k](exp(A[i,k]))'],
    ['softmax(A,axis=1)', "softmax(A')'"],
    ['softmax(T,axis=2)', 'F[i,j,k] = softmax[j](T[i,j,k])'],
    ['softmax[j](A[i,j])', 'softmax(A)'],
    // matrix functions
    ['tr(S)', 'sum[i](S[i,i])'],
    ['det(S)*inv(S)', 'adj(S)'],
    ['logdet(-S)', 'log(abs(det(S)))'],
    ['solve(S,x)', 'inv(S)*x'],
    ["solve(S,A')", "inv(S)*A'"],
    ['diag(x)', 'F[i,j] = x[i]*eye(n)[i,j]'],
    ['diag(S)', 'f[i] = S[i,i]'],
    ['diagonal(S)', 'diag(S)'],
    ['diag(diag(S))', 'S.*eye(n)'],
    ['transpose(A)', "A'"],
    ['dot(x,z)', "x'*z"],
    ['outer(x,y)', "x*y'"],
    ["kron(x,y')", "x*y'"],
    ['kron(a,A)', 'a*A'],
    ['x⊗y', "vec(y*x')"],
    ["vec(A*S*A')", 'kron(A,A)*vec(S)'],
    ['kron(A,S)*vec(S)', "vec(S*S*A')"],
    ['reshape(A,n,m)', 'reshape(vec(A),n,m)'],
    ['reshape(vec(A),m,n)', 'A'],
    ['tr(a)+det(a)+inv(a)+diag(a)+sum(a)', '4*a+1/a'],
    // einsum
    ['einsum("ij,jk->ik",A,B)', 'A*B'],
    ['einsum("ij,jk",A,B)', 'A*B'],
    ['einsum("ba",A)', "A'"],
    ['einsum("ii",S)', 'tr(S)'],
    ['einsum("ii->i",S)', 'diag(S)'],
    ['einsum("i,i->i",u,x)', '7*x'],
    ['einsum("i,i",u,x)', '7*sum(x)'],
    ['einsum("i->",x)', 'sum(x)'],
    ['einsum(",i->i",a,x)', 'a*x'],
    ['einsum("",a)', 'a'],
    [' einsum(" i j , j -> i ",A,x)', 'A*x'],
    ['einsum("i...->...i",A)', "A'"],
    ['einsum("...jk,k->...j",T,w)', 'F[i,j] = sum[k](T[i,j,k]*w[k])'],
    ['einsum("...k,...jk->j...",w,T)', 'F[j,i] = sum[k](w[k]*T[i,j,k])'],
    ['einsum("αβ,β->α",A,x)', 'A*x'],
    // index notation
    ['A[i,j]', 'A'],
    ['A[j,i]', 'A'],
    ['F[i,j] = A[j,i]', "A'"],
    ['A[:,2]', 'A*eye(n)[:,2]'],
    ['A[2,end]', '-1'],
    ['x[end]', '0.5'],
    ['T[2,:,3]', 'f[j] = T[2,j,3]'],
    ['T[:,2,:]', 'F[i,k] = T[i,2,k]'],
    ["(A')[i,j]*y[j]", 'F[i,j] = A[j,i]*y[j]'],
    ['inv(S)[i,j]*x[j]', 'inv(S)*diag(x)'],
    ['x[i]+z[j]', "x*ones(n)' + ones(n)*z'"],
    ['sum[i](x[i])*z[i]', 'sum(x)*z'],
    ['sum[i](sum[i](x[i])*z[i])', 'sum(x)*sum(z)'],
    ['sum[i,j: i<j](S[i,j])', '1.5'],
    ['sum[i,j: i>j](S[i,j])', '0'],
    ['sum[i,j: i!=j](S[i,j])', 'sum(S)-tr(S)'],
    ['sum[i,j: i<=j and j<=2](S[i,j])', '6'],
    ['sum[i: i>=2](x[i])', '-1.5'],
    ['sum[i: i==n](x[i])', '0.5'],
    ['sum[i,j: j==i+1](x[i]*z[j])', '3'],
    ['sum[i: 2*i > 3](x[i])', '-1.5'],
    ['sum[p,i,j: p == i + m*(j - 1)](vec(A)[p]*A[i,j])', 'sum(A.*A)'],
    ['sum[p,i,j: p + m^2 == i + m*j + m*(m - 1)](vec(A)[p]*A[i,j])', 'sum(A.*A)'],
    ['f[i] = sum[j: j<=i](x[j])*(z[i]/z[i])', 'f[i] = sum[j: i>=j](x[j])*z[i]/z[i]'],
    ['mean[i: i>1](x[i])', '-0.75'],
    ['norm2[i: i>1](x[i])', 'sqrt(4.25)'],
    ['sum[i: i<i](x[i])', '0'],
    ['sum[i: i>n](x[i])', '0'],
    ['sum[i,j: i>j and j==i](S[i,j])', '0'],
    ['F[i,j] = where[i<j](S[i,j]); sum(F)', 'sum[i,j: i<j](S[i,j])'],
    ['sum[i,j](where[i != j and j != 1](x[i]/(x[i]-x[j])))', 'sum[i,j: i != j and j != 1](x[i]/(x[i]-x[j]))'],
    // 0/0 and the like are not evaluated where a condition excludes them
    ['sum[i,j: i<j](1/(x[i]-x[j]))', '29/15'],
    // programs
    ["t = A*x; t'*t", "x'*A'*A*x"],
    ['t = A*x # a comment\nt.*y', '(A*x).*y'],
    ['F[j,i] = A[i,j]; F*y', "A'*y"],
    ['F[i] = x[i]; F[j]*z[j]', 'x.*z'],
    ['f = x; f + f + f', '3*x'],
  ]
  test.each(table)('%s', (text, same) => {
    expect(value(text)).toEqual(value(same))
  })
})

describe('values', () => {
  test.each<[string, unknown]>([
    ['A*x', [6.5, -8]],
    ['A[2,:]', [0.5, 4, -1]],
    ['vec(A)', [1, 0.5, -2, 4, 3, -1]],
    [
      'reshape(A,n,m)',
      [
        [1, 4],
        [0.5, 3],
        [-2, -1],
      ],
    ],
    [
      "kron(x',y)",
      [
        [2, -4, 1],
        [-3, 6, -1.5],
      ],
    ],
    ['kron(y,x)', [2, -4, 1, -3, 6, -1.5]],
    [
      'kron(A[:,1],eye(2))',
      [
        [1, 0],
        [0, 1],
        [0.5, 0],
        [0, 0.5],
      ],
    ],
    ['det(S)', 28.5],
    ['sum(A,1)', [1.5, 2, 2]],
    ['max(A,axis=2)', [3, 4]],
    ['sign(x)', [1, -1, 1]],
    ['x.^2', [1, 4, 0.25]],
    ['0^0 + 2^-1 + 4^0.5', 3.5],
    [
      'zeros(2,2)',
      [
        [0, 0],
        [0, 0],
      ],
    ],
    ['ones(2)', [1, 1]],
    [
      'eye(2)',
      [
        [1, 0],
        [0, 1],
      ],
    ],
    ['1.5e1 + .5 + 2.', 17.5],
    ['x[2]', -2],
    ['A[1,j]', [1, -2, 3]],
  ])('%s', (text, expected) => {
    expect(value(text)).toEqual(expected)
  })
})
