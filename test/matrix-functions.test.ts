// Functions of whole matrices and along axes: values against their definitions, derivatives of orders 1 to 3 in all modes
// against differences, and evaluation at the extremes of float64.
import { describe, expect, test } from 'vitest'
import { differentiate } from '../src/differentiate/index.ts'
import { checkDerivative, evaluate, fromNested, type Nested, toNested } from '../src/evaluate/index.ts'
import { resolve } from '../src/resolve/index.ts'
import { simplify } from '../src/simplify/index.ts'
import { parse } from '../src/syntax/parser.ts'
import { Dimension } from '../src/tensor/dimension.ts'
import { Graph } from '../src/tensor/graph.ts'
import type { Node, Variable } from '../src/tensor/node.ts'
import { sumOfTerms } from '../src/tensor/structured.ts'

const MODES = ['forward', 'reverse', 'crosscountry'] as const
const vars = {
  X: 'matrix(n,n)',
  Y: 'matrix(n,n)',
  E: 'matrix(n,n)',
  F: 'matrix(n,n)',
  B: 'matrix(m,m)',
  C: 'matrix(n,m)',
  R: 'matrix(n,m)',
  u: 'vector(3)',
  v: 'vector(3)',
  x: 'vector(n)',
  T: 'tensor(n,m,k)',
}
const dims = new Map([
  ['n', 2],
  ['m', 3],
  ['k', 2],
])

function read(text: string) {
  const { graph, result, variables } = resolve(parse(text).program, { text, vars })
  const variable = (name: string) => (variables.get(name) as { node: Variable }).node
  return { g: graph, node: result.node, variable }
}

function derivative(g: Graph, node: Node, x: Variable, mode: (typeof MODES)[number]): Node {
  return sumOfTerms(g, [...node.axes, ...x.axes], differentiate(g, node, x, mode))
}

const tensorOf = (value: Nested) => fromNested(value, 'value')

function evaluated(text: string, inputs: Record<string, Nested>, sizes: Record<string, number> = {}): Nested {
  const { node } = read(text)
  const tensors = new Map(Object.entries(inputs).map(([name, value]) => [name, tensorOf(value)]))
  return toNested(evaluate([node], tensors, new Map(Object.entries(sizes)))[0] as never)
}

/** Derivatives up to this order, raw and simplified, in each mode, are the differences of the one before. */
function holds(text: string, by: string, order: number) {
  for (const mode of MODES) {
    const { g, node, variable } = read(text)
    const x = variable(by)
    let value = node
    for (let k = 1; k <= order; k++) {
      const next = derivative(g, value, x, mode)
      const [simple] = simplify(g, [next]) as [Node]
      for (const candidate of [next, simple]) {
        const check = checkDerivative({ value, derivative: candidate, variable: x, dims, seed: 7, points: 1 })
        expect({ text, mode, k, ok: check.ok, error: check.maxRelError, witness: check.witness }).toMatchObject({
          ok: true,
        })
        expect(check.unsettled).toBeLessThan(check.entries / 4)
      }
      value = simple
    }
  }
}

