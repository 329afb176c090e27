/**
 * The steps of a plan entry by entry, in the layout `samples`: one index runs over the rows of a table, all others are
 * written out. Every entry of a value is a column, or a number of which there is one.
 */
import { EincalcError } from '../../errors.ts'
import {
  type CallStep,
  type Expression,
  type Leaf,
  leaves,
  reads,
  type Step,
  UNIT,
  type ValueId,
} from '../../plan/step.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import type { Label } from '../../tensor/node.ts'
import { Rational } from '../../tensor/rational.ts'
import { range } from '../shared/axes.ts'
import { asScalar, atom, Level } from '../shared/text.ts'
import { keepsZero } from './names.ts'
import { type Entry, type Phases, SAMPLES } from './phases.ts'
import { unsupported } from './rows.ts'
import { type Environment, type Scalars, text } from './scalars.ts'

/** The most numbers that one program writes out. */
const MOST_ENTRIES = 20_000

/** Entries in row-major order; the axis of samples counts as one of size 1. */
export interface Value {
  readonly sizes: readonly number[]
  readonly entries: readonly Entry[]
}

export interface Sampling {
  /** The name of the dimension whose index is the sample's. */
  readonly sample: string | undefined
  readonly dims: ReadonlyMap<string, number>
}

type Index = readonly number[]

const SUM = (one: string) => `coalesce(sum(${one}), 0)`
const COUNT = () => 'CAST(count(*) AS DOUBLE PRECISION)'

export class EntryPrinter {
  readonly #steps: readonly Step[]
  readonly #phases: Phases
  readonly #sampling: Sampling
  readonly #values = new Map<ValueId, Value>()
  readonly #input: (name: string) => Value
  /** How often entries are used, by their value and place, as another run has found. */
  readonly #counted: ReadonlyMap<string, number>
  readonly uses = new Map<string, number>()

  constructor(
    steps: readonly Step[],
    phases: Phases,
    sampling: Sampling,
    input: (name: string) => Value,
    counted: ReadonlyMap<string, number>,
  ) {
    this.#counted = counted
    this.#steps = steps
    this.#phases = phases
    this.#sampling = sampling
    this.#input = input
  }

