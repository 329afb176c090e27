/**
 * The display tree as LaTeX. Iterative, as the text is. Names reach the output through `latexName` only, so that no name
 * brings markup of its own.
 */
import { elementwiseFunction, findFunction } from '../functions/index.ts'
import { Dimension } from '../tensor/dimension.ts'
import { Rational } from '../tensor/rational.ts'
import type { CallDisplay, Display, ElementDisplay, LabelCondition, ScaledDisplay } from './display.ts'
import { MATRIX_POWER } from './displays.ts'
import { numberText } from './text.ts'

const SUM = 1
const PRODUCT = 2
const POSTFIX = 4
const PRIMARY = 5

type Piece = string | readonly [display: Display, level: number]
interface Pieces {
  readonly level: number
  readonly pieces: readonly Piece[]
}

/** The LaTeX of an expression. A part in `names` is written as that name. */
export function displayLatex(root: Display, names: ReadonlyMap<Display, string> = new Map()): string {
  const output: string[] = []
  const stack: Piece[] = [[root, 0]]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (typeof top === 'string') {
      output.push(top)
      continue
    }
    const [display, required] = top
    const name = display === root ? undefined : names.get(display)
    if (name !== undefined) {
      output.push(latexName(name))
      continue
    }
    const { level, pieces } = write(display)
    if (level < required) stack.push('\\right)')
    for (let position = pieces.length - 1; position >= 0; position--) stack.push(pieces[position] as Piece)
    if (level < required) stack.push('\\left(')
  }
  return output.join('')
}

function write(display: Display): Pieces {
  switch (display.kind) {
    case 'number':
      return numberPieces(display.value)
    case 'name':
      return { level: PRIMARY, pieces: [latexName(display.name)] }
    case 'literal':
      return literalPieces(display.name, display.sizes)
    case 'chain': {
      const items = display.items.map((item): Piece => [item, POSTFIX])
      return { level: PRODUCT, pieces: between(items, ' ') }
    }
    case 'elementwise': {
      const above = display.numerators.map((d): Piece => [d, POSTFIX])
      const below = display.denominators.map((d): Piece => [d, POSTFIX])
      const pieces = above.length === 0 ? ['1'] : between(above, ' \\odot ')
      if (below.length > 0) {
        const product = between(below, ' \\odot ')
        pieces.push(' \\oslash ', ...(below.length > 1 ? ['\\left(', ...product, '\\right)'] : product))
      }
      return { level: PRODUCT, pieces }
    }
    case 'power':
      return powerPieces(display.base, display.exponent)
    case 'sum': {
      const pieces = display.terms.flatMap(({ negative, display: term }, position): Piece[] => [
        position === 0 ? (negative ? '-' : '') : negative ? ' - ' : ' + ',
        [term, PRODUCT],
      ])
      return { level: SUM, pieces }
    }
    case 'call':
      return callPieces(display)
    case 'scaled':
      return scaledPieces(display)
    case 'transpose': {
      const { operand } = display
      if (operand.kind === 'call' && operand.name === 'inv') {
        return { level: POSTFIX, pieces: [...scripted(operand.args[0] as Display), '^{-\\top}'] }
      }
      return { level: POSTFIX, pieces: [...scripted(operand), '^\\top'] }
    }
    case 'element':
      return elementPieces(display)
    case 'binder': {
      const conditions = display.conditions.map(conditionLatex)
      const labels = display.labels.map(latexName).join(',')
      const under = [labels, ...conditions].join(' \\,:\\, ')
      if (display.type !== 'scalar') {
        return { level: PRIMARY, pieces: ['\\left[', [display.body, SUM], `\\right]_{${labels}}`] }
      }
      if (display.labels.length === 0) {
        return { level: PRODUCT, pieces: [`\\left[${conditions.join(' \\wedge ')}\\right] `, [display.body, PRODUCT]] }
      }
      if (display.name === 'sum') return { level: SUM, pieces: [`\\sum_{${under}} `, [display.body, PRODUCT]] }
      const name = `\\operatorname{${plainName(display.name)}}_{${under}}`
      return { level: PRIMARY, pieces: [name, '\\left(', [display.body, 0], '\\right)'] }
    }
    case 'definition':
      return { level: SUM, pieces: [[display.body, SUM]] }
  }
}

function between(list: readonly Piece[], separator: string): Piece[] {
  return list.flatMap((piece, position) => (position === 0 ? [piece] : [separator, piece]))
}

