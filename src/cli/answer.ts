/** `--answer`: is this the derivative? */
import type { Derivative } from '../api/derivative.ts'
import { checkAnswer } from '../api/equal.ts'
import { single } from './arguments.ts'
import type { Request } from './derive.ts'
import { verdict } from './equal.ts'
import { reading } from './problem.ts'
import { EXIT, type Streams, UsageError, writeLine } from './streams.ts'

export async function answerCommand(
  { args }: Request,
  derivatives: readonly Derivative[],
  { stdout }: Streams,
): Promise<number> {
  const [derivative, ...more] = derivatives
  if (!derivative || more.length > 0) throw new UsageError('--answer is held to one derivative', 'Name one variable.')
  const text = single(args, 'answer') ?? ''
  const result = reading(text, () => checkAnswer(derivative, text))
  await writeLine(stdout, verdict(result, ['derivative', 'answer']))
  return result.equal ? EXIT.done : EXIT.wrong
}
