/** The stacks of the reader, and what applies an operator to the operands on them. Subclasses read tokens onto them. */
import type { Fix, Span } from '../errors.ts'
import { type Frame, type FrameBase, level, type Operand, type Pending, type StatementFrame, sides } from './frames.ts'
import type { Token } from './lexer.ts'
import type { Problems } from './problems.ts'
import type { Identifier, SyntaxNode } from './tree.ts'

/** Over the tokens from index `at` until before `stop`. */
export abstract class ReaderStacks {
  protected readonly text: string
  protected readonly tokens: readonly Token[]
  protected readonly problems: Problems
  protected at: number
  protected readonly endToken: Token
  protected readonly stop: number

  protected readonly operands: Operand[] = []
  protected readonly pending: Pending[] = []
  protected readonly frames: Frame[] = []
  protected frame: Frame
  protected expectOperand = true
  /** Whether the statement has a text without an end, which swallows the closing brackets behind it. */
  protected endlessText = false

  constructor(text: string, tokens: readonly Token[], problems: Problems, at = 0, stop: number = tokens.length - 1) {
    this.text = text
    this.tokens = tokens
    this.problems = problems
    this.at = at
    this.stop = stop
    const place = tokens[stop]?.start ?? text.length
    this.endToken = { kind: 'end', start: place, end: place, operator: undefined, partner: -1, problem: undefined }
    this.frame = this.statementFrame(place)
  }

  protected statementFrame(start: number): StatementFrame {
    return {
      kind: 'statement',
      open: -1,
      start,
      operands: 0,
      pending: 0,
      conditional: false,
      target: undefined,
      badTarget: undefined,
    }
  }

  /** Of a frame that is opened by the current token. */
  protected frameBase(start: number, conditional: boolean): FrameBase {
    const { operands, pending } = this
    return { open: this.at, start, operands: operands.length, pending: pending.length, conditional }
  }

  protected open(frame: Frame): void {
    this.frames.push(this.frame)
    this.frame = frame
    this.at++
    this.expectOperand = true
  }

  protected leave(): void {
    const { operands, pending } = this.frame
    this.operands.length = operands
    this.pending.length = pending
    this.frame = this.frames.pop() ?? this.frame
  }

  protected push(node: SyntaxNode, start = node.span[0], end = node.span[1], joined?: Operand['joined']): void {
    this.operands.push({ node, start, end, joined })
    this.expectOperand = false
  }

  protected popRaw(): Operand {
    const place = this.previousEnd()
    const nothing: SyntaxNode = { kind: 'error', span: [place, place], parts: [] }
    return this.operands.pop() ?? { node: nothing, start: place, end: place, joined: undefined }
  }

  /** The last operand, which must not be an `and`. */
  protected pop(): Operand {
    const operand = this.popRaw()
    if (operand.joined === undefined) return operand
    const { start, end } = operand
    const span: Span = [start, end]
    this.fail('Conditions joined by `and` have no value.', span)
    return { node: { kind: 'error', span, parts: sides(operand) }, start, end, joined: undefined }
  }

  /** Makes an error node of the last operand and the text up to `end`. */
  protected spoil(end: number): void {
    const { node, start } = this.pop()
    this.push({ kind: 'error', span: [start, end], parts: [node] })
  }

  protected lastPending(): Pending | undefined {
    return this.hasPending() ? this.pending.at(-1) : undefined
  }

  protected hasPending(): boolean {
    return this.pending.length > this.frame.pending
  }

  /** Applies the frame's last operators that bind at least this tightly. */
  protected reduce(least: number): void {
    for (let last = this.lastPending(); last !== undefined && last.level >= least; last = this.lastPending()) {
      this.pending.pop()
      this.apply(last)
    }
  }

  protected apply(pending: Pending): void {
    const { span: operatorSpan, bad } = pending
    if (pending.kind === 'unary') {
      const { node: operand, end } = this.pop()
      const span: Span = [operatorSpan[0], end]
      const { operator } = pending
      this.push(
        bad ? { kind: 'error', span, parts: [operand] } : { kind: 'unary', span, operator, operatorSpan, operand },
      )
      return
    }
    const { operator } = pending
    const right = this.popRaw()
    const left = this.popRaw()
    const span: Span = [left.start, right.end]
    if (bad) {
      this.push({ kind: 'error', span, parts: [...sides(left), ...sides(right)] })
    } else if (operator === 'and') {
      this.push(left.node, left.start, right.end, [left, right])
    } else {
      this.operands.push(left)
      const { node: leftNode } = this.pop()
      this.operands.push(right)
      const { node: rightNode } = this.pop()
      this.push({ kind: 'binary', span, operator, operatorSpan, left: leftNode, right: rightNode })
    }
  }

  protected finishExpression(): Operand {
    this.reduce(level.and)
    return this.pop()
  }

  protected finishConditions(): Operand {
    this.reduce(level.and)
    return this.popRaw()
  }

  /** The last operand when it is a name without brackets around it. */
  protected bareName(): Identifier | undefined {
    const operand = this.operands.at(-1)
    if (operand === undefined || operand.node.kind !== 'name' || operand.start !== operand.node.span[0])
      return undefined
    return { name: operand.node.name, span: operand.node.span }
  }

  // Tokens and problems

  protected tokenAt(index: number): Token {
    return (index < this.stop ? this.tokens[index] : undefined) ?? this.endToken
  }

  protected peek(): Token {
    return this.tokenAt(this.at)
  }

  protected previous(): Token | undefined {
    return this.tokens[this.at - 1]
  }

  protected previousEnd(): number {
    return this.previous()?.end ?? 0
  }

  protected source(span: Span): string {
    return this.text.slice(span[0], span[1])
  }

  /** Whether the token carries a problem, which is reported. */
  protected report(token: Token): boolean {
    if (token.problem === undefined) return false
    this.problems.add(token.problem)
    return true
  }

  protected fail(message: string, span: Span, hint?: string, fixes?: readonly Fix[]): void {
    this.problems.add({
      code: 'SyntaxError',
      message,
      span,
      ...(hint === undefined ? {} : { hint }),
      ...(fixes === undefined ? {} : { fixes }),
    })
  }
}
