/** Matrix products of a program by BLAS: which ones it takes, and their calls. */

import { Rational } from '../../tensor/rational.ts'
import type { Buffer, BufferId, Gemm, Instruction, MatrixOperand, Numbers, Pass, Place, Program } from '../program.ts'
import type { Blas } from './library.ts'

/** From so many multiplications on all threads work. */
const MANY = 2 ** 21

/** Blocks of columns in which one triangle of a symmetric result is computed at most, and how many columns each has at least. */
const BLOCKS = 8
const WIDTH = 32

/** Multiplications of a block where all threads work: each call gathers them anew. */
const MANY_IN_BLOCK = 2 ** 24

/** Bytes of a block of rows that are scaled before they are multiplied, and blocks at most. */
const SCALED_BYTES = 2 ** 22
const MOST_SCALED = 256

/** A matrix as BLAS takes it: rows or columns lie side by side. */
interface Layout {
  readonly transposed: boolean
  readonly leading: number
}

function layoutOf(rows: number, columns: number, row: number, column: number): Layout | undefined {
  if ((column === 1 || columns === 1) && (row >= columns || rows === 1)) {
    return { transposed: false, leading: Math.max(rows === 1 ? columns : row, 1) }
  }
  if ((row === 1 || rows === 1) && (column >= rows || columns === 1)) {
    return { transposed: true, leading: Math.max(columns === 1 ? rows : column, 1) }
  }
  return undefined
}

interface Layouts {
  readonly a: Layout
  readonly b: Layout
  readonly c: Layout
}

function layoutsOf({ m, n, k, a, b, c }: Gemm, { least }: Blas): Layouts | undefined {
  if (m * n * k < least) return undefined
  const left = layoutOf(m, k, a.row, a.column)
  const right = layoutOf(k, n, b.row, b.column)
  const result = layoutOf(m, n, c.row, c.column)
  return left && right && result && !result.transposed ? { a: left, b: right, c: result } : undefined
}

/** Whether BLAS computes the product. */
export function isForBlas(gemm: Gemm, blas: Blas): boolean {
  return layoutsOf(gemm, blas) !== undefined && !gemm.scale
}

/**
 * The program with diagonal scaling as passes of their own where BLAS shall do the product, as BLAS does not scale. Rows are
 * scaled and multiplied block by block, so that what is scaled stays in the cache and takes little memory. `width` is the bytes of a number.
 */
export function withoutScaling(program: Program, blas: Blas, width: number): Program {
  const buffers: Buffer[] = [...program.buffers]
  const instructions = program.instructions.flatMap((instruction): Instruction[] => {
    if (instruction.kind !== 'gemm') return [instruction]
    const { scale, batch, k, n, step } = instruction
    if (!scale || batch.length > 0 || !layoutsOf(instruction, blas)) return [instruction]
    const rows = Math.min(k, Math.max(Math.floor(SCALED_BYTES / (width * n)), Math.ceil(k / MOST_SCALED)))
    const buffer = buffers.push({ kind: 'temporary', elements: rows * n, name: `t${step} scaled` }) - 1
    const parts: Instruction[] = []
    for (let start = 0; start < k; start += rows) {
      parts.push(...scaledRows(instruction, scale, buffer, start, Math.min(k, start + rows)))
    }
    return parts
  })
  return { ...program, buffers, instructions }
}

/** Σₖ A[i,k]·d[k]·B[k,j] over some k: a pass that scales rows of B, and a product with them. */
function scaledRows(
  gemm: Gemm,
  scale: NonNullable<Gemm['scale']>,
  buffer: BufferId,
  start: number,
  end: number,
): [Pass, Gemm] {
  const { a, b, n, m, step } = gemm
  const k = end - start
  // The copy keeps the order of B, so that both are read along memory.
  const isByRows = b.column === 1
  const order = (alongK: number, alongN: number) => (isByRows ? [alongK, alongN] : [alongN, alongK])
  const one = Rational.ONE
  const strides = isByRows ? { row: n, column: 1 } : { row: 1, column: k }
  const pass: Pass = {
    kind: 'pass',
    step,
    operations: k * n,
    sizes: order(k, n),
    reduced: 2,
    reduction: 'sum',
    out: { buffer, offset: 0, strides: order(strides.row, strides.column) },
    operands: [
      { buffer: b.buffer, offset: b.offset + start * b.row, strides: order(b.row, b.column) },
      { buffer: scale.buffer, offset: scale.offset + start * scale.step, strides: order(scale.step, 0) },
    ],
    numbers: [],
    expression: {
      kind: 'product',
      factors: [
        { base: { kind: 'leaf', operand: 0 }, exponent: one },
        { base: { kind: 'leaf', operand: 1 }, exponent: one },
      ],
    },
    accumulate: false,
  }
  const product: Gemm = {
    ...gemm,
    k,
    operations: (gemm.symmetric ? 1 : 2) * m * n * k,
    a: { ...a, offset: a.offset + start * a.column },
    b: { buffer, offset: 0, ...strides, batch: [] },
    scale: undefined,
    accumulate: gemm.accumulate || start > 0,
    isPartial: end < gemm.k,
  }
  return [pass, product]
}

