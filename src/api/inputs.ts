/** Values for variables as people give them: numbers, nested arrays, typed arrays with or without a shape. */
import { EincalcError } from '../errors.ts'
import { bindDimensions, fromNested, type Tensor } from '../evaluate/index.ts'
import { nearestName } from '../syntax/nearest.ts'
import type { Variable } from '../tensor/node.ts'

/** A flat array in row-major order. */
export type FlatArray = Float64Array | Float32Array
/**
 * The value of a variable: a number, nested arrays row by row, a tensor with its shape, or a flat row-major array whose
 * shape follows from the other inputs and the given sizes.
 */
export type Input =
  | number
  | readonly unknown[]
  | FlatArray
  | { readonly shape: readonly number[]; readonly data: FlatArray }
export type Inputs = Readonly<Record<string, Input>> | ReadonlyMap<string, Input>
export type Sizes = Readonly<Record<string, number>> | ReadonlyMap<string, number>

export function sizesOf(dims: Sizes | undefined): Map<string, number> {
  return new Map(dims instanceof Map ? dims : Object.entries(dims ?? {}))
}

/**
 * The inputs as tensors, by name. Throws `UnknownVariable` for a name that is no variable, `ShapeMismatch` and `BadRequest`
 * where a value does not fit.
 */
export function tensorsOf(
  variables: readonly Variable[],
  inputs: Inputs,
  dims: ReadonlyMap<string, number>,
): Map<string, Tensor> {
  const byName = new Map(variables.map((variable) => [variable.name, variable]))
  const result = new Map<string, Tensor>()
  const flat: [Variable, Float64Array][] = []
  for (const [name, value] of inputs instanceof Map ? inputs : Object.entries(inputs)) {
    const variable = byName.get(name)
    if (!variable) throw unknownName(name, [...byName.keys()])
    if (isFlat(value)) {
      const data = toFloat64(value)
      if (variable.axes.length === 0 && data.length === 1) result.set(name, { shape: [], data })
      else if (variable.axes.length === 1) result.set(name, { shape: [data.length], data })
      else flat.push([variable, data])
    } else result.set(name, isShaped(value) ? shaped(value, name) : fromNested(value, name))
  }
  placeFlat(variables, flat, result, dims)
  return result
}

/** Shapes of flat arrays, each from the sizes that the others settle; one unknown axis follows from the length. */
function placeFlat(
  variables: readonly Variable[],
  flat: readonly [Variable, Float64Array][],
  result: Map<string, Tensor>,
  dims: ReadonlyMap<string, number>,
): void {
  let pending = [...flat]
  while (pending.length > 0) {
    const sizes = bindDimensions(variables, result, dims)
    const rest: typeof pending = []
    for (const [variable, data] of pending) {
      const shape = shapeFrom(variable, data.length, sizes)
      if (shape) result.set(variable.name, { shape, data })
      else rest.push([variable, data])
    }
    if (rest.length === pending.length) {
      const names = rest.map(([variable]) => variable.name).join(', ')
      throw new EincalcError({
        code: 'BadRequest',
        message: `the shape of ${names} does not follow from the length of a flat array`,
        hint: 'Give { shape, data }, or the sizes of the dimensions.',
      })
    }
    pending = rest
  }
}

function shapeFrom(variable: Variable, length: number, sizes: ReadonlyMap<string, number>): number[] | undefined {
  const known = variable.axes.map((axis) =>
    axis.names.every((name) => sizes.has(name)) ? axis.evaluate(sizes) : undefined,
  )
  const open = known.filter((size) => size === undefined).length
  const product = known.reduce<number>((total, size) => total * (size ?? 1), 1)
  if (open > 1) return undefined
  if (open === 1 ? length % product !== 0 : length !== product) {
    throw new EincalcError({
      code: 'ShapeMismatch',
      message: `${variable.name} has ${length} entries, which does not fit ${known.map((size) => size ?? '?').join('×')}`,
    })
  }
  return known.map((size) => size ?? length / product)
}

function isFlat(value: Input): value is FlatArray {
  return value instanceof Float64Array || value instanceof Float32Array
}

