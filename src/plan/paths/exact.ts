/** The best order of a few operands, by dynamic programming over their subsets; outer products are orders like others. */
import { type Classes, type Inverse, inverseCost, type PathValue, productCost, solveCost } from './problem.ts'

export interface ExactProblem {
  readonly values: readonly PathValue[]
  /** What each value costs before it is multiplied. */
  readonly costs: readonly number[]
  /** The classes of the result. */
  readonly output: Classes
  readonly sizes: readonly number[]
  /** Whether the product of these values has been computed already. */
  readonly known?: ((values: readonly number[]) => boolean) | undefined
  /** The most elements a product of some of the values may have. */
  readonly memory?: number | undefined
}

export interface ExactResult {
  /** Pairs as in a path: values are numbered from 0, products after them. */
  readonly path: readonly (readonly [number, number])[]
  readonly cost: number
}

/** The most values for which the subsets are few enough: 3^12 splits are half a million. */
export const MOST_EXACT = 12

const WORD = 24
const CHUNK = 8

/**
 * The path of least cost. Of equal ones that with the fewest elements in all products, then that whose elementwise products
 * reach least far to the right. Undefined where none keeps to `memory`.
 */
export function exactPath(problem: ExactProblem): ExactResult | undefined {
  const { values, costs, known, memory = Number.POSITIVE_INFINITY } = problem
  const count = values.length
  const all = 2 ** count - 1
  const space = new Spaces(problem)
  const cost = new Float64Array(all + 1).fill(Number.POSITIVE_INFINITY)
  const elements = new Float64Array(all + 1)
  const reach = new Float64Array(all + 1)
  const split = new Int32Array(all + 1)
  const hasInverse = values.some((value) => value.inverse !== undefined)
  for (let set = 1; set <= all; set++) {
    const low = set & -set
    const rest = set ^ low
    if (rest === 0) {
      cost[set] = costs[31 - Math.clz32(set)] as number
      continue
    }
    const made = space.open(set)
    if (set !== all && made > memory) continue
    const isKnown = set !== all && known !== undefined && known(membersOf(set))
    const top = 31 - Math.clz32(set)
    let least = Number.POSITIVE_INFINITY
    let leastElements = Number.POSITIVE_INFINITY
    let leastReach = Number.POSITIVE_INFINITY
    // Splits with the lowest member on the left, each once. Of equals the last wins, which multiplies a chain from the right.
    for (let part = (rest - 1) & rest; ; part = (part - 1) & rest) {
      const left = low | part
      const right = set ^ left
      const before = (cost[left] as number) + (cost[right] as number)
      if (isKnown ? before < Number.POSITIVE_INFINITY : before <= least) {
        const sums = space.join(left, right, set)
        const points = space.points
        const own = hasInverse ? space.cost(left, right, set, points, sums) : productCost(points, sums)
        const total = isKnown ? 0 : before + own
        if (total <= least) {
          const made2 = (elements[left] as number) + (elements[right] as number) + made
          const reach2 = (reach[left] as number) + (reach[right] as number) + (sums ? 0 : top)
          const better = total < least || made2 < leastElements || (made2 === leastElements && reach2 <= leastReach)
          if (better) {
            least = total
            leastElements = made2
            leastReach = reach2
            split[set] = left
          }
        }
      }
      if (part === 0) break
    }
    cost[set] = least
    elements[set] = leastElements
    reach[set] = leastReach
  }
  const found = cost[all] as number
  return found < Number.POSITIVE_INFINITY ? { path: pathOf(split, all, count), cost: found } : undefined
}

function membersOf(set: number): number[] {
  const members: number[] = []
  for (let rest = set; rest !== 0; rest &= rest - 1) members.push(31 - Math.clz32(rest & -rest))
  return members
}

/** The splits below `all` as pairs, operands first. */
function pathOf(split: Int32Array, all: number, count: number): [number, number][] {
  const order: number[] = []
  const stack = [all]
  for (let set = stack.pop(); set !== undefined; set = stack.pop()) {
    if ((set & (set - 1)) === 0) continue
    order.push(set)
    const left = split[set] as number
    stack.push(left, set ^ left)
  }
  const number = new Map<number, number>()
  for (let k = 0; k < count; k++) number.set(1 << k, k)
  return order.reverse().map((set, k): [number, number] => {
    number.set(set, count + k)
    const left = split[set] as number
    return [number.get(left) as number, number.get(set ^ left) as number]
  })
}

