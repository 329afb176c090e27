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
  const simple = (node: Node) => simplify(graph, [node])[0] as Node
  const asWritten = (node: Node) => print(node, { variables }).text()
  const text = (node: Node) => asWritten(simple(node))
  const whole = (terms: readonly StructuredTerm[]) => {
    const [first] = terms
    return first && sumOfTerms(graph, axesOf(first), terms)
  }
  const lines = events.map(({ mode, node, operand, result }, k): Step => {
    const tensor = whole(result)
    return {
      number: k + 1,
      rule: ruleOf(node, operand),
      of: mode === 'reverse' ? 'f' : asWritten(node),
      by: mode === 'forward' ? by : asWritten(operand),
      result: tensor ? text(tensor) : '0',
    }
  })
  const final = events.length < STEP_LIMIT ? events.at(-1) : undefined
  const found = final?.mode === 'reverse' && whole(final.result)
  // One contribution alone, simplified, is the derivative already.
  if (found && simple(found) === derivative.node) return lines
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
    wrt.length === 1
      ? print(expression.raw, { variables: [...expression.variables.keys()] }).text()
      : derive(expression, { wrt: wrt.slice(0, -1), mode }).toString()
  const lines = stepsOf(derivative).map(
    ({ number, rule, of, by, result }) => `${number}. d(${of})/d(${by}) = ${result}   [${rule}]`,
  )
  return [`f = ${before}   [${mode} mode]`, ...lines].join('\n')
}
