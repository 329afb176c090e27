/** An expression of the language, parsed, typed and simplified: what `parse` returns and derivatives are taken of. */
import { EincalcError } from '../errors.ts'
import type { Shape } from '../functions/index.ts'
import { type Printed, print } from '../notation/index.ts'
import { type Resolved, type ResolvedVariable, resolve, typeText } from '../resolve/index.ts'
import { simplify } from '../simplify/index.ts'
import { nearestName } from '../syntax/nearest.ts'
import { parse as parseSyntax } from '../syntax/parser.ts'
import type { Graph } from '../tensor/graph.ts'
import type { Node } from '../tensor/node.ts'
import { type CodeOptions, emitProgram } from './code.ts'

export interface ExpressionOptions {
  /** Declared types by variable, e.g. `{ X: 'matrix(m,n)', y: 'vector(m)' }`. */
  readonly vars?: Readonly<Record<string, string>> | ReadonlyMap<string, string>
  /** Names that will be differentiated by, which need no declaration of their own. */
  readonly wrt?: readonly string[]
}

/** What expressions and derivatives have in common: a tensor that prints itself. */
export abstract class TensorResult {
  /** The simplified node, declared properties used. Its axes are the result's. */
  abstract readonly node: Node
  abstract readonly shape: Shape
  protected abstract printer(): Printed
  #printer: Printed | undefined

  protected get printed(): Printed {
    this.#printer ??= this.printer()
    return this.#printer
  }
  /** The type as a declaration writes it, e.g. `matrix(m,n)`. */
  get type(): string {
    return typeText(this.shape)
  }
  /** Matrix notation in our own language, or index notation where no matrix notation exists. It reads back. */
  toString(): string {
    return this.printed.text()
  }
  /** The same without names for parts that occur several times; null where that would be too long to read. */
  toWholeString(): string | null {
    return this.printed.whole()
  }
  /** LaTeX of the same, without delimiters. */
  toLatex(): string {
    return this.printed.latex()
  }
  /** Index notation with explicit sums. It reads back. */
  toIndex(): string {
    return this.printed.index()
  }
  /** A list of einsum calls that computes it. */
  toEinsum(): string {
    return this.printed.einsum()
  }
  /** The matrix of the column-major vec of a result of order 3 or 4; null where none is known. */
  toKronecker(): string | null {
    return this.printed.kronecker()
  }
}

export class Expression extends TensorResult {
  /** The text it was read from. */
  readonly text: string
  readonly graph: Graph
  /** As written, before any rewriting: the oracle of checks. */
  readonly raw: Node
  /** Simplified without the declared properties of variables: what is differentiated (calculus.md §3, trap 5). */
  readonly working: Node
  readonly node: Node
  readonly shape: Shape
  /** In order of declaration, then of first use. */
  readonly variables: ReadonlyMap<string, ResolvedVariable>
  readonly resolved: Resolved

  constructor(text: string, resolved: Resolved) {
    super()
    this.text = text
    this.resolved = resolved
    this.graph = resolved.graph
    this.raw = resolved.result.node
    this.shape = resolved.result.shape
    this.variables = resolved.variables
    this.working = simplify(this.graph, [this.raw], { properties: false })[0] as Node
    this.node = simplify(this.graph, [this.working])[0] as Node
  }

  protected printer(): Printed {
    const { name, labels } = this.resolved
    return print(this.node, {
      shape: this.shape,
      variables: [...this.variables.keys()],
      rows: this.rowVariables,
      sizes: this.variableSizes,
      undeclared: this.isUndeclared,
      ...(name !== undefined && { name }),
      ...(labels !== undefined && { labels }),
    })
  }

  /** The type of each variable as a declaration writes it, found or declared. */
  get types(): ReadonlyMap<string, string> {
    return new Map([...this.variables].map(([name, { shape, node }]) => [name, typeText(shape, node.facts)]))
  }

  /** The names of the variables that stand as rows. */
  get rowVariables(): ReadonlySet<string> {
    return new Set([...this.variables].flatMap(([name, { shape }]) => (shape.row ? [name] : [])))
  }

  /** Whether the first letters of its variables say what they are. */
  get isUndeclared(): boolean {
    return [...this.variables.values()].every(({ declared }) => !declared)
  }

  /** The names of the dimensions in the variables' types. */
  get variableSizes(): ReadonlySet<string> {
    const axes = [...this.variables.values()].flatMap(({ shape }) => shape.axes)
    return new Set(axes.flatMap((axis) => axis.names))
  }

  /** The variable of this name. Throws `UnknownVariable` with the nearest name. */
  variable(name: string): ResolvedVariable {
    const known = this.variables.get(name)
    if (known) return known
    const nearest = nearestName(name, [...this.variables.keys()])
    throw new EincalcError({
      code: 'UnknownVariable',
      message: `the expression has no variable ${name}`,
      hint:
        nearest === undefined ? 'Differentiate by a variable that is declared or used.' : `Did you mean ${nearest}?`,
    })
  }

  /** A program that computes the value. Throws `BadRequest` for a language that is not there. */
  toCode(language: string, options: CodeOptions = {}): string {
    return emitProgram(language, this, [], options).code
  }
}

/**
 * Reads an expression or a small program. Throws `EincalcError` with code, place and hint for the first problem.
 */
export function parse(text: string, options: ExpressionOptions = {}): Expression {
  const { program, problems } = parseSyntax(text)
  const [problem] = problems
  if (problem) throw new EincalcError(problem)
  return new Expression(text, resolve(program, { text, ...options }))
}
