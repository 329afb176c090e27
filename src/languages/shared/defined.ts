/** Functions of the table that a language lacks, as programs of their own made from their definitions. */
import { elementwiseFunction, instantiate } from '../../functions/index.ts'
import { Dimension } from '../../tensor/dimension.ts'
import { Graph } from '../../tensor/graph.ts'
import type { ProgramRequest } from './program.ts'

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
