/**
 * Writes WebAssembly modules: typed expressions and structured statements in, bytes out.
 *
 * Kernels are programs of this little language, so that one text serves both widths of numbers, every tile and both sets
 * of vector instructions, and elementwise passes are compiled to the expression at hand. Encodings are those of the
 * WebAssembly specification (binary format, with the vector and relaxed vector instructions).
 */

export type Type = 'i32' | 'i64' | 'f32' | 'f64' | 'v128'

/** Bytes, nested as they were put together. */
type Code = readonly (number | Code)[]

/** A value of a type, as the instructions that compute it. It is computed again wherever it is used. */
export interface Expr {
  readonly type: Type
  readonly code: Code
}

export interface Local extends Expr {
  readonly index: number
}

const typeCodes: Readonly<Record<Type, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b }

function unsigned(value: number): number[] {
  const bytes: number[] = []
  do {
    const rest = Math.floor(value / 128)
    bytes.push((value % 128) | (rest > 0 ? 0x80 : 0))
    value = rest
  } while (value > 0)
  return bytes
}

function signed(value: bigint): number[] {
  const bytes: number[] = []
  for (;;) {
    const byte = Number(value & 127n)
    value >>= 7n
    const isLast = (value === 0n && (byte & 64) === 0) || (value === -1n && (byte & 64) !== 0)
    bytes.push(isLast ? byte : byte | 0x80)
    if (isLast) return bytes
  }
}

function vector(items: readonly Code[]): Code {
  return [unsigned(items.length), ...items]
}

function text(value: string): Code {
  const bytes = [...value].map((character) => character.charCodeAt(0))
  return [unsigned(bytes.length), bytes]
}

function flatten(code: Code): Uint8Array<ArrayBuffer> {
  const bytes: number[] = []
  const visit = (part: Code) => {
    for (const item of part) {
      if (typeof item === 'number') bytes.push(item)
      else visit(item)
    }
  }
  visit(code)
  return Uint8Array.from(bytes)
}

/** A function of a module. */
export interface Callable {
  readonly index: number
  readonly params: readonly Type[]
  readonly result: Type | undefined
}

interface Definition extends Callable {
  readonly name: string | undefined
  readonly body: FunctionBody
}

export interface ImportedFunction {
  readonly name: string
  readonly params: readonly Type[]
  readonly result?: Type
}

/** A module over one imported memory, `env.memory`. Imports come first, as their numbers do. */
export class Assembler {
  readonly #imports: Callable[] = []
  readonly #importNames: string[] = []
  readonly #functions: Definition[] = []
  readonly #shared: boolean

  constructor(imports: readonly ImportedFunction[] = [], options: { readonly shared?: boolean } = {}) {
    this.#shared = options.shared ?? false
    for (const { name, params, result } of imports) {
      this.#importNames.push(name)
      this.#imports.push({ index: this.#imports.length, params, result })
    }
  }

  imported(name: string): Callable {
    const at = this.#importNames.indexOf(name)
    const found = this.#imports[at]
    if (!found) throw new RangeError(`${name} is not imported`)
    return found
  }

  /** Defines a function, exported under `name` where one is given. */
  define(
    name: string | undefined,
    params: readonly Type[],
    result: Type | undefined,
    write: (f: FunctionBody, ...params: Local[]) => void,
  ): Callable {
    const body = new FunctionBody(params)
    write(body, ...params.map((_, index) => body.param(index)))
    const definition = { name, params, result, body, index: this.#imports.length + this.#functions.length }
    this.#functions.push(definition)
    return definition
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const signatures: string[] = []
    const signatureCodes: Code[] = []
    const signature = ({ params, result }: Callable): number => {
      const key = `${params.join()}:${result ?? ''}`
      const known = signatures.indexOf(key)
      if (known >= 0) return known
      signatures.push(key)
      const results = result === undefined ? [] : [[typeCodes[result]]]
      signatureCodes.push([0x60, vector(params.map((type) => [typeCodes[type]])), vector(results)])
      return signatures.length - 1
    }
    const env = text('env')
    const memory: Code = this.#shared ? [0x03, unsigned(1), unsigned(65536)] : [0x00, unsigned(1)]
    const imports: Code[] = [
      [env, text('memory'), 0x02, memory],
      ...this.#imports.map((each, k): Code => [env, text(this.#importNames[k] ?? ''), 0x00, unsigned(signature(each))]),
    ]
    const declared = this.#functions.map((each): Code => unsigned(signature(each)))
    const exported = this.#functions.flatMap(({ name, index }): Code[] =>
      name === undefined ? [] : [[text(name), 0x00, unsigned(index)]],
    )
    const bodies = this.#functions.map(({ body }): Code => {
      const bytes = body.bytes()
      return [unsigned(bytes.length), ...bytes]
    })
    const section = (id: number, content: Code): Code => {
      const bytes = flatten(content)
      return [id, unsigned(bytes.length), ...bytes]
    }
    return flatten([
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(1, vector(signatureCodes)),
      section(2, vector(imports)),
      section(3, vector(declared)),
      section(7, vector(exported)),
      section(10, vector(bodies)),
    ])
  }
}

