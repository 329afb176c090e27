/** A worker in a browser. */
import { type Message, Worker } from './worker.ts'

declare function addEventListener(type: 'message', listener: (event: { readonly data: Message }) => void): void

const worker = new Worker()
addEventListener('message', ({ data }) => worker.receive(data))
