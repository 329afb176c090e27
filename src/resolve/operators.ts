/** Operators: sums, products entry by entry, quotients, powers, comparisons, transposes. Matrix products are products.ts. */
import { comparisons, elementwiseFunction } from '../functions/index.ts'
import { transposed } from '../functions/matrix.ts'
import * as pointwise from '../functions/pointwise.ts'
import type { BinaryNode, SyntaxNode, TransposeNode, UnaryNode } from '../syntax/tree.ts'
import { align } from './align.ts'
import { applied, combined, type Fill, negated, raised } from './constants.ts'
import { type Axis, type Context, replacement, type Typed, typeOf, type Value } from './context.ts'
import { kroneckerProduct, matrixPower, matrixProduct } from './products.ts'
import { bracketed } from './text.ts'

export function unary(context: Context, node: UnaryNode, operand: Typed): Typed {
  if (node.operator === '+') return context.as(operand, { node })
  const fill = operand.fill && negated(operand.fill)
  return context.emit(node, typeOf(operand.shape, operand.labels, fill), (value) =>
    pointwise.negate(context.g, value(operand)),
  )
}

export function binary(context: Context, node: BinaryNode, left: Typed, right: Typed): Typed {
  switch (node.operator) {
    case '+':
      return entrywise(context, node, left, right, '+', (a, b) => pointwise.add(context.g, a, b))
    case '-':
      return entrywise(context, node, left, right, '-', (a, b) => pointwise.add(context.g, a, b, -1))
    case '.*':
      return entrywise(context, node, left, right, '*', (a, b) => pointwise.multiply(context.g, a, b))
    case './':
      return quotient(context, node, left, right)
    case '*':
      if (isScaling(left, right)) {
        return entrywise(context, node, left, right, '*', (a, b) => pointwise.multiply(context.g, a, b))
      }
      return matrixProduct(context, node, left, right)
    case '/':
      checkDivisor(context, node, left, right)
      return quotient(context, node, left, right)
    case 'kron':
      return kroneckerProduct(context, node, left, right)
    case '^':
      return power(context, node, left, right)
    case '.^':
      return entrywisePower(context, node, left, right)
    case '==':
    case '!=':
      return context.fail('TypeMismatch', {
        message: `${node.operator} stands in the conditions of a sum only`,
        span: node.operatorSpan,
        hint: 'as in `sum[i,j: i != j](A[i,j])`; `<= >= < >` compare entry by entry',
      })
    default:
      return comparison(context, node, left, right)
  }
}

export function transpose(context: Context, node: TransposeNode, operand: Typed): Typed {
  if (operand.labels !== undefined) {
    context.fail('TypeMismatch', {
      message: `${context.source(node)}: a labelled operand is a number at each index and has no transpose`,
      span: node.span,
      hint: 'swap its labels',
    })
  }
  const shape = transposed(operand.shape)
  if (shape === undefined) {
    return context.fail('TypeMismatch', {
      message: `${context.source(node)}: ${context.source(operand.node)} has more than two axes`,
      span: node.span,
      hint: 'index notation names the axes: `C[j,i] = A[i,j]`',
    })
  }
  if (shape.axes.length < 2) return context.as(operand, { node, shape })
  return context.emit(node, typeOf(shape, undefined, operand.fill), (value) => {
    const closed = pointwise.close(context.g, value(operand))
    return { ...closed, node: context.g.transpose(closed.node), labels: [0, 1] }
  })
}

function entrywise(
  context: Context,
  node: BinaryNode,
  left: Typed,
  right: Typed,
  operation: '+' | '-' | '*' | '/',
  make: (a: Value, b: Value) => Value,
): Typed {
  const { shape, labels } = align(context, node, [left, right])
  const isZero = operation === '*' && (left.fill?.value === 0 || right.fill?.value === 0)
  const fill = left.fill && right.fill ? combined(operation, left.fill, right.fill) : isZero ? { value: 0 } : undefined
  return context.emit(node, typeOf(shape, labels, fill), (value) => make(value(left), value(right)))
}

