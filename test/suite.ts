// The suite that every engine passes on every machine: in Vitest, and with `npm run conformance` in Chromium and on other
// versions of Node. Nothing here needs Node or a framework for tests.
import fc from 'fast-check'
import { examples } from '../examples/index.mjs'
import { lower, Runner } from '../src/engine/index.ts'
import { EincalcError } from '../src/errors.ts'
import { evaluate } from '../src/evaluate/reference.ts'
import type { Tensor } from '../src/evaluate/tensor.ts'
import { type CompileOptions, compile, derive, type EngineName, type Input, type Inputs, parse } from '../src/index.ts'
import type { PlanOutput } from '../src/plan/input.ts'
import { plan } from '../src/plan/plan.ts'
import { Graph } from '../src/tensor/graph.ts'
import type { Variable } from '../src/tensor/node.ts'
import { postorder } from '../src/tensor/walk.ts'
import {
  caseOf,
  differenceAmong,
  differenceIn,
  engines,
  singleEngines,
  type TestedEngine,
  team,
} from './conformance.ts'
import { isTame, randomNode } from './random-graph.ts'
import { programs, textOf, usedVariables, variablesIn } from './random-program.ts'

/** One thing that must hold: `run` says what does not. */
export interface Check {
  readonly name: string
  readonly run: () => string | undefined | Promise<string | undefined>
}

/** A derivative that a test took. */
export interface Recorded {
  readonly text: string
  readonly vars: Readonly<Record<string, string>>
  readonly wrt: readonly string[]
}

export interface SuiteOptions {
  readonly seed: number
  /** Random programs. */
  readonly cases: number
  /** Derivatives that tests took, each held to all engines. */
  readonly recorded?: readonly Recorded[]
}

/** The engines that take part, by name. */
export const engineNames: readonly string[] = [...engines, ...singleEngines].map(({ name }) => name)

export function checks({ seed, cases, recorded = [] }: SuiteOptions): Check[] {
  return [
    ...engines.flatMap((engine) => SIZES.map((sizes) => randomGraphs(engine, sizes, seed))),
    ...randomPrograms(cases, seed),
    ...products.map(([text, vars]) => atSizes(`products of some size: ${text}`, text, vars, PRODUCT_SIZES)),
    ...matrices.map(([text, vars]) => atSizes(`matrices of some size: ${text}`, text, vars, MATRIX_SIZES)),
    ...singular(),
    ...ENGINE_NAMES.map(withoutEntries),
    ...ENGINE_NAMES.flatMap((engine) => refusals.map((refused) => refusedBy(engine, refused))),
    ...examples.flatMap(({ name, text, variables: vars, wrt, orders }) =>
      wrt.flatMap((by) =>
        orders.map((order) => ({
          name: `${name} by ${by}, order ${order}`,
          run: () => differenceIn(derive(text, { vars, wrt: by, order })),
        })),
      ),
    ),
    threadsTookPart,
    ...recorded.map(({ text, vars, wrt }) => ({
      name: `${text} by ${wrt.join(', ')}`,
      run: () => differenceIn(derive(text, { vars, wrt })),
    })),
  ]
}

/** Of the checks before it; without workers all would pass as well. */
const threadsTookPart: Check = {
  name: 'workers shared steps',
  run: () => (team.shared > 100 ? undefined : `only ${team.shared} steps were shared among threads`),
}

/** m, n, k: even, odd, and one. */
const SIZES = [
  [2, 3, 5],
  [1, 4, 1],
  [7, 6, 9],
] as const

type Sizes = readonly [m: number, n: number, k: number]

const dimsOf = ([m, n, k]: Sizes) => new Map(Object.entries({ m, n, k }))

function randomGraphs(engine: TestedEngine, sizes: Sizes, seed: number): Check {
  const dims = dimsOf(sizes)
  const run = async () => {
    let count = 0
    for (let at = 0; at < 150; at++) {
      if (at % 25 === 0) await turn()
      const g = new Graph()
      const nodes = [randomNode(g, seed * 1000 + at), randomNode(g, seed * 1000 + 500 + at)]
      const outputs = nodes.map((node): PlanOutput => ({ kind: 'dense', node }))
      const variables = postorder(nodes).filter((node) => node.kind === 'variable')
      const inputs = new Map(variables.map((variable) => [variable.name, sample(variable, dims)]))
      if (!isTame(evaluate(postorder(nodes), inputs, dims))) continue
      count++
      const expected = evaluate(nodes, inputs, dims)
      const runner = new Runner(lower(plan(outputs, { dims }), dims), engine.kernels, {}, engine)
      for (const [name, tensor] of inputs) runner.setInput(name, tensor.data)
      runner.run()
      for (const [k, { data }] of expected.entries()) {
        const found = runner.output(k)
        const wrong = data.findIndex((value, i) => !close(value, found[i] ?? Number.NaN))
        if (wrong < 0 && found.length === data.length) continue
        const pair = `entry ${wrong} of ${found.length} is ${found[wrong]}, not ${data[wrong]} of ${data.length}`
        return `seed ${seed}, graph ${at}, output ${k}: ${pair}\n${runner.describe()}`
      }
    }
    return count > 30 ? undefined : `only ${count} graphs of seed ${seed} could be compared`
  }
  return { name: `random graphs on ${engine.name}, m, n, k = ${sizes.join(', ')}`, run }
}

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

