/** The derivation as numbered lines with the rule used, from the trace that differentiation records. */
import { differentiate, type TraceEvent } from '../differentiate/index.ts'
import { generalFunction } from '../functions/index.ts'
import { print } from '../notation/index.ts'
import { simplify } from '../simplify/index.ts'
import type { Node } from '../tensor/node.ts'
import { axesOf, type StructuredTerm, sumOfTerms } from '../tensor/structured.ts'
import { type Derivative, derive, differentiateBy } from './derivative.ts'

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

/**
 * The steps of the last order of a derivative. The first order is derived from the expression as the user wrote it, a higher
 * one from the simplified derivative before it.
 */
export function stepsOf(derivative: Derivative): Step[] {
  const { expression, mode, wrt } = derivative
  const { graph } = expression
  const events: TraceEvent[] = []
  const trace = {
    record: (event: TraceEvent) => {
      if (events.length < STEP_LIMIT) events.push(event)
    },
  }
  const by = wrt.at(-1) as string
  differentiate(graph, start(derivative), expression.variable(by).node, mode, trace)
  const variables = [...expression.variables.keys()]
  const text = (node: Node) => print(simplify(graph, [node])[0] as Node, { variables }).text()
  const tensor = (terms: readonly StructuredTerm[]) => {
    const [first] = terms
    return first ? text(sumOfTerms(graph, axesOf(first), terms)) : '0'
  }
  const lines = events.map(({ mode, node, operand, result }, k): Step => {
    const of = mode === 'reverse' ? 'f' : text(node)
    return {
      number: k + 1,
      rule: ruleOf(node, operand),
      of,
      by: mode === 'forward' ? by : text(operand),
      result: tensor(result),
    }
  })
  const last = { number: lines.length + 1, rule: 'add up and simplify', of: 'f', by, result: derivative.toString() }
  return [...lines, last]
}

/** What the last order differentiates. */
function start({ expression, wrt, mode }: Derivative): Node {
  if (wrt.length === 1) return expression.raw
  return differentiateBy(
    expression,
    wrt.slice(0, -1).map((name) => expression.variable(name).node),
    mode,
  )
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
  const { expression, wrt, mode } = derivative
  const before =
    wrt.length === 1 ? expression.toString() : derive(expression, { wrt: wrt.slice(0, -1), mode }).toString()
  const lines = stepsOf(derivative).map(
    ({ number, rule, of, by, result }) => `${number}. d(${of})/d(${by}) = ${result}   [${rule}]`,
  )
  return [`f = ${before}   [${mode} mode]`, ...lines].join('\n')
}
