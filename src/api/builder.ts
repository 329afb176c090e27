/**
 * Expressions built in TypeScript instead of text: variables, operators as methods, every function of the language by name.
 *
 * A built value writes itself in the language, and what is done with it reads that text. So it means what the text means, makes
 * the same nodes, and errors show the text with the place. Each operation is typed when it is called, by the types of its
 * operands alone, so a chain of n operations costs n.
 */
import { EincalcError } from '../errors.ts'
import { findFunction, isDerivativeName } from '../functions/index.ts'
import { resolve, typeText } from '../resolve/index.ts'
import { parse as parseSyntax } from '../syntax/parser.ts'
import { LEVEL, type Piece, textAlone, type Written } from './builder-text.ts'
import { conditions, namesIn, numberText, problem, quoted, requireName, sizeText } from './builder-words.ts'
import { type BuilderContext, Built, type Operand, union } from './built.ts'
import { parse } from './expression.ts'

/** The functions of the language, in the order of their names. */
// biome-ignore format: a list
const functionNames = [
  'abs', 'acos', 'adj', 'arccos', 'arcsin', 'arctan', 'asin', 'atan', 'cholesky', 'commutation', 'cos', 'cosh', 'cross',
  'cumsum', 'derivative', 'det', 'dexpm', 'diag', 'diaghessian', 'diagonal', 'dlogm', 'dot', 'duplication', 'einsum', 'erf',
  'exp', 'expm', 'expm1', 'eye', 'gelu', 'grad', 'hessian', 'hvp', 'inv', 'jacobian', 'jvp', 'kron', 'laplacian', 'log',
  'log1p', 'logdet', 'logm', 'logsoftmax', 'logsumexp', 'matrix', 'max', 'mean', 'min', 'norm1', 'norm2', 'normF', 'norminf',
  'ones', 'outer', 'pinv', 'pow', 'prod', 'prodexcept', 'relu', 'reshape', 'sigmoid', 'sign', 'silu', 'sin', 'sinh', 'softmax',
  'softplus', 'solve', 'sqrt', 'sqrtm', 'square', 'sum', 'sylvester', 'tan', 'tanh', 'tr', 'transpose', 'tril', 'triu', 'vec',
  'vector', 'vjp', 'where', 'zeros',
] as const
export type FunctionName = (typeof functionNames)[number]

/** A size: a number, a name, or a polynomial in names such as `m*n`. */
export type Size = number | string
/** What a function is called with: values, sizes, the text of `einsum`, and last of all an axis counted from 1. */
export type Argument = Operand | string | { readonly axis: number }

/** `t.exp(x)`, `t.sum(A, { axis: 1 })`, `t.einsum('ij,jk->ik', A, B)`, `t.ones('m', 'n')`. */
export type BuilderFunctions = { readonly [K in FunctionName]: (...args: readonly Argument[]) => Built }

export interface BuilderCore {
  /** A variable with these sizes: none for a scalar, one for a vector. Throws `BadRequest` for what is no name or no size. */
  variable(name: string, ...sizes: readonly Size[]): Built
  /** A variable of a type in the language: `symmetric(n)`, `rowvector(n)`, `vector(n) positive`. */
  declare(name: string, type: string): Built
  number(value: number): Built
  readonly pi: Built
  /**
   * A function over labels: `sum[k](body)`, `softmax[k](body)`, `matrix[i,j](body)`; `where` holds conditions in the language,
   * `i < j and i != k`.
   */
  bind(name: FunctionName, labels: readonly string[], body: Operand, where?: string): Built
  /** The tensor `name[labels] = body`, an ordinary value from then on. */
  define(name: string, labels: readonly string[], body: Operand): Built
}

export type Builder = BuilderCore & BuilderFunctions

/** A new builder, with variables of its own. */
export function builder(): Builder {
  const core = new Core()
  const functions = Object.fromEntries(
    functionNames.map((name) => [name, (...args: readonly Argument[]) => core.call(name, args)]),
  ) as unknown as BuilderFunctions
  return Object.assign(core, functions)
}

/** Longer texts are not typed ahead: only values of unknown sizes are written out, and chains of them would cost a square. */
const TYPED_LENGTH = 10_000

class Core implements BuilderCore, BuilderContext {
  readonly #types = new Map<string, string>()
  readonly #variables = new Map<string, Built>()
  readonly pi: Built

  constructor() {
    this.pi = new Built(this, { level: LEVEL.primary, pieces: ['pi'], type: 'scalar' })
  }

  variable(name: string, ...sizes: readonly Size[]): Built {
    const written = sizes.map(sizeText)
    const kind = ['scalar', 'vector', 'matrix'][sizes.length] ?? 'tensor'
    return this.declare(name, sizes.length === 0 ? kind : `${kind}(${written.join(',')})`)
  }

  declare(name: string, type: string): Built {
    const known = this.#types.get(name)
    if (known !== undefined) {
      if (known === type) return this.#variables.get(name) as Built
      throw problem('BadRequest', `${name} is declared as ${known} already`, 'Use another name, or another builder.')
    }
    // Fails for what is no name or no type.
    parse('0', { vars: new Map([[name, type]]) })
    this.#types.set(name, type)
    const made = new Built(this, { level: LEVEL.primary, pieces: [name], type })
    this.#variables.set(name, made)
    return made
  }

  number(value: number): Built {
    return this.operand(value)
  }

