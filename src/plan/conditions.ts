/**
 * Resolves the indicators of a product: unit tensors join labels, selections take a part, reshapes regroup axes, and the
 * conditions that remain become masks.
 */
import { Dimension } from '../tensor/dimension.ts'
import type { Label } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { equalLabels, type LabelledCondition, relabel, reshapeOf, selectionOf, substitute } from './indicators.ts'
import { applyMasks, type Guard, type Work } from './masks.ts'
import { type Lowering, settle } from './multiply.ts'
import type { Product } from './product.ts'
import { covers, mergeLabels, type Regroup, reshapeWorks, splitLabel, touches } from './reshape.ts'
import type { Values } from './values.ts'

/** A product after its indicators are gone: every label stands for a class of joined labels. */
export interface Prepared {
  readonly coefficient: Rational
  readonly works: readonly Work[]
  /** The label of each axis of the result; repeated where the result is a diagonal. */
  readonly output: readonly Label[]
  /** Output labels that no factor carries because others number the same entries. */
  readonly regroups: readonly Regroup[]
  readonly dimension: (label: Label) => Dimension
}

/** Factors and what excludes entries, before labels are joined. */
export interface Gathered {
  readonly coefficient: Rational
  readonly works: readonly Work[]
  readonly conditions: readonly LabelledCondition[]
  readonly guards: readonly Guard[]
}

export function resolveConditions(
  lowering: Lowering,
  product: Product,
  { coefficient, works: factors, conditions, guards }: Gathered,
  joined: Joined,
): Prepared {
  const dimensions = [...product.dimensions]
  const dimension = (label: Label): Dimension => dimensions[label] ?? Dimension.ONE
  const others: LabelledCondition[] = []
  for (const condition of conditions) {
    const pair = equalLabels(condition)
    if (pair && dimension(pair[0]).equals(dimension(pair[1]))) joined.join(pair[0], pair[1])
    else others.push(condition)
  }
  const output = product.output.map((label) => joined.find(label))
  const joinedConditions = others.map((condition) => relabel(condition, (label) => joined.find(label)))
  const joinedGuards = joinGuards(guards, joined)
  if (joinedConditions.includes('never') || !joinedGuards) return empty(product, output, dimension)
  const start: State = {
    works: factors.map((work): Work => ({ ...work, labels: work.labels.map((label) => joined.find(label)) })),
    conditions: joinedConditions.filter((condition) => typeof condition !== 'string'),
    guards: joinedGuards,
    regroups: [],
    eliminated: [],
  }
  const resolved = eliminate(lowering, start, output, dimension, (size) => dimensions.push(size) - 1)
  if (!resolved) return empty(product, output, dimension)
  const works = applyMasks(lowering.values, resolved.works, resolved.conditions, resolved.guards, dimension)

  // A summed label that nothing carries multiplies by its dimension.
  let result = coefficient
  const factorLabels = factors.flatMap((work) => work.labels.map((label) => joined.find(label)))
  const carried = new Set([
    ...[...output, ...resolved.eliminated, ...factorLabels],
    ...resolved.regroups.flatMap((regroup) => regroup.from),
    ...works.flatMap((work) => work.labels),
  ])
  for (const label of product.dimensions.keys()) {
    if (joined.find(label) !== label || carried.has(label)) continue
    const size = dimension(label)
    if (size.value === undefined) works.push({ ...lowering.values.size(size), exponent: Rational.ONE })
    else result = result.multiply(Rational.fromNumber(size.value))
  }
  return { coefficient: result, works, output, regroups: resolved.regroups, dimension }
}

/** What is left of a product while its conditions are resolved one by one. */
interface State {
  readonly works: readonly Work[]
  readonly conditions: readonly LabelledCondition[]
  readonly guards: readonly Guard[]
  readonly regroups: readonly Regroup[]
  /** Labels that are gone, among them those that a factor carried and that were summed with it. */
  readonly eliminated: readonly Label[]
}

/** Resolves selections and reshapes as long as there are some; undefined for a product over no entry. */
function eliminate(
  lowering: Lowering,
  start: State,
  output: readonly Label[],
  dimension: (label: Label) => Dimension,
  fresh: (size: Dimension) => Label,
): State | undefined {
  let state: State | undefined = start
  for (let progress = true; progress && state; ) {
    progress = false
    // A label of the output is given up only where nothing else can be resolved.
    for (const rule of [selected, replaced, merged, split]) {
      const next: State | 'never' | undefined = rule({ lowering, state, output, dimension, fresh })
      if (next === undefined) continue
      state = next === 'never' ? undefined : next
      progress = true
      break
    }
  }
  return state
}

