import { describe, expect, test } from 'vitest'
import { caretMessage, EincalcError, type Problem } from './errors.ts'

/** The lines under the message, for a problem between ‹ and ›. */
function check(name: string, marked: string, ...lines: string[]): void {
  test(name, () => {
    const start = marked.indexOf('‹')
    const problem: Problem = {
      code: 'ShapeMismatch',
      message: 'No.',
      span: [start, marked.indexOf('›') - 1],
      hint: 'yes',
    }
    const shown = caretMessage(marked.replace(/[‹›]/g, ''), problem).split('\n')
    expect(shown).toEqual(['ShapeMismatch: No.', ...lines, '  Hint: yes'])
  })
}

describe('a caret under the place', () => {
  check('one character', 'A*‹x›', '  A*x', '    ^')
  check('several', '‹A*x›+1', '  A*x+1', '  ^^^')
  check('an empty place', 'A*‹›x', '  A*x', '    ^')
  check('the end', 'A*‹›', '  A*', '    ^')
  check('a line among others', 'a = 1\nb = ‹c›\nd', '  2 | b = c', '          ^')
  check('lines that end in CR LF', 'a\r\nb\r\n‹c›', '  3 | c', '      ^')
  check('more than a line', 'f(‹a\nb›)', '  1 | f(a', '        ^')
  check('tabs', '\ta\t‹b›', '  \ta\tb', '  \t \t^')
  check('wide letters', '変数*‹変数›', '  変数*変数', '       ^^^^')
  check('combining marks', 'e\u0301*‹e\u0301›', '  e\u0301*e\u0301', '    ^')
  check('what would act on a terminal', '\u001b[2J‹x›\u202e', '  \ufffd[2Jx\ufffd', '      ^')
})

describe('long lines', () => {
  const far = 'x+'.repeat(500)
  test.each([
    [0, 3],
    [500, 503],
    [998, 1000],
    [100, 900],
  ])('clipped around %i to %i', (start, end) => {
    const [, line = '', carets = ''] = caretMessage(far, {
      code: 'SyntaxError',
      message: '',
      span: [start, end],
    }).split('\n')
    expect(line.length).toBeLessThan(110)
    expect(carets.length).toBeLessThanOrEqual(line.length)
    const at = carets.indexOf('^')
    const marked = line.slice(at, carets.length)
    expect(marked).toBe(far.slice(start, start + marked.length))
    expect(marked.length).toBeGreaterThanOrEqual(Math.min(end - start, 50))
  })

  test('do not cut characters in half', () => {
    const text = '😀'.repeat(300)
    for (let at = 0; at < text.length; at += 2) {
      const shown = caretMessage(text, { code: 'SyntaxError', message: '', span: [at, at + 2] })
      expect(shown).not.toContain('\ufffd')
    }
  })
})

test('without a place or a hint there is the message alone', () => {
  expect(caretMessage('x', { code: 'BadRequest', message: 'No.' })).toBe('BadRequest: No.')
})

test('an error carries its problem', () => {
  const problem: Problem = { code: 'DomainError', message: 'No.', span: [0, 1] }
  const error = new EincalcError(problem)
  expect(error).toBeInstanceOf(Error)
  expect([error.message, error.code, error.problem, error.name]).toEqual([
    'No.',
    'DomainError',
    problem,
    'EincalcError',
  ])
})
