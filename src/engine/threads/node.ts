/** Threads of Node. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Host } from './team.ts'
import type { Message } from './worker.ts'

export const threads: Host['threads'] = availableParallelism()

export const canWait: Host['canWait'] = true

export const start: Host['start'] = () => {
  const worker = new Worker(new URL('./node-worker.js', import.meta.url))
  worker.unref()
  return (message: Message) => worker.postMessage(message)
}
