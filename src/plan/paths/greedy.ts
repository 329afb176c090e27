/**
 * Orders found by always multiplying the pair that scores least, in near-linear time: only operands that share a label are
 * candidates, and a label that many carry makes candidates once few are left.
 */
import { Heap } from '../../differentiate/heap.ts'
import { PairHeap } from './heap.ts'
import { type Classes, elementsOf, type Network, union } from './problem.ts'

/** Judges the product of values with so many elements; the least is multiplied first. */
export type Score = (product: Product) => number

export interface Product {
  readonly left: number
  readonly right: number
  /** Elements of both factors, of the product, and points of the space that it sums. */
  readonly leftElements: number
  readonly rightElements: number
  readonly elements: number
  readonly points: number
  /** The number of labels of the product. */
  readonly order: number
}

/** Labels that more values carry make no candidates. */
const MOST_CARRIERS = 24

interface Value {
  readonly classes: Classes
  readonly elements: number
}

/** A path by repeated choice of the least score. `first` are pairs of operands that are multiplied before all others. */
export function greedyPath(
  network: Network,
  score: Score,
  first: readonly (readonly [number, number])[] = [],
): [number, number][] {
  return new Greedy(network, score).run(first)
}

class Greedy {
  readonly #network: Network
  readonly #score: Score
  readonly #values: (Value | undefined)[] = []
  /** For each class the values that carry it, and how many uses are left, the output's included. */
  readonly #carriers: Set<number>[]
  readonly #uses: number[]
  readonly #candidates = new PairHeap()
  readonly #smallest = new Heap<number>()
  readonly #path: [number, number][] = []
  #live = 0

  constructor(network: Network, score: Score) {
    this.#network = network
    this.#score = score
    this.#uses = [...network.uses]
    this.#carriers = network.uses.map(() => new Set())
    for (const classes of network.operands) this.#add(classes)
  }

  run(first: readonly (readonly [number, number])[]): [number, number][] {
    for (const [a, b] of first) if (this.#values[a] && this.#values[b]) this.#multiply(a, b)
    for (const carriers of this.#carriers) this.#push(carriers)
    while (this.#live > 1) {
      const pair = this.#candidates.pop() ?? this.#leftOver()
      if (pair && this.#values[pair[0]] && this.#values[pair[1]]) this.#meet(this.#multiply(...pair))
    }
    return this.#path
  }

  #add(classes: Classes): number {
    const elements = elementsOf(this.#network, classes)
    const id = this.#values.push({ classes, elements }) - 1
    for (const c of classes) this.#carriers[c]?.add(id)
    this.#smallest.push(id, elements)
    this.#live++
    return id
  }

  /** The classes that the product of two values keeps. */
  #kept(a: Value, b: Value): Classes {
    const shared = new Set(a.classes.filter((c) => b.classes.includes(c)))
    return union(a.classes, b.classes).filter((c) => (this.#uses[c] as number) > (shared.has(c) ? 2 : 1))
  }

  #multiply(left: number, right: number): number {
    const [a, b] = [this.#values[left] as Value, this.#values[right] as Value]
    const kept = this.#kept(a, b)
    for (const [id, value] of [
      [left, a],
      [right, b],
    ] as const) {
      this.#values[id] = undefined
      for (const c of value.classes) {
        this.#uses[c] = (this.#uses[c] as number) - 1
        this.#carriers[c]?.delete(id)
      }
    }
    for (const c of kept) this.#uses[c] = (this.#uses[c] as number) + 1
    this.#live -= 2
    this.#path.push([left, right])
    return this.#add(kept)
  }

  /** Makes candidates of a new value. */
  #meet(id: number): void {
    const value = this.#values[id] as Value
    const others = new Set<number>()
    for (const c of value.classes) {
      const carriers = this.#carriers[c] as Set<number>
      if (carriers.size > MOST_CARRIERS) continue
      // A label that has just become rare makes candidates of all its carriers.
      if (carriers.size === MOST_CARRIERS) this.#push(carriers)
      else for (const other of carriers) if (other !== id) others.add(other)
    }
    for (const other of others) this.#candidate(other, id)
  }

  #push(carriers: ReadonlySet<number>): void {
    if (carriers.size > MOST_CARRIERS) return
    const list = [...carriers]
    for (const [k, a] of list.entries()) for (const b of list.slice(k + 1)) this.#candidate(a, b)
  }

  #candidate(left: number, right: number): void {
    const product = this.#product(left, right)
    this.#candidates.push(Math.min(left, right), Math.max(left, right), this.#score(product))
  }

  /** One pass over the classes of both, without a list of them: this is where the time goes. */
  #product(left: number, right: number): Product {
    const [a, b] = [this.#values[left] as Value, this.#values[right] as Value]
    const { sizes } = this.#network
    const [x, y] = [a.classes, b.classes]
    let points = 1
    let elements = 1
    let order = 0
    let i = 0
    let j = 0
    while (i < x.length || j < y.length) {
      const p = i < x.length ? (x[i] as number) : Number.POSITIVE_INFINITY
      const q = j < y.length ? (y[j] as number) : Number.POSITIVE_INFINITY
      const c = p < q ? p : q
      const size = sizes[c] as number
      points *= size
      if ((this.#uses[c] as number) > (p === q ? 2 : 1)) {
        elements *= size
        order++
      }
      if (p === c) i++
      if (q === c) j++
    }
    return { left, right, leftElements: a.elements, rightElements: b.elements, elements, points, order }
  }

  /** The smallest value and what suits it best of those that share a label with it, or the next smallest. */
  #leftOver(): [number, number] | undefined {
    const a = this.#nextSmallest()
    if (a === undefined) return undefined
    const partners: number[] = []
    for (const c of (this.#values[a] as Value).classes) {
      for (const other of this.#carriers[c] as Set<number>) {
        if (other !== a) partners.push(other)
        if (partners.length >= MOST_CARRIERS) break
      }
    }
    let best: { readonly id: number; readonly score: number } | undefined
    for (const id of partners) {
      const score = this.#score(this.#product(a, id))
      if (!best || score < best.score) best = { id, score }
    }
    const b = best?.id ?? this.#nextSmallest()
    if (b === undefined) return undefined
    if (best) this.#smallest.push(a, (this.#values[a] as Value).elements)
    return [a, b]
  }

  #nextSmallest(): number | undefined {
    for (let entry = this.#smallest.pop(); entry; entry = this.#smallest.pop()) {
      if (this.#values[entry.item]) return entry.item
    }
    return undefined
  }
}
