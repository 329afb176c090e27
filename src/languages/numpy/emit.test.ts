import { describe, expect, test } from 'vitest'
import { Dimension } from '../../tensor/dimension.ts'
import { Graph } from '../../tensor/graph.ts'
import type { Node, Variable } from '../../tensor/node.ts'
import { Rational } from '../../tensor/rational.ts'
import type { ProgramOutput as NumpyOutput } from '../shared/program.ts'
import { emitNumpy } from './emit.ts'

const g = new Graph()
const [m, n] = ['m', 'n'].map((name) => Dimension.symbol(name)) as [Dimension, Dimension]
const A = g.variable('A', [m, n])
const X = g.variable('X', [m, n])
const S = g.variable('S', [n, n])
const x = g.variable('x', [n])
const y = g.variable('y', [m])
const v = g.variable('v', [m])
const s = g.variable('s', [])
const product = g.contract('i', [
  [A, 'ij'],
  [x, 'j'],
])
const residual = g.sum(
  [m],
  [
    { node: product, labels: [0], coefficient: Rational.ONE },
    { node: y, labels: [0], coefficient: Rational.MINUS_ONE },
  ],
)

const value = (node: Node, name = 'value'): NumpyOutput => ({ name, doc: '', result: { kind: 'dense', node } })

/** The statements of the function, without checks of arguments. */
function body(variables: readonly Variable[], ...nodes: Node[]): string[] {
  const outputs = nodes.map((node, k) => value(node, k === 0 ? 'value' : `d${k}`))
  const lines = emitNumpy({ variables, outputs }).code.split('\n')
  const start = lines.lastIndexOf('    """')
  const skipped = /np\.asarray|^ {4}if |raise ValueError|\.shape(\[\d+\])?$/
  return lines
    .slice(start + 1)
    .filter((line) => line !== '' && !skipped.test(line))
    .map((line) => line.slice(4))
}

describe('statements read as a person would write them', () => {
  test.each<[string, readonly Variable[], Node[], string[]]>([
    [
      'least squares',
      [A, x, y],
      [
        g.contract('', [[residual, 'i', Rational.TWO]]),
        g.scale(
          2,
          g.contract('j', [
            [A, 'ij'],
            [residual, 'i'],
          ]),
        ),
      ],
      ['t1 = A @ x - y', 'value = t1 @ t1', 'd1 = 2 * (A.T @ t1)', 'return value, d1'],
    ],
    [
      "X'*diag(v)*X",
      [X, v],
      [
        g.contract('ij', [
          [X, 'ki'],
          [v, 'k'],
          [X, 'kj'],
        ]),
      ],
      ['value = (X.T * v) @ X', 'return value'],
    ],
    [
      "x'*S*x",
      [S, x],
      [
        g.contract('', [
          [x, 'i'],
          [S, 'ij'],
          [x, 'j'],
        ]),
      ],
      ['value = x @ (S @ x)', 'return value'],
    ],
    [
      "(A*S)'",
      [A, S],
      [
        g.contract('ji', [
          [A, 'ik'],
          [S, 'kj'],
        ]),
      ],
      ['value = S.T @ A.T', 'return value'],
    ],
    [
      'diag(x)',
      [x],
      [
        g.contract('ij', [
          [g.delta(n), 'ij'],
          [x, 'i'],
        ]),
      ],
      ['value = np.diag(x)', 'return value'],
    ],
    [
      'x./s',
      [x, s],
      [
        g.contract('i', [
          [x, 'i'],
          [s, '', Rational.MINUS_ONE],
        ]),
      ],
      ['value = x / s', 'return value'],
    ],
    [
      'inv(S)*x',
      [S, x],
      [
        g.contract('i', [
          [g.call('inv', [n, n], S), 'ij'],
          [x, 'j'],
        ]),
      ],
      ['value = np.linalg.solve(S, x)', 'return value'],
    ],
    ['softplus', [x], [g.apply('softplus', x)], ['value = np.logaddexp(0.0, x)', 'return value']],
    [
      'an outer product',
      [y, x],
      [
        g.contract('ij', [
          [y, 'i'],
          [x, 'j'],
        ]),
      ],
      ['value = y[:, None] * x', 'return value'],
    ],
    ['a trace', [S], [g.contract('', [[S, 'ii']])], ['value = np.trace(S)', 'return value']],
    ['an argument is copied', [A], [A], ['return A.copy()']],
    [
      'a masked product',
      [S, x],
      [g.multiply(g.apply('gt', x, g.constant(0)), x)],
      ['value = x * (x > 0)', 'return value'],
    ],
  ])('%s', (_, variables, nodes, expected) => {
    expect(body(variables, ...nodes)).toEqual(expected)
  })
})

describe('names', () => {
  test('keywords and names of the program are renamed, and told', () => {
    const lambda = g.variable('lambda', [n])
    const np = g.variable('np', [n])
    const alpha = g.variable('α', [n])
    const node = g.add(lambda, np, alpha)
    const { code, renamed } = emitNumpy({ variables: [lambda, np, alpha], outputs: [value(node)] })
    expect({ ...renamed }).toEqual({ lambda: 'lambda_', np: 'np_' })
    expect(code).toContain('def evaluate(lambda_, np_, α):')
    expect(code).toContain('value = lambda_ + np_ + α')
  })

  test('names that differ only in form stay apart', () => {
    const one = g.variable('ﬁ', [n])
    const two = g.variable('fi', [n])
    const { code } = emitNumpy({ variables: [one, two], outputs: [value(g.add(one, two))] })
    expect(code).toContain('def evaluate(ufb01, fi):')
  })

  test('a name never brings code along', () => {
    const evil = 'x):\n    import os\n    os.system("true")\ndef f(y'
    const variable = g.variable(evil, [Dimension.symbol('n"""\nimport os')])
    const { code } = emitNumpy({
      functionName: 'evaluate',
      summary: '"""\nimport os\n"""\\',
      variables: [variable],
      outputs: [{ ...value(g.apply('exp', variable), '__import__("os")'), doc: '"""\nimport os' }],
    })
    expect(code.split('\n').filter((line) => /^\s*import/.test(line))).toEqual(['import numpy as np'])
    expect(code.match(/"""/g)?.length).toBe(2)
  })

  test.each(['for', 'a b', '', 'f()', 'np'])('%j names no function', (functionName) => {
    expect(() => emitNumpy({ functionName, variables: [], outputs: [value(g.constant(1))] })).toThrow('Python function')
  })

  test('a dimension may be called as a variable is', () => {
    const matrix = g.variable('n', [n, n])
    const { code } = emitNumpy({
      variables: [matrix],
      outputs: [
        value(
          g.contract('', [
            [matrix, 'ii'],
            [g.dimension(n), ''],
          ]),
        ),
      ],
    })
    expect(code).toContain('n_ = n.shape[0]')
  })

  test('a dimension that no variable tells is a parameter by keyword', () => {
    const { code } = emitNumpy({ variables: [s], outputs: [value(g.contract('i', [[s, '']], new Map([['i', n]])))] })
    expect(code).toContain('def evaluate(s, *, n):')
    expect(code).toContain('value = np.full((n,), s)')
  })
})
