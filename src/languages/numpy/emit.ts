/**
 * Emits a Python program on NumPy: one function that checks its arguments and returns value and derivatives, what applies
 * and expands compressed derivatives, and a check against central differences that runs when the program is run.
 */
import { EincalcError } from '../../errors.ts'
import { elementwiseFunction, instantiate } from '../../functions/index.ts'
import type { PlanOutput } from '../../plan/input.ts'
import { type Plan, type PlannedOutput, plan } from '../../plan/plan.ts'
import type { ValueId } from '../../plan/step.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import { Graph } from '../../tensor/graph.ts'
import type { Facts } from '../../tensor/node.ts'
import { commentText, Identifiers } from '../shared/identifiers.ts'
import { checkProgram } from './check.ts'
import { compressedFunctions, coresText } from './compressed.ts'
import { type Helper, helpers } from './names.ts'
import { type Parameter, printParameters, shapeDoc } from './parameters.ts'
import { printSteps } from './printer.ts'
import { reserved } from './reserved.ts'
import { statement } from './text.ts'

export interface NumpyVariable {
  readonly name: string
  readonly axes: readonly Dimension[]
  readonly facts: Facts
}

export interface NumpyOutput {
  /** The name of the result in the program, e.g. `gradient`. */
  readonly name: string
  /** What it is, for the docstring. */
  readonly doc: string
  readonly result: PlanOutput
  /** The output that this is the derivative of, by its position, and the variables in the order of differentiation. */
  readonly derivative?: { readonly of: number; readonly by: readonly string[] }
}

export interface NumpyRequest {
  /** `evaluate` unless given. */
  readonly functionName?: string
  /** What the program computes, for its docstring. */
  readonly summary?: string
  /** The parameters, in order. */
  readonly variables: readonly NumpyVariable[]
  /** What the function returns, in order. */
  readonly outputs: readonly NumpyOutput[]
  /** Sizes that decide the order of multiplications. */
  readonly dims?: ReadonlyMap<string, number>
}

export interface EmittedProgram {
  readonly code: string
  /** Variables and dimensions that bear another name in the program, by their names in the expression. */
  readonly renamed: Readonly<Record<string, string>>
}

/** An output with its names and values in the program. */
export interface NamedOutput extends NumpyOutput {
  readonly identifier: string
  readonly planned: PlannedOutput
}

/** The program. Throws `BadRequest` for a function name that Python does not allow. */
export function emitNumpy(request: NumpyRequest): EmittedProgram {
  const functionName = request.functionName ?? 'evaluate'
  const names = new Identifiers({ reserved, unicode: true })
  if (names.take(functionName) !== functionName) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `${commentText(functionName)} cannot name a Python function`,
      hint: 'Use letters, digits and _, and no word that Python reserves.',
    })
  }
  const renamed: Record<string, string> = Object.create(null)
  const parameters = request.variables.map((variable): Parameter => {
    const identifier = names.take(variable.name)
    if (identifier !== variable.name) renamed[variable.name] = identifier
    return { ...variable, identifier }
  })
  const planned = plan(
    request.outputs.map((output) => output.result),
    { fuse: 1, ...(request.dims && { dims: request.dims }) },
  )
  const dimensions = dimensionNames(request, planned, names)
  const outputs = request.outputs.map((output, k): NamedOutput => {
    return { ...output, identifier: names.take(output.name), planned: planned.outputs[k] as PlannedOutput }
  })
  const head = printParameters(parameters, dimensionsUsed(planned), dimensions, renamed)
  const body = printBody(planned, parameters, outputs, dimensions, names)

  const signature = [
    ...parameters.map((p) => p.identifier),
    ...(head.keywords.length > 0 ? ['*', ...head.keywords] : []),
  ]
  const program = [
    ...(body.excludes ? ['@np.errstate(divide="ignore", invalid="ignore", over="ignore")'] : []),
    ...definition(functionName, signature),
    ...docstring(request, head.docs, outputs, dimensions),
    ...head.lines,
    ...body.lines,
    ...statement('return ', outputs.map((output) => body.returned.get(output) ?? '').join(', ')),
  ]
  const after = [
    ...outputs.flatMap((output) => compressedFunctions(output, parameters, dimensions)),
    ...checkProgram(functionName, parameters, outputs, head, dimensions),
  ]
  const text = [program.join('\n'), ...after].join('\n\n\n')
  const before = [...body.helpers].map((helper): string => helpers[helper])
  before.push(...definedHelpers(body.defined, before))
  const all = [...before, text].join('\n\n\n')
  const imports = [...(/\bmath\./.test(all) ? ['import math'] : []), ...(/\bsys\./.test(all) ? ['import sys'] : [])]
  const header = [...imports, ...(imports.length > 0 ? [''] : []), 'import numpy as np'].join('\n')
  return { code: `${header}\n\n\n${all}\n`.replace(/\n\n\n(_erf = )/, '\n\n$1'), renamed: { ...renamed } }
}

