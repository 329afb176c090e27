/** Fuses elementwise steps, and drops steps that no output needs. */
import type { PlannedOutput } from './plan.ts'
import { type Expression, type Leaf, leaves, mapLeaves, reads, renumber, type Step, type ValueId } from './step.ts'

/**
 * Computes an elementwise value within the one step that reads it, where both run over the same index space. A value
 * that several steps read, or that a larger space would compute again and again, keeps its step. The fused steps stay
 * in place; `prune` drops them.
 */
export function fuseMaps(steps: readonly Step[], outputs: readonly PlannedOutput[], limit: number): Step[] {
  const uses = useCounts(steps, outputs)
  const fused: Step[] = []
  const weights: number[] = []
  for (const step of steps) {
    if (step.kind !== 'map') {
      fused.push(step)
      weights.push(0)
      continue
    }
    let weight = ownWeight(step.expression)
    const inlined = (leaf: Leaf): Expression => {
      const producer = fused[leaf.value]
      const whole = leaf.labels.length === step.space.length && new Set(leaf.labels).size === leaf.labels.length
      if (producer?.kind !== 'map' || uses[leaf.value] !== 1 || !whole) return { kind: 'leaf', ...leaf }
      const added = weights[leaf.value] ?? 0
      if (producer.space.length !== producer.axes.length || weight + added > limit) return { kind: 'leaf', ...leaf }
      weight += added
      const label = (own: number) => leaf.labels[own] ?? 0
      return mapLeaves(
        producer.expression,
        (inner) => ({ kind: 'leaf', value: inner.value, labels: inner.labels.map(label) }),
        label,
      )
    }
    fused.push({ ...step, expression: mapLeaves(step.expression, inlined) })
    weights.push(weight)
  }
  return fused
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

function ownWeight(expression: Expression): number {
  return 1 + leaves(expression).length
}

/** The steps that outputs need, renumbered. */
export function prune(
  steps: readonly Step[],
  outputs: readonly PlannedOutput[],
): { readonly steps: readonly Step[]; readonly outputs: readonly PlannedOutput[] } {
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
  return { steps: kept, outputs: moved }
}
