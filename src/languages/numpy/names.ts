/**
 * How NumPy spells the functions table. Both tables are total over the primitives, so that a new one does not compile
 * without its name. A function with a definition needs none; it has one here where NumPy's form keeps more digits.
 */
import type { ElementwisePrimitive, GeneralName } from '../../functions/index.ts'
import { atom, call, Level, quotient, type Text, within } from './text.ts'

/** A call spelt out, and the helper functions that it needs. */
export interface Spelling {
  readonly text: Text
  readonly helpers?: readonly Helper[]
}

export type Helper = keyof typeof helpers

type Elementwise = (...args: readonly Text[]) => Spelling

const elementwiseNames: Readonly<Record<ElementwisePrimitive, Elementwise>> = {
  exp: named('np.exp'),
  log: named('np.log'),
  log1p: named('np.log1p'),
  expm1: named('np.expm1'),
  sin: named('np.sin'),
  cos: named('np.cos'),
  tan: named('np.tan'),
  arcsin: named('np.arcsin'),
  arccos: named('np.arccos'),
  arctan: named('np.arctan'),
  sinh: named('np.sinh'),
  cosh: named('np.cosh'),
  tanh: named('np.tanh'),
  // exp(-softplus(-t)) keeps all digits where 1/(1 + exp(-t)) overflows.
  sigmoid: helped('_sigmoid'),
  abs: named('np.abs'),
  sign: named('np.sign'),
  erf: helped('_erf'),
  max: named('np.maximum'),
  min: named('np.minimum'),
  pow: named('np.power'),
  where: (c, a, b) => ({ text: call('np.where', `${within(part(c), Level.add)} != 0`, part(a).text, part(b).text) }),
  lt: compared('<'),
  le: compared('<='),
  gt: compared('>'),
  ge: compared('>='),
  pi: () => ({ text: atom('np.pi') }),
  logz: helped('_logz'),
}

const definedNames: ReadonlyMap<string, Elementwise> = new Map<string, Elementwise>([
  ['softplus', (t) => ({ text: call('np.logaddexp', '0.0', part(t).text) })],
  ['relu', (t) => ({ text: call('np.maximum', part(t).text, '0.0') })],
  ['gelu', helped('_gelu')],
  [
    'silu',
    (t) => {
      const sigmoid = call('_sigmoid', part(t).text)
      return { text: quotient([part(t), sigmoid], []), helpers: ['_sigmoid'] }
    },
  ],
])

/** The spelling of an elementwise function; undefined where its definition must be spelt instead. */
export function elementwiseName(name: string): Elementwise | undefined {
  return Object.hasOwn(elementwiseNames, name) ? elementwiseNames[name as ElementwisePrimitive] : definedNames.get(name)
}

const comparisons: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['le', '<='],
  ['gt', '>'],
  ['ge', '>='],
])

/** The truth value of a comparison, for the places that take one. */
export function comparison(name: string, a: Text, b: Text): Text | undefined {
  const operator = comparisons.get(name)
  if (operator === undefined) return undefined
  return { text: `${within(a, Level.add)} ${operator} ${within(b, Level.add)}`, level: Level.compare }
}

/** A general function of an argument whose batch axes come first, with `own` axes after them. */
type General = (argument: Text, own: number, batch: number) => Spelling

const generalNames: Readonly<Record<GeneralName, General>> = {
  inv: (x) => ({ text: call('np.linalg.inv', x.text) }),
  det: (x) => ({ text: call('np.linalg.det', x.text) }),
  logdet: (x) => ({ text: atom(`np.linalg.slogdet(${x.text})[1]`) }),
  logdetp: (x) => ({ text: call('_logdetp', x.text), helpers: ['_logdetp'] }),
  adj: (x) => ({ text: call('_adjugate', x.text), helpers: ['_adjugate'] }),
  softmax: (x) => ({ text: call('_softmax', x.text), helpers: ['_softmax'] }),
  logsumexp: (x, own, batch) => ({ text: call('_logsumexp', x.text, ...axes(own, batch)), helpers: ['_logsumexp'] }),
  max: (x, own, batch) => ({ text: call('np.max', x.text, ...axes(own, batch)) }),
  min: (x, own, batch) => ({ text: call('np.min', x.text, ...axes(own, batch)) }),
  norm2,
  rnorm2: (x, own, batch) => {
    const norm = norm2(x, own, batch).text
    return { text: call('_reciprocal', norm.text), helpers: ['_reciprocal'] }
  },
}

