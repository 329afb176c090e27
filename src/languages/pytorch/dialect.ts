/** PyTorch's spelling of what Python's libraries spell differently. New tensors are made like the first argument, on its device. */
import { type Argument, type ArrayDialect, comparisonOperators } from '../shared/arrays/dialect.ts'
import type { Precision } from '../shared/program.ts'
import { diagonalIndices } from '../shared/python/diagonal-indices.ts'
import { decimal, pythonDialect } from '../shared/python/dialect.ts'
import { assignment, statement, tuple } from '../shared/python/text.ts'
import { atom, call, Level, type Text, within } from '../shared/text.ts'
import { elementwiseName, generalName, takesNumbers } from './names.ts'

const shared = pythonDialect({ module: 'torch', axis: 'dim' })

export function torchDialect(precision: Precision, like: string | undefined): ArrayDialect {
  const dtype = like === undefined ? torchType(precision) : `${like}.dtype`
  const device = like === undefined ? [] : [`device=${like}.device`]
  /** `X.new_zeros(…)`, or `torch.zeros(…, dtype=…)` where there is no X. */
  const made = (name: string, ...args: readonly string[]): Text =>
    like === undefined ? call(`torch.${name}`, ...args, `dtype=${dtype}`) : call(`${like}.new_${name}`, ...args)
  const floating = (text: Text) => made('tensor', decimal(text).text)
  const indicator = (truth: Text) => atom(`${within(truth, Level.atom)}.to(${dtype})`)
  const tensor = (text: Argument): Text => (text.isNumber ? floating(text) : text)
  return {
    ...shared,
    floating,
    power: (base, exponent) => shared.power(tensor(base), exponent),
    permute: (text, order) => {
      const value = within(text, Level.atom)
      return atom(order.length === 2 ? `${value}.T` : `${value}.permute(${order.join(', ')})`)
    },
    reshapeColumns: undefined,
    zeros: (shape) => made('zeros', tuple(shape)),
    ones: (shape) => made('ones', tuple(shape)),
    full: (shape, value, isNumber) => {
      if (isNumber) return made('full', tuple(shape), decimal(value).text)
      return atom(`${within(value, Level.atom)}.expand(${shape.join(', ')}).clone()`)
    },
    eye: (size) => call('torch.eye', size, `dtype=${dtype}`, ...device),
    indicator,
    where: (truth, a, b) => {
      const first = a.isNumber && b.isNumber ? floating(a) : a
      return call('torch.where', truth.text, first.text, b.isNumber ? decimal(b).text : b.text)
    },
    indices: (size, position, rank) => {
      const behind = Array.from({ length: rank - 1 - position }, () => 'None')
      const { text } = call('torch.arange', size, ...device)
      return atom(behind.length > 0 ? `${text}[:, ${behind.join(', ')}]` : text)
    },
    scatter: (target, shape, parts, indexName) => {
      const lines = assignment(target, made('zeros', tuple(shape)).text)
      for (const part of parts) {
        const { lines: indices, index, value } = diagonalIndices('torch', shape, part, indexName, device)
        const place = index === undefined ? target : `${target}[${index}]`
        lines.push(...indices, ...statement(`${place} ${part.isNegative ? '-' : '+'}= `, value.text))
      }
      return lines
    },
    elementwise: (name) => {
      const spell = elementwiseName(name)
      if (!spell) return undefined
      return (...args) => {
        const spelling = spell(...args.map((arg, k) => (takesNumbers(name, args, k) ? arg : tensor(arg))))
        return comparisonOperators.has(name) ? { text: indicator(spelling.text) } : spelling
      }
    },
    general: generalName,
  }
}

export function torchType(precision: Precision): string {
  return `torch.${precision}`
}
