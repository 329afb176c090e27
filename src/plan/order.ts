/**
 * The order in which the factors of a contraction are multiplied, two at a time.
 *
 * Up to eight factors are ordered exactly, by dynamic programming over their subsets on cost. More are ordered greedily by
 * the rule of Laue et al. 2020 (calculus.md §2, cross-country mode): the product of lowest order first. Ties fall to cost,
 * then to position, so that the order is deterministic.
 */

export interface OrderProblem {
  /** The distinct labels of each factor. */
  readonly factors: readonly { readonly labels: readonly number[]; readonly inverse?: boolean }[]
  /** The labels of the result. */
  readonly output: readonly number[]
  readonly size: (label: number) => number
  /** Whether the product of these factors, summed over what nothing else needs, has been computed already. */
  readonly known: (factors: readonly number[]) => boolean
}

/** A factor by its position, or the product of two trees. */
export type OrderTree = number | readonly [OrderTree, OrderTree]

const EXACT_FACTORS = 8
/** Labels of an exact problem are bits of a 32-bit number. */
const EXACT_LABELS = 30

/** The order for at least one factor. */
export function orderFactors(problem: OrderProblem): OrderTree {
  const count = problem.factors.length
  if (count === 1) return 0
  if (count === 2) return [0, 1]
  const labels = new Set([...problem.output, ...problem.factors.flatMap((factor) => factor.labels)])
  return count <= EXACT_FACTORS && labels.size <= EXACT_LABELS ? exact(problem, [...labels]) : greedy(problem)
}

/** The operations of A·B: multiplications over all labels, and as many additions where labels are summed. */
function productCost(size: number, sums: boolean): number {
  return sums ? 2 * size : size
}

/** The operations of a solve with an n×n matrix and `columns` right-hand sides. */
export function solveCost(n: number, columns: number): number {
  return (2 / 3) * n ** 3 + 2 * n ** 2 * columns
}

export function inverseCost(n: number): number {
  return 2 * n ** 3
}

interface Best {
  readonly cost: number
  /** Elements of all intermediates, the second criterion. */
  readonly elements: number
  /** The last positions that elementwise products reach, the third: X' * v before v * X in X'*diag(v)*X. */
  readonly reach: number
  readonly tree: OrderTree
}

function exact({ factors, output, size, known }: OrderProblem, labels: readonly number[]): OrderTree {
  const bit = new Map(labels.map((label, position) => [label, 1 << position]))
  const bits = (list: readonly number[]) => list.reduce((mask, label) => mask | (bit.get(label) ?? 0), 0)
  const sizes = labels.map(size)
  const elements = (mask: number) => sizes.reduce((product, n, k) => (mask & (1 << k) ? product * n : product), 1)
  const masks = factors.map((factor) => bits(factor.labels))
  const result = bits(output)
  const all = (1 << factors.length) - 1
  const union: number[] = [0]
  for (let set = 1; set <= all; set++) {
    const low = 31 - Math.clz32(set & -set)
    union[set] = (union[set & (set - 1)] ?? 0) | (masks[low] ?? 0)
  }
  const open = (set: number) => (union[set] ?? 0) & (result | (union[all & ~set] ?? 0))

  const pairCost = (a: number, b: number, together: number): number => {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const position = 31 - Math.clz32(one)
      if (one & (one - 1) || !factors[position]?.inverse) continue
      const shared = (union[one] ?? 0) & open(other)
      const n = Math.sqrt(elements(union[one] ?? 0))
      const solvable = shared !== 0 && (shared & (shared - 1)) === 0 && (shared & open(together)) === 0
      if (solvable) return solveCost(n, elements(open(other) & ~shared))
      return inverseCost(n) + productCost(elements(open(one) | open(other)), true)
    }
    const space = open(a) | open(b)
    return productCost(elements(space), (space & ~open(together)) !== 0)
  }

  const best: Best[] = []
  for (let set = 1; set <= all; set++) {
    const members = factors.map((_, k) => k).filter((k) => set & (1 << k))
    if (members.length === 1) {
      const mask = union[set] ?? 0
      best[set] = { cost: open(set) === mask ? 0 : elements(mask), elements: 0, reach: 0, tree: members[0] ?? 0 }
      continue
    }
    const free = set !== all && known(members)
    let found: Best | undefined
    // Splits with the lowest member on the left, each once.
    const low = set & -set
    const rest = set & ~low
    for (let part = (rest - 1) & rest; ; part = (part - 1) & rest) {
      const left = low | part
      const right = set & ~left
      const a = best[left]
      const b = best[right]
      if (a && b) {
        const cost = free ? 0 : a.cost + b.cost + pairCost(left, right, set)
        const total = a.elements + b.elements + elements(open(set))
        const space = open(left) | open(right)
        const reach = a.reach + b.reach + (space & ~open(set) ? 0 : 31 - Math.clz32(set))
        const next: Best = { cost, elements: total, reach, tree: [a.tree, b.tree] }
        // Of equals the last wins, which multiplies a chain from the right.
        if (!found || compare(next, found) <= 0) found = next
      }
      if (part === 0) break
    }
    if (found) best[set] = found
  }
  return best[all]?.tree ?? 0
}

function compare(a: Best, b: Best): number {
  return a.cost - b.cost || a.elements - b.elements || a.reach - b.reach
}

/** Repeatedly multiplies the pair whose product has the lowest order. */
function greedy({ factors, output, size, known }: OrderProblem): OrderTree {
  interface Item {
    readonly tree: OrderTree
    readonly members: readonly number[]
    readonly labels: ReadonlySet<number>
  }
  const uses = new Map<number, number>()
  const count = (labels: Iterable<number>, by: number) => {
    for (const label of labels) uses.set(label, (uses.get(label) ?? 0) + by)
  }
  count(new Set(output), 1)
  const items: Item[] = factors.map((factor, k) => ({ tree: k, members: [k], labels: new Set(factor.labels) }))
  for (const item of items) count(item.labels, 1)

  const product = (a: Item, b: Item) => {
    const space = new Set([...a.labels, ...b.labels])
    const kept = [...space].filter((label) => {
      const inside = (a.labels.has(label) ? 1 : 0) + (b.labels.has(label) ? 1 : 0)
      return (uses.get(label) ?? 0) > inside
    })
    const elements = [...space].reduce((n, label) => n * size(label), 1)
    return { kept, cost: productCost(elements, kept.length < space.size) }
  }
  while (items.length > 1) {
    let found: { a: number; b: number; order: number; cost: number; kept: readonly number[] } | undefined
    for (let a = 0; a < items.length; a++) {
      for (let b = a + 1; b < items.length; b++) {
        const left = items[a]
        const right = items[b]
        if (!left || !right) continue
        const { kept, cost } = product(left, right)
        if (found && kept.length > found.order) continue
        const paid = known([...left.members, ...right.members]) ? 0 : cost
        if (!found || kept.length < found.order || paid < found.cost) {
          found = { a, b, order: kept.length, cost: paid, kept }
        }
      }
    }
    const left = found && items[found.a]
    const right = found && items[found.b]
    if (!found || !left || !right) break
    count(left.labels, -1)
    count(right.labels, -1)
    count(found.kept, 1)
    items[found.a] = {
      tree: [left.tree, right.tree],
      members: [...left.members, ...right.members],
      labels: new Set(found.kept),
    }
    items.splice(found.b, 1)
  }
  return items[0]?.tree ?? 0
}
