// The working form: what becomes one node, what is equal by the expanded form only, and what must stay apart.
import { describe, expect, test } from 'vitest'
import { resolve } from '../resolve/index.ts'
import { parse } from '../syntax/parser.ts'
import { Dimension } from '../tensor/dimension.ts'
import { Graph } from '../tensor/graph.ts'
import type { Node } from '../tensor/node.ts'
import { postorder } from '../tensor/walk.ts'
import { sameExpanded, simplify } from './index.ts'

const vars = {
  a: 'scalar',
  b: 'scalar',
  x: 'vector(n)',
  y: 'vector(n)',
  v: 'vector(m)',
  A: 'matrix(n,n)',
  B: 'matrix(n,n)',
  M: 'matrix(m,n)',
  S: 'symmetric(n)',
  Q: 'orthogonal(n)',
  X: 'matrix(n,k)',
}

function nodes(...texts: readonly string[]): { graph: Graph; nodes: Node[] } {
  const graph = new Graph()
  return { graph, nodes: texts.map((text) => resolve(parse(text).program, { text, vars, graph }).result.node) }
}

/** Both texts become one node. */
function same(left: string, right: string, properties = true): void {
  test(`${left} is ${right}`, () => {
    const { graph, nodes: both } = nodes(left, right)
    const [a, b] = simplify(graph, both, { properties })
    expect(a === b).toBe(true)
  })
}

describe('sums', () => {
  same('x + x', '2*x')
  same('x - x', 'zeros(n)')
  same('x/3 + x/3 + x/3', 'x')
  same('A + B - A', 'B')
  same("A + B'", "(B + A')'")
  same('2*(x + y) + x', '3*x + 2*y')
  same('x - y', '-(y - x)')
  same('a*x + x*a', '2*a*x')
})

describe('products', () => {
  same("x'*A*x", "x'*A'*x")
  same("x'*A*y", "y'*A'*x")
  same("(A*B)'", "B'*A'")
  same('tr(A*B)', 'tr(B*A)')
  same('tr(A*A*B)', 'tr(A*B*A)')
  same('x.*y', 'y.*x')
  same('x.^2./x', 'x')
  same('(M*x).*v./(M*x)', 'v')
  same('eye(n)*x', 'x')
  same('diag(x)*y', 'x.*y')
  same('sum(x.*y)', "x'*y")
  same('x.*sign(x)', 'abs(x)')
  same('x.^3.*sign(x)', 'abs(x).*x.^2')
  same('sum(ones(n))', 'n')
  same('sqrt(a)*sqrt(a)', 'a')
  same('(2*a)^3', '8*a^3')
  same("vec(A)'*vec(B)", "tr(A'*B)")
  same("vec(diag(x))'*vec(A)", 'sum(x.*diag(A))')
  same('Y = A*B; Z[i,j] = max[l](Y[i,j]*M[l,j]); Z[i,i]', 'D[i] = (A*B)[i,i]; max[l](D[i]*M[l,i])')
})

describe('inverses and determinants', () => {
  same('inv(A)*A*x', 'x')
  same('A*inv(A)', 'eye(n)')
  same("inv(A')", "inv(A)'")
  same('inv(inv(A))', 'A')
  same('inv(2*A)', '0.5*inv(A)')
  same("det(A')", 'det(A)')
  same('det(inv(A))', '1/det(A)')
  same('solve(A, x)', 'inv(A)*x')
})

describe('functions', () => {
  same('exp(log(x))', 'x')
  same('log(exp(x))', 'x')
  same('exp(a)^2', 'exp(2*a)')
  same('exp(a)*exp(b)', 'exp(a + b)')
  same('sin(-x)', '-sin(x)')
  same('cos(-x)', 'cos(x)')
  same('abs(-2*x)', '2*abs(x)')
  same("exp(A')", "exp(A)'")
  same('sqrt(a^2)', 'abs(a)')
  same('max(x, y)', 'max(y, x)')
  same('max(x, 0)', 'relu(x)')
  same('exp(0*a)', '1')
  same('norm2(x)^2', "x'*x")
  same('norm2(-2*x)', '2*norm2(x)')
})

describe('stable forms', () => {
  same('log(1 + exp(x))', 'softplus(x)')
  same('log(exp(x) + vector(1))', 'softplus(x)')
  same('1/(1 + exp(-a))', 'sigmoid(a)')
  same('exp(x)./(1 + exp(x))', 'sigmoid(x)')
  same('log(sum(exp(x)))', 'logsumexp(x)')
  same('exp(x)/sum(exp(x))', 'softmax(x)')
  same('log(det(inv(A)))', '-log(det(A))')
  same('log(sum(exp(x - max(x, axis=1))))', 'logsumexp(x) - max(x, axis=1)')
  same('softmax(2*x - a)', 'softmax(2*x)')
  same('logsoftmax(x + a + b)', 'logsoftmax(x)')
  same('sum(softmax(x))', '1')
  same("M.*(softmax(M)*ones(n)*ones(n)')", 'M')
  same("softmax(M - v*ones(n)')", 'softmax(M)')
})

describe('declared properties', () => {
  same("S'", 'S')
  same('S*x', "(x'*S)'")
  same("Q'*Q", 'eye(n)')
  same("inv(S)'", 'inv(S)')
  same("T[i,j,k,l] = S[i,k]*(A*A')[j,l] + S[k,i]*(A*A')[l,j]", "T[i,j,k,l] = 2*S[k,i]*(A*A')[j,l]")
  same('T[i,j,k,l] = sum[p](S[i,p]*A[p,j])*(S*A)[k,l] - (S*A)[k,l]*(S*A)[i,j]', 'zeros(n,n,n,n)')
  test('are used only where they may be', () => {
    const { graph, nodes: both } = nodes("Q'*Q", 'eye(n)')
    const [a, b] = simplify(graph, both, { properties: false })
    expect(a === b).toBe(false)
  })
})

