/**
 * Errors are data: a code, a message in the user's names, the place in the source text, a hint and quick fixes.
 * Text with a caret is made last, by `caretMessage`.
 */

/** Half-open range of UTF-16 offsets in the source text. */
export type Span = readonly [start: number, end: number]

export type ErrorCode =
  | 'SyntaxError'
  | 'UnknownFunction'
  | 'UnknownVariable'
  | 'ShapeMismatch'
  | 'TypeMismatch'
  | 'AmbiguousExpression'
  | 'NotDifferentiable'
  | 'DomainError'
  | 'LimitExceeded'
  | 'BadRequest'

/** A change of the source text that mends a problem: `replacement` stands in the place of `span`. */
export interface Fix {
  readonly title: string
  readonly span: Span
  readonly replacement: string
}

/** A part of the source text and what it is, such as `A is m×n`. */
export interface ProblemPlace {
  readonly span: Span
  readonly message: string
}

export interface Problem {
  readonly code: ErrorCode
  readonly message: string
  readonly span?: Span
  /** Of a clash: every part that takes part in it. */
  readonly places?: readonly ProblemPlace[]
  readonly hint?: string
  readonly fixes?: readonly Fix[]
}

/** What every refusal of the library throws; `problem` is the whole story, `message` its first line. */
export class EincalcError extends Error {
  readonly problem: Problem
  readonly code: ErrorCode

  constructor(problem: Problem) {
    super(problem.message)
    this.name = 'EincalcError'
    this.problem = problem
    this.code = problem.code
  }
}

/** Columns of source text that a caret message shows of one line. */
const columns = 100

/**
 * The problem as people read it: code and message, the line of the source with carets under the place, the hint.
 *
 *     SyntaxError: An operator is missing between `2` and `x`.
 *       2x + 1
 *        ^
 *       Hint: write `2*x`
 *
 * Lines are numbered when the text has several; a long line is clipped around the place.
 */
export function caretMessage(text: string, problem: Problem): string {
  const lines = [`${problem.code}: ${problem.message}`]
  if (problem.span !== undefined) lines.push(...excerpt(text, problem.span))
  if (problem.hint !== undefined) lines.push(`  Hint: ${problem.hint}`)
  return lines.join('\n')
}

function excerpt(text: string, span: Span): string[] {
  const start = clamp(span[0], 0, text.length)
  const lineStart = lastBreakBefore(text, start)
  const lineEnd = nextBreak(text, start)
  const end = clamp(span[1], start, lineEnd)

  // Clip to a window that shows the start of the place, and as much of the place as fits.
  let from = lineStart
  let to = lineEnd
  if (to - from > columns) {
    const shown = Math.min(end - start, columns / 2)
    from = clamp(start - Math.floor((columns - shown) / 2), lineStart, lineEnd - columns)
    to = from + columns
    if (splitsPair(text, from)) from++
    if (splitsPair(text, to)) to--
  }
  const before = from > lineStart ? '…' : ''
  const after = to < lineEnd ? '…' : ''

  const number = lineNumber(text, lineStart)
  const margin = number === 1 && nextBreak(text, 0) === text.length ? '  ' : `  ${number} | `
  const pad = ' '.repeat(margin.length + before.length) + blank(text.slice(from, start))
  const marked = width(text.slice(start, Math.min(end, to)))
  return [margin + before + printable(text.slice(from, to)) + after, pad + '^'.repeat(Math.max(1, marked))]
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high))
}

function isBreak(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === 10 || code === 13 || code === 0x2028 || code === 0x2029
}

function lastBreakBefore(text: string, at: number): number {
  let start = at
  while (start > 0 && !isBreak(text, start - 1)) start--
  return start
}

function nextBreak(text: string, at: number): number {
  let end = at
  while (end < text.length && !isBreak(text, end)) end++
  return end
}

function lineNumber(text: string, lineStart: number): number {
  let number = 1
  for (let at = 0; at < lineStart; at++) {
    if (isBreak(text, at) && !(text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10)) number++
  }
  return number
}

function splitsPair(text: string, at: number): boolean {
  const low = text.charCodeAt(at)
  const high = text.charCodeAt(at - 1)
  return low >= 0xdc00 && low <= 0xdfff && high >= 0xd800 && high <= 0xdbff
}

/** Control characters and reordering marks would act on a terminal instead of being shown. */
const unprintable = /[^\P{C}\t\u200c\u200d]/gu

function printable(text: string): string {
  return text.replace(unprintable, '\ufffd')
}

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u
const zeroWidth = /[\p{Mn}\p{Me}\u200c\u200d]/u

function characterWidth(character: string): number {
  if (character < '\u0300') return 1
  if (zeroWidth.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

function width(text: string): number {
  let sum = 0
  for (const character of text) sum += characterWidth(character)
  return sum
}

/** White space as wide as the text; tabs stay tabs, so that the caret lines up wherever they stop. */
function blank(text: string): string {
  let result = ''
  for (const character of text) result += character === '\t' ? '\t' : ' '.repeat(characterWidth(character))
  return result
}
