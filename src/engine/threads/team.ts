/**
 * Threads that share the steps of programs: workers over one memory, which sleep between runs. Whoever is
 * free takes the next part, so that a thread that the machine gives no time holds up nothing; the caller works, too.
 */
import {
  CHANGE,
  controlWords,
  DONE,
  FAILED,
  JOB,
  nextJob,
  PROGRAM,
  SPINS,
  STEP,
  sentTo,
  takenBy,
  workOff,
} from './control.ts'
import type { Sharing } from './split.ts'
import type { Message, SharedProgram } from './worker.ts'

/** What a host (Node, a browser) offers. */
export interface Host {
  /** Threads that run at a time. */
  readonly threads: number
  /** Whether the calling thread may sleep, which the one of a window may not. */
  readonly canWait: boolean
  /** Starts a worker, which keeps no process alive. */
  readonly start: () => Mate
}

/** A worker, as its team sees it. */
export interface Mate {
  readonly post: (message: Message) => void
  readonly stop: () => void
}

/** Parts have so many operations: the hand-off takes some microseconds. */
const LEAST_OPERATIONS = 2 ** 15
const GRAIN = 16

/**
 * Programs, and bytes of their memories, that workers take before others take their place. A worker keeps the memories of programs that are forgotten until its
 * own garbage is collected, which nothing here can ask for, and browsers have room for some hundred memories only.
 */
const MOST_PROGRAMS = 32
const MOST_BYTES = 2 ** 28

/** More threads than this gain nothing: passes are bound by memory, products are large only rarely. */
const MOST_THREADS = 8

/** A program that a team knows. */
export interface Crew {
  /** Whether all workers have the program; until then the caller does all parts. */
  readonly isReady: () => boolean
  /** Runs the parts of a step on all threads; `runs` are the parts as the caller does them. */
  readonly run: (step: number, runs: readonly (() => void)[]) => void
}

let found: Promise<Team | undefined> | undefined

/** The team of this thread, if there can be one; it starts when it gets work. */
export function loadTeam(): Promise<Team | undefined> {
  found ??= findTeam()
  return found
}

async function findTeam(): Promise<Team | undefined> {
  if (typeof SharedArrayBuffer === 'undefined') return undefined
  try {
    const host = await loadHost()
    const threads = Math.min(host.threads, MOST_THREADS)
    return threads > 1 ? new Team(host, { threads }) : undefined
  } catch {
    return undefined
  }
}

/** One module in Node, another in browsers: see `imports` in package.json. */
export async function loadHost(): Promise<Host> {
  return import('#threads')
}

export class Team implements Sharing {
  /** Threads, the caller's among them. */
  readonly threads: number
  readonly least: number
  readonly grain: number
  readonly #host: Host
  readonly #forgotten: FinalizationRegistry<number>
  /** What the present workers share; none before the first program. */
  #shift: Shift | undefined
  #programs = 0

  constructor(
    host: Host,
    { threads, least = LEAST_OPERATIONS, grain = GRAIN }: Partial<Sharing> & { threads: number },
  ) {
    this.threads = threads
    this.least = least
    this.grain = grain
    this.#host = host
    this.#forgotten = new FinalizationRegistry((id) => {
      if (this.#shift) send(this.#shift, { kind: 'forget', id })
    })
  }

  /** Gives the workers a program, which is forgotten when `owner` is gone; and again when it runs with other workers than before. */
  take(owner: object, program: SharedProgram): Crew {
    let shift: Shift | undefined
    let id = 0
    let ready = false
    const hand = () => {
      shift = this.#shiftWithRoom(program.memory.buffer.byteLength)
      id = ++this.#programs
      ready = false
      send(shift, { kind: 'take', id, program })
      this.#forgotten.register(owner, id)
    }
    hand()
    return {
      isReady: () => {
        if (shift !== this.#shift) hand()
        const { control, mates } = shift as Shift
        ready ||= mates.every((_, worker) => Atomics.load(control, takenBy(worker)) >= id)
        return ready
      },
      run: (step, runs) => {
        const { control } = shift as Shift
        Atomics.store(control, PROGRAM, id)
        Atomics.store(control, STEP, step)
        Atomics.store(control, DONE, 0)
        Atomics.store(control, FAILED, 0)
        Atomics.store(control, JOB, nextJob(Atomics.load(control, JOB), runs.length))
        wake(control)
        workOff(control, (_program, _step, part) => runs[part]?.())
        this.#join(control, runs.length)
      },
    }
  }

  /** The present workers, or others in their place where those have taken enough. */
  #shiftWithRoom(bytes: number): Shift {
    if (this.#shift && (this.#shift.programs >= MOST_PROGRAMS || this.#shift.bytes + bytes > MOST_BYTES)) {
      send(this.#shift, { kind: 'end' })
      for (const { stop } of this.#shift.mates) stop()
      this.#shift = undefined
    }
    if (!this.#shift) {
      const control = new Int32Array(new SharedArrayBuffer(4 * controlWords(this.threads - 1)))
      const mates = Array.from({ length: this.threads - 1 }, () => this.#host.start())
      this.#shift = { control, mates, programs: 0, bytes: 0 }
      for (const worker of mates.keys()) sendTo(this.#shift, worker, { kind: 'start', worker, control })
    }
    this.#shift.programs++
    this.#shift.bytes += bytes
    return this.#shift
  }

  /** Waits for the parts that others have begun. */
  #join(control: Int32Array, parts: number): void {
    for (let spins = 0; ; spins++) {
      const done = Atomics.load(control, DONE)
      if (done === parts) break
      if (spins >= SPINS && this.#host.canWait) Atomics.wait(control, DONE, done)
    }
    if (Atomics.load(control, FAILED) > 0) throw new Error('a thread could not do its part of a step')
  }
}

/** Workers, and the numbers through which they speak. */
interface Shift {
  readonly control: Int32Array
  readonly mates: readonly Mate[]
  /** Programs taken, and the bytes of their memories. */
  programs: number
  bytes: number
}

function send(shift: Shift, message: Message): void {
  for (const worker of shift.mates.keys()) sendTo(shift, worker, message)
}

function sendTo({ control, mates }: Shift, worker: number, message: Message): void {
  Atomics.add(control, sentTo(worker), 1)
  mates[worker]?.post(message)
  wake(control)
}

function wake(control: Int32Array): void {
  Atomics.add(control, CHANGE, 1)
  Atomics.notify(control, CHANGE)
}
