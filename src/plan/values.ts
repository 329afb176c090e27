/**
 * The steps made so far, equal ones once whatever the order of their operands and axes, so that all outputs of a plan
 * share what they have in common.
 */
import type { Dimension } from '../tensor/dimension.ts'
import { identity } from '../tensor/graph.ts'
import type { Facts, Label } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { type Expression, type Leaf, type MaskCondition, type Step, UNIT, type ValueId, type View } from './step.ts'

/** A factor of a product: a value with labels, raised to a power. */
export interface Power extends Leaf {
  readonly exponent: Rational
}

interface Known {
  readonly value: ValueId
  /** For each axis of the value, its label in the canonical numbering of the key. */
  readonly canonical: readonly number[]
}

/** Operations that need not be finite where their arguments are. Everything else is finite on finite arguments. */
const unbounded = new Set([
  'infinity',
  'exp',
  'expm1',
  'log',
  'log1p',
  'tan',
  'arcsin',
  'arccos',
  'sinh',
  'cosh',
  'pow',
])
const unboundedCalls = new Set(['inv', 'logdet', 'logdetp', 'rnorm2', 'logsumexp', 'det', 'adj'])

export class Values {
  readonly steps: Step[] = []
  readonly #known = new Map<string, Known>()
  /** Whether each value is finite wherever the inputs are (overflow aside). */
  readonly #finite: boolean[] = []

  axes(value: ValueId): readonly Dimension[] {
    return this.steps[value]?.axes ?? []
  }
  isFinite(value: ValueId): boolean {
    return this.#finite[value] ?? true
  }

  input(name: string, axes: readonly Dimension[], facts: Facts): ValueId {
    return this.#once(`input ${name}`, true, () => ({ kind: 'input', name, axes, facts }))
  }

  /** Π factors, elementwise, over the labels in `output`, which are all labels of the factors. */
  product(factors: readonly Power[], output: readonly Label[], dimension: (label: Label) => Dimension): Leaf {
    const [only] = factors
    if (factors.length === 1 && only?.exponent.isOne && new Set(only.labels).size === only.labels.length) return only
    const finite = factors.every((factor) => factor.exponent.sign >= 0 && this.isFinite(factor.value))
    const expression = (label: (label: Label) => Label) => productExpression(factors, label)
    return this.#map('*', factors.map(token), true, finite, output, dimension, expression)
  }

