/** Calls of functions: what a name means for these arguments, which of them are sizes or texts, and the axis. */
import {
  type ElementwiseFunction,
  findFunction,
  functionNames,
  isDerivativeName,
  type LanguageFunction,
  type Shape,
  type TypedCall,
  type Typer,
} from '../functions/index.ts'
import * as pointwise from '../functions/pointwise.ts'
import { call as applyEntry } from '../functions/template.ts'
import type { CallNode, SyntaxNode } from '../syntax/tree.ts'
import type { Dimension } from '../tensor/dimension.ts'
import { align } from './align.ts'
import { applied } from './constants.ts'
import { type Axis, type Context, type Typed, typeOf } from './context.ts'
import { derivativeNode } from './derivatives.ts'
import { powerOf } from './operators.ts'
import { readSize } from './sizes.ts'
import { forEachSlice, isSlice, refuseSlices } from './slices.ts'

/** How one call is read. */
interface Reading {
  readonly entry: ElementwiseFunction | LanguageFunction
  /** The arguments that are expressions. */
  readonly values: readonly SyntaxNode[]
  readonly sizes: readonly SyntaxNode[]
  readonly text: SyntaxNode | undefined
  readonly axis: SyntaxNode | undefined
}

/** The arguments of a call that are expressions. Fails where the call fits no function. */
export function valueArguments(
  context: Context,
  node: CallNode,
  isVariable: (name: string) => boolean,
): readonly SyntaxNode[] {
  return read(context, node, isVariable).values
}

/** A call, given its typed arguments. */
export function call(context: Context, node: CallNode, args: readonly Typed[]): Typed {
  const reading = read(context, node, () => false)
  return 'derivatives' in reading.entry
    ? elementwiseCall(context, node, reading.entry, args)
    : wholeCall(context, node, reading.entry, reading, args)
}

/** A function without arguments, named alone: `eye`. */
export function namedAlone(context: Context, node: SyntaxNode, entry: LanguageFunction): Typed {
  return wholeCall(context, node, entry, { sizes: [], text: undefined, axis: undefined }, [])
}

function read(context: Context, node: CallNode, isVariable: (name: string) => boolean): Reading {
  const { name, span } = node.callee
  const found = findFunction(name)
  if (found === undefined) return failUnknown(context, node, isVariable(name))
  const { elementwise, whole } = found
  const [named, ...more] = node.named
  const wrong = more[0] ?? (named?.name.name === 'axis' ? undefined : named)
  if (wrong !== undefined) {
    context.fail('TypeMismatch', {
      message: `${name} has no argument \`${wrong.name.name}\`${more.length > 0 ? ' beside the axis' : ''}`,
      span: wrong.span,
      hint: usageHint(elementwise, whole),
    })
  }
  const asElementwise = named === undefined && elementwise?.parameters.length === node.args.length
  if (elementwise !== undefined && asElementwise) {
    return {
      entry: elementwise,
      values: checkedValues(context, node.args),
      sizes: [],
      text: undefined,
      axis: undefined,
    }
  }
  if (whole !== undefined) {
    const reading = readWhole(context, node, whole)
    if (reading !== undefined) return reading
  }
  const count = node.args.length === 1 ? 'one argument' : `${node.args.length} arguments`
  return context.fail('TypeMismatch', {
    message: `${name} is not called with ${count}${named === undefined ? '' : ' and an axis'}`,
    span: [span[0], node.span[1]],
    hint: usageHint(elementwise, whole),
  })
}

