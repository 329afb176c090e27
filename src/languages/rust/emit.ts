/**
 * Emits a Rust module on the crate ndarray: a function that checks its arguments and returns value and derivatives, what
 * applies and expands compressed derivatives, and a `main` that checks them against central differences.
 */
import { allElementwise } from '../../functions/index.ts'
import type { ValueId } from '../../plan/step.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import { type ParameterCheck, planChecks, solvedText } from '../shared/checks.ts'
import { compressedOutputs, functionsBeside } from '../shared/core-functions.ts'
import { type DefinedFunction, definedFunctions } from '../shared/defined.ts'
import { dimensionText } from '../shared/dimensions.ts'
import { commentText } from '../shared/identifiers.ts'
import { printLoops } from '../shared/loops/printer.ts'
import {
  dimensionsIn,
  type EmittedProgram,
  type Emitter,
  factsText,
  type NamedOutput,
  type Parameter,
  type Precision,
  type PreparedProgram,
  type ProgramVariable,
  prepareProgram,
  sizeParameters,
  valueNames,
} from '../shared/program.ts'
import { type Statement, traceOf } from '../shared/trace.ts'
import { checkLines } from './check.ts'
import { rustDialect, rustWhole, typeOf } from './dialect.ts'
import { formatted } from './format.ts'
import { helperNames, helperTexts } from './helpers.ts'
import { reserved } from './reserved.ts'
import { indented } from './text.ts'

const options = {
  title: 'Rust',
  reserved: new Set([...reserved, ...helperNames, ...allElementwise().map((entry) => entry.name)]),
  unicode: false,
  letterFirst: true,
  locals: [],
  fuse: 24,
}

/** The module. Throws `BadRequest` for a function name that Rust does not allow, and for `pinv`. */
export const emitRust: Emitter = (request) => {
  const prepared = prepareProgram(request, options)
  const { precision, identifiers } = prepared
  const structs = new Map<NamedOutput, CoreStruct>()
  const compressed = compressedOutputs(prepared, options, (own, output, cores) => {
    const struct = structs.get(output) ?? {
      type: identifiers.take(structName(output.identifier)),
      fields: cores.flat(),
    }
    structs.set(output, struct)
    return printFunction(own, new Map(), struct)
  })
  const main = printFunction(prepared, structs)
  const parts = [main, ...functionsBeside(compressed)]
  const names = parts.flatMap((part) => [...part.defined])
  const defined = definedFunctions(names, options, printDefined, { precision })
  const helpers = helperTexts([...parts, ...defined].flatMap((part) => [...part.helpers]))
  const check = checkLines(prepared, main.sizes, compressed)
  const functions = [...parts, ...defined].map(({ lines }) => lines.join('\n'))
  const declared = [...compressed].map(([output, { cores }]) =>
    structText(output, structs.get(output) as CoreStruct, cores),
  )
  const above = [...declared, ...functions, ...helpers].map((text) => typed(text.split('\n'), precision).join('\n'))
  const body = [...above, ...(check.length > 0 ? [check.join('\n')] : [])].join('\n\n')
  const used = ['Array1', 'Array2', 'Array3', 'Array4', 'Array5', 'Array6', 'ArrayD', 'IxDyn'].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(body),
  )
  const imports = [...(/\bs!\[/.test(body) ? ['s'] : []), ...used]
  const head = [
    `#![allow(${check.length > 0 ? 'dead_code, ' : ''}non_snake_case, clippy::all)]`,
    ...(imports.length > 0
      ? ['', `use ndarray::${imports.length === 1 ? imports[0] : `{${imports.join(', ')}}`};`]
      : []),
  ].join('\n')
  const code = `${head}\n\n${body}\n`
  const trace = traceOf(code, prepared.planned, main.statements)
  return { code, renamed: { ...prepared.renamed }, sizes: main.sizes, trace }
}

interface PrintedFunction {
  readonly lines: readonly string[]
  readonly statements: readonly Statement[]
  readonly sizes: EmittedProgram['sizes']
  readonly helpers: ReadonlySet<string>
  readonly defined: ReadonlySet<string>
}

/** The struct that holds the cores of a compressed derivative. */
interface CoreStruct {
  readonly type: string
  readonly fields: readonly string[]
}

/** `hessian_U` becomes `HessianUCores`. */
function structName(identifier: string): string {
  const words = identifier.split('_').map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
  return `${words.join('')}Cores`
}

