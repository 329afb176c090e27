/**
 * Whether a matrix whose inverse or log-determinant is taken is singular but for rounding: X'*X of a wide X has a determinant
 * of 1e-17 rather than 0, and what is computed from it is noise.
 */
import { EincalcError } from '../errors.ts'
import type { GeneralCall, Node } from '../tensor/node.ts'
import { postorder } from '../tensor/walk.ts'
import { invert } from './lu.ts'
import { type EvaluateOptions, prepare } from './reference.ts'
import type { Tensor } from './tensor.ts'

/** Beyond this condition number no digit of an inverse is left for a comparison of derivatives. */
const CONDITION_LIMIT = 1e13
/** Larger matrices are taken for regular: their condition would cost as much as the function. */
const SIDE_LIMIT = 64

const NEEDS_REGULAR = new Set(['inv', 'logdet', 'logdetp'])

/** A test of inputs for the nodes below `roots`. */
export function singularAt(
  roots: readonly Node[],
  sizes: ReadonlyMap<string, number>,
  options: EvaluateOptions,
): (inputs: ReadonlyMap<string, Tensor>) => boolean {
  const calls = postorder(roots).filter((node) => node.kind === 'general' && NEEDS_REGULAR.has(node.name))
  const args = (calls as GeneralCall[]).flatMap(({ args, batch }) => args.map((arg) => ({ ...arg, batch })))
  const small = args.filter(({ node }) => node.axes.every((axis) => axis.evaluate(sizes) <= SIDE_LIMIT))
  if (small.length === 0) return () => false
  const { run } = prepare(
    small.map(({ node }) => node),
    sizes,
    options,
  )
  return (inputs) => {
    try {
      return run(inputs).some((value, k) => {
        const { labels, batch } = small[k] as (typeof small)[number]
        return slices(value, labels, batch).some(isSingular)
      })
    } catch (error) {
      // An inverse within an argument does not exist.
      if (error instanceof EincalcError && error.code === 'DomainError') return true
      throw error
    }
  }
}

/** The matrices of a tensor: one for each index of the axes whose labels are below `batch`. */
function slices({ shape, data }: Tensor, labels: readonly number[], batch: number): Float64Array[] {
  const stride = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1))
  const [rows, columns] = [batch, batch + 1].map((label) => labels.indexOf(label)) as [number, number]
  const n = shape[rows] as number
  let starts = [0]
  for (const [axis, label] of labels.entries()) {
    if (label >= batch) continue
    starts = starts.flatMap((start) => Array.from({ length: shape[axis]! }, (_, k) => start + k * stride[axis]!))
  }
  return starts.map((start) =>
    Float64Array.from({ length: n * n }, (_, at) => {
      return data[start + Math.floor(at / n) * stride[rows]! + (at % n) * stride[columns]!]!
    }),
  )
}

function isSingular(matrix: Float64Array): boolean {
  if (!matrix.every(Number.isFinite)) return false
  const n = Math.sqrt(matrix.length)
  const inverse = new Float64Array(n * n)
  return !invert(matrix, n, inverse) || largest(matrix) * largest(inverse) * n > CONDITION_LIMIT
}

function largest(matrix: Float64Array): number {
  return matrix.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0)
}
