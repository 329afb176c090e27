/** Runs a lowered program on WebAssembly: everything it touches lies in one memory, whose size is known beforehand. */
import { EincalcError } from '../../errors.ts'
import { type GeneralKernel, generalKernel } from '../../evaluate/kernels.ts'
import { DEFAULT_LIMITS, type Limits, tooManyOperations, tooMuchMemory } from '../../evaluate/limits.ts'
import { linearSolver } from '../../evaluate/lu.ts'
import { withoutValue } from '../../evaluate/without-value.ts'
import { type Arena, placeBuffers } from '../arena.ts'
import type { Blas } from '../blas/library.ts'
import { blasProduct, hasThreadedProduct, isForBlas, withoutScaling } from '../blas/products.ts'
import { describeProgram } from '../describe.ts'
import { type Walking, withWalks } from '../lower/walk.ts'
import {
  type BufferId,
  type CallInstruction,
  extentOf,
  type Fill,
  type Instruction,
  type Numbers,
  type Pass,
  type Place,
  type Program,
  type Roots,
  readsOf,
  type SolveInstruction,
  writesOf,
} from '../program.ts'
import { type KernelCall, SharedSteps } from '../threads/shared-steps.ts'
import { ALONE, type GemmPart, NO_SHARE, type PassPart, type Share, shareOf } from '../threads/split.ts'
import type { Team } from '../threads/team.ts'
import { batchFields, gemmBytes, gemmFields, workspaceBytes } from './gemm.ts'
import { type Kernels, type PassKernel, productName } from './kernels.ts'
import { blockedSize, Linear, linearBytes, packingBytes } from './linear.ts'
import { createMemory, type Exports, instantiate, type Memory, MOST_PAGES, type Module, PAGE } from './webassembly.ts'

/** Products of so few multiplications take the path without packing. */
const DIRECT = 64 ** 3

/** Slices of a batched function whose views are kept. */
const MOST_VIEWS = 64

/** Bytes of a line of the cache, which two threads do not write at a time. */
const LINE = 64

/** Takes the address of its parameters, and that of memory to pack matrices in. */
type KernelFunction = Exports[string]

/** What takes part of the work off the kernels of one thread. */
export interface Helpers {
  readonly blas?: Blas | undefined
  readonly team?: Team | undefined
  /** When passes walk along rows together, where not as is best. */
  readonly walking?: Walking | undefined
}

export class Runner {
  readonly program: Program
  /** Bytes of memory: parameters, inputs, temporaries and outputs. */
  readonly bytes: number
  readonly operations: number
  readonly #arena: Arena
  readonly #memory: Memory
  /** Bytes of a number. */
  readonly #width: number
  /** All memory as numbers of the program's precision, and as float64. */
  readonly #numbers: Numbers
  readonly #doubles: Float64Array<ArrayBuffer>
  readonly #inputs: ReadonlyMap<string, Numbers>
  readonly #outputs: readonly Numbers[]
  /** Outputs that may be written where the caller wants them, by buffer, and where that is in this run. */
  readonly #direct: ReadonlyMap<BufferId, number>
  #targets: readonly (Numbers | undefined)[] = []
  readonly #steps: readonly (() => void)[]

