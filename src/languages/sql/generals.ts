/** The general functions that databases can compute: sums, extremes and products over rows. */

import { INFINITE, UNDEFINED } from './scalars.ts'
import { axisName, selectLines, subquery } from './select.ts'

const list = (count: number, from = 0) => Array.from({ length: count }, (_, k) => axisName(from + k))

/**
 * The query for a function of the last `own` axes, given the query of each argument with a row for every index; undefined
 * where there is none.
 */
export function generalRows(
  name: string,
  args: readonly (readonly string[])[],
  batch: number,
  own: number,
): readonly string[] | undefined {
  const [first = [], second = []] = args
  const keys = list(batch)
  const all = list(batch + own)
  const by = keys.map((key) => `x.${key}`)
  const over = by.length > 0 ? `PARTITION BY ${by.join(', ')}` : ''
  const columns = (names: readonly string[]) => names.map((one) => [one, `x.${one}`] as const)
  const grouped = (value: string, from = subquery(first, 'x', false)) =>
    selectLines({ columns: [...columns(keys), ['value', value]], from, group: by })
  /** The rows with another number beside each. */
  const beside = (column: string, text: string, from: readonly string[]) =>
    selectLines({ columns: [...columns(all), ['value', 'x.value'], [column, text]], from })
  const peaked = () => beside('peak', `max(x.value) OVER (${over})`, subquery(first, 'x', false))
  // An infinite peak stays out of differences.
  const shifted = `x.value - CASE WHEN abs(x.peak) < ${INFINITE} THEN x.peak ELSE 0 END`
  const exponential = (t: string) => `CASE WHEN ${t} > -745 THEN exp(${t}) ELSE 0 END`
  const exponentials = () => {
    const differences = selectLines({
      columns: [...columns(all), ['peak', 'x.peak'], ['value', shifted]],
      from: subquery(peaked(), 'x', true),
    })
    return selectLines({
      columns: [...columns(all), ['peak', 'x.peak'], ['shifted', 'x.value'], ['value', exponential('x.value')]],
      from: subquery(differences, 'x', true),
    })
  }
  // All entries may be -infinity, where conditions leave none.
  const sum = `sum(x.value) OVER (${over})`
  const logarithm = (t: string) => `CASE WHEN ${t} > 0 THEN ln(${t}) ELSE -${INFINITE} END`
  const row = (value: string, from: readonly string[]) =>
    selectLines({ columns: [...columns(all), ['value', value]], from })
  switch (name) {
    case 'max':
    case 'min':
      return grouped(`${name}(x.value)`)
    case 'norm2':
      return grouped('sqrt(sum(x.value * x.value))')
    case 'rnorm2': {
      const squares = selectLines({
        columns: [...columns(keys), ['value', 'sum(x.value * x.value)']],
        from: subquery(first, 'x', false),
        group: by,
      })
      const value = 'CASE WHEN x.value = 0 THEN 0 ELSE 1 / sqrt(x.value) END'
      return selectLines({ columns: [...columns(keys), ['value', value]], from: subquery(squares, 'x', true) })
    }
    case 'logsumexp':
      return grouped(
        `max(CASE WHEN abs(x.peak) < ${INFINITE} THEN x.peak ELSE 0 END) + ${logarithm('sum(x.value)')}`,
        subquery(exponentials(), 'x', true),
      )
    case 'softmax':
      return row(
        `CASE WHEN ${sum} > 0 THEN x.value / ${sum} ELSE ${UNDEFINED} END`,
        subquery(exponentials(), 'x', true),
      )
    case 'logsoftmax':
      return row(`x.shifted - ${logarithm(sum)}`, subquery(exponentials(), 'x', true))
    case 'prod':
      return grouped(product)
    case 'prodexcept': {
      const same = [...keys, ...list(own, batch)]
      const inBatch = keys.map((key) => `y.${key} = x.${key}`)
      const isOther = list(own, batch).map((axis) => `y.${axis} <> x.${axis}`)
      const joined = [
        ...subquery(first, 'x', false),
        'LEFT JOIN (',
        ...first.map((line) => `  ${line}`),
        `) AS y ON ${[...inBatch, `(${isOther.join(' OR ')})`].join(' AND ')}`,
      ]
      const value = product.replaceAll('x.value', 'coalesce(y.value, 1)')
      return selectLines({
        columns: [...columns(same), ['value', value]],
        from: joined,
        group: same.map((one) => `x.${one}`),
      })
    }
    case 'cross': {
      const axis = axisName(batch)
      const inBatch = keys.map((key) => `y.${key} = x.${key}`)
      const at = `CAST(6 - x.${axis} - y.${axis} AS BIGINT)`
      // The sign of the permutation (x, y, at) of 1, 2, 3.
      const sign = `CASE WHEN mod(y.${axis} - x.${axis} + 3, 3) = 1 THEN 1 ELSE -1 END`
      return selectLines({
        columns: [...columns(keys), [axis, at], ['value', `sum(${sign} * x.value * y.value)`]],
        from: [
          ...subquery(first, 'x', false),
          'JOIN (',
          ...second.map((line) => `  ${line}`),
          `) AS y ON ${[...inBatch, `y.${axis} <> x.${axis}`].join(' AND ')}`,
        ],
        group: [...by, at],
      })
    }
    default:
      return undefined
  }
}

/** The product of the numbers of a group, by logarithms, which all databases can sum. */
const product = [
  'CASE WHEN min(abs(x.value)) = 0 THEN 0',
  'ELSE exp(sum(CASE WHEN x.value <> 0 THEN ln(abs(x.value)) ELSE 0 END))',
  '* CASE WHEN mod(sum(CASE WHEN x.value < 0 THEN 1 ELSE 0 END), 2) = 0 THEN 1 ELSE -1 END END',
].join(' ')
