/**
 * Is this derivative right? Its values against differences of the function's values, at random points or at given ones.
 *
 * Only the reference evaluator is asked, so that function and derivative may come from any rewriting.
 */
import { EincalcError } from '../errors.ts'
import type { Node, Variable } from '../tensor/node.ts'
import { postorder } from '../tensor/walk.ts'
import {
  type AlongLine,
  differentiate,
  EVALUATIONS_PER_LINE,
  finestDifference,
  isKink,
  noiseOf,
  oneSidedSlopes,
  type Slopes,
} from './differences.ts'
import { bindDimensions } from './dimensions.ts'
import { checkFacts } from './facts.ts'
import { defaultSizes, Random, sampleInputs, turnedSizes } from './random.ts'
import { type EvaluateOptions, type Evaluation, moveBy, prepare, variablesOf } from './reference.ts'
import { singularAt } from './singular.ts'
import { sizeOf, type Tensor } from './tensor.ts'

export interface DerivativeCheck {
  /** The function of any order, or a lower derivative of it. */
  readonly value: Node
  /** Its derivative: the axes of `value`, then those of the variable. May belong to another graph. */
  readonly derivative: Node
  readonly variable: Variable
  /** Values by name; variables without one get random values as declared. */
  readonly inputs?: ReadonlyMap<string, Tensor>
  /** Sizes by name; names without one, which no input determines, get 2, 3, 5, ... */
  readonly dims?: ReadonlyMap<string, number>
  /** 1 unless given. */
  readonly seed?: number
  /** Random points; 2 unless given, 1 where all inputs are given. */
  readonly points?: number
  /** The greatest relative error that passes; 1e-6 unless given. */
  readonly tolerance?: number
  readonly limits?: Pick<EvaluateOptions, 'maxBytes' | 'maxOperations'>
}

export interface CheckResult {
  /** No entry differs, and at least one was compared. */
  readonly ok: boolean
  /** |derivative − difference| against the larger of the two, or 1e-4 of the tensor's largest entry. */
  readonly maxRelError: number
  /** Points at which entries were compared. */
  readonly points: number
  readonly seed: number
  /** Points drawn and left, because the function has no finite value there or a matrix is singular but for rounding. */
  readonly outside: number
  /** Entries compared. */
  readonly entries: number
  /** Entries left out at kinks and jumps, where a derivative is a convention. */
  readonly kinks: number
  /** Entries left out because differences do not settle (the function varies too fast or overflows). */
  readonly unsettled: number
  /** The entry that is most wrong, where the check fails. */
  readonly witness?: Witness
}

export interface Witness {
  /** The entry of the derivative, counted from 0; only the value's axes where a random direction was compared. */
  readonly entry: readonly number[]
  readonly derivative: number
  readonly difference: number
}

/** Points tried for each one wanted. */
const ATTEMPTS = 24
/** Entries of the variable that are moved one by one at most; of a larger one some are drawn, and directions beside them. */
const MOST_COORDINATES = 500
const LEAST_COORDINATES = 8
const DIRECTIONS = 4
/** Operations that the differences at one point may take, beyond the least number of coordinates: about a second. */
const BUDGET = 5e8
/** A relative difference up to which no uncertainty is considered. */
const AGREEMENT = 1e-9
/** A second sequence of steps, against which a first one that disagrees is held. */
const OTHER_STEP = 0.61
/** A difference that rounding explains, as a part of the function's largest value by the length of the line. */
const CANCELLATION = 2 ** -46

/**
 * Compares a derivative with extrapolated central differences of the function. The variable is moved entry by entry,
 * whatever its declared structure, since the derivative is the unconstrained one. The same seed gives the same result.
 *
 * Throws `ShapeMismatch` where the derivative does not have the axes of the value and then those of the variable, and
 * what `evaluate` throws for given inputs.
 */
export function checkDerivative(check: DerivativeCheck): CheckResult {
  const { value, derivative, variable } = check
  const variables = uniqueByName([variable, ...variablesOf([value, derivative])])
  const [sizes, others] = settleSizes(check, variables)
  requireLayout(value, derivative, variable, sizes)
  const result = checkAt(check, variables, sizes)
  // det(X'*X) is 0 for every wide X: where no point lies in the domain, the sizes may be to blame.
  const isOutside = result.points === 0 && result.outside > 0
  if (!isOutside || !others) return result
  const again = checkAt(check, variables, others)
  return again.points > 0 ? again : result
}

