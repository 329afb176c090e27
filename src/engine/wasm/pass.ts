/**
 * Compiles elementwise passes: each becomes one function of WebAssembly that walks its index space once, with its sums kept
 * in registers. A function serves every pass of the same form, whatever its sizes and addresses, which it reads from a
 * block of parameters.
 */
import { type ElementwiseName, isVectorFunction } from '../functions.ts'
import { loopsAsked, type Pass, type PassCondition, type PassExpression, partsOf } from '../program.ts'
import {
  type Assembler,
  type Callable,
  call,
  type Expr,
  type FunctionBody,
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  type Lanes,
  type Local,
  v128,
} from './assembler.ts'
import type { VectorMath } from './math.ts'

/** One number of a parameter block, 8 bytes each: i32 but for `number`. Strides and addresses are in bytes; operand −1 is the result. */
export type Slot =
  | { readonly kind: 'size'; readonly loop: number }
  | { readonly kind: 'address'; readonly operand: number }
  | { readonly kind: 'stride'; readonly operand: number; readonly loop: number }
  | { readonly kind: 'number'; readonly index: number }

/** How a pass walks along a loop: not at all, entry by entry, or in strides. */
type Walk = '0' | '1' | 's'

const walkOf = (stride: number | undefined): Walk =>
  stride === 0 || stride === undefined ? '0' : stride === 1 ? '1' : 's'

/** What two passes of one function have in common. */
export function signatureOf(pass: Pass): string {
  const walks = [pass.out, ...pass.operands].map(({ strides }) =>
    strides.map((stride, loop) => (loop === strides.length - 1 ? walkOf(stride) : stride === 0 ? '0' : 's')).join(''),
  )
  return `${pass.reduced}${pass.reduction}${pass.accumulate ? '+' : '='}${walks.join()} ${keyOf(pass.expression)}`
}

const keys = new WeakMap<PassExpression, string>()

function keyOf(expression: PassExpression): string {
  let key = keys.get(expression)
  if (key === undefined) {
    key = spell(expression)
    keys.set(expression, key)
  }
  return key
}

function spell(expression: PassExpression): string {
  switch (expression.kind) {
    case 'leaf':
      return `$${expression.operand}`
    case 'number':
      return `${Object.is(expression.value, -0) ? '-0' : expression.value}`
    case 'parameter':
      return `p${expression.index}`
    case 'product':
      return `(${expression.factors.map(({ base, exponent }) => `${keyOf(base)}^${exponent.key}`).join('*')})`
    case 'sum':
      return `(${expression.terms.map(({ coefficient, term }) => `${coefficient}*${keyOf(term)}`).join('+')})`
    case 'call':
      return `${expression.name}(${expression.args.map(keyOf).join()})`
    case 'mask':
      return `if(${expression.conditions.map(conditionKey).join()};${keyOf(expression.body)})`
  }
}

function conditionKey({ relation, terms, offset }: PassCondition): string {
  return `${relation}:${terms.map(({ loop, coefficient }) => `${loop}@${coefficient}`).join('+')}+@${offset}`
}

/** Sums of so many terms are kept apart, so that rounding does not grow with their number. */
const CHUNK = 4096

export interface PassTarget {
  readonly assembler: Assembler
  readonly math: VectorMath
  readonly lanes: Lanes
  readonly relaxed: boolean
}

/** Defines the function of a pass, exported under `name`, and says what its parameters are. */
export function definePass(target: PassTarget, name: string, pass: Pass): readonly Slot[] {
  const slots: Slot[] = []
  target.assembler.define(name, ['i32'], undefined, (f, parameters) => {
    if (parameters) new PassWriter(target, f, parameters, pass, slots).write()
  })
  return slots
}

/** Where an expression is computed: which vector of an iteration, and whether only its first lane counts. */
interface Point {
  readonly vector: number
  readonly single: boolean
  readonly known: Map<string, Expr>
}

