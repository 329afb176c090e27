/** Terms of compressed tensors: scale · einsum(pattern, cores), where the pattern's output may repeat letters. */
import { EincalcError } from '../errors.ts'
import { sizeOf, stridesOf, type Tensor } from '../evaluate/tensor.ts'
import { contract, type Operand, operandOf, type Sizes } from './operand.ts'

/**
 * One term, e.g. `ab->iaib` with the core C: scale · C[a,b] where the first and third index agree, else 0. Letters that the
 * output lacks are summed.
 */
export interface CompressedTerm {
  readonly pattern: string
  readonly scale: number
  readonly cores: readonly Tensor[]
}

/** A term with numbers for letters. */
export interface LabelledTerm {
  readonly scale: number
  readonly operands: readonly Operand[]
  /** The label of each axis of the tensor. */
  readonly output: readonly number[]
  readonly sizes: Sizes
}

/** Reads a pattern. Throws `BadRequest` or `ShapeMismatch` where pattern, cores and shape do not fit. */
export function labelled({ pattern, scale, cores }: CompressedTerm, shape: readonly number[]): LabelledTerm {
  const [inputs, output] = pattern.split('->')
  if (inputs === undefined || output === undefined) throw unfit(pattern, 'it has no arrow')
  const lists = cores.length === 0 && inputs === '' ? [] : inputs.split(',')
  if (lists.length !== cores.length) throw unfit(pattern, `it names ${lists.length} cores, ${cores.length} are given`)
  const known = new Map<string, number>()
  const sizes: number[] = []
  const place = (letters: string, lengths: readonly number[]) => {
    const names = [...letters]
    if (names.length !== lengths.length) throw unfit(pattern, `${letters || 'nothing'} names ${lengths.length} axes`)
    return names.map((letter, axis) => {
      const label = known.get(letter) ?? known.size
      known.set(letter, label)
      sizes[label] ??= lengths[axis]!
      if (sizes[label] !== lengths[axis])
        throw unfit(pattern, `${letter} is both ${sizes[label]} and ${lengths[axis]} long`)
      return label
    })
  }
  const labels = place(output, shape)
  const operands = lists.map((letters, k) => {
    const core = cores[k]!
    const own = place(letters, core.shape)
    if (core.data.length !== sizeOf(core.shape)) throw unfit(pattern, `core ${k + 1} does not fill its shape`)
    return { own, data: core.data }
  })
  return { scale, operands: operands.map(({ own, data }) => operandOf(own, data, sizes)), output: labels, sizes }
}

function unfit(pattern: string, why: string): EincalcError {
  return new EincalcError({ code: 'ShapeMismatch', message: `the pattern ${pattern} does not fit: ${why}` })
}

/** A term without summed labels: operands that share one are contracted. */
export function withoutSums(term: LabelledTerm): LabelledTerm {
  const kept = new Set(term.output)
  let operands = [...term.operands]
  for (;;) {
    const summed = operands.flatMap(({ labels }) => labels).find((label) => !kept.has(label))
    if (summed === undefined) return { ...term, operands }
    // All operands that this label ties together, directly or over other summed labels.
    const tied = new Set([summed])
    for (let before = 0; before < tied.size; ) {
      before = tied.size
      for (const { labels } of operands) {
        if (labels.some((label) => tied.has(label))) for (const l of labels) if (!kept.has(l)) tied.add(l)
      }
    }
    const isTied = ({ labels }: Operand) => labels.some((label) => tied.has(label))
    const product = contract(operands.filter(isTied), kept, term.sizes)
    operands = [...operands.filter((operand) => !isTied(operand)), product]
  }
}

/**
 * Adds a term to a row-major array over `axes`, labels that may repeat. Only entries where repeated labels agree are
 * visited.
 */
export function addTerm(target: Float64Array, axes: readonly number[], term: LabelledTerm): void {
  const { operands, scale, sizes } = withoutSums({ ...term, output: axes })
  const labels = [...new Set(axes)]
  const lengths = labels.map((label) => sizes[label]!)
  const axisStrides = stridesOf(axes.map((label) => sizes[label]!))
  const strides = labels.map((label) =>
    axes.reduce((sum, l, axis) => (l === label ? sum + axisStrides[axis]! : sum), 0),
  )
  const operandStrides = operands.map((operand) => {
    const own = stridesOf(operand.labels.map((label) => sizes[label]!))
    return labels.map((label) => own[operand.labels.indexOf(label)] ?? 0)
  })
  const last = labels.length - 1
  const width = lengths[last] ?? 1
  const step = strides[last] ?? 0
  const outer = sizeOf(lengths.slice(0, Math.max(last, 0)))
  const index = lengths.map(() => 0)
  const positions = operands.map(() => 0)
  let at = 0
  for (let round = 0; round < outer; round++) {
    for (let k = 0; k < width; k++) {
      let value = scale
      for (let o = 0; o < operands.length; o++) {
        value *= operands[o]!.data[positions[o]! + k * (operandStrides[o]![last] ?? 0)]!
      }
      target[at + k * step]! += value
    }
    for (let axis = last - 1; axis >= 0; axis--) {
      const back = ++index[axis]! === lengths[axis]
      const steps = back ? 1 - lengths[axis]! : 1
      at += steps * strides[axis]!
      for (let o = 0; o < operands.length; o++) positions[o]! += steps * operandStrides[o]![axis]!
      if (!back) break
      index[axis] = 0
    }
  }
}
