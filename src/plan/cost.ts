/** What a plan costs, from its shapes alone. */
import { EincalcError } from '../errors.ts'
import type { Dimension } from '../tensor/dimension.ts'
import { outputValues } from './fuse.ts'
import { inverseCost, solveCost } from './paths/problem.ts'
import type { PlannedOutput } from './plan.ts'
import { type CallStep, type Expression, reads, type Step, UNIT, type View } from './step.ts'

export interface Cost {
  /** Scalar multiplications and additions; a function value counts as one. */
  readonly operations: number
  /** Elements of the largest value computed. */
  readonly largest: number
  /** Bytes of peak memory at 8 an element: inputs and outputs, and temporaries while they are needed. */
  readonly bytes: number
}

const BYTES = 8

type Size = (dimension: Dimension) => number

export function costOf(
  steps: readonly Step[],
  outputs: readonly PlannedOutput[],
  dims: ReadonlyMap<string, number>,
): Cost {
  const size = sizesAt(dims)
  const elements = steps.map((step) => count(step.axes, size))
  const lastUse = steps.map((_, value) => value)
  for (const [at, step] of steps.entries()) for (const value of reads(step)) lastUse[value] = at
  const dying = steps.map((): number[] => [])
  const kept = new Set(outputs.flatMap(outputValues))
  for (const [value, at] of lastUse.entries()) {
    if (steps[value]?.kind !== 'input' && !kept.has(value)) dying[at]?.push(value)
  }
  let operations = 0
  let largest = 0
  let live = 0
  for (const [value, step] of steps.entries()) if (step.kind === 'input') live += elements[value] ?? 0
  let peak = live
  for (const [value, step] of steps.entries()) {
    if (step.kind === 'input') continue
    operations += operationsOf(step, steps, size)
    largest = Math.max(largest, elements[value] ?? 0)
    live += elements[value] ?? 0
    peak = Math.max(peak, live)
    for (const dead of dying[value] ?? []) live -= elements[dead] ?? 0
  }
  return { operations, largest, bytes: BYTES * peak }
}

/** The operations of one step. */
export function stepOperations(step: Step, steps: readonly Step[], dims: ReadonlyMap<string, number>): number {
  return operationsOf(step, steps, sizesAt(dims))
}

function sizesAt(dims: ReadonlyMap<string, number>): Size {
  const known = new Map<string, number>()
  return (dimension) => {
    let size = known.get(dimension.key)
    if (size !== undefined) return size
    const missing = dimension.names.find((name) => !dims.has(name))
    if (missing !== undefined) {
      throw new EincalcError({
        code: 'BadRequest',
        message: `no size is given for dimension ${missing}`,
        hint: `Give it, e.g. ${missing}=100.`,
      })
    }
    size = dimension.evaluate(dims)
    known.set(dimension.key, size)
    return size
  }
}

function count(axes: readonly Dimension[], size: Size): number {
  return axes.reduce((product, axis) => product * size(axis), 1)
}

function operationsOf(step: Step, steps: readonly Step[], size: Size): number {
  const made = count(step.axes, size)
  switch (step.kind) {
    case 'input':
    case 'select':
    case 'reshape':
      return 0
    case 'map': {
      const space = count(step.space, size)
      return space * expressionOperations(step.expression) + (space - made)
    }
    case 'contract': {
      const space = count(step.space, size)
      return 2 * space - made
    }
    case 'solve': {
      const n = size(step.axes[step.axis] as Dimension)
      return Math.round(solveCost(n, made / n))
    }
    case 'call':
      return callOperations(step, steps, size)
    case 'expand':
      return step.terms.reduce((sum, term, position) => sum + viewOperations(term, step, size, position), 0)
  }
}

/** The operations at one point of the index space. */
function expressionOperations(expression: Expression): number {
  switch (expression.kind) {
    case 'leaf':
    case 'number':
    case 'size':
      return 0
    case 'product': {
      const powers = expression.factors.filter(({ exponent }) => !exponent.absolute().isOne).length
      const inner = expression.factors.reduce((sum, { base }) => sum + expressionOperations(base), 0)
      const inverted = expression.factors.every(({ exponent }) => exponent.sign < 0) ? 1 : 0
      return inner + powers + inverted + Math.max(0, expression.factors.length - 1)
    }
    case 'sum': {
      const scaled = expression.terms.filter(({ coefficient }) => !coefficient.absolute().isOne).length
      const [only] = expression.terms
      const negated = expression.terms.length === 1 && only && only.coefficient.key === '-1' ? 1 : 0
      const inner = expression.terms.reduce((sum, { term }) => sum + expressionOperations(term), 0)
      return inner + scaled + negated + Math.max(0, expression.terms.length - 1)
    }
    case 'call':
      return 1 + expression.args.reduce((sum, arg) => sum + expressionOperations(arg), 0)
    case 'mask':
      return 1 + expressionOperations(expression.body)
  }
}

/** Leading terms of the usual algorithms; functions of n numbers count a few operations each. */
function callOperations(step: CallStep, steps: readonly Step[], size: Size): number {
  const argument = step.args[0]
  const value = argument && steps[argument.value]
  const axes = value ? value.axes : step.axes
  const elements = count(axes, size)
  const own = axes.filter((_, position) => (argument?.labels[position] ?? 0) >= step.batch)
  const n = own[0] ? size(own[0]) : 1
  const matrices = elements / count(own, size)
  switch (step.name) {
    case 'inv':
      return inverseCost(n) * matrices
    case 'det':
    case 'logdet':
    case 'logdetp':
      return Math.round((2 / 3) * n ** 3) * matrices
    case 'adj':
      return 20 * n ** 3 * matrices
    case 'softmax':
    case 'logsumexp':
      return 4 * elements
    case 'norm2':
    case 'rnorm2':
      return 2 * elements
    default:
      return elements
  }
}

function viewOperations(
  view: View,
  { axes }: { readonly axes: readonly Dimension[] },
  size: Size,
  position: number,
): number {
  const distinct = axes.filter((_, axis) => view.axes.indexOf(view.axes[axis] ?? 0) === axis)
  const scaled = view.value !== UNIT && !view.coefficient.absolute().isOne ? 1 : 0
  return count(distinct, size) * (scaled + (position > 0 ? 1 : 0))
}
