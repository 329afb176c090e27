/**
 * Emits SQL in the layout `samples`: a table `samples` with a row for each sample and a table `parameters` with one row, a
 * column for each entry. What is summed over samples is computed in one pass that streams.
 */
import { EincalcError } from '../../errors.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import { commentText, Identifiers } from '../shared/identifiers.ts'
import { type Emitter, factsText, type Parameter, type PreparedProgram, prepareProgram } from '../shared/program.ts'
import { asScalar, atom } from '../shared/text.ts'
import { refuseOthers, sqlOptions } from './emit.ts'
import { EntryPrinter, type Sampling, sizesOf, tuples, type Value } from './entries.ts'
import { MOST_COLUMNS } from './nested.ts'
import { type Entry, Phases, SAMPLES } from './phases.ts'
import type { Cell } from './scalars.ts'
import { tableLines } from './select.ts'

const TARGET = 'sql-samples'
const PARAMETERS = 'parameters'

/** A variable with a column for each of its entries. */
interface Columns {
  readonly parameter: Parameter
  readonly table: string
  readonly names: readonly string[]
  readonly value: Value
}

/** The views. Throws `BadRequest` where the sizes of more than one dimension are missing, and for what databases lack. */
export const emitSqlSamples: Emitter = (request) => {
  refuseOthers(request, TARGET)
  const prepared = prepareProgram(request, sqlOptions)
  const sampling = samplingOf(prepared.dimensions, request.dims)
  for (const output of prepared.planned.outputs) sizesOf(output.axes, sampling)
  const { functionName, parameters, planned, outputs, identifiers, summary } = prepared
  const columns = parameters.map(
    (parameter): Columns => columnsOf(parameter, sampling, (name) => identifiers.take(name)),
  )
  requireFew(columns)

  /** One view of the outputs that are of samples, or of those that are not. */
  const view = (ofSamples: boolean, name: string): string[] => {
    const chosen = outputs.filter(({ planned: output }) => {
      return output.axes.some((axis) => axis.name === sampling.sample && sampling.sample !== undefined) === ofSamples
    })
    if (chosen.length === 0) return []
    const wanted = chosen.map(({ planned: output }) => (output.kind === 'dense' ? output.value : -1))
    const input = (of: string) => (columns.find(({ parameter }) => parameter.name === of) as Columns).value
    const printed = (phases: Phases, counted: ReadonlyMap<string, number>) => {
      const own = new EntryPrinter(planned.steps, phases, sampling, input, counted)
      own.run(wanted)
      return own
    }
    const { uses } = printed(new Phases(new Identifiers(sqlOptions)), new Map())
    const phases = new Phases(identifiers)
    phases.hasKey = ofSamples
    const printer = printed(phases, uses)
    const results = chosen.flatMap(({ identifier, planned: output }) => {
      const value = printer.value(output.kind === 'dense' ? output.value : -1)
      const isSample = (axis: number) => output.axes[axis]?.name === sampling.sample
      return tuples(value.sizes).map((tuple, k) => {
        const suffix = tuple.filter((_, axis) => !(ofSamples && isSample(axis))).map((at) => `_${at + 1}`)
        return [`${identifier}${suffix.join('')}`, value.entries[k] as Entry] as const
      })
    })
    const first = ofSamples ? 1 : 0
    const common = phases.common(results.map(([, entry]) => entry))
    const end = Math.max(first, common + ((common + first) % 2))
    const cells = results.map(([column, entry]) => [column, phases.lifted(entry, end)] as const)
    const where = nullChecks(columns, phases, end)
    const isChecked = columns.some(({ table }) => table === PARAMETERS)
    const select = phases.select(
      end,
      cells,
      ofSamples ? ['i'] : [],
      [...(isChecked ? ['checked.problems = 0'] : []), ...where],
      isChecked ? [phases.from(end).length > 0 ? 'CROSS JOIN checked' : 'FROM checked'] : [],
    )
    const tables = [...(isChecked ? [tableLines('checked', true, checkedLines(columns))] : []), ...phases.tables(end)]
    const body = tables.flatMap((table, k) => [
      ...table.slice(0, -1),
      `${table.at(-1)}${k < tables.length - 1 ? ',' : ''}`,
    ])
    return [
      `CREATE OR REPLACE VIEW ${name} AS`,
      ...(body.length > 0 ? ['WITH', ...body] : []),
      ...withSemicolon(select),
    ]
  }
  const lines = [
    `-- ${summary}`,
    '--',
    ...documentation(columns, prepared, sampling),
    ...view(false, functionName),
    ...view(true, `${functionName}_samples`),
  ]
  return { code: `${lines.join('\n')}\n`, renamed: { ...prepared.renamed }, sizes: [] }
}

function withSemicolon(lines: readonly string[]): string[] {
  return lines.map((line, k) => (k === lines.length - 1 ? `${line};` : line))
}

/** The dimension whose size is not given is that of the samples. */
function samplingOf(
  dimensions: PreparedProgram['dimensions'],
  dims: ReadonlyMap<string, number> = new Map(),
): Sampling {
  const names = [...dimensions.keys()]
  const open = names.filter((name) => !dims.has(name))
  if (open.length > 1) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `${TARGET} needs the size of every dimension but that of the samples; ${open.map(commentText).join(', ')} have none`,
      hint: `Give all but one, as in \`--dims ${open
        .slice(1)
        .map((name) => `${commentText(name)}=10`)
        .join(',')}\`.`,
    })
  }
  return { sample: open[0], dims }
}

