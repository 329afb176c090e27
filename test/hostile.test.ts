// Whatever arrives, the answer is a result or a coded error with a place: never an exception, and promptly.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answer, answerLine, type BatchAnswer } from '../src/index.ts'
import { cpuTime } from './cpu.ts'
import { programs, textOf } from './random-program.ts'

const CODES =
  'SyntaxError UnknownFunction UnknownVariable ShapeMismatch TypeMismatch AmbiguousExpression NotDifferentiable DomainError LimitExceeded BadRequest'.split(
    ' ',
  )

/** The code of the error, or `ok`; an answer that is neither, or cannot be written as JSON, fails here. */
function outcome(given: BatchAnswer): string {
  const written = JSON.parse(JSON.stringify(given))
  if (written.ok === true) return 'ok'
  expect(written.ok).toBe(false)
  const { code, message, span, hint } = written.error
  expect(CODES).toContain(code)
  expect(message).toMatch(/\S/)
  expect(message.length).toBeLessThan(500)
  if (hint !== undefined) expect(hint).toMatch(/\S/)
  if (span !== undefined) {
    expect(span[0]).toBeGreaterThanOrEqual(0)
    expect(span[1]).toBeGreaterThanOrEqual(span[0])
  }
  return code
}

const repeat = (text: string, count: number, between = '') => Array(count).fill(text).join(between)

describe('expressions', () => {
  test.each<[text: string, code: string]>([
    ['', 'SyntaxError'],
    [' \n\t ', 'SyntaxError'],
    ['# only a comment', 'SyntaxError'],
    [';;;', 'SyntaxError'],
    ['(', 'SyntaxError'],
    [')', 'SyntaxError'],
    ['x)', 'SyntaxError'],
    ['x + ', 'SyntaxError'],
    ['* x', 'SyntaxError'],
    ['x y', 'SyntaxError'],
    ['2x', 'SyntaxError'],
    ['x ++', 'SyntaxError'],
    ['sin(', 'SyntaxError'],
    ['sin x', 'SyntaxError'],
    ['sin', 'TypeMismatch'],
    ['sin()', 'TypeMismatch'],
    ['sin(x, x, x)', 'TypeMismatch'],
    ['[1, 2]', 'SyntaxError'],
    ['x[', 'SyntaxError'],
    ['x[]', 'SyntaxError'],
    ['x[0]', 'ShapeMismatch'],
    ['x[1.5]', 'ShapeMismatch'],
    ['x[-1]', 'TypeMismatch'],
    ['x[i', 'SyntaxError'],
    ['x[i,j]', 'ShapeMismatch'],
    ["'unclosed", 'SyntaxError'],
    ['"text"', 'TypeMismatch'],
    ['einsum("ij,jk", A)', 'SyntaxError'],
    ['einsum("ij->iik", A)', 'SyntaxError'],
    ['einsum(A, A)', 'TypeMismatch'],
    ['\u0000', 'SyntaxError'],
    ['x\u202e', 'SyntaxError'],
    ['\ud800', 'SyntaxError'],
    ['x == y', 'SyntaxError'],
    ['x < y < z', 'SyntaxError'],
    ['foo(x)', 'UnknownFunction'],
    ['constructor(x)', 'UnknownFunction'],
    ['__proto__(x)', 'UnknownFunction'],
    ['toString(x)', 'UnknownFunction'],
    ['__proto__', 'UnknownVariable'],
    ['_x', 'UnknownVariable'],
    ['A*x*x', 'AmbiguousExpression'],
    ['x*y', 'AmbiguousExpression'],
    ['x^2', 'TypeMismatch'],
    ['A^0.5', 'TypeMismatch'],
    ['A^a', 'TypeMismatch'],
    ['a/x', 'TypeMismatch'],
    ['x.*A', 'ShapeMismatch'],
    ["x + x'", 'ShapeMismatch'],
    ['inv(x)', 'ShapeMismatch'],
    ['1e999*a', 'DomainError'],
    ['1e-999*a', 'DomainError'],
    ['a/0', 'DomainError'],
    ['0^-1', 'DomainError'],
    ['log(0)*a', 'DomainError'],
    ['eye(0)', 'ShapeMismatch'],
    ['eye(-3)', 'ShapeMismatch'],
    ['eye(2.5)', 'TypeMismatch'],
    ['a = 1; a = 2; a', 'TypeMismatch'],
    ['sin = 1; sin', 'TypeMismatch'],
    ['t = x', 'ok'],
    ['x; y', 'SyntaxError'],
    ['C[i] = A[i,j]', 'TypeMismatch'],
    ['C[i,i] = A[i,i]', 'TypeMismatch'],
    ['sum[i](a)', 'AmbiguousExpression'],
    ['sum[i: i](x[i])', 'SyntaxError'],
    ['x[i] + x', 'TypeMismatch'],
  ])('%s', (expr, code) => {
    expect(outcome(answer({ expr }))).toBe(code)
  })

  test('a variable that is not there', () => {
    const vars = { A: 'matrix(m,n)', x: 'vector(n)' }
    expect(outcome(answer({ expr: 'A*x', vars, wrt: ['z'] }))).toBe('UnknownVariable')
    expect(outcome(answer({ expr: 'A*z', vars, wrt: ['x'] }))).toBe('UnknownVariable')
    expect(outcome(answer({ expr: 'A*x', vars, values: { z: [1] } }))).toBe('UnknownVariable')
    expect(outcome(answer({ expr: 't = A*x; sum(t)', vars, wrt: ['t'] }))).not.toBe('ok')
  })

  test('the inverse of a matrix that is not square', () => {
    const given = answer({ expr: 'inv(A)', vars: { A: 'matrix(m,n)' }, wrt: ['A'] })
    expect(outcome(given)).toBe('ShapeMismatch')
    expect(outcome(answer({ expr: 'inv(A)', vars: { A: 'matrix(2,3)' } }))).toBe('ShapeMismatch')
  })

  test('declarations', () => {
    const bad = [
      '',
      'matrix(',
      'matrix(m,n) x',
      'matrix(m,n,k)',
      'vector(0)',
      'vector(-1)',
      'vector(1.5)',
      'vector(n/0)',
    ]
    bad.push('vector(x y)', 'foo', 'toString', '__proto__', 'vector(1e999)', repeat('(', 5000), 'scalar(n)')
    for (const type of bad) expect(outcome(answer({ expr: 'x', vars: { x: type } })), type).not.toBe('ok')
  })
})

