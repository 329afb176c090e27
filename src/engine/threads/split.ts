/** Shares an instruction among threads: parts that write different entries, or partial sums of one. */
import {
  extentOf,
  type Gemm,
  type Instruction,
  loopsAsked,
  type MatrixOperand,
  type Pass,
  type Place,
  type Walk,
} from '../program.ts'

/** A product whose result is stored a second time, transposed, where a place for that is given. */
export interface GemmPart extends Gemm {
  readonly mirrored?: Place
}

/** Some turns of a loop of a pass. */
export interface PassPart extends Pass {
  readonly of: Pass
}

/** How work is shared. */
export interface Sharing {
  readonly threads: number
  /** Operations of a part at least. */
  readonly least: number
  /** Parts begin at multiples of this, so that vectors and tiles stay whole. */
  readonly grain: number
}

/** Parts for each thread: the first to be done takes more, and none waits long for the last. */
const PARTS_PER_THREAD = 4

export const ALONE: Sharing = { threads: 1, least: Number.POSITIVE_INFINITY, grain: 1 }

/** What each part of an instruction does, in order. Of these passes each part makes a sum of its own: results are their sums. */
export interface Share {
  readonly parts: readonly (readonly (PassPart | GemmPart)[])[]
  readonly sums: readonly Pass[]
}

/** Nothing for kernels to do. */
export const NO_SHARE: Share = { parts: [], sums: [] }

/** Shares a product, a pass or a walk among threads; one does all where it is small or cannot be shared. */
export function shareOf(instruction: Instruction, sharing: Sharing): Share {
  if (instruction.kind !== 'pass' && instruction.kind !== 'gemm' && instruction.kind !== 'walk') return NO_SHARE
  const { threads, least, grain } = sharing
  const count = threads === 1 ? 1 : Math.min(PARTS_PER_THREAD * threads, Math.floor(instruction.operations / least))
  const cut = { count: Math.max(1, count), grain }
  if (instruction.kind === 'walk') return splitWalk(instruction, cut)
  const whole = instruction.kind === 'pass' ? { ...instruction, of: instruction } : instruction
  const alone: Share = { parts: [[whole]], sums: [] }
  if (count < 2) return alone
  const share =
    instruction.kind === 'pass' ? splitPass(instruction, cut) : { parts: gemmParts(instruction, cut), sums: [] }
  return share && share.parts.length > 1 ? share : alone
}

/** Grains of a stripe in each row: with fewer entries side by side, memory is fetched in vain. */
const STRIPE = 16

/** How often to cut, and where. */
interface Cut {
  readonly count: number
  readonly grain: number
}

function splitPass(pass: Pass, cut: Cut): Share | undefined {
  const asked = loopsAsked(pass.expression)
  const isPartial = pass.reduced === 0
  if (isPartial && pass.reduction !== 'sum') return undefined
  const loop = pass.sizes.findIndex((size, at) => {
    const isOwn = isPartial || (at < pass.reduced && pass.out.strides[at] !== 0)
    return size >= cut.count && isOwn && !asked.has(at)
  })
  if (loop < 0) return undefined
  const size = pass.sizes[loop] as number
  // Parts along the innermost of several loops are stripes, each read row by row.
  const isStripe = loop > 0 && loop === pass.sizes.length - 1
  const stripes = Math.max(1, Math.floor(size / (STRIPE * cut.grain)))
  const count = isStripe ? Math.min(cut.count, stripes) : cut.count
  const ranges = rangesOf(size, { ...cut, count }, evenly)
  return { parts: ranges.map(([start, end]) => [turnsOf(pass, loop, start, end)]), sums: isPartial ? [pass] : [] }
}

/** Some turns of a loop. */
function turnsOf(pass: Pass, loop: number, start: number, end: number): PassPart {
  const moved = <T extends Place & { readonly strides: readonly number[] }>(operand: T): T => {
    return shifted(operand, start * (operand.strides[loop] as number))
  }
  return {
    ...pass,
    of: pass,
    sizes: pass.sizes.map((size, at) => (at === loop ? end - start : size)),
    out: moved(pass.out),
    operands: pass.operands.map(moved),
  }
}

/** Entries of the sums of all parts for each entry that is read, at most: they are cleared and added up by one thread. */
const SUMS_SHARE = 1 / 16

