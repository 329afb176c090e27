import { expect, test } from 'vitest'
import { fromNested, type Nested, toFlat, toNested } from './tensor.ts'

test.each<[Nested, number[]]>([
  [3, []],
  [[1, 2, 3], [3]],
  [
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    [2, 3],
  ],
  [
    [
      [[1], [2]],
      [[3], [4]],
      [[5], [6]],
    ],
    [3, 2, 1],
  ],
  [['NaN', 'Infinity', '-Infinity', -0.5], [4]],
])('%j has the shape %j and reads back', (nested, shape) => {
  const tensor = fromNested(nested, 'x')
  expect(tensor.shape).toEqual(shape)
  expect(toNested(tensor)).toEqual(nested)
})

test('row by row', () => {
  expect(
    toFlat(
      fromNested(
        [
          [1, 2],
          [3, 'NaN'],
        ],
        'A',
      ).data,
    ),
  ).toEqual([1, 2, 3, 'NaN'])
})

test.each<[unknown, string, string]>([
  [[], 'ShapeMismatch', 'A is empty: axis 1 has length 0'],
  [[[], []], 'ShapeMismatch', 'A is empty: axis 2 has length 0'],
  [[[1, 2], [3]], 'ShapeMismatch', 'A is not rectangular: along axis 2 one part has length 1, the first 2'],
  [[[1, 2], 3], 'ShapeMismatch', 'A is not rectangular: at axis 2 numbers and lists are mixed'],
  [[1, [2]], 'ShapeMismatch', 'A is not rectangular: at axis 2 numbers and lists are mixed'],
  [[1, 'two'], 'BadRequest', 'A holds the text "two" where a number is expected'],
  [[1, null], 'BadRequest', 'A holds null where a number is expected'],
  [undefined, 'BadRequest', 'A holds nothing where a number is expected'],
  [{ shape: [] }, 'BadRequest', 'A holds a value of type object where a number is expected'],
])('%j is refused', (value, code, message) => {
  expect(() => fromNested(value, 'A')).toThrow(expect.objectContaining({ code, message }))
})

test('hostile nesting does not meet the stack', () => {
  let nested: Nested = 1
  for (let depth = 0; depth < 50_000; depth++) nested = [nested]
  expect(fromNested(nested, 'x').shape).toHaveLength(50_000)
})
