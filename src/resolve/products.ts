/** Products and powers of matrices and vectors. */
import type { Shape } from '../functions/index.ts'
import { kronecker, kroneckerShape } from '../functions/matrix.ts'
import * as pointwise from '../functions/pointwise.ts'
import type { BinaryNode } from '../syntax/tree.ts'
import type { Dimension } from '../tensor/dimension.ts'
import type { Node } from '../tensor/node.ts'
import { type Axis, type Context, replacement, scalarShape, type Typed, typeOf, type Value } from './context.ts'
import { bracketed, fixOperand, shorten, transposedText } from './text.ts'

/** Whole exponents of matrices up to here; a chain of squarings is twice as long as their binary digits. */
const maxExponent = 2 ** 31

/** What a product sums over, as labels: `i` rows of the result, `j` columns, `k` summed. */
interface Pattern {
  readonly shape: Shape
  readonly left: string
  readonly right: string
  readonly output: string
  /** The axes that must be equal. */
  readonly inner?: readonly [left: Dimension, right: Dimension]
}

/** `left * right`, neither a scalar. */
export function matrixProduct(context: Context, node: BinaryNode, left: Typed, right: Typed): Typed {
  const isVector = left.shape.axes.length === 1 && right.shape.axes.length === 1
  if (isVector && !left.shape.row === !right.shape.row) failAmbiguous(context, node, left, right)
  for (const operand of [left, right]) {
    if (operand.shape.axes.length > 2) {
      context.fail('TypeMismatch', {
        message: `${context.source(node)}: ${context.source(operand.node)} ${context.describe(operand.shape)}; * multiplies vectors and matrices`,
        span: operand.node.span,
        hint: 'write sums in index notation, as in `sum[k](A[i,k]*B[k,j])`, or use `einsum`',
      })
    }
  }
  const pattern = productPattern(context, left.shape, right.shape)
  if (pattern === undefined) return failMismatch(context, node, left, right)
  if (pattern.inner !== undefined) checkInner(context, node, left, right, pattern.inner)
  return context.emit(node, typeOf(pattern.shape), (value) =>
    multiplied(context, value(left), value(right), ({ left: a, right: b }) =>
      context.g.contract(pattern.output, [
        [a, pattern.left],
        [b, pattern.right],
      ]),
    ),
  )
}

/** `left ⊗ right` */
export function kroneckerProduct(context: Context, node: BinaryNode, left: Typed, right: Typed): Typed {
  for (const { labels, shape, node: operand } of [left, right]) {
    if (labels === undefined && shape.axes.length <= 2) continue
    const which = labels === undefined ? context.describe(shape) : 'is labelled'
    context.fail('TypeMismatch', {
      message: `${context.source(node)}: ${context.source(operand)} ${which}; ⊗ takes whole matrices`,
      span: operand.span,
    })
  }
  return context.emit(node, typeOf(kroneckerShape(left.shape, right.shape)), (value) =>
    multiplied(context, value(left), value(right), ({ left: a, right: b }) =>
      kronecker(context.g, a, b, context.settleShape(left.shape), context.settleShape(right.shape)),
    ),
  )
}

/** base^exponent for a square matrix and a whole number, by repeated squaring; negative powers are of the inverse. */
export function matrixPower(context: Context, node: BinaryNode, base: Typed, exponent: Typed): Typed {
  const name = context.source(base.node)
  const shown = context.source(node)
  const number = exponent.fill?.exact
  if (number?.isInteger !== true) {
    const isNumber = exponent.fill !== undefined
    context.fail('TypeMismatch', {
      message: `${shown}: the exponent of a matrix is a whole number`,
      span: exponent.node.span,
      hint: isNumber
        ? `\`sqrtm(${name})\` is the square root; \`.^\` takes powers entry by entry`
        : '`.^` takes powers entry by entry',
    })
  }
  const times = number.toNumber()
  if (Math.abs(times) > maxExponent) {
    context.fail('LimitExceeded', {
      message: `${shown}: the exponent is over ${maxExponent}`,
      span: exponent.node.span,
    })
  }
  const [rows, columns] = base.shape.axes as readonly [Dimension, Dimension]
  context.equate(rows, columns, base.node, () => ({
    message: `${shown}: ${name} ${context.describe(base.shape)}, not square`,
  }))
  if (times < 0 && base.fill?.value === 0) context.failNotFinite(node)
  return context.emit(node, typeOf(base.shape), (value) => raise(context, value(base), times))
}

function raise(context: Context, base: Value, times: number): Value {
  const { g } = context
  const whole = context.nodeOf(base)
  const product = (a: Node, b: Node) =>
    g.contract('ik', [
      [a, 'ij'],
      [b, 'jk'],
    ])
  let square = times < 0 ? g.call('inv', whole.axes, whole) : whole
  let result: Node | undefined
  for (let rest = Math.abs(times); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === undefined ? square : product(square, result)
    if (rest > 1) square = product(square, square)
  }
  return pointwise.single<Axis>(result ?? g.delta(whole.axes[0] as Dimension), [0, 1])
}

/** A bilinear function of two values: their coefficients come out of it. */
function multiplied(
  context: Context,
  left: Value,
  right: Value,
  make: (nodes: { readonly left: Node; readonly right: Node }) => Node,
): Value {
  const a = pointwise.close(context.g, left)
  const b = pointwise.close(context.g, right)
  const node = make({ left: a.node, right: b.node })
  const labels = node.axes.map((_, position) => position)
  const scaled: Value = { kind: 'single', coefficient: a.coefficient, node, labels }
  return b.coefficient.isOne
    ? scaled
    : pointwise.multiply(context.g, scaled, pointwise.number(context.g, b.coefficient))
}

