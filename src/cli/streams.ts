/** Where the command reads and writes. Tests pass their own; `main.ts` passes the process's. */
import type { Readable, Writable } from 'node:stream'

export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Exit codes of the command. */
export const EXIT = {
  done: 0,
  /** The input is wrong, a check fails, or expressions differ. */
  wrong: 1,
  usage: 2,
  limit: 3,
  /** A defect of ours. */
  defect: 70,
} as const

/** Wrong usage of the command line, as opposed to a wrong expression. */
export class UsageError extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** Writes a text and a newline, and waits while the reader is behind. */
export function writeLine(stream: Writable, text: string): Promise<void> {
  return write(stream, `${text}\n`)
}

/** Writes as it is. */
export async function write(stream: Writable, content: string | Uint8Array): Promise<void> {
  if (stream.destroyed || stream.write(content)) return
  await new Promise<void>((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done).off('error', done)
      resolve()
    }
    stream.on('drain', done).on('close', done).on('error', done)
  })
}

/** Whether this stream shows colours: a terminal whose user has not set `NO_COLOR`. */
export function showsColour(stream: { readonly isTTY?: boolean }, env: Streams['env']): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
}
