import { expect, test } from 'vitest'
import { parse } from './expression.ts'
import { conventionNotes } from './kinks.ts'

test.each([
  ['norm1(A*x - y)', 'x', ['abs(A*x - y): the derivative at 0 is 0.']],
  ['norm1(A*x - y)', 'A', ['abs(A*x - y): the derivative at 0 is 0.']],
  ['norm1(z) + x', 'x', []],
  ['norm2(A*x - y)', 'x', ['norm2(A*x - y): the derivative at 0 is 0.']],
  ['norm2(A*x - y)^2', 'x', []],
  ['sum(max(x,y))', 'x', ['max(y, x): where both are equal, the derivative is divided evenly.']],
  ['max(x)', 'x', ['max(x): where several entries are greatest, the derivative is divided evenly.']],
  ['sum(where(y > 0, x, 0))', 'x', []],
  ['sum(exp(x))', 'x', []],
])('%s by %s', (text, by, notes) => {
  expect(conventionNotes(parse(text), [by])).toEqual(notes)
})
