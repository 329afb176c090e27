/**
 * Writes the steps of a plan as statements on whole arrays of R. A value of one axis is a plain vector, others are arrays;
 * R repeats numbers but no axes, so that operands take the shape of the result first.
 */
import { elementwiseFunction } from '../../functions/index.ts'
import {
  type CallStep,
  type ContractStep,
  type ExpandStep,
  type Expression,
  type Leaf,
  type MapStep,
  type MaskCondition,
  type SolveStep,
  type Step,
  UNIT,
  type ValueId,
} from '../../plan/step.ts'
import { Dimension } from '../../tensor/dimension.ts'
import type { Label } from '../../tensor/node.ts'
import { Rational } from '../../tensor/rational.ts'
import { comparisonOperators } from '../shared/arrays/dialect.ts'
import { maskLabels, range, viewLabels } from '../shared/axes.ts'
import { dimensionText } from '../shared/dimensions.ts'
import type { Identifiers } from '../shared/identifiers.ts'
import type { LoopSpelling } from '../shared/loops/dialect.ts'
import { literal } from '../shared/numbers.ts'
import { atom, call, Level, negative, quotient, signedSum, type Text, within } from '../shared/text.ts'
import type { Statement } from '../shared/trace.ts'
import { elementwiseName, generalName } from './names.ts'
import { statement } from './text.ts'

export const rWhole = { power: (base: string, exponent: number) => `${base}^${exponent}`, over: '/' }

export interface PrintOptions {
  readonly steps: readonly Step[]
  readonly names: ReadonlyMap<ValueId, string>
  readonly dimension: ReadonlyMap<string, string>
  readonly identifiers: Identifiers
}

export class RPrinter {
  readonly statements: Statement[] = []
  readonly names: Map<ValueId, string>
  readonly defined = new Set<string>()
  readonly #options: PrintOptions
  #temporaries = 0

  constructor(options: PrintOptions) {
    this.#options = options
    this.names = new Map(options.names)
    for (const [value, step] of options.steps.entries()) {
      if (step.kind === 'input') continue
      if (!this.names.has(value)) this.names.set(value, options.identifiers.take(`t${++this.#temporaries}`))
      const text = this.#step(step).text
      this.statements.push({ lines: statement(`${this.names.get(value)} <- `, text), values: [value] })
    }
  }

  get lines(): readonly string[] {
    return this.statements.flatMap((one) => one.lines)
  }

