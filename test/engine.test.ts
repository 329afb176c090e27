// Lowered programs compute what the reference evaluator computes, on every engine that is there.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lower, Runner } from '../src/engine/index.ts'
import { evaluate } from '../src/evaluate/reference.ts'
import type { Tensor } from '../src/evaluate/tensor.ts'
import { parse } from '../src/index.ts'
import type { PlanOutput } from '../src/plan/input.ts'
import { plan } from '../src/plan/plan.ts'
import { Graph } from '../src/tensor/graph.ts'
import type { Variable } from '../src/tensor/node.ts'
import { postorder } from '../src/tensor/walk.ts'
import { caseOf, differenceOf, engines, singleEngines } from './conformance.ts'
import { isTame, randomNode } from './random-graph.ts'
import { programs, textOf, variablesIn } from './random-program.ts'

function sample(variable: Variable, dims: ReadonlyMap<string, number>): Tensor {
  const shape = variable.axes.map((axis) => axis.evaluate(dims))
  const seed = variable.name.charCodeAt(0)
  const length = shape.reduce((a, b) => a * b, 1)
  return { shape, data: Float64Array.from({ length }, (_, k) => 0.6 + ((k * 7 + seed) % 13) / 9) }
}

/** A program may be finite where the reference overflows or cancels to NaN, never the other way round. */
function close(expected: number, found: number): boolean {
  if (!Number.isFinite(expected)) return true
  return Math.abs(expected - found) <= 1e-9 * Math.max(1, Math.abs(expected))
}

const sizes = [
  [2, 3, 5],
  [1, 4, 1],
  [7, 6, 9],
] as const

for (const { name, kernels, blas, team } of engines) {
  test.each(sizes)(`random graphs on ${name}, m = %i, n = %i, k = %i`, (m, n, k) => {
    const dims = new Map(Object.entries({ m, n, k }))
    const seed = Number(process.env.EINCALC_SEED ?? 1)
    let count = 0
    for (let at = 0; at < 150; at++) {
      const g = new Graph()
      const nodes = [randomNode(g, seed * 1000 + at), randomNode(g, seed * 1000 + 500 + at)]
      const outputs = nodes.map((node): PlanOutput => ({ kind: 'dense', node }))
      const variables = postorder(nodes).filter((node) => node.kind === 'variable')
      const inputs = new Map(variables.map((variable) => [variable.name, sample(variable, dims)]))
      if (!isTame(evaluate(postorder(nodes), inputs, dims))) continue
      count++
      const expected = evaluate(nodes, inputs, dims)
      const made = plan(outputs, { dims })
      const program = lower(made, dims)
      const runner = new Runner(program, kernels, {}, { blas, team })
      for (const [name, tensor] of inputs) runner.setInput(name, tensor.data)
      runner.run()
      for (const [k, tensor] of expected.entries()) {
        const found = runner.output(k)
        expect(found.length).toBe(tensor.data.length)
        const wrong = tensor.data.findIndex((value, i) => !close(value, found[i] ?? Number.NaN))
        const pair = `${tensor.data[wrong]} not ${found[wrong]}`
        expect(wrong, `${pair} seed ${seed}, graph ${at}, output ${k}\n${runner.describe()}`).toBe(-1)
      }
    }
    expect(count).toBeGreaterThan(30)
  })
}

test('random programs and their derivatives', { timeout: 120_000 }, () => {
  const seed = Number(process.env.EINCALC_SEED ?? 1)
  const random = fc.sample(programs(3), { numRuns: Number(process.env.EINCALC_CASES ?? 150), seed })
  let count = 0
  for (const { tree, choice } of random) {
    const text = textOf(tree)
    const vars = variablesIn(text)
    const names = Object.keys(vars).filter((name) => new RegExp(`\\b${name}\\b`).test(text))
    const [m, n, k] = sizes[count % sizes.length] as readonly [number, number, number]
    const made = caseOf(
      parse(text, { vars }),
      names[choice % Math.max(1, names.length)],
      new Map(Object.entries({ m, n, k })),
    )
    if (!made) continue
    count++
    for (const each of engines)
      expect(differenceOf(made, each), `${text} on ${each.name}, seed ${seed}`).toBe(undefined)
  }
  expect(count).toBeGreaterThan(random.length / 2)
})

