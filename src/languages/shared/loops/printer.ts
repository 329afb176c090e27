/**
 * Writes the steps of a plan as loops over entries: one nest for each step, the innermost loop along memory where one of
 * the axes allows it.
 */
import { elementwiseFunction } from '../../../functions/index.ts'
import {
  type CallStep,
  type ContractStep,
  type ExpandStep,
  type Expression,
  type Leaf,
  leaves,
  type MapStep,
  type MaskCondition,
  type ReshapeStep,
  type SelectStep,
  type SolveStep,
  type Step,
  UNIT,
  type ValueId,
} from '../../../plan/step.ts'
import { Dimension } from '../../../tensor/dimension.ts'
import type { Label } from '../../../tensor/node.ts'
import { Rational } from '../../../tensor/rational.ts'
import { comparisonOperators } from '../arrays/dialect.ts'
import { range, viewLabels } from '../axes.ts'
import { dimensionText } from '../dimensions.ts'
import type { Identifiers } from '../identifiers.ts'
import { asScalar, atom, call, quotient, signedSum, type Text } from '../text.ts'
import type { Statement } from '../trace.ts'
import type { LoopDialect, LoopSpelling, Place, Statements } from './dialect.ts'

export interface PrintedLoops {
  readonly lines: readonly string[]
  /** The same lines, with the values that they compute. */
  readonly statements: readonly Statement[]
  readonly names: ReadonlyMap<ValueId, string>
  readonly helpers: ReadonlySet<string>
  /** Functions to be emitted from their definitions. */
  readonly defined: ReadonlySet<string>
}

export interface LoopOptions {
  readonly dialect: LoopDialect
  readonly steps: readonly Step[]
  /** Names of inputs, and names that outputs give to their values. */
  readonly names: ReadonlyMap<ValueId, string>
  readonly dimension: ReadonlyMap<string, string>
  readonly identifiers: Identifiers
  readonly indexName: (k: number) => string
}

export function printLoops(options: LoopOptions): PrintedLoops {
  const printer = new LoopPrinter(options)
  printer.run()
  return printer
}

/** The names of indices at a point, by label. */
type Point = (label: Label) => Text

class LoopPrinter implements PrintedLoops {
  readonly statements: Statement[] = []
  readonly names: Map<ValueId, string>
  readonly helpers = new Set<string>()
  readonly defined = new Set<string>()
  readonly #options: LoopOptions
  readonly #dialect: LoopDialect
  #temporaries = 0
  #sum: string | undefined

  constructor(options: LoopOptions) {
    this.#options = options
    this.#dialect = options.dialect
    this.names = new Map(options.names)
  }

  get lines(): readonly string[] {
    return this.statements.flatMap((statement) => statement.lines)
  }

  run(): void {
    for (const [value, step] of this.#options.steps.entries()) {
      if (step.kind === 'input') continue
      if (!this.names.has(value)) this.names.set(value, this.#options.identifiers.take(`t${++this.#temporaries}`))
      this.statements.push({ lines: this.#step(step, this.#place(value)), values: [value] })
    }
  }

  #place(value: ValueId): Place {
    const name = this.names.get(value)
    const step = this.#options.steps[value]
    if (name === undefined || !step) throw new RangeError('a value is used before it is made')
    return { name, shape: step.axes.map((axis) => this.#size(axis).text), isInput: step.kind === 'input' }
  }

  /** A temporary that is no value of the plan. */
  #fresh(axes: readonly Dimension[]): Place {
    const name = this.#options.identifiers.take(`t${++this.#temporaries}`)
    return { name, shape: axes.map((axis) => this.#size(axis).text), isInput: false }
  }

  #size(dimension: Dimension): Text {
    return dimensionText(dimension, this.#options.dimension, this.#dialect.whole)
  }

  #taken({ text, helpers }: LoopSpelling): Text {
    for (const helper of helpers ?? []) this.helpers.add(helper)
    return text
  }

  #run({ lines, helpers }: Statements): string[] {
    for (const helper of helpers ?? []) this.helpers.add(helper)
    return [...lines]
  }

  #step(step: Step, target: Place): string[] {
    switch (step.kind) {
      case 'input':
        return []
      case 'map':
        return this.#map(step, target)
      case 'contract':
        return this.#contract(step, target)
      case 'call':
        return this.#call(step, target)
      case 'solve':
        return this.#solve(step, target)
      case 'select':
        return this.#select(step, target)
      case 'reshape':
        return this.#reshape(step, target)
      case 'expand':
        return this.#expand(step, target)
    }
  }

  // Loops.

  /** Index names by label: in the order of the loops, which is that of the axes where loops run backwards. */
  #point(order: readonly Label[]): Point {
    const named = this.#dialect.contiguous === 'first' ? [...order].sort((a, b) => a - b) : order
    return (label) => atom(this.#options.indexName(named.indexOf(label)))
  }

  /** Axes from the one that is farthest apart in memory. */
  #axes(rank: number): Label[] {
    return this.#dialect.contiguous === 'first' ? range(rank).reverse() : range(rank)
  }

  #nest(order: readonly Label[], space: readonly Dimension[], body: readonly string[]): string[] {
    const point = this.#point(order)
    let lines = [...body]
    for (const label of [...order].reverse()) {
      lines = this.#dialect.loop(point(label).text, this.#size(space[label] as Dimension).text, lines)
    }
    return lines
  }

