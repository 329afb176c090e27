/** Types of variables: `matrix(m,n) positive`, and lists of them, `A:symmetric(n), x:vector(n)`. */

import type { Problem, Span } from '../errors.ts'
import { lex, type Token } from './lexer.ts'
import { nearestName } from './nearest.ts'
import { checkLength, Problems } from './problems.ts'
import { quoted } from './quoted.ts'
import { Reader } from './reader.ts'
import type { Identifier, SyntaxNode } from './tree.ts'
import { walkTree } from './walk.ts'

export type TypeName =
  | 'scalar'
  | 'vector'
  | 'rowvector'
  | 'matrix'
  | 'tensor'
  | 'symmetric'
  | 'psd'
  | 'diagonal'
  | 'orthogonal'

export type Sign = 'positive' | 'nonnegative'

export interface TypeDeclaration {
  readonly kind: 'type'
  readonly span: Span
  readonly name: TypeName
  /**
   * As many as the type has, undefined when left out. Each is built of numbers, names, signs and `+ - * / ^`; that
   * it is a polynomial with a whole value is not checked.
   */
  readonly sizes: readonly SyntaxNode[] | undefined
  readonly sign: Sign | undefined
}

export interface Declaration {
  readonly name: Identifier
  readonly span: Span
  readonly type: TypeDeclaration
}

export interface ParsedType {
  /** Undefined if and only if there are problems. */
  readonly type: TypeDeclaration | undefined
  readonly problems: readonly Problem[]
}

export interface ParsedDeclarations {
  /** Those that could be read. */
  readonly declarations: readonly Declaration[]
  readonly problems: readonly Problem[]
}

/** Reads a type. Never throws. Spans are places in `text`. */
export function parseType(text: string): ParsedType {
  const source = new DeclarationReader(text)
  const type = source.isReadable ? source.type(0, source.length) : undefined
  return { type, problems: source.problems.sorted() }
}

/** Reads declarations separated by `,`, `;` or new lines. Never throws. Spans are places in `text`. */
export function parseDeclarations(text: string): ParsedDeclarations {
  const source = new DeclarationReader(text)
  const declarations = source.isReadable ? source.declarations() : []
  return { declarations, problems: source.problems.sorted() }
}

/** How many sizes a type has; a tensor has one or more. */
const sizeCounts: { readonly [Name in TypeName]: number } = {
  scalar: 0,
  vector: 1,
  rowvector: 1,
  matrix: 2,
  tensor: Number.POSITIVE_INFINITY,
  symmetric: 1,
  psd: 1,
  diagonal: 1,
  orthogonal: 1,
}

const typeNames = Object.keys(sizeCounts) as TypeName[]
const typeHint =
  'types are `scalar`, `vector(n)`, `rowvector(n)`, `matrix(m,n)`, `tensor(n,m,k)`, `symmetric(n)`, `psd(n)`, `diagonal(n)`, `orthogonal(n)`'

class DeclarationReader {
  readonly problems = new Problems()
  /** False when the text is over a limit, which is reported. */
  readonly isReadable: boolean
  /** Number of tokens, without separators at the end. */
  readonly length: number
  private readonly text: string
  private readonly tokens: readonly Token[]

  constructor(text: string) {
    this.text = text
    const tooLong = checkLength(text)
    const { tokens, limit } = tooLong === undefined ? lex(text) : { tokens: [], limit: tooLong }
    if (limit !== undefined) this.problems.add(limit)
    this.isReadable = limit === undefined
    this.tokens = tokens
    const last = tokens.at(-2)
    this.length = Math.max(0, tokens.length - (last?.kind === 'separator' ? 2 : 1))
  }

  declarations(): Declaration[] {
    const declarations: Declaration[] = []
    for (const [from, to] of this.split(0, this.length)) {
      const declaration = this.declaration(from, to)
      if (declaration !== undefined) declarations.push(declaration)
    }
    return declarations
  }

  private declaration(from: number, to: number): Declaration | undefined {
    const name = from < to ? this.tokens[from] : undefined
    const colon = from + 1 < to ? this.tokens[from + 1] : undefined
    if (name?.kind !== 'name' || colon?.kind !== ':') {
      const message = name === undefined ? 'A declaration is missing here.' : 'A declaration is a name, `:` and a type.'
      this.fail(message, this.range(from, to), 'write for example `A:symmetric(n), x:vector(n)`')
      return undefined
    }
    const type = this.type(from + 2, to)
    if (type === undefined) return undefined
    const identifier: Identifier = { name: this.source([name.start, name.end]), span: [name.start, name.end] }
    return { name: identifier, span: [name.start, type.span[1]], type }
  }

