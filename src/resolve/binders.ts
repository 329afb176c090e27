/**
 * `sum[k](...)` and the other functions that reduce labels, run along one as `softmax[k](...)` does, or gather them into the
 * axes of a vector or matrix: `matrix[i,j](...)`.
 */
import { findFunction, functionNames, type LanguageFunction } from '../functions/index.ts'
import * as pointwise from '../functions/pointwise.ts'
import type { BinderNode } from '../syntax/tree.ts'
import type { Dimension } from '../tensor/dimension.ts'
import { Rational } from '../tensor/rational.ts'
import { type Restrictions, readConditions } from './conditions.ts'
import { type Axis, type Context, type Label, scalarShape, type Typed, typeOf, type Value } from './context.ts'
import type { Labels } from './labels.ts'
import { gathered } from './slices.ts'

/** `where[i<j](...)` has conditions on labels that others bind, and binds none. */
const isConditional = (node: BinderNode) => node.callee.name === 'where'

/** Before its operand is read: the labels of a reduction open a scope. */
export function enterBinder(context: Context, scope: Labels, node: BinderNode): void {
  const entry = isConditional(node) ? undefined : binderEntry(context, node)
  const names = new Set<string>()
  for (const { name, span } of node.labels) {
    if (names.has(name)) context.fail('TypeMismatch', { message: `the label ${name} stands twice here`, span })
    names.add(name)
  }
  const [only, ...more] = node.args
  if (only === undefined || more.length > 0 || node.named.length > 0) {
    const message = `${node.callee.name}[...] takes one operand in round brackets`
    context.fail('TypeMismatch', { message, span: node.span })
  }
  if (entry === undefined) return
  const axes = gatheredAxes(entry)
  if (axes !== undefined && node.labels.length !== axes) {
    const message = `${entry.name}[...] takes ${axes === 1 ? 'one label' : 'two labels'}, one for each axis`
    context.fail('TypeMismatch', { message, span: node.span })
  }
  if (entry.binder !== 'along') scope.open(node.labels)
}

export function leaveBinder(
  context: Context,
  scope: Labels,
  node: BinderNode,
  body: Typed,
  isDimension: (name: string) => boolean,
): Typed {
  const entry = isConditional(node) ? undefined : binderEntry(context, node)
  if (body.labels === undefined && body.shape.axes.length > 0) {
    const name = context.source(body.node)
    const isReduction = entry && entry.binder !== 'gather'
    const action = entry ? 'labels reduce what carries them' : 'conditions restrict what carries labels'
    context.fail('TypeMismatch', {
      message: `${context.source(node)}: ${name} ${context.describe(body.shape)}, and ${action}`,
      span: body.node.span,
      hint: isReduction ? `index it by labels, or write \`${entry.name}(${name})\`` : 'index it by labels',
    })
  }
  const restrictions = readConditions(context, scope, node.conditions, isDimension)
  if (entry === undefined) return restricted(context, node, body, restrictions)
  if (entry.binder === 'along') return along(context, scope, node, entry, body, restrictions)

  const bound = scope.close(node.labels)
  const united = context.unite(node, node.conditions.length > 0 ? restrictions.labels : [], body.labels ?? []) ?? []
  const kept = united.filter((label) => !bound.includes(label))
  const labels = kept.length === 0 ? undefined : kept
  if (entry.binder === 'gather') return gathered(context, node, body, kept, bound)
  return context.emit(node, typeOf(scalarShape, labels), (value) =>
    reduced(context, node, entry, value(body), kept, bound, restrictions),
  )
}

/** The body where the conditions hold and 0 elsewhere; what they exclude is never evaluated. */
function restricted(context: Context, node: BinderNode, body: Typed, restrictions: Restrictions): Typed {
  const labels = context.unite(node, restrictions.labels, body.labels ?? []) as readonly Label[]
  return context.emit(node, typeOf(scalarShape, labels), (value) => {
    const { g } = context
    const indicator = restrictions.indicator()
    if (indicator !== 'never') {
      const gate = { node: indicator, labels: restrictions.labels as readonly Axis[] }
      return pointwise.contract(g, value(body), [gate], new Map())
    }
    const axes = labels.map((label) => context.settle(label.dimension))
    return pointwise.single<Axis>(g.zero(axes), labels)
  })
}

/** The number of labels that become axes; undefined where none do. */
function gatheredAxes(entry: LanguageFunction): number | undefined {
  return entry.binder === 'gather' ? (entry.name === 'vector' ? 1 : 2) : undefined
}