  /**
   * Products go to `blas` where that takes them, large steps are shared by the threads of a `team`. Throws `LimitExceeded` with
   * the figure where the program needs more memory or operations than it may take.
   */
  constructor(whole: Program, own: Kernels, limits: Limits = {}, { blas, walking, ...helpers }: Helpers = {}) {
    this.#width = own.precision === 'float32' ? 4 : 8
    const program = withWalks(blas ? withoutScaling(whole, blas, this.#width) : whole, this.#width, walking)
    this.program = program
    const team = blas && hasThreadedProduct(program, blas) ? undefined : helpers.team
    const { buffers, instructions, outputs } = program
    this.operations = instructions.reduce((sum, { operations }) => sum + operations, 0)
    const threads = team?.threads ?? 1
    const shares = instructions.map((instruction) => {
      const isElsewhere = instruction.kind === 'gemm' && blas !== undefined && isForBlas(instruction, blas)
      return isElsewhere ? NO_SHARE : shareOf(instruction, team ?? ALONE)
    })
    const isShared = shares.some((share) => share.parts.length > 1)
    const kernels = isShared ? own.shared : own
    const passes = instructions.flatMap((instruction) =>
      instruction.kind === 'pass' ? [instruction] : instruction.kind === 'walk' ? instruction.passes : [],
    )
    let start = 64
    const sums = start
    start += shares.reduce((most, share) => Math.max(most, share.parts.length * this.#sumBytes(share)), 0)
    const workspace = start
    const room = instructions.reduce(
      (most, instruction) => Math.max(most, scratch(instruction, kernels, this.#width)),
      0,
    )
    const workspaces = Array.from({ length: isShared ? threads : 1 }, (_, thread) => workspace + thread * room)
    start += workspaces.length * room
    const linearAt = start
    const blocked = instructions.flatMap((instruction) => blockedSize(instruction) ?? [])
    start += blocked.reduce((most, size) => Math.max(most, linearBytes(size)), 0)
    const arena = placeBuffers(program, start, this.#width)
    this.#refuse(arena, limits)
    // Blocks of parameters lie behind the tensors: their sizes are known when kernels are.
    const compiled = kernels.passes(passes)
    const forms = new Map<Pass, PassKernel>(passes.map((pass, k) => [pass, compiled[k] as PassKernel]))
    let end = arena.bytes
    const blocks = shares.map(({ parts }) =>
      parts.map((list) =>
        list.map((part) => {
          const at = end
          end +=
            part.kind === 'gemm'
              ? Math.ceil(gemmBytes(part.batch.length) / 8) * 8
              : 8 * (forms.get(part.of)?.slots.length ?? 0)
          return at
        }),
      ),
    )
    this.bytes = end
    this.#arena = arena
    this.#memory = allocate(end, isShared)
    const { buffer } = this.#memory
    this.#doubles = new Float64Array(buffer)
    this.#numbers = kernels.precision === 'float32' ? new Float32Array(buffer) : this.#doubles
    const instances = new Map<Module, Exports>()
    const exportsOf = ({ module, functions }: Pick<PassKernel, 'module' | 'functions'>) => {
      let known = instances.get(module)
      if (!known) {
        known = instantiate(module, this.#memory, functions)
        instances.set(module, known)
      }
      return known
    }
    const products = { module: kernels.products, functions: {} }
    const double = (at: number) => void exportsOf(products).double?.(at, workspace)
    const linear = new Linear(this.#doubles, double, linearAt)
    const shared = new SharedSteps()
    this.#direct = blas ? directOutputs(program, blas) : new Map()
    this.#steps = instructions.map((instruction, k): (() => void) => {
      if (instruction.kind === 'fill') return this.#fill(instruction)
      if (instruction.kind === 'roots') return this.#roots(instruction)
      if (instruction.kind === 'call') return this.#call(instruction, linear)
      if (instruction.kind === 'solve') return this.#solve(instruction, linear)
      if (instruction.kind === 'gemm' && blas && isForBlas(instruction, blas)) {
        const position = this.#direct.get(instruction.c.buffer)
        const view = (place: Place) => this.#numbers.subarray(this.#address(place) / this.#width)
        return blasProduct(instruction, blas, view, () =>
          position === undefined ? undefined : this.#targets[position],
        )
      }
      const share = shares[k] as Share
      const calls = share.parts.map((list, at) => {
        const results = this.#sumPlaces(share, sums + at * this.#sumBytes(share))
        return list.map((part, position): KernelCall => {
          const address = blocks[k]?.[at]?.[position] as number
          if (part.kind === 'gemm') {
            this.#writeGemm(part, address)
            return { ...products, name: productName(kernels), address }
          }
          const form = forms.get(part.of) as PassKernel
          this.#writePass(part, form, address, results.get(part.of))
          return { ...form, address }
        })
      })
      const runs = calls.map((list) => {
        const own = list.map((call) => ({ run: exportsOf(call)[call.name] as KernelFunction, at: call.address }))
        const [first] = own
        if (first && own.length === 1) return () => void first.run(first.at, workspace)
        return () => {
          for (const { run, at } of own) run(at, workspace)
        }
      })
      const [only] = runs
      if (only && runs.length === 1) return only
      const run = shared.add(calls, runs)
      return share.sums.length > 0 ? this.#summing(run, share, sums) : run
    })
    if (isShared) shared.start(team as Team, this, this.#memory, workspaces)
    this.#inputs = new Map(
      buffers.flatMap(({ kind, name, elements }, id) =>
        kind === 'input' ? [[name, this.#view({ buffer: id, offset: 0 }, elements)] as const] : [],
      ),
    )
    this.#outputs = outputs.map((output) =>
      this.#view(
        output,
        output.shape.reduce((n, size) => n * size, 1),
      ),
    )
  }

  #refuse(arena: Arena, limits: Limits): void {
    const { maxBytes = DEFAULT_LIMITS.bytes, maxOperations = DEFAULT_LIMITS.operations } = limits
    const { buffers, outputs } = this.program
    const inputs = buffers.reduce((sum, { kind, elements }) => sum + (kind === 'input' ? this.#width * elements : 0), 0)
    const needed = arena.bytes - inputs
    const shapes = outputs.map(({ shape }) => shape)
    const size = (shape: readonly number[]) => shape.reduce((n, length) => n * length, 1)
    const largest = shapes.reduce((best, shape) => (size(shape) > size(best) ? shape : best), [] as readonly number[])
    const most = (MOST_PAGES - 1) * PAGE
    if (needed > maxBytes) throw tooMuchMemory(needed, maxBytes, largest)
    if (arena.bytes > most) throw tooMuchMemory(arena.bytes, most, largest)
    if (this.operations > maxOperations) throw tooManyOperations(this.operations, maxOperations)
  }

  /** The names of the inputs that the program reads. */
  get inputs(): Iterable<string> {
    return this.#inputs.keys()
  }

  /** Copies the value of an input into memory, where it stays. */
  setInput(name: string, data: ArrayLike<number>): void {
    this.#inputs.get(name)?.set(data)
  }

  /** Whether an output can be written to an array of the caller's, which saves a copy. */
  isDirect(position: number): boolean {
    return this.#direct.get(this.program.outputs[position]?.buffer as BufferId) === position
  }

  /** `targets` are arrays for outputs that are direct, of their length and precision; `output` does not show these. */
  run(targets: readonly (Numbers | undefined)[] = []): void {
    this.#targets = targets
    try {
      for (const step of this.#steps) step()
    } finally {
      this.#targets = []
    }
  }

  /** Runs in parts; yields the share of the work that is done. */
  *parts(): Generator<number> {
    let done = 0
    const whole = Math.max(1, this.operations)
    for (const [k, step] of this.#steps.entries()) {
      step()
      done += this.program.instructions[k]?.operations ?? 0
      yield done / whole
    }
  }

  /** A view of an output, which the next run overwrites. */
  output(position: number): Numbers {
    return this.#outputs[position] as Numbers
  }

  /** The program as text: each instruction with its kernel, shapes, operations and bytes. */
  describe(): string {
    return describeProgram(this.program, this.#arena, this.#width)
  }

  #address({ buffer, offset }: Place): number {
    return (this.#arena.offsets[buffer] as number) + this.#width * offset
  }

  #view(place: Place, elements: number): Numbers {
    const start = this.#address(place) / this.#width
    return this.#numbers.subarray(start, start + elements)
  }

  /** Bytes of the sums of one part. */
  #sumBytes({ sums }: Share): number {
    return sums.reduce((bytes, pass) => bytes + this.#sumSize(pass), 0)
  }

  #sumSize(pass: Pass): number {
    return LINE * Math.ceil((extentOf(pass) * this.#width) / LINE)
  }

  /** Where a part keeps the sum of each pass. */
  #sumPlaces({ sums }: Share, start: number): ReadonlyMap<Pass, number> {
    const places = new Map<Pass, number>()
    let at = start
    for (const pass of sums) {
      places.set(pass, at)
      at += this.#sumSize(pass)
    }
    return places
  }

  /** Runs parts, each of which makes sums of its own, and adds these. */
  #summing(run: () => void, share: Share, start: number): () => void {
    const bytes = this.#sumBytes(share)
    const cells = this.#numbers.subarray(start / this.#width, (start + share.parts.length * bytes) / this.#width)
    const places = share.parts.map((_, part) => this.#sumPlaces(share, start + part * bytes))
    const adds = share.sums.map((pass) => {
      const entries = extentOf(pass)
      const target = this.#view(pass.out, entries)
      const parts = places.map((own) => {
        const at = (own.get(pass) as number) / this.#width
        return this.#numbers.subarray(at, at + entries)
      })
      return () => {
        if (!pass.accumulate) target.fill(0)
        for (const part of parts) for (let k = 0; k < entries; k++) (target[k] as number) += part[k] as number
      }
    })
    return () => {
      // Some are added to rather than written.
      cells.fill(0)
      run()
      for (const add of adds) add()
    }
  }

  /** `result` is the address of what the pass makes, where it is not that of its result. */
  #writePass(pass: PassPart, { slots }: PassKernel, at: number, result?: number): void {
    const words = new Int32Array(this.#memory.buffer)
    for (const [k, slot] of slots.entries()) {
      const place = at + 8 * k
      const operand = 'operand' in slot && slot.operand >= 0 ? pass.operands[slot.operand] : pass.out
      switch (slot.kind) {
        case 'size':
          words[place / 4] = pass.sizes[slot.loop] as number
          break
        case 'address':
          words[place / 4] =
            operand === pass.out && result !== undefined ? result : operand ? this.#address(operand) : 0
          break
        case 'stride':
          words[place / 4] = this.#width * (operand?.strides[slot.loop] ?? 0)
          break
        case 'number':
          this.#doubles[place / 8] = pass.numbers[slot.index] as number
      }
    }
  }

  #writeGemm(gemm: GemmPart, at: number): void {
    const { m, n, k, a, b, c, scale, symmetric, accumulate, batch, mirrored } = gemm
    const isDirect = m * n * k <= DIRECT && b.column === 1 && c.column === 1 && !scale && !symmetric
    const fields: Readonly<Record<(typeof gemmFields)[number], number>> = {
      m,
      n,
      k,
      a: this.#address(a),
      aRow: this.#width * a.row,
      aColumn: this.#width * a.column,
      b: this.#address(b),
      bRow: this.#width * b.row,
      bColumn: this.#width * b.column,
      c: this.#address(c),
      cRow: this.#width * c.row,
      cColumn: this.#width * c.column,
      d: scale ? this.#address(scale) : 0,
      dStep: this.#width * (scale?.step ?? 0),
      triangle: Number(symmetric),
      accumulate: Number(accumulate),
      direct: Number(isDirect),
      mirrored: mirrored ? this.#address(mirrored) : 0,
      batches: batch.length,
    }
    const words = new Int32Array(this.#memory.buffer)
    let word = at / 4
    for (const name of gemmFields) words[word++] = fields[name]
    for (const [axis, size] of batch.entries()) {
      const strides = [a.batch[axis], b.batch[axis], c.batch[axis], scale?.batch[axis]]
      const values = [size, ...strides.map((stride) => this.#width * (stride ?? 0)), 0]
      for (const position of batchFields.keys()) words[word++] = values[position] as number
    }
  }

  #fill({ out, elements }: Fill): () => void {
    const target = this.#view(out, elements)
    return () => target.fill(0)
  }

  #roots({ scale, out, elements }: Roots): () => void {
    const from = this.#view(scale, (elements - 1) * scale.step + 1)
    const to = this.#view(out, elements + 1)
    return () => {
      let [hasPositive, hasNegative] = [false, false]
      for (let k = 0; k < elements; k++) {
        const entry = from[k * scale.step] as number
        to[k] = entry
        if (entry > 0) hasPositive = true
        else if (entry < 0) hasNegative = true
      }
      to[elements] = hasPositive && hasNegative ? 0 : hasNegative ? -1 : 1
      if (to[elements] !== 0) for (let k = 0; k < elements; k++) to[k] = Math.sqrt(Math.abs(to[k] as number))
    }
  }

  #call(instruction: CallInstruction, linear: Linear): () => void {
    const { name, args, out, batches, argument } = instruction
    const plain = generalKernel(name)
    if (!plain) throw new RangeError(`there is no kernel of ${name}`)
    const sizes = args.map((arg) => arg.sizes)
    const blocked = blockedSize(instruction)
    const kernel: GeneralKernel = blocked
      ? ([matrix], _, result) => linear.call(name, matrix as Float64Array, blocked.n, result)
      : plain
    const count = (list: readonly number[]) => list.reduce((n, size) => n * size, 1)
    const lengths = sizes.map(count)
    const sliceOf = (b: number) => ({
      args: args.map((arg, k) => {
        const length = lengths[k] as number
        return this.#view({ ...arg, offset: arg.offset + b * length }, length)
      }),
      out: this.#view({ ...out, offset: out.offset + b * out.elements }, out.elements),
    })
    // Views of a few slices are made once; those of many would take more memory than the tensors.
    const known = batches <= MOST_VIEWS ? Array.from({ length: batches }, (_, b) => sliceOf(b)) : undefined
    return () => {
      for (let b = 0; b < batches; b++) {
        const slice = known?.[b] ?? sliceOf(b)
        const result = doubled(slice.out)
        if (!kernel(slice.args.map(doubled), sizes, result)) throw withoutValue(name, argument)
        if (result !== slice.out) slice.out.set(result)
      }
    }
  }

  #solve(instruction: SolveInstruction, linear: Linear): () => void {
    const { matrix, n, right, outer, inner, argument } = instruction
    const isBlocked = blockedSize(instruction) !== undefined
    const all = this.#numbers
    const start = this.#address(matrix) / this.#width
    const parts = Array.from({ length: outer }, (_, k) => {
      return this.#view({ ...right, offset: right.offset + k * n * inner }, n * inner)
    })
    const write = (dense: Float64Array) => {
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) dense[i * n + j] = all[start + i * matrix.row + j * matrix.column] as number
    }
    return () => {
      const rights = parts.map(doubled)
      const dense = isBlocked ? undefined : new Float64Array(n * n)
      if (dense) write(dense)
      const solve = dense && linearSolver(dense, n)
      if (isBlocked ? !linear.solve(write, n, rights, inner) : !solve) throw withoutValue('inv', argument)
      if (solve) for (const right of rights) solve(right, inner)
      for (const [k, part] of parts.entries()) if (part !== rights[k]) part.set(rights[k] as Float64Array)
    }
  }
}

/**
 * Whole buffers that are one output, and that only products by BLAS write, and nothing reads. None where a step may fail, after
 * which the caller's arrays are as before.
 */
function directOutputs({ instructions, outputs, buffers }: Program, blas: Blas): Map<BufferId, number> {
  if (instructions.some(({ kind }) => kind === 'call' || kind === 'solve')) return new Map()
  const isMade = (buffer: BufferId) =>
    instructions.every((one) => {
      if (readsOf(one).includes(buffer)) return false
      return !writesOf(one).includes(buffer) || (one.kind === 'gemm' && isForBlas(one, blas))
    })
  return new Map(
    outputs.flatMap(({ buffer, offset, shape }, position): [BufferId, number][] => {
      const isWhole = offset === 0 && buffers[buffer]?.elements === shape.reduce((n, size) => n * size, 1)
      const isOnly = outputs.every((other, at) => at === position || other.buffer !== buffer)
      const isMine = isWhole && isOnly && buffers[buffer]?.kind === 'temporary' && isMade(buffer)
      return isMine ? [[buffer, position]] : []
    }),
  )
}

/** The numbers as float64, in which functions of matrices are computed: a copy where they are not. */
function doubled(numbers: Numbers): Float64Array {
  return numbers instanceof Float64Array ? numbers : Float64Array.from(numbers)
}

function scratch(instruction: Instruction, kernels: Kernels, width: number): number {
  const size = blockedSize(instruction)
  if (size) return packingBytes(size, kernels.doubleTile)
  if (instruction.kind !== 'gemm') return 0
  const { m, n, k } = instruction
  return workspaceBytes(m, n, k, width, kernels.tile)
}

function allocate(bytes: number, isShared: boolean): Memory {
  try {
    return createMemory(Math.max(1, Math.ceil(bytes / PAGE)), isShared)
  } catch {
    throw new EincalcError({
      code: 'LimitExceeded',
      message: `${(bytes / 2 ** 20).toPrecision(3)} MiB of memory cannot be had here`,
      hint: 'Evaluate at smaller sizes.',
    })
  }
}