describe('sizes of the input', () => {
  test.each<[name: string, text: string, code: string]>([
    ['10 000 nested brackets', `${repeat('(', 10_000)}a${repeat(')', 10_000)}`, 'ok'],
    ['more nested brackets than are taken', `${repeat('(', 10_001)}a${repeat(')', 10_001)}`, 'LimitExceeded'],
    ['10 000 brackets that are not closed', repeat('(', 10_000), 'SyntaxError'],
    ['100 000 square brackets', repeat('x[', 100_000), 'LimitExceeded'],
    ['100 000 quotes', repeat('"', 100_001), 'SyntaxError'],
    ['a megabyte of text', repeat('a+', 600_000), 'LimitExceeded'],
    ['a megabyte of one name', repeat('a', 999_999), 'LimitExceeded'],
    ['half a million characters of nonsense', repeat('@$%', 170_000), 'SyntaxError'],
    ['a number of 100 000 digits', repeat('9', 100_000), 'DomainError'],
    ['a sum of 100 000 terms', repeat('a', 100_000, '+'), 'ok'],
    ['a product of 100 000 factors', repeat('a', 100_000, '*'), 'ok'],
    ['100 000 signs', `${repeat('-', 100_000)}a`, 'ok'],
    ['100 000 transposes', `A${repeat("'", 100_000)}; `, 'ok'],
    ['9 000 nested calls', `${repeat('sin(', 9_000)}a${repeat(')', 9_000)}`, 'ok'],
    [
      '2 000 names in a chain',
      `t0 = a; ${Array.from({ length: 2000 }, (_, k) => `t${k + 1} = sin(t${k})`).join('; ')}; t2000`,
      'ok',
    ],
    [
      'squares of squares',
      `t0 = a; ${Array.from({ length: 60 }, (_, k) => `t${k + 1} = t${k}*t${k}`).join('; ')}; t60`,
      'ok',
    ],
    [
      'shared products',
      `t0 = a; ${Array.from({ length: 200 }, (_, k) => `t${k + 1} = sin(t${k})*cos(t${k})`).join('; ')}; t200`,
      'ok',
    ],
    ['a matrix larger than any memory', 'ones(1000000000,1000000000)', 'ok'],
  ])('%s', (_, expr, code) => {
    const vars = expr.startsWith('A') ? { A: 'matrix(n,n)' } : { a: 'scalar', x: 'vector(n)' }
    const wrt = code === 'ok' && !expr.startsWith('ones') ? [Object.keys(vars)[0] as string] : []
    // Seconds on any machine; a quadratic algorithm takes minutes.
    const took = cpuTime(() => expect(outcome(answer({ expr, vars, wrt, want: ['text'] }))).toBe(code))
    expect(took).toBeLessThan(20_000)
  })

  test('values that are too large are refused before memory is taken', () => {
    const given = answer({
      expr: 'sum(ones(n,n)*x)',
      vars: { x: 'vector(n)' },
      dims: { n: 1e9 },
      wrt: ['x'],
      want: ['check'],
    })
    expect(outcome(given)).toBe('LimitExceeded')
  })

  test('more derivatives than are given at once', () => {
    const wrt = Array.from({ length: 100 }, (_, k) => `a${k}`)
    const request = { expr: wrt.join('*'), wrt, want: ['text'] }
    expect(outcome(answer({ ...request, order: 8 }))).toBe('LimitExceeded')
    expect(outcome(answer({ ...request, mixed: true }))).toBe('LimitExceeded')
    expect(outcome(answer(request))).toBe('ok')
  })

  test('the highest order, and orders that are none', () => {
    const by = (order: unknown) => outcome(answer({ expr: 'exp(a)', wrt: ['a'], order }))
    expect([8, 9, 1e9, 0, -1, 1.5, '2', Number.NaN, null].map(by)).toEqual([
      'ok',
      'LimitExceeded',
      'LimitExceeded',
      ...Array(6).fill('BadRequest'),
    ])
  })
})