describe('what a sum does not vary with', () => {
  same('sum(x - mean(x))', '0')
  same("sum(M + v*ones(n)')", 'sum(M) + n*sum(v)')
  same("sum(M + v*ones(n)', 2)", 'sum(M, 2) + n*v')
})

describe('opposite conditions', () => {
  same('sum[i,j: i<j](x[i]*A[i,j]) + sum[i,j: j<i](x[i]*A[i,j])', 'sum[i,j: i != j](x[i]*A[i,j])')
  same('sum[i,j: i<=j](x[i]*y[j]) + sum[i,j: j<i](x[i]*y[j])', 'sum(x)*sum(y)')
  same(
    'D[i] = sum[k: k<i](norm2[a](X[i,a]-X[k,a])) + sum[k: i<k](norm2[a](X[k,a]-X[i,a]))',
    'D[i] = sum[k: k != i](norm2[a](X[i,a]-X[k,a]))',
  )
  same('D[i] = sum[k: k != i](x[i]*ones(n)[k])', '(n - 1)*x')
  same('D[i,j] = where[i<j](x[i] + where[i<j](A[i,j]))', 'D[i,j] = where[i<j](x[i] + A[i,j])')
  test.each([
    ['sum[i,j: i<j](x[i]*A[i,j]) + sum[i,j: j<i](x[j]*A[i,j])', 'sum[i,j: i != j](x[i]*A[i,j])'],
    ['sum[i,j: i<j](A[i,j]) + sum[i,j: i<j](A[j,i])', '2*sum[i,j: i<j](A[i,j])'],
    ['sum[i,j: i<j](A[i,j]) + 2*sum[i,j: j<i](A[i,j])', 'sum[i,j: i != j](A[i,j])'],
  ])('%s is not %s', (left, right) => {
    const { graph, nodes: both } = nodes(left, right)
    const [a, b] = simplify(graph, both)
    expect(a === b).toBe(false)
  })
})

describe('choices', () => {
  same('x.*where(y > 0, 1, 0) + exp(x).*where(y > 0, 0, 1)', 'where(y > 0, x, exp(x))')
  same('where(y > 0, x, 2) - 3*where(y > 0, 1, x)', 'where(y > 0, x - 3, 2 - 3*x)')
  same('where(y > 0, 1, 0) + 0.1*where(y > 0, 0, 1)', 'where(y > 0, 1, 0.1)')
})

describe('differences of a pair', () => {
  same('D[i,j] = (x[i] - x[j])^2', 'D[i,j] = (x[j] - x[i])^2')
  same('sum[i,j]((x[i] - x[j])*A[i,j])', '-sum[i,j]((x[j] - x[i])*A[i,j])')
  same('D[i,j] = exp(-(x[i] - x[j])^2)*y[j]', 'D[i,j] = y[j]*exp(-(x[j] - x[i])^2)')
})

test.each([
  ['(A + B)*x', 'A*x + B*x'],
  ['(a + b)^3', 'a^3 + 3*a^2*b + 3*a*b^2 + b^3'],
  ["(A*x - y)'*(A*x - y)", "x'*A'*A*x - 2*y'*A*x + y'*y"],
  ['adj(A)', 'det(A)*inv(A)'],
  ['sigmoid(-a)', '1 - sigmoid(a)'],
  ['norm2(x)*norm2(x)', "x'*x"],
])('%s is %s when expanded', (left, right) => {
  const { graph, nodes: both } = nodes(left, right)
  expect(sameExpanded(graph, both[0] as Node, both[1] as Node)).toBe(true)
})

test.each([
  ['(A + B)*x', 'A*x - B*x'],
  ['A*B', 'B*A'],
  ['exp(a + b)', 'exp(a) + exp(b)'],
  ['norm2(x + y)', 'norm2(x) + norm2(y)'],
  ["x'*A*y", "x'*A'*y"],
  ['sign(a)^2', '1'],
])('%s is not %s', (left, right) => {
  const { graph, nodes: both } = nodes(left, right)
  expect(sameExpanded(graph, both[0] as Node, both[1] as Node)).toBe(false)
})

test.each([
  "x'*A*x + y'*(B + A)*x*exp(-x'*x)",
  'softmax(M*x).*v - logsumexp(M*x)*v',
  'D[i,j] = sum[k: k != i]((x[i] - x[k])/norm2[a](X[i,a] - X[k,a]))*x[j]',
  "tr(inv(A + A')*B)^2/(1 + exp(-a))",
])('simplifying %s twice is simplifying it once', (text) => {
  const { graph, nodes: only } = nodes(text)
  const once = simplify(graph, only)
  expect(simplify(graph, once)).toEqual(once)
})

describe('products of more factors than a product absorbs', () => {
  const factor = (g: Graph, x: Node, k: number) => g.apply('cos', g.scale(k + 1, x))
  const ends = { scalars: [], columns: [Dimension.symbol('n')] }
  test.each(Object.entries(ends))('of %s: one node in any order, stable, and never long', (_, axes) => {
    const g = new Graph()
    const x = g.variable('x', axes)
    const factors = [...Array.from({ length: 200 }, (_, k) => factor(g, x, k)), factor(g, x, 7)]
    const [forth, back] = simplify(g, [g.multiply(...factors), g.multiply(...factors.toReversed())])
    expect(forth).toBe(back)
    expect(simplify(g, [forth as Node])).toEqual([forth])
    const longest = postorder([forth as Node]).map((node) => (node.kind === 'contraction' ? node.factors.length : 0))
    expect(Math.max(...longest)).toBe(32)
  })
})
