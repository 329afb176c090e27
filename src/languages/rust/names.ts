/**
 * How Rust spells the functions table. Both tables are total over the primitives, so that a new one does not compile
 * without its name, or the word that it lacks one.
 */
import type { ElementwisePrimitive, GeneralName } from '../../functions/index.ts'
import type { LoopSpelling } from '../shared/loops/dialect.ts'
import { atom, call, Level, type Text, within } from '../shared/text.ts'
import type { Helper } from './helpers.ts'

type Elementwise = (...args: readonly Text[]) => LoopSpelling

const elementwiseNames: Readonly<Record<ElementwisePrimitive, Elementwise>> = {
  exp: method('exp'),
  log: method('ln'),
  log1p: method('ln_1p'),
  expm1: method('exp_m1'),
  sin: method('sin'),
  cos: method('cos'),
  tan: method('tan'),
  arcsin: method('asin'),
  arccos: method('acos'),
  arctan: method('atan'),
  sinh: method('sinh'),
  cosh: method('cosh'),
  tanh: method('tanh'),
  sigmoid: helped('sigmoid'),
  abs: method('abs'),
  sign: helped('sign_of'),
  erf: helped('erf'),
  max: helped('larger'),
  min: helped('smaller'),
  pow: method('powf'),
  where: (c, a, b) => selected(`${within(part(c), Level.add)} != 0.0`, part(a).text, part(b).text),
  lt: compared('<'),
  le: compared('<='),
  gt: compared('>'),
  ge: compared('>='),
  pi: () => ({ text: atom('std::f64::consts::PI') }),
  infinity: () => ({ text: atom('f64::INFINITY') }),
  logz: helped('logz'),
}

const definedNames: ReadonlyMap<string, Elementwise> = new Map<string, Elementwise>([
  ['softplus', helped('softplus')],
  ['relu', (t) => ({ text: call('larger', part(t).text, '0.0'), helpers: ['larger'] })],
  ['silu', helped('silu')],
  ['gelu', helped('gelu')],
])

/** The spelling of an elementwise function; undefined where its definition must be spelt instead. */
export function elementwiseName(name: string): Elementwise | undefined {
  return Object.hasOwn(elementwiseNames, name) ? elementwiseNames[name as ElementwisePrimitive] : definedNames.get(name)
}

/** A function of entries in any shape, of vectors, or of matrices. */
export interface General {
  readonly helper: Helper
  readonly takes: 'entries' | 'arrays'
}

const generalNames: Readonly<Record<GeneralName, General | undefined>> = {
  inv: arrays('inverse'),
  det: arrays('determinant'),
  logdet: arrays('log_abs_determinant'),
  logdetp: arrays('log_determinant'),
  adj: arrays('adjugate'),
  softmax: arrays('softmax'),
  logsumexp: entries('log_sum_exp'),
  max: entries('largest_of'),
  min: entries('smallest_of'),
  norm2: entries('norm'),
  rnorm2: entries('reciprocal_norm'),
  prod: entries('product_of'),
  prodexcept: arrays('products_of_others'),
  logsoftmax: arrays('log_softmax'),
  cross: arrays('cross'),
  pinv: undefined,
  cholesky: arrays('cholesky'),
  sylvester: arrays('sylvester'),
  sqrtm: arrays('matrix_sqrt'),
  expm: arrays('matrix_exp'),
  logm: arrays('matrix_log'),
  dexpm: arrays('derivative_of_exp'),
  dlogm: arrays('derivative_of_log'),
}

/** A general function; undefined where Rust has none. Throws `RangeError` for a name that is none. */
export function generalName(name: string): General | undefined {
  if (!Object.hasOwn(generalNames, name)) throw new RangeError(`no function is named ${name}`)
  return generalNames[name as GeneralName]
}

function entries(helper: Helper): General {
  return { helper, takes: 'entries' }
}

function arrays(helper: Helper): General {
  return { helper, takes: 'arrays' }
}

function part(text: Text | undefined): Text {
  if (!text) throw new RangeError('a function lacks an argument')
  return text
}

/** A number that methods are called on; a literal must say its type. */
export function receiver(text: Text): string {
  if (/[A-Za-z]{2}|\w\[|^[A-Za-z]/.test(text.text)) return within(text, Level.atom)
  return text.level === Level.atom ? `${text.text}_f64` : `(${within(text, Level.add)} as f64)`
}

function method(name: string): Elementwise {
  return (...args) => {
    const [first, ...rest] = args
    return { text: call(`${receiver(part(first))}.${name}`, ...rest.map((arg) => arg.text)) }
  }
}

function helped(name: Helper): Elementwise {
  return (...args) => ({ text: call(name, ...args.map((arg) => arg.text)), helpers: [name] })
}

function selected(condition: string, a: string, b: string): LoopSpelling {
  return { text: { text: `if ${condition} { ${a} } else { ${b} }`, level: Level.compare } }
}

function compared(operator: string): Elementwise {
  return (a, b) => selected(`${within(part(a), Level.add)} ${operator} ${within(part(b), Level.add)}`, '1.0', '0.0')
}
