/** The functions of large matrices that a runner computes by blocks: solves, inverses and determinants. */
import { determinantOf, logDeterminantOf } from '../../evaluate/lu.ts'
import type { Instruction } from '../program.ts'
import { decomposeBlocked, LEAST_BLOCKED, solveBlocked, type Workspace } from './factor.ts'
import { gemmFields, type Tile, workspaceBytes } from './gemm.ts'

const WIDTH = 8

/** Words before the matrices: the parameters of a product, and the number −1 that it scales by. */
const HEAD = 64 * Math.ceil((4 * gemmFields.length + 8) / 64)

interface Size {
  /** Rows of the matrix. */
  readonly n: number
  /** Columns of what is solved for. */
  readonly width: number
}

/** The size of what an instruction does by blocks; undefined where it does not. */
export function blockedSize(instruction: Instruction): Size | undefined {
  if (instruction.kind === 'solve') return sized(instruction.n, instruction.inner)
  if (instruction.kind !== 'call') return undefined
  const n = instruction.args[0]?.sizes[0] ?? 0
  if (instruction.name === 'inv') return sized(n, n)
  return ['det', 'logdet', 'logdetp'].includes(instruction.name) ? sized(n, 0) : undefined
}

function sized(n: number, width: number): Size | undefined {
  return n < LEAST_BLOCKED ? undefined : { n, width }
}

/** Bytes that the products within need to pack. */
export function packingBytes({ n, width }: Size, tile: Tile): number {
  return workspaceBytes(n, Math.max(n, width), n, WIDTH, tile)
}

/** Bytes for parameters and matrices. */
export function linearBytes({ n, width }: Size): number {
  return HEAD + WIDTH * (n * n + n * width)
}

export class Linear {
  readonly #workspace: Workspace
  /** Where the matrix and the solution lie, in entries. */
  readonly #matrices: number

  /** `gemm` runs the product of the parameters at an address; `at` is that of free memory. */
  constructor(numbers: Float64Array, gemm: (parameters: number) => void, at: number) {
    const words = new Int32Array(numbers.buffer)
    const minusOne = at + HEAD - WIDTH
    this.#matrices = (at + HEAD) / WIDTH
    this.#workspace = {
      numbers,
      subtractProduct: (m, n, k, a, b, c) => {
        numbers[minusOne / WIDTH] = -1
        const fields: Partial<Record<(typeof gemmFields)[number], number>> = {
          m,
          n,
          k,
          a: WIDTH * a.at,
          aRow: WIDTH * a.row,
          aColumn: WIDTH,
          b: WIDTH * b.at,
          bRow: WIDTH * b.row,
          bColumn: WIDTH,
          c: WIDTH * c.at,
          cRow: WIDTH * c.row,
          cColumn: WIDTH,
          d: minusOne,
          accumulate: 1,
        }
        for (const [position, name] of gemmFields.entries()) words[at / 4 + position] = fields[name] ?? 0
        gemm(at)
      },
    }
  }

  /** Solves in place for each of some right sides of n×`width`; false where the matrix has no inverse. */
  solve(write: (matrix: Float64Array) => void, n: number, rights: readonly Float64Array[], width: number): boolean {
    const parts = this.#decompose(write, n)
    const after = this.#matrices + n * n
    return rights.every((right) => solveBlocked(this.#workspace, parts, this.#matrices, right, width, after))
  }

  /** A function of one matrix into `out`; false where it has no value. */
  call(name: string, matrix: Float64Array, n: number, out: Float64Array): boolean {
    const write = (to: Float64Array) => to.set(matrix)
    if (name === 'inv') {
      out.fill(0)
      for (let k = 0; k < n; k++) out[k * n + k] = 1
      return this.solve(write, n, [out], n)
    }
    const parts = this.#decompose(write, n)
    const { sign, log } = logDeterminantOf(parts)
    if (name === 'det') out[0] = determinantOf(parts)
    else out[0] = name === 'logdet' || sign > 0 ? log : Number.NaN
    return true
  }

  #decompose(write: (matrix: Float64Array) => void, n: number) {
    write(this.#workspace.numbers.subarray(this.#matrices, this.#matrices + n * n))
    return decomposeBlocked(this.#workspace, this.#matrices, n)
  }
}