function checkAt(
  check: DerivativeCheck,
  variables: readonly Variable[],
  sizes: ReadonlyMap<string, number>,
): CheckResult {
  const { value, derivative, variable, inputs: given = new Map<string, Tensor>(), seed = 1, tolerance = 1e-6 } = check
  const options = { ...check.limits, checkFacts: false }
  const isSingular = singularAt([value, derivative], sizes, options)
  const f = prepare([value], sizes, options)
  const d = prepare([derivative], sizes, options)
  for (const declared of variables) {
    const input = given.get(declared.name)
    if (input) checkFacts(declared, input)
  }
  const isGiven = variables.every(({ name }) => given.has(name))
  const wanted = check.points ?? (isGiven ? 1 : 2)

  const total = new Tally()
  let points = 0
  let outside = 0
  for (let attempt = 0; points < wanted && attempt < ATTEMPTS * wanted; attempt++) {
    // Where a given point has no derivative, the formula is still held to others.
    const fixed = isGiven && attempt > 0 ? new Map<string, Tensor>() : given
    const inputs = new Map([...sampleInputs(variables, sizes, seed + points, attempt), ...fixed])
    const tally = isSingular(inputs) ? undefined : comparePoint(f, d, variable.name, inputs, new Random(seed + attempt))
    if (!tally) {
      outside++
      continue
    }
    if (tally.entries > 0) points++
    total.add(tally)
  }
  const { maxRelError, worst, entries } = total
  const ok = entries > 0 && maxRelError <= tolerance
  return {
    ok,
    maxRelError,
    points,
    seed,
    outside,
    entries,
    kinks: total.kinks,
    unsettled: total.unsettled,
    ...(maxRelError > tolerance && worst ? { witness: worst } : {}),
  }
}

/** Sizes from the inputs, from `dims`, and small ones for the rest; and others, with these in the opposite order. */
function settleSizes(
  check: DerivativeCheck,
  variables: readonly Variable[],
): readonly [sizes: Map<string, number>, others: Map<string, number> | undefined] {
  const bound = bindDimensions(variables, check.inputs ?? new Map(), check.dims)
  const dimensions = postorder([check.variable, check.value, check.derivative]).flatMap((node) =>
    node.kind === 'contraction' ? node.dimensions : node.axes,
  )
  const sizes = defaultSizes(dimensions, bound)
  return [sizes, turnedSizes(dimensions, sizes, bound)]
}

function requireLayout(value: Node, derivative: Node, variable: Variable, sizes: ReadonlyMap<string, number>): void {
  const lengths = (node: Node) => node.axes.map((dimension) => dimension.evaluate(sizes))
  const expected = [...lengths(value), ...lengths(variable)]
  const found = lengths(derivative)
  if (expected.length === found.length && expected.every((length, axis) => length === found[axis])) return
  throw new EincalcError({
    code: 'ShapeMismatch',
    message: `the derivative has the shape [${found.join(', ')}], expected is [${expected.join(', ')}]`,
    hint: `Its axes are those of the function, then those of ${variable.name}.`,
  })
}

function uniqueByName(variables: readonly Variable[]): Variable[] {
  const declared = (variable: Variable) =>
    Number(variable.facts.structure !== undefined || variable.facts.sign !== undefined)
  const byName = new Map<string, Variable>()
  for (const variable of [...variables].sort((a, b) => declared(a) - declared(b))) byName.set(variable.name, variable)
  return [...byName.values()]
}

/** What was found so far. */
class Tally {
  entries = 0
  kinks = 0
  unsettled = 0
  maxRelError = 0
  worst: Witness | undefined

  add(other: Tally): void {
    this.entries += other.entries
    this.kinks += other.kinks
    this.unsettled += other.unsettled
    if (other.worst) this.keep(other.maxRelError, other.worst)
  }
  /** Counts one entry that was compared. */
  note(error: number, witness: Witness): void {
    this.entries++
    this.keep(error, witness)
  }
  private keep(error: number, witness: Witness): void {
    if (this.worst && error <= this.maxRelError) return
    this.maxRelError = error
    this.worst = witness
  }
}

/** One line through the point, with the derivative along it. */
interface Line {
  readonly f: AlongLine
  readonly scale: number
  readonly derivative: Float64Array
  /** The moved entry of the variable; undefined for a direction. */
  readonly coordinate: number | undefined
  /** The sum of what a step of length 1 moves the entries of the variable by. */
  readonly reach: number
}

