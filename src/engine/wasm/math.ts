/**
 * Elementary functions on two float64 at once.
 *
 * exp and log follow fdlibm (Sun Microsystems, 1993; e_exp.c and e_log.c): the argument is reduced by multiples of ln 2 that
 * are subtracted in two parts, a rational function serves the rest. Errors stay below 1 ulp, of the others below 3.
 */
import {
  type Assembler,
  type Callable,
  call,
  type Expr,
  type FunctionBody,
  f64x2,
  i32x4,
  i64x2,
  v128,
} from './assembler.ts'

const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10

/** Which functions there are; each is defined in a module when it is first used. */
export type VectorFunction = 'exp' | 'log' | 'log1p' | 'expm1' | 'tanh' | 'sigmoid'

export class VectorMath {
  readonly #assembler: Assembler
  readonly #defined = new Map<VectorFunction, Callable>()

  constructor(assembler: Assembler) {
    this.#assembler = assembler
  }

  apply(name: VectorFunction, argument: Expr): Expr {
    return call(this.#function(name), [argument])
  }

  #function(name: VectorFunction): Callable {
    let known = this.#defined.get(name)
    if (!known) {
      const write = this.#writers[name]
      known = this.#assembler.define(undefined, ['v128'], 'v128', (f, x) => f.return(write(f, x as Expr)))
      this.#defined.set(name, known)
    }
    return known
  }

  readonly #writers: Readonly<Record<VectorFunction, (f: FunctionBody, x: Expr) => Expr>> = {
    exp: writeExp,
    log: writeLog,
    // log(1 + x) of the rounded sum, mended by what rounding lost over the sum.
    log1p: (f, x) => {
      const one = f64x2.const(1)
      const sum = f.local('v128', f64x2.add(one, x))
      const lost = f64x2.sub(x, f64x2.sub(sum, one))
      const log = f.local('v128', this.apply('log', sum))
      const mended = f64x2.add(log, f64x2.div(lost, sum))
      const isPlain = v128.and(f64x2.gt(sum, f64x2.const(0)), f64x2.lt(sum, f64x2.const(Number.POSITIVE_INFINITY)))
      return v128.bitselect(mended, log, isPlain)
    },
    // (u − 1)·x/log u for u = exp x, in which the errors of u cancel (W. Kahan).
    expm1: (f, x) => {
      const one = f64x2.const(1)
      const u = f.local('v128', this.apply('exp', x))
      const below = f.local('v128', f64x2.sub(u, one))
      const ratio = f64x2.div(f64x2.mul(below, x), this.apply('log', u))
      const far = v128.or(f64x2.eq(below, f64x2.const(-1)), f64x2.gt(x, f64x2.const(700)))
      return v128.bitselect(x, v128.bitselect(below, ratio, far), f64x2.eq(u, one))
    },
    tanh: (f, x) => {
      const most = f64x2.min(f64x2.abs(x), f64x2.const(22))
      const e = f.local('v128', this.apply('expm1', f64x2.add(most, most)))
      const size = f64x2.div(e, f64x2.add(e, f64x2.const(2)))
      return v128.bitselect(size, x, i64x2.const(0x7fffffffffffffffn))
    },
    sigmoid: (f, x) => {
      const one = f64x2.const(1)
      const e = f.local('v128', this.apply('exp', f64x2.neg(f64x2.abs(x))))
      return f64x2.div(v128.bitselect(one, e, f64x2.ge(x, f64x2.const(0))), f64x2.add(one, e))
    },
  }
}

function polynomial(x: Expr, coefficients: readonly number[]): Expr {
  const [first = 0, ...rest] = coefficients
  if (rest.length === 0) return f64x2.const(first)
  return f64x2.add(f64x2.const(first), f64x2.mul(x, polynomial(x, rest)))
}

