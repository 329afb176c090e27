/**
 * The conditions of `sum[i,j: i<j](...)` as an indicator: comparisons of sums of labels, whole numbers and sizes.
 * Labels count from 1 here, as in brackets.
 */
import type { BinaryNode, SyntaxNode } from '../syntax/tree.ts'
import { foldTree } from '../syntax/walk.ts'
import { Dimension } from '../tensor/dimension.ts'
import type { Condition, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { Context, Label } from './context.ts'
import type { Labels } from './labels.ts'

/** Σ coefficient·label + offset, the labels counted from 1. */
interface Affine {
  readonly labels: ReadonlyMap<Label, Rational>
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
  if (difference.offset.value === undefined && [...difference.labels.values()].every(({ isZero }) => isZero)) {
    const message = `whether ${context.source(node)} holds depends on sizes alone`
    context.fail('AmbiguousExpression', { message, span: node.span, hint })
  }
  // From 0 a label is one less than from 1.
  let offset = difference.offset.add(Dimension.constant(shift.add))
  for (const coefficient of difference.labels.values()) offset = offset.add(Dimension.constant(coefficient))
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
        return { labels: new Map([[scope.find(node), Rational.ONE]]), offset: Dimension.ZERO }
      case 'unary':
        return node.operator === '-' ? scale(left, Rational.MINUS_ONE) : left
      case 'binary': {
        if (node.operator === '+') return combine(left, right, 1)
        if (node.operator === '-') return combine(left, right, -1)
        const product = node.operator === '*' ? multiply(left, right) : undefined
        if (product !== undefined) return product
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
  const factor = Rational.of(sign)
  const labels = new Map(a.labels)
  for (const [label, coefficient] of b.labels) {
    labels.set(label, (labels.get(label) ?? Rational.ZERO).add(coefficient.multiply(factor)))
  }
  return { labels, offset: a.offset.add(b.offset.scale(factor)) }
}

function scale(a: Affine, factor: Rational): Affine {
  const labels = new Map([...a.labels].map(([label, coefficient]) => [label, coefficient.multiply(factor)]))
  return { labels, offset: a.offset.scale(factor) }
}

/** A product with a whole number; undefined for others. */
function multiply(a: Affine, b: Affine): Affine | undefined {
  const factor = numberOf(a)
  if (factor !== undefined) return scale(b, factor)
  const other = numberOf(b)
  return other && scale(a, other)
}

function numberOf({ labels, offset }: Affine): Rational | undefined {
  return labels.size === 0 && offset.value !== undefined ? Rational.of(offset.value) : undefined
}

function makeIndicator(
  context: Context,
  labels: readonly Label[],
  restrictions: readonly Restriction[],
): Node | 'never' {
  const conditions: Condition[] = []
  for (const { relation, labels: coefficients, offset } of restrictions) {
    const terms = [...coefficients]
      .filter(([, coefficient]) => !coefficient.isZero)
      .map(([label, coefficient]) => ({ axis: labels.indexOf(label), coefficient: Dimension.constant(coefficient) }))
    if (terms.length > 0) conditions.push({ relation, terms, offset: context.settle(offset) })
    else if (!holds(relation, offset.value)) return 'never'
  }
  return context.g.indicator(
    labels.map((label) => context.settle(label.dimension)),
    conditions,
  )
}

/** A condition whose labels cancel, such as `i < i`. */
function holds(relation: Condition['relation'], value: number | undefined): boolean {
  if (value === undefined) throw new RangeError('a condition on sizes alone')
  if (relation === 'eq') return value === 0
  return relation === 'ne' ? value !== 0 : value <= 0
}