function definition(name: string, signature: readonly string[]): string[] {
  const line = `def ${name}(${signature.join(', ')}):`
  return line.length <= 88 ? [line] : [`def ${name}(`, ...signature.map((part) => `    ${part},`), '):']
}

const locals = [
  ...'cores p dense result rng sample inputs results inputs_from results_at position applied difference moves'.split(
    ' ',
  ),
  ...'base step name direction above below moved half one turned direction_of largest array size derivative'.split(' '),
  ...'names order tolerance rounding least low high directions expected scale found gap worst right points error _check'.split(
    ' ',
  ),
]

/** An identifier for every dimension name that may occur. */
function dimensionNames(request: NumpyRequest, planned: Plan, names: Identifiers): Map<string, string> {
  const found = new Set<string>()
  const visit = (axes: readonly Dimension[]) => {
    for (const axis of axes) for (const name of axis.names) found.add(name)
  }
  for (const variable of request.variables) visit(variable.axes)
  for (const output of planned.outputs) visit(output.axes)
  for (const step of planned.steps) visit(stepDimensions(step))
  // The functions beside the main one have local names that sizes may not take; arguments never meet them there.
  for (const local of locals) names.take(local)
  const cores = planned.outputs.flatMap((output) => (output.kind === 'terms' ? output.terms : []))
  for (const core of cores.flatMap((term) => term.cores).keys()) names.take(`c${core + 1}`)
  return new Map([...found].map((name) => [name, names.take(name)]))
}

type AnyStep = Plan['steps'][number]

function stepDimensions(step: AnyStep): Dimension[] {
  const dimensions = [...step.axes]
  if ('space' in step) dimensions.push(...step.space)
  if (step.kind === 'select') dimensions.push(step.index)
  if (step.kind === 'map') collectSizes(step.expression, dimensions)
  return dimensions
}

function collectSizes(expression: (AnyStep & { kind: 'map' })['expression'], into: Dimension[]): void {
  switch (expression.kind) {
    case 'size':
      into.push(expression.dimension)
      return
    case 'mask':
      for (const { terms, offset } of expression.conditions) into.push(offset, ...terms.map((t) => t.coefficient))
      collectSizes(expression.body, into)
      return
    case 'product':
      for (const { base } of expression.factors) collectSizes(base, into)
      return
    case 'sum':
      for (const { term } of expression.terms) collectSizes(term, into)
      return
    case 'call':
      for (const arg of expression.args) collectSizes(arg, into)
  }
}

/** The names of dimensions whose sizes the statements may spell. */
function dimensionsUsed(planned: Plan): ReadonlySet<string> {
  const used = new Set<string>()
  for (const step of planned.steps) {
    if (step.kind === 'input') continue
    const spelt = new Set<Dimension>()
    if (step.kind === 'expand' || step.kind === 'reshape' || step.kind === 'map')
      for (const d of stepDimensions(step)) spelt.add(d)
    if (step.kind === 'select') spelt.add(step.index)
    if (step.kind === 'solve') for (const d of step.axes) spelt.add(d)
    for (const dimension of spelt) for (const name of dimension.names) used.add(name)
  }
  return used
}

interface Body {
  readonly lines: readonly string[]
  readonly returned: ReadonlyMap<NamedOutput, string>
  readonly helpers: ReadonlySet<Helper>
  readonly defined: ReadonlySet<string>
  readonly excludes: boolean
}

