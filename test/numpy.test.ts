// Runs emitted programs in Python and holds their results to the reference evaluator.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { evaluate } from '../src/evaluate/reference.ts'
import { allElementwise } from '../src/functions/index.ts'
import { derive, emitProgram, parse as parseExpression } from '../src/index.ts'
import type { ProgramOutput as NumpyOutput, ProgramVariable as NumpyVariable } from '../src/languages/index.ts'
import { emitNumpy } from '../src/languages/numpy/emit.ts'
import { Dimension } from '../src/tensor/dimension.ts'
import { Graph } from '../src/tensor/graph.ts'
import type { Node, Variable } from '../src/tensor/node.ts'
import { Rational } from '../src/tensor/rational.ts'
import type { StructuredTerm } from '../src/tensor/structured.ts'
import { postorder } from '../src/tensor/walk.ts'
import { A, B, cases, f, g, inputs, M, n, S, SIZES, s, x } from './languages/cases.ts'
import { python, runPython } from './python.ts'
import { isTame, randomNode } from './random-graph.ts'

interface Program {
  readonly code: string
  readonly names: readonly string[]
}

const runner = `
import json, sys
import numpy as np
request = json.load(sys.stdin)
arrays = {name: np.array(entry['data']).reshape(entry['shape']) for name, entry in request['inputs'].items()}
answers = []
for program in request['programs']:
    try:
        scope = {'__name__': 'program'}
        exec(compile(program['code'], 'program', 'exec'), scope)
        result = scope['evaluate'](**{name: arrays[name] for name in program['names']}, **program['sizes'])
        result = np.asarray(result, dtype=float)
        answers.append({'shape': result.shape, 'data': [repr(float(v)) for v in result.ravel()]})
    except Exception as error:
        answers.append({'error': f'{type(error).__name__}: {error}'})
print(json.dumps(answers))
`

const parse = (text: string) =>
  text === 'inf' ? Infinity : text === '-inf' ? -Infinity : text === 'nan' ? Number.NaN : Number(text)

function variablesOf(node: Node): NumpyVariable[] {
  return postorder([node]).filter((one) => one.kind === 'variable')
}

/** Emits, runs and compares all at once, as starting Python costs more than a program. */
function compareAll(list: readonly (readonly [string, Node])[]): Map<string, string | undefined> {
  const programs = list.map(([, node]): Program & { sizes: Record<string, number> } => {
    const used = variablesOf(node)
    const outputs: NumpyOutput[] = [{ name: 'value', doc: '', result: { kind: 'dense', node } }]
    const { code } = emitNumpy({ variables: used, outputs })
    const keywords = /^def evaluate\((.*?)\):/m.exec(code)?.[1]?.split('*, ')[1]?.split(', ') ?? []
    const sizes = Object.fromEntries(keywords.map((name) => [name, SIZES.get(name) ?? 0]))
    return { code, names: used.map((variable) => variable.name), sizes }
  })
  const request = {
    programs,
    inputs: Object.fromEntries([...inputs].map(([name, { shape, data }]) => [name, { shape, data: [...data] }])),
  }
  const answers = JSON.parse(runPython(runner, JSON.stringify(request))) as {
    error?: string
    shape: number[]
    data: string[]
  }[]
  return new Map(
    list.map(([name, node], at) => {
      const answer = answers[at]
      const [expected] = evaluate([node], inputs, SIZES, { checkFacts: false })
      const found = answer?.data?.map(parse) ?? []
      const problem =
        answer?.error ??
        (`${answer?.shape}` !== `${expected?.shape}` ? `shape ${answer?.shape}, not ${expected?.shape}` : undefined) ??
        ([...(expected?.data ?? [])].every((value, k) => close(value, found[k] ?? Number.NaN))
          ? undefined
          : `${found.slice(0, 6)}, not ${expected?.data.slice(0, 6)}`)
      return [name, problem && `${problem}\n${programs[at]?.code.split('\n\n\ndef _check')[0]}`]
    }),
  )
}

/** A program may be finite where the reference multiplies 0 by an infinite number, never the other way round. */
function close(expected: number, found: number): boolean {
  if (Number.isNaN(expected)) return true
  if (!Number.isFinite(expected)) return !Number.isFinite(found)
  return Math.abs(expected - found) <= 1e-8 * Math.max(1, Math.abs(expected))
}

