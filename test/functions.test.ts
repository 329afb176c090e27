// Every entry of the functions table, by loops over the table: a new entry is tested without touching this file.
import { describe, expect, test } from 'vitest'
import { differentiate } from '../src/differentiate/index.ts'
import { checkDerivative, evaluate } from '../src/evaluate/index.ts'
import type { ElementwiseFunction } from '../src/functions/index.ts'
import {
  allElementwise,
  allGenerals,
  definitionOf,
  derivativeOf,
  documentedFunctions,
  findFunction,
  type GeneralFunction,
  instantiate,
} from '../src/functions/index.ts'
import { Dimension } from '../src/tensor/dimension.ts'
import { Graph } from '../src/tensor/graph.ts'
import type { ElementwiseMap, GeneralCall, Node, Variable } from '../src/tensor/node.ts'
import { sumOfTerms } from '../src/tensor/structured.ts'

function number(value: number) {
  return { shape: [], data: Float64Array.of(value) }
}

/** All combinations of the samples, one for each parameter. */
function points({ parameters, samples }: ElementwiseFunction): number[][] {
  let lists: number[][] = [[]]
  for (const _ of parameters) lists = lists.flatMap((list) => samples.map((sample) => [...list, sample]))
  return lists
}

describe.each(allElementwise().map((entry) => [entry.name, entry] as const))('elementwise %s', (_name, entry) => {
  const g = new Graph()
  const args = entry.parameters.map((name) => g.variable(name, []))
  const operands = new Map(entry.parameters.map((name, k) => [name, { node: args[k] as Node, labels: [] }]))
  const map = g.apply(entry.name, ...args) as ElementwiseMap
  const value = entry.inline ? instantiate(g, entry.definition as string, operands).node : map
  const at = (node: Node, point: readonly number[]) => {
    const inputs = new Map(entry.parameters.map((name, k) => [name, number(point[k] as number)]))
    return evaluate([node], inputs)[0]?.data[0] as number
  }

  test('has a finite value at its samples', () => {
    const infinite = points(entry).filter((point) => !Number.isFinite(at(value, point)))
    expect(infinite).toEqual(entry.name === 'infinity' ? [[]] : [])
  })

  test('has as many derivatives as parameters, and they are the differences of its values', () => {
    expect(entry.derivatives.length).toBe(entry.parameters.length)
    for (const [k, text] of entry.derivatives.entries()) {
      const derivative = instantiate(g, text, operands).node
      if (!entry.inline)
        expect(at(derivativeOf(g, map, k), points(entry)[0] as number[])).toEqual(
          at(derivative, points(entry)[0] as number[]),
        )
      for (const point of points(entry)) {
        // Differences mean nothing at the ends of float64's range.
        if (point.some((t) => Math.abs(t) > 20 || Math.abs(t) < 1e-3)) continue
        const inputs = new Map(entry.parameters.map((name, j) => [name, number(point[j] as number)]))
        const check = checkDerivative({ value, derivative, variable: args[k] as Variable, inputs })
        const conventions = check.kinks + check.unsettled
        expect({ point, k, ok: check.ok || conventions > 0, error: check.maxRelError }).toMatchObject({ ok: true })
      }
    }
  })

  test('has derivatives that are finite at the samples, or says where not', () => {
    for (const [k] of entry.derivatives.entries()) {
      if (entry.inline) continue
      for (const point of points(entry))
        expect({ point, value: at(derivativeOf(g, map, k), point) }).not.toMatchObject({ value: Number.NaN })
    }
  })

  test('agrees with its definition', () => {
    const definition = entry.inline ? undefined : definitionOf(g, map)
    if (definition === undefined) return
    for (const point of points(entry)) {
      const [a, b] = [at(value, point), at(definition, point)]
      // A definition such as gelu's may lose digits where its terms cancel, never absolute accuracy.
      expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(a)))
    }
  })

  test('has the parity and the range that it declares', () => {
    for (const point of points(entry)) {
      const t = at(value, point)
      const negated = point.map((s) => -s)
      if (entry.parity === 'odd') expect(at(value, negated)).toBeCloseTo(-t, 12)
      if (entry.parity === 'even') expect(at(value, negated)).toBeCloseTo(t, 12)
      if (entry.range === 'nonnegative') expect(t).toBeGreaterThanOrEqual(0)
      if (entry.range === 'positive' && Math.abs(point[0] ?? 0) < 600) expect(t).toBeGreaterThan(0)
    }
  })
})

