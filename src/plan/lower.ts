/** Lowers nodes to values: each node becomes a view of a value, so that scalings, transposes and broadcasts cost nothing. */
import { exclusionOf, type Mask } from '../simplify/index.ts'
import type { Dimension } from '../tensor/dimension.ts'
import { identity } from '../tensor/graph.ts'
import { type ElementwiseMap, type GeneralCall, type Node, operands, type Sum } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { StructuredTerm } from '../tensor/structured.ts'
import type { Work } from './masks.ts'
import { formInverse, type Lowering, multiply } from './multiply.ts'
import { lowerProduct, prepare } from './product.ts'
import { multiplyRegrouped } from './reshape.ts'
import { type Leaf, UNIT, type View, viewOf } from './step.ts'
import { hasDiagonal } from './values.ts'

/** Exact coefficients longer than this many characters are multiplied into their value. */
const LONGEST_COEFFICIENT = 48

/** The view of a node whose operands have views. */
export function lowerNode(lowering: Lowering, node: Node): View {
  const view = lower(lowering, node)
  if (view.coefficient.key.length <= LONGEST_COEFFICIENT) return view
  return denseView(lowering.values.materialise(view, node.axes, false), node.axes.length)
}

function lower(lowering: Lowering, node: Node): View {
  switch (node.kind) {
    case 'variable':
      return plainView(lowering.values.input(node.name, node.axes, node.facts), node.axes.length)
    case 'constant':
      return { value: UNIT, axes: [], coefficient: node.value }
    case 'indicator': {
      const labels = identity(node.axes.length)
      const factors = [{ node, labels, exponent: Rational.ONE }]
      return lowerProduct(lowering, { coefficient: Rational.ONE, factors, dimensions: node.axes, output: labels })
    }
    case 'contraction': {
      const { factors, dimensions, rank } = node
      return lowerProduct(lowering, { coefficient: Rational.ONE, factors, dimensions, output: identity(rank) })
    }
    case 'sum':
      return lowerSum(lowering, node)
    case 'map':
      return lowerMap(lowering, node)
    case 'general':
      return lowerGeneral(lowering, node)
  }
}

function plainView(value: number, rank: number): View {
  return { value, axes: identity(rank), coefficient: Rational.ONE }
}

/** The view of a dense value whose axes are these axes of the node. */
function denseView(leaf: Leaf, rank: number): View {
  return viewOf(leaf, identity(rank), Rational.ONE)
}

function viewed({ views }: Lowering, node: Node): View {
  const view = views.get(node)
  if (!view) throw new RangeError('an operand has not been lowered')
  return view
}

function lowerSum(lowering: Lowering, node: Sum): View {
  const rank = node.axes.length
  const terms = node.terms.map(({ node: term, labels, coefficient }): View => {
    const view = viewed(lowering, term)
    const axes: number[] = []
    for (let axis = 0; axis < rank; axis++) axes.push(-1 - axis)
    // Broadcast axes of the operand are renamed past those that the sum itself broadcasts.
    for (const [position, axis] of view.axes.entries()) axes[labels[position] as number] = axis < 0 ? axis - rank : axis
    return { value: view.value, axes, coefficient: view.coefficient.multiply(coefficient) }
  })
  return addViews(lowering, terms, node.axes)
}

/** The sum of views over the same axes. Diagonals that all of them have stay implicit. */
export function addViews({ values }: Lowering, views: readonly View[], axes: readonly Dimension[]): View {
  const terms = collect(views)
  const [only] = terms
  if (!only) return { value: UNIT, axes: axes.map((_, axis) => -1 - axis), coefficient: Rational.ZERO }
  if (terms.length === 1) return only

  // first[p] is the first axis on whose diagonal with p all terms lie.
  const first = terms.some((term) => !hasDiagonal(term))
    ? identity(axes.length)
    : axes.map((_, p) => axes.findIndex((_, q) => terms.every((term) => term.axes[q] === term.axes[p])))
  const leaders = [...new Set(first)]
  const isWhole = leaders.length === axes.length
  const folded = isWhole ? terms : terms.map((term) => ({ ...term, axes: leaders.map((axis) => term.axes[axis] ?? 0) }))
  const foldedAxes = isWhole ? axes : leaders.map((axis) => axes[axis] as Dimension)
  const unfold = (leaf: Leaf, coefficient: Rational): View =>
    viewOf({ ...leaf, labels: leaf.labels.map((k) => leaders[k] ?? 0) }, first, coefficient)
  if (folded.some(hasDiagonal)) {
    const value = values.expand(folded, foldedAxes)
    return unfold({ value, labels: identity(leaders.length) }, Rational.ONE)
  }
  const common = commonFactor(folded.map((term) => term.coefficient))
  const carried = new Uint8Array(leaders.length)
  const summands = folded.map((term) => {
    const labels: number[] = []
    for (const [position, axis] of term.axes.entries()) {
      if (axis < 0) continue
      labels[axis] = position
      carried[position] = 1
    }
    const coefficient = common.isOne ? term.coefficient : term.coefficient.divide(common)
    return { coefficient, leaf: { value: term.value, labels } }
  })
  const output = identity(leaders.length).filter((label) => carried[label])
  const { leaf, sign } = values.sum(summands, output, (label) => foldedAxes[label] as Dimension)
  return unfold(leaf, common.multiply(sign))
}