  #element(place: Place, labels: readonly Label[], point: Point): Text {
    if (place.shape.length === 0) return asScalar(atom(place.name))
    return asScalar(this.#dialect.element(place, labels.map(point)))
  }

  #accumulator(): string {
    this.#sum ??= this.#options.identifiers.take('sum')
    return this.#sum
  }

  /** Σ over the labels from rank on of `term`, into the target, the loops outside in the order of the labels. */
  #summation(target: Place, space: readonly Dimension[], innermost: Label, term: (point: Point) => Text): string[] {
    const rank = target.shape.length
    const outputs = this.#axes(rank)
    const axes = range(rank)
    const summed = range(space.length).filter((label) => label >= rank)
    if (innermost < rank) {
      const order = [...outputs.filter((label) => label !== innermost), ...summed, innermost]
      const point = this.#point(order)
      const element = this.#element(target, axes, point)
      const body = this.#dialect.assign(element.text, summed.length > 0 ? '+=' : '=', term(point).text)
      return [...this.#dialect.zeros(target, summed.length === 0), ...this.#nest(order, space, body)]
    }
    const order = [...outputs, ...summed.filter((label) => label !== innermost), innermost]
    const point = this.#point(order)
    const sum = rank === 0 ? target.name : this.#accumulator()
    let inner = this.#dialect.assign(sum, '+=', term(point).text)
    for (const label of order.slice(rank).reverse()) {
      inner = this.#dialect.loop(point(label).text, this.#size(space[label] as Dimension).text, inner)
    }
    const body = [...this.#dialect.accumulator(sum), ...inner]
    if (rank === 0) return body
    body.push(...this.#dialect.assign(this.#element(target, axes, point).text, '=', sum))
    let lines = body
    for (const label of [...outputs].reverse()) {
      lines = this.#dialect.loop(point(label).text, this.#size(space[label] as Dimension).text, lines)
    }
    return [...this.#dialect.zeros(target, true), ...lines]
  }

  // Steps.

  #map(step: MapStep, target: Place): string[] {
    const { expression, space } = step
    const rank = step.axes.length
    if (space.length === 0) {
      return this.#dialect.constant(target.name, this.#scalar(expression, this.#point([])).text)
    }
    const isZero = expression.kind === 'number' && expression.value.isZero
    if (isZero && rank > 0) return this.#dialect.zeros(target, false)
    const summed = space.length > rank
    const innermost = summed ? this.#innermost(leaves(expression), rank, space.length) : (this.#axes(rank).at(-1) ?? 0)
    return this.#summation(target, space, innermost, (point) => this.#scalar(expression, point))
  }

  /** The label that runs along memory in most operands; a summed one where both are as good. */
  #innermost(operands: readonly Leaf[], rank: number, count: number): Label {
    const isFirst = this.#dialect.contiguous === 'first'
    const own = this.#axes(rank).at(-1) ?? 0
    const score = (label: Label) =>
      operands.filter(({ labels }) => labels.at(isFirst ? 0 : -1) === label).length + (label === own ? 1 : 0)
    const summed = range(count).filter((label) => label >= rank)
    let best = summed.at(-1) ?? own
    for (const label of summed) if (score(label) > score(best)) best = label
    return rank > 0 && score(own) > score(best) ? own : best
  }

  #contract(step: ContractStep, target: Place): string[] {
    const { left, right, space } = step
    const product = this.#libraryProduct(step, target)
    if (product) return product
    const innermost = this.#innermost([left, right], step.axes.length, space.length)
    return this.#summation(target, space, innermost, (point) =>
      quotient(
        [left, right].map((leaf) => this.#leaf(leaf, point)),
        [],
      ),
    )
  }

  #libraryProduct({ left, right, axes }: ContractStep, target: Place): string[] | undefined {
    const spell = this.#dialect.matrixProduct
    const isPlain = ({ labels }: Leaf) => labels.length <= 2 && new Set(labels).size === labels.length
    const shared = left.labels.filter((label) => right.labels.includes(label))
    const [summed] = shared
    if (!spell || !isPlain(left) || !isPlain(right) || shared.length !== 1) return undefined
    if (summed === undefined || summed < axes.length) return undefined
    // The left operand has the first axis of the result.
    const outer = (leaf: Leaf) => leaf.labels.find((label) => label !== summed)
    let [a, b] = [left, right]
    if (outer(a) !== 0 && outer(b) === 0) [a, b] = [b, a]
    const statements = spell(
      target,
      this.#place(a.value),
      a.labels.length === 2 && a.labels[0] === summed,
      this.#place(b.value),
      b.labels.length === 2 && b.labels[1] === summed,
    )
    return this.#run(statements)
  }

  #select(step: SelectStep, target: Place): string[] {
    const rank = step.axes.length
    const order = range(rank)
    const point = this.#point(order)
    const index = order.map(point)
    index.splice(step.axis, 0, this.#size(step.index))
    const source = this.#dialect.element(this.#place(step.operand), index).text
    if (rank === 0) return this.#dialect.constant(target.name, source)
    const body = this.#dialect.assign(this.#element(target, order, point).text, '=', source)
    return [...this.#dialect.zeros(target, true), ...this.#nest(this.#axes(rank), step.axes, body)]
  }

  #reshape(step: ReshapeStep, target: Place): string[] {
    const operand = this.#options.steps[step.operand] as Step
    const leaf = { value: step.operand, labels: range(operand.axes.length).map((axis) => step.order.indexOf(axis)) }
    const axes = step.order.map((axis) => operand.axes[axis] as Dimension)
    const { place, lines } = this.#ordered(leaf, axes)
    return [...lines, ...this.#dialect.reshaped(target, place, this.#options.indexName)]
  }

  /** A value with its axes in the order of labels 0, 1, ...; a copy unless it is so already. */
  #ordered(leaf: Leaf, axes: readonly Dimension[]): { readonly place: Place; readonly lines: readonly string[] } {
    const isOrdered = leaf.labels.length === axes.length && leaf.labels.every((label, position) => label === position)
    if (isOrdered) return { place: this.#place(leaf.value), lines: [] }
    const place = this.#fresh(axes)
    const order = range(axes.length)
    const point = this.#point(order)
    const body = this.#dialect.assign(this.#element(place, order, point).text, '=', this.#leaf(leaf, point).text)
    return { place, lines: [...this.#dialect.zeros(place, true), ...this.#nest(this.#axes(axes.length), axes, body)] }
  }

  #solve(step: SolveStep, target: Place): string[] {
    const { axes, axis } = step
    const matrixStep = this.#options.steps[step.matrix] as Step
    const matrix = this.#ordered({ value: step.matrix, labels: step.transposed ? [1, 0] : [0, 1] }, matrixStep.axes)
    const front = [axis, ...range(axes.length).filter((own) => own !== axis)]
    const frontAxes = front.map((own) => axes[own] as Dimension)
    const right = this.#ordered(
      { value: step.right, labels: range(axes.length).map((own) => front.indexOf(own)) },
      frontAxes,
    )
    const isInPlace = front.every((own, position) => own === position)
    const solution = isInPlace ? target : this.#fresh(frontAxes)
    const lines = [
      ...matrix.lines,
      ...right.lines,
      ...this.#run(this.#dialect.solve(solution, matrix.place, right.place)),
    ]
    if (isInPlace) return lines
    const order = range(axes.length)
    const point = this.#point(order)
    const source = this.#element(solution, front, point).text
    const body = this.#dialect.assign(this.#element(target, order, point).text, '=', source)
    return [...lines, ...this.#dialect.zeros(target, true), ...this.#nest(this.#axes(axes.length), axes, body)]
  }

  #call(step: CallStep, target: Place): string[] {
    const lines: string[] = []
    const batchAxes = step.axes.slice(0, step.batch)
    const args = step.args.map((argument) => {
      const source = this.#options.steps[argument.value] as Step
      const own = [...new Set(argument.labels)].filter((label) => label >= step.batch).sort((a, b) => a - b)
      const ownAxes = own.map((label) => source.axes[argument.labels.indexOf(label)] as Dimension)
      const position = (label: Label) => (label < step.batch ? label : step.batch + own.indexOf(label))
      const leaf = { value: argument.value, labels: argument.labels.map(position) }
      const ordered = this.#ordered(leaf, [...batchAxes, ...ownAxes])
      lines.push(...ordered.lines)
      return { place: ordered.place, own: ownAxes.map((axis) => this.#size(axis).text) }
    })
    const sizes = step.axes.map((axis) => this.#size(axis).text)
    const batch = sizes.slice(0, step.batch)
    const result = sizes.slice(step.batch)
    return [
      ...lines,
      ...this.#run(
        this.#dialect.general({ name: step.name, target, args, batch, result, indexName: this.#options.indexName }),
      ),
    ]
  }

  #expand(step: ExpandStep, target: Place): string[] {
    const lines = this.#dialect.zeros(target, false)
    for (const view of step.terms) {
      const labels = view.axes.map((axis) => view.axes.indexOf(axis))
      const distinct = [...new Set(labels)]
      const point = this.#point(distinct)
      const value =
        view.value === UNIT
          ? this.#dialect.number(Rational.ONE)
          : this.#leaf({ value: view.value, labels: viewLabels(view) }, point)
      const scaled = this.#scaled(view.coefficient.absolute(), value, view.value === UNIT)
      const element = this.#element(target, labels, point).text
      const operator = view.coefficient.sign < 0 ? '-=' : step.terms.length > 1 ? '+=' : '='
      const body = this.#dialect.assign(element, operator, scaled.text)
      const order = this.#dialect.contiguous === 'first' ? [...distinct].reverse() : distinct
      lines.push(...this.#nest(order, step.axes, body))
    }
    return lines
  }

  // Numbers.

  #leaf(leaf: Leaf, point: Point): Text {
    return this.#element(this.#place(leaf.value), leaf.labels, point)
  }

  #scaled(magnitude: Rational, text: Text, isOne = false): Text {
    if (magnitude.isOne) return text
    const number = (value: Rational) => asScalar(this.#dialect.number(value))
    if (isOne) return number(magnitude)
    if (magnitude.numerator === 1n && !magnitude.toDecimal()) return quotient([text], [number(magnitude.invert())])
    return quotient([number(magnitude), text], [])
  }

  /** The value of an expression at a point. */
  #scalar(expression: Expression, point: Point): Text {
    switch (expression.kind) {
      case 'leaf':
        return this.#leaf(expression, point)
      case 'number':
        return this.#dialect.number(expression.value)
      case 'size':
        return this.#dialect.size(this.#size(expression.dimension))
      case 'product': {
        const above: Text[] = []
        const below: Text[] = []
        for (const { base, exponent } of expression.factors) {
          const text = this.#scalar(base, point)
          const magnitude = exponent.absolute()
          const power = magnitude.isOne ? text : this.#dialect.power(text, magnitude)
          ;(exponent.sign < 0 ? below : above).push(power)
        }
        if (above.length === 0) above.push(this.#dialect.number(Rational.ONE))
        return quotient(above, below)
      }
      case 'sum':
        return signedSum(
          expression.terms.map(({ coefficient, term }) => ({
            negative: coefficient.sign < 0,
            text: this.#scaled(coefficient.absolute(), this.#scalar(term, point)),
          })),
        )
      case 'call':
        return this.#function(expression, point)
      case 'mask': {
        const zero = this.#dialect.number(Rational.ZERO)
        return this.#dialect.select(
          this.#conditions(expression.conditions, point),
          this.#scalar(expression.body, point),
          zero,
        )
      }
    }
  }

  #function({ name, args }: Expression & { kind: 'call' }, point: Point): Text {
    const [condition, a, b] = args
    if (name === 'where' && condition && a && b) {
      const zero = this.#dialect.number(Rational.ZERO)
      const truth = this.#truth(condition, point) ?? this.#dialect.compare('!=', this.#scalar(condition, point), zero)
      return this.#dialect.select(truth, this.#scalar(a, point), this.#scalar(b, point))
    }
    const truth = this.#truth({ kind: 'call', name, args }, point)
    if (truth)
      return this.#dialect.select(truth, this.#dialect.number(Rational.ONE), this.#dialect.number(Rational.ZERO))
    const texts = args.map((arg) => this.#scalar(arg, point))
    const spelling = this.#dialect.elementwise(name)?.(...texts)
    if (spelling) return this.#taken(spelling)
    // Throws for a name that is no function, so that no other text becomes a name here.
    const known = elementwiseFunction(name).name
    this.defined.add(known)
    return call(this.#dialect.defined(known), ...texts.map((text) => text.text))
  }

  #truth(expression: Expression, point: Point): Text | undefined {
    if (expression.kind === 'product' && expression.factors.length === 1) {
      const [only] = expression.factors
      return only?.exponent.isOne ? this.#truth(only.base, point) : undefined
    }
    if (expression.kind !== 'call') return undefined
    const operator = comparisonOperators.get(expression.name)
    const [a, b] = expression.args
    return operator && a && b && this.#dialect.compare(operator, this.#scalar(a, point), this.#scalar(b, point))
  }

  #conditions(conditions: readonly MaskCondition[], point: Point): Text {
    const parts = conditions.map((condition) => this.#condition(condition, point))
    const [only] = parts
    return parts.length === 1 && only ? only : this.#dialect.and(parts)
  }

  /** Terms with positive coefficients stand on the left, the others on the right. */
  #condition({ relation, terms, offset }: MaskCondition, point: Point): Text {
    const strict =
      relation === 'le' && offset.terms.some((term) => term.powers.length === 0 && term.coefficient.sign > 0)
    const rest = strict ? offset.subtract(Dimension.ONE) : offset
    const sides: [Text[], Text[]] = [[], []]
    for (const { label, coefficient } of terms) {
      const minus = (coefficient.terms[0]?.coefficient.sign ?? 0) < 0
      const magnitude = minus ? coefficient.scale(Rational.MINUS_ONE) : coefficient
      const index = point(label)
      sides[minus ? 1 : 0].push(magnitude.key === '1' ? index : quotient([this.#size(magnitude), index], []))
    }
    // Parts of a polynomial with fractions need not be whole numbers; all of it is.
    if (rest.terms.some((term) => term.coefficient.denominator !== 1n)) sides[0].push(this.#size(rest))
    else {
      for (const term of rest.terms) {
        const part = Dimension.fromCanonicalTerms([{ ...term, coefficient: term.coefficient.absolute() }])
        sides[term.coefficient.sign < 0 ? 1 : 0].push(this.#size(part))
      }
    }
    const side = (texts: readonly Text[]) =>
      texts.length === 0 ? atom('0') : signedSum(texts.map((text) => ({ negative: false, text })))
    const operator = ({ eq: '==', ne: '!=', le: strict ? '<' : '<=' } as const)[relation]
    return this.#dialect.compare(operator, side(sides[0]), side(sides[1]))
  }
}
