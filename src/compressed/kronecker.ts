/** Direct solvers of operators that are a Kronecker product of blocks, or a sum of two (calculus.md §7). */
import { linearSolver } from '../evaluate/lu.ts'
import { isSymmetric, transpose } from '../evaluate/matrix.ts'
import { solveSylvester } from '../evaluate/sylvester.ts'
import { sizeOf, stridesOf } from '../evaluate/tensor.ts'
import { gather } from './operand.ts'
import type { Block, Component, KroneckerTerm, Structure } from './structure.ts'

/** Solves for one right-hand side, row-major over the row axes; the result is row-major over the column axes. */
export type Solve = (g: Float64Array) => Float64Array

/** A solver and its name, or why there is none: no solver of this kind fits, or the operator is singular. */
export type Factorised = { readonly method: string; readonly solve: Solve } | 'unfit' | 'singular'

/** Factorises an operator of one Kronecker product, or of two that differ in two blocks that are no batches. */
export function factoriseStructure(structure: Structure): Factorised {
  const { terms } = structure
  const [first, second] = terms
  if (!first) return 'singular'
  if (terms.some(({ scale, blocks }) => !Number.isFinite(scale) || blocks.some((block) => !hasFiniteEntries(block))))
    return 'unfit'
  if (!second) return factoriseProduct(structure, first)
  return terms.length === 2 ? factorisePair(structure, first, second) : 'unfit'
}

function hasFiniteEntries({ data }: Block): boolean {
  return data.every(Number.isFinite)
}

function methodOf(blocks: readonly Block[]): string {
  if (blocks.every(({ m }) => m === 1)) return 'diagonal'
  if (blocks.some(({ batches, m }) => batches > 1 && m > 1)) return 'blocks'
  return blocks.length === 1 ? 'dense' : 'kronecker'
}

type BlockSolver = (x: Float64Array, left: number, right: number) => void

function factoriseProduct(structure: Structure, { scale, blocks }: KroneckerTerm): Factorised {
  if (scale === 0) return 'singular'
  const solvers: BlockSolver[] = []
  for (const [k, block] of blocks.entries()) {
    const solver = factoriseBlock(block, batchesOf(structure, k))
    if (!solver) return 'singular'
    solvers.push(solver)
  }
  const method = methodOf(blocks)
  return {
    method,
    solve: (g) => {
      const x = toComponents(structure, g)
      for (const [k, solver] of solvers.entries()) solver(x, ...around(structure, k))
      if (scale !== 1) for (let at = 0; at < x.length; at++) x[at]! /= scale
      return fromComponents(structure, x)
    },
  }
}

/** Solves along the middle axes of an array of left × (batch, m) × right. Undefined where a block is singular. */
function factoriseBlock({ batches, m, data }: Block, batch: number): BlockSolver | undefined {
  if (m === 1) {
    if (data.includes(0)) return undefined
    if (data.length === 1 && data[0] === 1) return () => {}
    return (x, left, right) => {
      for (let l = 0, at = 0; l < left; l++) {
        for (let b = 0; b < batch; b++) for (let r = 0; r < right; r++, at++) x[at]! /= data[batches === 1 ? 0 : b]!
      }
    }
  }
  const solvers = Array.from({ length: batches }, (_, b) => linearSolver(data.subarray(b * m * m, (b + 1) * m * m), m))
  if (solvers.includes(undefined)) return undefined
  return (x, left, right) => {
    if (batches === 1 && right === 1) {
      // One matrix for all entries on the left: they are its right-hand sides, laid down as columns.
      const columns = transpose(x, left * batch, m)
      solvers[0]!(columns, left * batch)
      x.set(transpose(columns, m, left * batch))
      return
    }
    for (let l = 0; l < left * batch; l++) {
      const part = x.subarray(l * m * right, (l + 1) * m * right)
      solvers[batches === 1 ? 0 : l % batch]!(part, right)
    }
  }
}

/** The largest matrices that are brought to Schur form or diagonalised, about half a minute's work. */
const SCHUR_ORDER = 600
const SYMMETRIC_ORDER = 1200

/**
 * A ⊗ B + C ⊗ D. With shifts of the pencils, (A + αC) ⊗ B + C ⊗ (D − αB) is the same operator; where both A + αC and
 * D − αB are invertible it is a Sylvester equation. An operator that is invertible has such an α, since its pencils are
 * regular (Chu 1987).
 */
