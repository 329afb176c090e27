/** The factory of display trees: equal trees are identical, and every tree knows its cost. */
import type { Dimension } from '../tensor/dimension.ts'
import type { Variable } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import {
  type Display,
  type DisplayType,
  type LabelCondition,
  type LiteralDisplay,
  parts,
  type Subscript,
  WHOLE_AXIS,
} from './display.ts'
import { collectSums, triangleOf } from './triangles.ts'

/** Trees that share parts may be exponentially long in print; beyond this the count stands still. */
export const TOKEN_LIMIT = 1e15

/** What two trees of equal cost are compared by: the first variables, then the first names and operators. */
const COMPARED_VARIABLES = 16
const COMPARED_LEAVES = 200

/** The name of the call that is a power of a square matrix by products. */
export const MATRIX_POWER = '^'
/** The longest block of factors whose repetition is looked for. */
const REPEATED_ITEMS = 4

type Fresh<T> = T extends Display ? Omit<T, 'id' | 'tokens' | 'transposes' | 'variables' | 'free'> : never

export class Displays {
  readonly #known = new Map<string, Display>()
  readonly #ranks: ReadonlyMap<string, number>
  readonly #sizes: ReadonlySet<string>
  /** Variables along whose axes names of dimensions are counted where those cannot stand as numbers. */
  readonly #counted: ReadonlyMap<string, Variable>
  /** The numbers of entries of what sums add up. */
  readonly #counts = new Map<Display, readonly Dimension[]>()

  /**
   * `variables` in the order of their declaration, which settles ties between two ways of writing; `sizes`: the names of
   * dimensions that occur in their types; `counted`: for other names a vector or matrix that has such an axis.
   */
  constructor(
    variables: readonly string[],
    sizes: ReadonlySet<string>,
    counted: ReadonlyMap<string, Variable> = new Map(),
  ) {
    this.#sizes = sizes
    this.#counted = counted
    this.#ranks = new Map(variables.map((name, position) => [name, position]))
  }