  /** Makes these values, and what they are made of. */
  run(wanted: readonly ValueId[]): void {
    const needed = new Set(wanted)
    for (const [value, step] of [...this.#steps.entries()].reverse()) {
      if (needed.has(value)) for (const read of reads(step)) needed.add(read)
    }
    const steps = [...this.#steps.entries()].filter(([value]) => needed.has(value))
    const count = steps.reduce((sum, [, step]) => sum + this.#count('space' in step ? step.space : step.axes), 0)
    if (count > MOST_ENTRIES) {
      throw new EincalcError({
        code: 'LimitExceeded',
        message: `sql-samples would write out ${count} numbers; ${MOST_ENTRIES} are the most`,
        hint: 'The language sql has no such limit.',
      })
    }
    for (const [value, step] of steps) this.#values.set(value, this.#step(step))
  }

  value(id: ValueId): Value {
    return this.#values.get(id) as Value
  }

  #count(axes: readonly Dimension[]): number {
    return this.#shape(axes).reduce((product, size) => product * size, 1)
  }

  isSample(dimension: Dimension): boolean {
    return dimension.name !== undefined && dimension.name === this.#sampling.sample
  }

  #shape(axes: readonly Dimension[]): number[] {
    return sizesOf(axes, this.#sampling)
  }

  #step(step: Step): Value {
    switch (step.kind) {
      case 'input':
        return this.#input(step.name)
      case 'map':
        return this.#summed(step.axes, step.space, step.expression)
      case 'contract': {
        const factors = [step.left, step.right].map((leaf) => {
          return { base: { kind: 'leaf', ...leaf } as const, exponent: Rational.ONE }
        })
        return this.#summed(step.axes, step.space, { kind: 'product', factors })
      }
      case 'call':
        return this.#call(step)
      case 'solve':
        throw unsupported('inv', 'sql-samples')
      case 'select': {
        if (this.isSample(this.#axes(step.operand)[step.axis] as Dimension)) throw this.#misplaced('selects one sample')
        if (step.index.names.some((name) => name === this.#sampling.sample))
          throw this.#misplaced('selects by their number')
        const at = step.index.evaluate(this.#sampling.dims)
        return this.#made(step.axes, (index) => this.#entry(step.operand, index.toSpliced(step.axis, 0, at)))
      }
      case 'reshape': {
        const operand = this.value(step.operand)
        const axes = this.#axes(step.operand)
        if ([...axes, ...step.axes].some((axis) => this.isSample(axis))) throw this.#misplaced('reshapes samples')
        const ordered = step.order.map((axis) => operand.sizes[axis] ?? 1)
        const entries = tuples(ordered).map((tuple) => {
          const index: number[] = []
          for (const [k, axis] of step.order.entries()) index[axis] = tuple[k] ?? 0
          return this.#entry(step.operand, index)
        })
        return { sizes: this.#shape(step.axes), entries }
      }
      case 'expand':
        return this.#made(step.axes, (index) => {
          const terms = step.terms.flatMap(({ value, axes, coefficient }) => {
            const isOff = axes.some((axis, p) => index[axes.indexOf(axis)] !== index[p])
            if (isOff) return []
            if (value === UNIT) return [{ coefficient, entry: this.#number(Rational.ONE) }]
            const own: number[] = []
            for (const [p, axis] of axes.entries()) if (axis >= 0) own[axis] = index[p] ?? 0
            return [{ coefficient, entry: this.#entry(value, own) }]
          })
          return this.#sum(terms)
        })
    }
  }

  /** An entry to compute with: what is used more than once is a column. */
  #entry(value: ValueId, index: Index): Entry {
    const { sizes, entries } = this.value(value)
    const flat = flatOf(index, sizes)
    const key = `${value} ${flat}`
    this.uses.set(key, (this.uses.get(key) ?? 0) + 1)
    const entry = entries[flat] as Entry
    return (this.#counted.get(key) ?? 0) > 1 ? this.#named(entry) : entry
  }

  #named(entry: Entry): Entry {
    if (entry.phase < 0) return entry
    return { ...entry, cell: this.#phases.phase(entry.phase).scalars.named(entry.cell) }
  }

  #axes(value: ValueId): readonly Dimension[] {
    return this.#steps[value]?.axes ?? []
  }

  #misplaced(what: string): EincalcError {
    return new EincalcError({
      code: 'BadRequest',
      message: `sql-samples cannot have what ${what} (${this.#sampling.sample})`,
      hint: 'The language sql can.',
    })
  }

  #made(axes: readonly Dimension[], entry: (index: Index) => Entry): Value {
    const sizes = this.#shape(axes)
    return { sizes, entries: tuples(sizes).map(entry) }
  }

  #number(value: Rational): Entry {
    return { cell: this.#phases.phase(0).scalars.number(value), phase: -1 }
  }

  /** Numbers made of others, in the first phase that has all of them. */
  #make(entries: readonly Entry[], cell: (scalars: Scalars, cells: readonly Entry['cell'][]) => Entry['cell']): Entry {
    const phase = this.#phases.common(entries)
    const cells = entries.map((entry) => this.#phases.lifted(entry, phase))
    const made = cell(this.#phases.phase(phase).scalars, cells)
    return { cell: made, phase: made.stage === 0 ? -1 : phase }
  }

  #sum(terms: readonly { readonly coefficient: Rational; readonly entry: Entry }[]): Entry {
    const [only] = terms
    if (!only) return this.#number(Rational.ZERO)
    if (terms.length === 1 && only.coefficient.isOne) return only.entry
    return this.#make(
      terms.map(({ entry }) => entry),
      (scalars, cells) =>
        scalars.sum(cells.map((term, k) => ({ coefficient: terms[k]?.coefficient ?? Rational.ONE, term }))),
    )
  }

  /** Σ expression over the labels from the rank on. */
  #summed(axes: readonly Dimension[], space: readonly Dimension[], expression: Expression): Value {
    const sizes = this.#shape(space)
    const overSamples = space.some((axis, label) => label >= axes.length && this.isSample(axis))
    const summed = tuples(sizes.slice(axes.length))
    return this.#made(axes, (index) => {
      const terms = summed.flatMap((rest) => {
        // Without a place among the samples.
        const point = [...index, ...rest].map((at, label) => (this.isSample(space[label] as Dimension) ? -1 : at))
        return this.#isZero(expression, point) ? [] : [this.#at(expression, point)]
      })
      const entry = this.#sum(terms.map((one) => ({ coefficient: Rational.ONE, entry: one })))
      return overSamples ? this.#overSamples(entry) : entry
    })
  }

  #overSamples(entry: Entry): Entry {
    if (isZeroEntry(entry)) return entry
    if (entry.phase % 2 === 1) return this.#phases.aggregate(entry, SUM)
    const count = this.#phases.aggregate(this.#number(Rational.ONE), COUNT)
    return this.#make([entry, count], (scalars, [a, b]) =>
      scalars.product([a, b].flatMap((base) => (base ? [{ base, exponent: Rational.ONE }] : []))),
    )
  }

