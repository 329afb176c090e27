/**
 * Emits a Julia file: a function that checks its arguments and returns value and derivatives as a named tuple. A compressed
 * derivative is a named tuple of its cores with functions that apply and expand it. Run as a script the file checks itself.
 */
import { allElementwise } from '../../functions/index.ts'
import type { Expression, Step } from '../../plan/step.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import { printSteps } from '../shared/arrays/printer.ts'
import { type ParameterCheck, planChecks, solvedText } from '../shared/checks.ts'
import { compressedOutputs, directionName, functionsBeside } from '../shared/core-functions.ts'
import { type DefinedFunction, definedFunctions } from '../shared/defined.ts'
import { dimensionText } from '../shared/dimensions.ts'
import { commentText } from '../shared/identifiers.ts'
import {
  dimensionsIn,
  type EmittedProgram,
  type Emitter,
  factsText,
  type NamedOutput,
  type Precision,
  type PreparedProgram,
  prepareProgram,
  sizeParameters,
  valueNames,
} from '../shared/program.ts'
import { type Statement, traceOf } from '../shared/trace.ts'
import { checkLines as selfCheckLines } from './check.ts'
import { type JuliaOptions, juliaDialect, juliaWhole } from './dialect.ts'
import { helperNames, helperTexts } from './helpers.ts'
import { reserved } from './reserved.ts'
import { indented, statement, tuple } from './text.ts'

const options = {
  title: 'Julia',
  reserved: new Set([...reserved, ...helperNames, ...allElementwise().map((entry) => entry.name)]),
  // Julia takes some letters for others, but none of these.
  unicode: /^[A-Za-zα-ωΑ-Ω_][A-Za-zα-ωΑ-Ω0-9_]*$/,
  letterFirst: true,
  longest: 1000,
  locals: 'parameters cases state sampled'.split(' '),
  fuse: 1,
}

/** The file. Throws `BadRequest` for a function name that Julia does not allow. */
export const emitJulia: Emitter = (request) => {
  const prepared = prepareProgram(request, options)
  const { precision } = prepared
  const compressed = compressedOutputs(prepared, options, (own, _, cores) => printFunction(own, cores.flat()))
  const direction = directionName(prepared, compressed)
  /** The functions beside the cores, which have this name. */
  const fields = (output: NamedOutput, cores: string): string[] => {
    const { apply, expand } = compressed.get(output) ?? {}
    const field = (head: string, own: readonly string[], printed: PrintedFunction | undefined) => {
      if (!printed) return []
      const args = [cores, ...own].join(', ')
      const keywords = printed.sizes.map((size) => `${size.identifier} = ${prepared.dimensions.get(size.name) ?? ''}`)
      return [`${head} -> ${printed.name}(${keywords.length > 0 ? `${args}; ${keywords.join(', ')}` : args})`]
    }
    return [...field(`apply = ${direction}`, [direction], apply), ...field('expand = ()', [], expand)]
  }
  const main = printFunction(prepared, undefined, fields)
  const parts = [main, ...functionsBeside(compressed)]
  const names = parts.flatMap((part) => [...part.defined])
  const defined = definedFunctions(names, options, printDefined, { precision })
  const check = selfCheckLines(prepared, main.sizes)
  const bodies = [...parts, ...defined].map(({ lines }) => lines.join('\n'))
  const helpers = helperTexts([...parts, ...defined].flatMap(({ body }) => body).join('\n'))
  const texts = [...bodies, ...helpers, ...(check.length > 0 ? [check.join('\n')] : [])]
  const code = `using LinearAlgebra\n\n${texts.join('\n\n')}\n`
  return {
    code,
    renamed: { ...prepared.renamed },
    sizes: main.sizes,
    trace: traceOf(code, prepared.planned, main.statements),
  }
}

interface PrintedFunction {
  readonly name: string
  readonly lines: readonly string[]
  readonly statements: readonly Statement[]
  /** The statements alone. */
  readonly body: readonly string[]
  readonly sizes: EmittedProgram['sizes']
  readonly defined: ReadonlySet<string>
}

