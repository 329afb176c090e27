/**
 * Julia's spelling. Numbers are numbers, a value of one axis is a vector, operators with a point expand axes of length 1
 * and those that are missing at the end; entries are in column-major order and counted from 1.
 */
import type { Label } from '../../tensor/node.ts'
import { Rational } from '../../tensor/rational.ts'
import type { ArrayDialect, Factor } from '../shared/arrays/dialect.ts'
import { range, subscripts } from '../shared/axes.ts'
import { literal } from '../shared/numbers.ts'
import type { Precision } from '../shared/program.ts'
import { asScalar, atom, call, Level, matmul, negative, type Text, within } from '../shared/text.ts'
import { broadcast, comparison, elementwiseNames, floating, generalName, power } from './names.ts'
import { indented, statement, tuple } from './text.ts'

export const juliaWhole = { power: (base: string, exponent: number) => `${base}^${exponent}`, over: '÷' }

export interface JuliaOptions {
  readonly precision: Precision
  /** Whether the results leave entries out, which then may lie outside the domains of functions. */
  readonly excludes: boolean
}

export function juliaDialect({ precision, excludes }: JuliaOptions): ArrayDialect {
  const type = precision === 'float32' ? 'Float32' : 'Float64'
  const typed = precision === 'float32' ? ['Float32'] : []
  const magnitude = (value: Rational) => {
    const text = literal(value)
    if (text === '1e400') return precision === 'float32' ? 'Inf32' : 'Inf'
    if (precision === 'float64' || /^\d+$/.test(text)) return text
    return /^\d+\.\d+$/.test(text) ? `${text}f0` : `Float32(${text})`
  }
  const zeros = (shape: readonly string[]) => call('zeros', ...typed, ...shape)
  return {
    whole: juliaWhole,
    operators: { times: '.*', over: './', plus: '.+', minus: '.-' },
    sumsAnyAxis: true,
    truthsMultiply: true,

    // A transpose is a view of its operand, and slow to read where it is kept.
    assignment: (target, value) => statement(`${target} = `, stored(atom(value)).text),
    number: (value) => (value.sign < 0 ? negative(atom(magnitude(value))) : atom(magnitude(value))),
    floating: (text) => asScalar(floating(text, precision)),
    power: (base, exponent) => {
      const own = base.isNumber ? floating(base, precision) : base
      if (exponent.equals(Rational.HALF)) return broadcast(excludes && !base.isNumber ? 'sqrt_or_nan' : 'sqrt', own)
      const isExact = exponent.toDecimal() !== undefined
      const fraction = `${exponent.numerator} / ${exponent.denominator}`
      const text = isExact ? magnitude(exponent) : precision === 'float32' ? `Float32(${fraction})` : `(${fraction})`
      return power(own, asScalar(atom(text)), excludes && !base.isNumber)
    },

    permute: (text, order) => {
      if (order.length === 2) return transposed(text)
      return call('permutedims', text.text, tuple(order.map((axis) => `${axis + 1}`)))
    },
    spread: (text, present, labels) => {
      if (present.every((label, position) => labels[position] === label)) return text
      const places = present.map((label) => labels.indexOf(label) + 1)
      return places.length === 1 && places[0] === 2
        ? transposed(text)
        : call('spread', text.text, ...places.map(String))
    },
    select: (text, rank, axis, index) => {
      const at = /^\d+$/.test(index) ? `${Number(index) + 1}` : (/^(\w+) - 1$/.exec(index)?.[1] ?? `${index} + 1`)
      const place = range(rank).map((own) => (own === axis ? at : ':'))
      const part = atom(`${within(text, Level.atom)}[${place.join(', ')}]`)
      return rank === 1 ? asScalar(part) : part
    },
    reshape: (text, rank, sizes) => {
      const inner = rank <= 1 ? text : reversed(text, rank)
      const outer = reshaped(stored(inner), [...sizes].reverse())
      return sizes.length <= 1 ? outer : reversed(outer, sizes.length)
    },
    reshapeColumns: (text, sizes) => reshaped(stored(text), sizes),

    zeros,
    ones: (shape) => call('ones', ...typed, ...shape),
    full: (shape, value, isNumber) => {
      if (isNumber) return call('fill', floating(value, precision).text, ...shape)
      if (value.scalar) return call('fill', value.text, ...shape)
      return { text: `${within(value, Level.add)} .+ ${zeros(shape).text}`, level: Level.add }
    },
    eye: (size) => call(`Matrix{${type}}`, 'I', size, size),
    diagonalMatrix: (vector) => call('diagm', vector.text),
    diagonal: (matrix) => call('diag', matrix.text),
    diagonals: (text, labels, kept) => {
      const letters = subscripts([...new Set([...kept, ...labels])])
      const spelt = (list: readonly Label[]) => `"${list.map(letters).join('')}"`
      return call('on_diagonal', text.text, spelt(labels), spelt(kept))
    },
    trace: (matrix) => asScalar(call('tr', matrix.text)),

    sum: (text, rank, axes) => {
      if (axes.length === rank) return asScalar(call('sum', text.text))
      const dims = axes.length === 1 ? `${(axes[0] ?? 0) + 1}` : tuple(axes.map((axis) => `${axis + 1}`))
      const sum = `sum(${text.text}; dims = ${dims})`
      return rank - axes.length === 1 ? call('vec', sum) : atom(`dropdims(${sum}; dims = ${dims})`)
    },
    contract: (left, right, output) => {
      const summed = [...new Set([...left.labels, ...right.labels])].filter((label) => !output.includes(label))
      const letters = subscripts([...output, ...summed.sort((a, b) => a - b)])
      const operands = [left, right].map(({ labels }) => labels.map(letters).join('')).join(',')
      const text = call('einsum', `"${operands}->${output.map(letters).join('')}"`, left.text.text, right.text.text)
      return { text: output.length === 0 ? asScalar(text) : text }
    },
    matrixProduct: (left, right, summed, order) => {
      const outer = (factor: Factor) => factor.labels.find((label) => label !== summed)
      let [a, b] = [left, right]
      if (outer(a) === undefined && outer(b) !== undefined) [a, b] = [b, a]
      if (outer(b) !== undefined && outer(a) !== order[0]) [a, b] = [b, a]
      const [rows, columns] = [outer(a), outer(b)]
      if (rows === undefined) return call('dot', a.ordered([summed]).text, b.ordered([summed]).text)
      return matmul(a.ordered([rows, summed]), b.ordered(columns === undefined ? [summed] : [summed, columns]), '*')
    },
    solve: (matrix, right) => matmul(matrix, right, '\\'),
    solveFirst: (matrix, right, shape) => {
      const flat = call('reshape', right.text, shape[0] ?? '', ':')
      return call('reshape', matmul(matrix, flat, '\\').text, ...shape)
    },

    compare: comparison,
    and: (parts) => {
      const isScalar = parts.every((part) => part.scalar)
      const text = parts.map((part) => `(${part.text})`).join(isScalar ? ' && ' : ' .& ')
      return { text, level: Level.compare, ...(isScalar && { scalar: true }) }
    },
    where: (truth, a, b) => {
      const [x, y] = [a, b].map((one) => (one.isNumber ? floating(one, precision) : one))
      return broadcast('ifelse', truth, x as Text, y as Text)
    },
    indicator: (truth) => broadcast(type, truth),
    indices: (size, position) => {
      const last = /^\d+$/.test(size) ? `${Number(size) - 1}` : /^\w+$/.test(size) ? `(${size}-1)` : `(${size} - 1)`
      const numbers = `0:${last}`
      if (position > 1) return call('reshape', numbers, ...range(position).map(() => '1'), ':')
      return atom(position === 0 ? `(${numbers})` : `(${numbers})'`)
    },
    triangle: (lower, matrix, shift) => {
      return { text: call(lower ? 'tril' : 'triu', matrix.text, ...(shift ? [shift.text] : [])) }
    },

    scatter: (target, shape, parts, indexName) => {
      const lines = statement(`${target} = `, zeros(shape).text)
      for (const part of parts) lines.push(...scattered(target, shape, part, parts.length === 1, indexName))
      return lines
    },
    elementwise: elementwiseNames(precision, excludes),
    general: generalName,
    defined: (name) => `${name}.`,
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
  const repeated = distinct.filter((label) => view.filter((other) => other === label).length > 1)
  if (repeated.length === 0) {
    return statement(`${target} .${isNegative ? '-' : '+'}= `, ordered(distinct).text)
  }
  const names = new Map(repeated.map((label, k) => [label, indexName(k)]))
  const rest = distinct.filter((label) => !names.has(label))
  const labels = [...repeated.filter((label) => carried.includes(label)), ...rest]
  const value = ordered(labels)
  const lines: string[] = []
  let entry = value
  if (!value.scalar && carried.length > 0) {
    let name = value.text
    if (!/^\w+$/.test(name)) {
      lines.push(...statement('block = ', value.text))
      name = 'block'
    }
    // Axes that are missing at the end are expanded.
    const present = labels.slice(0, 1 + labels.findLastIndex((label) => carried.includes(label)))
    const index = present.map((label) => names.get(label) ?? ':')
    entry = atom(index.every((one) => one === ':') ? name : `${name}[${index.join(', ')}]`)
  }
  const point = rest.length > 0 ? '.' : ''
  const operator = isOnly ? `${point}=` : `${point}${isNegative ? '-' : '+'}=`
  const place = `${target}[${view.map((label) => names.get(label) ?? ':').join(', ')}]`
  let body = statement(`${place} ${operator} `, isOnly && isNegative ? negative(entry).text : entry.text)
  for (const label of [...repeated].reverse()) {
    body = [`for ${names.get(label)} in 1:${bounded(shape[view.indexOf(label)] ?? '')}`, ...indented(body), 'end']
  }
  return [...lines, ...body]
}

function bounded(size: string): string {
  return /^\w+$/.test(size) ? size : `(${size})`
}

function transposed(text: Text): Text {
  return atom(`${within(text, Level.atom)}'`)
}

/** The text, a transpose at its outside as an array of its own. */
function stored(text: Text): Text {
  const [, name = '', brackets = ''] = (text.level === Level.atom && /^(\w*)(\(.*\))?'$/s.exec(text.text)) || []
  if (name + brackets === '' || !isOneBracket(brackets)) return text
  return call('permutedims', name === '' ? brackets.slice(1, -1) : name + brackets)
}

/** Whether a text that begins with a bracket ends with the same. */
function isOneBracket(text: string): boolean {
  if (!text.startsWith('(')) return true
  let depth = 0
  for (const [at, c] of [...text].entries()) {
    depth += c === '(' ? 1 : c === ')' ? -1 : 0
    if (depth === 0) return at === text.length - 1
  }
  return false
}

function reversed(text: Text, rank: number): Text {
  return rank === 2 ? transposed(text) : call('permutedims', text.text, tuple(range(rank).map((k) => `${rank - k}`)))
}

/** In column-major order, which is that of the entries. */
function reshaped(text: Text, sizes: readonly string[]): Text {
  if (sizes.length === 0) return asScalar(call('only', text.text))
  return sizes.length === 1 ? call('vec', text.text) : call('reshape', text.text, ...sizes)
}
