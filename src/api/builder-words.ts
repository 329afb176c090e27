/** What callers of the builder give as text: names, sizes, conditions. Only what reads as such joins the text that is built. */
import { EincalcError, type ErrorCode } from '../errors.ts'
import { isName } from '../syntax/lexer.ts'
import { parse } from '../syntax/parser.ts'

export function problem(code: ErrorCode, message: string, hint?: string): EincalcError {
  return new EincalcError({ code, message, ...(hint !== undefined && { hint }) })
}

export function requireName(name: string, what: 'label' | 'name'): void {
  if (!isName(name)) throw problem('BadRequest', `${JSON.stringify(name)} is no ${what}`, 'It begins with a letter.')
}

export function numberText(value: number): string {
  if (!Number.isFinite(value)) throw problem('DomainError', `${value} is no number of the language`)
  return String(value)
}

/** A size as text. Only what the language reads as one expression may join the text. */
export function sizeText(size: unknown): string {
  if (typeof size === 'number') return numberText(size)
  const isSize = typeof size === 'string' && /^[^;=#'"[\]\n\r]+$/.test(size) && readsAlone(size)
  if (!isSize) throw problem('BadRequest', `${JSON.stringify(size)} is no size`, 'Write a number, a name, or `m*n`.')
  return size
}

/** Whether a text is an expression by itself, without closing brackets that it did not open. */
function readsAlone(text: string): boolean {
  return parse(text).problems.length === 0
}

export function quoted(text: string): string {
  if (/["\n\r]/.test(text)) throw problem('BadRequest', `${JSON.stringify(text)} is no text of \`einsum\``)
  return `"${text}"`
}

/** Conditions as the text of a binder. */
export function conditions(where: string, labels: readonly string[]): string {
  const text = `sum[${labels.join(',')}: ${where}](0)`
  const { program, problems } = parse(text)
  const [only, ...more] = program.statements
  const isOne = problems.length === 0 && more.length === 0 && only?.value.kind === 'binder'
  if (!isOne || /[;#\n\r]/.test(where)) {
    throw problem(
      'SyntaxError',
      `${JSON.stringify(where)} is no condition on labels`,
      'Write it as in `i < j and i != k`.',
    )
  }
  return where
}

/** The names that stand in a text. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu)].map(([name]) => name).filter((name) => name !== 'and')
}
