/**
 * Loop nests over integer variables: out[o(v)] += scale · Π inputs[k][offset_k(v)]^±1 for every v that the guards admit.
 *
 * All offsets are affine in the variables, so moving one variable moves each offset by a stride. The innermost variable
 * runs in strips through tight loops; long sums are compensated (Neumaier's sum over blocks), so that the oracle's own
 * rounding does not hide that of others.
 */

import type { Guard } from '../tensor/affine.ts'
import { copyStrip, divideStrip, dot, fold, gateStrip, multiplyStrip, sumOf } from './strips.ts'

/** An affine function of the variables of a nest. */
export interface Access {
  readonly base: number
  readonly strides: readonly number[]
}

/** An operand: a factor, a divisor, or a gate (an entry is excluded where the gate's value is 0). */
export interface Input extends Access {
  readonly slot: number
  readonly role: 'multiply' | 'divide' | 'gate'
}

export interface Nest {
  /** Variable v runs from 0 to extents[v] − 1. */
  readonly extents: readonly number[]
  readonly guards: readonly Guard[]
  readonly inputs: readonly Input[]
  readonly out: Access
  readonly scale: number
}

/** Entries of a strip: the strips of all operands together stay in the first-level cache. */
const STRIP = 256
/** Terms that are added plainly before the partial sum is folded into the compensated one. */
const BLOCK = 64
/** One strip of products; nests run one after another, so all share it. */
const buffer = new Float64Array(STRIP)

/** The number of times that the innermost statement runs, guards aside. */
export function iterations(nest: Nest): number {
  return nest.extents.reduce((product, extent) => product * extent, 1)
}

/** Runs the nest, adding to `out`; inputs name their array by slot. Returns whether the guards admitted any entry. */
export function runNest(nest: ArrangedNest, data: readonly (Float64Array | undefined)[], out: Float64Array): boolean {
  if (nest.extents.length === 0 && nest.guards.length === 0) return runScalar(nest, data, out)
  return new NestRun(nest, data, out).run()
}

/** A nest with its variables in running order: kept ones (that move the output), then summed ones, then the innermost. */
export interface ArrangedNest extends Nest {
  readonly kept: number
  readonly innerKept: boolean
  /** For each variable the guards that it settles, being the last of theirs to run. */
  readonly guardsAt: readonly (readonly Guard[])[]
}

/** Merges variables that every access walks as one, so that elementwise work on matrices has one long loop. */
function collapse(nest: Nest): Nest {
  let { extents, inputs, out, guards } = nest
  const guarded = (v: number) => guards.some((guard) => guard.coefficients[v] !== 0)
  for (let slow = 0; slow < extents.length; slow++) {
    for (let fast = 0; fast < extents.length; fast++) {
      if (slow === fast || guarded(slow) || guarded(fast)) continue
      const extent = extents[fast]!
      const walksAsOne = (access: Access) => access.strides[slow] === access.strides[fast]! * extent
      const drops = extent === 1 || extents[slow] === 1
      if (!drops && !(walksAsOne(out) && inputs.every(walksAsOne))) continue
      // A variable of extent 1 only ever adds 0; the other keeps its strides.
      const keep = extent === 1 ? slow : fast
      const without = <T>(list: readonly T[]): T[] => {
        const merged = [...list]
        merged[fast] = list[keep]!
        merged.splice(slow, 1)
        return merged
      }
      const product = extents[slow]! * extent
      extents = without(extents)
      inputs = inputs.map((input) => ({ ...input, strides: without(input.strides) }))
      guards = guards.map((guard) => ({ ...guard, coefficients: without(guard.coefficients) }))
      out = { ...out, strides: without(out.strides) }
      const at = slow < fast ? fast - 1 : fast
      ;(extents as number[])[at] = product
      slow = -1
      break
    }
  }
  return { ...nest, extents, inputs, out, guards }
}

