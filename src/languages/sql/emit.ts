/**
 * Emits SQL in the layout `rows`: a view over one table for each variable. It keeps to what DuckDB and PostgreSQL share, and
 * checks its tables whenever it is read.
 */
import { EincalcError } from '../../errors.ts'
import type { ValueId } from '../../plan/step.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import { commentText } from '../shared/identifiers.ts'
import {
  type EmittedProgram,
  type Emitter,
  factsText,
  type Parameter,
  type PreparedProgram,
  type ProgramRequest,
  prepareProgram,
  valueNames,
} from '../shared/program.ts'
import { type Statement, traceOf } from '../shared/trace.ts'
import { reserved } from './reserved.ts'
import { RowsPrinter } from './rows.ts'
import { axisName, indented, selectLines, tableLines, unionAll } from './select.ts'

export const sqlOptions = {
  title: 'SQL',
  reserved,
  unicode: false,
  letterFirst: true,
  ignoresCase: true,
  longest: 60,
  locals: [],
  fuse: 12,
}

/** The view. Throws `BadRequest` for functions that databases lack, and for cores and float32, which they do not have. */
export const emitSql: Emitter = (request) => {
  refuseOthers(request, 'sql')
  const prepared = prepareProgram(request, sqlOptions)
  const { functionName, planned, outputs, dimensions, identifiers } = prepared
  const names = valueNames(prepared)
  const printer = new RowsPrinter({ steps: planned.steps, names, dimensions, identifiers })
  const tables = printer.run()
  const isGiven = [...dimensions.keys()].every((name) => request.dims?.has(name))
  const sizes = isGiven ? [] : sizeColumns(prepared)
  const rank = Math.max(0, ...outputs.map(({ planned: output }) => output.axes.length))
  const indices = Array.from({ length: rank }, (_, axis) => axisName(axis))
  const isInput = (value: ValueId) => planned.steps[value]?.kind === 'input'
  const results = outputs.map(({ identifier, planned: output }) => {
    const table = (output.kind === 'dense' && printer.names.get(output.value)) || ''
    const nothing = 'CAST(NULL AS BIGINT)'
    return selectLines({
      columns: [
        ['output', `'${identifier}'`],
        ...indices.map((name, axis) => [name, axis < output.axes.length ? `${table}.${name}` : nothing] as const),
        [
          'value',
          output.kind === 'dense' && isInput(output.value)
            ? `CAST(${table}.value AS DOUBLE PRECISION)`
            : `${table}.value`,
        ],
      ],
      from: [`FROM ${table}`],
    })
  })
  const given = isGiven && dimensions.size > 0 ? [givenSizes(dimensions, request.dims ?? new Map())] : []
  const problems = checks(prepared, printer)
  const isChecked = problems.length > 0
  const last = tableLines('results', false, unionAll(results))
  const followed = ({ lines, values }: Statement) => {
    return { lines: lines.map((line, k) => (k === lines.length - 1 ? `${line},` : line)), values }
  }
  const statements = tables.map(followed)
  const before = [...given, ...(isChecked ? [tableLines('checked', true, checkedTable(problems))] : [])]
  const lines = [
    ...documentation(prepared, sizes.length > 0),
    `CREATE OR REPLACE VIEW ${functionName} AS`,
    'WITH',
    ...before.flatMap((table) => followed({ lines: table, values: [] }).lines),
    ...statements.flatMap((statement) => statement.lines),
    ...last,
    `SELECT ${['output', ...indices, 'value'].map((name) => `results.${name}`).join(', ')}`,
    ...(isChecked ? ['FROM results', 'CROSS JOIN checked', 'WHERE checked.problems = 0;'] : ['FROM results;']),
  ]
  const code = `${lines.join('\n')}\n`
  return { code, renamed: { ...prepared.renamed }, sizes, trace: traceOf(code, planned, statements) }
}

/** Throws `BadRequest` for what no layout has. */
export function refuseOthers({ outputs, precision }: ProgramRequest, target: string): void {
  if (outputs.some(({ result }) => result.kind === 'terms' && result.compressed)) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `${target} returns entries, not the cores of compressed derivatives`,
      hint: 'Without --compressed a derivative has no rows where unit tensors make it 0.',
    })
  }
  if (precision === 'float32') {
    throw new EincalcError({
      code: 'BadRequest',
      message: `${target} computes in float64`,
      hint: 'Leave out --precision.',
    })
  }
}

