/**
 * Makes nodes, equal ones once (hash-consing): within a graph, identity is equality of structure.
 *
 * The constructors here keep what they are given, but for the order of terms that carries no meaning; rewriting is
 * `simplify/`'s. Every derivation has a graph of its own, so that memory ends with it.
 */
import { EincalcError } from '../errors.ts'
import { Dimension } from './dimension.ts'
import type {
  Condition,
  Constant,
  Contraction,
  ElementwiseMap,
  Factor,
  Facts,
  GeneralCall,
  Indicator,
  Node,
  Operand,
  Sum,
  Summand,
  Variable,
} from './node.ts'
import { Rational } from './rational.ts'

/** The most nodes one graph may hold (architecture: limits). */
export const NODE_LIMIT = 4_000_000

/** A label as a caller of `contract` likes to write it: a letter, a number, or anything comparable by identity. */
export type LabelName = string | number

/** A factor for `Graph.contract`: node, a label for each axis, and an exponent (1 unless given). */
export type NamedFactor = readonly [node: Node, labels: readonly LabelName[] | string, exponent?: Rational]

/** Omit that keeps the members of a union apart. */
type Fresh<T> = T extends Node ? Omit<T, 'id' | 'hash'> : never

export class Graph {
  readonly #nodes = new Map<string, Node>()

  /** The number of nodes made so far. */
  get size(): number {
    return this.#nodes.size
  }

  variable(name: string, axes: readonly Dimension[], facts: Facts = {}): Variable {
    const node: Fresh<Variable> = { kind: 'variable', name, axes, facts }
    return this.#intern(`v${name}|${facts.structure ?? ''}|${facts.sign ?? ''}`, '', node)
  }

  constant(value: Rational | number): Constant {
    const exact = typeof value === 'number' ? Rational.fromNumber(value) : value
    const node: Fresh<Constant> = { kind: 'constant', value: exact, axes: [] }
    return this.#intern(`c${exact.key}`, '', node)
  }

  /** The indicator of a conjunction of conditions over axes of these dimensions. */
  indicator(axes: readonly Dimension[], conditions: readonly Condition[]): Indicator {
    const sorted = [...new Map(conditions.map((c) => [conditionKey(c), c])).entries()].sort(([a], [b]) =>
      a < b ? -1 : 1,
    )
    const node: Fresh<Indicator> = { kind: 'indicator', axes, conditions: sorted.map(([, condition]) => condition) }
    return this.#intern(`i${sorted.map(([key]) => key).join('&')}`, '', node)
  }

  /** The unit tensor δ[i,j] over two axes of this dimension. */
  delta(dimension: Dimension): Indicator {
    return this.indicator([dimension, dimension], [equalAxes(0, 1)])
  }

  /** The ones tensor with these axes; without axes the number 1. */
  ones(axes: readonly Dimension[]): Contraction {
    return this.contraction([], axes, axes.length)
  }

  zero(axes: readonly Dimension[]): Sum {
    return this.sum(axes, [])
  }

  /** A dimension as a number, e.g. the n of sum(x)/n. */
  dimension(dimension: Dimension): Node {
    return dimension.value === undefined ? this.contraction([], [dimension], 0) : this.constant(dimension.value)
  }

  /** Σ over labels ≥ rank of Π factors; `dimensions` gives the dimension of every label. */
  contraction(factors: readonly Factor[], dimensions: readonly Dimension[], rank: number): Contraction {
    const node: Fresh<Contraction> = { kind: 'contraction', factors, dimensions, rank, axes: dimensions.slice(0, rank) }
    const shape = factors.map((f) => `${f.labels.join(',')}^${f.exponent.key}`).join(';')
    return this.#intern(`*${rank}|${dimensions.map((d) => d.key).join(',')}|${shape}`, ids(factors), node)
  }

