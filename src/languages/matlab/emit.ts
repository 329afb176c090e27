/**
 * Emits a MATLAB file: a function that checks its arguments and returns value and derivatives. A compressed derivative is
 * a struct of its cores with handles that apply and expand it. Called without arguments the function checks itself.
 */
import { allElementwise } from '../../functions/index.ts'
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
  type PreparedProgram,
  prepareProgram,
  sizeParameters,
  valueNames,
} from '../shared/program.ts'
import { type Statement, traceOf } from '../shared/trace.ts'
import { checkFunction } from './check.ts'
import { matlabDialect, matlabWhole } from './dialect.ts'
import { helperNames, helperTexts } from './helpers.ts'
import { reserved } from './reserved.ts'
import { indented } from './text.ts'

const options = {
  title: 'MATLAB',
  reserved: new Set([...reserved, ...helperNames, ...allElementwise().map((entry) => entry.name)]),
  unicode: false,
  letterFirst: true,
  longest: 63,
  locals: 'error_ right parameters cases results found'.split(' '),
  fuse: 1,
}

/** The file. Throws `BadRequest` for a function name that MATLAB does not allow. */
export const emitMatlab: Emitter = (request) => {
  const prepared = prepareProgram(request, options)
  const compressed = compressedOutputs(prepared, options, (own, _, cores) =>
    printFunction(own, { cores: cores.flat() }),
  )
  const direction = directionName(prepared, compressed)
  const handles = (output: NamedOutput): Handle[] => {
    const { apply, expand } = compressed.get(output) ?? {}
    const handle = (field: string, own: readonly string[], printed: PrintedFunction | undefined) =>
      printed ? [{ field, own, name: printed.name, sizes: printed.sizes.map(({ name }) => name) }] : []
    return [...handle('apply', [direction], apply), ...handle('expand', [], expand)]
  }
  const check = checkFunction(prepared)
  const main = printFunction(prepared, { handles, selfChecks: check.length > 0 })
  const parts = [main, ...functionsBeside(compressed)]
  const names = parts.flatMap((part) => [...part.defined])
  const defined = definedFunctions(names, options, printDefined, { isVector: true })
  const texts = [
    ...parts.map(({ lines }) => lines),
    ...defined.map(({ lines }) => lines),
    ...(check.length > 0 ? [check] : []),
  ]
  const helpers = helperTexts([...parts, ...defined].flatMap(({ body }) => body).join('\n'))
  const code = `${[...texts.map((lines) => lines.join('\n')), ...helpers].join('\n\n')}\n`
  const trace = traceOf(code, prepared.planned, main.statements)
  return { code, renamed: { ...prepared.renamed }, sizes: main.sizes, trace }
}

interface Handle {
  readonly field: string
  /** The parameters of the handle's own. */
  readonly own: readonly string[]
  readonly name: string
  readonly sizes: readonly string[]
}

