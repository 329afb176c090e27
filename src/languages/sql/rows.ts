/**
 * The steps of a plan as tables of a WITH clause, in the layout `rows`: one row (i, j, ..., value) for each entry, indices
 * from 1, and 0 where there is no row. A product is a join, a sum a group; what is not 0 at 0 joins every index.
 */
import { EincalcError } from '../../errors.ts'
import {
  type CallStep,
  type ExpandStep,
  type Expression,
  type Leaf,
  leaves,
  type MapStep,
  type MaskCondition,
  type ReshapeStep,
  type Step,
  UNIT,
  type ValueId,
} from '../../plan/step.ts'
import type { Dimension } from '../../tensor/dimension.ts'
import type { Label } from '../../tensor/node.ts'
import { Rational } from '../../tensor/rational.ts'
import { range, viewLabels } from '../shared/axes.ts'
import { dimensionText, repeated } from '../shared/dimensions.ts'
import type { Identifiers } from '../shared/identifiers.ts'
import { asScalar, atom, Level } from '../shared/text.ts'
import type { Statement } from '../shared/trace.ts'
import { generalRows } from './generals.ts'
import { nested } from './nested.ts'
import { type Cell, cast, type Environment, Scalars } from './scalars.ts'
import { axisName, indented, selectLines, subquery, tableLines, unionAll } from './select.ts'
import { type Conjunct, support } from './support.ts'

export interface RowsOptions {
  readonly steps: readonly Step[]
  /** Names of tables that are given, and names that outputs give to their values. */
  readonly names: ReadonlyMap<ValueId, string>
  readonly dimensions: ReadonlyMap<string, string>
  readonly identifiers: Identifiers
}

interface Relation {
  readonly name: string
  readonly body: readonly string[]
  /** How often expressions use its numbers. */
  uses: number
}

export class RowsPrinter {
  readonly names: Map<ValueId, string>
  readonly #options: RowsOptions
  readonly #relations = new Map<ValueId, Relation>()
  /** Tables with every index of a dimension, by the text of its size. */
  readonly #domains = new Map<string, string>()
  /** Values that have a row for every index. */
  readonly #full = new Set<ValueId>()
  readonly #aliases = new Map<string, string>()
  #temporaries = 0

  constructor(options: RowsOptions) {
    this.#options = options
    this.names = new Map(options.names)
  }

