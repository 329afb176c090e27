/** Several results as one function of the inputs: sizes and shapes are settled once, shared subexpressions computed once. */
import { EincalcError } from '../errors.ts'
import { bindDimensions, prepare, type Tensor } from '../evaluate/index.ts'
import type { Node, Variable } from '../tensor/node.ts'
import { Derivative } from './derivative.ts'
import type { Expression } from './expression.ts'
import { type Inputs, type Sizes, sizesOf, tensorsOf } from './inputs.ts'
import { requireSelections } from './sizes.ts'

export interface CompileOptions {
  /** Sizes of dimensions that the inputs do not settle. */
  readonly dims?: Sizes
}

/** What a compiled program returns: each output under its name, row-major. */
export type Outputs<K extends string> = { readonly [P in K]: Tensor }

export interface AsyncOptions {
  /** Stops the run: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignalLike
  /** Told the share of the work that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void
}

/** In Node and in browsers; declared here because the library is compiled without the types of either. */
declare function setTimeout(callback: () => void, milliseconds: number): unknown

/** The part of an AbortSignal that is used, so that the types of the DOM are not needed. */
export interface AbortSignalLike {
  readonly aborted: boolean
  throwIfAborted(): void
}

/** Evaluates all outputs for these inputs. */
export interface Compiled<K extends string> {
  (inputs: Inputs): Outputs<K>
  /** A function of the other inputs; these are converted and checked once. */
  bind(inputs: Inputs): (rest?: Inputs) => Outputs<K>
  /** Writes into arrays of the right lengths that the caller keeps, by name of output. */
  into(out: { readonly [P in K]?: Float64Array }, inputs: Inputs): void
  /** The same in the background's time: the signal is looked at between outputs. */
  async(inputs: Inputs, options?: AsyncOptions): Promise<Outputs<K>>
  /** The variables, in the order of the first expression. */
  readonly variables: readonly string[]
}

/**
 * Compiles expressions and derivatives into one program. Throws what evaluation throws (`ShapeMismatch`, `DomainError`,
 * `LimitExceeded`, …) when it is called.
 */
export async function compile<K extends string>(
  outputs: { readonly [P in K]: Expression | Derivative },
  options: CompileOptions = {},
): Promise<Compiled<K>> {
  const names = Object.keys(outputs) as K[]
  const results = names.map((name) => outputs[name])
  if (results.length === 0) throw new EincalcError({ code: 'BadRequest', message: 'there is nothing to compile' })
  // The simplified nodes, whose stable forms matter; declared properties are not relied upon.
  const roots = results.map((result) => (result instanceof Derivative ? result.arranged : result.working))
  const variables = allVariables(results)
  const dims = sizesOf(options.dims)
  /** The last preparation, which holds as long as the sizes stay. */
  let prepared: { key: string; run: (inputs: ReadonlyMap<string, Tensor>) => Tensor[] } | undefined

  const runTensors = (inputs: ReadonlyMap<string, Tensor>, nodes: readonly Node[]): Tensor[] => {
    const sizes = bindDimensions(variables, inputs, dims)
    for (const result of results) requireSelections(result instanceof Derivative ? result.expression : result, sizes)
    if (nodes !== roots) return prepare(nodes, sizes).run(inputs)
    const key = [...sizes].map(([name, size]) => `${name}=${size}`).join()
    if (prepared?.key !== key) prepared = { key, run: prepare(roots, sizes).run }
    return prepared.run(inputs)
  }
  const named = (tensors: readonly Tensor[]) =>
    Object.fromEntries(names.map((name, k) => [name, tensors[k] as Tensor])) as Outputs<K>
  const evaluate = (inputs: Inputs) => named(runTensors(tensorsOf(variables, inputs, dims), roots))

  return Object.assign(evaluate, {
    bind: (inputs: Inputs) => {
      const fixed = tensorsOf(variables, inputs, dims)
      return (rest: Inputs = {}) => {
        const merged = new Map<string, Tensor>(fixed)
        const free = variables.filter((variable) => !fixed.has(variable.name))
        for (const [name, tensor] of tensorsOf(free, rest, bindDimensions(variables, fixed, dims)))
          merged.set(name, tensor)
        return named(runTensors(merged, roots))
      }
    },
    into: (out: { readonly [P in K]?: Float64Array }, inputs: Inputs) => {
      const tensors = runTensors(tensorsOf(variables, inputs, dims), roots)
      for (const [k, name] of names.entries()) {
        const target = out[name]
        const source = tensors[k] as Tensor
        if (!target) continue
        if (target.length !== source.data.length) {
          throw new EincalcError({
            code: 'ShapeMismatch',
            message: `the array for ${name} has length ${target.length}, the result ${source.data.length}`,
          })
        }
        target.set(source.data)
      }
    },
    async: async (inputs: Inputs, { signal, onProgress }: AsyncOptions = {}) => {
      const tensors = tensorsOf(variables, inputs, dims)
      const values: Tensor[] = []
      for (const [k, root] of roots.entries()) {
        signal?.throwIfAborted()
        onProgress?.(k / roots.length)
        // A turn of the event loop lets an abort arrive.
        await new Promise<void>((resolve) => setTimeout(resolve, 0))
        values.push(...runTensors(tensors, [root]))
      }
      signal?.throwIfAborted()
      onProgress?.(1)
      return named(values)
    },
    variables: variables.map((variable) => variable.name),
  })
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
