/**
 * Emits an R script: a function that checks its arguments and returns value and derivatives. A compressed derivative is a
 * list of its cores with functions that apply and expand it. Run by Rscript the script checks itself.
 */
import { EincalcError } from '../../errors.ts'
import { allElementwise } from '../../functions/index.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import { type ParameterCheck, planChecks, solvedText } from '../shared/checks.ts'
import { compressedOutputs, directionName, functionsBeside, sizesIn } from '../shared/core-functions.ts'
import { type DefinedFunction, definedFunctions } from '../shared/defined.ts'
import { dimensionText } from '../shared/dimensions.ts'
import { commentText } from '../shared/identifiers.ts'
import {
  dimensionsIn,
  type EmittedProgram,
  type Emitter,
  factsText,
  type NamedOutput,
  type PreparedProgram,
  prepareProgram,
  sizeParameters,
  valueNames,
} from '../shared/program.ts'
import { type Statement, traceOf } from '../shared/trace.ts'
import { checkLines as selfCheckLines } from './check.ts'
import { helperNames, helperTexts } from './helpers.ts'
import { RPrinter, rWhole } from './printer.ts'
import { reserved } from './reserved.ts'

const options = {
  title: 'R',
  reserved: new Set([...reserved, ...helperNames, ...allElementwise().map((entry) => entry.name)]),
  unicode: false,
  letterFirst: true,
  longest: 1000,
  locals: [],
  fuse: 24,
}

