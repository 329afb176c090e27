import { expect, test } from 'vitest'
import { Dimension } from '../tensor/dimension.ts'
import { Graph } from '../tensor/graph.ts'
import type { Facts } from '../tensor/node.ts'
import { checkFacts } from './facts.ts'
import { defaultSizes, sampleInputs } from './random.ts'
import { evaluate } from './reference.ts'
import { fromNested, type Nested } from './tensor.ts'

const n = Dimension.symbol('n')

const structures = [undefined, 'symmetric', 'psd', 'diagonal', 'orthogonal'] as const
const signs = [undefined, 'positive', 'nonnegative'] as const

test.each<[Facts, Nested, string | undefined]>([
  [
    { structure: 'symmetric' },
    [
      [1, 2],
      [2, -1],
    ],
    undefined,
  ],
  [
    { structure: 'symmetric' },
    [
      [1, 2],
      [2.000000001, -1],
    ],
    undefined,
  ],
  [
    { structure: 'symmetric' },
    [
      [1, 2],
      [3, -1],
    ],
    'symmetric, but it is not symmetric: A[1,2] = 2 and A[2,1] = 3',
  ],
  [
    { structure: 'symmetric' },
    [
      [1, 'NaN'],
      [3, -1],
    ],
    'symmetric, but it is not symmetric: A[1,2] = NaN and A[2,1] = 3',
  ],
  [
    { structure: 'psd' },
    [
      [2, 1],
      [1, 2],
    ],
    undefined,
  ],
  [
    { structure: 'psd' },
    [
      [1, 2],
      [2, 1],
    ],
    'psd (symmetric positive definite), but it is not positive definite',
  ],
  [{ structure: 'psd' }, [[0]], 'psd (symmetric positive definite), but it is not positive definite'],
  [
    { structure: 'psd' },
    [
      [2, 1],
      [0, 2],
    ],
    'psd, but it is not symmetric: A[1,2] = 1 and A[2,1] = 0',
  ],
  [
    { structure: 'diagonal' },
    [
      [1, 0],
      [0, 0],
    ],
    undefined,
  ],
  [
    { structure: 'diagonal' },
    [
      [1, 1e-20],
      [0, 0],
    ],
    'diagonal, but A[1,2] = 1e-20',
  ],
  [
    { structure: 'orthogonal' },
    [
      [0.6, 0.8],
      [-0.8, 0.6],
    ],
    undefined,
  ],
  [
    { structure: 'orthogonal' },
    [
      [1, 1],
      [0, 1],
    ],
    'orthogonal, but columns 1 and 2 have the product 1',
  ],
  [
    { structure: 'diagonal', sign: 'positive' },
    [
      [1, 0],
      [0, 2],
    ],
    undefined,
  ],
  [
    { structure: 'diagonal', sign: 'positive' },
    [
      [1, 0],
      [0, 0],
    ],
    'positive, but it has the entry 0',
  ],
  [{ sign: 'nonnegative' }, [[0]], undefined],
  [{ sign: 'nonnegative' }, [['NaN']], 'nonnegative, but it has the entry NaN'],
  [{ sign: 'positive' }, [[0]], 'positive, but it has the entry 0'],
])('%j: %j', (facts, value, message) => {
  const variable = new Graph().variable('A', [n, n], facts)
  const run = () => evaluate([variable], new Map([['A', fromNested(value, 'A')]]))
  if (message === undefined) expect(run).not.toThrow()
  else expect(run).toThrow(expect.objectContaining({ code: 'DomainError', message: `A is declared ${message}` }))
})

test.each(structures.flatMap((structure) => signs.map((sign) => [structure, sign] as const)))(
  'random inputs are %s and %s as declared',
  (structure, sign) => {
    // Positive orthogonal matrices are of size 1 only.
    const size = structure === 'orthogonal' && sign === 'positive' ? 1 : 5
    const variable = new Graph().variable('A', [n, n], { ...(structure && { structure }), ...(sign && { sign }) })
    for (let seed = 0; seed < 50; seed++) {
      const [[, input]] = [...sampleInputs([variable], new Map([['n', size]]), seed, seed % 8)] as [[string, never]]
      expect(() => checkFacts(variable, input)).not.toThrow()
    }
  },
)

test('a seed gives the same values whatever else there is', () => {
  const g = new Graph()
  const x = g.variable('x', [n])
  const y = g.variable('y', [n])
  const sizes = new Map([['n', 3]])
  expect(sampleInputs([x, y], sizes, 7).get('y')).toEqual(sampleInputs([y], sizes, 7).get('y'))
  expect(sampleInputs([y], sizes, 7)).not.toEqual(sampleInputs([y], sizes, 8))
})

test('sizes are distinct and fit the polynomials', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(Dimension.symbol) as [Dimension, Dimension, Dimension]
  expect(defaultSizes([c, a, b])).toEqual(
    new Map([
      ['a', 2],
      ['b', 3],
      ['c', 5],
    ]),
  )
  expect(defaultSizes([a, b], new Map([['a', 3]]))).toEqual(
    new Map([
      ['a', 3],
      ['b', 2],
    ]),
  )
  expect(defaultSizes([a.subtract(Dimension.constant(2))])).toEqual(new Map([['a', 3]]))
})
