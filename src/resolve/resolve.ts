/**
 * Syntax tree to typed graph: names, types, dimensions and scopes are settled here, and all errors of meaning are found
 * here, in the user's names. Language: the design's expression language; every sentence of it has a test.
 */
import { EincalcError, type Problem, type Span } from '../errors.ts'
import { findFunction, type Shape } from '../functions/index.ts'
import * as pointwise from '../functions/pointwise.ts'
import type { IndexedBindStatement, Program, Statement, SyntaxNode } from '../syntax/tree.ts'
import { childrenOf } from '../syntax/walk.ts'
import type { Dimension } from '../tensor/dimension.ts'
import { Graph } from '../tensor/graph.ts'
import type { Node, Variable } from '../tensor/node.ts'
import { enterBinder, leaveBinder } from './binders.ts'
import { call, namedAlone, valueArguments } from './calls.ts'
import { literal } from './constants.ts'
import { type Axis, Context, type Label, scalarShape, type Typed, typeOf } from './context.ts'
import { index } from './indexing.ts'
import { Labels } from './labels.ts'
import { Names } from './names.ts'
import { binary, transpose, unary } from './operators.ts'
import { refuseSlices } from './slices.ts'

export interface ResolveOptions {
  /** The source text of the program, for messages. */
  readonly text: string
  /** Declared types by variable: `{ A: 'matrix(m,n)' }`. */
  readonly vars?: Readonly<Record<string, string>> | ReadonlyMap<string, string>
  /** Variables of differentiation. */
  readonly wrt?: readonly string[]
  /** The graph to make nodes in; a new one unless given. */
  readonly graph?: Graph
}

export interface ResolvedVariable {
  readonly node: Variable
  readonly shape: Shape
  readonly declared: boolean
  /** Its first use; absent where the program does not use it. */
  readonly span?: Span
}

export interface Resolved {
  readonly graph: Graph
  readonly result: { readonly node: Node; readonly shape: Shape }
  /** The name that the last statement binds. */
  readonly name?: string
  /** The labels of the result's axes where it was written in index notation. */
  readonly labels?: readonly string[]
  /** In order of declaration, then of first use. */
  readonly variables: ReadonlyMap<string, ResolvedVariable>
  /** What the other statements bind, in order. */
  readonly bindings: ReadonlyMap<string, { readonly node: Node; readonly shape: Shape }>
  /** The names of all dimensions of variables, and of sizes in the text. */
  readonly dimensionNames: readonly string[]
  /** Selections by number need these sizes at least, where they are not known yet: to be checked when they are. */
  readonly leastSizes: readonly { readonly dimension: Dimension; readonly least: number; readonly span: Span }[]
}

/** The program's meaning. Throws an `EincalcError` for the first problem. */
export function resolve(program: Program, options: ResolveOptions): Resolved {
  const { vars = {}, wrt = [], graph = new Graph() } = options
  const context = new Context(graph, options.text)
  const declarations = vars instanceof Map ? vars : Object.entries(vars)
  const names = new Names(context, declarations, wrt, program)

  let last: Outcome | undefined
  for (const [position, statement] of program.statements.entries()) {
    const isLast = position === program.statements.length - 1
    last = typeStatement(context, names, statement, isLast)
  }
  if (last === undefined) return context.fail('SyntaxError', { message: 'the expression is empty' })
  names.checkWrt()
  settleDimensions(context, names)

  const value = context.makeNodes()
  const made = ({ typed }: { readonly typed: Typed }) => ({
    node: context.nodeOf(value(typed)),
    shape: context.settleShape(typed.shape),
  })
  const variables = new Map<string, ResolvedVariable>()
  for (const { name, shape, facts, declared, span } of names.variables.values()) {
    const settled = context.settleShape(shape)
    const node = graph.variable(name, settled.axes, facts)
    variables.set(name, { node, shape: settled, declared, ...(span !== undefined && { span }) })
  }
  const sizes = [...variables.values()].flatMap(({ shape }) => shape.axes.flatMap((dimension) => dimension.names))
  return {
    graph,
    result: made(last),
    ...(last.name !== undefined && { name: last.name }),
    ...(last.labels !== undefined && { labels: last.labels }),
    variables,
    bindings: new Map([...names.bound].map(([name, typed]) => [name, made({ typed })])),
    dimensionNames: [...new Set([...names.dimensions, ...sizes])],
    leastSizes: context.leastSizes(),
  }
}

