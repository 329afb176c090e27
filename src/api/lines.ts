/** What the lines of a program compute, so that a part of a formula can be found in it. */
import { reads, type Step, type ValueId } from '../plan/step.ts'
import type { Node } from '../tensor/node.ts'
import { type CodeOptions, emitProgram } from './code.ts'
import type { Derivative } from './derivative.ts'
import type { Expression } from './expression.ts'
import { nodeWriter } from './node-text.ts'

export interface ProgramLine {
  /** The number of the line in the code, counted from 0. */
  readonly line: number
  /** The subexpressions that it computes, as text that reads back: those within others first. The value also as it was written. */
  readonly computes: readonly string[]
  /** The variables that it reads. */
  readonly reads: readonly string[]
}

/** Nobody looks for a part in a program of more subexpressions, and each is printed. */
const MOST_NODES = 400

/** The lines of the program that `emitProgram` gives, in order; lines that compute no subexpression are left out. */
export function programLines(
  language: string,
  expression: Expression,
  derivatives: readonly Derivative[],
  options: CodeOptions = {},
): ProgramLine[] {
  const { trace } = emitProgram(language, expression, derivatives, options)
  if (!trace) return []
  const { plan, lines } = trace
  const origins = new Map(plan.origins)
  for (const [k, { node }] of derivatives.entries()) {
    const output = plan.outputs[k + 1]
    if (output?.kind === 'dense') origins.set(node, output.value)
  }
  if (origins.size > MOST_NODES) return []
  const nodes = new Map<ValueId, Node[]>()
  for (const [node, value] of origins) nodes.set(value, [...(nodes.get(value) ?? []), node])
  const order = new Map([...origins.keys()].map((node, position) => [node, position]))
  const write = nodeWriter(expression)
  return [...lines].flatMap(([line, values]) => {
    const made = values.flatMap((value) => nodes.get(value) ?? [])
    made.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
    const inputs = values.flatMap((value) => reads(plan.steps[value] as Step)).map((value) => plan.steps[value])
    const isRead = (name: string) => inputs.some((step) => step?.kind === 'input' && step.name === name)
    const variables = [...expression.variables.keys()].filter(isRead)
    const texts = made.flatMap((node) => (node === expression.node ? [write(node), expression.text] : [write(node)]))
    return made.length === 0 ? [] : [{ line, computes: [...new Set(texts)], reads: variables }]
  })
}
