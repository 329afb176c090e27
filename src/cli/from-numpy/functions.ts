/** The functions that are read: each makes text of our language from its arguments. */
import { batchedProduct, type Define, pointwise, reducedAlong } from './index-notation.ts'
import {
  type ArrayAxis,
  type ArrayValue,
  array,
  call,
  constant,
  held,
  isPlain,
  LEVEL,
  type Level,
  orderOf,
  transposed,
  type Value,
} from './value.ts'

/** A call as it is written: its arguments in order and by name. */
export interface Call {
  readonly name: string
  readonly args: readonly Value[]
  readonly named: ReadonlyMap<string, Value>
  readonly define: Define
  readonly fail: (message: string, hint?: string) => never
}

type Reader = (call: Call) => Value

export function findReader(name: string): Reader | undefined {
  return Object.hasOwn(readers, name) ? readers[name] : undefined
}

const elementwise: Readonly<Record<string, string>> = {
  exp: 'exp',
  log: 'log',
  log1p: 'log1p',
  expm1: 'expm1',
  sin: 'sin',
  cos: 'cos',
  tan: 'tan',
  arcsin: 'arcsin',
  arccos: 'arccos',
  arctan: 'arctan',
  sinh: 'sinh',
  cosh: 'cosh',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  softplus: 'softplus',
  relu: 'relu',
  silu: 'silu',
  erf: 'erf',
  abs: 'abs',
  sign: 'sign',
  sqrt: 'sqrt',
  square: 'square',
}

/** Functions of a square matrix to a number, and to a matrix. */
const toNumber: Readonly<Record<string, string>> = { trace: 'tr', det: 'det' }
const toMatrix: Readonly<Record<string, string>> = {
  inv: 'inv',
  pinv: 'pinv',
  cholesky: 'cholesky',
  expm: 'expm',
  logm: 'logm',
  sqrtm: 'sqrtm',
  tril: 'tril',
  triu: 'triu',
}

