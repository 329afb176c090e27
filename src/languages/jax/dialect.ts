/** JAX's spelling of what Python's libraries spell differently: arrays that do not change, indexed updates. */
import type { ArrayDialect } from '../shared/arrays/dialect.ts'
import type { Precision } from '../shared/program.ts'
import { diagonalIndices } from '../shared/python/diagonal-indices.ts'
import { decimal, pythonDialect } from '../shared/python/dialect.ts'
import { assignment, statement, tuple } from '../shared/python/text.ts'
import { atom, call, Level, negative, within } from '../shared/text.ts'
import { elementwiseName, generalName } from './names.ts'

const shared = pythonDialect({ module: 'jnp', axis: 'axis' })

export function jaxDialect(precision: Precision): ArrayDialect {
  const dtype = `dtype=${jaxType(precision)}`
  return {
    ...shared,
    floating: (text) => call('jnp.asarray', text.text, dtype),
    full: (shape, value, isNumber) =>
      call('jnp.full', tuple(shape), isNumber ? decimal(value).text : value.text, dtype),
    zeros: (shape) => call('jnp.zeros', tuple(shape), dtype),
    ones: (shape) => call('jnp.ones', tuple(shape), dtype),
    eye: (size) => call('jnp.eye', size, dtype),
    indicator: (truth) => atom(`${within(truth, Level.atom)}.astype(${jaxType(precision)})`),
    scatter: (target, shape, parts, indexName) => {
      const lines = assignment(target, call('jnp.zeros', tuple(shape), dtype).text)
      for (const part of parts) {
        const { lines: indices, index, value } = diagonalIndices('jnp', shape, part, indexName)
        lines.push(...indices)
        const signed = part.isNegative ? negative(value) : value
        if (index === undefined) lines.push(...statement(`${target} `, `${part.isNegative ? '-' : '+'}= ${value.text}`))
        else lines.push(...statement(`${target} = `, `${target}.at[${index}].add(${signed.text})`))
      }
      return lines
    },
    elementwise: elementwiseName,
    general: generalName,
  }
}

/** `float` is float64 where JAX is set to 64 bits. */
export function jaxType(precision: Precision): string {
  return precision === 'float32' ? 'jnp.float32' : 'float'
}