function writeExp(f: FunctionBody, argument: Expr): Expr {
  // Beyond these arguments results are 0 and ∞; a NaN passes.
  const x = f.local('v128', f64x2.min(f64x2.max(argument, f64x2.const(-746)), f64x2.const(710)))
  const k = f.local('v128', f64x2.nearest(f64x2.mul(x, f64x2.const(Math.LOG2E))))
  const high = f.local('v128', f64x2.sub(x, f64x2.mul(k, f64x2.const(LN2_HIGH))))
  const low = f.local('v128', f64x2.mul(k, f64x2.const(LN2_LOW)))
  const r = f.local('v128', f64x2.sub(high, low))
  const square = f.local('v128', f64x2.mul(r, r))
  const c = f.local(
    'v128',
    f64x2.sub(
      r,
      f64x2.mul(
        square,
        polynomial(
          square,
          [
            0.16666666666666602, -0.0027777777777015593, 6.613756321437934e-5, -1.6533902205465252e-6,
            4.1381367970572385e-8,
          ],
        ),
      ),
    ),
  )
  const quotient = f64x2.div(f64x2.mul(r, c), f64x2.sub(f64x2.const(2), c))
  const y = f64x2.sub(f64x2.const(1), f64x2.sub(f64x2.sub(low, quotient), high))
  // 2^k in two factors: k reaches from −1076 to 1025.
  const exponent = f.local('v128', i64x2.extendLow(i32x4.fromF64x2(k)))
  const half = f.local('v128', i64x2.shr(exponent, 1))
  const power = (part: Expr) => i64x2.shl(i64x2.add(part, i64x2.const(1023n)), 52)
  return f64x2.mul(f64x2.mul(y, power(half)), power(i64x2.sub(exponent, half)))
}

function writeLog(f: FunctionBody, argument: Expr): Expr {
  const isSubnormal = f.local('v128', f64x2.lt(argument, f64x2.const(2 ** -1022)))
  const x = v128.bitselect(f64x2.mul(argument, f64x2.const(2 ** 54)), argument, isSubnormal)
  // x = 2^k·(1 + r) with √½ ≤ 1 + r < √2.
  const root = 0x3fe6a09en << 32n
  const bits = f.local('v128', i64x2.add(x, i64x2.const((0x3ff00000n << 32n) - root)))
  const mantissa = i64x2.add(v128.and(bits, i64x2.const(0x000fffffffffffffn)), i64x2.const(root))
  const r = f.local('v128', f64x2.sub(mantissa, f64x2.const(1)))
  const lowWords = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11]
  const wholeExponent = i64x2.sub(i64x2.shr(bits, 52), i64x2.const(1023n))
  const exponent = f.local('v128', wholeExponent)
  const shift = v128.and(isSubnormal, f64x2.const(54))
  const k = f.local('v128', f64x2.sub(f64x2.fromI32x4(v128.shuffle(exponent, exponent, lowWords)), shift))
  const halfSquare = f.local('v128', f64x2.mul(f64x2.const(0.5), f64x2.mul(r, r)))
  const s = f.local('v128', f64x2.div(r, f64x2.add(f64x2.const(2), r)))
  const z = f.local('v128', f64x2.mul(s, s))
  const series = f64x2.mul(
    z,
    polynomial(
      z,
      [
        0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
        0.15313837699209373, 0.14798198605116586,
      ],
    ),
  )
  const small = f64x2.add(f64x2.mul(s, f64x2.add(halfSquare, series)), f64x2.mul(k, f64x2.const(LN2_LOW)))
  const value = f64x2.add(f64x2.add(f64x2.sub(small, halfSquare), r), f64x2.mul(k, f64x2.const(LN2_HIGH)))
  const infinity = f64x2.const(Number.POSITIVE_INFINITY)
  const isPlain = v128.and(f64x2.gt(argument, f64x2.const(0)), f64x2.lt(argument, infinity))
  // ∞ and NaN give themselves, 0 gives −∞, what is negative NaN.
  const atZero = v128.bitselect(f64x2.neg(infinity), f64x2.const(Number.NaN), f64x2.eq(argument, f64x2.const(0)))
  const rest = v128.bitselect(argument, atZero, f64x2.gt(argument, f64x2.const(0)))
  return v128.bitselect(value, rest, isPlain)
}
