/**
 * The display tree: what is read, in the shape a mathematician writes it. Text and LaTeX are two renderings of it.
 *
 * Trees are interned by `Displays`, so equal trees are identical and shared parts stay shared; each stores its cost, so
 * that comparing two ways of writing something never prints them.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Rational } from '../tensor/rational.ts'

/** How a tree stands in matrix notation. A tensor has order 3 or more and is written by its elements only. */
export type DisplayType = 'scalar' | 'column' | 'row' | 'matrix' | 'tensor'

interface DisplayBase {
  /** Number within its factory, for identity and memo tables only. */
  readonly id: number
  readonly type: DisplayType
  /** Names, numbers and operators in the text; brackets do not count. */
  readonly tokens: number
  readonly transposes: number
  /** The first variables as they are written, each by its place in the order of declaration. */
  readonly variables: readonly number[]
  /** The index labels that occur free, sorted. A tree with free labels is a number for each value of them. */
  readonly free: readonly string[]
}

/** An index: a label, a position counted from 1, or a whole axis. */
export type Subscript = string | number
export const WHOLE_AXIS = ':'

/** Σ coefficient·label + offset (relation) 0, labels counted from 1 as the language counts them. */
export interface LabelCondition {
  readonly relation: 'eq' | 'le' | 'ne'
  readonly terms: readonly { readonly label: string; readonly coefficient: Dimension }[]
  readonly offset: Dimension
}

export interface NumberDisplay extends DisplayBase {
  readonly kind: 'number'
  /** Not negative: signs stand in `scaled` and `sum`. */
  readonly value: Rational
}
/** A variable, or a name that an earlier line of the text binds. */
export interface NameDisplay extends DisplayBase {
  readonly kind: 'name'
  readonly name: string
}
/** `eye(n)`, `ones(m,n)`, `zeros(n)`, `commutation(m,n)`, `duplication(n)`, and a dimension as a number. */
export interface LiteralDisplay extends DisplayBase {
  readonly kind: 'literal'
  readonly name: 'eye' | 'ones' | 'zeros' | 'commutation' | 'duplication' | 'dimension'
  readonly sizes: readonly Dimension[]
}
/** A product of matrices and vectors. */
export interface ChainDisplay extends DisplayBase {
  readonly kind: 'chain'
  readonly items: readonly Display[]
}
/** An elementwise product of equal shapes, divided elementwise; one of order 0 is a `scaled`. */
export interface ElementwiseDisplay extends DisplayBase {
  readonly kind: 'elementwise'
  readonly numerators: readonly Display[]
  readonly denominators: readonly Display[]
}
/** base^exponent, elementwise; the exponent is neither 0 nor 1. */
export interface PowerDisplay extends DisplayBase {
  readonly kind: 'power'
  readonly base: Display
  readonly exponent: Rational
}
export interface SumDisplay extends DisplayBase {
  readonly kind: 'sum'
  readonly terms: readonly { readonly negative: boolean; readonly display: Display }[]
}
export interface CallDisplay extends DisplayBase {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Display[]
  /** The axis named, counted from 1. */
  readonly axis?: number
}
/** coefficient · Π scalars · body / Π denominators. */
export interface ScaledDisplay extends DisplayBase {
  readonly kind: 'scaled'
  readonly coefficient: Rational
  readonly scalars: readonly Display[]
  readonly denominators: readonly Display[]
  readonly body?: Display
}
export interface TransposeDisplay extends DisplayBase {
  readonly kind: 'transpose'
  readonly operand: Display
}
/** `A[i,j]`, `x[3]`, `A[:,2]`. */
export interface ElementDisplay extends DisplayBase {
  readonly kind: 'element'
  readonly base: Display
  readonly subscripts: readonly Subscript[]
}
/** `sum[i,j: i<j](body)`, `matrix[i,j](body)`; `keeps` for those that leave their label free, such as `softmax[k]`. */
export interface BinderDisplay extends DisplayBase {
  readonly kind: 'binder'
  readonly name: string
  readonly labels: readonly string[]
  readonly conditions: readonly LabelCondition[]
  readonly body: Display
  readonly keeps: boolean
}
/** A tensor given by its elements where matrix notation has no form for it; printed as a line of its own. */
export interface DefinitionDisplay extends DisplayBase {
  readonly kind: 'definition'
  readonly labels: readonly string[]
  readonly body: Display
}

export type Display =
  | NumberDisplay
  | NameDisplay
  | LiteralDisplay
  | ChainDisplay
  | ElementwiseDisplay
  | PowerDisplay
  | SumDisplay
  | CallDisplay
  | ScaledDisplay
  | TransposeDisplay
  | ElementDisplay
  | BinderDisplay
  | DefinitionDisplay

/** The parts of a tree, in the order in which they are written. */
export function parts(display: Display): readonly Display[] {
  switch (display.kind) {
    case 'number':
    case 'name':
    case 'literal':
      return []
    case 'chain':
      return display.items
    case 'elementwise':
      return [...display.numerators, ...display.denominators]
    case 'power':
    case 'element':
      return [display.base]
    case 'sum':
      return display.terms.map((term) => term.display)
    case 'call':
      return display.args
    case 'scaled':
      return [...display.scalars, ...(display.body ? [display.body] : []), ...display.denominators]
    case 'transpose':
      return [display.operand]
    case 'binder':
    case 'definition':
      return [display.body]
  }
}

/** Every tree below the roots, parts first. */
export function displayPostorder(roots: readonly Display[]): Display[] {
  const order: Display[] = []
  const seen = new Set<Display>()
  const stack: { display: Display; below: readonly Display[]; next: number }[] = []
  const enter = (display: Display) => {
    if (seen.has(display)) return
    seen.add(display)
    stack.push({ display, below: parts(display), next: 0 })
  }
  for (const root of roots) {
    enter(root)
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const part = top.below[top.next++]
      if (part) enter(part)
      else {
        order.push(top.display)
        stack.pop()
      }
    }
  }
  return order
}
