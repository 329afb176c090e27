// Through the language: what is printed of an expression and of its derivatives, and that it reads back to the same value
// and the same text.
import { expect, test } from 'vitest'
import { cpuTime } from '../../test/cpu.ts'
import { differentiate, type Mode } from '../differentiate/index.ts'
import { evaluate } from '../evaluate/reference.ts'
import type { Tensor } from '../evaluate/tensor.ts'
import { type Resolved, resolve } from '../resolve/index.ts'
import { simplify } from '../simplify/index.ts'
import { parse } from '../syntax/parser.ts'
import { Graph } from '../tensor/graph.ts'
import type { Node } from '../tensor/node.ts'
import { sumOfTerms } from '../tensor/structured.ts'
import { type Printed, type PrintOptions, print } from './index.ts'

/** Distinct sizes, so that swapped axes show. */
const sizes = new Map([
  ['n', 3],
  ['m', 2],
  ['k', 4],
])

function read(text: string, vars: Record<string, string>, graph: Graph, wrt: readonly string[] = []): Resolved {
  const { program, problems } = parse(text)
  expect(problems, text).toEqual([])
  return resolve(program, { text, vars, graph, wrt })
}

/** `x:n A:m,n S:n,n:symmetric a:` as declarations. */
function declarations(text: string): Record<string, string> {
  const entries = text.split(' ').map((part): [string, string] => {
    const [name, list, structure] = part.split(':') as [string, string, string | undefined]
    const axes = list === '' ? [] : list.split(',')
    const type = ['scalar', 'vector', 'matrix'][axes.length] ?? 'tensor'
    return [name, structure ? `${structure}(${axes[0]})` : axes.length === 0 ? 'scalar' : `${type}(${list})`]
  })
  return Object.fromEntries(entries)
}

function values(resolved: Resolved): Map<string, Tensor> {
  const inputs = new Map<string, Tensor>()
  let seed = 7
  const next = () => {
    seed = (seed * 16807) % 2147483647
    return 0.3 + seed / 2147483647
  }
  for (const [name, { node }] of resolved.variables) {
    const shape = node.axes.map((axis) => axis.evaluate(sizes))
    const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next)
    inputs.set(name, { shape, data })
  }
  return inputs
}

interface Case {
  readonly printed: Printed
  readonly node: Node
  readonly options: PrintOptions
  readonly resolved: Resolved
  readonly vars: Record<string, string>
  readonly graph: Graph
}

/** The derivative of an expression by each variable in turn. */
function derive(declared: string, text: string, wrt: string, mode: Mode = 'reverse'): Case {
  const vars = declarations(declared)
  const graph = new Graph()
  const names = wrt.split(' ').filter((name) => name !== '')
  const resolved = read(text, vars, graph, names)
  let working = simplify(graph, [resolved.result.node], { properties: false })[0] as Node
  const variables = [...resolved.variables.keys()]
  const rows = new Set(variables.filter((name) => resolved.variables.get(name)?.shape.row))
  let options: PrintOptions = { variables, rows, shape: resolved.result.shape }
  for (const name of names) {
    const x = resolved.variables.get(name)?.node
    if (!x) throw new Error(`no variable ${name}`)
    const row = working.axes.length === 0 && rows.has(name)
    options = { variables, rows, outputAxes: working.axes.length, shape: { row } }
    const derivative = sumOfTerms(graph, [...working.axes, ...x.axes], differentiate(graph, working, x, mode))
    working = simplify(graph, [derivative], { properties: false })[0] as Node
  }
  const node = simplify(graph, [working])[0] as Node
  return { printed: print(node, options), node, options, resolved, vars, graph }
}

