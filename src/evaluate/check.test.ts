import { expect, test } from 'vitest'
import { allElementwise, derivativeOf } from '../functions/index.ts'
import { Dimension } from '../tensor/dimension.ts'
import { Graph, type NamedFactor } from '../tensor/graph.ts'
import type { Facts, Node, Variable } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { checkDerivative } from './check.ts'
import { evaluate } from './reference.ts'
import { fromNested, type Nested, type Tensor } from './tensor.ts'

const g = new Graph()
const n = Dimension.symbol('n')
const m = Dimension.symbol('m')
const x = g.variable('x', [n])
const y = g.variable('y', [m])
const z = g.variable('z', [n], { sign: 'positive' })
const s = g.variable('s', [])
const A = g.variable('A', [n, n])
const B = g.variable('B', [m, n])
const half = Rational.HALF
const inverse = Rational.MINUS_ONE
const square = (facts: Facts) => g.variable('X', [n, n], facts)
const one = g.constant(1)
const minus = (node: Node) => g.scale(-1, node)
const c = (output: string, ...factors: NamedFactor[]) => g.contract(output, factors)
const inv = (node: Node) => g.call('inv', node.axes, node)
const residual = g.add(c('i', [B, 'ij'], [x, 'j']), minus(y))
const delta = g.delta(n)

const steep = g.scale(30, g.apply('exp', g.scale(30, s)))

/** A function, a variable, and its derivative. */
const right: [string, Node, Variable, Node][] = [
  ["x'*A*x", c('', [x, 'i'], [A, 'ij'], [x, 'j']), x, g.add(c('i', [A, 'ij'], [x, 'j']), c('i', [A, 'ji'], [x, 'j']))],
  ['A*x', c('i', [A, 'ij'], [x, 'j']), x, A],
  ['by A', c('i', [A, 'ij'], [x, 'j']), A, c('iab', [delta, 'ia'], [x, 'b'])],
  ['‖Bx − y‖²', c('', [residual, 'i'], [residual, 'i']), x, g.scale(2, c('j', [B, 'ij'], [residual, 'i']))],
  ['its Hessian', g.scale(2, c('j', [B, 'ij'], [residual, 'i'])), x, g.scale(2, c('jk', [B, 'ij'], [B, 'ik']))],
  ['norm2', g.call('norm2', [], x), x, c('i', [x, 'i'], [g.call('rnorm2', [], x), ''])],
  ['exp', g.apply('exp', x), x, c('ij', [g.apply('exp', x), 'i'], [delta, 'ij'])],
  ['log of any sign', c('', [g.apply('log', x), 'i']), x, g.power(x, inverse)],
  [
    'arccos',
    c('', [g.apply('arccos', x), 'i']),
    x,
    minus(g.power(g.add(c('i', [one, ''], [g.ones([n]), 'i']), minus(g.power(x, 2))), half.negate())),
  ],
  ['logdet', g.call('logdet', [], A), A, c('ij', [inv(A), 'ji'])],
  ['log(det)', g.apply('log', g.call('det', [], A)), A, c('ij', [inv(A), 'ji'])],
  ['det', g.call('det', [], A), A, c('ij', [g.call('adj', A.axes, A), 'ji'])],
  ['inv', inv(A), A, minus(c('ijkl', [inv(A), 'ik'], [inv(A), 'lj']))],
  [
    'tr of a symmetric matrix, unconstrained',
    c('', [A, 'ij'], [square({ structure: 'symmetric' }), 'ij']),
    square({ structure: 'symmetric' }),
    A,
  ],
  [
    'tr(Q*Q) of an orthogonal matrix',
    c('', [square({ structure: 'orthogonal' }), 'ij'], [square({ structure: 'orthogonal' }), 'ij']),
    square({ structure: 'orthogonal' }),
    g.scale(2, square({ structure: 'orthogonal' })),
  ],
  [
    'logdet of a psd matrix',
    g.call('logdet', [], square({ structure: 'psd' })),
    square({ structure: 'psd' }),
    inv(square({ structure: 'psd' })),
  ],
  [
    'tr of a diagonal matrix',
    c('', [square({ structure: 'diagonal' }), 'ii']),
    square({ structure: 'diagonal' }),
    delta,
  ],
  ['sqrt of a positive vector', c('', [z, 'i', half]), z, g.scale(Rational.HALF, g.power(z, half.negate()))],
  ['steep', g.apply('exp', g.scale(30, s)), s, steep],
  [
    'large beside small',
    g.add(g.scale(10000, c('', [y, 'i'], [y, 'i'])), c('', [g.apply('sin', x), 'i'])),
    x,
    g.apply('cos', x),
  ],
  ['relu', c('', [g.apply('relu', x), 'i']), x, g.apply('gt', x, g.constant(0))],
  ['zero with rounding', g.add(g.apply('log', g.apply('exp', s)), minus(s)), s, g.zero([])],
  ['a constant', g.constant(3), x, g.zero([n])],
  [
    'softmax',
    g.call('softmax', [n], x),
    x,
    g.add(
      c('ij', [delta, 'ij'], [g.call('softmax', [n], x), 'i']),
      minus(c('ij', [g.call('softmax', [n], x), 'i'], [g.call('softmax', [n], x), 'j'])),
    ),
  ],
]

