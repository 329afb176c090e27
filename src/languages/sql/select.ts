/** SELECT statements as text: a column each line where they are many, one clause a line. */

import { splitTopLevel } from '../shared/text.ts'

export interface Select {
  readonly columns: readonly (readonly [name: string, text: string])[]
  /** The lines of the FROM clause, `FROM` and `JOIN` included. */
  readonly from: readonly string[]
  readonly where?: readonly string[]
  readonly group?: readonly string[]
  readonly having?: string
}

const WIDTH = 100

export function selectLines({ columns, from, where = [], group = [], having }: Select): string[] {
  const list = columns.map(([name, text]) =>
    text === name || (/^\w+\.\w+$/.test(text) && text.endsWith(`.${name}`)) ? text : `${text} AS ${name}`,
  )
  const line = `SELECT ${list.join(', ')}`
  return [
    ...(line.length <= WIDTH
      ? [line]
      : ['SELECT', ...list.map((one, k) => `  ${one}${k < list.length - 1 ? ',' : ''}`)]),
    ...from,
    ...(where.length > 0 ? brokenLines(`WHERE ${where.join(' AND ')}`) : []),
    ...(group.length > 0 ? [`GROUP BY ${group.join(', ')}`] : []),
    ...(having === undefined ? [] : [`HAVING ${having}`]),
  ]
}

/** A condition, each of its parts on a line where they are many. */
function brokenLines(line: string): string[] {
  if (line.length <= WIDTH) return [line]
  return splitTopLevel(
    line,
    (text, at) => /^ (?:AND|OR) /.test(text.slice(at, at + 5)) && !/BETWEEN \S+$/.test(text.slice(0, at)),
  ).map((part, k) => (k === 0 ? part : `  ${part.trim()}`))
}

export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

/** `name AS (…)` of a WITH clause. */
export function tableLines(name: string, isKept: boolean, body: readonly string[]): string[] {
  return [`${name} AS ${isKept ? 'MATERIALIZED ' : ''}(`, ...indented(body), ')']
}

/** A SELECT as a table of FROM; OFFSET 0 keeps PostgreSQL from writing its expressions wherever its columns stand. */
export function subquery(lines: readonly string[], name: string, isKept: boolean): string[] {
  return ['FROM (', ...indented(lines), ...(isKept ? ['  OFFSET 0'] : []), `) AS ${name}`]
}

export function unionAll(parts: readonly (readonly string[])[]): string[] {
  return parts.flatMap((part, k) => (k === 0 ? part : ['UNION ALL', ...part]))
}

/** The names of the columns for the axes of a relation: i, j, k, ... */
export function axisName(axis: number): string {
  return 'ijklpqrsuvw'[axis] ?? `i${axis + 1}`
}
