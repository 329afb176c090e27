/**
 * The worker as the page sees it: questions in, answers out, the newest question wins. A worker that keeps a newer question
 * waiting is ended, and one that stands by, already warm, takes its place.
 */
import type { Answer, FunctionData, Question } from '../worker/protocol.ts'

/** How long a superseded question may keep the newest waiting, in milliseconds. */
const PATIENCE = 150

export class Calculator {
  readonly #onAnswer: (answer: Answer) => void
  readonly #onFunctions: (functions: readonly FunctionData[]) => void
  readonly #onFailure: (message: string) => void
  #worker: Worker
  #standby: Worker | undefined
  #newest: Question | undefined
  /** Whether the worker has answered the newest question with anything yet. */
  #heard = true
  #timer: ReturnType<typeof setTimeout> | undefined
  #busy = false

  constructor(
    onAnswer: (answer: Answer) => void,
    onFunctions: (functions: readonly FunctionData[]) => void,
    onFailure: (message: string) => void,
  ) {
    this.#onAnswer = onAnswer
    this.#onFunctions = onFunctions
    this.#onFailure = onFailure
    this.#worker = this.#start()
  }

  ask(question: Question): void {
    const superseded = this.#busy
    this.#newest = question
    this.#heard = false
    this.#busy = true
    this.#worker.postMessage(question)
    clearTimeout(this.#timer)
    if (superseded) {
      this.#timer = setTimeout(() => {
        if (this.#heard || this.#newest !== question) return
        this.#replace()
        this.#worker.postMessage(question)
      }, PATIENCE)
    }
  }

  askFunctions(): void {
    this.#worker.postMessage({ kind: 'functions', id: 0 })
  }

  /** Ends the work on the newest question. */
  stop(): void {
    if (!this.#busy) return
    this.#newest = undefined
    this.#busy = false
    this.#replace()
  }

  #start(): Worker {
    const worker = new Worker(new URL('../worker/main.ts', import.meta.url), { type: 'module' })
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      if (data.kind === 'functions') {
        this.#onFunctions(data.functions)
        return
      }
      if (worker !== this.#worker || data.id !== this.#newest?.id) return
      this.#heard = true
      if (data.kind === 'done' || data.kind === 'problem' || data.kind === 'defect') {
        this.#busy = false
        this.#standby ??= this.#start()
      }
      this.#onAnswer(data)
    })
    worker.addEventListener('error', (event) => {
      if (worker !== this.#worker) return
      this.#busy = false
      this.#onFailure(event.message || 'the calculation could not be loaded')
    })
    return worker
  }

  #replace(): void {
    this.#worker.terminate()
    this.#worker = this.#standby ?? this.#start()
    this.#standby = this.#start()
  }
}
