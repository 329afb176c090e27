/**
 * Repeated parts of a product as powers (notation.md §3, rule 2): in Σq Σr A[j,q] p[q] A[j,r] p[r] both parts are the
 * contraction C[j] = Σq A[j,q] p[q], so the product is C[j]²; beside C[j]^−2 it cancels.
 */
import type { Factor, Label } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { Context } from './context.ts'
import { type Product, product, removeLabels } from './product.ts'
import { ordered, signPower, symmetriesOfFactor } from './symmetry.ts'

/** Factors joined by summed labels. */
interface Part {
  readonly factors: Factor[]
  readonly summed: Set<Label>
}

/** Folds parts that occur twice, or that stand beside a power of themselves; says whether there were any. */
export function refold(context: Context, work: Product): boolean {
  const parts = partsOf(work)
  const powers = powersOf(work)
  const counts = new Map<string, number>()
  for (const part of parts) counts.set(signature(part.factors), (counts.get(signature(part.factors)) ?? 0) + 1)
  const folded = new Map<string, { factor: Factor; coefficient: Rational; parts: Part[] }>()
  for (const part of parts) {
    const known = signature(part.factors)
    if ((counts.get(known) ?? 0) < 2 && !powers.has(known)) continue
    const { factor, coefficient } = asFactor(context, work, part)
    const key = `${factor.node.id}[${factor.labels.join(',')}]`
    const same = folded.get(key)
    if (same) same.parts.push(part)
    else folded.set(key, { factor, coefficient, parts: [part] })
  }
  const gone = new Set<Factor>()
  const fresh: Factor[] = []
  for (const { factor, coefficient, parts: alike } of folded.values()) {
    const beside = work.factors.some(
      (f) => f.node === factor.node && !f.exponent.isOne && f.labels.join() === factor.labels.join(),
    )
    if (alike.length < 2 && !beside) continue
    for (const part of alike) for (const old of part.factors) gone.add(old)
    work.coefficient = work.coefficient.multiply(coefficient.power(alike.length))
    fresh.push({ ...factor, exponent: Rational.of(alike.length) })
  }
  if (fresh.length === 0) return false
  // The labels that the parts summed are left without a factor; they are not idle ones that count their dimension.
  const summed = new Set([...gone].flatMap((factor) => factor.labels).filter((label) => label >= work.rank))
  work.factors = [...work.factors.filter((factor) => !gone.has(factor)), ...fresh]
  removeLabels(work, summed)
  return true
}

/** The parts with labels that are outputs as well; those without are scalars, which the caller folds. */
function partsOf(work: Product): Part[] {
  const partOf = new Map<Label, Part>()
  const parts = new Set<Part>()
  for (const factor of work.factors) {
    const summed = factor.labels.filter((label) => label >= work.rank)
    if (summed.length === 0) continue
    const own: Part = { factors: [factor], summed: new Set(summed) }
    for (const part of new Set(summed.flatMap((label) => partOf.get(label) ?? []))) {
      own.factors.unshift(...part.factors)
      for (const label of part.summed) own.summed.add(label)
      parts.delete(part)
    }
    for (const label of own.summed) partOf.set(label, own)
    parts.add(own)
  }
  return [...parts].filter((part) => part.factors.some(({ labels }) => labels.some((label) => label < work.rank)))
}

/** The signatures of contractions that stand as a power. */
function powersOf(work: Product): Set<string> {
  const result = new Set<string>()
  for (const { node, exponent } of work.factors) {
    if (node.kind === 'contraction' && exponent.isInteger && !exponent.isOne) result.add(signature(node.factors))
  }
  return result
}

/** Equal for parts that may be the same contraction. */
function signature(factors: readonly Factor[]): string {
  return factors
    .map((factor) => `${factor.node.id}^${factor.exponent.key}`)
    .sort()
    .join(';')
}

/** A part as one factor over the outputs that it carries. */
function asFactor(context: Context, work: Product, part: Part): { factor: Factor; coefficient: Rational } {
  const outputs = [...new Set(part.factors.flatMap((factor) => factor.labels.filter((label) => label < work.rank)))]
  const order = [...outputs, ...part.summed]
  const place = new Map(order.map((label, k) => [label, k]))
  const value = product(
    context,
    Rational.ONE,
    part.factors.map((f) => ({ ...f, labels: f.labels.map((label) => place.get(label) as number) })),
    order.map((label) => work.dimensions[label] as (typeof work.dimensions)[number]),
    outputs.length,
  )
  const placed = value.labels.map((axis) => outputs[axis] as Label)
  const factor = { node: value.node, labels: placed, exponent: Rational.ONE }
  const { labels, sign } = ordered(symmetriesOfFactor(context, factor), placed)
  return { factor: { ...factor, labels }, coefficient: value.coefficient.multiply(signPower(sign, Rational.ONE)) }
}