/** Points some roundings away at which an evaluation is repeated. */
const SHAKES = 4

/**
 * How far each entry of a value moves when every input and every intermediate value is off by some units in its last place:
 * what rounding does to it, also where large values cancel or absorb small ones (stochastic arithmetic: J. Vignes, 1993).
 */
export function roundingOf(evaluation: Evaluation, inputs: ReadonlyMap<string, Tensor>, seed = 1): Float64Array {
  const random = new Random(seed)
  const centre = valueAt(evaluation, inputs)?.data ?? new Float64Array(0)
  const rounding = centre.map((entry) => Number.EPSILON * Math.abs(entry))
  for (let shake = 0; shake < SHAKES; shake++) {
    const moved = new Map<string, Tensor>()
    for (const [name, { shape, data }] of inputs) {
      const copy = data.slice()
      moveBy(8 * Number.EPSILON, copy, random)
      moved.set(name, { shape, data: copy })
    }
    const value = valueAt(evaluation, moved, random)?.data
    for (const [k, entry] of centre.entries()) {
      const change = Math.abs((value?.[k] ?? Number.NaN) - entry)
      if (change > rounding[k]!) rounding[k] = change
    }
  }
  return rounding
}

function larger(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((entry, k) => Math.max(entry, b[k]!))
}

/** Undefined where the function has no finite value at the point. */
function comparePoint(
  f: Evaluation,
  d: Evaluation,
  name: string,
  inputs: ReadonlyMap<string, Tensor>,
  random: Random,
): Tally | undefined {
  const centre = valueAt(f, inputs)
  if (!centre?.data.every(Number.isFinite)) return undefined
  const derivative = valueAt(d, inputs)
  if (!derivative) return undefined
  const x = inputs.get(name)!
  const lines = linesThrough(f, name, inputs, x, centre.data.length, derivative.data, random)
  const shaken = roundingOf(f, inputs)
  const differences = lines.map((line) => differentiate(line.f, line.scale, shaken))

  let largest = 0
  let roughest = 0
  for (const { estimate, error } of differences) {
    for (const [k, entry] of estimate.entries()) {
      if (!Number.isFinite(entry)) continue
      largest = Math.max(largest, Math.abs(entry))
      roughest = Math.max(roughest, error[k]!)
    }
  }
  // A function that does not change, or only by rounding, has no scale of its own.
  let size = largest <= 2 ** 8 * roughest ? 1 : 0
  for (const entry of centre.data) size = Math.max(size, Math.abs(entry))
  const tally = new Tally()
  let blur: number | undefined
  for (const [at, line] of lines.entries()) {
    const { estimate, error } = differences[at]!
    let slopes: Slopes | undefined
    let noise: Float64Array | undefined
    let again: Float64Array | undefined
    let finest: ReturnType<typeof finestDifference> | undefined
    for (let k = 0; k < estimate.length; k++) {
      const found = line.derivative[k]!
      const expected = estimate[k]!
      const difference = Math.abs(found - expected)
      const scale = Math.max(Math.abs(expected) || 0, 1e-4 * largest, Number.isFinite(found) ? Math.abs(found) : 0)
      // What is 0 may be computed as a difference of terms as large as the function's values.
      if (difference <= AGREEMENT * scale || difference <= (CANCELLATION * size) / line.scale) {
        const relative = difference <= AGREEMENT * scale && scale > 0 ? difference / scale : 0
        tally.note(relative, witness(line, k, centre.shape, x.shape, expected))
        continue
      }
      noise ??= larger(shaken, noiseOf(line.f, line.scale))
      again ??= differentiate(line.f, OTHER_STEP * line.scale, shaken).estimate
      const rounding = noise[k]! / line.scale
      // Estimates from other steps may agree less than those of one sequence.
      const spread = 4 * Math.max(error[k]!, Math.abs(again[k]! - expected) || 0)
      const uncertainty = spread + 2 ** 8 * rounding
      const isSettled = uncertainty <= 1e-5 * scale
      // Where this entry of the function is exactly constant, the others still tell what terms that cancel leave behind.
      const residue = (2 ** 8 * noise.reduce((most, entry) => Math.max(most, entry), 0)) / line.scale
      const isResidue = Math.abs(expected) <= residue && Math.abs(found) <= residue
      if (isResidue || (!isSettled && difference <= uncertainty && uncertainty <= 2 ** 16 * rounding)) {
        // Both are 0 but for rounding.
        tally.note(0, witness(line, k, centre.shape, x.shape, expected))
        continue
      }
      slopes ??= oneSidedSlopes(line.f, line.scale)
      finest ??= finestDifference(line.f, line.scale)
      const apart = Math.abs(finest.slope[k]! - expected)
      // The function may vary faster than the steps of the estimate.
      const isResolved = apart <= uncertainty + 8 * (finest.rounding[k]! + shaken[k]! / finest.step)
      if (isKink(slopes, k, found, error[k]!)) tally.kinks++
      else if (!isSettled || !isResolved) tally.unsettled++
      else {
        // What differences and rounding may be off by says nothing against the derivative.
        blur ??= roundingOf(d, inputs).reduce((most, entry) => Math.max(most, entry), 0)
        const relative = Math.max(0, difference - uncertainty - 2 ** 5 * blur * line.reach) / scale
        const isBroken = Number.isNaN(relative)
        tally.note(isBroken ? Number.POSITIVE_INFINITY : relative, witness(line, k, centre.shape, x.shape, expected))
      }
    }
  }
  return tally
}