describe('derivatives', () => {
  // P is positive definite wherever X is.
  const P = "(X*X' + eye(n))"
  test.each([
    ['tr(E*expm(X))', 'X', 3],
    ['expm(X)', 'X', 2],
    [`tr(E*logm${P})`, 'X', 2],
    [`logm${P}`, 'X', 1],
    [`tr(E*sqrtm${P})`, 'X', 2],
    [`sqrtm${P}`, 'X', 2],
    [`sum(cholesky${P}.*E)`, 'X', 2],
    [`cholesky${P}`, 'X', 1],
    ['cholesky(X + 5*eye(n))', 'X', 2],
    ['sum((R*pinv(R)).*E)', 'R', 2],
    ["sum(pinv(R).*C')", 'R', 3],
    ["sum(pinv(C')*R'.*E)", 'C', 1],
    ['pinv(R)', 'R', 1],
    [`sum(sylvester(${P},B*B',C).*R)`, 'X', 2],
    [`sum(sylvester(${P},B*B',C).*R)`, 'B', 3],
    [`sylvester(${P},B*B',C)`, 'C', 2],
    [`sylvester(${P},B*B',C)`, 'B', 2],
    [`sylvester(${P},B*B',C)`, 'X', 1],
    ['sum(dexpm(X,E).*F)', 'X', 2],
    ['sum(dexpm(X,E).*F)', 'E', 2],
    ['dexpm(X,E)', 'E', 1],
    ['sum(dexpm(X,E,X).*F)', 'X', 1],
    [`sum(dlogm(${P},E).*F)`, 'X', 1],
    ['prod(x)', 'x', 3],
    ['prod(R)', 'R', 3],
    ['prod(R,1)', 'R', 2],
    ['prod(R,2)', 'R', 2],
    ['prod[i](R[i,j]*x[i])', 'x', 3],
    ['logsoftmax(x)', 'x', 3],
    ['logsoftmax(R,axis=1)', 'R', 2],
    ['D[i,j] = logsoftmax[i](R[i,j])', 'R', 2],
    ['cumsum(x.^3)', 'x', 3],
    ['cumsum(R.^2,1)', 'R', 2],
    ['cross(u.^2,v)', 'u', 3],
    ['cross(u,cross(u,v))', 'u', 2],
    ['dot(v,cross(u,v.^2))', 'v', 2],
    ['tril(R*B).^2', 'R', 2],
    ['triu(X).^2', 'X', 2],
    ['commutation(n,m)*vec(R).^2', 'R', 2],
  ])('of %s by %s up to order %s', { timeout: 60_000 }, (text, by, order) => holds(text, by, order))

  test.each(['expm', 'sqrtm', 'logm', 'cholesky', 'prodexcept'])('of %s over batch axes', (name) => {
    const g = new Graph()
    const [p, n] = [Dimension.constant(2), Dimension.constant(2)]
    const own = name === 'prodexcept' ? [n] : [n, n]
    const x = g.variable('X', [p, ...own])
    // A batch of M M' + 2·1, the batch axis last in the argument.
    const product =
      name === 'prodexcept'
        ? g.permute(x, [1, 0])
        : g.add(
            g.contract('ijb', [
              [x, 'bik'],
              [x, 'bjk'],
            ]),
            g.contract('ijb', [[g.delta(n), 'ij']], new Map([['b', p]])),
          )
    const labels = [...own.map((_, k) => k + 1), 0]
    const call = g.general(name, [p], own, [{ node: product, labels }])
    const scalar = g.contract(
      own.length === 2 ? 'bi' : 'b',
      own.length === 2
        ? [
            [call, 'bij'],
            [call, 'bjk'],
          ]
        : [
            [call, 'bi'],
            [x, 'bi'],
          ],
    )
    for (const value of [call, scalar]) {
      for (const mode of MODES) {
        const first = derivative(g, value, x, mode)
        expect(checkDerivative({ value, derivative: first, variable: x, points: 1 })).toMatchObject({ ok: true })
        const second = derivative(g, first, x, mode)
        expect(checkDerivative({ value: first, derivative: second, variable: x, points: 1 })).toMatchObject({
          ok: true,
        })
      }
    }
  })
})

function near(value: Nested, expected: Nested, tolerance = 1e-14) {
  const [a, b] = [tensorOf(value), tensorOf(expected)]
  expect(a.shape).toEqual(b.shape)
  const size = Math.max(...b.data.map(Math.abs))
  for (const [k, entry] of a.data.entries())
    expect(Math.abs(entry - (b.data[k] as number))).toBeLessThanOrEqual(tolerance * size)
}

