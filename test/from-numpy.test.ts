import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Source } from '../src/cli/from-numpy/python.ts'
import { translate } from '../src/cli/from-numpy/translate.ts'
import { EincalcError } from '../src/errors.ts'
import { evaluate, sampleInputs } from '../src/evaluate/index.ts'
import { derive, emitProgram, equal, parse } from '../src/index.ts'
import { eincalc } from './command.ts'
import { runPython, skipWithoutNumpy } from './python.ts'

const path = fileURLToPath(new URL('data/functions.py', import.meta.url))
const file = readFileSync(path, 'utf8')
const names = [...file.matchAll(/^def (\w+)\(/gm)].map((match) => match[1] as string)
const sizes = new Map(Object.entries({ m: 3, n: 4, k: 2, p: 5 }))

function read(text: string, name = 'f', result?: number, declared: Record<string, string> = {}) {
  return translate(new Source(text), name, new Map(Object.entries(declared)), result)
}

describe.skipIf(skipWithoutNumpy(names.length))('what is read has the values of the Python function', () => {
  test.each(names.map((name) => [name]))('%s', (name) => {
    const result = name === 'several' ? 1 : undefined
    const { program, types } = read(file, name, result)
    const e = parse(program, { vars: types })
    const variables = [...e.variables.values()].map(({ node }) => node)
    const inputs = sampleInputs(variables, sizes, 1, 1)
    const [found] = evaluate([e.raw], inputs, sizes)
    const parameters = [...types.keys()].map((own) => inputs.get(own))
    const script = `
import json, sys
import numpy as np
source = json.loads(sys.stdin.read())
scope = {}
exec(source['file'], scope)
args = [np.array(a['data']).reshape(a['shape']) if a else 0.5 for a in source['args']]
result = scope[source['name']](*args)
result = result if source['result'] is None else result[source['result']]
print(json.dumps(np.asarray(result, dtype=float).tolist()))`
    const args = parameters.map((input) => input && { shape: input.shape, data: [...input.data] })
    const output = runPython(script, JSON.stringify({ file, name, args, result: result ?? null }))
    const expected = ([JSON.parse(output)] as unknown[]).flat(9) as number[]
    expect(found?.data.length).toBe(expected.length)
    for (const [k, entry] of expected.entries()) expect(found?.data[k]).toBeCloseTo(entry, 10)
  })
})

const head = 'import numpy as np\ndef f(x, A, b):\n    '

test.each([
  ['return x @ A @ x', "(A'*x)'*x"],
  ['return A @ x + b', 'A*x + b'],
  ['return (A.T).T @ x', 'A*x'],
  ['y = x\n    return y * y', 'x.*x'],
  ['y = x + 1\n    y = y * 2\n    return y', 'y = x + 1\ny2 = y*2\ny2'],
  ['return x[:, None] * A', 't1[i,j] = x[i]*A[i,j]\nt1'],
  ['t = A * x\n    return t', 't1[i,j] = A[i,j]*x[j]\nt1'],
  ['return A.sum(axis=0)', "sum(A, axis=1)'"],
  ['return -x ** 2', '-x.^2'],
  ['return 2 ** b / x', '2^b./x'],
  ['return np.where(x > 0, x, 0)', 'where(x > 0, x, 0)'],
  ['n = len(x)\n    return np.sum(x) / n', 'sum(x)/n'],
  ['return np.sum(x) / x.shape[0]', 'sum(x)/m'],
])('%s', (body, program) => {
  expect(read(head + body).program).toBe(program)
})

test('types come from declarations, the docstring, default values and first letters', () => {
  const text =
    'def f(u, X, y: float, lam=1e-3):\n    """\n    u : ndarray, shape (n,)\n    """\n    return X @ u * y * lam'
  const { types, guessed } = read(text, 'f', undefined, { X: 'symmetric(n)' })
  expect([...types]).toEqual([
    ['u', 'vector(n)'],
    ['X', 'symmetric(n)'],
    ['y', 'scalar'],
    ['lam', 'scalar'],
  ])
  expect(guessed).toEqual([])
})

test.each([
  ['if b > 0:\n        return x\n    return A', 'a function with an if', 'if b > 0:'],
  ['for i in x:\n        b += i\n    return b', 'a function with a loop', 'for i in x:'],
  ['return np.fft.fft(x)', 'numpy.fft.fft cannot be read', 'np.fft.fft(x)'],
  ['return x if b else A', 'a conditional expression', 'x if b else A'],
  ['return x[1:]', 'this index cannot be read', 'x[1:]'],
  ['return x[b]', 'this index cannot be read', 'x[b]'],
  ['x[0] = 1\n    return x', 'an assignment to a part of an array', 'x[0]'],
  ['y = x\n    y += 1\n    return x @ y', 'y may have other names', 'y += 1'],
  ['y = x + 1\n    z = y[0]\n    y += 1\n    return y * z', 'y may have other names', 'y += 1'],
  ['x *= 2\n    return x', 'x may have other names', 'x *= 2'],
  ['return A // b', '// cannot be read', 'A // b'],
  ['return 1 < b < 2', 'cannot be read', '1 < b < 2'],
  ['return A == A', '== cannot be read', 'A == A'],
  ['return np.sum(A, where=A > 0)', 'the argument where cannot be read here', 'np.sum(A, where=A > 0)'],
  ['return np.linalg.norm(A, 2)', 'this norm cannot be read', 'np.linalg.norm(A, 2)'],
  ['return A.sum(axis=2)', 'there is no such axis', 'A.sum(axis=2)'],
  ['return q', 'q is not known here', 'q'],
  ['return np.array([1, 2])', 'no array', 'np.array([1, 2])'],
  ['return 2j * x', 'numbers are read where they are decimal and real', '2j'],
  ['return b @ x', '@ takes no numbers', 'b @ x'],
  ['return f(x, A, b)', 'calls itself, or too deep', undefined],
  ['return (x', 'not read as Python', undefined],
  ['print(x)\n    return x', 'this statement cannot be read', 'print(x)'],
  ['b = 1', 'f returns nothing', undefined],
  ['return __import__("os").system("true")', 'cannot be read', undefined],
])('%s is refused at its place', (body, message, place) => {
  const text = head + body
  try {
    read(text)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(EincalcError)
    const { problem } = error as EincalcError
    expect(problem.message).toContain(message)
    if (place !== undefined) expect(text.slice(...(problem.span as [number, number]))).toBe(place)
  }
})

test.each([
  ['sum(log(exp(-y.*(X*w)) + vector(1)))', 'w', { X: 'matrix(m,n)', y: 'vector(m)', w: 'vector(n)' }],
  ["norm2(T-U*V')^2", 'U', { T: 'matrix(m,n)', U: 'matrix(m,k)', V: 'matrix(n,k)' }],
  ["tr(A*X'*B*X*C)", 'X', { A: 'matrix(n,n)', X: 'matrix(m,n)', B: 'matrix(m,m)', C: 'matrix(n,n)' }],
])('the NumPy program of %s reads back', (text, wrt, vars) => {
  const d = derive(text, { wrt, vars })
  const { code } = emitProgram('numpy', d.expression, [d])
  for (const [k, result] of [d.expression.toString(), d.toString()].entries()) {
    const { program, types } = read(code, 'evaluate', k)
    expect(equal(program, result, { vars: types }).equal).toBe(true)
  }
})

test('the command prints the program, or derives', async () => {
  const printed = await eincalc(['from-numpy', `${path}:ridge`])
  expect(printed).toMatchObject({ code: 0, stderr: '' })
  expect(printed.stdout).toBe(
    "r = X*w\nr2 = r - y\nr2'*r2/m + lam*sum(w.^2)\n# X: matrix(m,n), y: vector(m), w: vector(n), lam: scalar; the result: scalar\n",
  )
  const derived = await eincalc(['from-numpy', `${path}:ridge`, '--wrt', 'w', '--check'])
  expect(derived.code).toBe(0)
  expect(derived.stdout).toMatch(/^2\*\(lam\*w \+ X'\*\(X\*w - y\)\/m\)\n/)
  const wrong = await eincalc(['from-numpy', path])
  expect(wrong.code).toBe(2)
})