/** The open labels of every subset, as bits: labels that the same values carry are one bit. */
class Spaces {
  /** The points of the product that `join` looked at last. */
  points = 1
  readonly #words: number
  /** For each subset its words in turn. */
  readonly #open: Int32Array
  /** Products of sizes, for each byte of each word. */
  readonly #tables: Float64Array[] = []
  readonly #inverses: readonly (Inverse | undefined)[]
  readonly #sizes: readonly number[]
  /** For each bit the classes that it stands for. */
  readonly #bits: { readonly classes: number[]; size: number }[] = []
  readonly #bitOf = new Map<number, number>()

  constructor({ values, output, sizes }: ExactProblem) {
    const count = values.length
    const carriers = new Map<number, number>()
    for (const [k, value] of values.entries())
      for (const c of value.classes) carriers.set(c, (carriers.get(c) ?? 0) | (1 << k))
    const wanted = new Set(output)
    const bits = new Map<number, number>()
    const masks: number[] = []
    for (const [c, mask] of carriers) {
      const key = mask + (wanted.has(c) ? 2 ** count : 0)
      let bit = bits.get(key)
      if (bit === undefined) {
        bit = this.#bits.push({ classes: [], size: 1 }) - 1
        bits.set(key, bit)
        masks.push(key)
      }
      const entry = this.#bits[bit] as { classes: number[]; size: number }
      entry.classes.push(c)
      entry.size *= sizes[c] as number
      this.#bitOf.set(c, bit)
    }
    this.#inverses = values.map((value) => value.inverse)
    this.#sizes = sizes
    this.#words = Math.max(1, Math.ceil(masks.length / WORD))
    for (let start = 0; start < this.#words * WORD; start += CHUNK) {
      const own = this.#bits.slice(start, start + CHUNK).map((entry) => entry.size)
      const table = new Float64Array(2 ** CHUNK).fill(1)
      for (let byte = 1; byte < table.length; byte++) {
        const bit = 31 - Math.clz32(byte & -byte)
        table[byte] = (table[byte & (byte - 1)] as number) * (own[bit] ?? 1)
      }
      this.#tables.push(table)
    }
    const all = 2 ** count - 1
    this.#open = new Int32Array((all + 1) * this.#words)
    for (const [bit, key] of masks.entries()) {
      const mask = key & all
      const isOutput = key > all
      const word = Math.floor(bit / WORD)
      const flag = 1 << (bit % WORD)
      for (let set = 1; set <= all; set++) {
        if ((mask & set) !== 0 && (isOutput || (mask & ~set) !== 0)) {
          const at = set * this.#words + word
          this.#open[at] = (this.#open[at] as number) | flag
        }
      }
    }
  }

  /** The elements of the product of a subset. */
  open(set: number): number {
    let n = 1
    for (let word = 0; word < this.#words; word++)
      n *= this.#elements(word, this.#open[set * this.#words + word] as number)
    return n
  }

  /** Whether the product of two subsets sums labels; leaves its points in `points`. */
  join(left: number, right: number, together: number): boolean {
    const words = this.#words
    let points = 1
    let sums = false
    for (let word = 0; word < words; word++) {
      const both = (this.#open[left * words + word] as number) | (this.#open[right * words + word] as number)
      if (both === 0) continue
      points *= this.#elements(word, both)
      if ((both & ~(this.#open[together * words + word] as number)) !== 0) sums = true
    }
    this.points = points
    return sums
  }

  /** The operations of the product of two subsets where some values are inverses. */
  cost(left: number, right: number, together: number, points: number, sums: boolean): number {
    for (const [one, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const inverse = (one & (one - 1)) === 0 ? this.#inverses[31 - Math.clz32(one)] : undefined
      if (!inverse) continue
      const shared = [...inverse.labels].filter(([c]) => this.#isOpen(other, c))
      const [first] = shared
      if (shared.length === 1 && first?.[1] === 1 && !this.#isOpen(together, first[0])) {
        return solveCost(inverse.n, this.open(other) / (this.#sizes[first[0]] as number))
      }
      return inverseCost(inverse.n) + productCost(points, true)
    }
    return productCost(points, sums)
  }

  #isOpen(set: number, c: number): boolean {
    const bit = this.#bitOf.get(c)
    if (bit === undefined) return false
    const word = this.#open[set * this.#words + Math.floor(bit / WORD)] as number
    return (word & (1 << (bit % WORD))) !== 0
  }

  #elements(word: number, bits: number): number {
    const at = word * (WORD / CHUNK)
    return (
      (this.#tables[at]?.[bits & 255] as number) *
      (this.#tables[at + 1]?.[(bits >> 8) & 255] as number) *
      (this.#tables[at + 2]?.[(bits >> 16) & 255] as number)
    )
  }
}
