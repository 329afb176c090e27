/**
 * The workers as the page sees them: questions in, answers out, the newest question wins. One worker answers; the other holds
 * results against differences, which may take a second, and takes the first one's place where that keeps a newer question
 * waiting.
 */
import type { Answer, FunctionData, Question } from '../worker/protocol.ts'

/** How long a superseded question may keep the newest waiting, in milliseconds. */
const PATIENCE = 150
/** How long a result stands before it is checked, so that typing on costs no checks, in milliseconds. */
const CHECK_AFTER = 120

interface Helper {
  readonly worker: Worker
  /** Whether it holds a result against differences. */
  busy: boolean
}

export class Calculator {
  readonly #onAnswer: (answer: Answer) => void
  readonly #onFunctions: (functions: readonly FunctionData[]) => void
  readonly #onFailure: (message: string) => void
  #worker: Worker
  #helper: Helper | undefined
  #newest: Question | undefined
  /** Whether the worker has answered the newest question with anything yet. */
  #heard = true
  #patience: ReturnType<typeof setTimeout> | undefined
  #quiet: ReturnType<typeof setTimeout> | undefined
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
    clearTimeout(this.#quiet)
    clearTimeout(this.#patience)
    if (!superseded) return
    this.#patience = setTimeout(() => {
      if (this.#heard || this.#newest !== question) return
      this.#replace()
      this.#worker.postMessage(question)
    }, PATIENCE)
  }

  askFunctions(): void {
    this.#worker.postMessage({ kind: 'functions', id: 0 })
  }

  /** Ends the work on the newest question. */
  stop(): void {
    clearTimeout(this.#quiet)
    if (!this.#busy) return
    this.#newest = undefined
    this.#busy = false
    this.#replace()
  }

  #start(): Worker {
    const worker = new Worker(new URL('../worker/main.ts', import.meta.url), { type: 'module' })
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => this.#receive(worker, data))
    worker.addEventListener('error', (event) => {
      if (worker !== this.#worker) return
      this.#busy = false
      this.#onFailure(event.message || 'the calculation could not be loaded')
    })
    return worker
  }

  #receive(worker: Worker, answer: Answer): void {
    if (answer.kind === 'functions') {
      this.#onFunctions(answer.functions)
      return
    }
    if (worker === this.#helper?.worker && answer.kind !== 'results') this.#helper.busy = false
    if (answer.id !== this.#newest?.id) return
    if (worker !== this.#worker) {
      if (answer.kind === 'check') this.#onAnswer(answer)
      else if (answer.kind === 'problem' || answer.kind === 'defect') {
        const message = answer.kind === 'problem' ? answer.problem.message : answer.message
        this.#onAnswer({ id: answer.id, kind: 'check', check: { state: 'outside', text: `not checked: ${message}` } })
      }
      return
    }
    this.#heard = true
    if (answer.kind === 'done' || answer.kind === 'problem' || answer.kind === 'defect') {
      this.#busy = false
      this.#helper ??= { worker: this.#start(), busy: false }
    }
    if (answer.kind === 'results') this.#checkSoon(this.#newest)
    this.#onAnswer(answer)
  }

  #checkSoon(question: Question): void {
    clearTimeout(this.#quiet)
    if (question.view === 'function') return
    this.#quiet = setTimeout(() => {
      if (this.#newest !== question) return
      if (this.#helper?.busy) {
        this.#helper.worker.terminate()
        this.#helper = undefined
      }
      this.#helper ??= { worker: this.#start(), busy: false }
      this.#helper.busy = true
      this.#helper.worker.postMessage({ ...question, kind: 'check' })
    }, CHECK_AFTER)
  }

  /** The helper takes the place of the worker, if it is free. */
  #replace(): void {
    this.#worker.terminate()
    const free = this.#helper?.busy === false ? this.#helper.worker : undefined
    if (free) this.#helper = undefined
    this.#worker = free ?? this.#start()
    this.#helper ??= { worker: this.#start(), busy: false }
  }
}
