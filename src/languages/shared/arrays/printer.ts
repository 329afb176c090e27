/**
 * Spells the steps of a plan as statements on whole arrays.
 *
 * A value that is used once and short is written where it is used, in the order of axes that is wanted there, so that a
 * transpose falls on the operands: `B.T @ A.T`. Every other value gets a name.
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
  type ReshapeStep,
  reads,
  type SolveStep,
  type Step,
  UNIT,
  type ValueId,
  type View,
} from '../../../plan/step.ts'
import type { Dimension } from '../../../tensor/dimension.ts'
import type { Label } from '../../../tensor/node.ts'
import { Rational } from '../../../tensor/rational.ts'
import { maskLabels, range, viewLabels } from '../axes.ts'
import { dimensionText } from '../dimensions.ts'
import type { Identifiers } from '../identifiers.ts'
import { asScalar, atom, call, quotient, type SignedText, signedSum, type Text } from '../text.ts'
import type { Statement } from '../trace.ts'
import { type Argument, type ArrayDialect, comparisonOperators, type Scattered, type Spelling } from './dialect.ts'
import { maskText } from './mask.ts'

/** The longest text that is written at its use instead of being named. */
const INLINE = 56

export interface PrintedSteps {
  readonly lines: readonly string[]
  /** The same lines, with the values that they compute. */
  readonly statements: readonly Statement[]
  /** The name of each value that has one. */
  readonly names: ReadonlyMap<ValueId, string>
  readonly helpers: ReadonlySet<string>
  /** Functions to be emitted from their definitions. */
  readonly defined: ReadonlySet<string>
  /** Whether entries are excluded, so that warnings about them mean nothing. */
  readonly excludes: boolean
}

export interface PrintOptions {
  readonly dialect: ArrayDialect
  readonly steps: readonly Step[]
  /** Names of inputs, and names that outputs give to their values. */
  readonly names: ReadonlyMap<ValueId, string>
  readonly dimension: ReadonlyMap<string, string>
  readonly identifiers: Identifiers
  readonly indexName: (k: number) => string
}

export function printSteps(options: PrintOptions): PrintedSteps {
  const printer = new Printer(options)
  printer.run()
  return printer
}

class Printer implements PrintedSteps {
  readonly statements: Statement[] = []
  readonly names: Map<ValueId, string>
  readonly helpers = new Set<string>()
  readonly defined = new Set<string>()
  excludes = false
  readonly #options: PrintOptions
  readonly #dialect: ArrayDialect
  readonly #steps: readonly Step[]
  readonly #inlined = new Set<ValueId>()
  /** Values that are numbers of the language, not arrays. */
  readonly #numbers = new Set<ValueId>()
  #temporaries = 0

  constructor(options: PrintOptions) {
    this.#options = options
    this.#dialect = options.dialect
    this.#steps = options.steps
    this.names = new Map(options.names)
  }

  get lines(): readonly string[] {
    return this.statements.flatMap((statement) => statement.lines)
  }

  run(): void {
    const uses = this.#useCounts()
    for (const [value, step] of this.#steps.entries()) {
      if (step.kind === 'input') continue
      if (step.kind === 'map' && step.space.length === 0 && this.#isNumber(step.expression)) this.#numbers.add(value)
      const statements = step.kind === 'expand' && !isExpression(step)
      const name = this.names.get(value)
      if (statements) {
        this.#add(value, this.#expandStatements(step, name ?? this.#fresh(value)))
        continue
      }
      const { text } = this.#fromStep(step, range(step.axes.length))
      const free = step.kind === 'map' && step.expression.kind === 'size'
      if (name === undefined && (free || (uses[value] === 1 && text.length <= INLINE))) this.#inlined.add(value)
      else this.#add(value, this.#dialect.assignment(name ?? this.#fresh(value), text))
    }
  }

  #add(value: ValueId, lines: readonly string[]): void {
    const values = [value]
    for (const made of values)
      for (const read of reads(this.#step(made))) if (this.#inlined.has(read)) values.push(read)
    this.statements.push({ lines, values })
  }

  #useCounts(): number[] {
    const uses = this.#steps.map(() => 0)
    for (const step of this.#steps) for (const value of reads(step)) uses[value] = (uses[value] ?? 0) + 1
    return uses
  }

  #fresh(value: ValueId): string {
    const name = this.#options.identifiers.take(`t${++this.#temporaries}`)
    this.names.set(value, name)
    return name
  }

  #step(value: ValueId): Step {
    const step = this.#steps[value]
    if (!step) throw new RangeError('a step reads a value that is not there')
    return step
  }