describe.skipIf(python === null)('emitted programs agree with the reference evaluator', () => {
  let problems = new Map<string, string | undefined>()
  beforeAll(() => {
    problems = compareAll(cases)
  })
  test.each(cases.map(([name]) => name))('%s', (name) => {
    expect(problems.get(name)).toBeUndefined()
  })
})

describe.skipIf(python === null)('random graphs agree with the reference evaluator', () => {
  test('all', () => {
    const seed = Number(process.env.EINCALC_SEED ?? 1)
    const list = Array.from({ length: 150 }, (_, at): [string, Node] => {
      const graph = new Graph()
      return [`seed ${seed}, graph ${at}`, randomNode(graph, seed * 1000 + at)]
    }).filter(([, node]) => isTame(evaluate(postorder([node]), inputs, SIZES)))
    const failed = [...compareAll(list)].filter(([, problem]) => problem !== undefined)
    expect(failed.slice(0, 3)).toEqual([])
  })
})

/** Runs a program with `__name__` as `__main__`; what it prints and its exit code. */
const mainRunner = `
import contextlib, io, json, sys
answers = []
for code in json.load(sys.stdin):
    printed = io.StringIO()
    status = None
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(code, 'program', 'exec'), {'__name__': '__main__'})
        except SystemExit as stop:
            status = stop.code
        except Exception as error:
            status = f'{type(error).__name__}: {error}'
    answers.append([status, printed.getvalue().strip()])
print(json.dumps(answers))
`

function runMains(programs: readonly string[]): [number | string | null, string][] {
  return JSON.parse(runPython(mainRunner, JSON.stringify(programs)))
}

const dense = (name: string, node: Node, derivative?: NumpyOutput['derivative']): NumpyOutput => {
  return { name, doc: '', result: { kind: 'dense', node }, ...(derivative && { derivative }) }
}

/** f and its derivative by one variable, as a program that checks itself. */
function checked(value: Node, derivative: Node, by: Variable): string {
  const used = variablesOf(value)
  const wanted = used.some((one) => one.name === by.name) ? used : [...used, by]
  const outputs = [dense('value', value), dense('gradient', derivative, { of: 0, by: [by.name] })]
  return emitNumpy({ variables: wanted, outputs }).code
}

describe.skipIf(python === null)('programs check themselves', () => {
  const Y = g.variable('Y', [n, n], { structure: 'symmetric' })
  const K = g.variable('K', [n, n], { structure: 'psd' })
  const D = g.variable('D', [n, n], { structure: 'diagonal' })
  const Q = g.variable('Q', [n, n], { structure: 'orthogonal' })
  const p = g.variable('p', [n], { sign: 'positive' })
  const trace = (a: Node, b: Node) =>
    g.contract('', [
      [a, 'ij'],
      [b, 'ij'],
    ])
  const list: [string, string, number][] = [
    ['a symmetric variable', checked(trace(Y, M), M, Y), 0],
    ['the transpose in its place', checked(trace(Y, M), g.transpose(M), Y), 0],
    ['a positive definite one', checked(g.call('logdetp', [], K), g.transpose(g.call('inv', [n, n], K)), K), 0],
    ['a diagonal one', checked(trace(D, M), M, D), 0],
    ['an orthogonal one', checked(trace(Q, M), M, Q), 0],
    ['a positive one', checked(g.contract('', [[f('log', p), 'i']]), g.power(p, -1), p), 0],
    ['where only positive entries serve', checked(g.contract('', [[f('log', x), 'i']]), g.power(x, -1), x), 0],
    ['a wrong derivative', checked(g.contract('', [[f('sin', x), 'i']]), f('sin', x), x), 1],
    ['a transposed derivative', checked(trace(S, M), g.transpose(M), S), 1],
    ['a scalar', checked(f('exp', s), f('exp', s), s), 0],
    ['a derivative that is not finite', checked(f('exp', s), f('log', g.constant(0)), s), 1],
  ]
  test('each finds right and wrong', () => {
    const answers = runMains(list.map(([, code]) => code))
    expect(list.map(([name], at) => [name, answers[at]?.[0]])).toEqual(list.map(([name, , status]) => [name, status]))
    expect(answers[0]?.[1]).toMatch(/^largest relative error against central differences: \d\.\de-\d\d$/)
  })
})