function quotient(context: Context, node: BinaryNode, left: Typed, right: Typed): Typed {
  if (right.fill?.value === 0) context.failNotFinite(node)
  return entrywise(context, node, left, right, '/', (a, b) => pointwise.divide(context.g, a, b))
}

/** A product with a scalar, or of labelled operands. */
function isScaling(left: Typed, right: Typed): boolean {
  const isLabelled = left.labels !== undefined || right.labels !== undefined
  return isLabelled || left.shape.axes.length === 0 || right.shape.axes.length === 0
}

function checkDivisor(context: Context, node: BinaryNode, left: Typed, right: Typed): void {
  if (right.shape.axes.length === 0 || left.labels !== undefined) return
  const suggestion = `${bracketed(context, node.left)}./${bracketed(context, node.right)}`
  const isUndeclared = node.right.kind === 'name' && context.isUndeclared(node.right.name)
  const asSize = isUndeclared
    ? `; where ${context.source(node.right)} is a size, declare variables: \`x:vector(${context.source(node.right)})\``
    : ''
  context.fail('TypeMismatch', {
    message: `${context.source(node)}: / divides by a scalar, but ${context.source(right.node)} ${context.describe(right.shape)}`,
    span: right.node.span,
    hint: `\`${suggestion}\` divides entry by entry${asSize}`,
    fixes: [replacement('Divide entry by entry', node.operatorSpan, './')],
  })
}

function comparison(context: Context, node: BinaryNode, left: Typed, right: Typed): Typed {
  const name = comparisons.get(node.operator) as string
  const { shape, labels } = align(context, node, [left, right])
  const fill = left.fill && right.fill && applied(elementwiseFunction(name), [left.fill, right.fill])
  return context.emit(node, typeOf(shape, labels, fill), (value) =>
    pointwise.apply<Axis>(context.g, name, [value(left), value(right)]),
  )
}

/** `^` of scalars and labelled operands, and of square matrices by a whole number. */
function power(context: Context, node: BinaryNode, base: Typed, exponent: Typed): Typed {
  const isPointwise = base.labels !== undefined || exponent.labels !== undefined
  if (isPointwise) return entrywisePower(context, node, base, exponent)
  const suggestion = {
    hint: `\`${bracketed(context, node.left)}.^${bracketed(context, node.right)}\` takes powers entry by entry`,
    fixes: [replacement('Take powers entry by entry', node.operatorSpan, '.^')],
  }
  if (exponent.shape.axes.length > 0) {
    const message = `${context.source(node)}: ${context.source(exponent.node)} ${context.describe(exponent.shape)}; an exponent is a scalar`
    context.fail('TypeMismatch', { message, span: exponent.node.span, ...suggestion })
  }
  if (base.shape.axes.length === 0) return entrywisePower(context, node, base, exponent)
  if (base.shape.axes.length !== 2) {
    const message = `${context.source(node)}: ${context.source(base.node)} ${context.describe(base.shape)}; ^ is for scalars and square matrices`
    context.fail('TypeMismatch', { message, span: base.node.span, ...suggestion })
  }
  return matrixPower(context, node, base, exponent)
}

function entrywisePower(context: Context, node: BinaryNode, base: Typed, exponent: Typed): Typed {
  return powerOf(context, node, base, exponent)
}

/** base^exponent at each entry: an exponent of the calculus where it is a number, otherwise the function `pow`. */
export function powerOf(context: Context, node: SyntaxNode, base: Typed, exponent: Typed): Typed {
  const { shape, labels } = align(context, node, [base, exponent])
  const fill: Fill | undefined = base.fill && exponent.fill && raised(base.fill, exponent.fill)
  if (base.fill?.value === 0 && (exponent.fill?.value ?? 0) < 0) context.failNotFinite(node)
  const number = exponent.shape.axes.length === 0 && exponent.labels === undefined ? exponent.fill?.exact : undefined
  return context.emit(node, typeOf(shape, labels, fill), (value) =>
    number === undefined
      ? pointwise.apply<Axis>(context.g, 'pow', [value(base), value(exponent)])
      : pointwise.power(context.g, value(base), number),
  )
}
