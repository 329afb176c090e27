/** Improves a tree part by part: each product is given the best order of the few values that it is made of. */
import { exactPath } from './exact.ts'
import type { Classes } from './problem.ts'
import { MOST_KNOWN, type PathTree } from './tree.ts'

/**
 * Replaces the part below each product by the best order of its `width` largest factors, round by round, as long as it gets
 * cheaper (or comes under the memory bound) and for at most `rounds`. Each round takes time linear in the tree.
 */
export function refine(tree: PathTree, width: number, rounds: number): void {
  const tried = new Map<number, string>()
  for (let round = 0; round < rounds; round++) {
    let improved = false
    for (const top of tree.below(tree.root)) {
      const { left, known } = tree.node(top)
      if (left >= 0 && !known && improve(tree, top, width, tried)) improved = true
    }
    if (!improved) return
  }
}

function improve(tree: PathTree, top: number, width: number, tried: Map<number, string>): boolean {
  const { problem, network } = tree
  const { parts, inside } = partsOf(tree, top, width)
  const key = parts.join()
  if (parts.length < 3 || tried.get(top) === key) return false
  tried.set(top, key)
  const memory = problem.memory ?? Number.POSITIVE_INFINITY
  const before = inside.reduce((sum, at) => sum + tree.node(at).cost, 0)
  const isOver = inside.some((at) => at !== top && tree.node(at).elements > memory)
  const { known } = problem
  const found = exactPath({
    values: parts.map((part) => tree.value(part)),
    costs: parts.map(() => 0),
    output: tree.node(top).classes,
    sizes: network.sizes,
    memory: problem.memory,
    known: known && ((values) => isKnown(tree, values, parts)),
  })
  if (!found || !(found.cost < before * (1 - 1e-12) || isOver)) return false
  replace(tree, top, parts, found.path)
  return true
}

function isKnown(tree: PathTree, values: readonly number[], parts: readonly number[]): boolean {
  const members: number[] = []
  for (const k of values) {
    const own = tree.node(parts[k] as number).members
    if (!own || members.length + own.length > MOST_KNOWN) return false
    members.push(...own)
  }
  return tree.problem.known?.(members) === true
}

/** The values that a product is made of, the costliest products opened until there are `width`; `inside` are those opened. */
function partsOf(tree: PathTree, top: number, width: number): { readonly parts: number[]; readonly inside: number[] } {
  const inside = [top]
  const parts = [tree.node(top).left, tree.node(top).right]
  while (parts.length < width) {
    let at = -1
    let most = -1
    for (const [k, part] of parts.entries()) {
      const { left, known, cost } = tree.node(part)
      if (left >= 0 && !known && cost > most) {
        at = k
        most = cost
      }
    }
    const part = parts[at]
    if (part === undefined) break
    inside.push(part)
    parts.splice(at, 1, tree.node(part).left, tree.node(part).right)
  }
  return { parts, inside }
}

/** Makes the product at `top` of its parts in another order; it stays in its place, so that what is above need not know. */
function replace(
  tree: PathTree,
  top: number,
  parts: readonly number[],
  path: readonly (readonly [number, number])[],
): void {
  const uses = new Map<number, number>()
  const count = (classes: Classes, by: number) => {
    for (const c of classes) uses.set(c, (uses.get(c) ?? 0) + by)
  }
  for (const part of parts) count(tree.node(part).classes, 1)
  count(tree.node(top).classes, 1)
  const positions = [...parts]
  for (const [a, b] of path) {
    const [left, right] = [positions[a] as number, positions[b] as number]
    const [one, other] = [tree.node(left).classes, tree.node(right).classes]
    count(one, -1)
    count(other, -1)
    const kept = [...new Set([...one, ...other])].filter((c) => (uses.get(c) ?? 0) > 0).sort((x, y) => x - y)
    count(kept, 1)
    positions.push(tree.add(left, right, kept))
  }
  const made = tree.nodes.pop()
  if (made) Object.assign(tree.node(top), { left: made.left, right: made.right, cost: made.cost })
}
