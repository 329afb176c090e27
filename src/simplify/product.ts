/**
 * The canonical form of one product term (notation.md §3): coefficient · Σ Π node[labels]^exponent.
 *
 * Equal factors are merged before contractions are inlined, or (V*y)·(V*y)^−2 never cancels; unit tensors are substituted;
 * parts without output labels become scalar factors; the result is labelled canonically.
 */
import { Dimension } from '../tensor/dimension.ts'
import { identity } from '../tensor/graph.ts'
import type { Condition, Factor, Label, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { isDelta } from '../tensor/structured.ts'
import { type Context, isOne, materialise, type Scaled, scaled, through } from './context.ts'
import { diagonalOf } from './diagonal.ts'
import { canonicalLabelling } from './labelling.ts'
import { cancelPairs } from './product-rules.ts'
import { refold } from './refold.ts'
import { exchangeOfFactor, ordered, signPower, symmetriesOfFactor } from './symmetry.ts'

/** Contractions absorb operands only up to this many factors (architecture 4). */
const FACTOR_LIMIT = 32
/** Powers are distributed over products up to this exponent: beyond, towers of squares would grow. */
const EXPONENT_LIMIT = 64n

/** A product under construction; labels below `rank` are output axes. */
export interface Product {
  coefficient: Rational
  factors: Factor[]
  readonly dimensions: Dimension[]
  readonly rank: number
}

/** The canonical form of coefficient · Σ Π factors, where factors may be any simplified nodes. */
export function product(
  context: Context,
  coefficient: Rational,
  factors: readonly Factor[],
  dimensions: readonly Dimension[],
  rank: number,
): Scaled {
  const work: Product = { coefficient, factors: [...factors], dimensions: [...dimensions], rank }
  splitLong(context, work)
  // Each round either shortens the list or unfolds one level; the bound only guards against a rule that would not settle.
  for (let round = 0; round < 64; round++) {
    takeOutNumbers(context, work)
    if (work.coefficient.isZero) return zero(context, work)
    if (!joinUnitTensors(context, work)) return zero(context, work)
    joinSelections(work)
    mergeEqual(context, work)
    const changed =
      cancelPairs(context, work) || pushDiagonals(context, work) || inline(context, work) || refold(context, work)
    if (!changed) break
  }
  dropIdleLabels(context, work)
  separateScalars(context, work)
  return finish(context, work)
}

/**
 * Of more factors than a product absorbs, those over the same labels become products of their own, in canonical order:
 * as one list n factors would have n partial derivatives of n − 1 factors each. Others stay, since their order costs.
 */
function splitLong(context: Context, work: Product): void {
  if (work.factors.length <= FACTOR_LIMIT) return
  takeOutNumbers(context, work)
  mergeEqual(context, work)
  const alike = new Map<string, Factor[]>()
  for (const factor of work.factors) {
    const isGate = factor.node.kind === 'indicator'
    const key = isGate ? 'gates' : [...new Set(factor.labels)].sort((a, b) => a - b).join()
    const known = alike.get(key)
    if (known) known.push(factor)
    else alike.set(key, [factor])
  }
  work.factors = [...alike].flatMap(([key, factors]) => (key === 'gates' ? factors : folded(context, work, factors)))
}

/** Factors over the same labels, as many as a product absorbs, each a product of as many and so on. */
function folded(context: Context, work: Product, factors: Factor[]): Factor[] {
  const labels = [...new Set(factors[0]?.labels)]
  const dimensions = labels.map((label) => work.dimensions[label] as Dimension)
  let level = factors
  while (level.length > FACTOR_LIMIT) {
    const sorted = level.sort(compareFactors)
    level = []
    for (let start = 0; start < sorted.length; start += FACTOR_LIMIT) {
      const part = sorted.slice(start, start + FACTOR_LIMIT)
      if (part.length < FACTOR_LIMIT) level.push(...part)
      else {
        const inner = part.map((f) => ({ ...f, labels: f.labels.map((label) => labels.indexOf(label)) }))
        const value = product(context, Rational.ONE, inner, dimensions, labels.length)
        level.push(...poweredFactors(context, value, labels, Rational.ONE))
      }
    }
  }
  return level
}

function zero(context: Context, work: Product): Scaled {
  return scaled(context.graph.ones(work.dimensions.slice(0, work.rank)), Rational.ZERO)
}

/** Constants, scaled nodes and ones tensors give up their numbers; zero factors make the term zero. */
function takeOutNumbers(context: Context, work: Product): void {
  const kept: Factor[] = []
  const queue = [...work.factors].reverse()
  for (let factor = queue.pop(); factor; factor = queue.pop()) {
    const { node, labels, exponent } = factor
    if (exponent.isZero || isOne(node)) continue
    if (node.kind === 'constant') {
      const power = numberPower(node.value, exponent)
      if (power) work.coefficient = work.coefficient.multiply(power)
      else kept.push(...rootOf(context, node.value, exponent, work))
      continue
    }
    if (node.kind === 'sum' && node.terms.length <= 1) {
      const [only] = node.terms
      if (!only) {
        if (exponent.sign > 0) work.coefficient = Rational.ZERO
        else kept.push(factor)
        continue
      }
      const magnitude = only.coefficient.sign < 0 ? only.coefficient.negate() : only.coefficient
      const isRoot = only.coefficient.sign < 0 && !exponent.isInteger
      if (!isRoot || !magnitude.isOne) {
        queue.push(...poweredFactors(context, only, labels, exponent))
        continue
      }
    }
    kept.push(factor)
  }
  work.factors = kept
}

/**
 * A simplified value to a power, as factors: its number apart from its node. Under a root the sign stays inside: (-u)^(1/2) has
 * no real factor (-1)^(1/2).
 */
export function poweredFactors(
  context: Context,
  value: Scaled,
  labels: readonly Label[],
  exponent: Rational,
): Factor[] {
  const { coefficient } = value
  const factors: Factor[] = []
  const staysInside = coefficient.sign < 0 && !exponent.isInteger
  const number = staysInside ? coefficient.negate() : coefficient
  if (!number.isOne) factors.push({ node: context.graph.constant(number), labels: [], exponent })
  if (coefficient.isZero) return factors
  const node = staysInside ? materialise(context, scaled(value.node, Rational.MINUS_ONE)) : value.node
  factors.push({ node, labels: through(value, labels), exponent })
  return factors
}

/** value^exponent where that is rational, otherwise undefined. */
export function numberPower(value: Rational, exponent: Rational): Rational | undefined {
  if (value.isOne) return value
  if (value.isZero) return exponent.sign > 0 ? value : undefined
  if (exponent.isInteger) {
    const power = Number(exponent.numerator)
    return Math.abs(power) <= 1024 ? value.power(power) : undefined
  }
  if (value.sign < 0) return undefined
  const root = Number(exponent.denominator)
  const n = integerRoot(value.numerator, root)
  const d = integerRoot(value.denominator, root)
  return n === undefined || d === undefined ? undefined : Rational.of(n, d).power(Number(exponent.numerator))
}

/** An irrational power of a number, its exponent reduced below 1: 2^(3/2) is 2·2^(1/2). */
function rootOf(context: Context, value: Rational, exponent: Rational, work: Product): Factor[] {
  const whole = floor(exponent)
  if (whole !== 0 && !value.isZero && Math.abs(whole) <= 1024) {
    work.coefficient = work.coefficient.multiply(value.power(whole))
    exponent = exponent.subtract(Rational.of(whole))
  }
  return [{ node: context.graph.constant(value), labels: [], exponent }]
}

function floor(value: Rational): number {
  const quotient = Number(value.numerator / value.denominator)
  return value.sign < 0 && !value.isInteger ? quotient - 1 : quotient
}

function integerRoot(value: bigint, root: number): bigint | undefined {
  if (value > 2n ** 53n || root > 64) return undefined
  const guess = BigInt(Math.round(Number(value) ** (1 / root)))
  return guess ** BigInt(root) === value ? guess : undefined
}

/**
 * Indicators become one factor per condition; i = j joins the labels where one of them is summed, and where both are
 * outputs the other factors move to the lower one. Returns false where a condition never holds.
 */
function joinUnitTensors(context: Context, work: Product): boolean {
  const parent = identity(work.dimensions.length)
  const find = (label: Label): Label => {
    while (parent[label] !== label) label = parent[label] as number
    return label
  }
  const kept: Factor[] = []
  let joined = false
  for (const factor of work.factors) {
    if (factor.node.kind !== 'indicator') {
      kept.push(factor)
      continue
    }
    if (factor.exponent.sign < 0) {
      kept.push(factor)
      continue
    }
    for (const condition of factor.node.conditions) {
      const pair = joinedLabels(condition, factor.labels, work)
      if (!pair) {
        const atom = atomic(context, condition, factor, work)
        if (atom === false) return false
        if (atom) kept.push(atom)
        continue
      }
      const [a, b] = [find(pair[0]), find(pair[1])]
      // The lower label survives, so outputs survive summed labels.
      if (a !== b) {
        parent[Math.max(a, b)] = Math.min(a, b)
        joined = true
      }
    }
  }
  if (!joined) {
    work.factors = kept
    return true
  }
  work.factors = kept.map((factor) => ({ ...factor, labels: factor.labels.map(find) }))
  const summed = new Set<number>()
  for (let label = 0; label < parent.length; label++) {
    const root = find(label)
    if (root === label) continue
    if (label < work.rank) {
      const node = context.graph.delta(work.dimensions[label] as Dimension)
      work.factors.push({ node, labels: [root, label], exponent: Rational.ONE })
    } else summed.add(label)
  }
  removeLabels(work, summed)
  return true
}

/** Summed labels that run over one and the same index are one label: A[1,:].*B[1,:] is (A.*B)[1,:]. */
function joinSelections(work: Product): void {
  const chosen = new Map<string, Label>()
  const joined = new Map<Label, Label>()
  for (const { node, labels } of work.factors) {
    const [condition] = node.kind === 'indicator' && node.conditions.length === 1 ? node.conditions : []
    const [term] = condition?.terms.length === 1 ? condition.terms : []
    const label = term && labels[term.axis]
    if (!condition || !term || condition.relation !== 'eq' || label === undefined || label < work.rank) continue
    const size = (work.dimensions[label] as Dimension).key
    const key = `${size}|${term.coefficient.key}|${condition.offset.key}`
    const known = chosen.get(key)
    if (known === undefined) chosen.set(key, label)
    else if (known !== label) joined.set(label, known)
  }
  if (joined.size === 0) return
  work.factors = work.factors.map((f) => ({ ...f, labels: f.labels.map((label) => joined.get(label) ?? label) }))
  removeLabels(work, new Set(joined.keys()))
}

/** The two labels that a condition i − j = 0 joins, if it is one and at least one join is possible. */
function joinedLabels(condition: Condition, labels: readonly Label[], work: Product): [Label, Label] | undefined {
  const [a, b] = condition.terms
  if (condition.relation !== 'eq' || condition.terms.length !== 2 || !a || !b || condition.offset.key !== '0')
    return undefined
  if (!a.coefficient.add(b.coefficient).equals(Dimension.ZERO) || a.coefficient.value === undefined) return undefined
  const first = labels[a.axis] as Label
  const second = labels[b.axis] as Label
  const fits = work.dimensions[first]?.equals(work.dimensions[second] as Dimension)
  return fits ? [first, second] : undefined
}

/** One condition as a factor over just the labels it mentions; undefined where it always holds, false where never. */
function atomic(context: Context, condition: Condition, factor: Factor, work: Product): Factor | undefined | false {
  const coefficients = new Map<Label, Dimension>()
  let offset = condition.offset
  for (const { axis, coefficient } of condition.terms) {
    const label = factor.labels[axis] as Label
    const known = coefficients.get(label)
    coefficients.set(label, known ? known.add(coefficient) : coefficient)
  }
  for (const [label, coefficient] of coefficients) {
    // An axis of length 1 has index 0 only.
    if (coefficient.key === '0' || work.dimensions[label]?.value === 1) coefficients.delete(label)
  }
  if (coefficients.size === 0) {
    const value = offset.value
    if (value !== undefined) {
      const holds = condition.relation === 'eq' ? value === 0 : condition.relation === 'ne' ? value !== 0 : value <= 0
      return holds ? undefined : false
    }
  }
  let labels = [...coefficients.keys()].sort((a, b) => a - b)
  if (condition.relation !== 'le' && labels.length > 0) {
    // Equations have no sign: the first coefficient is made positive where it is a number.
    const leading = coefficients.get(labels[0] as Label)?.value
    if (leading !== undefined && leading < 0) {
      for (const [label, c] of coefficients) coefficients.set(label, c.scale(Rational.MINUS_ONE))
      offset = offset.scale(Rational.MINUS_ONE)
    }
  }
  labels = [...labels]
  const terms = labels.map((label, axis) => ({ axis, coefficient: coefficients.get(label) as Dimension }))
  const axes = labels.map((label) => work.dimensions[label] as Dimension)
  const node = context.graph.indicator(axes, [{ relation: condition.relation, terms, offset }])
  return { node, labels, exponent: Rational.ONE }
}

/** Removes labels that nothing carries any more, and renumbers the rest. */
export function removeLabels(work: Product, removed: ReadonlySet<Label>): void {
  if (removed.size === 0) return
  const renumbered: number[] = []
  const kept: Dimension[] = []
  for (const [label, dimension] of work.dimensions.entries()) {
    renumbered.push(kept.length)
    if (!removed.has(label)) kept.push(dimension)
  }
  work.dimensions.splice(0, work.dimensions.length, ...kept)
  work.factors = work.factors.map((f) => ({ ...f, labels: f.labels.map((label) => renumbered[label] as number) }))
}

/** Adds the exponents of equal factors; indicators are idempotent. */
function mergeEqual(context: Context, work: Product): void {
  const merged = new Map<string, Factor>()
  for (const factor of work.factors) {
    const { labels, sign } = ordered(symmetriesOfFactor(context, factor), factor.labels)
    work.coefficient = work.coefficient.multiply(signPower(sign, factor.exponent))
    const key = `${factor.node.id}[${labels.join(',')}]`
    const known = merged.get(key)
    const exponent = known && factor.node.kind !== 'indicator' ? known.exponent.add(factor.exponent) : factor.exponent
    merged.set(key, { node: factor.node, labels, exponent })
  }
  work.factors = [...merged.values()].filter((factor) => !factor.exponent.isZero)
}

/** Factors with a repeated label that are sums or maps become sums and maps of diagonals. */
function pushDiagonals(context: Context, work: Product): boolean {
  let changed = false
  work.factors = work.factors.flatMap((factor) => {
    const diagonal = diagonalOf(context, factor, work.dimensions)
    if (!diagonal) return [factor]
    changed = true
    return poweredFactors(context, diagonal.value, diagonal.labels, factor.exponent)
  })
  return changed
}

/** Replaces contractions among the factors by their factors, where the limits and the exponents allow it. */
function inline(context: Context, work: Product): boolean {
  let count = work.factors.length
  let changed = false
  const result: Factor[] = []
  for (const factor of work.factors) {
    const { node, exponent } = factor
    if (node.kind !== 'contraction' || !canInline(context, node, exponent, count)) {
      result.push(factor)
      continue
    }
    const offset = work.dimensions.length - node.rank
    work.dimensions.push(...node.dimensions.slice(node.rank))
    const place = (label: Label) => (label < node.rank ? (factor.labels[label] as Label) : label + offset)
    for (const inner of node.factors) {
      result.push({ node: inner.node, labels: inner.labels.map(place), exponent: inner.exponent.multiply(exponent) })
    }
    count += node.factors.length - 1
    changed = true
  }
  if (changed) work.factors = result
  return changed
}

function canInline(
  _context: Context,
  node: Node & { kind: 'contraction' },
  exponent: Rational,
  count: number,
): boolean {
  if (count + node.factors.length - 1 > FACTOR_LIMIT) return false
  const sums = node.dimensions.length > node.rank
  // A connected scalar (x'*A*x) stays a node: separateScalars would only make it again. A dimension is one as well.
  if (node.rank === 0 && sums) return false
  if (exponent.isOne) return true
  if (sums || !exponent.isInteger) return false
  // (x^a)^e is x^(ae) for integer e; a power of a product distributes.
  const magnitude = exponent.absolute().numerator
  return (
    magnitude <= EXPONENT_LIMIT &&
    node.factors.every((f) => f.exponent.absolute().numerator * magnitude <= EXPONENT_LIMIT)
  )
}

/** A summed label that no factor carries counts its dimension. */
function dropIdleLabels(context: Context, work: Product): void {
  const used = new Set(work.factors.flatMap((f) => f.labels))
  const idle = new Set<Label>()
  for (let label = work.rank; label < work.dimensions.length; label++) {
    if (used.has(label)) continue
    idle.add(label)
    countDimension(context, work, work.dimensions[label] as Dimension)
  }
  removeLabels(work, idle)
  if (idle.size > 0) mergeEqual(context, work)
}

function countDimension(context: Context, work: Product, dimension: Dimension): void {
  const [monomial] = dimension.terms
  if (dimension.terms.length !== 1 || !monomial) {
    if (dimension.terms.length === 0) work.coefficient = Rational.ZERO
    else work.factors.push({ node: context.graph.contraction([], [dimension], 0), labels: [], exponent: Rational.ONE })
    return
  }
  work.coefficient = work.coefficient.multiply(monomial.coefficient)
  for (const [name, power] of monomial.powers) {
    const node = context.graph.contraction([], [Dimension.symbol(name)], 0)
    work.factors.push({ node, labels: [], exponent: Rational.of(power) })
  }
}

/** Parts connected by summed labels alone become scalar nodes, so that x'*A*x is one factor wherever it occurs. */
function separateScalars(context: Context, work: Product): void {
  const components = connectedParts(work)
  const inner = components.filter((part) => part.labels.length > 0 && part.labels.every((label) => label >= work.rank))
  const wholeTerm = work.rank === 0 && components.length === 1
  if (inner.length === 0 || wholeTerm) return
  const removed = new Set<Label>()
  const gone = new Set<Factor>()
  const scalars: Factor[] = []
  for (const part of inner) {
    const place = new Map(part.labels.map((label, k) => [label, k]))
    const factors = part.factors.map((f) => ({ ...f, labels: f.labels.map((label) => place.get(label) as number) }))
    const dimensions = part.labels.map((label) => work.dimensions[label] as Dimension)
    const scalar = product(context, Rational.ONE, factors, dimensions, 0)
    work.coefficient = work.coefficient.multiply(scalar.coefficient)
    scalars.push({ node: scalar.node, labels: [], exponent: Rational.ONE })
    for (const factor of part.factors) gone.add(factor)
    for (const label of part.labels) removed.add(label)
  }
  work.factors = [...work.factors.filter((f) => !gone.has(f)), ...scalars]
  removeLabels(work, removed)
  takeOutNumbers(context, work)
  mergeEqual(context, work)
  if (inline(context, work)) mergeEqual(context, work)
}

interface Part {
  labels: Label[]
  factors: Factor[]
}

/** The connected parts of a product: factors joined by any shared label. Factors of order 0 are parts of their own. */
export function connectedParts(work: { factors: readonly Factor[]; dimensions: readonly Dimension[] }): Part[] {
  const partOf = new Map<Label, Part>()
  const parts = new Set<Part>()
  for (const factor of work.factors) {
    const own: Part = { labels: [], factors: [factor] }
    const touched = new Set(factor.labels.map((label) => partOf.get(label)).filter((part) => part !== undefined))
    for (const part of touched) {
      own.labels.push(...part.labels)
      own.factors.unshift(...part.factors)
      parts.delete(part)
    }
    for (const label of factor.labels) if (!own.labels.includes(label)) own.labels.push(label)
    for (const label of own.labels) partOf.set(label, own)
    parts.add(own)
  }
  return [...parts]
}

/** Labels canonically and makes the node. */
function finish(context: Context, work: Product): Scaled {
  const { factors, dimensions, rank } = work
  let { coefficient } = work
  const [only] = factors
  if (coefficient.isZero) return zero(context, work)
  if (factors.length === 1 && only?.exponent.isOne && dimensions.length === rank && only.labels.length === rank) {
    if (new Set(only.labels).size === rank) return { coefficient, node: only.node, labels: only.labels }
  }
  const place = canonicalPlaces(context, work)
  const outputs = identity(rank).sort((a, b) => (place[a] as number) - (place[b] as number))
  const summed = identity(dimensions.length)
    .slice(rank)
    .sort((a, b) => (place[a] as number) - (place[b] as number))
  const order = [...outputs, ...summed]
  const position: number[] = []
  for (const [k, label] of order.entries()) position[label] = k
  const renamed = factors.map((factor): Factor => {
    const places = factor.labels.map((label) => position[label] as number)
    const { labels, sign } = ordered(symmetriesOfFactor(context, factor), places)
    coefficient = coefficient.multiply(signPower(sign, factor.exponent))
    return { ...factor, labels }
  })
  renamed.sort(compareFactors)
  const node = context.graph.contraction(
    renamed,
    order.map((label) => dimensions[label] as Dimension),
    rank,
  )
  return { coefficient, node, labels: outputs }
}

/** The place of each label in canonical order. Outputs joined by a unit tensor count as one vertex and stay neighbours. */
function canonicalPlaces(context: Context, work: Product): number[] {
  const { factors, dimensions, rank } = work
  if (dimensions.length <= 1) return [0]
  const representative = identity(dimensions.length)
  const others: Factor[] = []
  for (const factor of factors) {
    const [a, b] = factor.labels
    if (isDelta(factor.node) && a !== undefined && b !== undefined && a < rank && b < rank) {
      representative[Math.max(a, b)] = Math.min(a, b)
    } else others.push(factor)
  }
  const vertices = identity(dimensions.length).filter((label) => representative[label] === label)
  const vertex = new Map(vertices.map((label, k) => [label, k]))
  const size = (label: Label) => representative.filter((r) => r === label).length
  const { order } = canonicalLabelling(
    others.map((f) => ({
      ...f,
      labels: f.labels.map((label) => vertex.get(representative[label] as number) as number),
    })),
    vertices.map((label) => dimensions[label] as Dimension),
    (v) => ((vertices[v] as number) < rank ? `o${size(vertices[v] as number)}` : 's'),
    (factor) => exchangeOfFactor(context, factor),
  )
  const place: number[] = []
  for (const [k, v] of order.entries()) {
    for (const [label, root] of representative.entries())
      if (root === vertices[v]) place[label] = k + label / (dimensions.length + 1)
  }
  return place
}

function compareFactors(a: Factor, b: Factor): number {
  return a.node.hash - b.node.hash || a.exponent.compare(b.exponent) || (a.labels.join() < b.labels.join() ? -1 : 1)
}