function structText({ identifier }: NamedOutput, { type }: CoreStruct, cores: readonly ProgramVariable[]): string {
  return [
    `/// The cores of all terms of ${identifier}, in order.`,
    '#[derive(Clone, Debug)]',
    `pub struct ${type} {`,
    ...cores.map(({ name, axes }) => `    pub ${name}: ${typeOf(axes.length)},`),
    '}',
  ].join('\n')
}

/**
 * One function. With `cores` its first parameters are the cores of a compressed derivative, in one struct, and where it
 * has no other there is nothing that could be wrong.
 */
function printFunction(
  prepared: PreparedProgram,
  structs: ReadonlyMap<NamedOutput, CoreStruct>,
  cores?: CoreStruct,
): PrintedFunction {
  const { functionName, parameters, outputs, dimensions } = prepared
  const printed = printSteps(prepared)
  const { checks, untold } = planChecks(parameters, dimensionsIn(prepared, printed.lines))
  const sizes = sizeParameters(prepared, untold)
  const isCore = ({ name }: Parameter) => cores?.fields.includes(name) ?? false
  const own = parameters.filter((parameter) => !isCore(parameter))
  const fails = own.length > 0 || cores === undefined
  const head = [
    ...parameters
      .filter(isCore)
      .map(({ identifier, name, axes }) => `let ${identifier} = ${axes.length === 0 ? '' : '&'}cores.${name};`),
    ...checks.flatMap((check) => shapeLines(check, dimensions, isCore(check.parameter))),
  ]
  const signature = [
    ...(cores ? [`cores: &${cores.type}`] : []),
    ...own.map(({ identifier, axes }) => `${identifier}: ${axes.length === 0 ? '' : '&'}${typeOf(axes.length)}`),
    ...sizes.map(({ identifier }) => `${identifier}: usize`),
  ]
  const types = outputs.map((output) => structs.get(output)?.type ?? typeOf(output.planned.axes.length))
  const type = types.length === 1 ? (types[0] ?? '') : `(${types.join(', ')})`
  const returned = returnedValues(prepared, printed.names)
  const filled = outputs.flatMap((output, k) => {
    const struct = structs.get(output)
    return struct ? structLines(output.identifier, struct, returned[k] ?? []) : []
  })
  const values = outputs.map((output, k) => (structs.has(output) ? output.identifier : (returned[k]?.[0] ?? '')))
  const lines = [
    ...documentation(prepared, own, sizes, cores !== undefined),
    ...signatureLines(`pub fn ${functionName}`, signature, fails ? `Result<${type}, String>` : type),
    ...indented([...formatted(head, 1), ...printed.lines, ...filled, ...formatted([resultLine(values, fails)], 1)]),
    '}',
  ]
  return { lines, statements: printed.statements, sizes, helpers: printed.helpers, defined: printed.defined }
}

function printSteps(prepared: PreparedProgram) {
  const { planned, dimensions, identifiers, indexName, precision } = prepared
  const names = valueNames(prepared)
  const dialect = rustDialect(precision)
  const printed = printLoops({ dialect, steps: planned.steps, names, dimension: dimensions, identifiers, indexName })
  const statements = printed.statements.map(({ lines, values }) => ({
    lines: formatted(typed(lines, precision), 1),
    values,
  }))
  const { helpers, defined } = printed
  return { names: printed.names, lines: statements.flatMap(({ lines }) => lines), statements, helpers, defined }
}

/** The values of each output: one, or those of its cores. What is borrowed, or returned twice, is copied. */
function returnedValues({ planned, outputs }: PreparedProgram, names: ReadonlyMap<ValueId, string>): string[][] {
  const values = outputs.map(({ planned: output }) =>
    output.kind === 'dense' ? [output.value] : output.terms.flatMap((term) => term.cores.map((core) => core.value)),
  )
  const counts = new Map<ValueId, number>()
  for (const value of values.flat()) counts.set(value, (counts.get(value) ?? 0) + 1)
  return values.map((list) =>
    list.map((value) => {
      const step = planned.steps[value]
      const isCopied = step?.kind === 'input' || (counts.get(value) ?? 0) > 1
      return `${names.get(value) ?? ''}${isCopied && (step?.axes.length ?? 0) > 0 ? '.clone()' : ''}`
    }),
  )
}

/** `let hessian = HessianCores { c1: t1, c2: X.clone() };`, on one line where rustfmt leaves it there. */
function structLines(name: string, { type, fields: cores }: CoreStruct, values: readonly string[]): string[] {
  const fields = cores.map((core, k) => `${core}: ${values[k]}`)
  if (fields.length === 0) return [`let ${name} = ${type} {};`]
  const line = fields.join(', ')
  if (line.length <= 18) return [`let ${name} = ${type} { ${line} };`]
  return [`let ${name} = ${type} {`, ...indented(fields.map((field) => `${field},`)), '};']
}

