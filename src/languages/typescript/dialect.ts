/** TypeScript's spelling of loops: tensors are flat arrays of entries in row-major order. */
import { Rational } from '../../tensor/rational.ts'
import { repeated } from '../shared/dimensions.ts'
import type { LoopDialect, Place } from '../shared/loops/dialect.ts'
import { literal } from '../shared/numbers.ts'
import type { Precision } from '../shared/program.ts'
import { atom, call, Level, negative, quotient, type Text, within } from '../shared/text.ts'
import { elementwiseName, generalName } from './names.ts'
import { indented, statement } from './text.ts'

export const typescriptWhole = { power: repeated, over: '/' }

/** The array of a place's entries. */
export function entriesOf({ name, shape, isInput }: Place): string {
  if (shape.length === 0) return `Float64Array.of(${name})`
  return isInput ? `${name}.data` : name
}

export function arrayType(precision: Precision): string {
  return precision === 'float32' ? 'Float32Array' : 'Float64Array'
}

/** The number of entries of a shape. */
export function count(sizes: readonly string[]): string {
  return sizes.length === 0 ? '1' : quotient(sizes.map(sizeText), []).text
}

export function typescriptDialect(precision: Precision): LoopDialect {
  const type = arrayType(precision)
  return {
    whole: typescriptWhole,
    contiguous: 'last',
    number: (value) => {
      const text = literal(value).replace(/\.0$/, '')
      return value.sign < 0 ? negative(atom(text)) : atom(text)
    },
    size: (text) => text,
    power: (base, exponent) => {
      if (exponent.equals(Rational.HALF)) return call('Math.sqrt', base.text)
      const isShort = base.level === Level.atom && base.text.length <= 16
      if (isShort && exponent.equals(Rational.TWO)) return quotient([base, base], [])
      return call('Math.pow', base.text, exponent.toDecimal() ?? `${exponent.numerator} / ${exponent.denominator}`)
    },
    compare: (operator, a, b) => {
      const spelt = operator === '==' ? '===' : operator === '!=' ? '!==' : operator
      return { text: `${within(a, Level.add)} ${spelt} ${within(b, Level.add)}`, level: Level.compare }
    },
    and: (parts) => ({ text: parts.map((part) => part.text).join(' && '), level: Level.compare }),
    select: (condition, a, b) => {
      return { text: `${condition.text} ? ${a.text} : ${b.text}`, level: Level.compare }
    },

    element: (place, indices) => {
      const [first, ...rest] = indices
      if (!first) return atom(place.name)
      const index = rest.reduce((sum: Text, next, k) => {
        const scaled = quotient([sum, sizeText(place.shape[k + 1] ?? '')], [])
        return next.text === '0' ? scaled : { text: `${scaled.text} + ${next.text}`, level: Level.add }
      }, first)
      return atom(`${entriesOf(place)}[${index.text}]`)
    },
    constant: (name, value) => statement(`const ${name} = `, value),
    zeros: (place) => statement(`const ${place.name} = `, `new ${type}(${count(place.shape)})`),
    accumulator: (name) => [`let ${name} = 0;`],
    assign: (target, operator, value) => statement(`${target} ${operator} `, value),
    loop: (index, size, body) => [`for (let ${index} = 0; ${index} < ${size}; ${index}++) {`, ...indented(body), '}'],
    reshaped: (target, source) => {
      if (target.shape.length === 0) return [`const ${target.name} = ${entriesOf(source)}[0];`]
      return [`const ${target.name} = ${entriesOf(source)}${source.shape.length === 0 ? '' : '.slice()'};`]
    },

    elementwise: elementwiseName,
    general: ({ name, target, args, batch, result }) => {
      const { helper, sizes } = generalName(name)
      const slice = (k: number) => {
        const { place, own } = args[k] as (typeof args)[number]
        const entries = entriesOf(place)
        return batch.length === 0 ? entries : `slice(${entries}, s, ${count(own)})`
      }
      const numbers = sizes === 'own' ? args.flatMap(({ own }) => [...new Set(own)]) : []
      const distinct = name === 'sylvester' ? [args[0]?.own[0] ?? '', args[1]?.own[0] ?? ''] : [...new Set(numbers)]
      const operands = args.map((_, k) => slice(k))
      const isDirectional = helper === 'derivative'
      const list = isDirectional
        ? [functionOf(name), distinct[0] ?? '', ...operands]
        : [...operands, ...(sizes === 'own' ? (name === 'pinv' ? (args[0]?.own ?? []) : distinct) : [])]
      const text = `${helper}(${list.join(', ')})`
      const helpers = [helper, ...(isDirectional ? [functionOf(name)] : [])]
      if (batch.length === 0) return { lines: statement(`const ${target.name} = `, text), helpers }
      const value = `batched(${count(batch)}, ${count(result)}, (s) => ${text})`
      return { lines: statement(`const ${target.name} = `, value), helpers: [...helpers, 'batched', 'slice'] }
    },
    solve: (target, matrix, right) => {
      const args = [entriesOf(matrix), entriesOf(right), matrix.shape[0] ?? '', count(right.shape.slice(1))]
      return { lines: statement(`const ${target.name} = `, `solve(${args.join(', ')})`), helpers: ['solve'] }
    },
    defined: (name) => name,
  }
}

/** The matrix function of which this is the derivative. */
function functionOf(name: string): string {
  return name === 'dexpm' ? 'exponential' : 'logarithm'
}

function sizeText(size: string): Text {
  return { text: size, level: /^\w+$/.test(size) ? Level.atom : / [-+] /.test(size) ? Level.add : Level.multiply }
}
