/** Lines of programs and what they compute, in every language. */
import { describe, expect, test } from 'vitest'
import { languages } from '../languages/index.ts'
import { emitProgram } from './code.ts'
import { parse } from './expression.ts'
import { programLines } from './lines.ts'
import { derivativesBy } from './orders.ts'

function linesOf(language: string, text: string, by: string, precision: 'float64' | 'float32' = 'float64') {
  const expression = parse(text)
  const derivatives = derivativesBy(expression, [by])
  const code = emitProgram(language, expression, derivatives, { precision }).code.split('\n')
  return programLines(language, expression, derivatives, { precision }).map(({ line, computes, reads }) => {
    return [code[line]?.trim(), computes, reads] as const
  })
}

test('NumPy, line by line', () => {
  expect(linesOf('numpy', 'sum(log(exp(-y.*(X*w)) + vector(1)))', 'w')).toEqual([
    ['t1 = (X @ w) * y', ['y.*(X*w)', '-y.*(X*w)'], ['y', 'X', 'w']],
    [
      'value = np.sum(np.logaddexp(0.0, -t1))',
      ['softplus(-y.*(X*w))', 'sum(softplus(-y.*(X*w)))', 'sum(log(exp(-y.*(X*w)) + vector(1)))'],
      [],
    ],
    [
      'gradient_w = -(X.T @ (y * _sigmoid(-t1)))',
      ['sigmoid(-y.*(X*w))', "X'*(y.*sigmoid(-y.*(X*w)))", "-X'*(y.*sigmoid(-y.*(X*w)))"],
      ['y', 'X'],
    ],
  ])
})

// Where most sizes are to be known, lines hold many entries.
const named = languages.filter((language) => !language.capabilities.samples)

describe.each(named.map((language) => [language.name, language.capabilities] as const))('%s', (language, able) => {
  test.each([
    ["x'*A*x", 'x', "x'*A*x", "(A + A')*x"],
    ["norm2(T - U*V')^2", 'U', "norm2(T - U*V')^2", "2*(U*V' - T)*V"],
    ['sum(softmax(A*x))', 'x', 'sum(softmax(A*x))', undefined],
    ["log(det(A)) + x'*inv(A)*x", 'A', undefined, undefined],
    // A compressed derivative, expanded: no node of the graph is its sum.
    ['A*x', 'A', 'A*x', 'D[i,j,k] = x[k]*eye(m)[i,j]'],
  ])('%s by %s', (text, by, value, derivative) => {
    if (/inv|det/.test(text) && !able.linearAlgebra) {
      expect(() => linesOf(language, text, by)).toThrow(`${language} has no`)
      return
    }
    for (const precision of able.float32 ? (['float64', 'float32'] as const) : (['float64'] as const)) {
      const lines = linesOf(language, text, by, precision)
      expect(lines.length).toBeGreaterThan(0)
      const computed = lines.flatMap(([, computes]) => computes)
      if (value !== undefined) expect(computed).toContain(value)
      if (derivative !== undefined) expect(computed).toContain(derivative)
    }
  })
})
