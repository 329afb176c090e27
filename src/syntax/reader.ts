/**
 * Tokens to syntax trees, by precedence, with stacks of its own in the place of recursion: neither deep brackets nor
 * long chains exhaust the stack. Never throws. After an error it goes on: what could not be read becomes an error node,
 * and every problem leaves one.
 *
 * Two states alternate: an operand is expected, or one has been read and an operator, a postfix mark or a bracket may
 * follow. Open brackets are frames; each owns the operands and operators above the heights at which it began.
 */

import type { Fix, Span } from '../errors.ts'
import { BracketReader, reducing } from './brackets.ts'
import { level, levels, type Operand } from './frames.ts'
import type { Operator, Token } from './lexer.ts'
import { quoted } from './quoted.ts'
import type { Identifier, IndexEntry, Statement, SyntaxNode, UnaryOperator } from './tree.ts'

/** Reads the tokens from index `at` until before `stop`. */
export class Reader extends BracketReader {
  /** Skips separators; whether a statement follows. */
  hasStatement(): boolean {
    while (this.peek().kind === 'separator') this.at++
    return this.peek().kind !== 'end'
  }

  /** A statement: up to a separator, which is left to be read, or to the end. */
  statement(): Statement {
    const frame = this.statementFrame(this.peek().start)
    this.frame = frame
    this.expectOperand = true
    this.endlessText = false
    for (let token = this.peek(); token.kind !== 'end' && token.kind !== 'separator'; token = this.peek()) {
      if (this.expectOperand) this.readOperand(token)
      else this.readOperator(token)
    }
    this.closeUnclosed(-1)
    if (this.expectOperand) this.missingOperand(this.peek())
    const { node } = this.finishExpression()

    const span: Span = [frame.start, Math.max(frame.start, this.previousEnd())]
    if (frame.badTarget !== undefined) {
      return { kind: 'expression', span, value: { kind: 'error', span, parts: [frame.badTarget, node] } }
    }
    if (frame.target === undefined) return { kind: 'expression', span, value: node }
    const { name, labels } = frame.target
    if (labels === undefined) return { kind: 'bind', span, target: name, value: node }
    return { kind: 'bindIndexed', span, target: name, labels, value: node }
  }

  // An operand is expected

  private readOperand(token: Token): void {
    const span: Span = [token.start, token.end]
    switch (token.kind) {
      case 'number':
        this.at++
        this.push(this.number(span))
        break
      case 'name':
        this.at++
        this.push({ kind: 'name', span, name: this.source(span) })
        break
      case 'string':
        this.at++
        this.push(this.string(token, span))
        break
      case 'operator':
        if (token.operator === '+' || token.operator === '-') this.sign(token, token.operator, span)
        else this.missingOperand(token)
        break
      case '(':
        this.open({ kind: 'group', ...this.frameBase(token.start, this.frame.conditional) })
        break
      case '[':
        this.list(token)
        break
      case ')':
      case ']':
        this.closeWithoutOperand(token)
        break
      case ',':
        if (this.frame.kind === 'index' && this.frame.colons > 0 && !this.hasPending()) this.nextEntry(this.frame)
        else this.missingOperand(token)
        break
      case ':':
        this.colonWithoutOperand(token)
        break
      case 'bad':
        this.at++
        this.report(token)
        this.push({ kind: 'error', span, parts: [] })
        break
      default:
        this.missingOperand(token)
    }
  }

  private number(span: Span): SyntaxNode {
    const text = this.source(span)
    const value = Number(text)
    const vanishes = value === 0 && /^[^eE]*[1-9]/.test(text)
    if (Number.isFinite(value) && !vanishes) return { kind: 'number', span, text, value }
    this.problems.add({
      code: 'DomainError',
      message: `The number ${quoted(text)} is too ${vanishes ? 'close to zero' : 'large'} for double precision.`,
      span,
      hint: 'numbers from 5e-324 to 1.79e308 can be written',
    })
    return { kind: 'error', span, parts: [] }
  }

  private string(token: Token, span: Span): SyntaxNode {
    if (!this.report(token)) return { kind: 'string', span, value: this.source([span[0] + 1, span[1] - 1]) }
    this.endlessText = true
    return { kind: 'error', span, parts: [] }
  }

