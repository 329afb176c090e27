/**
 * What names mean: declared variables, bound names, dimensions, and where nothing is declared the first letter. Labels of
 * index notation are apart (labels.ts), as are the names of dimensions.
 */
import { EincalcError, type Span } from '../errors.ts'
import { findFunction, functionNames, type Shape } from '../functions/index.ts'
import * as pointwise from '../functions/pointwise.ts'
import { parseType, type TypeDeclaration } from '../syntax/declaration.ts'
import { isName } from '../syntax/lexer.ts'
import type { Identifier, NameNode, Program, SyntaxNode } from '../syntax/tree.ts'
import { walkTree } from '../syntax/walk.ts'
import { Dimension } from '../tensor/dimension.ts'
import type { Facts } from '../tensor/node.ts'
import { type Axis, type Context, type Refusal, scalarShape, type Typed, typeOf } from './context.ts'
import { dimensionNames, unknownNames } from './dimensions.ts'
import { namesOf, readSize } from './sizes.ts'

/** A variable while dimensions are inferred. */
export interface Unsettled {
  readonly name: string
  readonly shape: Shape
  readonly facts: Facts
  readonly declared: boolean
  /** The place of first use. */
  span?: Span
  typed?: Typed
}

/** Names that are neither functions nor free for variables and bindings. */
const constants = new Set(['pi', 'end', 'and'])

export class Names {
  /** In order of declaration, then of first use. */
  readonly variables = new Map<string, Unsettled>()
  readonly bound = new Map<string, Typed>()
  readonly dimensions = new Set<string>()
  readonly #context: Context
  readonly #wrt: ReadonlySet<string>
  readonly #mustDeclare: boolean

  constructor(
    context: Context,
    declarations: Iterable<readonly [name: string, type: string]>,
    wrt: readonly string[],
    program: Program,
  ) {
    this.#context = context
    this.#wrt = new Set(wrt)
    for (const [name, type] of declarations) this.#declare(name, type)
    this.#mustDeclare = this.variables.size > 0
    for (const name of sizesIn(program)) this.dimensions.add(name)
    context.nameUnknown = () => this.#readableNames()
    context.isVariable = (name) => this.variables.has(name)
    context.isBound = (name) => this.bound.has(name)
    context.isUndeclared = (name) => this.variables.get(name)?.declared === false
  }

  /** The value of a name that stands as an operand. */
  operand(node: NameNode, isLabel: (name: string) => boolean): Typed {
    const context = this.#context
    const bound = this.bound.get(node.name)
    if (bound !== undefined) return context.as(bound, { node })
    const known = this.variables.get(node.name)
    if (known !== undefined) return this.#use(known, node)
    if (node.name === 'pi') return pi(context, node)
    if (isReserved(node.name)) {
      const usage = findFunction(node.name)?.whole?.usage ?? findFunction(node.name)?.elementwise?.usage
      const hint = usage === undefined ? {} : { hint: `it is called as \`${usage}\`` }
      context.fail('TypeMismatch', { message: `${node.name} is a function, not a value`, span: node.span, ...hint })
    }
    const isDimension = this.dimensions.has(node.name) && !this.#wrt.has(node.name)
    if (isDimension) {
      const dimension = Dimension.symbol(node.name)
      return context.emit(node, typeOf(scalarShape), () => pointwise.single<Axis>(context.g.dimension(dimension), []))
    }
    if (this.#mustDeclare && !this.#wrt.has(node.name)) this.#failUnknown(node, isLabel(node.name))
    return this.#use(this.#byFirstLetter(node.name, node.span), node)
  }

  /** Makes a name stand for a value. */
  bind(target: Identifier, value: Typed): void {
    const { name, span } = target
    if (isReserved(name)) this.#context.fail('TypeMismatch', { message: `${name} has a meaning of its own`, span })
    if (this.bound.has(name)) this.#context.fail('TypeMismatch', { message: `${name} is bound twice`, span })
    const variable = this.variables.get(name)
    if (variable !== undefined) {
      const message = variable.declared ? `${name} is declared as a variable` : `${name} is used before it is bound`
      this.#context.fail('TypeMismatch', { message, span })
    }
    if (this.#wrt.has(name)) this.#failBoundWrt(name, span)
    this.bound.set(name, value)
  }

  /** The variables of differentiation exist, whether the text uses them or not. */
  checkWrt(): void {
    for (const name of this.#wrt) {
      if (this.variables.has(name)) continue
      if (this.bound.has(name)) this.#failBoundWrt(name, undefined)
      if (this.dimensions.has(name)) {
        const message = `${name} is a dimension, and there is no derivative by it`
        this.#context.fail('NotDifferentiable', { message, span: undefined })
      }
      const known = [...this.variables.keys()]
      this.#context.fail('UnknownVariable', {
        message: `the variable ${name} of differentiation is neither declared nor used`,
        ...this.#context.suggestion(name, undefined, known),
        span: undefined,
      })
    }
  }

