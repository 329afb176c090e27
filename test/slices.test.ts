// Functions of whole matrices for each value of labels, `inv(matrix[i,j](T[k,i,j]))[p,q]`: what the language takes, and that
// derivatives which need it print, read back as the same text and have the same values.
import { describe, expect, test } from 'vitest'
import { evaluate, fromNested, type Tensor, toNested } from '../src/evaluate/index.ts'
import { Random } from '../src/evaluate/random.ts'
import { derive, type Expression, parse } from '../src/index.ts'

const vars: Readonly<Record<string, string>> = {
  X: 'matrix(n,n)',
  E: 'matrix(n,n)',
  F: 'matrix(n,n)',
  P: 'symmetric(n)',
  B: 'matrix(m,m)',
  C: 'matrix(n,m)',
  R: 'matrix(n,m)',
  T: 'tensor(k,n,n)',
  W: 'tensor(n,n,n)',
  u: 'vector(3)',
  v: 'vector(3)',
  x: 'vector(n)',
  y: 'vector(m)',
}
const sizes = new Map([
  ['n', 2],
  ['m', 3],
  ['k', 2],
])

/** Those that the text names. */
const declared = (text: string) =>
  Object.fromEntries(Object.entries(vars).filter(([name]) => new RegExp(`\\b${name}\\b`).test(text)))

/** Square matrices are positive definite, so that logarithms and roots exist. */
function inputsOf({ variables }: Expression): Map<string, Tensor> {
  const random = new Random(11)
  return new Map(
    [...variables].map(([name, { node }]) => {
      const shape = node.axes.map((axis) => axis.evaluate(sizes))
      const [rows = 1, columns = 1] = shape.slice(-2)
      const isSquare = shape.length > 1 && rows === columns
      const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => {
        const [i, j] = [Math.floor(at / columns) % rows, at % columns]
        return (isSquare && i === j ? 2 : 0) + 0.3 * random.between(-1, 1)
      })
      if (name === 'P') data[2] = data[1] as number
      return [name, { shape, data }]
    }),
  )
}

function valueAt(expression: Expression, inputs: ReadonlyMap<string, Tensor>): Tensor {
  return evaluate([expression.working], inputs, sizes)[0] as Tensor
}

const cases: readonly (readonly [f: string, by: string, orders: number])[] = [
  ['expm(X)', 'X', 3],
  ['tr(E*expm(X))', 'X', 3],
  ['logm(X)', 'X', 2],
  ['tr(E*logm(X))', 'X', 3],
  ['sqrtm(X)', 'X', 3],
  ['sum(sqrtm(X))', 'X', 3],
  ['tr(E*sqrtm(P))', 'P', 2],
  ["sum(expm(X*X')*x)", 'X', 2],
  ['sylvester(X,B,C)', 'X', 2],
  ['sylvester(X,B,C)', 'B', 2],
  ['sylvester(X,B,C)', 'C', 2],
  ['sum(sylvester(X,B,C).*R)', 'X', 3],
  ['dexpm(X,E)', 'X', 2],
  ['dexpm(X,E)', 'E', 2],
  ['tr(F*dlogm(X,E))', 'X', 2],
  ['pinv(R)', 'R', 2],
  ['norm2(pinv(R)*x)^2', 'R', 2],
  ['cholesky(X)', 'X', 2],
  ['sum(cholesky(X).*E)', 'X', 2],
  ['cross(u,v)', 'u', 2],
  ['sum(cross(u,v).*u)', 'u', 3],
  ['det(X)', 'X', 3],
  ['adj(X)', 'X', 2],
  ['inv(X)', 'X', 3],
  ['S[k,p,q] = inv(matrix[i,j](T[k,i,j]))[p,q]', 'T', 2],
  ['sum[k](logdet(matrix[i,j](T[k,i,j])))', 'T', 3],
  ['sum[k](tr(expm(matrix[i,j](T[k,i,j]))))', 'T', 2],
  ['sum[k](norm2(solve(matrix[i,j](T[k,i,j]), vector[i](x[i]))))', 'T', 2],
]

describe.each(cases)('%s by %s', (f, by, orders) => {
  test.each(Array.from({ length: orders }, (_, k) => k + 1))('order %i', (order) => {
    const d = derive(f, { wrt: by, order, vars: declared(f) })
    const inputs = inputsOf(d.expression)
    const [want] = evaluate([d.working], inputs, sizes) as [Tensor]
    const close = (text: string) => {
      const back = parse(text, { vars: declared(f) })
      const value = valueAt(back, inputs)
      expect(value.shape).toEqual(want.shape)
      for (const [at, entry] of want.data.entries()) expect(value.data[at]).toBeCloseTo(entry, 8)
      return back
    }
    expect(close(d.toString()).toString()).toBe(d.toString())
    expect(close(d.toIndex()).toIndex()).toBe(d.toIndex())
    close(d.toEinsum())
    expect(d.toLatex().length).toBeGreaterThan(0)
  })
})

