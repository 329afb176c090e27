import { expect, test } from 'vitest'
import { Dimension } from '../tensor/dimension.ts'
import { Graph } from '../tensor/graph.ts'
import type { Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { print } from './index.ts'

const g = new Graph()
const [m, n, k] = ['m', 'n', 'k'].map((name) => Dimension.symbol(name)) as [Dimension, Dimension, Dimension]
const matrix = (name: string, rows = n, columns = n) => g.variable(name, [rows, columns])
const vector = (name: string, size = n) => g.variable(name, [size])
const scalar = (name: string) => g.variable(name, [])

const A = matrix('A')
const B = matrix('B')
const C = matrix('C')
const M = matrix('M', m, n)
const S = g.variable('S', [n, n], { structure: 'symmetric' })
const T = matrix('T', m, n)
const U = matrix('U', m, k)
const V = matrix('V', n, k)
const X = matrix('X')
const a = scalar('a')
const b = scalar('b')
const u = vector('u')
const v = vector('v')
const x = vector('x')
const y = vector('y')
const r = vector('r', m)
const W = g.variable('W', [n, n, n])
const order = 'ABCMSTUVXZabuvwxyrW'.split('')

const minus = (p: Node, q: Node) => g.add(p, g.scale(-1, q))
const residual = minus(
  g.contract('i', [
    [M, 'ij'],
    [x, 'j'],
  ]),
  r,
)
const inv = (node: Node) => g.call('inv', node.axes, node)
const one = g.constant(1)
const plusOne = (node: Node) =>
  g.sum(node.axes, [
    { node, labels: node.axes.map((_, axis) => axis), coefficient: Rational.ONE },
    { node: one, labels: [], coefficient: Rational.ONE },
  ])

function check(node: Node, text: string) {
  expect(print(node, { variables: order }).text()).toBe(text)
}

test.each<[string, Node]>([
  // An odd function takes the minus where its argument can.
  [
    'sign(M*x - r)',
    g.scale(
      -1,
      g.apply(
        'sign',
        minus(
          r,
          g.contract('i', [
            [M, 'ij'],
            [x, 'j'],
          ]),
        ),
      ),
    ),
  ],
  ['-sin(x)', g.scale(-1, g.apply('sin', x))],
  ['A', A],
  ["A'", g.transpose(A)],
  ['S', g.transpose(S)],
  [
    "x'*A*x",
    g.contract('', [
      [x, 'i'],
      [A, 'ij'],
      [x, 'j'],
    ]),
  ],
  [
    "x'*A*y",
    g.contract('', [
      [y, 'j'],
      [A, 'ij'],
      [x, 'i'],
    ]),
  ],
  [
    "(A + A')*x",
    g.add(
      g.contract('i', [
        [A, 'ij'],
        [x, 'j'],
      ]),
      g.contract('i', [
        [A, 'ji'],
        [x, 'j'],
      ]),
    ),
  ],
  [
    '2*S*x',
    g.scale(
      2,
      g.contract('i', [
        [S, 'ij'],
        [x, 'j'],
      ]),
    ),
  ],
  [
    "2*M'*(M*x - r)",
    g.scale(
      2,
      g.contract('j', [
        [M, 'ij'],
        [residual, 'i'],
      ]),
    ),
  ],
  [
    "2*M'*M",
    g.scale(
      2,
      g.contract('ij', [
        [M, 'ki'],
        [M, 'kj'],
      ]),
    ),
  ],
  ['norm2(M*x - r)^2', g.contract('', [[residual, 'i', Rational.TWO]])],
  [
    "B*X*C*A + B'*X*A'*C'",
    g.add(
      g.contract('il', [
        [B, 'ij'],
        [X, 'jk'],
        [C, 'kp'],
        [A, 'pl'],
      ]),
      g.contract('il', [
        [B, 'ji'],
        [X, 'jk'],
        [A, 'pk'],
        [C, 'lp'],
      ]),
    ),
  ],
  [
    "2*(U*V' - T)*V",
    g.scale(
      2,
      g.contract('ik', [
        [
          minus(
            g.contract('ij', [
              [U, 'ik'],
              [V, 'jk'],
            ]),
            T,
          ),
          'ij',
        ],
        [V, 'jk'],
      ]),
    ),
  ],
  ["inv(X)'", g.transpose(inv(X))],
  [
    'diag(exp(x))',
    g.contract('ij', [
      [g.apply('exp', x), 'i'],
      [g.delta(n), 'ij'],
    ]),
  ],
  ['eye(n)', g.delta(n)],
  [
    "(A*B)'",
    g.contract('ki', [
      [A, 'ij'],
      [B, 'jk'],
    ]),
  ],
  [
    "A'*B",
    g.contract('ik', [
      [A, 'ji'],
      [B, 'jk'],
    ]),
  ],
  [
    'tr(A*B)',
    g.contract('', [
      [A, 'ij'],
      [B, 'ji'],
    ]),
  ],
  [
    "tr(A'*B)",
    g.contract('', [
      [A, 'ij'],
      [B, 'ij'],
    ]),
  ],
  ['norm2(A)^2', g.contract('', [[A, 'ij', Rational.TWO]])],
  ['norm2(A)', g.power(g.contract('', [[A, 'ij', Rational.TWO]]), 0.5)],
  ["x'*x", g.contract('', [[x, 'i', Rational.TWO]])],
  [
    'x/norm2(x)^3',
    g.contract('i', [
      [x, 'i'],
      [g.contract('', [[x, 'i', Rational.TWO]]), '', Rational.of(-3, 2)],
    ]),
  ],
  [
    'mean(x)',
    g.contract('', [
      [g.contract('', [[x, 'i']]), ''],
      [g.dimension(n), '', Rational.MINUS_ONE],
    ]),
  ],
  [
    'diag(A*B)',
    g.contract('i', [
      [A, 'ij'],
      [B, 'ji'],
    ]),
  ],
  [
    'v.*(A*x)',
    g.contract('i', [
      [A, 'ij'],
      [x, 'j'],
      [v, 'i'],
    ]),
  ],
  [
    "A'*(v.*(A*x))",
    g.contract('j', [
      [A, 'ij'],
      [v, 'i'],
      [A, 'ik'],
      [x, 'k'],
    ]),
  ],
  [
    'A*diag(v)*B',
    g.contract('ik', [
      [A, 'ij'],
      [v, 'j'],
      [B, 'jk'],
    ]),
  ],
  [
    "(u*v').*A",
    g.contract('ij', [
      [u, 'i'],
      [A, 'ij'],
      [v, 'j'],
    ]),
  ],
  [
    'diag(u)*A',
    g.contract('ij', [
      [u, 'i'],
      [A, 'ij'],
    ]),
  ],
  [
    "u*v'",
    g.contract('ij', [
      [u, 'i'],
      [v, 'j'],
    ]),
  ],
  ['A.*B', g.multiply(A, B)],
  [
    "A.*B'",
    g.contract('ij', [
      [A, 'ij'],
      [B, 'ji'],
    ]),
  ],
  [
    'x./y',
    g.contract('i', [
      [x, 'i'],
      [y, 'i', Rational.MINUS_ONE],
    ]),
  ],
  ['1./x', g.power(x, -1)],
  ['-2./x', g.scale(-2, g.power(x, -1))],
  ['x.^2', g.power(x, 2)],
  ['sqrt(x)', g.power(x, 0.5)],
  [
    "a*(x'*A*x)*B",
    g.contract('ij', [
      [a, ''],
      [
        g.contract('', [
          [x, 'i'],
          [A, 'ij'],
          [x, 'j'],
        ]),
        '',
      ],
      [B, 'ij'],
    ]),
  ],
  [
    'a*(x + y)',
    g.add(
      g.contract('i', [
        [a, ''],
        [x, 'i'],
      ]),
      g.contract('i', [
        [a, ''],
        [y, 'i'],
      ]),
    ),
  ],
  [
    'y + (A + B)*x',
    g.add(
      g.contract('i', [
        [A, 'ij'],
        [x, 'j'],
      ]),
      y,
      g.contract('i', [
        [B, 'ij'],
        [x, 'j'],
      ]),
    ),
  ],
  [
    '1 - x',
    g.scale(
      -1,
      g.sum(
        [n],
        [
          { node: x, labels: [0], coefficient: Rational.ONE },
          { node: one, labels: [], coefficient: Rational.MINUS_ONE },
        ],
      ),
    ),
  ],
  ['x + 1', plusOne(x)],
  ['ones(m,n)', g.ones([m, n])],
  ['zeros(m,n)', g.zero([m, n])],
  ['0', g.zero([])],
  [
    'x[3]',
    g.contract('', [
      [x, 'i'],
      [
        g.indicator(
          [n],
          [{ relation: 'eq', terms: [{ axis: 0, coefficient: Dimension.ONE }], offset: Dimension.constant(-2) }],
        ),
        'i',
      ],
    ]),
  ],
  ['x/3', g.scale(Rational.of(1, 3), x)],
  ['0.5*x', g.scale(0.5, x)],
  ['-(x + y)', g.scale(-1, g.add(x, y))],
  ['A*ones(n)', g.contract('i', [[A, 'ij']])],
  ['sum(A)', g.contract('', [[A, 'ij']])],
  [
    'sum(A*B)',
    g.contract('', [
      [A, 'ij'],
      [B, 'jk'],
    ]),
  ],
  ['D[i,j,k] = W[i,j,k]', W],
  [
    'D[i,j,k] = x[k]*eye(n)[i,j]',
    g.contract('ijl', [
      [x, 'l'],
      [g.delta(n), 'ij'],
    ]),
  ],
  [
    'D[i] = sum[j,k](W[i,j,k]*x[j]*y[k])',
    g.contract('i', [
      [W, 'ijk'],
      [x, 'j'],
      [y, 'k'],
    ]),
  ],
  ['(a > b)', g.apply('gt', a, b)],
  ['a^b', g.apply('pow', a, b)],
  ['logsumexp(x)', g.call('logsumexp', [], x)],
  [
    'diag(x + y)',
    g.contract('ij', [
      [g.add(x, y), 'i'],
      [g.delta(n), 'ij'],
    ]),
  ],
])('%s', (text, node) => check(node, text))
