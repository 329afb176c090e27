import { expect, test } from 'vitest'
import { nearestName } from './nearest.ts'

const names = ['matrix', 'vector', 'rowvector', 'log', 'log1p', 'theta', 'x', 'X']

test.each([
  ['matrx', 'matrix'],
  ['amtrix', 'matrix'],
  ['Vector', 'vector'],
  ['lgo', 'log'],
  ['log1q', 'log1p'],
  ['teta', 'theta'],
  ['y', undefined],
  ['banana', undefined],
  ['', undefined],
  ['m'.repeat(1000), undefined],
])('%s → %s', (name, nearest) => {
  expect(nearestName(name, names)).toBe(nearest)
})