  #dimension(dimension: Dimension): string {
    return this.#size(dimension).text
  }

  #size(dimension: Dimension): Text {
    return dimensionText(dimension, this.#options.dimension, this.#dialect.whole)
  }

  #taken({ text, helpers }: Spelling): Text {
    for (const helper of helpers ?? []) this.helpers.add(helper)
    return text
  }

  /** A value whose axis p in the text is its axis order[p]. */
  #value(value: ValueId, order: readonly number[]): Text {
    if (this.#inlined.has(value)) {
      const step = this.#step(value)
      if (step.kind === 'map' && step.expression.kind === 'size') {
        return this.#size(step.expression.dimension)
      }
      return this.#fromStep(step, order)
    }
    const name = this.names.get(value)
    if (name === undefined) throw new RangeError('a value is used before it is made')
    return this.#permuted(order.length === 0 ? asScalar(atom(name)) : atom(name), order)
  }

  #fromStep(step: Step, order: readonly number[]): Text {
    switch (step.kind) {
      case 'input':
        throw new RangeError('an input has a name')
      case 'map':
        return this.#map(step, order)
      case 'contract':
        return this.#contract(step, order)
      case 'call':
        return this.#call(step, order)
      case 'solve':
        return this.#solve(step, order)
      case 'select': {
        const rank = step.axes.length + 1
        const operand = this.#value(step.operand, range(rank))
        return this.#permuted(this.#dialect.select(operand, rank, step.axis, this.#dimension(step.index)), order)
      }
      case 'reshape':
        return this.#reshape(step, order)
      case 'expand': {
        const terms = step.terms.map(
          (view): SignedText => ({
            negative: view.coefficient.sign < 0,
            text: this.#scaled(view.coefficient.absolute(), this.#diagonalView(view, order, step)),
          }),
        )
        return signedSum(terms, this.#dialect.operators)
      }
    }
  }

  #permuted(text: Text, order: readonly number[]): Text {
    return order.every((axis, position) => axis === position) ? text : this.#dialect.permute(text, order)
  }

  #reshape(step: ReshapeStep, order: readonly number[]): Text {
    const isReversed = (axes: readonly number[]) => axes.every((axis, k) => axis === axes.length - 1 - k)
    // Read the other way round on both sides, the entries are in column-major order.
    const columns = isReversed(step.order) && isReversed(order) && step.order.length + order.length > 2
    if (columns && this.#dialect.reshapeColumns) {
      const sizes = [...step.axes].reverse().map((axis) => this.#dimension(axis))
      return this.#dialect.reshapeColumns(this.#value(step.operand, range(step.order.length)), sizes)
    }
    const sizes = step.axes.map((axis) => this.#dimension(axis))
    const operand = this.#value(step.operand, step.order)
    return this.#permuted(this.#dialect.reshape(operand, step.order.length, sizes), order)
  }

  // Elementwise steps.

  #map(step: MapStep, order: readonly number[]): Text {
    const rank = step.axes.length
    if (step.space.length > rank) return this.#reduction(step, order)
    return this.#filled(step, order)
  }

  /** The expression over all its labels: broadcast where its leaves do not fill the space. */
  #filled({ expression, space }: MapStep, labels: readonly Label[]): Text {
    const text = this.#elementwise(expression, labels, space)
    const carried = new Set([...leaves(expression).flatMap((leaf) => leaf.labels), ...maskLabels(expression)])
    const isNumber = leaves(expression).length === 0
    if (labels.every((label) => carried.has(label))) {
      return labels.length > 0 || !isNumber ? text : this.#dialect.floating(text)
    }
    const shape = labels.map((label) => this.#dimension(space[label] as Dimension))
    if (text.text === '0' || text.text === '0.0') return this.#dialect.zeros(shape)
    if (text.text === '1') return this.#dialect.ones(shape)
    return this.#dialect.full(shape, text, isNumber)
  }

  #reduction(step: MapStep, order: readonly number[]): Text {
    const { expression, space } = step
    const rank = step.axes.length
    const summed = range(space.length).filter((label) => label >= rank)
    const leaf = expression.kind === 'leaf' ? expression : undefined
    const diagonal = leaf && new Set(leaf.labels).size < leaf.labels.length
    if (leaf && diagonal && leaf.labels.length === 2 && rank === 0) {
      return this.#dialect.trace(this.#value(leaf.value, [0, 1]))
    }
    const whole = leaves(expression).find(
      ({ labels }) => labels.length === space.length && new Set(labels).size === labels.length,
    )
    const kept = whole?.labels.filter((label) => label < rank)
    const natural =
      this.#dialect.sumsAnyAxis && whole && kept?.every((label, position) => label === order[position])
        ? whole.labels
        : undefined
    const labels = natural ?? [...order, ...summed]
    const text = this.#filled({ ...step, axes: space }, labels)
    const axes = labels.flatMap((label, position) => (label >= rank ? [position] : []))
    return this.#dialect.sum(text, labels.length, axes)
  }

  /** A text that broadcasts to the index space with axes in the order of `labels`. */
  #elementwise(expression: Expression, labels: readonly Label[], space: readonly Dimension[]): Text {
    switch (expression.kind) {
      case 'leaf':
        return this.#aligned(expression, labels)
      case 'number':
        return asScalar(this.#dialect.number(expression.value))
      case 'size':
        return this.#size(expression.dimension)
      case 'product':
        return this.#product(expression, labels, space)
      case 'sum':
        return signedSum(
          expression.terms.map(({ coefficient, term }) => ({
            negative: coefficient.sign < 0,
            text: this.#scaled(coefficient.absolute(), this.#elementwise(term, labels, space)),
          })),
          this.#dialect.operators,
        )
      case 'call':
        return this.#function(expression, labels, space)
      case 'mask': {
        this.excludes = true
        const body = this.#elementwise(expression.body, labels, space)
        const size = (dimension: Dimension) => this.#size(dimension)
        return this.#taken(
          maskText(this.#dialect, expression, this.#argument(expression.body, body), labels, size, space),
        )
      }
    }
  }

  #product({ factors }: Expression & { kind: 'product' }, labels: readonly Label[], space: readonly Dimension[]): Text {
    const above: Text[] = []
    const below: Text[] = []
    const truths: Text[] = []
    for (const { base, exponent } of factors) {
      const truth = exponent.isOne ? this.#truth(base, labels, space) : undefined
      if (truth) truths.push(truth)
      else
        (exponent.sign < 0 ? below : above).push(
          this.#power(this.#argument(base, this.#elementwise(base, labels, space)), exponent.absolute()),
        )
    }
    // Truth values multiply only what is a number, after it: alone they neither add nor change sign.
    const [first, ...rest] = truths
    if (!this.#dialect.truthsMultiply) above.push(...truths.map((truth) => this.#dialect.indicator(truth)))
    else if (first && above.length === 0) above.push(this.#dialect.indicator(first), ...rest)
    else above.push(...truths)
    // A language's own numbers may raise where a divisor is 0; arrays give an infinity.
    if (below.length > 0 && factors.every(({ base }) => this.#isNumber(base))) {
      const [dividend, ...others] = above
      return quotient([this.#dialect.floating(dividend ?? asScalar(atom('1'))), ...others], below)
    }
    return quotient(above, below, this.#dialect.operators)
  }

  #power(base: Argument, exponent: Rational): Text {
    if (exponent.isOne) return base
    const text = this.#dialect.power(base, exponent)
    return base.scalar ? asScalar(text) : text
  }

  #argument(expression: Expression, text: Text): Argument {
    return this.#isNumber(expression) ? { ...text, isNumber: true } : text
  }

  /** Whether an expression is a number of the language, not an array. */
  #isNumber(expression: Expression): boolean {
    switch (expression.kind) {
      case 'number':
      case 'size':
        return true
      case 'leaf':
        return this.#numbers.has(expression.value)
      case 'product':
        return expression.factors.every(({ base }) => this.#isNumber(base))
      case 'sum':
        return expression.terms.every(({ term }) => this.#isNumber(term))
      default:
        return false
    }
  }

  #function(
    { name, args }: Expression & { kind: 'call' },
    labels: readonly Label[],
    space: readonly Dimension[],
  ): Text {
    const texts = args.map((arg) => this.#argument(arg, this.#elementwise(arg, labels, space)))
    const [condition] = args
    const text = this.#named(name, condition && this.#isWhere(name, condition, labels, space), texts)
    return texts.every(({ scalar }) => scalar) ? asScalar(text) : text
  }

  #isWhere(name: string, condition: Expression, labels: readonly Label[], space: readonly Dimension[]) {
    return name === 'where' ? this.#truth(condition, labels, space) : undefined
  }

  #named(name: string, truth: Text | undefined, texts: readonly Argument[]): Text {
    if (name === 'where') this.excludes = true
    const [, a, b] = texts
    if (truth && a && b) return this.#dialect.where(truth, a, b)
    const spelling = this.#dialect.elementwise(name)?.(...texts)
    if (spelling) return this.#taken(spelling)
    // Throws for a name that is no function, so that no other text becomes a name here.
    const known = elementwiseFunction(name).name
    this.defined.add(known)
    return call(this.#dialect.defined(known), ...texts.map((text) => text.text))
  }

  /** The truth value of an expression that is a comparison. */
  #truth(expression: Expression, labels: readonly Label[], space: readonly Dimension[]): Text | undefined {
    if (expression.kind === 'leaf' && this.#inlined.has(expression.value)) {
      const step = this.#step(expression.value)
      if (step.kind !== 'map' || step.expression.kind !== 'call' || step.space.length > step.axes.length)
        return undefined
      if (expression.labels.length !== labels.length) return undefined
      const order = labels.map((label) => expression.labels.indexOf(label))
      return this.#truth(step.expression, order, step.space)
    }
    if (expression.kind !== 'call' || expression.args.length !== 2) return undefined
    const operator = comparisonOperators.get(expression.name)
    const [a, b] = expression.args.map((arg) => this.#elementwise(arg, labels, space))
    return operator && a && b && this.#dialect.compare(operator, a, b)
  }

  #scaled(magnitude: Rational, text: Text): Text {
    if (magnitude.isOne) return text
    const number = (value: Rational) => asScalar(this.#dialect.number(value))
    if (text.text === '1') return number(magnitude)
    if (magnitude.numerator === 1n && !magnitude.toDecimal()) return quotient([text], [number(magnitude.invert())])
    return quotient([number(magnitude), text], [])
  }

  /** A leaf with its axes in the order of `labels`, with axes of length 1 where it lacks one. */
  #aligned(leaf: Leaf, labels: readonly Label[]): Text {
    if (new Set(leaf.labels).size < leaf.labels.length) return this.#diagonal(leaf, labels)
    const present = labels.filter((label) => leaf.labels.includes(label))
    const text = this.#value(
      leaf.value,
      present.map((label) => leaf.labels.indexOf(label)),
    )
    return this.#dialect.spread(text, present, labels)
  }

  #diagonal(leaf: Leaf, labels: readonly Label[]): Text {
    const present = labels.filter((label) => leaf.labels.includes(label))
    const operand = this.#value(leaf.value, range(leaf.labels.length))
    const text =
      leaf.labels.length === 2 && present.length === 1
        ? this.#dialect.diagonal(operand)
        : this.#dialect.diagonals(operand, leaf.labels, present)
    return this.#dialect.spread(text, present, labels)
  }

  // Products.

  #contract(step: ContractStep, order: readonly number[]): Text {
    const { left, right, space } = step
    const rank = step.axes.length
    const isPlain = (leaf: Leaf) => new Set(leaf.labels).size === leaf.labels.length
    const shared = left.labels.filter((label) => right.labels.includes(label))
    const summed = shared.filter((label) => label >= rank)
    const [label] = summed
    const small = left.labels.length <= 2 && right.labels.length <= 2 && isPlain(left) && isPlain(right)
    if (small && summed.length === shared.length && summed.length === 1 && label !== undefined) {
      return this.#matrixProduct(left, right, label, order)
    }
    if (
      small &&
      left.labels.length === right.labels.length &&
      new Set([...left.labels, ...right.labels]).size === space.length
    ) {
      const same = left.labels.every((own) => right.labels.includes(own))
      if (same) {
        const expression: Expression = {
          kind: 'product',
          factors: [left, right].map((leaf) => ({ base: { kind: 'leaf', ...leaf }, exponent: Rational.ONE })),
        }
        return this.#reduction({ kind: 'map', axes: step.axes, space, expression }, order)
      }
    }
    const operand = (leaf: Leaf) => ({
      labels: leaf.labels,
      text: this.#value(leaf.value, range(leaf.labels.length)),
    })
    return this.#taken(this.#dialect.contract(operand(left), operand(right), order))
  }

  #matrixProduct(left: Leaf, right: Leaf, summed: Label, order: readonly number[]): Text {
    const factor = (leaf: Leaf) => ({
      labels: leaf.labels,
      ordered: (labels: readonly Label[]) =>
        this.#value(
          leaf.value,
          labels.map((label) => leaf.labels.indexOf(label)),
        ),
    })
    const text = this.#dialect.matrixProduct(factor(left), factor(right), summed, order)
    return order.length === 0 ? asScalar(text) : text
  }

  #solve(step: SolveStep, order: readonly number[]): Text {
    const { axis } = step
    const rank = step.axes.length
    const matrix = this.#value(step.matrix, step.transposed ? [1, 0] : [0, 1])
    const front = [axis, ...range(rank).filter((own) => own !== axis)]
    const right = this.#value(step.right, front)
    const shape = front.map((own) => this.#dimension(step.axes[own] as Dimension))
    const solution = rank <= 2 ? this.#dialect.solve(matrix, right) : this.#dialect.solveFirst(matrix, right, shape)
    return this.#permuted(
      solution,
      order.map((own) => front.indexOf(own)),
    )
  }

  #call(step: CallStep, order: readonly number[]): Text {
    const spell = this.#dialect.general(step.name)
    const args = step.args.map((argument) => {
      const own = [...new Set(argument.labels)].filter((label) => label >= step.batch).sort((a, b) => a - b)
      return { text: this.#aligned(argument, [...range(step.batch), ...own]), own: own.length }
    })
    const [first, ...others] = args
    if (!spell || !first) throw new RangeError(`no function is named ${step.name}`)
    const text = this.#taken(spell(first.text, first.own, step.batch, ...others.map((other) => other.text)))
    return this.#permuted(order.length === 0 ? asScalar(text) : text, order)
  }

  // Diagonals.

  /** One view of a matrix or vector, dense, as an expression. */
  #diagonalView(view: View, order: readonly number[], { axes }: ExpandStep): Text {
    const isDiagonal = view.axes.length === 2 && view.axes[0] === view.axes[1]
    const size = axes[0] as Dimension
    if (isDiagonal) {
      if (view.value === UNIT) return this.#dialect.eye(this.#dimension(size))
      if ((view.axes[0] ?? 0) < 0) {
        const eye = this.#dialect.eye(this.#dimension(size))
        return quotient([this.#value(view.value, []), eye], [], this.#dialect.operators)
      }
      return this.#dialect.diagonalMatrix(this.#value(view.value, [0]))
    }
    if (view.value === UNIT) return asScalar(atom('1'))
    return this.#aligned({ value: view.value, labels: viewLabels(view) }, order)
  }

  #expandStatements(step: ExpandStep, name: string): string[] {
    const shape = step.axes.map((axis) => this.#dimension(axis))
    const parts = step.terms.map((view): Scattered => {
      const first = view.axes.map((axis) => view.axes.indexOf(axis))
      const distinct = [...new Set(first)]
      const ordered = (labels: readonly Label[]) => {
        const leaf = { value: view.value, labels: viewLabels(view) }
        const value = view.value === UNIT ? asScalar(atom('1')) : this.#aligned(leaf, labels)
        return this.#scaled(view.coefficient.absolute(), value)
      }
      const carried = view.value === UNIT ? [] : viewLabels(view)
      return { view: first, distinct, ordered, isNegative: view.coefficient.sign < 0, carried }
    })
    return this.#dialect.scatter(name, shape, parts, this.#options.indexName)
  }
}

/** Whether an expansion is one expression: of a matrix it is a sum of diagonal and other matrices. */
function isExpression(step: ExpandStep): boolean {
  return step.axes.length === 2 && step.terms.some((view) => view.axes[0] === view.axes[1])
}