  call(name: string, args: readonly Argument[]): Built {
    const last = args.at(-1)
    const axis = isAxis(last) ? last.axis : undefined
    const given = axis === undefined ? args : args.slice(0, -1)
    const operands: Built[] = []
    if (isDerivativeName(name)) this.#requireVariables(name, given)
    const list = given.map((argument, position): Piece => {
      if (isAxis(argument)) throw problem('TypeMismatch', `the axis of ${name} is its last argument`)
      const kind = parameterKind(name, position)
      if (kind === 'size' && !(argument instanceof Built)) return sizeText(argument)
      if (kind === 'text' && typeof argument === 'string') return quoted(argument)
      if (typeof argument === 'string') {
        throw problem(
          'TypeMismatch',
          `argument ${position + 1} of ${name} is a value, not the text ${quoted(argument)}`,
        )
      }
      const operand = this.operand(argument)
      operands.push(operand)
      return [operand, LEVEL.comparison]
    })
    const named = axis === undefined ? [] : [list.length === 0 ? '' : ', ', `axis=${numberText(axis)}`]
    const between = list.flatMap((piece, position): Piece[] => (position === 0 ? [piece] : [', ', piece]))
    // `eye` alone takes its size from what stands beside it.
    const isBare = name === 'eye' && list.length === 0
    const pieces = isBare ? [name] : [`${name}(`, ...between, ...named, ')']
    const isOpen = isBare || name === 'vector' || name === 'matrix'
    return new Built(this, { level: LEVEL.primary, pieces, isOpen, free: union(...operands.map(({ free }) => free)) })
  }

  /** Stand-ins for operands are variables, so the rule that derivatives are by variables is kept here. */
  #requireVariables(name: string, args: readonly Argument[]): void {
    for (const by of args.slice(1, name === 'hessian' ? undefined : 2)) {
      if (by instanceof Built && this.#variables.get(by.text) !== by) {
        throw problem('NotDifferentiable', `${by.text} is no variable`, 'There are derivatives by variables only.')
      }
    }
  }

  bind(name: FunctionName, labels: readonly string[], body: Operand, where?: string): Built {
    for (const label of labels) requireName(label, 'label')
    const operand = this.operand(body)
    const head = `${name}[${labels.join(',')}${where === undefined ? '' : `: ${conditions(where, labels)}`}](`
    const inCondition = new Set(where === undefined ? [] : namesIn(where).filter((other) => !this.#types.has(other)))
    const binder = findFunction(name)?.whole?.binder
    const all = union(operand.free, inCondition)
    const free = binder === 'along' ? union(all, new Set(labels)) : new Set([...all].filter((l) => !labels.includes(l)))
    return new Built(this, { level: LEVEL.primary, pieces: [head, [operand, LEVEL.comparison], ')'], free })
  }

  define(name: string, labels: readonly string[], body: Operand): Built {
    requireName(name, 'name')
    for (const label of labels) requireName(label, 'label')
    const operand = this.operand(body)
    return new Built(this, {
      level: LEVEL.primary,
      pieces: [[operand, LEVEL.comparison]],
      definition: { name, labels },
    })
  }

  operand(value: Operand): Built {
    if (value instanceof Built) {
      if (value.core === this) return value
      throw problem('BadRequest', 'an operand belongs to another builder', 'Make all variables with one builder.')
    }
    if (typeof value !== 'number') throw problem('BadRequest', `${String(value)} is neither a built value nor a number`)
    const level = value < 0 ? LEVEL.unary : LEVEL.primary
    return new Built(this, { level, pieces: [numberText(value)], type: 'scalar' })
  }

  typeOf(value: Built): string | undefined {
    const alone = textAlone(value, (name) => this.#types.get(name), TYPED_LENGTH)
    if (!alone) return undefined
    try {
      return typeOfText(alone.text, alone.types)
    } catch (error) {
      if (!(error instanceof EincalcError)) throw error
      if (error.code === 'AmbiguousExpression' && value.isOpen) return undefined
    }
    // The whole text tells more: exact exponents, and a message in the user's own names.
    return typeOfText(value.text, this.typesIn(value, []))
  }

  typesIn(value: Written, others: readonly string[]): Map<string, string> {
    const used = new Set(others)
    const seen = new Set<Written>()
    const stack: Written[] = [value]
    for (let top = stack.pop(); top; top = stack.pop()) {
      if (seen.has(top)) continue
      seen.add(top)
      for (const piece of top.pieces) if (typeof piece !== 'string') stack.push(piece[0])
      const [only] = top.pieces
      if (typeof only === 'string') used.add(only)
    }
    return new Map([...this.#types].filter(([name]) => used.has(name)))
  }

  /** Names that a binding must not take: of variables, of their sizes, of functions. */
  takenNames(): ReadonlySet<string> {
    return new Set([...this.#types.keys(), ...[...this.#types.values()].flatMap(namesIn), ...functionNames])
  }
}

function typeOfText(text: string, vars: ReadonlyMap<string, string>): string {
  const { program, problems } = parseSyntax(text)
  const [first] = problems
  if (first) throw new EincalcError(first)
  return typeText(resolve(program, { text, vars }).result.shape)
}

/** What the language expects at a position of a function's arguments. */
function parameterKind(name: string, position: number): 'value' | 'size' | 'text' {
  const parameters = findFunction(name)?.whole?.parameters ?? []
  return parameters[position] ?? parameters.at(-1) ?? 'value'
}

function isAxis(argument: Argument | undefined): argument is { readonly axis: number } {
  return typeof argument === 'object' && !(argument instanceof Built) && argument !== null
}
