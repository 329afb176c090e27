/** Dimensions as whole numbers of a program. */
import type { Dimension } from '../../tensor/dimension.ts'
import { asScalar, atom, Level, type Text } from './text.ts'

/** How a language spells powers and exact division of whole numbers. */
export interface WholeNumbers {
  readonly power: (base: string, exponent: number) => string
  readonly over: string
}

/** Powers as products, for languages without an operator. */
export function repeated(base: string, exponent: number): string {
  return Array.from({ length: exponent }, () => base).join(' * ')
}

/** A dimension over the names that its symbols have in the program. */
export function dimensionText(
  dimension: Dimension,
  names: ReadonlyMap<string, string>,
  { power, over }: WholeNumbers,
): Text {
  return asScalar(spell(dimension, names, power, over))
}

function spell(
  dimension: Dimension,
  names: ReadonlyMap<string, string>,
  powerOf: WholeNumbers['power'],
  over: string,
): Text {
  const denominator = dimension.terms.reduce((lcm, term) => {
    const d = term.coefficient.denominator
    return (lcm / gcd(lcm, d)) * d
  }, 1n)
  const terms = dimension.terms.map(({ coefficient, powers }) => {
    const number = (coefficient.numerator * denominator) / coefficient.denominator
    const magnitude = number < 0n ? -number : number
    const factors = powers.map(([name, power]) => {
      const spelt = names.get(name)
      if (spelt === undefined) throw new RangeError(`dimension ${name} has no name in the program`)
      return power === 1 ? spelt : powerOf(spelt, power)
    })
    const text = [...(magnitude === 1n && factors.length > 0 ? [] : [`${magnitude}`]), ...factors].join(' * ')
    return { negative: number < 0n, text, simple: /^[\w]+$/.test(text) }
  })
  const [first, ...rest] = [...terms.filter((t) => !t.negative), ...terms.filter((t) => t.negative)]
  if (!first) return atom('0')
  const sum = [`${first.negative ? '-' : ''}${first.text}`, ...rest.map((t) => `${t.negative ? '-' : '+'} ${t.text}`)]
  const text = sum.join(' ')
  if (denominator !== 1n) {
    const dividend = rest.length > 0 ? `(${text})` : text
    return { text: `${dividend} ${over} ${denominator}`, level: Level.multiply }
  }
  if (rest.length > 0) return { text, level: Level.add }
  if (first.negative) return { text, level: Level.negate }
  return first.simple ? atom(text) : { text, level: text.includes(' * ') ? Level.multiply : Level.power }
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b]
  return a
}