  number(value: Rational | number): Display {
    const exact = typeof value === 'number' ? Rational.fromNumber(value) : value
    return this.#intern(`#${exact.key}`, { kind: 'number', type: 'scalar', value: exact }, exact.isInteger ? 1 : 2)
  }
  name(name: string, type: DisplayType): Display {
    return this.#intern(`n${type}|${name}`, { kind: 'name', type, name }, 1)
  }
  literal(name: LiteralDisplay['name'], sizes: readonly Dimension[]): Display {
    const order = name === 'eye' || name === 'duplication' ? 2 : sizes.length
    const type = name === 'dimension' ? 'scalar' : order === 1 ? 'column' : order === 2 ? 'matrix' : 'tensor'
    const tokens = name === 'dimension' ? 1 : 1 + sizes.length
    return this.#intern(
      `l${name}|${sizes.map((size) => size.key).join(',')}`,
      { kind: 'literal', type, name, sizes },
      tokens,
    )
  }
  /** A dimension as a number. A name that a variable bears too, or that no type holds, would not read as the dimension. */
  size(dimension: Dimension): Display {
    if (dimension.value !== undefined) return this.number(dimension.value)
    if (dimension.names.every((name) => this.#sizes.has(name) && !this.#ranks.has(name)))
      return this.literal('dimension', [dimension])
    const counted = dimension.name === undefined ? undefined : this.#counted.get(dimension.name)
    if (!counted) return this.call('sum', 'scalar', [this.literal('ones', [dimension])])
    // sum(x.^0) counts the entries of x, whatever they are.
    const isVector = counted.axes.length === 1
    const whole = this.name(counted.name, isVector ? 'column' : 'matrix')
    const isRows = counted.axes[0]?.equals(dimension)
    const axis = isVector ? whole : this.element(whole, isRows ? [WHOLE_AXIS, 1] : [1, WHOLE_AXIS])
    return this.call('sum', 'scalar', [this.power(axis, Rational.ZERO)])
  }
  /** The matrix product of at least one item; equal neighbours are written as a power. */
  chain(given: readonly Display[]): Display {
    const summed = collectSums(
      given,
      (items) => this.chain(items),
      (type, argument, axis) => this.call('cumsum', type, [argument], axis),
    )
    const items = this.#collectRuns(summed)
    const [first] = items
    const last = items.at(-1)
    if (!first || !last) throw new RangeError('a chain has items')
    if (items.length === 1) return first
    const rows = first.type === 'matrix' || first.type === 'column'
    const columns = last.type === 'matrix' || last.type === 'row'
    const type = rows ? (columns ? 'matrix' : 'column') : columns ? 'row' : 'scalar'
    return this.#intern(`*${idsOf(items)}`, { kind: 'chain', type, items }, items.length - 1, items)
  }
  /** A*A*A as A^3, W'*W*W'*W as (W'*W)^2 where that is shorter. */
  #collectRuns(items: readonly Display[]): readonly Display[] {
    const collected: Display[] = []
    for (let start = 0; start < items.length; ) {
      const { length, count } = runAt(items, start)
      const block = items.slice(start, start + length)
      const base = length === 1 ? (block[0] as Display) : count > 1 ? this.chain(block) : undefined
      if (count > 1 && base) collected.push(this.call(MATRIX_POWER, 'matrix', [base, this.number(count)]))
      else collected.push(...block)
      start += length * count
    }
    return collected
  }
  elementwise(type: DisplayType, numerators: readonly Display[], denominators: readonly Display[]): Display {
    const [only] = numerators
    if (numerators.length === 1 && denominators.length === 0 && only) return only
    const triangle = numerators.find(triangleOf)
    if (triangle) {
      const rest = this.elementwise(
        type,
        numerators.filter((item) => item !== triangle),
        denominators,
      )
      return this.call(triangleOf(triangle) as string, type, [rest])
    }
    const operators = Math.max(numerators.length, 1) + denominators.length - 1 + (numerators.length === 0 ? 1 : 0)
    const key = `.${type}|${idsOf(numerators)}/${idsOf(denominators)}`
    const all = [...numerators, ...denominators]
    return this.#intern(key, { kind: 'elementwise', type, numerators, denominators }, operators, all)
  }
  power(base: Display, exponent: Rational): Display {
    if (exponent.isOne) return base
    const own = exponent.equals(Rational.HALF) ? 1 : exponent.sign < 0 || !exponent.isInteger ? 3 : 2
    const key = `^${base.id}|${exponent.key}`
    return this.#intern(key, { kind: 'power', type: base.type, base, exponent }, own, [base])
  }
  sum(type: DisplayType, terms: readonly { readonly negative: boolean; readonly display: Display }[]): Display {
    const key = `+${type}|${terms.map((term) => `${term.negative ? '-' : ''}${term.display.id}`).join(',')}`
    const own = terms.length - 1 + (terms[0]?.negative ? 1 : 0)
    return this.#intern(
      key,
      { kind: 'sum', type, terms },
      own,
      terms.map((term) => term.display),
    )
  }
  call(name: string, type: DisplayType, args: readonly Display[], axis?: number): Display {
    const fresh: Fresh<Display> =
      axis === undefined ? { kind: 'call', type, name, args } : { kind: 'call', type, name, args, axis }
    return this.#intern(`c${name}|${type}|${axis ?? ''}|${idsOf(args)}`, fresh, axis === undefined ? 1 : 2, args)
  }
  /** Notes over which axes a sum of all entries runs, so that the quotient by their sizes is a mean. */
  countEntries(sum: Display, axes: readonly Dimension[]): void {
    if (sum.kind === 'call' && sum.name === 'sum') this.#counts.set(sum, axes)
  }
  scaled(
    coefficient: Rational,
    scalars: readonly Display[],
    denominators: readonly Display[],
    body?: Display,
  ): Display {
    const mean = this.#mean(scalars, denominators)
    if (mean) return this.scaled(coefficient, mean.scalars, mean.denominators, body)
    const [only] = scalars
    if (denominators.length === 0 && coefficient.isOne) {
      if (scalars.length === 0 && body) return body
      if (scalars.length === 1 && only && !body) return only
    }
    if (denominators.length + scalars.length === 0 && !body && coefficient.sign >= 0) return this.number(coefficient)
    const own = ownTokens(coefficient, scalars.length + (body ? 1 : 0), denominators.length)
    const key = `s${coefficient.key}|${idsOf(scalars)}|${idsOf(denominators)}|${body?.id ?? ''}`
    const type = body?.type ?? 'scalar'
    const all = [...scalars, ...(body ? [body] : []), ...denominators]
    const fresh: Fresh<Display> = {
      kind: 'scaled',
      type,
      coefficient,
      scalars,
      denominators,
      ...(body ? { body } : {}),
    }
    return this.#intern(key, fresh, own, all)
  }
  /** The tokens of `scaled` of the same, whose factors are not ordered for it. */
  scaledTokens(
    coefficient: Rational,
    scalars: readonly Display[],
    denominators: readonly Display[],
    body?: Display,
  ): number {
    const factors = scalars.length + (body ? 1 : 0)
    const bare = factors === 1 && denominators.length === 0 && coefficient.isOne
    let tokens = bare ? 0 : ownTokens(coefficient, factors, denominators.length)
    for (const part of scalars) tokens += part.tokens
    for (const part of denominators) tokens += part.tokens
    return Math.min(tokens + (body?.tokens ?? 0), TOKEN_LIMIT)
  }
  /** sum(x)/n as mean(x), where n counts the entries of x. */
  #mean(scalars: readonly Display[], denominators: readonly Display[]) {
    for (const [position, sum] of scalars.entries()) {
      const axes = this.#counts.get(sum)
      if (!axes || sum.kind !== 'call') continue
      const rest = [...denominators]
      const isCount = axes.every((axis) => {
        const at = rest.findIndex((d) => d.kind === 'literal' && d.name === 'dimension' && d.sizes[0]?.equals(axis))
        return at >= 0 && rest.splice(at, 1).length > 0
      })
      const mean = this.call('mean', 'scalar', sum.args)
      if (isCount) return { scalars: scalars.with(position, mean), denominators: rest }
    }
    return undefined
  }
  transpose(operand: Display): Display {
    if (operand.kind === 'transpose') return operand.operand
    if (operand.type === 'scalar') return operand
    const type = operand.type === 'column' ? 'row' : operand.type === 'row' ? 'column' : 'matrix'
    return this.#intern(`t${operand.id}`, { kind: 'transpose', type, operand }, 1, [operand], 1)
  }
  element(base: Display, subscripts: readonly Subscript[]): Display {
    // An element of a column or a row of A is one of A: A[2,3].
    const whole = base.kind === 'transpose' && base.type !== 'matrix' ? base.operand : base
    if (whole.kind === 'element' && whole.subscripts.filter((s) => s === WHOLE_AXIS).length === subscripts.length) {
      const open = [...subscripts]
      return this.element(
        whole.base,
        whole.subscripts.map((s) => (s === WHOLE_AXIS ? (open.shift() as Subscript) : s)),
      )
    }
    return this.#element(subscripts.includes(WHOLE_AXIS) ? base : whole, subscripts)
  }
  #element(base: Display, subscripts: readonly Subscript[]): Display {
    const whole = subscripts.map((subscript) => subscript === WHOLE_AXIS)
    const left = whole.filter(Boolean).length
    const row = left === 1 && base.type === 'matrix' && whole[1] === true
    const type = left === 0 ? 'scalar' : left === 1 ? (row || base.type === 'row' ? 'row' : 'column') : base.type
    const labels = subscripts.filter((s): s is string => typeof s === 'string' && s !== WHOLE_AXIS)
    const key = `e${base.id}|${subscripts.join(',')}`
    return this.#intern(key, { kind: 'element', type, base, subscripts }, subscripts.length, [base], 0, labels)
  }
  binder(
    name: string,
    labels: readonly string[],
    conditions: readonly LabelCondition[],
    body: Display,
    keeps = false,
  ): Display {
    const named = conditions.flatMap((condition) => condition.terms.map((term) => term.label))
    const key = `b${name}|${labels.join(',')}|${conditions.map(labelConditionKey).join('&')}|${keeps}|${body.id}`
    const bound = keeps ? [] : labels
    const fresh: Fresh<Display> = { kind: 'binder', type: 'scalar', name, labels, conditions, body, keeps }
    return this.#intern(key, fresh, 1 + labels.length + 4 * conditions.length, [body], 0, named, bound)
  }
  /** The vector or matrix of the numbers at these labels: `matrix[i,j](body)`. */
  gathered(labels: readonly string[], body: Display): Display {
    const [type, name] = labels.length === 1 ? (['column', 'vector'] as const) : (['matrix', 'matrix'] as const)
    const fresh: Fresh<Display> = { kind: 'binder', type, name, labels, conditions: [], body, keeps: false }
    return this.#intern(`g${labels.join(',')}|${body.id}`, fresh, 1 + labels.length, [body], 0, [], labels)
  }
  definition(type: DisplayType, labels: readonly string[], body: Display): Display {
    const key = `d${type}|${labels.join(',')}|${body.id}`
    return this.#intern(key, { kind: 'definition', type, labels, body }, 2 + labels.length, [body], 0, [], labels)
  }

  /** The cheaper of two ways to write one thing; the first at a tie. */
  cheaper(a: Display, b: Display): Display {
    return this.compare(b, a) < 0 ? b : a
  }
  cheapest(candidates: readonly [Display, ...Display[]]): Display {
    return candidates.reduce((best, candidate) => this.cheaper(best, candidate))
  }

  /** Orders by cost: tokens; transposes; variables in order of declaration; the shorter addend first; text (notation: cost). */
  compare(a: Display, b: Display): number {
    if (a === b) return 0
    const byCost = a.tokens - b.tokens || a.transposes - b.transposes
    if (byCost !== 0) return byCost
    for (const [position, rank] of a.variables.entries()) {
      const difference = rank - (b.variables[position] ?? -1)
      if (difference !== 0) return difference
    }
    return a.variables.length - b.variables.length || firstAddend(a) - firstAddend(b) || compareLeaves(a, b)
  }

  #intern(
    key: string,
    fresh: Fresh<Display>,
    ownTokens: number,
    below: readonly Display[] = [],
    ownTransposes = 0,
    ownLabels: readonly string[] = [],
    bound: readonly string[] = [],
  ): Display {
    const known = this.#known.get(key)
    if (known) return known
    let tokens = ownTokens
    let transposes = ownTransposes
    let free: readonly string[] = ownLabels
    let variables: readonly number[] = []
    if (fresh.kind === 'name') variables = [this.#ranks.get(fresh.name) ?? this.#ranks.size]
    for (const part of below) {
      tokens += part.tokens
      transposes += part.transposes
      if (variables.length === 0) variables = part.variables
      else if (variables.length < COMPARED_VARIABLES) {
        variables = [...variables, ...part.variables].slice(0, COMPARED_VARIABLES)
      }
      if (free.length === 0) free = part.free
      else if (part.free.some((label) => !free.includes(label))) free = [...free, ...part.free]
    }
    if (free.length > 0) free = [...new Set(free)].filter((label) => !bound.includes(label)).sort()
    const display = Object.freeze({
      ...fresh,
      id: this.#known.size,
      tokens: Math.min(tokens, TOKEN_LIMIT),
      transposes: Math.min(transposes, TOKEN_LIMIT),
      variables,
      free,
    }) as Display
    this.#known.set(key, display)
    return display
  }
}