  #name(value: ValueId): string {
    const name = this.names.get(value)
    if (name === undefined) throw new RangeError('a value is used before it is made')
    return name
  }

  #axes(value: ValueId): readonly Dimension[] {
    return this.#options.steps[value]?.axes ?? []
  }

  #size(dimension: Dimension): Text {
    return dimensionText(dimension, this.#options.dimension, rWhole)
  }

  #shape(axes: readonly Dimension[]): string {
    return vector(axes.map((axis) => this.#size(axis).text))
  }

  #step(step: Step): Text {
    switch (step.kind) {
      case 'input':
        return atom('NULL')
      case 'map':
        return this.#map(step)
      case 'contract':
        return this.#contract(step)
      case 'call':
        return this.#call(step)
      case 'solve':
        return this.#solve(step)
      case 'select': {
        const place = range(step.axes.length + 1).map((axis) => (axis === step.axis ? this.#next(step.index) : ''))
        const part = atom(`${this.#name(step.operand)}[${place.join(', ').replace(/, $/, ', ')}]`)
        // R drops axes of length 1 as well, so that only vectors have their shape for sure.
        return step.axes.length < 2 ? part : call('array', part.text, this.#shape(step.axes))
      }
      case 'reshape': {
        const order = vector(step.order.map((axis) => `${axis + 1}`))
        return call('reshaped', this.#name(step.operand), order, this.#shape(step.axes))
      }
      case 'expand':
        return this.#expand(step)
    }
  }

  /** Counted from 1. */
  #next(index: Dimension): string {
    return this.#size(index.add(Dimension.ONE)).text
  }

  // Elementwise steps.

  #map({ axes, space, expression }: MapStep): Text {
    const rank = axes.length
    const text = this.#entries(expression, space)
    const carried = new Set([...this.#carried(expression), ...maskLabels(expression)])
    const isFull = carried.size > 0 || space.length === 0
    const shaped = isFull
      ? text
      : space.length === 1
        ? call('rep', text.text, this.#size(space[0] as Dimension).text)
        : call('array', text.text, this.#shape(space))
    if (space.length === rank) return shaped
    return rank === 0 ? call('sum', shaped.text) : call('rowSums', shaped.text, ...(rank > 1 ? [`dims = ${rank}`] : []))
  }

  #carried(expression: Expression): readonly Label[] {
    switch (expression.kind) {
      case 'leaf':
        return expression.labels
      case 'product':
        return expression.factors.flatMap(({ base }) => this.#carried(base))
      case 'sum':
        return expression.terms.flatMap(({ term }) => this.#carried(term))
      case 'call':
        return expression.args.flatMap((arg) => this.#carried(arg))
      case 'mask':
        return [...this.#carried(expression.body), ...maskLabels(expression)]
      default:
        return []
    }
  }

  /** A leaf as an array over the whole space. */
  #leaf({ value, labels }: Leaf, space: readonly Dimension[]): Text {
    const name = this.#name(value)
    const isWhole = labels.length === space.length && labels.every((label, position) => label === position)
    if (labels.length === 0 || isWhole) return atom(name)
    const isTransposed = labels.length === 2 && space.length === 2 && labels[0] === 1 && labels[1] === 0
    if (isTransposed) return call('t', name)
    const isDiagonal = labels.length === 2 && space.length === 1
    if (isDiagonal) return call('diag', `as.matrix(${name})`)
    return call('spread', name, vector(labels.map((label) => `${label + 1}`)), this.#shape(space))
  }

  #number(value: Rational): Text {
    const text = literal(value)
    const spelt = text === '1e400' ? 'Inf' : text
    return value.sign < 0 ? negative(atom(spelt)) : atom(spelt)
  }

  #scaled(magnitude: Rational, text: Text): Text {
    if (magnitude.isOne) return text
    if (text.text === '1') return this.#number(magnitude)
    if (magnitude.numerator === 1n && !magnitude.toDecimal())
      return quotient([text], [this.#number(magnitude.invert())])
    return quotient([this.#number(magnitude), text], [])
  }

  #entries(expression: Expression, space: readonly Dimension[]): Text {
    const recur = (part: Expression) => this.#entries(part, space)
    switch (expression.kind) {
      case 'leaf':
        return this.#leaf(expression, space)
      case 'number':
        return this.#number(expression.value)
      case 'size':
        return this.#size(expression.dimension)
      case 'product': {
        const above: Text[] = []
        const below: Text[] = []
        for (const { base, exponent } of expression.factors) {
          const power = this.#power(recur(base), exponent.absolute())
          ;(exponent.sign < 0 ? below : above).push(power)
        }
        return quotient(above, below)
      }
      case 'sum':
        return signedSum(
          expression.terms.map(({ coefficient, term }) => ({
            negative: coefficient.sign < 0,
            text: this.#scaled(coefficient.absolute(), recur(term)),
          })),
        )
      case 'mask':
        return call('where', this.#conditions(expression.conditions, space), recur(expression.body).text, '0')
      case 'call':
        return this.#function(expression, space)
    }
  }

  #power(base: Text, exponent: Rational): Text {
    if (exponent.isOne) return base
    if (exponent.equals(Rational.HALF)) return call('sqrt', base.text)
    const number = exponent.toDecimal() ?? `(${exponent.numerator} / ${exponent.denominator})`
    return { text: `${within(base, Level.atom)}^${number}`, level: Level.power }
  }

  #function({ name, args }: Expression & { kind: 'call' }, space: readonly Dimension[]): Text {
    const [condition] = args
    const texts = args.map((arg) => this.#entries(arg, space))
    const operator = condition?.kind === 'call' ? comparisonOperators.get(condition.name) : undefined
    if (name === 'where' && condition?.kind === 'call' && operator) {
      const [a, b] = condition.args.map((arg) => within(this.#entries(arg, space), Level.add))
      return call('where', `${a} ${operator} ${b}`, ...texts.slice(1).map((text) => text.text))
    }
    const spelling = elementwiseName(name)?.(...texts)
    if (spelling) return this.#taken(spelling)
    // Throws for a name that is no function, so that no other text becomes a name here.
    const known = elementwiseFunction(name).name
    this.defined.add(known)
    return call(known, ...texts.map((text) => text.text))
  }

  #taken({ text }: LoopSpelling): Text {
    return text
  }

  /** Conditions over positions from 0, as an array over the space. */
  #conditions(conditions: readonly MaskCondition[], space: readonly Dimension[]): string {
    const shape = this.#shape(space)
    const index = (label: Label) => {
      const size = this.#size(space[label] as Dimension).text
      const positions = `seq_len(${size})`
      return space.length === 1 ? positions : `slice.index(array(0, ${shape}), ${label + 1})`
    }
    const parts = conditions.map(({ relation, terms, offset }) => {
      const sides: [string[], string[]] = [[], []]
      let rest = offset
      for (const { label, coefficient } of terms) {
        rest = rest.subtract(coefficient)
        const minus = (coefficient.terms[0]?.coefficient.sign ?? 0) < 0
        const magnitude = minus ? coefficient.scale(Rational.MINUS_ONE) : coefficient
        const size = within(this.#size(magnitude), Level.multiply)
        sides[minus ? 1 : 0].push(magnitude.key === '1' ? index(label) : `${size} * ${index(label)}`)
      }
      if (rest.key !== '0') sides[0].push(within(this.#size(rest), Level.multiply))
      const side = (list: readonly string[]) => (list.length === 0 ? '0' : list.join(' + '))
      return `${side(sides[0])} ${{ eq: '==', le: '<=', ne: '!=' }[relation]} ${side(sides[1])}`
    })
    return parts.length === 1 ? (parts[0] ?? '') : parts.map((part) => `(${part})`).join(' & ')
  }

  // Products.

  #contract({ left, right, axes }: ContractStep): Text {
    const isPlain = ({ labels }: Leaf) => labels.length <= 2 && new Set(labels).size === labels.length
    const shared = left.labels.filter((label) => right.labels.includes(label))
    const [summed] = shared
    if (isPlain(left) && isPlain(right) && shared.length === 1 && summed !== undefined && summed >= axes.length) {
      return this.#matrixProduct(left, right, summed)
    }
    const labels = (list: readonly Label[]) => vector(list.map((label) => `${label + 1}`))
    return call(
      'contracted',
      this.#name(left.value),
      labels(left.labels),
      this.#name(right.value),
      labels(right.labels),
      labels(range(axes.length)),
    )
  }

  #matrixProduct(left: Leaf, right: Leaf, summed: Label): Text {
    const outer = (leaf: Leaf) => leaf.labels.find((label) => label !== summed)
    let [a, b] = [left, right]
    if (outer(a) === undefined || (outer(a) !== 0 && outer(b) === 0)) [a, b] = [b, a]
    const [x, y] = [this.#name(a.value), this.#name(b.value)]
    if (a.labels.length === 1) return call('sum', `${x} * ${y}`)
    const isFirst = a.labels[0] === summed
    if (b.labels.length === 1) return call('c', isFirst ? `crossprod(${x}, ${y})` : `${x} %*% ${y}`)
    const isLast = b.labels[1] === summed
    if (isFirst) return isLast ? call('t', `${y} %*% ${x}`) : call('crossprod', ...new Set([x, y]))
    return isLast ? call('tcrossprod', ...new Set([x, y])) : { text: `${x} %*% ${y}`, level: Level.multiply }
  }

  // Functions of whole operands.

  #call(step: CallStep): Text {
    const { text } = generalName(step.name)
    const args = step.args.map((leaf) => {
      const axes = this.#axes(leaf.value)
      const own = [...new Set(leaf.labels)].filter((label) => label >= step.batch).sort((a, b) => a - b)
      const labels = [...range(step.batch), ...own]
      const space = labels.map((label) => axes[leaf.labels.indexOf(label)] ?? (step.axes[label] as Dimension))
      const local = { value: leaf.value, labels: leaf.labels.map((label) => labels.indexOf(label)) }
      return this.#leaf(local, space).text
    })
    if (step.batch === 0) return atom(text(args))
    const names = args.map((_, k) => 'xyzuvw'[k] as string)
    return call(
      'batched',
      `function(${names.join(', ')}) ${text(names)}`,
      `${step.batch}`,
      `${step.axes.length - step.batch}`,
      ...args,
    )
  }

  #solve({ matrix, transposed, right, axis, axes }: SolveStep): Text {
    const left = transposed ? `t(${this.#name(matrix)})` : this.#name(matrix)
    const isPlain = axes.length === 1 || (axes.length === 2 && axis === 0)
    return isPlain ? call('solve', left, this.#name(right)) : call('solved', left, this.#name(right), `${axis + 1}`)
  }

  #expand(step: ExpandStep): Text {
    return signedSum(
      step.terms.map(({ value, axes, coefficient }) => {
        const labels = axes.map((axis) => axes.indexOf(axis))
        const own = value === UNIT ? [] : viewLabels({ value, axes, coefficient })
        const isWhole = own.length === axes.length && own.every((label, position) => label === position)
        const spelt = (list: readonly Label[]) => vector(list.map((label) => `${label + 1}`))
        const name = value === UNIT ? '1' : this.#name(value)
        const placed = isWhole ? atom(name) : call('placed', name, spelt(own), spelt(labels), this.#shape(step.axes))
        return { negative: coefficient.sign < 0, text: this.#scaled(coefficient.absolute(), placed) }
      }),
    )
  }
}

function vector(items: readonly string[]): string {
  const [only] = items
  return items.length === 1 && only !== undefined ? only : `c(${items.join(', ')})`
}
