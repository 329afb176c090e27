/** Refuses work that would take too long or too much memory, before it starts and with the figures. */
import { EincalcError } from '../errors.ts'
import type { Step } from './steps.ts'

/** What one evaluation may take unless its options say otherwise. */
export const DEFAULT_LIMITS = {
  /** Bytes of all results that live at one time: 2 GiB. */
  bytes: 2 ** 31,
  /** Multiplications and additions; about an hour. */
  operations: 1e12,
} as const

export interface Limits {
  readonly maxBytes?: number
  readonly maxOperations?: number
}

/**
 * The operations of all steps together. `lastUses` are the slots free after each step: memory counts what lives at one
 * time. Throws `LimitExceeded`.
 */
export function refuseTooLarge(
  steps: readonly Step[],
  lastUses: readonly (readonly number[])[],
  { maxBytes = DEFAULT_LIMITS.bytes, maxOperations = DEFAULT_LIMITS.operations }: Limits,
): number {
  const entriesOf = new Map<number, number>()
  let live = 0
  let most = 0
  let largest: Step | undefined
  let operations = 0
  for (const [at, step] of steps.entries()) {
    live += step.entries
    entriesOf.set(step.slot, step.entries)
    most = Math.max(most, live + step.temporaryEntries)
    operations += step.operations
    if (!largest || step.entries > largest.entries) largest = step
    for (const slot of lastUses[at]!) live -= entriesOf.get(slot)!
  }
  if (most * 8 > maxBytes) throw tooMuchMemory(most * 8, maxBytes, largest?.shape ?? [])
  if (operations > maxOperations) throw tooManyOperations(operations, maxOperations)
  return operations
}

const hint = 'Evaluate at smaller sizes, or raise the limit.'

/** `shape` is that of the largest result. */
export function tooMuchMemory(bytes: number, limit: number, shape: readonly number[]): EincalcError {
  return new EincalcError({
    code: 'LimitExceeded',
    message: `evaluating needs ${formatBytes(bytes)} (one result is ${shape.join('×')}), the limit is ${formatBytes(limit)}`,
    hint,
  })
}

export function tooManyOperations(operations: number, limit: number): EincalcError {
  return new EincalcError({
    code: 'LimitExceeded',
    message: `evaluating needs ${operations.toPrecision(2)} operations, the limit is ${limit.toPrecision(2)}`,
    hint,
  })
}

function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`
}
