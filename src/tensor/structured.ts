/**
 * Tensors kept as products with a pattern: the compressed form of derivatives (architecture: a derivative is a value of its
 * own), and the linear maps that differentiation composes.
 *
 * A term is coefficient · Σ Π node[labels]^exponent → output, where the output may repeat a label: a unit tensor between
 * two axes is the same letter twice, as in `ab->iaib`. Labels that the output lacks are summed. So no unit tensor is ever
 * multiplied out, and composing two terms joins letters.
 */
import type { Dimension } from './dimension.ts'
import { equalAxes, type Graph, identity } from './graph.ts'
import type { Factor, Label, Node } from './node.ts'
import { Rational } from './rational.ts'

export interface StructuredTerm {
  readonly coefficient: Rational
  readonly factors: readonly Factor[]
  /** The dimension of every label. */
  readonly dimensions: readonly Dimension[]
  /** The label of each axis; a label may occur more than once. */
  readonly output: readonly Label[]
}

/** The dimensions of the axes of a term. */
export function axesOf(term: StructuredTerm): Dimension[] {
  return term.output.map((label) => term.dimensions[label] as Dimension)
}

/** The unit tensor of order 2k over k axes: the derivative of a variable by itself. */
export function unitTensor(axes: readonly Dimension[]): StructuredTerm {
  const labels = identity(axes.length)
  return { coefficient: Rational.ONE, factors: [], dimensions: axes, output: [...labels, ...labels] }
}

/** A node as a term of its own. */
export function termOf(node: Node): StructuredTerm {
  const labels = identity(node.axes.length)
  const factors = [{ node, labels, exponent: Rational.ONE }]
  return { coefficient: Rational.ONE, factors, dimensions: node.axes, output: labels }
}

/** The contraction of the last `count` axes of `left` with the first `count` axes of `right`. */
export function compose(left: StructuredTerm, right: StructuredTerm, count: number): StructuredTerm {
  const offset = left.dimensions.length
  const parent = identity(offset + right.dimensions.length)
  const find = (label: number): number => {
    while (parent[label] !== label) {
      parent[label] = parent[parent[label] as number] as number
      label = parent[label] as number
    }
    return label
  }
  const start = left.output.length - count
  for (let k = 0; k < count; k++) {
    const a = find(left.output[start + k] as number)
    const b = find((right.output[k] as number) + offset)
    if (a !== b) parent[Math.max(a, b)] = Math.min(a, b)
  }
  const renumbered = new Map<number, number>()
  const dimensions: Dimension[] = []
  const relabel = (label: number): number => {
    const root = find(label)
    let known = renumbered.get(root)
    if (known === undefined) {
      known = dimensions.length
      renumbered.set(root, known)
      dimensions.push((root < offset ? left.dimensions[root] : right.dimensions[root - offset]) as Dimension)
    }
    return known
  }
  const output = [
    ...left.output.slice(0, start).map(relabel),
    ...right.output.slice(count).map((label) => relabel(label + offset)),
  ]
  const factors = [
    ...left.factors.map((f) => ({ ...f, labels: f.labels.map(relabel) })),
    ...right.factors.map((f) => ({ ...f, labels: f.labels.map((label) => relabel(label + offset)) })),
  ]
  // A label that neither output nor factors carry still counts its dimension in the sum.
  for (const label of parent.keys()) relabel(label)
  return { coefficient: left.coefficient.multiply(right.coefficient), factors, dimensions, output }
}

/** The term without its coefficient as one node, its repeated output labels written as unit tensors. */
export function toNode(g: Graph, term: StructuredTerm): Node {
  const rank = term.output.length
  const factors: Factor[] = []
  const target = new Map<Label, number>()
  const dimensions: Dimension[] = []
  for (const [axis, label] of term.output.entries()) {
    const dimension = term.dimensions[label] as Dimension
    dimensions.push(dimension)
    const first = target.get(label)
    if (first === undefined) target.set(label, axis)
    else factors.push({ node: g.delta(dimension), labels: [first, axis], exponent: Rational.ONE })
  }
  for (const [label, dimension] of term.dimensions.entries()) {
    if (target.has(label)) continue
    target.set(label, dimensions.length)
    dimensions.push(dimension)
  }
  for (const factor of term.factors)
    factors.push({ ...factor, labels: factor.labels.map((label) => target.get(label) as number) })
  const [only] = factors
  const isWhole =
    factors.length === 1 && dimensions.length === rank && only?.exponent.isOne && only.labels.every((l, p) => l === p)
  return isWhole && only && only.labels.length === rank ? only.node : g.contraction(factors, dimensions, rank)
}

/** The sum of terms as one node. `axes` serve when there are none. */
export function sumOfTerms(g: Graph, axes: readonly Dimension[], terms: readonly StructuredTerm[]): Node {
  const labels = identity(axes.length)
  const summands = terms.map((term) => ({ coefficient: term.coefficient, node: toNode(g, term), labels }))
  const [only] = summands
  return summands.length === 1 && only?.coefficient.isOne ? only.node : g.sum(axes, summands)
}

/** Whether an indicator is the plain unit tensor δ[i,j]. */
export function isDelta(node: Node): boolean {
  if (node.kind !== 'indicator' || node.axes.length !== 2 || node.conditions.length !== 1) return false
  const condition = node.conditions[0]
  const delta = equalAxes(0, 1)
  return (
    condition?.relation === 'eq' &&
    condition.offset.key === '0' &&
    condition.terms.length === 2 &&
    condition.terms.every(
      (t, k) => t.axis === delta.terms[k]?.axis && t.coefficient.key === delta.terms[k]?.coefficient.key,
    ) &&
    (node.axes[0]?.equals(node.axes[1] as Dimension) ?? false)
  )
}