export function generalName(name: string): General | undefined {
  return Object.hasOwn(generalNames, name) ? generalNames[name as GeneralName] : undefined
}

/** Functions that NumPy lacks. Each is emitted only where it is used. */
export const helpers = {
  _sigmoid: `def _sigmoid(t):
    """1 / (1 + exp(-t)), without overflow."""
    return np.exp(-np.logaddexp(0.0, -t))`,
  _erf: `_erf = np.vectorize(math.erf, otypes=[float])`,
  _gelu: `def _gelu(t):
    """t times the distribution function of the standard normal distribution."""
    erfc = np.vectorize(math.erfc, otypes=[float])
    return 0.5 * t * erfc(-t / np.sqrt(2))`,
  _logz: `def _logz(t):
    """log(t), but 0 at t = 0."""
    return np.log(np.where(t == 0, 1.0, t))`,
  _logdetp: `def _logdetp(x):
    """log(det(x)) without overflow, NaN where det(x) <= 0."""
    sign, logabs = np.linalg.slogdet(x)
    return np.where(sign > 0, logabs, np.nan)[()]`,
  _adjugate: `def _adjugate(x):
    """The adjugate det(x) * inv(x), of a singular matrix too."""
    u, s, vh = np.linalg.svd(x)
    n = s.shape[-1]
    others = np.where(np.eye(n, dtype=bool), 1.0, s[..., None, :])
    sign = np.linalg.det(u) * np.linalg.det(vh)
    scaled = np.swapaxes(vh, -1, -2) * np.prod(others, axis=-1)[..., None, :]
    return sign[..., None, None] * (scaled @ np.swapaxes(u, -1, -2))`,
  _softmax: `def _softmax(x):
    """exp(x) / sum(exp(x)) along the last axis, without overflow."""
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)`,
  _logsumexp: `def _logsumexp(x, axis=None):
    """log(sum(exp(x))) over these axes, without overflow."""
    peak = np.max(x, axis=axis, keepdims=True)
    peak = np.where(np.isfinite(peak), peak, 0.0)
    return np.log(np.sum(np.exp(x - peak), axis=axis)) + np.squeeze(peak, axis=axis)`,
  _reciprocal: `def _reciprocal(t):
    """1 / t, but 0 at t = 0."""
    return np.where(t == 0, 0.0, 1 / np.where(t == 0, 1.0, t))[()]`,
} as const

function norm2(x: Text, own: number, batch: number): Spelling {
  if (batch === 0) return { text: call('np.linalg.norm', x.text) }
  if (own <= 2) return { text: call('np.linalg.norm', x.text, ...axes(own, batch)) }
  const squares = `${within(x, Level.atom)}**2`
  return { text: call('np.sqrt', call('np.sum', squares, ...axes(own, batch)).text) }
}

function axes(own: number, batch: number): string[] {
  if (batch === 0) return []
  if (own === 1) return ['axis=-1']
  return [`axis=(${Array.from({ length: own }, (_, k) => k - own).join(', ')})`]
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

/** As a number: NumPy's truth values do not add. */
function compared(operator: string): Elementwise {
  return (a, b) => {
    const test = `${within(part(a), Level.add)} ${operator} ${within(part(b), Level.add)}`
    return { text: call('np.where', test, '1.0', '0.0') }
  }
}