/** The statements of one function, in the order in which they are written. */
export class FunctionBody {
  #code: Code[] = []
  readonly #params: readonly Type[]
  readonly #locals: Type[] = []

  constructor(params: readonly Type[]) {
    this.#params = params
  }

  param(index: number): Local {
    return localOf(this.#params[index] as Type, index)
  }
  /** A new variable; it is 0 where it is not set. */
  local(type: Type, initial?: Expr): Local {
    const made = localOf(type, this.#params.length + this.#locals.length)
    this.#locals.push(type)
    if (initial) this.set(made, initial)
    return made
  }
  set(local: Local, value: Expr): void {
    if (local.type !== value.type) throw new TypeError(`a variable of type ${local.type} is set to ${value.type}`)
    this.#code.push([value.code, 0x21, unsigned(local.index)])
  }
  add(local: Local, value: Expr): void {
    this.set(local, i32.add(local, value))
  }
  store(type: Type, address: Expr, value: Expr, offset = 0): void {
    if (value.type !== type) throw new TypeError(`${value.type} is stored as ${type}`)
    const operation: Code = type === 'v128' ? simd(0x0b) : [storeCodes[type]]
    this.#code.push([address.code, value.code, operation, 0, unsigned(offset)])
  }
  /** Stores the first lane of a vector of numbers so wide. */
  storeLane(bits: 32 | 64, address: Expr, value: Expr, lane = 0, offset = 0): void {
    this.#code.push([address.code, value.code, simd(bits === 32 ? 0x5a : 0x5b), 0, unsigned(offset), lane])
  }
  do(value: Expr): void {
    this.#code.push([value.code, 0x1a])
  }
  call(target: Callable, args: readonly Expr[]): void {
    this.#code.push([args.map((arg) => arg.code), 0x10, unsigned(target.index)])
  }
  return(value: Expr): void {
    this.#code.push([value.code, 0x0f])
  }
  fillMemory(address: Expr, byte: number, count: Expr): void {
    this.#code.push([address.code, i32.const(byte).code, count.code, 0xfc, 0x0b, 0x00])
  }
  copyMemory(to: Expr, from: Expr, count: Expr): void {
    this.#code.push([to.code, from.code, count.code, 0xfc, 0x0a, 0x00, 0x00])
  }

  if(condition: Expr, then: () => void, otherwise?: () => void): void {
    const yes = this.#inside(then)
    const no = otherwise ? [0x05, this.#inside(otherwise)] : []
    this.#code.push([condition.code, 0x04, 0x40, yes, no, 0x0b])
  }
  /** Runs `body` as long as the condition holds before it. */
  while(condition: Expr, body: () => void): void {
    const inner = this.#inside(body)
    const repeat: Code = [condition.code, 0x45, 0x0d, 1, inner, 0x0c, 0]
    this.#code.push([0x02, 0x40, 0x03, 0x40, repeat, 0x0b, 0x0b])
  }
  /** Counts `counter` from `from` to below `to`. */
  for(counter: Local, from: Expr, to: Expr, body: () => void, step = 1): void {
    this.set(counter, from)
    this.while(i32.lt(counter, to), () => {
      body()
      this.add(counter, i32.const(step))
    })
  }

  bytes(): Uint8Array {
    const locals = this.#locals.map((type): Code => [unsigned(1), typeCodes[type]])
    return flatten([vector(locals), this.#code, 0x0b])
  }

  #inside(write: () => void): Code {
    const outer = this.#code
    this.#code = []
    write()
    const inner = this.#code
    this.#code = outer
    return inner
  }
}

const storeCodes: Readonly<Record<Exclude<Type, 'v128'>, number>> = { i32: 0x36, i64: 0x37, f32: 0x38, f64: 0x39 }

function localOf(type: Type, index: number): Local {
  return { type, index, code: [0x20, unsigned(index)] }
}

export function call(target: Callable, args: readonly Expr[]): Expr {
  if (target.result === undefined) throw new TypeError('a function without a result has no value')
  return { type: target.result, code: [args.map((arg) => arg.code), 0x10, unsigned(target.index)] }
}

function simd(code: number): Code {
  return [0xfd, unsigned(code)]
}

function operation(type: Type, code: Code, operands: readonly Type[]): (...args: Expr[]) => Expr {
  return (...args) => {
    for (const [k, expected] of operands.entries()) {
      if (args[k]?.type !== expected) throw new TypeError(`${args[k]?.type} where ${expected} is expected`)
    }
    return { type, code: [args.map((arg) => arg.code), code] }
  }
}

const binary = (type: Type, code: Code, result = type) => operation(result, code, [type, type])
const unary = (type: Type, code: Code, result = type) => operation(result, code, [type])
const load = (type: Type, code: Code) => {
  return (address: Expr, offset = 0): Expr => ({ type, code: [address.code, code, 0, unsigned(offset)] })
}

export const i32 = {
  const: (value: number): Expr => ({ type: 'i32', code: [0x41, signed(BigInt(value))] }),
  load: load('i32', [0x28]),
  add: binary('i32', [0x6a]),
  sub: binary('i32', [0x6b]),
  mul: binary('i32', [0x6c]),
  div: binary('i32', [0x6d]),
  rem: binary('i32', [0x6f]),
  and: binary('i32', [0x71]),
  shl: binary('i32', [0x74]),
  eqz: unary('i32', [0x45]),
  eq: binary('i32', [0x46]),
  ne: binary('i32', [0x47]),
  lt: binary('i32', [0x48]),
  gt: binary('i32', [0x4a]),
  le: binary('i32', [0x4c]),
  ge: binary('i32', [0x4e]),
  /** `a` where the condition is not 0, else `b`; both are computed. */
  select: (condition: Expr, a: Expr, b: Expr): Expr => ({
    type: a.type,
    code: [a.code, b.code, condition.code, 0x1b],
  }),
  min: (a: Expr, b: Expr): Expr => i32.select(i32.lt(a, b), a, b),
}

const bits64 = (value: bigint): Code => Array.from({ length: 8 }, (_, k) => Number((value >> BigInt(8 * k)) & 255n))

function bytesOf(value: number, bits: 32 | 64): number[] {
  const view = new DataView(new ArrayBuffer(8))
  if (bits === 32) view.setFloat32(0, value, true)
  else view.setFloat64(0, value, true)
  return Array.from({ length: bits / 8 }, (_, k) => view.getUint8(k))
}

export const f64 = {
  const: (value: number): Expr => ({ type: 'f64', code: [0x44, bytesOf(value, 64)] }),
  load: load('f64', [0x2b]),
  add: binary('f64', [0xa0]),
  sub: binary('f64', [0xa1]),
  mul: binary('f64', [0xa2]),
  div: binary('f64', [0xa3]),
  abs: unary('f64', [0x99]),
  neg: unary('f64', [0x9a]),
  sqrt: unary('f64', [0x9f]),
  fromI32: operation('f64', [0xb7], ['i32']),
  promote: operation('f64', [0xbb], ['f32']),
}

export const f32 = {
  const: (value: number): Expr => ({ type: 'f32', code: [0x43, bytesOf(value, 32)] }),
  load: load('f32', [0x2a]),
  add: binary('f32', [0x92]),
  mul: binary('f32', [0x94]),
  demote: operation('f32', [0xb6], ['f64']),
}

const v = (code: number) => binary('v128', simd(code))
const w = (code: number) => unary('v128', simd(code))

export const v128 = {
  load: load('v128', simd(0x00)),
  /** One number, in the first lane; the others are 0. */
  loadZero: (bits: 32 | 64, address: Expr, offset = 0): Expr =>
    load('v128', simd(bits === 32 ? 0x5c : 0x5d))(address, offset),
  loadSplat: (bits: 32 | 64, address: Expr, offset = 0): Expr =>
    load('v128', simd(bits === 32 ? 0x09 : 0x0a))(address, offset),
  /** `onto` with one lane loaded. */
  loadLane: (bits: 32 | 64, address: Expr, onto: Expr, lane: number): Expr => ({
    type: 'v128',
    code: [address.code, onto.code, simd(bits === 32 ? 0x56 : 0x57), 0, 0, lane],
  }),
  zero: { type: 'v128', code: [simd(0x0c), ...new Array<number>(16).fill(0)] } as Expr,
  not: w(0x4d),
  and: v(0x4e),
  andnot: v(0x4f),
  or: v(0x50),
  xor: v(0x51),
  /** Bits of `a` where the mask is 1, of `b` elsewhere. */
  bitselect: (a: Expr, b: Expr, mask: Expr): Expr => ({ type: 'v128', code: [a.code, b.code, mask.code, simd(0x52)] }),
  anyTrue: operation('i32', simd(0x53), ['v128']),
  shuffle: (a: Expr, b: Expr, lanes: readonly number[]): Expr => ({
    type: 'v128',
    code: [a.code, b.code, simd(0x0d), lanes],
  }),
}

export const i64x2 = {
  const: (value: bigint): Expr => ({ type: 'v128', code: [simd(0x0c), bits64(value), bits64(value)] }),
  add: v(0xce),
  sub: v(0xd1),
  shl: (a: Expr, bits: number): Expr => ({ type: 'v128', code: [a.code, i32.const(bits).code, simd(0xcb)] }),
  shr: (a: Expr, bits: number): Expr => ({ type: 'v128', code: [a.code, i32.const(bits).code, simd(0xcc)] }),
  extendLow: w(0xc7),
}

export const i32x4 = {
  /** Of two f64, cut to whole numbers, with 0 in the upper lanes. */
  fromF64x2: w(0xfc),
}

/** What both widths of vectors of numbers have. */
export interface Lanes {
  readonly bits: 32 | 64
  readonly lanes: 2 | 4
  readonly scalar: 'f32' | 'f64'
  const(value: number): Expr
  splat(value: Expr): Expr
  extract(a: Expr, lane: number): Expr
  replace(a: Expr, lane: number, value: Expr): Expr
  readonly eq: (...args: Expr[]) => Expr
  readonly ne: (...args: Expr[]) => Expr
  readonly lt: (...args: Expr[]) => Expr
  readonly gt: (...args: Expr[]) => Expr
  readonly le: (...args: Expr[]) => Expr
  readonly ge: (...args: Expr[]) => Expr
  readonly abs: (...args: Expr[]) => Expr
  readonly neg: (...args: Expr[]) => Expr
  readonly sqrt: (...args: Expr[]) => Expr
  readonly nearest: (...args: Expr[]) => Expr
  readonly add: (...args: Expr[]) => Expr
  readonly sub: (...args: Expr[]) => Expr
  readonly mul: (...args: Expr[]) => Expr
  readonly div: (...args: Expr[]) => Expr
  readonly min: (...args: Expr[]) => Expr
  readonly max: (...args: Expr[]) => Expr
  /** a·b + c; rounded once or twice, as the machine likes. For relaxed modules only. */
  readonly relaxedMadd: (...args: Expr[]) => Expr
}

function lanesOf(bits: 32 | 64, compare: number, arithmetic: number, rest: Partial<Record<string, number>>): Lanes {
  const scalar = bits === 32 ? 'f32' : 'f64'
  const count = 128 / bits
  const repeated = (value: number): Code => Array.from({ length: count }, () => bytesOf(value, bits))
  const lane = (code: number, value: number): Code => [simd(code), value]
  return {
    bits,
    lanes: count as 2 | 4,
    scalar,
    const: (value) => ({ type: 'v128', code: [simd(0x0c), repeated(value)] }),
    splat: operation('v128', simd(bits === 32 ? 0x13 : 0x14), [scalar]),
    extract: (a, k) => ({ type: scalar, code: [a.code, lane(bits === 32 ? 0x1f : 0x21, k)] }),
    replace: (a, k, value) => ({ type: 'v128', code: [a.code, value.code, lane(bits === 32 ? 0x20 : 0x22, k)] }),
    eq: v(compare),
    ne: v(compare + 1),
    lt: v(compare + 2),
    gt: v(compare + 3),
    le: v(compare + 4),
    ge: v(compare + 5),
    abs: w(arithmetic),
    neg: w(arithmetic + 1),
    sqrt: w(arithmetic + 3),
    add: v(arithmetic + 4),
    sub: v(arithmetic + 5),
    mul: v(arithmetic + 6),
    div: v(arithmetic + 7),
    min: v(arithmetic + 8),
    max: v(arithmetic + 9),
    nearest: w(rest.nearest ?? 0),
    relaxedMadd: operation('v128', simd(rest.madd ?? 0), ['v128', 'v128', 'v128']),
  }
}

export const f64x2 = {
  ...lanesOf(64, 0x47, 0xec, { nearest: 0x94, madd: 0x107 }),
  fromI32x4: w(0xfe),
  promoteLow: w(0x5f),
}
export const f32x4 = { ...lanesOf(32, 0x41, 0xe0, { nearest: 0x6a, madd: 0x105 }), demoteZero: w(0x5e) }
