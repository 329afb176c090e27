/** Notation: nodes as people write them. Text that reads back, LaTeX, index notation, einsum calls, Kronecker products. */
import type { Shape } from '../functions/entry.ts'
import { isExcluding } from '../simplify/index.ts'
import type { Node, Variable } from '../tensor/node.ts'
import { postorder, useCounts } from '../tensor/walk.ts'
import { type Display, displayPostorder } from './display.ts'
import { Displays } from './displays.ts'
import { einsumOf } from './einsum.ts'
import { IndexForms } from './index-form.ts'
import { kroneckerOf } from './kronecker.ts'
import { displayLatex, latexName } from './latex.ts'
import { NodeTerms } from './node-terms.ts'
import { type Line, ONE_LINE_TOKENS, type Program, toProgram } from './program.ts'
import { termDisplay } from './term.ts'
import { displayText } from './text.ts'

export { latexName }

export interface PrintOptions {
  /** Whether a result of order 1 is a row; by default it is a column. */
  readonly shape?: Pick<Shape, 'row'>
  /** Names of variables in order of declaration, then of first use. It settles ties between two ways of writing. */
  readonly variables?: readonly string[]
  /** Names of the variables of order 1 that stand as rows. */
  readonly rows?: ReadonlySet<string>
  /** Names of the dimensions in the types of variables, also of those that do not occur; they read as numbers. */
  readonly sizes?: Iterable<string>
  /**
   * Whether first letters type the variables of the text. Then a dimension reads as a number only where the text names it as a
   * size too; elsewhere the entries of a variable are counted.
   */
  readonly undeclared?: boolean
  /** The name of a result that is given by its elements, `H` in `H[i,j,k] = ...`. */
  readonly name?: string
  /** Index labels for the result's axes. */
  readonly labels?: readonly string[]
  /** Whether the declared properties of variables may be used, as for `simplify`; true unless given. */
  readonly properties?: boolean
  /** The number of leading axes that belong to the output; the others are the variable's (for Kronecker forms). */
  readonly outputAxes?: number
}

/** Every notation of one node; each is made when asked for. */
export interface Printed {
  /** In the language: parsed it means the same and prints the same again. */
  text(): string
  /** The same with every shared part written out where it is used; null where that would be too long to read. */
  whole(): string | null
  /** Index notation with explicit sums, for any order. In the language, too. */
  index(): string
  latex(): string
  /** A program of einsum calls, one line for each intermediate result. */
  einsum(): string
  /** LaTeX of index notation. */
  indexLatex(): string
  /** The matrix of the column-major vec of a result of order 3 or 4, in the language; null where none is known. */
  kronecker(): string | null
  /** LaTeX of `kronecker`. */
  kroneckerLatex(): string | null
}

/** Up to this many tokens a text may have in which nothing is shared. */
const WHOLE_TOKENS = 5000

export function print(node: Node, options: PrintOptions = {}): Printed {
  return new Printer(node, options)
}

/** Elements are shown in place of matrix notation with lines of elements where they take less than this part of its text. */
const ELEMENTS_SHARE = 0.8

class Printer implements Printed {
  readonly #node: Node
  readonly #options: PrintOptions
  readonly #displays: Displays
  readonly #terms: NodeTerms
  readonly #taken: ReadonlySet<string>
  readonly #name: string

  /** `spelled`: names of dimensions that do not stand as numbers. */
  constructor(node: Node, options: PrintOptions, spelled: ReadonlySet<string> = new Set()) {
    this.#node = node
    this.#options = options
    const order = postorder([node])
    const variables = order.flatMap((below) => (below.kind === 'variable' ? [below.name] : []))
    const axes = order.flatMap((below) => ('dimensions' in below ? below.dimensions : below.axes))
    const dimensions = axes.flatMap((axis) => axis.names)
    this.#taken = new Set([...variables, ...dimensions, ...(options.variables ?? [])])
    const known = order.flatMap((node) => (node.kind === 'variable' ? node.axes.flatMap((axis) => axis.names) : []))
    const readable = options.undeclared ? dimensions : [...known, ...(options.sizes ?? [])]
    const sizes = new Set(readable.filter((name) => !spelled.has(name)))
    const counted = spelled.size === 0 ? new Map<string, Variable>() : variablesAlong(order)
    this.#displays = new Displays(options.variables ?? [...new Set(variables)].sort(), sizes, counted)
    this.#terms = new NodeTerms(this.#displays, this.#taken, options)
    this.#name = options.name ?? this.#freshName('D')()
  }

