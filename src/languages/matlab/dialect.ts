/**
 * MATLAB's spelling, which GNU Octave runs as well. A value of one axis is a column; axes of length 1 at the end are not
 * there; operators with a point expand axes of length 1.
 */

import type { Label } from '../../tensor/node.ts'
import { Rational } from '../../tensor/rational.ts'
import type { ArrayDialect, Factor } from '../shared/arrays/dialect.ts'
import { range, subscripts } from '../shared/axes.ts'
import { literal } from '../shared/numbers.ts'
import type { Precision } from '../shared/program.ts'
import { asScalar, atom, call, Level, matmul, negative, quotient, type Text, within } from '../shared/text.ts'
import { elementwiseName, generalName } from './names.ts'
import { statement } from './text.ts'

export const matlabWhole = { power: (base: string, exponent: number) => `${base}^${exponent}`, over: '/' }

const operators = { times: '.*', over: './' }

export function matlabDialect(precision: Precision): ArrayDialect {
  const type = precision === 'float32' ? ["'single'"] : []
  return {
    whole: matlabWhole,
    operators,
    sumsAnyAxis: false,
    truthsMultiply: true,

    assignment: (target, value) => statement(`${target} = `, value),
    number: (value) => {
      const text = literal(value).replace(/\.0$/, '')
      return value.sign < 0 ? negative(atom(text)) : atom(text)
    },
    floating: (text) => text,
    power: (base, exponent) => {
      if (exponent.equals(Rational.HALF)) return call('sqrt', base.text)
      const number = exponent.toDecimal() ?? `(${exponent.numerator} / ${exponent.denominator})`
      return { text: `${within(base, Level.atom)}${base.scalar ? '^' : '.^'}${number}`, level: Level.power }
    },

    permute: (text, order) => {
      if (order.length === 2) return transposed(text)
      return call('permute', text.text, list(order.map((axis) => `${axis + 1}`)))
    },
    spread: (text, present, labels) => {
      if (present.length === 0 || present.every((label, position) => labels[position] === label)) return text
      if (present.length === 1 && labels.indexOf(present[0] as Label) === 1) return transposed(text)
      let missing = present.length
      const last = labels.indexOf(present.at(-1) as Label)
      const order = labels.slice(0, last + 1).map((label) => {
        const axis = present.indexOf(label)
        return `${axis >= 0 ? axis + 1 : ++missing}`
      })
      // All of the value's own axes are named, so those of length 1 that are used come right behind them.
      return call('permute', text.text, list(order))
    },
    select: (text, rank, axis, index) => {
      const at = /^\d+$/.test(index) ? `${Number(index) + 1}` : `${index} + 1`
      const place = range(rank).map((own) => (own === axis ? at : ':'))
      const part = indexed(text, place.join(', '))
      if (axis === rank - 1) return part
      if (rank === 2) return transposed(part)
      const order = [...range(rank).filter((own) => own !== axis), axis].map((own) => `${own + 1}`)
      return call('permute', part.text, list(order))
    },
    reshape: (text, rank, sizes) => {
      const inner = rank <= 1 ? text.text : reversed(text, rank).text
      const outer = call('reshape', inner, ...dimensions([...sizes].reverse()))
      return sizes.length <= 1 ? outer : reversed(outer, sizes.length)
    },
    reshapeColumns: (text, sizes) => call('reshape', text.text, ...dimensions(sizes)),

    zeros: (shape) => call('zeros', ...dimensions(shape), ...type),
    ones: (shape) => call('ones', ...dimensions(shape), ...type),
    full: (shape, value, isNumber) => {
      if (isNumber) return quotient([asScalar(value), call('ones', ...dimensions(shape), ...type)], [])
      return { text: `${within(value, Level.add)} + ${call('zeros', ...dimensions(shape)).text}`, level: Level.add }
    },
    // Octave has diagonal matrices of their own kind, which do not broadcast.
    eye: (size) => call('full', call('eye', size, ...type).text),
    diagonalMatrix: (vector) => call('full', call('diag', vector.text).text),
    diagonal: (matrix) => call('diag', matrix.text),
    diagonals: (text, labels, kept) => {
      const letters = subscripts([...new Set([...kept, ...labels])])
      return call('einsum', `'${labels.map(letters).join('')}->${kept.map(letters).join('')}'`, text.text)
    },
    trace: (matrix) => call('trace', matrix.text),

    sum: (text, rank, axes) => {
      if (axes.length === rank) return rank > 2 ? call('sum', column(text)) : total('sum', text, rank)
      return axes.reduceRight((sum, axis) => call('sum', sum.text, `${axis + 1}`), text)
    },
    contract: (left, right, output) => {
      const summed = [...new Set([...left.labels, ...right.labels])].filter((label) => !output.includes(label))
      const letters = subscripts([...output, ...summed.sort((a, b) => a - b)])
      const operands = [left, right].map(({ labels }) => labels.map(letters).join('')).join(',')
      const spelt = `'${operands}->${output.map(letters).join('')}'`
      return { text: call('einsum', spelt, left.text.text, right.text.text), helpers: ['einsum'] }
    },
    matrixProduct: (left, right, summed, order) => {
      const outer = (factor: Factor) => factor.labels.find((label) => label !== summed)
      let [a, b] = [left, right]
      if (outer(a) === undefined && outer(b) !== undefined) [a, b] = [b, a]
      if (outer(b) !== undefined && outer(a) !== order[0]) [a, b] = [b, a]
      const rows = outer(a)
      const columns = [summed, outer(b)].filter((label) => label !== undefined)
      const first = rows === undefined ? transposed(a.ordered([summed])) : a.ordered([rows, summed])
      return matmul(first, b.ordered(columns), '*')
    },
    solve: (matrix, right) => matmul(matrix, right, '\\'),
    solveFirst: (matrix, right, shape) => {
      const flat = call('reshape', right.text, shape[0] ?? '', '[]')
      return call('reshape', matmul(matrix, flat, '\\').text, ...dimensions(shape))
    },

    compare: (operator, a, b) => {
      const spelt = operator === '!=' ? '~=' : operator
      return { text: `${within(a, Level.add)} ${spelt} ${within(b, Level.add)}`, level: Level.compare }
    },
    and: (parts) => ({ text: parts.map((part) => `(${part.text})`).join(' & '), level: Level.compare }),
    where: (truth, a, b) => call('where', truth.text, a.text, b.text),
    indicator: (truth) => call('double', truth.text),
    indices: (size, position) => {
      const numbers = `0:${/^\w+$/.test(size) ? size : `(${size})`} - 1`
      if (position === 0) return atom(`(${numbers})'`)
      return position === 1 ? atom(`(${numbers})`) : call('reshape', numbers, ...range(position).map(() => '1'), '[]')
    },
    triangle: (lower, matrix, shift) => {
      return { text: call(lower ? 'tril' : 'triu', matrix.text, ...(shift ? [shift.text] : [])) }
    },

    scatter: (target, shape, parts, indexName) => {
      const lines = statement(`${target} = `, call('zeros', ...dimensions(shape), ...type).text)
      for (const part of parts) lines.push(...scattered(target, shape, part, parts.length === 1, indexName))
      return lines
    },
    elementwise: elementwiseName,
    general: generalName,
    defined: (name) => name,
  }
}

