/** What compiled programs run on: the reference evaluator, or an engine that is loaded when it is asked for. */

import type { Numbers } from '../engine/index.ts'
import { EincalcError } from '../errors.ts'
import { type Limits, prepare, type Tensor } from '../evaluate/index.ts'
import type { Precision } from '../languages/index.ts'
import type { PlanOutput } from '../plan/input.ts'
import { plan } from '../plan/plan.ts'
import type { Node } from '../tensor/node.ts'

/** `auto` takes the fastest engine that is there; `blas` falls back on `wasm`, saying so once. */
export type EngineName = 'auto' | 'wasm' | 'blas' | 'reference'

export const ENGINE_NAMES: readonly EngineName[] = ['auto', 'wasm', 'blas', 'reference']

/** A program for fixed sizes. Inputs stay until they are set again. */
export interface Prepared {
  readonly set: (name: string, value: Tensor) => void
  /** `targets` are arrays that direct outputs are written to instead. */
  readonly run: (targets?: readonly (Numbers | undefined)[]) => void
  /** Whether an output can be written to an array of the caller's at once. */
  readonly isDirect: (position: number) => boolean
  /** Runs in parts; yields the share of the work that is done. */
  readonly parts: () => Iterable<number>
  /** The numbers of an output, row-major, until the next run. */
  readonly output: (position: number) => Numbers
  /** The program as text. */
  readonly describe: () => string
}

export interface Backend {
  readonly name: Exclude<EngineName, 'auto'>
  readonly prepare: (roots: readonly Root[], sizes: ReadonlyMap<string, number>, limits: Limits) => Prepared
}

/** What is computed: nodes, and how a plan makes them. */
export interface Root {
  readonly node: Node
  readonly output: PlanOutput
}

/** Throws `BadRequest` for an engine that is not there. */
export async function backendOf(name: EngineName, precision: Precision = 'float64'): Promise<Backend> {
  if (!ENGINE_NAMES.includes(name)) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `there is no engine ${JSON.stringify(name)}`,
      hint: `Engines: ${ENGINE_NAMES.join(', ')}.`,
    })
  }
  if (!['float64', 'float32'].includes(precision)) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `there is no precision ${JSON.stringify(precision)}`,
      hint: 'Precisions: float64, float32.',
    })
  }
  const plain = precision === 'float32' ? rounded(reference) : reference
  if (name === 'reference') return plain
  const { blasEngine, lower, wasmEngine, whyNoWasm } = await import('../engine/index.ts')
  if (name === 'auto' && whyNoWasm() !== undefined) return plain
  const blas = name === 'wasm' ? undefined : await blasEngine(precision)
  if (name === 'blas' && typeof blas === 'string') warnOnce(`the engine blas is not there, wasm computes: ${blas}`)
  const engine = typeof blas === 'object' ? blas : await wasmEngine(precision)
  return {
    name: engine.name,
    prepare: (roots, sizes, limits) => {
      const planned = plan(
        roots.map(({ output }) => output),
        { dims: sizes },
      )
      const runner = engine.prepare(lower(planned, sizes), limits)
      return {
        set: (variable, { data }) => runner.setInput(variable, data),
        run: (targets) => runner.run(targets),
        isDirect: (position) => runner.isDirect(position),
        parts: () => runner.parts(),
        output: (position) => runner.output(position),
        describe: () => runner.describe(),
      }
    },
  }
}

/** In Node and in browsers; declared here because the library is compiled without the types of either. */
declare const console: { warn(message: string): void }

const warned = new Set<string>()

function warnOnce(message: string): void {
  if (warned.has(message)) return
  warned.add(message)
  console.warn(message)
}

/** Plain loops, which are there without waiting. */
export const reference: Backend = {
  name: 'reference',
  prepare: (roots, sizes, limits) => {
    const nodes = roots.map(({ node }) => node)
    const inputs = new Map<string, Tensor>()
    const whole = prepare(nodes, sizes, { ...limits, checkFacts: false })
    let results: readonly Tensor[] = []
    return {
      set: (variable, value) => inputs.set(variable, value),
      run: () => {
        results = whole.run(inputs)
      },
      isDirect: () => false,
      *parts() {
        const made: Tensor[] = []
        for (const [k, node] of nodes.entries()) {
          made.push(...prepare([node], sizes, { ...limits, checkFacts: false }).run(inputs))
          yield (k + 1) / nodes.length
        }
        results = made
      },
      output: (position) => (results[position] as Tensor).data,
      describe: () => `${nodes.length} results by the reference evaluator, about ${whole.operations} operations`,
    }
  },
}

/** Results as float32, computed in float64. */
function rounded(backend: Backend): Backend {
  return {
    ...backend,
    prepare: (roots, sizes, limits) => {
      const prepared = backend.prepare(roots, sizes, limits)
      return { ...prepared, output: (position) => Float32Array.from(prepared.output(position)) }
    },
  }
}
