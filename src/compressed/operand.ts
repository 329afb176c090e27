/**
 * Products of labelled arrays, contracted pair by pair.
 *
 * A label is a small integer with one size throughout a product. The order of pairs is the one with the fewest operations
 * among those that form nothing larger than the operands and the result, found over all subsets where the operands are few
 * (Pfeifer, Haegeman, Verstraete 2014), greedily where they are many.
 */
import { sizeOf, stridesOf } from '../evaluate/tensor.ts'

export interface Operand {
  /** The label of each axis; no label twice. */
  readonly labels: readonly number[]
  /** Row-major over the labels. */
  readonly data: Float64Array
}

/** The size of each label. */
export type Sizes = readonly number[]

/** Up to this many operands every order is looked at. */
const EXHAUSTIVE = 9

/** An array as an operand: where a label stands at several axes, its diagonal. */
export function operandOf(labels: readonly number[], data: Float64Array, sizes: Sizes): Operand {
  const distinct = [...new Set(labels)]
  if (distinct.length === labels.length) return { labels, data }
  const strides = stridesOf(labels.map((label) => sizes[label]!))
  const merged = distinct.map((label) => labels.reduce((sum, l, axis) => (l === label ? sum + strides[axis]! : sum), 0))
  return {
    labels: distinct,
    data: gather(
      data,
      distinct.map((label) => sizes[label]!),
      merged,
    ),
  }
}

/** The sum over all labels that are not in `keep` of the product of the operands; labels in any order. */
export function contract(operands: readonly Operand[], keep: ReadonlySet<number>, sizes: Sizes): Operand {
  const parts = operands.map((operand, k) => {
    const elsewhere = new Set(operands.flatMap((other, at) => (at === k ? [] : other.labels)))
    return sumOver(operand, (label) => keep.has(label) || elsewhere.has(label), sizes)
  })
  if (parts.length === 0) return { labels: [], data: Float64Array.of(1) }
  return parts.length <= EXHAUSTIVE ? contractBest(parts, keep, sizes) : contractGreedily(parts, keep, sizes)
}

/** The operand with its axes in this order, which holds its labels. */
export function ordered({ labels, data }: Operand, order: readonly number[], sizes: Sizes): Float64Array {
  if (labels.every((label, axis) => label === order[axis])) return data
  const strides = stridesOf(labels.map((label) => sizes[label]!))
  return gather(
    data,
    order.map((label) => sizes[label]!),
    order.map((label) => strides[labels.indexOf(label)]!),
  )
}

