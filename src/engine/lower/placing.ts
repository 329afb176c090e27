/**
 * Finds steps that need no tensor of their own: elementwise tensors that one sum of views alone reads, which computes them on
 * the way, and sums of views and contractions that one reordering alone reads, which are written in its order at once. The
 * largest results, Hessians of order 4, are such sums, and each tensor saved is as large as they are.
 */
import { leaves, type MapStep, type Step, type ValueId } from '../../plan/step.ts'
import { Rational } from '../../tensor/rational.ts'

/** The value that a sum of views or a contraction becomes. */
export interface Placing {
  readonly value: ValueId
  readonly coefficient: Rational
  /** For each axis of what is written the axis of the value. */
  readonly axes: readonly number[]
}

/** Sums of views and contractions that are written as another value; only a sum is scaled on the way. */
export function placings(steps: readonly Step[], uses: readonly number[]): Map<ValueId, Placing> {
  const found = new Map<ValueId, Placing>()
  for (const [value, step] of steps.entries()) {
    if (step.kind !== 'map' || step.space.length !== step.axes.length) continue
    const { expression } = step
    const [only, ...more] = expression.kind === 'sum' ? expression.terms : []
    const leaf = expression.kind === 'leaf' ? expression : more.length === 0 ? only?.term : undefined
    if (leaf?.kind !== 'leaf' || uses[leaf.value] !== 1) continue
    const coefficient = only?.coefficient ?? Rational.ONE
    const kind = steps[leaf.value]?.kind
    if (kind !== 'expand' && !(kind === 'contract' && coefficient.isOne)) continue
    const isWhole = leaf.labels.length === step.axes.length && new Set(leaf.labels).size === step.axes.length
    if (isWhole) found.set(leaf.value, { value, coefficient, axes: leaf.labels })
  }
  return found
}

/**
 * The order in which the axes of a contraction lie in memory so that the elementwise step that alone reads it walks along
 * memory: the outermost first. Only orders whose innermost axis is one of a single factor, so that products write rows.
 */
export function orders(steps: readonly Step[], uses: readonly number[]): Map<ValueId, readonly number[]> {
  const found = new Map<ValueId, readonly number[]>()
  for (const step of steps) {
    if (step.kind !== 'map') continue
    for (const leaf of leaves(step.expression)) {
      const maker = steps[leaf.value]
      if (maker?.kind !== 'contract' || uses[leaf.value] !== 1) continue
      if (new Set(leaf.labels).size !== leaf.labels.length) continue
      const order = leaf.labels.map((_, axis) => axis)
      order.sort((a, b) => (leaf.labels[a] as number) - (leaf.labels[b] as number))
      const innermost = order.at(-1) as number
      const isOfOne = maker.left.labels.includes(innermost) !== maker.right.labels.includes(innermost)
      if (isOfOne) found.set(leaf.value, order)
    }
  }
  return found
}

/** Elementwise tensors that are computed where a sum of views reads them. */
export function inlined(steps: readonly Step[], uses: readonly number[]): Map<ValueId, MapStep> {
  const found = new Map<ValueId, MapStep>()
  for (const step of steps) {
    if (step.kind !== 'expand') continue
    for (const { value, axes } of step.terms) {
      const maker = steps[value]
      if (maker?.kind !== 'map' || maker.space.length !== maker.axes.length || uses[value] !== 1) continue
      // A broadcast axis would compute each entry again and again.
      const isShown = maker.axes.every((_, axis) => axes.includes(axis)) && axes.every((axis) => axis >= 0)
      if (isShown) found.set(value, maker)
    }
  }
  return found
}