test.each<[text: string, vars: Record<string, string>]>([
  ['A*B', { A: 'matrix(m,n)', B: 'matrix(n,k)' }],
  ["A'*B", { A: 'matrix(n,m)', B: 'matrix(n,k)' }],
  ["A*B'", { A: 'matrix(m,n)', B: 'matrix(k,n)' }],
  ["A'*B'", { A: 'matrix(n,m)', B: 'matrix(k,n)' }],
  ["(A*B)'", { A: 'matrix(m,n)', B: 'matrix(n,k)' }],
  ["X'*X", { X: 'matrix(m,n)' }],
  ["X*X'", { X: 'matrix(m,n)' }],
  ["X'*diag(d)*X", { X: 'matrix(m,n)', d: 'vector(m)' }],
  ["-2*X'*diag(exp(d))*X", { X: 'matrix(m,n)', d: 'vector(m)' }],
  ["X'*diag(d)*Y", { X: 'matrix(m,n)', Y: 'matrix(m,k)', d: 'vector(m)' }],
  ['A*x + A*y', { A: 'matrix(m,n)', x: 'vector(n)', y: 'vector(n)' }],
  ["x*y'", { x: 'vector(m)', y: 'vector(n)' }],
  ["einsum('bij,bjk->bik',S,T)", { S: 'tensor(5,m,n)', T: 'tensor(5,n,k)' }],
  ["einsum('ijb,kjb->bki',S,T)", { S: 'tensor(m,n,5)', T: 'tensor(k,n,5)' }],
  ["einsum('aib,bka->ki',S,T)", { S: 'tensor(3,m,n)', T: 'tensor(n,k,3)' }],
  ["einsum('ijj,jk->ik',S,T)", { S: 'tensor(m,n,n)', T: 'matrix(n,k)' }],
])('products of some size: %s', (text, vars) => {
  for (const [m, n, k] of [
    [70, 67, 65],
    [131, 9, 40],
    [1, 130, 33],
    [50, 1, 50],
    [40, 40, 300],
  ] as const) {
    const made = caseOf(parse(text, { vars }), undefined, new Map(Object.entries({ m, n, k })))
    for (const each of [...engines, ...singleEngines]) {
      expect(made && differenceOf(made, each), `on ${each.name}`).toBe(undefined)
    }
  }
})

test.each<[text: string, vars: Record<string, string>]>([
  ['inv(A)', { A: 'matrix(n,n)' }],
  ["inv(A)'*B", { A: 'matrix(n,n)', B: 'matrix(n,k)' }],
  ['inv(A)*b', { A: 'matrix(n,n)', b: 'vector(n)' }],
  ["b'*inv(A)*b", { A: 'psd(n)', b: 'vector(n)' }],
  ['logdet(A)', { A: 'matrix(n,n)' }],
  ['det(A/3)', { A: 'matrix(n,n)' }],
  ['cholesky(A)', { A: 'psd(n)' }],
])('matrices of some size: %s', (text, vars) => {
  for (const n of [1, 47, 48, 65, 100]) {
    const made = caseOf(parse(text, { vars }), undefined, new Map(Object.entries({ n, k: 7 })))
    for (const each of [...engines, ...singleEngines]) {
      expect(made && differenceOf(made, each), `on ${each.name}`).toBe(undefined)
    }
  }
})

test('a large matrix without an inverse is told from one that has', () => {
  const e = parse('inv(A)', { vars: { A: 'matrix(n,n)' } })
  const n = 70
  const data = Float64Array.from({ length: n * n }, (_, at) => Math.sin(at * at))
  data.copyWithin(n, 0, n)
  const sizes = new Map([['n', n]])
  const inputs = new Map([['A', { shape: [n, n], data }]])
  const planned = plan([{ kind: 'dense', node: e.working }], { dims: sizes })
  for (const { kernels, blas, team } of engines) {
    const runner = new Runner(lower(planned, sizes), kernels, {}, { blas, team })
    runner.setInput('A', data)
    expect(() => runner.run()).toThrow('A is singular, or so close to it')
  }
  expect(() => evaluate([e.working], inputs, sizes)).toThrow('A is singular, or so close to it')
})
