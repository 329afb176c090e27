/** Walks over a graph: iterative, each node once, so that depth never meets the stack. */
import { type Node, operands } from './node.ts'

/** Every node reachable from the roots, operands before the nodes that use them. */
export function postorder(roots: readonly Node[]): Node[] {
  const order: Node[] = []
  const seen = new Set<Node>()
  const stack: { node: Node; next: number }[] = []
  for (const root of roots) {
    if (seen.has(root)) continue
    seen.add(root)
    stack.push({ node: root, next: 0 })
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const child = operands(top.node)[top.next++]?.node
      if (!child) {
        order.push(top.node)
        stack.pop()
      } else if (!seen.has(child)) {
        seen.add(child)
        stack.push({ node: child, next: 0 })
      }
    }
  }
  return order
}

/** How often each node occurs as an operand below the roots; roots count once more. `order` is their postorder, if known. */
export function useCounts(roots: readonly Node[], order: readonly Node[] = postorder(roots)): Map<Node, number> {
  const uses = new Map<Node, number>()
  const count = (node: Node) => uses.set(node, (uses.get(node) ?? 0) + 1)
  for (const node of order) for (const operand of operands(node)) count(operand.node)
  for (const root of roots) count(root)
  return uses
}
