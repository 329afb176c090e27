/** Work of the panels, in a worker of its own that starts when the first is asked for. A newer task of a kind ends the older. */
import type { Answer, AnswerResult, EvaluatedData, Problem, Task, TaskQuestion } from '../worker/protocol.ts'

interface Results {
  readonly answer: AnswerResult
  readonly evaluate: readonly EvaluatedData[]
  readonly sample: Readonly<Record<string, string>>
}

export type Outcome<T> = { readonly result: T } | { readonly problem: Pick<Problem, 'message' | 'hint'> }

let worker: Worker | undefined
let id = 0
const waiting = new Map<number, (answer: Answer) => void>()

function started(): Worker {
  if (worker) return worker
  worker = new Worker(new URL('../worker/main.ts', import.meta.url), { type: 'module' })
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    waiting.get(data.id)?.(data)
    waiting.delete(data.id)
  })
  return worker
}

export function perform<K extends Task['task']>(task: Extract<Task, { task: K }>): Promise<Outcome<Results[K]>> {
  const question: TaskQuestion = { kind: 'task', id: ++id, task }
  return new Promise((resolve) => {
    waiting.set(question.id, (answer) => {
      if (answer.kind === 'task') resolve({ result: answer.result as Results[K] })
      else if (answer.kind === 'problem') resolve({ problem: answer.problem })
      else resolve({ problem: { message: answer.kind === 'defect' ? answer.message : 'nothing was found' } })
    })
    started().postMessage(question)
  })
}

/** Ends all tasks; each is answered with this. */
export function stopTasks(): void {
  worker?.terminate()
  worker = undefined
  for (const [number, resolve] of waiting) resolve({ id: number, kind: 'defect', message: 'stopped' })
  waiting.clear()
}