/** One function. With `cores` those parameters come in one tuple, the first argument. */
function printFunction(
  prepared: PreparedProgram,
  cores?: readonly string[],
  fields: (output: NamedOutput, cores: string) => readonly string[] = () => [],
): PrintedFunction {
  const { functionName, parameters, planned, outputs, dimensions, precision } = prepared
  const printed = printBody(prepared)
  const returned = outputs.map((output) => resultText(output, planned.steps, printed.names))
  const body = [...printed.lines, ...outputs.flatMap((output) => termLines(prepared, output, printed.names, fields))]
  const results = returnLines(outputs, returned)
  const { checks, untold } = planChecks(parameters, dimensionsIn(prepared, [...body, ...results]))
  const sizes = sizeParameters(prepared, untold)
  const isCore = (name: string) => cores?.includes(name) ?? false
  const own = parameters.filter(({ name }) => !isCore(name))
  const head = [
    ...(cores && cores.length > 0
      ? [cores.length === 1 ? `${cores[0]} = cores[1]` : `${cores.join(', ')} = cores`]
      : []),
    ...checks.flatMap((check) => checkLines(check, dimensions, isCore(check.parameter.name), precision)),
  ]
  const positional = [...(cores ? ['cores'] : []), ...own.map((p) => p.identifier)].join(', ')
  const keywords = sizes.length > 0 ? `; ${sizes.map((size) => size.identifier).join(', ')}` : ''
  const signature = `${functionName}(${positional}${keywords})`
  const lines = [
    ...documentation(prepared, signature, own, sizes, cores !== undefined),
    `function ${signature}`,
    ...indented([...head, ...body, ...results]),
    'end',
  ]
  return {
    name: functionName,
    lines,
    statements: printed.statements,
    body: [...head, ...body, ...results],
    sizes,
    defined: printed.defined,
  }
}

function printBody(prepared: PreparedProgram) {
  const { planned, dimensions, identifiers, indexName, precision } = prepared
  const spelling: JuliaOptions = { precision, excludes: planned.steps.some(excludesEntries) }
  return printSteps({
    dialect: juliaDialect(spelling),
    steps: planned.steps,
    names: valueNames(prepared),
    dimension: dimensions,
    identifiers,
    indexName,
  })
}

/** Whether some entries are computed and not used. */
function excludesEntries(step: Step): boolean {
  const within = (expression: Expression): boolean => {
    switch (expression.kind) {
      case 'mask':
        return true
      case 'call':
        return expression.name === 'where' || expression.args.some(within)
      case 'product':
        return expression.factors.some(({ base }) => within(base))
      case 'sum':
        return expression.terms.some(({ term }) => within(term))
      default:
        return false
    }
  }
  return step.kind === 'map' && within(step.expression)
}

/** The cores of a compressed output with the functions beside them. */
function termLines(
  { identifiers }: PreparedProgram,
  output: NamedOutput,
  names: ReadonlyMap<number, string>,
  fields: (output: NamedOutput, cores: string) => readonly string[],
): string[] {
  const { planned, identifier } = output
  if (planned.kind !== 'terms') return []
  const cores = planned.terms.flatMap((term) => term.cores.map((core) => names.get(core.value) ?? ''))
  const name = identifiers.take(`${identifier}_cores`)
  return [
    ...statement(`${name} = `, tuple(cores)),
    `${identifier} = (`,
    ...indented([`cores = ${name}`, ...fields(output, name)].map((field) => `${field},`)),
    ')',
  ]
}

/** What a function returns for an output: the caller's own, never an argument or a view of one. */
function resultText({ planned, identifier }: NamedOutput, steps: readonly Step[], names: ReadonlyMap<number, string>) {
  if (planned.kind !== 'dense') return identifier
  const name = names.get(planned.value) ?? ''
  const kind = steps[planned.value]?.kind
  return planned.axes.length > 0 && (kind === 'input' || kind === 'reshape') ? `copy(${name})` : name
}

function returnLines(outputs: readonly NamedOutput[], returned: readonly string[]): string[] {
  if (outputs.length === 1) return [`return ${returned[0]}`]
  const fields = returned.map((text, k) =>
    text === outputs[k]?.identifier ? text : `${outputs[k]?.identifier} = ${text}`,
  )
  const line = `return (; ${fields.join(', ')})`
  return line.length <= 88 ? [line] : ['return (;', ...indented(fields.map((field) => `${field},`)), ')']
}

function sizeText(dimension: Dimension, names: ReadonlyMap<string, string>): string {
  return dimensionText(dimension, names, juliaWhole).text
}

