/** Numbers of derivatives: the terms of compressed ones, and the dense tensor up to a size. */
import { EincalcError } from '../errors.ts'
import { evaluate, type Tensor } from '../evaluate/index.ts'
import type { StructuredTerm } from '../tensor/structured.ts'
import type { Derivative } from './derivative.ts'

/** The largest dense value that is written out, in elements. */
export const DENSE_LIMIT = 1e7

/** One term of a compressed value: scale · einsum(pattern, cores), where the pattern's output may repeat letters. */
export interface TermValue {
  readonly pattern: string
  readonly scale: number
  readonly cores: readonly Tensor[]
}

/** The terms of a derivative with their cores evaluated. Nothing of the size of the dense tensor is formed. */
export function termValues(
  derivative: Derivative,
  inputs: ReadonlyMap<string, Tensor>,
  sizes: ReadonlyMap<string, number>,
): TermValue[] {
  const cores = derivative.terms.flatMap((term) => term.factors.map((factor) => factor.node))
  const values = evaluate(cores, inputs, sizes)
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
  for (const [axis, label] of term.output.entries()) {
    if (letters.has(label)) continue
    const row = rows[Math.min(axisWithinBlock(derivative, axis), rows.length - 1)] as string
    const letter = [...row, ...rows.join('')].find((candidate) => !used.has(candidate)) ?? '?'
    used.add(letter)
    letters.set(label, letter)
  }
  const spell = (labels: readonly number[]) => labels.map((label) => letters.get(label)).join('')
  return `${term.factors.map((factor) => spell(factor.labels)).join(',')}->${spell(term.output)}`
}

/** The position of an axis among those of the output or of the variable that it belongs to. */
function axisWithinBlock({ expression, wrt }: Derivative, axis: number): number {
  for (const rank of [
    expression.shape.axes.length,
    ...wrt.map((name) => expression.variable(name).shape.axes.length),
  ]) {
    if (axis < rank) return axis
    axis -= rank
  }
  return axis
}

/** The dense tensor of terms, or undefined above the limit. */
export function expandTerms(terms: readonly TermValue[], shape: readonly number[]): Tensor | undefined {
  const size = shape.reduce((product, length) => product * length, 1)
  if (size > DENSE_LIMIT) return undefined
  const data = new Float64Array(size)
  for (const term of terms) addTerm(data, shape, term)
  return { shape, data }
}

function addTerm(data: Float64Array, shape: readonly number[], { pattern, scale, cores }: TermValue): void {
  const [inputs, output] = pattern.split('->') as [string, string]
  const letters = [...new Set(output)]
  const lengths = letters.map((letter) => shape[output.indexOf(letter)] as number)
  const strides = letters.map((letter) => {
    let stride = 1
    let total = 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (output[axis] === letter) total += stride
      stride *= shape[axis] as number
    }
    return total
  })
  const coreStrides = (inputs === '' ? cores.map(() => '') : inputs.split(',')).map((names, k) =>
    letters.map((letter) => {
      const axis = names.indexOf(letter)
      return axis < 0 ? 0 : (cores[k] as Tensor).shape.slice(axis + 1).reduce((product, length) => product * length, 1)
    }),
  )
  const count = lengths.reduce((product, length) => product * length, 1)
  const index = lengths.map(() => 0)
  const positions = cores.map(() => 0)
  let at = 0
  for (let step = 0; step < count; step++) {
    let value = scale
    for (const [k, core] of cores.entries()) value *= core.data[positions[k] as number] as number
    data[at] = (data[at] as number) + value
    for (let axis = lengths.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1
      const back = index[axis] === lengths[axis]
      const steps = back ? 1 - (lengths[axis] as number) : 1
      at += steps * (strides[axis] as number)
      for (const k of positions.keys())
        positions[k] = (positions[k] as number) + steps * ((coreStrides[k] as number[])[axis] as number)
      if (!back) break
      index[axis] = 0
    }
  }
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
