/**
 * The conditions of `sum[i,j: i<j](...)` as an indicator: comparisons of sums of labels, whole numbers and sizes, and of
 * products with numbers and sizes (`m*j`). Labels count from 1 here, as in brackets.
 */
import type { BinaryNode, SyntaxNode } from '../syntax/tree.ts'
import { foldTree } from '../syntax/walk.ts'
import { type Guard, loopSpace } from '../tensor/affine.ts'
import { Dimension } from '../tensor/dimension.ts'
import type { Condition, Node } from '../tensor/node.ts'
import type { Context, Label } from './context.ts'
import type { Labels } from './labels.ts'

/** Σ coefficient·label + offset, the labels counted from 1. */
interface Affine {
  readonly labels: ReadonlyMap<Label, Dimension>
  readonly offset: Dimension
}

/** labels · coefficients + offset (= | ≤ | ≠) 0, the labels counted from 0. */
interface Restriction extends Affine {
  readonly relation: Condition['relation']
}

export interface Restrictions {
  readonly labels: readonly Label[]
  /** The indicator over `labels`; `never` where no index meets the conditions. */
  readonly indicator: () => Node | 'never'
}

const hint = 'conditions compare labels, whole numbers and sizes, as in `i < j` or `j == i + 1`'

export function readConditions(
  context: Context,
  scope: Labels,
  nodes: readonly SyntaxNode[],
  isDimension: (name: string) => boolean,
): Restrictions {
  const restrictions = nodes.map((node) => readCondition(context, scope, node, isDimension))
  const labels = [...new Set(restrictions.flatMap((restriction) => [...restriction.labels.keys()]))]
  return { labels, indicator: () => makeIndicator(context, labels, restrictions) }
}

function readCondition(
  context: Context,
  scope: Labels,
  node: SyntaxNode,
  isDimension: (name: string) => boolean,
): Restriction {
  const shift = node.kind === 'binary' ? shifts.get(node.operator) : undefined
  if (node.kind !== 'binary' || shift === undefined) {
    return context.fail('TypeMismatch', { message: `${context.source(node)} is no condition`, span: node.span, hint })
  }
  const left = readSide(context, scope, node.left, isDimension)
  const right = readSide(context, scope, node.right, isDimension)
  const difference = shift.swapped ? combine(right, left, -1) : combine(left, right, -1)
  if (difference.labels.size === 0) {
    const message = `${context.source(node)} says nothing of a label`
    context.fail('TypeMismatch', { message, span: node.span, hint })
  }
  if (difference.offset.value === undefined && [...difference.labels.values()].every(isZero)) {
    const message = `whether ${context.source(node)} holds depends on sizes alone`
    context.fail('AmbiguousExpression', { message, span: node.span, hint })
  }
  // From 0 a label is one less than from 1.
  let offset = difference.offset.add(Dimension.constant(shift.add))
  for (const coefficient of difference.labels.values()) offset = offset.add(coefficient)
  return { relation: shift.relation, labels: difference.labels, offset }
}

interface Shift {
  readonly relation: Condition['relation']
  /** Whether it is the right side less the left one. */
  readonly swapped: boolean
  /** a < b of whole numbers is a + 1 ≤ b. */
  readonly add: number
}

const shifts: ReadonlyMap<BinaryNode['operator'], Shift> = new Map<BinaryNode['operator'], Shift>([
  ['<', { relation: 'le', swapped: false, add: 1 }],
  ['<=', { relation: 'le', swapped: false, add: 0 }],
  ['>', { relation: 'le', swapped: true, add: 1 }],
  ['>=', { relation: 'le', swapped: true, add: 0 }],
  ['==', { relation: 'eq', swapped: false, add: 0 }],
  ['!=', { relation: 'ne', swapped: false, add: 0 }],
])

function readSide(context: Context, scope: Labels, side: SyntaxNode, isDimension: (name: string) => boolean): Affine {
  return foldTree<Affine>(side, (node, values) => {
    const [left, right] = values as readonly [Affine, Affine]
    switch (node.kind) {
      case 'number':
        if (Number.isSafeInteger(node.value)) return { labels: new Map(), offset: Dimension.constant(node.value) }
        break
      case 'name':
        if (isDimension(node.name) && !scope.has(node.name)) {
          return { labels: new Map(), offset: Dimension.symbol(node.name) }
        }
        return { labels: new Map([[scope.find(node), Dimension.ONE]]), offset: Dimension.ZERO }
      case 'unary':
        return node.operator === '-' ? scale(left, Dimension.constant(-1)) : left
      case 'binary': {
        if (node.operator === '+') return combine(left, right, 1)
        if (node.operator === '-') return combine(left, right, -1)
        const product = node.operator === '*' ? multiply(left, right) : node.operator === '^' && power(left, right)
        if (product) return product
      }
    }
    return context.fail('TypeMismatch', {
      message: `${context.source(node)} has no place in a condition`,
      span: node.span,
      hint,
    })
  })
}

