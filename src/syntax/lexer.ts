/**
 * Source text to tokens, in one pass: numbers, names, texts in quotes, operators in their ASCII form, brackets with
 * their partners. Never fails: what is no token becomes one of kind `bad`, and a token that can be guessed
 * (`**` for `^`) carries a problem, which the parser reports when it reads the token.
 */

import type { Problem, Span } from '../errors.ts'
import { maxNameLength, maxNesting } from './limits.ts'
import { codePointName, quoted } from './quoted.ts'
import type { BinaryOperator } from './tree.ts'

export type TokenKind =
  | 'number'
  | 'name'
  | 'string'
  | 'operator'
  | 'transpose'
  | '('
  | ')'
  | '['
  | ']'
  | ','
  | ':'
  | '='
  | 'separator'
  | 'bad'
  | 'end'

export type Operator = BinaryOperator | 'and'

export interface Token {
  readonly kind: TokenKind
  readonly start: number
  readonly end: number
  /** Of kind `operator`. */
  readonly operator: Operator | undefined
  /** Index of the token that closes or opens this bracket, -1 without one. */
  partner: number
  problem: Problem | undefined
}

export interface Lexed {
  /** Ends with one of kind `end`. Separators neither lead nor repeat. */
  readonly tokens: readonly Token[]
  /** Set when brackets nest too deeply; the tokens then end there. */
  readonly limit: Problem | undefined
}

/** Whether the whole text is one name, as it may stand in an expression. */
export function isName(text: string): boolean {
  return text !== 'and' && isNameStart(text.codePointAt(0) ?? 0) && nameEnd(text, 0) === text.length
}

export function lex(text: string): Lexed {
  return new Lexer(text).run()
}

const operators = new Map<string, Operator>([
  ['+', '+'],
  ['-', '-'],
  ['*', '*'],
  ['/', '/'],
  ['@', '*'],
  ['^', '^'],
  ['.*', '.*'],
  ['./', './'],
  ['.^', '.^'],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
  ['==', '=='],
  ['!=', '!='],
  ['−', '-'],
  ['·', '*'],
  ['⋅', '*'],
  ['×', '*'],
  ['⊙', '.*'],
  ['∘', '.*'],
  ['⊘', './'],
  ['⊗', 'kron'],
  ['≤', '<='],
  ['≥', '>='],
  ['≠', '!='],
])

/** What other notations write, read as what it means but reported. */
const foreignOperators = new Map<string, Operator>([
  ['**', '^'],
  ['~=', '!='],
  ['&&', 'and'],
  ['&', 'and'],
  ['∧', 'and'],
  ['÷', '/'],
  ['∕', '/'],
  ['∗', '*'],
  ['•', '*'],
  ['–', '-'],
  ['—', '-'],
  ['‐', '-'],
  ['‑', '-'],
])

const foreignTransposes = new Set(['’', '‘', '´', '`', '⊤'])

const hints = new Map<string, string>([
  ['|', 'write `abs(x)` or `norm2(x)`'],
  ['‖', 'write `norm2(x)`'],
  ['{', 'write round brackets'],
  ['}', 'write round brackets'],
  ['\\', 'write `solve(A,b)` for the solution of A*x = b'],
  ['%', 'a comment begins with `#`'],
  ['“', 'a text stands in `"`'],
  ['”', 'a text stands in `"`'],
  ['‘', "a text stands in `'`"],
  ['’', "a text stands in `'`"],
  ['`', "a text stands in `'`"],
  ['…', 'a statement in brackets goes on in the next line'],
  ['√', 'write `sqrt(x)`'],
  ['∑', 'write `sum(x)` or `sum[k](...)`'],
  ['∏', 'write `prod(x)` or `prod[k](...)`'],
  ['∂', 'write `derivative(f,x,1)`, `grad(f,x)` or `jacobian(y,x)`'],
  ['∇', 'write `grad(f,x)`'],
])

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻'
const superscriptMeanings = '0123456789+-'

const transposeLetter = 0x1d40
const letter = /\p{L}/u
const letterMarkOrDigit = /[\p{L}\p{M}\p{Nd}]/u
const blankCharacter = /[\p{Zs}\ufeff]/u

