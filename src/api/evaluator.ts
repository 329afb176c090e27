/** Numbers of nodes at given values, once: by the reference evaluator where that is quick, else by an engine. */
import {
  checkFacts,
  evaluate,
  type Limits,
  prepare,
  requireInputs,
  shapeOfAxes,
  type Tensor,
  variablesOf,
} from '../evaluate/index.ts'
import type { Node } from '../tensor/node.ts'
import { backendOf, type EngineName } from './backend.ts'

/** The values of nodes. Throws what evaluation throws. */
export type Evaluator = (
  nodes: readonly Node[],
  values: ReadonlyMap<string, Tensor>,
  sizes: ReadonlyMap<string, number>,
) => Tensor[]

/** Up to so many operations of the reference evaluator, which take some milliseconds, no engine is loaded. */
const FEW = 2e6

/** Loads what it needs; an engine tells the share of each run that is done. Throws `BadRequest` for one that is not there. */
export async function evaluatorOf(
  engine: EngineName,
  onProgress?: (share: number) => void,
  limits: Limits = {},
): Promise<Evaluator> {
  const plain: Evaluator = (nodes, values, sizes) => evaluate(nodes, values, sizes, limits)
  if (engine === 'reference') return plain
  const backend = await backendOf(engine)
  if (backend.name === 'reference') return plain
  return (nodes, values, sizes) => {
    if (engine === 'auto' && isQuick(nodes, sizes)) return plain(nodes, values, sizes)
    const variables = variablesOf(nodes)
    requireInputs(variables, values)
    for (const variable of variables) checkFacts(variable, values.get(variable.name) as Tensor)
    const prepared = backend.prepare(
      nodes.map((node) => ({ node, output: { kind: 'dense', node } })),
      sizes,
      limits,
    )
    for (const { name } of variables) prepared.set(name, values.get(name) as Tensor)
    for (const share of prepared.parts()) onProgress?.(share)
    return nodes.map(({ axes }, k) => ({
      shape: shapeOfAxes(axes, sizes),
      data: Float64Array.from(prepared.output(k)),
    }))
  }
}

/** Whether the reference evaluator is done before an engine has compiled. */
export function isQuick(nodes: readonly Node[], sizes: ReadonlyMap<string, number>): boolean {
  try {
    return prepare(nodes, sizes).operations <= FEW
  } catch {
    // Too large for it; what else is wrong shows when it is evaluated.
    return false
  }
}
