/** Python source as a tree: a well-kept parser's, with what is asked of its nodes here. */
import type { SyntaxNode } from '@lezer/common'
import { parser } from '@lezer/python'
import { EincalcError, type ErrorCode } from '../../errors.ts'

export type { SyntaxNode }

/** The source of one file. */
export class Source {
  readonly text: string
  readonly root: SyntaxNode

  constructor(text: string) {
    this.text = text
    this.root = parser.parse(text).topNode
  }

  /** Throws `SyntaxError` where something below a node is no Python. What is not read need not be. */
  requireSound(node: SyntaxNode): void {
    node.cursor().iterate((each) => {
      const isError = each.type.isError && !this.isNumber(each.node.parent)
      if (isError) this.fail(each.node, 'this is not read as Python', undefined, 'SyntaxError')
    })
  }

  /** Numbers that end with their point, such as `1.`, are members without a name to the parser. */
  isNumber(node: SyntaxNode | null): boolean {
    if (node?.name === 'Number') return true
    const isMember = node?.name === 'MemberExpression' && node.firstChild?.name === 'Number'
    return isMember && /^[\d_]+\.([eE]\d+)?$/.test(this.textOf(node))
  }

  textOf(node: SyntaxNode): string {
    return this.text.slice(node.from, node.to)
  }

  /** Refuses what stands at a node. */
  fail(node: SyntaxNode, message: string, hint?: string, code: ErrorCode = 'BadRequest'): never {
    const end = this.text.indexOf('\n', node.from)
    const to = Math.max(node.from + 1, Math.min(node.to, end < 0 ? node.to : end))
    throw new EincalcError({ code, message, span: [node.from, to], ...(hint !== undefined && { hint }) })
  }
}

/** What stands below a node, brackets and commas among it. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child)
  return children
}

const BRACKETS = new Set(['(', ')', '[', ']'])

/** The parts between commas, each with its nodes; brackets are left out. */
export function listOf(nodes: readonly SyntaxNode[]): SyntaxNode[][] {
  const parts: SyntaxNode[][] = [[]]
  for (const node of nodes) {
    if (BRACKETS.has(node.name)) continue
    if (node.name === ',') parts.push([])
    else parts.at(-1)?.push(node)
  }
  return parts.filter((part) => part.length > 0)
}

export interface Parameter {
  readonly name: string
  readonly node: SyntaxNode
  readonly annotation: SyntaxNode | undefined
  readonly value: SyntaxNode | undefined
}

/** The parameters of a function or a lambda. */
export function parametersOf(source: Source, list: SyntaxNode | null): Parameter[] {
  if (!list) return []
  return listOf(childrenOf(list)).flatMap((part): Parameter[] => {
    const [first, ...rest] = part
    if (!first || (['*', '/'].includes(first.name) && rest.length === 0)) return []
    if (first.name !== 'VariableName') source.fail(first, 'collected parameters cannot be read')
    const at = rest.findIndex((node) => node.name === 'AssignOp')
    const annotation = rest.find((node) => node.name === 'TypeDef')?.lastChild ?? undefined
    return [{ name: source.textOf(first), node: first, annotation, value: at < 0 ? undefined : rest[at + 1] }]
  })
}

/** The statements of a body. */
export function statementsOf(body: SyntaxNode): SyntaxNode[] {
  return childrenOf(body).filter((node) => node.name !== ':' && node.name !== 'Comment' && node.name !== ';')
}

/** The text of a string, without escapes; undefined for what is no plain string. */
export function stringOf(source: Source, node: SyntaxNode): string | undefined {
  if (node.name !== 'String') return undefined
  return /^[rRuU]?("""|'''|"|')([\s\S]*)\1$/.exec(source.textOf(node))?.[2]
}
