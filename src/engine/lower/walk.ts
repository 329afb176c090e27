/**
 * Walks: passes that read a large tensor by its rows are done together, block of rows by block of rows. A block is fetched
 * once and stays in the cache for all of them, as X does in X'·f(X·w); and threads that share the rows each sum their own.
 */
import {
  type BufferId,
  extentOf,
  type Fill,
  type Instruction,
  loopsAsked,
  type Operand,
  type Pass,
  type Program,
  readsOf,
  type Walk,
  writesOf,
} from '../program.ts'

/** When passes walk together. */
export interface Walking {
  /** Bytes of a tensor from which walks pay: smaller ones stay in the cache of a core anyway. */
  readonly least: number
  /** Bytes that the passes touch in one block. */
  readonly block: number
}

const WALKING: Walking = { least: 2 ** 19, block: 2 ** 18 }

/** More blocks than this gain nothing, and each has parameters of its own. */
const MOST_BLOCKS = 2 ** 12

/** Blocks of many rows begin at multiples of this, so that vectors stay whole where a row is one entry. */
const GRAIN = 16

/** How far passes of a walk may lie apart in the program. */
const REACH = 64

/** Rows of a tensor, `stride` entries apart, none of which overlap. */
interface Rows {
  readonly offset: number
  readonly stride: number
}

/** The program with walks where they pay; `width` is the bytes of a number. */
export function withWalks(program: Program, width: number, walking: Walking = WALKING): Program {
  const isLarge = program.buffers.map(({ elements }) => elements * width >= walking.least)
  if (!isLarge.includes(true)) return program
  const pending: (Instruction | undefined)[] = [...program.instructions]
  const done: Instruction[] = []
  for (let at = 0; at < pending.length; at++) {
    const first = pending[at]
    if (!first) continue
    const group =
      first.kind === 'pass' && readsRows(first, isLarge) ? groupFrom(pending, at, program.buffers) : undefined
    if (!group || !isWorthwhile(group.members, isLarge)) {
      done.push(first)
      continue
    }
    done.push(...group.before, ...walkOf(group.members, width, walking))
    // What comes after it may begin a walk of its own.
    const next = group.end - group.after.length
    pending.fill(undefined, at, next)
    for (const [k, instruction] of group.after.entries()) pending[next + k] = instruction
    at = next - 1
  }
  return { ...program, instructions: done }
}

/** Whether the outermost loop runs over the rows of a large tensor. */
function readsRows(pass: Pass, isLarge: readonly boolean[]): boolean {
  return canWalk(pass) && pass.operands.some((operand) => isLarge[operand.buffer] && rowsOf(operand, pass.sizes))
}

/** The rows along the outermost loop; undefined where they overlap. */
function rowsOf({ offset, strides }: Operand, sizes: readonly number[]): Rows | undefined {
  const [stride = 0, ...inner] = strides
  const rest = inner.reduce((sum, other, at) => sum + other * ((sizes[at + 1] as number) - 1), 0)
  return stride > rest ? { offset, stride } : undefined
}

/** Whether a pass can be done for some turns of its outermost loop at a time: it sums over them, or writes rows of its own. */
function canWalk(pass: Pass): boolean {
  const { sizes, out, expression, operands } = pass
  if (sizes.length === 0 || loopsAsked(expression).has(0)) return false
  if (operands.some(({ buffer }) => buffer === out.buffer)) return false
  if (!isSum(pass)) return rowsOf(out, sizes) !== undefined
  if (pass.reduction !== 'sum') return false
  const entries = sizes.reduce((count, size, loop) => (out.strides[loop] === 0 ? count : count * size), 1)
  return extentOf(pass) === entries
}

/** Whether the rows of the outermost loop are summed. */
function isSum({ out }: Pass): boolean {
  return out.strides[0] === 0
}

interface Group {
  readonly members: readonly Pass[]
  /** What lies between the members: what does not depend on them, and what does. */
  readonly before: readonly Instruction[]
  readonly after: readonly Instruction[]
  /** Behind the last member. */
  readonly end: number
}

/**
 * A pass with those that can be done along the same rows, before anything that has to wait for all rows. What members write
 * is kept until all are done, so they write no more than the largest tensor that the first one reads.
 */