class Lexer {
  private readonly text: string
  private readonly tokens: Token[] = []
  private at = 0
  /** Whether an operand ends here, so that a `'` transposes it. */
  private afterOperand = false
  /** Indices of the bracket tokens that are open here, and how many of them are square. */
  private readonly open: number[] = []
  private openSquare = 0
  private limit: Problem | undefined

  constructor(text: string) {
    this.text = text
  }

  run(): Lexed {
    while (this.at < this.text.length && this.limit === undefined) this.next()
    this.add('end', this.at)
    return { tokens: this.tokens, limit: this.limit }
  }

  private add(kind: TokenKind, end: number, operator?: Operator, problem?: Problem): void {
    this.tokens.push({ kind, start: this.at, end, operator, partner: -1, problem })
    this.at = end
  }

  private next(): void {
    const code = this.text.charCodeAt(this.at)
    if (code === 0x20 || code === 0x09) this.at++
    else if (isAsciiLetter(code) || code === 0x5f) this.name()
    else if (isDigit(code)) this.number()
    else if (isBreak(code)) this.separator('newline')
    else if (code < 0x80) this.asciiMark(code)
    else this.otherCharacter()
  }

  private name(): void {
    const end = nameEnd(this.text, this.at)
    if (end - this.at > maxNameLength) {
      this.bad(end, {
        code: 'LimitExceeded',
        message: `The name ${quoted(this.text, this.at, end)} has more than ${maxNameLength} characters.`,
      })
      return
    }
    const isAnd = end - this.at === 3 && this.text.startsWith('and', this.at)
    if (isAnd) this.add('operator', end, 'and')
    else this.add('name', end)
    this.afterOperand = !isAnd
  }

  private number(): void {
    const { text } = this
    let end = skipDigits(text, this.at)
    const startsWithDot = end === this.at
    // After digits, the dot of `2.*x`, `2./x`, `2.^x` and `2.'` belongs to the operator.
    if (text[end] === '.' && (startsWithDot || !"*/^'".includes(text[end + 1] ?? ' '))) end = skipDigits(text, end + 1)
    if (text[end] === 'e' || text[end] === 'E') {
      const sign = text[end + 1] === '+' || text[end + 1] === '-' ? 1 : 0
      const digits = end + 1 + sign
      if (isDigit(text.charCodeAt(digits))) end = skipDigits(text, digits)
    }
    this.add('number', end)
    this.afterOperand = true
  }

  private asciiMark(code: number): void {
    const character = String.fromCharCode(code)
    switch (character) {
      case '(':
      case '[':
        this.openBracket(character)
        return
      case ')':
      case ']':
        this.closeBracket(character)
        return
      case ';':
        this.separator('semicolon')
        return
      case ',':
      case ':':
        this.add(character, this.at + 1)
        this.afterOperand = false
        return
      case '#':
        while (this.at < this.text.length && !isBreak(this.text.charCodeAt(this.at))) this.at++
        return
      case '"':
        this.string(character)
        return
      case "'":
        if (this.afterOperand) this.add('transpose', this.at + 1)
        else this.string(character)
        return
      case '.':
        this.dot()
        return
      case '\v':
      case '\f':
        this.at++
        return
      default:
        this.operatorOrOther()
    }
  }

  private operatorOrOther(): void {
    const pair = this.text.slice(this.at, this.at + 2)
    const single = pair.slice(0, 1)
    const spelling = operators.has(pair) ? pair : single
    const operator = operators.get(spelling)
    if (operator !== undefined && !foreignOperators.has(pair)) {
      this.add('operator', this.at + spelling.length, operator)
      this.afterOperand = false
    } else if (single === '=') {
      this.add('=', this.at + 1)
      this.afterOperand = false
    } else {
      this.foreignCharacter(single)
    }
  }

