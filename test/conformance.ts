// Holds engines to the reference evaluator: value and derivatives of an expression, computed together in one program. Nothing
// here needs Node or a framework for tests, so that browsers run it too (suite.ts).
import { sizesForSelections } from '../src/api/sizes.ts'
import { isSupported, Kernels, loadBlas, lower, Runner } from '../src/engine/index.ts'
import type { Walking } from '../src/engine/lower/walk.ts'
import { type Crew, loadHost, Team } from '../src/engine/threads/team.ts'
import { EincalcError } from '../src/errors.ts'
import { roundingOf } from '../src/evaluate/check.ts'
import { defaultSizes, evaluate, sampleInputs, type Tensor } from '../src/evaluate/index.ts'
import { Random } from '../src/evaluate/random.ts'
import { prepare } from '../src/evaluate/reference.ts'
import { type Derivative, derive, type Expression } from '../src/index.ts'
import { plan } from '../src/plan/plan.ts'
import type { Node } from '../src/tensor/node.ts'
import { postorder } from '../src/tensor/walk.ts'

/** Results with more entries say nothing that smaller ones do not, and take long. */
const MOST_ENTRIES = 3000
const MOST_NODES = 300

export interface TestedEngine {
  readonly name: string
  readonly kernels: Kernels
  readonly blas?: Exclude<Awaited<ReturnType<typeof loadBlas>>, string>
  readonly team?: PatientTeam
  readonly walking?: Walking
}

/** A team that waits for its workers where it is asked to, so that they do take part. */
class PatientTeam extends Team {
  isPatient = false
  /** Steps that workers had a share in. */
  shared = 0
  override take(...given: Parameters<Team['take']>): Crew {
    const { isReady, run } = super.take(...given)
    return {
      isReady: () => {
        const until = performance.now() + (this.isPatient ? PATIENCE : 0)
        while (!isReady() && performance.now() < until);
        return isReady()
      },
      run: (...step) => {
        this.shared++
        run(...step)
      },
    }
  }
}

/** Milliseconds in which workers take a program, where the machine gives them time. */
const PATIENCE = 50

/**
 * The engine with each set of vector instructions that is there, with threads, which share steps however small, and with
 * BLAS, which takes products however small. The latter two walk along the rows of tensors however small.
 */
export const engines: TestedEngine[] = (['plain', 'relaxed'] as const)
  .filter(isSupported)
  .map((instructions) => ({ name: instructions, kernels: new Kernels(instructions) }))
export const team = new PatientTeam(await loadHost(), { threads: 3, least: 1, grain: 1 })
const walking: Walking = { least: 1, block: 64 }
engines.push({ name: 'threads', kernels: new Kernels('plain'), team, walking })
const blas = await loadBlas()
if (typeof blas !== 'string') {
  engines.push({ name: 'blas', kernels: new Kernels('plain'), blas: { ...blas, least: 1, leastDepth: 1 }, walking })
}

/** The same in float32. */
export const singleEngines: readonly TestedEngine[] = engines.map(({ name, kernels, ...rest }) => {
  return { name: `${name}, float32`, kernels: new Kernels(kernels.instructions, 'float32'), ...rest }
})

/** Rounding of float32 against that of float64. */
const SINGLE = 2 ** 29

/** Relative to the size of a result and to what a change of the inputs does to it. */
const TOLERANCE = 1e-12

/** An engine adds in another order than the reference evaluator: so many times what rounding does to a result may lie between them. */
const ROUNDINGS = 2 ** 5

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

/** Where an engine computes a derivative, or the expression that it is of, otherwise than the reference evaluator, at two choices of sizes. */
export function differenceIn(d: Derivative): string | undefined {
  const { expression } = d
  const axes = [...expression.variables.values()].flatMap(({ node }) => node.axes)
  for (const size of [undefined, 1]) {
    const given = new Map(
      size === undefined ? [] : expression.resolved.dimensionNames.slice(0, 1).map((name) => [name, size]),
    )
    const sizes = sizesForSelections(expression, defaultSizes([...axes, ...d.working.axes], given))
    const isValid = axes.every((axis) => axis.evaluate(sizes) >= 1)
    const made = isValid ? caseAt(expression, [expression.working, d.working], sizes) : undefined
    const difference = made && differenceAmong(engines, made, d.toString())
    if (difference !== undefined) return difference
  }
  return undefined
}

/** What the first engine that differs computes differently. */
export function differenceAmong(among: readonly TestedEngine[], made: Case, what: string): string | undefined {
  for (const engine of among) {
    const difference = differenceOf(made, engine)
    if (difference !== undefined) return `${what} on ${engine.name}: ${difference}`
  }
  return undefined
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
function differenceOf(
  { nodes, inputs, sizes, expected, slack }: Case,
  { kernels, blas, team, walking }: TestedEngine,
): string | undefined {
  const planned = plan(
    nodes.map((node) => ({ kind: 'dense', node })),
    { dims: sizes },
  )
  const runner = new Runner(lower(planned, sizes), kernels, {}, { blas, team, walking })
  for (const [name, { data }] of inputs) runner.setInput(name, data)
  // Twice: a run leaves memory as the next one needs it.
  for (const time of ['first', 'second']) {
    if (team) team.isPatient = time === 'second'
    runner.run()
    for (const [k, { data }] of expected.entries()) {
      const found = runner.output(k)
      const scale = kernels.precision === 'float32' ? SINGLE : 1
      let allowed = (slack[k] as number) * scale
      const firstWrong = () => data.findIndex((entry, at) => !(Math.abs(entry - (found[at] as number)) <= allowed))
      let wrong = firstWrong()
      if (wrong >= 0) {
        // Large terms that cancel leave their rounding behind, in the reference evaluator as well.
        const residue = roundingOf(prepare([nodes[k] as Node], sizes), inputs)
        allowed = Math.max(allowed, ROUNDINGS * residue.reduce((most, entry) => Math.max(most, entry), 0) * scale)
        wrong = firstWrong()
      }
      if (wrong < 0 && found.length === data.length) continue
      const pair = `${data[wrong]} is ${found[wrong]}, allowed ${allowed}`
      return `${time} run, output ${k}, entry ${wrong}: ${pair}\n${planned.describe(sizes)}\n${runner.describe()}`
    }
  }
  return undefined
}