/** A copy in row-major order of entries that lie at these strides. */
export function gather(data: Float64Array, shape: readonly number[], strides: readonly number[]): Float64Array {
  const out = new Float64Array(sizeOf(shape))
  const last = shape.length - 1
  const width = shape[last] ?? 1
  const step = strides[last] ?? 0
  const index = shape.map(() => 0)
  let from = 0
  for (let at = 0; at < out.length; ) {
    for (let k = 0, source = from; k < width; k++, source += step) out[at++] = data[source]!
    for (let axis = last - 1; axis >= 0; axis--) {
      from += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return out
}

function sumOver(operand: Operand, stays: (label: number) => boolean, sizes: Sizes): Operand {
  const kept = operand.labels.filter(stays)
  if (kept.length === operand.labels.length) return operand
  const summed = operand.labels.filter((label) => !stays(label))
  const data = ordered(operand, [...kept, ...summed], sizes)
  const width = sizeOf(summed.map((label) => sizes[label]!))
  const out = new Float64Array(data.length / width)
  for (let k = 0; k < out.length; k++) {
    let sum = 0
    for (let at = k * width; at < (k + 1) * width; at++) sum += data[at]!
    out[k] = sum
  }
  return { labels: kept, data: out }
}

/** Two operands summed over the labels that do not stay: products of matrices, one for each entry of shared kept labels. */
function contractPair(a: Operand, b: Operand, stays: (label: number) => boolean, sizes: Sizes): Operand {
  const left = sumOver(a, (label) => stays(label) || b.labels.includes(label), sizes)
  const right = sumOver(b, (label) => stays(label) || a.labels.includes(label), sizes)
  const shared = left.labels.filter((label) => right.labels.includes(label))
  const batch = shared.filter(stays)
  const summed = shared.filter((label) => !stays(label))
  const rows = left.labels.filter((label) => !shared.includes(label))
  const columns = right.labels.filter((label) => !shared.includes(label))
  const count = (labels: readonly number[]) => sizeOf(labels.map((label) => sizes[label]!))
  const [batches, m, n, depth] = [count(batch), count(rows), count(columns), count(summed)]
  const x = ordered(left, [...batch, ...rows, ...summed], sizes)
  // A vector is read along the sum; the rows of a matrix are added.
  const y = ordered(right, [...batch, ...summed, ...columns], sizes)
  const out = new Float64Array(batches * m * n)
  for (let r = 0, at = 0; r < batches * m; r++, at += n) {
    const start = Math.floor(r / m) * depth * n
    if (n === 1) {
      let sum = 0
      for (let k = 0; k < depth; k++) sum += x[r * depth + k]! * y[start + k]!
      out[at] = sum
      continue
    }
    for (let k = 0; k < depth; k++) {
      const factor = x[r * depth + k]!
      const row = start + k * n
      for (let j = 0; j < n; j++) out[at + j]! += factor * y[row + j]!
    }
  }
  return { labels: [...batch, ...rows, ...columns], data: out }
}

interface Best {
  readonly operations: number
  readonly left: number
  readonly right: number
}

function contractBest(operands: readonly Operand[], keep: ReadonlySet<number>, sizes: Sizes): Operand {
  const whole = (1 << operands.length) - 1
  const labelsOf = Array.from({ length: whole + 1 }, (_, set) => {
    const inside = new Set<number>()
    const outside = new Set<number>(keep)
    for (const [k, { labels }] of operands.entries()) for (const l of labels) (set & (1 << k) ? inside : outside).add(l)
    return [...inside].filter((label) => outside.has(label))
  })
  const sizesOf = labelsOf.map((labels) => sizeOf(labels.map((label) => sizes[label]!)))
  let bound = Math.max(sizesOf[whole]!, ...operands.map(({ data }) => data.length))
  let best: (Best | undefined)[] = []
  for (; !best[whole]; bound *= 4) best = bestOrders(operands.length, labelsOf, sizesOf, sizes, bound)
  const run = (set: number): Operand => {
    const { left, right } = best[set]!
    if (left === 0) return operands[Math.log2(set)]!
    const stays = new Set(labelsOf[set]!)
    return contractPair(run(left), run(right), (label) => stays.has(label), sizes)
  }
  return run(whole)
}

/** For each subset the cheapest split in two, where nothing is larger than the bound. */
function bestOrders(
  count: number,
  labelsOf: readonly (readonly number[])[],
  sizesOf: readonly number[],
  sizes: Sizes,
  bound: number,
): (Best | undefined)[] {
  const best: (Best | undefined)[] = []
  for (let set = 1; set < 1 << count; set++) {
    if ((set & (set - 1)) === 0) {
      best[set] = { operations: 0, left: 0, right: 0 }
      continue
    }
    if (sizesOf[set]! > bound) continue
    for (let left = (set - 1) & set; left > 0; left = (left - 1) & set) {
      const right = set ^ left
      const [a, b] = [best[left], best[right]]
      if (left < right || !a || !b) continue
      const labels = new Set([...labelsOf[left]!, ...labelsOf[right]!])
      const operations = a.operations + b.operations + sizeOf([...labels].map((label) => sizes[label]!))
      if (operations < (best[set]?.operations ?? Number.POSITIVE_INFINITY)) best[set] = { operations, left, right }
    }
  }
  return best
}

function contractGreedily(operands: readonly Operand[], keep: ReadonlySet<number>, sizes: Sizes): Operand {
  const left = [...operands]
  while (left.length > 1) {
    let best: { a: number; b: number; stays: Set<number>; growth: number } | undefined
    for (let a = 0; a < left.length; a++) {
      for (let b = 0; b < a; b++) {
        const others = new Set([...keep, ...left.flatMap(({ labels }, k) => (k === a || k === b ? [] : labels))])
        const stays = new Set([...left[a]!.labels, ...left[b]!.labels].filter((label) => others.has(label)))
        const growth = sizeOf([...stays].map((label) => sizes[label]!)) - left[a]!.data.length - left[b]!.data.length
        if (!best || growth < best.growth) best = { a, b, stays, growth }
      }
    }
    const { a, b, stays } = best!
    const product = contractPair(left[a]!, left[b]!, (label) => stays.has(label), sizes)
    left.splice(a, 1)
    left.splice(b, 1, product)
  }
  return left[0]!
}
