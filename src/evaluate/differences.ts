/**
 * Directional derivatives from values alone: central differences at halved steps, extrapolated to step 0
 * (Richardson 1911; the choice of the entry with the least spread is Ridders 1982).
 */

/** A function from a step t along one line to the entries of its result. */
export type AlongLine = (t: number) => Float64Array

export interface Difference {
  /** The estimate for each entry of the result. */
  readonly estimate: Float64Array
  /**
   * The spread of the estimates that agree best, and what rounding does at their step: what the estimate may be off by.
   * Infinity where there is none.
   */
  readonly error: Float64Array
}

/** Halvings of the step. From 2^-4 to 2^-15 of the scale: roundoff and truncation meet in between. */
const LEVELS = 12
const FIRST_STEP = 2 ** -4
/** Relative rounding of a function's value that is sure not to be a change. */
const ROUNDINGS = 64 * Number.EPSILON
export const EVALUATIONS_PER_LINE = 2 * LEVELS

/** What one level of the halvings says of each entry. */
interface Level {
  readonly estimate: Float64Array
  /** The spread of the estimates that agree best, and what `noise` does to a quotient at this step. */
  readonly error: Float64Array
  /** What rounding of f surely never exceeds in a quotient at this step. */
  readonly rounding: Float64Array
}

/** The derivative of f at t = 0; `scale` is the length over which f changes, `noise` what rounding does to its values. */
export function differentiate(f: AlongLine, scale: number, noise: Float64Array): Difference {
  const levels: Level[] = []
  let previous: Float64Array[] = []
  for (let level = 0; level < LEVELS; level++) {
    const step = FIRST_STEP * scale * 2 ** -level
    const right = f(step)
    const left = f(-step)
    const current: Float64Array[] = [right.map((value, k) => (value - left[k]!) / (2 * step))]
    const estimate = new Float64Array(right.length).fill(Number.NaN)
    const error = new Float64Array(right.length).fill(Number.POSITIVE_INFINITY)
    for (let order = 1; order <= Math.min(level, 5); order++) {
      const finer = current[order - 1]!
      const coarser = previous[order - 1]!
      const factor = 4 ** order
      const extrapolated = finer.map((value, k) => (factor * value - coarser[k]!) / (factor - 1))
      current.push(extrapolated)
      for (let k = 0; k < extrapolated.length; k++) {
        const spread = Math.max(Math.abs(extrapolated[k]! - finer[k]!), Math.abs(extrapolated[k]! - coarser[k]!))
        const own = spread + noise[k]! / step
        // What is not finite (a point beyond the domain) is never chosen.
        if (own < error[k]!) {
          error[k] = own
          estimate[k] = extrapolated[k]!
        }
      }
    }
    const rounding = right.map((value, k) => (ROUNDINGS * Math.max(Math.abs(value), Math.abs(left[k]!))) / step)
    levels.push({ estimate, error, rounding })
    previous = current
  }
  return bestOf(levels)
}

/**
 * For each entry the estimate of least error, unless finer steps contradict it: steps that reach past a kink, or over many
 * periods, may agree with each other on another slope.
 */
function bestOf(levels: readonly Level[]): Difference {
  const length = levels[0]!.estimate.length
  const estimate = new Float64Array(length).fill(Number.NaN)
  const error = new Float64Array(length).fill(Number.POSITIVE_INFINITY)
  for (let k = 0; k < length; k++) {
    let chosen = leastError(levels, 0, k, () => true)
    for (let next = chosen; next !== undefined; ) {
      chosen = next
      const at = levels[next]!
      next = leastError(levels, next + 1, k, ({ estimate: finer, error: own, rounding }) => {
        const uncertainty = at.error[k]! + own[k]! + rounding[k]!
        return Math.abs(finer[k]! - at.estimate[k]!) > 8 * uncertainty
      })
    }
    if (chosen === undefined) continue
    estimate[k] = levels[chosen]!.estimate[k]!
    error[k] = levels[chosen]!.error[k]!
  }
  return { estimate, error }
}

/** The level from `first` on with the least error among those that count; undefined where none does. */
function leastError(
  levels: readonly Level[],
  first: number,
  k: number,
  counts: (level: Level) => boolean,
): number | undefined {
  let best: number | undefined
  for (let at = first; at < levels.length; at++) {
    const level = levels[at]!
    if (!(level.error[k]! < Number.POSITIVE_INFINITY) || !counts(level)) continue
    if (best === undefined || level.error[k]! < levels[best]!.error[k]!) best = at
  }
  return best
}

/** A central difference at a step so small that only functions of more than 10^8 periods along the line vary within it. */
export function finestDifference(
  f: AlongLine,
  scale: number,
): { step: number; slope: Float64Array; rounding: Float64Array } {
  const step = 2 ** -30 * scale
  const right = f(step)
  const left = f(-step)
  return {
    step,
    slope: right.map((value, k) => (value - left[k]!) / (2 * step)),
    rounding: right.map((value, k) => (ROUNDINGS * Math.max(Math.abs(value), Math.abs(left[k]!))) / step),
  }
}

/**
 * What rounding does to each entry of f near t = 0, also where large intermediate values cancel: second differences at
 * steps so small that the function itself has none.
 */
export function noiseOf(f: AlongLine, scale: number): Float64Array {
  const centre = f(0)
  const noise = centre.map((value) => Number.EPSILON * Math.abs(value))
  for (const fraction of [1, 1.3, 1.7, 2.3]) {
    const step = fraction * 2 ** -27 * scale
    const right = f(step)
    const left = f(-step)
    for (const [k, value] of centre.entries()) {
      const second = Math.abs(right[k]! - 2 * value + left[k]!)
      if (second > noise[k]!) noise[k] = second
    }
  }
  return noise
}

/** The slopes on both sides of t = 0, at a step and at a sixteenth of it. */
export interface Slopes {
  readonly left: Float64Array
  readonly right: Float64Array
  /** right − left at the greater step. */
  readonly coarseGap: Float64Array
}

export function oneSidedSlopes(f: AlongLine, scale: number): Slopes {
  const centre = f(0)
  const slopesAt = (step: number) => {
    const right = f(step).map((value, k) => (value - centre[k]!) / step)
    const left = f(-step).map((value, k) => (centre[k]! - value) / step)
    return { left, right }
  }
  const coarse = slopesAt(2 ** -8 * scale)
  return { ...slopesAt(2 ** -12 * scale), coarseGap: coarse.right.map((slope, k) => slope - coarse.left[k]!) }
}

/**
 * Whether entry k has no derivative at t = 0 that `derivative` could miss: a side beyond the domain, slopes that grow
 * without bound, or a kink with `derivative` between the slopes of its sides. Along a smooth function the slopes of both
 * sides approach each other as the step falls; `error` is what slopes are off by.
 */
export function isKink({ left, right, coarseGap }: Slopes, k: number, derivative: number, error: number): boolean {
  const [low, high] = left[k]! < right[k]! ? [left[k]!, right[k]!] : [right[k]!, left[k]!]
  const gap = high - low
  if (!Number.isFinite(gap)) return true
  const before = Math.abs(coarseGap[k]!)
  if (gap < 1e-4 * Math.max(Math.abs(low), Math.abs(high)) || gap < 2 ** 12 * error || gap < 0.5 * before) return false
  if (gap > 1.5 * before) return true
  return derivative >= low - 0.01 * gap && derivative <= high + 0.01 * gap
}
