/** `eincalc EXPR --wrt x`: derivatives in any notation or language, with numbers, checks and costs where they are asked. */
import type { Derivative } from '../api/derivative.ts'
import { type Expression, parse } from '../api/expression.ts'
import { derivativesBy, type OrdersOptions } from '../api/orders.ts'
import { type Arguments, listed, type OptionName, single, sizes } from './arguments.ts'
import { reading } from './problem.ts'
import { EXIT, type Streams, UsageError, write, writeLine } from './streams.ts'

const notations = ['text', 'latex', 'align', 'mathml', 'index', 'einsum', 'dot', 'svg', 'forms', 'steps'] as const
type Notation = (typeof notations)[number]

/** What the command line asks of one expression. */
export interface Request {
  readonly args: Arguments
  readonly text: string
  readonly vars: ReadonlyMap<string, string>
  readonly wrt: readonly string[]
  readonly order: number | undefined
  readonly mixed: boolean
  readonly mode: NonNullable<OrdersOptions['mode']>
  readonly layout: NonNullable<OrdersOptions['layout']>
  readonly symmetric: NonNullable<OrdersOptions['symmetric']>
  readonly dims: ReadonlyMap<string, number>
  readonly compressed: boolean
}

/** Lines to write, kept until all is well, so that an error leaves stdout empty. */
export interface Lines {
  readonly stdout: string[]
  readonly stderr: string[]
  /** A file that is no text, in the place of `stdout`. */
  bytes?: Uint8Array
}

/** Answers one expression. Exit code 1 where a check or an answer fails. */
export async function deriveCommand(args: Arguments, streams: Streams): Promise<number> {
  const format = single(args, 'format') ?? 'text'
  const request = await readRequest(args, format, streams)
  if (format === 'json') return (await import('./json.ts')).jsonFormat(request, streams)

  const { text, vars, wrt, order, ...options } = request
  const expression = reading(text, () => parse(text, { vars, wrt }))
  const derivatives = reading(text, () =>
    derivativesBy(expression, wrt, { ...options, ...(order !== undefined && { order }) }),
  )
  if (args.given.has('answer')) return (await import('./answer.ts')).answerCommand(request, derivatives, streams)
  const lines: Lines = { stdout: [], stderr: [] }
  if (isNotation(format)) await writeNotation(format, request, expression, derivatives, lines)
  else (await import('./code.ts')).writeCode(format, request, expression, derivatives, lines)
  if (lines.bytes && streams.stdout.isTTY) {
    throw new UsageError(
      `${format} is no text for a terminal`,
      `Write it to a file: … --format ${format} > model.${format}`,
    )
  }
  if (lines.bytes && wantsNumbers(args)) {
    throw new UsageError(
      `${format} is a file of its own`,
      'Ask for numbers, checks and costs in a command of their own.',
    )
  }
  let code: number = EXIT.done
  if (wantsNumbers(args)) {
    const { writeFigures } = await import('./figures.ts')
    const progress = (await import('./progress.ts')).progressOn(streams)
    try {
      code = await writeFigures(request, format, expression, derivatives, lines, progress.tell)
    } finally {
      progress.end()
    }
  }
  if (lines.bytes) await write(streams.stdout, lines.bytes)
  for (const line of lines.stdout) await writeLine(streams.stdout, line)
  for (const line of lines.stderr) await writeLine(streams.stderr, line)
  return code
}

function isNotation(format: string): format is Notation {
  return (notations as readonly string[]).includes(format)
}

function wantsNumbers({ given }: Arguments): boolean {
  return (['data', 'out', 'check', 'cost'] as const).some((name) => given.has(name))
}

