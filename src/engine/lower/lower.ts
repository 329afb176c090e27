/**
 * Lowers a plan for fixed sizes: contractions to matrix products with strides, elementwise steps to passes, selections and
 * reshapes to views. Diagonal scaling is left to the product that reads it, and a product of a tensor with itself computes
 * one triangle.
 */
import { sizeOfDimension, valueOfDimension } from '../../evaluate/dimensions.ts'
import { useCounts } from '../../plan/fuse.ts'
import type { Plan, PlannedOutput } from '../../plan/plan.ts'
import {
  type CallStep,
  type ExpandStep,
  type Expression,
  type Leaf,
  type MapStep,
  mapLeaves,
  type ReshapeStep,
  type SelectStep,
  type SolveStep,
  type Step,
  UNIT,
  type ValueId,
  type View,
} from '../../plan/step.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import { Rational } from '../../tensor/rational.ts'
import type {
  Buffer,
  BufferId,
  Instruction,
  Operand,
  PassExpression,
  Place,
  Program,
  ProgramOutput,
} from '../program.ts'
import { lowerContraction } from './contract.ts'
import { passExpression } from './expression.ts'
import { passOver } from './loops.ts'
import { inlined, orders, type Placing, placings } from './placing.ts'
import { isReduction, lowerReduction } from './reductions.ts'
import { type Scaling, scalings } from './scaling.ts'

/** A value where it lies: one stride for each axis. */
export interface Located extends Place {
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/**
 * The program of a plan whose outputs are dense. `sizes` holds the names of all dimensions that occur. Throws `ShapeMismatch`
 * for an axis that is no positive integer, `BadRequest` for a name without a size.
 */
export function lower(plan: Plan, sizes: ReadonlyMap<string, number>): Program {
  const lowering = new Lowering(plan, sizes)
  for (const value of plan.steps.keys()) lowering.lowerStep(value)
  return lowering.program(plan.outputs)
}

export function rowMajor(shape: readonly number[]): number[] {
  const strides: number[] = []
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis] as number
  }
  return strides
}

/** The stride of each axis where they lie in memory in an order, the outermost first. */
export function stridesIn(order: readonly number[], shape: readonly number[]): number[] {
  const strides = rowMajor(order.map((axis) => shape[axis] as number))
  return shape.map((_, axis) => strides[order.indexOf(axis)] as number)
}

export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** The stride of each of `count` labels: the sum over the axes that bear it, so that a repeated one is the diagonal. */
export function stridesBy(located: Located, labels: readonly number[], count: number): number[] {
  const strides = new Array<number>(count).fill(0)
  for (const [axis, label] of labels.entries()) strides[label] = (strides[label] ?? 0) + (located.strides[axis] ?? 0)
  return strides
}

/** Parts of a sum or a product that one pass computes at most: each takes variables of its kernel. */
const MOST_PARTS = 256

/** A sum or a product of many parts as several of some. */
function chunksOf(expression: Expression): readonly Expression[] {
  const isLong = (parts: readonly unknown[]) => parts.length > MOST_PARTS
  if (expression.kind === 'sum' && isLong(expression.terms)) {
    return sliced(expression.terms).map((terms) => ({ ...expression, terms }))
  }
  if (expression.kind === 'product' && isLong(expression.factors)) {
    return sliced(expression.factors).map((factors) => ({ ...expression, factors }))
  }
  return [expression]
}

function sliced<T>(parts: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(parts.length / MOST_PARTS) }, (_, k) => {
    return parts.slice(k * MOST_PARTS, (k + 1) * MOST_PARTS)
  })
}

function times(term: PassExpression, operand: number): PassExpression {
  const bases: PassExpression[] = [term, { kind: 'leaf', operand }]
  return { kind: 'product', factors: bases.map((base) => ({ base, exponent: Rational.ONE })) }
}

export class Lowering {
  readonly steps: readonly Step[]
  readonly #sizes: ReadonlyMap<string, number>
  readonly #lengths = new Map<string, number>()
  readonly buffers: Buffer[] = []
  readonly instructions: Instruction[] = []
  readonly #located: (Located | undefined)[] = []
  /** Scaled tensors that only one product reads: they are made if that product cannot scale. */
  readonly #scalings: ReadonlyMap<ValueId, Scaling>
  readonly #inlined: ReadonlyMap<ValueId, MapStep>
  readonly #placings: ReadonlyMap<ValueId, Placing>
  readonly #orders: ReadonlyMap<ValueId, readonly number[]>
  #step = 0

