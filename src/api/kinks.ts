/** Where an expression has no derivative, and what is taken for it there. */
import { elementwiseFunction, generalFunction } from '../functions/index.ts'
import { type Node, operands } from '../tensor/node.ts'
import { postorder } from '../tensor/walk.ts'
import type { Expression } from './expression.ts'
import { nodeWriter } from './node-text.ts'

/** The most sentences; more would hide the result. */
const MOST = 3

/** One sentence for each subexpression by which a derivative needs a convention: `abs(A*x): the derivative at 0 is 0.` */
export function conventionNotes(expression: Expression, wrt: Iterable<string>): string[] {
  const names = new Set(wrt)
  const depends = new Set<Node>()
  const write = nodeWriter(expression)
  const notes = new Set<string>()
  for (const node of postorder([expression.working])) {
    const isOf = operands(node).some((operand) => depends.has(operand.node))
    if (isOf || (node.kind === 'variable' && names.has(node.name))) depends.add(node)
    if (!isOf || notes.size === MOST) continue
    const convention = conventionOf(node, depends)
    if (convention !== undefined) notes.add(`${write(node)}: ${convention[0]?.toLowerCase()}${convention.slice(1)}`)
  }
  return [...notes]
}

function conventionOf(node: Node, depends: ReadonlySet<Node>): string | undefined {
  if (node.kind === 'general') return generalFunction(node.name).convention
  if (node.kind !== 'map') return undefined
  // A condition has kinks where what it chooses by has: its branches have none.
  if (node.name === 'where' && !(node.args[0] && depends.has(node.args[0].node))) return undefined
  return elementwiseFunction(node.name).convention
}