const readers: Readonly<Record<string, Reader>> = {
  ...Object.fromEntries(Object.entries(elementwise).map(([name, ours]) => [name, mapping(ours)])),
  ...Object.fromEntries(Object.entries(toNumber).map(([name, ours]) => [name, ofMatrix(ours, 0)])),
  ...Object.fromEntries(Object.entries(toMatrix).map(([name, ours]) => [name, ofMatrix(ours, 2)])),
  ...Object.fromEntries(['sum', 'mean', 'prod', 'max', 'min', 'logsumexp'].map((name) => [name, reduction(name)])),
  ...Object.fromEntries(
    [
      ['softmax', 'softmax'],
      ['log_softmax', 'logsoftmax'],
      ['cumsum', 'cumsum'],
    ].map(([name = '', ours = '']) => [name, alongAxis(ours)]),
  ),
  gelu: (given) => {
    const exact = given.named.get('approximate')
    if (exact?.kind !== 'boolean' || exact.value) given.fail('this gelu is approximate', 'Write approximate=False.')
    return mapped(given, 'gelu', arrays(given, 1))
  },
  add: (given) => binary('+', ...pair(given), given),
  subtract: (given) => binary('-', ...pair(given), given),
  multiply: (given) => binary('*', ...pair(given), given),
  divide: (given) => binary('/', ...pair(given), given),
  power: (given) => power(...pair(given), given),
  negative: (given) => negated(arrays(given, 1)[0] as ArrayValue),
  reciprocal: (given) => binary('/', constant(1), arrays(given, 1)[0] as ArrayValue, given),
  maximum: (given) => mapped(given, 'max', arrays(given, 2)),
  minimum: (given) => mapped(given, 'min', arrays(given, 2)),
  where: (given) => mapped(given, 'where', arrays(given, 3)),
  clip: (given) => {
    const [x, low, high] = arrays(given, 3) as [ArrayValue, ArrayValue, ArrayValue]
    return mapped(given, 'min', [mapped(given, 'max', [x, low]), high])
  },
  logaddexp: (given) => {
    const [a, b] = pair(given)
    if (a.constant === 0) return mapped(given, 'softplus', [b])
    if (b.constant === 0) return mapped(given, 'softplus', [a])
    return mapped(given, 'log', [binary('+', mapped(given, 'exp', [a]), mapped(given, 'exp', [b]), given)])
  },
  var: (given) => variance(given),
  std: (given) => mapped(given, 'sqrt', [variance(given)]),
  norm,
  matmul: (given) => product(...pair(given), given),
  dot: (given) => {
    const [a, b] = pair(given)
    if (orderOf(a) === 0 || orderOf(b) === 0) return binary('*', a, b, given)
    if (orderOf(b) > 2) given.fail('dot of arrays with more than two axes cannot be read', 'Write einsum.')
    return product(a, b, given)
  },
  vdot: (given) => inner(given),
  inner: (given) => inner(given),
  outer: (given) => {
    const [x, y] = pair(given)
    if (orderOf(x) !== 1 || orderOf(y) !== 1) given.fail('outer is read of two arrays with one axis')
    return array(`${held(x, LEVEL.product)}*${transposed(y)}`, LEVEL.product, 2)
  },
  kron: (given) => {
    const [a, b] = pair(given)
    if (orderOf(a) !== 2 || orderOf(b) !== 2) given.fail('kron is read of two matrices')
    return call('kron', [a.text, b.text], 2)
  },
  solve: (given) => {
    const [a, b] = pair(given)
    if (orderOf(a) !== 2 || orderOf(b) === 0 || orderOf(b) > 2)
      given.fail('solve is read of a matrix and what is on its right')
    return call('solve', [a.text, b.text], orderOf(b))
  },
  slogdet: (given) => {
    const [a] = arrays(given, 1) as [ArrayValue]
    requireOrder(given, a, 2)
    return { kind: 'tuple', items: [call('sign', [`det(${a.text})`], 0), call('logdet', [a.text], 0)] }
  },
  matrix_power: (given) => {
    const [a, exponent] = pair(given)
    requireOrder(given, a, 2)
    if (typeof exponent.constant !== 'number' || !Number.isInteger(exponent.constant)) {
      given.fail('the power of a matrix is read where it is a whole number')
    }
    return array(`${held(a, LEVEL.postfix)}^${exponent.constant}`, LEVEL.postfix, 2)
  },
  transpose: (given) => turned(given, arrays(given, 1)[0] as ArrayValue),
  diag: (given) => {
    const [x] = arrays(given, 1) as [ArrayValue]
    if (orderOf(x) === 0 || orderOf(x) > 2) given.fail('diag is read of arrays with one or two axes')
    return call('diag', [x.text], 3 - orderOf(x))
  },
  diagonal: (given) => {
    const [x] = arrays(given, 1) as [ArrayValue]
    requireOrder(given, x, 2)
    return call('diagonal', [x.text], 1)
  },
  eye: (given) => call('eye', [size(given, arrays(given, 1)[0] as ArrayValue)], 2),
  ones: (given) => filled('ones', given),
  zeros: (given) => filled('zeros', given),
  asarray: (given) => arrayAt(given, 0),
  copy: (given) => arrayAt(given, 0),
  ravel: (given) => flattened(given),
  flatten: (given) => flattened(given),
  reshape: (given) => reshaped(given),
  expand_dims: (given) => {
    const x = arrayAt(given, 0)
    const [axis] = axesOf(given, { ...x, axes: [...x.axes, 'new'] }) ?? given.fail('expand_dims needs its axis')
    return { ...x, axes: [...x.axes.slice(0, axis), 'new', ...x.axes.slice(axis)] }
  },
  squeeze: (given) => {
    const x = arrayAt(given, 0)
    return { ...x, axes: x.axes.filter((axis) => axis === 'own') }
  },
  einsum,
}

