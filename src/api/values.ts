/** Numbers of derivatives: the terms of compressed ones, and the dense tensor up to a size. */
import { CompressedTensor, type CompressedTerm } from '../compressed/index.ts'
import { EincalcError } from '../errors.ts'
import { evaluate, type Tensor } from '../evaluate/index.ts'
import type { Node } from '../tensor/node.ts'
import type { StructuredTerm } from '../tensor/structured.ts'
import type { Derivative } from './derivative.ts'
import type { Evaluator } from './evaluator.ts'

/** The largest dense value that is written out, in elements. */
export const DENSE_LIMIT = 1e7

/** One term of a compressed value: scale · einsum(pattern, cores), where the pattern's output may repeat letters. */
export type TermValue = CompressedTerm

/** The cores of a derivative's terms, in order. */
export function coresOf({ terms }: Derivative): Node[] {
  return terms.flatMap((term) => term.factors.map((factor) => factor.node))
}

/** The terms of a derivative with their cores evaluated. Nothing of the size of the dense tensor is formed. */
export function termValues(
  derivative: Derivative,
  inputs: ReadonlyMap<string, Tensor>,
  sizes: ReadonlyMap<string, number>,
  evaluator: Evaluator = evaluate,
): TermValue[] {
  const values = evaluator(coresOf(derivative), inputs, sizes)
  let next = 0
  return derivative.terms.map((term) => ({
    pattern: patternOf(derivative, term),
    scale: term.coefficient.toNumber(),
    cores: term.factors.map(() => values[next++] as Tensor),
  }))
}

/** The pattern of a term, e.g. `ab->iaib`: the k-th axis of each variable takes the k-th row of letters. */
export function patternOf(derivative: Derivative, term: StructuredTerm): string {
  const rows = ['ijklmn', 'abcdefgh', 'pqrst', 'uvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  const used = new Set<string>()
  const letters = new Map<number, string>()
  const name = (label: number, row: string) => {
    if (letters.has(label)) return
    const letter = [...row, ...rows.join('')].find((candidate) => !used.has(candidate)) ?? freshLetter(used.size)
    used.add(letter)
    letters.set(label, letter)
  }
  for (const [axis, label] of term.output.entries()) {
    name(label, rows[Math.min(axisWithinBlock(derivative, axis), rows.length - 1)] as string)
  }
  for (const { labels } of term.factors) for (const label of labels) name(label, 'stuvwxyz')
  const spell = (labels: readonly number[]) => labels.map((label) => letters.get(label)).join('')
  return `${term.factors.map((factor) => spell(factor.labels)).join(',')}->${spell(term.output)}`
}

/** A letter beyond the Latin alphabet, for a pattern that has used it up. */
function freshLetter(used: number): string {
  return String.fromCodePoint(0x3b1 + used)
}

/** The position of an axis among those of the output or of the variable that it belongs to. */
function axisWithinBlock({ expression, variableShapes }: Derivative, axis: number): number {
  for (const { axes } of [expression.shape, ...variableShapes]) {
    if (axis < axes.length) return axis
    axis -= axes.length
  }
  return axis
}

/** The dense tensor of terms, or undefined above the limit. */
export function expandTerms(terms: readonly TermValue[], shape: readonly number[]): Tensor | undefined {
  const size = shape.reduce((product, length) => product * length, 1)
  return size > DENSE_LIMIT ? undefined : new CompressedTensor(terms, shape, shape.length).expand()
}

/** The sizes of a derivative's axes. Throws `BadRequest` where one is not known. */
export function shapeAt(derivative: Derivative, sizes: ReadonlyMap<string, number>): number[] {
  return derivative.shape.axes.map((axis) => {
    const missing = axis.names.find((name) => !sizes.has(name))
    if (missing !== undefined) {
      throw new EincalcError({ code: 'BadRequest', message: `no size is given for dimension ${missing}` })
    }
    return axis.evaluate(sizes)
  })
}
