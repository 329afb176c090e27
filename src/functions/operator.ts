/** What derivatives given as operators share: a call over more batch axes, with some of its arguments replaced. */
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import type { GeneralCall, Node, Operand } from '../tensor/node.ts'

/** The extra axes, then the batch axes, of a tensor of axes (extra…, batch…, own…). */
export function extraAxes(call: GeneralCall, extra: number, tensor: Node): readonly Dimension[] {
  return tensor.axes.slice(0, extra + call.batch)
}

/** An argument as it stands in a call over `extra` more batch axes before the others: the same along them. */
export function broadcastArgument(call: GeneralCall, extra: number, position: number): Operand {
  const { node, labels } = call.args[position] as Operand
  return { node, labels: labels.map((label) => label + extra) }
}

/** An operand of a call with its two own axes exchanged. */
export function swapped({ node, labels }: Operand, batch: number): Operand {
  return { node, labels: labels.map((label) => (label < batch ? label : 2 * batch + 1 - label)) }
}

/** The call over the extra axes of `tensor`, some arguments replaced. */
export function withArguments(
  g: Graph,
  call: GeneralCall,
  extra: number,
  tensor: Node,
  replaced: ReadonlyMap<number, Operand>,
): Node {
  const args = call.args.map((_, k) => replaced.get(k) ?? broadcastArgument(call, extra, k))
  return g.general(call.name, extraAxes(call, extra, tensor), call.axes.slice(call.batch), args)
}