test.each([
  ['matrix[i,j](x[i]*x[j])', "x*x'"],
  ['tr(matrix[i,j](X[j,i]))', 'tr(X)'],
  ['matrix[i,j](x[i]*ones(n)[j])', "x*ones(n)'"],
  ['X*vector[i](x[i]^2)', 'X*x.^2'],
  ['D[k,p,q] = matrix[i,j](T[k,j,i])[p,q]', 'D[k,p,q] = T[k,q,p]'],
  ['D[k] = inv(matrix[i,j](W[k,i,j]))[k,1]', 'M[k,i] = inv(matrix[p,q](W[k,p,q]))[i,1]; D[k] = M[k,k]'],
  ['D[k] = tr(matrix[i,j](T[k,i,j]))', 'D[k] = sum[i](T[k,i,i])'],
  ['D[k] = sum(matrix[i,j](T[k,i,j]))', 'D[k] = sum[i,j](T[k,i,j])'],
  ['D[k,p] = diag(matrix[i,j](T[k,i,j]))[p]', 'D[k,p] = T[k,p,p]'],
  ['D[k,p] = softmax(vector[i](T[k,i,i]))[p]', 'D[k,p] = softmax[p](T[k,p,p])'],
  ['D[k,i,j] = kron(matrix[p,q](T[k,p,q]), X)[i,j]', 'D[k,i,j] = kron(matrix[a,b](T[k,a,b]), X)[i,j]'],
  ['D[i,k,l] = expm(matrix[k,l](X[k,l]*x[i]))[k,l]', 'D[i,k,l] = expm(matrix[a,b](X[a,b]*x[i]))[k,l]'],
  ['D[k,j] = solve(matrix[i,j](T[k,i,j]), x)[j]', 'D[k,j] = sum[l](inv(matrix[i,j](T[k,i,j]))[j,l]*x[l])'],
])('%s is %s', (one, other) => {
  const [a, b] = [one, other].map((text) => parse(text, { vars: declared(`${one} ${other}`) })) as [
    Expression,
    Expression,
  ]
  const inputs = inputsOf(a)
  const [left, right] = [valueAt(a, inputs), valueAt(b, inputs)]
  expect(left.shape).toEqual(right.shape)
  for (const [at, entry] of right.data.entries()) expect(left.data[at]).toBeCloseTo(entry, 12)
})

test('the inverse of each slice, by hand', () => {
  const T = [
    [
      [2, 0],
      [0, 4],
    ],
    [
      [1, 1],
      [0, 1],
    ],
  ]
  const f = parse('D[k,p,q] = inv(matrix[i,j](T[k,i,j]))[p,q]', { vars: { T: 'tensor(k,n,n)' } })
  expect(toNested(valueAt(f, new Map([['T', fromNested(T, 'T')]])))).toEqual([
    [
      [0.5, 0],
      [0, 0.25],
    ],
    [
      [1, -1],
      [0, 1],
    ],
  ])
})

test.each([
  ['D[k,p,q] = (matrix[i,j](T[k,i,j])*X)[p,q]', 'TypeMismatch', 'matrix[i,j](T[k,i,j]) is n×n for each k'],
  ['D[k,p,q] = matrix[i,j](T[k,i,j])', 'TypeMismatch', 'matrix[i,j](T[k,i,j]) is n×n for each k'],
  ["D[k,p,q] = matrix[i,j](T[k,i,j])'[p,q]", 'TypeMismatch', 'matrix[i,j](T[k,i,j]) is n×n for each k'],
  ['D[k,p,q] = exp(matrix[i,j](T[k,i,j]))[p,q]', 'TypeMismatch', 'matrix[i,j](T[k,i,j]) is n×n for each k'],
  ['S = expm(matrix[i,j](T[k,i,j]))', 'TypeMismatch', 'expm(matrix[i,j](T[k,i,j])) is n×n for each k'],
  ['sum[k](expm(matrix[i,j](T[k,i,j])))', 'TypeMismatch', 'expm(matrix[i,j](T[k,i,j])) is n×n for each k'],
  ['D[k,p] = inv(matrix[i,j](T[k,i,j]))[p,:]', 'TypeMismatch', 'labels and `:` do not stand together'],
  ['D[k] = det(T[k,i,j])', 'TypeMismatch', 'T[k,i,j] is a number at each index, and det takes whole operands'],
  ['matrix[i](x[i])', 'TypeMismatch', 'matrix[...] takes two labels, one for each axis'],
  ['vector[i,j](X[i,j])', 'TypeMismatch', 'vector[...] takes one label, one for each axis'],
  ['matrix[i,j: i<j](X[i,j])', 'TypeMismatch', 'matrix takes no conditions'],
  ['matrix[i,j](X)', 'TypeMismatch', 'X is n×n, and labels reduce what carries them'],
  ['matrix[i,j](x[i])', 'AmbiguousExpression', 'the label j has no axis that gives it a size'],
  ['D[k] = inv(matrix[i,j](T[k,i,j]))[k]', 'ShapeMismatch', 'inv(matrix[i,j](T[k,i,j])) has 2 axes but one index'],
  ['D[k] = det(matrix[k,j](T[k,i,j]))', 'ShapeMismatch', ''],
])('%s: %s', (text, code, message) => {
  try {
    parse(text, { vars: declared(text) })
    expect.unreachable(text)
  } catch (error) {
    const { problem } = error as { problem: { code: string; message: string } }
    expect([problem.code, problem.message]).toEqual([code, expect.stringContaining(message)])
  }
})
