/** SELECTs one in the other, for numbers that are needed more than once. */
import { EincalcError } from '../../errors.ts'
import type { Scalars } from './scalars.ts'
import { type Select, selectLines, subquery } from './select.ts'

/** The most columns that PostgreSQL has. */
export const MOST_COLUMNS = 1600

type Columns = Select['columns']

interface Nest extends Pick<Select, 'from' | 'where'> {
  /** The outermost SELECT, given the columns of the keys there. */
  readonly result: (keys: Columns) => Pick<Select, 'columns' | 'group'>
  /** All texts of the outermost SELECT. */
  readonly texts: readonly string[]
}

/** The columns of inner SELECTs and around them the result; `keys` say which row it is. */
export function nested(scalars: Scalars, keys: Columns, { from, where, result, texts }: Nest): string[] {
  const levels = scalars.columns
  let inner: Pick<Select, 'from' | 'where'> = { from, ...(where && { where }) }
  let names = keys
  for (const [k, columns] of levels.entries()) {
    const later = [...levels.slice(k + 1).flatMap((level) => level.map((column) => column.text)), ...texts]
    const words = new Set(later.join(' ').match(/\ba\d+\b/g))
    const carried = levels.slice(0, k).flatMap((level) => level.filter(({ name }) => words.has(name)))
    requireFew(carried.length + columns.length)
    const select = selectLines({
      columns: [
        ...names,
        ...carried.map(({ name }) => [name, name] as const),
        ...columns.map(({ name, text }) => [name, text] as const),
      ],
      ...inner,
    })
    inner = { from: subquery(select, 'levels', true) }
    names = keys.map(([name]) => [name, name] as const)
  }
  const outer = result(names)
  requireFew(outer.columns.length)
  return selectLines({ ...outer, ...inner })
}

function requireFew(count: number): void {
  if (count <= MOST_COLUMNS) return
  throw new EincalcError({
    code: 'LimitExceeded',
    message: `a SELECT would have ${count} columns; databases have at most ${MOST_COLUMNS}`,
    hint: 'The language sql has a row for each entry instead.',
  })
}
