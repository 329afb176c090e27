/** Operands that meet entry by entry: equal shapes, scalars, and in index notation labelled operands. */
import type { Shape } from '../functions/index.ts'
import type { SyntaxNode } from '../syntax/tree.ts'
import { type Context, type Label, type Refusal, scalarShape, type Typed } from './context.ts'
import { fixOperand } from './text.ts'

export interface Aligned {
  readonly shape: Shape
  readonly labels: readonly Label[] | undefined
}

/** The common type of operands of `node`. Fails where two do not fit. */
export function align(context: Context, node: SyntaxNode, operands: readonly Typed[]): Aligned {
  const labelled = operands.find((operand) => operand.labels !== undefined)
  if (labelled !== undefined) {
    for (const operand of operands) if (operand.labels === undefined) checkScalar(context, node, operand, labelled)
    return { shape: scalarShape, labels: context.unite(node, ...operands.map(({ labels }) => labels)) }
  }
  let result: Typed | undefined
  for (const operand of operands) {
    if (operand.shape.axes.length === 0) continue
    if (result === undefined) result = operand
    else checkEqual(context, node, result, operand)
  }
  return { shape: result?.shape ?? scalarShape, labels: undefined }
}

function checkScalar(context: Context, node: SyntaxNode, operand: Typed, labelled: Typed): void {
  if (operand.shape.axes.length === 0) return
  const name = context.source(operand.node)
  const [label] = labelled.labels as readonly [Label]
  context.fail('TypeMismatch', {
    message: `${context.source(node)}: ${name} ${context.describe(operand.shape)}, and beside ${context.source(labelled.node)} it needs labels`,
    span: operand.node.span,
    hint: operand.shape.axes.length === 1 ? `write \`${name}[${label.name}]\`` : 'give each of its axes a label',
  })
}

function checkEqual(context: Context, node: SyntaxNode, left: Typed, right: Typed): void {
  const a = left.shape
  const b = right.shape
  if (a.axes.length !== b.axes.length || !a.row !== !b.row)
    context.fail('ShapeMismatch', mismatch(context, node, left, right))
  for (const [position, dimension] of a.axes.entries()) {
    const other = b.axes[position]
    if (other !== undefined) {
      context.equate(dimension, other, right.node, () => mismatch(context, node, left, right))
    }
  }
}

function mismatch(context: Context, node: SyntaxNode, left: Typed, right: Typed): Refusal {
  const [a, b] = [left.shape, right.shape]
  const message = `${context.source(node)}: ${context.source(left.node)} ${context.describe(a)} but ${context.source(right.node)} ${context.describe(b)}`
  const refusal = { message, span: right.node.span, ...context.places(left, right) }
  return fitsTransposed(context, a, b) ? { ...refusal, ...fixOperand(context, node, right.node) } : refusal
}

/** Whether the two shapes would be equal if one were transposed. */
function fitsTransposed(context: Context, a: Shape, b: Shape): boolean {
  const [a0, a1] = a.axes
  const [b0, b1] = b.axes
  if (a.axes.length !== b.axes.length || a.axes.length > 2) return false
  if (a.axes.length === 1) return !a.row !== !b.row && context.mayEqual(a0, b0)
  return context.mayEqual(a0, b1) && context.mayEqual(a1, b0)
}
