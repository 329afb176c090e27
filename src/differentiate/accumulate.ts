/**
 * Bookkeeping of sums of structured terms while a derivative is built: terms are kept small (*settled*) and few (*merged*),
 * without multiplying a unit tensor or an outer product out.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import type { Factor, Label, Summand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { axesOf, type StructuredTerm, sumOfTerms, termOf } from '../tensor/structured.ts'

/** Beyond this many terms with different patterns a tensor is written as one node. */
const TERM_LIMIT = 24

/**
 * Folds the factors of a term into one node per set of labels: what summed labels connect is contracted, factors over the
 * same labels are multiplied, and with `absorb` factors over fewer labels as well (reverse and forward mode multiply at
 * once; cross-country waits). Indicators stay beside what they restrict, so that excluded entries are never used. Labels of
 * the result are numbered by first use in the output, and none is summed.
 */
export function settle(g: Graph, term: StructuredTerm, absorb: boolean): StructuredTerm {
  const kept = new Set(term.output)
  const carried = new Set(term.factors.flatMap((f) => f.labels))
  // A summed label that nothing carries counts its dimension.
  const idle = term.dimensions.filter((d, label) => !kept.has(label) && !carried.has(label) && d.key !== '1')
  const counts = idle.map((d): Factor => ({ node: g.dimension(d), labels: [], exponent: Rational.ONE }))
  const gates = term.factors.filter((f) => f.node.kind === 'indicator' && f.labels.every((label) => kept.has(label)))
  const rest = [...term.factors.filter((f) => !gates.includes(f)), ...counts]
  const groups = joinAlike(connect(rest, kept), absorb)
  const factors = [...gates, ...groups.map((group) => fold(g, term, group, gates))]
  const place = new Map<Label, number>()
  const dimensions: Dimension[] = []
  for (const label of term.output) {
    if (place.has(label)) continue
    place.set(label, dimensions.length)
    dimensions.push(term.dimensions[label] as Dimension)
  }
  const relabel = (label: Label) => place.get(label) as number
  return {
    coefficient: term.coefficient,
    factors: factors.map((f) => ({ ...f, labels: f.labels.map(relabel) })),
    dimensions,
    output: term.output.map(relabel),
  }
}

interface Group {
  /** The labels of the output among the group's. */
  labels: Set<Label>
  factors: Factor[]
}

/** Groups of factors that summed labels connect. */
function connect(factors: readonly Factor[], kept: ReadonlySet<Label>): Group[] {
  const groups: (Group & { summed: Set<Label> })[] = []
  for (const factor of factors) {
    const own = { labels: new Set<Label>(), summed: new Set<Label>(), factors: [factor] }
    for (const label of factor.labels) (kept.has(label) ? own.labels : own.summed).add(label)
    for (let k = groups.length - 1; k >= 0; k--) {
      const other = groups[k] as (typeof groups)[number]
      if (![...own.summed].some((label) => other.summed.has(label))) continue
      groups.splice(k, 1)
      own.factors.unshift(...other.factors)
      for (const label of other.labels) own.labels.add(label)
      for (const label of other.summed) own.summed.add(label)
    }
    groups.push(own)
  }
  return groups
}

function joinAlike(groups: readonly Group[], absorb: boolean): Group[] {
  const result: Group[] = []
  // Larger groups first, so that smaller ones find where to go.
  for (const group of [...groups].sort((a, b) => b.labels.size - a.labels.size)) {
    const host = result.find(
      (other) =>
        [...group.labels].every((label) => other.labels.has(label)) &&
        (group.labels.size === other.labels.size || (absorb && group.labels.size > 0)),
    )
    if (host) host.factors.push(...group.factors)
    else result.push({ labels: group.labels, factors: [...group.factors] })
  }
  return result
}