/** The tokens of a product beside those of its factors: number, operators, sign. */
function ownTokens(coefficient: Rational, numerators: number, denominators: number): number {
  const magnitude = coefficient.absolute()
  const written = magnitude.isOne ? 0 : magnitude.isInteger ? 1 : 2
  const shown = written + numerators
  const operators = Math.max(shown, 1) - 1 + denominators + (shown === 0 ? 1 : 0)
  return written + operators + (coefficient.sign < 0 ? 1 : 0) - (written === 2 ? 1 : 0)
}

/** The block of matrices that repeats from `start` on, and how often; one item once where none is worth a power. */
function runAt(items: readonly Display[], start: number): { length: number; count: number } {
  let best = { length: 1, count: 1, saving: 0 }
  for (let length = 1; length <= REPEATED_ITEMS && start + 2 * length <= items.length; length++) {
    const square = items[start]?.type === 'matrix' && items[start + length - 1]?.type === 'matrix'
    if (!square) continue
    let end = start + length
    while (end < items.length && items[end] === items[end - length]) end++
    const count = Math.floor((end - start) / length)
    if (count < 2) continue
    const tokens = items.slice(start, start + length).reduce((sum, item) => sum + item.tokens + 1, 0)
    // A^2 stands before A*A, though it has as many tokens.
    const saving = (count - 1) * tokens - (length === 1 ? 1 : 2)
    if (saving > best.saving) best = { length, count, saving }
  }
  return best
}

