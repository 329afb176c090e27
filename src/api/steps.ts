/** The derivation as numbered lines with the rule used, from the trace that differentiation records. */
import type { TraceEvent } from '../differentiate/index.ts'
import { generalFunction } from '../functions/index.ts'
import { print } from '../notation/index.ts'
import { simplify } from '../simplify/index.ts'
import type { Node } from '../tensor/node.ts'
import { axesOf, type StructuredTerm, sumOfTerms } from '../tensor/structured.ts'
import { type Derivative, differentiateBy } from './derivative.ts'

/** One line of a derivation. */
export interface Step {
  readonly number: number
  /** The rule in words, e.g. `product rule`. */
  readonly rule: string
  /** What is differentiated here, by what, and the result, in our language. */
  readonly of: string
  readonly by: string
  readonly result: string
}

/** Longer derivations are cut here; nobody reads them, and printing them all would cost more than deriving. */
const STEP_LIMIT = 200

/** The steps of the last order of a derivative. */
export function stepsOf(derivative: Derivative): Step[] {
  const { expression, mode, wrt } = derivative
  const events: TraceEvent[] = []
  const record = (event: TraceEvent) => {
    if (events.length < STEP_LIMIT) events.push(event)
  }
  const variables = wrt.map((name) => expression.variable(name).node)
  differentiateBy(expression, variables, mode, { record })
  const text = (node: Node) => print(simplify(expression.graph, [node])[0] as Node, { variables: names }).text()
  const names = [...expression.variables.keys()]
  const tensor = (terms: readonly StructuredTerm[]) => {
    const [first] = terms
    return first ? text(sumOfTerms(expression.graph, axesOf(first), terms)) : '0'
  }
  const lines = events.map((event, k): Step => {
    const forward = event.mode === 'forward'
    return {
      number: k + 1,
      rule: ruleOf(event.node, event.operand),
      of: forward ? text(event.node) : event.mode === 'reverse' ? 'f' : text(event.node),
      by: forward ? (wrt.at(-1) as string) : text(event.operand),
      result: tensor(event.result),
    }
  })
  lines.push({
    number: lines.length + 1,
    rule: 'add up and simplify',
    of: 'f',
    by: wrt.at(-1) as string,
    result: derivative.toString(),
  })
  return lines
}

function ruleOf(node: Node, operand: Node): string {
  switch (node.kind) {
    case 'contraction': {
      const factor = node.factors.find((f) => f.node === operand)
      if (factor && !factor.exponent.isOne) return 'power rule'
      return node.factors.filter((f) => f.node.kind !== 'indicator').length > 1 ? 'product rule' : 'linear rule'
    }
    case 'sum':
      return 'sum rule'
    case 'map':
      return `chain rule, derivative of ${node.name}`
    case 'general':
      return `chain rule, derivative of ${generalFunction(node.name).usage.split('(')[0]}`
    default:
      return 'definition'
  }
}

/** The steps as lines of text. */
export function stepsText(derivative: Derivative): string {
  const { expression } = derivative
  const heading = `f = ${expression.toString()}${derivative.order > 1 ? `, order ${derivative.order}` : ''}, ${derivative.mode} mode`
  const lines = stepsOf(derivative).map(
    ({ number, rule, of, by, result }) => `${number}. d(${of})/d(${by}) = ${result}   [${rule}]`,
  )
  return [heading, ...lines].join('\n')
}