describe('requests', () => {
  const good = {
    expr: 'norm2(A*x-y)^2',
    vars: { A: 'matrix(m,n)', x: 'vector(n)', y: 'vector(m)' },
    wrt: ['x'],
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
    want: ['text', 'value', 'derivative', 'check', 'cost', 'numpy', 'steps'],
  }
  const junk: readonly unknown[] = [
    null,
    undefined,
    true,
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    'x',
    [],
    {},
    [null],
    [[]],
    { a: 1 },
    { a: null },
    () => 1,
    Symbol('s'),
    10n,
    Object.create(null),
    { toString: null },
    [1, [2]],
    new Map(),
    ['__proto__'],
  ]

  test('the good one', () => {
    expect(outcome(answer(good))).toBe('ok')
  })

  test.each([...Object.keys(good), 'order', 'mixed', 'mode', 'symmetric', 'expand', 'layout'])(
    'anything as %s',
    (field) => {
      for (const value of junk) outcome(answer({ ...good, [field]: value }))
    },
  )

  test('anything as a request', () => {
    for (const value of junk) expect(outcome(answer(value))).toBe('BadRequest')
  })

  test('anything as a value, a size, a type', () => {
    for (const value of junk) {
      outcome(answer({ ...good, values: { ...good.values, A: value } }))
      outcome(answer({ ...good, dims: { m: value } }))
      outcome(answer({ ...good, vars: { ...good.vars, A: value } }))
      outcome(answer({ ...good, wrt: [value] }))
      outcome(answer({ ...good, want: [value] }))
    }
  })

  test.each<[values: unknown, code: string]>([
    [{ A: [[1, 2], [3]] }, 'ShapeMismatch'],
    [{ A: [1, 2, 3] }, 'ShapeMismatch'],
    [{ x: [1, 'two'] }, 'BadRequest'],
    [{ x: [1, null] }, 'BadRequest'],
    [{ x: [] }, 'ShapeMismatch'],
    [{ x: [1, 2, 3] }, 'ShapeMismatch'],
    [{ x: [[1], [2]] }, 'ShapeMismatch'],
    [{ x: 1 }, 'ShapeMismatch'],
  ])('values %j', (values, code) => {
    expect(outcome(answer({ ...good, values: { ...good.values, ...(values as object) } }))).toBe(code)
  })

  test.each(['', '{', 'null', '[]', '3', '"x"', '{"expr": }', '{"expr":"x"', '\u0000', '{"expr":"x"}}', 'NaN'])(
    'the line %s',
    (line) => {
      expect(outcome(answerLine(line))).toBe('BadRequest')
    },
  )

  test('a line of deeply nested JSON', () => {
    outcome(answerLine(`{"expr":"x","values":{"x":${repeat('[', 100_000)}${repeat(']', 100_000)}}}`))
    outcome(answerLine(`{"id":${repeat('[', 3000)}${repeat(']', 3000)},"expr":"x"}`))
  })

  const names = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'prototype',
    '__defineGetter__',
    'then',
  ]
  test.each([...names, 'length', 'undefined', 'null', 'this', 'lambda', 'eval', 'arguments', 'end', 'and'])(
    'the name %s',
    (name) => {
      const line = (text: string) => outcome(answerLine(text.replaceAll('NAME', name)))
      const want = '"want":["text","latex","index","value","derivative","numpy","check","cost","steps"]'
      line(`{"expr":"NAME*2","wrt":["NAME"],"vars":{"NAME":"scalar"},"values":{"NAME":3},${want}}`)
      line(`{"expr":"NAME*2","wrt":["NAME"]}`)
      line(`{"expr":"sum(x.^2)/NAME","wrt":["x"],"vars":{"x":"vector(NAME)"},"values":{"x":[3]},${want}}`)
      line(`{"expr":"sum(x.^2)","wrt":["x"],"vars":{"x":"vector(NAME)"},"dims":{"NAME":2},${want}}`)
      line(`{"expr":"NAME(x)","wrt":["x"]}`)
      line(`{"expr":"NAME = 3; NAME*a","wrt":["a"]}`)
      line(`{"expr":"sum[NAME](x[NAME])","wrt":["x"]}`)
      line(`{"expr":"a","NAME":1}`)
      expect(line(`{"expr":"a*2","wrt":["a"],"values":{"a":1,"NAME":3}}`)).toBe('UnknownVariable')
      expect(line(`{"expr":"a*2","wrt":["a"],"mode":"NAME"}`)).toBe('BadRequest')
      expect(line(`{"expr":"a*2","wrt":["a"],"want":["NAME"]}`)).toBe('BadRequest')
      expect(line(`{"expr":"a*2","wrt":["NAME"],"vars":{"a":"scalar"}}`)).toBe('UnknownVariable')
    },
  )

  test('names of Object.prototype mean what other names do', () => {
    const given = answerLine(
      '{"expr":"__proto__^2","wrt":["__proto__"],"vars":{"__proto__":"scalar"},"values":{"__proto__":3},"want":["value","derivative"]}',
    )
    expect(given).toMatchObject({ ok: true, value: { data: [9] }, derivatives: [{ value: { data: [6] } }] })
  })
})