  #leafAt({ value, labels }: Leaf, point: Index): Entry {
    return entryAt(
      this.value(value),
      labels.map((label) => point[label] ?? 0),
    )
  }

  /** Whether it is known to be 0 there, so that nothing need be written. */
  #isZero(expression: Expression, point: Index): boolean {
    const recur = (part: Expression): boolean => this.#isZero(part, point)
    switch (expression.kind) {
      case 'leaf':
        return isZeroEntry(this.#leafAt(expression, point))
      case 'number':
        return expression.value.isZero
      case 'size':
        return false
      case 'product':
        return expression.factors.some(({ base, exponent }) => exponent.sign > 0 && recur(base))
      case 'sum':
        return expression.terms.every(({ term }) => recur(term))
      case 'mask':
        return recur(expression.body) || expression.conditions.some((one) => this.#decided(one, point) === false)
      case 'call':
        return keepsZero(expression.name) && expression.args.every(recur)
    }
  }

  /** The truth of a condition without the index of samples; undefined with it. */
  #decided({ terms, offset, relation }: Condition, point: Index): boolean | undefined {
    const { dims, sample } = this.#sampling
    const sizes = [offset, ...terms.map(({ coefficient }) => coefficient)]
    if (terms.some(({ label }) => (point[label] ?? 0) < 0)) return undefined
    if (sample !== undefined && sizes.some((size) => size.names.includes(sample))) return undefined
    const sum = terms.reduce(
      (total, { label, coefficient }) => total + coefficient.evaluate(dims) * (point[label] ?? 0),
      offset.evaluate(dims),
    )
    return relation === 'eq' ? sum === 0 : relation === 'le' ? sum <= 0 : sum !== 0
  }

  /** The expression at a point of its space. */
  #at(expression: Expression, point: Index): Entry {
    const { sample } = this.#sampling
    const found = new Map<string, Entry>()
    const place = ({ value, labels }: Leaf) => {
      const at = labels.map((label) => point[label] ?? 0)
      const entry = this.#entry(value, at)
      found.set(`${value} ${at.join()}`, entry)
      return entry
    }
    const again = ({ value, labels }: Leaf) => {
      return found.get(`${value} ${labels.map((label) => point[label] ?? 0).join()}`) as Entry
    }
    const usesKey = usesSampleIndex(expression, (label) => (point[label] ?? 0) < 0)
    if (usesKey) this.#phases.hasKey = true
    const key: Entry = {
      cell: { text: asScalar(atom(`${SAMPLES}.i`)), stage: 1, isShort: true, isDouble: false },
      phase: 1,
    }
    const usesSize = usesSampleSize(expression, sample)
    const count = usesSize ? this.#phases.aggregate(this.#number(Rational.ONE), COUNT) : undefined
    const entries = [...leaves(expression).map(place), ...(usesKey ? [key] : []), ...(count ? [count] : [])]
    const phase = this.#phases.common(entries)
    const { scalars } = this.#phases.phase(phase)
    const lifted = (entry: Entry) => this.#phases.lifted(entry, phase)
    const sizeOf = (dimension: Dimension) => {
      const terms = dimension.terms.map(({ coefficient, powers }) => {
        const known = powers.filter(([name]) => name !== sample)
        const size = known.reduce(
          (product, [name, power]) => product * (this.#sampling.dims.get(name) ?? 1) ** power,
          1,
        )
        const base = scalars.number(coefficient.absolute().multiply(Rational.of(size)))
        const power = powers.find(([name]) => name === sample)?.[1]
        const factors = [{ base, exponent: Rational.ONE }]
        if (power !== undefined && count) factors.push({ base: lifted(count), exponent: Rational.of(power) })
        return { coefficient: Rational.of(coefficient.sign), term: scalars.product(factors) }
      })
      return terms.length === 0 ? scalars.number(Rational.ZERO) : scalars.sum(terms)
    }
    const environment: Environment = {
      leaf: (leaf) => lifted(again(leaf)),
      size: sizeOf,
      conditions: ({ conditions }) => {
        const decided = conditions.map((one) => this.#decided(one, point))
        const isKnown = decided.every((one) => one !== undefined) || decided.includes(false)
        if (isKnown) {
          const truth = decided.includes(false) ? '1 = 0' : '1 = 1'
          return { ...scalars.number(Rational.ONE), text: { text: truth, level: Level.compare } }
        }
        const open = conditions.filter((_, k) => decided[k] === undefined)
        const spelt = open.map(({ terms, offset, relation }) => {
          // Positions count from 0, the table's from 1.
          const position = scalars.sum([
            { coefficient: Rational.ONE, term: lifted(key) },
            { coefficient: Rational.MINUS_ONE, term: scalars.number(Rational.ONE) },
          ])
          const sum = scalars.sum([
            ...terms.map(({ label, coefficient }) => {
              const at = point[label] ?? 0
              const term = at < 0 ? position : scalars.number(Rational.of(at))
              return {
                coefficient: Rational.ONE,
                term: scalars.product([
                  { base: sizeOf(coefficient), exponent: Rational.ONE },
                  { base: term, exponent: Rational.ONE },
                ]),
              }
            }),
            { coefficient: Rational.ONE, term: sizeOf(offset) },
          ])
          return scalars.make([sum], (x) => ({
            text: `${text(x)} ${{ eq: '=', le: '<=', ne: '<>' }[relation]} 0`,
            level: Level.compare,
          }))
        })
        return scalars.make(spelt, (...all) => ({ text: all.map(text).join(' AND '), level: Level.compare }))
      },
    }
    const cell = scalars.expression(expression, environment)
    return { cell, phase: cell.stage === 0 ? -1 : phase }
  }

  // Functions of whole operands.

  #call(step: CallStep): Value {
    const args = step.args.map((leaf) => this.#ownEntries(leaf, step.batch))
    const [first, second] = args
    if (!first) throw unsupported(step.name, 'sql-samples')
    return this.#made(step.axes, (index) => {
      const batch = index.slice(0, step.batch)
      const own = index.slice(step.batch)
      const all = first.at(batch)
      const at = all.entries[flatOf(own, all.sizes)] as Entry
      const f = (name: string, ...parts: Entry[]) => this.#make(parts, (scalars, cells) => scalars.apply(name, cells))
      const total = (list: readonly Entry[]) => {
        const sum = this.#sum(list.map((entry) => ({ coefficient: Rational.ONE, entry })))
        return first.isSampled ? this.#overSamples(sum) : sum
      }
      const extreme = (name: 'max' | 'min') => {
        const one = list(all.entries, (a, b) => f(name, a, b))
        return first.isSampled && one.phase % 2 === 1 ? this.#phases.aggregate(one, (x) => `${name}(${x})`) : one
      }
      const power = (entry: Entry, exponent: Rational) =>
        this.#make([entry], (scalars, [base]) => scalars.power(base as Entry['cell'], exponent))
      const times = (a: Entry, b: Entry, exponent = Rational.ONE) =>
        this.#make([a, b], (scalars, [x, y]) =>
          scalars.product([
            { base: x as Entry['cell'], exponent: Rational.ONE },
            { base: y as Entry['cell'], exponent },
          ]),
        )
      const minus = (a: Entry, b: Entry) =>
        this.#sum([
          { coefficient: Rational.ONE, entry: a },
          { coefficient: Rational.MINUS_ONE, entry: b },
        ])
      switch (step.name) {
        case 'max':
        case 'min':
          return extreme(step.name)
        case 'norm2':
          return power(total(all.entries.map((entry) => power(entry, Rational.TWO))), Rational.HALF)
        case 'rnorm2': {
          const squares = total(all.entries.map((entry) => power(entry, Rational.TWO)))
          return this.#make([squares], (scalars, [x]) =>
            scalars.make([scalars.named(x as Entry['cell'])], (t) =>
              atom(`CASE WHEN ${text(t)} = 0 THEN 0 ELSE 1 / sqrt(${text(t)}) END`),
            ),
          )
        }
        case 'logsumexp':
        case 'softmax':
        case 'logsoftmax': {
          const peak = this.#named(extreme('max'))
          const exponential = (entry: Entry) => this.#named(f('exp', minus(entry, peak)))
          const sum = this.#named(total(all.entries.map(exponential)))
          if (step.name === 'logsumexp')
            return this.#sum([peak, f('log', sum)].map((entry) => ({ coefficient: Rational.ONE, entry })))
          const shifted = minus(at, peak)
          return step.name === 'softmax'
            ? times(exponential(at), sum, Rational.MINUS_ONE)
            : minus(shifted, f('log', sum))
        }
        case 'prod':
        case 'prodexcept': {
          if (first.isSampled) throw this.#misplaced('multiplies over samples')
          const others = step.name === 'prod' ? all.entries : all.entries.filter((_, k) => k !== flatOf(own, all.sizes))
          return list(others, (a, b) => times(a, b)) ?? this.#number(Rational.ONE)
        }
        case 'cross': {
          const [k = 0] = own
          const other = second?.at(batch)
          const part = (i: number, j: number) => times(all.entries[i % 3] as Entry, other?.entries[j % 3] as Entry)
          return minus(part(k + 1, k + 2), part(k + 2, k + 1))
        }
        default:
          throw unsupported(step.name, 'sql-samples')
      }
    })
  }

  /** The entries of an argument by its batch index. */
  #ownEntries(leaf: Leaf, batch: number) {
    const axes = this.#axes(leaf.value)
    const own = [...new Set(leaf.labels)].filter((label) => label >= batch).sort((a, b) => a - b)
    const dimension = (label: Label) => axes[leaf.labels.indexOf(label)] as Dimension
    const sizes = this.#shape(own.map(dimension))
    return {
      isSampled: own.some((label) => this.isSample(dimension(label))),
      at: (index: Index) => ({
        sizes,
        entries: tuples(sizes).map((tuple) => {
          const point = [...index]
          for (const [k, label] of own.entries()) point[label] = tuple[k] ?? 0
          const at = leaf.labels.map((label) => point[label] ?? 0)
          return this.#entry(leaf.value, at)
        }),
      }),
    }
  }
}

