/** Conditions on indices as masks. */
import type { Expression, MaskCondition } from '../../../plan/step.ts'
import { Dimension } from '../../../tensor/dimension.ts'
import type { Label } from '../../../tensor/node.ts'
import { Rational } from '../../../tensor/rational.ts'
import { asScalar, atom, quotient, signedSum, type Text } from '../text.ts'
import type { Argument, ArrayDialect, Spelling } from './dialect.ts'

type SizeText = (dimension: Dimension) => Text

/** `body` where the conditions hold, elsewhere 0, with axes in the order of `labels`. */
export function maskText(
  dialect: ArrayDialect,
  { conditions, body: masked }: Expression & { kind: 'mask' },
  body: Argument,
  labels: readonly Label[],
  size: SizeText,
  space: readonly Dimension[],
): Spelling {
  const [first] = masked.kind === 'product' && masked.factors.length === 1 ? masked.factors : []
  const isPlain = first?.exponent.isOne && first.base.kind === 'leaf' && first.base.labels.length === labels.length
  const triangle =
    isPlain && conditions.length === 1 ? triangleText(dialect, conditions[0], body, labels, size) : undefined
  if (triangle) return triangle
  const parts = conditions.map((condition) => conditionText(dialect, condition, labels, size, space))
  const [only] = parts
  const all = parts.length === 1 && only ? only : dialect.and(parts)
  if (body.text === '1') return { text: dialect.indicator(all) }
  return { text: dialect.where(all, body, { ...asScalar(atom('0.0')), isNumber: true }) }
}

/** The triangle of a whole matrix. */
function triangleText(
  dialect: ArrayDialect,
  condition: MaskCondition | undefined,
  body: Text,
  labels: readonly Label[],
  size: SizeText,
): Spelling | undefined {
  const [row, column] = labels
  if (condition?.relation !== 'le' || condition.terms.length !== 2 || labels.length !== 2) return undefined
  const coefficient = (label: Label | undefined) => condition.terms.find((t) => t.label === label)?.coefficient.key
  const shape = `${coefficient(row)},${coefficient(column)}`
  // row + ... : j - i + offset <= 0 keeps j <= i - offset; i - j + offset <= 0 keeps j >= i + offset.
  const below = shape === '-1,1'
  if (!below && shape !== '1,-1') return undefined
  const shift = below ? condition.offset.scale(Rational.MINUS_ONE) : condition.offset
  return dialect.triangle(below, body, shift.key === '0' ? undefined : size(shift))
}

/** Terms with positive coefficients stand on the left, the others on the right. */
function conditionText(
  dialect: ArrayDialect,
  condition: MaskCondition,
  labels: readonly Label[],
  size: SizeText,
  space: readonly Dimension[],
): Text {
  const offset = condition.offset
  const strict =
    condition.relation === 'le' && offset.terms.some((term) => term.powers.length === 0 && term.coefficient.sign > 0)
  const rest = strict ? offset.subtract(Dimension.ONE) : offset
  const index = (label: Label) =>
    dialect.indices(size(space[label] as Dimension).text, labels.indexOf(label), labels.length)
  const sides: [Text[], Text[]] = [[], []]
  for (const { label, coefficient } of condition.terms) {
    const minus = (coefficient.terms[0]?.coefficient.sign ?? 0) < 0
    const magnitude = minus ? coefficient.scale(Rational.MINUS_ONE) : coefficient
    const text = magnitude.key === '1' ? index(label) : quotient([size(magnitude), index(label)], [])
    sides[minus ? 1 : 0].push(text)
  }
  // Parts of a polynomial with fractions need not be whole numbers; all of it is.
  const fractions = rest.terms.some((term) => term.coefficient.denominator !== 1n)
  if (fractions) sides[0].push(size(rest))
  for (const term of fractions ? [] : rest.terms) {
    const minus = term.coefficient.sign < 0
    const part = Dimension.fromCanonicalTerms([{ ...term, coefficient: term.coefficient.absolute() }])
    sides[minus ? 1 : 0].push(size(part))
  }
  const side = (texts: readonly Text[]): Text =>
    texts.length === 0
      ? asScalar(atom('0'))
      : signedSum(
          texts.map((text) => ({ negative: false, text })),
          dialect.operators,
        )
  const operator = ({ eq: '==', ne: '!=', le: strict ? '<' : '<=' } as const)[condition.relation]
  return dialect.compare(operator, side(sides[0]), side(sides[1]))
}