function printBody(
  planned: Plan,
  parameters: readonly Parameter[],
  outputs: readonly NamedOutput[],
  dimension: ReadonlyMap<string, string>,
  identifiers: Identifiers,
): Body {
  const names = new Map<ValueId, string>()
  for (const [value, step] of planned.steps.entries()) {
    if (step.kind !== 'input') continue
    const parameter = parameters.find((candidate) => candidate.name === step.name)
    if (!parameter) throw new RangeError(`variable ${step.name} is no parameter`)
    names.set(value, parameter.identifier)
  }
  const inputs = new Set(names.keys())
  for (const { planned: output, identifier } of outputs) {
    if (output.kind === 'dense' && !names.has(output.value)) names.set(output.value, identifier)
    if (output.kind === 'terms') {
      for (const term of output.terms) {
        for (const core of term.cores) {
          if (!names.has(core.value)) names.set(core.value, identifiers.take(`${identifier}_core`))
        }
      }
    }
  }
  const printed = printSteps({ steps: planned.steps, outputs: planned.outputs, names, dimension, identifiers })
  const lines = [...printed.lines]
  const returned = new Map<NamedOutput, string>()
  for (const output of outputs) {
    const { planned: result } = output
    if (result.kind === 'terms') {
      lines.push(...statement(`${output.identifier} = `, coresText(result, printed.names)))
      returned.set(output, output.identifier)
    } else {
      const name = printed.names.get(result.value) ?? ''
      // A result is the caller's to change, so it is never one of the arguments itself.
      returned.set(output, inputs.has(result.value) ? `${name}.copy()` : name)
    }
  }
  return { ...pick(printed), lines, returned }
}

function pick({ helpers: used, defined, excludes }: Body | ReturnType<typeof printSteps>) {
  return { helpers: used, defined, excludes }
}

function docstring(
  request: NumpyRequest,
  parameters: readonly string[],
  outputs: readonly NamedOutput[],
  dimensions: ReadonlyMap<string, string>,
): string[] {
  const summary = commentText(request.summary ?? '') || 'Value and derivatives.'
  const list = outputs.flatMap(({ identifier, doc, result }) => {
    const axes = result.kind === 'dense' ? result.node.axes : result.axes
    const shape = shapeDoc(axes, dimensions)
    const compressed = result.kind === 'terms' && result.compressed
    const kind = compressed ? `cores of an ${shape}; see apply_${identifier} and expand_${identifier}` : shape
    return [`    ${identifier} : ${kind}`, ...(commentText(doc) ? [`        ${commentText(doc)}`] : [])]
  })
  return [
    `    """${summary}`,
    ...(parameters.length > 0 ? ['', '    Parameters', '    ----------', ...parameters] : []),
    '',
    '    Returns',
    '    -------',
    ...list,
    '    """',
  ]
}

/** Functions that NumPy lacks and the table defines, each before those that use it. */
function definedHelpers(names: ReadonlySet<string>, known: string[]): string[] {
  const written: string[] = []
  const done = new Set<string>()
  const write = (name: string): void => {
    if (done.has(name)) return
    done.add(name)
    const { parameters, definition: text, doc } = elementwiseFunction(name)
    if (text === undefined) throw new RangeError(`${name} has neither a NumPy name nor a definition`)
    const g = new Graph()
    const args = new Map(parameters.map((p) => [p, { node: g.variable(p, []), labels: [] }]))
    const planned = plan([{ kind: 'dense', node: instantiate(g, text, args).node }], { fuse: 1 })
    const identifiers = new Identifiers({ reserved, unicode: false })
    const list = parameters.map((parameter): Parameter => {
      return { name: parameter, identifier: identifiers.take(parameter), axes: [], facts: {} }
    })
    const [output] = planned.outputs
    if (!output) return
    const result: NamedOutput = {
      name: 'result',
      doc: '',
      result: { kind: 'dense', node: g.constant(0) },
      identifier: identifiers.take('result'),
      planned: output,
    }
    const body = printBody(planned, list, [result], new Map(), identifiers)
    for (const helper of body.helpers) if (!known.includes(helpers[helper])) known.push(helpers[helper])
    for (const inner of body.defined) write(inner)
    const lines = [
      `def _${name}(${list.map((p) => p.identifier).join(', ')}):`,
      `    """${commentText(doc)}"""`,
      ...body.lines,
      `    return ${body.returned.get(result)}`,
    ]
    written.push(lines.join('\n'))
  }
  for (const name of names) write(name)
  return written
}
