// Plans of random expressions, fused and not, compute what the reference evaluator computes.
import { expect, test } from 'vitest'
import { evaluate } from '../src/evaluate/reference.ts'
import type { Tensor } from '../src/evaluate/tensor.ts'
import type { PlanOutput } from '../src/plan/input.ts'
import { plan } from '../src/plan/plan.ts'
import { Graph } from '../src/tensor/graph.ts'
import type { Variable } from '../src/tensor/node.ts'
import { postorder } from '../src/tensor/walk.ts'
import { runPlan } from './plan-run.ts'
import { isTame, randomNode } from './random-graph.ts'

const dims = new Map([
  ['m', 2],
  ['n', 3],
  ['k', 5],
])

function sample(variable: Variable): Tensor {
  const shape = variable.axes.map((axis) => axis.evaluate(dims))
  const seed = variable.name.charCodeAt(0)
  const data = Float64Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    (_, k) => 0.6 + ((k * 7 + seed) % 13) / 9,
  )
  return { shape, data }
}

test.each([1, 8, undefined])('random plans, at most %s operations in a step', (fuse) => {
  const seed = Number(process.env.EINCALC_SEED ?? 1)
  for (let at = 0; at < 150; at++) {
    const g = new Graph()
    // Two outputs at once share their steps.
    const nodes = [randomNode(g, seed * 1000 + at), randomNode(g, seed * 1000 + 500 + at)]
    const outputs = nodes.map((node): PlanOutput => ({ kind: 'dense', node }))
    const variables = postorder(nodes).filter((node) => node.kind === 'variable')
    const inputs = new Map(variables.map((variable) => [variable.name, sample(variable)]))
    if (!isTame(evaluate(postorder(nodes), inputs, dims))) continue
    const expected = evaluate(nodes, inputs, dims)
    const made = plan(outputs, { dims, ...(fuse !== undefined && { fuse }) })
    const found = runPlan(made, inputs, dims)
    for (const [k, tensor] of expected.entries()) {
      const wrong = [...tensor.data].findIndex((value, i) => !close(value, found[k]?.data[i] ?? Number.NaN))
      const pair = `${tensor.data[wrong]} not ${found[k]?.data[wrong]}`
      expect(wrong, `${pair} seed ${seed}, graph ${at}, output ${k}\n${made.describe(dims)}`).toBe(-1)
      expect(found[k]?.shape).toEqual(tensor.shape)
    }
    const { operations, bytes } = made.cost(dims)
    expect(operations).toBeGreaterThanOrEqual(0)
    expect(bytes).toBeGreaterThan(0)
  }
})

/** A plan may be finite where the reference overflows or cancels to NaN, never the other way round. */
function close(expected: number, found: number): boolean {
  if (!Number.isFinite(expected)) return true
  return Math.abs(expected - found) <= 1e-7 * Math.max(1, Math.abs(expected))
}