function isShaped(value: Input): value is { shape: readonly number[]; data: FlatArray } {
  return typeof value === 'object' && value !== null && 'shape' in value && 'data' in value
}

function toFloat64(value: FlatArray): Float64Array {
  return value instanceof Float64Array ? value : Float64Array.from(value)
}

function shaped({ shape, data }: { shape: readonly number[]; data: FlatArray }, name: string): Tensor {
  const size = shape.reduce((total, length) => total * length, 1)
  if (!isFlat(data) || size !== data.length) {
    throw new EincalcError({
      code: 'ShapeMismatch',
      message: `${name} has ${data.length} entries, but its shape ${shape.join('×')} asks for ${size}`,
    })
  }
  return { shape, data: toFloat64(data) }
}

/** Throws `DomainError` with the first entry that is NaN or infinite. */
export function requireFinite({ name }: Variable, value: Tensor): void {
  const message = notFinite(name, value)
  if (message === undefined) return
  throw new EincalcError({
    code: 'DomainError',
    message,
    hint: 'Give finite numbers, or compile without { finite: true }.',
  })
}

/** Says which entry is NaN or infinite first; undefined where none is. The first axis is counted from `start` on. */
export function notFinite(name: string, { shape, data }: Tensor, start = 0): string | undefined {
  const at = data.findIndex((entry) => !Number.isFinite(entry))
  if (at < 0) return undefined
  const place: number[] = []
  let rest = at
  for (const length of [...shape].reverse()) {
    place.unshift((rest % length) + 1)
    rest = Math.floor(rest / length)
  }
  if (place.length > 0) place[0] = (place[0] as number) + start
  return `${name}${place.length > 0 ? `[${place.join(',')}]` : ''} is ${data[at]}`
}

function unknownName(name: string, names: readonly string[]): EincalcError {
  const nearest = nearestName(name, names)
  return new EincalcError({
    code: 'UnknownVariable',
    message: `there is no variable ${name}`,
    hint: nearest === undefined ? `Variables: ${names.join(', ')}.` : `Did you mean ${nearest}?`,
  })
}

/** Takes flat arrays, tensors and numbers of the lengths that came before without settling their shapes again. */
export class LengthReader {
  readonly #variables: readonly Variable[]
  #shapes: ReadonlyMap<string, readonly number[]> = new Map()
  #isFlat = false

  constructor(variables: readonly Variable[]) {
    this.#variables = variables
  }

  /** Shapes follow from lengths, so the same lengths have the same shapes. Nested arrays are looked at each time. */
  remember(inputs: Inputs, tensors: ReadonlyMap<string, Tensor>): void {
    this.#isFlat = !(inputs instanceof Map) && tensors.size === Object.keys(inputs).length
    this.#shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]))
  }

  /** The inputs as tensors, or undefined where they must be read anew. */
  sameAsBefore(inputs: Inputs): Map<string, Tensor> | undefined {
    if (!this.#isFlat || inputs instanceof Map) return undefined
    const given = inputs as Readonly<Record<string, Input>>
    let count = 0
    for (const _ in given) count++
    if (count !== this.#shapes.size) return undefined
    const result = new Map<string, Tensor>()
    for (const { name } of this.#variables) {
      const shape = this.#shapes.get(name)
      if (!shape) continue
      if (!Object.hasOwn(given, name)) return undefined
      const tensor = known(given[name] as Input, shape)
      if (!tensor) return undefined
      result.set(name, tensor)
    }
    return result
  }
}

function known(value: Input, shape: readonly number[]): Tensor | undefined {
  if (typeof value === 'number') return shape.length === 0 ? { shape, data: Float64Array.of(value) } : undefined
  const isBare = isFlat(value)
  if (!isBare && !isShaped(value)) return undefined
  const data = isBare ? value : value.data
  if (!isFlat(data)) return undefined
  let size = 1
  for (const length of shape) size *= length
  if (data.length !== size) return undefined
  const isSame = isBare || (value.shape.length === shape.length && value.shape.every((n, axis) => n === shape[axis]))
  return isSame ? { shape, data: toFloat64(data) } : undefined
}