/** The script. Throws `BadRequest` for a function name that R does not allow, and for float32, which R lacks. */
export const emitR: Emitter = (request) => {
  if (request.precision === 'float32') {
    throw new EincalcError({ code: 'BadRequest', message: 'R computes in float64', hint: 'Leave out --precision.' })
  }
  const prepared = prepareProgram(request, options)
  const compressed = compressedOutputs(prepared, options, (own, _, cores) => printFunction(own, cores.flat()))
  const direction = directionName(prepared, compressed)
  /** The functions beside the cores, which have this name. */
  const fields = (output: NamedOutput, cores: string): string[] => {
    const { apply, expand } = compressed.get(output) ?? {}
    const field = (name: string, own: readonly string[], printed: PrintedFunction | undefined) =>
      printed
        ? [
            `${name} = function(${own.join(', ')}) ${printed.name}(${[cores, ...own, ...sizesIn(prepared, printed)].join(', ')})`,
          ]
        : []
    return [...field('apply', [direction], apply), ...field('expand', [], expand)]
  }
  const main = printFunction(prepared, undefined, fields)
  const parts = [main, ...functionsBeside(compressed)]
  const names = parts.flatMap((part) => [...part.defined])
  const defined = definedFunctions(names, options, printDefined)
  const check = selfCheckLines(prepared, main.sizes)
  const bodies = [...parts, ...defined].map(({ lines }) => lines.join('\n'))
  const helpers = helperTexts([...parts, ...defined].flatMap(({ body }) => body).join('\n'))
  const code = `${[...bodies, ...helpers, ...(check.length > 0 ? [check.join('\n')] : [])].join('\n\n')}\n`
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

/** One function. With `cores` those parameters come in one list, the first argument. */
function printFunction(
  prepared: PreparedProgram,
  cores?: readonly string[],
  fields: (output: NamedOutput, cores: string) => readonly string[] = () => [],
): PrintedFunction {
  const { functionName, parameters, planned, outputs, dimensions, identifiers } = prepared
  const printed = new RPrinter({
    steps: planned.steps,
    names: valueNames(prepared),
    dimension: dimensions,
    identifiers,
  })
  const lists = outputs.flatMap((output): string[] => {
    if (output.planned.kind !== 'terms') return []
    const all = output.planned.terms.flatMap((term) => term.cores.map((core) => printed.names.get(core.value) ?? ''))
    const name = identifiers.take(`${output.identifier}_cores`)
    const list = [`cores = ${name}`, ...fields(output, name)]
    return [
      `${name} <- list(${all.join(', ')})`,
      `${output.identifier} <- list(`,
      ...list.map((field, k) => `  ${field}${k < list.length - 1 ? ',' : ''}`),
      ')',
    ]
  })
  const results = outputs.map(({ planned: output, identifier }) => {
    return output.kind === 'dense' ? (printed.names.get(output.value) ?? '') : identifier
  })
  const returned =
    results.length === 1
      ? results
      : [
          'list(',
          ...results.map((text, k) => `  ${outputs[k]?.identifier} = ${text}${k < results.length - 1 ? ',' : ''}`),
          ')',
        ]
  const body = [...printed.lines, ...lists, ...returned]
  const { checks, untold } = planChecks(parameters, dimensionsIn(prepared, body))
  const sizes = sizeParameters(prepared, untold)
  const isCore = (name: string) => cores?.includes(name) ?? false
  const own = parameters.filter(({ name }) => !isCore(name))
  const head = [
    ...(cores ?? []).map((name, k) => `${name} <- cores[[${k + 1}]]`),
    ...checks.flatMap((check) => checkLines(check, dimensions, isCore(check.parameter.name))),
  ]
  const signature = [...(cores ? ['cores'] : []), ...own.map((p) => p.identifier), ...sizes.map((s) => s.identifier)]
  const lines = [
    ...documentation(prepared, own, sizes, cores !== undefined),
    `${functionName} <- function(${signature.join(', ')}) {`,
    ...[...head, ...body].map((line) => `  ${line}`),
    '}',
  ]
  return {
    name: functionName,
    lines,
    statements: printed.statements,
    body: [...head, ...body],
    sizes,
    defined: printed.defined,
  }
}

function sizeText(dimension: Dimension, names: ReadonlyMap<string, string>): string {
  return dimensionText(dimension, names, rWhole).text
}

function shapeText(axes: readonly Dimension[], names: ReadonlyMap<string, string>): string {
  if (axes.length === 0) return 'a number'
  return axes
    .map((axis) => sizeText(axis, names))
    .map((size) => (/^\w+$/.test(size) ? size : `(${size})`))
    .join(' x ')
}

/** The size of one axis of a parameter. */
function sizeOf(name: string, rank: number, position: number): string {
  if (rank === 1) return `length(${name})`
  if (rank === 2) return position === 0 ? `nrow(${name})` : `ncol(${name})`
  return `dim(${name})[${position + 1}]`
}

function checkLines(
  { parameter, early, late, reads }: ParameterCheck,
  names: ReadonlyMap<string, string>,
  isCore: boolean,
): string[] {
  const { identifier: x, axes } = parameter
  const rank = axes.length
  const test = ({ position, size }: (typeof early)[number]) =>
    `${sizeOf(x, rank, position)} != ${sizeText(size, names)}`
  const kind = rank === 0 ? 'a number' : `of size ${shapeText(axes, names)}`
  const fail = (tests: readonly string[]) =>
    isCore || tests.length === 0
      ? []
      : [
          `if (${tests.join(' || ')}) {`,
          `  stop("${x} must be ${kind}, not ", ${rank < 2 ? `length(${x})` : `paste(dim(${x}), collapse = " x ")`})`,
          '}',
        ]
  const order = rank === 0 ? `length(${x}) != 1` : rank === 1 ? `length(dim(${x})) > 1` : `length(dim(${x})) != ${rank}`
  return [
    ...fail([order, ...early.map(test)]),
    ...(isCore ? [] : rank <= 1 ? [`${x} <- c(${x})`] : []),
    ...reads.map((read) => `${names.get(read.name)} <- ${solvedText(read, sizeOf(x, rank, read.position), '/')}`),
    ...fail(late.map(test)),
  ]
}

function documentation(
  { summary, outputs, dimensions }: PreparedProgram,
  own: PreparedProgram['parameters'],
  sizes: EmittedProgram['sizes'],
  takesCores: boolean,
): string[] {
  const results = outputs.map(({ identifier, doc, planned }) => {
    const shape = shapeText(planned.axes, dimensions)
    const kind = planned.kind === 'terms' ? `${shape}, compressed: a list of cores, apply(p) and expand()` : shape
    const text = commentText(doc)
    return `${identifier}: ${text ? `${kind}: ${text}` : kind}`
  })
  return [
    `#' ${summary}`,
    "#'",
    ...(takesCores ? ["#' @param cores the cores of all terms, in order"] : []),
    ...own.map(
      ({ identifier, axes, facts }) => `#' @param ${identifier} ${shapeText(axes, dimensions)}${factsText(facts)}`,
    ),
    ...sizes.map(({ identifier }) => `#' @param ${identifier} a size that no argument tells`),
    ...results.map((text, k) => (k === 0 ? `#' @return ${text}` : `#'   ${text}`)),
  ]
}

/** A function of the table that has a definition only. */
function printDefined({ name, doc, prepared }: DefinedFunction): PrintedFunction {
  const { planned, dimensions, identifiers, parameters } = prepared
  const printed = new RPrinter({
    steps: planned.steps,
    names: valueNames(prepared),
    dimension: dimensions,
    identifiers,
  })
  const [output] = planned.outputs
  const result = output?.kind === 'dense' ? (printed.names.get(output.value) ?? '') : ''
  const body = [...printed.lines, result]
  const lines = [
    `# ${commentText(doc)}`,
    `${name} <- function(${parameters.map((p) => p.identifier).join(', ')}) {`,
    ...body.map((line) => `  ${line}`),
    '}',
  ]
  return { name, lines, statements: [], body, sizes: [], defined: printed.defined }
}