/** Refuses names that a reader does not know: what they ask for would be lost. */
export function allowOnly({ named, fail }: Call, ...names: readonly string[]): void {
  for (const name of named.keys()) if (!names.includes(name)) fail(`the argument ${name} cannot be read here`)
}

function arrayAt({ args, named, fail, name }: Call, position: number): ArrayValue {
  const value = args[position] ?? named.get(['a', 'b', 'c'][position] ?? '') ?? fail(`${name} needs more arguments`)
  return value.kind === 'array' ? value : fail(`argument ${position + 1} of ${name} is no array`)
}

function arrays(given: Call, count: number): ArrayValue[] {
  if (given.args.length > count) given.fail(`${given.name} is read with ${count} argument${count === 1 ? '' : 's'}`)
  allowOnly(given, 'approximate', 'dtype')
  return Array.from({ length: count }, (_, position) => arrayAt(given, position))
}

function pair(given: Call): [ArrayValue, ArrayValue] {
  return arrays(given, 2) as [ArrayValue, ArrayValue]
}

function requireOrder({ fail, name }: Call, value: ArrayValue, order: number): void {
  if (value.axes.length === order && isPlain(value)) return
  fail(`${name} is read of an array with ${order === 1 ? 'one axis' : 'two axes'}, this one has ${value.axes.length}`)
}

function mapping(ours: string): Reader {
  return (given) => mapped(given, ours, arrays(given, 1))
}

function ofMatrix(ours: string, order: number): Reader {
  return (given) => {
    const [a] = arrays(given, 1) as [ArrayValue]
    requireOrder(given, a, 2)
    return call(ours, [a.text], order)
  }
}

/** Whether arrays meet entry by entry as they are: scalars beside others, and others of as many axes. */
function meetAsTheyAre(values: readonly ArrayValue[]): boolean {
  const orders = new Set(values.filter(({ axes }) => axes.length > 0).map(({ axes }) => axes.length))
  return values.every(isPlain) && orders.size <= 1
}

type FailAndDefine = Pick<Call, 'define' | 'fail'>

/** A function at each entry of arrays that broadcast. */
export function mapped(given: FailAndDefine, name: string, values: readonly ArrayValue[]): ArrayValue {
  const write = (texts: readonly string[]) => `${name}(${texts.join(', ')})`
  if (values.length === 1 || meetAsTheyAre(values)) {
    const [widest] = [...values].sort((a, b) => b.axes.length - a.axes.length) as [ArrayValue]
    return { ...array(write(values.map(({ text }) => text)), LEVEL.primary, 0), axes: widest.axes }
  }
  return pointwise(values, given.define, write) ?? given.fail('arrays with so many axes cannot be read')
}

const operators: Readonly<Record<string, { readonly level: Level; readonly entrywise: string }>> = {
  '+': { level: LEVEL.sum, entrywise: '+' },
  '-': { level: LEVEL.sum, entrywise: '-' },
  '*': { level: LEVEL.product, entrywise: '.*' },
  '/': { level: LEVEL.product, entrywise: './' },
  '<': { level: LEVEL.comparison, entrywise: '<' },
  '<=': { level: LEVEL.comparison, entrywise: '<=' },
  '>': { level: LEVEL.comparison, entrywise: '>' },
  '>=': { level: LEVEL.comparison, entrywise: '>=' },
}

export function isOperator(text: string): boolean {
  return Object.hasOwn(operators, text)
}

