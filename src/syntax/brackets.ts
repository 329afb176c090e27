/** Brackets: groups, calls, indices, and the labels and conditions of binders. */
import type { Fix, Span } from '../errors.ts'
import {
  type BinderHead,
  type CallFrame,
  type ConditionFrame,
  frameParts,
  type IndexFrame,
  level,
  levels,
  sides,
} from './frames.ts'
import type { Token } from './lexer.ts'
import { quoted } from './quoted.ts'
import { ReaderStacks } from './reader-stacks.ts'
import type { Identifier, IndexEntry, SyntaxNode } from './tree.ts'

/** The binder of conditions alone: its operand where they hold, 0 elsewhere. */
const conditional = 'where'

/** Only to recognise `sum[k] x`, where the brackets around the operand were forgotten. */
export const reducing = new Set([
  'sum',
  'mean',
  'prod',
  'max',
  'min',
  'logsumexp',
  'norm2',
  'softmax',
  'logsoftmax',
  'cumsum',
  'prodexcept',
])

export abstract class BracketReader extends ReaderStacks {
  /** An operand where none may begin. */
  protected abstract juxtaposed(token: Token): void
  /** No operand where one is expected. */
  protected abstract missingOperand(token: Token): void

  /** `f(...)` after a bare name; after anything else a product was meant. */
  protected openCall(token: Token): void {
    const callee = this.bareName()
    if (callee === undefined) {
      this.juxtaposed(token)
      return
    }
    this.operands.pop()
    this.beginCall(callee, undefined)
  }

  /** At the opening round bracket. */
  protected beginCall(callee: Identifier, head: BinderHead | undefined): void {
    const base = this.frameBase(callee.span[0], false)
    this.open({ kind: 'call', ...base, callee, head, args: [], named: [], name: undefined })
  }

  /** `A[...]`; or a binder, `sum[...](...)`, with a bare name before and a round bracket behind. */
  protected openIndex(token: Token): void {
    const callee = this.bareName()
    if (callee !== undefined && token.partner >= 0 && this.tokenAt(token.partner + 1).kind === '(') {
      this.operands.pop()
      this.binderHead(token, callee)
      return
    }
    // A bracket belongs to the exponent before it, but numbers have no axes: `A^2[i,j]` is `(A^2)[i,j]`.
    const exponent = this.operands.at(-1)
    if (exponent !== undefined && isSignedNumber(exponent.node)) this.reduce(level.power)
    const { node, start } = this.pop()
    const base = this.frameBase(start, false)
    this.open({ kind: 'index', ...base, base: node, entries: [], entryStart: this.at + 1, parts: [], colons: 0 })
  }

  /** The labels of `sum[i,j: ...](...)`, then its conditions or its arguments; `where[i<j](...)` has conditions alone. */
  protected binderHead(token: Token, callee: Identifier): void {
    const open = this.at
    const close = token.partner
    const closing = this.tokenAt(close)
    if (callee.name === conditional) {
      const bad = this.report(closing)
      this.open({ kind: 'conditions', ...this.frameBase(callee.span[0], true), open, callee, labels: [], bad })
      return
    }
    const labels: Identifier[] = []
    let expectLabel = true
    let wrong = false
    let at = this.at + 1
    for (; at < close && this.tokenAt(at).kind !== ':'; at++) {
      const part = this.tokenAt(at)
      const span: Span = [part.start, part.end]
      const name = this.source(span)
      if (expectLabel ? part.kind !== 'name' || name === 'end' : part.kind !== ',') wrong = true
      else if (expectLabel) labels.push({ name, span })
      expectLabel = !expectLabel
      at = Math.max(at, part.partner)
    }
    wrong ||= expectLabel
    if (!this.report(closing) && wrong) {
      const shown = quoted(this.source([callee.span[0], closing.end]))
      const product = reducing.has(callee.name) ? '' : `; for a product write ${quoted(`${callee.name}[...]*(...)`)}`
      const hint = `labels are bound as in \`sum[i,j](...)\`${product}`
      this.fail(`The labels in ${shown} must be names.`, [token.start, closing.end], hint)
    }
    const bad = wrong || closing.problem !== undefined
    this.at = at
    if (at < close) {
      this.open({ kind: 'conditions', ...this.frameBase(callee.span[0], true), open, callee, labels, bad })
    } else {
      this.at = close + 1
      this.beginCall(callee, { labels, conditions: [], bad })
    }
  }

  protected close(token: Token): void {
    if (token.partner >= 0) this.closeUnclosed(token.partner)
    const { frame } = this
    if (frame.open !== token.partner || token.partner < 0) {
      this.at++
      this.closesNothing(token)
      this.spoil(token.end)
    } else if (frame.kind === 'call') {
      this.closeCall(frame, token)
    } else if (frame.kind === 'index') {
      this.closeIndex(frame, token)
    } else if (frame.kind === 'conditions') {
      this.closeConditions(frame)
    } else {
      this.closeGroup(token)
    }
  }