function groupFrom(
  list: readonly (Instruction | undefined)[],
  start: number,
  buffers: readonly { readonly elements: number }[],
): Group {
  const first = list[start] as Pass
  const rows = first.sizes[0]
  const elements = (buffer: BufferId) => buffers[buffer]?.elements ?? 0
  let room = Math.max(...readsOf(first).map(elements)) - elements(first.out.buffer)
  let end = start + 1
  const members: Pass[] = [first]
  const writers = new Map<BufferId, Pass>([[first.out.buffer, first]])
  const read = new Set(readsOf(first))
  const others: { readonly at: number; readonly instruction: Instruction; readonly isAfter: boolean }[] = []
  const waiting = { read: new Set<BufferId>(), written: new Set<BufferId>() }
  for (let at = start + 1; at < Math.min(list.length, start + REACH); at++) {
    const one = list[at]
    if (!one) continue
    const [reads, writes] = [readsOf(one), writesOf(one)]
    const waits =
      reads.some((buffer) => waiting.written.has(buffer)) ||
      writes.some((buffer) => waiting.written.has(buffer) || waiting.read.has(buffer))
    const depends =
      reads.some((buffer) => writers.has(buffer)) || writes.some((buffer) => writers.has(buffer) || read.has(buffer))
    const walks = !waits && one.kind === 'pass' && one.sizes[0] === rows && canWalk(one)
    if (walks && fits(one, writers, read, first) && elements(one.out.buffer) <= room) {
      members.push(one)
      room -= elements(one.out.buffer)
      end = at + 1
      writers.set(one.out.buffer, one)
      for (const buffer of reads) read.add(buffer)
      continue
    }
    const isAfter = waits || depends
    others.push({ at, instruction: one, isAfter })
    if (!isAfter) continue
    for (const buffer of reads) waiting.read.add(buffer)
    for (const buffer of writes) waiting.written.add(buffer)
  }
  const between = others.filter(({ at }) => at < end)
  const of = (wanted: boolean) =>
    between.flatMap(({ instruction, isAfter }) => (isAfter === wanted ? [instruction] : []))
  return { members, before: of(false), after: of(true), end }
}

/**
 * Whether a pass reads of what members write just the rows that are being done, and has to do with them: it reads what one
 * of them reads or writes.
 */
function fits(pass: Pass, writers: ReadonlyMap<BufferId, Pass>, read: ReadonlySet<BufferId>, first: Pass): boolean {
  if (writers.has(pass.out.buffer) || read.has(pass.out.buffer)) return false
  const isRelated = pass.operands.some(({ buffer }) => writers.has(buffer) || readsOf(first).includes(buffer))
  return (
    isRelated &&
    pass.operands.every((operand) => {
      const writer = writers.get(operand.buffer)
      if (!writer) return true
      const [written, wanted] = [rowsOf(writer.out, writer.sizes), rowsOf(operand, pass.sizes)]
      return written && wanted && written.offset === wanted.offset && written.stride === wanted.stride
    })
  )
}

/** A large tensor that several passes touch is fetched once; a sum in memory over rows of one is shared among threads. */
function isWorthwhile(members: readonly Pass[], isLarge: readonly boolean[]): boolean {
  const touches = members.flatMap((pass) =>
    [...new Set([...readsOf(pass), pass.out.buffer])].filter((buffer) => isLarge[buffer]),
  )
  return (
    new Set(touches).size < touches.length ||
    members.some((pass) => isSum(pass) && pass.reduced > 0 && pass.sizes.length > 1 && readsRows(pass, isLarge))
  )
}

/** The walk, and before it what clears the sums that it adds to. */
function walkOf(members: readonly Pass[], width: number, walking: Walking): Instruction[] {
  const fills: Fill[] = []
  const passes = members.map((pass): Pass => {
    if (!isSum(pass) || pass.accumulate) return pass
    const { buffer, offset } = pass.out
    const out = { buffer, offset }
    fills.push({ kind: 'fill', step: pass.step, operations: 0, out, elements: extentOf(pass) })
    return { ...pass, accumulate: true }
  })
  const [first] = passes as [Pass, ...Pass[]]
  const rows = first.sizes[0] as number
  const touched = new Map<BufferId, number>()
  for (const { operands, out } of passes) {
    for (const { buffer, strides } of [...operands, out]) {
      touched.set(buffer, Math.max(touched.get(buffer) ?? 0, width * Math.abs(strides[0] as number)))
    }
  }
  const rowBytes = [...touched.values()].reduce((sum, bytes) => sum + bytes, 0)
  const block = Math.max(1, Math.ceil(rows / MOST_BLOCKS), Math.floor(walking.block / rowBytes))
  const walk: Walk = {
    kind: 'walk',
    step: (passes.at(-1) as Pass).step,
    operations: passes.reduce((sum, { operations }) => sum + operations, 0),
    passes,
    rows,
    block: Math.min(rows, block > GRAIN ? GRAIN * Math.ceil(block / GRAIN) : block),
  }
  return [...fills, walk]
}
