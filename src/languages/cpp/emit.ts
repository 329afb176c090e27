/**
 * Emits a C++ header on Eigen 3: a function that checks its arguments and returns value and derivatives, what applies and
 * expands compressed derivatives, and a check against central differences, compiled as a program with
 * `-DEINCALC_SELF_CHECK -x c++`.
 */
import { allElementwise } from '../../functions/index.ts'
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
import { checkText } from './check.ts'
import { cppDialect, cppWhole, typeOf } from './dialect.ts'
import { helperNames, helperTexts } from './helpers.ts'
import { reserved } from './reserved.ts'
import { statement } from './text.ts'

const options = {
  title: 'C++',
  reserved: new Set([...reserved, ...helperNames, ...allElementwise().map((entry) => entry.name)]),
  unicode: false,
  letterFirst: true,
  locals: 'flat results parameters cases state right worst points'.split(' '),
  fuse: 24,
}

/** The header. Throws `BadRequest` for a function name that C++ does not allow. */
export const emitCpp: Emitter = (request) => {
  const prepared = prepareProgram(request, options)
  const { precision } = prepared
  const compressed = compressedOutputs(prepared, options, (own, output, cores) =>
    printFunction(own, { type: coreType(output), names: cores.flat() }),
  )
  const structs = [...compressed].map(([output, { cores }]) => coreStruct(output, cores, precision))
  const main = printFunction(prepared)
  const beside = functionsBeside(compressed)
  const parts = [main, ...beside]
  const names = parts.flatMap((part) => [...part.defined])
  const defined = definedFunctions(names, options, printDefined, { precision })
  const helpers = helperTexts([...parts, ...defined].flatMap((part) => [...part.helpers]))
  const check = checkText(prepared, main.sizes, compressed)
  const bodies = [...structs, ...[...defined, main, ...beside].map(({ lines }) => lines.join('\n')), ...check]
  const own = precision === 'float32' ? helpers.map(inSingle) : helpers
  const all = [...own, ...bodies].join('\n\n')
  const code = `${includes(all)}

${all}
`
  const trace = traceOf(code, prepared.planned, main.statements)
  return { code, renamed: { ...prepared.renamed }, sizes: main.sizes, trace }
}

/** A helper on matrices of float32. */
function inSingle(text: string): string {
  return text.replace(/\b(Matrix|Vector|Array)(X|3)d\b/g, '$1$2f')
}