function linesThrough(
  f: Evaluation,
  name: string,
  inputs: ReadonlyMap<string, Tensor>,
  x: Tensor,
  outputs: number,
  derivative: Float64Array,
  random: Random,
): Line[] {
  const count = x.data.length
  const typical = Math.sqrt(x.data.reduce((sum, entry) => sum + entry * entry, 0) / count) || 1
  const moved =
    (move: (data: Float64Array, t: number) => void): AlongLine =>
    (t) => {
      const data = x.data.slice()
      move(data, t)
      const point = new Map([...inputs, [name, { shape: x.shape, data }]])
      return valueAt(f, point)?.data ?? new Float64Array(outputs).fill(Number.NaN)
    }
  const affordable = Math.floor(BUDGET / (EVALUATIONS_PER_LINE * (f.operations + 2 * count)))
  const most = Math.max(LEAST_COORDINATES, Math.min(MOST_COORDINATES, affordable))
  const coordinates =
    count <= most ? Array.from({ length: count }, (_, k) => k) : Array.from({ length: most }, () => random.below(count))
  const lines: Line[] = coordinates.map((coordinate) => ({
    f: moved((data, t) => {
      data[coordinate]! += t
    }),
    // An entry's own size keeps a positive one positive; a much smaller step would drown in rounding.
    scale: Math.max(Math.abs(x.data[coordinate]!), 1e-3 * typical),
    derivative: Float64Array.from({ length: outputs }, (_, o) => derivative[o * count + coordinate]!),
    coordinate,
    reach: 1,
  }))
  for (let k = 0; count > most && k < DIRECTIONS; k++) {
    const direction = x.data.map((entry) => (Math.abs(entry) || typical) * random.between(-1, 1))
    const sums = Float64Array.from({ length: outputs }, (_, o) =>
      direction.reduce((sum, step, at) => sum + step * derivative[o * count + at]!, 0),
    )
    const move = (data: Float64Array, t: number) => {
      for (const [at, step] of direction.entries()) data[at]! += t * step
    }
    const reach = direction.reduce((sum, step) => sum + Math.abs(step), 0)
    lines.push({ f: moved(move), scale: 1, derivative: sums, coordinate: undefined, reach })
  }
  return lines
}

/** The value of the one root; undefined where a matrix to invert is singular there. */
function valueAt(evaluation: Evaluation, inputs: ReadonlyMap<string, Tensor>, shaken?: Random): Tensor | undefined {
  try {
    return (shaken ? evaluation.shake(inputs, shaken) : evaluation.run(inputs))[0]
  } catch (error) {
    if (error instanceof EincalcError && error.code === 'DomainError') return undefined
    throw error
  }
}

function witness(
  line: Line,
  output: number,
  outShape: readonly number[],
  shape: readonly number[],
  difference: number,
): Witness {
  const entry = indexOf(output, outShape)
  if (line.coordinate !== undefined) entry.push(...indexOf(line.coordinate, shape))
  return { entry, derivative: line.derivative[output]!, difference }
}

function indexOf(position: number, shape: readonly number[]): number[] {
  const index: number[] = []
  let rest = position
  let block = sizeOf(shape)
  for (const length of shape) {
    block /= length
    index.push(Math.floor(rest / block))
    rest %= block
  }
  return index
}
