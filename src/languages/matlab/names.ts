/**
 * How MATLAB spells the functions table. Both tables are total over the primitives, so that a new one does not compile
 * without its name.
 */
import type { ElementwisePrimitive, GeneralName } from '../../functions/index.ts'
import type { ElementwiseSpelling, GeneralSpelling, Spelling } from '../shared/arrays/dialect.ts'
import { atom, call, Level, type Text, within } from '../shared/text.ts'
import type { Helper } from './helpers.ts'

const elementwiseNames: Readonly<Record<ElementwisePrimitive, ElementwiseSpelling>> = {
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
  sigmoid: helped('sigmoid'),
  abs: named('abs'),
  sign: named('sign'),
  erf: named('erf'),
  max: named('max'),
  min: named('min'),
  pow: (a, b) => ({
    text: { text: `${within(part(a), Level.atom)} .^ ${within(part(b), Level.atom)}`, level: Level.power },
  }),
  where: (c, a, b) => ({
    text: call('where', `${within(part(c), Level.add)} ~= 0`, part(a).text, part(b).text),
    helpers: ['where'],
  }),
  lt: compared('<'),
  le: compared('<='),
  gt: compared('>'),
  ge: compared('>='),
  pi: () => ({ text: atom('pi') }),
  infinity: () => ({ text: atom('Inf') }),
  logz: helped('logz'),
}

const definedNames: ReadonlyMap<string, ElementwiseSpelling> = new Map<string, ElementwiseSpelling>([
  ['softplus', helped('softplus')],
  ['relu', (t) => ({ text: call('max', part(t).text, '0') })],
  ['gelu', helped('gelu')],
  ['silu', helped('silu')],
])

/** The spelling of an elementwise function; undefined where its definition must be spelt instead. */
export function elementwiseName(name: string): ElementwiseSpelling | undefined {
  return Object.hasOwn(elementwiseNames, name) ? elementwiseNames[name as ElementwisePrimitive] : definedNames.get(name)
}

/** How a function of one slice is called, and which helpers that takes. */
interface Slice {
  /** The call, given the arguments and the number of own axes of the first. */
  readonly call: (args: readonly string[], own: number) => string
  readonly helpers?: readonly Helper[]
}

const generalNames: Readonly<Record<GeneralName, Slice>> = {
  inv: builtin('inv'),
  det: builtin('det'),
  logdet: helper('logabsdet'),
  logdetp: helper('logdet'),
  adj: helper('adjugate'),
  softmax: helper('softmax'),
  logsumexp: helper('logsumexp'),
  max: reduction('max'),
  min: reduction('min'),
  norm2: {
    call: ([x = ''], own) => (own === 1 ? `norm(${x})` : own === 2 ? `norm(${x}, 'fro')` : `norm(${column(x)})`),
  },
  rnorm2: helper('rnorm'),
  prod: builtin('prod'),
  prodexcept: helper('prodexcept'),
  logsoftmax: helper('logsoftmax'),
  cross: builtin('cross'),
  pinv: builtin('pinv'),
  cholesky: { call: ([x = '']) => `cholesky(${x})`, helpers: ['cholesky'] },
  sylvester: builtin('sylvester'),
  sqrtm: builtin('sqrtm'),
  expm: builtin('expm'),
  logm: builtin('logm'),
  dexpm: directional('expm'),
  dlogm: directional('logm'),
}

export function generalName(name: string): GeneralSpelling | undefined {
  if (!Object.hasOwn(generalNames, name)) return undefined
  const slice = generalNames[name as GeneralName]
  return (x, own, batch, ...others): Spelling => {
    const args = [x, ...others].map((arg) => arg.text)
    const helpers = slice.helpers ?? []
    if (batch === 0) return { text: atom(slice.call(args, own)), helpers }
    const names = args.map((_, k) => 'xyzuvw'[k] as string)
    const f = `@(${names.join(', ')}) ${slice.call(names, own)}`
    return { text: call('batched', f, `${batch}`, ...args), helpers: [...helpers, 'batched'] }
  }
}

function builtin(name: string): Slice {
  return { call: (args) => `${name}(${args.join(', ')})` }
}

function helper(name: Helper): Slice {
  return { call: (args) => `${name}(${args.join(', ')})`, helpers: [name] }
}

function directional(name: string): Slice {
  return { call: (args) => `derivative(@${name}, ${args.join(', ')})`, helpers: ['derivative'] }
}

function reduction(name: string): Slice {
  return { call: ([x = ''], own) => (own <= 1 ? `${name}(${x})` : `${name}(${column(x)})`) }
}

function column(text: string): string {
  return /^\w+$/.test(text) ? `${text}(:)` : `reshape(${text}, [], 1)`
}

function part(text: Text | undefined): Text {
  if (!text) throw new RangeError('a function lacks an argument')
  return text
}

function named(name: string): ElementwiseSpelling {
  return (...args) => ({ text: call(name, ...args.map((arg) => arg.text)) })
}

function helped(name: Helper): ElementwiseSpelling {
  return (...args) => ({ text: call(name, ...args.map((arg) => arg.text)), helpers: [name] })
}

/** As a number: truth values do not add. */
function compared(operator: string): ElementwiseSpelling {
  return (a, b) => ({ text: call('double', `${within(part(a), Level.add)} ${operator} ${within(part(b), Level.add)}`) })
}
