/**
 * What the typing of one program knows and makes. Typing goes once through the syntax tree and leaves behind a list of
 * steps; once all dimensions are settled, running the steps in order makes the nodes. So neither pass recurses.
 */
import { EincalcError, type Fix, type Problem, type Span } from '../errors.ts'
import type { Shape } from '../functions/index.ts'
import * as pointwise from '../functions/pointwise.ts'
import { nearestName } from '../syntax/nearest.ts'
import type { SyntaxNode } from '../syntax/tree.ts'
import { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import type { Node } from '../tensor/node.ts'
import type { Fill } from './constants.ts'
import { checkDegree, Dimensions, isUnknown, unknownNames } from './dimensions.ts'

/** An index of index notation within its scope. */
export interface Label {
  readonly name: string
  readonly dimension: Dimension
  /** Where it first took a size, for messages. */
  source?: { readonly node: SyntaxNode; readonly dimension: Dimension }
}

/** What an axis of a value is called while nodes are made: its position, or in index notation its label. */
export type Axis = number | Label

export type Value = pointwise.Value<Axis>

/** A subexpression with its type, and the step that makes its node. */
export interface Typed {
  readonly node: SyntaxNode
  /** Of an operand in index notation: no axes, as it is a number at each index, unless labels were gathered into axes. */
  readonly shape: Shape
  /** The labels for each value of which a labelled operand is a number, or a tensor of this shape; absent for all others. */
  readonly labels?: readonly Label[]
  /** The one value of all entries, where it is known. */
  readonly fill?: Fill
  readonly step: number
}

/** Where a dimension or equation came up, for the message if nothing settles it. */
export interface Place {
  readonly span?: Span
  readonly message: () => string
  readonly hint?: string
}

export type Refusal = Omit<Problem, 'span' | 'code'> & { readonly span?: Span | undefined }

/** The most labels that one operand may carry. */
const maxLabels = 500
const shownLength = 60

export class Context {
  readonly g: Graph
  readonly text: string
  readonly dimensions = new Dimensions<Place>()
  readonly #steps: ((value: (operand: Typed) => Value) => Value)[] = []
  /** Sizes that selections by number need, known only once dimensions have values. */
  readonly #least: { readonly dimension: Dimension; readonly least: number; readonly span: Span }[] = []
  /** Readable names for the dimensions that are unknown so far; for messages. */
  nameUnknown: () => ReadonlyMap<string, Dimension> = () => new Map()
  /** Whether a name is a variable by its first letter only. */
  isUndeclared: (name: string) => boolean = () => false
  isVariable: (name: string) => boolean = () => false
  isBound: (name: string) => boolean = () => false

  constructor(g: Graph, text: string) {
    this.g = g
    this.text = text
  }

  /** Adds the step that makes a value, and says what it will be. */
  emit(node: SyntaxNode, type: Omit<Typed, 'node' | 'step'>, make: (value: (operand: Typed) => Value) => Value): Typed {
    for (const dimension of type.shape.axes) checkDegree(dimension)
    const exact = type.shape.axes.length === 0 && type.labels === undefined ? type.fill?.exact : undefined
    this.#steps.push(exact === undefined ? make : () => pointwise.number(this.g, exact))
    const typed = { node, ...type, step: this.#steps.length - 1 }
    if (typed.fill !== undefined && !Number.isFinite(typed.fill.value)) this.failNotFinite(node)
    return typed
  }

  /** The same value under another type or place. */
  as(operand: Typed, changes: Partial<Omit<Typed, 'step'>>): Typed {
    return { ...operand, ...changes }
  }

  /** Runs all steps; to be called once dimensions are settled. */
  makeNodes(): (operand: Typed) => Value {
    const values: Value[] = []
    const value = (operand: Typed) => values[operand.step] as Value
    for (const [index, make] of this.#steps.entries()) values[index] = make(value)
    return value
  }

  /** The node of a value without labels. */
  nodeOf(value: Value): Node {
    return pointwise.nodeOf(this.g, pointwise.close(this.g, value))
  }

  settle(dimension: Dimension): Dimension {
    return this.dimensions.settle(dimension)
  }

  settleShape(shape: Shape): Shape {
    return { ...shape, axes: shape.axes.map((dimension) => this.settle(dimension)) }
  }

  /** Whether two dimensions are equal, or are not known well enough to differ. */
  mayEqual(a: Dimension | undefined, b: Dimension | undefined): boolean {
    if (a === undefined || b === undefined) return false
    const [first, second] = [this.settle(a), this.settle(b)]
    return first.equals(second) || unknownNames(first).length + unknownNames(second).length > 0
  }

  /** Fails with ShapeMismatch unless the dimensions can be equal. */
  equate(a: Dimension, b: Dimension, node: SyntaxNode, refusal: () => Refusal): void {
    const place: Place = {
      span: node.span,
      message: () => `the sizes ${this.show(a)} and ${this.show(b)} must be equal, and nothing says how`,
      hint: 'declare the sizes of the variables',
    }
    if (this.dimensions.equate(a, b, place)) return
    const { span = node.span, ...rest } = refusal()
    this.fail('ShapeMismatch', { span, ...rest })
  }

  requireLeast(dimension: Dimension, least: number, span: Span): void {
    this.#least.push({ dimension, least, span })
  }

  leastSizes(): { dimension: Dimension; least: number; span: Span }[] {
    return this.#least.map((entry) => ({ ...entry, dimension: this.settle(entry.dimension) }))
  }

  fail(code: Problem['code'], { span, ...rest }: Refusal): never {
    throw new EincalcError({ code, ...rest, ...(span === undefined ? {} : { span }) })
  }

  failNotFinite(node: SyntaxNode): never {
    return this.fail('DomainError', { message: `${this.source(node)} is not finite`, span: node.span })
  }

  /** The labels of both in order of first appearance. */
  unite(node: SyntaxNode, ...lists: readonly (readonly Label[] | undefined)[]): readonly Label[] | undefined {
    const present = lists.filter((list) => list !== undefined)
    if (present.length < 2) return present[0]
    const labels = [...new Set(present.flat())]
    if (labels.length > maxLabels) {
      this.fail('LimitExceeded', { message: `an operand has more than ${maxLabels} labels`, span: node.span })
    }
    return labels
  }

  /** The user's text of a node, shortened. */
  source(node: SyntaxNode): string {
    const [start, end] = node.span
    const half = shownLength / 2
    const fits = end - start <= shownLength
    const text = fits
      ? this.text.slice(start, end)
      : `${this.text.slice(start, start + half)} … ${this.text.slice(end - half, end)}`
    return text.replace(/\s+/g, ' ')
  }

  /** `is a scalar`, `has length n`, `is m×n`. */
  describe(shape: Shape): string {
    const sizes = shape.axes.map((dimension) => this.show(dimension))
    if (sizes.length === 0) return 'is a scalar'
    if (sizes.length > 1) return `is ${sizes.join('×')}`
    return shape.row ? `is a row vector of length ${sizes[0]}` : `has length ${sizes[0]}`
  }

  /** Operands that clash, each with its shape. */
  places(...operands: readonly Typed[]): Pick<Problem, 'places'> {
    const places = operands.map(({ node, shape }) => {
      return { span: node.span, message: `${this.source(node)} ${this.describe(shape)}` }
    })
    return places.length > 1 ? { places } : {}
  }

  /** A dimension with readable names for what is not known yet. */
  show(dimension: Dimension): string {
    const settled = this.settle(dimension)
    const named = settled.substitute(this.nameUnknown())
    const rest = named.names.filter((name) => isUnknown(Dimension.symbol(name)))
    return named.substitute(new Map(rest.map((name) => [name, Dimension.symbol('?')]))).key
  }

  /** `did you mean …?` with the fix, if a known name is near. */
  suggestion(name: string, span: Span | undefined, known: Iterable<string>): Pick<Refusal, 'hint' | 'fixes'> {
    const nearest = nearestName(name, known)
    if (nearest === undefined) return {}
    const hint = `did you mean \`${nearest}\`?`
    return span === undefined ? { hint } : { hint, fixes: [replacement(`Write ${nearest}`, span, nearest)] }
  }
}

export function replacement(title: string, span: Span, text: string): Fix {
  return { title, span, replacement: text }
}

/** Optional properties that are left out when undefined. */
export function typeOf(shape: Shape, labels?: readonly Label[], fill?: Fill): Omit<Typed, 'node' | 'step'> {
  return { shape, ...(labels && { labels }), ...(fill && { fill }) }
}

export const scalarShape: Shape = { axes: [] }
