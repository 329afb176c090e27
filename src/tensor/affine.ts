/**
 * From labels and conditions to loop variables. An equality of labels needs no test: `i = j` makes one variable of two,
 * `p = i + m*j` makes p an affine function of i and j, `i = 3` fixes i. So a unit tensor costs nothing, and a reshape is a
 * change of strides.
 */

/** Σ coefficients·variable + offset (= | ≤ | ≠) 0. */
export interface Guard {
  readonly relation: 'eq' | 'le' | 'ne'
  readonly coefficients: readonly number[]
  readonly offset: number
}

/** Each label as offset + Σ coefficients·variable, the variables' ranges, and the conditions that are left. */
export interface LoopSpace {
  /** The range of each variable, both ends included. */
  readonly ranges: readonly Range[]
  readonly labels: readonly Affine[]
  readonly guards: readonly Guard[]
  /** No entry fulfils the conditions. */
  readonly empty: boolean
}

export interface Affine {
  readonly coefficients: readonly number[]
  readonly offset: number
}

interface Range {
  low: number
  high: number
}

/** A condition while it is worked on; coefficients are those of labels at first, then of variables. */
interface Work {
  readonly relation: Guard['relation']
  coefficients: number[]
  offset: number
}

const NOTHING: LoopSpace = { ranges: [], labels: [], guards: [], empty: true }

/**
 * `sizes` are those of the labels; conditions have a coefficient for each label. A label whose size is infinite may be any
 * index: the space of a finite one lies within.
 */
export function loopSpace(sizes: readonly number[], conditions: readonly Guard[]): LoopSpace {
  const count = sizes.length
  const ranges: Range[] = sizes.map((size) => ({ low: 0, high: size - 1 }))
  const labels: Work[] = sizes.map((_, label) => ({ relation: 'eq', coefficients: unit(count, label), offset: 0 }))
  const alive = sizes.map(() => true)
  let work: Work[] = conditions.map((c) => ({ ...c, coefficients: [...c.coefficients] }))

  for (let changed = true; changed; ) {
    changed = false
    const left: Work[] = []
    for (const condition of work) {
      const verdict = settle(condition, ranges)
      if (verdict === 'never') return NOTHING
      if (verdict === 'narrowed') changed = true
      if (verdict === 'open') left.push(condition)
    }
    work = left
    if (ranges.some((range, v) => alive[v] && range.low > range.high)) return NOTHING

    // A variable with one value left is a number.
    let solved = ranges.findIndex((range, v) => alive[v] && range.low === range.high && sizes[v]! > 1)
    let replacement: Work = { relation: 'eq', coefficients: zeros(count), offset: ranges[solved]?.low ?? 0 }
    if (solved < 0) {
      const equation = work.find((c) => c.relation === 'eq' && c.coefficients.some((k) => Math.abs(k) === 1))
      if (!equation) continue
      // The longest of the candidates is eliminated: of p = i + m*j that is p, whose values all occur.
      for (const [v, k] of equation.coefficients.entries()) {
        if (Math.abs(k) === 1 && (solved < 0 || length(ranges[v]!) >= length(ranges[solved]!))) solved = v
      }
      const sign = -equation.coefficients[solved]!
      replacement = {
        relation: 'eq',
        coefficients: equation.coefficients.map((k, v) => (v === solved ? 0 : k * sign + 0)),
        offset: equation.offset * sign + 0,
      }
      work = work.filter((c) => c !== equation)
      // It must stay in its range: low − r ≤ 0 and r − high ≤ 0.
      const { low, high } = ranges[solved]!
      work.push({
        relation: 'le',
        coefficients: replacement.coefficients.map((k) => -k),
        offset: low - replacement.offset,
      })
      work.push({ relation: 'le', coefficients: [...replacement.coefficients], offset: replacement.offset - high })
    }
    alive[solved] = false
    for (const target of [...work, ...labels]) substitute(target, solved, replacement)
    changed = true
  }
  const kept = alive.flatMap((is, v) => (is ? [v] : []))
  const keep = ({ relation, coefficients, offset }: Work) => ({
    relation,
    coefficients: kept.map((v) => coefficients[v]!),
    offset,
  })
  return { ranges: kept.map((v) => ranges[v]!), labels: labels.map(keep), guards: work.map(keep), empty: false }
}

/** Uses up a condition that the ranges decide, or that only narrows one range; else it stays open. */
function settle(condition: Work, ranges: readonly Range[]): 'always' | 'never' | 'narrowed' | 'open' {
  const { relation, coefficients, offset } = condition
  let least = offset
  let most = offset
  const involved: number[] = []
  for (const [v, k] of coefficients.entries()) {
    if (k === 0) continue
    involved.push(v)
    least += k * (k > 0 ? ranges[v]!.low : ranges[v]!.high)
    most += k * (k > 0 ? ranges[v]!.high : ranges[v]!.low)
  }
  if (relation === 'eq') {
    if (least > 0 || most < 0) return 'never'
    if (least === 0 && most === 0) return 'always'
  } else if (relation === 'le') {
    if (least > 0) return 'never'
    if (most <= 0) return 'always'
  } else {
    if (least > 0 || most < 0) return 'always'
    if (least === 0 && most === 0) return 'never'
  }
  if (involved.length !== 1 || relation === 'ne') return 'open'
  const range = ranges[involved[0]!]!
  const k = coefficients[involved[0]!]!
  const limit = -offset / k
  if (relation === 'eq') {
    if (!Number.isInteger(limit)) return 'never'
    range.low = limit
    range.high = limit
  } else if (k > 0) range.high = Math.min(range.high, Math.floor(limit))
  else range.low = Math.max(range.low, Math.ceil(limit))
  return 'narrowed'
}

function substitute(target: Work, variable: number, replacement: Affine): void {
  const k = target.coefficients[variable]!
  if (k === 0) return
  target.coefficients[variable] = 0
  for (const [v, c] of replacement.coefficients.entries()) target.coefficients[v]! += k * c
  target.offset += k * replacement.offset
}

function length({ low, high }: Range): number {
  return high - low + 1
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0)
}

function unit(count: number, at: number): number[] {
  const list = zeros(count)
  list[at] = 1
  return list
}