function literalPieces(name: string, sizes: readonly Dimension[]): Pieces {
  const under = sizes.map(dimensionLatex)
  switch (name) {
    case 'eye':
      return { level: PRIMARY, pieces: [`I_{${under.join(',')}}`] }
    case 'ones':
      return { level: PRIMARY, pieces: [`\\mathbf{1}_{${under.join(' \\times ')}}`] }
    case 'zeros':
      return { level: PRIMARY, pieces: [`\\mathbf{0}_{${under.join(' \\times ')}}`] }
    case 'duplication':
      return { level: PRIMARY, pieces: [`D_{${under.join(',')}}`] }
    case 'commutation':
      return { level: PRIMARY, pieces: [`K_{${under.join(',')}}`] }
    default:
      return { level: sizes[0]?.name === undefined ? SUM : PRIMARY, pieces: under }
  }
}

function powerPieces(base: Display, exponent: Rational): Pieces {
  if (exponent.equals(Rational.HALF)) return { level: POSTFIX, pieces: ['\\sqrt{', [base, 0], '}'] }
  const { pieces } = numberPieces(exponent)
  const elementwise = base.type === 'scalar' ? [] : ['\\odot ']
  return { level: POSTFIX, pieces: [...scripted(base), '^{', ...elementwise, ...pieces, '}'] }
}

/** A base that takes a script: in braces unless it is a plain name. */
function scripted(base: Display): Piece[] {
  const plain = base.kind === 'name' && !latexName(base.name).includes('_')
  return plain ? [[base, PRIMARY]] : ['{', [base, PRIMARY], '}']
}

function callPieces({ name, args, axis }: CallDisplay): Pieces {
  const [first, second] = args
  if (name === 'inv' && first) return { level: POSTFIX, pieces: [...scripted(first), '^{-1}'] }
  if (name === 'pow' && first && second) {
    const elementwise = first.type === 'scalar' && second.type === 'scalar' ? '' : '\\odot '
    return { level: POSTFIX, pieces: [...scripted(first), `^{${elementwise}`, [second, 0], '}'] }
  }
  if (name === MATRIX_POWER && first && second) {
    const inverse = first.kind === 'call' && first.name === 'inv' ? first.args[0] : undefined
    const exponent: Piece[] = [inverse ? '^{-' : '^{', [second, 0], '}']
    return { level: POSTFIX, pieces: [...scripted(inverse ?? first), ...exponent] }
  }
  if (name === 'kron' && first && second) {
    return { level: PRODUCT, pieces: [[first, POSTFIX], ' \\otimes ', [second, POSTFIX]] }
  }
  const latex = axis === undefined ? tableLatex(name) : undefined
  if (!latex) {
    const under = axis === undefined ? '' : `_{\\mathrm{axis}\\,${axis}}`
    const list = between(
      args.map((arg): Piece => [arg, 0]),
      ', ',
    )
    return { level: PRIMARY, pieces: [`\\operatorname{${plainName(name)}}${under}\\left(`, ...list, '\\right)'] }
  }
  // The table writes strings; the arguments' places are marked by a character that no LaTeX of ours holds.
  const written = latex(...args.map((_, position) => `\u0000${position}\u0000`)).split('\u0000')
  const pieces = written.map(
    (text, position): Piece => (position % 2 === 0 ? text : [args[Number(text)] as Display, 0]),
  )
  return { level: PRIMARY, pieces }
}

function tableLatex(name: string): ((...args: readonly string[]) => string) | undefined {
  const known = findFunction(name)
  if (known) return known.elementwise?.latex ?? known.whole?.latex
  try {
    return elementwiseFunction(name).latex
  } catch {
    return undefined
  }
}

function scaledPieces({ coefficient, scalars, denominators, body }: ScaledDisplay): Pieces {
  const magnitude = coefficient.absolute()
  const { numerator, denominator } = numberText(magnitude)
  const fraction = denominators.length > 0 || denominator !== undefined
  const tight = (list: readonly Display[], alone: boolean): Piece[] =>
    list.map((d, position) => [d, alone && position === list.length - 1 ? PRODUCT : POSTFIX])
  const above = tight(scalars, !body)
  if (numerator !== '1' || (scalars.length === 0 && !body)) above.unshift(scientific(numerator))
  const sign = coefficient.sign < 0 ? ['-'] : []
  const level = coefficient.sign < 0 ? SUM : PRODUCT
  if (body) above.push([body, PRODUCT])
  if (!fraction) return { level, pieces: [...sign, ...between(above, ' ')] }
  const below: Piece[] = [...(denominator === undefined ? [] : [scientific(denominator)]), ...tight(denominators, true)]
  return { level, pieces: [...sign, '\\frac{', ...between(above, ' '), '}{', ...between(below, ' '), '}'] }
}