/** Puts a nest into running order. */
export function arrange(original: Nest): ArrangedNest {
  const nest = collapse(original)
  const count = nest.extents.length
  const inner = chooseInner(nest)
  const isKept = (v: number) => nest.out.strides[v] !== 0
  const order = Array.from({ length: count }, (_, v) => v).filter((v) => v !== inner)
  // Within each group the variable with the longest step runs outermost.
  const reach = (v: number) => nest.inputs.reduce((sum, input) => sum + Math.abs(input.strides[v]!), 0)
  order.sort((a, b) => Number(isKept(b)) - Number(isKept(a)) || reach(b) - reach(a) || a - b)
  const kept = order.filter(isKept).length
  if (inner >= 0) order.push(inner)
  const reorder = (list: readonly number[]) => order.map((v) => list[v]!)
  const guards = nest.guards.map((guard) => ({ ...guard, coefficients: reorder(guard.coefficients) }))
  const guardsAt: Guard[][] = order.map(() => [])
  for (const guard of guards) {
    const last = guard.coefficients.findLastIndex((c) => c !== 0)
    guardsAt[last]?.push(guard)
  }
  return {
    extents: reorder(nest.extents),
    guards,
    inputs: nest.inputs.map((input) => ({ ...input, strides: reorder(input.strides) })),
    out: { ...nest.out, strides: reorder(nest.out.strides) },
    scale: nest.scale,
    kept,
    innerKept: inner >= 0 && isKept(inner),
    guardsAt,
  }
}

/** The variable whose innermost loop costs least: long, and with small steps through memory. */
function chooseInner({ extents, inputs, out }: Nest): number {
  let best = -1
  let bestCost = Number.POSITIVE_INFINITY
  for (let v = extents.length - 1; v >= 0; v--) {
    let cost = 30 / extents[v]!
    for (const { strides } of [...inputs, out]) {
      const step = Math.abs(strides[v]!)
      cost += step === 0 ? 0.1 : step === 1 ? 1 : Math.min(8, 1 + step)
    }
    if (cost < bestCost) {
      best = v
      bestCost = cost
    }
  }
  return best
}

class NestRun {
  readonly nest: ArrangedNest
  readonly out: Float64Array
  readonly arrays: readonly Float64Array[]
  readonly roles: readonly Input['role'][]
  /** Steps of the innermost variable. */
  readonly steps: readonly number[]
  readonly outStep: number
  /** Current offset of each input, then of the output, at inner variable 0. */
  readonly offsets: number[]
  readonly values: number[]
  readonly low: number[]
  readonly high: number[]
  readonly last: number
  any = false

  constructor(nest: ArrangedNest, data: readonly (Float64Array | undefined)[], out: Float64Array) {
    this.nest = nest
    this.out = out
    this.arrays = nest.inputs.map((input) => data[input.slot]!)
    this.roles = nest.inputs.map((input) => input.role)
    this.last = nest.extents.length - 1
    this.steps = nest.inputs.map((input) => (this.last < 0 ? 0 : input.strides[this.last]!))
    this.outStep = this.last < 0 ? 0 : nest.out.strides[this.last]!
    this.offsets = [...nest.inputs, nest.out].map((access) => access.base)
    this.values = nest.extents.map(() => 0)
    this.low = nest.extents.map(() => 0)
    this.high = nest.extents.map(() => 0)
  }

  run(): boolean {
    const { kept, innerKept, extents } = this.nest
    const constantsHold = this.nest.guards.every(
      (g) => g.coefficients.some((c) => c !== 0) || admits(g.relation, g.offset),
    )
    if (!constantsHold || extents.includes(0)) return false
    for (let more = this.descend(0, 0, kept); more; more = this.next(0, kept)) {
      if (innerKept) this.runKeptInner()
      else this.runSummedInner()
    }
    return this.any
  }

  /** The innermost variable is summed (or there is none): one output entry. */
  private runSummedInner(): void {
    const { kept, scale } = this.nest
    const to = Math.max(this.last, kept)
    let sum = 0
    let compensation = 0
    let any = false
    for (let more = this.descend(kept, kept, to); more; more = this.next(kept, to)) {
      for (let segment = this.firstSegment(); segment; segment = this.nextSegment()) {
        for (let start = this.from; start <= this.to; start += STRIP) {
          const length = Math.min(STRIP, this.to - start + 1)
          const term = this.sumStrip(start, length)
          any = true
          const next = sum + term
          const part = next - sum
          compensation += sum - (next - part) + (term - part)
          sum = next
        }
      }
    }
    if (!any) return
    this.any = true
    const total = Number.isFinite(sum) ? sum + compensation : sum
    this.out[this.offsets[this.roles.length]!]! += scale * total
  }

