/** A path as a binary tree whose nodes know what they hold and cost; parts of it can be replaced. */
import { type Classes, elementsOf, type Network, type Path, type PathProblem, pairCost, union } from './problem.ts'

/** A product known to be computed already is looked for among at most so many operands. */
export const MOST_KNOWN = 8

export interface TreeNode {
  readonly classes: Classes
  readonly elements: number
  /** The positions of both factors; operands have none. */
  left: number
  right: number
  /** The operations of this product alone; of an operand those that sum its own labels. */
  cost: number
  /** The operands below, as long as they are few. */
  readonly members: readonly number[] | undefined
  /** Whether the value has been computed already, so that neither it nor what is below costs anything. */
  readonly known: boolean
}

export class PathTree {
  readonly problem: PathProblem
  readonly network: Network
  readonly nodes: TreeNode[] = []
  root: number

  constructor(problem: PathProblem, network: Network, path: Path) {
    this.problem = problem
    this.network = network
    const count = network.operands.length
    const live = [...network.uses]
    for (const [k, classes] of network.operands.entries()) {
      const cost = network.leafCosts[k] as number
      const elements = elementsOf(network, classes)
      this.nodes.push({ classes, elements, left: -1, right: -1, cost, members: [k], known: false })
    }
    for (const [left, right] of path) {
      const [a, b] = [this.node(left).classes, this.node(right).classes]
      const space = union(a, b)
      const both = a.length + b.length > space.length ? new Set(b) : undefined
      const own = both && new Set(a)
      const kept = space.filter((c) => (live[c] as number) > (both?.has(c) && own?.has(c) ? 2 : 1))
      for (const list of [a, b]) for (const c of list) live[c] = (live[c] as number) - 1
      for (const c of kept) live[c] = (live[c] as number) + 1
      this.add(left, right, kept)
    }
    this.root = count + path.length - 1
  }

  node(position: number): TreeNode {
    return this.nodes[position] as TreeNode
  }

  /** What multiplies: operands that are inverses say so. */
  value(position: number) {
    return { classes: this.node(position).classes, inverse: this.network.inverses[position] }
  }

  add(left: number, right: number, kept: Classes): number {
    const { known } = this.problem
    const [a, b] = [this.node(left), this.node(right)]
    const isSmall = a.members && b.members && a.members.length + b.members.length <= MOST_KNOWN
    const members = isSmall && known ? [...(a.members ?? []), ...(b.members ?? [])] : undefined
    return (
      this.nodes.push({
        classes: kept,
        elements: elementsOf(this.network, kept),
        left,
        right,
        cost: pairCost(this.network, this.value(left), this.value(right), kept),
        members,
        known: members !== undefined && members.length < this.network.operands.length && known?.(members) === true,
      }) - 1
    )
  }

  /** The positions below `top`, factors before products; what is known counts as an operand. */
  below(top: number): number[] {
    const order: number[] = []
    const stack = [top]
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      order.push(at)
      const { left, right, known } = this.node(at)
      if (left >= 0 && !known) stack.push(left, right)
    }
    return order.reverse()
  }

  get cost(): number {
    return this.below(this.root).reduce((sum, at) => sum + (this.node(at).known ? 0 : this.node(at).cost), 0)
  }

  /** Elements of the largest product but the result. */
  get largest(): number {
    const inner = this.below(this.root).filter((at) => at !== this.root && this.node(at).left >= 0)
    return inner.reduce((most, at) => Math.max(most, this.node(at).elements), 0)
  }

  path(): [number, number][] {
    const count = this.network.operands.length
    const number = new Map<number, number>()
    for (let k = 0; k < count; k++) number.set(k, k)
    const path: [number, number][] = []
    const stack = [this.root]
    const order: number[] = []
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const { left, right } = this.node(at)
      if (left < 0) continue
      order.push(at)
      stack.push(left, right)
    }
    for (const at of order.reverse()) {
      const { left, right } = this.node(at)
      number.set(at, count + path.length)
      path.push([number.get(left) as number, number.get(right) as number])
    }
    return path
  }
}
