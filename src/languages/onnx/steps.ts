/** The steps of a plan as nodes. Axes align from the last; what lacks axes between gets them of length 1. */
import { EincalcError } from '../../errors.ts'
import { plan } from '../../plan/plan.ts'
import {
  type CallStep,
  type ContractStep,
  type ExpandStep,
  type Expression,
  type Leaf,
  leaves,
  type MapStep,
  type MaskCondition,
  type SolveStep,
  type Step,
  UNIT,
  type ValueId,
} from '../../plan/step.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import type { Label } from '../../tensor/node.ts'
import type { Rational } from '../../tensor/rational.ts'
import { maskLabels, range, subscripts, viewLabels } from '../shared/axes.ts'
import { definitionProgram } from '../shared/defined.ts'
import type { Builder, Value } from './builder.ts'
import { comparisons, elementwiseFunction, generalFunction, truth } from './functions.ts'

export class Steps {
  readonly #b: Builder
  readonly #steps: readonly Step[]
  readonly #values: Value[] = []
  /** The size of each named dimension, a vector of one entry. */
  readonly #sizes: ReadonlyMap<string, Value>

  /** `inputs`: the value of each variable. */
  constructor(
    b: Builder,
    steps: readonly Step[],
    inputs: ReadonlyMap<string, Value>,
    sizes: ReadonlyMap<string, Value>,
  ) {
    this.#b = b
    this.#steps = steps
    this.#sizes = sizes
    for (const [value, step] of steps.entries())
      if (step.kind === 'input') this.#values[value] = inputs.get(step.name) ?? ''
  }

  /** Makes one value, of whose operands all are made. */
  write(value: ValueId): void {
    const step = this.#steps[value] as Step
    if (step.kind !== 'input') this.#values[value] = this.#step(step)
  }

  value(value: ValueId): Value {
    const name = this.#values[value]
    if (name === undefined) throw new RangeError('a value is used before it is made')
    return name
  }

  #step(step: Step): Value {
    const b = this.#b
    switch (step.kind) {
      case 'input':
        throw new RangeError('an input has a name')
      case 'map':
        return this.#map(step)
      case 'contract':
        return this.#contract(step)
      case 'call':
        return this.#call(step)
      case 'solve':
        return this.#solve(step)
      case 'select':
        return b.node('Gather', [this.value(step.operand), this.#scalar(step.index)], { axis: step.axis })
      case 'reshape': {
        const operand = this.#transposed(this.value(step.operand), step.order)
        return b.node('Reshape', [operand, this.shape(step.axes)])
      }
      case 'expand':
        return this.#expand(step)
    }
  }

  // Sizes.

  /** A vector of one entry. */
  size(dimension: Dimension): Value {
    const b = this.#b
    const denominator = dimension.terms.reduce((lcm, { coefficient }) => leastCommon(lcm, coefficient.denominator), 1n)
    let sum: Value | undefined
    for (const { coefficient, powers } of dimension.terms) {
      const factor = Number((coefficient.numerator * denominator) / coefficient.denominator)
      const names = powers.flatMap(([name, power]) => range(power).map(() => this.#sizes.get(name) ?? ''))
      const factors = factor === 1 && names.length > 0 ? names : [b.ints([factor]), ...names]
      const term = factors.reduce((product, other) => b.node('Mul', [product, other]))
      sum = sum === undefined ? term : b.node('Add', [sum, term])
    }
    if (sum === undefined) return b.ints([0])
    return denominator === 1n ? sum : b.node('Div', [sum, b.ints([Number(denominator)])])
  }

  #scalar(dimension: Dimension): Value {
    return dimension.value === undefined
      ? this.#b.node('Squeeze', [this.size(dimension)])
      : this.#b.int(dimension.value)
  }

  shape(axes: readonly Dimension[]): Value {
    const values = axes.map((axis) => axis.value)
    if (values.every((value) => value !== undefined)) return this.#b.ints(values)
    const sizes = axes.map((axis) => this.size(axis))
    return sizes.length === 1 ? (sizes[0] as Value) : this.#b.node('Concat', sizes, { axis: 0 })
  }

  /** 0, 1, ... along one axis of this many. */
  #indices(size: Dimension, position: number, rank: number): Value {
    const b = this.#b
    const list = b.node('Range', [b.int(0), this.#scalar(size), b.int(1)])
    const behind = range(rank - 1 - position)
    return behind.length === 0 ? list : b.node('Unsqueeze', [list, b.ints(behind.map((axis) => axis + 1))])
  }

  // Axes.

  #transposed(value: Value, order: readonly number[]): Value {
    const isPlain = order.every((axis, position) => axis === position)
    return isPlain ? value : this.#b.node('Transpose', [value], { perm: [...order] })
  }

  /** A leaf that broadcasts to axes labelled 0, 1, ..., rank - 1. */
  #aligned({ value, labels }: Leaf, rank: number, name: Value = this.value(value)): Value {
    const b = this.#b
    const distinct = [...new Set(labels)].sort((x, y) => x - y)
    let text = name
    if (distinct.length < labels.length) {
      const letters = subscripts(distinct)
      const equation = `${labels.map(letters).join('')}->${distinct.map(letters).join('')}`
      text = b.node('Einsum', [name], { equation })
    } else {
      text = this.#transposed(
        name,
        distinct.map((label) => labels.indexOf(label)),
      )
    }
    const first = distinct[0]
    if (first === undefined) return text
    const missing = range(rank - first).filter((axis) => !distinct.includes(axis + first))
    return missing.length === 0 ? text : b.node('Unsqueeze', [text, b.ints(missing)])
  }

