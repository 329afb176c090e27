/**
 * Identities between factors of one product. Each rule looks for its pattern, applies it once and says whether it did;
 * the caller repeats. Every rule keeps the value wherever it was defined; the domain is stated where it is more.
 */
import { Dimension } from '../tensor/dimension.ts'
import { identity } from '../tensor/graph.ts'
import type { Condition, Factor, GeneralCall, Label, Node, Operand, Summand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { type Context, isOne, materialise, type Scaled, scaled } from './context.ts'
import { elementwise, masking } from './elementwise.ts'
import { chosenBranch, exclusionOf, holdsIn, idleMask } from './exclusion.ts'
import { general } from './general.ts'
import { type Product, poweredFactors, product, removeLabels } from './product.ts'
import { sum } from './sum.ts'
import { isSymmetric } from './symmetry.ts'

type Rule = (context: Context, work: Product) => boolean

const RULES: readonly Rule[] = [
  inverseTimesMatrix,
  orthogonalTimesItself,
  powersOfExponentials,
  logisticFunction,
  exponentialTimesLogistic,
  chosenBranches,
  softmaxQuotient,
  softmaxTotal,
  idleMasks,
  norms,
  idempotent,
  absoluteValues,
  rootsOfSquares,
  joinedReshapes,
  constantAddends,
  countsOthers,
  gatesWithin,
]

export function cancelPairs(context: Context, work: Product): boolean {
  return RULES.some((rule) => rule(context, work))
}

/** How many factors carry each label. */
function carriers(work: Product): Map<Label, number> {
  const counts = new Map<Label, number>()
  for (const factor of work.factors) for (const label of factor.labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  return counts
}

/** Replaces factors by others, and drops a summed label that the rule used up. */
function replace(work: Product, old: readonly Factor[], fresh: readonly Factor[], usedUp?: Label): true {
  work.factors = [...work.factors.filter((f) => !old.includes(f)), ...fresh]
  if (usedUp !== undefined) {
    work.dimensions.splice(usedUp, 1)
    work.factors = work.factors.map((f) => ({
      ...f,
      labels: f.labels.map((label) => (label > usedUp ? label - 1 : label)),
    }))
  }
  return true
}

function unit(context: Context, work: Product, a: Label, b: Label): Factor {
  return { node: context.graph.delta(work.dimensions[a] as Dimension), labels: [a, b], exponent: Rational.ONE }
}

/** A factor for a simplified value, its number given to the product. */
function factorOf(work: Product, value: Scaled, labels: readonly Label[], exponent: Rational): Factor {
  work.coefficient = work.coefficient.multiply(value.coefficient.power(Number(exponent.numerator)))
  return { node: value.node, labels: value.labels.map((axis) => labels[axis] as Label), exponent }
}

/** Σj inv(X)[i,j] X[j,k] = δ[i,k], and from the other side. */
function inverseTimesMatrix(context: Context, work: Product): boolean {
  for (const inverse of work.factors) {
    if (inverse.node.kind !== 'general' || inverse.node.name !== 'inv' || inverse.node.batch > 0) continue
    if (!inverse.exponent.isOne) continue
    const matrix = inverse.node.args[0]?.node as Node
    for (const other of work.factors) {
      if (other.node !== matrix || !other.exponent.isOne) continue
      const pair = meeting(context, work, inverse, other)
      if (pair) return replace(work, [inverse, other], [unit(context, work, ...pair.free)], pair.summed)
    }
  }
  return false
}

/** Where the column of one factor meets the row of another over a private summed label. */
function meeting(
  context: Context,
  work: Product,
  a: Factor,
  b: Factor,
): { summed: Label; free: [Label, Label] } | undefined {
  const counts = carriers(work)
  const symmetric = isSymmetric(context, b.node)
  for (const [p, q] of [
    [1, 0],
    [0, 1],
    [0, 0],
    [1, 1],
  ] as const) {
    if (p === q && !symmetric) continue
    const label = a.labels[p] as Label
    if (label !== b.labels[q] || label < work.rank || counts.get(label) !== 2) continue
    return { summed: label, free: [a.labels[1 - p] as Label, b.labels[1 - q] as Label] }
  }
  return undefined
}

/** Σi Q[i,j] Q[i,k] = δ[j,k] for an orthogonal Q whose property may be used. */
function orthogonalTimesItself(context: Context, work: Product): boolean {
  const counts = carriers(work)
  for (const [k, a] of work.factors.entries()) {
    if (a.node.kind !== 'variable' || a.node.facts.structure !== 'orthogonal' || !context.properties) continue
    for (const b of work.factors.slice(k)) {
      if (a.node !== b.node || !a.exponent.isOne || !b.exponent.isOne || a === b) continue
      for (const p of [0, 1]) {
        const label = a.labels[p] as Label
        if (label !== b.labels[p] || label < work.rank || counts.get(label) !== 2) continue
        const free = unit(context, work, a.labels[1 - p] as Label, b.labels[1 - p] as Label)
        return replace(work, [a, b], [free], label)
      }
    }
  }
  return false
}

function argumentOf(node: Node, name: string): Node | undefined {
  return node.kind === 'map' && node.name === name && node.args.length === 1 ? node.args[0]?.node : undefined
}

const sameLabels = (a: Factor, b: Factor) =>
  a.labels.length === b.labels.length && a.labels.every((label, k) => label === b.labels[k])

/** exp(u)^e = exp(e·u), and exp(u)·exp(v) = exp(u + v) over the same labels. */
function powersOfExponentials(context: Context, work: Product): boolean {
  const exponentials = work.factors.filter((f) => argumentOf(f.node, 'exp'))
  for (const [k, first] of exponentials.entries()) {
    const alike = exponentials.slice(k).filter((f) => [...f.labels].sort().join() === [...first.labels].sort().join())
    if (alike.length < 2 && first.exponent.isOne) continue
    if (new Set(first.labels).size < first.labels.length) continue
    const axes = first.node.axes
    const position = new Map(first.labels.map((label, axis) => [label, axis]))
    const terms = alike.map((f) => ({
      ...scaled(argumentOf(f.node, 'exp') as Node, f.exponent),
      labels: f.labels.map((label) => position.get(label) as number),
    }))
    const total = sum(context, axes, terms)
    const value = elementwise(context, 'exp', axes, [{ value: total, labels: first.labels.map((_, axis) => axis) }])
    return replace(work, alike, [factorOf(work, value, first.labels, Rational.ONE)])
  }
  return false
}

/** (1 + exp(u))^−k = sigmoid(−u)^k. */
function logisticFunction(context: Context, work: Product): boolean {
  for (const factor of work.factors) {
    const { node, exponent } = factor
    if (!exponent.isInteger || exponent.sign > 0) continue
    const argument = onePlusExponential(node)
    if (!argument) continue
    const minus = sum(context, node.axes, [{ ...argument, coefficient: Rational.MINUS_ONE }])
    const value = elementwise(context, 'sigmoid', node.axes, [
      { value: minus, labels: node.axes.map((_, axis) => axis) },
    ])
    return replace(work, [factor], [factorOf(work, value, factor.labels, exponent.negate())])
  }
  return false
}

/** The u of 1 + exp(u), with its labels. */
export function onePlusExponential(node: Node): Scaled | undefined {
  if (node.kind !== 'sum' || node.terms.length !== 2) return undefined
  const one = node.terms.find(
    (t) => t.labels.length === 0 && t.node.kind === 'contraction' && t.node.factors.length === 0,
  )
  const other = node.terms.find((t) => t !== one)
  const argument = other && argumentOf(other.node, 'exp')
  if (!one?.coefficient.isOne || !other?.coefficient.isOne || !argument || other.labels.length < node.axes.length)
    return undefined
  return { coefficient: Rational.ONE, node: argument, labels: other.labels }
}

/** exp(u)·sigmoid(−u) = sigmoid(u). */
function exponentialTimesLogistic(context: Context, work: Product): boolean {
  for (const factor of work.factors) {
    const u = argumentOf(factor.node, 'exp')
    if (!u || !factor.exponent.isOne) continue
    for (const other of work.factors) {
      const v = argumentOf(other.node, 'sigmoid')
      if (!v || other.exponent.sign < 0 || !other.exponent.isInteger || !sameLabels(factor, other)) continue
      const opposite = sum(context, u.axes, [scaled(u, Rational.MINUS_ONE)])
      if (materialise(context, opposite) !== v) continue
      const value = elementwise(context, 'sigmoid', u.axes, [
        { value: scaled(u), labels: u.axes.map((_, axis) => axis) },
      ])
      const rest = { ...other, exponent: other.exponent.subtract(Rational.ONE) }
      return replace(work, [factor, other], [factorOf(work, value, factor.labels, Rational.ONE), rest])
    }
  }
  return false
}

/** mask·where(mask, a, b) = mask·a. */
function chosenBranches(_context: Context, work: Product): boolean {
  const found = chosenBranch(work.factors)
  return found !== undefined && replace(work, [found.old], [found.fresh])
}

/** mask·softmax(where(mask, x, −∞)) is the softmax alone. */
function idleMasks(_context: Context, work: Product): boolean {
  const mask = idleMask(work.factors)
  return mask !== undefined && replace(work, [mask], [])
}

/** Σⱼ softmax(v)[j] = 1. Where conditions exclude entries, they may exclude all. */
function softmaxTotal(_context: Context, work: Product): boolean {
  const counts = carriers(work)
  for (const factor of work.factors) {
    const { node, labels, exponent } = factor
    if (node.kind !== 'general' || node.name !== 'softmax' || !exponent.isOne || exclusionOf(node)) continue
    const own = labels[node.batch] as Label
    if (own >= work.rank && counts.get(own) === 1) return replace(work, [factor], [], own)
  }
  return false
}

/** exp(v) / Σ exp(v) = softmax(v), along one axis; and with conditions on both, of where(conditions, v, −∞). */
function softmaxQuotient(context: Context, work: Product): boolean {
  for (const top of work.factors) {
    const argument = argumentOf(top.node, 'exp')
    if (!argument || !top.exponent.isOne) continue
    for (const below of work.factors) {
      if (below.node.kind !== 'contraction' || !below.exponent.isInteger || below.exponent.sign > 0) continue
      const inner = below.node.factors.find(({ node }) => node === top.node)
      const masks = below.node.factors.filter((factor) => factor !== inner)
      if (!inner?.exponent.isOne || masks.some(({ node }) => node.kind !== 'indicator')) continue
      const { rank } = below.node
      const own = inner.labels.flatMap((label, axis) => (label >= rank ? [axis] : []))
      const aligned = inner.labels.every((label, axis) => label >= rank || below.labels[label] === top.labels[axis])
      const [axis] = own
      if (own.length !== 1 || axis === undefined || !aligned || new Set(inner.labels).size < inner.labels.length)
        continue
      // The conditions under the sum hold for the entry above as well.
      const placed = masks.map((mask) => ({ ...mask, labels: mask.labels.map((label) => inner.labels.indexOf(label)) }))
      const isAbove = holdsIn(
        work.factors,
        placed.map(({ node, labels }) => ({ node, labels: labels.map((a) => top.labels[a] as Label) })),
      )
      if (placed.some(({ labels }) => labels.includes(-1)) || !isAbove) continue
      const batch = inner.labels.flatMap((_, a) => (a === axis ? [] : [a]))
      const body = { value: scaled(argument), labels: identity(argument.axes.length) }
      const kept = masks.length === 0 ? body.value : masking(context, argument.axes, placed, body)
      const labels = argument.axes.map((_, a) => (a === axis ? batch.length : batch.indexOf(a)))
      const value = general(
        context,
        'softmax',
        batch.map((a) => argument.axes[a] as Dimension),
        [argument.axes[axis] as Dimension],
        [{ value: kept, labels }],
      )
      const fresh = factorOf(
        work,
        value,
        [...batch, axis].map((a) => top.labels[a] as Label),
        Rational.ONE,
      )
      return replace(work, [top, below], [fresh, { ...below, exponent: below.exponent.add(Rational.ONE) }])
    }
  }
  return false
}

/**
 * norm2(u)^2k = (Σ u²)^k. And powers of norm2(u) or Σ u² beside one of rnorm2(u), which is 1/norm2(u) but 0 at u = 0 and stands
 * where a derivative is 0 by convention, join it.
 */
function norms(context: Context, work: Product): boolean {
  for (const factor of work.factors) {
    const { node, exponent } = factor
    if (node.kind !== 'general' || !exponent.isInteger) continue
    if (node.name === 'rnorm2' && exponent.sign > 0 && joinNorms(context, work, factor, node)) return true
    if (node.name === 'norm2' && exponent.numerator % 2n === 0n && !hasReciprocal(work, factor)) {
      const squares = squaresOf(context, node)
      return replace(work, [factor], [factorOf(work, squares, factor.labels, exponent.multiply(Rational.HALF))])
    }
  }
  return false
}

/** Σ u² of a norm's argument, over the norm's batch axes. */
function squaresOf(context: Context, node: GeneralCall): Scaled {
  const argument = node.args[0] as Operand
  const own = argument.labels.map((label, axis) => ({ label, dimension: argument.node.axes[axis] as Dimension }))
  const summed = own.filter(({ label }) => label >= node.batch).sort((a, b) => a.label - b.label)
  const dimensions = [...node.axes, ...summed.map(({ dimension }) => dimension)]
  return product(context, Rational.ONE, [{ ...argument, exponent: Rational.TWO }], dimensions, node.batch)
}

function hasReciprocal(work: Product, factor: Factor): boolean {
  return work.factors.some((f) => f.node.kind === 'general' && f.node.name === 'rnorm2' && sameCall(f, factor))
}

/** rnorm2(u)^b times norm2(u)^a or (Σ u²)^(a/2): the power a − b of norm2(u), as rnorm2 where it is negative. */
function joinNorms(context: Context, work: Product, reciprocal: Factor, node: GeneralCall): boolean {
  const squares = squaresOf(context, node)
  const squareLabels = squares.labels.map((axis) => reciprocal.labels[axis] as Label)
  for (const factor of work.factors) {
    if (!factor.exponent.isInteger) continue
    const isNorm = factor.node.kind === 'general' && factor.node.name === 'norm2' && sameCall(factor, reciprocal)
    const isSquare = factor.node === squares.node && factor.labels.join() === squareLabels.join()
    if (!isNorm && !isSquare) continue
    const power = isNorm ? factor.exponent : factor.exponent.multiply(Rational.TWO)
    // Σ u² of the argument is the number squares.coefficient times the factor's node.
    if (isSquare)
      work.coefficient = work.coefficient.divide(squares.coefficient.power(Number(factor.exponent.numerator)))
    const difference = power.subtract(reciprocal.exponent)
    if (difference.isZero) return replace(work, [factor, reciprocal], [])
    if (difference.sign < 0)
      return replace(work, [factor, reciprocal], [{ ...reciprocal, exponent: difference.negate() }])
    const norm = context.graph.general('norm2', node.axes.slice(0, node.batch), [], node.args)
    return replace(work, [factor, reciprocal], [{ ...reciprocal, node: norm, exponent: difference }])
  }
  return false
}

/** Whether two factors are norms of the same argument over the same axes. */
function sameCall(a: Factor, b: Factor): boolean {
  if (a.node.kind !== 'general' || b.node.kind !== 'general' || !sameLabels(a, b)) return false
  if (a.node.args[0]?.node !== b.node.args[0]?.node) return false
  return a.node.batch === b.node.batch && a.node.args[0]?.labels.join() === b.node.args[0]?.labels.join()
}

const COMPARISONS = new Set(['lt', 'le', 'gt', 'ge'])

/** A comparison is 0 or 1: its positive powers are itself. relu(t)·(t > 0) = relu(t). */
function idempotent(_context: Context, work: Product): boolean {
  for (const factor of work.factors) {
    const { node, exponent } = factor
    if (node.kind !== 'map' || !COMPARISONS.has(node.name)) continue
    if (exponent.sign > 0 && !exponent.isOne) return replace(work, [factor], [{ ...factor, exponent: Rational.ONE }])
    const [left, right] = node.args
    const positive = node.name === 'gt' ? left : node.name === 'lt' ? right : undefined
    const bound = node.name === 'gt' ? right : left
    if (!positive || bound?.node.kind !== 'constant' || !bound.node.value.isZero || !exponent.isOne) continue
    const relu = work.factors.find((f) => {
      const t = argumentOf(f.node, 'relu')
      return t === positive.node && f.exponent.sign > 0 && sameLabels(f, factor) && identicalOrder(positive.labels)
    })
    if (relu) return replace(work, [factor], [])
  }
  return false
}

const identicalOrder = (labels: readonly number[]) => labels.every((label, axis) => label === axis)

/** |u|^2k = u^2k, |u|·sign(u) = u, and u·sign(u) = |u|. */
function absoluteValues(context: Context, work: Product): boolean {
  for (const factor of work.factors) {
    const u = argumentOf(factor.node, 'abs')
    if (!u || !factor.exponent.isInteger) continue
    if (factor.exponent.numerator % 2n === 0n) return replace(work, [factor], [{ ...factor, node: u }])
    const sign = work.factors.find((f) => argumentOf(f.node, 'sign') === u && f.exponent.isOne && sameLabels(f, factor))
    if (sign && factor.exponent.isOne) return replace(work, [factor, sign], [{ ...factor, node: u }])
  }
  for (const sign of work.factors) {
    const u = argumentOf(sign.node, 'sign')
    if (!u || !sign.exponent.isOne) continue
    const factor = work.factors.find((f) => f.node === u && sameLabels(f, sign))
    if (!factor?.exponent.isInteger || factor.exponent.sign < 0) continue
    const value = elementwise(context, 'abs', u.axes, [{ value: scaled(u), labels: identity(u.axes.length) }])
    const rest = { ...factor, exponent: factor.exponent.subtract(Rational.ONE) }
    return replace(work, [factor, sign], [factorOf(work, value, factor.labels, Rational.ONE), rest])
  }
  return false
}

/**
 * Σi (c + x[i]) = n·c + Σi x[i]: what a summed sum does not vary with is counted, so that x − mean(x) sums to 0. Numbers stay
 * where they are.
 */
function constantAddends(context: Context, work: Product): boolean {
  const counts = carriers(work)
  for (const factor of work.factors) {
    const { node, labels, exponent } = factor
    if (node.kind !== 'sum' || !exponent.isOne) continue
    const own = labels.flatMap((label, axis) => (label >= work.rank && counts.get(label) === 1 ? [axis] : []))
    const [counted, others] = [[] as Summand[], [] as Summand[]]
    for (const term of node.terms) {
      const varies = own.every((axis) => term.labels.includes(axis)) || isOne(term.node)
      ;(varies ? others : counted).push(term)
    }
    if (counted.length === 0) continue
    const kept = identity(node.axes.length).filter((axis) => !own.includes(axis))
    const order = [...kept, ...own]
    const dimensions = order.map((axis) => node.axes[axis] as Dimension)
    const total = (coefficient: Rational, inner: Node, at: readonly Label[]): Summand => {
      const placed = at.map((axis) => order.indexOf(axis))
      return product(
        context,
        coefficient,
        [{ node: inner, labels: placed, exponent: Rational.ONE }],
        dimensions,
        kept.length,
      )
    }
    const rest = sum(context, node.axes, others)
    const terms = [
      ...counted.map((term) => total(term.coefficient, term.node, term.labels)),
      ...(others.length > 0 ? [total(rest.coefficient, rest.node, rest.labels)] : []),
    ]
    const value = sum(
      context,
      kept.map((axis) => node.axes[axis] as Dimension),
      terms,
    )
    const fresh = poweredFactors(
      context,
      value,
      kept.map((axis) => labels[axis] as Label),
      Rational.ONE,
    )
    work.factors = [...work.factors.filter((f) => f !== factor), ...fresh]
    removeLabels(work, new Set(own.map((axis) => labels[axis] as Label)))
    return true
  }
  return false
}

/** (u^2k)^e = |u|^2ke where e is no integer: the root of a square is an absolute value. */
function rootsOfSquares(context: Context, work: Product): boolean {
  for (const factor of work.factors) {
    const { node, exponent } = factor
    if (node.kind !== 'contraction' || exponent.isInteger || node.dimensions.length > node.rank) continue
    if (!node.factors.every((f) => f.exponent.isInteger && f.exponent.numerator % 2n === 0n)) continue
    const roots = node.factors.map((f) => {
      const { axes } = f.node
      const value = elementwise(context, 'abs', axes, [{ value: scaled(f.node), labels: identity(axes.length) }])
      const labels = value.labels.map((axis) => factor.labels[f.labels[axis] as Label] as Label)
      return { node: value.node, labels, exponent: f.exponent.multiply(exponent) }
    })
    return replace(work, [factor], roots)
  }
  return false
}

/** [c]·([c]·u + v) = [c]·(u + v): what a condition excludes it need not exclude twice. */
function gatesWithin(context: Context, work: Product): boolean {
  for (const gate of work.factors) {
    if (gate.node.kind !== 'indicator') continue
    for (const factor of work.factors) {
      const { node, labels, exponent } = factor
      if (node.kind !== 'sum' || !exponent.isOne) continue
      const at = gate.labels.map((label) => labels.indexOf(label))
      const terms = node.terms.map((term) => withoutGate(context, term, gate.node, at))
      if (terms.every((term, k) => term === node.terms[k])) continue
      const value = sum(context, node.axes, terms)
      work.factors = work.factors.flatMap((f) =>
        f === factor ? poweredFactors(context, value, labels, Rational.ONE) : [f],
      )
      return true
    }
  }
  return false
}

/** The term without the indicator over these axes of its sum, if it has it. */
function withoutGate(context: Context, term: Summand, indicator: Node, at: readonly Label[]): Summand {
  const { node, labels, coefficient } = term
  if (node.kind !== 'contraction') return term
  const inner = at.map((axis) => labels.indexOf(axis)).join()
  const rest = node.factors.filter((f) => f.node !== indicator || f.labels.join() !== inner)
  if (rest.length === node.factors.length) return term
  const value = product(context, coefficient, rest, node.dimensions, node.rank)
  return { ...value, labels: value.labels.map((axis) => labels[axis] as Label) }
}

/** Σk [k ≠ i] = n − 1, where k runs over n as i does and nothing else carries k. */
function countsOthers(context: Context, work: Product): boolean {
  const counts = carriers(work)
  for (const factor of work.factors) {
    const [condition] =
      factor.node.kind === 'indicator' && factor.node.conditions.length === 1 ? factor.node.conditions : []
    const [a, b] = condition?.terms ?? []
    if (condition?.relation !== 'ne' || condition.terms.length !== 2 || condition.offset.key !== '0' || !a || !b)
      continue
    if (a.coefficient.add(b.coefficient).key !== '0' || a.coefficient.value === undefined) continue
    const labels = factor.labels
    const k = labels.find((label) => label >= work.rank && counts.get(label) === 1)
    const [first, second] = labels.map((label) => work.dimensions[label] as Dimension)
    if (k === undefined || !first || !second || !first.equals(second)) continue
    const size = product(context, Rational.ONE, [], [first], 0)
    const others = sum(context, [], [size, scaled(context.graph.constant(1), Rational.MINUS_ONE)])
    work.factors = [...work.factors.filter((f) => f !== factor), ...poweredFactors(context, others, [], Rational.ONE)]
    removeLabels(work, new Set([k]))
    return true
  }
  return false
}

/**
 * Two reshapes p = i + m·j and p = k + m·l over one summed p say i = k and j = l; one alone over a summed p that nothing else
 * carries holds for exactly one p and is dropped.
 */
function joinedReshapes(context: Context, work: Product): boolean {
  const reshapes = work.factors.flatMap((factor) => {
    const parts = reshapeOf(factor, work)
    return parts ? [{ factor, ...parts }] : []
  })
  const counts = carriers(work)
  for (const [k, a] of reshapes.entries()) {
    if (a.whole < work.rank) continue
    if (counts.get(a.whole) === 1) return replace(work, [a.factor], [], a.whole)
    const b = reshapes.slice(k + 1).find((other) => other.whole === a.whole)
    if (!b || counts.get(a.whole) !== 2) continue
    if (!work.dimensions[a.inner]?.equals(work.dimensions[b.inner] as Dimension)) continue
    const units = [unit(context, work, a.inner, b.inner), unit(context, work, a.outer, b.outer)]
    return replace(work, [a.factor, b.factor], units, a.whole)
  }
  return false
}

/** The labels of an indicator p = i + m·j, where m is the dimension of i and p runs over m times that of j. */
export function reshapeOf(
  factor: Factor,
  work: { readonly dimensions: readonly Dimension[] },
): { whole: Label; inner: Label; outer: Label } | undefined {
  if (factor.node.kind !== 'indicator' || factor.node.conditions.length !== 1) return undefined
  const [condition] = factor.node.conditions
  if (condition?.relation !== 'eq' || condition.offset.key !== '0') return undefined
  if (condition.terms.length === 2) return diagonalReshape(factor, condition, work)
  if (condition.terms.length !== 3) return undefined
  const terms = condition.terms.map((t) => ({ label: factor.labels[t.axis] as Label, coefficient: t.coefficient }))
  for (const p of terms) {
    const sign = p.coefficient.value
    if (sign !== 1 && sign !== -1) continue
    const rest = terms
      .filter((t) => t !== p)
      .map((t) => ({ ...t, coefficient: t.coefficient.scale(Rational.of(-sign)) }))
    for (const [inner, outer] of [rest, [...rest].reverse()]) {
      if (!inner || !outer || inner.coefficient.key !== '1') continue
      const size = work.dimensions[inner.label] as Dimension
      if (!outer.coefficient.equals(size)) continue
      if (!work.dimensions[p.label]?.equals(size.multiply(work.dimensions[outer.label] as Dimension))) continue
      return { whole: p.label, inner: inner.label, outer: outer.label }
    }
  }
  return undefined
}

/** The same where i and j have been joined: p = (1 + m)·i, with p over m·m. */
function diagonalReshape(
  factor: Factor,
  { terms }: Condition,
  work: { readonly dimensions: readonly Dimension[] },
): { whole: Label; inner: Label; outer: Label } | undefined {
  for (const [p, i] of [terms, [...terms].reverse()]) {
    const sign = p?.coefficient.value
    if (!p || !i || (sign !== 1 && sign !== -1)) continue
    const [whole, inner] = [factor.labels[p.axis] as Label, factor.labels[i.axis] as Label]
    const size = work.dimensions[inner] as Dimension
    const steps = i.coefficient.scale(Rational.of(-sign))
    if (!steps.equals(size.add(Dimension.ONE)) || !work.dimensions[whole]?.equals(size.multiply(size))) continue
    return { whole, inner, outer: inner }
  }
  return undefined
}
