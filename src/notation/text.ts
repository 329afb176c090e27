/** The display tree as text that the language reads back. Iterative, so depth never meets the stack. */
import { Dimension } from '../tensor/dimension.ts'
import { Rational } from '../tensor/rational.ts'
import type { Display, LabelCondition, ScaledDisplay } from './display.ts'
import { MATRIX_POWER } from './displays.ts'

/** How tightly a piece of text binds; language.md, Operators. */
const COMPARISON = 0
const SUM = 1
const PRODUCT = 2
const POSTFIX = 4
const PRIMARY = 5

/** Text, or a tree that is put into brackets unless it binds at least so tightly. */
type Piece = string | readonly [display: Display, level: number]

export interface Pieces {
  readonly level: number
  readonly pieces: readonly Piece[]
}

/** The text of an expression. A definition within is written as the name that `names` gives it. */
export function displayText(root: Display, names: ReadonlyMap<Display, string> = new Map()): string {
  const output: string[] = []
  const stack: Piece[] = [[root, SUM]]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (typeof top === 'string') {
      output.push(top)
      continue
    }
    const [display, required] = top
    const name = display === root ? undefined : names.get(display)
    if (name !== undefined) {
      output.push(name)
      continue
    }
    const { level, pieces } = write(display)
    if (level < required) stack.push(')')
    for (let position = pieces.length - 1; position >= 0; position--) stack.push(pieces[position] as Piece)
    if (level < required) stack.push('(')
  }
  return output.join('')
}

function write(display: Display): Pieces {
  switch (display.kind) {
    case 'number':
      return numberPieces(display.value)
    case 'name':
      return { level: PRIMARY, pieces: [display.name] }
    case 'literal': {
      const sizes = display.sizes.map(dimensionText)
      if (display.name !== 'dimension') return { level: PRIMARY, pieces: [`${display.name}(${sizes.join(',')})`] }
      const [size] = display.sizes
      return { level: size?.name === undefined ? SUM : PRIMARY, pieces: sizes }
    }
    case 'chain':
      return {
        level: PRODUCT,
        pieces: between(
          display.items.map((item) => [item, POSTFIX]),
          '*',
        ),
      }
    case 'elementwise':
      return { level: PRODUCT, pieces: elementwisePieces(display.numerators, display.denominators) }
    case 'power':
      return powerPieces(display.base, display.exponent)
    case 'sum': {
      const pieces = display.terms.flatMap(({ negative, display: term }, position): Piece[] => {
        const sign = position === 0 ? (negative ? '-' : '') : negative ? ' - ' : ' + '
        return [sign, [term, PRODUCT]]
      })
      return { level: SUM, pieces }
    }
    case 'call':
      return callPieces(display.name, display.args, display.axis)
    case 'scaled':
      return scaledPieces(display)
    case 'transpose':
      return { level: POSTFIX, pieces: [[display.operand, PRIMARY], "'"] }
    case 'element':
      return { level: PRIMARY, pieces: [[display.base, PRIMARY], `[${display.subscripts.join(',')}]`] }
    case 'binder': {
      const conditions = display.conditions.map(conditionText).join(' and ')
      const labels = display.labels.join(',')
      const head = `${display.name}[${labels}${labels && conditions && ': '}${conditions}]`
      return { level: PRIMARY, pieces: [head, '(', [display.body, COMPARISON], ')'] }
    }
    case 'definition':
      return { level: SUM, pieces: [[display.body, SUM]] }
  }
}

function between(list: readonly Piece[], separator: string): Piece[] {
  return list.flatMap((piece, position) => (position === 0 ? [piece] : [separator, piece]))
}

function elementwisePieces(numerators: readonly Display[], denominators: readonly Display[]): Piece[] {
  const above: Piece[] =
    numerators.length === 0
      ? ['1']
      : between(
          numerators.map((d) => [d, POSTFIX]),
          '.*',
        )
  if (denominators.length === 0) return above
  const below: Piece[] = between(
    denominators.map((d) => [d, POSTFIX]),
    '.*',
  )
  return [...above, './', ...(denominators.length > 1 ? ['(', ...below, ')'] : below)]
}

function powerPieces(base: Display, exponent: Rational): Pieces {
  if (exponent.equals(Rational.HALF)) return { level: PRIMARY, pieces: ['sqrt(', [base, COMPARISON], ')'] }
  const operator = base.type === 'scalar' ? '^' : '.^'
  const magnitude = numberPieces(exponent)
  const text = magnitude.pieces.join('')
  return {
    level: POSTFIX,
    pieces: [[base, PRIMARY], operator, magnitude.level < PRIMARY ? `(${text})` : text],
  }
}

/** Functions that the language writes as operators. */
const COMPARISONS: Readonly<Record<string, string>> = { lt: '<', le: '<=', gt: '>', ge: '>=' }
/** Maps that only derivatives make, printed as the function that they continue. */
const PRINTED_AS: Readonly<Record<string, string>> = { logz: 'log' }