/** The text means what the node means, and prints again as it is. */
function checkReadBack(
  { node, options, resolved, vars, graph }: Case,
  text: string,
  form: 'text' | 'index' | 'einsum' | 'value',
) {
  const back = read(text, vars, graph)
  const inputs = values(resolved)
  const dims = { checkFacts: false }
  const [want] = evaluate([node], inputs, sizes, dims)
  const [got] = evaluate([back.result.node], inputs, sizes, dims)
  expect(got?.shape).toEqual(want?.shape)
  for (const [entry, value] of (want as Tensor).data.entries()) expect(got?.data[entry]).toBeCloseTo(value, 8)
  if (form === 'einsum' || form === 'value') return
  const working = simplify(graph, [back.result.node], { properties: false })
  const again = simplify(graph, working)[0] as Node
  expect(print(again, { ...options, shape: back.result.shape })[form]()).toBe(text)
}

test.each<[vars: string, text: string, wrt: string, printed: string, kronecker?: string]>([
  // calculus.md §5
  ['x:n A:n,n', "x'*A*x", 'x', "(A + A')*x"],
  ['x:n A:n,n:symmetric', "x'*A*x", 'x', '2*A*x'],
  ['x:n A:m,n', 'A*x', 'x', 'A'],
  ['A:n,n X:n,n', 'tr(A*X)', 'X', "A'"],
  ['A:n,n X:n,n B:n,n C:n,n', "tr(A*X'*B*X*C)", 'X', "B*X*C*A + B'*X*A'*C'"],
  ['A:m,n x:n y:m', 'norm2(A*x-y)^2', 'x', "2*A'*(A*x - y)"],
  ['A:m,n x:n y:m', 'norm2(A*x-y)^2', 'x x', "2*A'*A"],
  ['A:m,n x:n y:m', 'norm2(A*x-y)', 'x', "A'*(A*x - y)/norm2(A*x - y)"],
  ['X:m,n w:n y:m', 'sum(log(exp(-y.*(X*w)) + vector(1)))', 'w', "-X'*(y.*sigmoid(-y.*(X*w)))"],
  [
    'X:m,n w:n y:m',
    'sum(log(exp(-y.*(X*w)) + vector(1)))',
    'w w',
    "X'*diag(y.^2.*sigmoid(-y.*(X*w)).*(1 - sigmoid(-y.*(X*w))))*X",
  ],
  ['X:n,n', 'log(det(X))', 'X', "inv(X)'"],
  ['X:n,n', 'det(X)', 'X', "adj(X)'"],
  ['T:m,n U:m,k V:n,k', "norm2(T - U*V')^2", 'U', "2*(U*V' - T)*V"],
  ['x:n', 'exp(x)', 'x', 'diag(exp(x))'],
  // calculus.md §4
  ['X:n,n', 'inv(X)', 'X', 'D[i,j,k,l] = -inv(X)[i,k]*inv(X)[l,j]', "-kron(inv(X)', inv(X))"],
  ['X:n,n', 'logdet(X)', 'X X', 'D[i,j,k,l] = -inv(X)[j,k]*inv(X)[l,i]', "-kron(inv(X), inv(X)')*commutation(n,n)"],
  [
    'T:m,n U:m,k V:n,k',
    "norm2(T - U*V')^2",
    'U U',
    'D[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]',
    "2*kron(V'*V, eye(m))",
  ],
  ['X:m,n', 'X', 'X', 'D[i,j,k,l] = eye(m)[i,k]*eye(n)[j,l]', 'kron(eye(n), eye(m))'],
  ['X:m,n', 'exp(X)', 'X', 'D[i,j,k,l] = exp(X[i,j])*eye(m)[i,k]*eye(n)[j,l]', 'diag(vec(exp(X)))'],
  ['X:m,n', 'norm2(X)^4', 'X X', 'D[i,j,k,l] = 4*(2*X[i,j]*X[k,l] + sum[p,q](X[p,q]^2)*eye(m)[i,k]*eye(n)[j,l])'],
  // sums, signs, scalars
  ['X:m,n B:n,n', "norm2(X'*X - B)^2", 'X', "2*X*(2*X'*X - B - B')"],
  ['A:m,n x:n', 'sum(sigmoid(A*x))', 'x x', "A'*diag(sigmoid(A*x).*(1 - sigmoid(A*x)).*(1 - 2*sigmoid(A*x)))*A"],
  ['W:m,n T:m,n U:m,k V:n,k', "norm2(W.*(T - U*V'))^2", 'U', "2*(W.^2.*(U*V' - T))*V"],
  ['x:n', 'softmax(x)', 'x', "diag(softmax(x)) - softmax(x)*softmax(x)'"],
  ['x:n', 'norm2(x)', 'x x', "eye(n)/norm2(x) - x*x'/norm2(x)^3"],
  ['x:n', 'x./sum(x)', 'x', "eye(n)/sum(x) - x*ones(n)'/sum(x)^2"],
  ['x:n', 'sum(x.^3)^(1/3)', 'x', 'x.^2/sum(x.^3)^(2/3)'],
  ['x:n', 'norminf(x)', 'x', 'sign(x).*(abs(x) >= max(abs(x)))/sum(abs(x) >= max(abs(x)))'],
  ['x:n y:n', 'where(x > y, x, y)', 'x', 'diag(where(x > y, 1, 0))'],
  ['x:n A:n,n', "3*x'*A*x/2 + x'*x/3", 'x x', "1.5*(A + A') + 2*eye(n)/3"],
  ['a: b:', 'a^b', 'a', 'b*a^(b - 1)'],
  ['A:n,n', 'tr(A*A*A)', 'A', "3*(A^2)'"],
  ['A:n,n', 'tr(A^4)', '', 'tr(A^4)'],
  ['A:n,n B:n,n', "inv(A)*inv(A)*(B*A*B*A)'", '', "inv(A)^2*(A'*B')^2"],
  // selections, rearrangements, conditions, tensors
  ['A:n,n x:n', 'A[2,3]*x[1]', '', 'x[1]*A[2,3]'],
  ['A:n,n x:n', "A[:,2]'*x", 'A', "x*eye(n)[:,2]'"],
  ['A:m,n B:k,n', 'kron(A,B)', '', 'kron(A, B)'],
  ['A:m,n B:n,k', 'vec(A*B)', '', 'vec(A*B)'],
  ['A:n,n x:n', 'y[i] = sum[j: j<=i](A[i,j]*x[j])', 'x', 'tril(A)'],
  ['x:n', 'sum[i,j: i<j]((x[i] - x[j])^4)', 'x', 'D[i] = 4*sum[j: i != j]((x[i] - x[j])^3)'],
  [
    'x:n',
    'sum[i,j: i<j]((x[i] - x[j])^4)',
    'x x',
    'D[i,j] = 12*(sum[k: i != k]((x[i] - x[k])^2)*eye(n)[i,j] - where[i != j]((x[i] - x[j])^2))',
  ],
  ['T:n,m,k x:m', 'D[i,k] = sum[j](T[i,j,k]*x[j])', '', 'D[i,j] = sum[l](T[i,l,j]*x[l])'],
  ['x:n', 'relu(x)', 'x x', 'zeros(n,n,n)'],
  ['A:m,n', 'reshape(A,n,m)', '', 'reshape(A, n, m)'],
  ['A:m,n', 'reshape(A,n,m)', 'A', 'D[i,j,k,l] = reshape(eye(m*n), n, m, m, n)[i,j,k,l]'],
  ['A:m,n', 'vec(A)', 'A', 'D[i,j,k] = reshape(eye(m*n), m*n, m, n)[i,j,k]'],
  ['A:m,n B:k,n', "vec(A*B')", 'B', 'D[i,j,l] = sum[p](A[p,l]*reshape(eye(k*m), k*m, m, k)[i,p,j])'],
  ['x:n y:n', 'F[j,i] = x[j] + y[i]*x[j]', '', "x*(y + 1)'"],
  ['a:', 'tr(eye(n))*a', '', 'a*sum(ones(n))'],
  ['x:n', 'diag(x)[1,end]', '', 'sum[i: i == n](x[1]*ones(1)[i])'],
  // triangles, sums up to each entry, products
  ['A:m,n', 'tril(A)', '', 'tril(A)'],
  ['A:n,n B:n,n', 'triu(A*B)', '', 'triu(A*B)'],
  ['A:n,n B:n,n', 'tr(triu(A)*B)', 'B', "triu(A)'"],
  ['A:n,n x:n', 'norm2(tril(A)*x)^2', 'A', "2*tril(tril(A)*x*x')"],
  ['A:n,n x:n', 'norm2(tril(A)*x)^2', 'x x', "2*tril(A)'*tril(A)"],
  [
    'A:n,n x:n',
    'norm2(tril(A)*x)^2',
    'A A',
    'D[i,j,k,l] = 2*x[j]*x[l]*eye(n)[i,k]*tril(ones(n,n))[i,j]*tril(ones(n,n))[i,l]',
  ],
  ['A:n,n', 'sum(tril(A).^2)', '', 'norm2(tril(A))^2'],
  ['A:n,n', 'sum[i,j: i<=j](A[i,j])', '', 'sum(triu(A))'],
  ['x:n', 'sum[i,j: i<=j]((x[i]-x[j])^2)', '', 'sum[i,j: i <= j]((x[i] - x[j])^2)'],
  ['A:n,n', 'sum[i,j: i<j](A[i,j])', '', 'sum[i,j: i < j](A[i,j])'],
  ['x:n', 'cumsum(x)', '', 'cumsum(x)'],
  ['x:n A:m,n', 'cumsum(A*x)', 'x', 'cumsum(A, axis=1)'],
  ['A:m,n', 'cumsum(A)', '', 'cumsum(A)'],
  ['x:n y:m', "cumsum(x)*cumsum(y)'", '', "cumsum(x)*cumsum(y')"],
  ['x:n', 'cumsum(x)', 'x', 'tril(ones(n,n))'],
  ['x:n', 'sum(cumsum(x).^2)', 'x', '2*triu(ones(n,n))*cumsum(x)'],
  ['A:m,n', 'tril(A)', 'A', 'D[i,j,k,l] = eye(m)[i,k]*eye(n)[j,l]*tril(ones(m,n))[i,j]', 'diag(vec(tril(ones(m,n))))'],
  ['A:m,n', 'prod(A)', '', 'prod(A)'],
  ['A:m,n', 'prod(A,axis=1)', '', 'prod(A, axis=1)'],
  ['x:n', 'mean(x)', '', 'mean(x)'],
  ['A:m,n', 'mean(exp(A))', 'A', 'exp(A)/(m*n)'],
  // variables that stand as rows
  ['r:n:rowvector', 'r', '', 'r'],
  ['r:n:rowvector', "r'", '', "r'"],
  ['r:n:rowvector A:n,n', "r*A*r'", 'r', "r*(A + A')"],
  ['r:n:rowvector x:n', "r + 2*x'", '', "r + 2*x'"],
  ['r:n:rowvector x:n A:n,n', 'A.*(x*r) + diag(r)', '', 'diag(r) + (x*r).*A'],
  ['r:n:rowvector', 'r[2]*exp(r).*softmax(r)', '', 'r[2]*exp(r).*softmax(r)'],
])('%s | %s | %s prints %s', (declared, text, wrt, printed, kronecker) => {
  const made = derive(declared, text, wrt)
  expect(made.printed.text()).toBe(printed)
  if (kronecker !== undefined) expect(made.printed.kronecker()).toBe(kronecker)
  checkReadBack(made, printed, 'text')
  checkReadBack(made, made.printed.index(), 'index')
  checkReadBack(made, made.printed.einsum(), 'einsum')
})

