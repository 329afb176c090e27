/** A binary heap: the item of least priority first. */
export class Heap<T> {
  readonly #entries: { item: T; priority: number }[] = []

  push(item: T, priority: number): void {
    const entries = this.#entries
    let at = entries.length
    entries.push({ item, priority })
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((entries[parent] as { priority: number }).priority <= priority) break
      entries[at] = entries[parent] as { item: T; priority: number }
      at = parent
    }
    entries[at] = { item, priority }
  }

  pop(): { item: T; priority: number } | undefined {
    const entries = this.#entries
    const top = entries[0]
    const last = entries.pop()
    if (entries.length === 0 || !last) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= entries.length) break
      const right = entries[child + 1]
      if (right && right.priority < (entries[child] as typeof last).priority) child++
      const smaller = entries[child] as typeof last
      if (smaller.priority >= last.priority) break
      entries[at] = smaller
      at = child
    }
    entries[at] = last
    return top
  }
}
