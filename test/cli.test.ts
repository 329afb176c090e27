// The command line: what each option answers, and what goes where when something is wrong.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lines } from '../src/cli/batch.ts'
import { run } from '../src/cli/run.ts'
import { eincalc } from './command.ts'
import { python } from './python.ts'

let folder: string
const at = (name: string) => join(folder, name)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eincalc-'))
  writeFileSync(at('A.json'), '[[1,2],[3,4],[5,6]]')
  writeFileSync(at('x.json'), '[1,2]')
  writeFileSync(at('y.csv'), '1\n0\n1\n')
  writeFileSync(at('titles.csv'), 'a,b\n1,2\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('a derivative', () => {
  test.each<[args: string[], stdout: string]>([
    [["x'*A*x", '--wrt', 'x'], "(A + A')*x\n# by x: vector(n)\n"],
    [["x'*A*x", '--wrt=x', '--var', 'A:symmetric(n)'], '2*A*x\n# by x: vector(n)\n'],
    [["-x'*x", '--wrt', 'x'], '-2*x\n# by x: vector(n)\n'],
    [['--wrt', 'x', '--', "--x'*x"], '2*x\n# by x: vector(n)\n'],
    [["x'*x"], "x'*x\n# scalar\n"],
    [["x'*x", '--wrt', 'x', '--layout', 'numerator'], "2*x'\n# by x: rowvector(n)\n"],
    [["x'*z", '--wrt', 'x,z'], '# by x: vector(n)\nz\n# by z: vector(n)\nx\n'],
    [["x'*z", '--wrt', 'x', '--wrt', 'z'], '# by x: vector(n)\nz\n# by z: vector(n)\nx\n'],
    [["x'*A*z", '--wrt', 'x,z', '--order', '2', '--mixed'], 'A\n# by x, z: matrix(m,n)\n'],
    [
      ["norm2(T-U*V')^2", '--wrt', 'U', '--order', '2', '--var', 'T:matrix(m,n), U:matrix(m,k), V:matrix(n,k)'],
      "H[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]\n# by U, U: tensor(m,k,m,k)\n# between column-major vecs: 2*kron(V'*V, eye(m))\n",
    ],
    [["x'*A*x", '--wrt', 'x', '--format', 'latex'], '\\left(A + A^\\top\\right) x\n'],
    [["x'*z", '--wrt', 'x,z', '--format', 'latex'], '% by x\nz\n% by z\nx\n'],
    [["x'*A*x", '--wrt', 'x', '--format', 'index'], 'J[i] = sum[j](A[i,j]*x[j]) + sum[j](A[j,i]*x[j])\n'],
    [["x'*A*x", '--wrt', 'x', '--format', 'einsum'], "einsum('ji,j->i', A, x) + einsum('ij,j->i', A, x)\n"],
    [["x'*A*x", '--wrt', 'x', '--layout', 'mixed', '--symmetric', 'unconstrained'], "(A + A')*x\n# by x: vector(n)\n"],
  ])('%j', async (args, stdout) => {
    expect(await eincalc(args)).toEqual({ code: 0, stdout, stderr: '' })
  })

  test.each(['forward', 'reverse', 'crosscountry', 'auto'])('in mode %s', async (mode) => {
    const { stdout } = await eincalc(['sum(exp(A*x))', '--wrt', 'x', '--mode', mode])
    expect(stdout.split('\n')[0]).toBe("A'*exp(A*x)")
  })

  test('without an expression the program comes from stdin', async () => {
    const stdin = "z = A*x   # a comment\nz'*z\n"
    const expected = { code: 0, stdout: "2*A'*A*x\n# by x: vector(n)\n", stderr: '' }
    expect(await eincalc(['--wrt', 'x'], { stdin })).toEqual(expected)
    expect(await eincalc(['-', '--wrt', 'x'], { stdin: ["z = A*x; z'", '*z'] })).toEqual(expected)
  })

  test('steps name the rules, in the terms of what was typed', async () => {
    const { code, stdout } = await eincalc(['sum(log(1 + exp(A*x)))', '--wrt', 'x', '--format', 'steps'])
    expect(code).toBe(0)
    expect(stdout).toBe(`f = sum(log(exp(A*x) + 1))   [reverse mode]
1. d(f)/d(log(exp(A*x) + 1)) = ones(m)   [linear rule]
2. d(f)/d(exp(A*x) + 1) = sigmoid(-A*x)   [chain rule, derivative of log]
3. d(f)/d(exp(A*x)) = sigmoid(-A*x)   [sum rule]
4. d(f)/d(A*x) = sigmoid(A*x)   [chain rule, derivative of exp]
5. d(f)/d(x) = A'*sigmoid(A*x)   [product rule]
`)
  })

  test('json is the answer of the same batch request', async () => {
    const request = { expr: "x'*A*x", wrt: ['x'], want: ['text', 'latex', 'index', 'einsum'] }
    const batch = await eincalc(['batch'], { stdin: JSON.stringify(request) })
    expect(await eincalc([request.expr, '--wrt', 'x', '--format', 'json'])).toEqual(batch)
  })

  test('a program is emitted under the name wanted; what is renamed is said', async () => {
    const args = [
      "lambda*x'*x",
      '--wrt',
      'x',
      '--var',
      'lambda:scalar, x:vector(n)',
      '--format',
      'numpy',
      '--function',
      'f',
    ]
    const { code, stdout, stderr } = await eincalc(args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '# lambda is called lambda_ in the program\n' })
    expect(stdout).toMatch(/^def f\(lambda_, x\):$/m)
  })

  test('an ONNX model is a file, not for a terminal, and has no other lines', async () => {
    const args = ["lambda*x'*x", '--wrt', 'x', '--var', 'lambda:scalar, x:vector(n)', '--format', 'onnx']
    const { code, stdout } = await eincalc(args)
    expect([code, stdout.charCodeAt(0), stdout.charCodeAt(1)]).toEqual([0, 8, 8])
    expect(stdout).toContain('gradient_x')
    const shown = await eincalc(args, { isTTY: true })
    expect(shown).toMatchObject({ code: 2, stdout: '' })
    expect(shown.stderr).toContain('> model.onnx')
    const numbers = await eincalc([...args, '--cost', '--dims', 'n=3'])
    expect(numbers).toMatchObject({ code: 2, stdout: '' })
  })

  test('a batch answer holds a model in base64', async () => {
    const request = { expr: "x'*x", wrt: ['x'], want: ['onnx'] }
    const { stdout } = await eincalc(['batch'], { stdin: JSON.stringify(request) })
    const [derivative] = JSON.parse(stdout).derivatives
    expect([...Buffer.from(derivative.onnx, 'base64').subarray(0, 2)]).toEqual([8, 8])
  })
})