/** In a turn of the event loop workers start and end. */
export const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** Programs of a check, so that a check lasts a moment. */
const GROUP = 10

function randomPrograms(cases: number, seed: number): Check[] {
  const random = fc.sample(programs(3), { numRuns: cases, seed })
  return Array.from({ length: Math.ceil(cases / GROUP) }, (_, group) => {
    const run = () => {
      let count = 0
      const own = random.slice(group * GROUP, (group + 1) * GROUP)
      for (const [at, { tree, choice }] of own.entries()) {
        const text = textOf(tree)
        const names = usedVariables(text)
        const sizes = dimsOf(SIZES[(group * GROUP + at) % SIZES.length] as Sizes)
        const by = names[choice % Math.max(1, names.length)]
        const made = caseOf(parse(text, { vars: variablesIn(text) }), by, sizes)
        if (!made) continue
        count++
        const difference = differenceAmong(engines, made, text)
        if (difference !== undefined) return `seed ${seed}: ${difference}`
      }
      return count >= Math.min(own.length, 3) ? undefined : `only ${count} programs could be compared, seed ${seed}`
    }
    return { name: `random programs and their derivatives, ${group * GROUP + 1} and on`, run }
  })
}

type Row = readonly [text: string, vars: Readonly<Record<string, string>>]

const products: readonly Row[] = [
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
]

const PRODUCT_SIZES: readonly Sizes[] = [
  [70, 67, 65],
  [131, 9, 40],
  [1, 130, 33],
  [50, 1, 50],
  [40, 40, 300],
  [1, 1, 1],
]

const matrices: readonly Row[] = [
  ['inv(A)', { A: 'matrix(n,n)' }],
  ["inv(A)'*B", { A: 'matrix(n,n)', B: 'matrix(n,k)' }],
  ['inv(A)*b', { A: 'matrix(n,n)', b: 'vector(n)' }],
  ["b'*inv(A)*b", { A: 'psd(n)', b: 'vector(n)' }],
  ['logdet(A)', { A: 'matrix(n,n)' }],
  ['det(A/3)', { A: 'matrix(n,n)' }],
  ['cholesky(A)', { A: 'psd(n)' }],
]

const MATRIX_SIZES: readonly Sizes[] = [1, 47, 48, 65, 100].map((n) => [1, n, 7])

function atSizes(name: string, text: string, vars: Row[1], list: readonly Sizes[]): Check {
  const run = () => {
    const e = parse(text, { vars })
    for (const sizes of list) {
      const made = caseOf(e, undefined, dimsOf(sizes))
      const difference = made && differenceAmong([...engines, ...singleEngines], made, text)
      if (difference !== undefined) return difference
    }
    return undefined
  }
  return { name, run }
}

/** A large matrix without an inverse is told from one that has. */
function singular(): Check[] {
  const n = 70
  const data = Float64Array.from({ length: n * n }, (_, at) => Math.sin(at * at))
  data.copyWithin(n, 0, n)
  const sizes = new Map([['n', n]])
  const e = parse('inv(A)', { vars: { A: 'matrix(n,n)' } })
  return engines.map(({ name, kernels, blas, team }) => {
    const run = () => {
      const planned = plan([{ kind: 'dense', node: e.working }], { dims: sizes })
      const runner = new Runner(lower(planned, sizes), kernels, {}, { blas, team })
      runner.setInput('A', data)
      return refusal(() => runner.run(), 'DomainError', 'A is singular, or so close to it')
    }
    return { name: `a large singular matrix on ${name}`, run }
  })
}

/** `auto` is the BLAS of the system where that is there. */
const ENGINE_NAMES: readonly EngineName[] = ['auto', 'wasm', 'reference']

/** Sizes are positive: an array without entries is refused, and the program still works. */
function withoutEntries(engine: EngineName): Check {
  const run = async () => {
    const f = await compile({ value: parse("x'*A*x", { vars: { A: 'matrix(n,n)', x: 'vector(n)' } }) }, { engine })
    for (const none of [[], new Float64Array(), { shape: [0], data: new Float64Array() }]) {
      const problem = refusal(() => f({ A: [[2]], x: none }), 'ShapeMismatch', '')
      if (problem !== undefined) return problem
    }
    const found = f({ A: [[2]], x: [3] }).value.data[0]
    return found === 18 ? undefined : `afterwards 18 is ${found}`
  }
  return { name: `arrays without entries on ${engine}`, run }
}