/** The same with problems as data. */
export function tryResolve(
  program: Program,
  options: ResolveOptions,
):
  | { readonly resolved: Resolved; readonly problems?: never }
  | { readonly resolved?: never; readonly problems: readonly Problem[] } {
  try {
    return { resolved: resolve(program, options) }
  } catch (error) {
    if (error instanceof EincalcError) return { problems: [error.problem] }
    throw error
  }
}

interface Outcome {
  readonly typed: Typed
  readonly name?: string
  readonly labels?: readonly string[]
}

/** Gives every dimension its value or its name. */
function settleDimensions(context: Context, names: Names): void {
  const contradiction = context.dimensions.solveOpen()
  if (contradiction !== undefined) {
    const { span, message } = contradiction
    context.fail('ShapeMismatch', { message: message(), ...(span !== undefined && { span }) })
  }
  names.settleSizes()
  const open = context.dimensions.unsettled()
  if (open !== undefined) {
    const { span, hint, message } = open
    const rest = { ...(hint !== undefined && { hint }), ...(span !== undefined && { span }) }
    context.fail('AmbiguousExpression', { message: message(), ...rest })
  }
}

function typeStatement(context: Context, names: Names, statement: Statement, isLast: boolean): Outcome {
  const scope = new Labels(context, statement)
  if (statement.kind === 'bindIndexed') return bindIndexed(context, names, scope, statement)
  const typed = typeExpression(context, names, scope, statement.value)
  refuseSlices(context, [typed])
  if (statement.kind === 'expression') {
    if (!isLast) {
      const hint = 'bind it to a name: `t = ...`'
      context.fail('SyntaxError', {
        message: 'only the last statement is a bare expression',
        span: statement.span,
        hint,
      })
    }
    return typed.labels === undefined ? { typed } : ordered(context, typed, typed.labels)
  }
  const { target } = statement
  if (typed.labels !== undefined) failFree(context, statement.value, typed.labels, target.name)
  const closed = bound(context, typed)
  names.bind(target, closed)
  return { typed: closed, name: target.name }
}

function bindIndexed(context: Context, names: Names, scope: Labels, statement: IndexedBindStatement): Outcome {
  const { target } = statement
  const labels: Label[] = []
  for (const identifier of statement.labels) {
    const label = scope.find(identifier)
    if (labels.includes(label)) {
      context.fail('TypeMismatch', {
        message: `the label ${identifier.name} stands twice on the left`,
        span: identifier.span,
        hint: 'a diagonal matrix is `diag(x)`',
      })
    }
    labels.push(label)
  }
  const typed = typeExpression(context, names, scope, statement.value)
  refuseSlices(context, [typed])
  if (typed.labels === undefined && typed.shape.axes.length > 0) {
    context.fail('TypeMismatch', {
      message: `${context.source(statement.value)} ${context.describe(typed.shape)}, without the labels that stand on the left`,
      span: statement.value.span,
      hint: `leave them out: \`${target.name} = ...\``,
    })
  }
  const free = (typed.labels ?? []).filter((label) => !labels.includes(label))
  if (free.length > 0) failFree(context, statement.value, free, target.name, labels)
  const outcome = ordered(context, typed, labels)
  names.bind(target, outcome.typed)
  return { ...outcome, name: target.name }
}

