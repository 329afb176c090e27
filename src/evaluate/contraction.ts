/**
 * A contraction, or one term of a sum, as loop nests.
 *
 * One nest over all labels is the meaning; where it costs much, summed labels are eliminated first (distributivity:
 * Σk a·b = b·Σk a for b without k), each into a temporary. A label that a gate or a condition ties to a label that stays
 * is never eliminated, since the temporary would turn an excluded entry into a plain 0. Distributing changes a result
 * only by rounding, or where the single loop would add infinities of both signs.
 */

import { type Guard, loopSpace } from '../tensor/affine.ts'
import type { Dimension } from '../tensor/dimension.ts'
import type { Condition, Label, Node } from '../tensor/node.ts'
import type { Rational } from '../tensor/rational.ts'
import { valueOfDimension } from './dimensions.ts'
import type { Gate } from './gates.ts'
import { type ArrangedNest, arrange, type Input, iterations, type Nest, runNest } from './loops.ts'
import { powerOf } from './power.ts'
import { sizeOf, stridesOf } from './tensor.ts'

/** A product over labels as the reference evaluator runs it. Slots name arrays: those of nodes first, then temporaries. */
export interface Product {
  /** Powers to take before the loops. */
  readonly powers: readonly {
    readonly from: number
    readonly exponent: Rational
    readonly to: number
    readonly size: number
  }[]
  /** Nests that fill temporaries, in order. If a `required` one admits no entry, the whole product has none. */
  readonly eliminations: readonly {
    readonly nest: ArrangedNest
    readonly to: number
    readonly size: number
    readonly required: boolean
  }[]
  /** The last nest, which adds to the result; undefined if conditions exclude every entry. */
  readonly nest: ArrangedNest | undefined
  /** The slots that temporaries take, from `firstTemporary` on. */
  readonly temporaries: number
  readonly temporaryEntries: number
  readonly operations: number
}

export interface ProductFactor {
  readonly slot: number
  readonly labels: readonly Label[]
  readonly exponent: Rational
  readonly shape: readonly number[]
}

export interface ProductRequest {
  readonly factors: readonly ProductFactor[]
  /** Gates over labels; a mask needs the slot of its values. */
  readonly gates: readonly Gate[]
  readonly slotOf: (mask: Node) => number
  readonly shapeOf: (node: Node) => readonly number[]
  /** The size of each label, output labels first. */
  readonly sizes: readonly number[]
  readonly rank: number
  readonly scale: number
  readonly dimensionSizes: ReadonlyMap<string, number>
  readonly firstTemporary: number
}

/** Prepares Σ over labels ≥ rank of scale · Π factors, over the entries that the gates admit. */
export function prepareProduct(request: ProductRequest): Product {
  const { sizes, rank } = request
  const conditions: Guard[] = []
  const masks: Gate[] = []
  for (const gate of request.gates) {
    if (gate.node.kind === 'indicator') {
      for (const c of gate.node.conditions)
        conditions.push(labelled(c, gate.labels, sizes.length, request.dimensionSizes))
    } else masks.push(gate)
  }
  let temporaries = 0
  let temporaryEntries = 0
  const newSlot = (entries: number) => {
    temporaryEntries += entries
    return request.firstTemporary + temporaries++
  }
  const space = loopSpace(sizes, conditions)
  const powers: Product['powers'][number][] = []
  const nothing = { powers, eliminations: [], temporaries, temporaryEntries, operations: 1 }
  if (space.empty) return { ...nothing, nest: undefined }

  // Variables start at 0 in a nest.
  const accessOf = (labels: readonly Label[], shape: readonly number[]) => {
    const steps = stridesOf(shape)
    const strides = space.ranges.map(() => 0)
    let base = 0
    for (const [axis, label] of labels.entries()) {
      const { coefficients, offset } = space.labels[label]!
      base += steps[axis]! * offset
      for (const [v, c] of coefficients.entries()) {
        strides[v]! += steps[axis]! * c
        base += steps[axis]! * c * space.ranges[v]!.low
      }
    }
    return { base, strides }
  }
  const inputs: Input[] = []
  for (const { slot, labels, exponent, shape } of request.factors) {
    if (exponent.isZero) continue
    const access = accessOf(labels, shape)
    const role = exponent.sign < 0 ? 'divide' : 'multiply'
    const magnitude = exponent.absolute()
    if (magnitude.isOne) inputs.push({ slot, role, ...access })
    else if (magnitude.numerator === 2n && magnitude.denominator === 1n) {
      // Twice the factor instead of its square, which may leave the range where the product does not.
      inputs.push({ slot, role, ...access }, { slot, role, ...access })
    } else {
      const size = sizeOf(shape)
      const to = newSlot(size)
      powers.push({ from: slot, exponent: magnitude, to, size })
      inputs.push({ slot: to, role, ...access })
    }
  }
  for (const { node, labels } of masks) {
    inputs.push({ slot: request.slotOf(node), role: 'gate', ...accessOf(labels, request.shapeOf(node)) })
  }
  const outLabels = Array.from({ length: rank }, (_, label) => label)
  const whole: Nest = {
    extents: space.ranges.map(({ low, high }) => high - low + 1),
    guards: space.guards.map((guard) => ({
      ...guard,
      offset: guard.coefficients.reduce((sum, c, v) => sum + c * space.ranges[v]!.low, guard.offset),
    })),
    inputs,
    out: accessOf(outLabels, sizes.slice(0, rank)),
    scale: request.scale,
  }
  const { nest, eliminations } = eliminate(whole, newSlot)
  const operations = [nest, ...eliminations.map((e) => e.nest)].reduce(
    (sum, each) => sum + iterations(each) * Math.max(1, each.inputs.length),
    powers.reduce((sum, power) => sum + power.size, 0),
  )
  return {
    powers,
    eliminations: eliminations.map((each) => ({ ...each, nest: arrange(each.nest) })),
    nest: arrange(nest),
    temporaries,
    temporaryEntries,
    operations,
  }
}