type Condition = (Expression & { kind: 'mask' })['conditions'][number]

/** The sizes of axes, that of samples as 1. Throws `BadRequest` where two of them have the index of samples. */
export function sizesOf(axes: readonly Dimension[], { sample, dims }: Sampling): number[] {
  const ofSamples = axes.filter((axis) => sample !== undefined && axis.names.includes(sample))
  const [only] = ofSamples
  if (ofSamples.length > 1 || (only && only.name !== sample)) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `sql-samples has one index of samples, ${sample}, and none of ${axes.map((axis) => axis.key).join(' x ')}`,
      hint: 'The language sql has tensors of any shape.',
    })
  }
  return axes.map((axis) => (axis === only ? 1 : axis.evaluate(dims)))
}

function usesSampleIndex(expression: Expression, isSample: (label: Label) => boolean): boolean {
  const recur = (part: Expression): boolean => usesSampleIndex(part, isSample)
  switch (expression.kind) {
    case 'mask':
      return (
        expression.conditions.some(({ terms }) => terms.some(({ label }) => isSample(label))) || recur(expression.body)
      )
    case 'product':
      return expression.factors.some(({ base }) => recur(base))
    case 'sum':
      return expression.terms.some(({ term }) => recur(term))
    case 'call':
      return expression.args.some(recur)
    default:
      return false
  }
}

