/** `eincalc functions`, `eincalc languages` and `eincalc engines`: tables for people. */
import { documentedFunctions, languages } from '../index.ts'
import type { Arguments } from './arguments.ts'
import { EXIT, type Streams, UsageError, writeLine } from './streams.ts'

/** Every function with how it is called, what it is, its synonyms and its conventions. */
export async function functionsCommand(args: Arguments, { stdout }: Streams): Promise<number> {
  requireNothing('functions', args)
  const rows = documentedFunctions().map(({ usage, doc, convention, synonyms }) => {
    const also = synonyms?.length ? `Also called ${synonyms.join(', ')}.` : undefined
    return [usage, [doc, convention, also].filter((part) => part !== undefined).join(' ')]
  })
  await writeLine(stdout, table(rows))
  return EXIT.done
}

/** Every language with its name for `--format`, its title, the extension of its files, and what its programs can do. */
export async function languagesCommand(args: Arguments, { stdout }: Streams): Promise<number> {
  requireNothing('languages', args)
  const rows = languages.map((one) => [one.name, one.title, `.${one.extension}`, abilities(one)])
  await writeLine(stdout, table([...rows, ...formulas]))
  return EXIT.done
}

/** What `--format` writes that is no program, but has files of its own. */
const formulas: readonly (readonly string[])[] = [
  ['align', 'LaTeX, value and derivatives as one derivation with named parts', '.tex', 'a formula'],
  ['mathml', 'MathML, a formula for web pages', '.xml', 'a formula'],
  ['dot', 'Graphviz, the graph of subexpressions and tensor networks', '.dot', 'a picture'],
  ['svg', 'SVG, the same drawn', '.svg', 'a picture'],
]

function abilities({ capabilities }: (typeof languages)[number]): string {
  const words = {
    compressed: 'compressed derivatives',
    linearAlgebra: 'linear algebra',
    float32: 'float32',
    selfCheck: 'checks itself',
    shard: 'splits over devices',
  }
  const able = (Object.keys(words) as (keyof typeof words)[]).filter((ability) => capabilities[ability])
  return [
    ...able.map((ability) => words[ability]),
    ...(capabilities.executed ? [] : ['not executed by the tests']),
  ].join(', ')
}

/** Every engine: whether it is there, and what it is or why not. */
export async function enginesCommand(args: Arguments, { stdout }: Streams): Promise<number> {
  requireNothing('engines', args)
  const { engineReports } = await import('../engine/index.ts')
  const rows = (await engineReports()).map(({ name, isThere, doc }) => [name, isThere ? 'there' : 'missing', doc])
  await writeLine(stdout, table(rows))
  return EXIT.done
}

function requireNothing(command: string, { positionals, given }: Arguments): void {
  if (positionals.length > 0 || given.size > 0) throw new UsageError(`${command} takes no arguments`)
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, k) => cell.padEnd(widths[k] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
