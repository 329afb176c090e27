/** Places the buffers of a program in memory: each from its first write to its last read, so that the peak is known before anything runs. */
import { type Program, readsOf, writes } from './program.ts'

export interface Arena {
  /** Where each buffer begins, in bytes. */
  readonly offsets: readonly number[]
  /** The end of all, in bytes. */
  readonly bytes: number
}

const ALIGNMENT = 64

const aligned = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

interface Gap {
  start: number
  end: number
}

/** Inputs come first and stay; `start` is what lies before them, `width` the bytes of a number. */
export function placeBuffers({ buffers, instructions, outputs }: Program, start: number, width: number): Arena {
  const offsets = buffers.map(() => -1)
  const sizes = buffers.map(({ elements }) => aligned(elements * width))
  let end = aligned(start)
  for (const [id, { kind }] of buffers.entries()) {
    if (kind !== 'input') continue
    offsets[id] = end
    end += sizes[id] as number
  }
  const lastUse = new Map<number, number>()
  for (const [at, instruction] of instructions.entries()) {
    for (const id of [...readsOf(instruction), writes(instruction)]) lastUse.set(id, at)
  }
  const kept = new Set(outputs.map(({ buffer }) => buffer))
  const dying = instructions.map((): number[] => [])
  for (const [id, at] of lastUse) if (buffers[id]?.kind !== 'input' && !kept.has(id)) dying[at]?.push(id)

  const gaps: Gap[] = []
  const take = (size: number): number => {
    // The smallest gap that is large enough.
    let best: Gap | undefined
    for (const gap of gaps) {
      const length = gap.end - gap.start
      if (length >= size && (!best || length < best.end - best.start)) best = gap
    }
    if (best) {
      const at = best.start
      best.start += size
      return at
    }
    const last = gaps.at(-1)
    const isAtEnd = last !== undefined && last.end === end
    const at = isAtEnd ? last.start : end
    if (isAtEnd) gaps.pop()
    end = at + size
    return at
  }
  const give = (from: number, size: number) => {
    if (size === 0) return
    const at = gaps.findIndex((gap) => gap.start > from)
    gaps.splice(at < 0 ? gaps.length : at, 0, { start: from, end: from + size })
    for (let k = gaps.length - 2; k >= 0; k--) {
      const [left, right] = [gaps[k] as Gap, gaps[k + 1] as Gap]
      if (left.end !== right.start) continue
      left.end = right.end
      gaps.splice(k + 1, 1)
    }
  }
  for (const [at, instruction] of instructions.entries()) {
    const target = writes(instruction)
    if (offsets[target] === -1) offsets[target] = take(sizes[target] as number)
    for (const id of dying[at] ?? []) give(offsets[id] as number, sizes[id] as number)
  }
  return { offsets, bytes: end }
}
