/**
 * The compressed form of a simplified tensor: a sum of terms, each a scale, cores and a pattern, an einsum whose output may
 * repeat letters (`ab->iaib`): calculus.md §2, compression; architecture 7. Nothing is multiplied out.
 */
import { settle } from '../differentiate/accumulate.ts'
import type { Graph } from '../tensor/graph.ts'
import { identity } from '../tensor/graph.ts'
import type { Factor, Label, Node, Summand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { isDelta, type StructuredTerm } from '../tensor/structured.ts'

/**
 * The terms of a simplified node, axes in its order. Every factor is a core: its labels all occur in the output, where a
 * label that occurs twice is a unit tensor. The empty list is zero.
 */
export function compress(g: Graph, node: Node): StructuredTerm[] {
  return topTerms({ node, coefficient: Rational.ONE, labels: identity(node.axes.length) }).map((term) =>
    compressTerm(g, term.node, term.coefficient, term.labels, node),
  )
}

/** Sums that another result shares are opened as well, up to this many terms. */
const TERM_LIMIT = 64

/** The terms of a node that is a sum, perhaps under coefficients and permutations of axes, sums within sums included. */
function topTerms(root: Summand): Summand[] {
  let terms = [root]
  for (;;) {
    const opened = terms.flatMap((term) => inner(term) ?? [term])
    const isWorthwhile = opened.length <= Math.max(TERM_LIMIT, terms.length) || terms.length === 1
    if (!isWorthwhile || opened.every((term, k) => term === terms[k])) return terms
    terms = opened
  }
}

/** The terms of a summand that is a sum or a permuted node; undefined for others. */
function inner({ node, coefficient, labels }: Summand): Summand[] | undefined {
  const parts = node.kind === 'sum' ? node.terms : permuted(node)
  return parts?.map((part) => ({
    node: part.node,
    coefficient: coefficient.multiply(part.coefficient),
    labels: part.labels.map((axis) => labels[axis] as Label),
  }))
}

/** A contraction that only permutes the axes of its one factor. */
function permuted(node: Node): Summand[] | undefined {
  const [only] = node.kind === 'contraction' ? node.factors : []
  if (node.kind !== 'contraction' || node.factors.length !== 1 || !only?.exponent.isOne) return undefined
  const plain = only.labels.length === node.rank && node.dimensions.length === node.rank
  if (!plain || new Set(only.labels).size < node.rank) return undefined
  return [{ node: only.node, coefficient: Rational.ONE, labels: only.labels }]
}

function compressTerm(
  g: Graph,
  node: Node,
  coefficient: Rational,
  placed: readonly Label[],
  whole: Node,
): StructuredTerm {
  const rank = whole.axes.length
  const dimensions = [...whole.axes]
  const joined = identity(rank)
  let factors: readonly Factor[] = [{ node, labels: placed, exponent: Rational.ONE }]
  if (node.kind === 'contraction') {
    // Labels of the contraction's axes are those of the whole; its summed labels get new ones.
    const place = (label: Label) => (label < node.rank ? (placed[label] as Label) : label - node.rank + rank)
    dimensions.push(...node.dimensions.slice(node.rank))
    factors = node.factors.map((f) => ({ ...f, labels: f.labels.map(place) }))
  }
  const find = (label: Label): Label => {
    while (joined[label] !== undefined && joined[label] !== label) label = joined[label] as Label
    return label
  }
  const dense: Factor[] = []
  for (const factor of factors) {
    const [a, b] = factor.labels
    if (isDelta(factor.node) && a !== undefined && b !== undefined && a < rank && b < rank) {
      const [x, y] = [find(a), find(b)]
      joined[Math.max(x, y)] = Math.min(x, y)
    } else dense.push(factor)
  }
  // Joined labels are gone, or `settle` would count their dimension as that of an idle summed label.
  const kept = identity(dimensions.length).filter((label) => find(label) === label)
  const place = new Map(kept.map((label, k) => [label, k]))
  const relabel = (label: Label) => place.get(find(label)) as number
  const settled = settle(
    g,
    {
      coefficient,
      factors: dense.map((f) => ({ ...f, labels: f.labels.map(relabel) })),
      dimensions: kept.map((label) => dimensions[label] as (typeof dimensions)[number]),
      output: identity(rank).map(relabel),
    },
    true,
  )
  return { ...settled, factors: withScalarsFolded(g, withGatesInside(g, settled.factors)) }
}

/** Indicators multiply the cores over their labels, whose excluded entries must not be used; others are cores of their own. */
function withGatesInside(g: Graph, factors: readonly Factor[]): Factor[] {
  const gates = factors.filter((f) => f.node.kind === 'indicator')
  const used = new Set<Factor>()
  const cores = factors.filter((f) => f.node.kind !== 'indicator')
  const gated = cores.map((core): Factor => {
    const own = gates.filter((gate) => gate.labels.every((label) => core.labels.includes(label)))
    if (own.length === 0) return core
    for (const gate of own) used.add(gate)
    const inside = [...own, core].map((f) => ({ ...f, labels: f.labels.map((label) => core.labels.indexOf(label)) }))
    return { ...core, node: g.contraction(inside, core.node.axes, core.labels.length) }
  })
  return [...gates.filter((gate) => !used.has(gate)), ...gated]
}

/** Scalar cores multiply the first other core, so that a term stores one array where it can. */
function withScalarsFolded(g: Graph, cores: readonly Factor[]): Factor[] {
  const scalars = cores.filter((core) => core.labels.length === 0)
  const [host, ...others] = cores.filter((core) => core.labels.length > 0)
  if (!host || scalars.length === 0) return [...cores]
  const rank = host.labels.length
  const node = g.contraction(
    [...scalars, { ...host, labels: identity(rank) }].map((f) => ({ ...f, exponent: Rational.ONE })),
    host.node.axes,
    rank,
  )
  return [{ node, labels: host.labels, exponent: Rational.ONE }, ...others]
}

/**
 * Whether a tensor is smaller kept apart: some term repeats an output letter, or, from order 3 on, has several cores. (An outer
 * product of two vectors is an ordinary matrix.)
 */
export function isCompressed(terms: readonly StructuredTerm[]): boolean {
  return terms.some(({ output, factors }) => {
    const cores = factors.filter((f) => f.labels.length > 0)
    return new Set(output).size < output.length || (output.length > 2 && cores.length > 1)
  })
}