/** Parts of the rows, each done block by block. */
function splitWalk({ passes, rows, block }: Walk, { count, grain }: Cut): Share {
  const sums = passes.filter(({ out }) => out.strides[0] === 0)
  const summed = sums.reduce((entries, pass) => entries + extentOf(pass), 0)
  const longest = Math.max(...passes.flatMap(({ operands }) => operands.map(({ strides }) => strides[0] as number)))
  const most = summed === 0 ? count : Math.floor((SUMS_SHARE * rows * longest) / summed)
  const parts = rangesOf(
    rows,
    { count: Math.max(1, Math.min(count, most)), grain: block < grain ? block : grain },
    evenly,
  ).map(([start, end]) => {
    const list: PassPart[] = []
    for (let from = start; from < end; from += block) {
      for (const pass of passes) list.push(turnsOf(pass, 0, from, Math.min(end, from + block)))
    }
    return list
  })
  return { parts, sums: parts.length > 1 ? sums : [] }
}

function gemmParts(gemm: Gemm, cut: Cut): GemmPart[][] {
  const { m, n, batch, c, symmetric } = gemm
  const outer = batch.findIndex((size, axis) => size >= cut.count && c.batch[axis] !== 0)
  if (outer >= 0) {
    return rangesOf(batch[outer] as number, { ...cut, grain: 1 }, evenly).map(([start, end]) => [
      ofBatch(gemm, outer, start, end),
    ])
  }
  if (symmetric) {
    // Rows of a triangle grow longer: the k-th part begins where so much of the area lies above it.
    if (batch.length > 0 || m < 4 * cut.grain) return [[gemm]]
    return rangesOf(m, cut, Math.sqrt).map(([start, end]) => triangleRows(gemm, start, end))
  }
  if (m >= n && m >= 2 * cut.grain) {
    return rangesOf(m, cut, evenly).map(([start, end]) => [rowsOf(gemm, start, end)])
  }
  if (n < 2 * cut.grain) return [[gemm]]
  return rangesOf(n, cut, evenly).map(([start, end]) => [columnsOf(gemm, start, end)])
}

const evenly = (part: number): number => part

/** The rows of a symmetric result from the first column to the diagonal: a rectangle, which is mirrored, and a triangle. */
function triangleRows(gemm: Gemm, start: number, end: number): GemmPart[] {
  const { c } = gemm
  const own = rowsOf(gemm, start, end)
  const triangle = columnsOf(own, start, end)
  if (start === 0) return [triangle]
  const mirrored = { buffer: c.buffer, offset: c.offset + start * c.column }
  return [{ ...columnsOf(own, 0, start), symmetric: false, mirrored }, triangle]
}

function rowsOf(gemm: Gemm, start: number, end: number): Gemm {
  const { a, c } = gemm
  return { ...gemm, m: end - start, a: shifted(a, start * a.row), c: shifted(c, start * c.row) }
}

function columnsOf(gemm: Gemm, start: number, end: number): Gemm {
  const { b, c } = gemm
  return { ...gemm, n: end - start, b: shifted(b, start * b.column), c: shifted(c, start * c.column) }
}

function ofBatch(gemm: Gemm, axis: number, start: number, end: number): Gemm {
  const moved = <T extends Pick<MatrixOperand, 'buffer' | 'offset' | 'batch'>>(operand: T): T =>
    shifted(operand, start * (operand.batch[axis] as number))
  return {
    ...gemm,
    batch: gemm.batch.map((size, at) => (at === axis ? end - start : size)),
    a: moved(gemm.a),
    b: moved(gemm.b),
    c: moved(gemm.c),
    scale: gemm.scale && moved(gemm.scale),
  }
}

function shifted<T extends Place>(place: T, by: number): T {
  return { ...place, offset: place.offset + by }
}

/** Ranges of 0 … size whose ends lie where `share` puts each thread's part of the work, none of them empty. */
function rangesOf(
  size: number,
  { count, grain }: Cut,
  share: (part: number) => number,
): (readonly [start: number, end: number])[] {
  const ends = Array.from({ length: count }, (_, k) =>
    k === count - 1 ? size : Math.min(size, Math.round((size * share((k + 1) / count)) / grain) * grain),
  )
  return ends.flatMap((end, k) => {
    const start = ends[k - 1] ?? 0
    return end > start ? [[start, end] as const] : []
  })
}
