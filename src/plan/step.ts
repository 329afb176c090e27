/**
 * The steps of a plan. Each makes one value, named by its number; steps are in an order in which they can run.
 *
 * As in nodes, labels are local to a step: label p < rank is axis p of the value made, the others are summed over. An
 * operand may repeat a label: that is its diagonal.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Facts, Label } from '../tensor/node.ts'
import type { Rational } from '../tensor/rational.ts'

/** The position in `Plan.steps` of the step that makes the value. */
export type ValueId = number

/** The number 1 where a value is expected: a view of it is a number, or a number broadcast over axes. */
export const UNIT: ValueId = -1

/** A value with the label of each of its axes. */
export interface Leaf {
  readonly value: ValueId
  readonly labels: readonly Label[]
}

/** What a fused elementwise step computes at each point of its index space. */
export type Expression =
  | ({ readonly kind: 'leaf' } & Leaf)
  | { readonly kind: 'number'; readonly value: Rational }
  | { readonly kind: 'size'; readonly dimension: Dimension }
  | {
      readonly kind: 'product'
      readonly factors: readonly { readonly base: Expression; readonly exponent: Rational }[]
    }
  | {
      readonly kind: 'sum'
      readonly terms: readonly { readonly coefficient: Rational; readonly term: Expression }[]
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  /** `body` where all conditions hold, elsewhere 0; `body` is not used there, whatever its value. */
  | { readonly kind: 'mask'; readonly conditions: readonly MaskCondition[]; readonly body: Expression }

/** Σ coefficient·label + offset (= | ≤ | ≠) 0, where labels count from 0. */
export interface MaskCondition {
  readonly relation: 'eq' | 'le' | 'ne'
  readonly terms: readonly { readonly label: Label; readonly coefficient: Dimension }[]
  readonly offset: Dimension
}

/**
 * coefficient · a value seen through its axes: entry p of `axes` says which axis of the value axis p is. A negative
 * entry is a broadcast axis. Two equal entries are the diagonal of two axes: elsewhere the view is zero.
 */
export interface View {
  readonly value: ValueId
  readonly axes: readonly number[]
  readonly coefficient: Rational
}

/** The view of a value whose axes have these labels; labels that it lacks broadcast. */
export function viewOf(leaf: Leaf, output: readonly Label[], coefficient: Rational): View {
  const axes = output.map((label) => {
    const axis = leaf.labels.indexOf(label)
    return axis >= 0 ? axis : -1 - output.indexOf(label)
  })
  return { value: leaf.value, axes, coefficient }
}

interface StepBase {
  /** The dimensions of the value made. */
  readonly axes: readonly Dimension[]
}

/** A variable, passed in. */
export interface InputStep extends StepBase {
  readonly kind: 'input'
  readonly name: string
  readonly facts: Facts
}

/** An elementwise expression over an index space, summed over the labels from `axes.length` on. */
export interface MapStep extends StepBase {
  readonly kind: 'map'
  readonly space: readonly Dimension[]
  readonly expression: Expression
}

/** Σ left · right over the labels that the result lacks; each of those labels occurs in both. */
export interface ContractStep extends StepBase {
  readonly kind: 'contract'
  readonly left: Leaf
  readonly right: Leaf
  /** The dimension of every label. */
  readonly space: readonly Dimension[]
}

/** A general function; labels as in `GeneralCall`. */
export interface CallStep extends StepBase {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Leaf[]
  readonly batch: number
}

/** The solution s of Σ matrix[i,j] s[..j..] = right[..i..] along one axis (of matrix' where `transposed`). */
export interface SolveStep extends StepBase {
  readonly kind: 'solve'
  readonly matrix: ValueId
  readonly transposed: boolean
  readonly right: ValueId
  readonly axis: number
}

/** The part of a value at one index of one axis, which is dropped. */
export interface SelectStep extends StepBase {
  readonly kind: 'select'
  readonly operand: ValueId
  readonly axis: number
  /** Counted from 0. */
  readonly index: Dimension
}

/** The entries of a value in row-major order of its axes taken as `order`, as a tensor with other axes. */
export interface ReshapeStep extends StepBase {
  readonly kind: 'reshape'
  readonly operand: ValueId
  readonly order: readonly number[]
}

/** The dense sum of views, some of which have diagonals. */
export interface ExpandStep extends StepBase {
  readonly kind: 'expand'
  readonly terms: readonly View[]
}

export type Step = InputStep | MapStep | ContractStep | CallStep | SolveStep | SelectStep | ReshapeStep | ExpandStep

/** The leaves of an expression, from left to right; they are added to `found`. */
export function leaves(expression: Expression, found: Leaf[] = []): Leaf[] {
  switch (expression.kind) {
    case 'leaf':
      found.push(expression)
      break
    case 'product':
      for (const { base } of expression.factors) leaves(base, found)
      break
    case 'sum':
      for (const { term } of expression.terms) leaves(term, found)
      break
    case 'call':
      for (const arg of expression.args) leaves(arg, found)
      break
    case 'mask':
      leaves(expression.body, found)
  }
  return found
}

/** The values that a step reads, once for each time it reads them. */
export function reads(step: Step): ValueId[] {
  switch (step.kind) {
    case 'input':
      return []
    case 'map':
      return leaves(step.expression).map((leaf) => leaf.value)
    case 'contract':
      return [step.left.value, step.right.value]
    case 'call':
      return step.args.map((leaf) => leaf.value)
    case 'solve':
      return [step.matrix, step.right]
    case 'select':
    case 'reshape':
      return [step.operand]
    case 'expand':
      return step.terms.map((view) => view.value).filter((value) => value !== UNIT)
  }
}

/** A copy of the step that reads other values. */
export function renumber(step: Step, of: (value: ValueId) => ValueId): Step {
  const leaf = (one: Leaf): Leaf => ({ ...one, value: of(one.value) })
  switch (step.kind) {
    case 'input':
      return step
    case 'map':
      return { ...step, expression: mapLeaves(step.expression, (one) => ({ kind: 'leaf', ...leaf(one) })) }
    case 'contract':
      return { ...step, left: leaf(step.left), right: leaf(step.right) }
    case 'call':
      return { ...step, args: step.args.map(leaf) }
    case 'solve':
      return { ...step, matrix: of(step.matrix), right: of(step.right) }
    case 'select':
    case 'reshape':
      return { ...step, operand: of(step.operand) }
    case 'expand':
      return {
        ...step,
        terms: step.terms.map((view) => (view.value === UNIT ? view : { ...view, value: of(view.value) })),
      }
  }
}

/** The expression with each leaf, and each label of a condition, replaced. */
export function mapLeaves(
  expression: Expression,
  replace: (leaf: Leaf) => Expression,
  label: (label: Label) => Label = (same) => same,
): Expression {
  const recur = (part: Expression): Expression => mapLeaves(part, replace, label)
  switch (expression.kind) {
    case 'leaf':
      return replace(expression)
    case 'number':
    case 'size':
      return expression
    case 'product':
      return { ...expression, factors: expression.factors.map((f) => ({ ...f, base: recur(f.base) })) }
    case 'sum':
      return { ...expression, terms: expression.terms.map((t) => ({ ...t, term: recur(t.term) })) }
    case 'call':
      return { ...expression, args: expression.args.map(recur) }
    case 'mask':
      return {
        ...expression,
        conditions: expression.conditions.map((c) => ({
          ...c,
          terms: c.terms.map((t) => ({ ...t, label: label(t.label) })),
        })),
        body: recur(expression.body),
      }
  }
}
