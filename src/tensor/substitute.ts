/** Replacing a node within an expression. */
import type { Graph } from './graph.ts'
import { type Node, type Operand, operands } from './node.ts'
import { postorder } from './walk.ts'

/** `root` with `replacement`, of the same axes, in the place of `replaced`. What does not contain it stays as it is. */
export function substitute(g: Graph, root: Node, replaced: Node, replacement: Node): Node {
  const made = new Map<Node, Node>([[replaced, replacement]])
  for (const node of postorder([root])) {
    if (made.has(node)) continue
    const changed = operands(node).some((operand) => made.get(operand.node) !== operand.node)
    made.set(node, changed ? rebuilt(g, node, made) : node)
  }
  return made.get(root) as Node
}

function rebuilt(g: Graph, node: Node, made: ReadonlyMap<Node, Node>): Node {
  const moved = <T extends Operand>(operand: T): T => ({ ...operand, node: made.get(operand.node) as Node })
  switch (node.kind) {
    case 'contraction':
      return g.contraction(node.factors.map(moved), node.dimensions, node.rank)
    case 'sum':
      return g.sum(node.axes, node.terms.map(moved))
    case 'map':
      return g.map(node.name, node.axes, node.args.map(moved))
    case 'general':
      return g.general(node.name, node.axes.slice(0, node.batch), node.axes.slice(node.batch), node.args.map(moved))
    default:
      return node
  }
}
