/**
 * Labels that number the same entries, p = i + m·j: factors are reshaped so that all of them use the same side, and the
 * result is reshaped where its axes are the other side. Nothing is multiplied by the indicator.
 */
import type { Dimension } from '../tensor/dimension.ts'
import { identity } from '../tensor/graph.ts'
import type { Label } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { Work } from './masks.ts'
import { type Lowering, multiply, plain } from './multiply.ts'
import { type Leaf, UNIT, viewOf } from './step.ts'
import { hasDiagonal, type Values } from './values.ts'

/** Labels `from` number the same entries as labels `to`; both run from the slowest to the fastest. */
export interface Regroup {
  readonly from: readonly Label[]
  readonly to: readonly Label[]
}

export function touches(leaf: Leaf, labels: readonly Label[]): boolean {
  return leaf.labels.some((label) => labels.includes(label))
}

export function covers(leaf: Leaf, labels: readonly Label[]): boolean {
  return labels.every((label) => leaf.labels.includes(label))
}

/** The leaf with each axis `whole` in several axes. */
export function splitLabel(
  values: Values,
  { value, labels }: Leaf,
  whole: Label,
  parts: readonly Label[],
  dimension: (label: Label) => Dimension,
): Leaf {
  if (!labels.includes(whole)) return { value, labels }
  const split = labels.flatMap((label) => (label === whole ? parts : [label]))
  return { value: values.reshape(value, identity(labels.length), split.map(dimension)), labels: split }
}

/** Gives every factor over the labels `from` the label `whole` in their place; each has all of them or none. */
export function mergeLabels(
  { values }: Lowering,
  works: readonly Work[],
  from: readonly Label[],
  whole: Label,
  dimension: (label: Label) => Dimension,
): Work[] {
  return works.map((work) => {
    return touches(work, from)
      ? regroup(values, plain(values, work, dimension), { from, to: [whole] }, dimension)
      : work
  })
}

/** Gives every factor the labels `to` in the place of `from`, which nothing but them and `to` speaks of. */
export function reshapeWorks(
  lowering: Lowering,
  works: readonly Work[],
  { from, to }: Regroup,
  needed: ReadonlySet<Label>,
  dimension: (label: Label) => Dimension,
): Work[] {
  const { values } = lowering
  const touched = works.filter((work) => touches(work, from))
  const rest = works.filter((work) => !touches(work, from))
  const outside = new Set([...needed, ...from, ...to, ...rest.flatMap((work) => work.labels)])
  const kept = [...new Set(touched.flatMap((work) => work.labels))].filter((label) => outside.has(label))
  const parts = touched.every((work) => covers(work, from))
    ? touched.map((work) => plain(values, work, dimension))
    : [multiply(lowering, touched, kept, dimension)]
  return [...rest, ...parts.map((part) => regroup(values, part, { from, to }, dimension))]
}

/** A factor without diagonals with labels `to` in the place of `from`; labels `from` that it lacks broadcast. */
function regroup(values: Values, part: Leaf, { from, to }: Regroup, dimension: (label: Label) => Dimension): Work {
  const before = part.labels.filter((label) => !from.includes(label))
  return { ...reshaped(values, part, [...before, ...from], [...before, ...to], dimension), exponent: Rational.ONE }
}

/** The entries of a value over the labels `from`, in their order, with the axes of labels `to`. */
function reshaped(
  values: Values,
  leaf: Leaf,
  from: readonly Label[],
  to: readonly Label[],
  dimension: (label: Label) => Dimension,
): Leaf {
  const view = viewOf(leaf, from, Rational.ONE)
  const isPlain = view.value !== UNIT && view.axes.every((axis) => axis >= 0) && !hasDiagonal(view)
  const axes = from.map(dimension)
  const value = isPlain ? view.value : values.materialise(view, axes, true).value
  const order = isPlain ? view.axes : identity(from.length)
  return { value: values.reshape(value, order, to.map(dimension)), labels: to }
}

/**
 * Multiplies factors over those labels of the output that they carry. Labels that regroups make are made from a dense
 * product over the labels `from`, together with all that are tied to them.
 */
export function multiplyRegrouped(
  lowering: Lowering,
  works: readonly Work[],
  output: readonly Label[],
  regroups: readonly Regroup[],
  dimension: (label: Label) => Dimension,
): Leaf {
  const { values } = lowering
  const carried = new Set(works.flatMap((work) => work.labels))
  const made = regroups.flatMap((one) => one.to)
  const from = regroups.flatMap((one) => one.from)
  const rest = [...new Set(output)].filter((label) => !made.includes(label))
  const kept = [...new Set([...from, ...rest])].filter((label) => carried.has(label))
  const leaf = multiply(lowering, works, kept, dimension)
  if (regroups.length === 0) return leaf
  const others = rest.filter((label) => carried.has(label) || from.includes(label))
  const position = (one: Regroup) => output.indexOf(one.to[0] ?? 0)
  const blocks = [...regroups, ...others.map((label) => ({ from: [label], to: [label] }))]
  blocks.sort((a, b) => position(a) - position(b))
  const [before, after] = [blocks.flatMap((block) => block.from), blocks.flatMap((block) => block.to)]
  return reshaped(values, leaf, before, after, dimension)
}
