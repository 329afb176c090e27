/** A program with inputs of its own: it settles sizes, checks what comes in, and runs. */

import type { Numbers } from '../engine/index.ts'
import { EincalcError } from '../errors.ts'
import { bindDimensions, checkFacts, type Limits, requireInputs, shapeOfAxes, type Tensor } from '../evaluate/index.ts'
import type { Variable } from '../tensor/node.ts'
import type { Backend, Prepared, Root } from './backend.ts'
import { Derivative } from './derivative.ts'
import type { Expression } from './expression.ts'
import { type Inputs, LengthReader, requireFinite, tensorsOf } from './inputs.ts'
import { requireSelections } from './sizes.ts'

/** A tensor of either precision. */
export interface Result {
  readonly shape: readonly number[]
  readonly data: Numbers
}

export interface ProgramSource {
  readonly results: readonly (Expression | Derivative)[]
  /** Those that may be given, and those that must be. */
  readonly variables: readonly Variable[]
  readonly used: readonly Variable[]
  /** What is computed at these sizes. */
  readonly rootsAt: (sizes: ReadonlyMap<string, number>) => readonly Root[]
  readonly dims: ReadonlyMap<string, number>
  readonly backend: Backend
  readonly limits: Limits
  readonly finite: boolean
}

/** Sizes for which a program stays prepared. */
const MOST_PREPARED = 4

/** A program for some sizes. */
interface Ready extends Prepared {
  readonly sizes: ReadonlyMap<string, number>
  readonly roots: readonly Root[]
  readonly shapes: readonly (readonly number[])[]
}

/** The inputs are the caller's, or those of one `bind`. */
export class Session {
  readonly #source: ProgramSource
  readonly #fixed: ReadonlyMap<string, Tensor>
  readonly #free: readonly Variable[]
  readonly #fixedSizes: ReadonlyMap<string, number>
  readonly #lengths: LengthReader
  readonly #ready = new Map<string, Ready>()
  #current: Ready | undefined

  constructor(source: ProgramSource, fixed: Inputs = {}) {
    this.#source = source
    const { variables, dims } = source
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
      const { variables, used, dims, results } = this.#source
      const all = new Map([...this.#fixed, ...tensors])
      const sizes = bindDimensions(variables, all, dims)
      for (const result of results) requireSelections(result instanceof Derivative ? result.expression : result, sizes)
      requireInputs(used, all)
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

  /** All results, each in a new array. */
  evaluate(inputs: Inputs): Result[] {
    this.enter(inputs)
    return withinMemory(() => {
      const { shapes, isDirect } = this.#current as Ready
      const targets = shapes.map((shape, k) => (isDirect(k) ? emptyLike(this.view(k), shape) : undefined))
      this.#current?.run(targets)
      return shapes.map((shape, k) => ({ shape, data: targets[k] ?? copyOf(this.view(k)) }))
    })
  }

  /** Writes results into arrays of the right lengths. */
  into(targets: readonly (Numbers | undefined)[]): void {
    withinMemory(() => {
      const direct = targets.map((target, k) =>
        this.#current?.isDirect(k) && target?.constructor === this.view(k).constructor ? target : undefined,
      )
      this.#current?.run(direct)
      for (const [k, target] of targets.entries()) if (target && !direct[k]) target.set(this.view(k))
    })
  }

  *parts(): Generator<number> {
    try {
      yield* this.#current?.parts() ?? []
    } catch (error) {
      throw memoryOr(error)
    }
  }

  /** What was prepared last; undefined before sizes are known. */
  get ready(): Pick<Ready, 'sizes' | 'roots'> | undefined {
    return this.#current
  }

  view(position: number): Numbers {
    return this.#current?.output(position) ?? new Float64Array()
  }

  /** The results of a run in parts, each in a new array. */
  results(): Result[] {
    const shapes = this.#current?.shapes ?? []
    return withinMemory(() => shapes.map((shape, k) => ({ shape, data: copyOf(this.view(k)) })))
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
      const { backend, rootsAt, limits } = this.#source
      const roots = rootsAt(sizes)
      const shapes = roots.map(({ node }) => shapeOfAxes(node.axes, sizes))
      ready = { ...withinMemory(() => backend.prepare(roots, sizes, limits)), sizes, roots, shapes }
      for (const [name, value] of this.#fixed) ready.set(name, value)
      const [oldest] = this.#ready.keys()
      if (oldest !== undefined && this.#ready.size >= MOST_PREPARED) this.#ready.delete(oldest)
      this.#ready.set(key, ready)
    }
    return ready
  }
}

function emptyLike(view: Numbers, shape: readonly number[]): Numbers {
  const length = shape.reduce((product, size) => product * size, 1)
  return view instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
}

/** Faster than a slice where arrays are small. */
function copyOf(view: Numbers): Numbers {
  return view instanceof Float32Array ? new Float32Array(view) : new Float64Array(view)
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
