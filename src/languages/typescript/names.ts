/**
 * How TypeScript spells the functions table. Both tables are total over the primitives, so that a new one does not
 * compile without its name.
 */
import type { ElementwisePrimitive, GeneralName } from '../../functions/index.ts'
import type { LoopSpelling } from '../shared/loops/dialect.ts'
import { atom, call, Level, type Text, within } from '../shared/text.ts'
import type { Helper } from './helpers.ts'

type Elementwise = (...args: readonly Text[]) => LoopSpelling

const elementwiseNames: Readonly<Record<ElementwisePrimitive, Elementwise>> = {
  exp: named('Math.exp'),
  log: named('Math.log'),
  log1p: named('Math.log1p'),
  expm1: named('Math.expm1'),
  sin: named('Math.sin'),
  cos: named('Math.cos'),
  tan: named('Math.tan'),
  arcsin: named('Math.asin'),
  arccos: named('Math.acos'),
  arctan: named('Math.atan'),
  sinh: named('Math.sinh'),
  cosh: named('Math.cosh'),
  tanh: named('Math.tanh'),
  sigmoid: helped('sigmoid'),
  abs: named('Math.abs'),
  sign: named('Math.sign'),
  erf: helped('erf'),
  max: named('Math.max'),
  min: named('Math.min'),
  pow: named('Math.pow'),
  where: (c, a, b) => selected(`${within(part(c), Level.add)} !== 0`, part(a).text, part(b).text),
  lt: compared('<'),
  le: compared('<='),
  gt: compared('>'),
  ge: compared('>='),
  pi: () => ({ text: atom('Math.PI') }),
  infinity: () => ({ text: atom('Number.POSITIVE_INFINITY') }),
  logz: helped('logz'),
}

const definedNames: ReadonlyMap<string, Elementwise> = new Map<string, Elementwise>([
  ['softplus', helped('softplus')],
  ['relu', (t) => ({ text: call('Math.max', part(t).text, '0') })],
  ['gelu', helped('gelu')],
  ['silu', helped('silu')],
])

/** The spelling of an elementwise function; undefined where its definition must be spelt instead. */
export function elementwiseName(name: string): Elementwise | undefined {
  return Object.hasOwn(elementwiseNames, name) ? elementwiseNames[name as ElementwisePrimitive] : definedNames.get(name)
}

export interface GeneralHelper {
  readonly helper: Helper
  /** Whether it takes the sizes of its own axes behind its arguments. */
  readonly sizes: 'own' | 'none'
}

const generalNames: Readonly<Record<GeneralName, GeneralHelper>> = {
  inv: { helper: 'inverse', sizes: 'own' },
  det: { helper: 'determinant', sizes: 'own' },
  logdet: { helper: 'logAbsDeterminant', sizes: 'own' },
  logdetp: { helper: 'logDeterminant', sizes: 'own' },
  adj: { helper: 'adjugate', sizes: 'own' },
  softmax: { helper: 'softmax', sizes: 'none' },
  logsumexp: { helper: 'logSumExp', sizes: 'none' },
  max: { helper: 'maximum', sizes: 'none' },
  min: { helper: 'minimum', sizes: 'none' },
  norm2: { helper: 'norm', sizes: 'none' },
  rnorm2: { helper: 'reciprocalNorm', sizes: 'none' },
  prod: { helper: 'product', sizes: 'none' },
  prodexcept: { helper: 'productsOfOthers', sizes: 'none' },
  logsoftmax: { helper: 'logSoftmax', sizes: 'none' },
  cross: { helper: 'cross', sizes: 'none' },
  pinv: { helper: 'pseudoinverse', sizes: 'own' },
  cholesky: { helper: 'cholesky', sizes: 'own' },
  sylvester: { helper: 'sylvester', sizes: 'own' },
  sqrtm: { helper: 'squareRoot', sizes: 'own' },
  expm: { helper: 'exponential', sizes: 'own' },
  logm: { helper: 'logarithm', sizes: 'own' },
  dexpm: { helper: 'derivative', sizes: 'own' },
  dlogm: { helper: 'derivative', sizes: 'own' },
}

/** The helper of a general function. Throws `RangeError` for a name that is none. */
export function generalName(name: string): GeneralHelper {
  if (!Object.hasOwn(generalNames, name)) throw new RangeError(`no function is named ${name}`)
  return generalNames[name as GeneralName]
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
  return (a, b) => selected(`${within(part(a), Level.add)} ${operator} ${within(part(b), Level.add)}`, '1', '0')
}
