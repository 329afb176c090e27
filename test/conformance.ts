// Holds engines to the reference evaluator: value and derivatives of an expression, computed together in one program.
import v8 from 'node:v8'
import { expect } from 'vitest'
import { sizesForSelections } from '../src/api/sizes.ts'
import { isSupported, Kernels, loadBlas, lower, Runner } from '../src/engine/index.ts'
import { loadHost, Team } from '../src/engine/threads/team.ts'
import { EincalcError } from '../src/errors.ts'
import { defaultSizes, evaluate, sampleInputs, type Tensor } from '../src/evaluate/index.ts'
import { Random } from '../src/evaluate/random.ts'
import { type Derivative, derive, type Expression } from '../src/index.ts'
import { plan } from '../src/plan/plan.ts'
import type { Node } from '../src/tensor/node.ts'
import { postorder } from '../src/tensor/walk.ts'

/** Results with more entries say nothing that smaller ones do not, and take long. */
const MOST_ENTRIES = 3000
const MOST_NODES = 300

// Node 20 has relaxed vector instructions behind a flag, later versions have them.
if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

interface TestedEngine {
  readonly name: string
  readonly kernels: Kernels
  readonly blas?: Exclude<Awaited<ReturnType<typeof loadBlas>>, string>
  readonly team?: Team
}

/**
 * The engine with each set of vector instructions that is there, with threads, which share steps however small, and with
 * BLAS, which takes products however small.
 */
export const engines: TestedEngine[] = (['plain', 'relaxed'] as const)
  .filter(isSupported)
  .map((instructions) => ({ name: instructions, kernels: new Kernels(instructions) }))
const team = new Team(await loadHost(), { threads: 3, least: 1, grain: 1 })
engines.push({ name: 'threads', kernels: new Kernels('plain'), team })
const blas = await loadBlas()
if (typeof blas !== 'string') {
  engines.push({ name: 'blas', kernels: new Kernels('plain'), blas: { ...blas, least: 1 } })
}

/** The same in float32. */
export const singleEngines: readonly TestedEngine[] = engines.map(({ name, kernels, ...rest }) => {
  return { name: `${name}, float32`, kernels: new Kernels(kernels.instructions, 'float32'), ...rest }
})

/** Rounding of float32 against that of float64. */
const SINGLE = 2 ** 29

/** Relative to the size of a result and to what a change of the inputs does to it. */
const TOLERANCE = 1e-12

export interface Case {
  readonly nodes: readonly Node[]
  readonly inputs: ReadonlyMap<string, Tensor>
  readonly sizes: ReadonlyMap<string, number>
  readonly expected: readonly Tensor[]
  /** How far an entry may be off, for each result. */
  readonly slack: readonly number[]
}

/** Value, first and second derivative by `wrt` as far as they are small. */
export function caseOf(e: Expression, wrt: string | undefined, sizes: ReadonlyMap<string, number>): Case | undefined {
  const nodes = [e.working]
  const count = (axes: Node['axes']) => axes.reduce((product, axis) => product * axis.evaluate(sizes), 1)
  for (const order of wrt === undefined ? [] : [1, 2]) {
    const entries = count(e.shape.axes) * count(e.variable(wrt as string).shape.axes) ** order
    if (entries > MOST_ENTRIES || postorder(nodes).length > MOST_NODES) break
    nodes.push(derive(e, { wrt: wrt as string, order }).working)
  }
  return caseAt(e, nodes, sizes)
}

/** Engines compute a derivative and the expression that it is of as the reference evaluator does, at two choices of sizes. */
export function expectEngines(d: Derivative): void {
  const { expression } = d
  const axes = [...expression.variables.values()].flatMap(({ node }) => node.axes)
  for (const size of [undefined, 1]) {
    const given = new Map(
      size === undefined ? [] : expression.resolved.dimensionNames.slice(0, 1).map((name) => [name, size]),
    )
    const sizes = sizesForSelections(expression, defaultSizes([...axes, ...d.working.axes], given))
    const isValid = axes.every((axis) => axis.evaluate(sizes) >= 1)
    const made = isValid ? caseAt(expression, [expression.working, d.working], sizes) : undefined
    for (const engine of engines) {
      expect(made && differenceOf(made, engine), `${d.toString()} on ${engine.name}`).toBe(undefined)
    }
  }
}

/** At a point where all results are finite; undefined without one. */
function caseAt(e: Expression, nodes: readonly Node[], sizes: ReadonlyMap<string, number>): Case | undefined {
  const variables = [...e.variables.values()].map(({ node }) => node)
  for (let attempt = 0; attempt < 4; attempt++) {
    const inputs = sampleInputs(variables, sizes, 1 + attempt, attempt)
    try {
      const expected = evaluate(nodes, inputs, sizes)
      const isTame = expected.every(({ data }) =>
        data.every((entry) => Number.isFinite(entry) && Math.abs(entry) < 1e9),
      )
      if (!isTame) continue
      const moved = evaluate(nodes, changed(inputs), sizes, { checkFacts: false })
      const slack = expected.map(({ data }, k) => {
        let most = 1e-3
        for (const [at, entry] of data.entries()) {
          const shift = Math.abs((moved[k]?.data[at] as number) - entry) / CHANGE
          most = Math.max(most, Math.abs(entry), Number.isFinite(shift) ? shift : 0)
        }
        return TOLERANCE * most
      })
      return { nodes, inputs, sizes, expected, slack }
    } catch (error) {
      if (!(error instanceof EincalcError) || error.code !== 'DomainError') throw error
    }
  }
  return undefined
}

const CHANGE = 1e-7

function changed(inputs: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const random = new Random(7)
  const move = ({ shape, data }: Tensor) => ({
    shape,
    data: data.map((entry) => entry * (1 + random.between(-CHANGE, CHANGE))),
  })
  return new Map([...inputs].map(([name, tensor]) => [name, move(tensor)]))
}

/** What an engine computes differently; undefined where all is well. */
export function differenceOf(
  { nodes, inputs, sizes, expected, slack }: Case,
  { kernels, blas, team }: TestedEngine,
): string | undefined {
  const planned = plan(
    nodes.map((node) => ({ kind: 'dense', node })),
    { dims: sizes },
  )
  const runner = new Runner(lower(planned, sizes), kernels, {}, { blas, team })
  for (const [name, { data }] of inputs) runner.setInput(name, data)
  // Twice: a run leaves memory as the next one needs it.
  for (const time of ['first', 'second']) {
    runner.run()
    for (const [k, { data }] of expected.entries()) {
      const found = runner.output(k)
      const allowed = (slack[k] as number) * (kernels.precision === 'float32' ? SINGLE : 1)
      const wrong = data.findIndex((entry, at) => !(Math.abs(entry - (found[at] as number)) <= allowed))
      if (wrong < 0 && found.length === data.length) continue
      const pair = `${data[wrong]} is ${found[wrong]}, allowed ${allowed}`
      return `${time} run, output ${k}, entry ${wrong}: ${pair}\n${planned.describe(sizes)}\n${runner.describe()}`
    }
  }
  return undefined
}
