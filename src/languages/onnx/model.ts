/**
 * An ONNX model and its file. The messages of onnx.proto that a model of plain operators needs are few and their encoding
 * is two kinds of field, numbers and bytes: less code than a library for protocol buffers would bring to the page.
 */

// Browsers and Node have it; the library is compiled without the types of either.
declare class TextEncoder {
  encode(text: string): Uint8Array
}

export type ElementType = 'float' | 'double' | 'int64' | 'bool'

/** The numbers that onnx.proto gives to types of entries. */
export const elementTypes: Readonly<Record<ElementType, number>> = { float: 1, int64: 7, bool: 9, double: 11 }

export type Attribute = number | string | readonly number[]

export interface OnnxNode {
  readonly name: string
  readonly operator: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** A constant of no axis or of one. */
export interface Initializer {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

export interface OnnxValue {
  readonly name: string
  readonly type: ElementType
  /** The size of each axis, its name, or undefined for one that has none. */
  readonly shape: readonly (number | string | undefined)[]
  readonly doc: string
}

export interface OnnxModel {
  readonly name: string
  readonly doc: string
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly initializers: readonly Initializer[]
  readonly nodes: readonly OnnxNode[]
}

/** Read by every version of ONNX Runtime since 1.14. */
export const VERSIONS = { ir: 8, operators: 18 }

/** The model as a file. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const graph = message(
    ...model.nodes.map((node) => bytes(1, encodeNode(node))),
    text(2, model.name),
    ...model.initializers.map((one) => bytes(5, encodeTensor(one))),
    text(10, model.doc),
    ...model.inputs.map((value) => bytes(11, encodeValue(value))),
    ...model.outputs.map((value) => bytes(12, encodeValue(value))),
  )
  const operators = message(text(1, ''), number(2, VERSIONS.operators))
  return message(number(1, VERSIONS.ir), text(2, 'eincalc'), bytes(7, graph), bytes(8, operators))
}

function encodeNode({ name, operator, inputs, output, attributes }: OnnxNode): Uint8Array {
  return message(
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(3, name),
    text(4, operator),
    ...Object.entries(attributes).map(([key, value]) => bytes(5, encodeAttribute(key, value))),
  )
}

function encodeAttribute(key: string, value: Attribute): Uint8Array {
  if (typeof value === 'number') return message(text(1, key), number(3, value), number(20, 2))
  if (typeof value === 'string') return message(text(1, key), text(4, value), number(20, 3))
  return message(text(1, key), ...value.map((one) => number(8, one)), number(20, 7))
}

function encodeTensor({ name, type, shape, values }: Initializer): Uint8Array {
  const width = type === 'float' ? 4 : 8
  const data = new DataView(new ArrayBuffer(width * values.length))
  for (const [k, value] of values.entries()) {
    if (type === 'float') data.setFloat32(4 * k, value, true)
    else if (type === 'double') data.setFloat64(8 * k, value, true)
    else data.setBigInt64(8 * k, BigInt(value), true)
  }
  return message(
    ...shape.map((size) => number(1, size)),
    number(2, elementTypes[type]),
    text(8, name),
    bytes(9, new Uint8Array(data.buffer)),
  )
}

function encodeValue({ name, type, shape, doc }: OnnxValue): Uint8Array {
  const axes = shape.map((size) => {
    return bytes(
      1,
      size === undefined ? message() : message(typeof size === 'number' ? number(1, size) : text(2, size)),
    )
  })
  const tensor = message(number(1, elementTypes[type]), bytes(2, message(...axes)))
  return message(text(1, name), bytes(2, message(bytes(1, tensor))), text(3, doc))
}

// Protocol buffers: a message is its fields one after the other, each a key and a value.

function message(...fields: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(fields.reduce((size, field) => size + field.length, 0))
  let at = 0
  for (const field of fields) {
    all.set(field, at)
    at += field.length
  }
  return all
}

/** Seven bits in each byte, the lowest first; negative numbers as 64 bits. */
function varint(value: number): Uint8Array {
  const found: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 127n; rest >>= 7n) found.push(Number(rest & 127n) | 128)
  return Uint8Array.from([...found, Number(rest)])
}

function number(field: number, value: number): Uint8Array {
  return message(varint(field * 8), varint(value))
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return message(varint(field * 8 + 2), varint(value.length), value)
}

function text(field: number, value: string): Uint8Array {
  return bytes(field, new TextEncoder().encode(value))
}