describe('numbers', () => {
  const expression = ['norm2(A*x-y)^2', '--wrt', 'x']

  test('from files and from the command line', async () => {
    const data = `A=${at('A.json')},x=[1,2],y=${at('y.csv')}`
    expect(await eincalc([...expression, '--data', data])).toEqual({
      code: 0,
      stdout: "2*A'*(A*x - y)\n# by x: vector(n)\n# value\n393\n# derivative by x\n[234, 296]\n",
      stderr: '',
    })
  })

  test('a matrix has its rows under each other', async () => {
    const { stdout } = await eincalc(["x*x'", '--wrt', 'x', '--data', 'x=[1.5,-20]'])
    expect(stdout).toContain('# value\n[[2.25, -30],\n [ -30, 400]]\n')
  })

  test('terms of a compressed derivative', async () => {
    const args = ['norm2(A*x-y)^2', '--wrt', 'A', '--order', '2', '--compressed']
    const { stdout } = await eincalc([...args, '--data', `A=${at('A.json')},x=${at('x.json')},y=${at('y.csv')}`])
    expect(stdout).toContain(
      '3×2×3×2: the sum of scale * einsum(pattern, cores), 2 of 36 numbers\n# scale 2, pattern a,b->iaib\n[1, 2]\n[1, 2]\n',
    )
  })

  test('a long tensor is described', async () => {
    const { stdout } = await eincalc(['2*x', '--data', `x=[${Array.from({ length: 2000 }, (_, k) => k)}]`])
    expect(stdout).toContain('# 2000 numbers, from 0 to 3998;')
  })

  test('--out writes the last derivative, which --data reads again', async () => {
    const data = `A=${at('A.json')},x=${at('x.json')},y=${at('y.csv')}`
    const written = await eincalc([...expression, '--order', '2', '--data', data, '--out', at('H.npy')])
    expect(written).toMatchObject({ code: 0, stdout: "2*A'*A\n# by x, x: matrix(n,n)\n" })
    expect(written.stderr).toBe(`# wrote ${at('H.npy')}: the derivative by x, x, 2×2\n`)
    const { stdout } = await eincalc(['H', '--data', `H=${at('H.npy')}`])
    expect(stdout).toContain('[[70,  88],\n [88, 112]]')
  })

  test('.npz files: arrays by name, all results in one', async () => {
    const data = `A=${at('A.json')},x=${at('x.json')},y=${at('y.csv')}`
    const written = await eincalc([...expression, '--data', data, '--out', at('all.npz')])
    expect(written.stderr).toBe(`# wrote ${at('all.npz')}: value a scalar, derivative_x 2\n`)
    const read = (name: string) => eincalc(['g', '--var', 'g:vector(n)', '--data', `g=${at('all.npz')}${name}`])
    expect((await read(':derivative_x')).stdout).toContain('# value\n[234, 296]\n')
    expect((await read('')).stderr).toContain('it has no array g; there are value, derivative_x\n')
    const only = await eincalc(['2*x', '--data', 'x=[1,2]', '--out', at('one.npz')])
    expect(only.code).toBe(0)
    expect((await eincalc(['v', '--var', 'v:vector(n)', '--data', `v=${at('one.npz')}`])).stdout).toContain('[2, 4]')
  })

  test('.csv files are written as they are read', async () => {
    const written = await eincalc(["x*x'", '--data', 'x=[0.1,"Infinity"]', '--out', at('square.csv')])
    expect(written.stderr).toContain('the value, 2×2')
    const { stdout } = await eincalc(['M', '--data', `M=${at('square.csv')}`])
    expect(stdout).toContain('[[    0.01, Infinity],\n [Infinity, Infinity]]')
    const tensor = await eincalc(["einsum('i,j,k->ijk',x,x,x)", '--data', 'x=[1,2]', '--out', at('cube.csv')])
    expect(tensor).toMatchObject({ code: 1, stderr: expect.stringContaining('the result has 3 axes') })
    const other = await eincalc(['2*x', '--data', 'x=[1,2]', '--out', at('x.txt')])
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('--out writes .npy, .npz or .csv files') })
  })

  test('columns of a Parquet file', async () => {
    const columnData = [
      { name: 'a', data: Float64Array.of(1, 2, 3) },
      { name: 'b', data: [4, 5, 6], type: 'INT32' as const },
      { name: 'c', data: ['x', 'y', 'z'], type: 'STRING' as const },
    ]
    writeFileSync(at('table.parquet'), new Uint8Array(parquetWriteBuffer({ columnData })))
    const file = at('table.parquet')
    const data = `X=${file}:a,b,y=${file}:b`
    const types = ['--var', 'X:matrix(m,n),y:vector(m)']
    expect((await eincalc(["X'*y", ...types, '--data', data])).stdout).toContain('# value\n[32, 77]\n')
    const message = async (source: string) =>
      (await eincalc(['x', '--var', 'x:vector(n)', '--data', `x=${source}`])).stderr
    expect(await message(`${file}:d`)).toContain('it has no column d; there are a, b, c\n')
    expect(await message(`${file}:c`)).toContain('column c has the text "x" in row 1 where a number is expected\n')
    expect(await message(at('none.parquet'))).toContain('there is no such file')
    writeFileSync(at('wrong.parquet'), 'no table')
    expect(await message(at('wrong.parquet'))).toContain('it is no Parquet file that is read')
  })

  test('--check and --cost stand in comments', async () => {
    const { code, stdout } = await eincalc([...expression, '--check', '--cost', 'm=1000,n=100'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^# checked, relative error \S+, 2 points, seed 1$/m)
    expect(stdout).toMatch(/^# {3}reverse \* +400000 +1000 /m)
  })

  test('--check beside LaTeX goes to stderr', async () => {
    const { stdout, stderr } = await eincalc([...expression, '--check', '--format', 'latex'])
    expect(stdout.split('\n')).toHaveLength(2)
    expect(stderr).toMatch(/^# checked/)
  })

  test('json holds values and checks', async () => {
    const { stdout } = await eincalc(["x'*x", '--wrt', 'x', '--data', 'x=[1,2]', '--check', '--format', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      value: { shape: [], data: [5] },
      derivatives: [{ value: { shape: [2], data: [2, 4] }, check: { ok: true } }],
    })
  })
})

describe('comparisons', () => {
  test('--answer', async () => {
    expect(await eincalc(["x'*A*x", '--wrt', 'x', '--answer', "A*x + A'*x"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Equal\.\n/),
    })
    const wrong = await eincalc(["x'*A*x", '--wrt', 'x', '--answer', '-2*A*x'])
    expect(wrong.code).toBe(1)
    expect(wrong.stdout).toMatch(
      /^Different\.\n# entry \[1\] is \S+ on the derivative, \S+ on the answer \(seed 1\), at\n# n = 2\n# A = \[\[/,
    )
  })

  test('what is wrong in an answer is shown in the answer', async () => {
    const { code, stderr } = await eincalc(["x'*A*x", '--wrt', 'x', '--answer', '2*A*x+'])
    expect(code).toBe(1)
    expect(stderr).toContain('  2*A*x+\n       ^')
  })

  test('equal', async () => {
    expect(await eincalc(['equal', "x'*A*x", "tr(A*x*x')"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Equal\./),
    })
    expect(await eincalc(['equal', "x'*A*x", "x'*A'*x + 1"])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Different\./),
    })
    expect(await eincalc(['equal', 'A*x', "A'*x", '--var', 'A:symmetric(n), x:vector(n)'])).toMatchObject({ code: 0 })
    expect((await eincalc(['equal', 'x', 'y+'])).stderr).toContain('  y+\n   ^')
  })
})