/** The arguments by what they are; undefined where their number does not fit. */
function readWhole(context: Context, node: CallNode, entry: LanguageFunction): Reading | undefined {
  const [least, most] = entry.arity
  const args = [...node.args]
  let axis = node.named[0]?.value
  if (axis === undefined && entry.axis === 'optional' && args.length === most + 1) axis = args.pop()
  if (args.length < least || args.length > most || (axis !== undefined && entry.axis === undefined)) return undefined

  const kind = (position: number) => entry.parameters[position] ?? entry.parameters.at(-1)
  const text = kind(0) === 'text' ? args[0] : undefined
  if (text !== undefined && text.kind !== 'string') {
    const message = `the first argument of ${entry.name} is a text in quotes`
    context.fail('TypeMismatch', { message, span: text.span, hint: entry.usage })
  }
  return {
    entry,
    values: checkedValues(
      context,
      args.filter((_, position) => kind(position) === 'value'),
    ),
    sizes: args.filter((_, position) => kind(position) === 'size'),
    text,
    axis,
  }
}

function checkedValues(context: Context, args: readonly SyntaxNode[]): readonly SyntaxNode[] {
  const text = args.find(({ kind }) => kind === 'string')
  if (text !== undefined) context.fail('TypeMismatch', { message: 'a text is no operand', span: text.span })
  return args
}

function elementwiseCall(context: Context, node: CallNode, entry: ElementwiseFunction, args: readonly Typed[]): Typed {
  refuseSlices(context, args)
  const [first, second] = args
  if (entry.name === 'pow' && first !== undefined && second !== undefined) return powerOf(context, node, first, second)
  const { shape, labels } = align(context, node, args)
  const fills = args.flatMap(({ fill }) => (fill === undefined ? [] : [fill]))
  const fill = fills.length === args.length ? applied(entry, fills) : undefined
  return context.emit(node, typeOf(shape, labels, fill), (value) => applyEntry<Axis>(context.g, entry, args.map(value)))
}

function wholeCall(
  context: Context,
  node: SyntaxNode,
  entry: LanguageFunction,
  reading: Pick<Reading, 'sizes' | 'text' | 'axis'>,
  args: readonly Typed[],
): Typed {
  const labelled = args.find((argument) => argument.labels !== undefined && !isSlice(argument))
  if (labelled !== undefined) failLabelled(context, node, entry, labelled)
  if (isDerivativeName(entry.name)) {
    refuseSlices(context, args)
    checkVariables(context, node, entry, args)
  }
  const carried = context.unite(node, ...args.map(({ labels }) => labels))
  const sizes = reading.sizes.map(readSize)
  const axis = reading.axis && readAxis(context, reading.axis)
  const call: TypedCall = {
    args: args.map(({ shape }) => shape),
    sizes,
    ...(reading.text?.kind === 'string' && { text: reading.text.value }),
    ...(axis !== undefined && { axes: [axis] }),
  }
  const shape = entry.type(typer(context, node, args, reading.text), call)
  const [only] = args
  const isInverse = entry.name === 'inv' || entry.name === 'solve' || entry.name === 'logdet'
  if (isInverse && only?.fill?.value === 0) context.failNotFinite(node)
  return context.emit(node, typeOf(shape, carried, fillOf(entry, args)), (value) => {
    const settled = {
      ...call,
      args: call.args.map((argument) => context.settleShape(argument)),
      result: context.settleShape(shape),
    }
    const free = carried ?? []
    const made = forEachSlice(context, args, free, value, (operands) =>
      isDerivativeName(entry.name)
        ? derivativeNode(context.g, entry.name, operands, sizes[0]?.value)
        : entry.build(context.g, operands, settled),
    )
    const labels = [...free, ...made.axes.slice(free.length).map((_, position) => position)]
    return made.kind === 'constant'
      ? pointwise.number<Axis>(context.g, made.value)
      : pointwise.single<Axis>(made, labels)
  })
}

/** There are derivatives by variables only. */
function checkVariables(context: Context, node: SyntaxNode, entry: LanguageFunction, args: readonly Typed[]): void {
  const count = entry.name === 'hessian' ? args.length : 2
  for (const { node: by } of args.slice(1, count)) {
    if (by.kind === 'name' && context.isVariable(by.name)) continue
    const name = context.source(by)
    const isBound = by.kind === 'name' && context.isBound(by.name)
    context.fail('NotDifferentiable', {
      message: `${context.source(node)}: ${isBound ? `${name} is bound to an expression` : `${name} is no variable`}`,
      span: by.span,
      hint: 'there are derivatives by variables only',
    })
  }
}

