/** Tensors of float64 numbers, and their form in JSON: nested arrays, row-major. */
import { EincalcError } from '../errors.ts'

/** Row-major: the last axis runs fastest. `data.length` is the product of `shape`; a scalar has shape []. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/** A number in JSON, which has none for NaN and the infinities. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity'
export type Nested = JsonNumber | readonly Nested[]

/** The number of entries of a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1
  for (const length of shape) size *= length
  return size
}

/** Row-major strides of a shape, in entries. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis]!
  }
  return strides
}

/**
 * The tensor of nested arrays, e.g. `[[1, 2], [3, 4]]`; a number is of order 0. `name` is the variable that messages name.
 *
 * Throws `BadRequest` where an entry is no number, `ShapeMismatch` where lengths differ along an axis or one is empty.
 */
export function fromNested(value: unknown, name: string): Tensor {
  const shape: number[] = []
  for (let first = value; Array.isArray(first); first = first[0]) {
    if (first.length === 0) throw mismatch(`${name} is empty: ${axisName(shape.length)} has length 0`)
    shape.push(first.length)
  }
  // Nested arrays are flattened axis by axis, so that hostile nesting does not meet the stack.
  let level: readonly unknown[] = [value]
  for (const [axis, length] of shape.entries()) {
    const next: unknown[] = []
    for (const part of level) {
      if (!Array.isArray(part)) throw ragged(name, axis)
      if (part.length !== length) {
        throw mismatch(
          `${name} is not rectangular: along ${axisName(axis)} one part has length ${part.length}, the first ${length}`,
        )
      }
      for (const entry of part) next.push(entry)
    }
    level = next
  }
  const data = new Float64Array(level.length)
  for (const [position, entry] of level.entries()) {
    if (Array.isArray(entry)) throw ragged(name, shape.length)
    data[position] = toNumber(entry, name)
  }
  return { shape, data }
}

/** Nested arrays of a tensor; numbers that are not finite become the strings "NaN", "Infinity", "-Infinity". */
export function toNested({ shape, data }: Tensor): Nested {
  let level: Nested[] = toFlat(data)
  for (let axis = shape.length - 1; axis >= 1; axis--) {
    const length = shape[axis]!
    const next: Nested[] = []
    for (let start = 0; start < level.length; start += length) next.push(level.slice(start, start + length))
    level = next
  }
  return shape.length === 0 ? level[0]! : level
}

/** Numbers as JSON writes them, in the order of `data`. */
export function toFlat(data: Float64Array): JsonNumber[] {
  return Array.from(data, (entry) =>
    Number.isFinite(entry) ? entry : Number.isNaN(entry) ? 'NaN' : entry > 0 ? 'Infinity' : '-Infinity',
  )
}

function toNumber(entry: unknown, name: string): number {
  if (typeof entry === 'number') return entry
  if (entry === 'NaN' || entry === 'Infinity' || entry === '-Infinity') return Number(entry)
  throw new EincalcError({
    code: 'BadRequest',
    message: `${name} holds ${describe(entry)} where a number is expected`,
    hint: 'Write numbers in nested arrays, row by row; "NaN", "Infinity" and "-Infinity" stand for themselves.',
  })
}

function describe(entry: unknown): string {
  if (typeof entry === 'string') return `the text "${entry.length > 20 ? `${entry.slice(0, 20)}…` : entry}"`
  if (entry === null || entry === undefined) return entry === null ? 'null' : 'nothing'
  const own = typeof entry === 'object' ? entry.constructor?.name : undefined
  return own && own !== 'Object' ? `a value of class ${own}` : `a value of type ${typeof entry}`
}

function ragged(name: string, axis: number): EincalcError {
  return mismatch(`${name} is not rectangular: at ${axisName(axis)} numbers and lists are mixed`)
}

/** Axes count from 1 for users. */
function axisName(axis: number): string {
  return `axis ${axis + 1}`
}

function mismatch(message: string): EincalcError {
  return new EincalcError({ code: 'ShapeMismatch', message, hint: 'Give nested arrays of equal lengths, row by row.' })
}