  protected closesNothing(token: Token): void {
    if (this.problems.isFull) return
    const span: Span = [token.start, token.end]
    const fix: Fix = { title: 'Remove it', span, replacement: '' }
    this.fail(`This ${quoted(this.source(span))} closes no bracket.`, span, undefined, [fix])
  }

  protected closeGroup(token: Token): void {
    const { start, conditional } = this.frame
    const inner = conditional ? this.finishConditions() : this.finishExpression()
    this.at++
    this.leave()
    if (this.report(token)) {
      this.push({ kind: 'error', span: [start, token.end], parts: sides(inner) })
    } else {
      this.push(inner.node, start, token.end, inner.joined)
    }
  }

  protected closeCall(frame: CallFrame, token: Token): void {
    if (!this.expectOperand) this.finishArgument(frame)
    this.at++
    this.leave()
    const { callee, head, args, named } = frame
    const span: Span = [frame.start, token.end]
    const bad = this.report(token) || head?.bad === true
    if (bad) this.push({ kind: 'error', span, parts: frameParts(frame) })
    else if (head === undefined) this.push({ kind: 'call', span, callee, args, named })
    else this.push({ kind: 'binder', span, callee, labels: head.labels, conditions: head.conditions, args, named })
  }

  protected finishArgument(frame: CallFrame): void {
    const { node, end } = this.finishExpression()
    const { name } = frame
    if (name === undefined) frame.args.push(node)
    else frame.named.push({ name, span: [name.span[0], end], value: node })
    frame.name = undefined
  }

  protected closeIndex(frame: IndexFrame, token: Token): void {
    this.finishEntry(frame)
    this.at++
    this.leave()
    const span: Span = [frame.start, token.end]
    if (this.report(token)) this.push({ kind: 'error', span, parts: frameParts(frame) })
    else this.push({ kind: 'index', span, base: frame.base, entries: frame.entries })
  }

  protected nextEntry(frame: IndexFrame): void {
    this.finishEntry(frame)
    this.at++
    frame.entryStart = this.at
    frame.parts = []
    frame.colons = 0
    this.expectOperand = true
  }

  protected finishEntry(frame: IndexFrame): void {
    if (!this.expectOperand) frame.parts.push(this.finishExpression().node)
    const span: Span = [this.tokenAt(frame.entryStart).start, this.previousEnd()]
    frame.entries.push(indexEntry(frame.parts, frame.colons, span))
    frame.parts = []
  }

  /** Goes on with the round brackets that follow: `openIndex` has seen them. */
  protected closeConditions(frame: ConditionFrame): void {
    const { callee, labels, bad } = frame
    const conditions = sides(this.finishConditions()).map((node) => this.condition(node))
    this.at++
    this.leave()
    this.beginCall(callee, { labels, conditions, bad })
  }

  protected condition(node: SyntaxNode): SyntaxNode {
    if (node.kind === 'error' || (node.kind === 'binary' && levels[node.operator] === level.comparison)) return node
    this.fail('A condition is a comparison, such as `i<j`.', node.span)
    return { kind: 'error', span: node.span, parts: [node] }
  }

  /** Closes the frames whose bracket stands behind the token at index `open`, and reports the innermost. */
  protected closeUnclosed(open: number): void {
    if (this.frame.open <= open) return
    const innermost = this.tokenAt(this.frame.open)
    let missing = ''
    while (this.frame.open > open) {
      if (missing.length < 20) missing += this.tokenAt(this.frame.open).kind === '[' ? ']' : ')'
      this.abandonFrame()
    }
    if (this.endlessText) return
    const place = this.previousEnd()
    const fix: Fix = { title: `Insert ${missing}`, span: [place, place], replacement: missing }
    this.fail(
      `This \`${innermost.kind}\` is never closed.`,
      [innermost.start, innermost.end],
      missing.length > 1 ? 'brackets outside it are not closed either' : undefined,
      missing.length < 20 ? [fix] : undefined,
    )
  }

  /** Makes an error node of a frame that has no end. */
  protected abandonFrame(): void {
    const { frame } = this
    if (this.expectOperand) this.missingOperand(this.endToken)
    const parts = frameParts(frame)
    for (const node of sides(this.finishConditions())) parts.push(node)
    this.leave()
    this.push({ kind: 'error', span: [frame.start, this.previousEnd()], parts })
  }
}

function indexEntry(parts: readonly SyntaxNode[], colons: number, span: Span): IndexEntry {
  const value = parts[0]
  if (value === undefined && colons === 1) return { kind: 'all', span }
  if (value === undefined || colons > 0) return { kind: 'range', span, parts }
  if (value.kind === 'name')
    return value.name === 'end' ? { kind: 'end', span } : { kind: 'label', span, name: value.name }
  if (value.kind === 'number') return { kind: 'number', span, text: value.text, value: value.value }
  return { kind: 'other', span, value }
}

function isSignedNumber(node: SyntaxNode): boolean {
  let inner = node
  while (inner.kind === 'unary') inner = inner.operand
  return inner.kind === 'number'
}
