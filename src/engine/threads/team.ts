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
  /** Starts a worker, which keeps no process alive, and returns how to send it messages. */
  readonly start: () => (message: Message) => void
}

/** Parts have so many operations: the hand-off takes some microseconds. */
const LEAST_OPERATIONS = 2 ** 15
const GRAIN = 16

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
  return (await import('#threads' as string)) as Host
}

export class Team implements Sharing {
  /** Threads, the caller's among them. */
  readonly threads: number
  readonly least: number
  readonly grain: number
  readonly #host: Host
  readonly #control: Int32Array
  /** Sends to each worker; none before the first program. */
  readonly #posts: ((message: Message) => void)[] = []
  readonly #forgotten: FinalizationRegistry<number>
  #programs = 0

  constructor(
    host: Host,
    { threads, least = LEAST_OPERATIONS, grain = GRAIN }: Partial<Sharing> & { threads: number },
  ) {
    this.threads = threads
    this.least = least
    this.grain = grain
    this.#host = host
    this.#control = new Int32Array(new SharedArrayBuffer(4 * controlWords(threads - 1)))
    this.#forgotten = new FinalizationRegistry((id) => {
      for (const worker of this.#posts.keys()) this.#send(worker, { kind: 'forget', id })
    })
  }

  /** Gives the workers a program, which is forgotten when `owner` is gone. */
  take(owner: object, program: SharedProgram): Crew {
    const control = this.#control
    while (this.#posts.length < this.threads - 1) {
      const worker = this.#posts.push(this.#host.start()) - 1
      this.#send(worker, { kind: 'start', worker, control })
    }
    const id = ++this.#programs
    for (const worker of this.#posts.keys()) this.#send(worker, { kind: 'take', id, program })
    this.#forgotten.register(owner, id)
    let ready = false
    return {
      isReady: () => {
        ready ||= this.#posts.every((_, worker) => Atomics.load(control, takenBy(worker)) >= id)
        return ready
      },
      run: (step, runs) => {
        Atomics.store(control, PROGRAM, id)
        Atomics.store(control, STEP, step)
        Atomics.store(control, DONE, 0)
        Atomics.store(control, FAILED, 0)
        Atomics.store(control, JOB, nextJob(Atomics.load(control, JOB), runs.length))
        this.#wake()
        workOff(control, (_program, _step, part) => runs[part]?.())
        this.#join(runs.length)
      },
    }
  }

  #send(worker: number, message: Message): void {
    Atomics.add(this.#control, sentTo(worker), 1)
    this.#posts[worker]?.(message)
    this.#wake()
  }

  #wake(): void {
    Atomics.add(this.#control, CHANGE, 1)
    Atomics.notify(this.#control, CHANGE)
  }

  /** Waits for the parts that others have begun. */
  #join(parts: number): void {
    const control = this.#control
    for (let spins = 0; ; spins++) {
      const done = Atomics.load(control, DONE)
      if (done === parts) break
      if (spins >= SPINS && this.#host.canWait) Atomics.wait(control, DONE, done)
    }
    if (Atomics.load(control, FAILED) > 0) throw new Error('a thread could not do its part of a step')
  }
}
