/** `eincalc equal A B`, and the verdict that `--answer` prints. */
import { type EqualResult, equal, parse } from '../index.ts'
import type { Arguments } from './arguments.ts'
import { declaredTypes } from './declarations.ts'
import { numberText, tensorText } from './numbers.ts'
import { reading } from './problem.ts'
import { EXIT, type Streams, UsageError, writeLine } from './streams.ts'

/** Compares two expressions: exit code 0 where they are equal, 1 with a witness where they are not. */
export async function equalCommand(args: Arguments, { stdout }: Streams): Promise<number> {
  const [left, right, ...more] = args.positionals
  if (left === undefined || right === undefined || more.length > 0) {
    throw new UsageError('equal compares two expressions', 'Write eincalc equal "x\'*x" "norm2(x)^2".')
  }
  for (const name of args.given.keys()) if (name !== 'var') throw new UsageError(`equal takes --var, not --${name}`)
  const vars = declaredTypes(args)
  // The first is read alone, so that what is wrong in it is shown in it.
  reading(left, () => parse(left, { vars }))
  const result = reading(right, () => equal(left, right, { vars }))
  await writeLine(stdout, verdict(result, ['left', 'right']))
  return result.equal ? EXIT.done : EXIT.wrong
}

/** The outcome for people, the two sides under these names. */
export function verdict({ equal: isEqual, by, types, witness }: EqualResult, sides: readonly [string, string]): string {
  if (isEqual) return `Equal.\n# ${by === 'form' ? 'Both have one normal form.' : 'By their values at random points.'}`
  if (!witness) {
    const [left, right] = types ?? []
    return `Different.\n# The ${sides[0]} is ${article(left)}, the ${sides[1]} ${article(right)}.`
  }
  const { entry, left, right, seed, sizes, values } = witness
  const place = entry.length === 0 ? 'the value' : `entry [${entry.join(',')}]`
  const lines = [
    'Different.',
    `# ${place} is ${numberText(left)} on the ${sides[0]}, ${numberText(right)} on the ${sides[1]} (seed ${seed}), at`,
    ...Object.entries(sizes).map(([name, size]) => `# ${name} = ${size}`),
    ...[...values].map(
      ([name, tensor]) => `# ${name} = ${tensorText(tensor).replaceAll('\n', `\n# ${' '.repeat(name.length + 3)}`)}`,
    ),
  ]
  return lines.join('\n')
}

/** `a vector(n)`, `a scalar`. */
function article(type = 'value'): string {
  return `a ${type}`
}
