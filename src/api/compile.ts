/** Several results as one function of the inputs: sizes and shapes are settled once, shared subexpressions computed once. */

import type { Numbers } from '../engine/index.ts'
import { EincalcError } from '../errors.ts'
import {
  bindDimensions,
  checkFacts,
  type Limits,
  requireInputs,
  shapeOfAxes,
  type Tensor,
  variablesOf,
} from '../evaluate/index.ts'
import type { Precision } from '../languages/index.ts'
import type { Variable } from '../tensor/node.ts'
import { type Backend, backendOf, type EngineName, type Prepared, type Root } from './backend.ts'
import { Built } from './built.ts'
import { Derivative } from './derivative.ts'
import type { Expression } from './expression.ts'
import { type Inputs, LengthReader, requireFinite, type Sizes, sizesOf, tensorsOf } from './inputs.ts'
import { requireSelections } from './sizes.ts'

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
  const program: ProgramSource = {
    results,
    variables: allVariables(results),
    roots: results.map(rootOf),
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
  const evaluate = (inputs: Inputs) => named(own.run(inputs).results())

  return Object.assign(evaluate, {
    bind: (inputs: Inputs) => {
      const session = new Session(program, inputs)
      return (rest: Inputs = {}) => named(session.run(rest).results())
    },
    into: (out: { readonly [Name in K]?: ArrayOf<P> }, inputs: Inputs) => {
      own.enter(inputs)
      for (const [k, name] of names.entries()) own.requireLength(k, name, out[name])
      own.run(inputs)
      for (const [k, name] of names.entries()) out[name]?.set(own.view(k))
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
      program.backend.prepare(program.roots, new Map([...program.dims, ...sizesOf(sizes)]), limits).describe(),
    variables: program.variables.map((variable) => variable.name),
    engine: program.backend.name,
  })
}

/** Milliseconds that a run in the background takes at a time. */
const TURN = 12

/** A tensor of either precision. */
interface Result {
  readonly shape: readonly number[]
  readonly data: Numbers
}

interface ProgramSource {
  readonly results: readonly (Expression | Derivative)[]
  readonly variables: readonly Variable[]
  readonly roots: readonly Root[]
  readonly dims: ReadonlyMap<string, number>
  readonly backend: Backend
  readonly limits: Limits
  readonly finite: boolean
}

/** The simplified nodes, whose stable forms matter; declared properties are not relied upon. */
function rootOf(result: Expression | Derivative): Root {
  const node = result instanceof Derivative ? result.arranged : result.working
  return { node, output: { kind: 'dense', node } }
}

/** Sizes for which a program stays prepared. */
const MOST_PREPARED = 4

interface Ready extends Prepared {
  readonly shapes: readonly (readonly number[])[]
}

/** A program with inputs of its own: the caller's, or those of one `bind`. */
class Session {
  readonly #source: ProgramSource
  readonly #used: readonly Variable[]
  readonly #fixed: ReadonlyMap<string, Tensor>
  readonly #free: readonly Variable[]
  readonly #fixedSizes: ReadonlyMap<string, number>
  readonly #lengths: LengthReader
  readonly #ready = new Map<string, Ready>()
  #current: Ready | undefined

  constructor(source: ProgramSource, fixed: Inputs = {}) {
    this.#source = source
    const { variables, roots, dims } = source
    this.#used = variablesOf(roots.map(({ node }) => node))
    const tensors = tensorsOf(variables, fixed, dims)
    this.#fixedSizes = bindDimensions(variables, tensors, dims)
    // The caller's arrays may change; what is bound does not.
    this.#fixed = new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]))
    for (const variable of variables) {
      const value = this.#fixed.get(variable.name)
      if (!value) continue
      if (source.finite) requireFinite(variable, value)
      checkFacts(variable, value)
    }
    this.#free = variables.filter(({ name }) => !this.#fixed.has(name))
    this.#lengths = new LengthReader(this.#free)
    if (variables.every((variable) => variable.axes.every((axis) => axis.names.every((n) => this.#fixedSizes.has(n)))))
      this.#current = this.#prepare(this.#fixedSizes)
  }

  /** Takes the inputs: settles sizes, where they are others than before, and checks them. */
  enter(inputs: Inputs): void {
    const known = this.#current && this.#lengths.sameAsBefore(inputs)
    const tensors = known ?? tensorsOf(this.#free, inputs, this.#fixedSizes)
    if (!known || !this.#current) {
      const { variables, dims, results } = this.#source
      const all = new Map([...this.#fixed, ...tensors])
      const sizes = bindDimensions(variables, all, dims)
      for (const result of results) requireSelections(result instanceof Derivative ? result.expression : result, sizes)
      requireInputs(this.#used, all)
      this.#current = this.#prepare(sizes)
      this.#lengths.remember(inputs, tensors)
    }
    for (const variable of this.#free) {
      const value = tensors.get(variable.name)
      if (!value) continue
      if (this.#source.finite) requireFinite(variable, value)
      if (hasFacts(variable)) checkFacts(variable, value)
      this.#current.set(variable.name, value)
    }
  }

  run(inputs: Inputs): this {
    this.enter(inputs)
    withinMemory(() => this.#current?.run())
    return this
  }

  *parts(): Generator<number> {
    try {
      yield* this.#current?.parts() ?? []
    } catch (error) {
      throw memoryOr(error)
    }
  }

  view(position: number): Numbers {
    return this.#current?.output(position) ?? new Float64Array()
  }

  results(): Result[] {
    const copy = (k: number) => ({ shape: this.#current?.shapes[k] ?? [], data: this.view(k).slice() })
    return withinMemory(() => this.#source.roots.map((_, k) => copy(k)))
  }

  /** Throws `ShapeMismatch` where an array has not the length of the result. */
  requireLength(position: number, name: string, target: Numbers | undefined): void {
    const length = (this.#current?.shapes[position] ?? []).reduce((product, size) => product * size, 1)
    if (!target || target.length === length) return
    throw new EincalcError({
      code: 'ShapeMismatch',
      message: `the array for ${name} has length ${target.length}, the result ${length}`,
    })
  }

  #prepare(sizes: ReadonlyMap<string, number>): Ready {
    const key = [...sizes].map(([name, size]) => `${name}=${size}`).join()
    let ready = this.#ready.get(key)
    if (!ready) {
      const { backend, roots, limits } = this.#source
      const shapes = roots.map(({ node }) => shapeOfAxes(node.axes, sizes))
      ready = { ...withinMemory(() => backend.prepare(roots, sizes, limits)), shapes }
      for (const [name, value] of this.#fixed) ready.set(name, value)
      const [oldest] = this.#ready.keys()
      if (oldest !== undefined && this.#ready.size >= MOST_PREPARED) this.#ready.delete(oldest)
      this.#ready.set(key, ready)
    }
    return ready
  }
}

function withinMemory<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw memoryOr(error)
  }
}

/** Memory that cannot be had is a limit like others: `LimitExceeded`. Other errors stay as they are. */
function memoryOr(error: unknown): unknown {
  if (!(error instanceof RangeError) || !/allocation|array (?:buffer )?length/i.test(error.message)) return error
  const hint = 'Evaluate at smaller sizes.'
  return new EincalcError({ code: 'LimitExceeded', message: `no memory can be had: ${error.message}`, hint })
}

function hasFacts({ facts }: Variable): boolean {
  return facts.structure !== undefined || facts.sign !== undefined
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
