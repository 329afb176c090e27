/**
 * Spells the steps of a plan as NumPy statements.
 *
 * A value that is used once and short is written where it is used, in the order of axes that is wanted there, so that a
 * transpose falls on the operands: `B.T @ A.T`. Every other value gets a name.
 */
import { elementwiseFunction } from '../../functions/index.ts'
import type { PlannedOutput } from '../../plan/plan.ts'
import {
  type CallStep,
  type ContractStep,
  type ExpandStep,
  type Expression,
  type Leaf,
  leaves,
  type MapStep,
  reads,
  type SolveStep,
  type Step,
  UNIT,
  type ValueId,
  type View,
} from '../../plan/step.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import type { Label } from '../../tensor/node.ts'
import { Rational } from '../../tensor/rational.ts'
import type { Identifiers } from '../shared/identifiers.ts'
import { dimensionText } from './dimensions.ts'
import {
  asFloat,
  maskLabels,
  numberText,
  permuted,
  powerText,
  range,
  spread,
  subscripts,
  viewLabels,
} from './layout.ts'
import { maskText } from './mask.ts'
import { comparison, elementwiseName, generalName, type Helper } from './names.ts'
import {
  assignment,
  atom,
  call,
  Level,
  matmul,
  negative,
  quotient,
  signedSum,
  statement,
  type Text,
  tuple,
  within,
} from './text.ts'

/** The longest text that is written at its use instead of being named. */
const INLINE = 56

export interface PrintedSteps {
  readonly lines: readonly string[]
  /** The name of each value that has one. */
  readonly names: ReadonlyMap<ValueId, string>
  readonly helpers: ReadonlySet<Helper>
  /** Functions to be emitted from their definitions. */
  readonly defined: ReadonlySet<string>
  /** Whether entries are excluded, so that NumPy's warnings about them mean nothing. */
  readonly excludes: boolean
}

export interface PrintOptions {
  readonly steps: readonly Step[]
  readonly outputs: readonly PlannedOutput[]
  /** Names of inputs, and names that outputs give to their values. */
  readonly names: ReadonlyMap<ValueId, string>
  readonly dimension: ReadonlyMap<string, string>
  readonly identifiers: Identifiers
}

export function printSteps(options: PrintOptions): PrintedSteps {
  const printer = new Printer(options)
  printer.run()
  return printer
}

class Printer implements PrintedSteps {
  readonly lines: string[] = []
  readonly names: Map<ValueId, string>
  readonly helpers = new Set<Helper>()
  readonly defined = new Set<string>()
  excludes = false
  readonly #options: PrintOptions
  readonly #steps: readonly Step[]
  readonly #inlined = new Set<ValueId>()
  /** Values that are numbers of Python's own. */
  readonly #python = new Set<ValueId>()
  #temporaries = 0

  constructor(options: PrintOptions) {
    this.#options = options
    this.#steps = options.steps
    this.names = new Map(options.names)
  }

