/** Derivatives of expressions, of any order: values of their own that print, cost, emit, check and differentiate again. */
import type { CompressedTensor } from '../compressed/index.ts'
import { differentiate, type Mode } from '../differentiate/index.ts'
import { EincalcError } from '../errors.ts'
import type { Shape } from '../functions/index.ts'
import { type Printed, print } from '../notation/index.ts'
import type { Cost } from '../plan/cost.ts'
import { plan } from '../plan/plan.ts'
import { compress, isCompressed, simplify } from '../simplify/index.ts'
import type { Dimension } from '../tensor/dimension.ts'
import { type Graph, identity } from '../tensor/graph.ts'
import type { Node, Variable } from '../tensor/node.ts'
import { type StructuredTerm, sumOfTerms } from '../tensor/structured.ts'
import { postorder } from '../tensor/walk.ts'
import { type AtOptions, derivativeAt } from './at.ts'
import { Built } from './built.ts'
import { type CodeOptions, emitProgram, planOutput } from './code.ts'
import {
  arrange,
  type Block,
  type Conventions,
  conventionNote,
  DEFAULT_CONVENTIONS,
  type Layout,
  type SymmetricConvention,
  underConvention,
} from './conventions.ts'
import { type Expression, type ExpressionOptions, parse, TensorResult } from './expression.ts'
import type { Inputs } from './inputs.ts'
import { termwise } from './termwise.ts'

export type { Mode }

export interface DeriveOptions extends Pick<ExpressionOptions, 'vars'> {
  /** The variable to differentiate by; several give the mixed derivative by each in turn. */
  readonly wrt: string | readonly string[]
  /** How often to differentiate by it; 1 unless given. With several variables their number is the order. */
  readonly order?: number
  /** `auto` unless given. All modes give the same tensor. */
  readonly mode?: Mode | 'auto'
  /** `mixed` unless given. */
  readonly layout?: Layout
  /** What the derivative by a symmetric variable is; `unconstrained` unless given. */
  readonly symmetric?: SymmetricConvention
}

/** The highest order taken. Beyond it even small expressions have more terms than anybody reads. */
const ORDER_LIMIT = 8

/** The cost of one derivative, and of the same in each mode. */
export interface DerivativeCost extends Cost {
  readonly byMode: Readonly<Record<Mode, Cost>>
}

/** Numbers kept, and those of the dense tensor. */
export interface DerivativeStorage {
  readonly stored: number
  readonly dense: number
}

/**
 * The derivative of an expression. Axes: those of the expression, then those of each variable in turn, so the gradient of a
 * scalar has the variable's shape and the Jacobian of y[m] by x[n] is m×n. The derivative is the unconstrained one, also
 * where a variable is declared symmetric.
 *
 * Throws `EincalcError` with code, place and hint.
 */
export function derive(input: string | Expression | Built, options: DeriveOptions): Derivative {
  const names = typeof options.wrt === 'string' ? [options.wrt] : [...options.wrt]
  const [first] = names
  if (first === undefined) {
    throw new EincalcError({ code: 'BadRequest', message: 'no variable to differentiate by is named' })
  }
  const order = options.order ?? names.length
  requireOrder(order)
  if (names.length > 1 && names.length !== order) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `a mixed derivative by ${names.join(', ')} has order ${names.length}, not ${order}`,
    })
  }
  const wrt = names.length > 1 ? names : Array.from({ length: order }, () => first)
  const expression =
    typeof input === 'string'
      ? parse(input, { ...(options.vars && { vars: options.vars }), wrt: [...new Set(names)] })
      : input instanceof Built
        ? input.read(names)
        : input
  return new Derivative(expression, wrt, options.mode ?? 'auto', {
    layout: options.layout ?? DEFAULT_CONVENTIONS.layout,
    symmetric: options.symmetric ?? DEFAULT_CONVENTIONS.symmetric,
  })
}

/** Throws `BadRequest` for what is no order, `LimitExceeded` for one that is too high. */
export function requireOrder(order: number): void {
  if (!Number.isSafeInteger(order) || order < 1) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `the order must be a positive whole number, not ${order}`,
    })
  }
  if (order > ORDER_LIMIT) {
    throw new EincalcError({
      code: 'LimitExceeded',
      message: `order ${order} is above the highest order taken, ${ORDER_LIMIT}`,
    })
  }
}

export class Derivative extends TensorResult {
  /** What was differentiated. */
  readonly expression: Expression
  /** The variables in the order of differentiation, one per order. */
  readonly wrt: readonly string[]
  /** The mode asked for. */
  readonly requested: Mode | 'auto'
  /** The mode taken. */
  readonly mode: Mode
  readonly conventions: Conventions
  /** One sentence on what the derivative by a symmetric variable means; absent where there is none. */
  readonly note: string | undefined
  /** Mixed layout, unconstrained, simplified without the declared properties of variables: what the next order differentiates. */
  readonly working: Node
  /** The same as the conventions have it. */
  readonly arranged: Node
  readonly node: Node
  readonly shape: Shape
  /** The shapes that the variables have in it, in turn: half-vectors instead of symmetric matrices under `halfvec`. */
  readonly variableShapes: readonly Shape[]
  /** The same as a sum of terms in which unit tensors are repeated letters and nothing is multiplied out. */
  readonly terms: readonly StructuredTerm[]
  /** Whether unit tensors or outer products are kept apart. */
  readonly compressed: boolean

