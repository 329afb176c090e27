/**
 * How C++ spells the functions table. Both tables are total over the primitives, so that a new one does not compile
 * without its name.
 */
import type { ElementwisePrimitive, GeneralName } from '../../functions/index.ts'
import type { LoopSpelling } from '../shared/loops/dialect.ts'
import { atom, call, Level, type Text, within } from '../shared/text.ts'
import type { Helper } from './helpers.ts'

type Elementwise = (...args: readonly Text[]) => LoopSpelling

const elementwiseNames: Readonly<Record<ElementwisePrimitive, Elementwise>> = {
  exp: named('std::exp'),
  log: named('std::log'),
  log1p: named('std::log1p'),
  expm1: named('std::expm1'),
  sin: named('std::sin'),
  cos: named('std::cos'),
  tan: named('std::tan'),
  arcsin: named('std::asin'),
  arccos: named('std::acos'),
  arctan: named('std::atan'),
  sinh: named('std::sinh'),
  cosh: named('std::cosh'),
  tanh: named('std::tanh'),
  sigmoid: helped('sigmoid'),
  abs: named('std::abs'),
  sign: helped('sign_of'),
  erf: named('std::erf'),
  max: named('std::max<double>'),
  min: named('std::min<double>'),
  pow: named('std::pow'),
  where: (c, a, b) => selected(`${within(part(c), Level.add)} != 0.0`, part(a).text, part(b).text),
  lt: compared('<'),
  le: compared('<='),
  gt: compared('>'),
  ge: compared('>='),
  pi: () => ({ text: atom('EIGEN_PI') }),
  infinity: () => ({ text: atom('std::numeric_limits<double>::infinity()') }),
  logz: helped('logz'),
}

const definedNames: ReadonlyMap<string, Elementwise> = new Map<string, Elementwise>([
  ['softplus', helped('softplus')],
  ['relu', (t) => ({ text: call('std::max<double>', part(t).text, '0.0') })],
  ['gelu', helped('gelu')],
  ['silu', helped('silu')],
])

/** The spelling of an elementwise function; undefined where its definition must be spelt instead. */
export function elementwiseName(name: string): Elementwise | undefined {
  return Object.hasOwn(elementwiseNames, name) ? elementwiseNames[name as ElementwisePrimitive] : definedNames.get(name)
}

interface General {
  /** The call, given the names of matrices and vectors. */
  readonly text: (args: readonly string[]) => string
  readonly helpers: readonly Helper[]
}

const generalNames: Readonly<Record<GeneralName, General>> = {
  inv: method('inverse()'),
  det: method('determinant()'),
  logdet: helper('log_abs_determinant'),
  logdetp: helper('log_determinant'),
  adj: helper('adjugate'),
  softmax: helper('softmax'),
  logsumexp: helper('log_sum_exp'),
  max: method('maxCoeff()'),
  min: method('minCoeff()'),
  norm2: method('stableNorm()'),
  rnorm2: helper('reciprocal_norm'),
  prod: method('prod()'),
  prodexcept: helper('products_of_others'),
  logsoftmax: helper('log_softmax'),
  cross: helper('cross'),
  pinv: method('completeOrthogonalDecomposition().pseudoInverse()'),
  cholesky: helper('cholesky'),
  sylvester: helper('sylvester'),
  sqrtm: method('sqrt()'),
  expm: method('exp()'),
  logm: method('log()'),
  dexpm: directional('exp'),
  dlogm: directional('log'),
}

/** A general function. Throws `RangeError` for a name that is none. */
export function generalName(name: string): General {
  if (!Object.hasOwn(generalNames, name)) throw new RangeError(`no function is named ${name}`)
  return generalNames[name as GeneralName]
}

function method(text: string): General {
  return { text: ([x]) => `${x}.${text}`, helpers: [] }
}

function helper(name: Helper): General {
  return { text: (args) => `${name}(${args.join(', ')})`, helpers: [name] }
}

function directional(name: string): General {
  const f = `[](const auto& t) { return t.${name}().eval(); }`
  return { text: ([x, ...directions]) => `derivative(${f}, ${x}, {${directions.join(', ')}})`, helpers: ['derivative'] }
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

function selected(condition: string, a: string, b: string): LoopSpelling {
  return { text: { text: `${condition} ? ${a} : ${b}`, level: Level.compare } }
}

function compared(operator: string): Elementwise {
  return (a, b) => selected(`${within(part(a), Level.add)} ${operator} ${within(part(b), Level.add)}`, '1.0', '0.0')
}