/** The one value of all entries, where the function makes such a tensor. */
function fillOf(entry: LanguageFunction, args: readonly Typed[]): Typed['fill'] {
  if (entry.name === 'ones') return { value: 1 }
  if (entry.name === 'zeros') return { value: 0 }
  return entry.name === 'vector' || entry.name === 'matrix' || entry.name === 'transpose' ? args[0]?.fill : undefined
}

/** An axis, written from 1 on, counted from 0. */
function readAxis(context: Context, node: SyntaxNode): number {
  if (node.kind === 'number' && Number.isInteger(node.value) && node.value >= 1) return node.value - 1
  return context.fail('TypeMismatch', {
    message: `${context.source(node)} is no axis`,
    span: node.span,
    hint: 'an axis is a whole number from 1 on',
  })
}

function typer(context: Context, node: SyntaxNode, args: readonly Typed[], text: SyntaxNode | undefined): Typer {
  const where = (argument?: number | 'text') => {
    if (argument === 'text') return text?.span ?? node.span
    return argument === undefined && args.length > 1 ? node.span : (args[argument ?? 0]?.node.span ?? node.span)
  }
  const prefixed = (message: string) => `${context.source(node)}: ${message}`
  /** The arguments that the message being written names. */
  let named = new Set<Typed>()
  return {
    fresh: () =>
      context.dimensions.fresh({
        span: node.span,
        message: () => `nothing says how large ${context.source(node)} is`,
        hint: 'give its size, as in `eye(n)` or `ones(m,n)`',
      }),
    settled: (dimension: Dimension) => context.settle(dimension),
    equate: (a, b, message, argument) =>
      context.equate(a, b, node, () => {
        named = new Set()
        const refusal = { message: prefixed(message()), span: where(argument) }
        return { ...refusal, ...context.places(...named) }
      }),
    name: (argument) => {
      const typed = args[argument]
      if (typed === undefined) return ''
      named.add(typed)
      return context.source(typed.node)
    },
    describe: (shape: Shape) => context.describe(shape),
    show: (dimension: Dimension) => context.show(dimension),
    fail: (code, message, hint, argument) =>
      context.fail(code, { message: prefixed(message), span: where(argument), ...(hint !== undefined && { hint }) }),
  }
}

function failLabelled(context: Context, node: SyntaxNode, entry: LanguageFunction, argument: Typed): never {
  const [label] = argument.labels ?? []
  const name = context.source(argument.node)
  const hint =
    entry.binder === undefined
      ? `give it the whole operand, without labels, or gather labels into one: \`${entry.name}(matrix[i,j](...))\``
      : `write \`${entry.name}[${label?.name}](${name})\``
  return context.fail('TypeMismatch', {
    message: `${context.source(node)}: ${name} is a number at each index, and ${entry.name} takes whole operands`,
    span: argument.node.span,
    hint,
  })
}

function failUnknown(context: Context, node: CallNode, isVariable: boolean): never {
  const { name, span } = node.callee
  const suggestion = context.suggestion(name, span, functionNames())
  const hint = isVariable ? `a product is written \`${name}*(...)\`, an index \`${name}[...]\`` : suggestion.hint
  return context.fail('UnknownFunction', {
    message: isVariable ? `${name} is a variable, not a function` : `there is no function ${name}`,
    span,
    ...(isVariable ? {} : suggestion),
    ...(hint !== undefined && { hint }),
  })
}

function usageHint(elementwise: ElementwiseFunction | undefined, whole: LanguageFunction | undefined): string {
  return `it is called as ${(whole ?? elementwise)?.usage}`
}