/** ∂call/∂argument as a dense tensor: the axes of the call, then those of the argument. */
function denseDerivative(g: Graph, call: GeneralCall, argument: Variable): Node {
  return sumOfTerms(g, [...call.axes, ...argument.axes], differentiate(g, call, argument, 'forward'))
}

const [p, n, m] = [2, 3, 2].map((size) => Dimension.constant(size)) as [Dimension, Dimension, Dimension]

/** The calls that a general function is tested by: with and without a batch axis, over one and two own axes. */
function calls(entry: GeneralFunction): Dimension[][] {
  const own = entry.ownRanks[0]
  if (own === 1) return [[n], [Dimension.ONE]]
  if (own === 2)
    return [
      [n, n],
      [m, m],
      [Dimension.ONE, Dimension.ONE],
    ]
  return [[n], [n, m], [Dimension.ONE]]
}

/** Functions of several arguments have tests of their own. */
const ofOne = allGenerals().filter((entry) => entry.ownRanks.length === 1)

/** The functions whose result has the axes of the argument. */
const keeping = new Set(['inv', 'adj', 'softmax', 'logsoftmax', 'prodexcept', 'cholesky', 'sqrtm', 'expm', 'logm'])

describe.each(ofOne.map((entry) => [entry.name, entry] as const))('general %s', (name, entry) => {
  test.each(
    calls(entry).flatMap(
      (own) =>
        [
          [own, []],
          [own, [p]],
        ] as [Dimension[], Dimension[]][],
    ),
  )('has the partial derivative of its entry over axes %s, batch %s', (own, batch) => {
    const g = new Graph()
    const facts = entry.argument === 'psd' ? ({ structure: 'psd' } as const) : {}
    // A psd argument has no batch axes to declare.
    if (entry.argument === 'psd' && batch.length > 0) return
    const x = g.variable('X', [...batch, ...own], facts)
    const result = name === 'pinv' ? [...own].reverse() : keeping.has(name) ? own : []
    const call = g.general(name, batch, result, [{ node: x, labels: x.axes.map((_, axis) => axis) }])
    const derivative = denseDerivative(g, call, x)
    for (const seed of [1, 2, 3]) {
      const check = checkDerivative({ value: call, derivative, variable: x, seed })
      expect(check).toMatchObject({ ok: true })
      expect(check.kinks + check.unsettled).toBeLessThan(check.entries / 4)
    }
  })
})

test('ties are divided evenly, and the norm has the derivative 0 at 0', () => {
  const g = new Graph()
  const x = g.variable('x', [n])
  const at = (name: string, values: number[]) => {
    const call = g.call(name, [], x)
    const inputs = new Map([['x', { shape: [3], data: Float64Array.from(values) }]])
    return [...(evaluate([denseDerivative(g, call, x)], inputs)[0]?.data ?? [])]
  }
  expect(at('max', [2, 1, 2])).toEqual([0.5, 0, 0.5])
  expect(at('min', [1, 1, 1])).toEqual([1 / 3, 1 / 3, 1 / 3])
  expect(at('norm2', [0, 0, 0])).toEqual([0, 0, 0])
})

test('det has its derivative at a singular matrix', () => {
  const g = new Graph()
  const x = g.variable('X', [m, m])
  const derivative = denseDerivative(g, g.call('det', [], x), x)
  const inputs = new Map([['X', { shape: [2, 2], data: Float64Array.of(1, 2, 2, 4) }]])
  expect([...(evaluate([derivative], inputs)[0]?.data ?? [])]).toEqual([4, -2, -2, 1])
})

test('a^b by b is 0 at a = 0 < b', () => {
  const g = new Graph()
  const map = g.apply('pow', g.variable('a', []), g.variable('b', []))
  const inputs = new Map([
    ['a', number(0)],
    ['b', number(2)],
  ])
  expect(evaluate([derivativeOf(g, map, 1)], inputs)[0]?.data[0]).toBe(0)
})

test('every function has a sentence, a usage that calls it and LaTeX', () => {
  for (const entry of documentedFunctions()) {
    expect(entry.usage).toContain(entry.name)
    expect(entry.doc).toMatch(/\.$/)
    expect(entry.latex('a', 'b', 'c')).not.toContain('undefined')
    for (const synonym of entry.synonyms ?? []) expect(findFunction(synonym)).toEqual(findFunction(entry.name))
  }
})

test('names of JavaScript objects are no functions', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'valueOf']) expect(findFunction(name)).toBeUndefined()
})