function callPieces(name: string, args: readonly Display[], axis: number | undefined): Pieces {
  const [first, second] = args
  const comparison = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined
  if (comparison !== undefined && first && second) {
    return { level: COMPARISON, pieces: [[first, SUM], ` ${comparison} `, [second, SUM]] }
  }
  if (name === 'pow' && first && second) {
    const operator = first.type === 'scalar' && second.type === 'scalar' ? '^' : '.^'
    return { level: POSTFIX, pieces: [[first, PRIMARY], operator, [second, PRIMARY]] }
  }
  if (name === MATRIX_POWER && first && second) {
    return { level: POSTFIX, pieces: [[first, PRIMARY], '^', [second, PRIMARY]] }
  }
  if (args.length === 0) return { level: PRIMARY, pieces: [name] }
  const list = between(
    args.map((arg) => [arg, COMPARISON]),
    ', ',
  )
  const printed = Object.hasOwn(PRINTED_AS, name) ? PRINTED_AS[name] : name
  return { level: PRIMARY, pieces: [`${printed}(`, ...list, axis === undefined ? ')' : `, axis=${axis})`] }
}

function scaledPieces({ coefficient, scalars, denominators, body }: ScaledDisplay): Pieces {
  const magnitude = coefficient.absolute()
  const { numerator, denominator } = numberText(magnitude)
  const factors: Piece[] = []
  const shown = scalars.length + (body ? 1 : 0)
  if (numerator !== '1' || shown === 0) factors.push(numerator)
  for (const [position, scalar] of scalars.entries()) {
    // The last factor needs no brackets around its own product: 2*x'*A*x.
    const last = position === scalars.length - 1 && !body
    factors.push([scalar, last && scalar.kind === 'chain' ? PRODUCT : POSTFIX])
  }
  // A scalar numerator replaces the 1 of 1./x.
  const inverse = body?.kind === 'elementwise' && body.numerators.length === 0 && factors.length > 0
  if (body && !inverse) factors.push([body, PRODUCT])
  const pieces = between(factors, '*')
  if (inverse && body.kind === 'elementwise') {
    const below = between(
      body.denominators.map((d): Piece => [d, POSTFIX]),
      '.*',
    )
    pieces.push('./', ...(body.denominators.length > 1 ? ['(', ...below, ')'] : below))
  }
  const below: Piece[] = [
    ...(denominator === undefined ? [] : [denominator]),
    ...denominators.map((d): Piece => [d, POSTFIX]),
  ]
  if (below.length > 0) pieces.push('/', ...(below.length > 1 ? ['(', ...between(below, '*'), ')'] : below))
  if (coefficient.sign >= 0) return { level: PRODUCT, pieces }
  return { level: SUM, pieces: ['-', ...pieces] }
}

/** A number as one text, or as numerator over denominator where its decimal is long or endless. */
export function numberText(value: Rational): { readonly numerator: string; readonly denominator?: string } {
  if (value.isInteger) return { numerator: integerText(value.numerator) }
  const decimal = value.toDecimal()
  const numerator = integerText(value.numerator)
  const denominator = integerText(value.denominator)
  if (decimal !== undefined && decimal.length <= numerator.length + denominator.length + 3) {
    return { numerator: decimal }
  }
  const power = /^1e(\d+)$/.exec(denominator)
  return power ? { numerator: `${numerator}e-${power[1]}` } : { numerator, denominator }
}

/** Long rows of zeros are written as a power of ten. */
function integerText(value: bigint): string {
  const text = value.toString()
  const zeros = /0*$/.exec(text)?.[0].length ?? 0
  return zeros > 6 ? `${text.slice(0, text.length - zeros)}e${zeros}` : text
}

function numberPieces(value: Rational): Pieces {
  const { numerator, denominator } = numberText(value)
  const text = denominator === undefined ? numerator : `${numerator}/${denominator}`
  const level = value.sign < 0 ? SUM : denominator === undefined ? PRIMARY : PRODUCT
  return { level, pieces: [text] }
}

export function dimensionText(dimension: Dimension): string {
  return dimension.key
}

const RELATIONS = { eq: '==', le: '<=', ne: '!=' } as const

/** Σ coefficient·label + offset (relation) 0, with negative terms on the right. */
export function conditionText({ relation, terms, offset }: LabelCondition): string {
  const sides: [string[], string[]] = [[], []]
  const add = (coefficient: Dimension, label: string | undefined) => {
    const negative = coefficient.terms[0]?.coefficient.sign === -1
    const magnitude = negative ? coefficient.scale(Rational.MINUS_ONE) : coefficient
    const factor = magnitude.terms.length > 1 ? `(${magnitude.key})` : magnitude.key
    const text = label === undefined ? magnitude.key : magnitude.key === '1' ? label : `${factor}*${label}`
    sides[negative ? 1 : 0].push(text)
  }
  for (const { label, coefficient } of terms) add(coefficient, label)
  if (offset.key !== '0') for (const term of offset.terms) add(Dimension.fromCanonicalTerms([term]), undefined)
  const [left, right] = sides.map((side) => (side.length === 0 ? '0' : side.join(' + '))) as [string, string]
  // i - j + 1 <= 0 reads i < j.
  if (relation === 'le' && left.endsWith(' + 1')) return `${left.slice(0, -4)} < ${right}`
  return `${left} ${RELATIONS[relation]} ${right}`
}
