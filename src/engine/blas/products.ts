/** Matrix products of a program by BLAS: which ones it takes, and their calls. */

import {
  type Buffer,
  type BufferId,
  type Gemm,
  type Instruction,
  type MatrixOperand,
  type Numbers,
  type Pass,
  type Place,
  type Program,
  productOfLeaves,
} from '../program.ts'
import type { Blas } from './library.ts'

/** From so many multiplications on all threads work, those of a triangle from more. */
const MANY = 2 ** 21
const MANY_OF_TRIANGLE = 2 ** 25

/**
 * Blocks of columns in which one triangle of a product of two matrices is computed, by one thread and by several, which want
 * large ones, and how many columns each has at least.
 */
const BLOCKS = 8
const SHARED_BLOCKS = 2
const WIDTH = 32

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

function layoutsOf({ m, n, k, a, b, c }: Gemm, { least, leastDepth }: Blas): Layouts | undefined {
  if (m * n * k < least || k < leastDepth) return undefined
  const left = layoutOf(m, k, a.row, a.column)
  const right = layoutOf(k, n, b.row, b.column)
  const result = layoutOf(m, n, c.row, c.column)
  return left && right && result && !result.transposed ? { a: left, b: right, c: result } : undefined
}

/** Whether BLAS computes the product. */
export function isForBlas(gemm: Gemm, blas: Blas): boolean {
  return layoutsOf(gemm, blas) !== undefined && !gemm.scale
}

/** Whether a product of BLAS is for all threads. */
function isThreaded({ m, n, k, symmetric }: Gemm): boolean {
  return m * n * k >= (symmetric ? MANY_OF_TRIANGLE : MANY)
}

/**
 * Whether BLAS itself uses threads in the program. They wait for the next product at work, as those of a team do, and each
 * keep the others from their cores.
 */
export function hasThreadedProduct({ instructions }: Program, blas: Blas): boolean {
  return instructions.some((one) => one.kind === 'gemm' && isForBlas(one, blas) && isThreaded(one))
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
    const temporary = (elements: number, name: string): Place => {
      return { buffer: buffers.push({ kind: 'temporary', elements, name: `t${step} ${name}` }) - 1, offset: 0 }
    }
    const scaled = temporary(rows * n, 'scaled')
    const parts: Instruction[] = []
    let by = scale
    if (instruction.symmetric) {
      const out = temporary(k + 1, 'roots')
      parts.push({ kind: 'roots', step, operations: k, scale, out, elements: k })
      by = { ...out, step: 1, batch: [] }
    }
    for (let start = 0; start < k; start += rows) {
      const [pass, product] = scaledRows(instruction, by, scaled.buffer, start, Math.min(k, start + rows))
      parts.push(pass, instruction.symmetric ? { ...product, sign: { buffer: by.buffer, offset: k } } : product)
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
    expression: productOfLeaves(2),
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
  const isMany = isThreaded(gemm)
  const calls: (() => void)[] = []
  const product = (left: Place, right: Place, to: Place, rows: number, columns: number) => {
    const [x, y, own] = [view(left), view(right), view(to)]
    calls.push(() => {
      const { a: A, b: B, c: C } = layouts
      const z = target()?.subarray(to.offset) ?? own
      blas.gemm(A.transposed, B.transposed, rows, columns, k, x, A.leading, y, B.leading, beta, z, C.leading)
    })
  }
  const sign = gemm.sign && view(gemm.sign)
  for (const offsets of indices(gemm)) {
    const at = (operand: MatrixOperand, offset: number, row = 0, column = 0): Place => {
      const start = operand.offset + offset + row * operand.row + column * operand.column
      return { buffer: operand.buffer, offset: start }
    }
    if (!symmetric) {
      product(at(a, offsets.a), at(b, offsets.b), at(c, offsets.c), m, n)
      continue
    }
    // The lower triangle: of a matrix times itself at once, of two matrices block of columns by block of columns.
    const [matrix, own] = [view(at(b, offsets.b)), view(at(c, offsets.c))]
    const result = () => target()?.subarray(c.offset + offsets.c) ?? own
    const square = () => {
      const alpha = sign ? (sign[0] as number) : 1
      const { transposed, leading } = layouts.b
      if (alpha !== 0) blas.syrk(transposed, n, k, alpha, matrix, leading, beta, result(), c.row)
      return alpha !== 0
    }
    const first = calls.length
    const width = Math.max(WIDTH, Math.ceil(n / (isMany ? SHARED_BLOCKS : BLOCKS)))
    for (let start = 0; start < n; start += width) {
      const columns = Math.min(width, n - start)
      product(at(a, offsets.a, start), at(b, offsets.b, 0, start), at(c, offsets.c, start, start), m - start, columns)
    }
    const inBlocks = calls.splice(first)
    calls.push(() => {
      if (!square()) for (const block of inBlocks) block()
    })
    if (!isPartial) calls.push(() => mirror(result(), n, c.row))
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
