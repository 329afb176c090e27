/** The form of an example: data only, so that the runner, the tests, the web page and other programs read the same list. */

/** What a variable holds where numbers that only fit its declared type would not do. */
export type Content =
  /** Zeros and ones: which entries were observed. */
  | 'mask'
  /** Rows with a single 1: the class of each sample. */
  | 'one-hot'
  /** −1 or 1. */
  | 'signs'
  /** Columns that are orthonormal. */
  | 'orthonormal'

export interface Example {
  /** The name of its file, by which it is run. */
  readonly name: string
  readonly title: string
  readonly group: string
  /** A few sentences: what is computed, and what to look at in its derivatives. */
  readonly about: string
  /** Where it comes from. */
  readonly source: string
  /** The program, in our language. */
  readonly text: string
  /** Declared types by variable, in the order of use. */
  readonly variables: Readonly<Record<string, string>>
  /** The variables to differentiate by, each alone. */
  readonly wrt: readonly string[]
  /** The orders of the derivatives. */
  readonly orders: readonly number[]
  /** Small sizes, distinct where they may be, at which derivatives are held against others. */
  readonly sizes: Readonly<Record<string, number>>
  /** Sizes of real data, at which costs are told. */
  readonly large: Readonly<Record<string, number>>
  /** Contents of variables that are no random numbers. */
  readonly contents?: Readonly<Record<string, Content>>
  /** Variables of which the function is a quadratic one: a Newton step solves the normal equations. */
  readonly quadraticIn?: readonly string[]
}
