// Sums over samples, split into passes and added up block by block, give what all samples at once give; for random expressions.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EincalcError } from '../src/errors.ts'
import { evaluate, sampleInputs, type Tensor, variablesOf } from '../src/evaluate/index.ts'
import { derive, parse } from '../src/index.ts'
import { planSamples, type SamplePlan } from '../src/plan/samples.ts'
import { Graph } from '../src/tensor/graph.ts'
import type { Node, Variable } from '../src/tensor/node.ts'
import { postorder } from '../src/tensor/walk.ts'
import { isTame, randomNode } from './random-graph.ts'
import { programs, textOf, usedVariables, variablesIn } from './random-program.ts'

const SIZES = new Map([
  ['m', 4],
  ['n', 3],
  ['k', 5],
])
const seed = Number(process.env.EINCALC_SEED ?? 1)

/** Blocks of one sample and of two. */
function inBlocks({ passes, roots }: SamplePlan, samples: string, values: ReadonlyMap<string, Tensor>): Tensor {
  const known = new Map(values)
  const count = SIZES.get(samples) as number
  for (const sums of passes) {
    const nodes = sums.map((sum) => sum.node)
    const totals: Tensor[] = []
    for (let start = 0, length = 1; start < count; start += length, length = Math.min(2, count - start)) {
      const block = new Map(
        variablesOf(nodes).map((variable) => [variable.name, blockOf(variable, samples, known, start, length)]),
      )
      const parts = evaluate(nodes, block, new Map([...SIZES, [samples, length]]), { checkFacts: false })
      for (const [k, part] of parts.entries()) {
        const total = totals[k]
        totals[k] = total ? { ...part, data: part.data.map((x, at) => x + (total.data[at] as number)) } : part
      }
    }
    for (const [k, { stands }] of sums.entries()) known.set(stands.name, totals[k] as Tensor)
  }
  for (const root of postorder(roots)) expect(root.axes.flatMap((axis) => axis.names)).not.toContain(samples)
  return evaluate(roots, known, SIZES, { checkFacts: false })[0] as Tensor
}

function blockOf(
  { name, axes }: Variable,
  samples: string,
  known: ReadonlyMap<string, Tensor>,
  start: number,
  length: number,
): Tensor {
  const { shape, data } = known.get(name) as Tensor
  const axis = axes.findIndex((each) => each.name === samples)
  if (axis < 0) return { shape, data }
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  const kept = data.filter((_, at) => {
    const index = Math.floor(at / inner) % (shape[axis] as number)
    return index >= start && index < start + length
  })
  return { shape: shape.map((size, at) => (at === axis ? length : size)), data: kept }
}

/** Whether the node is a sum over these samples, and holds to it. */
function holds(g: Graph, node: Node, samples: string, what: string): boolean {
  const names = new Set(postorder([node]).flatMap(({ axes }) => axes.flatMap((axis) => axis.names)))
  if (!names.has(samples)) return false
  const values = sampleInputs(variablesOf([node]), SIZES, seed, 0)
  const all = unlessRefused(() => evaluate(postorder([node]), values, SIZES, { checkFacts: false }))
  const split = all && unlessRefused(() => planSamples(g, [node], samples))
  if (!split || !isTame(all) || !all.every(({ data }) => data.every(Number.isFinite))) return false
  const expected = all.at(-1) as Tensor
  const found = inBlocks(split, samples, values)
  expect(found.shape, what).toEqual(expected.shape)
  const scale = all.reduce((most, { data }) => data.reduce((a, b) => Math.max(a, Math.abs(b)), most), 1)
  const wrong = expected.data.findIndex((x, at) => !(Math.abs(x - (found.data[at] as number)) < 1e-9 * scale))
  expect(wrong, `${what}: ${found.data[wrong]}, not ${expected.data[wrong]}`).toBe(-1)
  return true
}

function unlessRefused<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof EincalcError) return undefined
    throw error
  }
}

test('random graphs', () => {
  let count = 0
  for (let at = 0; at < 600; at++) {
    const g = new Graph()
    const node = randomNode(g, seed * 7919 + at)
    for (const samples of SIZES.keys()) if (holds(g, node, samples, `graph ${at} of seed ${seed}, ${samples}`)) count++
  }
  expect(count).toBeGreaterThan(30)
})

test('random programs and their derivatives', { timeout: 120_000 }, () => {
  let count = 0
  for (const { tree, choice } of fc.sample(programs(4), { numRuns: 300, seed })) {
    const text = textOf(tree)
    const names = usedVariables(text)
    const by = names[choice % Math.max(1, names.length)]
    const e = unlessRefused(() => parse(text, { vars: variablesIn(text) }))
    const d = e && by !== undefined ? unlessRefused(() => derive(e, { wrt: by })) : undefined
    if (!e) continue
    for (const node of [e.working, ...(d ? [d.node] : [])]) {
      for (const samples of SIZES.keys()) {
        if (holds(e.graph, node, samples, `${text} by ${by}, ${samples}, seed ${seed}`)) count++
      }
    }
  }
  expect(count).toBeGreaterThan(40)
})
