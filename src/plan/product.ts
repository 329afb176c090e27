/**
 * Lowers one contraction: Σ Π factors → output, where the output may repeat labels.
 *
 * Unit tensors join labels, selections take a part, reshapes regroup axes, other conditions become masks that are applied
 * together with every factor that could be infinite where they exclude. What remains is multiplied two at a time.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Factor, Indicator, Label, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { Joined, type Prepared, resolveConditions } from './conditions.ts'
import { isZero, relabelled } from './gates.ts'
import type { LabelledCondition } from './indicators.ts'
import type { Guard, Work } from './masks.ts'
import type { Lowering } from './multiply.ts'
import { multiplyRegrouped } from './reshape.ts'
import { UNIT, type View, viewOf } from './step.ts'
import { hasDiagonal } from './values.ts'

export interface Product {
  readonly coefficient: Rational
  readonly factors: readonly Factor[]
  readonly dimensions: readonly Dimension[]
  readonly output: readonly Label[]
}

/** The product as a view: broadcast and diagonal axes stay implicit. */
export function lowerProduct(lowering: Lowering, product: Product): View {
  return finish(lowering, prepare(lowering, product))
}

export function finish(lowering: Lowering, { coefficient, works, output, regroups, dimension }: Prepared): View {
  if (coefficient.isZero) return { value: UNIT, axes: output.map((_, axis) => -1 - axis), coefficient }
  return viewOf(multiplyRegrouped(lowering, works, output, regroups, dimension), output, coefficient)
}

export function prepare(lowering: Lowering, product: Product): Prepared {
  const { values, views } = lowering
  const joined = new Joined(product.dimensions.length)
  let coefficient = product.coefficient
  const works: Work[] = []
  const conditions: LabelledCondition[] = []
  const guards: Guard[] = []
  for (const [origin, factor] of product.factors.entries()) {
    const { node, labels, exponent } = factor
    if (node.kind === 'indicator' && exponent.sign > 0) {
      conditions.push(...labelledConditions(node, labels))
      continue
    }
    if (exponent.sign > 0) guards.push(...guardsOf(lowering, node, labels, origin))
    if (isSolvable(lowering, factor)) {
      works.push(inverseOf(lowering, factor))
      continue
    }
    const view = views.get(node)
    if (!view) throw new RangeError('an operand has not been lowered')
    const raised = raise(view.coefficient, exponent)
    if (raised && (exponent.sign > 0 || !hasDiagonal(view))) {
      coefficient = coefficient.multiply(raised)
      const own: Label[] = []
      const seen = new Map<number, Label>()
      for (const [position, axis] of view.axes.entries()) {
        const label = labels[position] ?? 0
        const same = seen.get(axis)
        if (same !== undefined) joined.join(same, label)
        else if (axis >= 0) own[axis] = label
        seen.set(axis, label)
      }
      if (view.value !== UNIT) works.push({ value: view.value, labels: own, exponent, origin })
    } else {
      const leaf = values.materialise(view, node.axes, false)
      works.push({ value: leaf.value, labels: leaf.labels.map((axis) => labels[axis] ?? 0), exponent, origin })
    }
  }
  return resolveConditions(lowering, product, { coefficient, works, conditions, guards }, joined)
}

/** Exclusions inside of a factor: see `gates.ts`. */
function guardsOf({ values, views, gates }: Lowering, node: Node, labels: readonly Label[], origin: number): Guard[] {
  return relabelled(gates.get(node) ?? [], labels).flatMap((gate): Guard[] => {
    if (gate.node.kind === 'indicator') {
      return labelledConditions(gate.node, gate.labels).map((condition) => {
        return { kind: 'condition', condition, labels: condition.terms.map((term) => term.label), origin }
      })
    }
    const [truth, yes] = gate.node.args
    const view = truth && views.get(truth.node)
    if (!truth || !view || view.value === UNIT) return []
    const leaf = values.materialise(view, truth.node.axes, false)
    const own = leaf.labels.map((axis) => gate.labels[truth.labels[axis] ?? 0] ?? 0)
    return [{ kind: 'value', value: leaf.value, labels: own, excludesNonzero: isZero(yes?.node) === true, origin }]
  })
}

function labelledConditions(node: Indicator, labels: readonly Label[]): LabelledCondition[] {
  return node.conditions.map(({ relation, terms, offset }) => {
    return { relation, terms: terms.map((t) => ({ label: labels[t.axis] ?? 0, coefficient: t.coefficient })), offset }
  })
}

function isSolvable({ inverses }: Lowering, { node, labels, exponent }: Factor): boolean {
  const plainInverse = node.kind === 'general' && node.name === 'inv' && node.batch === 0
  return plainInverse && exponent.isOne && !inverses.has(node) && labels[0] !== labels[1]
}

/** inv(X)[labels] before it is formed: inv(M)[row, column], where M is X or X' as it is stored. */
function inverseOf({ values, views }: Lowering, { node, labels }: Factor): Work {
  const argument = node.kind === 'general' ? node.args[0] : undefined
  const view = argument && views.get(argument.node)
  if (!argument || !view) throw new RangeError('the argument of an inverse has not been lowered')
  const matrix = values.materialise(view, argument.node.axes, false)
  const own = matrix.labels.map((axis) => argument.labels[axis] ?? 0)
  return { value: matrix.value, labels: own.map((axis) => labels[axis] ?? 0), exponent: Rational.ONE, inverse: true }
}

/** coefficient^exponent where it is exact and stays small. */
function raise(coefficient: Rational, exponent: Rational): Rational | undefined {
  if (coefficient.isOne) return coefficient
  const power = exponent.denominator === 1n ? Number(exponent.numerator) : undefined
  if (power === undefined || Math.abs(power) > 64 || (coefficient.isZero && power < 0)) return undefined
  return coefficient.power(power)
}
