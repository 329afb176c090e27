/** Pairs of values by their score; of equal ones the pair whose values are older comes first, so that paths are stable. */
export class PairHeap {
  readonly #scores: number[] = []
  readonly #left: number[] = []
  readonly #right: number[] = []

  /** `left` < `right`. */
  push(left: number, right: number, score: number): void {
    let at = this.#scores.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#precedes(score, left, right, parent)) break
      this.#move(parent, at)
      at = parent
    }
    this.#set(at, left, right, score)
  }

  pop(): [number, number] | undefined {
    const last = this.#scores.length - 1
    if (last < 0) return undefined
    const top: [number, number] = [this.#left[0] as number, this.#right[0] as number]
    const [left, right, score] = [this.#left.pop() as number, this.#right.pop() as number, this.#scores.pop() as number]
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= last) break
      if (child + 1 < last && this.#isBefore(child + 1, child)) child++
      if (this.#precedes(score, left, right, child)) break
      this.#move(child, at)
      at = child
    }
    if (last > 0) this.#set(at, left, right, score)
    return top
  }

  #set(at: number, left: number, right: number, score: number): void {
    this.#left[at] = left
    this.#right[at] = right
    this.#scores[at] = score
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#left[from] as number, this.#right[from] as number, this.#scores[from] as number)
  }

  #isBefore(a: number, b: number): boolean {
    return this.#precedes(this.#scores[a] as number, this.#left[a] as number, this.#right[a] as number, b)
  }

  #precedes(score: number, left: number, right: number, other: number): boolean {
    const theirs = this.#scores[other] as number
    if (score !== theirs) return score < theirs
    const newer = this.#right[other] as number
    return right !== newer ? right < newer : left < (this.#left[other] as number)
  }
}