interface Resolving {
  readonly lowering: Lowering
  readonly state: State
  readonly output: readonly Label[]
  readonly dimension: (label: Label) => Dimension
  readonly fresh: (size: Dimension) => Label
}

/** Whether a label is summed, and only `condition` speaks of it. */
function isFree({ state, output }: Resolving, condition: LabelledCondition, label: Label): boolean {
  const mentions = (other: LabelledCondition) => other.terms.some((term) => term.label === label)
  const isRegrouped = state.regroups.some((regroup) => regroup.from.includes(label))
  const inOther = state.conditions.some((other) => other !== condition && mentions(other))
  return !output.includes(label) && !isRegrouped && !inOther
}

/** i = 3: the factors are taken at that index. */
function selected(resolving: Resolving): State | undefined {
  const { lowering, state, dimension } = resolving
  for (const condition of state.conditions) {
    const selection = selectionOf(condition, dimension)
    if (!selection || !isFree(resolving, condition, selection.label)) continue
    const { label, index } = selection
    return without(state, condition, [label], {
      works: state.works.map((work) => select(lowering.values, settle(lowering.values, work, [label]), label, index)),
    })
  }
  return undefined
}

/** p = i + m·j: summed labels on one side give way to those of the other. */
function replaced(resolving: Resolving): State | 'never' | undefined {
  const { lowering, state, output, dimension } = resolving
  for (const condition of state.conditions) {
    const sides = reshapeOf(condition, dimension)
    if (!sides) continue
    for (const [from, to] of [sides, [...sides].reverse()] as const) {
      const [whole] = to as readonly Label[]
      if (!from || !to || !from.every((label) => isFree(resolving, condition, label))) continue
      if (to.length === 1 && whole !== undefined) {
        // Where factors over i and j carry both, they are reshaped; otherwise p is split, so that they multiply in any order.
        const touched = state.works.filter((work) => touches(work, from))
        const most = output.includes(whole) ? 1 : touched.length
        if (touched.length === 0 || touched.length > most || !touched.every((work) => covers(work, from))) continue
        return without(state, condition, from, {
          works: mergeLabels(lowering, state.works, from, whole, dimension),
        })
      }
      const others = state.conditions.filter((other) => other !== condition)
      const needed = new Set([
        ...[...output, ...state.regroups.flatMap((regroup) => regroup.from)],
        ...others.flatMap((other) => other.terms.map((term) => term.label)),
      ])
      if (from.length === 1) continue
      return without(state, condition, from, {
        works: reshapeWorks(lowering, state.works, { from, to }, needed, dimension),
      })
    }
  }
  return undefined
}

/** p = i + m·j where all of them are labels of the output: the result is a diagonal p, p before it is reshaped. */
function merged(resolving: Resolving): State | undefined {
  const { lowering, state, output, dimension, fresh } = resolving
  for (const condition of state.conditions) {
    const sides = reshapeOf(condition, dimension)
    if (!sides) continue
    const labels = sides.flat()
    const mentions = (other: LabelledCondition) => other.terms.some((term) => labels.includes(term.label))
    const isAlone =
      labels.every((label) => output.includes(label)) &&
      !state.conditions.some((other) => other !== condition && mentions(other)) &&
      !state.regroups.some((regroup) => [...regroup.from, ...regroup.to].some((label) => labels.includes(label)))
    const isWhole = (work: Work) => sides.every((side) => !touches(work, side) || covers(work, side))
    if (!isAlone || !state.works.every(isWhole)) continue
    const single = sides.find((side) => side.length === 1)?.[0]
    const whole = single ?? fresh(sides[0].reduce((size, label) => size.multiply(dimension(label)), Dimension.ONE))
    const many = sides.filter((side) => side[0] !== whole)
    return without(state, condition, many.flat(), {
      works: many.reduce((works, side) => mergeLabels(lowering, works, side, whole, dimension), state.works),
      regroups: [...state.regroups, ...many.map((side) => ({ from: [whole], to: side }))],
    })
  }
  return undefined
}

