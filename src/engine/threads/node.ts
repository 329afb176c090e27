/** Threads of Node. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Host } from './team.ts'
import type { Message } from './worker.ts'

export const threads: Host['threads'] = availableParallelism()

export const canWait: Host['canWait'] = true

export const start: Host['start'] = () => {
  // Options of the process such as --input-type are not for workers, which would end with an error.
  const worker = new Worker(new URL('./node-worker.js', import.meta.url), { execArgv: [] })
  worker.unref()
  return { post: (message: Message) => worker.postMessage(message), stop: () => void worker.terminate() }
}
