/**
 * What a language of loops over entries says its own way. The printer decides on loops and statements; a dialect spells
 * them. Texts are numbers of the language, indices count from 0.
 */
import type { Rational } from '../../../tensor/rational.ts'
import type { Comparison } from '../arrays/dialect.ts'
import type { WholeNumbers } from '../dimensions.ts'
import type { Text } from '../text.ts'

/** A named array with its spelt sizes; without sizes, a number. */
export interface Place {
  readonly name: string
  readonly shape: readonly string[]
  /** Whether it is a parameter of the function. */
  readonly isInput: boolean
}

export interface LoopSpelling {
  readonly text: Text
  readonly helpers?: readonly string[]
}

/** A general function of slices: arguments are contiguous, their batch axes first. */
export interface SliceCall {
  readonly name: string
  readonly target: Place
  readonly args: readonly { readonly place: Place; readonly own: readonly string[] }[]
  /** The sizes of the batch axes. */
  readonly batch: readonly string[]
  /** The sizes of the result's own axes. */
  readonly result: readonly string[]
  readonly indexName: (k: number) => string
}

export interface Statements {
  readonly lines: readonly string[]
  readonly helpers?: readonly string[]
}

export interface LoopDialect {
  readonly whole: WholeNumbers
  /** Which axis of an array lies side by side in memory. */
  readonly contiguous: 'first' | 'last'
  readonly number: (value: Rational) => Text
  /** A whole number of the program, such as a size, as a number to compute with. */
  readonly size: (text: Text) => Text
  readonly power: (base: Text, exponent: Rational) => Text
  readonly compare: (operator: Comparison, a: Text, b: Text) => Text
  readonly and: (conditions: readonly Text[]) => Text
  /** `a` where the condition holds, else `b`; the other is not evaluated. */
  readonly select: (condition: Text, a: Text, b: Text) => Text

  readonly element: (place: Place, indices: readonly Text[]) => Text
  /** Declares a number that stays. */
  readonly constant: (name: string, value: string) => string[]
  /** Declares an array of zeros; `isFilled`: every entry is set before it is read. */
  readonly zeros: (place: Place, isFilled: boolean) => string[]
  /** Declares a number to add to. */
  readonly accumulator: (name: string) => string[]
  readonly assign: (target: string, operator: '=' | '+=' | '-=', value: string) => string[]
  readonly loop: (index: string, size: string, body: readonly string[]) => string[]
  /** The entries of a place in row-major order as an array of other axes. */
  readonly reshaped: (target: Place, source: Place, indexName: (k: number) => string) => string[]

  readonly elementwise: (name: string) => ((...args: readonly Text[]) => LoopSpelling) | undefined
  readonly general: (call: SliceCall) => Statements
  /** `matrix` is square, `right` has one more axis, `columns`, or none. Makes the solution. */
  readonly solve: (target: Place, matrix: Place, right: Place) => Statements
  /** The product of two matrices or vectors, where the language has one: axes as written, transposed by flags. */
  readonly matrixProduct?: (
    target: Place,
    left: Place,
    leftTransposed: boolean,
    right: Place,
    rightTransposed: boolean,
  ) => Statements
  readonly defined: (name: string) => string
}