describe.skipIf(python === null)('programs check derivatives whose lower ones they do not return', () => {
  const S3 = "norm2(T-U*V')^2"
  const program = (text: string, wrt: string[], compressed = false, vars?: Record<string, string>) => {
    const expression = parseExpression(text, { wrt, ...(vars && { vars }) })
    return emitProgram('numpy', expression, [derive(expression, { wrt })], { compressed }).code
  }
  const list: [string, string][] = [
    ['a Hessian', program('sum(log(exp(-y.*(X*w)) + vector(1)))', ['w', 'w'])],
    ['a third derivative', program('sum(log(exp(-y.*(X*w)) + vector(1)))', ['w', 'w', 'w'])],
    ['a fourth derivative', program('sum(sin(x)).^2', ['x', 'x', 'x', 'x'])],
    ['a mixed one', program(S3, ['U', 'V'])],
    ['the other way round', program(S3, ['V', 'U'])],
    ['of a matrix', program('inv(X)', ['X', 'X'])],
    ['of a scalar variable', program('exp(s*norm2(x)^2/9)', ['s', 'x', 's'])],
    ['kinks', program('sum(relu(W2*relu(W1*x)).^2)', ['W1', 'W1'])],
    ['a compressed one', program(S3, ['U', 'U'], true)],
    ['compressed with a mask', program("norm2(W.*(T-U*V'))^2", ['U', 'U'], true)],
    ['compressed and mixed', program(S3, ['U', 'V'], true)],
    ['several terms', program("norm2(X'*X-B)^2", ['X', 'X'], true)],
    ['a diagonal', program('sum(exp(x).*sin(x))', ['x', 'x'], true)],
    ['compressed of order 3', program('sum(exp(x).*sin(x))', ['x', 'x', 'x'], true)],
    ['a symmetric variable', program('tr(A*A*A)', ['A', 'A'], false, { A: 'symmetric(n)' })],
    ['positive definite', program('log(det(A))', ['A', 'A'], true, { A: 'psd(n)' })],
    [
      'an orthogonal one, once',
      program("tr(Q*diag(x)*Q'*B)^2", ['Q', 'x'], false, { Q: 'orthogonal(n)', x: 'vector(n)', B: 'matrix(n,n)' }),
    ],
  ]
  const wrong: [string, string][] = [
    [
      'one entry of a Hessian',
      list[0]![1].replace(/^( +)return (value, .*)$/m, '$1hessian_w[0, 1] *= 1.01\n$1return $2'),
    ],
    ['axes of a mixed one', list[3]![1].replace(/^( +)return (value, .*)$/m, '$1hessian_U_V *= 1.001\n$1return $2')],
    ['a core', list[8]![1].replace(/^( +)return (value, .*)$/m, '$1hessian_U[0][0][0, 0] += 0.01\n$1return $2')],
    ['apply', list[8]![1].replace(/np\.einsum\("(.*?)->(.*?)", c1, p/, 'np.einsum("$1->$2", 1.1 * c1, p')],
    ['expand', list[8]![1].replace(/= 2 \* c1/, '= 2.1 * c1')],
  ]
  test('each finds right and wrong', () => {
    expect(wrong.filter(([, code]) => list.some(([, right]) => right === code))).toEqual([])
    const all = [...list.map((one) => [...one, 0] as const), ...wrong.map((one) => [...one, 1] as const)]
    const answers = runMains(all.map(([, code]) => code))
    expect(all.map(([name], at) => [name, ...(answers[at] ?? [])])).toEqual(
      all.map(([name, , status]) => [name, status, expect.stringMatching(/: \d\.\de[+-]\d\d$/)]),
    )
  })
  test('two moves along orthogonal matrices need the first derivative', () => {
    const expression = parseExpression("tr(Q*A*Q'*B)", {
      wrt: ['Q'],
      vars: { Q: 'orthogonal(n)', A: 'matrix(n,n)', B: 'matrix(n,n)' },
    })
    const [first, second] = [derive(expression, { wrt: 'Q' }), derive(expression, { wrt: 'Q', order: 2 })]
    expect(emitProgram('numpy', expression, [second]).code).not.toContain('_check')
    const { code } = emitProgram('numpy', expression, [first, second])
    expect(runMains([code])[0]?.[0]).toBe(0)
  })
})

describe.skipIf(python === null)('compressed derivatives', () => {
  const one = Rational.ONE
  const factor = (node: Node, ...labels: number[]) => ({ node, labels, exponent: one })
  const terms = (axes: Dimension[], list: StructuredTerm[], compressed: boolean): NumpyOutput => ({
    name: 'jacobian',
    doc: '',
    derivative: { of: 0, by: ['S'] },
    result: { kind: 'terms', axes, terms: list, compressed },
  })
  const axes = [n, n, n, n]
  const dimensions = [n, n, n, n, n]
  const lists: [string, StructuredTerm[]][] = [
    ['ab->iaib', [{ coefficient: Rational.TWO, factors: [factor(M, 1, 2)], dimensions, output: [0, 1, 0, 2] }]],
    [
      'iab->iaib',
      [
        {
          coefficient: one,
          factors: [factor(M, 1, 2), factor(S, 0, 3), factor(M, 3, 1)],
          dimensions,
          output: [0, 1, 0, 2],
        },
      ],
    ],
    [
      'ij,ab->iajb',
      [{ coefficient: Rational.of(-3), factors: [factor(M, 0, 2), factor(S, 3, 1)], dimensions, output: [0, 1, 2, 3] }],
    ],
    ['->ijij', [{ coefficient: one, factors: [], dimensions, output: [0, 1, 0, 1] }]],
    ['ij->ijij', [{ coefficient: Rational.of(-1), factors: [factor(S, 0, 1)], dimensions, output: [0, 1, 0, 1] }]],
    [
      'a scalar core',
      [{ coefficient: one, factors: [factor(s), factor(x, 4), factor(x, 4)], dimensions, output: [0, 1, 1, 0] }],
    ],
    [
      'several terms',
      [
        { coefficient: Rational.TWO, factors: [factor(M, 2, 1)], dimensions, output: [0, 1, 0, 2] },
        {
          coefficient: Rational.of(-1, 3),
          factors: [factor(M, 0, 3), factor(S, 2, 1)],
          dimensions,
          output: [0, 1, 2, 3],
        },
        { coefficient: one, factors: [factor(S, 0, 1)], dimensions, output: [1, 2, 0, 2] },
      ],
    ],
    ['no terms', []],
    ['rows that repeat', [{ coefficient: one, factors: [factor(S, 1, 2)], dimensions, output: [0, 0, 1, 2] }]],
  ]
  test('cores apply and expand as the dense tensor does', () => {
    const programs = lists.flatMap(([, list]) =>
      [true, false].map((compressed) => {
        const outputs = [
          dense(
            'value',
            g.contract('ik', [
              [S, 'ij'],
              [M, 'jk'],
            ]),
          ),
          terms(axes, list, compressed),
        ]
        return emitNumpy({ variables: [S, M, x, s], outputs }).code
      }),
    )
    const comparison = `
import inspect, json, sys
import numpy as np
programs = json.load(sys.stdin)
rng = np.random.default_rng(1)
inputs = {'S': rng.standard_normal((3, 3)), 'M': rng.standard_normal((3, 3)), 'x': rng.standard_normal(3), 's': 1.5}
p = rng.standard_normal((3, 3))
errors = []
for compressed, dense in zip(programs[::2], programs[1::2]):
    scope, other = {}, {}
    exec(compressed, scope)
    exec(dense, other)
    expected = other['evaluate'](**inputs)[1]
    cores = scope['evaluate'](**inputs)[1]
    def call(f, *args):
        more = [name for name in inspect.signature(f).parameters if name not in ('cores', 'p')]
        return f(*args, *[3 for _ in more])
    expanded = call(scope['expand_jacobian'], cores)
    applied = call(scope['apply_jacobian'], cores, p)
    errors.append(max(np.abs(expanded - expected).max(), np.abs(applied - np.tensordot(expected, p, 2)).max()))
print(json.dumps(errors))
`
    const errors = JSON.parse(runPython(comparison, JSON.stringify(programs))) as number[]
    expect(lists.map(([name], at) => [name, (errors[at] ?? 1) < 1e-12])).toEqual(lists.map(([name]) => [name, true]))
  })
})

describe.skipIf(python === null)('arguments', () => {
  test('a wrong shape is told by name', () => {
    const node = g.contract('ik', [
      [A, 'ij'],
      [B, 'jk'],
    ])
    const { code } = emitNumpy({ variables: [A, B, s], outputs: [dense('value', node)] })
    const calls = ['A=[[1, 2]], B=[[1], [2], [3]], s=1', 'A=[1, 2], B=[[1]], s=1', 'A=[[1, 2]], B=[[1], [2]], s=[1]']
    const program = `${code}\nimport json\nmessages = []\n${calls
      .map((call) => `try:\n    evaluate(${call})\nexcept ValueError as error:\n    messages.append(str(error))`)
      .join('\n')}\nprint(json.dumps(messages))`
    expect(JSON.parse(runPython(program))).toEqual([
      'B must be of shape (n, k), not (3, 1)',
      'A must be of shape (m, n), not (2,)',
      's must be a number, not (1,)',
    ])
  })

  test('a size is read from a polynomial', () => {
    const half = g.variable('h', [n.scale(Rational.TWO).add(Dimension.ONE)])
    const { code } = emitNumpy({ variables: [half], outputs: [dense('value', g.multiply(g.dimension(n), half))] })
    expect(JSON.parse(runPython(`${code}\nprint(evaluate([1, 2, 3, 4, 5]).tolist())`))).toEqual([2, 4, 6, 8, 10])
  })
})

describe.skipIf(python === null)('functions', () => {
  test('each agrees with the evaluator at its samples', () => {
    const list = allElementwise().filter((entry) => !entry.inline)
    const programs = list.map((entry) => {
      const args = entry.parameters.map((name) => g.variable(name, []))
      const { code } = emitNumpy({ variables: args, outputs: [dense('value', g.apply(entry.name, ...args))] })
      return { code, points: points(entry.samples, entry.parameters.length) }
    })
    const program = `
import json, sys, warnings
warnings.simplefilter('ignore')
answers = []
for program in json.load(sys.stdin):
    scope = {}
    exec(program['code'], scope)
    answers.append([repr(float(scope['evaluate'](*point))) for point in program['points']])
print(json.dumps(answers))
`
    const answers = JSON.parse(runPython(program, JSON.stringify(programs))) as string[][]
    const wrong = list.flatMap((entry, at) =>
      points(entry.samples, entry.parameters.length).flatMap((point, k) => {
        const args = new Map(
          entry.parameters.map((name, j) => [name, { shape: [], data: Float64Array.of(point[j] ?? 0) }]),
        )
        const [expected] = evaluate(
          [g.apply(entry.name, ...entry.parameters.map((name) => g.variable(name, [])))],
          args,
        )
        const found = parse(answers[at]?.[k] ?? '')
        const value = expected?.data[0] ?? Number.NaN
        const near =
          close(value, found) && (value === 0 || !Number.isFinite(value) || Math.abs(found / value - 1) < 1e-12)
        return near ? [] : [`${entry.name}(${point}) = ${found}, not ${value}`]
      }),
    )
    expect(wrong).toEqual([])
  })
})

function points(samples: readonly number[], count: number): number[][] {
  return count === 0 ? [[]] : points(samples, count - 1).flatMap((rest) => samples.map((t) => [...rest, t]))
}

test('a chain of 20000 steps is emitted in linear time', () => {
  const graph = new Graph()
  const start = graph.variable('x', [n])
  let node: Node = start
  for (let step = 0; step < 10_000; step++) node = graph.apply('sin', graph.add(node, start))
  const { code } = emitNumpy({ variables: [start], outputs: [dense('value', node)] })
  expect(Math.max(...code.split('\n').map((line) => line.length))).toBeLessThanOrEqual(88)
}, 60_000)

afterAll(() => {
  if (python === null) process.stdout.write(`NumPy not found: ${cases.length + 150} programs not run\n`)
})
