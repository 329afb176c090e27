/** `eincalc batch`: one JSON request a line on stdin, one JSON answer a line on stdout, in order. */
import type { Readable } from 'node:stream'
import { needsWriters, readLine } from '../api/batch.ts'
import { type Evaluator, evaluatorOf } from '../api/evaluator.ts'
import { answer, type BatchAnswer, type Writers } from '../index.ts'
import type { Arguments } from './arguments.ts'
import { EXIT, type Streams, UsageError, writeLine } from './streams.ts'

/** The longest line that is read, in bytes. Longer ones are refused without being kept. */
const LINE_LIMIT = 2 ** 28

/** A line of so many characters may hold enough numbers for an engine to pay. */
const LONG = 10_000

/**
 * Answers each line as soon as it is there and goes on after any. Blank lines are skipped. A line that meets a defect of
 * ours gets an answer with the code `InternalError`, and the exit code at the end is 70.
 */
export async function batchCommand(args: Arguments, { stdin, stdout, stderr, env }: Streams): Promise<number> {
  if (args.positionals.length > 0 || args.given.size > 0) {
    throw new UsageError('batch takes no arguments', 'It reads requests from stdin: eincalc batch < requests.jsonl.')
  }
  let code: number = EXIT.done
  let evaluator: Evaluator | undefined
  for await (const line of lines(stdin)) {
    if (stdout.destroyed) break
    if (typeof line === 'string' && line.trim() === '') continue
    let text: string
    try {
      if (typeof line === 'string' && line.length > LONG) evaluator ??= await evaluatorOf('auto')
      text = JSON.stringify(typeof line === 'string' ? await answerTo(line, evaluator) : line)
    } catch (error) {
      code = EXIT.defect
      const message = error instanceof Error ? error.message : String(error)
      if (env.EINCALC_DEBUG && error instanceof Error) await writeLine(stderr, error.stack ?? message)
      text = JSON.stringify({
        ...(typeof line === 'string' && idOf(line)),
        ok: false,
        error: { code: 'InternalError', message: `a defect of eincalc: ${message.split('\n')[0]}` },
      })
    }
    await writeLine(stdout, text)
  }
  return code
}

async function answerTo(line: string, evaluator: Evaluator | undefined): Promise<BatchAnswer> {
  const read = readLine(line)
  if ('refused' in read) return read.refused
  return answer(read.request, evaluator, needsWriters(read.request) ? await loadWriters() : undefined)
}

async function loadWriters(): Promise<Writers> {
  const [{ mathMl }, { svgOf }] = await Promise.all([import('../render/mathml.ts'), import('./svg.ts')])
  return { mathml: (result) => mathMl(result.toLatex()), svg: (result) => svgOf([result]) }
}

/** The lines of a stream of UTF-8, without their ends; for one that cannot be read the answer that refuses it. */
export async function* lines(input: Readable, limit = LINE_LIMIT): AsyncGenerator<string | BatchAnswer> {
  let parts: Buffer[] = []
  let length = 0
  const take = (): string | BatchAnswer => {
    const line = length > limit ? tooLong(limit) : decode(Buffer.concat(parts))
    parts = []
    length = 0
    return line
  }
  const keep = (part: Buffer) => {
    length += part.length
    if (length > limit) parts = []
    else parts.push(part)
  }
  for await (const chunk of input) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer)
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      keep(bytes.subarray(start, end))
      yield take()
      start = end + 1
    }
    keep(bytes.subarray(start))
  }
  // The last line may have no newline.
  if (length > 0) yield take()
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A byte order mark is dropped. */
function decode(bytes: Buffer): string | BatchAnswer {
  try {
    return utf8.decode(bytes)
  } catch {
    return { ok: false, error: { code: 'BadRequest', message: 'the line is no UTF-8' } }
  }
}

function tooLong(limit: number): BatchAnswer {
  return { ok: false, error: { code: 'LimitExceeded', message: `the line is longer than ${limit} bytes` } }
}

function idOf(line: string): { readonly id?: unknown } {
  try {
    const request: unknown = JSON.parse(line)
    if (typeof request === 'object' && request !== null && 'id' in request) return { id: request.id }
  } catch {
    // No JSON, no id.
  }
  return {}
}