  /** The innermost variable runs along the output: a strip of entries at a time, summed over the variables between. */
  private runKeptInner(): void {
    const { kept, scale, extents } = this.nest
    const { out, outStep, last } = this
    const extent = extents[last]!
    const outBase = this.offsets[this.roles.length]!
    if (kept === last) {
      for (let segment = this.firstSegment(); segment; segment = this.nextSegment()) {
        for (let start = this.from; start <= this.to; start += STRIP) {
          const length = Math.min(STRIP, this.to - start + 1)
          this.fillStrip(start, length)
          this.any = true
          let at = outBase + start * outStep
          for (let k = 0; k < length; k++, at += outStep) out[at]! += scale * buffer[k]!
        }
      }
      return
    }
    const plain = new Float64Array(STRIP)
    const sum = new Float64Array(STRIP)
    const compensation = new Float64Array(STRIP)
    for (let strip = 0; strip < extent; strip += STRIP) {
      const width = Math.min(STRIP, extent - strip)
      plain.fill(0)
      sum.fill(0)
      compensation.fill(0)
      let terms = 0
      for (let more = this.descend(kept, kept, last); more; more = this.next(kept, last)) {
        for (let segment = this.firstSegment(); segment; segment = this.nextSegment()) {
          const start = Math.max(this.from, strip)
          const length = Math.min(this.to + 1, strip + width) - start
          if (length <= 0) continue
          this.any = true
          this.addStrip(start, length, plain, start - strip)
        }
        if (++terms % BLOCK === 0) fold(plain, sum, compensation, width)
      }
      fold(plain, sum, compensation, width)
      let at = outBase + strip * outStep
      for (let k = 0; k < width; k++, at += outStep) {
        const total = sum[k]!
        out[at]! += scale * (Number.isFinite(total) ? total + compensation[k]! : total)
      }
    }
  }

  // --- Strips: the products of the inputs at inner variable start .. start + length − 1.

  private sumStrip(start: number, length: number): number {
    const { roles, arrays, offsets, steps } = this
    if (roles.length === 2 && roles[0] === 'multiply' && roles[1] === 'multiply') {
      return dot(
        arrays[0]!,
        offsets[0]! + start * steps[0]!,
        steps[0]!,
        arrays[1]!,
        offsets[1]! + start * steps[1]!,
        steps[1]!,
        length,
      )
    }
    this.fillStrip(start, length)
    return sumOf(buffer, length)
  }

  private addStrip(start: number, length: number, target: Float64Array, at: number): void {
    const { roles, arrays, offsets, steps } = this
    if (roles.length === 2 && roles[0] === 'multiply' && roles[1] === 'multiply') {
      const scalar = steps[0] === 0 ? 0 : steps[1] === 0 ? 1 : -1
      if (scalar >= 0) {
        const strip = 1 - scalar
        const value = arrays[scalar]![offsets[scalar]!]!
        const step = steps[strip]!
        let from = offsets[strip]! + start * step
        const array = arrays[strip]!
        if (step === 1) for (let k = 0; k < length; k++) target[at + k]! += value * array[from + k]!
        else for (let k = 0; k < length; k++, from += step) target[at + k]! += value * array[from]!
        return
      }
    }
    this.fillStrip(start, length)
    for (let k = 0; k < length; k++) target[at + k]! += buffer[k]!
  }

  private fillStrip(start: number, length: number): void {
    const { roles, arrays, offsets, steps } = this
    let factor = 1
    for (let k = 0; k < roles.length; k++) {
      if (steps[k] === 0 && roles[k] === 'multiply') factor *= arrays[k]![offsets[k]!]!
    }
    let filled = false
    for (let k = 0; k < roles.length; k++) {
      if (steps[k] === 0 || roles[k] !== 'multiply') continue
      const step = steps[k]!
      const from = offsets[k]! + start * step
      if (filled) multiplyStrip(buffer, arrays[k]!, from, step, length)
      else copyStrip(buffer, arrays[k]!, from, step, length, factor)
      filled = true
    }
    if (!filled) buffer.fill(factor, 0, length)
    // Divisors come last: dividing once is more exact than multiplying by a reciprocal, which may overflow.
    for (let k = 0; k < roles.length; k++) {
      const from = offsets[k]! + start * steps[k]!
      if (roles[k] === 'divide') divideStrip(buffer, arrays[k]!, from, steps[k]!, length)
    }
    for (let k = 0; k < roles.length; k++) {
      const from = offsets[k]! + start * steps[k]!
      if (roles[k] === 'gate') gateStrip(buffer, arrays[k]!, from, steps[k]!, length)
    }
  }

  // --- Bounds and steps of the variables outside of the innermost.