test('a number between vectors may be the remainder of a common factor', () => {
  const text = "t[i,j] = x[j] + u[i]*x[j]; tr(inv(2*eye(k) + t*t')*ones(k,k))"
  const made = derive('x:n u:k', text, 'x x', 'forward')
  checkReadBack(made, made.printed.text(), 'value')
})

test.each(['forward', 'reverse', 'crosscountry'] as const)(
  'traces of products that begin alike are one, in %s mode',
  (mode) => {
    const made = derive('A:n,n B:n,n C:n,n t:', 'det(A + t*B + t^2*C)', 't', mode)
    const printed = 'tr(adj(A + t*B + t^2*C)*(B + 2*t*C))'
    expect(made.printed.text()).toBe(printed)
    checkReadBack(made, printed, 'text')
  },
)

test('sums of products with many common factors are searched once', () => {
  const residual = "inv(P + 0.1*A)*A'"
  const { printed } = derive('P:n,n:psd A:n,n', `max(inv((${residual})'*(${residual}) + eye(n)))`, 'A')
  expect(cpuTime(() => printed.text())).toBeLessThan(2000)
})

test.each([
  ['变量:n,n θ:n', '变量*θ', '', '\\mathrm{变量} \\theta'],
  ['__proto__: a_b_c:n', '__proto__*a_b_c', '', '\\mathrm{\\_\\_proto\\_\\_} \\mathrm{a\\_b\\_c}'],
  ['A:m,n x:n y:m', 'norm2(A*x-y)^2', 'x', '2 A^\\top \\left(A x - y\\right)'],
  ['alpha: T0:n,n x_max:n', 'alpha*T0*x_max', '', '\\alpha T_{0} x_{\\mathrm{max}}'],
  ['rate: x:n', 'x/rate', '', '\\frac{x}{\\mathrm{rate}}'],
  ['T0:n,n', "inv(T0)'", '', '{T_{0}}^{-\\top}'],
  ['V:n,k U:m,k', "norm2(U*V')^2", 'U U', 'D_{i,j,l,p} = 2 \\left(\\sum_{q} V_{q,j} V_{q,p}\\right) \\delta_{i,l}'],
])('%s | %s | %s as LaTeX', (declared, text, wrt, latex) => {
  expect(derive(declared, text, wrt).printed.latex()).toBe(latex)
})

