/** Several results as one function of the inputs: sizes and shapes are settled once, shared subexpressions computed once. */

import { EincalcError } from '../errors.ts'
import { type Limits, variablesOf } from '../evaluate/index.ts'
import type { Precision } from '../languages/index.ts'
import type { Variable } from '../tensor/node.ts'
import { backendOf, type EngineName, type Root } from './backend.ts'
import { Built } from './built.ts'
import { Derivative } from './derivative.ts'
import type { Expression } from './expression.ts'
import { type Inputs, type Sizes, sizesOf } from './inputs.ts'
import { type ProgramSource, type Result, Session } from './session.ts'

export interface CompileOptions<P extends Precision = Precision> extends Limits {
  /** Sizes of dimensions that the inputs do not settle. */
  readonly dims?: Sizes
  /** What computes: `auto` unless given, the fastest that is there. */
  readonly engine?: EngineName
  /** What is computed in and returned: float64 unless given. Inputs of either are taken. */
  readonly precision?: P
  /** Whether inputs that hold NaN or what is infinite are refused with `DomainError`; else results hold what follows from them. */
  readonly finite?: boolean
}

/** Row-major arrays of a precision. */
export type ArrayOf<P extends Precision> = P extends 'float32' ? Float32Array : Float64Array

/** What a compiled program returns: each output under its name, row-major. */
export type Outputs<K extends string, P extends Precision = 'float64'> = {
  readonly [Name in K]: { readonly shape: readonly number[]; readonly data: ArrayOf<P> }
}

export interface AsyncOptions {
  /** Stops the run: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignalLike
  /** Told the share of the work that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void
}

/** In Node and in browsers; declared here because the library is compiled without the types of either. */
declare function setTimeout(callback: () => void, milliseconds: number): unknown
declare const performance: { now(): number }

/** The part of an AbortSignal that is used, so that the types of the DOM are not needed. */
export interface AbortSignalLike {
  readonly aborted: boolean
  throwIfAborted(): void
}

/** Evaluates all outputs for these inputs. */
export interface Compiled<K extends string, P extends Precision = 'float64'> {
  (inputs: Inputs): Outputs<K, P>
  /** A function of the other inputs; these are copied, converted and checked once, and stay where they are computed with. */
  bind(inputs: Inputs): (rest?: Inputs) => Outputs<K, P>
  /** Writes into arrays of the right lengths that the caller keeps, by name of output. */
  into(out: { readonly [Name in K]?: ArrayOf<P> }, inputs: Inputs): void
  /** The same in the background's time: between steps the signal is looked at and progress told. */
  async(inputs: Inputs, options?: AsyncOptions): Promise<Outputs<K, P>>
  /** The program for these sizes as text: each step with its kernel, shapes, operations and bytes. */
  describe(sizes: Sizes): string
  /** The variables, in the order of the first expression. */
  readonly variables: readonly string[]
  /** The engine that computes. */
  readonly engine: string
}

/**
 * Compiles expressions and derivatives into one program. Throws `BadRequest` for an engine that is not there; what evaluation
 * throws (`ShapeMismatch`, `DomainError`, `LimitExceeded`, …) it throws when it is called, and can be called again.
 */
export async function compile<K extends string, P extends Precision = 'float64'>(
  outputs: { readonly [Name in K]: Expression | Derivative | Built },
  options: CompileOptions<P> = {},
): Promise<Compiled<K, P>> {
  const names = Object.keys(outputs) as K[]
  const results = names.map((name) => {
    const output: Expression | Derivative | Built = outputs[name]
    return output instanceof Built ? output.expression : output
  })
  if (results.length === 0) throw new EincalcError({ code: 'BadRequest', message: 'there is nothing to compile' })
  const { engine = 'auto', precision = 'float64', dims: given, finite = false, ...limits } = options
  const roots = results.map(rootOf)
  const program: ProgramSource = {
    results,
    variables: allVariables(results),
    used: variablesOf(roots.map(({ node }) => node)),
    rootsAt: () => roots,
    dims: sizesOf(given),
    backend: await backendOf(engine, precision),
    limits,
    finite,
  }
  const own = new Session(program)
  /** Sessions of runs in the background that have ended. */
  const idle: Session[] = []
  const named = (results: readonly Result[]) =>
    Object.fromEntries(names.map((name, k) => [name, results[k] as Result])) as unknown as Outputs<K, P>
  const evaluate = (inputs: Inputs) => named(own.evaluate(inputs))

  return Object.assign(evaluate, {
    bind: (inputs: Inputs) => {
      const session = new Session(program, inputs)
      return (rest: Inputs = {}) => named(session.evaluate(rest))
    },
    into: (out: { readonly [Name in K]?: ArrayOf<P> }, inputs: Inputs) => {
      own.enter(inputs)
      for (const [k, name] of names.entries()) own.requireLength(k, name, out[name])
      own.into(names.map((name) => out[name]))
    },
    async: async (inputs: Inputs, { signal, onProgress }: AsyncOptions = {}) => {
      signal?.throwIfAborted()
      const session = idle.pop() ?? new Session(program)
      session.enter(inputs)
      onProgress?.(0)
      let since = performance.now()
      for (const share of session.parts()) {
        if (performance.now() - since < TURN) continue
        onProgress?.(Math.min(share, 1))
        // A turn of the event loop lets an abort arrive.
        await new Promise<void>((resolve) => setTimeout(resolve, 0))
        signal?.throwIfAborted()
        since = performance.now()
      }
      signal?.throwIfAborted()
      const values = named(session.results())
      if (idle.length === 0) idle.push(session)
      onProgress?.(1)
      return values
    },
    describe: (sizes: Sizes) =>
      program.backend.prepare(roots, new Map([...program.dims, ...sizesOf(sizes)]), limits).describe(),
    variables: program.variables.map((variable) => variable.name),
    engine: program.backend.name,
  })
}

/** Milliseconds that a run in the background takes at a time. */
const TURN = 12

/** The simplified nodes, whose stable forms matter; declared properties are not relied upon. */
function rootOf(result: Expression | Derivative): Root {
  const node = result instanceof Derivative ? result.arranged : result.working
  return { node, output: { kind: 'dense', node } }
}

function allVariables(results: readonly (Expression | Derivative)[]): Variable[] {
  const byName = new Map<string, Variable>()
  for (const result of results) {
    const expression = result instanceof Derivative ? result.expression : result
    for (const [name, { node }] of expression.variables) {
      const known = byName.get(name)
      if (known && known.axes.map((d) => d.key).join() !== node.axes.map((d) => d.key).join()) {
        throw new EincalcError({
          code: 'ShapeMismatch',
          message: `${name} has one type in one output and another in the next`,
          hint: 'Derive all outputs from one parsed expression, or declare the variables.',
        })
      }
      byName.set(name, node)
    }
  }
  return [...byName.values()]
}
