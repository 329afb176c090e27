/** What a derivation did, recorded while it happens, for the printed steps. */
import type { Node } from '../tensor/node.ts'
import type { StructuredTerm } from '../tensor/structured.ts'

/** One use of a row of the rule table. */
export interface TraceEvent {
  readonly mode: 'forward' | 'reverse' | 'crosscountry'
  /** The node whose partial derivative was taken. */
  readonly node: Node
  /** The operand it was taken by. */
  readonly operand: Node
  /**
   * What it gave: in reverse mode the contribution to ∂output/∂operand, in forward mode that to ∂node/∂x; in
   * cross-country mode only the partial itself.
   */
  readonly result: readonly StructuredTerm[]
}

export interface Trace {
  record(event: TraceEvent): void
}