  private dot(): void {
    const { text, at } = this
    const following = text[at + 1] ?? ' '
    if (isDigit(following.charCodeAt(0))) {
      this.number()
    } else if (following === "'") {
      this.add('transpose', at + 2)
    } else if (operators.has(`.${following}`)) {
      this.operatorOrOther()
    } else if (this.afterOperand && following === 'T' && nameEnd(text, at + 1) === at + 2) {
      this.add('transpose', at + 2, undefined, this.foreign(at + 2, "'"))
    } else {
      let end = at + 1
      while (text[end] === '.') end++
      const hint = end - at > 2 ? 'a statement in brackets goes on in the next line' : undefined
      this.bad(end, {
        code: 'SyntaxError',
        message: `${quoted(text, at, end)} has no meaning here.`,
        ...withHint(hint),
      })
    }
  }

  /** Anything that is neither a letter, a digit nor an ASCII mark of the language. */
  private otherCharacter(): void {
    const { text, at } = this
    const point = text.codePointAt(at) ?? 0
    const character = String.fromCodePoint(point)
    if (character === 'ᵀ' || character === '′') {
      this.add('transpose', at + 1)
    } else if (isNameStart(point)) {
      this.name()
    } else if (isBreak(point)) {
      this.separator('newline')
    } else if (blankCharacter.test(character)) {
      this.at++
    } else if (operators.has(character)) {
      this.add('operator', at + 1, operators.get(character))
      this.afterOperand = false
    } else {
      this.foreignCharacter(character)
    }
  }

  private foreignCharacter(character: string): void {
    const { text, at } = this
    const pair = text.slice(at, at + 2)
    const spelling = foreignOperators.has(pair) ? pair : character
    const operator = foreignOperators.get(spelling)
    if (operator !== undefined) {
      this.add('operator', at + spelling.length, operator, this.foreign(at + spelling.length, operator))
      this.afterOperand = false
      return
    }
    if (this.afterOperand && foreignTransposes.has(character)) {
      this.add('transpose', at + 1, undefined, this.foreign(at + 1, "'"))
      return
    }
    if (superscripts.includes(character)) {
      let end = at
      let exponent = ''
      for (let place = superscripts.indexOf(character); end < text.length && place >= 0; ) {
        exponent += superscriptMeanings[place]
        end++
        place = superscripts.indexOf(text[end] ?? ' ')
      }
      this.bad(end, this.foreign(end, `^${exponent}`))
      return
    }
    const hint = hints.get(character)
    const plain = character.normalize('NFKC')
    if (hint === undefined && plain !== character && /^[!-~]+$/.test(plain)) {
      const end = at + character.length
      this.bad(end, this.foreign(end, plain))
      return
    }
    const end = hint === undefined ? this.endOfUnknown(at + character.length) : at + character.length
    this.bad(end, {
      code: 'SyntaxError',
      message: `Unknown character ${codePointName(character)}.`,
      ...withHint(hint),
    })
  }

  /** A run of unknown characters is reported once: `$$$`, or one emoji of many parts. */
  private endOfUnknown(from: number): number {
    const { text, at } = this
    const first = text.slice(at, from)
    let end = from
    while (end < text.length) {
      const character = String.fromCodePoint(text.codePointAt(end) ?? 0)
      const known =
        character < '\x80' ||
        /[\p{L}\p{Nd}\p{Z}]/u.test(character) ||
        operators.has(character) ||
        foreignOperators.has(character) ||
        hints.has(character) ||
        character === '′' ||
        superscripts.includes(character)
      if (known && character !== first) break
      end += character.length
    }
    return end
  }

  private foreign(end: number, meant: string): Problem {
    const { text, at } = this
    const written = text.slice(at, end)
    const name = written.length <= 2 && written > '\x7f' ? codePointName(written) : quoted(text, at, end)
    const span: Span = [at, end]
    return {
      code: 'SyntaxError',
      message: `${name} is not part of the language.`,
      span,
      hint: `write \`${meant}\``,
      fixes: [{ title: `Write ${meant}`, span, replacement: meant === 'and' ? ' and ' : meant }],
    }
  }

  private bad(end: number, problem: Problem): void {
    this.add('bad', end, undefined, { ...problem, span: [this.at, end] })
    this.afterOperand = true
  }

