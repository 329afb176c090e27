/**
 * Runs the command: chooses what is asked, and turns whatever goes wrong into a message on stderr and an exit code.
 * Parts that a plain derivative does not need are loaded when they are asked for, since loading takes most of a start.
 */
import { EincalcError } from '../errors.ts'
import { type Arguments, readArguments } from './arguments.ts'
import { EXIT, type Streams, showsColour, UsageError, writeLine } from './streams.ts'

type Command = (args: Arguments, streams: Streams) => Promise<number>

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  equal: async () => (await import('./equal.ts')).equalCommand,
  batch: async () => (await import('./batch.ts')).batchCommand,
  functions: async () => (await import('./tables.ts')).functionsCommand,
  serve: async () => (await import('./serve.ts')).serveCommand,
  engines: async () => (await import('./tables.ts')).enginesCommand,
  languages: async () => (await import('./tables.ts')).languagesCommand,
  'from-numpy': async () => (await import('./from-numpy/command.ts')).fromNumpyCommand,
}

/** Runs the command line and returns its exit code. Never throws. */
export async function run(argv: readonly string[], streams: Streams): Promise<number> {
  try {
    return await dispatch(argv, streams)
  } catch (error) {
    return await report(error, streams)
  }
}

async function dispatch(argv: readonly string[], streams: Streams): Promise<number> {
  const [first = ''] = argv
  const load = Object.hasOwn(commands, first) ? commands[first] : undefined
  const args = readArguments(load ? argv.slice(1) : argv)
  if (args.given.has('help') || args.given.has('version')) {
    const { helpText, version } = await import('./help.ts')
    await writeLine(streams.stdout, args.given.has('help') ? helpText() : await version())
    return EXIT.done
  }
  const command = load ? await load() : (await import('./derive.ts')).deriveCommand
  return command(args, streams)
}

async function report(error: unknown, { stderr, env }: Streams): Promise<number> {
  const isColoured = showsColour(stderr, env)
  if (error instanceof UsageError) {
    const hint = error.hint ?? 'Try eincalc --help.'
    await writeLine(stderr, `eincalc: ${error.message}\n  ${hint}`)
    return EXIT.usage
  }
  if (error instanceof EincalcError) {
    const { problemText } = await import('./problem.ts')
    await writeLine(stderr, await problemText(error, isColoured))
    return error.code === 'LimitExceeded' ? EXIT.limit : EXIT.wrong
  }
  const message = error instanceof Error ? error.message : String(error)
  await writeLine(
    stderr,
    `eincalc: this is a defect of eincalc, sorry. Please report it with the command that you ran: ${message.split('\n')[0]}`,
  )
  if (env.EINCALC_DEBUG) await writeLine(stderr, (error instanceof Error && error.stack) || message)
  return EXIT.defect
}