test.each(right)('%s passes', (_, value, variable, derivative) => {
  for (let seed = 1; seed <= 20; seed++) {
    const result = checkDerivative({ value, variable, derivative, seed })
    expect(result).toMatchObject({ ok: true, points: 2 })
    expect(result.maxRelError).toBeLessThan(1e-6)
  }
})

test.each(right)('%s is caught when a little is wrong', (_, value, variable, derivative) => {
  const entries = g.indicator(
    derivative.axes,
    derivative.axes.map((_axis, axis) => ({
      relation: 'eq',
      terms: [{ axis, coefficient: Dimension.ONE }],
      offset: Dimension.ZERO,
    })),
  )
  const corrupted = [
    g.scale(Rational.of(100001, 100000), derivative),
    g.sum(derivative.axes, [
      { node: derivative, labels: derivative.axes.map((_axis, axis) => axis), coefficient: Rational.ONE },
      { node: entries, labels: derivative.axes.map((_axis, axis) => axis), coefficient: Rational.of(1, 1000) },
    ]),
    g.scale(-1, derivative),
  ]
  const isZero = derivative.kind === 'sum' && derivative.terms.length === 0
  // Multiples of 0 are right, and of a step function beside its jumps alike.
  // A thousandth is nothing beside exp(30).
  if (derivative === steep) corrupted.splice(1, 1)
  for (const wrong of isZero ? corrupted.slice(1, 2) : corrupted) {
    const result = checkDerivative({ value, variable, derivative: wrong })
    expect(result.ok).toBe(false)
    expect(result.witness).toBeDefined()
  }
})

const tensors = (values: Record<string, Nested>): Map<string, Tensor> =>
  new Map(Object.entries(values).map(([name, value]) => [name, fromNested(value, name)]))

test('at a kink a convention is left out, and beside it compared', () => {
  const value = c('', [g.apply('relu', x), 'i'])
  const derivative = g.apply('gt', x, g.constant(0))
  expect(checkDerivative({ value, variable: x, derivative, inputs: tensors({ x: [0, 1, -2] }) })).toMatchObject({
    ok: true,
    kinks: 1,
    entries: 2,
    points: 1,
  })
  const wrong = g.apply('lt', x, g.constant(-5))
  expect(checkDerivative({ value, variable: x, derivative: wrong, inputs: tensors({ x: [0, 1, -2] }) })).toMatchObject({
    ok: false,
    witness: { entry: [1], derivative: 0 },
  })
})