/** Two arrays that meet in an operator, broadcast. */
export function binary(operator: string, a: ArrayValue, b: ArrayValue, given: FailAndDefine): ArrayValue {
  const { level, entrywise } = operators[operator] ?? given.fail(`${operator} cannot be read`)
  const above = (level + 1) as Level
  // An operator as it is takes scalars; between arrays it is the one of entries.
  const needsDot = orderOf(b) > 0 && (orderOf(a) > 0 || operator === '/')
  const space = level === LEVEL.product ? '' : ' '
  const joined = (sign: string, left: string, right: string) => `${left}${space}${sign}${space}${right}`
  if (meetAsTheyAre([a, b])) {
    const text = joined(
      needsDot ? entrywise : operator,
      held(a, level === LEVEL.comparison ? above : level),
      held(b, above),
    )
    return { ...array(text, level, 0), axes: a.axes.length >= b.axes.length ? a.axes : b.axes }
  }
  const write = ([left = '', right = '']: readonly string[]) => joined(operator, left, right)
  return pointwise([a, b], given.define, write) ?? given.fail('arrays with so many axes cannot be read')
}

export function negated(value: ArrayValue): ArrayValue {
  if (typeof value.constant === 'number') return constant(-value.constant)
  return { ...array(`-${held(value, LEVEL.sign)}`, LEVEL.sign, 0), axes: value.axes }
}

export function power(base: ArrayValue, exponent: ArrayValue, given: FailAndDefine): ArrayValue {
  if (meetAsTheyAre([base, exponent])) {
    const sign = orderOf(base) > 0 || orderOf(exponent) > 0 ? '.^' : '^'
    const text = `${held(base, LEVEL.postfix)}${sign}${held(exponent, LEVEL.primary)}`
    return {
      ...array(text, LEVEL.postfix, 0),
      axes: base.axes.length >= exponent.axes.length ? base.axes : exponent.axes,
    }
  }
  const write = ([left = '', right = '']: readonly string[]) => `${left}^(${right})`
  return pointwise([base, exponent], given.define, write) ?? given.fail('arrays with so many axes cannot be read')
}

/** `a @ b`. */
export function product(a: ArrayValue, b: ArrayValue, given: FailAndDefine): ArrayValue {
  if (a.axes.length === 0 || b.axes.length === 0) given.fail('@ takes no numbers')
  // A column times a row, both made by new axes.
  const isOuter = a.axes.join() === 'own,new' && b.axes.join() === 'new,own'
  if (isOuter) return array(`${held(a, LEVEL.product)}*${transposed(b)}`, LEVEL.product, 2)
  if (!isPlain(a) || !isPlain(b)) given.fail('@ of an array with an axis of length 1 cannot be read', 'Write einsum.')
  const [left, right] = [orderOf(a), orderOf(b)]
  if (left > 2 || right > 2) {
    return batchedProduct(a, b, given.define) ?? given.fail('arrays with so many axes cannot be read')
  }
  const sign = LEVEL.sign
  if (left === 1 && right === 1) return array(`${transposed(a)}*${held(b, sign)}`, LEVEL.product, 0)
  if (left === 1) return array(`${transposed(b)}*${held(a, sign)}`, LEVEL.product, 1)
  return array(`${held(a, LEVEL.product)}*${held(b, sign)}`, LEVEL.product, right)
}

function inner(given: Call): ArrayValue {
  const [x, y] = pair(given)
  if (orderOf(x) !== 1 || orderOf(y) !== 1) given.fail(`${given.name} is read of two arrays with one axis`)
  return product(x, y, given)
}

/** The axes turned round. */
export function turned(given: Pick<Call, 'fail'>, value: ArrayValue): ArrayValue {
  const axes = [...value.axes].reverse()
  if (orderOf(value) < 2) return { ...value, axes }
  if (orderOf(value) > 2)
    given.fail('the transpose of an array with more than two axes cannot be read', 'Write einsum.')
  return { ...array(transposed(value), LEVEL.postfix, 2), axes }
}

/** The axes that a call names, counted from 0; undefined where it names none. */
function axesOf({ args, named, fail }: Call, { axes }: ArrayValue, position = 1): number[] | undefined {
  const given = args[position] ?? named.get('axis')
  if (given === undefined || given.kind === 'none') return undefined
  const list = given.kind === 'tuple' ? given.items : [given]
  return list.map((item) => {
    const axis = item.kind === 'array' && typeof item.constant === 'number' ? item.constant : Number.NaN
    const from = axis < 0 ? axis + axes.length : axis
    return Number.isInteger(from) && from >= 0 && from < axes.length ? from : fail('there is no such axis')
  })
}