export function labelConditionKey({ relation, terms, offset }: LabelCondition): string {
  return `${relation}:${terms.map((term) => `${term.label}*(${term.coefficient.key})`).join('+')}+(${offset.key})`
}

/** x - sum(x)/n before sum(x)/n - x. */
function firstAddend(display: Display): number {
  return display.kind === 'sum' ? (display.terms[0]?.display.tokens ?? 0) : 0
}

/** Compares names, numbers and operators as they are written, operators before their operands. */
function compareLeaves(a: Display, b: Display): number {
  const left: Display[] = [a]
  const right: Display[] = [b]
  for (let count = 0; count < COMPARED_LEAVES; count++) {
    const x = left.pop()
    const y = right.pop()
    if (!x || !y) return x ? 1 : y ? -1 : 0
    if (x === y) continue
    const [textOfX, textOfY] = [leafText(x), leafText(y)]
    if (textOfX !== textOfY) return textOfX < textOfY ? -1 : 1
    left.push(...[...parts(x)].reverse())
    right.push(...[...parts(y)].reverse())
  }
  return 0
}

/** Sums of many terms are compared again and again. */
const leafTexts = new WeakMap<Display, string>()

function leafText(display: Display): string {
  const known = leafTexts.get(display)
  if (known !== undefined) return known
  const text = newLeafText(display)
  leafTexts.set(display, text)
  return text
}

function newLeafText(display: Display): string {
  switch (display.kind) {
    case 'name':
      return display.name
    case 'number':
      return display.value.key
    case 'literal':
      return `${display.name}(${display.sizes.map((size) => size.key).join(',')})`
    case 'call':
      return `${display.name}(${display.axis ?? ''}`
    case 'power':
      return `^${display.exponent.key}`
    case 'sum':
      return display.terms.map((term) => (term.negative ? '-' : '+')).join('')
    case 'scaled':
      return `${display.coefficient.key}*${display.scalars.length}/${display.denominators.length}`
    case 'elementwise':
      return `.${display.numerators.length}/${display.denominators.length}`
    case 'element':
      return `[${display.subscripts.join(',')}]`
    case 'binder':
      return `${display.name}[${display.labels.join(',')}${display.conditions.map(labelConditionKey).join('&')}`
    case 'definition':
      return `[${display.labels.join(',')}]`
    case 'chain':
      return `*${display.items.length}`
    case 'transpose':
      return "'"
  }
}

function idsOf(list: readonly Display[]): string {
  return list.map((display) => display.id).join(',')
}