describe('values', () => {
  const X = [
    [1, 2, 0],
    [-1, 0.5, 3],
    [0.25, -2, 1.5],
  ]
  const general = [
    [2, 1, 0.5],
    [-0.3, 1.5, 0.7],
    [0.2, -0.4, 3],
  ]
  test('functions undo each other', () => {
    near(evaluated('logm(expm(0.3*X))./0.3', { X }), X, 1e-13)
    near(evaluated('expm(logm(X))', { X: general }), general, 1e-14)
    near(evaluated('sqrtm(X)*sqrtm(X)', { X: general }), general, 1e-14)
    near(evaluated("cholesky(X*X')*cholesky(X*X')'", { X }), evaluated("X*X'", { X }), 1e-14)
    near(
      evaluated('X*sylvester(X,B,C) + sylvester(X,B,C)*B', {
        X,
        B: [
          [2, 1],
          [0, 3],
        ],
        C: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      }),
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      1e-13,
    )
  })
  test('of the entries and of the matrix are not confused', () => {
    near(
      evaluated('expm(X)', {
        X: [
          [0, 1],
          [0, 0],
        ],
      }),
      [
        [1, 1],
        [0, 1],
      ],
    )
    near(
      evaluated('exp(X)', {
        X: [
          [0, 1],
          [0, 0],
        ],
      }),
      [
        [1, Math.E],
        [1, 1],
      ],
    )
    near(
      evaluated('sqrtm(X)', {
        X: [
          [5, 4],
          [4, 5],
        ],
      }),
      [
        [2, 1],
        [1, 2],
      ],
    )
    near(
      evaluated('logm(X)', {
        X: [
          [1, 1],
          [0, 1],
        ],
      }),
      [
        [0, 1],
        [0, 0],
      ],
    )
  })
  test('at the extremes of float64', () => {
    near(
      evaluated('expm(X)', {
        X: [
          [700, 0],
          [0, 709],
        ],
      }),
      [
        [Math.exp(700), 0],
        [0, Math.exp(709)],
      ],
      1e-11,
    )
    near(
      evaluated('expm(X)', {
        X: [
          [-700, 0],
          [0, -700],
        ],
      }),
      [
        [Math.exp(-700), 0],
        [0, Math.exp(-700)],
      ],
      1e-11,
    )
    near(
      evaluated('expm(X)', {
        X: [
          [1e-20, 1e-300],
          [0, -1e-20],
        ],
      }),
      [
        [1, 1e-300],
        [0, 1],
      ],
    )
    near(
      evaluated('sqrtm(X)', {
        X: [
          [4e300, 0],
          [0, 1e300],
        ],
      }),
      [
        [2e150, 0],
        [0, 1e150],
      ],
    )
    near(
      evaluated('sqrtm(X)', {
        X: [
          [4e-300, 1e-300],
          [0, 4e-300],
        ],
      }),
      [
        [2e-150, 0.25e-150],
        [0, 2e-150],
      ],
    )
    near(
      evaluated('sqrtm(X)', {
        X: [
          [1, 1],
          [1, 1],
        ],
      }),
      [
        [Math.SQRT1_2, Math.SQRT1_2],
        [Math.SQRT1_2, Math.SQRT1_2],
      ],
      // The square root of a rounded eigenvalue 0 has half the digits.
      1e-7,
    )
    near(
      evaluated('logm(X)', {
        X: [
          [1e6, 1],
          [0, 1e-6],
        ],
      }),
      [
        [6 * Math.LN10, (12 * Math.LN10) / (1e6 - 1e-6)],
        [0, -6 * Math.LN10],
      ],
      1e-14,
    )
    near(
      evaluated('pinv(R)', {
        R: [
          [1e-200, 0],
          [0, 1e-201],
          [0, 0],
        ],
      }),
      [
        [1e200, 0, 0],
        [0, 1e201, 0],
      ],
    )
    near(
      evaluated('pinv(R)', {
        R: [
          [1, 2],
          [2, 4],
          [3, 6],
        ],
      }),
      [
        [1 / 70, 2 / 70, 3 / 70],
        [2 / 70, 4 / 70, 6 / 70],
      ],
    )
    near(
      evaluated('pinv(R)', {
        R: [
          [0, 0],
          [0, 0],
          [0, 0],
        ],
      }),
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    )
    near(
      evaluated('cholesky(X)', {
        X: [
          [4e300, 0],
          [0, 1e-300],
        ],
      }),
      [
        [2e150, 0],
        [0, 1e-150],
      ],
    )
    near(evaluated('logsoftmax(x)', { x: [1e9, 1e9 + 1, -1e9] }), [
      -1.3132616875182228,
      -0.3132616875182228,
      -2e9 - 1.3132616875182228,
    ])
    near(evaluated('logsoftmax(x)', { x: [1000, 0] }), [0, -1000])
    near(
      evaluated('dexpm(X,E)', {
        X: [
          [1, 0],
          [0, 1],
        ],
        E: [
          [0, 1e-250],
          [0, 0],
        ],
      }),
      [
        [0, Math.E * 1e-250],
        [0, 0],
      ],
    )
  })
  test('of products, zeros are like other numbers', () => {
    const at = (text: string) => {
      const { g, node, variable } = read(text)
      const x = variable('x')
      const first = derivative(g, node, x, 'reverse')
      const second = derivative(g, first, x, 'reverse')
      return evaluate([first, second], new Map([['x', tensorOf([0, 2, 3])]])).map(toNested)
    }
    expect(at('prod(x)')).toEqual([
      [6, 0, 0],
      [
        [0, 3, 2],
        [3, 0, 0],
        [2, 0, 0],
      ],
    ])
    expect(evaluated('prod(x)', { x: [0, 0, 5] })).toBe(0)
  })
  test('of triangles, sums and permutations', () => {
    const A = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]
    expect(evaluated('tril(X)', { X: A })).toEqual([
      [1, 0, 0],
      [4, 5, 0],
      [7, 8, 9],
    ])
    expect(evaluated('triu(X)', { X: A })).toEqual([
      [1, 2, 3],
      [0, 5, 6],
      [0, 0, 9],
    ])
    expect(evaluated('cumsum(x)', { x: [1, 2, 3] })).toEqual([1, 3, 6])
    expect(evaluated('cumsum(X)', { X: A })).toEqual([
      [1, 3, 6],
      [4, 9, 15],
      [7, 15, 24],
    ])
    expect(evaluated('cumsum(X,1)', { X: A })).toEqual([
      [1, 2, 3],
      [5, 7, 9],
      [12, 15, 18],
    ])
    const R = [
      [1, 2],
      [3, 4],
      [5, 6],
    ]
    expect(evaluated("commutation(n,m)*vec(R) - vec(R')", { R })).toEqual([0, 0, 0, 0, 0, 0])
    expect(evaluated('cross(u,v)', { u: [1, 2, 3], v: [4, 5, 6] })).toEqual([-3, 6, -3])
  })
  test('excluded entries are never evaluated', () => {
    expect(
      evaluated('tril(log(X))', {
        X: [
          [1, -1],
          [1, 1],
        ],
      }),
    ).toEqual([
      [0, 0],
      [0, 0],
    ])
    const { g, node, variable } = read('sum(tril(log(X)))')
    const first = derivative(g, node, variable('X'), 'reverse')
    expect(
      toNested(
        evaluate(
          [first],
          new Map([
            [
              'X',
              tensorOf([
                [1, 0],
                [1, 1],
              ]),
            ],
          ]),
        )[0] as never,
      ),
    ).toEqual([
      [1, 0],
      [1, 1],
    ])
  })
  test.each([
    [
      'cholesky(X)',
      [
        [1, 2],
        [2, 1],
      ],
      'X is not positive definite',
    ],
    [
      'sqrtm(X)',
      [
        [-1, 0],
        [0, 1],
      ],
      'no real principal square root',
    ],
    [
      'sqrtm(X)',
      [
        [0, 1],
        [0, 0],
      ],
      'no real principal square root',
    ],
    [
      'logm(X)',
      [
        [-1, 1],
        [0, 2],
      ],
      'no real principal logarithm',
    ],
    [
      'logm(X)',
      [
        [1, 1],
        [1, 1],
      ],
      'no real principal logarithm',
    ],
    [
      'sylvester(X,-X,X)',
      [
        [1, 0],
        [0, 2],
      ],
      'no unique solution',
    ],
  ])('%s has none at %s', (text, X, message) => {
    expect(() => evaluated(text, { X })).toThrow(message)
  })
})

test('functions outside of their shapes are refused', () => {
  for (const text of [
    'expm(R)',
    'sqrtm(x)',
    'cross(x,u)',
    'sylvester(X,B,X)',
    'dexpm(X,B)',
    'tril(x)',
    'cholesky(R)',
    'pinv(x)',
    'logsoftmax(T)',
    'prod(x,2)',
  ]) {
    expect(() => read(text), text).toThrow()
  }
})
