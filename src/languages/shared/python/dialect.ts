/** What NumPy, JAX and PyTorch spell alike; each overrides the rest. */
import { Rational } from '../../../tensor/rational.ts'
import type { ArrayDialect, Factor } from '../arrays/dialect.ts'
import { range, subscripts } from '../axes.ts'
import type { WholeNumbers } from '../dimensions.ts'
import { literal } from '../numbers.ts'
import { atom, call, Level, matmul, negative, type Text, within } from '../text.ts'
import { assignment, tuple } from './text.ts'

export const pythonWhole: WholeNumbers = { power: (base, exponent) => `${base}**${exponent}`, over: '//' }

/** All but what the libraries spell differently. */
export type SharedSpelling = Omit<ArrayDialect, 'floating' | 'scatter' | 'elementwise' | 'general'>

export interface LibraryWords {
  /** The name under which the library is imported. */
  readonly module: string
  /** How sums name their axes. */
  readonly axis: 'axis' | 'dim'
  /** More arguments of `einsum`. */
  readonly einsum?: readonly string[]
}

export function pythonDialect({ module, axis, einsum = [] }: LibraryWords): SharedSpelling {
  const of = (name: string, ...args: readonly string[]) => call(`${module}.${name}`, ...args)
  return {
    whole: pythonWhole,
    operators: { times: '*', over: '/' },
    sumsAnyAxis: true,
    truthsMultiply: true,

    assignment: (target, value) => assignment(target, value),
    number: numberText,
    power: (base, exponent) => powerText(base, exponent, of('sqrt', base.text)),

    permute: (text, order) => {
      const value = within(text, Level.atom)
      return atom(order.length === 2 ? `${value}.T` : `${value}.transpose(${order.join(', ')})`)
    },
    spread: (text, present, labels) => {
      if (present.length === 0) return text
      const from = labels.indexOf(present[0] ?? 0)
      const index = labels.slice(from).map((label) => (present.includes(label) ? ':' : 'None'))
      return index.includes('None') ? atom(`${within(text, Level.atom)}[${index.join(', ')}]`) : text
    },
    select: (text, _rank, position, index) => {
      return atom(`${within(text, Level.atom)}[${[...range(position).map(() => ':'), index].join(', ')}]`)
    },
    reshape: (text, _rank, sizes) => reshaped(text, sizes),
    reshapeColumns: (text, sizes) => reshaped(text, sizes, 'order="F"'),

    zeros: (shape) => of('zeros', tuple(shape)),
    ones: (shape) => of('ones', tuple(shape)),
    full: (shape, value, isNumber) => of('full', tuple(shape), isNumber ? decimal(value).text : value.text),
    eye: (size) => of('eye', size),
    diagonalMatrix: (vector) => of('diag', vector.text),
    diagonal: (matrix) => of('diag', matrix.text),
    diagonals: (text, labels, kept) => {
      const letters = subscripts([...new Set([...kept, ...labels])])
      return of('einsum', `"${labels.map(letters).join('')}->${kept.map(letters).join('')}"`, text.text)
    },
    trace: (matrix) => of('trace', matrix.text),

    sum: (text, rank, axes) => {
      if (axes.length === rank) return of('sum', text.text)
      return of('sum', text.text, `${axis}=${axes.length === 1 ? axes[0] : tuple(axes.map(String))}`)
    },
    contract: (left, right, output) => {
      const summed = [...new Set([...left.labels, ...right.labels])].filter((label) => !output.includes(label))
      const letters = subscripts([...output, ...summed.sort((a, b) => a - b)])
      const operands = [left, right].map(({ labels }) => labels.map(letters).join('')).join(',')
      const spelt = `"${operands}->${output.map(letters).join('')}"`
      return { text: of('einsum', spelt, left.text.text, right.text.text, ...einsum) }
    },
    matrixProduct: (left, right, summed, order) => {
      const outer = (factor: Factor) => factor.labels.find((label) => label !== summed)
      let [a, b] = [left, right]
      if (outer(a) === undefined && outer(b) !== undefined) [a, b] = [b, a]
      if (outer(b) !== undefined && outer(a) !== order[0]) [a, b] = [b, a]
      const rows = [outer(a), summed].filter((label) => label !== undefined)
      const columns = [summed, outer(b)].filter((label) => label !== undefined)
      return matmul(a.ordered(rows), b.ordered(columns))
    },
    solve: (matrix, right) => of('linalg.solve', matrix.text, right.text),
    solveFirst: (matrix, right, shape) => {
      const flat = `${within(right, Level.atom)}.reshape(${shape[0]}, -1)`
      return atom(`${of('linalg.solve', matrix.text, flat).text}.reshape(${shape.join(', ')})`)
    },

    compare: (operator, a, b) => {
      return { text: `${within(a, Level.add)} ${operator} ${within(b, Level.add)}`, level: Level.compare }
    },
    and: (parts) => ({ text: parts.map((part) => `(${part.text})`).join(' & '), level: Level.compare }),
    where: (truth, a, b) => of('where', truth.text, a.text, b.text),
    indicator: (truth) => of('where', truth.text, '1.0', '0.0'),
    indices: (size, position, rank) => behind(of('arange', size), rank - 1 - position),
    triangle: (lower, matrix, shift) => {
      return { text: of(lower ? 'tril' : 'triu', matrix.text, ...(shift ? [shift.text] : [])) }
    },

    defined: (name) => `_${name}`,
  }
}

function reshaped(text: Text, sizes: readonly string[], ...options: readonly string[]): Text {
  const shape = sizes.length === 0 ? '()' : sizes.length === 1 ? '-1' : sizes.join(', ')
  return atom(`${within(text, Level.atom)}.reshape(${[shape, ...options].join(', ')})`)
}

/** A text with so many axes of length 1 behind its own. */
export function behind(text: Text, count: number): Text {
  return count === 0
    ? text
    : atom(
        `${text.text}[:, ${range(count)
          .map(() => 'None')
          .join(', ')}]`,
      )
}

export function numberText(value: Rational): Text {
  const text = literal(value)
  return value.sign < 0 ? negative(atom(text)) : atom(text)
}

/** A whole number with a point. */
export function decimal(text: Text): Text {
  return /^-?\d+$/.test(text.text) ? { ...text, text: `${text.text}.0` } : text
}

/** base^exponent for a positive exponent; `root` is how its square root is spelt. */
function powerText(base: Text, exponent: Rational, root: Text): Text {
  if (exponent.equals(Rational.HALF)) return root
  const number = exponent.toDecimal() ?? `(${exponent.numerator} / ${exponent.denominator})`
  // Black puts no spaces around ** between simple operands.
  const simple = /^[\w.]+$/.test(base.text) && /^[\d.]+$/.test(number)
  return { text: `${within(base, Level.atom)}${simple ? '**' : ' ** '}${number}`, level: Level.power }
}