function usesSampleSize(expression: Expression, sample: string | undefined): boolean {
  const recur = (part: Expression): boolean => usesSampleSize(part, sample)
  const names = (dimension: Dimension) => sample !== undefined && dimension.names.includes(sample)
  switch (expression.kind) {
    case 'size':
      return names(expression.dimension)
    case 'mask':
      return (
        expression.conditions.some(
          ({ terms, offset }) => names(offset) || terms.some(({ coefficient }) => names(coefficient)),
        ) || recur(expression.body)
      )
    case 'product':
      return expression.factors.some(({ base }) => recur(base))
    case 'sum':
      return expression.terms.some(({ term }) => recur(term))
    case 'call':
      return expression.args.some(recur)
    default:
      return false
  }
}

function isZeroEntry({ cell }: Entry): boolean {
  return cell.stage === 0 && cell.text.text === '0'
}

function list(entries: readonly Entry[], join: (a: Entry, b: Entry) => Entry): Entry {
  const [first, ...rest] = entries
  if (!first) throw new RangeError('an extreme over nothing')
  return rest.reduce(join, first)
}

function entryAt({ sizes, entries }: Value, index: Index): Entry {
  return entries[flatOf(index, sizes)] as Entry
}

function flatOf(index: Index, sizes: readonly number[]): number {
  return sizes.reduce((flat, size, axis) => flat * size + (size === 1 ? 0 : (index[axis] ?? 0)), 0)
}

/** All indices of these sizes, the last one changing first. */
export function tuples(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>((all, size) => all.flatMap((tuple) => range(size).map((at) => [...tuple, at])), [[]])
}
