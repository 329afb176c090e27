// Expressions that a program in any language must compute, with arguments for their variables.
import type { Tensor } from '../../src/evaluate/tensor.ts'
import { Dimension } from '../../src/tensor/dimension.ts'
import { equalAxes, Graph } from '../../src/tensor/graph.ts'
import type { Condition, Node, Variable } from '../../src/tensor/node.ts'
import { Rational } from '../../src/tensor/rational.ts'

export const g = new Graph()
export const [m, n, k] = ['m', 'n', 'k'].map((name) => Dimension.symbol(name)) as [Dimension, Dimension, Dimension]
export const SIZES = new Map([
  ['m', 2],
  ['n', 3],
  ['k', 5],
])
export const A = g.variable('A', [m, n])
export const B = g.variable('B', [n, k])
export const S = g.variable('S', [n, n])
export const M = g.variable('M', [n, n])
export const T = g.variable('T', [m, n, k])
export const P = g.variable('P', [m, n, n])
export const x = g.variable('x', [n])
export const y = g.variable('y', [m])
const Y1 = g.variable('Y1', [m, Dimension.ONE])
const z = g.variable('z', [k])
const v = g.variable('v', [m.multiply(n)])
export const s = g.variable('s', [])
const inverse = Rational.MINUS_ONE
const variables = [A, B, S, M, T, P, x, y, z, v, s, Y1]

const condition = (relation: Condition['relation'], terms: [number, number | Dimension][], offset = 0): Condition => ({
  relation,
  terms: terms.map(([axis, c]) => ({ axis, coefficient: typeof c === 'number' ? Dimension.constant(c) : c })),
  offset: Dimension.constant(offset),
})
const minus = (dimension: Dimension) => dimension.scale(Rational.MINUS_ONE)
const lower = g.indicator(
  [n, n],
  [
    condition('le', [
      [1, 1],
      [0, -1],
    ]),
  ],
)
const strictUpper = g.indicator(
  [n, n],
  [
    condition(
      'le',
      [
        [0, 1],
        [1, -1],
      ],
      1,
    ),
  ],
)
const different = g.indicator([n, n], [{ ...equalAxes(0, 1), relation: 'ne' }])
const vecMN = g.indicator(
  [m.multiply(n), m, n],
  [
    condition('eq', [
      [0, 1],
      [1, -1],
      [2, minus(m)],
    ]),
  ],
)
const third = g.indicator([n], [condition('eq', [[0, 1]], -2)])
const last = g.indicator(
  [n],
  [{ relation: 'eq', terms: [{ axis: 0, coefficient: Dimension.ONE }], offset: Dimension.ONE.subtract(n) }],
)
const inv = g.call('inv', [n, n], S)
export const f = (name: string, ...args: Node[]) => g.apply(name, ...args)

