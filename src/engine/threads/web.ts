/** Threads of a browser: there where the page is isolated from other origins. */
import type { Host } from './team.ts'
import type { Message } from './worker.ts'

declare global {
  interface ImportMeta {
    url: string
  }
}

/** What is used of a browser; the library is compiled without the types of the DOM. */
declare const navigator: { readonly hardwareConcurrency?: number } | undefined
declare const window: object | undefined
declare const URL: new (path: string, base: string) => object
declare const Worker: new (
  url: object,
  options: { type: 'module' },
) => { postMessage(message: Message): void; terminate(): void }

export const threads: Host['threads'] =
  typeof Worker === 'undefined' || typeof navigator === 'undefined' ? 1 : (navigator.hardwareConcurrency ?? 1)

export const canWait: Host['canWait'] = typeof window === 'undefined'

export const start: Host['start'] = () => {
  const worker = new Worker(new URL('./web-worker.js', import.meta.url), { type: 'module' })
  return { post: (message) => worker.postMessage(message), stop: () => worker.terminate() }
}
