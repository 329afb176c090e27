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
import type { NamedOutput, Parameter, ProgramRequest } from './program.ts'

export interface CoreFunctions {
  /** The names of the cores, term by term: the first parameters of both. */
  readonly cores: readonly (readonly string[])[]
  /** Absent where the output is no derivative by a parameter. */
  readonly apply?: ProgramRequest
  readonly expand: ProgramRequest
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