export const cases: readonly (readonly [string, Node])[] = [
  ['a variable', A],
  ['a transpose', g.transpose(A)],
  [
    'a matrix product',
    g.contract('ik', [
      [A, 'ij'],
      [B, 'jk'],
    ]),
  ],
  [
    'its transpose',
    g.contract('ki', [
      [A, 'ij'],
      [B, 'jk'],
    ]),
  ],
  [
    "x'*S*x",
    g.contract('', [
      [x, 'i'],
      [S, 'ij'],
      [x, 'j'],
    ]),
  ],
  [
    'a chain of four',
    g.contract('il', [
      [A, 'ij'],
      [S, 'jk'],
      [M, 'kp'],
      [B, 'pl'],
    ]),
  ],
  [
    "A*diag(x)*A'",
    g.contract('ik', [
      [A, 'ij'],
      [x, 'j'],
      [A, 'kj'],
    ]),
  ],
  [
    'an outer product',
    g.contract('ij', [
      [y, 'i'],
      [x, 'j'],
    ]),
  ],
  [
    'an outer product of three',
    g.contract('jik', [
      [y, 'i'],
      [x, 'j'],
      [z, 'k'],
    ]),
  ],
  ['a trace', g.contract('', [[S, 'ii']])],
  [
    'a trace of a product',
    g.contract('', [
      [S, 'ij'],
      [M, 'ji'],
    ]),
  ],
  [
    'a trace of three',
    g.contract('', [
      [S, 'ij'],
      [M, 'jk'],
      [S, 'ki'],
    ]),
  ],
  ['a diagonal', g.contract('i', [[S, 'ii']])],
  [
    'a diagonal by a vector',
    g.contract('i', [
      [S, 'ii'],
      [x, 'i', inverse],
    ]),
  ],
  ['a batched diagonal', g.contract('ij', [[P, 'ijj']])],
  ['a sum over an axis', g.contract('j', [[A, 'ij']])],
  ['a sum over two of three', g.contract('j', [[T, 'ijk']])],
  [
    'sums of one that nothing else has',
    g.contract('ki', [
      [A, 'ij'],
      [B, 'lk'],
    ]),
  ],
  [
    'a row-wise dot product',
    g.contract('i', [
      [A, 'ij'],
      [A, 'ij'],
    ]),
  ],
  [
    'a matrix from order 3',
    g.contract('ij', [
      [T, 'ijk'],
      [z, 'k'],
    ]),
  ],
  [
    'order 3 by a matrix',
    g.contract('kil', [
      [T, 'ijk'],
      [S, 'jl'],
    ]),
  ],
  [
    'MTTKRP',
    g.contract('ir', [
      [T, 'ijk'],
      [S, 'jr'],
      [g.contract('kr', [[B, 'rk']]), 'kr'],
    ]),
  ],
  ['x.^2 summed', g.contract('', [[x, 'i', Rational.TWO]])],
  ['S.^2 summed', g.contract('', [[S, 'ij', Rational.TWO]])],
  ['S.^3', g.power(S, 3)],
  ['x.^(1/2)', g.power(x, Rational.HALF)],
  ['x.^(-3/2)', g.power(x, Rational.of(-3, 2))],
  ['x.^(1/3)', g.power(x, Rational.of(1, 3))],
  ['(2*x).^(1/2)', g.power(g.scale(2, x), Rational.HALF)],
  ['(-3*x).^3', g.power(g.scale(-3, x), 3)],
  ['1./x', g.power(x, -1)],
  [
    's/(x.*x)',
    g.contract('i', [
      [s, ''],
      [x, 'i', inverse],
      [x, 'i', inverse],
    ]),
  ],
  [
    'x/s',
    g.contract('i', [
      [x, 'i'],
      [s, '', inverse],
    ]),
  ],
  ['x/3', g.scale(Rational.of(1, 3), x)],
  ['2*x/7', g.scale(Rational.of(2, 7), x)],
  ['-x', g.scale(-1, x)],
  ['1e30*x', g.scale(1e30, x)],
  [
    'x/n',
    g.contract('i', [
      [x, 'i'],
      [g.dimension(n), '', inverse],
    ]),
  ],
  [
    'n*m',
    g.contract('', [
      [g.dimension(n), ''],
      [g.dimension(m), ''],
    ]),
  ],
  ['a constant', g.constant(2.5)],
  ['an integer', g.constant(-3)],
  ['zeros', g.zero([m, n])],
  ['ones', g.ones([m, n])],
  ['7*ones', g.scale(7, g.ones([n]))],
  ['sqrt(2)', g.power(g.constant(2), Rational.HALF)],
  ['a broadcast', g.contract('ij', [[x, 'j']], new Map([['i', m]]))],
  ['a broadcast the other way', g.contract('ij', [[y, 'i']], new Map([['j', n]]))],
  [
    'a broadcast scalar',
    g.contract(
      'ij',
      [[s, '']],
      new Map([
        ['i', m],
        ['j', n],
      ]),
    ),
  ],
  [
    'x - 1',
    g.sum(
      [n],
      [
        { node: x, labels: [0], coefficient: Rational.ONE },
        { node: g.constant(1), labels: [], coefficient: Rational.MINUS_ONE },
      ],
    ),
  ],
  [
    'A + y',
    g.sum(
      [m, n],
      [
        { node: A, labels: [0, 1], coefficient: Rational.ONE },
        { node: y, labels: [0], coefficient: Rational.TWO },
      ],
    ),
  ],
  [
    "S - S'",
    g.sum(
      [n, n],
      [
        { node: S, labels: [0, 1], coefficient: Rational.ONE },
        { node: S, labels: [1, 0], coefficient: Rational.MINUS_ONE },
      ],
    ),
  ],
  [
    'x + x - 2*x',
    g.sum(
      [n],
      [
        { node: x, labels: [0], coefficient: Rational.TWO },
        { node: x, labels: [0], coefficient: Rational.of(-2) },
      ],
    ),
  ],
  [
    'a mean',
    g.contract('', [
      [x, 'i'],
      [g.dimension(n), '', inverse],
    ]),
  ],
  ['eye', g.contract('ij', [[g.delta(n), 'ij']])],
  [
    'diag(x)',
    g.contract('ij', [
      [g.delta(n), 'ij'],
      [x, 'i'],
    ]),
  ],
  [
    'S + s*eye',
    g.add(
      S,
      g.contract('ij', [
        [g.delta(n), 'ij'],
        [s, ''],
      ]),
    ),
  ],
  [
    '3*eye - S',
    g.sum(
      [n, n],
      [
        { node: g.delta(n), labels: [0, 1], coefficient: Rational.of(3) },
        { node: S, labels: [1, 0], coefficient: Rational.MINUS_ONE },
      ],
    ),
  ],
  [
    'diag(x)*B',
    g.contract('ik', [
      [
        g.contract('ij', [
          [g.delta(n), 'ij'],
          [x, 'i'],
        ]),
        'ij',
      ],
      [B, 'jk'],
    ]),
  ],
  [
    'exp(diag(x))',
    f(
      'exp',
      g.contract('ij', [
        [g.delta(n), 'ij'],
        [x, 'i'],
      ]),
    ),
  ],
  [
    'diag(x).^(-1)',
    g.power(
      g.contract('ij', [
        [g.delta(n), 'ij'],
        [x, 'i'],
      ]),
      -1,
    ),
  ],
  [
    'eye kron S',
    g.contract('iajb', [
      [g.delta(m), 'ij'],
      [S, 'ab'],
    ]),
  ],
  [
    'a sum of diagonals',
    g.sum(
      [n, n, n, n],
      [
        {
          node: g.contract('iajb', [
            [g.delta(n), 'ij'],
            [S, 'ab'],
          ]),
          labels: [0, 1, 2, 3],
          coefficient: Rational.TWO,
        },
        {
          node: g.contract('iajb', [
            [S, 'ij'],
            [g.delta(n), 'ab'],
          ]),
          labels: [0, 1, 2, 3],
          coefficient: Rational.MINUS_ONE,
        },
        {
          node: g.contract('iajb', [
            [S, 'ib'],
            [M, 'ja'],
          ]),
          labels: [0, 1, 2, 3],
          coefficient: Rational.ONE,
        },
      ],
    ),
  ],
  [
    'delta traced',
    g.contract('', [
      [g.delta(n), 'ij'],
      [g.delta(n), 'ij'],
    ]),
  ],
  [
    'tril',
    g.contract('ij', [
      [lower, 'ij'],
      [S, 'ij'],
    ]),
  ],
  [
    'triu',
    g.contract('ij', [
      [strictUpper, 'ij'],
      [S, 'ij'],
    ]),
  ],
  [
    'a lower sum',
    g.contract('i', [
      [lower, 'ij'],
      [x, 'j'],
    ]),
  ],
  [
    'pairs',
    g.contract('', [
      [strictUpper, 'ij'],
      [S, 'ij'],
      [x, 'i'],
      [x, 'j'],
    ]),
  ],
  [
    'masked reciprocal',
    g.contract('i', [
      [different, 'ij'],
      [
        f(
          'abs',
          g.sum(
            [n, n],
            [
              { node: x, labels: [0], coefficient: Rational.ONE },
              { node: x, labels: [1], coefficient: Rational.MINUS_ONE },
            ],
          ),
        ),
        'ij',
        inverse,
      ],
      [x, 'j'],
    ]),
  ],
  [
    'masked by where',
    g.contract('i', [
      [f('where', f('gt', x, g.constant(1)), g.constant(1), g.constant(0)), 'i'],
      [
        f(
          'max',
          g.sum(
            [n],
            [
              { node: x, labels: [0], coefficient: Rational.ONE },
              { node: g.constant(1), labels: [], coefficient: Rational.MINUS_ONE },
            ],
          ),
          g.constant(0),
        ),
        'i',
        inverse,
      ],
    ]),
  ],
  [
    'vec',
    g.contract('p', [
      [vecMN, 'pij'],
      [A, 'ij'],
    ]),
  ],
  [
    'vec of a matrix product',
    g.contract('p', [
      [vecMN, 'pij'],
      [A, 'ik'],
      [S, 'kj'],
    ]),
  ],
  [
    'vec of a product',
    g.contract('p', [
      [vecMN, 'pij'],
      [y, 'i'],
      [x, 'j'],
    ]),
  ],
  [
    'a reshape',
    g.contract('ij', [
      [vecMN, 'pij'],
      [
        g.contract('p', [
          [vecMN, 'pij'],
          [A, 'ij'],
        ]),
        'p',
      ],
    ]),
  ],
  [
    'a selection',
    g.contract('i', [
      [A, 'ij'],
      [third, 'j'],
    ]),
  ],
  [
    'the last column',
    g.contract('i', [
      [A, 'ij'],
      [last, 'j'],
    ]),
  ],
  ['a unit vector', g.contract('i', [[third, 'i']])],
  ['exp, log and friends', f('log', g.add(f('exp', x), f('square', x)))],
  ['sigmoid', f('sigmoid', x)],
  ['softplus', f('softplus', g.scale(-1, x))],
  ['relu', f('relu', g.add(x, g.scale(-1, x), f('sin', x)))],
  ['gelu', f('gelu', f('sin', S))],
  ['silu', f('silu', f('sin', S))],
  ['erf', f('erf', x)],
  ['pi', g.multiply(f('pi'), x)],
  ['comparisons add', g.add(f('gt', x, g.constant(1)), f('ge', x, g.constant(1)))],
  ['a comparison times', g.multiply(f('lt', x, g.constant(1)), x)],
  ['two comparisons times', g.multiply(f('lt', x, g.constant(1)), f('le', x, s))],
  ['where', f('where', f('gt', S, g.transpose(S)), S, f('exp', S))],
  ['where of scalars', f('where', s, g.constant(2), g.constant(3))],
  ['max', f('max', S, g.transpose(S))],
  ['pow', f('pow', x, s)],
  [
    'a map that broadcasts',
    g.map(
      'max',
      [m, n],
      [
        { node: y, labels: [0] },
        { node: x, labels: [1] },
      ],
    ),
  ],
  ['inv', inv],
  ['inv transposed', g.transpose(inv)],
  ['inv of a transpose', g.call('inv', [n, n], g.transpose(S))],
  [
    'solve a vector',
    g.contract('i', [
      [inv, 'ij'],
      [x, 'j'],
    ]),
  ],
  [
    'solve a transpose',
    g.contract('i', [
      [inv, 'ji'],
      [x, 'j'],
    ]),
  ],
  [
    'solve a matrix',
    g.contract('ik', [
      [inv, 'ij'],
      [B, 'jk'],
    ]),
  ],
  [
    'solve from the right',
    g.contract('ik', [
      [A, 'ij'],
      [inv, 'jk'],
    ]),
  ],
  [
    'solve an axis of order 3',
    g.contract('ijk', [
      [T, 'iak'],
      [inv, 'aj'],
    ]),
  ],
  [
    'a quadratic form of an inverse',
    g.contract('', [
      [x, 'i'],
      [inv, 'ij'],
      [x, 'j'],
    ]),
  ],
  ['an inverse summed', g.contract('', [[inv, 'ij']])],
  [
    'two inverses',
    g.contract('ijkl', [
      [inv, 'ik'],
      [inv, 'lj'],
    ]),
  ],
  [
    'an inverse entrywise',
    g.contract('ij', [
      [inv, 'ij'],
      [S, 'ij'],
    ]),
  ],
  [
    'inv(inv(S))*x',
    g.contract('i', [
      [g.call('inv', [n, n], inv), 'ij'],
      [x, 'j'],
    ]),
  ],
  ['det', g.call('det', [], S)],
  ['logdet', g.call('logdet', [], S)],
  ['logdetp', g.call('logdetp', [], S)],
  ['adj', g.call('adj', [n, n], M)],
  ['batched inv', g.general('inv', [m], [n, n], [{ node: P, labels: [0, 1, 2] }])],
  ['batched det', g.general('det', [m], [], [{ node: P, labels: [0, 1, 2] }])],
  ['batched adj', g.general('adj', [m], [n, n], [{ node: P, labels: [0, 2, 1] }])],
  ['softmax', g.call('softmax', [n], x)],
  ['softmax of rows', g.general('softmax', [m], [n], [{ node: A, labels: [0, 1] }])],
  ['softmax of rows of one entry', g.general('softmax', [m], [Dimension.ONE], [{ node: Y1, labels: [0, 1] }])],
  ['softmax where all is minus infinite', g.call('softmax', [n], f('log', f('relu', g.scale(-1, x))))],
  ['softmax of columns', g.general('softmax', [n], [m], [{ node: A, labels: [1, 0] }])],
  ['logsumexp', g.call('logsumexp', [], S)],
  ['logsumexp of columns', g.general('logsumexp', [n], [], [{ node: A, labels: [1, 0] }])],
  ['max over all', g.call('max', [], T)],
  ['min over two', g.general('min', [n], [], [{ node: T, labels: [1, 0, 2] }])],
  ['norm2', g.call('norm2', [], x)],
  ['norm2 of a matrix', g.call('norm2', [], S)],
  ['norm2 of order 3', g.call('norm2', [], T)],
  ['norm2 of columns', g.general('norm2', [n], [], [{ node: A, labels: [1, 0] }])],
  ['norm2 of slices', g.general('norm2', [n], [], [{ node: T, labels: [1, 0, 2] }])],
  ['rnorm2', g.general('rnorm2', [m], [], [{ node: A, labels: [0, 1] }])],
  ['rnorm2 of zero', g.call('rnorm2', [], g.zero([n]))],
]

export const inputs: ReadonlyMap<string, Tensor> = new Map(
  variables.map((variable, seed) => [variable.name, sample(variable, seed)]),
)

function sample(variable: Variable, seed: number): Tensor {
  const shape = variable.axes.map((axis) => axis.evaluate(SIZES))
  const size = shape.reduce((a, b) => a * b, 1)
  const data = Float64Array.from(
    { length: size },
    (_, at) => 0.5 + ((at * 7 + seed * 5) % 11) / 8 + Math.sin(at + seed) / 5,
  )
  return { shape, data }
}