test('einsum lines name their intermediates', () => {
  const { printed } = derive('T:m,n U:m,k V:n,k', "norm2(T - U*V')^2", 'U')
  expect(printed.einsum().split('\n')).toEqual(["t1 = einsum('ik,jk->ij', U, V) - T", "2*einsum('kj,ik->ij', V, t1)"])
})

test('shared parts are named where the text would be long', () => {
  const layers = Array.from({ length: 64 }, (_, k) => `h${k + 1} = sigmoid(A*h${k}).*exp(h${k})`)
  const { printed } = derive('h0:n A:n,n', `${layers.join('; ')}; sum(h64)`, '')
  const text = printed.text()
  expect(text.length).toBeLessThan(3500)
  expect(text).toMatch(/^t1 = [^;]*; t2 = [^;]*t1/)
  expect(printed.index().length).toBeLessThan(6000)
})

test('of many terms not every group is tried', () => {
  const { printed } = derive('a:', Array.from({ length: 40 }, (_, k) => `(a + ${k})`).join('*'), 'a')
  expect(printed.text().length).toBeLessThan(4000)
})

test('the printed form does not depend on the order and the signs of the input', () => {
  const text = (source: string) => derive('A:m,n x:n y:m b:n', source, 'x').printed.text()
  const forms = ["norm2(A*x-y)^2 + b'*x", "x'*b + norm2(y-A*x)^2", "(y-A*x)'*(y-A*x) + b'*x"]
  expect(new Set(forms.map(text))).toEqual(new Set(["b + 2*A'*(A*x - y)"]))
})