  text(): string {
    return this.#readable((printer) => printer.#matrixProgram())
  }

  whole(): string | null {
    const node = this.#node
    this.#terms.prepare(node)
    const hasMatrixForm = this.#terms.hasMatrixForm(node)
    const side = node.axes.length === 1 && this.#options.shape?.row ? 'flipped' : 'plain'
    const { labels, display } = hasMatrixForm
      ? { labels: [], display: termDisplay(this.#displays, this.#terms.term(node), side) }
      : this.#terms.indexForms.definition(node, this.#options.labels)
    if (display.tokens > WHOLE_TOKENS) return null
    const line: Line = labels.length === 0 ? { labels, display } : { name: this.#name, labels, display }
    return programText(toProgram([line], this.#freshName('t', 1), false))
  }

  index(): string {
    return this.#readable((printer) => printer.#indexProgram())
  }

  /** The text of a program, with dimensions as numbers only where they read so. */
  #readable(make: (printer: Printer) => Program): string {
    const program = make(this)
    const spelled = this.#options.undeclared ? unreadSizes(program) : new Set<string>()
    return programText(spelled.size === 0 ? program : make(new Printer(this.#node, this.#options, spelled)))
  }

  latex(): string {
    return programLatex(this.#matrixProgram())
  }

  indexLatex(): string {
    return programLatex(this.#indexProgram())
  }

  kronecker(): string | null {
    if (!this.#kroneckerProgram()) return null
    return this.#readable((printer) => printer.#kroneckerProgram() as Program)
  }

  kroneckerLatex(): string | null {
    const program = this.#kroneckerProgram()
    return program && programLatex(program)
  }

  einsum(): string {
    // Its lines are texts before all of them are known, so no dimension is trusted to stand as a size elsewhere.
    const { undeclared, ...options } = this.#options
    if (undeclared) return new Printer(this.#node, options, new Set(this.#taken)).einsum()
    this.#terms.prepare(this.#node)
    const row = this.#node.axes.length === 1 && this.#options.shape?.row === true
    return einsumOf(this.#node, row, {
      displays: this.#displays,
      rows: this.#options.rows ?? new Set(),
      freshName: this.#freshName('t', 1),
      define: (name, node) => {
        const { labels, display } = this.#terms.indexForms.definition(node)
        const left = labels.length === 0 ? name : `${name}[${labels.join(',')}]`
        return `${left} = ${displayText(display)}`
      },
    })
  }

  #kroneckerProgram(): Program | null {
    const node = this.#node
    const order = node.axes.length
    const rowAxes = this.#options.outputAxes ?? (order === 4 ? 2 : undefined)
    const known = rowAxes !== undefined && [1, 2].includes(rowAxes) && [1, 2].includes(order - rowAxes)
    if (order < 3 || !known) return null
    this.#terms.prepare(node)
    const matrixTerm = this.#terms.contractionTerm.bind(this.#terms)
    const term = kroneckerOf(this.#displays, matrixTerm, node, rowAxes)
    if (!term) return null
    return toProgram([{ labels: [], display: termDisplay(this.#displays, term) }], this.#freshName('t', 1))
  }

  /** Matrix notation where there is one, otherwise elements. */
  #matrixProgram(): Program {
    const node = this.#node
    const isZero = node.kind === 'sum' && node.terms.length === 0
    if (isZero && node.axes.length > 2) {
      return toProgram([{ labels: [], display: this.#displays.literal('zeros', node.axes) }], this.#freshName('t', 1))
    }
    this.#terms.prepare(node)
    if (!this.#terms.hasMatrixForm(node)) return this.#indexProgram()
    const side = node.axes.length === 1 && this.#options.shape?.row ? 'flipped' : 'plain'
    const display = termDisplay(this.#displays, this.#terms.term(node), side)
    const program = toProgram([{ labels: [], display }], this.#freshName('t', 1))
    // Parts without a matrix form need lines of their own; the whole by its elements may be shorter.
    if (side === 'flipped' || !program.lines.some((line) => line.labels.length > 0)) return program
    const elements = this.#indexProgram()
    const isShorter = programText(elements).length < ELEMENTS_SHARE * programText(program).length
    return elements.lines.length === 1 || isShorter ? elements : program
  }

  #indexProgram(): Program {
    const node = this.#node
    this.#terms.prepare(node)
    const { labels: wanted } = this.#options
    const plain = this.#terms.indexForms.definition(node, wanted)
    const fresh = this.#freshName('t', 1)
    const last = (labels: readonly string[], display: Display): Line =>
      labels.length === 0 ? { labels, display } : { name: this.#name, labels, display }
    if (plain.display.tokens <= ONE_LINE_TOKENS) return toProgram([last(plain.labels, plain.display)], fresh)
    const names = new Map<Node, string>()
    const uses = useCounts([node])
    const named: Node[] = []
    for (const below of postorder([node])) {
      if (below === node || (uses.get(below) ?? 0) < 2 || isExcluding(below)) continue
      if (below.kind !== 'contraction' && below.kind !== 'sum' && below.kind !== 'map' && below.kind !== 'general')
        continue
      if (this.#terms.indexForms.definition(below).display.tokens < 12) continue
      names.set(below, fresh())
      named.push(below)
    }
    const forms = new IndexForms(this.#displays, this.#terms, this.#taken, names)
    const lines = named.map((below): Line => {
      const { labels, display } = forms.definition(below)
      return { name: names.get(below) as string, labels, display }
    })
    const result = forms.definition(node, wanted)
    return toProgram([...lines, last(result.labels, result.display)], fresh)
  }

  /** Names that no variable or dimension bears: the prefix, then numbered ones. */
  #freshName(prefix: string, start = 0): () => string {
    let count = start
    return () => {
      for (; ; count++) {
        const name = count === 0 ? prefix : `${prefix}${count}`
        if (!this.#taken.has(name)) {
          count++
          return name
        }
      }
    }
  }
}

/** For each name of a dimension a variable with an axis of that size, a vector before a matrix. */
function variablesAlong(order: readonly Node[]): Map<string, Variable> {
  const found = new Map<string, Variable>()
  const variables = order.filter((node) => node.kind === 'variable').sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const rank of [1, 2]) {
    for (const variable of variables) {
      if (variable.axes.length !== rank) continue
      for (const { name } of variable.axes) if (name !== undefined && !found.has(name)) found.set(name, variable)
    }
  }
  return found
}

/** The names of dimensions that stand as numbers, but nowhere as the size of a literal. */
function unreadSizes({ lines }: Program): Set<string> {
  const numbers = new Set<string>()
  const named = new Set<string>()
  for (const display of displayPostorder(lines.map((line) => line.display))) {
    const isReshape = display.kind === 'call' && display.name === 'reshape'
    const sizes = isReshape ? display.args.slice(1) : display.kind === 'literal' ? [display] : []
    for (const literal of sizes) {
      if (literal.kind !== 'literal') continue
      const isNumber = !isReshape && literal.name === 'dimension'
      for (const { names } of literal.sizes) for (const name of names) (isNumber ? numbers : named).add(name)
    }
  }
  return new Set([...numbers].filter((name) => !named.has(name)))
}

function programText({ lines, names }: Program): string {
  const written = lines.map(({ name, labels, display }) => {
    const text = displayText(display, names)
    if (name === undefined) return text
    return labels.length === 0 ? `${name} = ${text}` : `${name}[${labels.join(',')}] = ${text}`
  })
  return written.join('; ')
}

function programLatex({ lines, names }: Program): string {
  const written = lines.map(({ name, labels, display }) => {
    const latex = displayLatex(display, names)
    if (name === undefined) return lines.length === 1 ? latex : `& ${latex}`
    const left = labels.length === 0 ? latexName(name) : elementLatex(name, labels)
    return lines.length === 1 ? `${left} = ${latex}` : `${left} &= ${latex}`
  })
  const [only] = written
  if (written.length === 1 && only !== undefined) return only
  return `\\begin{aligned} ${written.join(' \\\\ ')} \\end{aligned}`
}

function elementLatex(name: string, labels: readonly string[]): string {
  const latex = latexName(name)
  return `${latex.includes('_') ? `{${latex}}` : latex}_{${labels.map(latexName).join(',')}}`
}
