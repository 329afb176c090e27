/**
 * Emits an ONNX model: the graph of value and derivatives as a file, and the same in the textual form of ONNX to be read.
 * Arguments are checked by nodes that fail under a name that says what is wrong.
 */
import { EincalcError } from '../../errors.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import { type ParameterCheck, planChecks } from '../shared/checks.ts'
import { dimensionText } from '../shared/dimensions.ts'
import { commentText } from '../shared/identifiers.ts'
import { type Emitter, factsText, type PreparedProgram, prepareProgram, sizeParameters } from '../shared/program.ts'
import { type Statement, traceOf } from '../shared/trace.ts'
import { Builder, type Value } from './builder.ts'
import { encodeModel, type OnnxModel, type OnnxNode, type OnnxValue } from './model.ts'
import { Steps } from './steps.ts'
import { modelText, nodeText } from './text.ts'

const options = {
  title: 'ONNX',
  /** Words of the textual form. */
  reserved: new Set(
    `float double float16 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool string complex64 complex128 seq map
    optional sparse_tensor tensor true false inf nan infinity`.split(/\s+/),
  ),
  unicode: false,
  letterFirst: true,
  longest: 1000,
  locals: [],
  fuse: 24,
}

/** The model. Throws `BadRequest` for functions that ONNX lacks, and for derivatives that stay compressed. */
export const emitOnnx: Emitter = (request) => {
  if (request.outputs.some(({ result }) => result.kind === 'terms' && result.compressed)) {
    throw new EincalcError({
      code: 'BadRequest',
      message: 'onnx returns whole tensors, not the cores of compressed derivatives',
      hint: 'Leave out --compressed.',
    })
  }
  const prepared = prepareProgram(request, options)
  const { parameters, planned, outputs, dimensions, identifiers, functionName, precision } = prepared
  const type = precision === 'float32' ? 'float' : 'double'
  const b = new Builder(identifiers, type)
  const used = new Set(
    [...parameters.flatMap(({ axes }) => axes), ...planned.steps.flatMap(allDimensions)].flatMap((d) => d.names),
  )
  const { checks, untold } = planChecks(parameters, used)
  const sizes = sizeParameters(prepared, untold)
  const known = new Map<string, Value>()
  for (const { name, identifier } of sizes) known.set(name, b.node('Reshape', [identifier, b.ints([1])]))
  const inputs = new Map(parameters.map(({ name, identifier }) => [name, identifier]))
  const arguments_ = new Steps(b, [], inputs, known)
  for (const check of checks) inputs.set(check.parameter.name, checked(b, check, arguments_, known, dimensions))
  const steps = new Steps(b, planned.steps, inputs, known)
  const made: { readonly from: number; readonly to: number; readonly value: number }[] = []
  for (const value of planned.steps.keys()) {
    const from = b.nodes.length
    steps.write(value)
    if (b.nodes.length > from) made.push({ from, to: b.nodes.length, value })
  }
  const results = outputs.map((output) => (output.planned.kind === 'dense' ? steps.value(output.planned.value) : ''))
  const nodes = named(
    b.nodes,
    results,
    outputs.map((output) => output.identifier),
  )
  // An argument, a constant or a result that comes twice is made by a node behind the others.
  for (const [at, { output }] of nodes.entries()) {
    const result = at < b.nodes.length ? undefined : outputs.find(({ identifier }) => identifier === output)?.planned
    if (result?.kind === 'dense') made.push({ from: at, to: at + 1, value: result.value })
  }
  const shape = (axes: readonly Dimension[]) =>
    axes.map((axis) => axis.value ?? (axis.name && dimensions.get(axis.name)))
  const read = new Set(nodes.flatMap((node) => node.inputs))
  const model: OnnxModel = {
    name: functionName,
    doc: commentText(prepared.summary),
    inputs: [
      ...parameters.map(({ identifier, axes, facts }): OnnxValue => {
        return { name: identifier, type, shape: shape(axes), doc: `${kindText(axes, dimensions)}${factsText(facts)}` }
      }),
      ...sizes.map(({ identifier }): OnnxValue => {
        return { name: identifier, type: 'int64', shape: [], doc: 'a size that no argument tells' }
      }),
    ],
    outputs: outputs.map(({ identifier, doc, planned: { axes } }): OnnxValue => {
      const text = commentText(doc)
      const kind = kindText(axes, dimensions)
      return { name: identifier, type, shape: shape(axes), doc: text ? `${kind}, ${text}` : kind }
    }),
    initializers: b.initializers.filter(({ name }) => read.has(name)),
    nodes,
  }
  const code = `${modelText(model)}\n`
  const statements = made.map(({ from, to, value }): Statement => {
    return { lines: nodes.slice(from, to).map(nodeText), values: [value] }
  })
  return {
    code,
    bytes: encodeModel(model),
    renamed: { ...prepared.renamed },
    sizes,
    trace: traceOf(code, planned, statements),
  }
}