describe('random input', () => {
  const words = [
    'x',
    'A',
    'a',
    'n',
    '2',
    '0.5',
    '1e5',
    '+',
    '-',
    '*',
    '/',
    '.*',
    './',
    '^',
    '.^',
    "'",
    "'",
    '(',
    ')',
    '(',
    ')',
  ]
  words.push(
    '[',
    ']',
    ',',
    ';',
    ':',
    '=',
    '<',
    '>=',
    '==',
    'sum',
    'inv',
    'exp',
    'eye',
    'softmax',
    'norm2',
    'sum[i]',
    'x[i]',
  )
  words.push(
    'A[i,j]',
    'einsum',
    '"ij,j"',
    'max',
    'where',
    'end',
    'and',
    '\n',
    '#',
    '⊗',
    'ᵀ',
    'diag',
    'kron',
    'reshape',
    '0',
    '1',
  )
  const soup = fc.array(fc.constantFrom(...words), { maxLength: 25 }).map((list) => list.join(' '))
  const want = ['text', 'latex', 'index', 'einsum', 'numpy', 'check', 'cost', 'steps']

  test('words in any order', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(soup, fc.constantFrom('x', 'A', 'a'), (expr, by) => {
        outcome(answer({ expr, wrt: [by], want }))
      }),
      { numRuns: 500 },
    )
  })

  test('any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (expr) => {
        outcome(answer({ expr, wrt: ['x'], want }))
      }),
      { numRuns: 1000 },
    )
  })

  test('programs with a letter changed', { timeout: 60_000 }, () => {
    const changed = fc.tuple(programs(2), fc.nat(), fc.constantFrom(...words, '', ' '))
    fc.assert(
      fc.property(changed, ([{ tree }, at, word]) => {
        const text = textOf(tree)
        const place = at % (text.length + 1)
        outcome(answer({ expr: text.slice(0, place) + word + text.slice(place + 1), want: ['text'] }))
      }),
      { numRuns: 500 },
    )
  })

  test('any request', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.jsonValue(),
        fc.constantFrom('vars', 'wrt', 'values', 'dims', 'want', 'order'),
        (a, b, field) => {
          outcome(answer(a))
          outcome(answer({ expr: 'A*x', [field]: b }))
        },
      ),
      { numRuns: 1000 },
    )
  })
})