  private sign(token: Token, operator: UnaryOperator, span: Span): void {
    this.at++
    const bad = this.report(token)
    const inExponent = (this.lastPending()?.level ?? 0) >= level.power
    this.pending.push({
      kind: 'unary',
      operator,
      span,
      level: inExponent ? level.exponentSign : level.sign,
      bad,
    })
  }

  /** `[1,2]` where an operand is expected: read over as a whole. */
  private list(token: Token): void {
    const closing = this.tokens[token.partner]
    const span: Span = [token.start, closing?.end ?? token.end]
    this.at = closing === undefined ? this.at + 1 : token.partner + 1
    this.fail(
      'Square brackets stand after an operand, as in `A[i,j]`.',
      span,
      'an expression does not list the entries of a matrix; give them as data of a variable',
    )
    this.push({ kind: 'error', span, parts: [] })
  }

  private closeWithoutOperand(token: Token): void {
    const { frame } = this
    const closesFrame = frame.open >= 0 && frame.open === token.partner
    if (closesFrame && frame.kind === 'call' && this.at === frame.open + 1) {
      this.closeCall(frame, token)
    } else if (closesFrame && frame.kind === 'index' && frame.colons > 0 && !this.hasPending()) {
      this.closeIndex(frame, token)
    } else if (token.partner < 0 && this.previous()?.kind !== 'operator') {
      this.at++
      this.closesNothing(token)
      this.push({ kind: 'error', span: [token.start, token.end], parts: [] })
    } else {
      this.missingOperand(token)
    }
  }

  private colonWithoutOperand(token: Token): void {
    const { frame } = this
    if (frame.kind !== 'index') {
      this.at++
      this.misplacedColon(token)
      this.push({ kind: 'error', span: [token.start, token.end], parts: [] })
    } else if (this.hasPending()) {
      this.missingOperand(token)
    } else {
      this.at++
      frame.colons++
    }
  }

  /** Reports that `token` stands where an operand should, and puts an error node before it. */
  protected missingOperand(token: Token): void {
    const unclosed = this.frame.open >= 0 && (this.tokens[this.frame.open]?.partner ?? -1) < 0
    const ends = token.kind === 'end' || token.kind === 'separator' || token.kind === ')' || token.kind === ']'
    // Of a bracket without an end, that is what is reported; an operator that has been reported is not again.
    if (!(unclosed && ends) && this.lastPending()?.bad !== true) this.reportMissing(token)
    const place = Math.max(this.previousEnd(), this.frame.start)
    this.push({ kind: 'error', span: [place, place], parts: [] })
  }

  private reportMissing(token: Token): void {
    if (this.problems.isFull) return
    const previous = this.previous()
    const here: Span = [token.start, token.end]
    const shown = quoted(this.source(here))
    const endsLine = token.kind === 'separator' && this.source(here) !== ';'
    if (previous?.kind === 'operator' || previous?.kind === '=') {
      const place: Span = [previous.start, previous.end]
      const hint = endsLine ? 'a statement ends with its line; in brackets it goes on in the next one' : undefined
      this.fail(`Something is missing after ${quoted(this.source(place))}.`, place, hint)
    } else if (token.kind === ')' || token.kind === ']') {
      const empty = previous?.kind === '(' || previous?.kind === '['
      if (empty) this.fail('There is nothing between these brackets.', [previous.start, token.end])
      else this.fail(`Something is missing before ${shown}.`, here)
    } else if (token.kind === 'transpose') {
      this.fail(`There is nothing to transpose before ${shown}.`, here)
    } else if (token.kind === '=') {
      this.fail('A name is missing before `=`.', here, 'a statement binds a name so: `f = expression`')
    } else if (token.kind === 'end' || token.kind === 'separator') {
      this.fail('Something is missing here.', [this.previousEnd(), this.previousEnd()])
    } else {
      this.fail(`Something is missing before ${shown}.`, here)
    }
  }

  // An operand has been read

  private readOperator(token: Token): void {
    switch (token.kind) {
      case 'operator':
        if (token.operator !== undefined) this.binary(token, token.operator)
        break
      case 'transpose':
        this.transpose(token)
        break
      case '(':
        this.openCall(token)
        break
      case '[':
        this.openIndex(token)
        break
      case ')':
      case ']':
        this.close(token)
        break
      case ',':
        this.comma(token)
        break
      case ':':
        this.colon(token)
        break
      case '=':
        this.equals(token)
        break
      case 'bad':
        this.at++
        this.report(token)
        this.spoil(token.end)
        break
      default:
        this.juxtaposed(token)
    }
  }