  constructor(plan: Plan, sizes: ReadonlyMap<string, number>) {
    this.steps = plan.steps
    this.#sizes = sizes
    const uses = useCounts(plan.steps, plan.outputs)
    this.#scalings = scalings(plan.steps, uses)
    this.#inlined = inlined(plan.steps, uses)
    this.#placings = placings(plan.steps, uses)
    this.#orders = orders(plan.steps, uses)
  }

  program(outputs: readonly PlannedOutput[]): Program {
    const results = outputs.map((output): ProgramOutput => {
      if (output.kind !== 'dense') throw new RangeError('an output of a program is dense')
      const { buffer, offset, shape } = this.dense(this.at(output.value), output.value)
      return { buffer, offset, shape }
    })
    return { buffers: this.buffers, instructions: this.instructions, outputs: results }
  }

  /** The number of the step that is being lowered. */
  get step(): number {
    return this.#step
  }

  shape(axes: readonly Dimension[]): number[] {
    return axes.map((axis) => {
      const length = this.#lengths.get(axis.key) ?? sizeOfDimension(axis, this.#sizes)
      this.#lengths.set(axis.key, length)
      return length
    })
  }

  /** The value of a dimension that is no axis: any integer. */
  number(dimension: Dimension): number {
    return valueOfDimension(dimension, this.#sizes)
  }

  /** Where a value lies; it is made now if that was left to its reader. */
  at(value: ValueId): Located {
    let located = this.#located[value]
    if (!located) {
      const step = this.steps[value]
      if (step?.kind !== 'map') throw new RangeError('a value is read before it is made')
      located = this.#lowerMap(step, `t${value}`)
      this.#located[value] = located
    }
    return located
  }

  scaling(value: ValueId): Scaling | undefined {
    return this.#located[value] ? undefined : this.#scalings.get(value)
  }

  emit(...instructions: readonly Instruction[]): void {
    this.instructions.push(...instructions)
  }

  /** A new dense tensor. */
  allocate(shape: readonly number[], name: string, kind: Buffer['kind'] = 'temporary'): Located {
    const buffer: BufferId = this.buffers.push({ kind, elements: elementsOf(shape), name }) - 1
    return { buffer, offset: 0, shape, strides: rowMajor(shape) }
  }

  /** The same tensor in row-major order, copied where it is not. */
  dense(located: Located, value: ValueId): Located {
    const strides = rowMajor(located.shape)
    const isDense = located.shape.every((size, axis) => size === 1 || strides[axis] === located.strides[axis])
    if (isDense) return { ...located, strides }
    const out = this.allocate(located.shape, `t${value}`)
    this.copy(located, located.strides, out)
    return out
  }

  /** Writes what lies at `from`, with a stride for each axis of `out`. */
  copy(from: Place, strides: readonly number[], out: Located): void {
    const operand: Operand = { buffer: from.buffer, offset: from.offset, strides }
    this.emit(
      ...passOver({
        sizes: out.shape,
        rank: out.shape.length,
        out,
        operands: [operand],
        numbers: [],
        expression: { kind: 'leaf', operand: 0 },
        accumulate: false,
        step: this.#step,
      }),
    )
  }

  lowerStep(value: ValueId): void {
    this.#step = value
    const step = this.steps[value] as Step
    const name = `t${value}`
    if (this.#scalings.has(value) || this.#inlined.has(value) || this.#located[value]) return
    this.#located[value] = this.#lower(step, name)
  }

  #lower(step: Step, name: string): Located {
    switch (step.kind) {
      case 'input':
        return this.allocate(this.shape(step.axes), step.name, 'input')
      case 'map':
        return this.#lowerMap(step, name)
      case 'contract':
        return lowerContraction(this, step, name)
      case 'call':
        return isReduction(step) ? lowerReduction(this, step, name) : this.#lowerCall(step, name)
      case 'solve':
        return this.#lowerSolve(step, name)
      case 'select':
        return this.#lowerSelect(step)
      case 'reshape':
        return this.#lowerReshape(step)
      case 'expand':
        return this.#lowerExpand(step, name)
    }
  }

  #lowerMap(step: MapStep, name: string): Located {
    const out = this.allocate(this.shape(step.axes), name)
    const sizes = this.shape(step.space)
    const rank = step.axes.length
    const chunks = chunksOf(step.expression)
    const isProduct = chunks.length > 1 && step.expression.kind === 'product'
    // A product in several passes is multiplied up at each point of its index space before it is summed.
    const target = isProduct && rank < sizes.length ? this.allocate(sizes, `${name} product`) : out
    const strides = rowMajor(sizes)
    for (const [k, chunk] of chunks.entries()) {
      const { operands, numbers, term } = this.#expression(chunk, sizes.length)
      const isNext = k > 0
      const before = isProduct && isNext ? operands.push({ ...target, strides }) - 1 : undefined
      this.emit(
        ...passOver({
          sizes,
          rank: target.shape.length,
          out: target,
          operands,
          numbers,
          expression: before === undefined ? term : times(term, before),
          accumulate: isNext && !isProduct,
          step: this.#step,
        }),
      )
    }
    if (target !== out) {
      const expression = { kind: 'leaf', operand: 0 } as const
      const operands = [{ ...target, strides }]
      this.emit(
        ...passOver({ sizes, rank, out, operands, numbers: [], expression, accumulate: false, step: this.#step }),
      )
    }
    return out
  }

  /** An expression over so many labels, with the tensors and numbers that it reads. */
  #expression(expression: Expression, labels: number) {
    const operands: Operand[] = []
    const found = new Map<string, number>()
    const numbers: number[] = []
    const operand = (leaf: Leaf) => {
      const key = `${leaf.value}:${leaf.labels.join()}`
      let known = found.get(key)
      if (known === undefined) {
        const located = this.at(leaf.value)
        const { buffer, offset } = located
        known = operands.push({ buffer, offset, strides: stridesBy(located, leaf.labels, labels) }) - 1
        found.set(key, known)
      }
      return known
    }
    const number = (dimension: Dimension) => numbers.push(this.number(dimension)) - 1
    const term = passExpression(expression, { operand, number })
    return { operands, numbers, term }
  }

  #lowerCall(step: CallStep, name: string): Located {
    const shape = this.shape(step.axes)
    const batch = shape.slice(0, step.batch)
    const args = step.args.map((leaf) => {
      const located = this.at(leaf.value)
      const own: number[] = []
      for (const [axis, label] of leaf.labels.entries())
        if (label >= step.batch) own[label - step.batch] = located.shape[axis] as number
      const full = [...batch, ...own]
      const strides = stridesBy(located, leaf.labels, full.length)
      const dense = this.dense({ ...located, shape: full, strides }, leaf.value)
      return { buffer: dense.buffer, offset: dense.offset, sizes: own }
    })
    const out = this.allocate(shape, name)
    const batches = elementsOf(batch)
    const work = args.reduce((sum, { sizes }) => sum + elementsOf(sizes), 0)
    const isMatrix = args[0]?.sizes.length === 2
    const operations = batches * work * (isMatrix ? (args[0]?.sizes[0] ?? 1) : 4)
    const argument = this.#nameOf(step.args[0]?.value, step.name)
    this.emit({
      kind: 'call',
      step: this.#step,
      operations,
      name: step.name,
      args,
      out: { buffer: out.buffer, offset: 0, elements: elementsOf(shape) / batches },
      batches,
      argument,
    })
    return out
  }