/** Conditions that sums and means can keep: what they exclude is never evaluated. */
function reduced(
  context: Context,
  node: BinderNode,
  entry: LanguageFunction,
  body: Value,
  kept: readonly Label[],
  bound: readonly Label[],
  restrictions: Restrictions,
): Value {
  const { g } = context
  const sizes = (labels: readonly Label[]) =>
    new Map<Axis, Dimension>(labels.map((label) => [label, context.settle(label.dimension)]))
  const indicator = node.conditions.length === 0 ? undefined : restrictions.indicator()
  const isSum = entry.name === 'sum' || entry.name === 'norm2'
  if (indicator === 'never' && entry.name === 'mean') failEmpty(context, node)
  if (indicator === 'never' && isSum) return pointwise.single<Axis>(g.zero([...sizes(kept).values()]), kept)
  const extra =
    indicator === undefined || indicator === 'never'
      ? []
      : [{ node: indicator, labels: restrictions.labels as readonly Axis[] }]
  if (entry.name === 'sum') return pointwise.contract(g, body, extra, sizes(bound))
  if (entry.name === 'mean') {
    const total = pointwise.contract(g, body, extra, sizes(bound))
    const count = pointwise.contract(g, pointwise.number<Axis>(g, Rational.ONE), extra, sizes(bound))
    return pointwise.divide(g, total, count)
  }
  const masked = node.conditions.length === 0 ? body : excluding(context, node, entry.name, body, restrictions)
  const whole = pointwise.toNode(g, masked, sizes([...kept, ...bound]))
  const axes = bound.map((_, position) => kept.length + position)
  const result = { axes: [...sizes(kept).values()] }
  const made = entry.build(g, [whole], { args: [{ axes: whole.axes }], sizes: [], axes, result })
  return pointwise.single<Axis>(made, kept)
}

function failEmpty(context: Context, node: BinderNode): never {
  const message = `${context.source(node)} has no entry, since its condition never holds`
  context.fail('DomainError', { message, span: node.span })
}

/**
 * The body with what changes no result in the place of excluded entries, which are then never evaluated: 0 in sums, 1 in
 * products, −∞ among which the greatest is sought.
 */
function excluding(context: Context, node: BinderNode, name: string, body: Value, given: Restrictions): Value {
  const { g } = context
  const { labels } = given
  const holds = given.indicator()
  if (holds === 'never' && !['norm2', 'cumsum', 'prod'].includes(name)) {
    failEmpty(context, node)
  }
  const mask =
    holds === 'never'
      ? pointwise.number<Axis>(g, Rational.ZERO)
      : pointwise.single<Axis>(holds, labels as readonly Axis[])
  const infinity = () => pointwise.apply<Axis>(g, 'infinity', [])
  switch (name) {
    case 'norm2':
    case 'cumsum':
      return pointwise.multiply(g, mask, body)
    case 'prod':
      return pointwise.apply<Axis>(g, 'where', [mask, body, pointwise.number<Axis>(g, Rational.ONE)])
    case 'min':
      return pointwise.apply<Axis>(g, 'where', [mask, body, infinity()])
    default:
      return pointwise.apply<Axis>(g, 'where', [mask, body, pointwise.negate(g, infinity())])
  }
}

function along(
  context: Context,
  scope: Labels,
  node: BinderNode,
  entry: LanguageFunction,
  body: Typed,
  restrictions: Restrictions,
): Typed {
  const [identifier] = node.labels
  if (identifier === undefined || node.labels.length > 1) {
    return context.fail('TypeMismatch', { message: `${entry.name} runs along one label`, span: node.span })
  }
  const label = scope.find(identifier)
  const named = node.conditions.length > 0 ? restrictions.labels : []
  const labels = context.unite(node, body.labels ?? [], [label], named) as readonly Label[]
  return context.emit(node, typeOf(scalarShape, labels), (value) => {
    const axes = new Map<Axis, Dimension>(labels.map((each) => [each, context.settle(each.dimension)]))
    const operand = value(body)
    const kept = node.conditions.length === 0 ? operand : excluding(context, node, entry.name, operand, restrictions)
    const whole = pointwise.toNode(context.g, kept, axes)
    const shape = { axes: whole.axes }
    const call = { args: [shape], sizes: [], axes: [labels.indexOf(label)], result: shape }
    return pointwise.single<Axis>(entry.build(context.g, [whole], call), labels)
  })
}

/** The function of a binder. Fails for one that takes no labels, or not these conditions. */
function binderEntry(context: Context, node: BinderNode): LanguageFunction {
  const { name, span } = node.callee
  const entry = findFunction(name)?.whole
  if (entry?.binder === undefined) {
    const known = functionNames().filter((other) => findFunction(other)?.whole?.binder !== undefined)
    if (findFunction(name) === undefined) {
      const message = `there is no function ${name}`
      context.fail('UnknownFunction', { message, span, ...context.suggestion(name, span, known) })
    }
    const hint = `these do: ${known.join(' ')}`
    return context.fail('TypeMismatch', { message: `${name} does not take labels in brackets`, span, hint })
  }
  const [condition] = node.conditions
  if (condition !== undefined && (entry.binder === 'gather' || entry.name === 'prodexcept')) {
    const hint = 'reductions, `softmax`, `logsoftmax` and `cumsum` do'
    context.fail('TypeMismatch', { message: `${name} takes no conditions`, span: condition.span, hint })
  }
  return entry
}