/** One node for a group: Σ over its summed labels, gated by the indicators over its labels. */
function fold(g: Graph, term: StructuredTerm, group: Group, gates: readonly Factor[]): Factor {
  const [only] = group.factors
  const labels = [...group.labels].sort((a, b) => a - b)
  if (
    group.factors.length === 1 &&
    only?.exponent.isOne &&
    only.labels.length === labels.length &&
    only.labels.every((label) => group.labels.has(label))
  )
    return only
  const gating = gates.filter((f) => f.labels.every((label) => group.labels.has(label)))
  const place = new Map(labels.map((label, k) => [label, k]))
  const dimensions: Dimension[] = labels.map((label) => term.dimensions[label] as Dimension)
  const relabel = (label: Label): number => {
    let known = place.get(label)
    if (known === undefined) {
      known = dimensions.length
      place.set(label, known)
      dimensions.push(term.dimensions[label] as Dimension)
    }
    return known
  }
  const factors = [...gating, ...group.factors].map((f) => ({ ...f, labels: f.labels.map(relabel) }))
  return { node: g.contraction(factors, dimensions, labels.length), labels, exponent: Rational.ONE }
}

/**
 * Adds up terms of equal axes, settled before. Terms of one pattern whose only dense part differs become one; with `flat`
 * (the derivative of a scalar: no axis of the output to keep apart) the dense part is all that is no indicator.
 */
export function merge(g: Graph, terms: readonly StructuredTerm[], flat: boolean): StructuredTerm[] {
  if (terms.length <= 1) return [...terms]
  const groups = new Map<string, { term: StructuredTerm; gates: Factor[]; cores: Summand[] }>()
  for (const term of terms) {
    const gates = term.factors.filter((f) => f.node.kind === 'indicator')
    const dense = term.factors.filter((f) => f.node.kind !== 'indicator')
    const wide = dense.filter((f) => f.labels.length > 0)
    const single = flat || wide.length <= 1
    const shape = flat ? '' : single ? [...(wide[0]?.labels ?? [])].sort((a, b) => a - b).join() : factorsKey(dense)
    const key = `${term.output.join()}|${gates
      .map((f) => `${f.node.id}[${f.labels}]`)
      .sort()
      .join()}|${shape}`
    const core = single ? coreOf(g, term, dense) : { node: g.constant(1), labels: [], coefficient: term.coefficient }
    const known = groups.get(key)
    if (known) known.cores.push(core)
    else groups.set(key, { term, gates, cores: [core] })
  }
  const merged = [...groups.values()].flatMap(({ term, gates, cores }): StructuredTerm[] => {
    if (cores.length === 1) return [term]
    const multiple = cores.every((c) => c.node.kind === 'constant')
    if (multiple) {
      const coefficient = cores.reduce((total, c) => total.add(c.coefficient), Rational.ZERO)
      return coefficient.isZero ? [] : [{ ...term, coefficient }]
    }
    const labels = [...new Set(cores.flatMap((c) => c.labels))].sort((a, b) => a - b)
    const place = new Map(labels.map((label, k) => [label, k]))
    const node = g.sum(
      labels.map((label) => term.dimensions[label] as Dimension),
      cores.map((c) => ({ ...c, labels: c.labels.map((label) => place.get(label) as number) })),
    )
    return [{ ...term, coefficient: Rational.ONE, factors: [...gates, { node, labels, exponent: Rational.ONE }] }]
  })
  if (merged.length <= TERM_LIMIT) return merged
  const [first] = merged as [StructuredTerm]
  return [termOf(sumOfTerms(g, axesOf(first), merged))]
}

function factorsKey(factors: readonly Factor[]): string {
  return factors
    .map((f) => `${f.node.id}^${f.exponent.key}[${f.labels}]`)
    .sort()
    .join()
}

/** The dense part of a term as one summand over its labels. */
function coreOf(g: Graph, term: StructuredTerm, factors: readonly Factor[]): Summand {
  const { coefficient } = term
  const [only] = factors
  if (!only) return { node: g.constant(1), labels: [], coefficient }
  if (factors.length === 1 && only.exponent.isOne && new Set(only.labels).size === only.labels.length) {
    return { node: only.node, labels: only.labels, coefficient }
  }
  const group = { labels: new Set(factors.flatMap((f) => f.labels)), factors: [...factors] }
  const folded = fold(g, term, group, [])
  return { node: folded.node, labels: folded.labels, coefficient }
}
