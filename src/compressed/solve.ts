/**
 * Newton systems on compressed operators: the solver follows from the patterns (calculus.md §7). Direct solvers come first,
 * from the smallest factorisation to the largest: a part of low rank is taken off, then Kronecker products and their sums
 * are recognised, then blocks are written out. Each answer is measured by its residual; what none fits is iterated.
 */
import { EincalcError } from '../errors.ts'
import { norm } from '../evaluate/matrix.ts'
import { sizeOf } from '../evaluate/tensor.ts'
import { iterate, type Operator } from './iterative.ts'
import { type Factorised, factoriseStructure } from './kronecker.ts'
import { factoriseLowRank } from './low-rank.ts'
import { structureOf } from './structure.ts'
import type { LabelledTerm } from './term.ts'

export interface SolveOptions {
  /** The residual that an iteration aims at, as a share of the right-hand side; 1e-12 unless given. */
  readonly tolerance?: number
  /** The most products with the operator that an iteration takes; ten for each unknown, at most 2000, unless given. */
  readonly maxIterations?: number
}

export interface Found {
  readonly x: Float64Array
  readonly method: string
  /** ‖Hx − g‖ / ‖g‖, computed with the compressed product. */
  readonly residual: number
  readonly iterations: number
  /** Whether no x has a smaller residual, as far as products with the operator tell: then it is singular. */
  readonly isLeast?: boolean
}

/** Direct answers are improved once above the first residual, and given up for another solver above the second. */
const IMPROVED = 1e-14
const ACCEPTED = 1e-8

/** The direct solvers, in the order in which they are tried. */
const [LOW_RANK, STRUCTURE, WRITTEN_OUT] = [0, 1, 2]

/** Systems of more unknowns are iterated before they are written out. */
const ITERATED_FIRST = 600

/** Factorisations of one operator, made when they are first needed and kept for further right-hand sides. */
export class Solver {
  readonly #terms: readonly LabelledTerm[]
  readonly #shape: readonly number[]
  readonly #split: number
  readonly #operator: Operator
  readonly #made: Factorised[] = []

  constructor(terms: readonly LabelledTerm[], shape: readonly number[], split: number, operator: Operator) {
    this.#terms = terms
    this.#shape = shape
    this.#split = split
    this.#operator = operator
  }

  /** Throws `DomainError` where the operator is singular. */
  solve(g: Float64Array, options: SolveOptions): Found {
    if (!g.every(Number.isFinite)) throw notFinite('the right-hand side')
    let best: Found | undefined
    for (const k of [LOW_RANK, STRUCTURE, WRITTEN_OUT]) {
      if (k === WRITTEN_OUT && g.length > ITERATED_FIRST) {
        const found = this.#iterated(g, options)
        if (found.residual <= 1e-10) return found
        best = better(best, found)
      }
      this.#made[k] ??= this.#factorise(k)
      const factorised = this.#made[k]
      // Woodbury's formula may fail for its own parts; then another factorisation decides.
      if (factorised === 'singular' && k !== LOW_RANK) throw singular()
      if (factorised === undefined || typeof factorised === 'string') continue
      const found = this.#refined(g, factorised)
      if (found.residual <= ACCEPTED) return found
      best = better(best, found)
    }
    if (this.#made[LOW_RANK] === 'singular') throw singular()
    const found = g.length > ITERATED_FIRST ? best! : better(best, this.#iterated(g, options))
    if (found.isLeast) throw singular()
    return found
  }

  #factorise(k: number): Factorised {
    if (k === LOW_RANK) return factoriseLowRank(this.#terms, this.#shape, this.#split)
    const structure = structureOf(this.#terms, this.#shape, this.#split, k === WRITTEN_OUT)
    return structure ? factoriseStructure(structure) : 'unfit'
  }

  #refined(g: Float64Array, { method, solve }: Exclude<Factorised, string>): Found {
    const x = solve(g)
    const rest = this.#rest(g, x)
    const residual = share(rest, g)
    if (!(residual > IMPROVED)) return { x, method, residual, iterations: 0 }
    const correction = solve(rest)
    const better = x.map((entry, k) => entry + correction[k]!)
    const after = share(this.#rest(g, better), g)
    return after < residual
      ? { x: better, method, residual: after, iterations: 0 }
      : { x, method, residual, iterations: 0 }
  }

  #iterated(g: Float64Array, options: SolveOptions): Found {
    const size = sizeOf(this.#shape.slice(0, this.#split))
    const { tolerance = 1e-12, maxIterations = Math.min(2000, 10 * size) } = options
    if (norm(g) === 0) return { x: new Float64Array(size), method: 'cg', residual: 0, iterations: 0 }
    const found = iterate(this.#operator, g, { tolerance, maxIterations })
    const rest = this.#rest(g, found.x)
    const residual = share(rest, g)
    if (Number.isNaN(residual)) throw notFinite('the tensor')
    // H' sends the rest of a best x to 0.
    const image = this.#operator.applyTransposed(rest)
    const once = this.#operator.applyTransposed(g)
    const scale = norm(once) === 0 ? 0 : norm(this.#operator.apply(once)) / norm(once)
    const isLeast = residual > 1e-3 && norm(image) <= 1e-7 * scale * norm(rest)
    return { ...found, residual, isLeast }
  }

  #rest(g: Float64Array, x: Float64Array): Float64Array {
    return this.#operator.apply(x).map((entry, k) => g[k]! - entry)
  }
}

function better(a: Found | undefined, b: Found): Found {
  return a && a.residual <= b.residual ? a : b
}

function share(rest: Float64Array, g: Float64Array): number {
  const size = norm(g)
  return size === 0 ? norm(rest) : norm(rest) / size
}

export function singular(): EincalcError {
  return new EincalcError({
    code: 'DomainError',
    message: 'the linear system is singular, or so close to it that no digit of its solution is certain',
    hint: 'Add a multiple of the identity, as a penalty c*norm2(X)^2 on the variable does.',
  })
}

function notFinite(what: string): EincalcError {
  return new EincalcError({ code: 'DomainError', message: `${what} holds entries that are not finite` })
}
