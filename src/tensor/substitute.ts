/** Replacing a node within an expression. */
import type { Dimension } from './dimension.ts'
import { type Graph, identity } from './graph.ts'
import { type Node, type Operand, operands, type Variable } from './node.ts'
import { postorder } from './walk.ts'

/** `root` with `replacement`, of the same axes, in the place of `replaced`. What does not contain it stays as it is. */
export function substitute(g: Graph, root: Node, replaced: Node, replacement: Node): Node {
  return substituteAll(g, root, new Map([[replaced, replacement]]))
}

/** `root` with each of some nodes replaced by another of the same axes. */
export function substituteAll(g: Graph, root: Node, replacements: ReadonlyMap<Node, Node>): Node {
  const made = new Map<Node, Node>(replacements)
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

/** What stands for a variable: a node whose first axes are these of the batch, then the variable's. */
export interface Slices {
  readonly node: Node
  readonly batch: readonly number[]
}

/** `root` for each index of the batch axes, which come first, with slices in the place of variables. */
export function overBatch(
  g: Graph,
  root: Node,
  slices: ReadonlyMap<Variable, Slices>,
  batch: readonly Dimension[],
): Node {
  const count = batch.length
  const all = identity(count)
  const made = new Map<Node, Slices>(slices)
  const isMoved = (operand: Operand) => made.has(operand.node)
  const shifted = (labels: readonly number[]) => labels.map((label) => label + count)
  const moved = <T extends Operand>(operand: T): T => {
    const slice = made.get(operand.node)
    const labels = shifted(operand.labels)
    return slice ? { ...operand, node: slice.node, labels: [...slice.batch, ...labels] } : { ...operand, labels }
  }
  for (const node of postorder([root])) {
    if (made.has(node) || !operands(node).some(isMoved)) continue
    made.set(node, { node: batched(g, node, batch, moved), batch: all })
  }
  const { node, batch: own } = made.get(root) ?? { node: root, batch: [] }
  if (own.length === count && own.every((axis, position) => axis === position)) return node
  const axes = identity(root.axes.length).map((axis) => axis + count)
  return g.contract([...all, ...axes], [[node, [...own, ...axes]]], new Map(batch.entries()))
}

function batched(g: Graph, node: Node, batch: readonly Dimension[], moved: <T extends Operand>(operand: T) => T): Node {
  switch (node.kind) {
    case 'contraction':
      return g.contraction(node.factors.map(moved), [...batch, ...node.dimensions], batch.length + node.rank)
    case 'sum':
      return g.sum([...batch, ...node.axes], node.terms.map(moved))
    case 'map':
      return g.map(node.name, [...batch, ...node.axes], node.args.map(moved))
    case 'general': {
      const [outer, own] = [node.axes.slice(0, node.batch), node.axes.slice(node.batch)]
      return g.general(node.name, [...batch, ...outer], own, node.args.map(moved))
    }
    default:
      return node
  }
}