/** Loops over the axes that lie on diagonals; what is written at each place is made before them. */
function scattered(
  target: string,
  shape: readonly string[],
  { view, distinct, ordered, isNegative, carried }: Parameters<ArrayDialect['scatter']>[2][number],
  isOnly: boolean,
  indexName: (k: number) => string,
): string[] {
  const sign = isNegative ? '-' : '+'
  const repeated = distinct.filter((label) => view.filter((other) => other === label).length > 1)
  if (repeated.length === 0) {
    return statement(`${target} = `, `${target} ${sign} ${within(ordered(distinct), Level.multiply)}`)
  }
  const size = (label: Label) => shape[view.indexOf(label)] ?? ''
  const names = new Map(repeated.map((label, k) => [label, indexName(k)]))
  const rest = distinct.filter((label) => !names.has(label))
  const own = repeated.filter((label) => carried.includes(label))
  const value = ordered([...own, ...rest])
  const place = `${target}(${view.map((label) => names.get(label) ?? ':').join(', ')})`
  const block = view.map((label) => (names.has(label) ? '1' : size(label)))
  const lines: string[] = []
  let entry = value
  if (!value.scalar) {
    const isFull = [...own, ...rest].every((label) => carried.includes(label))
    const all = call('zeros', ...dimensions([...own, ...rest].map(size))).text
    const full = isFull ? value.text : `${within(value, Level.add)} + ${all}`
    if (own.length === 0 && rest.length > 0) {
      lines.push(...statement('block = ', call('reshape', full, block.join(', ')).text))
      entry = atom('block')
    } else {
      lines.push(...statement('block = ', full))
      const index = [...own.map((label) => names.get(label)), ...rest.map(() => ':')].join(', ')
      entry = rest.length === 0 ? atom(`block(${index})`) : call('reshape', `block(${index})`, block.join(', '))
    }
  }
  const text = isOnly ? (isNegative ? negative(entry).text : entry.text) : `${place} ${sign} ${entry.text}`
  let body = statement(`${place} = `, text)
  for (const label of [...repeated].reverse()) {
    body = [`for ${names.get(label)} = 1:${size(label)}`, ...body.map((line) => `    ${line}`), 'end']
  }
  return [...lines, ...body]
}

function transposed(text: Text): Text {
  return atom(`${within(text, Level.atom)}'`)
}

function reversed(text: Text, rank: number): Text {
  return rank === 2 ? transposed(text) : call('permute', text.text, `${rank}:-1:1`)
}

function list(items: readonly string[]): string {
  return `[${items.join(', ')}]`
}

/** Sizes as arguments of `zeros` and `reshape`, which want two at least. */
export function dimensions(sizes: readonly string[]): string[] {
  return sizes.length === 0 ? ['1', '1'] : sizes.length === 1 ? [...sizes, '1'] : [...sizes]
}

function indexed(text: Text, index: string): Text {
  // Only a name can be indexed in MATLAB.
  return /^\w+$/.test(text.text)
    ? atom(`${text.text}(${index})`)
    : call('part', text.text, ...index.split(', ').map((one) => (one === ':' ? "':'" : one)))
}

function column(text: Text): string {
  return /^\w+$/.test(text.text) ? `${text.text}(:)` : call('reshape', text.text, '[]', '1').text
}

/** A reduction of all entries. */
function total(name: string, text: Text, rank: number): Text {
  return rank <= 1 ? call(name, text.text) : call(name, call(name, text.text).text)
}
