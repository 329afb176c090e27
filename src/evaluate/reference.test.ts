import { expect, test } from 'vitest'
import { Dimension } from '../tensor/dimension.ts'
import { equalAxes, Graph } from '../tensor/graph.ts'
import type { Condition, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { evaluate } from './reference.ts'
import { fromNested, type Nested, type Tensor, toNested } from './tensor.ts'

const n = Dimension.symbol('n')
const m = Dimension.symbol('m')
const k = Dimension.symbol('k')
const g = new Graph()
const A = g.variable('A', [m, n])
const B = g.variable('B', [n, k])
const S = g.variable('S', [n, n])
const T = g.variable('T', [n, n])
const x = g.variable('x', [n])
const s = g.variable('s', [])
const p = g.variable('p', [m.multiply(n)])

const inverse = Rational.MINUS_ONE
const less = (a: number, b: number): Condition => ({
  relation: 'le',
  terms: [
    { axis: a, coefficient: Dimension.ONE },
    { axis: b, coefficient: Dimension.constant(-1) },
  ],
  offset: Dimension.ONE,
})
const selects = (axis: number, value: number): Condition => ({
  relation: 'eq',
  terms: [{ axis, coefficient: Dimension.ONE }],
  offset: Dimension.constant(-value),
})
const differs = { ...equalAxes(0, 1), relation: 'ne' as const }
/** p = i + m·j over the axes p, i, j. */
const columnMajor: Condition = {
  relation: 'eq',
  terms: [
    { axis: 0, coefficient: Dimension.ONE },
    { axis: 1, coefficient: Dimension.constant(-1) },
    { axis: 2, coefficient: m.scale(Rational.MINUS_ONE) },
  ],
  offset: Dimension.ZERO,
}
const delta = g.delta(n)
const above = g.indicator([n, n], [less(0, 1)])
const mask = g.map(
  'where',
  [n],
  [
    { node: g.apply('gt', x, g.constant(0)), labels: [0] },
    { node: g.constant(1), labels: [] },
    { node: g.constant(0), labels: [] },
  ],
)

const given: Record<string, Nested> = {
  A: [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
  B: [
    [1, 0, 2, 0],
    [0, 1, 0, 3],
  ],
  S: [
    [1, 'Infinity'],
    [3, 4],
  ],
  T: [
    [1, 2],
    [3, 4],
  ],
  x: [1, -2],
  y: [1, 0, 1],
  s: 3,
  p: [1, 2, 3, 4, 5, 6],
}

function run(node: Node, values = given, dims: Record<string, number> = { n: 2, m: 3, k: 4 }): unknown {
  const inputs = new Map<string, Tensor>(Object.entries(values).map(([name, v]) => [name, fromNested(v, name)]))
  return toNested(evaluate([node], inputs, new Map(Object.entries(dims)))[0]!)
}

test.each<[string, Node, Nested]>([
  ['a variable', A, given.A!],
  ['a constant', g.constant(Rational.of(1, 4)), 0.25],
  ['the number 1', g.ones([]), 1],
  ['zeros', g.zero([n]), [0, 0]],
  [
    'ones',
    g.ones([n, k]),
    [
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ],
  ],
  ['a dimension as a number', g.dimension(n.multiply(m)), 6],
  [
    'the unit tensor',
    delta,
    [
      [1, 0],
      [0, 1],
    ],
  ],
  [
    'A*x',
    g.contract('i', [
      [A, 'ij'],
      [x, 'j'],
    ]),
    [-3, -5, -7],
  ],
  [
    'A*B',
    g.contract('ik', [
      [A, 'ij'],
      [B, 'jk'],
    ]),
    [
      [1, 2, 2, 6],
      [3, 4, 6, 12],
      [5, 6, 10, 18],
    ],
  ],
  [
    "A'",
    g.transpose(A),
    [
      [1, 3, 5],
      [2, 4, 6],
    ],
  ],
  ['tr(T)', g.contract('', [[T, 'ii']]), 5],
  ['diag(T)', g.contract('i', [[T, 'ii']]), [1, 4]],
  [
    'diag(x)',
    g.contract('ij', [
      [x, 'i'],
      [delta, 'ij'],
    ]),
    [
      [1, 0],
      [0, -2],
    ],
  ],
  [
    'diag(x) at a reciprocal',
    g.contract('ij', [
      [x, 'i', inverse],
      [delta, 'ij'],
    ]),
    [
      [1, 0],
      [0, -0.5],
    ],
  ],
  ['sum over a label that nothing carries', g.contract('i', [[x, 'i']], new Map([['k', k]])), [4, -8]],
  [
    'a broadcast',
    g.contract('ij', [[x, 'j']], new Map([['i', m]])),
    [
      [1, -2],
      [1, -2],
      [1, -2],
    ],
  ],
  [
    'x ./ s',
    g.contract('i', [
      [x, 'i'],
      [s, '', inverse],
    ]),
    [1 / 3, -2 / 3],
  ],
  ['x .^ 3', g.power(x, 3), [1, -8]],
  ['x .^ -2', g.power(x, -2), [1, 0.25]],
  ['a root of a negative number', g.power(x, Rational.of(1, 3)), [1, 'NaN']],
  ['u^0', g.power(x, 0), [1, 1]],
  [
    'vec(A)',
    g.contract('p', [
      [A, 'ij'],
      [g.indicator([m.multiply(n), m, n], [columnMajor]), 'pij'],
    ]),
    [1, 3, 5, 2, 4, 6],
  ],
  [
    'reshape(p)',
    g.contract('ij', [
      [p, 'p'],
      [g.indicator([m.multiply(n), m, n], [columnMajor]), 'pij'],
    ]),
    [
      [1, 4],
      [2, 5],
      [3, 6],
    ],
  ],
  [
    'A[2,:]',
    g.contract('j', [
      [A, 'ij'],
      [g.indicator([m], [selects(0, 1)]), 'i'],
    ]),
    [3, 4],
  ],
  [
    'a strict upper triangle',
    g.contract('ij', [
      [T, 'ij'],
      [above, 'ij'],
    ]),
    [
      [0, 2],
      [0, 0],
    ],
  ],
  [
    'a sum off the diagonal',
    g.contract('', [
      [T, 'ij'],
      [g.indicator([n, n], [differs]), 'ij'],
    ]),
    5,
  ],
  [
    'an order-4 unit',
    g.contract('ijkl', [
      [delta, 'ik'],
      [delta, 'jl'],
      [s, ''],
    ]),
    [
      [
        [
          [3, 0],
          [0, 0],
        ],
        [
          [0, 3],
          [0, 0],
        ],
      ],
      [
        [
          [0, 0],
          [3, 0],
        ],
        [
          [0, 0],
          [0, 3],
        ],
      ],
    ],
  ],
  [
    'δ as a summand',
    g.add(T, delta),
    [
      [2, 2],
      [3, 5],
    ],
  ],
  [
    'a sum with coefficients, transposed',
    g.sum(
      [n, n],
      [
        { node: T, labels: [0, 1], coefficient: Rational.of(2) },
        { node: T, labels: [1, 0], coefficient: Rational.MINUS_ONE },
        { node: x, labels: [0], coefficient: Rational.ONE },
      ],
    ),
    [
      [2, 2],
      [2, 2],
    ],
  ],
  [
    'a map of δ',
    g.apply('exp', delta),
    [
      [Math.E, 1],
      [1, Math.E],
    ],
  ],
  [
    'a map with arguments across',
    g.map(
      'max',
      [n, n],
      [
        { node: x, labels: [0] },
        { node: x, labels: [1] },
      ],
    ),
    [
      [1, 1],
      [1, -2],
    ],
  ],
  ['softplus', g.apply('softplus', g.sum([], [{ node: s, labels: [], coefficient: Rational.of(1000) }])), 3000],
  ['a function with a definition only', g.apply('square', x), [1, 4]],
  [
    'an excluded infinity',
    g.contract('ij', [
      [S, 'ij'],
      [delta, 'ij'],
    ]),
    [
      [1, 0],
      [0, 4],
    ],
  ],
  [
    'an excluded 1/0',
    g.contract('', [
      [delta, 'ij'],
      [
        g.contract('ij', [
          [x, 'i'],
          [x, 'j'],
        ]),
        'ij',
      ],
      [T, 'ij'],
      [S, 'ij'],
    ]),
    65,
  ],
  [
    'exclusion through products',
    g.multiply(g.multiply(delta, T), S),
    [
      [1, 0],
      [0, 16],
    ],
  ],
  [
    'exclusion through a scaled product',
    g.multiply(g.scale(2, g.multiply(delta, T)), S),
    [
      [2, 0],
      [0, 32],
    ],
  ],
  ['a mask', g.multiply(mask, g.apply('log', x)), [0, 0]],
  ['a mask through a product', g.multiply(g.multiply(mask, x), g.apply('log', x)), [0, 0]],
  [
    'softmax over rows',
    g.general(
      'softmax',
      [n],
      [n],
      [
        {
          node: g.contract('ij', [
            [T, 'ij'],
            [s, ''],
          ]),
          labels: [0, 1],
        },
      ],
    ),
    softmaxRows(),
  ],
  ['max over columns', g.general('max', [n], [], [{ node: A, labels: [1, 0] }]), [5, 6]],
  ['norm2', g.call('norm2', [], x), Math.sqrt(5)],
  ['rnorm2 at 0', g.call('rnorm2', [], g.zero([n])), 0],
  ['det', g.call('det', [], T), -2],
  [
    'inv',
    g.call('inv', [n, n], T),
    [
      [-2, 1],
      [1.5, -0.5],
    ],
  ],
])('%s', (_, node, expected) => {
  const close = (a: unknown, b: unknown): unknown =>
    Array.isArray(a) && Array.isArray(b)
      ? a.map((entry, at) => close(entry, b[at]))
      : typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) < 1e-14 * Math.max(1, Math.abs(b))
        ? b
        : a
  const found = run(node)
  expect(close(found, expected)).toEqual(expected)
})

function softmaxRows(): number[][] {
  const row = (d: number) => [1 / (1 + Math.exp(d)), 1 / (1 + Math.exp(-d))]
  return [row(3), row(3)]
}

const tensors = (values: Record<string, Nested>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, fromNested(value, name)]))

