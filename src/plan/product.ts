/**
 * Lowers one contraction: Σ Π factors → output, where the output may repeat labels.
 *
 * Unit tensors join labels, selections take a part, reshapes regroup axes, other conditions become masks that are applied
 * together with every factor that could be infinite where they exclude. What remains is multiplied two at a time.
 */
import { Dimension } from '../tensor/dimension.ts'
import type { Factor, Label, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { equalLabels, type LabelledCondition, type Reshape, relabel, reshapeOf, selectionOf } from './indicators.ts'
import { type OrderTree, orderFactors } from './order.ts'
import { type Leaf, UNIT, type ValueId, type View } from './step.ts'
import { canonicalKey, hasDiagonal, type Power, type Values } from './values.ts'

/** What lowering shares between nodes. */
export interface Lowering {
  readonly values: Values
  /** The views of the nodes lowered so far, which include all operands. */
  readonly views: ReadonlyMap<Node, View>
  /** Inverses that some use needs as a matrix, so that solving would not save them. */
  readonly inverses: ReadonlySet<Node>
  readonly size: (dimension: Dimension) => number
  /** Products computed so far, by canonical key of their factors. */
  readonly products: Map<string, { readonly value: ValueId; readonly canonical: readonly number[] }>
}

/** A factor on its way: a value, or the inverse of one that is not formed yet. */
export interface Work extends Power {
  /** The matrix M whose inverse this is: labels are [row, column] of inv(M), `value` is M. */
  readonly inverse?: true
}

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
  for (const factor of product.factors) {
    const { node, labels, exponent } = factor
    if (node.kind === 'indicator' && exponent.sign > 0) {
      for (const condition of node.conditions) {
        const terms = condition.terms.map((t) => ({ label: labels[t.axis] ?? 0, coefficient: t.coefficient }))
        conditions.push({ relation: condition.relation, terms, offset: condition.offset })
      }
      continue
    }
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
  return resolveConditions(lowering, product, coefficient, works, conditions, joined)
}

function resolveConditions(
  lowering: Lowering,
  product: Product,
  coefficient: Rational,
  factors: readonly Work[],
  conditions: readonly LabelledCondition[],
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
  works = applyMasks(values, works, rest, dimension)

  // A summed label that nothing carries multiplies by its dimension.
  const carried = new Set([...output, ...eliminated, ...works.flatMap((work) => work.labels)])
  for (const label of product.dimensions.keys()) {
    if (joined.find(label) !== label || carried.has(label)) continue
    const size = dimension(label)
    if (size.value === undefined) works.push({ ...values.size(size), exponent: Rational.ONE })
    else result = result.multiply(Rational.fromNumber(size.value))
  }
  return { coefficient: result, works, output, dimension }
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

/**
 * Applies each group of conditions to the product of the factors that could be infinite where it excludes, so that these
 * entries are dropped before anything multiplies them. Without such a factor it applies to one that has all its labels.
 */
function applyMasks(
  values: Values,
  works: readonly Work[],
  conditions: readonly LabelledCondition[],
  dimension: (label: Label) => Dimension,
): Work[] {
  let remaining = [...works]
  let open = [...conditions]
  while (open.length > 0) {
    const group: LabelledCondition[] = []
    const labels = new Set<Label>(open[0]?.terms.map((term) => term.label))
    const taken: Work[] = []
    const meets = (list: readonly Label[]) => list.some((label) => labels.has(label))
    for (let before = -1; before !== labels.size + group.length + taken.length; ) {
      before = labels.size + group.length + taken.length
      for (const condition of open) {
        const own = condition.terms.map((term) => term.label)
        if (group.includes(condition) || !meets(own)) continue
        group.push(condition)
        for (const label of own) labels.add(label)
      }
      for (const work of remaining) {
        const risky = !work.inverse && (work.exponent.sign < 0 || !values.isFinite(work.value))
        if (!risky || taken.includes(work) || !meets(work.labels)) continue
        taken.push(work)
        for (const label of work.labels) labels.add(label)
      }
    }
    if (taken.length === 0) {
      const covering = remaining.filter((work) => !work.inverse && [...labels].every((l) => work.labels.includes(l)))
      covering.sort((a, b) => a.labels.length - b.labels.length)
      const [first] = covering
      if (first) {
        taken.push(first)
        for (const label of first.labels) labels.add(label)
      }
    }
    open = open.filter((condition) => !group.includes(condition))
    remaining = remaining.filter((work) => !taken.includes(work))
    const leaf = values.masked(
      group,
      taken,
      [...labels].sort((a, b) => a - b),
      dimension,
    )
    remaining.push({ ...leaf, exponent: Rational.ONE })
  }
  return remaining
}

/** Beyond so many factors a product is formed in parts, as ordering costs more than linear time. */
const MOST_FACTORS = 48

/** The sum of the product over the labels that `kept` lacks; its axes are in the order of `kept` unless it is known. */
export function multiply(
  lowering: Lowering,
  works: readonly Work[],
  kept: readonly Label[],
  dimension: (label: Label) => Dimension,
): Leaf {
  const { values } = lowering
  const scalars = works.filter((work) => work.labels.length === 0)
  let tensors = works.filter((work) => work.labels.length > 0)
  if (tensors.length === 0)
    return scalars.length === 0 ? { value: UNIT, labels: [] } : values.product(scalars, [], dimension)
  while (tensors.length > MOST_FACTORS) {
    const rest = tensors.slice(MOST_FACTORS / 2)
    const outside = new Set([...kept, ...rest.flatMap((work) => work.labels)])
    const part = tensors.slice(0, MOST_FACTORS / 2)
    const open = [...new Set(part.flatMap((work) => work.labels))].filter((label) => outside.has(label))
    const leaf = multiplyTensors(lowering, part, open, dimension)
    ;(leaf.labels.length === 0 ? scalars : rest).push({ ...leaf, exponent: Rational.ONE })
    tensors = rest
  }
  if (scalars.length === 0) return multiplyTensors(lowering, tensors, kept, dimension)

  // Scalars multiply the result, or a factor that is smaller.
  const elements = (labels: readonly Label[]) =>
    [...new Set(labels)].reduce((n, label) => n * lowering.size(dimension(label)), 1)
  const sizes = tensors.map((work) => (work.inverse ? Number.POSITIVE_INFINITY : elements(work.labels)))
  const smallest = sizes.indexOf(Math.min(...sizes))
  const chosen = tensors[smallest]
  if (chosen && (sizes[smallest] ?? 0) < elements(kept)) {
    const scaled = values.product([...scalars, chosen], [...new Set(chosen.labels)], dimension)
    const all = tensors.map((work) => (work === chosen ? { ...scaled, exponent: Rational.ONE } : work))
    return multiplyTensors(lowering, all, kept, dimension)
  }
  const leaf = multiplyTensors(lowering, tensors, kept, dimension)
  return values.product([...scalars, { ...leaf, exponent: Rational.ONE }], leaf.labels, dimension)
}

function multiplyTensors(
  lowering: Lowering,
  works: readonly Work[],
  kept: readonly Label[],
  dimension: (label: Label) => Dimension,
): Leaf {
  const { values, products } = lowering
  const labelsOf = (members: readonly number[]) => new Set(members.flatMap((k) => works[k]?.labels ?? []))
  const positions = works.map((_, k) => k)
  const openLabels = (members: readonly number[]): Label[] => {
    const outside = new Set([...kept, ...labelsOf(positions.filter((k) => !members.includes(k)))])
    return [...labelsOf(members)].filter((label) => outside.has(label))
  }
  const keyOf = (members: readonly number[]) => {
    const tokens = members.flatMap((k) => {
      const work = works[k]
      if (!work) return []
      return [{ token: `${work.value}${work.inverse ? '~' : '^'}${work.exponent.key}`, labels: work.labels }]
    })
    return canonicalKey('', tokens, true, openLabels(members))
  }
  const lookup = (members: readonly number[]): Leaf | undefined => {
    const { key, numbers } = keyOf(members)
    const known = products.get(key)
    if (!known) return undefined
    const label = new Map([...numbers].map(([name, number]) => [number, name]))
    return { value: known.value, labels: known.canonical.map((number) => label.get(number) ?? 0) }
  }
  const whole = works.length > 1 ? lookup(positions) : undefined
  if (whole) return whole

  const tree = orderFactors({
    factors: works.map((work) => ({ labels: [...new Set(work.labels)], inverse: work.inverse === true })),
    output: kept,
    size: (label) => lowering.size(dimension(label)),
    known: (members) => lookup(members) !== undefined,
  })
  // A tree is at most as deep as there are factors, so this recursion is bounded.
  const run = (part: OrderTree): { readonly work: Work; readonly members: readonly number[] } => {
    if (typeof part === 'number') return { work: works[part] as Work, members: [part] }
    const members = flatten(part)
    const known = lookup(members)
    if (known) return { work: { ...known, exponent: Rational.ONE }, members }
    const left = run(part[0])
    const right = run(part[1])
    const open = openLabels(members)
    const wanted = [...kept.filter((label) => open.includes(label)), ...open.filter((label) => !kept.includes(label))]
    const leaf = pair(values, left.work, right.work, wanted, dimension)
    const { key, numbers } = keyOf(members)
    products.set(key, { value: leaf.value, canonical: leaf.labels.map((label) => numbers.get(label) ?? 0) })
    return { work: { ...leaf, exponent: Rational.ONE }, members }
  }
  const { work } = run(tree)
  return plain(values, reduceTo(values, work, new Set(kept), dimension), dimension)
}

function flatten(tree: OrderTree): number[] {
  return typeof tree === 'number' ? [tree] : [...flatten(tree[0]), ...flatten(tree[1])]
}

/** The product of two factors over the labels `kept`. */
function pair(values: Values, a: Work, b: Work, kept: readonly Label[], dimension: (label: Label) => Dimension): Leaf {
  const solved = solve(values, a, b, kept, dimension) ?? solve(values, b, a, kept, dimension)
  if (solved)
    return plain(values, reduceTo(values, { ...solved, exponent: Rational.ONE }, new Set(kept), dimension), dimension)
  const left = reduceTo(values, settle(values, a), new Set([...kept, ...b.labels]), dimension)
  const right = reduceTo(values, settle(values, b), new Set([...kept, ...left.labels]), dimension)
  const all = new Set([...left.labels, ...right.labels])
  if (all.size === kept.length) return values.product([left, right], kept, dimension)
  return values.contract(plain(values, left, dimension), plain(values, right, dimension), kept, dimension)
}

/** inverse · other by a solve, if they share one label and it is summed here. */
function solve(
  values: Values,
  inverse: Work,
  other: Work,
  kept: readonly Label[],
  dimension: (label: Label) => Dimension,
): Leaf | undefined {
  const [row, column] = inverse.labels
  if (!inverse.inverse || row === undefined || column === undefined || row === column) return undefined
  const shared = inverse.labels.filter((label) => other.labels.includes(label))
  const [label] = shared
  if (shared.length !== 1 || label === undefined || kept.includes(label)) return undefined
  const right = plain(values, reduceTo(values, settle(values, other), new Set([...kept, label]), dimension), dimension)
  const axis = right.labels.indexOf(label)
  const value = values.solve(inverse.value, label === row, right.value, axis)
  return { value, labels: right.labels.map((own) => (own === label ? (label === row ? column : row) : own)) }
}

/** Forms an inverse, where the work is one and has one of these labels. */
function settle(values: Values, work: Work, touching: readonly Label[] = work.labels): Work {
  if (!work.inverse || !touching.some((label) => work.labels.includes(label))) return work
  const leaf = formInverse(values, work.value)
  return { value: leaf, labels: work.labels, exponent: work.exponent }
}

export function formInverse(values: Values, matrix: ValueId): ValueId {
  return values.call('inv', [{ value: matrix, labels: [0, 1] }], 0, values.axes(matrix))
}

/** The work summed over labels that are not kept. */
function reduceTo(values: Values, work: Work, kept: ReadonlySet<Label>, dimension: (label: Label) => Dimension): Work {
  if (work.labels.every((label) => kept.has(label))) return work
  const output = [...new Set(work.labels)].filter((label) => kept.has(label))
  if (work.labels.length === 1 && work.exponent.equals(Rational.TWO)) {
    return { ...values.contract(work, work, output, dimension), exponent: Rational.ONE }
  }
  const settled = settle(values, work)
  const leaf = settled.exponent.isOne ? settled : plain(values, settled, dimension)
  return { ...values.reduce(leaf, output, dimension), exponent: Rational.ONE }
}

/** The value of a work: its power taken, its diagonal too. */
function plain(values: Values, work: Work, dimension: (label: Label) => Dimension): Leaf {
  return values.product([settle(values, work)], [...new Set(work.labels)], dimension)
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
