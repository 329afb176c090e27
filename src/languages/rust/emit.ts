/** Emits a Rust module on the crate ndarray: a function that checks its arguments and returns value and derivatives. */
import { EincalcError } from '../../errors.ts'
import { allElementwise } from '../../functions/index.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import { type ParameterCheck, planChecks, solvedText } from '../shared/checks.ts'
import { definitionProgram } from '../shared/defined.ts'
import { dimensionText } from '../shared/dimensions.ts'
import { commentText } from '../shared/identifiers.ts'
import { printLoops } from '../shared/loops/printer.ts'
import {
  dimensionsIn,
  type EmittedProgram,
  type Emitter,
  factsText,
  type PreparedProgram,
  prepareProgram,
  sizeParameters,
  valueNames,
} from '../shared/program.ts'
import { traceOf } from '../shared/trace.ts'
import { rustDialect, rustWhole, typeOf } from './dialect.ts'
import { helperNames, helperTexts } from './helpers.ts'
import { reserved } from './reserved.ts'
import { statement } from './text.ts'

const options = {
  title: 'Rust',
  reserved: new Set([...reserved, ...helperNames, ...allElementwise().map((entry) => entry.name)]),
  unicode: false,
  letterFirst: true,
  locals: [],
  fuse: 24,
}

/** The module. Throws `BadRequest` for a function name that Rust does not allow, for float32, cores, and `pinv`. */
export const emitRust: Emitter = (request) => {
  const isCompressed = request.outputs.some(({ result }) => result.kind === 'terms' && result.compressed)
  if (isCompressed || request.precision === 'float32') {
    throw new EincalcError({
      code: 'BadRequest',
      message: isCompressed ? 'rust returns dense derivatives' : 'rust computes in float64',
      hint: `Leave out ${isCompressed ? '--compressed' : '--precision'}.`,
    })
  }
  const prepared = prepareProgram(request, options)
  const { functionName, parameters, planned, outputs, dimensions, identifiers, indexName } = prepared
  const printed = printLoops({
    dialect: rustDialect,
    steps: planned.steps,
    names: valueNames(prepared),
    dimension: dimensions,
    identifiers,
    indexName,
  })
  const values = outputs.map(({ planned: output }) => {
    if (output.kind !== 'dense') return ''
    const name = printed.names.get(output.value) ?? ''
    const isShared =
      outputs.filter(({ planned: other }) => other.kind === 'dense' && other.value === output.value).length > 1
    const isInput = planned.steps[output.value]?.kind === 'input'
    return output.axes.length > 0 && (isInput || isShared) ? `${name}.clone()` : name
  })
  const returned = values.length === 1 ? `Ok(${values[0]})` : `Ok((${values.join(', ')}))`
  const { checks, untold } = planChecks(parameters, dimensionsIn(prepared, printed.lines))
  const sizes = sizeParameters(prepared, untold)
  const types = outputs.map(({ planned: output }) => typeOf(output.axes.length))
  const type = types.length === 1 ? types[0] : `(${types.join(', ')})`
  const signature = [
    ...parameters.map(({ identifier, axes }) => `${identifier}: ${axes.length === 0 ? '' : '&'}${typeOf(axes.length)}`),
    ...sizes.map(({ identifier }) => `${identifier}: usize`),
  ]
  const main = [
    ...documentation(prepared, sizes),
    `pub fn ${functionName}(`,
    ...signature.map((one) => `    ${one},`),
    `) -> Result<${type}, String> {`,
    ...checks.flatMap((check) => checkLines(check, dimensions)).map((line) => `    ${line}`),
    ...printed.lines.map((line) => `    ${line}`),
    `    ${returned}`,
    '}',
  ].join('\n')
  const defined = definedFunctions([...printed.defined])
  const helpers = helperTexts([...printed.helpers, ...defined.flatMap((one) => [...one.helpers])])
  const parts = [main, ...defined.map(({ text }) => text), ...helpers]
  const body = parts.join('\n\n')
  const used = ['Array1', 'Array2', 'Array3', 'Array4', 'Array5', 'Array6', 'ArrayD', 'IxDyn'].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(body),
  )
  const imports = [...(/\bs!\[/.test(body) ? ['s'] : []), ...used]
  const head = [
    '#![allow(non_snake_case, clippy::all)]',
    ...(imports.length > 0 ? ['', `use ndarray::{${imports.join(', ')}};`] : []),
  ].join('\n')
  const code = `${head}\n\n${body}\n`
  return { code, renamed: { ...prepared.renamed }, sizes, trace: traceOf(code, planned, printed.statements) }
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

function checkLines({ parameter, early, late, reads }: ParameterCheck, names: ReadonlyMap<string, string>): string[] {
  const { identifier: x, axes } = parameter
  const rank = axes.length
  const fail = (tests: typeof early) => {
    if (tests.length === 0) return []
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
  { summary, parameters, outputs, dimensions }: PreparedProgram,
  sizes: EmittedProgram['sizes'],
): string[] {
  const results = outputs.map(({ identifier, doc, planned }) => {
    const text = commentText(doc)
    return `/// - \`${identifier}\`: ${shapeText(planned.axes, dimensions)}${text ? `: ${text}` : ''}`
  })
  return [
    `/// ${summary}`,
    '///',
    ...parameters.map(
      ({ identifier, axes, facts }) => `/// - \`${identifier}\`: ${shapeText(axes, dimensions)}${factsText(facts)}`,
    ),
    ...sizes.map(({ identifier }) => `/// - \`${identifier}\`: a size that no argument tells`),
    '///',
    '/// Returns',
    ...results,
  ]
}

/** Functions of the table that have a definition only. */
function definedFunctions(names: readonly string[]) {
  const done = new Map<string, { readonly text: string; readonly helpers: ReadonlySet<string> }>()
  const write = (name: string): void => {
    if (done.has(name)) return
    const { request, doc } = definitionProgram(name, false)
    const prepared = prepareProgram(request, options)
    const { planned, dimensions, identifiers, indexName, parameters } = prepared
    const printed = printLoops({
      dialect: rustDialect,
      steps: planned.steps,
      names: valueNames(prepared),
      dimension: dimensions,
      identifiers,
      indexName,
    })
    const [output] = planned.outputs
    const value = output?.kind === 'dense' ? (printed.names.get(output.value) ?? '') : ''
    const text = [
      `/// ${commentText(doc)}`,
      `fn ${name}(${parameters.map((p) => `${p.identifier}: f64`).join(', ')}) -> f64 {`,
      ...[...printed.lines, ...statement('', value).map((line) => line.replace(/;$/, ''))].map((line) => `    ${line}`),
      '}',
    ].join('\n')
    done.set(name, { text, helpers: printed.helpers })
    for (const other of printed.defined) write(other)
  }
  for (const name of names) write(name)
  return [...done.values()]
}
