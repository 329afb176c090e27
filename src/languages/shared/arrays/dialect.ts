/**
 * What a language of whole arrays says its own way. The printer decides what is written and where; a dialect spells it.
 *
 * Shapes are lists of spelt sizes. Axis p of a text made by `permute` is axis order[p] of the value.
 */

import type { Label } from '../../../tensor/node.ts'
import type { Rational } from '../../../tensor/rational.ts'
import type { WholeNumbers } from '../dimensions.ts'
import type { Operators, Text } from '../text.ts'

/** A call spelt out, and the names of the helper functions that it needs. */
export interface Spelling {
  readonly text: Text
  readonly helpers?: readonly string[]
}

/** An argument of an elementwise function; `isNumber` where it is a number of the language, not an array of no axes. */
export interface Argument extends Text {
  readonly isNumber?: true
}

export type ElementwiseSpelling = (...args: readonly Argument[]) => Spelling

/** A general function of arguments whose batch axes come first; the first argument has `own` axes after them. */
export type GeneralSpelling = (argument: Text, own: number, batch: number, ...others: readonly Text[]) => Spelling

/** An operand of a product, given in any order of its axes, each axis once. */
export interface Factor {
  readonly labels: readonly Label[]
  readonly ordered: (labels: readonly Label[]) => Text
}

/** A part of a sum of diagonals: the axes of the whole have the labels `view`, of which `distinct` are different. */
export interface Scattered {
  readonly view: readonly Label[]
  readonly distinct: readonly Label[]
  /** The value with its axes in this order of `distinct`; leading ones that it lacks may be left out. */
  readonly ordered: (labels: readonly Label[]) => Text
  readonly isNegative: boolean
  /** The labels that the value has. */
  readonly carried: readonly Label[]
}

export interface ArrayDialect {
  readonly whole: WholeNumbers
  readonly operators: Operators
  /** Whether a sum may run over any axes of a text; otherwise those summed come last. */
  readonly sumsAnyAxis: boolean

  readonly assignment: (target: string, value: string) => string[]
  readonly number: (value: Rational) => Text
  /** A number of the language as one of the program's arrays of no axes. */
  readonly floating: (text: Text) => Text
  readonly power: (base: Argument, exponent: Rational) => Text

  readonly permute: (text: Text, order: readonly number[]) => Text
  /** Gives a text with the axes `present` axes of length 1 at those of `labels` that it lacks. */
  readonly spread: (text: Text, present: readonly Label[], labels: readonly Label[]) => Text
  readonly select: (text: Text, rank: number, axis: number, index: string) => Text
  /** `sizes` in row-major order of the entries. `column`: both sides are read in column-major order instead. */
  readonly reshape: (text: Text, rank: number, sizes: readonly string[]) => Text
  /** Reads both sides in column-major order, where the language can. */
  readonly reshapeColumns?: ((text: Text, sizes: readonly string[]) => Text) | undefined

  readonly zeros: (shape: readonly string[]) => Text
  readonly ones: (shape: readonly string[]) => Text
  readonly full: (shape: readonly string[], value: Text, isNumber: boolean) => Text
  readonly eye: (size: string) => Text
  /** The diagonal matrix of a vector. */
  readonly diagonalMatrix: (vector: Text) => Text
  /** The diagonal of a matrix. */
  readonly diagonal: (matrix: Text) => Text
  /** The part of a value on diagonals: axes `labels`, some equal, to axes `kept`, all different. */
  readonly diagonals: (text: Text, labels: readonly Label[], kept: readonly Label[]) => Text
  readonly trace: (matrix: Text) => Text

  readonly sum: (text: Text, rank: number, axes: readonly number[]) => Text
  /** Σ left · right to axes `output`; labels may repeat. */
  readonly contract: (left: Einsum, right: Einsum, output: readonly Label[]) => Spelling
  /** The sum over the one label that two factors of at most two axes share, to axes `order`. */
  readonly matrixProduct: (left: Factor, right: Factor, summed: Label, order: readonly Label[]) => Text
  /** The solution of matrix · s = right, right of one or two axes. */
  readonly solve: (matrix: Text, right: Text) => Text
  /** The same for a right side of more axes, solved along the first. */
  readonly solveFirst: (matrix: Text, right: Text, shape: readonly string[]) => Text

  readonly compare: (operator: Comparison, a: Text, b: Text) => Text
  readonly and: (conditions: readonly Text[]) => Text
  readonly where: (truth: Text, a: Argument, b: Argument) => Text
  /** 1 where the truth holds, elsewhere 0. */
  readonly indicator: (truth: Text) => Text
  /** Whether a truth may stand as a factor behind numbers. */
  readonly truthsMultiply: boolean
  /** 0, 1, ..., size - 1 along the first of these axes, the others of length 1. */
  readonly indices: (size: string, position: number, rank: number) => Text
  /** The lower or upper triangle of a matrix; `shift` moves the diagonal. */
  readonly triangle: (lower: boolean, matrix: Text, shift: Text | undefined) => Spelling

  /** Statements that make the sum of diagonals of this shape. `indexName(k)` is free for an index. */
  readonly scatter: (
    target: string,
    shape: readonly string[],
    parts: readonly Scattered[],
    indexName: (k: number) => string,
  ) => string[]

  readonly elementwise: (name: string) => ElementwiseSpelling | undefined
  readonly general: (name: string) => GeneralSpelling | undefined
  /** The name of a function that is emitted from its definition. */
  readonly defined: (name: string) => string
}

export interface Einsum {
  readonly labels: readonly Label[]
  readonly text: Text
}

export type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!='

export const comparisonOperators: ReadonlyMap<string, Comparison> = new Map([
  ['lt', '<'],
  ['le', '<='],
  ['gt', '>'],
  ['ge', '>='],
])
