/** Functions of the table that a language lacks, as programs of their own made from their definitions. */
import { elementwiseFunction, instantiate } from '../../functions/index.ts'
import { Dimension } from '../../tensor/dimension.ts'
import { Graph } from '../../tensor/graph.ts'
import {
  type Precision,
  type PreparedProgram,
  type PrepareOptions,
  type ProgramRequest,
  prepareProgram,
} from './program.ts'

export interface DefinedFunction {
  readonly name: string
  readonly doc: string
  readonly prepared: PreparedProgram
}

export interface DefinedOptions {
  readonly precision?: Precision
  /** Whether functions are defined over vectors instead of numbers. */
  readonly isVector?: boolean
}

/** Functions that have a definition only, each once and after those that it uses. */
export function definedFunctions<Printed extends { readonly defined: ReadonlySet<string> }>(
  names: Iterable<string>,
  options: PrepareOptions,
  print: (one: DefinedFunction) => Printed,
  { precision = 'float64', isVector = false }: DefinedOptions = {},
): Printed[] {
  const done = new Set<string>()
  const found: Printed[] = []
  const write = (name: string): void => {
    if (done.has(name)) return
    done.add(name)
    const { request, doc } = definitionProgram(name, isVector)
    const printed = print({ name, doc, prepared: prepareProgram({ ...request, precision }, options) })
    for (const other of printed.defined) write(other)
    found.push(printed)
  }
  for (const name of names) write(name)
  return found
}

/**
 * The definition of an elementwise function, over vectors if `isVector`, else over numbers. Throws `RangeError` for one
 * that has none: its name is missing in the language's table.
 */
export function definitionProgram(
  name: string,
  isVector: boolean,
): { readonly request: ProgramRequest; readonly doc: string } {
  const { parameters, definition, doc } = elementwiseFunction(name)
  if (definition === undefined) throw new RangeError(`${name} has neither a name in the language nor a definition`)
  const g = new Graph()
  const axes = isVector ? [Dimension.symbol('size')] : []
  const labels = axes.map((_, axis) => axis)
  const variables = parameters.map((parameter) => g.variable(parameter, axes))
  const { node } = instantiate(g, definition, new Map(variables.map((node) => [node.name, { node, labels }])))
  return { request: { variables, outputs: [{ name: 'result', doc: '', result: { kind: 'dense', node } }] }, doc }
}