/** A labelled value as an ordinary tensor with its axes in this order. */
function ordered(context: Context, typed: Typed, labels: readonly Label[]): Outcome {
  const shape: Shape = { axes: labels.map(({ dimension }) => dimension) }
  const tensor = context.emit(typed.node, typeOf(shape, undefined, typed.fill), (value) => {
    const axes = new Map<Axis, Dimension>(labels.map((label) => [label, context.settle(label.dimension)]))
    const node = pointwise.toNode(context.g, value(typed), axes)
    return pointwise.single<Axis>(
      node,
      labels.map((_, position) => position),
    )
  })
  return { typed: tensor, labels: labels.map(({ name }) => name) }
}

/** A value that may be used more than once. */
function bound(context: Context, typed: Typed): Typed {
  const type = typeOf(typed.shape, undefined, typed.fill)
  return context.emit(typed.node, type, (value) => pointwise.close(context.g, value(typed)))
}

function failFree(
  context: Context,
  value: SyntaxNode,
  free: readonly Label[],
  target: string,
  labels: readonly Label[] = [],
): never {
  const names = free.map(({ name }) => name).join(',')
  const all = [...labels, ...free].map(({ name }) => name).join(',')
  return context.fail('TypeMismatch', {
    message: `${names} is free on the right and does not stand on the left`,
    span: value.span,
    hint: `write \`sum[${names}](...)\` to sum, or \`${target}[${all}] = ...\` to keep it`,
  })
}

/** Types an expression from below, with a stack of its own. */
function typeExpression(context: Context, names: Names, scope: Labels, root: SyntaxNode): Typed {
  const isDimension = (name: string) => names.dimensions.has(name)
  const isVariable = (name: string) => names.variables.has(name) || names.bound.has(name)
  const nodes: SyntaxNode[] = [root]
  const counts: number[] = [-1]
  const results: Typed[] = []

  const enter = (node: SyntaxNode): readonly SyntaxNode[] => {
    if (node.kind === 'call') return valueArguments(context, node, isVariable)
    if (node.kind === 'binder') {
      enterBinder(context, scope, node)
      return node.args
    }
    return node.kind === 'index' ? [node.base] : childrenOf(node)
  }
  const leave = (node: SyntaxNode, operands: readonly Typed[]): Typed => {
    const [first, second] = operands as readonly [Typed, Typed]
    if (node.kind !== 'call' && node.kind !== 'index') refuseSlices(context, operands)
    switch (node.kind) {
      case 'number':
        return number(context, node)
      case 'name': {
        const eye = isVariable(node.name) ? undefined : findFunction(node.name)?.whole
        if (eye !== undefined && eye.arity[0] === 0) return namedAlone(context, node, eye)
        return names.operand(node, (name) => scope.has(name))
      }
      case 'unary':
        return unary(context, node, first)
      case 'binary':
        return binary(context, node, first, second)
      case 'transpose':
        return transpose(context, node, first)
      case 'call':
        return call(context, node, operands)
      case 'binder':
        return leaveBinder(context, scope, node, first, isDimension)
      case 'index':
        return index(context, scope, node, first)
      case 'string':
        return context.fail('TypeMismatch', { message: 'a text is no operand', span: node.span })
      case 'error':
        return context.fail('SyntaxError', { message: 'this could not be read', span: node.span })
    }
  }
  while (nodes.length > 0) {
    const node = nodes.pop() as SyntaxNode
    const count = counts.pop() as number
    if (count >= 0) {
      results.push(leave(node, results.splice(results.length - count, count)))
      continue
    }
    const children = enter(node)
    nodes.push(node)
    counts.push(children.length)
    for (let position = children.length - 1; position >= 0; position--) {
      nodes.push(children[position] as SyntaxNode)
      counts.push(-1)
    }
  }
  return results[0] as Typed
}

function number(context: Context, node: SyntaxNode & { readonly kind: 'number' }): Typed {
  const fill = literal(node.text, node.value)
  if (fill === undefined) {
    const message = `${context.source(node)} is too small: it would be read as 0`
    return context.fail('DomainError', { message, span: node.span })
  }
  return context.emit(node, typeOf(scalarShape, undefined, fill), () => {
    throw new TypeError('a literal has an exact value')
  })
}