/** Which own axes are meant by axes of the array; those that NumPy added hold one entry. */
function ownAxes({ axes }: ArrayValue, chosen: readonly number[]): number[] {
  let own = 0
  return axes.flatMap((axis, position) => {
    if (axis === 'new') return []
    own++
    return chosen.includes(position) ? [own - 1] : []
  })
}

function reduction(name: string): Reader {
  return (given) => {
    allowOnly(given, 'axis', 'keepdims', 'a')
    const value = arrayAt(given, 0)
    const chosen = axesOf(given, value)
    return kept(given, value, chosen, reduced(given, name, value, chosen))
  }
}

/** A reduction over the axes, all where none is named. */
function reduced(given: Call, name: string, value: ArrayValue, chosen: readonly number[] | undefined): ArrayValue {
  const order = orderOf(value)
  const own = chosen ? ownAxes(value, chosen) : Array.from({ length: order }, (_, axis) => axis)
  if (own.length === order) {
    if (order === 0 && name === 'logsumexp') given.fail('logsumexp of a number is the number')
    return order === 0 ? { ...value, axes: [] } : call(name, [value.text], 0)
  }
  if (own.length === 0) return { ...value, axes: value.axes.filter((axis) => axis === 'own') }
  if (order > 2)
    return reducedAlong(name, value, own, given.define) ?? given.fail('arrays with so many axes cannot be read')
  // Over the first axis the result is a row.
  const along = call(name, [value.text, `axis=${(own[0] as number) + 1}`], 1)
  return own[0] === 0 ? array(transposed(along), LEVEL.postfix, 1) : along
}

/** With `keepdims`, axes of length 1 in the places of those that are gone; else new axes that were not named stay. */
function kept(given: Call, value: ArrayValue, chosen: readonly number[] | undefined, result: ArrayValue): ArrayValue {
  const keep = given.named.get('keepdims')
  const isKept = keep?.kind === 'boolean' && keep.value
  const isGone = (axis: number) => chosen === undefined || chosen.includes(axis)
  const axes = value.axes.flatMap((axis, position): ArrayAxis[] => {
    if (!isGone(position)) return [axis]
    return isKept ? ['new'] : []
  })
  return { ...result, axes }
}

function alongAxis(ours: string): Reader {
  return (given) => {
    allowOnly(given, 'axis', 'x')
    const value =
      given.args.length === 0 && given.named.has('x') ? (given.named.get('x') as ArrayValue) : arrayAt(given, 0)
    const order = value.axes.length
    if (!isPlain(value) || order === 0 || order > 2) given.fail(`${given.name} is read of arrays with one or two axes`)
    // JAX takes the last axis where none is named, SciPy and NumPy all entries.
    const chosen = axesOf(given, value)
    if (order === 2 && !chosen) given.fail(`${given.name} of a matrix needs its axis here`, 'Write axis=1 or axis=0.')
    const args = order === 1 ? [value.text] : [value.text, `axis=${(chosen?.[0] as number) + 1}`]
    return call(ours, args, order)
  }
}

function variance(given: Call): ArrayValue {
  allowOnly(given)
  if (given.args.length > 1) given.fail(`${given.name} along an axis cannot be read`)
  const x = arrayAt(given, 0)
  const centred = binary('-', x, call('mean', [x.text], 0), given)
  return call('mean', [power(centred, constant(2), given).text], 0)
}

function norm(given: Call): ArrayValue {
  allowOnly(given, 'axis', 'ord', 'keepdims', 'x')
  const value = arrayAt(given, 0)
  const kind = given.args[1] ?? given.named.get('ord')
  const chosen = axesOf(given, value, 2)
  const vectorAxes = chosen?.length ?? value.axes.length
  const name = vectorAxes === 1 ? vectorNorm(kind) : matrixNorm(kind)
  if (name === undefined) given.fail('this norm cannot be read', 'Norms of vectors: 1, 2, inf; of matrices: Frobenius.')
  return kept(given, value, chosen, reduced(given, name, value, chosen))
}