function columnsOf(parameter: Parameter, sampling: Sampling, take: (name: string) => string): Columns {
  const { identifier, axes } = parameter
  const sizes = sizesOf(axes, sampling)
  const isOfSamples = axes.some((axis) => axis.name !== undefined && axis.name === sampling.sample)
  const table = isOfSamples ? SAMPLES : PARAMETERS
  const names = tuples(sizes).map((tuple) => {
    const own = tuple.filter((_, axis) => axes[axis]?.name === undefined || axes[axis]?.name !== sampling.sample)
    return own.length === 0 ? identifier : take(`${identifier}${own.map((at) => `_${at + 1}`).join('')}`)
  })
  const entries = names.map((name): Entry => {
    const cell: Cell = { text: asScalar(atom(`${table}.${name}`)), stage: 1, isShort: true, isDouble: false }
    return { cell, phase: isOfSamples ? 1 : 0, table }
  })
  return { parameter, table, names, value: { sizes, entries } }
}

function requireFew(columns: readonly Columns[]): void {
  for (const table of [SAMPLES, PARAMETERS]) {
    const count = columns.reduce((sum, one) => sum + (one.table === table ? one.names.length : 0), 0)
    if (count > MOST_COLUMNS) {
      throw new EincalcError({
        code: 'LimitExceeded',
        message: `the table ${table} would have ${count} columns; databases have at most ${MOST_COLUMNS}`,
        hint: 'The language sql has a row for each entry instead.',
      })
    }
  }
}

/** One row of numbers, or the conversion of a text that says which variable has none fails. */
function checkedLines(columns: readonly Columns[]): string[] {
  const cases = columns.flatMap(({ parameter, table, names }) => {
    if (table !== PARAMETERS) return []
    const wrong = names.map((name) => `count(${PARAMETERS}.${name}) <> 1`).join(' OR ')
    const problem = `concat('${parameter.identifier} must be numbers in one row of parameters, not in ', count(*), ' rows')`
    return [`  WHEN count(*) <> 1 OR ${wrong} THEN CAST(${problem} AS INTEGER)`]
  })
  return ['SELECT CASE', ...cases, '  ELSE 0 END AS problems', `FROM ${PARAMETERS}`]
}

/** Sums leave NULL out, so the first pass counts the rows that have one. */
function nullChecks(columns: readonly Columns[], phases: Phases, end: number): string[] {
  if (end < 2) return []
  const { scalars } = phases.phase(1)
  return columns.flatMap(({ parameter, table, value }) => {
    if (table !== SAMPLES) return []
    const cells = value.entries.map(({ cell }) => cell)
    const isNull = scalars.make(cells, (...texts) =>
      atom(`CASE WHEN ${texts.map(({ text }) => `${text} IS NULL`).join(' OR ')} THEN 1e0 ELSE 0e0 END`),
    )
    const count = phases.aggregate({ cell: isNull, phase: 1 }, (one) => `coalesce(sum(${one}), 0)`)
    const { text } = phases.lifted(count, end).text
    const problem = `concat('${parameter.identifier} must be numbers in samples, not NULL in ', ${text}, ' rows')`
    return [`CASE WHEN ${text} > 0 THEN CAST(${problem} AS INTEGER) ELSE 0 END = 0`]
  })
}

function documentation(
  columns: readonly Columns[],
  { outputs, functionName, dimensions }: PreparedProgram,
  { sample, dims }: Sampling,
): string[] {
  const shape = (axes: readonly Dimension[]) => {
    if (axes.length === 0) return 'a number'
    const size = (axis: Dimension) =>
      axis.name !== undefined && axis.name === sample ? dimensions.get(axis.name) : axis.evaluate(dims)
    return axes.map(size).join(' x ')
  }
  const shown = (names: readonly string[]) =>
    (names.length > 6 ? [...names.slice(0, 3), '...', names.at(-1)] : names).join(', ')
  const table = (name: string, title: string) => {
    const own = columns.filter((one) => one.table === name)
    if (own.length === 0) return []
    return [
      `-- ${title}`,
      ...own.map(
        ({ parameter, names }) => `--   ${shown(names)}: ${shape(parameter.axes)}${factsText(parameter.facts)}`,
      ),
    ]
  }
  const isOfSamples = (axes: readonly Dimension[]) => axes.some((axis) => sample !== undefined && axis.name === sample)
  const result = ({ identifier, doc, planned }: (typeof outputs)[number]) => {
    const text = commentText(doc)
    return `--   ${identifier}: ${shape(planned.axes)}${text ? `: ${text}` : ''}`
  }
  const single = outputs.filter(({ planned }) => !isOfSamples(planned.axes))
  const many = outputs.filter(({ planned }) => isOfSamples(planned.axes))
  return [
    ...table(SAMPLES, 'Table samples, a row for each sample:'),
    ...(many.length > 0 ? ['--   i: its number, from 1'] : []),
    ...table(PARAMETERS, 'Table parameters, one row:'),
    '--',
    ...(single.length > 0
      ? [`-- View ${functionName}, one row with a column for each entry:`, ...single.map(result)]
      : []),
    ...(many.length > 0 ? [`-- View ${functionName}_samples, a row i for each sample:`, ...many.map(result)] : []),
  ]
}