  /**
   * A contraction in the manner of einsum: `contract('ik', [[A, 'ij'], [B, 'jk']])`. Labels that only the output has
   * (broadcasts), or that no factor has, take their dimension from `extra`.
   */
  contract(
    output: readonly LabelName[] | string,
    factors: readonly NamedFactor[],
    extra: ReadonlyMap<LabelName, Dimension> = new Map(),
  ): Contraction {
    const numbers = new Map<LabelName, number>()
    const dimensions: (Dimension | undefined)[] = []
    const labelOf = (name: LabelName): number => {
      let label = numbers.get(name)
      if (label === undefined) {
        label = dimensions.length
        numbers.set(name, label)
        dimensions.push(extra.get(name))
      }
      return label
    }
    for (const name of output) labelOf(name)
    const rank = dimensions.length
    const built = factors.map(([node, names, exponent]): Factor => {
      const labels = [...names].map(labelOf)
      for (const [axis, label] of labels.entries()) dimensions[label] ??= node.axes[axis]
      return { node, labels, exponent: exponent ?? Rational.ONE }
    })
    for (const name of extra.keys()) labelOf(name)
    const complete = dimensions.map((dimension) => {
      if (!dimension) throw new RangeError('contract: an output label has no dimension')
      return dimension
    })
    return this.contraction(built, complete, rank)
  }

  /** node with its axes reordered: axis p of the result is axis order[p] of the node. */
  permute(node: Node, order: readonly number[]): Node {
    if (order.every((axis, position) => axis === position)) return node
    const labels: number[] = []
    for (const [position, axis] of order.entries()) labels[axis] = position
    return this.contraction(
      [{ node, labels, exponent: Rational.ONE }],
      order.map((axis) => node.axes[axis] as Dimension),
      order.length,
    )
  }

  transpose(node: Node): Node {
    return this.permute(node, [1, 0])
  }

  sum(axes: readonly Dimension[], terms: readonly Summand[]): Sum {
    const node: Fresh<Sum> = { kind: 'sum', terms, axes }
    return this.#intern(
      `+${terms.map((t) => `${t.coefficient.key}:${t.labels.join(',')}`).join(';')}`,
      ids(terms),
      node,
    )
  }

  /** The sum of nodes of equal axes. */
  add(...nodes: readonly [Node, ...Node[]]): Sum {
    const axes = nodes[0].axes
    return this.sum(
      axes,
      nodes.map((node) => ({ node, labels: identity(axes.length), coefficient: Rational.ONE })),
    )
  }

  scale(coefficient: Rational | number, node: Node): Node {
    const exact = typeof coefficient === 'number' ? Rational.fromNumber(coefficient) : coefficient
    return exact.isOne ? node : this.sum(node.axes, [{ node, labels: identity(node.axes.length), coefficient: exact }])
  }

  /** node^exponent, elementwise. */
  power(node: Node, exponent: Rational | number): Node {
    const exact = typeof exponent === 'number' ? Rational.fromNumber(exponent) : exponent
    if (exact.isOne) return node
    return this.contraction(
      [{ node, labels: identity(node.axes.length), exponent: exact }],
      node.axes,
      node.axes.length,
    )
  }

  /** The elementwise product of nodes of equal axes; scalars scale. */
  multiply(...nodes: readonly Node[]): Node {
    const axes = nodes.find((node) => node.axes.length > 0)?.axes ?? []
    return this.contraction(
      nodes.map((node) => ({ node, labels: identity(node.axes.length), exponent: Rational.ONE })),
      axes,
      axes.length,
    )
  }

  map(name: string, axes: readonly Dimension[], args: readonly Operand[]): ElementwiseMap {
    const node: Fresh<ElementwiseMap> = { kind: 'map', name, args, axes }
    return this.#intern(`m${name}|${args.map((a) => a.labels.join(',')).join(';')}`, ids(args), node)
  }

  /** An elementwise function of nodes of equal axes; arguments of order 0 broadcast. */
  apply(name: string, ...args: readonly Node[]): ElementwiseMap {
    const axes = args.find((node) => node.axes.length > 0)?.axes ?? []
    return this.map(
      name,
      axes,
      args.map((node) => ({ node, labels: identity(node.axes.length) })),
    )
  }

  /** A general function with these batch axes and own result axes; see `GeneralCall` for the labels of arguments. */
  general(name: string, batch: readonly Dimension[], own: readonly Dimension[], args: readonly Operand[]): GeneralCall {
    const node: Fresh<GeneralCall> = { kind: 'general', name, args, batch: batch.length, axes: [...batch, ...own] }
    return this.#intern(`g${name}|${batch.length}|${args.map((a) => a.labels.join(',')).join(';')}`, ids(args), node)
  }

  /** A general function of whole nodes, without batch axes. */
  call(name: string, own: readonly Dimension[], ...args: readonly Node[]): GeneralCall {
    return this.general(
      name,
      [],
      own,
      args.map((node) => ({ node, labels: identity(node.axes.length) })),
    )
  }

  #intern<T extends Node>(shape: string, children: string, fresh: Fresh<T>): T {
    const axes = fresh.axes.map((d) => d.key).join(',')
    const key = `${shape}|${axes}|${children}`
    const known = this.#nodes.get(key)
    if (known) return known as T
    if (this.#nodes.size >= NODE_LIMIT) {
      throw new EincalcError({
        code: 'LimitExceeded',
        message: `the expression needs more than ${NODE_LIMIT} nodes`,
        hint: 'Differentiate a smaller expression, or fewer times.',
      })
    }
    const hash = contentHash(`${shape}|${axes}`, fresh as Node)
    const node = Object.freeze({ ...fresh, id: this.#nodes.size, hash }) as unknown as T
    this.#nodes.set(key, node)
    return node
  }
}