interface Refusal {
  readonly name: string
  readonly inputs: Inputs
  readonly options?: CompileOptions
  readonly code: string
  /** How the message begins. */
  readonly message: string
}

const A = Float64Array.of(1, 2, 3, 4)
const long = new Float64Array(20_000)

const refusals: readonly Refusal[] = [
  { name: 'a wrong shape', inputs: { A, x: [1, 2, 3] }, code: 'ShapeMismatch', message: '' },
  {
    name: 'a wrong order',
    inputs: {
      A,
      x: [
        [1, 2],
        [3, 4],
      ],
    },
    code: 'ShapeMismatch',
    message: 'x ',
  },
  {
    name: 'a ragged array',
    inputs: { A: [[1, 2], [3]], x: [1, 2] },
    code: 'ShapeMismatch',
    message: 'A is not rectangular',
  },
  {
    name: 'a shape that is none',
    inputs: { A: { shape: [Number.NaN, 2], data: A }, x: [1, 2] },
    code: 'ShapeMismatch',
    message: 'A ',
  },
  { name: 'a missing input', inputs: { A: [[1]] }, code: 'UnknownVariable', message: '' },
  { name: 'text', inputs: { A, x: ['1', 2] }, code: 'BadRequest', message: 'x holds the text "1"' },
  { name: 'a hole', inputs: { A, x: [null, 2] }, code: 'BadRequest', message: 'x holds null' },
  { name: 'large integers', inputs: { A, x: [1n, 2n] }, code: 'BadRequest', message: 'x holds a value of type bigint' },
  ...[new Int32Array(2), new BigInt64Array(2), new Uint8Array(2), new DataView(new ArrayBuffer(16))].map(
    (x): Refusal => ({
      name: x.constructor.name,
      inputs: { A, x: x as unknown as Input },
      code: 'BadRequest',
      message: `x holds a value of class ${x.constructor.name}`,
    }),
  ),
  {
    name: 'NaN, where what is finite is wanted',
    inputs: { A, x: [1, Number.NaN] },
    options: { finite: true },
    code: 'DomainError',
    message: 'x[2] is NaN',
  },
  {
    name: 'the infinite, where what is finite is wanted',
    inputs: { A: Float64Array.of(1, 2, Number.NEGATIVE_INFINITY, 4), x: [1, 2] },
    options: { finite: true },
    code: 'DomainError',
    message: 'A[2,1] is -Infinity',
  },
  {
    name: 'more memory than the limit',
    inputs: { x: long },
    options: { maxBytes: 1e8 },
    code: 'LimitExceeded',
    message: 'evaluating needs ',
  },
  {
    name: 'more memory than there is',
    inputs: { x: new Float64Array(1_000_000) },
    options: { maxBytes: Number.POSITIVE_INFINITY, maxOperations: Number.POSITIVE_INFINITY },
    code: 'LimitExceeded',
    message: '',
  },
  {
    name: 'more operations than the limit',
    inputs: { x: long },
    options: { maxBytes: Number.POSITIVE_INFINITY, maxOperations: 1e6 },
    code: 'LimitExceeded',
    message: '',
  },
]

/** Bad input is refused with a code, whichever way the program is called, and the program still works. */
function refusedBy(engine: EngineName, { name, inputs, options, code, message }: Refusal): Check {
  const run = async () => {
    const isLarge = code === 'LimitExceeded'
    const vars = { A: 'matrix(n,n)', x: 'vector(n)' }
    const value = parse(isLarge ? "sin(x*x')" : "x'*A*x", { vars: isLarge ? { x: 'vector(n)' } : vars })
    const f = await compile({ value }, { engine, ...options })
    const problem = refusal(() => f(inputs), code, message) ?? refusal(() => f.bind(inputs)(), code, message)
    if (problem !== undefined) return problem
    const rejected = await f.async(inputs).then(
      () => 'is not refused in the background',
      (error) => (error instanceof EincalcError && error.code === code ? undefined : `is refused with ${error}`),
    )
    if (rejected !== undefined) return rejected
    const found = f(isLarge ? { x: [0.5] } : { A, x: [1, 2] }).value.data[0] as number
    const expected = isLarge ? Math.sin(0.25) : 27
    return Math.abs(found - expected) < 1e-12 ? undefined : `afterwards ${expected} is ${found}`
  }
  return { name: `${name} is refused on ${engine}`, run }
}

/** What is wrong where this is not refused with the code and the beginning of the message. */
function refusal(attempt: () => unknown, code: string, message: string): string | undefined {
  try {
    attempt()
  } catch (error) {
    if (error instanceof EincalcError && error.code === code && error.message.startsWith(message)) return undefined
    return `refused with ${error}`
  }
  return `${code} is not thrown`
}
