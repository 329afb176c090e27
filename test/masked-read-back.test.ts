// Labels that only a condition of a reduction names: what is printed says how far they run.
import { expect, test } from 'vitest'
import { derive, parse } from '../src/index.ts'

const vars = { x: 'vector(n)', y: 'vector(n)' }

test.each([
  'D[i] = max[j: j != i](x[j] + y[j]*ones(n)[i])',
  'D[i] = logsumexp[j: j <= i](x[j]*ones(n)[i])',
  'D[i,j] = softmax[j: j <= i](x[j]*ones(n)[i])',
  'sum[i](min[j: j != i](x[j] + y[j]*ones(n)[i]))',
])('%s and its derivative read back', (text) => {
  const expression = parse(text, { vars })
  for (const printed of [expression.toString(), derive(expression, { wrt: 'x' }).toString()]) {
    expect(parse(printed, { vars }).toString()).toBe(printed)
  }
})