/** Adds the coefficients of equal views; views with the coefficient 0 go. */
function collect(views: readonly View[]): readonly View[] {
  const isAlone = ({ value, coefficient }: View, k: number) => {
    return !coefficient.isZero && views.findIndex((other) => other.value === value) === k
  }
  if (views.length <= 8 && views.every(isAlone)) return views
  const byKey = new Map<string, View>()
  for (const view of views) {
    const first = view.axes.map((axis) => (axis < 0 ? `b${view.axes.indexOf(axis)}` : axis))
    const key = `${view.value}:${first.join()}`
    const known = byKey.get(key)
    byKey.set(key, known ? { ...view, coefficient: known.coefficient.add(view.coefficient) } : view)
  }
  return [...byKey.values()].filter((view) => !view.coefficient.isZero)
}

/** The magnitude that all coefficients share, negative where all are; otherwise 1. */
function commonFactor(coefficients: readonly Rational[]): Rational {
  const [first] = coefficients
  if (!first || !coefficients.every((c) => c.absolute().equals(first.absolute()))) return Rational.ONE
  return coefficients.every((c) => c.sign < 0) ? first : first.absolute()
}

function lowerMap(lowering: Lowering, node: ElementwiseMap): View {
  const { values } = lowering
  const args = node.args.map(({ node: arg, labels }) => {
    let view = viewed(lowering, arg)
    if (hasDiagonal(view)) view = denseView(values.materialise(view, arg.axes, false), arg.axes.length)
    const own: number[] = []
    for (const [position, axis] of view.axes.entries()) if (axis >= 0) own[axis] = labels[position] ?? 0
    return { coefficient: view.coefficient, leaf: { value: view.value, labels: own } }
  })
  const carried = new Set(args.flatMap(({ leaf }) => leaf.labels))
  const output = identity(node.axes.length).filter((label) => carried.has(label))
  const leaf = values.apply(node.name, args, output, (label) => node.axes[label] as Dimension)
  return viewOf(leaf, identity(node.axes.length), Rational.ONE)
}

function lowerGeneral(lowering: Lowering, node: GeneralCall): View {
  const { values } = lowering
  const isInverse = node.name === 'inv' && node.batch === 0
  if (isInverse && !lowering.inverses.has(node)) {
    // Every use solves with the argument or forms the inverse itself: see `product.ts`.
    return { value: UNIT, axes: [-1, -2], coefficient: Rational.ONE }
  }
  const args = node.args.map(({ node: arg, labels }): Leaf => {
    const leaf = values.materialise(viewed(lowering, arg), arg.axes, false)
    return { value: leaf.value, labels: leaf.labels.map((axis) => labels[axis] ?? 0) }
  })
  const [matrix] = args
  if (isInverse && matrix) return denseView({ value: formInverse(values, matrix.value), labels: matrix.labels }, 2)
  return plainView(values.call(node.name, args, node.batch, node.axes, isOverSome(lowering, node)), node.axes.length)
}

/**
 * Whether conditions leave a function finite entries at every index of the batch: where they leave none, the greatest of them
 * is −∞. Undefined where it has no conditions.
 */
function isOverSome({ values, views }: Lowering, node: GeneralCall): boolean | undefined {
  const excluded = exclusionOf(node)
  if (!excluded) return undefined
  const view = views.get(excluded.body.node)
  const [mask, ...more] = excluded.masks
  const holds = mask !== undefined && more.length === 0 && holdsSomewhere(node, mask)
  return holds && view !== undefined && values.isFinite(view.value)
}