function shapeText(axes: readonly Dimension[], names: ReadonlyMap<string, string>): string {
  return tuple(axes.map((axis) => sizeText(axis, names)))
}

function kindText(axes: readonly Dimension[], names: ReadonlyMap<string, string>): string {
  return axes.length === 0
    ? 'number'
    : `${['', 'vector', 'matrix'][axes.length] ?? 'array'} of size ${shapeText(axes, names)}`
}

function checkLines(
  { parameter, early, late, whole, reads }: ParameterCheck,
  names: ReadonlyMap<string, string>,
  isCore: boolean,
  precision: Precision,
): string[] {
  const { identifier: x, axes } = parameter
  const rank = axes.length
  const shape = shapeText(axes, names)
  const fail = (condition: string) => [
    ...statement('if ', condition),
    `    throw(DimensionMismatch("${x} must be ${rank === 0 ? 'a number' : `of size ${shape}`}, not $(${rank === 0 ? 'typeof' : 'size'}(${x}))"))`,
    'end',
  ]
  const test = ({ position, size }: (typeof early)[number]) => `size(${x}, ${position + 1}) != ${sizeText(size, names)}`
  const lines: string[] = []
  if (!isCore) {
    if (rank === 0) lines.push(...fail(`!(${x} isa Real)`))
    else if (whole) lines.push(...fail(`size(${x}) != ${shape}`))
    else lines.push(...fail([`ndims(${x}) != ${rank}`, ...early.map(test)].join(' || ')))
  }
  const isTold = reads.length > 1 && reads.length === rank && axes.every((axis) => axis.name !== undefined)
  if (isTold) lines.push(`${axes.map((axis) => names.get(axis.name ?? '')).join(', ')} = size(${x})`)
  else
    for (const read of reads)
      lines.push(`${names.get(read.name)} = ${solvedText(read, `size(${x}, ${read.position + 1})`, '÷')}`)
  if (isCore) return lines
  if (late.length > 0) lines.push(...fail(late.map(test).join(' || ')))
  const type = precision === 'float32' ? 'Float32' : 'Float64'
  const array = rank === 1 ? `Vector{${type}}` : rank === 2 ? `Matrix{${type}}` : `Array{${type},${rank}}`
  return [...lines, rank === 0 ? `${x} = ${type}(${x})` : `${x} = convert(${array}, ${x})`]
}

function documentation(
  { summary, outputs, dimensions }: PreparedProgram,
  signature: string,
  own: PreparedProgram['parameters'],
  sizes: EmittedProgram['sizes'],
  takesCores: boolean,
): string[] {
  const args = [
    ...(takesCores ? ['- `cores`: the cores of all terms, in order'] : []),
    ...own.map(
      ({ identifier, axes, facts }) => `- \`${identifier}\`: ${kindText(axes, dimensions)}${factsText(facts)}`,
    ),
    ...sizes.map(({ identifier }) => `- \`${identifier}\`: a size that no argument tells`),
  ]
  const results = outputs.map(({ identifier, doc, planned }) => {
    const kind = kindText(planned.axes, dimensions)
    const isTerms = planned.kind === 'terms'
    const text = docText(doc)
    const head = `- \`${identifier}\`: ${kind}${isTerms ? ', compressed: its `cores`, `apply(p)` and `expand()`' : ''}`
    return text ? `${head}: \`${text}\`` : head
  })
  return [
    '"""',
    `    ${signature}`,
    '',
    docText(summary),
    ...(args.length > 0 ? ['', '# Arguments', ...args] : []),
    ...(takesCores ? [] : ['', '# Returns', ...results]),
    '"""',
  ]
}

/** Text for a docstring, where a dollar sign would begin code and a grave accent would end it. */
function docText(text: string): string {
  return commentText(text).replace(/[$`]/g, '')
}

/** A function of the table that has a definition only. */
function printDefined({ name, doc, prepared }: DefinedFunction): PrintedFunction {
  const { planned, parameters, outputs } = prepared
  const printed = printBody(prepared)
  const results = outputs.map((output) => resultText(output, planned.steps, printed.names))
  const body = [...printed.lines, `return ${results[0]}`]
  const lines = [
    `"""${docText(doc)}"""`,
    `function ${name}(${parameters.map((p) => p.identifier).join(', ')})`,
    ...indented(body),
    'end',
  ]
  return { name, lines, statements: [], body, sizes: [], defined: printed.defined }
}
