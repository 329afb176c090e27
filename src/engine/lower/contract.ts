/** Lowers one contraction: to a matrix product where both operands have axes of their own, else to a pass that sums a product. */
import type { ContractStep, Expression, Leaf } from '../../plan/step.ts'
import { type MatrixOperand, type Operand, type Place, productOfLeaves } from '../program.ts'
import { passExpression } from './expression.ts'
import { passOver } from './loops.ts'
import { elementsOf, type Located, type Lowering, stridesBy, stridesIn } from './lower.ts'

/** A tensor with its stride along each label of the contraction. */
interface Factor extends Place {
  readonly strides: readonly number[]
}

/** One or several labels that all operands walk alike. */
interface Axis {
  readonly size: number
  readonly left: number
  readonly right: number
  readonly out: number
  readonly scale: number
}

export function lowerContraction(lowering: Lowering, step: ContractStep, name: string): Located {
  const sizes = lowering.shape(step.space)
  const shape = lowering.shape(step.axes)
  const rank = step.axes.length
  const isIn = ({ labels }: Leaf, label: number) => labels.includes(label)
  const own = (leaf: Leaf, other: Leaf) =>
    elementsOf(sizes.slice(0, rank).filter((_, label) => isIn(leaf, label) && !isIn(other, label)))
  const isMatrixProduct = own(step.left, step.right) > 1 && own(step.right, step.left) > 1
  const isSummed = (label: number) => label >= rank
  const factors: Factor[] = []
  let scale: Factor | undefined
  for (const leaf of [step.left, step.right]) {
    const scaling = lowering.scaling(leaf.value)
    const labels = scaling?.labels.map((label) => leaf.labels[label] as number) ?? []
    if (scaling && !scale && (!isMatrixProduct || labels.every(isSummed))) {
      const base = lowering.at(scaling.base.value)
      const inner = scaling.base.labels.map((label) => leaf.labels[label] as number)
      factors.push({ ...base, strides: stridesBy(base, inner, sizes.length) })
      scale = scaleOf(lowering, scaling.scale, scaling.labels, labels, sizes)
    } else {
      const located = lowering.at(leaf.value)
      factors.push({ ...located, strides: stridesBy(located, leaf.labels, sizes.length) })
    }
  }
  const [left, right] = factors as [Factor, Factor]
  const order = isMatrixProduct && lowering.order
  const product = { sizes, rank, left, right, scale }
  if (order) {
    // The reader's order, unless another one makes fewer products of it.
    const axes = [...shape.keys()]
    const candidates = [order, axes, naturalOrder(product)].map((one) => {
      return { order: one, batches: arranged({ ...product, out: { strides: stridesIn(one, shape) } }).batches }
    })
    const best = candidates.reduce((least, next) => (next.batches < least.batches ? next : least))
    const out = lowering.allocateIn(best.order, shape, name)
    lowerProduct(lowering, { ...product, out })
    return out
  }
  const out = lowering.result(shape, name)
  if (isMatrixProduct) lowerProduct(lowering, { ...product, out })
  else {
    const operands = scale ? [left, right, scale] : [left, right]
    lowering.emit(
      ...passOver({
        sizes,
        rank,
        out,
        operands,
        numbers: [],
        expression: productOfLeaves(operands.length),
        accumulate: false,
        step: lowering.step,
      }),
    )
  }
  return out
}

/** A scale as a tensor over the labels that it has in the contraction: the value that it is, or a new one. */
function scaleOf(
  lowering: Lowering,
  expression: Expression,
  own: readonly number[],
  labels: readonly number[],
  sizes: readonly number[],
): Factor {
  const [factor, ...more] = expression.kind === 'product' ? expression.factors : []
  if (factor?.base.kind === 'leaf' && factor.exponent.isOne && more.length === 0) {
    const located = lowering.at(factor.base.value)
    const inner = factor.base.labels.map((label) => labels[own.indexOf(label)] as number)
    return { ...located, strides: stridesBy(located, inner, sizes.length) }
  }
  const shape = labels.map((label) => sizes[label] as number)
  const out = lowering.allocate(shape, `t${lowering.step} scale`)
  const operands: Operand[] = []
  const numbers: number[] = []
  const operand = (leaf: Leaf) => {
    const located = lowering.at(leaf.value)
    const inner = leaf.labels.map((label) => own.indexOf(label))
    return operands.push({ ...located, strides: stridesBy(located, inner, shape.length) }) - 1
  }
  const computed = passExpression(expression, {
    operand,
    number: (dimension) => numbers.push(lowering.number(dimension)) - 1,
  })
  const rank = shape.length
  lowering.emit(
    ...passOver({
      sizes: shape,
      rank,
      out,
      operands,
      numbers,
      expression: computed,
      accumulate: false,
      step: lowering.step,
    }),
  )
  return { ...out, strides: stridesBy(out, labels, sizes.length) }
}

interface Product<Result> {
  readonly sizes: readonly number[]
  readonly rank: number
  readonly left: Factor
  readonly right: Factor
  readonly scale: Factor | undefined
  readonly out: Result
}

