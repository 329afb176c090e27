// Without declarations first letters say what names are, and what is printed must read back under the same rule: a dimension
// stands as a number only where the text names it as a size too.
import { expect, test } from 'vitest'
import { derive, parse } from '../src/index.ts'

test.each([
  ['mean(x)', '', 'mean(x)'],
  ['mean(A)', '', 'mean(A)'],
  ['mean(A*x)', '', 'mean(A*x)'],
  ['mean(A,2)', '', 'A*ones(n)/n'],
  ['mean(x.^2)', '', "x'*x/sum(x.^0)"],
  ['mean(x)^2', '', 'sum(x)^2/sum(x.^0)^2'],
  ['mean(log(x)) - log(mean(x))', '', 'mean(log(x)) - log(mean(x))'],
  ['tr(eye(n))*x', '', ''],
  ['mean(x)', 'x', 'ones(n)/n'],
  ['mean(x.^2)', 'x', '2*x/sum(x.^0)'],
  ['mean((A*x-y).^2)', 'x', "2*A'*(A*x - y)/sum(y.^0)"],
  ['mean((A*x-y).^2)', 'x x', "2*A'*A/sum(A[:,1].^0)"],
  ['mean(exp(X))', 'X X', ''],
  ['mean((T-U*V).^2)', 'U U', ''],
  ['sum[i](mean[j](A[i,j])^2)', 'A', ''],
])('%s by %s', (f, by, printed) => {
  const wrt = by.split(' ').filter((name) => name !== '')
  const result = wrt.length === 0 ? parse(f) : derive(f, { wrt, order: wrt.length })
  if (printed !== '') expect(result.toString()).toBe(printed)
  expect(parse(result.toString()).toString()).toBe(result.toString())
  // Sizes are named anew at every reading.
  const order = result.shape.axes.length
  for (const form of [result.toIndex(), result.toEinsum()]) expect(parse(form).shape.axes.length).toBe(order)
  const kronecker = result.toKronecker()
  if (kronecker !== null) expect(parse(kronecker).toString()).toBe(kronecker)
})
