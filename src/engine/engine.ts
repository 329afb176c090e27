/** The engines there are, and what hinders those that are not. */
import { EincalcError } from '../errors.ts'
import type { Limits } from '../evaluate/limits.ts'
import type { Program } from './program.ts'
import { isSupported, Kernels } from './wasm/kernels.ts'
import { Runner } from './wasm/runner.ts'
import { isAvailable } from './wasm/webassembly.ts'

/** Runs lowered programs. */
export interface Engine {
  readonly name: 'wasm'
  /** What it computes with, for people, e.g. `WebAssembly, relaxed vector instructions`. */
  readonly doc: string
  readonly prepare: (program: Program, limits?: Limits) => Runner
}

export interface EngineReport {
  readonly name: string
  readonly isThere: boolean
  /** What it is, or why it is not there. */
  readonly doc: string
}

let wasm: Engine | undefined

/** The engine on WebAssembly. Throws `BadRequest` where its vector instructions are missing. */
export function wasmEngine(): Engine {
  wasm ??= createWasmEngine()
  return wasm
}

function createWasmEngine(): Engine {
  const reason = whyNoWasm()
  if (reason !== undefined) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `the engine wasm is not there: ${reason}`,
      hint: 'Use the engine reference.',
    })
  }
  const instructions = isSupported('relaxed') ? 'relaxed' : 'plain'
  const kernels = new Kernels(instructions)
  return {
    name: 'wasm',
    doc: `WebAssembly with ${instructions} vector instructions, in float64`,
    prepare: (program, limits) => new Runner(program, kernels, limits),
  }
}

/** Undefined where the engine is there. */
export function whyNoWasm(): string | undefined {
  if (!isAvailable()) return 'there is no WebAssembly here'
  return isSupported('plain') ? undefined : 'WebAssembly has no vector instructions here'
}

/** Every engine, with what it is or why it is not there. */
export function engineReports(): EngineReport[] {
  const reason = whyNoWasm()
  return [
    { name: 'wasm', isThere: reason === undefined, doc: reason ?? wasmEngine().doc },
    { name: 'reference', isThere: true, doc: 'plain loops, which everything else is checked by' },
  ]
}