/** Axes of both factors, then those of the left one as they lie in it, then those of the right one. */
function naturalOrder({ rank, left, right }: Omit<Product<unknown>, 'out'>): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis)
  const isIn = ({ strides }: Factor, axis: number) => strides[axis] !== 0
  const inOrderOf = ({ strides }: Factor, list: readonly number[]) =>
    [...list].sort((a, b) => (strides[b] as number) - (strides[a] as number))
  const both = axes.filter((axis) => isIn(left, axis) === isIn(right, axis))
  const own = (factor: Factor) => axes.filter((axis) => !both.includes(axis) && isIn(factor, axis))
  return [...inOrderOf(left, both), ...inOrderOf(left, own(left)), ...inOrderOf(right, own(right))]
}

/** The axes of a product as those of one matrix product and the batch over which it is repeated, the outermost first and sums last. */
function arranged({ sizes, rank, scale, out, ...factors }: Product<Pick<Located, 'strides'>>) {
  let { left, right } = factors
  const axesOf = (): Axis[] =>
    sizes.map((size, label) => ({
      size,
      left: left.strides[label] as number,
      right: right.strides[label] as number,
      out: label < rank ? (out.strides[label] as number) : 0,
      scale: scale?.strides[label] ?? 0,
    }))
  // The columns of the result are those that lie side by side in memory.
  const last = axesOf().find((axis, label) => label < rank && axis.size > 1 && axis.out === 1)
  if (last && last.right === 0) [left, right] = [right, left]
  const axes = axesOf().filter(({ size }) => size > 1)
  const isRow = (axis: Axis) => axis.out !== 0 && axis.left !== 0 && axis.right === 0
  const isColumn = (axis: Axis) => axis.out !== 0 && axis.left === 0 && axis.right !== 0
  const rows = joined(axes.filter(isRow), (axis) => axis.out)
  const columns = joined(axes.filter(isColumn), (axis) => axis.out)
  const depths = joined(
    axes.filter((axis) => axis.out === 0),
    (axis) => Math.max(axis.left, axis.right),
  )
  const shared = joined(
    axes.filter((axis) => axis.out !== 0 && !isRow(axis) && !isColumn(axis)),
    (axis) => axis.out,
  )
  const none: Axis = { size: 1, left: 0, right: 0, out: 0, scale: 0 }
  const column = columns.find((axis) => axis.out === 1) ?? largest(columns) ?? none
  const row = largest(rows) ?? none
  const depth = largest(depths) ?? none
  const others = (list: readonly Axis[], chosen: Axis) => list.filter((axis) => axis !== chosen)
  const batch = [...shared, ...others(rows, row), ...others(columns, column), ...others(depths, depth)]
  const batches = batch.reduce((count, { size }) => count * size, 1)
  return { left, right, row, column, depth, batch, batches, isSplit: depths.length > 1 }
}

function lowerProduct(lowering: Lowering, product: Product<Located>): void {
  const { scale, out } = product
  const { left, right, row, column, depth, batch, batches, isSplit } = arranged(product)
  const elements = elementsOf(out.shape)
  const { step } = lowering
  if (isSplit) lowering.emit({ kind: 'fill', step, operations: 0, out: { buffer: out.buffer, offset: 0 }, elements })
  const along = (key: 'left' | 'right' | 'out' | 'scale') => batch.map((axis) => axis[key])
  const matrix = (place: Place, rowStride: number, columnStride: number, strides: number[]): MatrixOperand => {
    return { buffer: place.buffer, offset: place.offset, row: rowStride, column: columnStride, batch: strides }
  }
  const a = matrix(left, row.left, depth.left, along('left'))
  const b = matrix(right, depth.right, column.right, along('right'))
  const isSame = left.buffer === right.buffer && left.offset === right.offset && row.size === column.size
  const symmetric =
    isSame && a.row === b.column && a.column === b.row && a.batch.every((stride, axis) => stride === b.batch[axis])
  const points = row.size * column.size * depth.size * batches
  lowering.emit({
    kind: 'gemm',
    step,
    operations: symmetric ? points : 2 * points,
    m: row.size,
    n: column.size,
    k: depth.size,
    a,
    b,
    c: matrix(out, row.out, column.out, along('out')),
    scale: scale && { buffer: scale.buffer, offset: scale.offset, step: depth.scale, batch: along('scale') },
    batch: batch.map(({ size }) => size),
    symmetric,
    accumulate: isSplit,
  })
}

/** The axes, the outermost first, with those that continue each other in every operand as one. */
function joined(axes: readonly Axis[], order: (axis: Axis) => number): Axis[] {
  const result: Axis[] = []
  for (const axis of [...axes].sort((a, b) => order(b) - order(a))) {
    const outer = result.at(-1)
    const continues = (key: 'left' | 'right' | 'out' | 'scale') => outer?.[key] === axis[key] * axis.size
    if (outer && (['left', 'right', 'out', 'scale'] as const).every(continues))
      result[result.length - 1] = { ...axis, size: axis.size * outer.size }
    else result.push(axis)
  }
  return result
}

function largest(axes: readonly Axis[]): Axis | undefined {
  return axes.reduce<Axis | undefined>((best, axis) => (best && best.size >= axis.size ? best : axis), undefined)
}