  private string(quote: string): void {
    const { text, at } = this
    let end = at + 1
    while (end < text.length && text[end] !== quote && !isBreak(text.charCodeAt(end))) end++
    this.afterOperand = true
    if (text[end] === quote) {
      this.add('string', end + 1)
      return
    }
    this.add('string', end, undefined, {
      code: 'SyntaxError',
      message: `The text after this \`${quote}\` has no end.`,
      span: [at, at + 1],
      hint:
        quote === "'"
          ? "close it with another `'`; a `'` transposes only directly after an operand"
          : `close it with another \`${quote}\``,
    })
  }

  private separator(kind: 'newline' | 'semicolon'): void {
    if (kind === 'newline') {
      if (this.open.length > 0) {
        this.at++
        return
      }
    } else if (this.openSquare > 0 && this.tokens[this.open.at(-1) ?? 0]?.kind === '[') {
      this.bad(this.at + 1, { code: 'SyntaxError', message: '`;` does not separate anything in square brackets.' })
      return
    } else {
      this.open.length = 0
      this.openSquare = 0
    }
    this.afterOperand = false
    const last = this.tokens.at(-1)
    if (last === undefined || last.kind === 'separator') this.at++
    else this.add('separator', this.at + 1)
  }

  private openBracket(kind: '(' | '['): void {
    if (this.open.length === maxNesting) {
      this.limit = {
        code: 'LimitExceeded',
        message: `Brackets are nested more than ${maxNesting} deep.`,
        span: [this.at, this.at + 1],
        hint: 'bind parts to names: `t = ...`',
      }
      return
    }
    this.open.push(this.tokens.length)
    if (kind === '[') this.openSquare++
    this.add(kind, this.at + 1)
    this.afterOperand = false
  }

  /**
   * Finds the partner: the innermost open bracket of this kind, which leaves those inside it unclosed. Without one,
   * the innermost bracket is taken for closed by the wrong kind.
   */
  private closeBracket(kind: ')' | ']'): void {
    const opener = kind === ')' ? '(' : '['
    const openOfKind = kind === ']' ? this.openSquare : this.open.length - this.openSquare
    let partner = this.popOpen()
    while (openOfKind > 0 && partner >= 0 && this.tokens[partner]?.kind !== opener) partner = this.popOpen()

    const index = this.tokens.length
    this.add(kind, this.at + 1)
    this.afterOperand = true
    const closing = this.tokens[index]
    const opening = this.tokens[partner]
    if (closing === undefined || opening === undefined) return
    closing.partner = partner
    opening.partner = index
    if (opening.kind !== opener) {
      const right = opening.kind === '(' ? ')' : ']'
      closing.problem = {
        code: 'SyntaxError',
        message: `This \`${opening.kind}\` is closed by a \`${kind}\`.`,
        span: [opening.start, opening.end],
        hint: `close it with \`${right}\``,
        fixes: [{ title: `Write ${right}`, span: [closing.start, closing.end], replacement: right }],
      }
    }
  }

  private popOpen(): number {
    const index = this.open.pop() ?? -1
    if (this.tokens[index]?.kind === '[') this.openSquare--
    return index
  }
}

function withHint(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint }
}

function nameEnd(text: string, start: number): number {
  let end = start
  while (end < text.length) {
    const code = text.charCodeAt(end)
    if (isAsciiLetter(code) || isDigit(code) || code === 0x5f) {
      end++
    } else if (code < 0x80) {
      break
    } else {
      const point = text.codePointAt(end) ?? 0
      if (point === transposeLetter || !letterMarkOrDigit.test(String.fromCodePoint(point))) break
      end += point > 0xffff ? 2 : 1
    }
  }
  return end
}

function isNameStart(point: number): boolean {
  if (point < 0x80) return isAsciiLetter(point) || point === 0x5f
  return point !== transposeLetter && letter.test(String.fromCodePoint(point))
}

function isAsciiLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isBreak(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029
}

function skipDigits(text: string, start: number): number {
  let end = start
  while (isDigit(text.charCodeAt(end))) end++
  return end
}