  /** where(conditions, Π factors, 0). */
  masked(
    conditions: readonly MaskCondition[],
    factors: readonly Power[],
    output: readonly Label[],
    dimension: (label: Label) => Dimension,
  ): Leaf {
    // Conditions follow the factors, so that their labels are numbered as the factors number them.
    const tokens = [
      ...factors.map(token).sort(byToken),
      ...conditions.map((condition) => ({
        token: `${condition.relation}(${condition.terms.map((t) => `${t.coefficient.key}:${dimension(t.label).key}`).join(',')})${condition.offset.key}`,
        labels: condition.terms.map((term) => term.label),
      })),
    ]
    const finite = factors.every((factor) => factor.exponent.sign >= 0 && this.isFinite(factor.value))
    return this.#map('mask', tokens, false, finite, output, dimension, (label) => ({
      kind: 'mask',
      conditions: conditions.map((c) => ({
        ...c,
        terms: c.terms.map((t) => ({ ...t, label: label(t.label) })),
      })),
      body: productExpression(factors, label),
    }))
  }

  /** Σ coefficient · leaf, elementwise, and its sign: −R is R with the sign −1 where R is known. */
  sum(
    terms: readonly { readonly coefficient: Rational; readonly leaf: Leaf }[],
    output: readonly Label[],
    dimension: (label: Label) => Dimension,
  ): { readonly leaf: Leaf; readonly sign: Rational } {
    const tokens = (sign: Rational) =>
      terms.map(({ coefficient, leaf }) => ({
        token: `${leaf.value}*${coefficient.multiply(sign).key}`,
        labels: leaf.labels,
      }))
    const hasPlus = terms.some(({ coefficient }) => coefficient.sign > 0)
    if (!hasPlus && terms.length > 0) {
      const positive = terms.map(({ coefficient, leaf }) => ({ coefficient: coefficient.negate(), leaf }))
      return { leaf: this.sum(positive, output, dimension).leaf, sign: Rational.MINUS_ONE }
    }
    // Only a sum of both signs can be known with the other sign.
    const isMixed = terms.some(({ coefficient }) => coefficient.sign < 0)
    const negative = isMixed ? this.#find('+', tokens(Rational.MINUS_ONE), true, output) : undefined
    if (negative) return { leaf: negative, sign: Rational.MINUS_ONE }
    const finite = terms.every(({ leaf }) => this.isFinite(leaf.value))
    const leaf = this.#map('+', tokens(Rational.ONE), true, finite, output, dimension, (label) => ({
      kind: 'sum',
      terms: terms.map(({ coefficient, leaf: { value, labels } }) => ({
        coefficient,
        term: value === UNIT ? number(Rational.ONE) : { kind: 'leaf', value, labels: labels.map(label) },
      })),
    }))
    return { leaf, sign: Rational.ONE }
  }

  /** An elementwise function of scaled values. */
  apply(
    name: string,
    args: readonly { readonly coefficient: Rational; readonly leaf: Leaf }[],
    output: readonly Label[],
    dimension: (label: Label) => Dimension,
  ): Leaf {
    const tokens = args.map(({ coefficient, leaf }) => ({
      token: `${leaf.value}*${coefficient.key}`,
      labels: leaf.labels,
    }))
    const finite = !unbounded.has(name) && args.every(({ leaf }) => this.isFinite(leaf.value))
    return this.#map(`map ${name}`, tokens, false, finite, output, dimension, (label) => ({
      kind: 'call',
      name,
      args: args.map(({ coefficient, leaf: { value, labels } }): Expression => {
        if (value === UNIT) return number(coefficient)
        const term: Expression = { kind: 'leaf', value, labels: labels.map(label) }
        return coefficient.isOne ? term : { kind: 'sum', terms: [{ coefficient, term }] }
      }),
    }))
  }

  /** A dimension as a number. */
  size(dimension: Dimension): Leaf {
    const value = this.#once(`size ${dimension.key}`, true, () => ({
      kind: 'map',
      axes: [],
      space: [],
      expression: { kind: 'size', dimension },
    }))
    return { value, labels: [] }
  }

  /** The sum of a value over the labels that `output` lacks; diagonals are taken. */
  reduce(leaf: Leaf, output: readonly Label[], dimension: (label: Label) => Dimension): Leaf {
    return this.#map(
      'sum',
      [{ token: `${leaf.value}`, labels: leaf.labels }],
      false,
      this.isFinite(leaf.value),
      output,
      dimension,
      (label) => ({
        kind: 'leaf',
        value: leaf.value,
        labels: leaf.labels.map(label),
      }),
    )
  }

  /** Σ left · right over the labels that `output` lacks. */
  contract(left: Leaf, right: Leaf, output: readonly Label[], dimension: (label: Label) => Dimension): Leaf {
    const tokens = [left, right].map((leaf) => ({ token: `${leaf.value}`, labels: leaf.labels }))
    const finite = this.isFinite(left.value) && this.isFinite(right.value)
    return this.#make('@', tokens, true, finite, output, (label, space) => ({
      kind: 'contract',
      left: { value: left.value, labels: left.labels.map(label) },
      right: { value: right.value, labels: right.labels.map(label) },
      axes: output.map(dimension),
      space: space.map(dimension),
    }))
  }

  /** A general function; `areFinite` where more is known of its arguments than that they are finite by themselves. */
  call(
    name: string,
    args: readonly Leaf[],
    batch: number,
    axes: readonly Dimension[],
    areFinite = args.every((leaf) => this.isFinite(leaf.value)),
  ): ValueId {
    const finite = !unboundedCalls.has(name) && areFinite
    const key = `call ${name} ${batch} ${axes.map((d) => d.key).join()} ${args.map((leaf) => `${leaf.value}(${leaf.labels.join()})`).join(' ')}`
    return this.#once(key, finite, () => ({ kind: 'call', name, args, batch, axes }))
  }

  /** The solution along `axis` of `right`. */
  solve(matrix: ValueId, transposed: boolean, right: ValueId, axis: number): ValueId {
    return this.#once(`solve ${matrix} ${transposed} ${right} ${axis}`, false, () => ({
      kind: 'solve',
      matrix,
      transposed,
      right,
      axis,
      axes: this.axes(right),
    }))
  }

  select(operand: ValueId, axis: number, index: Dimension): ValueId {
    const axes = this.axes(operand).filter((_, position) => position !== axis)
    return this.#once(`select ${operand} ${axis} ${index.key}`, this.isFinite(operand), () => ({
      kind: 'select',
      operand,
      axis,
      index,
      axes,
    }))
  }

  reshape(operand: ValueId, order: readonly number[], axes: readonly Dimension[]): ValueId {
    const key = `reshape ${operand} ${order.join()} ${axes.map((d) => d.key).join()}`
    return this.#once(key, this.isFinite(operand), () => ({ kind: 'reshape', operand, order, axes }))
  }

  expand(terms: readonly View[], axes: readonly Dimension[]): ValueId {
    const key = terms.map((t) => `${t.value}(${canonicalAxes(t.axes).join()})*${t.coefficient.key}`).join(' ')
    const finite = terms.every((term) => this.isFinite(term.value))
    return this.#once(`expand ${axes.map((d) => d.key).join()} ${key}`, finite, () => ({ kind: 'expand', terms, axes }))
  }

  /** The dense value of a view: its axes in order where `ordered`, else in any order; coefficient 1. */
  materialise(view: View, axes: readonly Dimension[], ordered: boolean): Leaf {
    const plain = view.value !== UNIT && view.axes.every((axis) => axis >= 0) && !hasDiagonal(view)
    if (plain && view.coefficient.isOne) {
      const inOrder = view.axes.every((axis, position) => axis === position)
      if (inOrder || !ordered) return { value: view.value, labels: invert(view.axes) }
    }
    if (hasDiagonal(view)) return { value: this.expand([view], axes), labels: identity(axes.length) }
    const leaf = { value: view.value, labels: plain ? invert(view.axes) : labelsOf(view) }
    const output = identity(axes.length)
    // A copy that only reorders axes is a sum of one term, so that it is in this order whatever is known.
    const key = `dense ${view.value}*${view.coefficient.key}(${leaf.labels.join()}) ${axes.map((d) => d.key).join()}`
    const term: Expression =
      view.value === UNIT ? number(Rational.ONE) : { kind: 'leaf', value: leaf.value, labels: leaf.labels }
    const value = this.#once(key, this.isFinite(view.value), () => ({
      kind: 'map',
      axes,
      space: axes,
      expression: { kind: 'sum', terms: [{ coefficient: view.coefficient, term }] },
    }))
    return { value, labels: output }
  }

  #map(
    head: string,
    tokens: readonly Token[],
    commutative: boolean,
    finite: boolean,
    output: readonly Label[],
    dimension: (label: Label) => Dimension,
    expression: (label: (label: Label) => Label) => Expression,
  ): Leaf {
    return this.#make(head, tokens, commutative, finite, output, (label, space) => ({
      kind: 'map',
      axes: output.map(dimension),
      space: space.map(dimension),
      expression: expression(label),
    }))
  }

  /** The value of these operands over `output`, made with its axes in that order unless it is known. */
  #make(
    head: string,
    tokens: readonly Token[],
    commutative: boolean,
    finite: boolean,
    output: readonly Label[],
    build: (label: (label: Label) => Label, space: readonly Label[]) => Step,
  ): Leaf {
    const { key, numbers } = canonicalKey(head, tokens, commutative, output)
    const known = this.#known.get(key)
    if (known) return placed(known, numbers)
    const space = [...output]
    for (const label of numbers.keys()) if (!output.includes(label)) space.push(label)
    const value = this.#push(
      build((label) => space.indexOf(label), space),
      finite,
    )
    this.#known.set(key, { value, canonical: output.map((label) => numbers.get(label) ?? 0) })
    return { value, labels: output }
  }

  #find(head: string, tokens: readonly Token[], commutative: boolean, output: readonly Label[]): Leaf | undefined {
    const { key, numbers } = canonicalKey(head, tokens, commutative, output)
    const known = this.#known.get(key)
    return known && placed(known, numbers)
  }

  #once(key: string, finite: boolean, build: () => Step): ValueId {
    const known = this.#known.get(key)
    if (known) return known.value
    const value = this.#push(build(), finite)
    this.#known.set(key, { value, canonical: [] })
    return value
  }

  #push(step: Step, finite: boolean): ValueId {
    this.#finite.push(finite)
    return this.steps.push(step) - 1
  }
}

