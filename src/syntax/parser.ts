import type { Problem, Span } from '../errors.ts'
import { lex } from './lexer.ts'
import { checkLength, Problems } from './problems.ts'
import { Reader } from './reader.ts'
import type { Program, Statement, SyntaxNode } from './tree.ts'

export interface Parsed {
  readonly program: Program
  /** In the order of the text, the first few only. Empty if and only if the program has no error node. */
  readonly problems: readonly Problem[]
}

/** Reads a program. Never throws: a text or a nesting over the limits is a problem too. Linear in the text. */
export function parse(text: string): Parsed {
  const tooLong = checkLength(text)
  if (tooLong !== undefined) return unread(text, tooLong)
  const lexed = lex(text)
  if (lexed.limit !== undefined) return unread(text, lexed.limit)

  const problems = new Problems()
  const reader = new Reader(text, lexed.tokens, problems)
  const statements: Statement[] = []
  while (reader.hasStatement()) statements.push(reader.statement())
  if (statements.length === 0) {
    const hint = "write one, such as `x'*A*x`"
    return unread(text, { code: 'SyntaxError', message: 'The expression is empty.', span: [0, text.length], hint })
  }
  const bound = statements.map((statement, index) =>
    index === statements.length - 1 ? statement : checkBinds(statement, problems),
  )
  const program: Program = { kind: 'program', span: [0, text.length], statements: bound }
  return { program, problems: problems.sorted() }
}

function unread(text: string, problem: Problem): Parsed {
  const span: Span = [0, text.length]
  const value: SyntaxNode = { kind: 'error', span, parts: [] }
  return { program: { kind: 'program', span, statements: [{ kind: 'expression', span, value }] }, problems: [problem] }
}

/** A statement that is not the last must bind, or its value would be lost. */
function checkBinds(statement: Statement, problems: Problems): Statement {
  if (statement.kind !== 'expression' || statement.value.kind === 'error') return statement
  const { span, value } = statement
  problems.add({
    code: 'SyntaxError',
    message: 'Every statement but the last must bind a name.',
    span,
    hint: 'write `name = ...`; to go on in the next line, put the expression into brackets',
  })
  return { kind: 'expression', span, value: { kind: 'error', span, parts: [value] } }
}
