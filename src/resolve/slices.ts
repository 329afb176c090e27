/**
 * Slices: a vector or matrix for each value of some labels, `matrix[i,j](T[k,i,j])`. Functions of whole operands take them,
 * once for each value, and brackets take their elements: `inv(matrix[i,j](T[k,i,j]))[p,q]` is a number at each k, p, q.
 */
import * as pointwise from '../functions/pointwise.ts'
import type { BinderNode } from '../syntax/tree.ts'
import type { Node, Variable } from '../tensor/node.ts'
import { overBatch, type Slices } from '../tensor/substitute.ts'
import { type Axis, type Context, type Label, type Typed, typeOf, type Value } from './context.ts'

export function isSlice({ labels, shape }: Typed): boolean {
  return labels !== undefined && shape.axes.length > 0
}

/** Operators, elementwise functions and statements take no tensor that depends on labels. */
export function refuseSlices(context: Context, operands: readonly Typed[]): void {
  const slice = operands.find(isSlice)
  if (slice === undefined) return
  const names = (slice.labels ?? []).map(({ name }) => name).join(',')
  context.fail('TypeMismatch', {
    message: `${context.source(slice.node)} ${context.describe(slice.shape)} for each ${names}`,
    span: slice.node.span,
    hint: 'only a function of whole operands or a bracket may follow, as in `inv(matrix[i,j](T[k,i,j]))[p,q]`',
  })
}

/** The numbers at the bound labels as one vector or matrix, for each value of the labels that stay free. */
export function gathered(
  context: Context,
  node: BinderNode,
  body: Typed,
  kept: readonly Label[],
  bound: readonly Label[],
): Typed {
  const shape = { axes: bound.map(({ dimension }) => dimension) }
  return context.emit(node, typeOf(shape, kept.length === 0 ? undefined : kept, body.fill), (value) => {
    const axes = [...kept, ...bound].map((label) => [label, context.settle(label.dimension)] as const)
    const whole = pointwise.toNode<Axis>(context.g, value(body), new Map(axes))
    return pointwise.single<Axis>(whole, [...kept, ...bound.map((_, position) => position)])
  })
}

/** What `build` makes of the operands; where some are slices, once for each value of their labels, which come first. */
export function forEachSlice(
  context: Context,
  args: readonly Typed[],
  labels: readonly Label[],
  value: (operand: Typed) => Value,
  build: (operands: readonly Node[]) => Node,
): Node {
  const nodes = args.map((argument) => context.nodeOf(value(argument)))
  if (labels.length === 0) return build(nodes)
  const { g } = context
  const slices = new Map<Variable, Slices>()
  const operands = args.map((argument, position) => {
    const node = nodes[position] as Node
    if (!isSlice(argument)) return node
    const batch = (argument.labels ?? []).map((label) => labels.indexOf(label))
    const standIn = g.variable(`slice ${position} of ${node.id}`, node.axes.slice(batch.length))
    slices.set(standIn, { node, batch })
    return standIn
  })
  const sizes = labels.map((label) => context.settle(label.dimension))
  return overBatch(g, build(operands), slices, sizes)
}