/** What identifies an operand but for its labels, and its labels. */
export interface Token {
  readonly token: string
  readonly labels: readonly Label[]
}

/** A key that does not depend on the names of labels, nor on the order of commutative operands. */
export function canonicalKey(
  head: string,
  tokens: readonly Token[],
  commutative: boolean,
  output: readonly Label[],
): { readonly key: string; readonly numbers: ReadonlyMap<Label, number> } {
  const sorted = commutative && tokens.length > 1 ? [...tokens].sort(byToken) : tokens
  const first = numbered(head, sorted, output)
  // Two operands that are one value may come in either order; longer ties may miss a merge, never make a wrong one.
  const [a, b] = sorted
  if (commutative && sorted.length === 2 && a && b && a.token === b.token) {
    const second = numbered(head, [b, a], output)
    if (second.key < first.key) return second
  }
  return first
}

function numbered(head: string, tokens: readonly Token[], output: readonly Label[]) {
  const numbers = new Map<Label, number>()
  let key = head
  for (const { token, labels } of tokens) {
    key += ` ${token}(`
    for (const label of labels) key += `${numberOf(numbers, label)},`
    key += ')'
  }
  const kept = output.map((label) => numberOf(numbers, label))
  if (kept.length > 1) kept.sort((a, b) => a - b)
  return { key: `${key} -> ${kept.join()}`, numbers }
}