interface FunctionOptions {
  /** The parameters that are cores: they come in one cell array. */
  readonly cores?: readonly string[]
  readonly handles?: (output: NamedOutput) => readonly Handle[]
  readonly selfChecks?: boolean
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

function printFunction(prepared: PreparedProgram, { cores, handles, selfChecks }: FunctionOptions): PrintedFunction {
  const { functionName, parameters, planned, outputs, dimensions, identifiers, indexName, precision } = prepared
  const names = valueNames(prepared)
  const dialect = matlabDialect(precision)
  const printed = printSteps({ dialect, steps: planned.steps, names, dimension: dimensions, identifiers, indexName })
  const results = outputs.flatMap((output) => resultLines(output, printed.names, dimensions, handles?.(output) ?? []))
  const body = [...printed.lines, ...results]
  const { checks, untold } = planChecks(parameters, dimensionsIn(prepared, body))
  const sizes = sizeParameters(prepared, untold)
  const isCore = (name: string) => cores?.includes(name) ?? false
  const own = parameters.filter(({ name }) => !isCore(name))
  const head = [
    ...(cores && cores.length > 0
      ? [cores.length === 1 ? `${cores[0]} = cores{1};` : `[${cores.join(', ')}] = deal(cores{:});`]
      : []),
    ...(precision === 'float32' && !cores ? parameters.map(({ identifier: x }) => `${x} = single(${x});`) : []),
    ...checks.flatMap((check) => checkLines(functionName, check, dimensions, isCore(check.parameter.name))),
  ]
  const signature = [...(cores ? ['cores'] : []), ...own.map((p) => p.identifier), ...sizes.map((s) => s.identifier)]
  const returned = outputs.map(({ identifier }) => identifier)
  const left = returned.length === 1 ? `${returned[0]}` : `[${returned.join(', ')}]`
  const first = `function ${left} = ${functionName}(${signature.join(', ')})`
  const selfCheck = selfChecks ? ['if nargin == 0', '    selfcheck();', '    return', 'end'] : []
  const lines = [
    ...(first.length <= 80 ? [first] : [`function ${left} = ...`, `        ${functionName}(${signature.join(', ')})`]),
    ...documentation(prepared, own, sizes, cores !== undefined),
    ...indented([...selfCheck, ...head, ...body]),
    'end',
  ]
  return { name: functionName, lines, statements: printed.statements, body, sizes, defined: printed.defined }
}

function resultLines(
  { planned, identifier }: NamedOutput,
  names: ReadonlyMap<number, string>,
  dimensions: ReadonlyMap<string, string>,
  handles: readonly Handle[],
): string[] {
  if (planned.kind === 'dense') {
    const name = names.get(planned.value)
    return name === identifier ? [] : [`${identifier} = ${name};`]
  }
  const cores = planned.terms.flatMap((term) => term.cores.map((core) => names.get(core.value) ?? ''))
  const lines = [`${identifier} = struct();`, `${identifier}.cores = {${cores.join(', ')}};`]
  for (const { field, own, name, sizes } of handles) {
    const args = [`${identifier}.cores`, ...own, ...sizes.map((size) => dimensions.get(size) ?? size)]
    lines.push(`${identifier}.${field} = @(${own.join(', ')}) ${name}(${args.join(', ')});`)
  }
  return lines
}

function sizeText(dimension: Dimension, names: ReadonlyMap<string, string>): string {
  return dimensionText(dimension, names, matlabWhole).text
}

function shapeText(axes: readonly Dimension[], names: ReadonlyMap<string, string>): string {
  if (axes.length === 0) return 'a number'
  const sizes = axes.map((axis) => sizeText(axis, names)).map((size) => (/^\w+$/.test(size) ? size : `(${size})`))
  return axes.length === 1 ? `${sizes[0]} x 1` : sizes.join(' x ')
}

function checkLines(
  functionName: string,
  { parameter, early, late, whole, reads }: ParameterCheck,
  names: ReadonlyMap<string, string>,
  isCore: boolean,
): string[] {
  const { identifier: x, axes } = parameter
  const kind = axes.length === 0 ? 'a number' : `of size ${shapeText(axes, names)}`
  const fail = (condition: string) => [
    `if ${condition}`,
    `    error('${functionName}:size', '${x} must be ${kind}, not %s', mat2str(size(${x})));`,
    'end',
  ]
  const test = ({ position, size }: (typeof early)[number]) => `size(${x}, ${position + 1}) ~= ${sizeText(size, names)}`
  const lines: string[] = []
  if (!isCore) {
    if (axes.length === 0) lines.push(...fail(`~isscalar(${x})`))
    else if (whole && axes.length <= 2) {
      const sizes = axes.map((axis) => sizeText(axis, names))
      lines.push(...fail(`~isequal(size(${x}), [${(sizes.length === 1 ? [...sizes, '1'] : sizes).join(', ')}])`))
    } else {
      const rank = axes.length === 1 ? `size(${x}, 2) ~= 1 || ndims(${x}) > 2` : `ndims(${x}) > ${axes.length}`
      lines.push(...fail([rank, ...early.map(test)].join(' || ')))
    }
  }
  const isMatrix = reads.length === 2 && axes.length === 2 && axes.every((axis) => axis.name !== undefined)
  if (isMatrix) lines.push(`[${axes.map((axis) => names.get(axis.name ?? '')).join(', ')}] = size(${x});`)
  else
    for (const read of reads)
      lines.push(`${names.get(read.name)} = ${solvedText(read, `size(${x}, ${read.position + 1})`, '/')};`)
  if (!isCore && late.length > 0) lines.push(...fail(late.map(test).join(' || ')))
  return lines
}

function documentation(
  { functionName, summary, outputs, dimensions }: PreparedProgram,
  own: PreparedProgram['parameters'],
  sizes: EmittedProgram['sizes'],
  takesCores: boolean,
): string[] {
  const rows = [
    ...(takesCores ? [['cores', 'the cores of all terms, in order']] : []),
    ...own.map(({ identifier, axes, facts: known }) => [
      identifier,
      `${shapeText(axes, dimensions)}${factsText(known)}`,
    ]),
    ...sizes.map(({ identifier }) => [identifier, 'a size that no argument tells']),
  ]
  const results = outputs.map(({ identifier, doc, planned }) => {
    const shape = shapeText(planned.axes, dimensions)
    const kind = planned.kind === 'terms' ? `${shape}, compressed: a struct of cores, apply(p) and expand()` : shape
    const text = commentText(doc)
    return [identifier, text ? `${kind}: ${text}` : kind]
  })
  const width = Math.min(24, Math.max(...[...rows, ...results].map(([name = '']) => name.length)))
  const line = ([name = '', text = '']: readonly string[]) => `%   ${name.padEnd(width)}  ${text}`
  return [
    `% ${functionName.toUpperCase()}  ${summary}`,
    ...(rows.length > 0 ? ['%', ...rows.map(line)] : []),
    ...(takesCores ? [] : ['%', '% Returns', ...results.map(line)]),
  ]
}

/** A function of the table that has a definition only. */
function printDefined({ name, doc, prepared }: DefinedFunction): PrintedFunction {
  const { planned, dimensions, identifiers, indexName, precision, parameters } = prepared
  const printed = printSteps({
    dialect: matlabDialect(precision),
    steps: planned.steps,
    names: valueNames(prepared),
    dimension: dimensions,
    identifiers,
    indexName,
  })
  const [output] = prepared.outputs
  const body = [...printed.lines, ...(output ? resultLines(output, printed.names, dimensions, []) : [])]
  const lines = [
    `function ${output?.identifier} = ${name}(${parameters.map((p) => p.identifier).join(', ')})`,
    `% ${commentText(doc)}`,
    ...indented(body),
    'end',
  ]
  return { name, lines, statements: [], body, sizes: [], defined: printed.defined }
}