/** Adds the product to `out`. `values` holds the operands by slot. */
export function runProduct(product: Product, values: (Float64Array | undefined)[], out: Float64Array): void {
  if (!product.nest) return
  for (const { from, exponent, to } of product.powers) values[to] = values[from]!.map(powerOf(exponent))
  let admitted = true
  for (const { nest, to, size, required } of product.eliminations) {
    const temporary = new Float64Array(size)
    const any = runNest(nest, values, temporary)
    values[to] = temporary
    if (required && !any) admitted = false
  }
  if (admitted) runNest(product.nest, values, out)
  for (const { to } of [...product.powers, ...product.eliminations]) values[to] = undefined
}

function labelled(
  { relation, terms, offset }: Condition,
  labels: readonly Label[],
  count: number,
  sizes: ReadonlyMap<string, number>,
): Guard {
  const value = (dimension: Dimension) => valueOfDimension(dimension, sizes)
  const coefficients = new Array<number>(count).fill(0)
  for (const { axis, coefficient } of terms) coefficients[labels[axis]!]! += value(coefficient)
  return { relation, coefficients, offset: value(offset) }
}

interface Elimination {
  readonly nest: Nest
  readonly to: number
  readonly size: number
  readonly required: boolean
}

/** Moves sums inward while that at least halves the work. */
function eliminate(whole: Nest, newSlot: (entries: number) => number): { nest: Nest; eliminations: Elimination[] } {
  const eliminations: Elimination[] = []
  let nest = whole
  for (;;) {
    const total = iterations(nest)
    let best: { group: number[]; union: number[]; cost: number } | undefined
    for (const group of summedGroups(nest)) {
      const union = nest.extents.flatMap((_, v) =>
        group.includes(v) || nest.inputs.some((i) => i.strides[v] !== 0 && moves(i, group)) ? [v] : [],
      )
      const inside = volume(nest, union)
      const cost = inside + total / volume(nest, group)
      if (cost < 0.5 * total && (!best || cost < best.cost)) best = { group, union, cost }
    }
    if (!best) return { nest, eliminations }
    const { group, union } = best
    const isGuard = (guard: Guard) => group.some((v) => guard.coefficients[v] !== 0)
    const rest = union.filter((v) => !group.includes(v))
    const restExtents = rest.map((v) => nest.extents[v]!)
    const steps = stridesOf(restExtents)
    const size = sizeOf(restExtents)
    const to = newSlot(size)
    const pick = (list: readonly number[]) => union.map((v) => list[v]!)
    eliminations.push({
      nest: {
        extents: pick(nest.extents),
        guards: nest.guards.filter(isGuard).map((guard) => ({ ...guard, coefficients: pick(guard.coefficients) })),
        inputs: nest.inputs.filter((i) => moves(i, group)).map((i) => ({ ...i, strides: pick(i.strides) })),
        out: { base: 0, strides: union.map((v) => steps[rest.indexOf(v)] ?? 0) },
        scale: 1,
      },
      to,
      size,
      required: nest.guards.some(isGuard),
    })
    const left = nest.extents.flatMap((_, v) => (group.includes(v) ? [] : [v]))
    const keep = (list: readonly number[]) => left.map((v) => list[v]!)
    nest = {
      extents: keep(nest.extents),
      guards: nest.guards.filter((g) => !isGuard(g)).map((g) => ({ ...g, coefficients: keep(g.coefficients) })),
      inputs: [
        { slot: to, role: 'multiply', base: 0, strides: left.map((v) => steps[rest.indexOf(v)] ?? 0) },
        ...nest.inputs.filter((i) => !moves(i, group)).map((i) => ({ ...i, strides: keep(i.strides) })),
      ],
      out: { ...nest.out, strides: keep(nest.out.strides) },
      scale: nest.scale,
    }
  }
}

/** Sets of summed variables that conditions tie together and to nothing else. */
function summedGroups(nest: Nest): number[][] {
  const group = nest.extents.map((_, v) => v)
  for (const { coefficients } of nest.guards) {
    const tied = coefficients.flatMap((c, v) => (c === 0 ? [] : [v]))
    const roots = new Set(tied.map((v) => group[v]!))
    for (const v of group.keys()) if (roots.has(group[v]!)) group[v] = group[tied[0]!]!
  }
  const eligible = (v: number) =>
    nest.out.strides[v] === 0 && nest.inputs.every((input) => input.role !== 'gate' || input.strides[v] === 0)
  return [...new Set(group)]
    .map((root) => nest.extents.flatMap((_, v) => (group[v] === root ? [v] : [])))
    .filter((members) => members.every(eligible))
}

function moves(input: Input, variables: readonly number[]): boolean {
  return variables.some((v) => input.strides[v] !== 0)
}

function volume(nest: Nest, variables: readonly number[]): number {
  return variables.reduce((product, v) => product * nest.extents[v]!, 1)
}