/** Every dimension that nodes may spell. */
function allDimensions(step: PreparedProgram['planned']['steps'][number]): Dimension[] {
  const found = new Set<Dimension>(step.axes)
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ('key' in value && 'names' in value) found.add(value as Dimension)
    else for (const part of Object.values(value)) visit(part)
  }
  if (step.kind !== 'input') visit(step)
  return [...found]
}

/** The argument, of a shape that holds; the names that its axes tell are known from here on. */
function checked(
  b: Builder,
  { parameter: { identifier, axes }, reads, early, late }: ParameterCheck,
  steps: Steps,
  known: Map<string, Value>,
  dimensions: ReadonlyMap<string, string>,
): Value {
  for (const { name, position, axis } of reads) {
    const end = { start: position, end: position + 1 }
    const isTold = axis.name !== undefined
    const size = isTold
      ? b.as(`size_${dimensions.get(name)}`, 'Shape', [identifier], end)
      : b.node('Shape', [identifier], end)
    known.set(name, solved(b, name, axis, size))
  }
  const tests = [...early, ...late]
  if (tests.length === 0) return identifier
  // The shape as it must be, or no shape where one size is another: then the name of the node says why.
  const shape = b.node('Shape', [identifier])
  const places = tests.map(({ position }) => position)
  const found = b.node('Gather', [shape, b.ints(places)], { axis: 0 })
  const gaps = b.node('Abs', [b.node('Sub', [found, steps.shape(tests.map(({ size }) => size))])])
  const wrong = b.node('Min', [b.node('ReduceMax', [gaps, b.ints([0])], { keepdims: 0 }), b.int(1)])
  const choices = b.node('Unsqueeze', [shape, b.ints([0])])
  const right = b.check(`${identifier} must be ${kindText(axes, dimensions)}`, 'Gather', [choices, wrong], { axis: 0 })
  return b.as(`${identifier}_checked`, 'Reshape', [identifier, right])
}

/** The name's value from the size a·name + b of an axis. */
function solved(b: Builder, name: string, axis: Dimension, size: Value): Value {
  const factor = axis.terms.find(({ powers }) => powers.some(([own]) => own === name))?.coefficient
  if (axis.name !== undefined || !factor) return size
  const offset = axis.terms.find(({ powers }) => powers.length === 0)?.coefficient
  const rest = offset ? b.node('Sub', [size, b.ints([offset.toNumber()])]) : size
  const times = factor.denominator === 1n ? rest : b.node('Mul', [rest, b.ints([Number(factor.denominator)])])
  return factor.numerator === 1n ? times : b.node('Div', [times, b.ints([Number(factor.numerator)])])
}

/** The nodes, those that make results with their names; a result that is an argument, or another, is made again. */
function named(nodes: readonly OnnxNode[], results: readonly Value[], names: readonly string[]): OnnxNode[] {
  const renamed = new Map<Value, string>()
  const again: OnnxNode[] = []
  const made = new Set(nodes.map((node) => node.output))
  for (const [k, result] of results.entries()) {
    const name = names[k] ?? ''
    if (made.has(result) && !renamed.has(result)) renamed.set(result, name)
    else
      again.push({ name, operator: 'Identity', inputs: [renamed.get(result) ?? result], output: name, attributes: {} })
  }
  const now = (value: Value) => renamed.get(value) ?? value
  const all = nodes.map((node) => {
    const output = now(node.output)
    return { ...node, name: node.name === node.output ? output : node.name, output, inputs: node.inputs.map(now) }
  })
  return [...all, ...again]
}

function kindText(axes: readonly Dimension[], names: ReadonlyMap<string, string>): string {
  if (axes.length === 0) return 'a number'
  const power = (base: string, exponent: number) => `${base}^${exponent}`
  const sizes = axes.map((axis) => dimensionText(axis, names, { power, over: '/' }).text)
  return `of shape (${sizes.join(', ')})`
}
