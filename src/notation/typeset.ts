/**
 * A text of the language as a formula: LaTeX in which every part can be marked, the place of each part in the text, and how
 * it is spoken. Brackets are set where the reading needs them, so the formula shows how the text was read.
 *
 * Iterative, so depth never meets the stack. Names reach the LaTeX through `latexName` only.
 */
import { EincalcError, type Span } from '../errors.ts'
import { parse } from '../syntax/parser.ts'
import type { Statement, SyntaxNode } from '../syntax/tree.ts'
import { latexName } from './latex.ts'
import { OPEN, type Piece, said, write } from './typeset-pieces.ts'

export interface TypesetPart {
  /** The place of the part in the text, without brackets around it. */
  readonly span: Span
  /** The number of the part that it stands in; -1 for the outermost. */
  readonly parent: number
  readonly spoken: string
}

export interface Typeset {
  readonly latex: string
  /** The same statement by statement, where lines are set one by one. */
  readonly lines: readonly string[]
  readonly spoken: string
  /** In the order in which they are written, each before its own parts. Empty for texts with more than `PARTS_LIMIT`. */
  readonly parts: readonly TypesetPart[]
}

/** What to put around part number `part`, e.g. a colour. */
export type Mark = (part: number, span: Span) => readonly [before: string, after: string]

/** Nobody points at the parts of a longer formula, and speaking each of them takes its square. */
const PARTS_LIMIT = 400
const plain: Mark = () => ['', '']

/** Typesets a text. Throws `EincalcError` for the first problem of its syntax; names and shapes are not looked at. */
export function typeset(text: string, mark: Mark = plain): Typeset {
  const { program, problems } = parse(text)
  const [problem] = problems
  if (problem) throw new EincalcError(problem)
  const setter = new Setter(mark)
  const { statements } = program
  for (const statement of statements) setter.statement(statement)
  return setter.finish()
}

class Setter {
  readonly #mark: Mark
  #latex: string[] = []
  /** The LaTeX of each statement: its left side, and what it is bound to. */
  readonly #lines: { left: string; right: string }[] = []
  readonly #spoken: string[] = []
  readonly #parts: { span: Span; parent: number; from: number; to: number }[] = []
  #overflow = false

  constructor(mark: Mark) {
    this.#mark = mark
  }

  add(latex: string, spoken: string): void {
    this.#latex.push(latex)
    if (spoken !== '') this.#spoken.push(spoken)
  }

  statement(statement: Statement): void {
    if (this.#lines.length > 0) this.#spoken.push(';')
    let left = ''
    if (statement.kind !== 'expression') {
      const { name } = statement.target
      const labels = statement.kind === 'bindIndexed' ? statement.labels.map((label) => label.name) : []
      const base = latexName(name)
      const under = labels.length === 0 ? '' : `_{${labels.map(latexName).join(',')}}`
      left = `${under !== '' && base.includes('_') ? `{${base}}` : base}${under} `
      this.#spoken.push(`${labels.length === 0 ? name : `${name} sub ${labels.join(' ')}`} equals`)
    }
    this.#latex = []
    this.#expression(statement.value)
    this.#lines.push({ left, right: this.#latex.join('') })
  }

  #expression(root: SyntaxNode): void {
    // A part is closed by its number and what its mark puts behind it.
    const stack: (Piece | { readonly part: number; readonly after: string })[] = [[root, OPEN]]
    let parent = -1
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if ('part' in top) {
        const part = this.#parts[top.part]
        if (part) {
          part.to = this.#spoken.length
          parent = part.parent
        }
        this.#latex.push(top.after)
        continue
      }
      if ('latex' in top) {
        this.add(top.latex, top.spoken)
        continue
      }
      const [node, required] = top
      const { level, pieces } = write(node)
      const bracketed = level < required
      if (bracketed) {
        this.add('\\left(', 'open')
        stack.push(said('\\right)', 'close'))
      }
      if (node !== root) {
        const number = this.#parts.length
        if (number >= PARTS_LIMIT) this.#overflow = true
        else {
          const [before, after] = this.#mark(number, node.span)
          this.#parts.push({ span: node.span, parent, from: this.#spoken.length, to: this.#spoken.length })
          parent = number
          this.#latex.push(before)
          stack.push({ part: number, after })
        }
      }
      for (let position = pieces.length - 1; position >= 0; position--) stack.push(pieces[position] as Piece)
    }
  }

  finish(): Typeset {
    const spoken = speech(this.#spoken)
    const parts = this.#overflow ? [] : this.#parts
    const lines = this.#lines.map(({ left, right }) => (left === '' ? right : `${left}= ${right}`))
    const aligned = this.#lines.map(({ left, right }) => (left === '' ? `& ${right}` : `${left}&= ${right}`))
    return {
      latex: lines.length === 1 ? (lines[0] as string) : `\\begin{aligned} ${aligned.join(' \\\\ ')} \\end{aligned}`,
      lines,
      spoken,
      parts: parts.map(({ span, parent, from, to }) => ({
        span,
        parent,
        spoken: speech(this.#spoken.slice(from, to)),
      })),
    }
  }
}

/** Words with a pause before and after what brackets hold. */
function speech(words: readonly string[]): string {
  return words
    .join(' ')
    .replace(/ (open|close)(?= |$)/g, ', $1,')
    .replace(/^open /, 'open, ')
    .replace(/,( ;|,)/g, ',')
    .replace(/ ;/g, ';')
    .replace(/,$/, '')
}