/**
 * Calls BLAS for each index of the batch. `view` gives the numbers from a place on, `target` those from the result's buffer
 * on where the caller wants them elsewhere in this run.
 */
export function blasProduct(
  gemm: Gemm,
  blas: Blas,
  view: (place: Place) => Numbers,
  target: () => Numbers | undefined,
): () => void {
  const layouts = layoutsOf(gemm, blas)
  if (!layouts) throw new RangeError('BLAS does not take this product')
  const { m, n, k, a, b, c, symmetric, accumulate, isPartial } = gemm
  const beta = Number(accumulate)
  const points = m * n * k
  // A triangle is done in blocks, for few of which it pays to gather threads.
  const isMany = points >= (symmetric ? 2 * MANY_IN_BLOCK : MANY)
  const calls: (() => void)[] = []
  const product = (left: Place, right: Place, to: Place, rows: number, columns: number) => {
    const [x, y, own] = [view(left), view(right), view(to)]
    calls.push(() => {
      const { a: A, b: B, c: C } = layouts
      const z = target()?.subarray(to.offset) ?? own
      blas.gemm(A.transposed, B.transposed, rows, columns, k, x, A.leading, y, B.leading, beta, z, C.leading)
    })
  }
  for (const offsets of indices(gemm)) {
    const at = (operand: MatrixOperand, offset: number, row = 0, column = 0): Place => {
      const start = operand.offset + offset + row * operand.row + column * operand.column
      return { buffer: operand.buffer, offset: start }
    }
    if (!symmetric) {
      product(at(a, offsets.a), at(b, offsets.b), at(c, offsets.c), m, n)
      continue
    }
    // The lower triangle, block of columns by block of columns.
    const blocks = isMany ? Math.min(BLOCKS, Math.ceil(Math.sqrt(points / MANY_IN_BLOCK))) : BLOCKS
    const width = Math.max(WIDTH, Math.ceil(n / blocks))
    for (let start = 0; start < n; start += width) {
      const columns = Math.min(width, n - start)
      product(at(a, offsets.a, start), at(b, offsets.b, 0, start), at(c, offsets.c, start, start), m - start, columns)
    }
    if (isPartial) continue
    const place = at(c, offsets.c)
    const own = view(place)
    calls.push(() => mirror(target()?.subarray(place.offset) ?? own, n, c.row))
  }
  return () => {
    blas.useThreads?.(isMany)
    for (const call of calls) call()
  }
}

/** Copies the lower triangle to the upper one, in blocks that stay in the cache. */
function mirror(matrix: Numbers, n: number, row: number): void {
  const BLOCK = 32
  for (let top = 0; top < n; top += BLOCK) {
    for (let left = 0; left <= top; left += BLOCK) {
      for (let i = top; i < Math.min(n, top + BLOCK); i++) {
        for (let j = left; j < Math.min(i, left + BLOCK); j++) matrix[j * row + i] = matrix[i * row + j] as number
      }
    }
  }
}

/** The offsets of the operands for each index of the batch axes. */
function* indices({ batch, a, b, c }: Gemm): Generator<{ a: number; b: number; c: number }> {
  const total = batch.reduce((count, size) => count * size, 1)
  for (let flat = 0; flat < total; flat++) {
    let rest = flat
    const offsets = { a: 0, b: 0, c: 0 }
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      const size = batch[axis] as number
      const index = rest % size
      rest = Math.floor(rest / size)
      offsets.a += index * (a.batch[axis] as number)
      offsets.b += index * (b.batch[axis] as number)
      offsets.c += index * (c.batch[axis] as number)
    }
    yield offsets
  }
}
