/**
 * Lowers one contraction: Σ Π factors → output, where the output may repeat labels.
 *
 * Unit tensors join labels, selections take a part, reshapes regroup axes, other conditions become masks that are applied
 * together with every factor that could be infinite where they exclude. What remains is multiplied two at a time.
 */
import { Dimension } from '../tensor/dimension.ts'
import type { Factor, Indicator, Label, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { isZero, relabelled } from './gates.ts'
import { equalLabels, type LabelledCondition, type Reshape, relabel, reshapeOf, selectionOf } from './indicators.ts'
import { applyMasks, type Guard, type Work } from './masks.ts'
import { type Lowering, multiply, plain, settle } from './multiply.ts'
import { type Leaf, UNIT, type View } from './step.ts'
import { hasDiagonal, type Values } from './values.ts'

export interface Product {
  readonly coefficient: Rational
  readonly factors: readonly Factor[]
  readonly dimensions: readonly Dimension[]
  readonly output: readonly Label[]
}

/** A product after its indicators are gone: every label stands for a class of joined labels. */
export interface Prepared {
  readonly coefficient: Rational
  readonly works: readonly Work[]
  /** The label of each axis of the result; repeated where the result is a diagonal. */
  readonly output: readonly Label[]
  readonly dimension: (label: Label) => Dimension
}

/** The product as a view: broadcast and diagonal axes stay implicit. */
export function lowerProduct(lowering: Lowering, product: Product): View {
  return finish(lowering, prepare(lowering, product))
}

export function finish(lowering: Lowering, { coefficient, works, output, dimension }: Prepared): View {
  if (coefficient.isZero) return { value: UNIT, axes: output.map((_, axis) => -1 - axis), coefficient }
  const carried = new Set(works.flatMap((work) => work.labels))
  const kept = [...new Set(output)].filter((label) => carried.has(label))
  const leaf = multiply(lowering, works, kept, dimension)
  return viewOf(leaf, output, coefficient)
}

/** The view of a value whose axes have these labels; labels that it lacks broadcast. */
export function viewOf(leaf: Leaf, output: readonly Label[], coefficient: Rational): View {
  const axes = output.map((label) => {
    const axis = leaf.labels.indexOf(label)
    return axis >= 0 ? axis : -1 - output.indexOf(label)
  })
  return { value: leaf.value, axes, coefficient }
}

export function prepare(lowering: Lowering, product: Product): Prepared {
  const { values, views } = lowering
  const joined = new Joined(product.dimensions.length)
  let coefficient = product.coefficient
  const works: Work[] = []
  const conditions: LabelledCondition[] = []
  const guards: Guard[] = []
  for (const factor of product.factors) {
    const { node, labels, exponent } = factor
    if (node.kind === 'indicator' && exponent.sign > 0) {
      conditions.push(...labelledConditions(node, labels))
      continue
    }
    if (exponent.sign > 0) guards.push(...guardsOf(lowering, node, labels))
    if (isSolvable(lowering, factor)) {
      works.push(inverseOf(lowering, factor))
      continue
    }
    const view = views.get(node)
    if (!view) throw new RangeError('an operand has not been lowered')
    const raised = raise(view.coefficient, exponent)
    if (raised && (exponent.sign > 0 || !hasDiagonal(view))) {
      coefficient = coefficient.multiply(raised)
      const own: Label[] = []
      const seen = new Map<number, Label>()
      for (const [position, axis] of view.axes.entries()) {
        const label = labels[position] ?? 0
        const same = seen.get(axis)
        if (same !== undefined) joined.join(same, label)
        else if (axis >= 0) own[axis] = label
        seen.set(axis, label)
      }
      if (view.value !== UNIT) works.push({ value: view.value, labels: own, exponent })
    } else {
      const leaf = values.materialise(view, node.axes, false)
      works.push({ value: leaf.value, labels: leaf.labels.map((axis) => labels[axis] ?? 0), exponent })
    }
  }
  return resolveConditions(lowering, product, { coefficient, works, conditions, guards }, joined)
}

/** Exclusions inside of a factor: see `gates.ts`. */
function guardsOf({ values, views, gates }: Lowering, node: Node, labels: readonly Label[]): Guard[] {
  return relabelled(gates.get(node) ?? [], labels).flatMap((gate): Guard[] => {
    if (gate.node.kind === 'indicator') {
      return labelledConditions(gate.node, gate.labels).map((condition) => {
        return { kind: 'condition', condition, labels: condition.terms.map((term) => term.label) }
      })
    }
    const [truth, yes] = gate.node.args
    const view = truth && views.get(truth.node)
    if (!truth || !view || view.value === UNIT) return []
    const leaf = values.materialise(view, truth.node.axes, false)
    const own = leaf.labels.map((axis) => gate.labels[truth.labels[axis] ?? 0] ?? 0)
    return [{ kind: 'value', value: leaf.value, labels: own, excludesNonzero: isZero(yes?.node) === true }]
  })
}

function labelledConditions(node: Indicator, labels: readonly Label[]): LabelledCondition[] {
  return node.conditions.map(({ relation, terms, offset }) => {
    return { relation, terms: terms.map((t) => ({ label: labels[t.axis] ?? 0, coefficient: t.coefficient })), offset }
  })
}

/** Factors and what excludes entries, before labels are joined. */
interface Gathered {
  readonly coefficient: Rational
  readonly works: readonly Work[]
  readonly conditions: readonly LabelledCondition[]
  readonly guards: readonly Guard[]
}

function resolveConditions(
  lowering: Lowering,
  product: Product,
  { coefficient, works: factors, conditions, guards }: Gathered,
  joined: Joined,
): Prepared {
  const { values } = lowering
  const dimension = (label: Label): Dimension => product.dimensions[label] ?? Dimension.ONE
  const others: LabelledCondition[] = []
  for (const condition of conditions) {
    const pair = equalLabels(condition)
    if (pair && dimension(pair[0]).equals(dimension(pair[1]))) joined.join(pair[0], pair[1])
    else others.push(condition)
  }
  const output = product.output.map((label) => joined.find(label))
  let works = factors.map((work): Work => ({ ...work, labels: work.labels.map((label) => joined.find(label)) }))
  let result = coefficient
  let rest: LabelledCondition[] = []
  for (const condition of others) {
    const joinedCondition = relabel(condition, (label) => joined.find(label))
    if (joinedCondition === 'never') return empty(product, output, dimension)
    if (joinedCondition !== 'always') rest.push(joinedCondition)
  }

  // A selection or reshape applies where no other condition speaks of its summed labels.
  const eliminated = new Set<Label>()
  let progress = true
  while (progress) {
    progress = false
    for (const condition of rest) {
      const others = rest.filter((other) => other !== condition)
      const isFree = (label: Label) =>
        !output.includes(label) && !others.some((other) => other.terms.some((term) => term.label === label))
      const selection = selectionOf(condition, dimension)
      const reshape = selection ? undefined : reshapeOf(condition, dimension, isFree)
      if (selection && isFree(selection.label)) {
        const { label, index } = selection
        works = works.map((work) => select(values, settle(values, work, [label]), label, index))
        eliminated.add(label)
      } else if (reshape) {
        const needed = new Set([...output, ...others.flatMap((other) => other.terms.map((term) => term.label))])
        works = reshapeWorks(lowering, works, reshape, needed, dimension)
        for (const label of reshape.from) eliminated.add(label)
      } else continue
      rest = others
      progress = true
      break
    }
  }
  // A gate whose label has gone with a selection or a reshape leaves a plain product with its 0.
  const joinedGuards = joinGuards(guards, joined)
  if (!joinedGuards) return empty(product, output, dimension)
  const standing = joinedGuards.filter((guard) => !guard.labels.some((label) => eliminated.has(label)))
  works = applyMasks(values, works, rest, standing, dimension)

  // A summed label that nothing carries multiplies by its dimension.
  const factorLabels = factors.flatMap((work) => work.labels.map((label) => joined.find(label)))
  const carried = new Set([...output, ...eliminated, ...factorLabels, ...works.flatMap((work) => work.labels)])
  for (const label of product.dimensions.keys()) {
    if (joined.find(label) !== label || carried.has(label)) continue
    const size = dimension(label)
    if (size.value === undefined) works.push({ ...values.size(size), exponent: Rational.ONE })
    else result = result.multiply(Rational.fromNumber(size.value))
  }
  return { coefficient: result, works, output, dimension }
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
  return { coefficient: product.coefficient.multiply(Rational.ZERO), works: [], output, dimension }
}

function select(values: Values, work: Work, label: Label, index: Dimension): Work {
  const axis = work.labels.indexOf(label)
  if (axis < 0) return work
  const value = values.select(work.value, axis, index)
  const labels = work.labels.filter((_, position) => position !== axis)
  return select(values, { value, labels, exponent: work.exponent }, label, index)
}

/** Gives every factor the labels `to` in the place of `from`. */
function reshapeWorks(
  lowering: Lowering,
  works: readonly Work[],
  { from, to }: Reshape,
  needed: ReadonlySet<Label>,
  dimension: (label: Label) => Dimension,
): Work[] {
  const { values } = lowering
  const touches = (work: Work) => work.labels.some((label) => from.includes(label))
  const whole = (work: Work) => from.every((label) => work.labels.includes(label))
  const touched = works.filter(touches)
  const rest = works.filter((work) => !touches(work))
  const outside = new Set([...needed, ...from, ...to, ...rest.flatMap((work) => work.labels)])
  const kept = (work: Leaf) => [...new Set(work.labels)].filter((label) => outside.has(label))
  const parts = touched.every(whole)
    ? touched.map((work) => plain(values, work, dimension))
    : [multiply(lowering, touched, kept({ value: UNIT, labels: touched.flatMap((w) => w.labels) }), dimension)]
  const reshaped = parts.map((part): Work => {
    const before = part.labels.filter((label) => !from.includes(label))
    const order = [...before, ...from].map((label) => part.labels.indexOf(label))
    const labels = [...before, ...to]
    const value = values.reshape(part.value, order, labels.map(dimension))
    return { value, labels, exponent: Rational.ONE }
  })
  return [...rest, ...reshaped]
}

function isSolvable({ inverses }: Lowering, { node, labels, exponent }: Factor): boolean {
  const plainInverse = node.kind === 'general' && node.name === 'inv' && node.batch === 0
  return plainInverse && exponent.isOne && !inverses.has(node) && labels[0] !== labels[1]
}

/** inv(X)[labels] before it is formed: inv(M)[row, column], where M is X or X' as it is stored. */
function inverseOf({ values, views }: Lowering, { node, labels }: Factor): Work {
  const argument = node.kind === 'general' ? node.args[0] : undefined
  const view = argument && views.get(argument.node)
  if (!argument || !view) throw new RangeError('the argument of an inverse has not been lowered')
  const matrix = values.materialise(view, argument.node.axes, false)
  const own = matrix.labels.map((axis) => argument.labels[axis] ?? 0)
  return { value: matrix.value, labels: own.map((axis) => labels[axis] ?? 0), exponent: Rational.ONE, inverse: true }
}

/** coefficient^exponent where it is exact and stays small. */
function raise(coefficient: Rational, exponent: Rational): Rational | undefined {
  if (coefficient.isOne) return coefficient
  const power = exponent.denominator === 1n ? Number(exponent.numerator) : undefined
  if (power === undefined || Math.abs(power) > 64 || (coefficient.isZero && power < 0)) return undefined
  return coefficient.power(power)
}

/** Classes of labels that are equal. */
class Joined {
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