  /** The tables of the WITH clause, in order. */
  run(): Statement[] {
    for (const [value, step] of this.#options.steps.entries()) {
      if (step.kind === 'input') {
        if (step.axes.length === 0) this.#full.add(value)
        continue
      }
      if (!this.names.has(value)) this.names.set(value, this.#options.identifiers.take(`t${++this.#temporaries}`))
      const body = this.#step(value, step)
      if (step.axes.length === 0) this.#full.add(value)
      this.#relations.set(value, { name: this.names.get(value) ?? '', body, uses: 0 })
    }
    // A size by a query of its own: PostgreSQL then knows that there is one.
    // A size by a query of its own: PostgreSQL then knows that there is one.
    const domains = [...this.#domains].map(([size, name]) => {
      const end = /sizes\./.test(size) ? `(SELECT ${size} FROM sizes)` : size
      return { lines: tableLines(name, false, ['SELECT d.i', `FROM generate_series(1, ${end}) AS d(i)`]), values: [] }
    })
    const made = [...this.#relations].map(([value, { name, body, uses }]) => {
      return { lines: tableLines(name, uses > 1, body), values: [value] }
    })
    return [...domains, ...made]
  }

  /** The size of a dimension as a whole number, over the table of sizes. */
  size(dimension: Dimension): string {
    const names = new Map([...this.#options.dimensions].map(([name, identifier]) => [name, `sizes.${identifier}`]))
    const { text } = dimensionText(dimension, names, { power: repeated, over: '/' })
    return text.includes(' / ') ? `CAST(${text} AS BIGINT)` : text
  }

  #axes(value: ValueId): readonly Dimension[] {
    return this.#options.steps[value]?.axes ?? []
  }

  #name(value: ValueId): string {
    const name = this.names.get(value)
    if (name === undefined) throw new RangeError('a value is used before it is made')
    return name
  }

  /** A name for the table when it stands in FROM for the k-th time. */
  alias(name: string, k: number): string {
    if (k === 0) return name
    const key = `${name} ${k}`
    const known = this.#aliases.get(key) ?? this.#options.identifiers.take(`${name}_${k + 1}`)
    this.#aliases.set(key, known)
    return known
  }

  domain(dimension: Dimension): string {
    const size = this.size(dimension)
    const known = this.#domains.get(size)
    if (known !== undefined) return known
    const plain = dimension.name === undefined ? undefined : this.#options.dimensions.get(dimension.name)
    const name = this.#options.identifiers.take(`all_${plain ?? this.#domains.size + 1}`)
    this.#domains.set(size, name)
    return name
  }

  isFull(value: ValueId): boolean {
    return this.#full.has(value)
  }

  #isInput(value: ValueId): boolean {
    return this.#options.steps[value]?.kind === 'input'
  }

  /** Columns that are given may hold integers or decimals, which databases divide and round their own way. */
  #double(value: ValueId, text: string): string {
    return this.#isInput(value) ? cast(atom(text)).text : text
  }

  #used(value: ValueId): void {
    const relation = this.#relations.get(value)
    if (relation) relation.uses++
  }

  #step(value: ValueId, step: Step): readonly string[] {
    switch (step.kind) {
      case 'input':
        return []
      case 'map':
        return this.#map(value, step)
      case 'contract': {
        const factors = [step.left, step.right].map((leaf) => {
          return { base: { kind: 'leaf', ...leaf } as const, exponent: Rational.ONE }
        })
        return this.#map(value, { ...step, kind: 'map', expression: { kind: 'product', factors } })
      }
      case 'call':
        return this.#call(value, step)
      case 'solve':
        throw unsupported('inv')
      case 'select': {
        const operand = this.#name(step.operand)
        const axes = range(step.axes.length + 1).filter((axis) => axis !== step.axis)
        const columns = axes.map((axis, k) => [axisName(k), `${operand}.${axisName(axis)}`] as const)
        this.#used(step.operand)
        const number = `${operand}.value`
        const index = `${operand}.${axisName(step.axis)} = ${this.size(step.index)} + 1`
        const from = [`FROM ${operand}`, ...(step.index.names.length > 0 ? ['CROSS JOIN sizes'] : [])]
        const last = columns.length === 0 ? `coalesce(max(${number}), 0)` : number
        if (this.isFull(step.operand)) this.#full.add(value)
        return selectLines({ columns: [...columns, ['value', last]], from, where: [index] })
      }
      case 'reshape':
        return this.#reshape(value, step)
      case 'expand':
        return this.#expand(step)
    }
  }

  // Maps.

  #map(value: ValueId, step: MapStep): readonly string[] {
    const { space, axes } = step
    const expression = step.expression
    const rank = axes.length
    const isSummed = space.length > rank
    const parts = this.#parts(expression, space)
    if (parts === undefined) return this.#direct(value, expression, space, rank, isSummed)
    // A sum of tables whose rows differ: one below the other, then added.
    const rows = parts.map((part) => this.#direct(value, part, space, rank, false))
    const columns = range(rank).map((axis) => [axisName(axis), `terms.${axisName(axis)}`] as const)
    this.#full.delete(value)
    return selectLines({
      columns: [...columns, ['value', rank === 0 ? 'coalesce(sum(terms.value), 0)' : 'sum(terms.value)']],
      from: subquery(unionAll(rows), 'terms', false),
      group: columns.map(([, text]) => text),
    })
  }

  /** The terms of a sum, if each has rows of its own and no table has all of them. */
  #parts(expression: Expression, space: readonly Dimension[]): Expression[] | undefined {
    if (expression.kind !== 'sum' || expression.terms.length < 2) return undefined
    const full = leaves(expression).filter((leaf) => this.isFull(leaf.value))
    if (space.every((_, label) => full.some((leaf) => leaf.labels.includes(label)))) return undefined
    const cases = expression.terms.map(({ term }) => support(term))
    if (!cases.every((one) => one.length === 1 && (one[0]?.length ?? 0) > 0)) return undefined
    return expression.terms.map((term) => ({ kind: 'sum', terms: [term] }))
  }

  #direct(
    value: ValueId,
    expression: Expression,
    space: readonly Dimension[],
    rank: number,
    isSummed: boolean,
  ): readonly string[] {
    const isMasked = expression.kind === 'mask'
    const body = isMasked ? expression.body : expression
    const from = new From(this, space)
    const cases = support(body)
    const [only] = cases
    let isFull = !isMasked
    if (cases.length === 1 && only) {
      for (const leaf of distinct(only)) from.join(leaf, this.#name(leaf.value))
      isFull &&= only.every((leaf) => this.isFull(leaf.value))
    } else if (cases.length > 1) {
      from.keys(cases, (leaf) => this.#name(leaf.value))
      isFull = false
    }
    for (const leaf of distinct(leaves(body))) {
      if (this.isFull(leaf.value)) from.join(leaf, this.#name(leaf.value))
    }
    if (cases.length === 0) isFull = false
    for (const label of range(space.length)) from.bind(label)
    for (const leaf of distinct(leaves(body))) from.joinOptional(leaf, this.#name(leaf.value))

    const scalars = new Scalars()
    const cell = (text: string, isDouble: boolean, isShort = true): Cell => {
      return { text: asScalar(atom(text)), stage: 1, isShort, isDouble }
    }
    const environment: Environment = {
      leaf: (leaf) => {
        this.#used(leaf.value)
        return cell(from.number(leaf), !this.#isInput(leaf.value), !from.isOptional(leaf))
      },
      size: (dimension) => {
        from.useSizes()
        return cell(cast(atom(this.size(dimension))).text, true)
      },
      conditions: ({ conditions }) => {
        const text = conditions.map((one) => this.#condition(one, from)).join(' AND ')
        return { text: { text, level: Level.compare }, stage: 1, isShort: true, isDouble: false }
      },
    }
    const result = cases.length === 0 ? scalars.number(Rational.ZERO) : scalars.expression(body, environment)
    const where = isMasked ? expression.conditions.map((one) => this.#condition(one, from)) : []
    if (isFull) this.#full.add(value)
    const summed = isSummed || cases.length === 0 || (rank === 0 && !this.#isAlwaysThere(from, where))
    const keys = range(rank).map((axis) => [axisName(axis), from.index(axis)] as const)
    return nested(scalars, keys, {
      from: from.lines(),
      where: [...from.where, ...where, ...(cases.length === 0 ? ['1 = 0'] : [])],
      result: (names) => {
        const number = result.isDouble ? result.text.text : cast(result.text).text
        const total = rank > 0 ? `sum(${number})` : `coalesce(sum(${number}), 0)`
        return {
          columns: [...names, ['value', summed ? total : number]],
          group: summed ? names.map(([, text]) => text) : [],
        }
      },
      texts: [result.text.text],
    })
  }

  /** Whether a query for one number has exactly one row. */
  #isAlwaysThere(from: From, where: readonly string[]): boolean {
    return where.length === 0 && from.where.length === 0 && from.isOneRow
  }

  /** Σ coefficient·label + offset (= | ≤ | ≠) 0, where labels count from 0, over columns that count from 1. */
  #condition({ relation, terms, offset }: MaskCondition, from: From): string {
    let rest = offset
    const parts: { readonly negative: boolean; readonly text: string }[] = []
    for (const { label, coefficient } of terms) {
      rest = rest.subtract(coefficient)
      const negative = (coefficient.terms[0]?.coefficient.sign ?? 0) < 0
      const magnitude = negative ? coefficient.scale(Rational.MINUS_ONE) : coefficient
      const size = this.#spelt(magnitude, from)
      const index = from.index(label)
      parts.push({
        negative,
        text: magnitude.key === '1' ? index : `${/ /.test(size) ? `(${size})` : size} * ${index}`,
      })
    }
    const positive = parts.filter((part) => !part.negative).map((part) => part.text)
    const negative = parts.filter((part) => part.negative).map((part) => part.text)
    const constant = rest.key === '0' ? [] : rest.value !== undefined && rest.value < 0 ? [] : [this.#spelt(rest, from)]
    const right = rest.value !== undefined && rest.value < 0 ? [...negative, `${-rest.value}`] : negative
    const side = (list: readonly string[]) => (list.length === 0 ? '0' : list.join(' + '))
    const operator = { eq: '=', le: '<=', ne: '<>' }[relation]
    return `${side([...positive, ...constant])} ${operator} ${side(right)}`
  }

  #spelt(dimension: Dimension, from: From): string {
    if (dimension.names.length > 0) from.useSizes()
    return this.size(dimension)
  }

  // Other steps.

  #reshape(value: ValueId, step: ReshapeStep): readonly string[] {
    const operand = this.#name(step.operand)
    const before = this.#axes(step.operand)
    this.#used(step.operand)
    if (this.isFull(step.operand)) this.#full.add(value)
    const times = (left: string, size: Dimension) => {
      const text = this.size(size)
      return `(${left}) * ${/ /.test(text) ? `(${text})` : text}`
    }
    // Row-major over the axes in order, from 0.
    let flat = ''
    for (const axis of step.order) {
      const index = `${operand}.${axisName(axis)} - 1`
      flat = flat === '' ? index : `${times(flat, before[axis] as Dimension)} + ${index}`
    }
    const columns: [string, string][] = []
    let rest = 'flat.at'
    for (const axis of range(step.axes.length).reverse()) {
      const size = this.size(step.axes[axis] as Dimension)
      if (axis === 0) columns.unshift([axisName(0), `${rest} + 1`])
      else {
        const divisor = / /.test(size) ? `(${size})` : size
        columns.unshift([axisName(axis), `mod(${rest}, ${size}) + 1`])
        rest = `CAST((${rest} - mod(${rest}, ${size})) / ${divisor} AS BIGINT)`
      }
    }
    const hasNames = [...before, ...step.axes].some((axis) => axis.names.length > 0)
    const sizes = hasNames ? ['CROSS JOIN sizes'] : []
    const inner = selectLines({
      columns: [
        ['at', flat === '' ? '0' : flat],
        ['value', this.#double(step.operand, `${operand}.value`)],
      ],
      from: [`FROM ${operand}`, ...sizes],
    })
    return selectLines({
      columns: [...columns, ['value', 'flat.value']],
      from: [...subquery(inner, 'flat', false), ...sizes],
    })
  }

  #expand(step: ExpandStep): readonly string[] {
    const parts = step.terms.map((view) => {
      const first = view.axes.map((axis) => view.axes.indexOf(axis))
      const from = new From(this, step.axes)
      const leaf: Leaf = { value: view.value, labels: view.value === UNIT ? [] : viewLabels(view) }
      if (view.value !== UNIT) from.join(leaf, this.#name(view.value))
      for (const label of new Set(first)) from.bind(label)
      if (view.value !== UNIT) this.#used(view.value)
      const scalars = new Scalars()
      const one: Cell =
        view.value === UNIT
          ? scalars.number(Rational.ONE)
          : { text: asScalar(atom(from.number(leaf))), stage: 1, isShort: true, isDouble: !this.#isInput(view.value) }
      const scaled = scalars.sum([{ coefficient: view.coefficient, term: one }])
      return selectLines({
        columns: [
          ...first.map((label, axis) => [axisName(axis), from.index(label)] as const),
          ['value', scaled.isDouble ? scaled.text.text : cast(scaled.text).text],
        ],
        from: from.lines(),
        where: from.where,
      })
    })
    const [single] = parts
    if (parts.length === 1 && single) return single
    const columns = step.axes.map((_, axis) => [axisName(axis), `terms.${axisName(axis)}`] as const)
    return selectLines({
      columns: [...columns, ['value', 'sum(terms.value)']],
      from: subquery(unionAll(parts), 'terms', false),
      group: columns.map(([, text]) => text),
    })
  }

  #call(value: ValueId, step: CallStep): readonly string[] {
    const args = step.args.map((leaf) => {
      const source = this.#axes(leaf.value)
      const own = [...new Set(leaf.labels)].filter((label) => label >= step.batch).sort((a, b) => a - b)
      const labels = [...range(step.batch), ...own]
      const axis = (label: Label) => source[leaf.labels.indexOf(label)] ?? (step.axes[label] as Dimension)
      const space = labels.map(axis)
      const local = { value: leaf.value, labels: leaf.labels.map((label) => labels.indexOf(label)) }
      this.#used(leaf.value)
      return { leaf: local, space, own: own.length }
    })
    // Every index of an argument, where it has no row as 0.
    const dense = args.map(({ leaf, space }) => {
      const from = new From(this, space)
      if (this.isFull(leaf.value)) from.join(leaf, this.#name(leaf.value))
      for (const label of range(space.length)) from.bind(label)
      from.joinOptional(leaf, this.#name(leaf.value))
      return selectLines({
        columns: [
          ...space.map((_, label) => [axisName(label), from.index(label)] as const),
          ['value', this.#double(leaf.value, from.number(leaf))],
        ],
        from: from.lines(),
        where: from.where,
      })
    })
    const lines = generalRows(step.name, dense, step.batch, args[0]?.own ?? 0)
    if (!lines) throw unsupported(step.name)
    this.#full.add(value)
    return lines
  }
}

/** The refusal of a function that a database cannot compute. */
export function unsupported(name: string, target = 'sql'): EincalcError {
  return new EincalcError({
    code: 'BadRequest',
    message: `${target} has no ${name}`,
    hint: 'Databases sum and multiply; `eincalc languages` lists languages with linear algebra.',
  })
}

function distinct(list: readonly Leaf[]): Leaf[] {
  const seen = new Set<string>()
  return list.filter((leaf) => {
    const key = leafKey(leaf)
    return !seen.has(key) && seen.add(key)
  })
}

function leafKey({ value, labels }: Leaf): string {
  return `${value} ${labels.join()}`
}

/** The FROM clause of one query: which table tells which index, and where the numbers of leaves are. */
class From {
  readonly where: string[] = []
  readonly #printer: RowsPrinter
  readonly #space: readonly Dimension[]
  readonly #lines: string[] = []
  readonly #indices = new Map<Label, string>()
  readonly #numbers = new Map<string, string>()
  readonly #optional = new Set<string>()
  readonly #counts = new Map<string, number>()
  #hasSizes = false
  /** Whether all tables so far have one row. */
  isOneRow = true

  constructor(printer: RowsPrinter, space: readonly Dimension[]) {
    this.#printer = printer
    this.#space = space
  }

  #table(name: string): { readonly alias: string; readonly table: string } {
    const count = this.#counts.get(name) ?? 0
    this.#counts.set(name, count + 1)
    const alias = this.#printer.alias(name, count)
    return { alias, table: alias === name ? name : `${name} AS ${alias}` }
  }

  /** Conditions that rows of the table meet, and what they tell of other labels. */
  #matched(alias: string, labels: readonly Label[]): string[] {
    const conditions: string[] = []
    for (const [axis, label] of labels.entries()) {
      const own = `${alias}.${axisName(axis)}`
      const known = this.#indices.get(label)
      if (known === undefined) this.#indices.set(label, own)
      else conditions.push(`${own} = ${known}`)
    }
    return conditions
  }

  #add(table: string, conditions: readonly string[], kind: 'JOIN' | 'LEFT JOIN'): void {
    if (this.#lines.length === 0) {
      this.#lines.push(`FROM ${table}`)
      this.where.push(...conditions)
    } else if (conditions.length === 0) {
      this.#lines.push(kind === 'JOIN' ? `CROSS JOIN ${table}` : `LEFT JOIN ${table} ON 1 = 1`)
    } else this.#lines.push(`${kind} ${table} ON ${conditions.join(' AND ')}`)
  }

  join(leaf: Leaf, name: string): void {
    if (this.#numbers.has(leafKey(leaf))) return
    const { alias, table } = this.#table(name)
    this.#add(table, this.#matched(alias, leaf.labels), 'JOIN')
    this.#numbers.set(leafKey(leaf), `${alias}.value`)
    if (leaf.labels.length > 0) this.isOneRow = false
  }

  /** Joined so that an index without a row keeps its place; all labels are bound. */
  joinOptional(leaf: Leaf, name: string): void {
    if (this.#numbers.has(leafKey(leaf))) return
    const { alias, table } = this.#table(name)
    this.#add(table, this.#matched(alias, leaf.labels), 'LEFT JOIN')
    this.#numbers.set(leafKey(leaf), `coalesce(${alias}.value, 0)`)
    this.#optional.add(leafKey(leaf))
  }

  /** Every index at which one of the cases holds. */
  keys(cases: readonly Conjunct[], name: (leaf: Leaf) => string): void {
    const labels = [...new Set(cases.flatMap((one) => one.flatMap((leaf) => leaf.labels)))].sort((a, b) => a - b)
    const parts = cases.map((one) => {
      const from = new From(this.#printer, this.#space)
      for (const leaf of distinct(one)) from.join(leaf, name(leaf))
      for (const label of labels) from.bind(label)
      return selectLines({
        columns: labels.map((label) => [axisName(label), from.index(label)] as const),
        from: from.lines(),
        where: from.where,
      })
    })
    this.isOneRow = false
    if (labels.length === 0) return
    this.#lines.push(
      'FROM (',
      ...parts.flatMap((part, k) => (k === 0 ? indented(part) : ['  UNION', ...indented(part)])),
      ') AS found',
    )
    for (const label of labels) this.#indices.set(label, `found.${axisName(label)}`)
  }

  /** Joins every index of a label that no table tells. */
  bind(label: Label): void {
    if (this.#indices.has(label)) return
    const { alias, table } = this.#table(this.#printer.domain(this.#space[label] as Dimension))
    this.#add(table, [], 'JOIN')
    this.#indices.set(label, `${alias}.i`)
    this.isOneRow = false
  }

  useSizes(): void {
    this.#hasSizes = true
  }

  index(label: Label): string {
    return this.#indices.get(label) ?? 'NULL'
  }

  number(leaf: Leaf): string {
    return this.#numbers.get(leafKey(leaf)) ?? 'NULL'
  }

  isOptional(leaf: Leaf): boolean {
    return this.#optional.has(leafKey(leaf))
  }

  lines(): string[] {
    if (!this.#hasSizes) return this.#lines
    return this.#lines.length === 0 ? ['FROM sizes'] : [...this.#lines, 'CROSS JOIN sizes']
  }
}
