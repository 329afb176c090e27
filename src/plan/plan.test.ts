import { describe, expect, test } from 'vitest'
import { Dimension } from '../tensor/dimension.ts'
import { equalAxes, Graph } from '../tensor/graph.ts'
import type { Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { PlanOutput, Rank } from './input.ts'
import { plan } from './plan.ts'

const g = new Graph()
const [m, n, k] = ['m', 'n', 'k'].map((name) => Dimension.symbol(name)) as [Dimension, Dimension, Dimension]
const A = g.variable('A', [m, n])
const S = g.variable('S', [n, n])
const X = g.variable('X', [m, n])
const v = g.variable('v', [m])
const u = g.variable('u', [n])
const w = g.variable('w', [n])
const x = g.variable('x', [n])
const y = g.variable('y', [m])
const s = g.variable('s', [])
const inverse = Rational.MINUS_ONE

const dense = (...nodes: Node[]): PlanOutput[] => nodes.map((node) => ({ kind: 'dense', node }))
const steps = (outputs: PlanOutput[], dims: Record<string, number> = {}) =>
  plan(outputs, { dims: new Map(Object.entries(dims)) })
    .describe()
    .split('\n')
    .filter((line) => !line.includes('= input'))
const cost = (outputs: PlanOutput[], dims: Record<string, number>) =>
  plan(outputs, { dims: new Map(Object.entries(dims)) }).cost(new Map(Object.entries(dims)))

const residual = g.sum(
  [m],
  [
    {
      node: g.contract('i', [
        [A, 'ij'],
        [x, 'j'],
      ]),
      labels: [0],
      coefficient: Rational.ONE,
    },
    { node: y, labels: [0], coefficient: Rational.MINUS_ONE },
  ],
)
const squares = g.contract('', [[residual, 'i', Rational.TWO]])
const gradient = g.scale(
  2,
  g.contract('j', [
    [A, 'ij'],
    [residual, 'i'],
  ]),
)

describe('plans', () => {
  test.each<[string, PlanOutput[], string[]]>([
    [
      "x'*S*x multiplies the vectors first",
      dense(
        g.contract('', [
          [x, 'i'],
          [S, 'ij'],
          [x, 'j'],
        ]),
      ),
      ['t2 = contract ij,j->i S, x  (n)', 't3 = contract i,i-> x, t2  ()', 'output t3'],
    ],
    [
      "X'*diag(v)*X scales one factor",
      dense(
        g.contract('ij', [
          [X, 'ki'],
          [v, 'k'],
          [X, 'kj'],
        ]),
      ),
      ['t2 = map X[j,i]*v[j]  (n, m)', 't3 = contract ik,kj->ij t2, X  (n, n)', 'output t3'],
    ],
    [
      'A*diag(u)*diag(w) multiplies the diagonals first',
      dense(
        g.contract('ij', [
          [A, 'ij'],
          [u, 'j'],
          [w, 'j'],
        ]),
      ),
      ['t3 = map u[i]*w[i]  (n)', 't4 = map A[i,j]*t3[j]  (m, n)', 'output t4'],
    ],
    [
      'value and gradient share the residual',
      dense(squares, gradient),
      [
        't2 = contract ij,j->i A, x  (m)',
        't4 = map (t2[i] + -1*y[i])  (m)',
        't5 = contract i,i-> t4, t4  ()',
        't6 = contract ji,j->i A, t4  (n)',
        't7 = map 2*t6[i]  (n)',
        'output t5',
        'output t7',
      ],
    ],
    [
      'an elementwise subgraph is one step',
      dense(
        g.contract('', [
          [g.apply('log', g.add(g.apply('exp', x), u)), 'i'],
          [w, 'i'],
        ]),
      ),
      ['t2 = map log((exp(x[i]) + u[i]))  (n)', 't4 = contract i,i-> t2, w  ()', 'output t4'],
    ],
    [
      'a transposed matrix is the same value',
      dense(g.add(g.apply('exp', S), g.apply('exp', g.transpose(S)))),
      ['t1 = map exp(S[i,j])  (n, n)', 't2 = map (t1[i,j] + t1[j,i])  (n, n)', 'output t2'],
    ],
    [
      'inv(S)*x solves',
      dense(
        g.contract('i', [
          [g.call('inv', [n, n], S), 'ij'],
          [x, 'j'],
        ]),
      ),
      ['t2 = solve(S, x, axis 0)  (n)', 'output t2'],
    ],
    [
      "inv(S)'*x solves with the transpose",
      dense(
        g.contract('i', [
          [g.call('inv', [n, n], S), 'ji'],
          [x, 'j'],
        ]),
      ),
      ["t2 = solve(S', x, axis 0)  (n)", 'output t2'],
    ],
    [
      'an inverse that is wanted anyhow is used',
      dense(
        g.call('inv', [n, n], S),
        g.contract('i', [
          [g.call('inv', [n, n], S), 'ij'],
          [x, 'j'],
        ]),
      ),
      ['t1 = inv(S[i,j])  (n, n)', 't3 = contract ij,j->i t1, x  (n)', 'output t1', 'output t3'],
    ],
    [
      'a unit tensor becomes a diagonal, nothing is multiplied by it',
      dense(
        g.contract('ij', [
          [g.delta(n), 'ij'],
          [x, 'i'],
        ]),
      ),
      ['t1 = expand x[i,i]  (n, n)', 'output t1'],
    ],
    [
      'a summed unit tensor joins labels',
      dense(
        g.contract('', [
          [g.delta(n), 'ij'],
          [S, 'ij'],
        ]),
      ),
      ['t1 = map sum[i] S[i,i]  ()', 'output t1'],
    ],
    [
      'a selection takes a part',
      dense(
        g.contract('i', [
          [A, 'ij'],
          [
            g.indicator(
              [n],
              [{ relation: 'eq', terms: [{ axis: 0, coefficient: Dimension.ONE }], offset: Dimension.constant(-2) }],
            ),
            'j',
          ],
        ]),
      ),
      ['t1 = select A at 2 of axis 1  (m)', 'output t1'],
    ],
    [
      'vec is a reshape',
      dense(
        g.contract('p', [
          [A, 'ij'],
          [
            g.indicator(
              [m.multiply(n), m, n],
              [
                {
                  relation: 'eq',
                  terms: [
                    { axis: 0, coefficient: Dimension.ONE },
                    { axis: 1, coefficient: Dimension.constant(-1) },
                    { axis: 2, coefficient: m.scale(Rational.MINUS_ONE) },
                  ],
                  offset: Dimension.ZERO,
                },
              ],
            ),
            'pij',
          ],
        ]),
      ),
      ['t1 = reshape A with axes 1,0  (m*n)', 'output t1'],
    ],
    [
      'excluded entries are masked before they are multiplied',
      dense(
        g.contract('', [
          [g.indicator([n, n], [{ ...equalAxes(0, 1), relation: 'ne' }]), 'ij'],
          [S, 'ij', inverse],
        ]),
      ),
      ['t1 = map sum[i,j] where((1)*i + (-1)*j + 0 != 0, S[i,j]^(-1), 0)  ()', 'output t1'],
    ],
    [
      'scalars multiply what is small',
      dense(
        g.contract('i', [
          [A, 'ij'],
          [x, 'j'],
          [s, ''],
        ]),
      ),
      ['t3 = contract ij,j->i A, x  (m)', 't4 = map s*t3[i]  (m)', 'output t4'],
    ],
  ])('%s', (_, outputs, expected) => {
    expect(steps(outputs)).toEqual(expected)
  })

  test('nothing of the size of a reshape indicator is formed where reshapes do', () => {
    const [i, j] = [m, n]
    const condition = {
      relation: 'eq' as const,
      terms: [Dimension.ONE, Dimension.constant(-1), Dimension.ZERO.subtract(m)].map((coefficient, axis) => {
        return { axis, coefficient }
      }),
      offset: Dimension.ZERO,
    }
    const vec = g.indicator([i.multiply(j), i, j], [condition])
    const W = g.variable('W', [k, m.multiply(n)])
    const B = g.variable('B', [k, n])
    const dims = { m: 3, n: 5, k: 2 }
    const jacobians: [Node, number][] = [
      // vec(X) by X, W*vec(X) by X, vec(X*B') by X: no operation but the copies into a tensor of the result's size.
      [vec, 15 ** 2],
      [
        g.contract('qij', [
          [W, 'qp'],
          [vec, 'pij'],
        ]),
        0,
      ],
      [
        g.contract('qia', [
          [g.indicator([m.multiply(k), m, k], [condition]), 'qij'],
          [B, 'ja'],
        ]),
        3 * 2 * 3 * 5,
      ],
    ]
    for (const [node, largest] of jacobians) {
      expect(cost(dense(node), dims)).toMatchObject({ operations: 0, largest: largest || 2 * 15 })
    }
    const kron = g.contract('p', [
      [g.indicator([m.multiply(k), m, k], [condition]), 'pij'],
      [A, 'ia'],
      [B, 'jb'],
      [g.variable('Z', [n, n]), 'ab'],
    ])
    expect(steps(dense(kron), dims).some((line) => line.includes('(k, m, n'))).toBe(false)
  })

  test('known sizes decide the order of a matrix product', () => {
    const product = dense(
      g.contract('ij', [
        [A, 'ik'],
        [g.variable('Q', [n, m]), 'kl'],
        [X, 'lj'],
      ]),
    )
    expect(steps(product, { m: 10, n: 1000 }).slice(0, 1)).toEqual(['t3 = contract ik,kj->ij A, Q  (m, m)'])
  })

  test('ranks decide where sizes are not known', () => {
    const tall = g.variable('R', [m, k])
    const chain = (ranks: Record<string, Rank>) =>
      plan(
        dense(
          g.contract('ij', [
            [tall, 'ia'],
            [tall, 'la'],
            [g.variable('H', [m, m]), 'lj'],
          ]),
        ),
        { ranks: new Map(Object.entries(ranks)) },
      ).describe()
    expect(chain({ m: 'large', k: 'small' })).toContain('R, H  (m, k)')
    expect(chain({ m: 'small', k: 'large' })).toContain('contract ik,jk->ij R, R  (m, m)')
  })

  test('a memory bound is kept to', () => {
    const wide = g.contract('ab', [
      [g.variable('P', [n, k]), 'ai'],
      [g.variable('E', [k, m]), 'ij'],
      [g.variable('D', [m, n]), 'jb'],
    ])
    const dims = new Map([
      ['n', 40],
      ['k', 1],
      ['m', 60],
    ])
    const largest = (memory?: number) =>
      plan(dense(wide), { dims, ...(memory && { memory }) })
        .steps.filter((step) => step.kind === 'contract' || step.kind === 'map')
        .map((step) => step.axes.reduce((size, axis) => size * axis.evaluate(dims), 1))
        .slice(0, -1)
    expect(Math.max(...largest(40), 0)).toBeLessThanOrEqual(40)
  })

  test('costs by hand', () => {
    // A*x: 2mn - m, minus y: m, dot: 2m - 1; A'r: 2mn - n, doubled: n.
    const [M, N] = [7, 3]
    expect(cost(dense(squares, gradient), { m: M, n: N })).toEqual({
      operations: 2 * M * N - M + M + 2 * M - 1 + 2 * M * N - N + N,
      largest: M,
      bytes: 8 * (M * N + N + M + M + M),
    })
  })

  test('the Hessian of a factorization is its core', () => {
    const V = g.variable('V', [n, k])
    const [U1, U2] = [m, k]
    const output: PlanOutput = {
      kind: 'terms',
      axes: [U1, U2, U1, U2],
      compressed: true,
      terms: [
        {
          coefficient: Rational.TWO,
          factors: [
            { node: V, labels: [3, 1], exponent: Rational.ONE },
            { node: V, labels: [3, 2], exponent: Rational.ONE },
          ],
          dimensions: [m, k, k, n],
          output: [0, 1, 0, 2],
        },
      ],
    }
    expect(steps([output])).toEqual(['t1 = contract ki,kj->ij V, V  (k, k)', 'output 2 t1[1,2] -> [0,1,0,2]'])
    const dims = { m: 20000, n: 3000, k: 5 }
    expect(cost([output], dims)).toEqual({ operations: 2 * 3000 * 25 - 25, largest: 25, bytes: 8 * (3000 * 5 + 25) })
    expect(steps([{ ...output, compressed: false }])).toEqual([
      't1 = contract ki,kj->ij V, V  (k, k)',
      't2 = expand 2*t1[*,i,*,j]  (m, k, m, k)',
      'output t2',
    ])
  })

  test('a kept product stays two cores', () => {
    const output: PlanOutput = {
      kind: 'terms',
      axes: [m, n, m, n],
      compressed: true,
      terms: [
        {
          coefficient: Rational.ONE,
          factors: [
            { node: X, labels: [0, 3], exponent: Rational.ONE },
            { node: A, labels: [2, 1], exponent: Rational.ONE },
          ],
          dimensions: [m, n, m, n],
          output: [0, 1, 2, 3],
        },
      ],
    }
    expect(steps([output])).toEqual(['output 1 X[0,3] A[2,1] -> [0,1,2,3]'])
  })

  test('a chain of 100000 steps plans in linear time', () => {
    const graph = new Graph()
    const start = graph.variable('x', [n])
    let node: Node = start
    for (let step = 0; step < 100_000; step++)
      node = graph.apply(step % 2 === 0 ? 'sin' : 'exp', graph.add(node, start))
    const { operations } = plan(dense(node)).cost(new Map([['n', 10]]))
    expect(operations).toBe(2_000_000)
  }, 120_000)
})