/** p = i + m·j: p is spelt by j and i. Where p is a label of the output, the result is reshaped in the end. */
function split(resolving: Resolving): State | 'never' | undefined {
  const { state, dimension } = resolving
  for (const condition of state.conditions) {
    const sides = reshapeOf(condition, dimension)
    const [from, to] = sides && sides[0].length > 1 ? [...sides].reverse() : (sides ?? [])
    const [whole] = from ?? []
    if (from?.length === 1 && to && whole !== undefined) return substituted(resolving, condition, whole, to)
  }
  return undefined
}

/** The state with `whole` spelt by the labels that number its entries, from the slowest to the fastest. */
function substituted(
  { lowering, state, output, dimension }: Resolving,
  condition: LabelledCondition,
  whole: Label,
  parts: readonly Label[],
): State | 'never' {
  const conditions: LabelledCondition[] = []
  for (const other of state.conditions) {
    if (other === condition) continue
    const next = substitute(other, whole, parts, dimension)
    if (next === 'never') return 'never'
    if (next !== 'always') conditions.push(next)
  }
  const guards: Guard[] = []
  for (const guard of state.guards) {
    if (guard.kind === 'value') {
      guards.push({ ...guard, ...splitLabel(lowering.values, guard, whole, parts, dimension) })
      continue
    }
    const next = substitute(guard.condition, whole, parts, dimension)
    if (next === 'never') return 'never'
    if (next !== 'always') guards.push({ ...guard, condition: next, labels: next.terms.map((term) => term.label) })
  }
  const regroups = state.regroups.map(({ from, to }) => {
    return { from: from.flatMap((label) => (label === whole ? parts : [label])), to }
  })
  const isPlain = output.includes(whole) && !regroups.some((regroup) => regroup.to.includes(whole))
  return {
    works: state.works.map((work) => {
      const settled = settle(lowering.values, work, [whole])
      return { ...settled, ...splitLabel(lowering.values, settled, whole, parts, dimension) }
    }),
    conditions,
    guards,
    regroups: isPlain ? [...regroups, { from: parts, to: [whole] }] : regroups,
    eliminated: [...state.eliminated, whole],
  }
}

/**
 * The state after a condition has been resolved and labels have gone. A gate that speaks of them leaves a plain product
 * with its 0.
 */
function without(
  state: State,
  condition: LabelledCondition,
  labels: readonly Label[],
  changes: Partial<Pick<State, 'works' | 'regroups'>>,
): State {
  return {
    ...state,
    ...changes,
    conditions: state.conditions.filter((other) => other !== condition),
    guards: state.guards.filter((guard) => !guard.labels.some((label) => labels.includes(label))),
    eliminated: [...state.eliminated, ...labels, ...state.works.flatMap((work) => work.labels)],
  }
}

/** Gates in joined labels; a condition that now holds always is none. Undefined where one holds nowhere. */
function joinGuards(guards: readonly Guard[], joined: Joined): Guard[] | undefined {
  const find = (label: Label) => joined.find(label)
  const found: Guard[] = []
  for (const guard of guards) {
    if (guard.kind === 'value') {
      found.push({ ...guard, labels: guard.labels.map(find) })
      continue
    }
    const condition = relabel(guard.condition, find)
    if (condition === 'never') return undefined
    if (condition !== 'always') found.push({ ...guard, condition, labels: condition.terms.map((term) => term.label) })
  }
  return found
}

/** A product over no entry at all: zero. */
function empty(product: Product, output: readonly Label[], dimension: (label: Label) => Dimension): Prepared {
  return { coefficient: product.coefficient.multiply(Rational.ZERO), works: [], output, regroups: [], dimension }
}

function select(values: Values, work: Work, label: Label, index: Dimension): Work {
  const axis = work.labels.indexOf(label)
  if (axis < 0) return work
  const value = values.select(work.value, axis, index)
  const labels = work.labels.filter((_, position) => position !== axis)
  return select(values, { value, labels, exponent: work.exponent }, label, index)
}

/** Classes of labels that are equal. */
export class Joined {
  readonly #parent: number[]
  constructor(count: number) {
    this.#parent = Array.from({ length: count }, (_, label) => label)
  }
  find(label: Label): Label {
    let root = label
    for (let up = this.#parent[root]; up !== undefined && up !== root; up = this.#parent[root]) root = up
    return root
  }
  /** The least label stands for its class, so that an output label stands for the labels summed with it. */
  join(a: Label, b: Label): void {
    const x = this.find(a)
    const y = this.find(b)
    this.#parent[Math.max(x, y)] = Math.min(x, y)
  }
}
