/** The terms of a derivative before there are numbers: what each core is, how they combine, how many entries they keep. */
import { print } from '../notation/index.ts'
import type { Dimension } from '../tensor/dimension.ts'
import type { Derivative } from './derivative.ts'
import { patternOf } from './values.ts'

export interface SymbolicTerm {
  /** An einsum whose output may repeat letters: a unit tensor between two axes is one letter twice. */
  readonly pattern: string
  readonly scale: number
  /** Each core as text that reads back, with its dimensions. */
  readonly cores: readonly { readonly text: string; readonly axes: readonly Dimension[] }[]
}

export function symbolicTerms(derivative: Derivative): SymbolicTerm[] {
  const { expression, terms } = derivative
  const options = { variables: [...expression.variables.keys()], rows: expression.rowVariables }
  return terms.map((term) => ({
    pattern: patternOf(derivative, term),
    scale: term.coefficient.toNumber(),
    cores: term.factors.map(({ node, exponent }) => {
      const text = print(node, { ...options, sizes: expression.variableSizes }).text()
      return { text: exponent.isOne ? text : `(${text}).^(${exponent.toString()})`, axes: node.axes }
    }),
  }))
}
