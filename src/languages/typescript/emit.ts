/**
 * Emits a TypeScript module that depends on nothing: one function that checks its arguments and returns value and
 * derivatives, what applies and expands compressed derivatives, and a check against central differences.
 */
import { allElementwise } from '../../functions/index.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import { planChecks, type SizeRead, solvedText } from '../shared/checks.ts'
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
  type PreparedProgram,
  prepareProgram,
  sizeParameters,
  valueNames,
} from '../shared/program.ts'
import { type Statement, traceOf } from '../shared/trace.ts'
import { checkLines } from './check.ts'
import { arrayType, typescriptDialect, typescriptWhole } from './dialect.ts'
import { helperNames, helperTexts } from './helpers.ts'
import { reserved } from './reserved.ts'
import { indented, statement } from './text.ts'

const options = {
  title: 'TypeScript',
  reserved: new Set([...reserved, ...helperNames, ...allElementwise().map((entry) => entry.name)]),
  unicode: true,
  // Sizes are named in the check, too, beside these.
  locals:
    'inputs results at direction parameters cases evaluated dense applied seed random fitting directionOf moved difference contracted largest error right points'.split(
      ' ',
    ),
  fuse: 24,
}

/** The module. Throws `BadRequest` for a function name that TypeScript does not allow. */
export const emitTypescript: Emitter = (request) => {
  const prepared = prepareProgram(request, options)
  const main = printFunction(prepared)
  const compressed = compressedOutputs(prepared, options, (own, _, cores) => printFunction(own, cores))
  const parts = [main, ...functionsBeside(compressed)]
  const check = checkLines(prepared, main.sizes, compressed)
  const { precision } = prepared
  const names = parts.flatMap((part) => [...part.defined])
  const defined = definedFunctions(names, options, printDefined, { precision })
  const helpers = helperTexts([...parts, ...defined].flatMap((part) => [...part.helpers]))
  const bodies = [...parts.map((part) => part.lines.join('\n')), ...check].join('\n\n')
  const head = [
    typeText(precision),
    ...(/\bCores\b/.test(bodies) ? [CORES] : []),
    ...(/\bcheck\(/.test(bodies) ? [CHECK] : []),
  ]
  const texts = [...head, ...helpers, ...defined.map(({ lines }) => lines.join('\n')), bodies]
  const code = `${texts.join('\n\n')}\n`
  const isSingle = precision === 'float32'
  return {
    code: isSingle ? code.replace(/\bFloat64Array\b/g, 'Float32Array') : code,
    renamed: { ...prepared.renamed },
    sizes: main.sizes,
    trace: traceOf(code, prepared.planned, main.statements),
  }
}

function typeText(precision: 'float64' | 'float32'): string {
  return `/** A dense tensor: its entries in row-major order. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: ${arrayType(precision)};
}`
}

const CORES = `/** A compressed derivative: for each term its cores. */
export type Cores = readonly (readonly Tensor[])[];`

const CHECK = `/** Throws unless the tensor has this shape, where -1 is any size, and as many entries. */
function check(
  name: string,
  { shape, data }: Tensor,
  described: string,
  sizes: readonly number[],
): void {
  const fits = shape.every((size, axis) => sizes[axis] === -1 || sizes[axis] === size);
  if (!fits || shape.length !== sizes.length) {
    throw new RangeError(\`\${name} must be of shape \${described}, not (\${shape.join(", ")})\`);
  }
  const count = shape.reduce((a, b) => a * b, 1);
  if (data.length !== count) {
    throw new RangeError(\`\${name} must have \${count} entries, not \${data.length}\`);
  }
}`

interface PrintedFunction {
  readonly lines: readonly string[]
  readonly statements: readonly Statement[]
  readonly sizes: EmittedProgram['sizes']
  readonly helpers: ReadonlySet<string>
  readonly defined: ReadonlySet<string>
}

/** One function. With `cores` its first parameters are the cores of a compressed derivative. */
function printFunction(prepared: PreparedProgram, cores?: readonly (readonly string[])[]): PrintedFunction {
  const { functionName, parameters, planned, outputs, dimensions, identifiers, indexName, precision } = prepared
  const size = (axis: Dimension) => dimensionText(axis, dimensions, typescriptWhole).text
  const coreNames = new Set(cores?.flat() ?? [])
  const names = valueNames(prepared)
  const { steps } = planned
  const dialect = typescriptDialect(precision)
  const printed = printLoops({ dialect, steps, names, dimension: dimensions, identifiers, indexName })
  const returned = outputs.map((output) => returnedText(output, printed.names, steps, size))
  const { checks, untold } = planChecks(parameters, dimensionsIn(prepared, [...printed.lines, ...returned]))
  const sizes = sizeParameters(prepared, untold)

  const head: string[] = []
  if (cores) {
    const list = `[${cores.map((group) => `[${group.map((name) => name).join(', ')}]`).join(', ')}]`
    if (coreNames.size > 0) head.push(`const ${list} = cores;`)
  }
  for (const { parameter, early, late, reads } of checks) {
    const { identifier, axes } = parameter
    const isCore = coreNames.has(parameter.name)
    if (axes.length === 0) {
      if (!isCore) head.push(...numberCheck(identifier))
      continue
    }
    const described = `"(${axes.map(size).join(', ')})"`
    const test = (tests: typeof early) =>
      `check("${identifier}", ${identifier}, ${described}, [${axes
        .map((axis, position) => (tests.some((one) => one.position === position) ? size(axis) : '-1'))
        .join(', ')}]);`
    if (!isCore) head.push(test(early))
    head.push(...readLines(identifier, axes, reads, dimensions))
    if (!isCore && late.length > 0) head.push(test([...early, ...late]))
  }
  const own = parameters.filter(({ name }) => !coreNames.has(name))
  const signature = [
    ...(cores ? ['cores: Cores'] : []),
    ...own.map(({ identifier, axes }) => `${identifier}: ${axes.length === 0 ? 'number' : 'Tensor'}`),
    ...sizes.map(({ identifier }) => `${identifier}: number`),
  ]
  const types = outputs.map(({ planned: { kind, axes } }) =>
    kind === 'terms' ? 'Cores' : axes.length === 0 ? 'number' : 'Tensor',
  )
  const type =
    types.length === 1 ? types[0] : `[${outputs.map(({ identifier }, k) => `${identifier}: ${types[k]}`).join(', ')}]`
  const result = returned.length === 1 ? `return ${returned[0]};` : undefined
  const lines = [
    ...documentation(prepared, own, sizes, cores, size),
    ...signatureLines(functionName, signature, type ?? 'void'),
    ...indented(head),
    ...indented(printed.lines),
    ...indented(result ? [result] : ['return [', ...indented(returned.map((text) => `${text},`)), '];']),
    '}',
  ]
  return { lines, statements: printed.statements, sizes, helpers: printed.helpers, defined: printed.defined }
}

function numberCheck(name: string): string[] {
  return [`if (typeof ${name} !== "number") throw new TypeError("${name} must be a number");`]
}

function readLines(
  identifier: string,
  axes: readonly Dimension[],
  reads: readonly SizeRead[],
  names: ReadonlyMap<string, string>,
): string[] {
  const isAll = reads.length > 1 && reads.length === axes.length && axes.every((axis) => axis.name !== undefined)
  if (isAll) return [`const [${reads.map((read) => names.get(read.name)).join(', ')}] = ${identifier}.shape;`]
  return reads.map((read) => {
    const value = `${identifier}.shape[${read.position}]`
    return `const ${names.get(read.name)} = ${solvedText(read, value, '/')};`
  })
}

function returnedText(
  { planned: output }: NamedOutput,
  names: ReadonlyMap<number, string>,
  steps: PreparedProgram['planned']['steps'],
  size: (axis: Dimension) => string,
): string {
  const tensor = (value: number) => {
    const name = names.get(value) ?? ''
    const step = steps[value]
    if (step?.kind === 'input') return name
    const axes = step?.axes ?? []
    return axes.length === 0
      ? `{ shape: [], data: Float64Array.of(${name}) }`
      : `{ shape: [${axes.map(size).join(', ')}], data: ${name} }`
  }
  if (output.kind === 'terms') {
    return `[${output.terms.map((term) => `[${term.cores.map((core) => coreText(core.value)).join(', ')}]`).join(', ')}]`
  }
  const name = names.get(output.value) ?? ''
  if (output.axes.length === 0) return name
  // A result is the caller's to change, so it is never one of the arguments itself.
  const isInput = steps[output.value]?.kind === 'input'
  return `{ shape: [${output.axes.map(size).join(', ')}], data: ${isInput ? `${name}.data.slice()` : name} }`

  function coreText(value: number): string {
    const step = steps[value]
    const isNumber = step?.axes.length === 0
    return isNumber ? `{ shape: [], data: Float64Array.of(${names.get(value)}) }` : tensor(value)
  }
}

function documentation(
  { summary, outputs }: PreparedProgram,
  own: PreparedProgram['parameters'],
  sizes: EmittedProgram['sizes'],
  cores: readonly (readonly string[])[] | undefined,
  size: (axis: Dimension) => string,
): string[] {
  const shape = (axes: readonly Dimension[]) =>
    axes.length === 0 ? 'a number' : `of shape (${axes.map(size).join(', ')})`
  const results = outputs.map(({ identifier, doc, planned }) => {
    const kind =
      planned.kind === 'terms'
        ? `cores of a tensor ${shape(planned.axes)}; see apply_${identifier} and expand_${identifier}`
        : shape(planned.axes)
    const text = commentText(doc)
    return `${identifier}, ${kind}${text ? `: ${text}` : ''}`
  })
  return [
    '/**',
    ` * ${summary}`,
    ' *',
    ...(cores ? [' * @param cores for each term its cores'] : []),
    ...own.map(({ identifier, axes, facts: known }) => ` * @param ${identifier} ${shape(axes)}${factsText(known)}`),
    ...sizes.map(({ identifier }) => ` * @param ${identifier} a size that no argument tells`),
    ...results.map((text, k) => (k === 0 ? ` * @returns ${text}` : ` *   ${text}`)),
    ' */',
  ]
}

function signatureLines(name: string, signature: readonly string[], type: string): string[] {
  const line = `export function ${name}(${signature.join(', ')}): ${type} {`
  if (line.length <= 80) return [line]
  const result = `): ${type} {`
  const types =
    result.length <= 80
      ? [result]
      : [
          '): [',
          ...type
            .slice(1, -1)
            .split(', ')
            .map((part) => `  ${part},`),
          '] {',
        ]
  return [`export function ${name}(`, ...signature.map((part) => `  ${part},`), ...types]
}

/** A function of the table that has a definition only. */
function printDefined({ name, doc, prepared }: DefinedFunction): PrintedFunction {
  const { planned, dimensions, identifiers, indexName, parameters, precision } = prepared
  const printed = printLoops({
    dialect: typescriptDialect(precision),
    steps: planned.steps,
    names: valueNames(prepared),
    dimension: dimensions,
    identifiers,
    indexName,
  })
  const [output] = planned.outputs
  const value = output?.kind === 'dense' ? printed.names.get(output.value) : undefined
  const lines = [
    `/** ${commentText(doc)} */`,
    `function ${name}(${parameters.map((p) => `${p.identifier}: number`).join(', ')}): number {`,
    ...indented([...printed.lines, ...statement('return ', value ?? '0')]),
    '}',
  ]
  return { lines, statements: [], sizes: [], helpers: printed.helpers, defined: printed.defined }
}