test('several roots come in order, a shared one once', () => {
  const twice = g.scale(2, x)
  const [first, second, third] = evaluate([twice, x, twice], tensors({ x: [1, 2] }))
  expect([toNested(first!), toNested(second!), toNested(third!)]).toEqual([
    [2, 4],
    [1, 2],
    [2, 4],
  ])
})

test('inputs and constants are not handed out', () => {
  const inputs = tensors({ x: [1, 2] })
  const [value] = evaluate([x], inputs)
  value!.data[0] = 7
  expect(inputs.get('x')!.data[0]).toBe(1)
})

test.each<[string, Node, Record<string, Nested>, string, string]>([
  ['a missing input', g.add(x, x), {}, 'UnknownVariable', 'no value is given for x'],
  ['an unknown size', g.ones([n]), {}, 'BadRequest', 'the size of dimension n is not known'],
  [
    'sizes at odds',
    g.contract('i', [
      [A, 'ij'],
      [x, 'j'],
    ]),
    { A: [[1, 2]], x: [1] },
    'ShapeMismatch',
    'x has length 1 but n = 2 (from A)',
  ],
  [
    'a size that is not positive',
    g.ones([n.subtract(Dimension.constant(2))]),
    {},
    'ShapeMismatch',
    'the dimension n - 2 is 0 for n = 2: sizes are positive integers',
  ],
  [
    'a singular matrix',
    g.call('inv', [n, n], S),
    {
      S: [
        [1, 2],
        [2, 4],
      ],
    },
    'DomainError',
    'S is singular, or so close to it that no digit of its inverse is certain',
  ],
])('%s is refused', (_, node, values, code, message) => {
  const dims = message.includes('n - 2') ? new Map([['n', 2]]) : undefined
  expect(() => evaluate([node], tensors(values), dims)).toThrow(expect.objectContaining({ code, message }))
})