  #nameOf(value: ValueId | undefined, call: string): string {
    const step = value === undefined ? undefined : this.steps[value]
    return step?.kind === 'input' ? step.name : `the argument of ${call}`
  }

  #lowerSolve(step: SolveStep, name: string): Located {
    const matrix = this.at(step.matrix)
    const right = this.at(step.right)
    const out = this.allocate(right.shape, name)
    this.copy(right, right.strides, out)
    const [row = 0, column = 0] = step.transposed ? [...matrix.strides].reverse() : matrix.strides
    const n = right.shape[step.axis] ?? 1
    const outer = elementsOf(right.shape.slice(0, step.axis))
    const inner = elementsOf(right.shape.slice(step.axis + 1))
    this.emit({
      kind: 'solve',
      step: this.#step,
      operations: Math.round((2 / 3) * n ** 3) + 2 * n * n * outer * inner,
      matrix: { buffer: matrix.buffer, offset: matrix.offset, row, column },
      n,
      right: out,
      outer,
      inner,
      argument: this.#nameOf(step.matrix, 'inv'),
    })
    return out
  }

  #lowerSelect(step: SelectStep): Located {
    const operand = this.at(step.operand)
    const index = this.number(step.index)
    const drop = (list: readonly number[]) => list.filter((_, axis) => axis !== step.axis)
    const offset = operand.offset + index * (operand.strides[step.axis] ?? 0)
    return { buffer: operand.buffer, offset, shape: drop(operand.shape), strides: drop(operand.strides) }
  }

  #lowerReshape(step: ReshapeStep): Located {
    const operand = this.at(step.operand)
    const pick = (list: readonly number[]) => step.order.map((axis) => list[axis] as number)
    const dense = this.dense({ ...operand, shape: pick(operand.shape), strides: pick(operand.strides) }, this.#step)
    const shape = this.shape(step.axes)
    return { buffer: dense.buffer, offset: dense.offset, shape, strides: rowMajor(shape) }
  }

  /** The order of axes in memory that the reader of the present step asks for; undefined where the row-major one does. */
  get order(): readonly number[] | undefined {
    const order = this.#placings.has(this.#step) ? undefined : this.#orders.get(this.#step)
    return order?.every((axis, at) => axis === at) ? undefined : order
  }

  /** A new tensor whose axes lie in memory in an order. */
  allocateIn(order: readonly number[], shape: readonly number[], name: string): Located {
    const own = this.allocate(
      order.map((axis) => shape[axis] as number),
      name,
    )
    return { ...own, shape, strides: stridesIn(order, shape) }
  }

  /** The tensor that the present step writes: where another value that it becomes wants it, else a new one. */
  result(shape: readonly number[], name: string): Located {
    const placing = this.#placings.get(this.#step)
    if (!placing) return this.allocate(shape, name)
    const order = placing.axes.map((_, axis) => placing.axes.indexOf(axis))
    const placed = this.allocate(
      order.map((axis) => shape[axis] as number),
      `t${placing.value}`,
    )
    this.#located[placing.value] = placed
    return { ...placed, shape, strides: placing.axes.map((axis) => placed.strides[axis] as number) }
  }

  #lowerExpand(step: ExpandStep, name: string): Located {
    const out = this.result(this.shape(step.axes), name)
    const scale = this.#placings.get(this.#step)?.coefficient ?? Rational.ONE
    const isWhole = (view: View | undefined) => view !== undefined && new Set(view.axes).size === view.axes.length
    // A term without diagonals covers every entry; where one comes first nothing need be cleared.
    const terms = [...step.terms].sort((a, b) => Number(isWhole(b)) - Number(isWhole(a)))
    if (!isWhole(terms[0])) {
      const elements = elementsOf(out.shape)
      this.emit({ kind: 'fill', step: this.#step, operations: 0, out: { buffer: out.buffer, offset: 0 }, elements })
    }
    for (const [position, view] of terms.entries()) this.#expandTerm(view, out, scale, position > 0)
    return out
  }

  /** Adds (or writes) one view: its distinct axes are the loops, along which the result may run on a diagonal. */
  #expandTerm(view: View, out: Located, scale: Rational, accumulate: boolean): void {
    const distinct = [...new Set(view.axes)]
    const sizes = distinct.map((axis) => out.shape[view.axes.indexOf(axis)] as number)
    const strides = distinct.map((axis) =>
      view.axes.reduce((sum, own, position) => sum + (own === axis ? (out.strides[position] as number) : 0), 0),
    )
    const coefficient = view.coefficient.multiply(scale).toNumber()
    // Axes of the value are labels of its maker's expression, too.
    const label = (axis: number) => distinct.indexOf(axis)
    const maker = this.#inlined.get(view.value)
    const own = distinct.filter((axis) => axis >= 0)
    const whole: Leaf = { value: view.value, labels: own.sort((a, b) => a - b) }
    const expression: Expression =
      view.value === UNIT
        ? { kind: 'number', value: Rational.ONE }
        : mapLeaves(
            maker?.expression ?? { kind: 'leaf', ...whole },
            ({ value, labels }) => ({ kind: 'leaf', value, labels: labels.map(label) }),
            label,
          )
    const { operands, numbers, term } = this.#expression(expression, sizes.length)
    this.emit(
      ...passOver({
        sizes,
        rank: sizes.length,
        out: { buffer: out.buffer, offset: out.offset, strides },
        operands,
        numbers,
        expression: { kind: 'sum', terms: [{ coefficient, term }] },
        accumulate,
        step: this.#step,
      }),
    )
  }
}
