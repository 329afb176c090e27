// Plans of random expressions, fused and not, compute what the reference evaluator computes.
import { expect, test } from 'vitest'
import { evaluate } from '../src/evaluate/reference.ts'
import type { Tensor } from '../src/evaluate/tensor.ts'
import { type DerivativeCost, derive, parse } from '../src/index.ts'
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

/** Layers of a network with rectified linear units, nested. */
const layers = (count: number) => Array.from({ length: count }, (_, k) => k + 1)
const network = layers(10).reduce((input, k) => `relu(W${k}*${input})`, 'x')
const networkTypes = {
  ...Object.fromEntries(layers(10).map((k) => [`W${k}`, 'matrix(n,n)'])),
  ...{ x: 'vector(n)', y: 'vector(n)' },
}
const attention = { Q: 'matrix(m,k)', K: 'matrix(n,k)', V: 'matrix(n,p)', Y: 'matrix(m,p)' }

test.each<[string, string, number, Record<string, string> | undefined, Record<string, number>, number, number]>([
  // The leading term of the operations, counted by hand, and the elements of the largest intermediate.
  ['sum(log(exp(-y.*(X*w)) + vector(1)))', 'w', 1, undefined, { m: 1e5, n: 100 }, 2 * 2e7, 1e5],
  ['sum(log(exp(-y.*(X*w)) + vector(1)))', 'w', 2, undefined, { m: 1e5, n: 100 }, 2e9, 1e7],
  [`norm2(${network}-y)^2`, 'W1', 1, networkTypes, { n: 100 }, 19 * 2e4, 1e4],
  [network, 'W1', 1, networkTypes, { n: 100 }, 8 * 2e6, 1e4],
  [
    "norm2(softmax(Q*K',2)*V-Y)^2",
    'Q',
    1,
    attention,
    { m: 512, n: 512, k: 64, p: 64 },
    4 * 2 * 512 ** 2 * 64,
    512 ** 2,
  ],
  [
    'sum[i,j](exp(-sum[a]((X[i,a]-X[j,a])^2)))',
    'X',
    1,
    { X: 'matrix(n,k)' },
    { n: 500, k: 3 },
    16 * 500 ** 2,
    3 * 500 ** 2,
  ],
  [
    'sum[i,j](exp(-sum[a]((X[i,a]-X[j,a])^2)))',
    'X',
    2,
    { X: 'matrix(n,k)' },
    { n: 500, k: 3 },
    32 * 500 ** 2,
    3 * 500 ** 2,
  ],
  ["norm2(T-U*V')^2", 'U', 2, undefined, { m: 20000, n: 3000, k: 5 }, 2 * 3000 * 25, 25],
])(
  'the cost of %s by %s, order %i',
  (text, wrt, order, vars, dims, operations, largest) => {
    const expression = parse(text, { wrt: [wrt], ...(vars && { vars }) })
    const cost: DerivativeCost = derive(expression, { wrt, order }).cost(dims)
    const { forward, reverse, crosscountry } = cost.byMode
    expect(cost.operations / operations).toBeGreaterThan(0.95)
    expect(cost.operations / operations).toBeLessThan(1.15)
    expect(cost.largest).toBe(largest)
    expect(crosscountry.operations).toBeLessThanOrEqual(Math.max(forward.operations, reverse.operations))
  },
  60_000,
)