function elementPieces({ base, subscripts }: ElementDisplay): Pieces {
  const under = subscripts.map((s) => (typeof s === 'number' || s === ':' ? `${s}` : latexName(s))).join(',')
  const literal = base.kind === 'literal' ? base.name : undefined
  if (literal === 'eye' && !subscripts.includes(':')) return { level: PRIMARY, pieces: [`\\delta_{${under}}`] }
  if (literal === 'eye')
    return { level: PRIMARY, pieces: [`\\mathbf{e}_{${subscripts.filter((s) => s !== ':').join(',')}}`] }
  if (literal === 'ones') return { level: PRIMARY, pieces: [`1_{${under}}`] }
  return { level: PRIMARY, pieces: [...scripted(base), `_{${under}}`] }
}

function numberPieces(value: Rational): Pieces {
  const { numerator, denominator } = numberText(value)
  if (denominator !== undefined) {
    const sign = value.sign < 0 ? '-' : ''
    return {
      level: PRODUCT,
      pieces: [`${sign}\\frac{${scientific(numerator.replace('-', ''))}}{${scientific(denominator)}}`],
    }
  }
  return { level: value.sign < 0 ? SUM : numerator.includes('e') ? PRODUCT : PRIMARY, pieces: [scientific(numerator)] }
}

/** 3e-9 as 3 · 10^{-9}. */
function scientific(text: string): string {
  const match = /^(.*)e(-?\d+)$/.exec(text)
  return match ? `${match[1]} \\cdot 10^{${match[2]}}` : text
}

function dimensionLatex(dimension: Dimension): string {
  const monomials = dimension.terms.map(({ coefficient, powers }, position) => {
    const names = powers.map(([name, power]) => (power === 1 ? latexName(name) : `{${latexName(name)}}^{${power}}`))
    const magnitude = coefficient.absolute()
    const number = magnitude.isOne && names.length > 0 ? [] : [numberPieces(magnitude).pieces.join('')]
    const sign = coefficient.sign < 0 ? '-' : position === 0 ? '' : '+'
    return `${sign}${[...number, ...names].join(' ')}`
  })
  return monomials.length === 0 ? '0' : monomials.join('')
}

const RELATIONS = { eq: '=', le: '\\le', ne: '\\ne' } as const

function conditionLatex({ relation, terms, offset }: LabelCondition): string {
  const sides: [string[], string[]] = [[], []]
  for (const { label, coefficient } of [
    ...terms,
    ...offset.terms.map((t) => ({ label: '', coefficient: Dimension.fromCanonicalTerms([t]) })),
  ]) {
    const negative = coefficient.terms[0]?.coefficient.sign === -1
    const magnitude = negative ? coefficient.scale(Rational.MINUS_ONE) : coefficient
    const factor =
      magnitude.terms.length > 1 ? `\\left(${dimensionLatex(magnitude)}\\right)` : dimensionLatex(magnitude)
    const text = label === '' ? factor : magnitude.key === '1' ? latexName(label) : `${factor} ${latexName(label)}`
    sides[negative ? 1 : 0].push(text)
  }
  const [left, right] = sides.map((side) => (side.length === 0 ? '0' : side.join(' + '))) as [string, string]
  if (relation === 'le' && left.endsWith(' + 1')) return `${left.slice(0, -4)} < ${right}`
  return `${left} ${RELATIONS[relation]} ${right}`
}

const GREEK_NAMES = (
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega ' +
  'Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega'
).split(' ')
/** The letters of those names, in the same order. */
const GREEK_LETTERS = [...'αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ']
const GREEK: ReadonlyMap<string, string> = new Map(
  GREEK_NAMES.flatMap((name, position): [string, string][] => [
    [name, name],
    [GREEK_LETTERS[position] as string, name],
  ]),
)

/** A name: `x`, `\alpha`, `T_{0}`, `\mathrm{rate}`, `x_{\mathrm{max}}`. */
export function latexName(name: string): string {
  const match = /^(\p{L}+)_?(\d+|(?<=_)[\p{L}\d]+)?$/u.exec(name)
  if (!match) return `\\mathrm{${plainName(name)}}`
  const [, stem, index] = match as unknown as [string, string, string | undefined]
  const base = stemLatex(stem)
  return index === undefined ? base : `${base}_{${/^\d+$/.test(index) ? index : stemLatex(index)}}`
}

function stemLatex(stem: string): string {
  const greek = GREEK.get(stem)
  if (greek !== undefined) return `\\${greek}`
  return [...stem].length === 1 && /^[A-Za-z]$/.test(stem) ? stem : `\\mathrm{${plainName(stem)}}`
}

/** Letters, marks and digits as they are, anything else escaped or left out. */
function plainName(name: string): string {
  return [...name].map((c) => (c === '_' ? '\\_' : /[\p{L}\p{M}\p{N}]/u.test(c) ? c : '')).join('')
}
