/**
 * Multiplies the factors of a contraction two at a time, in the order that costs least: elementwise where nothing is summed,
 * a contraction where something is, and a solve where one factor is an inverse that nothing else needs.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Label, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { Gate } from './gates.ts'
import type { Work } from './masks.ts'
import { type OrderTree, orderFactors } from './order.ts'
import { type Leaf, UNIT, type ValueId, type View } from './step.ts'
import { canonicalKey, type Values } from './values.ts'

/** What lowering shares between nodes. */
export interface Lowering {
  readonly values: Values
  /** The views of the nodes lowered so far, which include all operands. */
  readonly views: ReadonlyMap<Node, View>
  /** What each node excludes. */
  readonly gates: ReadonlyMap<Node, readonly Gate[]>
  /** Inverses that some use needs as a matrix, so that solving would not save them. */
  readonly inverses: ReadonlySet<Node>
  readonly size: (dimension: Dimension) => number
  /** Products computed so far, by canonical key of their factors. */
  readonly products: Map<string, { readonly value: ValueId; readonly canonical: readonly number[] }>
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
export function settle(values: Values, work: Work, touching: readonly Label[] = work.labels): Work {
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
export function plain(values: Values, work: Work, dimension: (label: Label) => Dimension): Leaf {
  return values.product([settle(values, work)], [...new Set(work.labels)], dimension)
}