function includes(code: string): string {
  const standard = [
    ['algorithm', /\bstd::(?:max|min)\b/],
    ['cmath', /\bstd::(?:exp|log|sqrt|pow|abs|sin|cos|tan|a|sinh|cosh|tanh|erf|isfinite|nan)\w*\(/],
    ['cstdio', /\bstd::printf\b/],
    ['limits', /\bstd::numeric_limits\b/],
    ['stdexcept', /\bstd::(?:invalid_argument|domain_error)\b/],
    ['string', /\bstd::to_string\b/],
    ['tuple', /\bstd::(?:tuple|make_tuple)\b/],
    ['vector', /\bstd::vector\b/],
  ] as const
  const eigen = [
    'Eigen/Dense',
    ...(/\.(?:sqrt|exp|log)\(\)/.test(code) ? ['unsupported/Eigen/MatrixFunctions'] : []),
    ...(/Eigen::Tensor/.test(code) ? ['unsupported/Eigen/CXX11/Tensor'] : []),
  ]
  return [
    '#pragma once',
    '',
    ...standard.filter(([, pattern]) => pattern.test(code)).map(([name]) => `#include <${name}>`),
    '',
    ...eigen.map((name) => `#include <${name}>`),
  ].join('\n')
}

interface PrintedFunction {
  readonly lines: readonly string[]
  readonly statements: readonly Statement[]
  readonly sizes: EmittedProgram['sizes']
  readonly helpers: ReadonlySet<string>
  readonly defined: ReadonlySet<string>
}

/** The type of the cores of a compressed derivative. */
function coreType({ identifier }: NamedOutput): string {
  return `${identifier}_cores`
}

function coreStruct(output: NamedOutput, cores: readonly ProgramVariable[], precision: Precision): string {
  return [
    `/// The cores of all terms of ${output.identifier}, in order.`,
    `struct ${coreType(output)} {`,
    ...cores.map(({ name, axes }) => `  ${typeOf(axes.length, precision)} ${name};`),
    '};',
  ].join('\n')
}

/** One function. With `cores` its first parameters are the cores of a compressed derivative, in one struct. */
function printFunction(
  prepared: PreparedProgram,
  cores?: { readonly type: string; readonly names: readonly string[] },
): PrintedFunction {
  const { functionName, parameters, planned, outputs, dimensions, identifiers, indexName, precision } = prepared
  const names = valueNames(prepared)
  const { steps } = planned
  const printed = printLoops({
    dialect: cppDialect(precision),
    steps,
    names,
    dimension: dimensions,
    identifiers,
    indexName,
  })
  const { checks, untold } = planChecks(parameters, dimensionsIn(prepared, printed.lines))
  const sizes = sizeParameters(prepared, untold)
  const isCore = ({ name }: Parameter) => cores?.names.includes(name) ?? false
  const own = parameters.filter((parameter) => !isCore(parameter))
  const head = [
    ...parameters.filter(isCore).map(({ identifier, name }) => `const auto& ${identifier} = cores.${name};`),
    ...checks.flatMap((check) => checkLines(check, dimensions, isCore(check.parameter))),
  ]
  const signature = [
    ...(cores ? [`const ${cores.type}& cores`] : []),
    ...own.map(({ identifier, axes }) =>
      axes.length === 0 ? `double ${identifier}` : `const ${typeOf(axes.length, precision)}& ${identifier}`,
    ),
    ...sizes.map(({ identifier }) => `Eigen::Index ${identifier}`),
  ]
  const types = outputs.map((output) =>
    output.planned.kind === 'terms' ? coreType(output) : typeOf(output.planned.axes.length, precision),
  )
  const type = types.length === 1 ? types[0] : `std::tuple<${types.join(', ')}>`
  const values = outputs.map((output) => {
    const { planned: result } = output
    if (result.kind === 'dense') return printed.names.get(result.value) ?? ''
    const list = result.terms.flatMap((term) => term.cores.map((core) => printed.names.get(core.value) ?? ''))
    return `${coreType(output)}{${list.join(', ')}}`
  })
  const returned = values.length === 1 ? `return ${values[0]};` : `return {${values.join(', ')}};`
  const lines = [
    ...documentation(prepared, own, sizes, cores !== undefined),
    ...signatureLines(`inline ${type} ${functionName}`, signature),
    ...[...head, ...printed.lines, ...wrapped(returned)].map((line) => `  ${line}`),
    '}',
  ]
  return { lines, statements: printed.statements, sizes, helpers: printed.helpers, defined: printed.defined }
}

function wrapped(line: string): string[] {
  if (line.length <= 78 || !line.startsWith('return {')) return [line]
  return [
    'return {',
    ...line
      .slice(8, -2)
      .split(/, (?![^{]*\})/)
      .map((part, k, all) => `    ${part}${k === all.length - 1 ? '};' : ','}`),
  ]
}

function signatureLines(head: string, signature: readonly string[]): string[] {
  const line = `${head}(${signature.join(', ')}) {`
  if (line.length <= 80) return [line]
  return [`${head}(`, ...signature.map((part, k) => `    ${part}${k === signature.length - 1 ? ') {' : ','}`)]
}

function sizeText(dimension: Dimension, names: ReadonlyMap<string, string>): string {
  return dimensionText(dimension, names, cppWhole).text
}

function shapeText(axes: readonly Dimension[], names: ReadonlyMap<string, string>): string {
  return axes
    .map((axis) => sizeText(axis, names))
    .map((size) => (/^\w+$/.test(size) ? size : `(${size})`))
    .join(' x ')
}

/** The size of one axis of a parameter. */
function sizeOf(name: string, rank: number, position: number): string {
  if (rank === 1) return `${name}.size()`
  if (rank === 2) return position === 0 ? `${name}.rows()` : `${name}.cols()`
  return `${name}.dimension(${position})`
}

function checkLines(
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
    const shown = axes.map((_, position) => `std::to_string(${sizeOf(x, rank, position)})`).join(' + " x " + ')
    return [
      `if (${condition}) {`,
      `  throw std::invalid_argument("${x} must be of size ${shapeText(axes, names)}, not " + ${shown});`,
      '}',
    ]
  }
  return [
    ...fail(early),
    ...reads.map(
      (read) =>
        `const Eigen::Index ${names.get(read.name)} = ${solvedText(read, sizeOf(x, rank, read.position), '/')};`,
    ),
    ...fail(late),
  ]
}

function documentation(
  { summary, outputs, dimensions }: PreparedProgram,
  own: readonly Parameter[],
  sizes: EmittedProgram['sizes'],
  takesCores: boolean,
): string[] {
  const shape = (axes: readonly Dimension[]) => (axes.length === 0 ? 'a number' : shapeText(axes, dimensions))
  const results = outputs.map(({ identifier, doc, planned }) => {
    const kind =
      planned.kind === 'terms'
        ? `${shape(planned.axes)}, as cores: see apply_${identifier} and expand_${identifier}`
        : shape(planned.axes)
    const text = commentText(doc)
    return `${identifier}: ${kind}${text ? `: ${text}` : ''}`
  })
  return [
    `/// ${summary}`,
    '///',
    ...(takesCores ? ['/// @param cores the cores of all terms'] : []),
    ...own.map(({ identifier, axes, facts: known }) => `/// @param ${identifier} ${shape(axes)}${factsText(known)}`),
    ...sizes.map(({ identifier }) => `/// @param ${identifier} a size that no argument tells`),
    ...results.map((text, k) => (k === 0 ? `/// @return ${text}` : `///   ${text}`)),
  ]
}

/** A function of the table that has a definition only. */
function printDefined({ name, doc, prepared }: DefinedFunction): PrintedFunction {
  const { planned, dimensions, identifiers, indexName, parameters, precision } = prepared
  const printed = printLoops({
    dialect: cppDialect(precision),
    steps: planned.steps,
    names: valueNames(prepared),
    dimension: dimensions,
    identifiers,
    indexName,
  })
  const [output] = planned.outputs
  const value = output?.kind === 'dense' ? (printed.names.get(output.value) ?? '') : ''
  const lines = [
    `/// ${commentText(doc)}`,
    `inline double ${name}(${parameters.map((p) => `double ${p.identifier}`).join(', ')}) {`,
    ...[...printed.lines, ...statement('return ', value)].map((line) => `  ${line}`),
    '}',
  ]
  return { lines, statements: [], sizes: [], helpers: printed.helpers, defined: printed.defined }
}
