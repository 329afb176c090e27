/** Places the buffers of a program in memory: each from its first write to its last read, so that the peak is known before anything runs. */
import { type Program, readsOf, writesOf } from './program.ts'

export interface Arena {
  /** Where each buffer begins, in bytes. */
  readonly offsets: readonly number[]
  /** The end of all, in bytes. */
  readonly bytes: number
}

const ALIGNMENT = 64

const aligned = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

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
    for (const id of [...readsOf(instruction), ...writesOf(instruction)]) lastUse.set(id, at)
  }
  const kept = new Set(outputs.map(({ buffer }) => buffer))
  const dying = instructions.map((): number[] => [])
  for (const [id, at] of lastUse) if (buffers[id]?.kind !== 'input' && !kept.has(id)) dying[at]?.push(id)

  const space = new Space(end)
  for (const [at, instruction] of instructions.entries()) {
    for (const target of writesOf(instruction)) {
      if (offsets[target] === -1) offsets[target] = space.take(sizes[target] as number)
    }
    for (const id of dying[at] ?? []) space.give(offsets[id] as number, sizes[id] as number)
  }
  return { offsets, bytes: space.end }
}

/** Gaps of one class that are looked at for the smallest that is large enough. */
const MOST_LOOKS = 32

/** Memory from which pieces are taken and given back, in time that does not grow with the number of gaps. */
class Space {
  /** The end of what was ever taken. */
  end: number
  /** The bytes of each gap by where it begins, and where it begins by where it ends. No two gaps touch. */
  readonly #sizes = new Map<number, number>()
  readonly #starts = new Map<number, number>()
  /** Where the gaps begin whose bytes have the same binary logarithm, rounded down. */
  readonly #classes: Set<number>[] = []

  constructor(end: number) {
    this.end = end
  }

  take(size: number): number {
    const at = this.#find(size)
    if (at !== undefined) {
      const length = this.#remove(at)
      if (length > size) this.#add(at + size, length - size)
      return at
    }
    // A gap at the end grows as far as needed.
    const last = this.#starts.get(this.end)
    const start = last ?? this.end
    if (last !== undefined) this.#remove(last)
    this.end = start + size
    return start
  }

  give(from: number, size: number): void {
    if (size === 0) return
    const [before, after] = [this.#starts.get(from), this.#sizes.has(from + size)]
    let [start, length] = [from, size]
    if (after) length += this.#remove(from + size)
    if (before !== undefined) {
      length += this.#remove(before)
      start = before
    }
    this.#add(start, length)
  }

  /** The smallest of some gaps that are large enough. */
  #find(size: number): number | undefined {
    for (let order = orderOf(size); order < this.#classes.length; order++) {
      let best: number | undefined
      let least = Number.POSITIVE_INFINITY
      let looks = MOST_LOOKS
      for (const at of this.#classes[order] ?? []) {
        const length = this.#sizes.get(at) as number
        if (length >= size && length < least) [best, least] = [at, length]
        if (--looks === 0) break
      }
      if (best !== undefined) return best
    }
    return undefined
  }

  #add(start: number, size: number): void {
    const order = orderOf(size)
    while (this.#classes.length <= order) this.#classes.push(new Set())
    this.#classes[order]?.add(start)
    this.#sizes.set(start, size)
    this.#starts.set(start + size, start)
  }

  /** Forgets a gap; returns its bytes. */
  #remove(start: number): number {
    const size = this.#sizes.get(start) as number
    this.#classes[orderOf(size)]?.delete(start)
    this.#sizes.delete(start)
    this.#starts.delete(start + size)
    return size
  }
}

function orderOf(size: number): number {
  return Math.floor(Math.log2(Math.max(size, 1)))
}