  run(): void {
    const uses = this.#useCounts()
    for (const [value, step] of this.#steps.entries()) {
      if (step.kind === 'input') continue
      if (step.kind === 'map' && step.space.length === 0 && this.#isPython(step.expression)) this.#python.add(value)
      const statements = step.kind === 'expand' && !isExpression(step)
      const name = this.names.get(value)
      if (statements) {
        this.#expandStatements(step, name ?? this.#fresh(value))
        continue
      }
      const { text } = this.#fromStep(step, range(step.axes.length))
      const free = step.kind === 'map' && step.expression.kind === 'size'
      if (name === undefined && (free || (uses[value] === 1 && text.length <= INLINE))) this.#inlined.add(value)
      else this.lines.push(...assignment(name ?? this.#fresh(value), text))
    }
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
    return dimensionText(dimension, this.#options.dimension).text
  }

  /** A value whose axis p in the text is its axis order[p]. */
  #value(value: ValueId, order: readonly number[]): Text {
    if (this.#inlined.has(value)) {
      const step = this.#step(value)
      if (step.kind === 'map' && step.expression.kind === 'size') {
        return dimensionText(step.expression.dimension, this.#options.dimension)
      }
      return this.#fromStep(step, order)
    }
    const name = this.names.get(value)
    if (name === undefined) throw new RangeError('a value is used before it is made')
    return permuted(atom(name), order)
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
        const operand = this.#value(step.operand, range(step.axes.length + 1))
        const index = range(step.axis).map(() => ':')
        const text = `${within(operand, Level.atom)}[${[...index, this.#dimension(step.index)].join(', ')}]`
        return permuted(atom(text), order)
      }
      case 'reshape': {
        const isReversed = (axes: readonly number[]) => axes.every((axis, k) => axis === axes.length - 1 - k)
        // Read the other way round on both sides, the entries are in column-major order.
        const columns = isReversed(step.order) && isReversed(order) && step.order.length + order.length > 2
        const operand = this.#value(step.operand, columns ? range(step.order.length) : step.order)
        const sizes = columns ? [...step.axes].reverse() : step.axes
        const shape = sizes.length === 1 ? '-1' : sizes.map((axis) => this.#dimension(axis)).join(', ')
        const args = [sizes.length === 0 ? '()' : shape, ...(columns ? ['order="F"'] : [])]
        const text = atom(`${within(operand, Level.atom)}.reshape(${args.join(', ')})`)
        return columns ? text : permuted(text, order)
      }
      case 'expand': {
        const terms = step.terms.map((view) => ({
          negative: view.coefficient.sign < 0,
          text: this.#scaled(view.coefficient.absolute(), this.#diagonalView(view, order, step)),
        }))
        return signedSum(terms)
      }
    }
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
    if (labels.every((label) => carried.has(label))) {
      return labels.length > 0 || leaves(expression).length > 0 ? text : asFloat(text)
    }
    const shape = tuple(labels.map((label) => this.#dimension(space[label] as Dimension)))
    if (text.text === '0' || text.text === '0.0') return call('np.zeros', shape)
    if (text.text === '1') return call('np.ones', shape)
    return call('np.full', shape, leaves(expression).length > 0 ? text.text : asFloat(text).text)
  }

  #reduction(step: MapStep, order: readonly number[]): Text {
    const { expression, space } = step
    const rank = step.axes.length
    const summed = range(space.length).filter((label) => label >= rank)
    const leaf = expression.kind === 'leaf' ? expression : undefined
    const diagonal = leaf && new Set(leaf.labels).size < leaf.labels.length
    if (leaf && diagonal && leaf.labels.length === 2 && rank === 0) {
      return call('np.trace', this.#value(leaf.value, [0, 1]).text)
    }
    const whole = leaves(expression).find(
      ({ labels }) => labels.length === space.length && new Set(labels).size === labels.length,
    )
    const kept = whole?.labels.filter((label) => label < rank)
    const natural = whole && kept?.every((label, position) => label === order[position]) ? whole.labels : undefined
    const labels = natural ?? [...order, ...summed]
    const text = this.#filled({ ...step, axes: space }, labels).text
    if (rank === 0) return call('np.sum', text)
    const axes = labels.flatMap((label, position) => (label >= rank ? [position] : []))
    return call('np.sum', text, `axis=${axes.length === 1 ? axes[0] : tuple(axes.map(String))}`)
  }

  /** A text that broadcasts to the index space with axes in the order of `labels`. */
  #elementwise(expression: Expression, labels: readonly Label[], space: readonly Dimension[]): Text {
    switch (expression.kind) {
      case 'leaf':
        return this.#aligned(expression, labels)
      case 'number':
        return numberText(expression.value)
      case 'size':
        return dimensionText(expression.dimension, this.#options.dimension)
      case 'product':
        return this.#product(expression, labels, space)
      case 'sum':
        return signedSum(
          expression.terms.map(({ coefficient, term }) => ({
            negative: coefficient.sign < 0,
            text: this.#scaled(coefficient.absolute(), this.#elementwise(term, labels, space)),
          })),
        )
      case 'call':
        return this.#function(expression, labels, space)
      case 'mask': {
        this.excludes = true
        const body = this.#elementwise(expression.body, labels, space)
        return maskText(expression, body, labels, this.#options.dimension, space)
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
        (exponent.sign < 0 ? below : above).push(powerText(this.#elementwise(base, labels, space), exponent.absolute()))
    }
    // Truth values multiply only what is a number, after it: alone they neither add nor change sign.
    const [first, ...rest] = truths
    if (first && above.length === 0) above.push(call('np.where', first.text, '1.0', '0.0'), ...rest)
    else above.push(...truths)
    // Python's own numbers raise where a divisor is 0; NumPy's give an infinity.
    if (below.length > 0 && factors.every(({ base }) => this.#isPython(base))) {
      const [dividend, ...others] = above
      return quotient([call('np.float64', dividend?.text ?? '1'), ...others], below)
    }
    return quotient(above, below)
  }

  /** Whether an expression is a number of Python's own, not of NumPy. */
  #isPython(expression: Expression): boolean {
    switch (expression.kind) {
      case 'number':
      case 'size':
        return true
      case 'leaf':
        return this.#python.has(expression.value)
      case 'product':
        return expression.factors.every(({ base }) => this.#isPython(base))
      case 'sum':
        return expression.terms.every(({ term }) => this.#isPython(term))
      default:
        return false
    }
  }

  #function(
    { name, args }: Expression & { kind: 'call' },
    labels: readonly Label[],
    space: readonly Dimension[],
  ): Text {
    const texts = args.map((arg) => this.#elementwise(arg, labels, space))
    const [condition] = args
    if (name === 'where' && condition) {
      this.excludes = true
      const truth = this.#truth(condition, labels, space)
      if (truth) return call('np.where', truth.text, ...texts.slice(1).map((text) => text.text))
    }
    const spelling = elementwiseName(name)?.(...texts)
    if (spelling) {
      for (const helper of spelling.helpers ?? []) this.helpers.add(helper)
      return spelling.text
    }
    // Throws for a name that is no function, so that no other text becomes a name here.
    const known = elementwiseFunction(name).name
    this.defined.add(known)
    return call(`_${known}`, ...texts.map((text) => text.text))
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
    const [a, b] = expression.args.map((arg) => this.#elementwise(arg, labels, space))
    return a && b && comparison(expression.name, a, b)
  }

  #scaled(magnitude: Rational, text: Text): Text {
    if (magnitude.isOne) return text
    if (text.text === '1') return numberText(magnitude)
    if (magnitude.numerator === 1n && !magnitude.toDecimal()) return quotient([text], [numberText(magnitude.invert())])
    return quotient([numberText(magnitude), text], [])
  }

  /** A leaf with its axes in the order of `labels`, with axes of length 1 where it lacks one. */
  #aligned(leaf: Leaf, labels: readonly Label[]): Text {
    if (new Set(leaf.labels).size < leaf.labels.length) return this.#diagonal(leaf, labels)
    const present = labels.filter((label) => leaf.labels.includes(label))
    const text = this.#value(
      leaf.value,
      present.map((label) => leaf.labels.indexOf(label)),
    )
    return spread(text, present, labels)
  }

  #diagonal(leaf: Leaf, labels: readonly Label[]): Text {
    const present = labels.filter((label) => leaf.labels.includes(label))
    const operand = this.#value(leaf.value, range(leaf.labels.length)).text
    const [only] = present
    if (leaf.labels.length === 2 && only !== undefined) return spread(call('np.diag', operand), present, labels)
    const letters = subscripts(labels)
    const spelt = `"${leaf.labels.map(letters).join('')}->${present.map(letters).join('')}"`
    return spread(call('np.einsum', spelt, operand), present, labels)
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
    const letters = subscripts([...order, ...range(space.length).filter((own) => own >= rank)])
    const spelt = `"${left.labels.map(letters).join('')},${right.labels.map(letters).join('')}->${order.map(letters).join('')}"`
    const operand = (leaf: Leaf) => this.#value(leaf.value, range(leaf.labels.length)).text
    return call('np.einsum', spelt, operand(left), operand(right), 'optimize=True')
  }

  #matrixProduct(left: Leaf, right: Leaf, summed: Label, order: readonly number[]): Text {
    const outer = (leaf: Leaf) => leaf.labels.find((label) => label !== summed)
    let [a, b] = [left, right]
    if (outer(a) === undefined && outer(b) !== undefined) [a, b] = [b, a]
    if (outer(b) !== undefined && outer(a) !== order[0]) [a, b] = [b, a]
    const rows = [outer(a), summed].filter((label) => label !== undefined)
    const columns = [summed, outer(b)].filter((label) => label !== undefined)
    const part = (leaf: Leaf, labels: readonly Label[]) =>
      this.#value(
        leaf.value,
        labels.map((label) => leaf.labels.indexOf(label)),
      )
    return matmul(part(a, rows), part(b, columns))
  }

  #solve(step: SolveStep, order: readonly number[]): Text {
    const { axis } = step
    const rank = step.axes.length
    const matrix = this.#value(step.matrix, step.transposed ? [1, 0] : [0, 1]).text
    const front = [axis, ...range(rank).filter((own) => own !== axis)]
    const right = this.#value(step.right, front)
    if (rank <= 2) {
      const solution = call('np.linalg.solve', matrix, right.text)
      return permuted(
        solution,
        order.map((own) => front.indexOf(own)),
      )
    }
    const size = this.#dimension(step.axes[axis] as Dimension)
    const shape = front.map((own) => this.#dimension(step.axes[own] as Dimension)).join(', ')
    const flat = `${within(right, Level.atom)}.reshape(${size}, -1)`
    const solution = atom(`${call('np.linalg.solve', matrix, flat).text}.reshape(${shape})`)
    return permuted(
      solution,
      order.map((own) => front.indexOf(own)),
    )
  }

  #call(step: CallStep, order: readonly number[]): Text {
    const spell = generalName(step.name)
    const args = step.args.map((argument) => {
      const own = [...new Set(argument.labels)].filter((label) => label >= step.batch).sort((a, b) => a - b)
      return { text: this.#aligned(argument, [...range(step.batch), ...own]), own: own.length }
    })
    const [first, ...others] = args
    if (!spell || !first) throw new RangeError(`no function is named ${step.name}`)
    const spelling = spell(first.text, first.own, step.batch, ...others.map(({ text }) => text))
    for (const helper of spelling.helpers ?? []) this.helpers.add(helper)
    return permuted(spelling.text, order)
  }

  // Diagonals.

  /** One view of a matrix or vector, dense, as an expression. */
  #diagonalView(view: View, order: readonly number[], { axes }: ExpandStep): Text {
    const isDiagonal = view.axes.length === 2 && view.axes[0] === view.axes[1]
    const size = axes[0] as Dimension
    if (isDiagonal) {
      if (view.value === UNIT) return call('np.eye', this.#dimension(size))
      if ((view.axes[0] ?? 0) < 0) {
        return quotient([this.#value(view.value, []), call('np.eye', this.#dimension(size))], [])
      }
      return call('np.diag', this.#value(view.value, [0]).text)
    }
    if (view.value === UNIT) return atom('1')
    return this.#aligned({ value: view.value, labels: viewLabels(view) }, order)
  }

  #expandStatements(step: ExpandStep, name: string): void {
    this.lines.push(...assignment(name, call('np.zeros', tuple(step.axes.map((axis) => this.#dimension(axis)))).text))
    for (const [position, view] of step.terms.entries()) {
      const first = view.axes.map((axis) => view.axes.indexOf(axis))
      const distinct = [...new Set(first)]
      const letters = subscripts(distinct)
      const value =
        view.value === UNIT ? atom('1') : this.#aligned({ value: view.value, labels: viewLabels(view) }, distinct)
      const whole = distinct.length === first.length
      const target = whole
        ? name
        : `np.einsum("${first.map(letters).join('')}->${distinct.map(letters).join('')}", ${name})[...]`
      const minus = view.coefficient.sign < 0
      const scaled = this.#scaled(view.coefficient.absolute(), value)
      const only = position === 0 && !whole
      const operator = only ? '=' : minus ? '-=' : '+='
      const text = only && minus ? negative(scaled) : scaled
      this.lines.push(...statement(`${target} ${operator} `, text.text))
    }
  }
}

/** Whether an expansion is one expression: of a matrix it is a sum of `np.diag` and matrices. */
function isExpression(step: ExpandStep): boolean {
  return step.axes.length === 2 && step.terms.some((view) => view.axes[0] === view.axes[1])
}
