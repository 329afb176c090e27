/**
 * Finds tensors that are another one times a factor with fewer axes, X[k,i]·d[k], and that one contraction alone reads: the
 * product multiplies by d while it packs, and X'·diag(d)·X is seen to be symmetric.
 */
import { type Expression, type Leaf, leaves, type Step, type ValueId } from '../../plan/step.ts'

/** value = base · scale, over the labels of the step that makes it. */
export interface Scaling {
  readonly base: Leaf
  readonly scale: Expression
  /** The labels of the scale, in order. */
  readonly labels: readonly number[]
}

export function scalings(steps: readonly Step[], uses: readonly number[]): Map<ValueId, Scaling> {
  const found = new Map<ValueId, Scaling>()
  for (const step of steps) {
    if (step.kind !== 'contract') continue
    for (const { value } of [step.left, step.right]) {
      const scaling = uses[value] === 1 ? scalingOf(steps[value]) : undefined
      if (scaling) found.set(value, scaling)
    }
  }
  return found
}

function scalingOf(step: Step | undefined): Scaling | undefined {
  if (step?.kind !== 'map' || step.space.length !== step.axes.length) return undefined
  const { expression } = step
  const [only] = expression.kind === 'sum' ? expression.terms : []
  const isScaled = expression.kind === 'sum' && expression.terms.length === 1
  const product = isScaled ? only?.term : expression
  if (product?.kind !== 'product' || hasMask(product)) return undefined
  const rank = step.axes.length
  const isFull = ({ labels }: Leaf) => labels.length === rank && new Set(labels).size === rank
  const [whole, ...more] = product.factors.filter(({ base, exponent }) => {
    return base.kind === 'leaf' && exponent.isOne && isFull(base)
  })
  if (whole?.base.kind !== 'leaf' || more.length > 0) return undefined
  const factors = product.factors.filter((factor) => factor !== whole)
  const labels = [...new Set(factors.flatMap(({ base }) => leaves(base).flatMap((leaf) => leaf.labels)))]
  if (labels.length === 0 || labels.length === rank) return undefined
  const rest: Expression = { kind: 'product', factors }
  const coefficient = isScaled ? only?.coefficient : undefined
  const scale: Expression = coefficient ? { kind: 'sum', terms: [{ coefficient, term: rest }] } : rest
  return { base: whole.base, scale, labels: labels.sort((a, b) => a - b) }
}

function hasMask(expression: Expression): boolean {
  switch (expression.kind) {
    case 'mask':
      return true
    case 'product':
      return expression.factors.some(({ base }) => hasMask(base))
    case 'sum':
      return expression.terms.some(({ term }) => hasMask(term))
    case 'call':
      return expression.args.some(hasMask)
    default:
      return false
  }
}