function factorisePair(structure: Structure, x: KroneckerTerm, y: KroneckerTerm): Factorised {
  const { components } = structure
  const differing = components.flatMap((_, k) => (equal(x.blocks[k]!, y.blocks[k]!) ? [] : [k]))
  const [p, q] = differing
  if (differing.length !== 2 || p === undefined || q === undefined) return 'unfit'
  if (differing.some((k) => components[k]!.batch.length > 0)) return 'unfit'
  const common = new Map<number, BlockSolver>()
  for (const k of components.keys()) {
    if (k === p || k === q) continue
    const solver = factoriseBlock(x.blocks[k]!, batchesOf(structure, k))
    if (!solver) return 'singular'
    common.set(k, solver)
  }
  const [n, m] = [x.blocks[p]!.m, x.blocks[q]!.m]
  const symmetric = [x, y].every(({ blocks }) => [p, q].every((k) => isSymmetric(blocks[k]!.data, blocks[k]!.m)))
  if (Math.max(n, m) > (symmetric ? SYMMETRIC_ORDER : SCHUR_ORDER)) return 'unfit'
  const scaled = (block: Block, scale: number) => block.data.map((entry) => scale * entry)
  const solve = solveSylvester(
    { a: scaled(x.blocks[p]!, x.scale), c: scaled(y.blocks[p]!, y.scale), n },
    { b: x.blocks[q]!.data, d: y.blocks[q]!.data, m },
  )
  if (!solve) return 'singular'
  return {
    method: 'sylvester',
    solve: (g) => {
      const all = toComponents(structure, g)
      for (const [k, solver] of common) solver(all, ...around(structure, k))
      // The two components are brought to the end, one matrix n×m for each entry of the others.
      const lengths = components.map((_, k) => lengthOf(structure, k))
      const order = [...components.keys()].filter((k) => k !== p && k !== q)
      const moved = permute(all, lengths, [...order, p, q])
      for (let at = 0; at < moved.length; at += n * m) solve(moved.subarray(at, at + n * m))
      const back = [...order, p, q]
      return fromComponents(
        structure,
        permute(
          moved,
          back.map((k) => lengths[k]!),
          components.map((_, k) => back.indexOf(k)),
        ),
      )
    },
  }
}

function equal(a: Block, b: Block): boolean {
  return a.batches === b.batches && a.data.every((entry, k) => entry === b.data[k])
}

const batchesOf = ({ shape, components }: Structure, k: number) =>
  sizeOf(components[k]!.batch.map(([row]) => shape[row]!))
const lengthOf = ({ shape, components }: Structure, k: number) =>
  sizeOf([...components[k]!.batch.map(([row]) => row), ...components[k]!.rows].map((axis) => shape[axis]!))

/** The entries before and after component k, in the order of components. */
function around(structure: Structure, k: number): [left: number, right: number] {
  const lengths = structure.components.map((_, c) => lengthOf(structure, c))
  return [sizeOf(lengths.slice(0, k)), sizeOf(lengths.slice(k + 1))]
}

/** From row axes in their order to the components, batch axes first in each. */
function toComponents({ shape, split, components }: Structure, g: Float64Array): Float64Array {
  const axes = components.flatMap(({ batch, rows }) => [...batch.map(([row]) => row), ...rows])
  return permute(g, shape.slice(0, split), axes).slice()
}

/** From components, whose solutions lie along column axes, to the column axes in their order. */
function fromComponents({ shape, split, components }: Structure, x: Float64Array): Float64Array {
  const axes = components.flatMap(({ batch, columns }: Component) => [...batch.map(([, column]) => column), ...columns])
  const order = Array.from({ length: shape.length - split }, (_, axis) => axes.indexOf(axis + split))
  return permute(
    x,
    axes.map((axis) => shape[axis]!),
    order,
  )
}

/** Axis k of the result is axis order[k] of the array. */
function permute(data: Float64Array, shape: readonly number[], order: readonly number[]): Float64Array {
  if (order.every((axis, k) => axis === k)) return data
  const strides = stridesOf(shape)
  return gather(
    data,
    order.map((axis) => shape[axis]!),
    order.map((axis) => strides[axis]!),
  )
}