  // Elementwise steps.

  #map({ axes, space, expression }: MapStep): Value {
    const b = this.#b
    const entries = this.#entries(expression, space)
    const carried = new Set([...leaves(expression).flatMap((leaf) => leaf.labels), ...maskLabels(expression)])
    const isFull = range(space.length).every((label) => carried.has(label))
    const all = isFull ? entries : b.node('Expand', [entries, this.shape(space)])
    const summed = range(space.length).slice(axes.length)
    return summed.length === 0 ? all : b.node('ReduceSum', [all, b.ints(summed)], { keepdims: 0 })
  }

  #entries(expression: Expression, space: readonly Dimension[]): Value {
    const b = this.#b
    const recur = (part: Expression) => this.#entries(part, space)
    switch (expression.kind) {
      case 'leaf':
        return this.#aligned(expression, space.length)
      case 'number':
        return b.float(expression.value.toNumber())
      case 'size':
        return b.cast(this.#scalar(expression.dimension))
      case 'product': {
        const [above, below]: [Value[], Value[]] = [[], []]
        for (const { base, exponent } of expression.factors) {
          ;(exponent.sign < 0 ? below : above).push(this.#power(recur(base), exponent.absolute()))
        }
        const product = above.length === 0 ? b.float(1) : above.reduce((x, y) => b.node('Mul', [x, y]))
        return below.reduce((x, y) => b.node('Div', [x, y]), product)
      }
      case 'sum':
        return this.#sum(expression.terms.map(({ coefficient, term }) => [coefficient, recur(term)]))
      case 'mask': {
        const conditions = expression.conditions.map((condition) => this.#condition(condition, space))
        const all = conditions.reduce((x, y) => b.node('And', [x, y]))
        return b.node('Where', [all, recur(expression.body), b.float(0)])
      }
      case 'call': {
        const [condition] = expression.args
        const args = expression.args.map(recur)
        if (expression.name === 'where' && condition) {
          return b.node('Where', [this.#truth(condition, space), ...args.slice(1)])
        }
        return this.#function(expression.name, args)
      }
    }
  }

  #truth(expression: Expression, space: readonly Dimension[]): Value {
    const operator = expression.kind === 'call' ? comparisons.get(expression.name) : undefined
    if (expression.kind !== 'call' || !operator) return truth(this.#b, this.#entries(expression, space))
    return this.#b.node(
      operator,
      expression.args.map((arg) => this.#entries(arg, space)),
    )
  }

  #function(name: string, args: readonly Value[]): Value {
    const known = elementwiseFunction(name)
    if (known) return known(this.#b, ...args)
    // Functions that are added to the table have a definition.
    const { request } = definitionProgram(name, false)
    const planned = plan(request.outputs.map((output) => output.result))
    const inputs = new Map(request.variables.map((variable, k) => [variable.name, args[k] ?? '']))
    const steps = new Steps(this.#b, planned.steps, inputs, this.#sizes)
    for (const value of planned.steps.keys()) steps.write(value)
    const [output] = planned.outputs
    return steps.value(output?.kind === 'dense' ? output.value : 0)
  }

  #power(base: Value, exponent: Rational): Value {
    if (exponent.isOne) return base
    const value = exponent.toNumber()
    if (value === 0.5) return this.#b.node('Sqrt', [base])
    return value === 2 ? this.#b.node('Mul', [base, base]) : this.#b.node('Pow', [base, this.#b.float(value)])
  }

  #sum(terms: readonly (readonly [Rational, Value])[]): Value {
    const b = this.#b
    const ordered = [...terms].sort(([x], [y]) => y.sign - x.sign)
    let sum: Value | undefined
    for (const [coefficient, value] of ordered) {
      const size = coefficient.absolute()
      const number = b.float(size.toNumber())
      const term = size.isOne ? value : b.numberOf(value) === 1 ? number : b.node('Mul', [number, value])
      if (sum === undefined) sum = coefficient.sign < 0 ? b.node('Neg', [term]) : term
      else sum = b.node(coefficient.sign < 0 ? 'Sub' : 'Add', [sum, term])
    }
    return sum ?? b.float(0)
  }

  #condition({ relation, terms, offset }: MaskCondition, space: readonly Dimension[]): Value {
    const b = this.#b
    let sum = this.#scalar(offset)
    for (const { label, coefficient } of terms) {
      const index = this.#indices(space[label] as Dimension, label, space.length)
      const term = coefficient.value === 1 ? index : b.node('Mul', [this.#scalar(coefficient), index])
      sum = b.node('Add', [sum, term])
    }
    const zero = b.int(0)
    if (relation === 'le') return b.node('LessOrEqual', [sum, zero])
    const equal = b.node('Equal', [sum, zero])
    return relation === 'eq' ? equal : b.node('Not', [equal])
  }

  // Products.

  #contract({ left, right, axes, space }: ContractStep): Value {
    const b = this.#b
    const [x, y] = [this.value(left.value), this.value(right.value)]
    const letters = subscripts(range(space.length))
    const [i, j, k] = [left.labels, right.labels, range(axes.length)].map((labels) => labels.map(letters).join(''))
    if (i === '' || j === '') {
      const product = b.node('Mul', [this.#aligned(left, space.length), this.#aligned(right, space.length)])
      const summed = range(space.length).slice(axes.length)
      return summed.length === 0 ? product : b.node('ReduceSum', [product, b.ints(summed)], { keepdims: 0 })
    }
    if (isMatrixProduct(left.labels, right.labels, axes.length)) return b.node('MatMul', [x, y])
    if (isMatrixProduct(right.labels, left.labels, axes.length)) return b.node('MatMul', [y, x])
    return b.node('Einsum', [x, y], { equation: `${i},${j}->${k}` })
  }

  // Functions of whole operands.

  #call({ name, args, axes, batch }: CallStep): Value {
    const f = generalFunction(name)
    if (!f) throw lacking(name)
    const operands = args.map((leaf) => {
      const own = [...new Set(leaf.labels)].filter((label) => label >= batch).sort((x, y) => x - y)
      const places = [...range(batch), ...own]
      const labels = leaf.labels.map((label) => places.indexOf(label))
      const aligned = this.#aligned({ value: leaf.value, labels }, places.length)
      const isFull = places.every((_, place) => labels.includes(place))
      if (isFull || own.length === 0) return { value: aligned, own: own.length }
      // What all slices share is given to each.
      const operand = this.#steps[leaf.value]?.axes ?? []
      const shape = places.map(
        (label, place) => (label < batch ? axes[label] : operand[labels.indexOf(place)]) as Dimension,
      )
      return { value: this.#b.node('Expand', [aligned, this.shape(shape)]), own: own.length }
    })
    return f(this.#b, operands[0]?.own ?? 0, ...operands.map((one) => one.value))
  }

  #solve(_: SolveStep): Value {
    throw lacking('inv')
  }

  // Diagonals.

  #expand({ axes, terms }: ExpandStep): Value {
    const b = this.#b
    const rank = axes.length
    const parts = terms.map((view): readonly [Rational, Value] => {
      const labels = viewLabels(view)
      const value = view.value === UNIT ? b.float(1) : this.#aligned({ value: view.value, labels }, rank)
      const carried = new Set<Label>(labels)
      const conditions = view.axes.flatMap((axis, position) => {
        const first = view.axes.indexOf(axis)
        if (first === position) return []
        carried.add(first).add(position)
        const [one, other] = [first, position].map((place) => this.#indices(axes[place] as Dimension, place, rank))
        return [b.node('Equal', [one ?? '', other ?? ''])]
      })
      const [condition] = conditions
      const all = condition === undefined ? undefined : conditions.reduce((x, y) => b.node('And', [x, y]))
      const text = all === undefined ? value : b.node('Where', [all, value, b.float(0)])
      return [view.coefficient, carried.size === rank ? text : b.node('Expand', [text, this.shape(axes)])]
    })
    return this.#sum(parts)
  }
}

/** Throws before anything is written: the model has no such operator. */
export function lacking(name: string): EincalcError {
  return new EincalcError({
    code: 'BadRequest',
    message: `onnx has no ${name}`,
    hint: 'Other languages have: eincalc languages.',
  })
}

/** Whether rows, what is summed, and columns are where MatMul has them. */
function isMatrixProduct(left: readonly Label[], right: readonly Label[], rank: number): boolean {
  const summed = left.at(-1)
  if (summed === undefined || summed < rank || right[0] !== summed || left.length > 2 || right.length > 2) return false
  const kept = [...left.slice(0, -1), ...right.slice(1)]
  return kept.length === rank && kept.every((label, position) => label === position)
}

function leastCommon(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return (a / x) * b
}
