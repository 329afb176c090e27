/**
 * Tokens to syntax trees, by precedence, with stacks of its own in the place of recursion: neither deep brackets nor
 * long chains exhaust the stack. Never throws. After an error it goes on: what could not be read becomes an error node,
 * and every problem leaves one.
 *
 * Two states alternate: an operand is expected, or one has been read and an operator, a postfix mark or a bracket may
 * follow. Open brackets are frames; each owns the operands and operators above the heights at which it began.
 */

import type { Fix, Span } from '../errors.ts'
import type { Operator, Token } from './lexer.ts'
import type { Problems } from './problems.ts'
import { quoted } from './quoted.ts'
import type { Identifier, IndexEntry, NamedArgument, Statement, SyntaxNode, UnaryOperator } from './tree.ts'

/** How tightly operators bind. Within an exponent signs bind tighter than the power: `a^-b^c` is `(a^(-b))^c`. */
const level = { and: 0, comparison: 1, sum: 2, product: 3, sign: 4, power: 5, exponentSign: 6 }

const levels: { readonly [O in Operator]: number } = {
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
interface Operand {
  readonly node: SyntaxNode
  readonly start: number
  readonly end: number
  readonly joined: readonly [Operand, Operand] | undefined
}

/** An operator whose right side is still being read. A bad one has been reported and becomes an error node. */
type Pending = { readonly level: number; readonly span: Span; readonly bad: boolean } & (
  | { readonly kind: 'unary'; readonly operator: UnaryOperator }
  | { readonly kind: 'binary'; readonly operator: Operator }
)

interface FrameBase {
  /** Index of the opening bracket among the tokens, -1 for a statement. */
  readonly open: number
  readonly start: number
  /** Heights of the stacks where the frame begins. */
  readonly operands: number
  readonly pending: number
  /** Whether `and`, `==` and `!=` may stand here. */
  readonly conditional: boolean
}

interface StatementFrame extends FrameBase {
  readonly kind: 'statement'
  target: { readonly name: Identifier; readonly labels: readonly Identifier[] | undefined } | undefined
  /** What stands before a `=` and cannot be bound. */
  badTarget: SyntaxNode | undefined
}

interface GroupFrame extends FrameBase {
  readonly kind: 'group'
}

/** What stands in the square brackets of a binder. A bad one has been reported. */
interface BinderHead {
  readonly labels: readonly Identifier[]
  readonly conditions: readonly SyntaxNode[]
  readonly bad: boolean
}

/** The arguments of a call or of a binder. */
interface CallFrame extends FrameBase {
  readonly kind: 'call'
  readonly callee: Identifier
  readonly head: BinderHead | undefined
  readonly args: SyntaxNode[]
  readonly named: NamedArgument[]
  /** Of the argument being read. */
  name: Identifier | undefined
}

interface IndexFrame extends FrameBase {
  readonly kind: 'index'
  readonly base: SyntaxNode
  readonly entries: IndexEntry[]
  /** Of the entry being read: its first token, the expressions before its last colon, the number of colons. */
  entryStart: number
  parts: SyntaxNode[]
  colons: number
}

/** The conditions of a binder, after its labels. */
interface ConditionFrame extends FrameBase {
  readonly kind: 'conditions'
  readonly callee: Identifier
  readonly labels: readonly Identifier[]
  readonly bad: boolean
}

type Frame = StatementFrame | GroupFrame | CallFrame | IndexFrame | ConditionFrame

/** The binder of conditions alone: its operand where they hold, 0 elsewhere. */
const conditional = 'where'

/** Only to recognise `sum[k] x`, where the brackets around the operand were forgotten. */
const reducing = new Set([
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

/** Reads the tokens from index `at` until before `stop`. */
export class Reader {
  private readonly text: string
  private readonly tokens: readonly Token[]
  private readonly problems: Problems
  private at: number
  private readonly endToken: Token
  private readonly stop: number

  private readonly operands: Operand[] = []
  private readonly pending: Pending[] = []
  private readonly frames: Frame[] = []
  private frame: Frame
  private expectOperand = true
  /** Whether the statement has a text without an end, which swallows the closing brackets behind it. */
  private endlessText = false

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
  private missingOperand(token: Token): void {
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
  private juxtaposed(token: Token): void {
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

  // Brackets

  /** `f(...)` after a bare name; after anything else a product was meant. */
  private openCall(token: Token): void {
    const callee = this.bareName()
    if (callee === undefined) {
      this.juxtaposed(token)
      return
    }
    this.operands.pop()
    this.beginCall(callee, undefined)
  }

  /** At the opening round bracket. */
  private beginCall(callee: Identifier, head: BinderHead | undefined): void {
    const base = this.frameBase(callee.span[0], false)
    this.open({ kind: 'call', ...base, callee, head, args: [], named: [], name: undefined })
  }

  /** `A[...]`; or a binder, `sum[...](...)`, with a bare name before and a round bracket behind. */
  private openIndex(token: Token): void {
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
  private binderHead(token: Token, callee: Identifier): void {
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

  private close(token: Token): void {
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

  private closesNothing(token: Token): void {
    if (this.problems.isFull) return
    const span: Span = [token.start, token.end]
    const fix: Fix = { title: 'Remove it', span, replacement: '' }
    this.fail(`This ${quoted(this.source(span))} closes no bracket.`, span, undefined, [fix])
  }

  private closeGroup(token: Token): void {
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

  private closeCall(frame: CallFrame, token: Token): void {
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

  private finishArgument(frame: CallFrame): void {
    const { node, end } = this.finishExpression()
    const { name } = frame
    if (name === undefined) frame.args.push(node)
    else frame.named.push({ name, span: [name.span[0], end], value: node })
    frame.name = undefined
  }

  private closeIndex(frame: IndexFrame, token: Token): void {
    this.finishEntry(frame)
    this.at++
    this.leave()
    const span: Span = [frame.start, token.end]
    if (this.report(token)) this.push({ kind: 'error', span, parts: frameParts(frame) })
    else this.push({ kind: 'index', span, base: frame.base, entries: frame.entries })
  }

  private nextEntry(frame: IndexFrame): void {
    this.finishEntry(frame)
    this.at++
    frame.entryStart = this.at
    frame.parts = []
    frame.colons = 0
    this.expectOperand = true
  }

  private finishEntry(frame: IndexFrame): void {
    if (!this.expectOperand) frame.parts.push(this.finishExpression().node)
    const span: Span = [this.tokenAt(frame.entryStart).start, this.previousEnd()]
    frame.entries.push(indexEntry(frame.parts, frame.colons, span))
    frame.parts = []
  }

  /** Goes on with the round brackets that follow: `openIndex` has seen them. */
  private closeConditions(frame: ConditionFrame): void {
    const { callee, labels, bad } = frame
    const conditions = sides(this.finishConditions()).map((node) => this.condition(node))
    this.at++
    this.leave()
    this.beginCall(callee, { labels, conditions, bad })
  }

  private condition(node: SyntaxNode): SyntaxNode {
    if (node.kind === 'error' || (node.kind === 'binary' && levels[node.operator] === level.comparison)) return node
    this.fail('A condition is a comparison, such as `i<j`.', node.span)
    return { kind: 'error', span: node.span, parts: [node] }
  }

  /** Closes the frames whose bracket stands behind the token at index `open`, and reports the innermost. */
  private closeUnclosed(open: number): void {
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
  private abandonFrame(): void {
    const { frame } = this
    if (this.expectOperand) this.missingOperand(this.endToken)
    const parts = frameParts(frame)
    for (const node of sides(this.finishConditions())) parts.push(node)
    this.leave()
    this.push({ kind: 'error', span: [frame.start, this.previousEnd()], parts })
  }

  // Stacks

  private statementFrame(start: number): StatementFrame {
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
  private frameBase(start: number, conditional: boolean): FrameBase {
    const { operands, pending } = this
    return { open: this.at, start, operands: operands.length, pending: pending.length, conditional }
  }

  private open(frame: Frame): void {
    this.frames.push(this.frame)
    this.frame = frame
    this.at++
    this.expectOperand = true
  }

  private leave(): void {
    const { operands, pending } = this.frame
    this.operands.length = operands
    this.pending.length = pending
    this.frame = this.frames.pop() ?? this.frame
  }

  private push(node: SyntaxNode, start = node.span[0], end = node.span[1], joined?: Operand['joined']): void {
    this.operands.push({ node, start, end, joined })
    this.expectOperand = false
  }

  private popRaw(): Operand {
    const place = this.previousEnd()
    const nothing: SyntaxNode = { kind: 'error', span: [place, place], parts: [] }
    return this.operands.pop() ?? { node: nothing, start: place, end: place, joined: undefined }
  }

  /** The last operand, which must not be an `and`. */
  private pop(): Operand {
    const operand = this.popRaw()
    if (operand.joined === undefined) return operand
    const { start, end } = operand
    const span: Span = [start, end]
    this.fail('Conditions joined by `and` have no value.', span)
    return { node: { kind: 'error', span, parts: sides(operand) }, start, end, joined: undefined }
  }

  /** Makes an error node of the last operand and the text up to `end`. */
  private spoil(end: number): void {
    const { node, start } = this.pop()
    this.push({ kind: 'error', span: [start, end], parts: [node] })
  }

  private lastPending(): Pending | undefined {
    return this.hasPending() ? this.pending.at(-1) : undefined
  }

  private hasPending(): boolean {
    return this.pending.length > this.frame.pending
  }

  /** Applies the frame's last operators that bind at least this tightly. */
  private reduce(least: number): void {
    for (let last = this.lastPending(); last !== undefined && last.level >= least; last = this.lastPending()) {
      this.pending.pop()
      this.apply(last)
    }
  }

  private apply(pending: Pending): void {
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

  private finishExpression(): Operand {
    this.reduce(level.and)
    return this.pop()
  }

  private finishConditions(): Operand {
    this.reduce(level.and)
    return this.popRaw()
  }

  /** The last operand when it is a name without brackets around it. */
  private bareName(): Identifier | undefined {
    const operand = this.operands.at(-1)
    if (operand === undefined || operand.node.kind !== 'name' || operand.start !== operand.node.span[0])
      return undefined
    return { name: operand.node.name, span: operand.node.span }
  }

  // Tokens and problems

  private tokenAt(index: number): Token {
    return (index < this.stop ? this.tokens[index] : undefined) ?? this.endToken
  }

  private peek(): Token {
    return this.tokenAt(this.at)
  }

  private previous(): Token | undefined {
    return this.tokens[this.at - 1]
  }

  private previousEnd(): number {
    return this.previous()?.end ?? 0
  }

  private source(span: Span): string {
    return this.text.slice(span[0], span[1])
  }

  /** Whether the token carries a problem, which is reported. */
  private report(token: Token): boolean {
    if (token.problem === undefined) return false
    this.problems.add(token.problem)
    return true
  }

  private fail(message: string, span: Span, hint?: string, fixes?: readonly Fix[]): void {
    this.problems.add({
      code: 'SyntaxError',
      message,
      span,
      ...(hint === undefined ? {} : { hint }),
      ...(fixes === undefined ? {} : { fixes }),
    })
  }
}

/** The conditions that an operand joins by `and`, or its only node. */
function sides(operand: Operand): SyntaxNode[] {
  const nodes: SyntaxNode[] = []
  const stack = [operand]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.joined === undefined) nodes.push(next.node)
    else stack.push(next.joined[1], next.joined[0])
  }
  return nodes
}

/** What a frame has read so far, for the error node that takes its place. */
function frameParts(frame: Frame): SyntaxNode[] {
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

function indexEntry(parts: readonly SyntaxNode[], colons: number, span: Span): IndexEntry {
  const value = parts[0]
  if (value === undefined && colons === 1) return { kind: 'all', span }
  if (value === undefined || colons > 0) return { kind: 'range', span, parts }
  if (value.kind === 'name')
    return value.name === 'end' ? { kind: 'end', span } : { kind: 'label', span, name: value.name }
  if (value.kind === 'number') return { kind: 'number', span, text: value.text, value: value.value }
  return { kind: 'other', span, value }
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

function isSignedNumber(node: SyntaxNode): boolean {
  let inner = node
  while (inner.kind === 'unary') inner = inner.operand
  return inner.kind === 'number'
}