class PassWriter {
  readonly #target: PassTarget
  readonly #f: FunctionBody
  readonly #parameters: Expr
  readonly #pass: Pass
  readonly #slots: Slot[]
  readonly #lanes: Lanes
  readonly #width: number
  readonly #lane: number
  /** The walks of the operands along the lanes. */
  readonly #walks: readonly Walk[]
  readonly #sizes: Local[] = []
  readonly #pointers = new Map<number, Local>()
  readonly #strides = new Map<string, Local>()
  readonly #numbers = new Map<number, Local>()
  /** The index of each loop as a number, where a condition asks for it. */
  readonly #counters = new Map<number, Local>()
  readonly #lanePointers = new Map<number, Local>()
  /** What does not change along the lanes, computed before them. */
  readonly #invariant = new Map<string, Expr>()
  readonly #pool: Local[] = []
  #used = 0

  constructor(target: PassTarget, f: FunctionBody, parameters: Expr, pass: Pass, slots: Slot[]) {
    this.#target = target
    this.#f = f
    this.#parameters = parameters
    this.#pass = pass
    this.#slots = slots
    this.#lanes = target.lanes
    this.#width = target.lanes.bits / 8
    this.#lane = pass.sizes.length - 1
    this.#walks = pass.operands.map(({ strides }) => walkOf(strides[this.#lane]))
  }

