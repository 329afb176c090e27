/**
 * The functions beside a program that returns compressed derivatives: each term's cores applied to a direction, and
 * expanded to the dense tensor. They are programs of their own over the cores, so that every language prints them as it
 * prints the main one.
 */
import type { PlannedTerm } from '../../plan/plan.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import { Graph } from '../../tensor/graph.ts'
import type { Variable } from '../../tensor/node.ts'
import { Rational } from '../../tensor/rational.ts'
import { type StructuredTerm, sumOfTerms } from '../../tensor/structured.ts'
import {
  type EmittedProgram,
  type NamedOutput,
  type Parameter,
  type PreparedProgram,
  type PrepareOptions,
  type ProgramRequest,
  type ProgramVariable,
  prepareProgram,
} from './program.ts'

export interface CoreFunctions {
  /** The names of the cores, term by term: the first parameters of both. */
  readonly cores: readonly (readonly string[])[]
  /** Absent where the output is no derivative by a parameter. */
  readonly apply?: ProgramRequest
  readonly expand: ProgramRequest
}

/** An output that is returned as terms, with the functions beside it as a language prints them. */
export interface CompressedOutput<Printed> {
  /** The cores of all terms, in order. */
  readonly cores: readonly ProgramVariable[]
  readonly apply?: Printed
  readonly expand: Printed
}

/** The compressed outputs of a program, in order; `print` writes a function over the cores, which come first. */
export function compressedOutputs<Printed>(
  { outputs, parameters, precision }: PreparedProgram,
  options: PrepareOptions,
  print: (own: PreparedProgram, output: NamedOutput, cores: CoreFunctions['cores']) => Printed,
): Map<NamedOutput, CompressedOutput<Printed>> {
  return new Map(
    outputs.flatMap((output): [NamedOutput, CompressedOutput<Printed>][] => {
      const functions = coreFunctions(output, parameters)
      if (!functions) return []
      const { cores, apply, expand } = functions
      const printed = (one: ProgramRequest) =>
        print(prepareProgram({ ...one, precision }, { ...options, locals: ['cores'] }), output, cores)
      return [[output, { cores: expand.variables, ...(apply && { apply: printed(apply) }), expand: printed(expand) }]]
    }),
  )
}

/** All functions beside compressed outputs. */
export function functionsBeside<Printed>(compressed: ReadonlyMap<NamedOutput, CompressedOutput<Printed>>): Printed[] {
  return [...compressed.values()].flatMap(({ apply, expand }) => (apply ? [apply, expand] : [expand]))
}

/** What a direction is called in the program around, where a size or a variable may be called p, too. Taken once. */
export function directionName<Printed>(
  { identifiers }: Pick<PreparedProgram, 'identifiers'>,
  compressed: ReadonlyMap<NamedOutput, CompressedOutput<Printed>>,
): string {
  return compressed.size > 0 ? identifiers.take('p') : 'p'
}

/** The sizes that a function takes last, by their names in the program around it. */
export function sizesIn(
  { dimensions }: Pick<PreparedProgram, 'dimensions'>,
  { sizes }: { readonly sizes: EmittedProgram['sizes'] },
): string[] {
  return sizes.map(({ name, identifier }) => dimensions.get(name) ?? identifier)
}

/** The programs for an output that is returned as terms; undefined for one that is dense. */
export function coreFunctions(
  { planned, derivative, identifier }: NamedOutput,
  parameters: readonly Parameter[],
): CoreFunctions | undefined {
  if (planned.kind !== 'terms') return undefined
  const { axes, terms } = planned
  const g = new Graph()
  let count = 0
  const nodes = terms.map((term) =>
    term.cores.map((core): Variable => {
      const own = core.labels.map((label) => axes[term.output.indexOf(label)] as Dimension)
      return g.variable(`c${++count}`, own)
    }),
  )
  const variables = nodes.flat()
  const expanded = terms.map((term, t) => structured(term, nodes[t] ?? [], axes))
  const expand: ProgramRequest = {
    functionName: `expand_${identifier}`,
    summary: `${identifier} as a dense tensor.`,
    variables,
    outputs: [{ name: 'result', doc: '', result: { kind: 'terms', axes, terms: expanded, compressed: false } }],
  }
  const cores = nodes.map((list) => list.map((core) => core.name))
  const by = parameters.find((parameter) => parameter.name === derivative?.by.at(-1))
  if (!by) return { cores, expand }
  const direction = g.variable('p', by.axes)
  const rows = axes.length - by.axes.length
  const applied = expanded.map((term): StructuredTerm => {
    const factor = { node: direction, labels: term.output.slice(rows), exponent: Rational.ONE }
    return { ...term, factors: [...term.factors, factor], output: term.output.slice(0, rows) }
  })
  const node = sumOfTerms(g, axes.slice(0, rows), applied)
  const apply: ProgramRequest = {
    functionName: `apply_${identifier}`,
    summary: `${identifier} applied to p: its last axes, those of ${by.identifier}, are summed with p.`,
    variables: [...variables, direction],
    outputs: [{ name: 'result', doc: '', result: { kind: 'dense', node } }],
  }
  return { cores, apply, expand }
}

function structured(term: PlannedTerm, nodes: readonly Variable[], axes: readonly Dimension[]): StructuredTerm {
  const dimensions: Dimension[] = []
  for (const [axis, label] of term.output.entries()) dimensions[label] = axes[axis] as Dimension
  const factors = term.cores.map((core, k) => {
    return { node: nodes[k] as Variable, labels: core.labels, exponent: Rational.ONE }
  })
  return { coefficient: term.coefficient, factors, dimensions, output: term.output }
}
