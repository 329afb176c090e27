/**
 * Products that occur more than once: where two pairs of operands are the same values that meet in the same way, their product
 * is made once. An order that makes such pairs first may be cheaper than one that looks at each product alone.
 */
import { type Network, networkOf, type Path, type PathProblem } from './problem.ts'
import { PathTree } from './tree.ts'

/** A value by what it is: equal tokens are equal values, with axes in the order of `labels`. */
interface Named {
  readonly token: string
  readonly labels: readonly number[]
}

/** Whether some operands are the same value, so that products may be. */
export function hasRepeats({ operands }: PathProblem): boolean {
  const tokens = operands.flatMap(({ token }) => (token === undefined ? [] : [token]))
  return operands.length >= 4 && new Set(tokens).size < tokens.length
}

/** The operations of a path when equal products are made once. */
export function sharedCost(problem: PathProblem, network: Network, path: Path): number {
  const tree = new PathTree(problem, network, path)
  const names = problem.operands.map((_, k) => operandName(problem, k))
  const uses = usesOf(problem)
  const seen = new Map<string, string>()
  const isKnown: boolean[] = problem.operands.map(() => false)
  let cost = network.leafCosts.reduce((sum, own) => sum + own, 0)
  // A product that is known costs nothing, and neither does what only it is made of.
  const needed = new Set(tree.below(tree.root))
  for (const [k, [left, right]] of path.entries()) {
    const [a, b] = [names[left] as Named, names[right] as Named]
    const { key, labels } = pairKey(a, b, keptOf(a, b, uses))
    const node = tree.node(problem.operands.length + k)
    const isNeeded = needed.has(problem.operands.length + k)
    if (isNeeded && !node.known && !seen.has(key)) cost += node.cost
    isKnown.push(node.known)
    const token = seen.get(key) ?? `#${seen.size}`
    if (isNeeded) seen.set(key, token)
    names.push({ token, labels })
    consume(uses, a, b, labels)
  }
  return cost
}

/** Paths that make repeated pairs first, as many levels of them as there are; `rest` orders what remains. */
export function sharingPaths(problem: PathProblem, rest: (reduced: PathProblem) => Path): Path[] {
  const paths: Path[] = []
  const count = problem.operands.length
  let values = problem.operands.map((operand, k) => ({ ...operandName(problem, k), operand, at: k, members: [k] }))
  const start: [number, number][] = []
  const uses = usesOf(problem)
  const tokens = new Map<string, string>()
  while (values.length > 2) {
    const pairs = mostRepeated(values, uses)
    if (pairs.length < 2) break
    const gone = new Set<number>()
    const made: typeof values = []
    for (const [i, j] of pairs) {
      const [a, b] = [values[i] as (typeof values)[number], values[j] as (typeof values)[number]]
      const { key, labels } = pairKey(a, b, keptOf(a, b, uses))
      const token = tokens.get(key) ?? `#${tokens.size}`
      tokens.set(key, token)
      consume(uses, a, b, labels)
      start.push([a.at, b.at])
      const members = [...a.members, ...b.members]
      made.push({ token, labels, operand: { labels, token }, at: count + start.length - 1, members })
      gone.add(i).add(j)
    }
    values = [...values.filter((_, k) => !gone.has(k)), ...made]
    const { known } = problem
    const left = values
    const path = rest({
      ...problem,
      operands: left.map(({ operand }) => operand),
      ...(known && { known: (list: readonly number[]) => known(list.flatMap((k) => left[k]?.members ?? [])) }),
    })
    const offset = count + start.length
    const place = (at: number) => (at < left.length ? (left[at]?.at as number) : at - left.length + offset)
    paths.push([...start, ...path.map(([a, b]): [number, number] => [place(a), place(b)])])
  }
  return paths
}

/** The disjoint pairs whose product occurs most often. */
function mostRepeated(values: readonly Named[], uses: ReadonlyMap<number, number>): (readonly [number, number])[] {
  const carriers = new Map<number, number[]>()
  const groups = new Map<string, [number, number][]>()
  for (const [j, value] of values.entries()) {
    const others = new Set<number>()
    for (const label of value.labels) {
      const list = carriers.get(label) ?? []
      for (const i of list.slice(-8)) others.add(i)
      carriers.set(label, [...list, j])
    }
    for (const i of [...others].sort((a, b) => a - b)) {
      const a = values[i] as Named
      const { key } = pairKey(a, value, keptOf(a, value, uses))
      const list = groups.get(key)
      if (list) list.push([i, j])
      else groups.set(key, [[i, j]])
    }
  }
  let best: [number, number][] = []
  for (const list of groups.values()) {
    const taken = new Set<number>()
    const disjoint = list.filter(([i, j]) => {
      if (taken.has(i) || taken.has(j)) return false
      taken.add(i).add(j)
      return true
    })
    if (disjoint.length > best.length) best = disjoint
  }
  return best
}

function operandName({ operands }: PathProblem, k: number): Named {
  const { token, labels } = operands[k] as PathProblem['operands'][number]
  return { token: token ?? `operand ${k}`, labels }
}

function usesOf({ operands, output }: PathProblem): Map<number, number> {
  const uses = new Map<number, number>()
  for (const { labels } of [...operands, { labels: output }])
    for (const label of labels) uses.set(label, (uses.get(label) ?? 0) + 1)
  return uses
}

function keptOf(a: Named, b: Named, uses: ReadonlyMap<number, number>): Set<number> {
  const inside = (label: number) => (a.labels.includes(label) ? 1 : 0) + (b.labels.includes(label) ? 1 : 0)
  return new Set([...a.labels, ...b.labels].filter((label) => (uses.get(label) ?? 0) > inside(label)))
}

function consume(uses: Map<number, number>, a: Named, b: Named, made: readonly number[]): void {
  const add = (labels: readonly number[], by: number) => {
    for (const label of labels) uses.set(label, (uses.get(label) ?? 0) + by)
  }
  add(a.labels, -1)
  add(b.labels, -1)
  add(made, 1)
}

/** A key that does not depend on the names of labels or the order of factors, and the product's labels in its order. */
function pairKey(a: Named, b: Named, kept: ReadonlySet<number>): { readonly key: string; readonly labels: number[] } {
  const [first, second] = [numbered(a, b, kept), numbered(b, a, kept)]
  return first.key <= second.key ? first : second
}

function numbered(a: Named, b: Named, kept: ReadonlySet<number>): { readonly key: string; readonly labels: number[] } {
  const numbers = new Map<number, number>()
  const spell = ({ token, labels }: Named) => {
    const own = labels.map((label) => {
      const known = numbers.get(label) ?? numbers.size
      numbers.set(label, known)
      return kept.has(label) ? `${known}` : `-${known}`
    })
    return `${token}(${own.join()})`
  }
  const key = `${spell(a)} ${spell(b)}`
  return { key, labels: [...numbers.keys()].filter((label) => kept.has(label)) }
}

/** The cheapest of the paths when equal products are made once, and its cost then. */
export function cheapestShared(problem: PathProblem, paths: readonly Path[]): { path: Path; cost: number } {
  const network = networkOf(problem)
  const ranked = paths.map((path) => ({ path, cost: sharedCost(problem, network, path) }))
  return ranked.reduce((best, next) => (next.cost < best.cost ? next : best))
}
