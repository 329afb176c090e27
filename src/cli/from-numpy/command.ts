/** `eincalc from-numpy file.py:function`: a NumPy function as a program of our language, or its derivatives. */
import { readFile } from 'node:fs/promises'
import { parse } from '../../api/expression.ts'
import { EincalcError } from '../../errors.ts'
import type { Arguments } from '../arguments.ts'
import { declaredTypes } from '../declarations.ts'
import { reading } from '../problem.ts'
import { EXIT, type Streams, UsageError, writeLine } from '../streams.ts'
import { Source } from './python.ts'
import { translate } from './translate.ts'

/** Bytes of a file that is read at most. */
const MOST_BYTES = 2 ** 20

const PLACE = /^(.+):([A-Za-z_]\w*)(?:\[(\d{1,3})\])?$/

/** Prints the program and the types of its variables; with `--wrt` and the other options of a derivative, what they ask. */
export async function fromNumpyCommand(args: Arguments, streams: Streams): Promise<number> {
  const [place = '', ...more] = args.positionals
  const match = PLACE.exec(place)
  if (!match || more.length > 0) {
    throw new UsageError(
      'from-numpy takes one function',
      'Write eincalc from-numpy file.py:function, or file.py:function[1] for its second result.',
    )
  }
  const [, path = '', name = '', result] = match
  const text = await readSource(path)
  const declared = declaredTypes(args)
  const { program, types, renamed, guessed } = reading(text, () => {
    return translate(new Source(text), name, declared, result === undefined ? undefined : Number(result))
  })
  const declarations = [...types].map(([own, type]) => `${own}: ${type}`).join(', ')
  const others = [...args.given.keys()].filter((option) => option !== 'var')
  if (others.length > 0) {
    const given = new Map([...args.given, ['var', declarations === '' ? [] : [declarations]] as const])
    return (await import('../derive.ts')).deriveCommand({ positionals: [program], given }, streams)
  }
  // What is printed is a program that is read.
  const { type } = reading(program, () => parse(program, { vars: types }))
  const comments = [`# ${declarations === '' ? 'no variables' : declarations}; the result: ${type}`]
  for (const [python, ours] of renamed)
    comments.push(`# ${ours} stands for ${python}, which has a meaning of its own here`)
  if (guessed.length > 0)
    comments.push(`# by their first letters: ${guessed.join(', ')}; declare what is otherwise with --var`)
  for (const line of [program, ...comments]) await writeLine(streams.stdout, line)
  return EXIT.done
}

async function readSource(path: string): Promise<string> {
  const fail = (message: string): never => {
    throw new EincalcError({ code: 'BadRequest', message: `${path} ${message}` })
  }
  const bytes = await readFile(path).catch(() => fail('cannot be read: there is no such file'))
  if (bytes.length > MOST_BYTES) {
    throw new EincalcError({
      code: 'LimitExceeded',
      message: `${path} has ${bytes.length} bytes, the limit is ${MOST_BYTES}`,
    })
  }
  return bytes.toString('utf8')
}
