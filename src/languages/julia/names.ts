/**
 * How Julia spells the functions table. Both tables are total over the primitives, so that a new one does not compile
 * without its name.
 */
import type { ElementwisePrimitive, GeneralName } from '../../functions/index.ts'
import type { Argument, ElementwiseSpelling, GeneralSpelling } from '../shared/arrays/dialect.ts'
import type { Precision } from '../shared/program.ts'
import { asScalar, atom, call, Level, negative, type Text, within } from '../shared/text.ts'
import type { Helper } from './helpers.ts'

export type Elementwise = (name: string) => ElementwiseSpelling | undefined

/**
 * `isTolerant`: whether a function gives NaN outside its domain, where Julia's own throws: then entries that are left out
 * of the result may lie there.
 */
export function elementwiseNames(precision: Precision, isTolerant: boolean): Elementwise {
  const type = precision === 'float32' ? 'Float32' : 'Float64'
  const float = (argument: Argument | undefined): Text => {
    if (!argument) throw new RangeError('a function lacks an argument')
    return argument.isNumber ? floating(argument, precision) : argument
  }
  const named =
    (name: string): ElementwiseSpelling =>
    (...args) => ({ text: broadcast(name, ...args.map(float)) })
  const partial = (name: string) => named(isTolerant ? (`${name}_or_nan` satisfies string as Helper) : name)
  const helped = (name: Helper) => named(name)
  const compared =
    (operator: string): ElementwiseSpelling =>
    (a, b) => ({ text: broadcast(type, comparison(operator, float(a), float(b))) })
  const primitives: Readonly<Record<ElementwisePrimitive, ElementwiseSpelling>> = {
    exp: named('exp'),
    log: partial('log'),
    log1p: partial('log1p'),
    expm1: named('expm1'),
    sin: partial('sin'),
    cos: partial('cos'),
    tan: partial('tan'),
    arcsin: partial('asin'),
    arccos: partial('acos'),
    arctan: named('atan'),
    sinh: named('sinh'),
    cosh: named('cosh'),
    tanh: named('tanh'),
    sigmoid: helped('sigmoid'),
    abs: named('abs'),
    sign: named('sign'),
    erf: helped('erf'),
    max: named('max'),
    min: named('min'),
    pow: (a, b) => ({ text: power(float(a), float(b), isTolerant) }),
    where: (c, a, b) => ({
      text: broadcast('ifelse', comparison('!=', float(c), asScalar(atom('0'))), float(a), float(b)),
    }),
    lt: compared('<'),
    le: compared('<='),
    gt: compared('>'),
    ge: compared('>='),
    pi: () => ({ text: asScalar(call(type, 'pi')) }),
    infinity: () => ({ text: asScalar(atom(precision === 'float32' ? 'Inf32' : 'Inf')) }),
    logz: helped('logz'),
  }
  const defined = new Map<string, ElementwiseSpelling>([
    ['softplus', helped('softplus')],
    ['relu', (t) => ({ text: broadcast('max', float(t), asScalar(atom('0'))) })],
    ['gelu', helped('gelu')],
    ['silu', helped('silu')],
  ])
  return (name) => {
    return Object.hasOwn(primitives, name) ? primitives[name as ElementwisePrimitive] : defined.get(name)
  }
}

/** A number of the language in this precision: `2` as `2.0`, `n` as `Float64(n)`. */
export function floating(text: Text, precision: Precision): Text {
  const suffix = precision === 'float32' ? 'f0' : ''
  if (/^-?\d+$/.test(text.text)) return { ...text, text: `${text.text}.0${suffix}` }
  if (/^-?\d+\.\d+$/.test(text.text)) return { ...text, text: `${text.text}${suffix}` }
  const isFloat =
    precision === 'float32'
      ? /^-?(?:[\d.]+f0|Inf32|Float32\([^()]*\))$/
      : /^-?(?:[\d.]+e[-+]?\d+|Inf|Float64\([^()]*\))$/
  return isFloat.test(text.text) ? text : asScalar(call(precision === 'float32' ? 'Float32' : 'Float64', text.text))
}

/** A call for each entry, or of numbers. */
export function broadcast(name: string, ...args: readonly Text[]): Text {
  const isScalar = args.every((arg) => arg.scalar)
  const text = call(isScalar ? name : `${name}.`, ...args.map((arg) => arg.text))
  return isScalar ? asScalar(text) : text
}

export function comparison(operator: string, a: Text, b: Text): Text {
  const isScalar = a.scalar === true && b.scalar === true
  const text = `${within(a, Level.add)} ${isScalar ? '' : '.'}${operator} ${within(b, Level.add)}`
  return { text, level: Level.compare, ...(isScalar && { scalar: true }) }
}

export function power(base: Text, exponent: Text, isTolerant: boolean): Text {
  if (isTolerant && !/^\d+(?:\.0)?$/.test(exponent.text)) return broadcast('power_or_nan', base, exponent)
  const isScalar = base.scalar === true && exponent.scalar === true
  const operator = isScalar ? '^' : ' .^ '
  const text = `${within(base, Level.atom)}${operator}${within(exponent, Level.atom)}`
  return { text, level: Level.power, ...(isScalar && { scalar: true }) }
}

/** A function of one slice, by its name or as a call. */
type Slice = string | ((...args: readonly Text[]) => Text)

const generalNames: Readonly<Record<GeneralName, Slice>> = {
  inv: 'inv',
  det: 'det',
  logdet: 'log_abs_det' satisfies Helper,
  logdetp: 'log_det' satisfies Helper,
  adj: 'adjugate' satisfies Helper,
  softmax: 'softmax' satisfies Helper,
  logsumexp: 'log_sum_exp' satisfies Helper,
  max: 'maximum',
  min: 'minimum',
  norm2: 'norm',
  rnorm2: 'reciprocal_norm' satisfies Helper,
  prod: 'prod',
  prodexcept: 'products_of_others' satisfies Helper,
  logsoftmax: 'log_softmax' satisfies Helper,
  cross: 'cross',
  pinv: 'pinv',
  cholesky: 'cholesky_factor' satisfies Helper,
  // Julia's solves a * x + x * b + c = 0.
  sylvester: (...args) => call('sylvester', ...args.map((arg, k) => (k === 2 ? negative(arg).text : arg.text))),
  sqrtm: 'matrix_sqrt' satisfies Helper,
  expm: 'exp',
  logm: 'matrix_log' satisfies Helper,
  dexpm: (...args) => call('directional', 'exp', ...args.map((arg) => arg.text)),
  dlogm: (...args) => call('directional', 'matrix_log', ...args.map((arg) => arg.text)),
}

export function generalName(name: string): GeneralSpelling | undefined {
  if (!Object.hasOwn(generalNames, name)) return undefined
  const slice = generalNames[name as GeneralName]
  return (x, _own, batch, ...others) => {
    const args = [x, ...others]
    const spell =
      typeof slice === 'string' ? (...own: readonly Text[]) => call(slice, ...own.map((one) => one.text)) : slice
    if (batch === 0) return { text: spell(...args) }
    const names = args.map((_, k) => atom('xyzuvw'[k] as string))
    const list = names.map((one) => one.text).join(', ')
    const f = typeof slice === 'string' ? slice : `(${list}) -> ${spell(...names).text}`
    return { text: call('batched', f, `${batch}`, ...args.map((arg) => arg.text)) }
  }
}
