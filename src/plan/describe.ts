/** One line of text for each step of a plan. */
import type { Label } from '../tensor/node.ts'
import type { Expression, Leaf, MaskCondition, Step, ValueId, View } from './step.ts'
import { UNIT } from './step.ts'

export function describeStep(steps: readonly Step[], step: Step, value: ValueId): string {
  const name = (of: ValueId): string => {
    const source = steps[of]
    return of === UNIT ? '1' : source?.kind === 'input' ? source.name : `t${of}`
  }
  return `${name(value)} = ${body(step, name)}  (${step.axes.map((axis) => axis.key).join(', ')})`
}

type Name = (value: ValueId) => string

function body(step: Step, name: Name): string {
  switch (step.kind) {
    case 'input':
      return 'input'
    case 'map': {
      const text = expressionText(step.expression, name)
      const summed = step.space.slice(step.axes.length).map((_, k) => letter(step.axes.length + k))
      return `map ${summed.length > 0 ? `sum[${summed.join(',')}] ` : ''}${text}`
    }
    case 'contract': {
      const { left, right } = step
      const output = step.axes.map((_, axis) => letter(axis)).join('')
      return `contract ${subscripts(left)},${subscripts(right)}->${output} ${name(left.value)}, ${name(right.value)}`
    }
    case 'call':
      return `${step.name}(${step.args.map((leaf) => leafText(leaf, name)).join(', ')})`
    case 'solve':
      return `solve(${name(step.matrix)}${step.transposed ? "'" : ''}, ${name(step.right)}, axis ${step.axis})`
    case 'select':
      return `select ${name(step.operand)} at ${step.index.key} of axis ${step.axis}`
    case 'reshape':
      return `reshape ${name(step.operand)} with axes ${step.order.join()}`
    case 'expand':
      return `expand ${step.terms.map((view) => viewText(view, name)).join(' + ')}`
  }
}

function letter(label: Label): string {
  return label < 18 ? String.fromCharCode(105 + label) : `{${label}}`
}

function subscripts(leaf: Leaf): string {
  return leaf.labels.map(letter).join('')
}

function leafText(leaf: Leaf, name: Name): string {
  return leaf.labels.length === 0 ? name(leaf.value) : `${name(leaf.value)}[${leaf.labels.map(letter).join(',')}]`
}

function viewText({ value, axes, coefficient }: View, name: Name): string {
  const scale = coefficient.isOne ? '' : `${coefficient.key}*`
  return `${scale}${name(value)}[${axes.map((axis) => (axis < 0 ? '*' : letter(axis))).join(',')}]`
}

function expressionText(expression: Expression, name: Name): string {
  const recur = (part: Expression): string => expressionText(part, name)
  switch (expression.kind) {
    case 'leaf':
      return leafText(expression, name)
    case 'number':
      return expression.value.key
    case 'size':
      return expression.dimension.key
    case 'product':
      return expression.factors
        .map(({ base, exponent }) => `${recur(base)}${exponent.isOne ? '' : `^(${exponent.key})`}`)
        .join('*')
    case 'sum': {
      const terms = expression.terms.map(({ coefficient, term }) =>
        coefficient.isOne ? recur(term) : `${coefficient.key}*${recur(term)}`,
      )
      return terms.length === 1 ? `${terms[0]}` : `(${terms.join(' + ')})`
    }
    case 'call':
      return `${expression.name}(${expression.args.map(recur).join(', ')})`
    case 'mask':
      return `where(${expression.conditions.map(conditionText).join(' and ')}, ${recur(expression.body)}, 0)`
  }
}

function conditionText({ relation, terms, offset }: MaskCondition): string {
  const left = terms.map(({ label, coefficient }) => `(${coefficient.key})*${letter(label)}`).join(' + ')
  return `${left} + ${offset.key} ${{ eq: '==', le: '<=', ne: '!=' }[relation]} 0`
}
