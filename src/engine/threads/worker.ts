/** What a worker does: it keeps programs, and takes parts of their steps when there are some. */
import { scalarFunction } from '../functions.ts'
import { type Exports, instantiate, type Memory, type Module } from '../wasm/webassembly.ts'
import { CHANGE, JOB, MOST_PARTS, SPINS, sentTo, takenBy, workOff } from './control.ts'

/** One function of a module on the parameters at an address. */
export interface Call {
  readonly module: number
  readonly name: string
  readonly address: number
}

/** A module, and the names of the functions of JavaScript that it takes. */
export interface SharedModule {
  readonly module: Module
  readonly functions: readonly string[]
}

/** A program as a worker knows it: the calls of each part of each step. */
export interface SharedProgram {
  readonly memory: Memory
  readonly modules: readonly SharedModule[]
  readonly steps: readonly (readonly (readonly Call[])[])[]
  /** Where each thread packs matrices, the caller's first. */
  readonly workspaces: readonly number[]
}

export type Message =
  | { readonly kind: 'start'; readonly worker: number; readonly control: Int32Array }
  | { readonly kind: 'take'; readonly id: number; readonly program: SharedProgram }
  | { readonly kind: 'forget'; readonly id: number }
  | { readonly kind: 'end' }

/** Answers messages, the first of which starts it. Between messages it waits for jobs, and returns when there is mail. */
export class Worker {
  readonly #programs = new Map<number, Steps>()
  #control: Int32Array = new Int32Array(1)
  #worker = 0
  #handled = 0

  receive(message: Message): void {
    switch (message.kind) {
      case 'start':
        this.#control = message.control
        this.#worker = message.worker
        break
      case 'take':
        this.#programs.set(message.id, stepsOf(message.program, this.#worker + 1))
        Atomics.store(this.#control, takenBy(this.#worker), message.id)
        break
      case 'forget':
        this.#programs.delete(message.id)
        break
      case 'end':
        // Without work the worker is stopped at once; browsers give one that waits two seconds.
        this.#programs.clear()
        return
    }
    this.#handled++
    this.#attend()
  }

  #attend(): void {
    const control = this.#control
    const run = (program: number, step: number, part: number) => this.#programs.get(program)?.[step]?.[part]?.()
    for (;;) {
      if (Atomics.load(control, sentTo(this.#worker)) !== this.#handled) return
      const change = Atomics.load(control, CHANGE)
      if ((Atomics.load(control, JOB) & MOST_PARTS) > 0) {
        workOff(control, run)
        continue
      }
      let spins = SPINS
      while (spins > 0 && Atomics.load(control, CHANGE) === change) spins--
      if (spins === 0) Atomics.wait(control, CHANGE, change)
    }
  }
}

/** What does each part of each step. */
type Steps = readonly (readonly (() => void)[])[]

function stepsOf({ memory, modules, steps, workspaces }: SharedProgram, thread: number): Steps {
  const instances = modules.map(({ module, functions }): Exports => {
    return instantiate(module, memory, Object.fromEntries(functions.map((name) => [name, scalarFunction(name)])))
  })
  const workspace = workspaces[thread] as number
  return steps.map((parts) =>
    parts.map((calls) => {
      const list = calls.map(({ module, name, address }) => ({ run: instances[module]?.[name], address }))
      return () => {
        for (const { run, address } of list) run?.(address, workspace)
      }
    }),
  )
}
