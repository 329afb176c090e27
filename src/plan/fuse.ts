/** Fuses elementwise steps, and drops steps that no output needs. */
import type { PlannedOutput } from './plan.ts'
import { type Expression, type Leaf, leaves, mapLeaves, reads, renumber, type Step, type ValueId } from './step.ts'

/**
 * Computes an elementwise value within the one step that reads it, where both run over the same index space. A value
 * that several steps read, or that a larger space would compute again and again, keeps its step. The fused steps stay
 * in place; `prune` drops them. `within` names for each of them the step that computes it.
 */
export function fuseMaps(
  steps: readonly Step[],
  outputs: readonly PlannedOutput[],
  limit: number,
): { readonly steps: readonly Step[]; readonly within: ReadonlyMap<ValueId, ValueId> } {
  const uses = useCounts(steps, outputs)
  const weights = new Float64Array(steps.length)
  const within = new Map<ValueId, ValueId>()
  for (const [value, step] of steps.entries()) {
    if (step.kind !== 'map') continue
    const own = leaves(step.expression)
    let weight = 1 + own.length
    for (const leaf of own) {
      const producer = steps[leaf.value]
      if (producer?.kind !== 'map' || uses[leaf.value] !== 1 || !isWhole(leaf, step.space.length)) continue
      const added = weights[leaf.value] as number
      if (producer.space.length !== producer.axes.length || weight + added > limit) continue
      weight += added
      within.set(leaf.value, value)
    }
    weights[value] = weight
  }
  // Each expression is built once, in the step that keeps it. It is at most as deep as it is heavy.
  const built = (expression: Expression): Expression =>
    mapLeaves(expression, (leaf) => {
      const producer = within.has(leaf.value) ? steps[leaf.value] : undefined
      if (producer?.kind !== 'map') return { kind: 'leaf', value: leaf.value, labels: leaf.labels }
      return relabelled(built(producer.expression), leaf.labels)
    })
  const fused = steps.map((step, value) => {
    if (step.kind !== 'map' || within.has(value)) return step
    const reads = leaves(step.expression)
    return reads.some((leaf) => within.has(leaf.value)) ? { ...step, expression: built(step.expression) } : step
  })
  return { steps: fused, within }
}

/** Whether a leaf has every label of an index space of so many axes once. */
function isWhole({ labels }: Leaf, rank: number): boolean {
  return labels.length === rank && labels.every((label, position) => labels.indexOf(label) === position)
}

/** The expression with label k named `labels[k]`. */
function relabelled(expression: Expression, labels: readonly number[]): Expression {
  if (labels.every((label, position) => label === position)) return expression
  const label = (own: number) => labels[own] ?? 0
  return mapLeaves(expression, (leaf) => ({ kind: 'leaf', value: leaf.value, labels: leaf.labels.map(label) }), label)
}

/** How often each value is read by steps and outputs. */
export function useCounts(steps: readonly Step[], outputs: readonly PlannedOutput[]): number[] {
  const uses = steps.map(() => 0)
  const use = (value: ValueId) => {
    uses[value] = (uses[value] ?? 0) + 1
  }
  for (const step of steps) reads(step).forEach(use)
  outputs.flatMap(outputValues).forEach(use)
  return uses
}

export function outputValues(output: PlannedOutput): ValueId[] {
  if (output.kind === 'dense') return [output.value]
  return output.terms.flatMap((term) => term.cores.map((core) => core.value))
}

/** The steps that outputs need, renumbered; `position` says where each of them is now. */
export function prune(
  steps: readonly Step[],
  outputs: readonly PlannedOutput[],
): {
  readonly steps: readonly Step[]
  readonly outputs: readonly PlannedOutput[]
  readonly position: readonly (ValueId | undefined)[]
} {
  const needed = steps.map(() => false)
  for (const value of outputs.flatMap(outputValues)) needed[value] = true
  for (let value = steps.length - 1; value >= 0; value--) {
    const step = steps[value]
    if (needed[value] && step) for (const read of reads(step)) needed[read] = true
  }
  const kept: Step[] = []
  const position: number[] = []
  const of = (value: ValueId): ValueId => position[value] ?? value
  for (const [value, step] of steps.entries()) {
    if (needed[value]) position[value] = kept.push(renumber(step, of)) - 1
  }
  const moved = outputs.map((output): PlannedOutput => {
    if (output.kind === 'dense') return { ...output, value: of(output.value) }
    const terms = output.terms.map((term) => ({
      ...term,
      cores: term.cores.map((core) => ({ ...core, value: of(core.value) })),
    }))
    return { ...output, terms }
  })
  return { steps: kept, outputs: moved, position }
}
