/** The steps of one program that a team shares: each the calls of its parts. */
import type { PassKernel } from '../wasm/kernels.ts'
import type { Memory, Module } from '../wasm/webassembly.ts'
import type { Crew, Team } from './team.ts'
import type { Call, SharedModule } from './worker.ts'

/** A function of a module on the parameters at an address. */
export interface KernelCall extends Pick<PassKernel, 'module' | 'functions' | 'name'> {
  readonly address: number
}

export class SharedSteps {
  readonly #modules: SharedModule[] = []
  readonly #numbers = new Map<Module, number>()
  readonly #steps: Call[][][] = []
  #crew: Crew | undefined

  /** A step in parts: as calls, and as the caller runs them. */
  add(calls: readonly (readonly KernelCall[])[], runs: readonly (() => void)[]): () => void {
    const step = this.#steps.push(calls.map((list) => list.map((call) => this.#callOf(call)))) - 1
    return () => {
      if (this.#crew?.isReady()) this.#crew.run(step, runs)
      else for (const run of runs) run()
    }
  }

  /** Hands the steps over; they are forgotten when `owner` is gone. */
  start(team: Team, owner: object, memory: Memory, workspaces: readonly number[]): void {
    this.#crew = team.take(owner, { memory, modules: this.#modules, steps: this.#steps, workspaces })
  }

  #callOf({ module, functions, name, address }: KernelCall): Call {
    let number = this.#numbers.get(module)
    if (number === undefined) {
      number = this.#modules.push({ module, functions: Object.keys(functions) }) - 1
      this.#numbers.set(module, number)
    }
    return { module: number, name, address }
  }
}
