/** What every emitter is asked for and gives: the request, the program, and what all of them prepare alike. */
import { EincalcError } from '../../errors.ts'
import type { PlanOutput } from '../../plan/input.ts'
import { type Plan, type PlannedOutput, plan } from '../../plan/plan.ts'
import type { Expression, Step, ValueId } from '../../plan/step.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import type { Facts } from '../../tensor/node.ts'
import { commentText, type IdentifierRules, Identifiers } from './identifiers.ts'
import type { Trace } from './trace.ts'

export interface ProgramVariable {
  readonly name: string
  readonly axes: readonly Dimension[]
  readonly facts: Facts
}

export interface ProgramOutput {
  /** The name of the result in the program, e.g. `gradient`. */
  readonly name: string
  /** What it is, for the documentation. */
  readonly doc: string
  readonly result: PlanOutput
  /** The output that this is the derivative of, by its position, and the variables in the order of differentiation. */
  readonly derivative?: { readonly of: number; readonly by: readonly string[] }
}

/** The numbers that a program computes with. */
export type Precision = 'float64' | 'float32'

export interface ProgramRequest {
  /** `evaluate` unless given. */
  readonly functionName?: string
  /** What the program computes, for its documentation. */
  readonly summary?: string
  /** The parameters, in order. */
  readonly variables: readonly ProgramVariable[]
  /** What the function returns, in order. */
  readonly outputs: readonly ProgramOutput[]
  /** Sizes that decide the order of multiplications. */
  readonly dims?: ReadonlyMap<string, number>
  /** float64 unless given. */
  readonly precision?: Precision
  /** The dimension along which the program splits its work over devices. */
  readonly shard?: string
}

export interface EmittedProgram {
  readonly code: string
  /** The program's file where that is no text; `code` then is the same to be read. */
  readonly bytes?: Uint8Array
  /** Variables and dimensions that bear another name in the program, by their names in the expression. */
  readonly renamed: Readonly<Record<string, string>>
  /** Dimensions that no argument tells: the parameters after the variables, in order. */
  readonly sizes: readonly { readonly name: string; readonly identifier: string }[]
  /** Which lines compute what; absent where the program computes nothing. */
  readonly trace?: Trace
}

export type Emitter = (request: ProgramRequest) => EmittedProgram

export interface Parameter extends ProgramVariable {
  readonly identifier: string
}

/** An output with its names and values in the program. */
export interface NamedOutput extends ProgramOutput {
  readonly identifier: string
  readonly planned: PlannedOutput
}

/** A request with its plan, and an identifier for all that bears a name. */
export interface PreparedProgram {
  readonly functionName: string
  readonly summary: string
  readonly parameters: readonly Parameter[]
  readonly planned: Plan
  readonly outputs: readonly NamedOutput[]
  /** The identifier of each name of a dimension. */
  readonly dimensions: ReadonlyMap<string, string>
  readonly identifiers: Identifiers
  /** Names for indices, the same in every statement that needs some. */
  readonly indexName: (k: number) => string
  /** Filled while the program is written. */
  readonly renamed: Record<string, string>
  readonly precision: Precision
}

export interface PrepareOptions extends IdentifierRules {
  /** The language, for messages. */
  readonly title: string
  /** Local names of functions beside the main one, which sizes may not take; arguments never meet them there. */
  readonly locals: readonly string[]
  /** The operations that one elementwise step holds at most: see `PlanOptions`. */
  readonly fuse: number
}

/** Plans and names. Throws `BadRequest` for a function name that the language does not allow. */
export function prepareProgram(request: ProgramRequest, options: PrepareOptions): PreparedProgram {
  const functionName = request.functionName ?? 'evaluate'
  const identifiers = new Identifiers(options)
  if (identifiers.take(functionName) !== functionName) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `${commentText(functionName)} cannot name a ${options.title} function`,
      hint: `Use letters, digits and _, and no word that ${options.title} reserves.`,
    })
  }
  const renamed: Record<string, string> = Object.create(null)
  const parameters = request.variables.map((variable): Parameter => {
    const identifier = identifiers.take(variable.name)
    if (identifier !== variable.name) renamed[variable.name] = identifier
    return { ...variable, identifier }
  })
  const planned = plan(
    request.outputs.map((output) => output.result),
    { fuse: options.fuse, ...(request.dims && { dims: request.dims }) },
  )
  const dimensions = dimensionNames(request, planned, identifiers, options.locals)
  const outputs = request.outputs.map((output, k): NamedOutput => {
    return { ...output, identifier: identifiers.take(output.name), planned: planned.outputs[k] as PlannedOutput }
  })
  return {
    functionName,
    summary: commentText(request.summary ?? '') || 'Value and derivatives.',
    parameters,
    planned,
    outputs,
    dimensions,
    identifiers,
    indexName: indexNames(identifiers),
    renamed,
    precision: request.precision ?? 'float64',
  }
}

