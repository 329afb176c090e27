// Runs the command line in this process, for tests.
import { PassThrough, Readable } from 'node:stream'
import { run } from '../src/cli/run.ts'
import type { Streams } from '../src/cli/streams.ts'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Situation {
  /** What stdin holds; chunks arrive one by one. */
  readonly stdin?: string | readonly (string | Uint8Array)[]
  readonly env?: Streams['env']
  /** Whether all three streams are a terminal. */
  readonly isTTY?: boolean
}

/** The outcome of `eincalc ARGS…`. */
export async function eincalc(args: readonly string[], { stdin = '', env = {}, isTTY = false }: Situation = {}) {
  const chunks = typeof stdin === 'string' ? [Buffer.from(stdin)] : stdin.map((chunk) => Buffer.from(chunk as string))
  const [out, err] = [collector(isTTY), collector(isTTY)]
  const input = Object.assign(Readable.from(chunks, { objectMode: false }), { isTTY })
  const code = await run(args, { stdin: input, stdout: out.stream, stderr: err.stream, env })
  return { code, stdout: out.text(), stderr: err.text() } satisfies Outcome
}

function collector(isTTY: boolean) {
  const parts: Buffer[] = []
  const stream = Object.assign(new PassThrough(), { isTTY })
  stream.on('data', (part: Buffer) => parts.push(part))
  return { stream, text: () => Buffer.concat(parts).toString('utf8') }
}