  write(): void {
    const { sizes, operands, out, numbers } = this.#pass
    const f = this.#f
    for (const loop of sizes.keys()) this.#sizes.push(f.local('i32', this.#slot({ kind: 'size', loop })))
    for (const [at, operand] of [out, ...operands].entries()) {
      this.#pointers.set(at - 1, f.local('i32', this.#slot({ kind: 'address', operand: at - 1 })))
      for (const [loop, stride] of operand.strides.entries()) {
        const isImplied = stride === 0 || (loop === this.#lane && stride === 1)
        if (!isImplied)
          this.#strides.set(`${at - 1},${loop}`, f.local('i32', this.#slot({ kind: 'stride', operand: at - 1, loop })))
      }
    }
    for (const index of numbers.keys()) this.#numbers.set(index, f.local('f64', this.#slot({ kind: 'number', index })))
    for (const loop of loopsAsked(this.#pass.expression)) this.#counters.set(loop, f.local('f64'))
    this.#loop(0, undefined)
  }

  #slot(slot: Slot): Expr {
    const offset = 8 * (this.#slots.push(slot) - 1)
    return slot.kind === 'number' ? f64.load(this.#parameters, offset) : i32.load(this.#parameters, offset)
  }

  #loop(level: number, total: Local | undefined): void {
    const f = this.#f
    if (level === this.#pass.reduced && !total) {
      const sum = f.local('v128')
      f.set(sum, this.#nothing)
      this.#loop(level, sum)
      this.#finish(sum)
      return
    }
    if (level === this.#lane) {
      this.#laneLoop(total)
      return
    }
    const counter = f.local('i32')
    const size = this.#sizes[level] as Local
    const moved = [...this.#pointers].flatMap(([operand, pointer]) => {
      const stride = this.#strides.get(`${operand},${level}`)
      return stride ? [[pointer, stride] as const] : []
    })
    const number = this.#counters.get(level)
    if (number) f.set(number, f64.const(0))
    f.for(counter, i32.const(0), size, () => {
      this.#loop(level + 1, total)
      for (const [pointer, stride] of moved) f.add(pointer, stride)
      if (number) f.set(number, f64.add(number, f64.const(1)))
    })
    for (const [pointer, stride] of moved) f.set(pointer, i32.sub(pointer, i32.mul(size, stride)))
  }

  /** What changes no reduction. */
  get #nothing(): Expr {
    const { reduction } = this.#pass
    if (reduction === 'sum') return v128.zero
    return this.#lanes.const(reduction === 'max' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY)
  }

  #reduce(a: Expr, b: Expr): Expr {
    const L = this.#lanes
    const { reduction } = this.#pass
    return reduction === 'sum' ? L.add(a, b) : reduction === 'max' ? L.max(a, b) : L.min(a, b)
  }

  /** Reduces the lanes and stores the result. */
  #finish(sum: Expr): void {
    const L = this.#lanes
    const add = L.scalar === 'f64' ? f64.add : f32.add
    const isSum = this.#pass.reduction === 'sum'
    let value = L.extract(sum, 0)
    for (let lane = 1; lane < L.lanes; lane++) {
      const next = L.extract(sum, lane)
      value = isSum ? add(value, next) : L.extract(this.#reduce(L.splat(value), L.splat(next)), 0)
    }
    const to = this.#pointers.get(-1) as Local
    const load = L.scalar === 'f64' ? f64.load : f32.load
    this.#f.store(L.scalar, to, this.#pass.accumulate ? add(load(to), value) : value)
  }

  #laneLoop(total: Local | undefined): void {
    const f = this.#f
    const L = this.#lanes
    const n = this.#sizes[this.#lane] as Local
    this.#hoist()
    for (const [operand, pointer] of this.#pointers) {
      if (operand >= 0 && this.#walks[operand] === '0') continue
      if (operand < 0 && total) continue
      const known = this.#lanePointers.get(operand)
      if (known) f.set(known, pointer)
      else this.#lanePointers.set(operand, f.local('i32', pointer))
    }
    const isStrided = this.#walks.includes('s') || (!total && walkOf(this.#pass.out.strides[this.#lane]) !== '1')
    const weight = weightOf(this.#pass.expression)
    const unroll = isStrided ? 1 : weight <= 6 ? 4 : weight <= 16 ? 2 : 1
    const number = this.#counters.get(this.#lane)
    if (number) f.set(number, f64.const(0))
    const at = f.local('i32')
    const end = f.local('i32')
    const sums = total ? Array.from({ length: unroll }, () => f.local('v128')) : []
    const advance = (count: number) => {
      for (const [operand, pointer] of this.#lanePointers) {
        const stride = this.#strides.get(`${operand},${this.#lane}`)
        if (stride) f.add(pointer, count === 1 ? stride : i32.mul(stride, i32.const(count)))
        else if (operand < 0 ? !this.#outIsFixed : true) f.add(pointer, i32.const(count * this.#width))
      }
      if (number) f.set(number, f64.add(number, f64.const(count)))
      f.add(at, i32.const(count))
    }
    const block = () => {
      for (let vector = 0; vector < unroll; vector++)
        this.#point({ vector, single: false, known: new Map() }, sums[vector])
      advance(unroll * L.lanes)
    }
    f.set(at, i32.const(0))
    const step = unroll * L.lanes
    const whole = i32.and(n, i32.const(-step))
    if (total) {
      const whole_ = f.local('i32', whole)
      f.while(i32.lt(at, whole_), () => {
        f.set(end, i32.min(whole_, i32.add(at, i32.const(CHUNK))))
        for (const sum of sums) f.set(sum, this.#nothing)
        f.while(i32.lt(at, end), block)
        for (const sum of sums) f.set(total, this.#reduce(total, sum))
      })
    } else {
      f.set(end, whole)
      f.while(i32.lt(at, end), block)
    }
    f.while(i32.lt(at, n), () => {
      this.#point({ vector: 0, single: true, known: new Map() }, total)
      advance(1)
    })
  }

  get #outIsFixed(): boolean {
    return walkOf(this.#pass.out.strides[this.#lane]) === '0'
  }

  /** The value at one point, stored or added to a sum. */
  #point(point: Point, sum: Local | undefined): void {
    const f = this.#f
    const L = this.#lanes
    this.#used = 0
    const { expression, accumulate, reduction } = this.#pass
    if (sum) {
      if (point.single) {
        const value = this.#value(expression, point)
        // Lanes beside the first hold what is not part of it.
        if (reduction === 'sum') f.set(sum, L.replace(sum, 0, scalarAdd(L, L.extract(sum, 0), L.extract(value, 0))))
        else f.set(sum, this.#reduce(sum, L.splat(L.extract(value, 0))))
        return
      }
      const product = reduction === 'sum' && this.#target.relaxed ? lastFactor(expression) : undefined
      if (product) {
        const last = this.#value(product.last, point)
        f.set(sum, L.relaxedMadd(this.#value(product.rest, point), last, sum))
      } else f.set(sum, this.#reduce(sum, this.#value(expression, point)))
      return
    }
    const to = this.#lanePointers.get(-1) as Local
    const offset = point.vector * 16
    const value = this.#value(expression, point)
    const stride = this.#strides.get(`-1,${this.#lane}`)
    if (point.single) {
      const stored = accumulate ? L.add(v128.loadZero(L.bits, to), value) : value
      f.storeLane(L.bits, to, stored)
    } else if (!stride) {
      f.store('v128', to, accumulate ? L.add(v128.load(to, offset), value) : value, offset)
    } else {
      const place = f.local('i32', to)
      for (let lane = 0; lane < L.lanes; lane++) {
        const stored = accumulate ? L.add(v128.loadSplat(L.bits, place), value) : value
        f.storeLane(L.bits, place, stored, lane)
        if (lane + 1 < L.lanes) f.add(place, stride)
      }
    }
  }

  /** Computes what does not change along the lanes. */
  #hoist(): void {
    this.#invariant.clear()
    const visit = (expression: PassExpression) => {
      if (this.#isInvariant(expression)) {
        const key = keyOf(expression)
        if (expression.kind === 'number' || this.#invariant.has(key)) return
        this.#used = 0
        const value = this.#value(expression, { vector: 0, single: false, known: new Map() })
        this.#invariant.set(key, this.#f.local('v128', value))
      } else for (const part of partsOf(expression)) visit(part)
    }
    visit(this.#pass.expression)
  }

  #isInvariant(expression: PassExpression): boolean {
    if (expression.kind === 'leaf') return this.#walks[expression.operand] === '0'
    if (expression.kind === 'mask' && loopsAsked(expression).has(this.#lane)) return false
    return partsOf(expression).every((part) => this.#isInvariant(part))
  }

  #value(expression: PassExpression, point: Point): Expr {
    if (expression.kind === 'number') return this.#lanes.const(expression.value)
    const key = keyOf(expression)
    const known = this.#invariant.get(key) ?? point.known.get(key)
    if (known) return known
    const value = this.#temporary(this.#compute(expression, point))
    point.known.set(key, value)
    return value
  }

  #temporary(value: Expr): Local {
    let local = this.#pool[this.#used]
    if (!local) {
      local = this.#f.local('v128')
      this.#pool.push(local)
    }
    this.#used++
    this.#f.set(local, value)
    return local
  }

  #compute(expression: PassExpression, point: Point): Expr {
    const L = this.#lanes
    switch (expression.kind) {
      case 'number':
        return L.const(expression.value)
      case 'parameter': {
        const number = this.#numbers.get(expression.index) as Local
        return L.splat(L.scalar === 'f64' ? number : f32.demote(number))
      }
      case 'leaf':
        return this.#load(expression.operand, point)
      case 'product':
        return this.#product(expression, point)
      case 'sum': {
        let sum: Expr | undefined
        for (const { coefficient, term } of expression.terms) {
          const value = this.#value(term, point)
          if (!sum) {
            sum = coefficient === 1 ? value : coefficient === -1 ? L.neg(value) : L.mul(L.const(coefficient), value)
          } else if (coefficient === 1) sum = L.add(sum, value)
          else if (coefficient === -1) sum = L.sub(sum, value)
          else sum = L.add(sum, L.mul(L.const(coefficient), value))
        }
        return sum ?? L.const(0)
      }
      case 'call': {
        const args = expression.args.map((arg) => this.#value(arg, point))
        return this.#call(expression.name, args, point)
      }
      case 'mask': {
        const body = this.#value(expression.body, point)
        let mask: Expr | undefined
        for (const condition of expression.conditions) {
          const holds = this.#condition(condition, point)
          mask = mask ? v128.and(mask, holds) : holds
        }
        return mask ? v128.and(body, mask) : body
      }
    }
  }

  #load(operand: number, { vector, single }: Point): Expr {
    const { bits, lanes } = this.#lanes
    if (this.#walks[operand] === '0') return v128.loadSplat(bits, this.#pointers.get(operand) as Local)
    const from = this.#lanePointers.get(operand) as Local
    if (single) return v128.loadZero(bits, from)
    if (this.#walks[operand] === '1') return v128.load(from, vector * 16)
    const stride = this.#strides.get(`${operand},${this.#lane}`) as Local
    const place = this.#f.local('i32', i32.add(from, stride))
    let value = v128.loadZero(bits, from)
    for (let lane = 1; lane < lanes; lane++) {
      value = this.#temporary(v128.loadLane(bits, place, value, lane))
      if (lane + 1 < lanes) this.#f.add(place, stride)
    }
    return value
  }

  /** Factor by factor, divisors too, as a product of divisors may leave the range where the quotients do not. */
  #product({ factors }: PassExpression & { kind: 'product' }, point: Point): Expr {
    const L = this.#lanes
    let product: Expr | undefined
    for (const { base, exponent } of factors) {
      const value = this.#value(base, point)
      const apply = (factor: Expr) => {
        if (exponent.sign < 0) product = L.div(product ?? L.const(1), factor)
        else product = product ? L.mul(product, factor) : factor
      }
      const size = exponent.absolute()
      const numerator = Number(size.numerator)
      if (exponent.isZero) continue
      if (size.isOne) apply(value)
      else if (size.denominator === 1n && numerator === 2) {
        apply(value)
        product = this.#temporary(product as Expr)
        apply(value)
      } else if (size.denominator === 1n && numerator <= 8) apply(this.#power(value, numerator))
      else if (size.denominator === 2n && numerator === 1) apply(L.sqrt(value))
      else if (size.denominator === 2n && numerator <= 7) {
        const root = this.#temporary(L.sqrt(value))
        apply(L.mul(this.#power(value, (numerator - 1) / 2), root))
      } else apply(this.#imported(`^${size.key}`, [value], point))
    }
    return product ?? L.const(1)
  }

  #power(base: Expr, exponent: number): Expr {
    const L = this.#lanes
    let result: Expr | undefined
    let square = base
    for (let rest = exponent; rest > 0; rest >>= 1) {
      if (rest & 1) result = result ? this.#temporary(L.mul(result, square)) : square
      if (rest > 1) square = this.#temporary(L.mul(square, square))
    }
    return result ?? L.const(1)
  }

  #condition({ relation, terms, offset }: PassCondition, { vector, single }: Point): Expr {
    let base: Expr = this.#numbers.get(offset) as Local
    let step: Expr | undefined
    for (const { loop, coefficient } of terms) {
      const number = this.#numbers.get(coefficient) as Local
      if (loop === this.#lane) step = number
      else base = f64.add(base, f64.mul(number, this.#counters.get(loop) as Local))
    }
    const compare = (left: Expr): Expr => {
      const zero = f64x2.const(0)
      return { eq: f64x2.eq, le: f64x2.le, ne: f64x2.ne }[relation](left, zero)
    }
    if (!step) return compare(f64x2.splat(base))
    const start = this.#temporary(f64x2.splat(base))
    const counter = this.#counters.get(this.#lane) as Local
    const half = (first: number) => {
      const at = f64x2.replace(
        f64x2.splat(f64.add(counter, f64.const(first))),
        1,
        f64.add(counter, f64.const(first + 1)),
      )
      return compare(f64x2.add(start, f64x2.mul(f64x2.splat(step as Expr), at)))
    }
    const first = vector * this.#lanes.lanes
    if (this.#lanes.lanes === 2 || single) return half(first)
    return v128.shuffle(half(first), half(first + 2), [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27])
  }

  #call(name: string, args: readonly Expr[], point: Point): Expr {
    const L = this.#lanes
    const [a = v128.zero, b = v128.zero, c = v128.zero] = args
    const one = L.const(1)
    const zero = L.const(0)
    switch (name as ElementwiseName) {
      case 'pi':
        return L.const(Math.PI)
      case 'abs':
        return L.abs(a)
      case 'max':
        return L.max(a, b)
      case 'min':
        return L.min(a, b)
      case 'lt':
        return v128.and(L.lt(a, b), one)
      case 'le':
        return v128.and(L.le(a, b), one)
      case 'gt':
        return v128.and(L.gt(a, b), one)
      case 'ge':
        return v128.and(L.ge(a, b), one)
      case 'relu':
        return v128.bitselect(zero, a, L.le(a, zero))
      case 'sign': {
        const sign = L.sub(v128.and(L.gt(a, zero), one), v128.and(L.lt(a, zero), one))
        return v128.bitselect(sign, a, L.eq(a, a))
      }
      case 'where': {
        const chosen = v128.bitselect(b, c, L.ne(a, zero))
        return v128.bitselect(chosen, a, L.eq(a, a))
      }
      case 'logz':
        return v128.andnot(this.#vectorised('log', a), L.eq(a, zero))
      case 'softplus': {
        const rest = this.#vectorised('log1p', this.#vectorised('exp', L.neg(L.abs(a))))
        return L.add(L.max(a, zero), rest)
      }
      case 'silu': {
        const value = L.mul(a, this.#vectorised('sigmoid', a))
        return v128.andnot(value, L.eq(a, L.const(Number.NEGATIVE_INFINITY)))
      }
      default:
        return isVectorFunction(name) ? this.#vectorised(name, a) : this.#imported(name, args, point)
    }
  }

  /** A function of float64, on numbers of either width. */
  #vectorised(name: Parameters<VectorMath['apply']>[0], argument: Expr): Expr {
    const { math } = this.#target
    if (this.#lanes.lanes === 2) return math.apply(name, argument)
    const value = this.#temporary(argument)
    const upper = v128.shuffle(value, value, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15])
    const low = f32x4.demoteZero(math.apply(name, f64x2.promoteLow(value)))
    const high = f32x4.demoteZero(math.apply(name, f64x2.promoteLow(upper)))
    return v128.shuffle(low, high, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23])
  }

  /** A function of JavaScript, lane by lane. */
  #imported(name: string, args: readonly Expr[], point: Point): Expr {
    const L = this.#lanes
    const target: Callable = this.#target.assembler.imported(name)
    const locals = args.map((arg) => this.#temporary(arg))
    const at = (lane: number): Expr => {
      const numbers = locals.map((arg) =>
        L.scalar === 'f64' ? L.extract(arg, lane) : f64.promote(L.extract(arg, lane)),
      )
      const value = call(target, numbers)
      return L.scalar === 'f64' ? value : f32.demote(value)
    }
    let result = L.splat(at(0))
    if (!point.single) for (let lane = 1; lane < L.lanes; lane++) result = L.replace(result, lane, at(lane))
    return result
  }
}

function scalarAdd(L: Lanes, a: Expr, b: Expr): Expr {
  return L.scalar === 'f64' ? f64.add(a, b) : f32.add(a, b)
}

function weightOf(expression: PassExpression): number {
  const own = expression.kind === 'call' ? 8 : 1
  return partsOf(expression).reduce((sum, part) => sum + weightOf(part), own)
}

/** A product as its last factor, where it is plain, and the others. */
function lastFactor(expression: PassExpression): { rest: PassExpression; last: PassExpression } | undefined {
  if (expression.kind !== 'product' || expression.factors.length < 2) return undefined
  const last = expression.factors.at(-1)
  if (!last?.exponent.isOne) return undefined
  const factors = expression.factors.slice(0, -1)
  const [only] = factors
  const rest = factors.length === 1 && only?.exponent.isOne ? only.base : ({ kind: 'product', factors } as const)
  return { rest, last: last.base }
}