/** How the axes of two vectors or matrices meet; undefined where a vector stands on the wrong side of a matrix. */
function productPattern(context: Context, a: Shape, b: Shape): Pattern | undefined {
  const [a0, a1] = a.axes as readonly [Dimension, Dimension]
  const [b0, b1] = b.axes as readonly [Dimension, Dimension]
  const orders = `${a.row ? 'row' : a.axes.length}*${b.row ? 'row' : b.axes.length}`
  const isOne = (dimension: Dimension) => context.settle(dimension).value === 1
  switch (orders) {
    case '2*2':
      return { shape: { axes: [a0, b1] }, left: 'ik', right: 'kj', output: 'ij', inner: [a1, b0] }
    case '2*1':
      return { shape: { axes: [a0] }, left: 'ik', right: 'k', output: 'i', inner: [a1, b0] }
    case 'row*2':
      return { shape: { axes: [b1], row: true }, left: 'k', right: 'kj', output: 'j', inner: [a0, b0] }
    case 'row*1':
      return { shape: scalarShape, left: 'k', right: 'k', output: '', inner: [a0, b0] }
    case '1*row':
      return { shape: { axes: [a0, b0] }, left: 'i', right: 'j', output: 'ij' }
    // A column counts as n×1 and a row as 1×n, so these fit where the matrix has a side of one.
    case '1*2':
      return isOne(b0) ? { shape: { axes: [a0, b1] }, left: 'i', right: 'kj', output: 'ij' } : undefined
    case '2*row':
      return isOne(a1) ? { shape: { axes: [a0, b0] }, left: 'ik', right: 'j', output: 'ij' } : undefined
    default:
      return undefined
  }
}

function checkInner(
  context: Context,
  node: BinaryNode,
  left: Typed,
  right: Typed,
  [a, b]: readonly [Dimension, Dimension],
): void {
  context.equate(a, b, right.node, () => {
    const shown = { message: mismatchMessage(context, node, left, right), ...context.places(left, right) }
    const [a0] = left.shape.axes
    const [, b1] = right.shape.axes
    // A transposed matrix may fit where the matrix does not.
    if (left.shape.axes.length === 2 && context.mayEqual(a0, b)) {
      return { ...shown, span: right.node.span, ...fixOperand(context, node, left.node) }
    }
    if (right.shape.axes.length === 2 && context.mayEqual(b1, a)) {
      return { ...shown, span: right.node.span, ...fixOperand(context, node, right.node) }
    }
    return { ...shown, span: right.node.span }
  })
}

function mismatchMessage(context: Context, node: BinaryNode, left: Typed, right: Typed): string {
  const [a, b] = [context.source(left.node), context.source(right.node)]
  if (a === b) return `${context.source(node)}: ${a} ${context.describe(left.shape)}, not square`
  return `${context.source(node)}: ${a} ${context.describe(left.shape)} but ${b} ${context.describe(right.shape)}`
}

/** A column before a matrix, or a row behind one. */
function failMismatch(context: Context, node: BinaryNode, left: Typed, right: Typed): never {
  const isLeft = left.shape.axes.length === 1
  const [vector, whole] = isLeft ? [left, right] : [right, left]
  const [length] = vector.shape.axes
  const [rows, columns] = whole.shape.axes
  const [facing, other] = isLeft ? [rows, columns] : [columns, rows]
  const swapped = `${bracketed(context, node.right)}*${bracketed(context, node.left)}`
  const swap = { hint: `\`${shorten(swapped)}\` fits`, fixes: [replacement('Swap the factors', node.span, swapped)] }
  const mend = context.mayEqual(length, facing)
    ? fixOperand(context, node, vector.node)
    : context.mayEqual(length, other)
      ? swap
      : {}
  return context.fail('ShapeMismatch', {
    message: mismatchMessage(context, node, left, right),
    span: vector.node.span,
    ...context.places(left, right),
    ...mend,
  })
}

/** Two columns, or two rows: the readings, each with its fix. */
function failAmbiguous(context: Context, node: BinaryNode, left: Typed, right: Typed): never {
  const [a, b] = [bracketed(context, node.left), bracketed(context, node.right)]
  const [aTransposed, bTransposed] = [transposedText(context, node.left), transposedText(context, node.right)]
  const isRow = left.shape.row === true
  const inner = isRow ? `${a}*${bTransposed}` : `${aTransposed}*${b}`
  const outer = isRow ? `${aTransposed}*${b}` : `${a}*${bTransposed}`
  const entries = `${a}.*${b}`
  const which = isRow ? 'row vectors' : 'columns'
  return context.fail('AmbiguousExpression', {
    message: `${context.source(node)}: ${context.source(left.node)} and ${context.source(right.node)} are both ${which}`,
    span: node.span,
    hint: `inner product \`${shorten(inner)}\`, outer product \`${shorten(outer)}\`, entry by entry \`${shorten(entries)}\``,
    fixes: [
      replacement('Inner product', node.span, inner),
      replacement('Outer product', node.span, outer),
      replacement('Entry by entry', node.span, entries),
    ],
  })
}
