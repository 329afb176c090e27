/** `--format numpy` and the other languages. */

import type { Derivative } from '../api/derivative.ts'
import type { Expression } from '../api/expression.ts'
import { emitProgram, languages, type Precision } from '../index.ts'
import { nearestName } from '../syntax/nearest.ts'
import { single } from './arguments.ts'
import type { Lines, Request } from './derive.ts'
import { UsageError } from './streams.ts'

/** Throws `UsageError` for a format that is neither a notation nor a language. */
export function requireLanguageName(format: string, notations: readonly string[]): void {
  const names = languages.map(({ name }) => name)
  if (names.includes(format)) return
  const known = [...notations, ...names]
  const nearest = nearestName(format, known)
  throw new UsageError(
    `there is no format ${format}`,
    nearest === undefined ? `Formats: ${known.join(', ')}.` : `Did you mean ${nearest}?`,
  )
}

/** One program that returns the value and all derivatives. What had to be renamed is said on stderr. */
export function writeCode(
  language: string,
  { args, compressed, dims }: Request,
  expression: Expression,
  derivatives: readonly Derivative[],
  lines: Lines,
): void {
  const name = single(args, 'function')
  const precision = single(args, 'precision')
  const shard = single(args, 'shard')
  const program = emitProgram(language, expression, derivatives, {
    compressed,
    dims,
    ...(precision !== undefined && { precision: precision as Precision }),
    ...(name !== undefined && { function: name }),
    ...(shard !== undefined && { shard }),
  })
  if (program.bytes) lines.bytes = program.bytes
  else lines.stdout.push(program.code.replace(/\n$/, ''))
  for (const [before, after] of Object.entries(program.renamed)) {
    lines.stderr.push(`# ${before} is called ${after} in the program`)
  }
}
