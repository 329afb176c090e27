/**
 * The syntax tree: what `parse` returns and the resolver reads. Immutable, closed, every node with its place.
 *
 * Round brackets leave no node. A node's span covers its own text without brackets around it, but a parent's span
 * includes the brackets around its operands: in `(a+b)*c` the sum spans `a+b` and the product the whole.
 *
 * Trees are as deep as their text is long (`a+b+c+…`, `A''''…`), so consumers walk them with walk.ts, never by recursion.
 */

import type { Span } from '../errors.ts'

export interface Program {
  readonly kind: 'program'
  readonly span: Span
  /** At least one. All but the last bind, unless the text has problems. */
  readonly statements: readonly Statement[]
}

export type Statement = BindStatement | IndexedBindStatement | ExpressionStatement

/** `name = value` */
export interface BindStatement {
  readonly kind: 'bind'
  readonly span: Span
  readonly target: Identifier
  readonly value: SyntaxNode
}

/** `C[i,j] = value`; a label may stand twice here, which the resolver refuses. */
export interface IndexedBindStatement {
  readonly kind: 'bindIndexed'
  readonly span: Span
  readonly target: Identifier
  readonly labels: readonly Identifier[]
  readonly value: SyntaxNode
}

export interface ExpressionStatement {
  readonly kind: 'expression'
  readonly span: Span
  readonly value: SyntaxNode
}

/** A name that is no operand: a function, a bound name, an index label, the name of an argument. */
export interface Identifier {
  readonly name: string
  readonly span: Span
}

export type SyntaxNode =
  | NumberNode
  | NameNode
  | StringNode
  | UnaryNode
  | BinaryNode
  | TransposeNode
  | CallNode
  | BinderNode
  | IndexNode
  | ErrorNode

/** A literal: `text` as written (`2`, `.5`, `1e-3`, `2.`), for its exact value; `value` is the nearest float64, finite. */
export interface NumberNode {
  readonly kind: 'number'
  readonly span: Span
  readonly text: string
  readonly value: number
}

export interface NameNode {
  readonly kind: 'name'
  readonly span: Span
  readonly name: string
}

/** Text in quotes, `value` without them. There are no escapes. */
export interface StringNode {
  readonly kind: 'string'
  readonly span: Span
  readonly value: string
}

export type UnaryOperator = '+' | '-'

export interface UnaryNode {
  readonly kind: 'unary'
  readonly span: Span
  readonly operator: UnaryOperator
  readonly operatorSpan: Span
  readonly operand: SyntaxNode
}

export type ComparisonOperator = '<' | '<=' | '>' | '>=' | '==' | '!='

/** In ASCII whatever was written: `@ · ×` are `*`, `⊙ ∘` are `.*`, `⊘` is `./`; `⊗` is `kron`. */
export type BinaryOperator = '+' | '-' | '*' | '/' | '.*' | './' | '^' | '.^' | 'kron' | ComparisonOperator

/** `==` and `!=` stand in the conditions of a binder only. */
export interface BinaryNode {
  readonly kind: 'binary'
  readonly span: Span
  readonly operator: BinaryOperator
  readonly operatorSpan: Span
  readonly left: SyntaxNode
  readonly right: SyntaxNode
}

/** `A'`, `A.'`, `Aᵀ`, `A′` */
export interface TransposeNode {
  readonly kind: 'transpose'
  readonly span: Span
  readonly operand: SyntaxNode
}

/** `axis=1` */
export interface NamedArgument {
  readonly name: Identifier
  readonly span: Span
  readonly value: SyntaxNode
}

/** `callee(args, name=value)`; the callee may be any name, known or not. */
export interface CallNode {
  readonly kind: 'call'
  readonly span: Span
  readonly callee: Identifier
  readonly args: readonly SyntaxNode[]
  readonly named: readonly NamedArgument[]
}

/** `sum[i,j: i<j and j<=3](args)`: at least one label; each condition is a comparison (or an error node). */
export interface BinderNode {
  readonly kind: 'binder'
  readonly span: Span
  readonly callee: Identifier
  readonly labels: readonly Identifier[]
  readonly conditions: readonly SyntaxNode[]
  readonly args: readonly SyntaxNode[]
  readonly named: readonly NamedArgument[]
}

/** `base[entries]`: at least one entry. */
export interface IndexNode {
  readonly kind: 'index'
  readonly span: Span
  readonly base: SyntaxNode
  readonly entries: readonly IndexEntry[]
}

export type IndexEntry = LabelEntry | NumberEntry | EndEntry | AllEntry | RangeEntry | OtherEntry

/** A name. */
export interface LabelEntry {
  readonly kind: 'label'
  readonly span: Span
  readonly name: string
}

/** An unsigned literal, not checked to be a whole number. */
export interface NumberEntry {
  readonly kind: 'number'
  readonly span: Span
  readonly text: string
  readonly value: number
}

/** `end` */
export interface EndEntry {
  readonly kind: 'end'
  readonly span: Span
}

/** `:` alone */
export interface AllEntry {
  readonly kind: 'all'
  readonly span: Span
}

/** `1:3`, `2:`, `1:2:9`: not in the language, kept for a good error. `parts` are the expressions between the colons. */
export interface RangeEntry {
  readonly kind: 'range'
  readonly span: Span
  readonly parts: readonly SyntaxNode[]
}

/** `i+1`, `-1`, `f(x)`, an error node: not in the language, kept for a good error. */
export interface OtherEntry {
  readonly kind: 'other'
  readonly span: Span
  readonly value: SyntaxNode
}

/** Text that could not be read, with what could be read of it. There is a problem for it, unless very many came before. */
export interface ErrorNode {
  readonly kind: 'error'
  readonly span: Span
  readonly parts: readonly SyntaxNode[]
}