  constructor(
    expression: Expression,
    wrt: readonly string[],
    mode: Mode | 'auto',
    conventions: Conventions = DEFAULT_CONVENTIONS,
  ) {
    super()
    this.expression = expression
    this.wrt = wrt
    this.requested = mode
    const variables = wrt.map((name) => expression.variable(name))
    const { graph } = expression
    const nodes = variables.map(({ node }) => node)
    const taken = mode === 'auto' ? byBestMode(expression, nodes) : byMode(expression, nodes, mode)
    this.mode = taken.mode
    this.working = taken.node
    const blocks: Block[] = variables.map(({ shape, node }, k) => ({
      name: wrt[k] as string,
      shape,
      symmetric: node.facts.structure === 'symmetric' || node.facts.structure === 'psd',
    }))
    const output = { shape: expression.shape, symmetric: false }
    const under = underConvention(graph, this.working, [output, ...blocks], conventions.symmetric)
    this.variableShapes = under.shapes.slice(1)
    const { order, row } = arrange(conventions.layout, expression.shape, this.variableShapes)
    this.conventions = conventions
    this.note = conventionNote(blocks, conventions.symmetric)
    this.arranged = simplify(graph, [graph.permute(under.node, order)], { properties: false })[0] as Node
    this.node = simplify(graph, [this.arranged])[0] as Node
    const { axes } = this.node
    this.shape = { axes, ...(axes.length === 1 && row && { row }) }
    const terms = isZero(this.node) ? [] : compress(graph, this.node)
    this.compressed = axes.length >= 2 && isCompressed(terms)
    this.terms = terms
  }

  get order(): number {
    return this.wrt.length
  }

  /** Whether the conventions leave the derivative as it was taken: mixed layout, unconstrained. */
  get isPlain(): boolean {
    return this.conventions.layout === 'mixed' && (this.conventions.symmetric === 'unconstrained' || !this.note)
  }

  protected printer(): Printed {
    return print(this.node, {
      shape: this.shape,
      variables: [...this.expression.variables.keys()],
      rows: this.expression.rowVariables,
      sizes: this.expression.variableSizes,
      undeclared: this.expression.isUndeclared,
      name: freshName(this.expression, this.order === 2 ? 'H' : this.order === 1 ? 'J' : 'D'),
      outputAxes: this.shape.axes.length - this.#lastAxes.length,
    })
  }

