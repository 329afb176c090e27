/**
 * Multiplies the factors of a contraction two at a time, in the order that costs least: elementwise where nothing is summed,
 * a contraction where something is, and a solve where one factor is an inverse that nothing else needs.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Label, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { Gate } from './gates.ts'
import type { Work } from './masks.ts'
import type { Path } from './paths/problem.ts'
import { findPath } from './paths/search.ts'
import { type Leaf, UNIT, type ValueId, type View } from './step.ts'
import { canonicalKey, type Token, type Values } from './values.ts'

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
  /** The most elements an intermediate product should have. */
  readonly memory: number | undefined
  /** Whether a good order of many factors is enough. */
  readonly quick: boolean
  /** Products computed so far. */
  readonly products: Products
}

/** Beyond so many factors a product is formed in parts. */
const MOST_FACTORS = 4096

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
  const [first, second] = works
  if (first && works.length === 1) return plain(values, reduceTo(values, first, new Set(kept), dimension), dimension)
  if (first && second && works.length === 2) {
    const leaf = plain(values, { ...pair(values, first, second, kept, dimension), exponent: Rational.ONE }, dimension)
    products.add(works.map(tokenOf), kept, leaf)
    return leaf
  }
  const known = new KnownProducts(products, works, kept)
  const whole = known.find(works.map((_, k) => k))
  if (whole) return whole

  const { path } = findPath({
    operands: works.map((work) => ({
      labels: [...new Set(work.labels)],
      ...(work.inverse && { inverse: true }),
      token: tokenOf(work).token + work.labels.map((label) => work.labels.indexOf(label)),
    })),
    output: kept,
    size: (label) => lowering.size(dimension(label)),
    known: (members) => known.find(members) !== undefined,
    ...(lowering.memory !== undefined && { memory: lowering.memory }),
    ...(lowering.quick && { quick: true }),
  })
  return run(lowering, works, kept, dimension, known, path)
}

/** Multiplies along a path. What has been computed already is not made again, and neither is what only it is made of. */
function run(
  { values }: Lowering,
  works: readonly Work[],
  kept: readonly Label[],
  dimension: (label: Label) => Dimension,
  known: KnownProducts,
  path: Path,
): Leaf {
  const count = works.length
  const members: (readonly number[] | undefined)[] = works.map((_, k) => [k])
  for (const [left, right] of path) {
    const [a, b] = [members[left], members[right]]
    members.push(a && b && a.length + b.length <= MOST_KEYED ? [...a, ...b] : undefined)
  }
  const made: (Work | undefined)[] = [...works]
  const needed = new Uint8Array(count + path.length)
  needed[count + path.length - 1] = 1
  for (let at = count + path.length - 1; at >= count; at--) {
    if (!needed[at]) continue
    const own = members[at]
    const found = own && known.find(own)
    if (found) made[at] = { ...found, exponent: Rational.ONE }
    else for (const part of path[at - count] ?? []) needed[part] = 1
  }
  const uses = new Map<Label, number>()
  const tally = (labels: Iterable<Label>, by: number) => {
    for (const label of new Set(labels)) uses.set(label, (uses.get(label) ?? 0) + by)
  }
  tally(kept, 1)
  for (const work of works) tally(work.labels, 1)
  const wanted = new Set(kept)
  // Labels of every product, also of those that are not made: they say what is summed where.
  const open: (readonly Label[])[] = works.map((work) => [...new Set(work.labels)])
  for (const [k, [left, right]] of path.entries()) {
    const [a, b] = [open[left] as readonly Label[], open[right] as readonly Label[]]
    tally(a, -1)
    tally(b, -1)
    const outside = [...new Set([...a, ...b])].filter((label) => (uses.get(label) ?? 0) > 0)
    tally(outside, 1)
    open.push(outside)
    const at = count + k
    if (!needed[at] || made[at]) continue
    const few = new Set(outside)
    const labels = [...kept.filter((label) => few.has(label)), ...outside.filter((label) => !wanted.has(label))]
    const leaf = pair(values, made[left] as Work, made[right] as Work, labels, dimension)
    const own = members[at]
    if (own) known.add(own, leaf)
    made[at] = { ...leaf, exponent: Rational.ONE }
  }
  const result = made.at(-1) as Work
  return plain(values, reduceTo(values, result, wanted, dimension), dimension)
}

/** Products of more factors are not looked for among those computed already: their keys would be long. */
const MOST_KEYED = 24

/** Products by their factors. Keys are spelt when something is looked up, which long chains of plain products never do. */
export class Products {
  readonly #known = new Map<string, { readonly value: ValueId; readonly canonical: readonly number[] }>()
  #added: { readonly tokens: readonly Token[]; readonly open: readonly Label[]; readonly leaf: Leaf }[] = []

  /** The product of these factors, summed over all labels but the open ones, is this leaf. */
  add(tokens: readonly Token[], open: readonly Label[], leaf: Leaf): void {
    this.#added.push({ tokens, open, leaf })
  }

  find(tokens: readonly Token[], open: readonly Label[]): Leaf | undefined {
    for (const entry of this.#added) {
      const { key, numbers } = canonicalKey('', entry.tokens, true, entry.open)
      const canonical = entry.leaf.labels.map((label) => numbers.get(label) ?? 0)
      this.#known.set(key, { value: entry.leaf.value, canonical })
    }
    if (this.#added.length > 0) this.#added = []
    if (this.#known.size === 0) return undefined
    const { key, numbers } = canonicalKey('', tokens, true, open)
    const found = this.#known.get(key)
    if (!found) return undefined
    const label = new Map([...numbers].map(([name, number]) => [number, name]))
    return { value: found.value, labels: found.canonical.map((number) => label.get(number) ?? 0) }
  }
}

/** The products of some factors of one contraction. */
class KnownProducts {
  readonly #products: Products
  readonly #works: readonly Work[]
  /** How many factors have a label; the result counts as one more. */
  readonly #uses = new Map<Label, number>()

  constructor(products: Products, works: readonly Work[], kept: readonly Label[]) {
    this.#products = products
    this.#works = works
    for (const labels of [kept, ...works.map((work) => work.labels)]) {
      for (const label of new Set(labels)) this.#uses.set(label, (this.#uses.get(label) ?? 0) + 1)
    }
  }

  find(members: readonly number[]): Leaf | undefined {
    if (members.length > MOST_KEYED) return undefined
    return this.#products.find(this.#tokens(members), this.#open(members))
  }

  add(members: readonly number[], leaf: Leaf): void {
    this.#products.add(this.#tokens(members), this.#open(members), leaf)
  }

  #tokens(members: readonly number[]): Token[] {
    return members.map((k) => tokenOf(this.#works[k] as Work))
  }

  /** The labels that something outside needs. */
  #open(members: readonly number[]): Label[] {
    const inside = new Map<Label, number>()
    for (const k of members) {
      for (const label of new Set(this.#works[k]?.labels)) inside.set(label, (inside.get(label) ?? 0) + 1)
    }
    return [...inside].filter(([label, count]) => (this.#uses.get(label) ?? 0) > count).map(([label]) => label)
  }
}

function tokenOf(work: Work): Token {
  return { token: `${work.value}${work.inverse ? '~' : '^'}${work.exponent.key}`, labels: work.labels }
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
