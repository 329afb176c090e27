/** What the reader keeps while it reads: operands, operators that wait for their right side, and open brackets. */
import type { Span } from '../errors.ts'
import type { Operator } from './lexer.ts'
import type { Identifier, IndexEntry, NamedArgument, SyntaxNode, UnaryOperator } from './tree.ts'

/** How tightly operators bind. Within an exponent signs bind tighter than the power: `a^-b^c` is `(a^(-b))^c`. */
export const level = { and: 0, comparison: 1, sum: 2, product: 3, sign: 4, power: 5, exponentSign: 6 }

export const levels: { readonly [O in Operator]: number } = {
  and: level.and,
  '<': level.comparison,
  '<=': level.comparison,
  '>': level.comparison,
  '>=': level.comparison,
  '==': level.comparison,
  '!=': level.comparison,
  '+': level.sum,
  '-': level.sum,
  '*': level.product,
  '/': level.product,
  '.*': level.product,
  './': level.product,
  kron: level.product,
  '^': level.power,
  '.^': level.power,
}

/** A node and the place it takes, brackets around it included; `joined` are the two sides of an `and`. */
export interface Operand {
  readonly node: SyntaxNode
  readonly start: number
  readonly end: number
  readonly joined: readonly [Operand, Operand] | undefined
}

/** An operator whose right side is still being read. A bad one has been reported and becomes an error node. */
export type Pending = { readonly level: number; readonly span: Span; readonly bad: boolean } & (
  | { readonly kind: 'unary'; readonly operator: UnaryOperator }
  | { readonly kind: 'binary'; readonly operator: Operator }
)

export interface FrameBase {
  /** Index of the opening bracket among the tokens, -1 for a statement. */
  readonly open: number
  readonly start: number
  /** Heights of the stacks where the frame begins. */
  readonly operands: number
  readonly pending: number
  /** Whether `and`, `==` and `!=` may stand here. */
  readonly conditional: boolean
}

export interface StatementFrame extends FrameBase {
  readonly kind: 'statement'
  target: { readonly name: Identifier; readonly labels: readonly Identifier[] | undefined } | undefined
  /** What stands before a `=` and cannot be bound. */
  badTarget: SyntaxNode | undefined
}

export interface GroupFrame extends FrameBase {
  readonly kind: 'group'
}

/** What stands in the square brackets of a binder. A bad one has been reported. */
export interface BinderHead {
  readonly labels: readonly Identifier[]
  readonly conditions: readonly SyntaxNode[]
  readonly bad: boolean
}

/** The arguments of a call or of a binder. */
export interface CallFrame extends FrameBase {
  readonly kind: 'call'
  readonly callee: Identifier
  readonly head: BinderHead | undefined
  readonly args: SyntaxNode[]
  readonly named: NamedArgument[]
  /** Of the argument being read. */
  name: Identifier | undefined
}

export interface IndexFrame extends FrameBase {
  readonly kind: 'index'
  readonly base: SyntaxNode
  readonly entries: IndexEntry[]
  /** Of the entry being read: its first token, the expressions before its last colon, the number of colons. */
  entryStart: number
  parts: SyntaxNode[]
  colons: number
}

/** The conditions of a binder, after its labels. */
export interface ConditionFrame extends FrameBase {
  readonly kind: 'conditions'
  readonly callee: Identifier
  readonly labels: readonly Identifier[]
  readonly bad: boolean
}

export type Frame = StatementFrame | GroupFrame | CallFrame | IndexFrame | ConditionFrame

/** The conditions that an operand joins by `and`, or its only node. */
export function sides(operand: Operand): SyntaxNode[] {
  const nodes: SyntaxNode[] = []
  const stack = [operand]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.joined === undefined) nodes.push(next.node)
    else stack.push(next.joined[1], next.joined[0])
  }
  return nodes
}

/** What a frame has read so far, for the error node that takes its place. */
export function frameParts(frame: Frame): SyntaxNode[] {
  if (frame.kind === 'call') {
    return [...(frame.head?.conditions ?? []), ...frame.args, ...frame.named.map((argument) => argument.value)]
  }
  if (frame.kind !== 'index') return []
  const parts = [frame.base]
  for (const entry of frame.entries) {
    if (entry.kind === 'range') for (const part of entry.parts) parts.push(part)
    else if (entry.kind === 'other') parts.push(entry.value)
  }
  for (const part of frame.parts) parts.push(part)
  return parts
}