function sizeColumns({ dimensions, renamed }: PreparedProgram): EmittedProgram['sizes'] {
  return [...dimensions].map(([name, identifier]) => {
    if (identifier !== name) renamed[name] = identifier
    return { name, identifier }
  })
}

function givenSizes(dimensions: ReadonlyMap<string, string>, dims: ReadonlyMap<string, number>): string[] {
  const columns = [...dimensions].map(
    ([name, identifier]) => [identifier, `CAST(${dims.get(name)} AS BIGINT)`] as const,
  )
  return tableLines('sizes', false, [`SELECT ${columns.map(([name, text]) => `${text} AS ${name}`).join(', ')}`])
}

function shapeText(axes: readonly Dimension[], dimensions: ReadonlyMap<string, string>): string {
  const spelt = axes.map((axis) => {
    const text = axis.names.reduce((key, name) => key.replace(name, dimensions.get(name) ?? name), axis.key)
    return /^\w+$/.test(text) ? text : `(${text})`
  })
  return commentText(spelt.join(' x '))
}

/** One query for each argument that may be wrong: the problem as a text, no row where there is none. */
function checks({ parameters, dimensions }: PreparedProgram, printer: RowsPrinter): string[][] {
  const positive = [...dimensions.values()].map((name) => `sizes.${name} < 1`)
  const ofSizes =
    positive.length === 0
      ? []
      : [
          selectLines({
            columns: [['problem', "'sizes must have one row of numbers from 1 on'"]],
            from: ['FROM sizes'],
            having: `count(*) <> 1 OR max(CASE WHEN ${positive.join(' OR ')} THEN 1 ELSE 0 END) = 1`,
          }),
        ]
  return [...ofSizes, ...parameters.map((parameter) => checkOf(parameter, dimensions, printer))]
}

function checkOf(
  { identifier: x, axes }: Parameter,
  dimensions: ReadonlyMap<string, string>,
  printer: RowsPrinter,
): string[] {
  if (axes.length === 0) {
    return selectLines({
      columns: [['problem', `concat('${x} must be a number in one row, not in ', count(${x}.value))`]],
      from: [`FROM ${x}`],
      having: `count(*) <> 1 OR count(${x}.value) <> 1`,
    })
  }
  const outside = axes.map((axis, k) => `${x}.${axisName(k)} NOT BETWEEN 1 AND ${printer.size(axis)}`)
  const shown = axes.flatMap((_, k) => [...(k > 0 ? ["', '"] : []), `${x}.${axisName(k)}`])
  const isThere = [...axes.map((_, k) => axisName(k)), 'value'].map((name) => `${x}.${name} IS NULL`)
  return selectLines({
    columns: [
      [
        'problem',
        `concat('${x} must be of size ${shapeText(axes, dimensions)}, not with a row (', min(concat(${shown.join(', ')})), ')')`,
      ],
    ],
    from: [`FROM ${x}`, ...(axes.some((axis) => axis.names.length > 0) ? ['CROSS JOIN sizes'] : [])],
    where: [[...isThere, ...outside].join(' OR ')],
    having: 'count(*) > 0',
  })
}

/** The conversion of a problem to a number fails, and the database shows the text. */
function checkedTable(problems: readonly (readonly string[])[]): string[] {
  return [
    'SELECT coalesce(sum(CAST(found.problem AS INTEGER)), 0) AS problems',
    'FROM (',
    ...indented(unionAll(problems)),
    ') AS found',
  ]
}

function documentation({ summary, parameters, outputs, dimensions }: PreparedProgram, hasSizes: boolean): string[] {
  const columns = (axes: readonly Dimension[]) => `(${[...axes.map((_, k) => axisName(k)), 'value'].join(', ')})`
  const shape = (axes: readonly Dimension[]) => (axes.length === 0 ? 'a number' : shapeText(axes, dimensions))
  return [
    `-- ${summary}`,
    '--',
    '-- Tables; indices count from 1, and each once, and an entry without a row is 0:',
    ...parameters.map(
      ({ identifier, axes, facts }) => `--   ${identifier}${columns(axes)}: ${shape(axes)}${factsText(facts)}`,
    ),
    ...(hasSizes ? [`--   sizes(${[...dimensions.values()].join(', ')}): one row`] : []),
    '--',
    '-- Rows of the view, by output:',
    ...outputs.map(({ identifier, doc, planned }) => {
      const text = commentText(doc)
      return `--   ${identifier}: ${shape(planned.axes)}${text ? `: ${text}` : ''}`
    }),
  ]
}
