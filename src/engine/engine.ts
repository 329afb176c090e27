/** The engines there are, and what hinders those that are not. */
import { EincalcError } from '../errors.ts'
import type { Limits } from '../evaluate/limits.ts'
import type { Precision } from '../languages/index.ts'
import { loadBlas } from './blas/library.ts'
import type { Program } from './program.ts'
import { loadTeam } from './threads/team.ts'
import { isSupported, Kernels } from './wasm/kernels.ts'
import { Runner } from './wasm/runner.ts'
import { isAvailable } from './wasm/webassembly.ts'

/** Runs lowered programs. */
export interface Engine {
  readonly name: 'wasm' | 'blas'
  readonly prepare: (program: Program, limits?: Limits) => Runner
}

interface EngineReport {
  readonly name: string
  readonly isThere: boolean
  /** What it is, or why it is not there. */
  readonly doc: string
}

const kernels = new Map<Precision, Kernels>()

/** The kernels for the best vector instructions that are there. Throws `BadRequest` without any. */
function bestKernels(precision: Precision): Kernels {
  const reason = whyNoWasm()
  if (reason !== undefined) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `the engine wasm is not there: ${reason}`,
      hint: 'Use the engine reference.',
    })
  }
  const known = kernels.get(precision) ?? new Kernels(isSupported('relaxed') ? 'relaxed' : 'plain', precision)
  kernels.set(precision, known)
  return known
}

/** The engine on WebAssembly. Throws `BadRequest` where its vector instructions are missing. */
export async function wasmEngine(precision: Precision): Promise<Engine> {
  const own = bestKernels(precision)
  const team = await loadTeam()
  return { name: 'wasm', prepare: (program, limits) => new Runner(program, own, limits, { team }) }
}

/** The same with products by the BLAS of the system, or why that is not there. */
export async function blasEngine(precision: Precision): Promise<Engine | string> {
  const blas = await loadBlas()
  if (typeof blas === 'string') return blas
  const own = bestKernels(precision)
  const team = await loadTeam()
  return { name: 'blas', prepare: (program, limits) => new Runner(program, own, limits, { blas, team }) }
}

/** Undefined where the engine is there. */
export function whyNoWasm(): string | undefined {
  if (!isAvailable()) return 'there is no WebAssembly here'
  return isSupported('plain') ? undefined : 'WebAssembly has no vector instructions here'
}

/** Every engine, with what it is or why it is not there. */
export async function engineReports(): Promise<EngineReport[]> {
  const reason = whyNoWasm()
  const blas = reason ?? (await loadBlas())
  const threads = (await loadTeam())?.threads ?? 1
  return [
    typeof blas === 'string'
      ? { name: 'blas', isThere: false, doc: blas }
      : { name: 'blas', isThere: true, doc: `products by ${blas.doc}, the rest as wasm` },
    {
      name: 'wasm',
      isThere: reason === undefined,
      doc:
        reason ??
        `WebAssembly with ${bestKernels('float64').instructions} vector instructions, ${threads} thread${threads === 1 ? '' : 's'}`,
    },
    { name: 'reference', isThere: true, doc: 'plain loops, which everything else is checked by' },
  ]
}
