/** The numbers through which a team speaks: one Int32Array in shared memory. */

/** Changes whenever there is news; who has nothing to do waits on it. */
export const CHANGE = 0
/** The number of the present job, and the parts of it that nobody has begun. */
export const JOB = 1
/** The program and the step of the present job. */
export const PROGRAM = 2
export const STEP = 3
/** Parts that are done, and those that failed. */
export const DONE = 4
export const FAILED = 5
const HEAD = 6

/** Messages sent to a worker: it looks for them when it has handled fewer. */
export const sentTo = (worker: number): number => HEAD + 2 * worker
/** The last program that a worker has taken. */
export const takenBy = (worker: number): number => HEAD + 2 * worker + 1

export const controlWords = (workers: number): number => HEAD + 2 * workers

/** Looks at the numbers before a thread falls asleep, which takes longer to end than most steps last. */
export const SPINS = 50_000

/** Parts of one job at most; bits of `JOB` that count them. */
export const MOST_PARTS = 255
const PART_BITS = 8

/** The word of the job that comes after another one, with so many parts. */
export const nextJob = (word: number, parts: number): number => (((word >>> PART_BITS) + 1) << PART_BITS) | parts

/**
 * Takes parts of the present job and runs them until none is left. A part is taken only while its job lasts, so what is read
 * of the job afterwards is its own.
 */
export function workOff(control: Int32Array, run: (program: number, step: number, part: number) => void): void {
  for (;;) {
    const word = Atomics.load(control, JOB)
    const left = word & MOST_PARTS
    if (left === 0) return
    if (Atomics.compareExchange(control, JOB, word, word - 1) !== word) continue
    try {
      run(Atomics.load(control, PROGRAM), Atomics.load(control, STEP), left - 1)
    } catch {
      Atomics.add(control, FAILED, 1)
    }
    Atomics.add(control, DONE, 1)
    Atomics.notify(control, DONE)
  }
}