function numberOf(numbers: Map<Label, number>, label: Label): number {
  let known = numbers.get(label)
  if (known === undefined) {
    known = numbers.size
    numbers.set(label, known)
  }
  return known
}

function byToken(a: Token, b: Token): number {
  return a.token < b.token ? -1 : a.token > b.token ? 1 : 0
}

function placed(known: Known, numbers: ReadonlyMap<Label, number>): Leaf {
  const labels = new Map([...numbers].map(([label, number]) => [number, label]))
  return { value: known.value, labels: known.canonical.map((number) => labels.get(number) ?? 0) }
}

function token(power: Power): Token {
  return { token: `${power.value}^${power.exponent.key}`, labels: power.labels }
}

function productExpression(factors: readonly Power[], label: (label: Label) => Label): Expression {
  return {
    kind: 'product',
    factors: factors.map(({ value, labels, exponent }) => ({
      base: { kind: 'leaf', value, labels: labels.map(label) },
      exponent,
    })),
  }
}

function number(value: Rational): Expression {
  return { kind: 'number', value }
}

export function hasDiagonal({ axes }: View): boolean {
  for (let p = 1; p < axes.length; p++) if (axes.indexOf(axes[p] as number) < p) return true
  return false
}

/** For each axis of the value, the axis of the view that shows it. */
function invert(axes: readonly number[]): number[] {
  const labels: number[] = []
  for (const [position, axis] of axes.entries()) labels[axis] = position
  return labels
}

/** The labels of a view without diagonals, as axes of the view. */
function labelsOf(view: View): number[] {
  const labels: number[] = []
  for (const [position, axis] of view.axes.entries()) if (axis >= 0) labels[axis] = position
  return labels
}

/** Broadcast axes are named by fresh negative numbers; for a key they are named by their order. */
function canonicalAxes(axes: readonly number[]): number[] {
  const numbers = new Map<number, number>()
  return axes.map((axis) => {
    if (axis >= 0) return axis
    const known = numbers.get(axis) ?? -1 - numbers.size
    numbers.set(axis, known)
    return known
  })
}