/** Names for indices, taken when they are first used: the letters from i on that nothing else bears. */
export function indexNames(identifiers: Identifiers): (k: number) => string {
  const taken = new Map<number, string>()
  return (k) => {
    const name = taken.get(k) ?? identifiers.takeFirst([...'ijklpqrsuvw'])
    taken.set(k, name)
    return name
  }
}

/** An identifier for every dimension name that may occur. */
function dimensionNames(
  request: ProgramRequest,
  planned: Plan,
  identifiers: Identifiers,
  locals: readonly string[],
): Map<string, string> {
  const found = new Set<string>()
  const visit = (axes: readonly Dimension[]) => {
    for (const axis of axes) for (const name of axis.names) found.add(name)
  }
  for (const variable of request.variables) visit(variable.axes)
  for (const output of planned.outputs) visit(output.axes)
  for (const step of planned.steps) visit(stepDimensions(step))
  for (const local of locals) identifiers.take(local)
  const cores = planned.outputs.flatMap((output) => (output.kind === 'terms' ? output.terms : []))
  for (const core of cores.flatMap((term) => term.cores).keys()) identifiers.take(`c${core + 1}`)
  return new Map([...found].map((name) => [name, identifiers.take(name)]))
}

function stepDimensions(step: Step): Dimension[] {
  const dimensions = [...step.axes]
  if ('space' in step) dimensions.push(...step.space)
  if (step.kind === 'select') dimensions.push(step.index)
  if (step.kind === 'map') collectSizes(step.expression, dimensions)
  return dimensions
}

function collectSizes(expression: Expression, into: Dimension[]): void {
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

/** The parameters of these sizes; those whose names had to change are noted as renamed. */
export function sizeParameters(
  { dimensions, renamed }: PreparedProgram,
  untold: readonly string[],
): EmittedProgram['sizes'] {
  return untold.map((name) => {
    const identifier = dimensions.get(name) ?? name
    if (identifier !== name) renamed[name] = identifier
    return { name, identifier }
  })
}

/** What is declared of a variable, behind its shape in documentation: `, symmetric, positive`. */
export function factsText({ structure, sign }: Facts): string {
  const words = [structure === 'psd' ? 'symmetric positive definite' : structure, sign]
  return words.map((word) => (word === undefined ? '' : `, ${word}`)).join('')
}

/** The names of dimensions whose sizes statements on whole arrays may spell. */
export function dimensionsUsed(planned: Plan): ReadonlySet<string> {
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

/** The names that inputs and outputs give to their values. */
export function valueNames({ planned, parameters, outputs, identifiers }: PreparedProgram): Map<ValueId, string> {
  const names = new Map<ValueId, string>()
  for (const [value, step] of planned.steps.entries()) {
    if (step.kind !== 'input') continue
    const parameter = parameters.find((candidate) => candidate.name === step.name)
    if (!parameter) throw new RangeError(`variable ${step.name} is no parameter`)
    names.set(value, parameter.identifier)
  }
  for (const { planned: output, identifier } of outputs) {
    if (output.kind === 'dense') {
      if (!names.has(output.value)) names.set(output.value, identifier)
      continue
    }
    for (const core of output.terms.flatMap((term) => term.cores)) {
      if (!names.has(core.value)) names.set(core.value, identifiers.take(`${identifier}_core`))
    }
  }
  return names
}

/** The names of dimensions whose identifiers occur in these lines. */
export function dimensionsIn({ dimensions }: PreparedProgram, lines: readonly string[]): Set<string> {
  const words = new Set(lines.join('\n').match(/[\p{L}\p{N}_]+/gu))
  return new Set([...dimensions].flatMap(([name, identifier]) => (words.has(identifier) ? [name] : [])))
}
