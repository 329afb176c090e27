/** What an emitter of Python says about its library beside the spelling of statements. */
import type { ArrayDialect } from '../arrays/dialect.ts'
import type { Precision, PreparedProgram } from '../program.ts'
import type { Sharding } from './sharding.ts'

export interface PythonLibrary {
  /** `like`: the name of an array whose kind of numbers, and device, new arrays share. */
  readonly dialect: (precision: Precision, like: string | undefined) => ArrayDialect
  /** Helper functions by name; each is emitted only where it is used. */
  readonly helpers: Readonly<Record<string, string>>
  /** `array` or `tensor`, for docstrings. */
  readonly noun: string
  /** The lines that import the library and what else this code uses. */
  readonly imports: (code: string) => readonly string[]
  /** The lines before the function. `keywords`: its parameters by keyword. `excludes`: see `PrintedSteps`. */
  readonly decorators: (keywords: readonly string[], excludes: boolean) => readonly string[]
  /** An argument as an array of this library. */
  readonly converted: (name: string, precision: Precision) => string
  /** The shape of an array as a tuple, in a message. */
  readonly shapeShown: (name: string) => string
  /** A result that is an argument, as the caller's own. */
  readonly copied: (name: string) => string
  /** Σ over the last `count` axes of a value and all of p. */
  readonly applied: (value: string, p: string, count: number) => string
  readonly einsum: (subscripts: string, operands: readonly string[], optimize: boolean) => string
  /** A result as an array of NumPy, for the check. */
  readonly asNumpy: (result: string) => string
  /** How work is split over devices along a dimension; absent where the library does not. */
  readonly sharding?: (prepared: PreparedProgram, dimension: string) => Sharding
  /** The first lines of the main block. */
  readonly main: readonly string[]
}
