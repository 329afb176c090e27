/**
 * The functions table in operators of ONNX. Both tables are total over the primitives. Some functions have operators that
 * ONNX Runtime knows in single precision only: in double precision they are made of others.
 */
import type { ElementwisePrimitive, GeneralName } from '../../functions/index.ts'
import type { Builder, Value } from './builder.ts'

type Elementwise = (b: Builder, ...args: readonly Value[]) => Value

/** Of arguments whose batch axes come first; the first has `own` axes behind them. */
type General = (b: Builder, own: number, ...args: readonly Value[]) => Value

const elementwise: Readonly<Record<ElementwisePrimitive, Elementwise>> = {
  exp: operator('Exp'),
  log: operator('Log'),
  log1p: (b, t) => {
    // What 1 + t lost of t is made good by the quotient.
    const u = b.node('Add', [t, b.float(1)])
    const slope = b.node('Div', [t, b.node('Sub', [u, b.float(1)])])
    const isExact = b.node('Or', [equal(b, u, 1), equal(b, t, Infinity)])
    return b.node('Where', [isExact, t, b.node('Mul', [b.node('Log', [u]), slope])])
  },
  expm1: (b, t) => {
    // (exp(t) - 1)/(exp(t) + 1) = tanh(t/2), without cancellation.
    const half = b.node('Tanh', [b.node('Mul', [t, b.float(0.5)])])
    return b.node('Mul', [half, b.node('Add', [b.node('Exp', [t]), b.float(1)])])
  },
  sin: operator('Sin'),
  cos: operator('Cos'),
  tan: native('Tan', (b, t) => b.node('Div', [b.node('Sin', [t]), b.node('Cos', [t])])),
  arcsin: native('Asin', arcsin),
  arccos: native('Acos', (b, t) => b.node('Sub', [b.float(Math.PI / 2), arcsin(b, t)])),
  arctan: native('Atan', arctan),
  sinh: native('Sinh', (b, t) => {
    const e = elementwise.expm1(b, b.node('Abs', [t]))
    const inverse = b.node('Div', [b.float(1), b.node('Add', [b.node('Div', [b.float(1), e]), b.float(1)])])
    return signed(b, t, b.node('Mul', [b.node('Add', [e, inverse]), b.float(0.5)]))
  }),
  cosh: native('Cosh', (b, t) => {
    const sum = b.node('Add', [b.node('Exp', [t]), b.node('Exp', [b.node('Neg', [t])])])
    return b.node('Mul', [sum, b.float(0.5)])
  }),
  tanh: operator('Tanh'),
  sigmoid: operator('Sigmoid'),
  abs: operator('Abs'),
  sign: operator('Sign'),
  erf: native('Erf', erf),
  max: operator('Max'),
  min: operator('Min'),
  pow: operator('Pow'),
  where: (b, c, a, other) => b.node('Where', [truth(b, c ?? ''), a ?? '', other ?? '']),
  lt: (b, ...args) => b.cast(b.node('Less', args)),
  le: (b, ...args) => b.cast(b.node('LessOrEqual', args)),
  gt: (b, ...args) => b.cast(b.node('Greater', args)),
  ge: (b, ...args) => b.cast(b.node('GreaterOrEqual', args)),
  pi: (b) => b.float(Math.PI),
  infinity: (b) => b.float(Infinity),
  logz: (b, t) => b.node('Log', [b.node('Where', [equal(b, t, 0), b.float(1), t ?? ''])]),
}

const defined: ReadonlyMap<string, Elementwise> = new Map<string, Elementwise>([
  ['sqrt', operator('Sqrt')],
  ['square', (b, t) => b.node('Mul', [t ?? '', t ?? ''])],
  [
    'softplus',
    (b, t) => {
      const small = b.node('Exp', [b.node('Neg', [b.node('Abs', [t ?? ''])])])
      return b.node('Add', [b.node('Max', [t ?? '', b.float(0)]), elementwise.log1p(b, small)])
    },
  ],
  ['relu', (b, t) => b.node('Max', [t ?? '', b.float(0)])],
  [
    'gelu',
    (b, t) => {
      // Below, the result is 0, also at -infinity.
      const x = b.node('Max', [t ?? '', b.float(-40)])
      const phi = b.node('Add', [elementwise.erf(b, b.node('Mul', [x, b.float(Math.SQRT1_2)])), b.float(1)])
      return b.node('Mul', [b.node('Mul', [x, b.float(0.5)]), phi])
    },
  ],
  [
    'silu',
    (b, t) => {
      const x = b.node('Max', [t ?? '', b.float(-800)])
      return b.node('Mul', [x, b.node('Sigmoid', [x])])
    },
  ],
])