test('what is too large is refused before it starts, with the figures', () => {
  const big = new Map([
    ['n', 20000],
    ['m', 3000],
    ['k', 5],
  ])
  const hessian = g.contract('iajb', [
    [delta, 'ij'],
    [g.ones([k, k]), 'ab'],
  ])
  expect(() => evaluate([hessian], new Map(), big)).toThrow(
    expect.objectContaining({
      code: 'LimitExceeded',
      message: 'evaluating needs 74.5 GiB (one result is 20000×5×20000×5), the limit is 2.00 GiB',
    }),
  )
  const product = g.contract('ik', [
    [g.ones([m, n]), 'ij'],
    [g.ones([n, m]), 'jk'],
  ])
  expect(() => evaluate([product], new Map(), big, { maxOperations: 1e9 })).toThrow(
    /^evaluating needs 3\.\de\+11 operations, the limit is 1\.0e\+9$/,
  )
})

test('memory counts what lives at one time', () => {
  let chain: Node = x
  for (let step = 0; step < 100; step++) chain = g.apply('tanh', chain)
  const inputs = new Map([['x', { shape: [1000], data: new Float64Array(1000).fill(0.5) }]])
  expect(() => evaluate([chain], inputs, undefined, { maxBytes: 3 * 8000 })).not.toThrow()
})

test('a unit tensor in a product is never made', () => {
  const inputs = new Map([['x', { shape: [100_000], data: new Float64Array(100_000).fill(1) }]])
  const [sum] = evaluate(
    [
      g.contract('', [
        [delta, 'ij'],
        [x, 'i'],
        [x, 'j'],
      ]),
    ],
    inputs,
  )
  expect(sum!.data[0]).toBe(100_000)
})

test('depth does not meet the stack', () => {
  let deep: Node = s
  for (let step = 0; step < 100_000; step++) {
    deep = step % 3 === 0 ? g.apply('tanh', deep) : step % 3 === 1 ? g.multiply(deep, deep) : g.add(deep, s)
  }
  expect(evaluate([deep], tensors({ s: 0.5 }))[0]!.data[0]).toBeGreaterThan(0)
})