  type(from: number, to: number): TypeDeclaration | undefined {
    const first = from < to ? this.tokens[from] : undefined
    if (first === undefined) {
      this.fail('A type is missing here.', this.range(from, to), typeHint)
      return undefined
    }
    const name = this.typeName(first)
    if (name === undefined) return undefined

    let at = from + 1
    let sizes: readonly SyntaxNode[] | undefined
    const opening = at < to ? this.tokens[at] : undefined
    if (opening?.kind === '(') {
      const close = opening.partner
      if (close < 0) {
        this.fail('This `(` is never closed.', [opening.start, opening.end])
        return undefined
      }
      sizes = this.sizes(at + 1, close)
      if (sizes === undefined || !this.checkCount(name, sizes.length, [first.start, this.tokens[close]!.end])) {
        return undefined
      }
      at = close + 1
    }

    let sign: Sign | undefined
    const word = at < to ? this.tokens[at] : undefined
    const shown = word === undefined ? '' : this.source([word.start, word.end])
    if (word !== undefined && (shown === 'positive' || shown === 'nonnegative')) {
      sign = shown
      at++
    }
    if (at < to) {
      const hint = sign === undefined ? '`positive` or `nonnegative` may stand behind a type' : undefined
      this.fail(`${quoted(this.source(this.range(at, to)))} does not belong to a type.`, this.range(at, to), hint)
      return undefined
    }
    return { kind: 'type', span: this.range(from, to), name, sizes, sign }
  }

  private typeName(token: Token): TypeName | undefined {
    const span: Span = [token.start, token.end]
    const shown = this.source(span)
    const name = typeNames.find((known) => known === shown)
    if (name !== undefined) return name
    if (shown === 'positive' || shown === 'nonnegative') {
      this.fail(`\`${shown}\` stands behind a type, as in \`vector(n) ${shown}\`.`, span)
      return undefined
    }
    const nearest = token.kind === 'name' ? nearestName(shown, typeNames) : undefined
    const hint = nearest === undefined ? typeHint : `did you mean \`${nearest}\`?`
    const fixes = nearest === undefined ? undefined : [{ title: `Write ${nearest}`, span, replacement: nearest }]
    this.problems.add({
      code: 'SyntaxError',
      message: `${quoted(shown)} is no type.`,
      span,
      hint,
      ...(fixes === undefined ? {} : { fixes }),
    })
    return undefined
  }

  private sizes(from: number, to: number): SyntaxNode[] | undefined {
    const sizes: SyntaxNode[] = []
    let readable = true
    for (const [start, end] of this.split(from, to)) {
      const size = this.size(start, end)
      if (size === undefined) readable = false
      else sizes.push(size)
    }
    return readable ? sizes : undefined
  }

  private size(from: number, to: number): SyntaxNode | undefined {
    if (from === to) {
      this.fail('A size is missing here.', this.range(from - 1, to + 1), 'leave out all sizes or none')
      return undefined
    }
    const statement = new Reader(this.text, this.tokens, this.problems, from, to).statement()
    if (statement.kind !== 'expression') {
      this.fail('A size is an expression such as `n` or `2*n`.', statement.span)
      return undefined
    }
    let readable = true
    walkTree(statement.value, (node) => {
      if (node.kind === 'error') readable = false
      else if (!mayStandInSize(node)) {
        readable = false
        this.fail('A size is built of numbers, names and `+ - * / ^`.', node.span)
        return false
      }
      return true
    })
    return readable ? statement.value : undefined
  }

  private checkCount(name: TypeName, count: number, span: Span): boolean {
    const wanted = sizeCounts[name]
    if (count === wanted || (name === 'tensor' && count > 0)) return true
    const sizes = wanted === 0 ? 'no size' : wanted === 1 ? 'one size' : 'two sizes'
    const hint =
      name === 'vector' && count === 2
        ? 'did you mean `matrix(m,n)`?'
        : count === 2 && wanted === 1
          ? `write \`${name}(n)\``
          : undefined
    this.fail(`A type \`${name}\` has ${sizes}, not ${count}.`, span, hint)
    return false
  }

  /** The ranges of tokens between separators and commas outside brackets; what stands between two commas may be empty. */
  private split(from: number, to: number): (readonly [from: number, to: number])[] {
    const ranges: (readonly [number, number])[] = []
    let start = from
    for (let at = from; at < to; at++) {
      const token = this.tokens[at]!
      if (token.kind === ',' || token.kind === 'separator') {
        if (token.kind === ',' || at > start) ranges.push([start, at])
        start = at + 1
      }
      at = Math.max(at, token.partner)
    }
    ranges.push([start, to])
    return ranges
  }

  /** The place of tokens; of none, the place where they would stand. */
  private range(from: number, to: number): Span {
    const last = this.tokens[Math.min(to, this.tokens.length) - 1]
    if (from < to && last !== undefined) return [this.tokens[from]?.start ?? last.start, last.end]
    const place = this.tokens[from]?.start ?? this.text.length
    return [place, place]
  }

  private source(span: Span): string {
    return this.text.slice(span[0], span[1])
  }

  private fail(message: string, span: Span, hint?: string): void {
    this.problems.add({ code: 'SyntaxError', message, span, ...(hint === undefined ? {} : { hint }) })
  }
}

function mayStandInSize(node: SyntaxNode): boolean {
  if (node.kind === 'binary') return '+-*/^'.includes(node.operator)
  return node.kind === 'number' || node.kind === 'name' || node.kind === 'unary'
}