/** A function of each entry; undefined where its definition must be written instead. */
export function elementwiseFunction(name: string): Elementwise | undefined {
  return Object.hasOwn(elementwise, name) ? elementwise[name as ElementwisePrimitive] : defined.get(name)
}

/** Whether a number is other than 0, as a truth value. */
export function truth(b: Builder, c: Value): Value {
  return b.node('Not', [equal(b, c, 0)])
}

export const comparisons: ReadonlyMap<string, string> = new Map([
  ['lt', 'Less'],
  ['le', 'LessOrEqual'],
  ['gt', 'Greater'],
  ['ge', 'GreaterOrEqual'],
])

function operator(name: string): Elementwise {
  return (b, ...args) => b.node(name, args)
}

/** An operator in single precision, in double precision what stands for it. */
function native(name: string, double: (b: Builder, t: Value) => Value): Elementwise {
  return (b, t) => (b.type === 'float' ? b.node(name, [t ?? '']) : double(b, t ?? ''))
}

function equal(b: Builder, t: Value | undefined, value: number): Value {
  return b.node('Equal', [t ?? '', b.float(value)])
}

/** The magnitude with the sign of t. */
function signed(b: Builder, t: Value, magnitude: Value): Value {
  return b.node('Mul', [b.node('Sign', [t]), magnitude])
}

function arcsin(b: Builder, t: Value): Value {
  const one = b.float(1)
  const other = b.node('Sqrt', [b.node('Mul', [b.node('Sub', [one, t]), b.node('Add', [one, t])])])
  const half = arctan(b, b.node('Div', [t, b.node('Add', [one, other])]))
  return b.node('Mul', [half, b.float(2)])
}

/** Of the smaller of |t| and its reciprocal, by the integral of s/(1 + s²u²) over u from 0 to 1. */
function arctan(b: Builder, t: Value): Value {
  const one = b.float(1)
  const size = b.node('Abs', [t])
  const isLarge = b.node('Greater', [size, one])
  const s = b.node('Where', [isLarge, b.node('Div', [one, size]), size])
  const sum = integral(b, s, 24, (su) => b.node('Div', [one, b.node('Add', [b.node('Mul', [su, su]), one])]))
  const angle = b.node('Mul', [s, sum])
  return signed(b, t, b.node('Where', [isLarge, b.node('Sub', [b.float(Math.PI / 2), angle]), angle]))
}

/** By the integral of exp(-s²u²) over u from 0 to 1; beyond 6 it is 1. */
function erf(b: Builder, t: Value): Value {
  const s = b.node('Max', [b.node('Min', [t, b.float(6)]), b.float(-6)])
  const sum = integral(b, s, 48, (su) => b.node('Exp', [b.node('Neg', [b.node('Mul', [su, su])])]))
  return b.node('Mul', [b.node('Mul', [s, b.float(2 / Math.sqrt(Math.PI))]), sum])
}

/** The integral of f(s·u) over u from 0 to 1 for each entry s, by the rule of Gauss and Legendre. */
function integral(b: Builder, s: Value, count: number, f: (su: Value) => Value): Value {
  const { nodes, weights } = gaussLegendre(count)
  const column = b.node('Unsqueeze', [s, b.ints([-1])])
  const values = f(b.node('Mul', [column, b.floats(nodes)]))
  return b.node('MatMul', [values, b.floats(weights)])
}

