/** Conditions on indices as NumPy masks. */
import type { Expression, MaskCondition } from '../../plan/step.ts'
import { Dimension } from '../../tensor/dimension.ts'
import type { Label } from '../../tensor/node.ts'
import { Rational } from '../../tensor/rational.ts'
import { dimensionText } from './dimensions.ts'
import { atom, call, Level, quotient, signedSum, type Text, within } from './text.ts'

/** `body` where the conditions hold, elsewhere 0, with axes in the order of `labels`. */
export function maskText(
  { conditions, body: masked }: Expression & { kind: 'mask' },
  body: Text,
  labels: readonly Label[],
  names: ReadonlyMap<string, string>,
  space: readonly Dimension[],
): Text {
  const [first] = masked.kind === 'product' && masked.factors.length === 1 ? masked.factors : []
  const isPlain = first?.exponent.isOne && first.base.kind === 'leaf' && first.base.labels.length === labels.length
  const triangle = isPlain && conditions.length === 1 ? triangleText(conditions[0], body, labels, names) : undefined
  if (triangle) return triangle
  const parts = conditions.map((condition) => conditionText(condition, labels, names, space))
  const [only] = parts
  const all: Text =
    parts.length === 1 && only ? only : { text: parts.map((p) => `(${p.text})`).join(' & '), level: Level.compare }
  return call('np.where', all.text, body.text === '1' ? '1.0' : body.text, '0.0')
}

/** `np.tril` and `np.triu` of a whole matrix. */
function triangleText(
  condition: MaskCondition | undefined,
  body: Text,
  labels: readonly Label[],
  names: ReadonlyMap<string, string>,
): Text | undefined {
  const [row, column] = labels
  if (condition?.relation !== 'le' || condition.terms.length !== 2 || labels.length !== 2) return undefined
  const coefficient = (label: Label | undefined) => condition.terms.find((t) => t.label === label)?.coefficient.key
  const shape = `${coefficient(row)},${coefficient(column)}`
  // row + ... : j - i + offset <= 0 keeps j <= i - offset; i - j + offset <= 0 keeps j >= i + offset.
  const below = shape === '-1,1'
  if (!below && shape !== '1,-1') return undefined
  const shift = below ? condition.offset.scale(Rational.MINUS_ONE) : condition.offset
  const args = shift.key === '0' ? [] : [dimensionText(shift, names).text]
  return call(below ? 'np.tril' : 'np.triu', body.text, ...args)
}

/** Terms with positive coefficients stand on the left, the others on the right. */
function conditionText(
  condition: MaskCondition,
  labels: readonly Label[],
  names: ReadonlyMap<string, string>,
  space: readonly Dimension[],
): Text {
  const offset = condition.offset
  const strict =
    condition.relation === 'le' && offset.terms.some((term) => term.powers.length === 0 && term.coefficient.sign > 0)
  const rest = strict ? offset.subtract(Dimension.ONE) : offset
  const index = (label: Label) => {
    const spread = labels.slice(labels.indexOf(label) + 1).map(() => 'None')
    const range = `np.arange(${dimensionText(space[label] as Dimension, names).text})`
    return atom(spread.length > 0 ? `${range}[:, ${spread.join(', ')}]` : range)
  }
  const sides: [Text[], Text[]] = [[], []]
  for (const { label, coefficient } of condition.terms) {
    const minus = (coefficient.terms[0]?.coefficient.sign ?? 0) < 0
    const magnitude = minus ? coefficient.scale(Rational.MINUS_ONE) : coefficient
    const text = magnitude.key === '1' ? index(label) : quotient([dimensionText(magnitude, names), index(label)], [])
    sides[minus ? 1 : 0].push(text)
  }
  // Parts of a polynomial with fractions need not be whole numbers; all of it is.
  const fractions = rest.terms.some((term) => term.coefficient.denominator !== 1n)
  if (fractions) sides[0].push(dimensionText(rest, names))
  for (const term of fractions ? [] : rest.terms) {
    const minus = term.coefficient.sign < 0
    const part = Dimension.fromCanonicalTerms([{ ...term, coefficient: term.coefficient.absolute() }])
    sides[minus ? 1 : 0].push(dimensionText(part, names))
  }
  const side = (texts: readonly Text[]): Text =>
    texts.length === 0 ? atom('0') : signedSum(texts.map((text) => ({ negative: false, text })))
  const operator = { eq: '==', ne: '!=', le: strict ? '<' : '<=' }[condition.relation]
  return {
    text: `${within(side(sides[0]), Level.add)} ${operator} ${within(side(sides[1]), Level.add)}`,
    level: Level.compare,
  }
}