test('the convention of norm2 at 0 is its symmetric difference', () => {
  const value = g.call('norm2', [], x)
  const derivative = c('i', [x, 'i'], [g.call('rnorm2', [], x), ''])
  const result = checkDerivative({ value, variable: x, derivative, inputs: tensors({ x: [0, 0] }) })
  expect(result).toMatchObject({ ok: true, points: 1, entries: 2 })
})

test('a function without a domain is not called right', () => {
  const value = c('', [g.apply('log', g.scale(-1, g.power(x, 2))), 'i'])
  expect(checkDerivative({ value, variable: x, derivative: x })).toMatchObject({ ok: false, points: 0, outside: 48 })
})

test('a derivative that is not finite where the function is smooth is wrong', () => {
  const value = c('', [x, 'i'], [x, 'i'])
  const derivative = c('i', [x, 'i'], [g.zero([]), '', inverse])
  expect(checkDerivative({ value, variable: x, derivative })).toMatchObject({
    ok: false,
    maxRelError: Number.POSITIVE_INFINITY,
  })
})

test('large data are compared in part', () => {
  const value = c('', [g.apply('tanh', c('i', [B, 'ij'], [x, 'j'])), 'i'])
  const slope = g.add(
    c('i', [one, ''], [g.ones([m]), 'i']),
    minus(g.power(g.apply('tanh', c('i', [B, 'ij'], [x, 'j'])), 2)),
  )
  const derivative = c('ij', [slope, 'i'], [x, 'j'])
  const dims = new Map([
    ['n', 300],
    ['m', 200],
  ])
  const result = checkDerivative({ value, variable: B, derivative, dims, points: 1 })
  expect(result.ok).toBe(true)
  const wrong = c('ij', [slope, 'i'], [x, 'j'], [g.constant(Rational.of(1001, 1000)), ''])
  expect(checkDerivative({ value, variable: B, derivative: wrong, dims, points: 1 }).ok).toBe(false)
})

test('a derivative of another shape is refused', () => {
  expect(() => checkDerivative({ value: c('', [x, 'i']), variable: x, derivative: A })).toThrow(
    /shape \[2, 2\], expected is \[2\]/,
  )
})

const derivatives = allElementwise().flatMap(({ name, parameters, derivatives: texts }) =>
  parameters.flatMap((parameter, k) => (texts[k] === '0' ? [] : [[name, parameter, k] as const])),
)

test.each(derivatives)('the derivative of %s by %s in the table', (name, _parameter, k) => {
  const h = new Graph()
  const { parameters } = allElementwise().find((entry) => entry.name === name)!
  const args = parameters.map((parameter) => h.variable(parameter, []))
  const map = h.map(
    name,
    [],
    args.map((node) => ({ node, labels: [] })),
  )
  for (let seed = 1; seed <= 20; seed++) {
    const result = checkDerivative({ value: map, variable: args[k]!, derivative: derivativeOf(h, map, k), seed })
    expect(result).toMatchObject({ ok: true })
  }
})

test('a value that absorbs small terms says nothing against their derivative', () => {
  const absorbing = g.apply('log', g.add(g.apply('exp', s), g.constant(1)))
  const derivative = g.apply('sigmoid', s)
  for (const value of [-38, -36, -33, -30, -25, -20]) {
    const inputs = tensors({ s: value })
    const result = checkDerivative({ value: absorbing, derivative, variable: s, inputs })
    expect(result).toMatchObject({ ok: true })
  }
})

test('a mask keeps what it excludes from being multiplied', () => {
  const h = new Graph()
  const t = h.variable('t', [n])
  const args = [h.apply('gt', t, h.constant(0)), h.apply('log', t), h.constant(0)]
  const map = h.map(
    'where',
    [n],
    [
      { node: args[0]!, labels: [0] },
      { node: args[1]!, labels: [0] },
      { node: args[2]!, labels: [] },
    ],
  )
  const slope = h.multiply(derivativeOf(h, map, 1), h.power(t, inverse))
  const [value] = evaluate([slope], tensors({ t: [0, 2, -1] }))
  expect(Array.from(value!.data)).toEqual([0, 0.5, 0])
})