/** Places and weights on [0, 1], by Newton's method on the Legendre polynomial. */
function gaussLegendre(count: number): { readonly nodes: readonly number[]; readonly weights: readonly number[] } {
  const nodes: number[] = []
  const weights: number[] = []
  for (let k = 1; k <= count; k++) {
    let x = Math.cos((Math.PI * (k - 0.25)) / (count + 0.5))
    let slope = 1
    for (let step = 0; step < 20; step++) {
      let [before, value] = [1, x]
      for (let n = 2; n <= count; n++) [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n]
      slope = (count * (x * value - before)) / (x * x - 1)
      x -= value / slope
    }
    nodes.push((1 + x) / 2)
    weights.push(1 / ((1 - x * x) * slope * slope))
  }
  return { nodes, weights }
}

const generals: Readonly<Record<GeneralName, General | undefined>> = {
  // ONNX has no factorizations, and the determinant that it has runs in single precision only.
  inv: undefined,
  det: undefined,
  logdet: undefined,
  logdetp: undefined,
  adj: undefined,
  pinv: undefined,
  cholesky: undefined,
  sylvester: undefined,
  sqrtm: undefined,
  expm: undefined,
  logm: undefined,
  dexpm: undefined,
  dlogm: undefined,
  softmax: (b, _own, x) => b.node('Softmax', [x ?? ''], { axis: -1 }),
  logsoftmax: (b, _own, x) => {
    const shifted = b.node('Sub', [x ?? '', reduced(b, 'ReduceMax', 1, x, 1)])
    return b.node('Sub', [shifted, b.node('Log', [reduced(b, 'ReduceSum', 1, b.node('Exp', [shifted]), 1)])])
  },
  logsumexp: (b, own, x) => {
    const greatest = reduced(b, 'ReduceMax', own, x, 1)
    const isInfinite = b.node('IsInf', [greatest])
    const peak = b.node('Where', [isInfinite, b.float(0), greatest])
    const sum = reduced(b, 'ReduceSum', own, b.node('Exp', [b.node('Sub', [x ?? '', peak])]), 0)
    return b.node('Add', [b.node('Log', [sum]), b.node('Squeeze', [peak, last(b, own)])])
  },
  max: (b, own, x) => reduced(b, 'ReduceMax', own, x, 0),
  min: (b, own, x) => reduced(b, 'ReduceMin', own, x, 0),
  norm2: (b, own, x) => reduced(b, 'ReduceL2', own, x, 0),
  rnorm2: (b, own, x) => {
    const size = reduced(b, 'ReduceL2', own, x, 0)
    const isZero = equal(b, size, 0)
    const divisor = b.node('Where', [isZero, b.float(1), size])
    return b.node('Where', [isZero, b.float(0), b.node('Div', [b.float(1), divisor])])
  },
  prod: (b, own, x) => reduced(b, 'ReduceProd', own, x, 0),
  prodexcept: (b, _own, x) => {
    const size = b.node('Squeeze', [b.node('Shape', [x ?? ''], { start: -1 })])
    const index = b.node('Range', [b.int(0), size, b.int(1)])
    const isSame = b.node('Equal', [b.node('Unsqueeze', [index, b.ints([1])]), index])
    const others = b.node('Where', [isSame, b.float(1), b.node('Unsqueeze', [x ?? '', b.ints([-2])])])
    return reduced(b, 'ReduceProd', 1, others, 0)
  },
  cross: (b, _own, x, y) => {
    const turned = (value: Value | undefined, order: readonly number[]) =>
      b.node('Gather', [value ?? '', b.ints(order)], { axis: -1 })
    const forward = b.node('Mul', [turned(x, [1, 2, 0]), turned(y, [2, 0, 1])])
    return b.node('Sub', [forward, b.node('Mul', [turned(x, [2, 0, 1]), turned(y, [1, 2, 0])])])
  },
}

/** A function of whole operands; undefined for one that ONNX lacks. Throws `RangeError` for a name that is none. */
export function generalFunction(name: string): General | undefined {
  if (!Object.hasOwn(generals, name)) throw new RangeError(`no function is named ${name}`)
  return generals[name as GeneralName]
}

function last(b: Builder, own: number): Value {
  return b.ints(Array.from({ length: own }, (_, k) => k - own))
}

/** The operators took their axes as attributes at first, sums before the others. */
function reduced(b: Builder, name: string, own: number, x: Value | undefined, keepdims: 0 | 1): Value {
  return b.node(name, [x ?? '', last(b, own)], { keepdims })
}