  /** Gives names to the sizes of variables that nothing determines. */
  settleSizes(): void {
    for (const [unknown, named] of this.#readableNames()) this.#context.dimensions.assign(unknown, named)
  }

  #failBoundWrt(name: string, span: Span | undefined): never {
    const message = `${name} is bound to an expression; there are derivatives by variables only`
    return this.#context.fail('NotDifferentiable', { message, span })
  }

  #use(variable: Unsettled, node: NameNode): Typed {
    const context = this.#context
    variable.span ??= node.span
    variable.typed ??= context.emit(node, typeOf(variable.shape), () => {
      const { axes } = context.settleShape(variable.shape)
      const labels = axes.map((_, position) => position)
      return pointwise.single<Axis>(context.g.variable(variable.name, axes, variable.facts), labels)
    })
    return context.as(variable.typed, { node })
  }

  #byFirstLetter(name: string, span: Span): Unsettled {
    const shape = this.#shapeByFirstLetter(name, span)
    const variable: Unsettled = { name, shape, facts: {}, declared: false }
    this.variables.set(name, variable)
    return variable
  }

  #shapeByFirstLetter(name: string, span: Span): Shape {
    if (/^[a-g]/.test(name)) return scalarShape
    if (/^[h-z]/.test(name)) return { axes: [this.#fresh(name)] }
    if (/^[A-Z]/.test(name)) return { axes: [this.#fresh(name), this.#fresh(name)] }
    return this.#context.fail('UnknownVariable', {
      message: `${name} is not declared, and its first letter does not say what it is`,
      span,
      hint: 'a–g are scalars, h–z vectors, A–Z matrices; declare others',
    })
  }

  /** An unknown size of a variable, which gets a name if nothing determines it. */
  #fresh(name: string): Dimension {
    return this.#context.dimensions.fresh({ message: () => `the size of ${name} is not known` })
  }

  #declare(name: string, text: string): void {
    const fail = (message: string, hint?: string): never =>
      this.#context.fail('BadRequest', { message, ...(hint === undefined ? {} : { hint }) })
    if (!isName(name)) fail(`\`${name}\` is no name of a variable`, 'a name begins with a letter')
    if (isReserved(name)) fail(`${name} has a meaning of its own and cannot be a variable`)
    if (this.variables.has(name)) fail(`${name} is declared twice`)
    const { type, problems } = parseType(text)
    const [problem] = problems
    if (type === undefined || problem !== undefined) {
      const { message = 'this is no type', hint } = problem ?? {}
      this.#context.fail(problem?.code ?? 'SyntaxError', {
        message: `type of ${name}: ${message}`,
        ...(hint === undefined ? {} : { hint }),
      })
    }
    const shape = this.#declaredShape(name, type, text)
    this.variables.set(name, { name, shape, facts: factsOf(type), declared: true })
    for (const size of type.sizes ?? []) for (const dimension of namesOf(size)) this.dimensions.add(dimension)
  }

  #declaredShape(name: string, type: TypeDeclaration, text: string): Shape {
    const size = (position: number): Dimension => {
      const node = type.sizes?.[position]
      return node === undefined ? this.#fresh(name) : this.#declaredSize(name, node, text)
    }
    switch (type.name) {
      case 'scalar':
        return scalarShape
      case 'vector':
        return { axes: [size(0)] }
      case 'rowvector':
        return { axes: [size(0)], row: true }
      case 'matrix':
        return { axes: [size(0), size(1)] }
      case 'tensor':
        if (type.sizes === undefined) {
          const message = `type of ${name}: a tensor needs its sizes`
          return this.#context.fail('TypeMismatch', { message, hint: 'write for example `tensor(n,m,k)`' })
        }
        return { axes: type.sizes.map((_, position) => size(position)) }
      default: {
        const side = size(0)
        return { axes: [side, side] }
      }
    }
  }

  #declaredSize(name: string, node: SyntaxNode, text: string): Dimension {
    try {
      return readSize(node)
    } catch (error) {
      if (!(error instanceof EincalcError)) throw error
      // The place is one in the declaration, not in the expression.
      const { code, message, hint } = error.problem
      const shown = text.slice(...node.span)
      const refusal: Refusal = {
        message: `type of ${name}: \`${shown}\`: ${message}`,
        ...(hint !== undefined && { hint }),
      }
      return this.#context.fail(code, refusal)
    }
  }

  #failUnknown(node: NameNode, isLabel: boolean): never {
    const { name, span } = node
    if (isLabel) {
      const hint = 'a label stands in square brackets and in conditions only'
      return this.#context.fail('UnknownVariable', { message: `${name} is a label, not a variable`, span, hint })
    }
    const known = [...this.variables.keys(), ...this.bound.keys(), ...this.dimensions]
    return this.#context.fail('UnknownVariable', {
      message: `${name} is not declared`,
      span,
      hint: 'declare it, or declare none: then first letters say what names are',
      ...this.#context.suggestion(name, span, known),
    })
  }

  /**
   * Names for the unknown sizes of variables: m and n for the first matrix that has two, then n, m, k, … in order. They
   * meet no name in use, so that what is printed can be read back.
   */
  #readableNames(): Map<string, Dimension> {
    const used = new Set([...this.dimensions, ...this.variables.keys(), ...this.bound.keys(), ...this.#wrt])
    for (const name of functionNames()) used.add(name)
    const names = new Map<string, Dimension>()
    const give = (unknown: string, name: string) => {
      used.add(name)
      names.set(unknown, Dimension.symbol(name))
    }
    const shapes = [...this.variables.values()].map(({ shape }) => this.#context.settleShape(shape))
    const first = shapes.find(({ axes }) => axes.length === 2 && new Set(axes.flatMap(unknownNames)).size === 2)
    if (first !== undefined && !used.has('m') && !used.has('n')) {
      const [rows = '', columns = ''] = first.axes.flatMap(unknownNames)
      give(rows, 'm')
      give(columns, 'n')
    }
    const next = dimensionNames(used)
    for (const { axes } of shapes) {
      for (const unknown of axes.flatMap(unknownNames)) {
        if (!names.has(unknown)) give(unknown, next.next().value)
      }
    }
    return names
  }
}

function isReserved(name: string): boolean {
  return constants.has(name) || findFunction(name) !== undefined
}

function pi(context: Context, node: SyntaxNode): Typed {
  return context.emit(node, typeOf(scalarShape, undefined, { value: Math.PI }), () =>
    pointwise.apply<Axis>(context.g, 'pi', []),
  )
}

function factsOf({ name, sign }: TypeDeclaration): Facts {
  const hasStructure = name === 'symmetric' || name === 'psd' || name === 'diagonal' || name === 'orthogonal'
  return { ...(hasStructure && { structure: name }), ...(sign !== undefined && { sign }) }
}

/** The names that stand as sizes in a program: in `eye(n)`, `ones(m,n)`, `reshape(A,m,n)`. */
function sizesIn(program: Program): Set<string> {
  const names = new Set<string>()
  for (const { value } of program.statements) {
    walkTree(value, (node) => {
      if (node.kind !== 'call') return
      const parameters = findFunction(node.callee.name)?.whole?.parameters ?? []
      for (const [position, argument] of node.args.entries()) {
        if ((parameters[position] ?? parameters.at(-1)) === 'size')
          for (const name of namesOf(argument)) names.add(name)
      }
    })
  }
  return names
}