async function readRequest(args: Arguments, format: string, streams: Streams): Promise<Request> {
  const isCode = format !== 'json' && !isNotation(format)
  if (isCode) (await import('./code.ts')).requireLanguageName(format, [...notations, 'json'])
  const order = single(args, 'order')
  if (order !== undefined && !/^[1-9]\d{0,8}$/.test(order)) {
    throw new UsageError(`--order is a positive whole number, not ${order}`)
  }
  const wrt = listed(args, 'wrt')
  const refuse = (name: OptionName, isMisplaced: boolean, need: string) => {
    if (args.given.has(name) && isMisplaced) throw new UsageError(`--${name} needs ${need}`)
  }
  const noNames = wrt.length === 0
  for (const name of ['order', 'mixed', 'mode', 'layout', 'symmetric', 'answer', 'check', 'cost'] as const)
    refuse(name, noNames, '--wrt')
  refuse('mixed', new Set(wrt).size < 2, 'several variables: --wrt x,z')
  refuse('function', !isCode, 'the --format of a language')
  refuse('shard', !isCode, 'the --format of a language')
  refuse('answer', format !== 'text', 'no --format')
  refuse('out', !args.given.has('data'), '--data')
  refuse('memory', !args.given.has('data') || format === 'json', '--data, and another format than json')
  const isMute = args.given.has('data') && !['out', 'check'].some((name) => args.given.has(name as OptionName))
  refuse('data', isMute && !['text', 'json'].includes(format), '--format text or json, --out or --check')
  return {
    args,
    text: await programText(args, streams),
    vars: args.given.has('var') ? (await import('./declarations.ts')).declaredTypes(args) : new Map(),
    wrt,
    order: order === undefined ? undefined : Number(order),
    mixed: args.given.has('mixed'),
    mode: (single(args, 'mode') ?? 'auto') as Request['mode'],
    layout: (single(args, 'layout') ?? 'mixed') as Request['layout'],
    symmetric: (single(args, 'symmetric') ?? 'unconstrained') as Request['symmetric'],
    dims: sizes(args, 'dims', 'cost'),
    compressed: args.given.has('compressed'),
  }
}

/** The expression or program: the argument, or stdin where it is `-` or missing. */
async function programText({ positionals }: Arguments, { stdin }: Streams): Promise<string> {
  const [text = '-', ...more] = positionals
  if (more.length > 0) {
    throw new UsageError(`one expression is expected, ${positionals.length} are given`, 'Put quotes around it.')
  }
  if (text !== '-') return text
  if (positionals.length === 0 && stdin.isTTY) throw new UsageError('no expression is given')
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * Each result on a line of its own; comment lines say what it is. A single one stands on the first line with its comments
 * below it, so that scripts can take the first line; several each follow their comments.
 */
async function writeNotation(
  format: Notation,
  request: Request,
  expression: Expression,
  derivatives: readonly Derivative[],
  { stdout }: Lines,
): Promise<void> {
  const results = request.wrt.length === 0 ? [expression] : derivatives
  if (format === 'align') {
    stdout.push((await import('../api/align.ts')).alignLatex(expression, derivatives))
    return
  }
  if (format === 'svg') {
    stdout.push((await import('./svg.ts')).svgOf(results))
    return
  }
  for (const result of results) {
    const body = await notate(format, result)
    const names = 'wrt' in result ? `by ${result.wrt.join(', ')}` : undefined
    if (format === 'text') {
      const comments = [`# ${names === undefined ? '' : `${names}: `}${result.type}`]
      const kronecker = result.toKronecker()
      if (kronecker !== null) comments.push(`# between column-major vecs: ${kronecker}`)
      if ('note' in result && result.note !== undefined) comments.push(`# ${result.note}`)
      const lines = results.length === 1 ? [body, ...comments] : [...comments, body]
      stdout.push(...lines)
    } else {
      const comment = commented(format, names ?? '')
      stdout.push(...(results.length === 1 ? [body] : [comment, body]))
    }
  }
}

function commented(format: Notation, text: string): string {
  if (format === 'mathml') return `<!-- ${text} -->`
  return `${format === 'latex' ? '%' : format === 'dot' ? '//' : '#'} ${text}`
}

async function notate(format: Exclude<Notation, 'align' | 'svg'>, result: Expression | Derivative): Promise<string> {
  switch (format) {
    case 'text':
      return result.toString()
    case 'latex':
      return result.toLatex()
    case 'mathml':
      return (await import('../render/mathml.ts')).mathMl(result.toLatex())
    case 'dot':
      return (await import('../api/dot.ts')).dotText(result)
    case 'index':
      return result.toIndex()
    case 'einsum':
      return result.toEinsum()
    case 'forms':
      if (!('wrt' in result)) throw new UsageError('--format forms needs --wrt and --order 2')
      return formsText(result)
    case 'steps':
      if (!('wrt' in result)) throw new UsageError('--format steps needs --wrt')
      return (await import('../api/steps.ts')).stepsText(result)
  }
}

/** One Hessian four ways, each under a comment that says which; those that there are not are left out. */
async function formsText(derivative: Derivative): Promise<string> {
  const { hessianForms } = await import('../api/forms.ts')
  const { index, quadratic, kronecker, product } = hessianForms(derivative)
  const named = [
    ['by its elements', index],
    ['quadratic form', quadratic],
    ['between column-major vecs', kronecker],
    ['times a direction', product],
  ] as const
  return named.flatMap(([name, text]) => (text === null ? [] : [`# ${name}`, text])).join('\n')
}
