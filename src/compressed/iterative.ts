/** Solvers that need only products with the operator. */
import { dot, norm } from '../evaluate/matrix.ts'

export interface Operator {
  readonly apply: (p: Float64Array) => Float64Array
  readonly applyTransposed: (p: Float64Array) => Float64Array
  /** The diagonal, where rows and columns are the same axes. */
  readonly diagonal: () => Float64Array
}

export interface Stop {
  /** The residual aimed at, as a share of the right-hand side. */
  readonly tolerance: number
  readonly maxIterations: number
}

export interface Iterated {
  readonly x: Float64Array
  readonly method: string
  readonly iterations: number
}

/**
 * Conjugate gradients where the operator is symmetric, scaled by its diagonal where that is positive; MINRES, whose residual
 * only falls, where these meet a direction of curvature ≤ 0 or do not arrive; LSQR where it is not symmetric.
 */
export function iterate(operator: Operator, g: Float64Array, stop: Stop): Iterated {
  if (!isSymmetricOperator(operator, g.length)) return lsqr(operator, g, stop)
  return conjugateGradients(operator, g, stop) ?? restarted(operator, g, stop)
}

/** Whether x'Hy = y'Hx for two vectors drawn at random. */
function isSymmetricOperator({ apply }: Operator, n: number): boolean {
  let state = 1
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
  const x = Float64Array.from({ length: n }, draw)
  const y = Float64Array.from({ length: n }, draw)
  const [hx, hy] = [apply(x), apply(y)]
  return Math.abs(dot(x, hy) - dot(y, hx)) <= 1e-12 * (norm(x) * norm(hy) + norm(y) * norm(hx))
}

/** Undefined where a direction of curvature ≤ 0 turns up, or the residual stays above its goal. */
function conjugateGradients(operator: Operator, g: Float64Array, stop: Stop): Iterated | undefined {
  const diagonal = operator.diagonal()
  if (!diagonal.every((entry) => entry > 0)) return undefined
  const x = new Float64Array(g.length)
  const r = g.slice()
  const z = r.map((entry, k) => entry / diagonal[k]!)
  const p = z.slice()
  let rz = dot(r, z)
  const goal = stop.tolerance * norm(g)
  let iterations = 0
  let size = norm(r)
  for (; iterations < stop.maxIterations && size > goal; iterations++) {
    const q = operator.apply(p)
    const curvature = dot(p, q)
    if (!(curvature > 0)) return undefined
    const length = rz / curvature
    for (let k = 0; k < x.length; k++) {
      x[k]! += length * p[k]!
      r[k]! -= length * q[k]!
      z[k] = r[k]! / diagonal[k]!
    }
    const next = dot(r, z)
    for (let k = 0; k < p.length; k++) p[k] = z[k]! + (next / rz) * p[k]!
    rz = next
    size = norm(r)
  }
  return size > goal ? undefined : { x, method: 'cg', iterations }
}

/** MINRES, begun anew with what is left for as long as that helps. */
function restarted(operator: Operator, g: Float64Array, stop: Stop): Iterated {
  const x = new Float64Array(g.length)
  const size = norm(g)
  let rest = g
  let iterations = 0
  for (;;) {
    const left = norm(rest)
    if (left <= stop.tolerance * size || iterations >= stop.maxIterations) break
    const goal = { tolerance: (stop.tolerance * size) / left, maxIterations: stop.maxIterations - iterations }
    const found = minres(operator, rest, goal)
    iterations += found.iterations
    const before = rest
    const next = operator.apply(found.x).map((entry, k) => before[k]! - entry)
    if (!(norm(next) < left)) break
    for (let k = 0; k < x.length; k++) x[k]! += found.x[k]!
    rest = next
    if (norm(next) > left / 2) break
  }
  return { x, method: 'minres', iterations }
}

/** A share of the operator's size below which the vectors of MINRES, orthogonal but for rounding, tell nothing more. */
const NEGLIGIBLE = 1e-8

/** Paige and Saunders 1975. */
function minres(operator: Operator, g: Float64Array, stop: Stop): Iterated {
  const n = g.length
  const size = norm(g)
  const x = new Float64Array(n)
  let before: Float64Array = new Float64Array(n)
  let v: Float64Array = g.map((entry) => entry / size)
  let w: Float64Array = new Float64Array(n)
  let wBefore: Float64Array = new Float64Array(n)
  let [beta, eta, c, cBefore, s, sBefore] = [0, size, 1, 1, 0, 0]
  let magnitude = 0
  let iterations = 0
  for (; iterations < stop.maxIterations && Math.abs(eta) > stop.tolerance * size; iterations++) {
    const q = operator.apply(v)
    const alpha = dot(v, q)
    const last = before
    const current = v
    const next = q.map((entry, k) => entry - alpha * current[k]! - beta * last[k]!)
    const nextBeta = norm(next)
    const delta = c * alpha - cBefore * s * beta
    const first = Math.hypot(delta, nextBeta)
    // ‖H r‖ / ‖r‖: where it vanishes, no x has a smaller residual.
    magnitude = Math.max(magnitude, Math.hypot(beta, alpha, nextBeta))
    if (first === 0 || Math.hypot(delta, c * nextBeta) <= NEGLIGIBLE * magnitude) break
    const second = s * alpha + cBefore * c * beta
    const third = sBefore * beta
    cBefore = c
    sBefore = s
    c = delta / first
    s = nextBeta / first
    const direction: Float64Array = current.map((entry, k) => (entry - third * wBefore[k]! - second * w[k]!) / first)
    wBefore = w
    w = direction
    for (let k = 0; k < n; k++) x[k]! += c * eta * direction[k]!
    eta *= -s
    before = current
    beta = nextBeta
    // The products seen so far span all that matters; beyond them is rounding.
    if (nextBeta <= NEGLIGIBLE * magnitude) break
    v = next.map((entry) => entry / nextBeta)
  }
  return { x, method: 'minres', iterations }
}

/** Paige and Saunders 1982. */
function lsqr({ apply, applyTransposed }: Operator, g: Float64Array, stop: Stop): Iterated {
  const size = norm(g)
  let u: Float64Array = g.map((entry) => entry / size)
  let v: Float64Array = applyTransposed(u)
  let alpha = norm(v)
  const x = new Float64Array(v.length)
  let iterations = 0
  if (alpha === 0) return { x, method: 'lsqr', iterations }
  v = v.map((entry) => entry / alpha)
  let w = v.slice()
  let [phi, rho] = [size, alpha]
  for (; iterations < stop.maxIterations && Math.abs(phi) > stop.tolerance * size; iterations++) {
    const left = u
    const nextU = apply(v).map((entry, k) => entry - alpha * left[k]!)
    const beta = norm(nextU)
    u = beta === 0 ? nextU : nextU.map((entry) => entry / beta)
    const right = v
    const nextV = applyTransposed(u).map((entry, k) => entry - beta * right[k]!)
    alpha = norm(nextV)
    v = alpha === 0 ? nextV : nextV.map((entry) => entry / alpha)
    const length = Math.hypot(rho, beta)
    const [c, s] = [rho / length, beta / length]
    const step = (c * phi) / length
    for (let k = 0; k < x.length; k++) x[k]! += step * w[k]!
    const back = (s * alpha) / length
    w = v.map((entry, k) => entry - back * w[k]!)
    rho = -c * alpha
    phi *= s
    if (alpha === 0) break
  }
  return { x, method: 'lsqr', iterations }
}
