/**
 * NumPy's file format for one array: a magic string, a version, a Python dict literal with type, order and shape, then the
 * entries. Source: NumPy Enhancement Proposal 1. Everything is read as float64 in row-major order.
 */
import type { Tensor } from '../evaluate/index.ts'

/** In Node and in browsers; declared here because the library is compiled without the types of either. */
declare class TextDecoder {
  constructor(encoding: string)
  decode(bytes: Uint8Array): string
}
declare class TextEncoder {
  encode(text: string): Uint8Array
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** The header's end falls on a multiple of this, so that the entries are aligned. */
const ALIGNMENT = 64

type Read = (view: DataView, at: number, littleEndian: boolean) => number

const readers: ReadonlyMap<string, readonly [bytes: number, read: Read]> = new Map([
  ['f8', [8, (view, at, little) => view.getFloat64(at, little)]],
  ['f4', [4, (view, at, little) => view.getFloat32(at, little)]],
  ['i1', [1, (view, at) => view.getInt8(at)]],
  ['i2', [2, (view, at, little) => view.getInt16(at, little)]],
  ['i4', [4, (view, at, little) => view.getInt32(at, little)]],
  ['i8', [8, (view, at, little) => Number(view.getBigInt64(at, little))]],
  ['u1', [1, (view, at) => view.getUint8(at)]],
  ['u2', [2, (view, at, little) => view.getUint16(at, little)]],
  ['u4', [4, (view, at, little) => view.getUint32(at, little)]],
  ['u8', [8, (view, at, little) => Number(view.getBigUint64(at, little))]],
  ['b1', [1, (view, at) => view.getUint8(at)]],
])

/** What the header of a .npy file says. */
export interface NpyHeader {
  readonly shape: readonly number[]
  /** Where the entries begin, in bytes. */
  readonly start: number
  /** Bytes of an entry. */
  readonly width: number
  readonly isFortran: boolean
  /** Entries from bytes, in the order of the file. */
  readonly decode: (bytes: Uint8Array) => Float64Array
}

/** Bytes in which the header of a file of any use lies. */
export const HEADER_BYTES = 65_536 + 12

/**
 * The header, from the first bytes of a file that has `length` bytes. Throws `RangeError` with a sentence for users where it is no
 * .npy file, or has no real numbers, or not as many entries as it says.
 */
export function readNpyHeader(bytes: Uint8Array, length: number): NpyHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 10 || MAGIC.some((byte, k) => bytes[k] !== byte)) throw new RangeError('it is no .npy file')
  const version = bytes[6] as number
  if (version < 1 || version > 3) throw new RangeError(`its format version ${version} is not known`)
  if (version > 1 && bytes.length < 12) throw new RangeError('it ends within its header')
  const [from, size] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)]
  const start = from + size
  if (start > bytes.length) throw new RangeError('it ends within its header')
  const header = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(from, start))
  const { type, isFortran, shape } = parseHeader(header)
  const known = readers.get(type.slice(1))
  if (!known || !'<>|='.includes(type[0] as string)) {
    throw new RangeError(`its entries have the type ${type}; floats of 8 or 4 bytes, integers and bool are read`)
  }
  const [width, read] = known
  const count = shape.reduce((product, axis) => product * axis, 1)
  const available = (length - start) / width
  if (available !== count) {
    throw new RangeError(`it has room for ${Math.floor(available)} entries, but its shape asks for ${count}`)
  }
  const isLittle = type[0] !== '>'
  const decode = (part: Uint8Array) => {
    const entries = new DataView(part.buffer, part.byteOffset, part.byteLength)
    const data = new Float64Array(part.length / width)
    for (let at = 0; at < data.length; at++) data[at] = read(entries, at * width, isLittle)
    return data
  }
  return { shape, start, width, isFortran, decode }
}

/** The array of a .npy file. Throws `RangeError` with a sentence for users where it is none, or has no real numbers. */
export function readNpy(bytes: Uint8Array): Tensor {
  const { shape, start, isFortran, decode } = readNpyHeader(bytes, bytes.length)
  const data = decode(bytes.subarray(start))
  return { shape, data: isFortran && shape.length > 1 ? toRowMajor(data, shape) : data }
}

function parseHeader(header: string): { type: string; isFortran: boolean; shape: number[] } {
  const type = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1]
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1]
  const axes = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1]
  if (order === undefined || axes === undefined) throw new RangeError('its header cannot be read')
  if (type === undefined) throw new RangeError('its entries are records, not numbers')
  const shape = axes.split(',').flatMap((axis) => (axis.trim() === '' ? [] : [Number(axis)]))
  return { type, isFortran: order === 'True', shape }
}

/** From first-axis-fastest to last-axis-fastest. */
export function toRowMajor(data: Float64Array, shape: readonly number[]): Float64Array {
  const result = new Float64Array(data.length)
  const strides: number[] = []
  let stride = 1
  for (const length of shape) {
    strides.push(stride)
    stride *= length
  }
  const index = shape.map(() => 0)
  let source = 0
  for (let at = 0; at < data.length; at++) {
    result[at] = data[source] as number
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1
      source += strides[axis] as number
      if ((index[axis] as number) < (shape[axis] as number)) break
      source -= (strides[axis] as number) * (shape[axis] as number)
      index[axis] = 0
    }
  }
  return result
}

/** A .npy file of version 1: float64, little-endian, row-major. */
export function writeNpy({ shape, data }: Tensor): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${axes}), }`
  const length = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT
  const bytes = new Uint8Array(length + data.length * 8)
  bytes.set(MAGIC)
  bytes.set([1, 0], 6)
  const view = new DataView(bytes.buffer)
  view.setUint16(8, length - 10, true)
  bytes.set(new TextEncoder().encode(`${text.padEnd(length - 11)}\n`), 10)
  for (const [at, entry] of data.entries()) view.setFloat64(length + at * 8, entry, true)
  return bytes
}
