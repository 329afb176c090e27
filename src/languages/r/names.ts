/**
 * How R spells the functions table. Both tables are total over the primitives, so that a new one does not compile without
 * its name.
 */
import type { ElementwisePrimitive, GeneralName } from '../../functions/index.ts'
import type { LoopSpelling } from '../shared/loops/dialect.ts'
import { atom, call, Level, type Text, within } from '../shared/text.ts'
import type { Helper } from './helpers.ts'

type Elementwise = (...args: readonly Text[]) => LoopSpelling

const elementwiseNames: Readonly<Record<ElementwisePrimitive, Elementwise>> = {
  exp: named('exp'),
  log: named('log'),
  log1p: named('log1p'),
  expm1: named('expm1'),
  sin: named('sin'),
  cos: named('cos'),
  tan: named('tan'),
  arcsin: named('asin'),
  arccos: named('acos'),
  arctan: named('atan'),
  sinh: named('sinh'),
  cosh: named('cosh'),
  tanh: named('tanh'),
  sigmoid: named('plogis'),
  abs: named('abs'),
  sign: named('sign'),
  erf: helped('erf'),
  max: helped('larger'),
  min: helped('smaller'),
  pow: (a, b) => ({
    text: { text: `${within(part(a), Level.atom)}^${within(part(b), Level.atom)}`, level: Level.power },
  }),
  where: (c, a, b) => ({
    text: call('where', `${within(part(c), Level.add)} != 0`, part(a).text, part(b).text),
    helpers: ['where'],
  }),
  lt: compared('<'),
  le: compared('<='),
  gt: compared('>'),
  ge: compared('>='),
  pi: () => ({ text: atom('3.141592653589793') }),
  infinity: () => ({ text: atom('Inf') }),
  logz: helped('logz'),
}

const definedNames: ReadonlyMap<string, Elementwise> = new Map<string, Elementwise>([
  ['softplus', helped('softplus')],
  ['relu', (t) => ({ text: call('larger', part(t).text, '0'), helpers: ['larger'] })],
  ['gelu', helped('gelu')],
  ['silu', helped('silu')],
])

/** The spelling of an elementwise function; undefined where its definition must be spelt instead. */
export function elementwiseName(name: string): Elementwise | undefined {
  return Object.hasOwn(elementwiseNames, name) ? elementwiseNames[name as ElementwisePrimitive] : definedNames.get(name)
}

interface General {
  /** The call, given the names of arrays. */
  readonly text: (args: readonly string[]) => string
  readonly helpers: readonly Helper[]
}

const generalNames: Readonly<Record<GeneralName, General>> = {
  inv: builtin('solve'),
  det: builtin('det'),
  logdet: helper('log_abs_determinant'),
  logdetp: helper('log_determinant'),
  adj: helper('adjugate'),
  softmax: helper('softmax'),
  logsumexp: helper('log_sum_exp'),
  max: builtin('max'),
  min: builtin('min'),
  norm2: { text: ([x]) => `norm(matrix(${x}), "F")`, helpers: [] },
  rnorm2: helper('reciprocal_norm'),
  prod: builtin('prod'),
  prodexcept: helper('products_of_others'),
  logsoftmax: helper('log_softmax'),
  cross: helper('cross'),
  pinv: helper('pseudoinverse'),
  cholesky: helper('cholesky'),
  sylvester: helper('sylvester'),
  sqrtm: helper('matrix_sqrt'),
  expm: helper('matrix_exp'),
  logm: helper('matrix_log'),
  dexpm: directional('matrix_exp'),
  dlogm: directional('matrix_log'),
}

/** A general function. Throws `RangeError` for a name that is none. */
export function generalName(name: string): General {
  if (!Object.hasOwn(generalNames, name)) throw new RangeError(`no function is named ${name}`)
  return generalNames[name as GeneralName]
}

function builtin(name: string): General {
  return { text: (args) => `${name}(${args.join(', ')})`, helpers: [] }
}

function helper(name: Helper): General {
  return { text: (args) => `${name}(${args.join(', ')})`, helpers: [name] }
}

function directional(name: Helper): General {
  return { text: (args) => `directional(${[name, ...args].join(', ')})`, helpers: ['directional', name] }
}

function part(text: Text | undefined): Text {
  if (!text) throw new RangeError('a function lacks an argument')
  return text
}

function named(name: string): Elementwise {
  return (...args) => ({ text: call(name, ...args.map((arg) => arg.text)) })
}

function helped(name: Helper): Elementwise {
  return (...args) => ({ text: call(name, ...args.map((arg) => arg.text)), helpers: [name] })
}

/** A truth value of R counts as 0 or 1. */
function compared(operator: string): Elementwise {
  return (a, b) => ({ text: atom(`(${within(part(a), Level.add)} ${operator} ${within(part(b), Level.add)})`) })
}
