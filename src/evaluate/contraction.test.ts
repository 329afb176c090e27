import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cpuTime } from '../../test/cpu.ts'
import { Dimension } from '../tensor/dimension.ts'
import { Graph } from '../tensor/graph.ts'
import type { Condition, Contraction, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { evaluate } from './reference.ts'
import { sizeOf, stridesOf, type Tensor } from './tensor.ts'

/** The definition, entry by entry: conditions first, then the product. */
function bruteForce(node: Contraction, inputs: ReadonlyMap<string, Tensor>): Float64Array {
  const sizes = node.dimensions.map((d) => d.value!)
  const out = new Float64Array(sizeOf(sizes.slice(0, node.rank)))
  const total = sizeOf(sizes)
  const steps = stridesOf(sizes)
  for (let position = 0; position < total; position++) {
    const at = steps.map((step, label) => Math.floor(position / step) % sizes[label]!)
    let product = 1
    let excluded = false
    for (const { node: factor, labels, exponent } of node.factors) {
      const index = labels.map((label) => at[label]!)
      if (factor.kind === 'indicator') excluded ||= !factor.conditions.every((c) => holds(c, index))
      else {
        const { shape, data } = inputs.get((factor as Node & { name: string }).name)!
        const strides = stridesOf(shape)
        product *= data[index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0)]! ** exponent.toNumber()
      }
    }
    if (!excluded) out[Math.floor(position / sizeOf(sizes.slice(node.rank)))]! += product
  }
  return out
}

function holds({ relation, terms, offset }: Condition, index: readonly number[]): boolean {
  const value = terms.reduce((sum, { axis, coefficient }) => sum + coefficient.value! * index[axis]!, offset.value!)
  return relation === 'eq' ? value === 0 : relation === 'le' ? value <= 0 : value !== 0
}

/** A contraction of up to 5 labels, of up to 4 factors with repeated labels, and of indicators of every relation. */
const contractions = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
    rank: fc.nat(5),
    factors: fc.array(
      fc.record({
        labels: fc.array(fc.nat(4), { maxLength: 3 }),
        exponent: fc.constantFrom([1, 1], [1, 1], [-1, 1], [2, 1], [3, 1], [1, 2], [-1, 2]),
      }),
      { maxLength: 4 },
    ),
    conditions: fc.array(
      fc.record({
        relation: fc.constantFrom('eq' as const, 'eq' as const, 'le' as const, 'ne' as const),
        terms: fc.array(fc.tuple(fc.nat(4), fc.constantFrom(1, -1, 1, -1, 2, -2, 3)), { minLength: 1, maxLength: 3 }),
        offset: fc.integer({ min: -3, max: 3 }),
      }),
      { maxLength: 3 },
    ),
    seed: fc.nat(1000),
  })
  .map(({ sizes, rank, factors, conditions, seed }) => {
    const g = new Graph()
    const dimensions = sizes.map((size) => Dimension.constant(size))
    const inputs = new Map<string, Tensor>()
    let state = seed + 1
    const next = () => {
      state = (state * 48271) % 2147483647
      return 0.5 + state / 2147483647
    }
    const built = factors.map(({ labels, exponent: [p, q] }, k) => {
      const used = labels.map((label) => label % sizes.length)
      const shape = used.map((label) => sizes[label]!)
      inputs.set(`v${k}`, { shape, data: Float64Array.from({ length: sizeOf(shape) }, next) })
      return {
        node: g.variable(
          `v${k}`,
          used.map((l) => dimensions[l]!),
        ) as Node,
        labels: used,
        exponent: Rational.of(p!, q!),
      }
    })
    for (const { relation, terms, offset } of conditions) {
      const used = terms.map(([label]) => label % sizes.length)
      const condition: Condition = {
        relation,
        terms: terms.map(([, coefficient], axis) => ({ axis, coefficient: Dimension.constant(coefficient) })),
        offset: Dimension.constant(offset),
      }
      const node = g.indicator(
        used.map((l) => dimensions[l]!),
        [condition],
      )
      built.push({ node, labels: used, exponent: Rational.ONE })
    }
    return { node: g.contraction(built, dimensions, Math.min(rank, sizes.length)), inputs }
  })

test('a contraction is its definition', () => {
  fc.assert(
    fc.property(contractions, ({ node, inputs }) => {
      const expected = bruteForce(node, inputs)
      const [{ data }] = evaluate([node], inputs) as [Tensor]
      for (const [at, value] of expected.entries()) {
        expect(Math.abs(data[at]! - value)).toBeLessThanOrEqual(1e-13 * Math.abs(value))
      }
    }),
    { numRuns: 3000 },
  )
})

test('long sums lose nothing', () => {
  const g = new Graph()
  const length = 100_000
  const x = g.variable('x', [Dimension.constant(length)])
  const data = Float64Array.from({ length }, (_, k) => (k % 2 === 0 ? 0.1 : -0.1))
  data[0] = 1e8
  data[length - 1] = -1e8
  const [sum] = evaluate([g.contract('', [[x, 'i']])], new Map([['x', { shape: [length], data }]]))
  expect(Math.abs(sum!.data[0]!)).toBeLessThan(1e-6)
})

test.each([
  ['a chain of matrices', ['ij', 'jk', 'kl', 'lm'], 'im', 60],
  ['a bilinear form', ['i', 'ij', 'jk', 'k'], '', 300],
  ['a factor beside a sum', ['ij', 'kl'], 'i', 60],
])('%s takes no time', (_, factors, output, size) => {
  const g = new Graph()
  const dimension = Dimension.constant(size)
  const inputs = new Map<string, Tensor>()
  const nodes = factors.map((labels, k) => {
    const shape = [...labels].map(() => size)
    inputs.set(`v${k}`, { shape, data: new Float64Array(sizeOf(shape)).fill(1 / size) })
    return [
      g.variable(
        `v${k}`,
        shape.map(() => dimension),
      ),
      labels,
    ] as const
  })
  const run = () => evaluate([g.contract(output, nodes)], inputs, undefined, { maxOperations: 10 * size ** 3 })
  expect(cpuTime(run)).toBeLessThan(2000)
})
