/** Nodes within a result as text that reads back, to tell people which is which. */
import { print } from '../notation/index.ts'
import type { Node } from '../tensor/node.ts'
import type { Expression } from './expression.ts'

/** Prints nodes of an expression or of its derivatives, each once. */
export function nodeWriter(expression: Expression): (node: Node) => string {
  const options = {
    variables: [...expression.variables.keys()],
    rows: expression.rowVariables,
    sizes: expression.variableSizes,
  }
  const known = new Map<Node, string>()
  return (node) => {
    const text = known.get(node) ?? print(node, options).text()
    known.set(node, text)
    return text
  }
}
