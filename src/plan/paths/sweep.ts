/**
 * Orders that grow one value operand by operand, from one end of the network to the other: the boundary of a lattice or a
 * chain stays as small as it is wide, where a pair by pair order may close it in from all sides.
 */
import type { Network } from './problem.ts'

/** Operands looked at in each step, the longest waiting first. */
const MOST_WAITING = 32

/** A path that starts at the operand farthest from `start` and always takes the neighbour that leaves least to be carried. */
export function sweepPath(network: Network, start: number): [number, number][] {
  const count = network.operands.length
  const carriers: number[][] = network.uses.map(() => [])
  for (const [k, classes] of network.operands.entries()) for (const c of classes) carriers[c]?.push(k)
  const first = farthest(network, carriers, start)
  const uses = [...network.uses]
  const inside = new Set<number>()
  const taken = new Uint8Array(count)
  const waiting = new Set<number>()
  const isVisited = new Uint8Array(network.uses.length)
  const take = (k: number) => {
    taken[k] = 1
    waiting.delete(k)
    for (const c of network.operands[k] as readonly number[]) {
      uses[c] = (uses[c] as number) - 1
      if (uses[c] === 0) inside.delete(c)
      else inside.add(c)
      if (isVisited[c]) continue
      isVisited[c] = 1
      for (const other of carriers[c] as number[]) if (!taken[other]) waiting.add(other)
    }
  }
  /** The factor by which the grown value gets larger. */
  const growth = (k: number) => {
    let factor = 1
    for (const c of network.operands[k] as readonly number[]) {
      const size = network.sizes[c] as number
      if (!inside.has(c)) factor *= (uses[c] as number) > 1 ? size : 1
      else if (uses[c] === 1) factor /= size
    }
    return factor
  }
  const path: [number, number][] = []
  take(first)
  let grown = first
  let rest = 0
  while (path.length < count - 1) {
    let best = -1
    let least = Number.POSITIVE_INFINITY
    let looked = 0
    for (const k of waiting) {
      if (looked++ >= MOST_WAITING) break
      const factor = growth(k)
      if (factor < least) {
        best = k
        least = factor
      }
    }
    if (best < 0) {
      while (taken[rest]) rest++
      best = rest
    }
    take(best)
    path.push([grown, best])
    grown = count + path.length - 1
  }
  return path
}

/** The operand that a breadth-first walk from `start` reaches last. */
function farthest(network: Network, carriers: readonly (readonly number[])[], start: number): number {
  const seen = new Set([start])
  const done = new Set<number>()
  let last = start
  for (const k of seen) {
    last = k
    for (const c of network.operands[k] as readonly number[]) {
      if (done.has(c)) continue
      done.add(c)
      for (const other of carriers[c] as readonly number[]) seen.add(other)
    }
  }
  return last
}
