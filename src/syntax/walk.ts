/** Walks over syntax trees with a stack of their own: trees are as deep as texts are long. */

import type { SyntaxNode } from './tree.ts'

const none: readonly SyntaxNode[] = []

/**
 * The node's direct operands: of a binder its conditions first, of a call its named arguments last, of an index its base
 * and then the expressions among its entries.
 */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  switch (node.kind) {
    case 'number':
    case 'name':
    case 'string':
      return none
    case 'unary':
    case 'transpose':
      return [node.operand]
    case 'binary':
      return [node.left, node.right]
    case 'call':
      return node.named.length === 0 ? node.args : [...node.args, ...node.named.map((argument) => argument.value)]
    case 'binder':
      return [...node.conditions, ...node.args, ...node.named.map((argument) => argument.value)]
    case 'index': {
      const children = [node.base]
      for (const entry of node.entries) {
        if (entry.kind === 'range') for (const part of entry.parts) children.push(part)
        else if (entry.kind === 'other') children.push(entry.value)
      }
      return children
    }
    case 'error':
      return node.parts
  }
}

/** Every node below and including `root`, each before its operands, left to right. Return false to skip the operands. */
export function walkTree(root: SyntaxNode, visit: (node: SyntaxNode) => unknown): void {
  const stack = [root]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (visit(node) === false) continue
    const children = childrenOf(node)
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i] as SyntaxNode)
  }
}

/**
 * The tree's value from below: `combine` gets each node after its operands, with their values in the order of
 * `childrenOf`. Linear in the number of nodes.
 */
export function foldTree<Value>(
  root: SyntaxNode,
  combine: (node: SyntaxNode, values: readonly Value[]) => Value,
): Value {
  // A node enters the stack twice: first to push its operands, then (as a count of them) to combine their values.
  const nodes: SyntaxNode[] = [root]
  const counts: number[] = [-1]
  const values: Value[] = []
  while (nodes.length > 0) {
    const node = nodes.pop() as SyntaxNode
    const count = counts.pop() as number
    if (count >= 0) {
      values.push(combine(node, values.splice(values.length - count, count)))
      continue
    }
    const children = childrenOf(node)
    nodes.push(node)
    counts.push(children.length)
    for (let i = children.length - 1; i >= 0; i--) {
      nodes.push(children[i] as SyntaxNode)
      counts.push(-1)
    }
  }
  return values[0] as Value
}
