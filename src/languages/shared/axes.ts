/** Axes and labels of steps, as printers of every kind need them. */
import type { Expression, View } from '../../plan/step.ts'
import type { Label } from '../../tensor/node.ts'

export function range(length: number): number[] {
  return Array.from({ length }, (_, k) => k)
}

/** For each axis of the viewed value, the first axis of the view that shows it. */
export function viewLabels(view: View): number[] {
  const labels: number[] = []
  for (const [position, axis] of view.axes.entries()) if (axis >= 0) labels[axis] ??= position
  return labels
}

export function maskLabels(expression: Expression): Label[] {
  if (expression.kind !== 'mask') return []
  return expression.conditions.flatMap((condition) => condition.terms.map((term) => term.label))
}

/** Letters for the labels of one einsum: i, j, k, ... */
export function subscripts(labels: readonly Label[]): (label: Label) => string {
  const letters = 'ijklmnopqrstuvwxyzabcdefghABCDEFGHIJKLMNOPQRSTUVWXYZ'
  return (label) => {
    const letter = letters[labels.indexOf(label)]
    if (letter === undefined) throw new RangeError('more axes than there are letters for')
    return letter
  }
}