function vectorNorm(kind: Value | undefined): string | undefined {
  if (kind === undefined || kind.kind === 'none') return 'norm2'
  if (kind.kind !== 'array') return undefined
  return new Map<number | string | undefined, string>([
    [1, 'norm1'],
    [2, 'norm2'],
    [Number.POSITIVE_INFINITY, 'norminf'],
  ]).get(kind.constant)
}

function matrixNorm(kind: Value | undefined): string | undefined {
  const isPlainNorm = kind === undefined || kind.kind === 'none' || (kind.kind === 'string' && kind.value === 'fro')
  return isPlainNorm ? 'norm2' : undefined
}

function size(given: Call, value: ArrayValue): string {
  const { constant: known } = value
  const isSize = known === 'size' || (known !== undefined && Number.isInteger(known) && known > 0)
  return isSize ? value.text : given.fail('a size is a whole number or a part of a shape')
}

function filled(name: string, given: Call): ArrayValue {
  allowOnly(given, 'dtype', 'shape')
  const shape = given.args[0] ?? given.named.get('shape') ?? given.fail(`${name} needs a shape`)
  const items = shape.kind === 'tuple' ? shape.items : [shape]
  const sizes = items.map((item) => (item.kind === 'array' ? size(given, item) : given.fail('this is no shape')))
  if (sizes.length === 0) return constant(name === 'ones' ? 1 : 0)
  return call(name, sizes, sizes.length)
}

/** Row by row, as NumPy does. */
function flattened(given: Call): ArrayValue {
  const x = arrayAt(given, 0)
  if (orderOf(x) > 2) given.fail('arrays with more than two axes cannot be flattened here')
  if (orderOf(x) < 2) return { ...x, axes: ['own'] }
  return call('vec', [transposed(x)], 1)
}

function reshaped(given: Call): ArrayValue {
  const x = arrayAt(given, 0)
  const [shape, ...rest] = given.args.slice(1)
  const items = shape?.kind === 'tuple' ? shape.items : [shape, ...rest]
  const sizes = items.map((item) => (item?.kind === 'array' ? item.constant : undefined)).join()
  if (sizes === '-1') return flattened(given)
  if (orderOf(x) === 1 && sizes === '-1,1') return { ...x, axes: ['own', 'new'] }
  if (orderOf(x) === 1 && sizes === '1,-1') return { ...x, axes: ['new', 'own'] }
  return given.fail('this reshape cannot be read', 'Read are (-1), and of arrays with one axis (-1, 1) and (1, -1).')
}

function einsum(given: Call): ArrayValue {
  allowOnly(given, 'optimize')
  const [pattern, ...rest] = given.args
  if (pattern?.kind !== 'string') given.fail('einsum is read with its letters as a string')
  const operands = rest.map((item) =>
    item.kind === 'array' && isPlain(item) ? item : given.fail('einsum takes arrays'),
  )
  const letters = pattern.value.replaceAll(' ', '')
  if (letters.includes('.')) given.fail('einsum with an ellipsis cannot be read', 'Write its letters out.')
  const [inputs = '', output] = letters.split('->')
  const parts = inputs.split(',')
  const isFitting =
    parts.length === operands.length && parts.every((part, k) => part.length === orderOf(operands[k] as ArrayValue))
  if (!isFitting) given.fail('the letters do not fit the arrays')
  const counted = [...inputs.replaceAll(',', '')]
  const order =
    output?.length ?? counted.filter((letter) => counted.indexOf(letter) === counted.lastIndexOf(letter)).length
  return call('einsum', [`"${letters}"`, ...operands.map(({ text }) => text)], order)
}