/** Whether one condition, j ≤ i or i ≤ j + c of labels over one dimension, holds for some index of the own axes. */
function holdsSomewhere({ batch }: GeneralCall, { node, labels }: Mask): boolean {
  if (node.kind !== 'indicator' || node.conditions.length > 1) return false
  return node.conditions.every(({ relation, terms, offset }) => {
    const own = terms.filter(({ axis }) => (labels[axis] as number) >= batch)
    const [term, ...more] = own
    const [other, ...others] = terms.filter(({ axis }) => (labels[axis] as number) < batch)
    if (relation !== 'le' || !term || more.length > 0 || others.length > 0) return false
    if (!(Number(offset.value) <= 0)) return false
    // The first index fulfils j ≤ i; the last fulfils i ≤ j, where both run as far.
    const isAtMost = term.coefficient.key === '1' && (!other || other.coefficient.key === '-1')
    const isAtLeast = term.coefficient.key === '-1' && other?.coefficient.key === '1'
    const sizes = [term, other].map((each) => each && node.axes[each.axis]?.key)
    return isAtMost || (isAtLeast && sizes[0] === sizes[1])
  })
}

/** Inverses with a use that needs the matrix: anything but a product over one of its axes. */
export function neededInverses(
  roots: readonly Node[],
  order: readonly Node[],
  terms: readonly StructuredTerm[],
): Set<Node> {
  const needed = new Set<Node>(roots.filter(isInverseCall))
  for (const node of order) {
    if (node.kind === 'contraction') {
      mark(needed, node.factors, (label) => label < node.rank)
    } else {
      for (const operand of operands(node)) if (isInverseCall(operand.node)) needed.add(operand.node)
    }
  }
  for (const term of terms) mark(needed, term.factors, (label) => term.output.includes(label))
  return needed
}

function mark(needed: Set<Node>, factors: StructuredTerm['factors'], isOutput: (label: number) => boolean): void {
  for (const factor of factors) {
    if (!isInverseCall(factor.node)) continue
    const isSummed = (label: number) =>
      !isOutput(label) &&
      factors.some((other) => other !== factor && other.node.kind !== 'indicator' && other.labels.includes(label))
    const distinct = factor.labels[0] !== factor.labels[1]
    if (!factor.exponent.isOne || !distinct || !factor.labels.some(isSummed)) needed.add(factor.node)
  }
}

function isInverseCall(node: Node): boolean {
  return node.kind === 'general' && node.name === 'inv' && node.batch === 0
}

/** One core of a compressed term: a view over distinct output labels. */
export interface LoweredTerm {
  readonly coefficient: Rational
  readonly cores: readonly Leaf[]
  readonly output: readonly number[]
  readonly dimensions: ReadonlyMap<number, Dimension>
}

/**
 * A structured term as its cores. Factors that share a summed label are one core; two cores are multiplied only where
 * the labels of one include those of the other, so that no core is larger than what it is made of.
 */
export function lowerTerm(lowering: Lowering, term: StructuredTerm): LoweredTerm {
  const prepared = prepare(lowering, term)
  const { works, output, regroups, dimension } = prepared
  const tied = regroups.flatMap((regroup) => regroup.from)
  const isTied = (group: readonly Work[]) => group.some((work) => work.labels.some((label) => tied.includes(label)))
  const groups = connected(works, (label) => !output.includes(label) && !tied.includes(label))
  let cores = groups.flatMap((group) => {
    return isTied(group) ? [] : [multiplyRegrouped(lowering, group, output, [], dimension)]
  })
  if (regroups.length > 0) {
    cores.push(multiplyRegrouped(lowering, groups.filter(isTied).flat(), output, regroups, dimension))
  }
  cores = cores.filter((core) => core.value !== UNIT).sort((a, b) => b.labels.length - a.labels.length)
  const merged: Leaf[][] = []
  for (const core of cores) {
    const into = merged.find(([largest]) => largest && core.labels.every((label) => largest.labels.includes(label)))
    if (into) into.push(core)
    else merged.push([core])
  }
  const multiplied = merged.map((group) => {
    const factors = group.map((core): Work => ({ ...core, exponent: Rational.ONE }))
    return group.length === 1 && group[0] ? group[0] : multiply(lowering, factors, group[0]?.labels ?? [], dimension)
  })
  const dimensions = new Map(output.map((label) => [label, dimension(label)]))
  return { coefficient: prepared.coefficient, cores: multiplied, output, dimensions }
}

/** Works in groups that share labels for which `joins` holds. */
function connected(works: readonly Work[], joins: (label: number) => boolean): Work[][] {
  let groups: Work[][] = []
  for (const work of works) {
    const shares = (other: Work) => other.labels.some((label) => joins(label) && work.labels.includes(label))
    const touched = groups.filter((group) => group.some(shares))
    groups = [...groups.filter((group) => !touched.includes(group)), [...touched.flat(), work]]
  }
  return groups
}
