/** Changes of the source text that mend a problem. */
import type { Fix } from '../errors.ts'
import type { SyntaxNode } from '../syntax/tree.ts'
import type { Context, Refusal } from './context.ts'

/** The operand transposed, as a text that can stand in its place. */
export function transposedText(context: Context, node: SyntaxNode): string {
  if (node.kind === 'transpose') return bracketed(context, node.operand)
  return `${bracketed(context, node)}'`
}

/** A whole operand's text, in brackets unless it is a primary. */
export function bracketed(context: Context, node: SyntaxNode): string {
  const text = context.text.slice(...node.span)
  return node.kind === 'binary' || node.kind === 'unary' ? `(${text})` : text
}

/** Hint and fix: `node` with this operand of it transposed. */
export function fixOperand(context: Context, node: SyntaxNode, operand: SyntaxNode): Pick<Refusal, 'hint' | 'fixes'> {
  const replacement = transposedText(context, operand)
  const fix: Fix = { title: `Write ${shorten(replacement)}`, span: operand.span, replacement }
  const [start, end] = node.span
  const whole = context.text.slice(start, operand.span[0]) + replacement + context.text.slice(operand.span[1], end)
  return { hint: `\`${shorten(whole)}\` fits`, fixes: [fix] }
}

export function shorten(text: string): string {
  const flat = text.replace(/\s+/g, ' ')
  return flat.length <= 60 ? flat : `${flat.slice(0, 30)} … ${flat.slice(-30)}`
}
