/** A worker in Node. */
import { parentPort } from 'node:worker_threads'
import { type Message, Worker } from './worker.ts'

const worker = new Worker()
parentPort?.on('message', (message: Message) => worker.receive(message))
