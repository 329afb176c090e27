/** NumPy's spelling of what Python's libraries spell differently. */
import type { ArrayDialect } from '../shared/arrays/dialect.ts'
import { subscripts } from '../shared/axes.ts'
import type { Precision } from '../shared/program.ts'
import { decimal, pythonDialect } from '../shared/python/dialect.ts'
import { assignment, statement, tuple } from '../shared/python/text.ts'
import { call, negative } from '../shared/text.ts'
import { elementwiseName, generalName } from './names.ts'

const shared = pythonDialect({ module: 'np', axis: 'axis', einsum: ['optimize=True'] })

/** The numbers that arrays are made of by default are float64; float32 is asked for by name. */
export function numpyDialect(precision: Precision): ArrayDialect {
  const typed = precision === 'float32' ? ['dtype=np.float32'] : []
  return {
    ...shared,
    floating: (text) => (/^-?\d+$/.test(text.text) ? decimal(text) : call('np.float64', text.text)),
    full: (shape, value, isNumber) => {
      const number = isNumber ? (/^-?\d+$/.test(value.text) ? decimal(value) : call('np.float64', value.text)) : value
      return call('np.full', tuple(shape), number.text, ...typed)
    },
    zeros: (shape) => call('np.zeros', tuple(shape), ...typed),
    ones: (shape) => call('np.ones', tuple(shape), ...typed),
    eye: (size) => call('np.eye', size, ...typed),
    scatter: (target, shape, parts) => {
      const lines = assignment(target, call('np.zeros', tuple(shape), ...typed).text)
      for (const [position, { view, distinct, ordered, isNegative }] of parts.entries()) {
        const letters = subscripts(distinct)
        const value = ordered(distinct)
        const whole = distinct.length === view.length
        const place = whole
          ? target
          : `np.einsum("${view.map(letters).join('')}->${distinct.map(letters).join('')}", ${target})[...]`
        const only = position === 0 && !whole
        const operator = only ? '=' : isNegative ? '-=' : '+='
        lines.push(...statement(`${place} ${operator} `, (only && isNegative ? negative(value) : value).text))
      }
      return lines
    },
    elementwise: elementwiseName,
    general: generalName,
  }
}