  /** Sets the variables from `position` on to their first values; false if the group [first, to) has no further values. */
  private descend(first: number, position: number, to: number): boolean {
    let p = position
    while (p < to) {
      this.bound(p)
      const value = this.allowed(p, this.low[p]!)
      if (value <= this.high[p]!) {
        this.set(p, value)
        p++
      } else {
        p = this.climb(first, p - 1)
        if (p < 0) return false
      }
    }
    return true
  }

  private next(first: number, to: number): boolean {
    const p = this.climb(first, to - 1)
    return p < 0 ? false : this.descend(first, p, to)
  }

  /** Advances the last variable in [first, position] that can; returns the position after it, or −1. */
  private climb(first: number, position: number): number {
    for (let p = position; p >= first; p--) {
      const value = this.allowed(p, this.values[p]! + 1)
      if (value <= this.high[p]!) {
        this.set(p, value)
        return p + 1
      }
    }
    return -1
  }

  private set(p: number, value: number): void {
    const delta = value - this.values[p]!
    if (delta === 0) return
    this.values[p] = value
    const { inputs, out } = this.nest
    for (let k = 0; k < inputs.length; k++) this.offsets[k]! += delta * inputs[k]!.strides[p]!
    this.offsets[inputs.length]! += delta * out.strides[p]!
  }

  /** The range of variable p that its guards leave, given the variables before it. */
  private bound(p: number): void {
    let low = 0
    let high = this.nest.extents[p]! - 1
    for (const guard of this.nest.guardsAt[p]!) {
      if (guard.relation === 'ne') continue
      const limit = -this.rest(guard, p) / guard.coefficients[p]!
      if (guard.relation === 'eq') {
        if (!Number.isInteger(limit)) high = -1
        low = Math.max(low, limit)
        high = Math.min(high, limit)
      } else if (guard.coefficients[p]! > 0) high = Math.min(high, Math.floor(limit))
      else low = Math.max(low, Math.ceil(limit))
    }
    this.low[p] = low
    this.high[p] = high
  }

  private rest(guard: Guard, p: number): number {
    let rest = guard.offset
    for (let q = 0; q < p; q++) rest += guard.coefficients[q]! * this.values[q]!
    return rest
  }

  /** The least value ≥ `value` that no guard of the kind ≠ excludes. */
  private allowed(p: number, value: number): number {
    let candidate = value
    const guards = this.nest.guardsAt[p]!
    for (let k = 0; k < guards.length; k++) {
      const guard = guards[k]!
      if (guard.relation !== 'ne') continue
      if (this.rest(guard, p) + guard.coefficients[p]! * candidate === 0) {
        candidate++
        k = -1
      }
    }
    return candidate
  }

  // --- Segments of the innermost variable between excluded values, as [from, to].

  private from = 0
  private to = -1

  private firstSegment(): boolean {
    if (this.last < 0 || this.last < this.nest.kept) {
      // Without an innermost variable there is one entry.
      this.from = 0
      this.to = 0
      return true
    }
    this.bound(this.last)
    return this.segmentFrom(this.low[this.last]!)
  }

  private nextSegment(): boolean {
    return this.last >= 0 && this.last >= this.nest.kept && this.segmentFrom(this.to + 1)
  }

  private segmentFrom(start: number): boolean {
    const high = this.high[this.last]!
    if (start > high) return false
    this.from = this.allowed(this.last, start)
    if (this.from > high) return false
    this.to = high
    for (const guard of this.nest.guardsAt[this.last]!) {
      if (guard.relation !== 'ne') continue
      const excluded = -this.rest(guard, this.last) / guard.coefficients[this.last]!
      if (Number.isInteger(excluded) && excluded > this.from) this.to = Math.min(this.to, excluded - 1)
    }
    return true
  }
}

/** A nest without variables: expressions of scalars may have 10^5 of them. */
function runScalar({ inputs, out, scale }: Nest, data: readonly (Float64Array | undefined)[], target: Float64Array) {
  let product = 1
  let admitted = true
  for (const { slot, role, base } of inputs) if (role === 'multiply') product *= data[slot]![base]!
  for (const { slot, role, base } of inputs) {
    if (role === 'divide') product /= data[slot]![base]!
    else if (role === 'gate' && data[slot]![base] === 0) admitted = false
  }
  if (admitted) target[out.base]! += scale * product
  return true
}

function admits(relation: Guard['relation'], value: number): boolean {
  return relation === 'eq' ? value === 0 : relation === 'le' ? value <= 0 : value !== 0
}