  private binary(token: Token, operator: Operator): void {
    let bad = this.report(token)
    if (!bad && !this.frame.conditional && (operator === 'and' || operator === '==' || operator === '!=')) {
      this.conditionOutside(token, operator)
      bad = true
    }
    if (levels[operator] === level.comparison) {
      this.reduce(level.sum)
      const previous = this.lastPending()
      if (previous?.level === level.comparison) {
        if (!bad && !previous.bad) this.chainedComparison(token)
        bad = true
        this.reduce(level.comparison)
      }
    } else {
      this.reduce(levels[operator])
    }
    this.awaitRight(token, operator, bad)
  }

  private awaitRight(token: Token, operator: Operator, bad: boolean): void {
    this.at++
    this.pending.push({ kind: 'binary', operator, level: levels[operator], span: [token.start, token.end], bad })
    this.expectOperand = true
  }

  private conditionOutside(token: Token, operator: 'and' | '==' | '!='): void {
    if (this.problems.isFull) return
    const example = operator === 'and' ? 'i<j and j<3' : `i${operator}j`
    const atStatement = this.frame.kind === 'statement' && this.frame.target === undefined
    let hint = 'other expressions compare with `<`, `<=`, `>` and `>=`'
    if (operator === 'and') hint = 'comparisons give 0 or 1; multiply them: `(a<b).*(b<c)`'
    else if (operator === '==' && atStatement) hint = 'a single `=` binds a name'
    const message = `\`${operator}\` stands only in the conditions of an index, as in \`sum[i,j: ${example}](...)\`.`
    this.fail(message, [token.start, token.end], hint)
  }

  private chainedComparison(token: Token): void {
    if (this.problems.isFull) return
    const middle = this.operands.at(-1)
    const repeated = middle === undefined ? '' : this.source([middle.start, middle.end])
    const span: Span = [token.start, token.end]
    const message = 'Comparisons do not chain.'
    if (middle !== undefined && this.frame.conditional && repeated.length < 100) {
      const replacement = ` and ${repeated}`
      const fix: Fix = { title: 'Split into two comparisons', span: [middle.end, token.start], replacement }
      this.fail(message, span, `write \`and ${repeated}\` before it`, [fix])
    } else {
      this.fail(message, span, 'comparisons give 0 or 1; multiply them: `(a<b).*(b<c)`')
    }
  }

  private transpose(token: Token): void {
    this.at++
    this.reduce(level.power)
    if (this.report(token)) {
      this.spoil(token.end)
      return
    }
    const { node, start } = this.pop()
    this.push({ kind: 'transpose', span: [start, token.end], operand: node })
  }

  /** Two operands side by side: a product without its operator. */
  protected juxtaposed(token: Token): void {
    const left = this.operands.at(-1)
    const gap: Span = [this.previousEnd(), token.start]
    // Behind an error node this is most likely a consequence.
    if (left !== undefined && left.node.kind !== 'error') this.missingOperator(token, left, gap)
    this.reduce(level.product)
    this.pending.push({ kind: 'binary', operator: '*', level: level.product, span: gap, bad: true })
    this.expectOperand = true
  }

  private missingOperator(token: Token, left: Operand, gap: Span): void {
    if (this.problems.isFull) return
    const previous = this.previous()
    const here: Span = [token.start, token.end]
    const next = this.source(here)
    const before = this.source([left.start, left.end])
    if (previous?.kind === 'number' && token.kind === 'number' && gap[0] === gap[1]) {
      const whole: Span = [previous.start, token.end]
      this.fail(`${quoted(this.source(whole))} is not a number.`, whole)
      return
    }
    const message = `An operator is missing between ${quoted(before)} and ${quoted(next)}.`
    if (token.kind === 'string') {
      this.fail(message, here, 'arguments are separated by `,`')
      return
    }
    const { node } = left
    if (node.kind === 'index' && node.base.kind === 'name' && reducing.has(node.base.name)) {
      this.fail(
        message,
        here,
        `what ${quoted(before)} reduces stands in round brackets: \`${node.base.name}[...](...)\``,
      )
      return
    }
    const short = before.length + next.length < 30
    const product = token.kind === '(' ? `${before}*(...)` : `${before}*${next}`
    const replaced: Span = this.source(gap).trim() === '' && !/[\n\r]/.test(this.source(gap)) ? gap : [gap[1], gap[1]]
    this.fail(message, here, short ? `write ${quoted(product)}` : 'a product is written with `*`', [
      { title: 'Insert *', span: replaced, replacement: '*' },
    ])
  }

