/** Random inputs that fit declarations, the same in every run from the same seed. */
import type { Dimension } from '../tensor/dimension.ts'
import type { Variable } from '../tensor/node.ts'
import { sizeOfDimension } from './dimensions.ts'
import { sizeOf, type Tensor } from './tensor.ts'

/** Numbers in [0, 1) from a seed: mulberry32 (T. Ettinger), a 32-bit generator that is ample for test points. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }
  /** An integer in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }
}

/**
 * Where entries are drawn from when nothing is declared: both signs first, then the places where functions with a
 * smaller domain live (log, arccos, sqrt(x-1), log(-x)). Entries keep off 0, where kinks and poles are.
 */
const RANGES: readonly ((random: Random) => number)[] = [
  (random) => random.between(0.2, 1.5) * (random.next() < 0.5 ? -1 : 1),
  (random) => random.between(0.2, 1.5),
  (random) => random.between(0.05, 0.95),
  (random) => random.between(0.05, 0.6) * (random.next() < 0.5 ? -1 : 1),
  (random) => random.between(1.1, 3),
  (random) => -random.between(0.2, 1.5),
]

/**
 * One value per variable, as its declaration demands. Attempts differ in the ranges of what is not declared: attempt 0 is
 * of both signs; from attempt 6 on each variable has a range of its own choice.
 */
export function sampleInputs(
  variables: Iterable<Variable>,
  sizes: ReadonlyMap<string, number>,
  seed: number,
  attempt = 0,
): Map<string, Tensor> {
  const inputs = new Map<string, Tensor>()
  const structured = [...variables]
  // A variable may occur under one name with and without its declared facts; the facts then count.
  structured.sort((a, b) => Number(b.facts.structure !== undefined) - Number(a.facts.structure !== undefined))
  for (const variable of structured) {
    if (inputs.has(variable.name)) continue
    // A generator of its own, so that a value does not depend on which other variables there are.
    const random = new Random(seed + 0x9e3779b9 * attempt + hashOf(variable.name))
    const shape = variable.axes.map((dimension) => sizeOfDimension(dimension, sizes))
    const choice = attempt < RANGES.length ? attempt : random.below(RANGES.length)
    inputs.set(variable.name, sample(variable, shape, random, choice))
  }
  return inputs
}

/**
 * The values with each entry moved by a part of at most 2^-46, far above the rounding of one operation: what a function
 * changes by then is no more than noise. Symmetric matrices stay so.
 */
export function perturbed(values: ReadonlyMap<string, Tensor>, seed: number): Map<string, Tensor> {
  return new Map(
    [...values].map(([name, { shape, data }]) => {
      const random = new Random(seed + hashOf(name))
      const factors = data.map(() => 1 + 2 ** -46 * random.between(-1, 1))
      const [n] = shape
      const mirrored = (at: number) => (at % n!) * n! + Math.floor(at / n!)
      const isSymmetric = shape.length === 2 && n === shape[1] && data.every((x, at) => x === data[mirrored(at)])
      const place = (at: number) => (isSymmetric ? Math.min(at, mirrored(at)) : at)
      return [name, { shape, data: data.map((entry, at) => entry * factors[place(at)]!) }]
    }),
  )
}

/**
 * Sizes for all names that occur in `dimensions`: those given, else the distinct small primes 2, 3, 5 and then other
 * numbers, so that swapped axes show. Takes others where a polynomial such as n−2 would not be positive.
 */
export function defaultSizes(
  dimensions: Iterable<Dimension>,
  given: ReadonlyMap<string, number> = new Map(),
): Map<string, number> {
  const distinct = new Map<string, Dimension>()
  for (const dimension of dimensions) distinct.set(dimension.key, dimension)
  const free = [...new Set([...distinct.values()].flatMap((dimension) => dimension.names))]
    .filter((name) => !given.has(name))
    .sort()
  const candidates = [2, 3, 5, 4, 7, 6].filter((size) => ![...given.values()].includes(size))
  const sizeAt = (position: number) => candidates[position] ?? position + 2
  for (let shift = 0; ; shift++) {
    const sizes = new Map(given)
    for (const [position, name] of free.entries()) sizes.set(name, sizeAt(position + shift))
    const fits = [...distinct.values()].every((dimension) => {
      const size = dimension.evaluate(sizes)
      return Number.isInteger(size) && size >= 1
    })
    // A dimension such as n/7 may fit none of these; the evaluator then says so.
    if (fits || shift === 40) return sizes
  }
}

/**
 * The default sizes of the names that are not given, in the opposite order: a function that no point of these sizes lies in the
 * domain of, as log(det(X'*X)) for every wide X, may have some at others. Undefined where there are none.
 */
export function turnedSizes(
  dimensions: Iterable<Dimension>,
  sizes: ReadonlyMap<string, number>,
  given: ReadonlyMap<string, number> = new Map(),
): Map<string, number> | undefined {
  const free = [...sizes.keys()].filter((name) => !given.has(name))
  if (free.length < 2) return undefined
  const turned = new Map(sizes)
  for (const [k, name] of free.entries()) turned.set(name, sizes.get(free.at(-1 - k) as string) as number)
  const fits = [...dimensions].every((dimension) => {
    const size = dimension.evaluate(turned)
    return Number.isInteger(size) && size >= 1
  })
  return fits ? turned : undefined
}

function sample({ facts }: Variable, shape: readonly number[], random: Random, choice: number): Tensor {
  const signed = facts.sign ? RANGES[1]! : RANGES[choice]!
  const data = Float64Array.from({ length: sizeOf(shape) }, () => signed(random))
  const n = shape[0] ?? 1
  switch (facts.structure) {
    case 'symmetric':
      return { shape, data: symmetricPart(data, n) }
    case 'psd': {
      const product = new Float64Array(n * n)
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          for (let k = 0; k < n; k++) product[i * n + j]! += (data[i * n + k]! * data[j * n + k]!) / n
        }
        product[i * n + i]! += 0.5
      }
      return { shape, data: product }
    }
    case 'diagonal':
      return { shape, data: data.map((entry, at) => (at % (n + 1) === 0 ? entry : 0)) }
    case 'orthogonal':
      return { shape, data: facts.sign ? unitMatrix(n) : orthogonal(data, n) }
  }
  // A square matrix with positive entries gets a positive determinant, where log(det(X)) lives.
  if (choice === 1 && shape.length === 2 && shape[1] === n) for (let i = 0; i < n; i++) data[i * (n + 1)]! += 1.5 * n
  return { shape, data }
}

function symmetricPart(data: Float64Array, n: number): Float64Array {
  return data.map((entry, at) => (entry + data[(at % n) * n + Math.floor(at / n)]!) / 2)
}

function unitMatrix(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0))
}

/** The product of the reflections I − 2vv'/v'v at the columns v of `data`. */
function orthogonal(data: Float64Array, n: number): Float64Array {
  const result = unitMatrix(n)
  for (let c = 0; c < n; c++) {
    let square = 0
    for (let k = 0; k < n; k++) square += data[k * n + c]! ** 2
    for (let i = 0; i < n; i++) {
      let product = 0
      for (let k = 0; k < n; k++) product += result[i * n + k]! * data[k * n + c]!
      for (let k = 0; k < n; k++) result[i * n + k]! -= (2 * product * data[k * n + c]!) / square
    }
  }
  return result
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let k = 0; k < text.length; k++) hash = Math.imul(hash ^ text.charCodeAt(k), 0x01000193)
  return hash >>> 0
}
