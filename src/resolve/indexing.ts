/** Brackets after an operand: labels make it a number at each index, numbers and `end` select, `:` keeps an axis. */
import type { ProblemPlace } from '../errors.ts'
import type { Shape } from '../functions/index.ts'
import * as pointwise from '../functions/pointwise.ts'
import type { IndexEntry, IndexNode } from '../syntax/tree.ts'
import { Dimension } from '../tensor/dimension.ts'
import type { NamedFactor } from '../tensor/graph.ts'
import type { Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { type Context, type Label, scalarShape, type Typed, typeOf } from './context.ts'
import type { Labels } from './labels.ts'
import { isSlice } from './slices.ts'

/** What an entry does to its axis. */
type Place =
  | { readonly kind: 'label'; readonly label: Label }
  | { readonly kind: 'all' }
  /** Counted from 0; undefined for the last. */
  | { readonly kind: 'at'; readonly position: number | undefined }

export function index(context: Context, scope: Labels, node: IndexNode, base: Typed): Typed {
  checkEntries(context, node, base)
  const places = node.entries.map((entry, axis) => readEntry(context, scope, node, base, entry, axis))
  const named = places.flatMap((place) => (place.kind === 'label' ? [place.label] : []))
  const labels = [...new Set([...(base.labels ?? []), ...named])]
  if (labels.length === 0) return select(context, node, base, places)

  return context.emit(node, typeOf(scalarShape, labels, base.fill), (value) => {
    const closed = pointwise.close(context.g, value(base))
    const all = closed.labels.map(
      (axis): Place => (typeof axis === 'number' ? (places[axis] as Place) : { kind: 'label', label: axis }),
    )
    if (all.length === labels.length && named.length === places.length) return { ...closed, labels }
    return { ...closed, node: selected(context, closed.node, all, labels), labels }
  })
}

/** Selection by numbers and `:` only, which gives an ordinary tensor. */
function select(context: Context, node: IndexNode, base: Typed, places: readonly Place[]): Typed {
  const axes = base.shape.axes.filter((_, axis) => places[axis]?.kind === 'all')
  if (axes.length === places.length) return context.as(base, { node })
  const isRowOfMatrix = places.length === 2 && axes.length === 1 && places[1]?.kind === 'all'
  const shape: Shape = isRowOfMatrix ? { axes, row: true } : { axes }
  return context.emit(node, typeOf(shape, undefined, base.fill), (value) => {
    const closed = pointwise.close(context.g, value(base))
    const labels = axes.map((_, position) => position)
    return { ...closed, node: selected(context, closed.node, places, []), labels }
  })
}

/** The node at these places: first the labels' axes, in their order, or those of `:`. */
function selected(context: Context, node: Node, places: readonly Place[], labels: readonly Label[]): Node {
  const { g } = context
  const selections: NamedFactor[] = []
  const output: string[] = labels.map((_, position) => `l${position}`)
  const names = places.map((place, axis) => {
    if (place.kind === 'label') return `l${labels.indexOf(place.label)}`
    const name = `a${axis}`
    if (place.kind === 'all') output.push(name)
    else selections.push([selection(context, node.axes[axis] as Dimension, place.position), [name]])
    return name
  })
  return g.contract(output, [[node, names], ...selections])
}

/** 1 at one index of an axis. */
function selection(context: Context, dimension: Dimension, position: number | undefined): Node {
  const place = position === undefined ? dimension.subtract(Dimension.ONE) : Dimension.constant(position)
  const terms = [{ axis: 0, coefficient: Dimension.ONE }]
  return context.g.indicator([dimension], [{ relation: 'eq', terms, offset: place.scale(Rational.MINUS_ONE) }])
}

function checkEntries(context: Context, node: IndexNode, base: Typed): void {
  const name = context.source(base.node)
  const order = base.shape.axes.length
  if (base.labels !== undefined && !isSlice(base)) {
    context.fail('TypeMismatch', {
      message: `${context.source(node)}: ${name} has its labels already and is a number at each index`,
      span: node.span,
    })
  }
  for (const entry of node.entries) refuseForeign(context, entry)
  if (order === 0) {
    context.fail('TypeMismatch', {
      message: `${context.source(node)}: ${name} is a scalar and has no index`,
      span: node.span,
    })
  }
  if (node.entries.length !== order) {
    const axes = order === 1 ? 'one axis' : `${order} axes`
    const indices = node.entries.length === 1 ? 'one index' : `${node.entries.length} indices`
    context.fail('ShapeMismatch', {
      message: `${context.source(node)}: ${name} has ${axes} but ${indices}`,
      span: node.span,
      hint: 'give one index for each axis; `:` keeps an axis',
    })
  }
  const all = node.entries.find(({ kind }) => kind === 'all')
  if (all !== undefined && (isSlice(base) || node.entries.some(({ kind }) => kind === 'label'))) {
    context.fail('TypeMismatch', {
      message: `${context.source(node)}: labels and \`:\` do not stand together`,
      span: all.span,
      hint: 'give this axis a label too',
    })
  }
}

/** What other notations put into brackets. */
function refuseForeign(context: Context, entry: IndexEntry): void {
  if (entry.kind === 'range') {
    context.fail('TypeMismatch', {
      message: 'a range is not part of index notation',
      span: entry.span,
      hint: 'select single indices, or restrict a sum by a condition, as in `sum[i: i<=3](x[i])`',
    })
  }
  if (entry.kind === 'other') {
    context.fail('TypeMismatch', {
      message: 'an index is a label, a whole number, `end` or `:`',
      span: entry.span,
      hint: 'shift a sum by a condition on two labels, as in `sum[j: j==i+1](x[j])`',
    })
  }
}

function readEntry(
  context: Context,
  scope: Labels,
  node: IndexNode,
  base: Typed,
  entry: IndexEntry,
  axis: number,
): Place {
  const dimension = base.shape.axes[axis] as Dimension
  if (entry.kind === 'label') {
    const label = scope.find(entry)
    useLabel(context, node, entry, label, dimension)
    return { kind: 'label', label }
  }
  if (entry.kind === 'number') {
    const size = context.settle(dimension).value
    if (!Number.isSafeInteger(entry.value) || entry.value < 1) {
      const message = `${context.source(node)}: \`${entry.text}\` is no index`
      context.fail('ShapeMismatch', { message, span: entry.span, hint: 'indices are whole numbers from 1 on' })
    }
    if (size !== undefined && entry.value > size) {
      const message = `${context.source(node)}: there is no index ${entry.value} on an axis of size ${size}`
      context.fail('ShapeMismatch', { message, span: entry.span })
    }
    context.requireLeast(dimension, entry.value, entry.span)
    return { kind: 'at', position: entry.value - 1 }
  }
  return entry.kind === 'end' ? { kind: 'at', position: undefined } : { kind: 'all' }
}

function counted(context: Context, name: string, { node, dimension }: NonNullable<Label['source']>): ProblemPlace {
  return { span: node.span, message: `${name} counts ${context.show(dimension)} in ${context.source(node)}` }
}

function useLabel(context: Context, node: IndexNode, entry: IndexEntry, label: Label, dimension: Dimension): void {
  const { name } = label
  context.equate(label.dimension, dimension, node, () => {
    const source = label.source
    if (source?.node === node) {
      const shown = `${context.show(source.dimension)} and ${context.show(dimension)}`
      return { message: `${context.source(node)}: ${name} stands for axes of sizes ${shown}`, span: entry.span }
    }
    const before =
      source === undefined ? '' : ` but ${context.show(source.dimension)} in ${context.source(source.node)}`
    return {
      message: `${context.source(node)}: ${name} counts ${context.show(dimension)} here${before}`,
      span: entry.span,
      ...(source && { places: [source, { node, dimension }].map((one) => counted(context, name, one)) }),
    }
  })
  label.source ??= { node, dimension }
}