function combine(a: Affine, b: Affine, sign: 1 | -1): Affine {
  const factor = Dimension.constant(sign)
  const labels = new Map(a.labels)
  for (const [label, coefficient] of b.labels) {
    labels.set(label, (labels.get(label) ?? Dimension.ZERO).add(coefficient.multiply(factor)))
  }
  return { labels, offset: a.offset.add(b.offset.multiply(factor)) }
}

function scale(a: Affine, factor: Dimension): Affine {
  const labels = new Map([...a.labels].map(([label, coefficient]) => [label, coefficient.multiply(factor)]))
  return { labels, offset: a.offset.multiply(factor) }
}

/** A product in which one side has no labels; undefined for others. */
function multiply(a: Affine, b: Affine): Affine | undefined {
  if (a.labels.size === 0) return scale(b, a.offset)
  return b.labels.size === 0 ? scale(a, b.offset) : undefined
}

/** Powers of sizes have as many factors as the axes of a tensor at most. */
const MOST_FACTORS = 64

/** A power of what has no labels, by a whole number; undefined for others. */
function power(a: Affine, b: Affine): Affine | undefined {
  const exponent = b.labels.size === 0 ? b.offset.value : undefined
  if (a.labels.size > 0 || exponent === undefined || exponent < 1 || exponent > MOST_FACTORS) return undefined
  return { labels: a.labels, offset: a.offset.power(exponent) }
}

function isZero(coefficient: Dimension): boolean {
  return coefficient.terms.length === 0
}

function makeIndicator(
  context: Context,
  labels: readonly Label[],
  restrictions: readonly Restriction[],
): Node | 'never' {
  const conditions: Condition[] = []
  for (const { relation, labels: coefficients, offset } of restrictions) {
    const terms = [...coefficients]
      .filter(([, coefficient]) => !isZero(coefficient))
      .map(([label, coefficient]) => ({ axis: labels.indexOf(label), coefficient: context.settle(coefficient) }))
    if (terms.length > 0) conditions.push({ relation, terms, offset: context.settle(offset) })
    else if (!holds(relation, offset.value)) return 'never'
  }
  const axes = labels.map((label) => context.settle(label.dimension))
  return holdNowhere(conditions, axes) ? 'never' : context.g.indicator(axes, conditions)
}

/** Indices up to this many are tried one by one. */
const MOST_TRIED = 4096

/**
 * Whether no index meets the conditions, as far as they and the sizes tell: one is out of reach, some contradict each other
 * at any size, or all sizes are known and no index fits.
 */
function holdNowhere(conditions: readonly Condition[], axes: readonly Dimension[]): boolean {
  if (conditions.some((condition) => isOutOfReach(condition, axes))) return true
  const sizes = axes.map((axis) => axis.value)
  const plain = conditions.flatMap((condition) => numeric(condition, axes.length) ?? [])
  if (
    loopSpace(
      sizes.map((size) => size ?? Number.POSITIVE_INFINITY),
      plain,
    ).empty
  )
    return true
  const count = sizes.reduce<number>((product, size) => product * (size ?? Number.POSITIVE_INFINITY), 1)
  if (!(count <= MOST_TRIED) || conditions.some(({ offset }) => offset.value === undefined)) return false
  for (let position = 0; position < count; position++) {
    let rest = position
    const index = sizes.map((size = 1) => {
      const at = rest % size
      rest = Math.floor(rest / size)
      return at
    })
    const isMet = conditions.every(({ relation, terms, offset }) => {
      const left = terms.reduce((sum, { axis, coefficient }) => {
        return sum + (coefficient.value ?? Number.NaN) * (index[axis] as number)
      }, offset.value as number)
      return Number.isNaN(left) || holds(relation, left)
    })
    if (isMet) return false
  }
  return true
}

/** A condition whose coefficients and offset are numbers. */
function numeric({ relation, terms, offset }: Condition, count: number): Guard | undefined {
  const coefficients = new Array<number>(count).fill(0)
  for (const { axis, coefficient } of terms) (coefficients[axis] as number) += coefficient.value ?? Number.NaN
  const value = offset.value
  const isKnown = value !== undefined && coefficients.every((coefficient) => !Number.isNaN(coefficient))
  return isKnown ? { relation, coefficients, offset: value } : undefined
}

/** Whether the left side is above 0 at every index, or, of an equation, below. */
function isOutOfReach({ relation, terms, offset }: Condition, axes: readonly Dimension[]): boolean {
  const extreme = (sign: 1 | -1): number | undefined => {
    let sum = offset
    for (const { axis, coefficient } of terms) {
      const factor = coefficient.value
      if (factor === undefined) return undefined
      const last = (axes[axis] as Dimension).subtract(Dimension.ONE)
      if (factor * sign > 0) sum = sum.add(last.multiply(coefficient))
    }
    return sum.value
  }
  const [least, most] = [extreme(-1), extreme(1)]
  return (
    (relation !== 'ne' && least !== undefined && least > 0) || (relation === 'eq' && most !== undefined && most < 0)
  )
}

/** A condition whose labels cancel, such as `i < i`. */
function holds(relation: Condition['relation'], value: number | undefined): boolean {
  if (value === undefined) throw new RangeError('a condition on sizes alone')
  if (relation === 'eq') return value === 0
  return relation === 'ne' ? value !== 0 : value <= 0
}