  private comma(token: Token): void {
    const { frame } = this
    if (frame.kind === 'call') {
      this.finishArgument(frame)
      this.at++
      this.expectOperand = true
      return
    }
    if (frame.kind === 'index') {
      this.nextEntry(frame)
      return
    }
    const span: Span = [token.start, token.end]
    if (frame.conditional) {
      const fix: Fix = { title: 'Write and', span, replacement: ' and ' }
      this.fail('Conditions are joined by `and`, not by `,`.', span, undefined, [fix])
    } else if (frame.kind === 'group') {
      this.fail('A `,` separates arguments of a function; these brackets only group.', span)
    } else {
      this.fail('A `,` stands only in brackets.', span, 'statements are separated by `;` or a new line')
    }
    this.reduce(level.and)
    this.awaitRight(token, 'and', true)
  }

  private colon(token: Token): void {
    const { frame } = this
    if (frame.kind === 'index') {
      frame.parts.push(this.finishExpression().node)
      frame.colons++
      this.at++
      this.expectOperand = true
      return
    }
    this.misplacedColon(token)
    this.reduce(level.and)
    this.awaitRight(token, 'and', true)
  }

  private misplacedColon(token: Token): void {
    if (this.problems.isFull) return
    const { frame } = this
    let hint = '`:` stands in square brackets: `A[:,2]`, `sum[i,j: i<j](...)`'
    if (frame.kind === 'call') {
      const { name } = frame.callee
      hint = `axes are selected in square brackets: \`${name.length > 20 ? 'A' : name}[:,2]\``
    } else if (frame.kind === 'statement') {
      hint = 'types of variables are declared beside the expression, not in it'
    }
    this.fail('A `:` has no meaning here.', [token.start, token.end], hint)
  }

  private equals(token: Token): void {
    const { frame } = this
    const name = this.hasPending() ? undefined : this.bareName()
    if (frame.kind === 'call' && frame.name === undefined && name !== undefined) {
      this.operands.pop()
      frame.name = name
      this.at++
      this.expectOperand = true
      return
    }
    if (frame.kind === 'statement' && frame.target === undefined && frame.badTarget === undefined) {
      const { node, start, end } = this.finishExpression()
      const labels = node.kind === 'index' ? targetLabels(node.base, node.entries, start) : undefined
      if (name !== undefined) frame.target = { name, labels: undefined }
      else if (labels !== undefined) frame.target = labels
      else {
        if (node.kind !== 'error') this.notBindable(node, [start, end])
        frame.badTarget = node
      }
      this.at++
      this.expectOperand = true
      return
    }
    const span: Span = [token.start, token.end]
    if (frame.conditional) {
      const fix: Fix = { title: 'Write ==', span, replacement: '==' }
      this.fail('Conditions compare with `==`.', span, undefined, [fix])
    } else if (frame.kind === 'statement') {
      this.fail('A statement binds one name: this is its second `=`.', span)
    } else if (frame.kind === 'call') {
      this.fail('Only a name stands before the `=` of an argument, as in `axis=1`.', span)
    } else {
      this.fail('A `=` binds a name at the beginning of a statement, not in brackets.', span)
    }
    this.reduce(level.and)
    this.awaitRight(token, 'and', true)
  }

  private notBindable(node: SyntaxNode, span: Span): void {
    if (node.kind === 'call') {
      this.fail('A function cannot be defined.', span, 'bind an expression to a name: `f = ...`')
    } else if (node.kind === 'index') {
      this.fail('The axes of a bound name are labels, as in `C[i,j] = ...`.', span)
    } else {
      this.fail('Only a name can be bound, as in `f = ...`.', span)
    }
  }
}

function targetLabels(
  base: SyntaxNode,
  entries: readonly IndexEntry[],
  start: number,
): { readonly name: Identifier; readonly labels: readonly Identifier[] } | undefined {
  if (base.kind !== 'name' || base.span[0] !== start) return undefined
  const labels: Identifier[] = []
  for (const entry of entries) {
    if (entry.kind !== 'label') return undefined
    labels.push({ name: entry.name, span: entry.span })
  }
  return { name: { name: base.name, span: base.span }, labels }
}