/** [0, 1, ..., length-1]. */
export function identity(length: number): number[] {
  const list: number[] = []
  for (let position = 0; position < length; position++) list.push(position)
  return list
}

/** All orders of 0 … length−1. */
export function permutations(length: number): number[][] {
  let all: number[][] = [[]]
  for (let k = 0; k < length; k++)
    all = all.flatMap((p) => identity(p.length + 1).map((at) => [...p.slice(0, at), k, ...p.slice(at)]))
  return all
}

/** The condition axis a = axis b. */
export function equalAxes(a: number, b: number): Condition {
  const minusOne = Dimension.constant(-1)
  return {
    relation: 'eq',
    terms: [
      { axis: a, coefficient: Dimension.ONE },
      { axis: b, coefficient: minusOne },
    ],
    offset: Dimension.ZERO,
  }
}

export function conditionKey({ relation, terms, offset }: Condition): string {
  return `${relation}:${terms.map((t) => `${t.axis}*(${t.coefficient.key})`).join('+')}+(${offset.key})`
}

function ids(list: readonly Operand[]): string {
  return list.map((operand) => operand.node.id).join(',')
}

/** 53 bits of a hash of the shape text and the operands' hashes, the same in every process. */
function contentHash(shape: string, node: Node): number {
  let low = 0x811c9dc5
  let high = 0x9e3779b9
  const mix = (value: number) => {
    low = Math.imul(low ^ value, 0x01000193)
    high = Math.imul(high ^ (value + (low >>> 15)), 0x85ebca6b)
    high ^= high >>> 13
  }
  for (let k = 0; k < shape.length; k++) mix(shape.charCodeAt(k))
  const list =
    node.kind === 'contraction' ? node.factors : node.kind === 'sum' ? node.terms : 'args' in node ? node.args : []
  for (const operand of list) {
    mix(operand.node.hash >>> 0)
    mix(Math.floor(operand.node.hash / 0x100000000))
  }
  return (high >>> 0) * 0x200000 + ((low >>> 0) & 0x1fffff)
}