  /**
   * A second derivative times a direction, contracted with its last variable's axes: H·P, as text. The direction is named P for
   * a matrix, p for a vector, or like it where that name is taken. Throws `BadRequest` for other orders.
   */
  toProduct(): string {
    return this.#withDirection((g, node, direction) => {
      const rows = identity(node.axes.length - direction.axes.length)
      const last = direction.axes.map((_, k) => rows.length + k)
      return termwise(g, node, (part) =>
        g.contract(rows, [
          [part, [...rows, ...last]],
          [direction, last],
        ]),
      )
    })
  }

  /** Whether it is the Hessian of a scalar by one variable. */
  get hasQuadraticForm(): boolean {
    return this.order === 2 && this.expression.shape.axes.length === 0 && this.wrt[0] === this.wrt[1]
  }

  /** The quadratic form of the second derivative of a scalar, p'*H*p, as text. Throws `BadRequest` for others. */
  toQuadraticForm(): string {
    if (this.order === 2 && !this.hasQuadraticForm) {
      throw new EincalcError({ code: 'BadRequest', message: 'a quadratic form is made of a Hessian by one variable' })
    }
    return this.#withDirection((g, node, direction) => {
      const first = identity(direction.axes.length)
      const last = first.map((k) => first.length + k)
      return termwise(g, node, (part) =>
        g.contract('', [
          [direction, first],
          [part, [...first, ...last]],
          [direction, last],
        ]),
      )
    })
  }

  get #lastAxes(): readonly Dimension[] {
    return (this.variableShapes.at(-1) as Shape).axes
  }

  #withDirection(build: (g: Graph, node: Node, direction: Variable) => Node): string {
    if (this.order !== 2) {
      throw new EincalcError({
        code: 'BadRequest',
        message: `a product with a direction is of order 2, not ${this.order}`,
      })
    }
    const { graph } = this.expression
    const axes = this.#lastAxes
    const name = freshName(this.expression, axes.length === 0 ? 'a' : axes.length === 1 ? 'p' : 'P')
    const node = build(graph, this.node, graph.variable(name, axes))
    const [simple] = simplify(graph, [node]) as [Node]
    return print(simple, { variables: [...this.expression.variables.keys(), name] }).text()
  }

  /** The derivative of this by one more variable. */
  derive(name: string, options: { readonly mode?: Mode | 'auto' } = {}): Derivative {
    return new Derivative(this.expression, [...this.wrt, name], options.mode ?? this.requested, this.conventions)
  }

  /**
   * The numbers of this derivative at the inputs, compressed: its last variable's axes are the columns of a linear map that
   * is applied, solved and expanded. Cores are evaluated, the dense tensor is not formed.
   *
   * Throws what evaluation throws: `UnknownVariable`, `ShapeMismatch`, `BadRequest`, `DomainError`, `LimitExceeded`.
   */
  at(inputs: Inputs, options: AtOptions = {}): CompressedTensor {
    return derivativeAt(this, inputs, options)
  }

  /** A program that computes the value of the expression and this derivative; of a file that is no text its readable form. */
  toCode(language: string, options: CodeOptions = {}): string {
    return emitProgram(language, this.expression, [this], options).code
  }

  /**
   * Scalar operations, elements of the largest intermediate and bytes of peak memory for these sizes, of this derivative
   * and of the same in each mode. Known without evaluating; of a compressed derivative only its cores are counted.
   * Throws `BadRequest` where a size is missing.
   */
  cost(dims: Readonly<Record<string, number>> | ReadonlyMap<string, number>): DerivativeCost {
    const sizes = dims instanceof Map ? dims : new Map(Object.entries(dims))
    const costIn = (mode: Mode) => {
      const d = mode === this.mode ? this : new Derivative(this.expression, this.wrt, mode, this.conventions)
      return plan([planOutput(d, true)], { dims: sizes }).cost(sizes)
    }
    const byMode = { forward: costIn('forward'), reverse: costIn('reverse'), crosscountry: costIn('crosscountry') }
    return { ...byMode[this.mode], byMode }
  }

  /**
   * The numbers that it takes to keep this derivative for these sizes: those of its terms' cores, an equal core once, and those
   * of the dense tensor. They agree where it is not compressed. Throws `BadRequest` where a size is missing.
   */
  storage(dims: Readonly<Record<string, number>> | ReadonlyMap<string, number>): DerivativeStorage {
    const sizes = dims instanceof Map ? dims : new Map(Object.entries(dims))
    const missing = this.shape.axes.flatMap((axis) => axis.names).find((name) => !sizes.has(name))
    if (missing !== undefined) {
      throw new EincalcError({ code: 'BadRequest', message: `no size is given for dimension ${missing}` })
    }
    const count = (axes: readonly Dimension[]) => axes.reduce((product, axis) => product * axis.evaluate(sizes), 1)
    const dense = count(this.shape.axes)
    const cores = new Set(this.terms.flatMap(({ factors }) => factors.map(({ node }) => node)))
    const stored = [...cores].reduce((sum, { axes }) => sum + count(axes), 0)
    return { stored: this.compressed ? stored : dense, dense }
  }
}

function isZero(node: Node): boolean {
  return (node.kind === 'sum' && node.terms.length === 0) || (node.kind === 'constant' && node.value.isZero)
}

function freshName(expression: Expression, wanted: string): string {
  let name = wanted
  const taken = new Set([...expression.variables.keys(), ...expression.resolved.dimensionNames])
  while (taken.has(name)) name += wanted
  return name
}

/** The working node of the derivative by each variable in turn. */
export function differentiateBy(expression: Expression, variables: readonly Variable[], mode: Mode): Node {
  const { graph } = expression
  let node = expression.working
  let axes: readonly Dimension[] = node.axes
  for (const variable of variables) {
    const terms = differentiate(graph, node, variable, mode)
    axes = [...axes, ...variable.axes]
    node = simplify(graph, [sumOfTerms(graph, axes, terms)], { properties: false })[0] as Node
  }
  return node
}

interface Taken {
  readonly mode: Mode
  readonly node: Node
}

function byMode(expression: Expression, variables: readonly Variable[], mode: Mode): Taken {
  return { mode, node: differentiateBy(expression, variables, mode) }
}

/** Up to this many nodes all modes are tried and the cheapest is taken. */
const TRIAL_NODES = 500
const MODES = ['reverse', 'crosscountry', 'forward'] as const

/**
 * Reverse mode for one derivative of a scalar. Otherwise the mode with the fewest operations at reference sizes, the first
 * of reverse, cross-country, forward at a tie; of large expressions reverse where the output is the smaller side.
 */
function byBestMode(expression: Expression, variables: readonly Variable[]): Taken {
  if (variables.length === 1 && expression.shape.axes.length === 0) return byMode(expression, variables, 'reverse')
  if (postorder([expression.working]).length > TRIAL_NODES) return byMode(expression, variables, 'reverse')
  const reference = new Map(expression.resolved.dimensionNames.map((name) => [name, REFERENCE]))
  let best: (Taken & { operations: number }) | undefined
  for (const mode of MODES) {
    const { node } = byMode(expression, variables, mode)
    const terms = isZero(node) ? [] : compress(expression.graph, node)
    const { operations } = plan([{ kind: 'terms', axes: node.axes, terms, compressed: true }], {
      dims: reference,
      quick: true,
    }).cost(reference)
    if (!best || operations < best.operations) best = { mode, node, operations }
  }
  return best ?? byMode(expression, variables, 'reverse')
}

/** The size of every dimension when modes are compared without sizes. */
const REFERENCE = 100