function resultLine(values: readonly string[], fails: boolean): string {
  const value = values.length === 1 ? (values[0] ?? '') : `(${values.join(', ')})`
  return fails ? `Ok(${value})` : value
}

/** On one line where rustfmt leaves it there. */
function signatureLines(head: string, parameters: readonly string[], type: string): string[] {
  const [, values = ''] = /^Result<\((.*)\), String>$/.exec(type) ?? []
  const isWide = values.length > 60
  const line = `${head}(${parameters.join(', ')}) -> ${type} {`
  if (line.length <= 100 && !isWide) return [line]
  const rows = indented(parameters.map((one) => `${one},`))
  if (!isWide) return [`${head}(`, ...rows, `) -> ${type} {`]
  const types = values.split(', ').map((one) => `        ${one},`)
  return [`${head}(`, ...rows, ') -> Result<', '    (', ...types, '    ),', '    String,', '> {']
}

/** Lines that are written on float64, on the numbers of the program: no name of an input is `f64`, literals may end in it. */
function typed(lines: readonly string[], precision: Precision): readonly string[] {
  if (precision === 'float64') return lines
  return lines.map((line) =>
    line.startsWith('///')
      ? line
      : line.replace(/\bf64\b/g, 'f32').replace(/\b(\d[\d.]*(?:e[-+]?\d+)?_?)f64\b/g, '$1f32'),
  )
}

function sizeText(dimension: Dimension, names: ReadonlyMap<string, string>): string {
  return dimensionText(dimension, names, rustWhole).text
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
  if (rank === 1) return `${name}.len()`
  if (rank === 2) return position === 0 ? `${name}.nrows()` : `${name}.ncols()`
  return `${name}.shape()[${position}]`
}

function shapeLines(
  { parameter, early, late, reads }: ParameterCheck,
  names: ReadonlyMap<string, string>,
  isCore: boolean,
): string[] {
  const { identifier: x, axes } = parameter
  const rank = axes.length
  const fail = (tests: typeof early) => {
    if (isCore || tests.length === 0) return []
    const condition = tests
      .map(({ position, size }) => `${sizeOf(x, rank, position)} != ${sizeText(size, names)}`)
      .join(' || ')
    return [
      `if ${condition} {`,
      `    return Err(format!("${x} must be of size ${shapeText(axes, names)}, not {:?}", ${x}.shape()));`,
      '}',
    ]
  }
  return [
    ...fail(early),
    ...reads.map((read) => `let ${names.get(read.name)} = ${solvedText(read, sizeOf(x, rank, read.position), '/')};`),
    ...fail(late),
  ]
}

function documentation(
  { summary, outputs, dimensions }: PreparedProgram,
  own: readonly Parameter[],
  sizes: EmittedProgram['sizes'],
  takesCores: boolean,
): string[] {
  const results = outputs.map(({ identifier, doc, planned }) => {
    const shape = `${shapeText(planned.axes, dimensions)}${planned.kind === 'terms' ? `, as cores: see apply_${identifier} and expand_${identifier}` : ''}`
    const text = commentText(doc)
    return `/// - \`${identifier}\`: ${shape}${text ? `: ${text}` : ''}`
  })
  return [
    `/// ${summary}`,
    '///',
    ...(takesCores ? ['/// - `cores`: the cores of all terms'] : []),
    ...own.map(
      ({ identifier, axes, facts }) => `/// - \`${identifier}\`: ${shapeText(axes, dimensions)}${factsText(facts)}`,
    ),
    ...sizes.map(({ identifier }) => `/// - \`${identifier}\`: a size that no argument tells`),
    '///',
    '/// Returns',
    ...results,
  ]
}

/** A function of the table that has a definition only. */
function printDefined({ name, doc, prepared }: DefinedFunction): PrintedFunction {
  const printed = printSteps(prepared)
  const [output] = prepared.planned.outputs
  const value = output?.kind === 'dense' ? (printed.names.get(output.value) ?? '') : ''
  const lines = [
    `/// ${commentText(doc)}`,
    `fn ${name}(${prepared.parameters.map((p) => `${p.identifier}: f64`).join(', ')}) -> f64 {`,
    ...indented([...printed.lines, ...formatted([value], 1)]),
    '}',
  ]
  return { lines, statements: [], sizes: [], helpers: printed.helpers, defined: printed.defined }
}