describe('tables', () => {
  test('functions', async () => {
    const { code, stdout } = await eincalc(['functions'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^logdet\(/m)
    expect(stdout).toMatch(/^arcsin\(t\) .*Also called asin\.$/m)
  })
  test('languages', async () => {
    const { stdout } = await eincalc(['languages'])
    expect(stdout).toMatch(
      /^numpy +Python with NumPy +\.py +compressed derivatives, linear algebra, float32, checks itself$/m,
    )
  })
  test('help and version', async () => {
    expect((await eincalc(['--help'])).stdout).toContain('--order k')
    expect((await eincalc(['equal', '--help'])).stdout).toContain('eincalc equal A B')
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect((await eincalc(['--version'])).stdout).toBe(`${version}\n`)
  })
})

describe('what goes wrong leaves stdout empty, says why on stderr and sets the exit code', () => {
  test.each<[args: string[], code: number, message: string]>([
    [['2x + 1'], 1, 'SyntaxError: An operator is missing between `2` and `x`.\n  2x + 1\n   ^\n  Hint: write `2*x`\n'],
    [
      ['A*x', '--var', 'A:matrix(m,n), x:vector(k)'],
      1,
      'ShapeMismatch: A*x: A is m×n but x has length k\n  A*x\n    ^',
    ],
    [["x'*x", '--wrt', 'w'], 1, 'UnknownVariable: '],
    [["x'*x", '--wrt', 'x', '--var', 'x:vectr(n)'], 1, '  x:vectr(n)\n    ^^^^^\n  Hint: did you mean `vector`?'],
    [["x'*x", '--var', 'x:vector(n), x:vector(m)'], 1, 'BadRequest: x is declared twice\n'],
    [["x'*x", '--data', 'x=none.npy'], 1, 'BadRequest: x: cannot read none.npy: there is no such file\n'],
    [["x'*x", '--data', 'x=none'], 1, 'x: none is no .npy, .npz, .csv, .json or .parquet file'],
    [["x'*x", '--data', 'x=[1,[2]]'], 1, 'ShapeMismatch: x is not rectangular'],
    [["x'*x", '--data', 'x=[1,2'], 1, 'BadRequest: x: [1,2 is no JSON\n'],
    [["x'*z", '--data', 'x=[1,2]'], 1, 'BadRequest: no value is given for z\n'],
    [["x'*z", '--data', 'x=[1,2],z=[1,2,3]'], 1, 'ShapeMismatch: z has length 3 but n = 2 (from x)\n'],
    [["x'*x", '--data', 'X=[1,2]'], 1, 'UnknownVariable: '],
    [
      ["x'*x", '--wrt', 'x', '--data', 'x=[1,2]', '--out', '/nowhere/g.npy'],
      1,
      'BadRequest: cannot write /nowhere/g.npy',
    ],
    [['x[5]', '--data', 'x=[1,2]'], 1, 'ShapeMismatch: entry 5 is selected along an axis of length 2\n  x[5]\n    ^\n'],
    [["x'*x", '--wrt', 'x', '--cost', 'm=10'], 1, 'BadRequest: no size is given for dimension n\n'],
    [[''], 1, 'SyntaxError: The expression is empty.\n'],
    [["x'*x", '--wtr', 'x'], 2, 'eincalc: there is no option --wtr\n  Did you mean --wrt?\n'],
    [["x'*x", '--wrt'], 2, 'eincalc: --wrt needs a value\n'],
    [["x'*x", '--mixed=yes'], 2, 'eincalc: --mixed takes no value\n'],
    [["x'*x", '--order', '2'], 2, 'eincalc: --order needs --wrt\n'],
    [["x'*x", '--wrt', 'x', '--order', '1.5'], 2, 'eincalc: --order is a positive whole number, not 1.5\n'],
    [["x'*x", '--wrt', 'x', '--order', '2', '--order', '3'], 2, 'eincalc: --order is given twice\n'],
    [
      ["x'*x", '--wrt', 'x', '--mode', 'fast'],
      2,
      'eincalc: --mode is auto, forward, reverse, crosscountry, not fast\n',
    ],
    [["x'*x", '--wrt', 'x', '--format', 'latexx'], 2, 'eincalc: there is no format latexx\n  Did you mean latex?\n'],
    [["x'*x", '--wrt', 'x', '--layout', 'rows'], 2, 'eincalc: --layout is mixed, numerator, denominator, not rows\n'],
    [["x'*x", '--engine', 'gpu'], 2, 'eincalc: --engine is auto, wasm, blas, reference, not gpu\n'],
    [
      ["x'*x", '--wrt', 'x', '--dims', 'n=-1'],
      2,
      'eincalc: --dims: the size of n is a positive whole number, not -1\n',
    ],
    [["x'*x", '--wrt', 'x', '--dims', 'n'], 2, 'eincalc: --dims has n, which is no NAME=VALUE\n'],
    [["x'*x", '--out', 'g.npy'], 2, 'eincalc: --out needs --data\n'],
    [["x'*x", '--function', 'f'], 2, 'eincalc: --function needs the --format of a language\n'],
    [["x'*x", 'x'], 2, 'eincalc: one expression is expected, 2 are given\n'],
    [['equal', 'x'], 2, 'eincalc: equal compares two expressions\n'],
    [['batch', 'x'], 2, 'eincalc: batch takes no arguments\n'],
    [['functions', '--wrt', 'x'], 2, 'eincalc: functions takes no arguments\n'],
    [['serve', 'x'], 2, 'eincalc: serve takes no expression, but x is given\n'],
    [['serve', '--port', 'x'], 2, 'eincalc: --port is a whole number up to 65535, not x\n'],
    [["x'*x", '--wrt', 'x', '--order', '9'], 3, 'LimitExceeded: order 9 is above the highest order taken, 8\n'],
  ])('%j', async (args, code, message) => {
    const outcome = await eincalc(args)
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(outcome.stderr).toContain(message)
    expect(outcome.stderr).not.toMatch(/^ {4}at /m)
  })

  test.each([
    [
      'brackets',
      `${'('.repeat(20_000)}x${')'.repeat(20_000)}`,
      'LimitExceeded: Brackets are nested more than 10000 deep.\n',
    ],
    ['text', 'x'.repeat(1_000_001), 'LimitExceeded: The text is longer than 1000000 bytes.\n'],
  ])('too much: %s', { timeout: 10_000 }, async (_, text, message) => {
    const { code, stdout, stderr } = await eincalc([text])
    expect({ code, stdout, isSaid: stderr.includes(message) }).toEqual({ code: 3, stdout: '', isSaid: true })
  })

  test('on a terminal nothing is read from it', async () => {
    expect(await eincalc([], { isTTY: true })).toMatchObject({ code: 2, stdout: '' })
  })

  test('json puts the error on stdout as well', async () => {
    const { code, stdout, stderr } = await eincalc(['A*x+', '--format', 'json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'SyntaxError', span: [3, 4] } })
    expect(stderr).toContain('  A*x+\n     ^')
  })

  test('a file with titles is no table of numbers', async () => {
    const { code, stderr } = await eincalc(['X', '--data', `X=${at('titles.csv')}`])
    expect(code).toBe(1)
    expect(stderr).toContain('has "a" in line 1, column 1')
  })

  test('colour only on a terminal, without NO_COLOR', async () => {
    const coloured = '\u001b['
    expect((await eincalc(['2x'], { isTTY: true })).stderr).toContain(coloured)
    expect((await eincalc(['2x'], { isTTY: true, env: { NO_COLOR: '1' } })).stderr).not.toContain(coloured)
    expect((await eincalc(['2x'])).stderr).not.toContain(coloured)
    expect((await eincalc(["x'*x", '--wrt', 'x'], { isTTY: true })).stdout).not.toContain(coloured)
  })

  test('a defect of ours ends with 70 and one line', async () => {
    const stdin = new Readable({
      read() {
        this.destroy(new Error('broken'))
      },
    })
    const stderr = new PassThrough()
    const code = await run(['--wrt', 'x'], { stdin, stdout: new PassThrough(), stderr, env: {} })
    expect(code).toBe(70)
    expect(String(stderr.read())).toMatch(/^eincalc: this is a defect of eincalc, sorry\..*: broken\n$/)
  })
})

describe('batch', () => {
  const batch = async (stdin: string | readonly (string | Uint8Array)[]) => {
    const { code, stdout, stderr } = await eincalc(['batch'], { stdin })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  }

  test('answers the request of the interface', async () => {
    const request = {
      id: 1,
      expr: 'norm2(A*x-y)^2',
      vars: { A: 'matrix(m,n)', x: 'vector(n)', y: 'vector(m)' },
      wrt: ['x'],
      order: 2,
      dims: { m: 3, n: 2 },
      values: {
        A: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        x: [1, 2],
        y: [1, 0, 1],
      },
      want: ['text', 'latex', 'numpy', 'value', 'derivative', 'check'],
    }
    const [answer] = await batch(JSON.stringify(request))
    expect(answer).toMatchObject({
      id: 1,
      ok: true,
      type: 'scalar',
      derivatives: [
        {
          wrt: ['x'],
          order: 2,
          type: 'matrix(n,n)',
          text: "2*A'*A",
          kronecker: null,
          compressed: false,
          value: { shape: [2, 2], data: [70, 88, 88, 112] },
          check: { ok: true },
        },
      ],
      value: { shape: [], data: [393] },
    })
    expect(answer.derivatives[0].numpy).toContain('def evaluate(A, x, y):')
  })

  test('answers in order and goes on after any line', async () => {
    const requests = [
      '{"id":1,"expr":"x\'*x","wrt":["x"]}',
      'no JSON',
      '',
      '   ',
      '{"id":2,"expr":"2x"}',
      '[]',
      'null',
      '{"id":3}',
      '{"id":4,"expr":"x","__proto__":{"a":1},"want":["toString"]}',
      `{"id":5,"expr":"${'('.repeat(20_000)}"}`,
      '{"id":"six","expr":"x","vars":{"x":"vector(n)"}}\r',
      `{"id":7,"expr":"${'x'.repeat(1_000_001)}"}`,
      '{"id":8,"expr":"x+1"}',
    ]
    const answers = await batch(requests.join('\n'))
    expect(answers.map(({ id, ok, error }) => [id, ok ? 'ok' : error.code])).toEqual([
      [1, 'ok'],
      [undefined, 'BadRequest'],
      [2, 'SyntaxError'],
      [undefined, 'BadRequest'],
      [undefined, 'BadRequest'],
      [3, 'BadRequest'],
      [4, 'BadRequest'],
      [5, 'LimitExceeded'],
      ['six', 'ok'],
      [7, 'LimitExceeded'],
      [8, 'ok'],
    ])
  })

  test('lines cut anywhere, within letters too', async () => {
    const bytes = Buffer.from('{"id":"é","expr":"x"}\n{"id":"ü","expr":"x"}')
    for (let cut = 1; cut < bytes.length; cut += 3) {
      const answers = await batch([bytes.subarray(0, cut), bytes.subarray(cut)])
      expect(answers.map(({ id }) => id)).toEqual(['é', 'ü'])
    }
  })

  test('bytes that are no UTF-8 and lines above the limit are refused and passed over', async () => {
    const [refused, fine] = await batch([Uint8Array.of(0xff, 0xfe, 10), '{"id":2,"expr":"x"}\n'])
    expect([refused.error.code, fine.id]).toEqual(['BadRequest', 2])
    const input = Readable.from([Buffer.from('123456'), Buffer.from('7\n123\n')], { objectMode: false })
    const read = []
    for await (const line of lines(input, 5)) read.push(line)
    expect(read).toEqual([
      { ok: false, error: { code: 'LimitExceeded', message: 'the line is longer than 5 bytes' } },
      '123',
    ])
  })

  test('waits for a slow reader', async () => {
    const stdout = new PassThrough({ highWaterMark: 64 })
    const stdin = Readable.from(
      Array.from({ length: 50 }, (_, id) => Buffer.from(`{"id":${id},"expr":"x"}\n`)),
      {
        objectMode: false,
      },
    )
    const done = run(['batch'], { stdin, stdout, stderr: new PassThrough(), env: {} })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(stdout.writableLength + stdout.readableLength).toBeLessThan(1000)
    let text = ''
    stdout.on('data', (part) => {
      text += part
    })
    expect(await done).toBe(0)
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual(Array.from({ length: 50 }, (_, id) => id))
  })
})

describe('the built command', () => {
  const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

  test('is there', () => {
    expect(existsSync(main), 'run `npm run build` first').toBe(true)
  })

  test('answers, with its exit code', () => {
    const options = { encoding: 'utf8' } as const
    expect(spawnSync(process.execPath, [main, "x'*A*x", '--wrt', 'x'], options)).toMatchObject({
      status: 0,
      stdout: "(A + A')*x\n# by x: vector(n)\n",
      stderr: '',
    })
    expect(spawnSync(process.execPath, [main, '2x'], options)).toMatchObject({ status: 1, stdout: '' })
  })

  test('answers a line before the next one arrives', async () => {
    const child = spawn(process.execPath, [main, 'batch'])
    for (const id of [1, 2]) {
      child.stdin.write(`{"id":${id},"expr":"x"}\n`)
      const [line] = await new Promise<Buffer[]>((resolve) => child.stdout.once('data', (part) => resolve([part])))
      expect(JSON.parse(String(line))).toMatchObject({ id, ok: true })
    }
    child.stdin.end()
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
  })

  test('is quiet where its reader goes away', () => {
    const requests = '{"expr":"x"}\n'.repeat(2000)
    const { stdout, stderr } = spawnSync('bash', ['-c', `node "${main}" batch | head -n 1`], {
      input: requests,
      encoding: 'utf8',
    })
    expect(JSON.parse(stdout)).toMatchObject({ ok: true })
    expect(stderr).toBe('')
  })

  test.skipIf(python === null)('reads and writes .npy as NumPy does', () => {
    const script = `
import sys, numpy as np
folder = sys.argv[1]
values = np.arange(24.0).reshape(2, 3, 4)
for name, array in {
    'c': values, 'fortran': np.asfortranarray(values), 'f4': values.astype('f4'), 'i8': values.astype('i8'),
    'i2': values.astype('i2'), 'u1': values.astype('u1'), 'big': values.astype('>f8'),
}.items():
    np.save(f'{folder}/{name}.npy', array)
np.save(f'{folder}/complex.npy', values.astype(complex))
np.save(f'{folder}/empty.npy', np.zeros((2, 0, 4)))
np.save(f'{folder}/scalar.npy', np.float64(2.5))
`
    expect(spawnSync(python as string, ['-c', script, folder], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    })
    const triple = (name: string) =>
      spawnSync(
        process.execPath,
        [main, '3*T', '--var', 'T:tensor(m,n,k)', '--data', `T=${at(`${name}.npy`)}`, '--out', at(`${name}3.npy`)],
        { encoding: 'utf8' },
      )
    for (const name of ['c', 'fortran', 'f4', 'i8', 'i2', 'u1', 'big']) {
      expect(triple(name)).toMatchObject({ status: 0 })
      const check = `import sys, numpy as np; a = np.load(sys.argv[1]); assert a.dtype == 'f8' and a.flags.c_contiguous and (a == 3*np.arange(24.0).reshape(2, 3, 4)).all()`
      expect(spawnSync(python as string, ['-c', check, at(`${name}3.npy`)], { encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      })
    }
    expect(triple('complex').stderr).toContain('its entries have the type <c16')
    expect(triple('empty').stderr).toContain('T is empty: its shape is 2×0×4')
    expect(
      spawnSync(process.execPath, [main, 'a', '--data', `a=${at('scalar.npy')}`], { encoding: 'utf8' }).stdout,
    ).toContain('# value\n2.5\n')
  })
})
