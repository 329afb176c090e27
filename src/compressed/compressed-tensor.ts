/** Tensors of numbers kept as sums of small cores with patterns, and linear algebra on them as they are. */
import { EincalcError } from '../errors.ts'
import { fromNested, sizeOf, type Tensor } from '../evaluate/tensor.ts'
import { storedNumbers } from './merge.ts'
import { type Operand, operandOf } from './operand.ts'
import { type SolveOptions, Solver, singular } from './solve.ts'
import { addTerm, type CompressedTerm, type LabelledTerm, labelled } from './term.ts'

/** Numbers for a tensor: with a shape, flat in row-major order, or nested arrays row by row. */
export type TensorLike = Tensor | Float64Array | readonly unknown[] | number

export interface Solution {
  /** Over the column axes. */
  readonly solution: Tensor
  /**
   * `diagonal`, `kronecker` (one factorisation for each factor), `blocks` (one for each block), `sylvester`, `dense` (the
   * whole matrix), `woodbury of …`, `cg`, `minres` or `lsqr`.
   */
  readonly method: string
  /** ‖H p − g‖ / ‖g‖. */
  readonly residual: number
  /** Products with the tensor that an iteration took; 0 of a direct solver. */
  readonly iterations: number
}

/** The largest tensor written out unless a limit is given, in entries. */
export const EXPAND_LIMIT = 1e7

/**
 * A tensor as a sum of terms scale · einsum(pattern, cores), of the axes `shape`. The first `split` axes are rows and the
 * others columns of the linear map that it is: for a Hessian of f by X the axes of X twice, with `split` the order of X.
 */
export class CompressedTensor {
  readonly terms: readonly CompressedTerm[]
  readonly shape: readonly number[]
  readonly split: number
  readonly #labelled: readonly LabelledTerm[]
  #solver: Solver | undefined

  /** Throws `ShapeMismatch` where a pattern, its cores and the shape do not fit. */
  constructor(terms: readonly CompressedTerm[], shape: readonly number[], split: number) {
    this.terms = terms
    this.shape = shape
    this.split = split
    this.#labelled = terms.map((term) => labelled(term, shape))
  }

  /** The numbers that the terms hold, a shared core once. */
  get storedNumbers(): number {
    return storedNumbers(this.terms)
  }

  /** The numbers of the tensor written out. */
  get denseNumbers(): number {
    return sizeOf(this.shape)
  }

  /** The tensor written out. Throws `LimitExceeded` where it has more entries than the limit, 10⁷ unless given. */
  expand({ limit = EXPAND_LIMIT }: { readonly limit?: number } = {}): Tensor {
    refuseAbove(limit, this.shape, 'the tensor written out', 'Use its terms, apply or solve.')
    return this.#sum(this.#labelled, (term) => term.output, this.shape)
  }

  /**
   * The contraction of the last axes with those of p: H∘p over the other axes. Flat numbers stand for all column axes.
   * Nothing larger than the cores, p and the result is formed.
   *
   * Throws `ShapeMismatch` where the axes differ.
   */
  apply(p: TensorLike): Tensor {
    const { shape, data } = this.#read(p, this.shape.slice(this.split), 'the tensor to apply to', true)
    const kept = this.shape.length - shape.length
    const rows = this.shape.slice(0, kept)
    refuseAbove(2 ** 27, rows, 'the product', 'Contract more axes at once.')
    const terms = this.#labelled.map((term): LabelledTerm => {
      const operand = operandOf(term.output.slice(kept), data, term.sizes)
      return { ...term, operands: [...term.operands, operand] as Operand[], output: term.output.slice(0, kept) }
    })
    return this.#sum(terms, (term) => term.output, rows)
  }

  /** Rows and columns exchanged; the cores are shared. */
  transpose(): CompressedTensor {
    const turn = <T>(axes: readonly T[]): T[] => [...axes.slice(this.split), ...axes.slice(0, this.split)]
    const terms = this.terms.map((term) => {
      const [inputs, output] = term.pattern.split('->') as [string, string]
      return { ...term, pattern: `${inputs}->${turn([...output]).join('')}` }
    })
    return new CompressedTensor(terms, turn(this.shape), this.shape.length - this.split)
  }

  /** The entries where rows and columns agree, over the row axes. Throws `ShapeMismatch` where these differ in shape. */
  diagonal(): Tensor {
    const rows = this.shape.slice(0, this.split)
    this.#requireSquare(rows.join() === this.shape.slice(this.split).join())
    const terms = this.#labelled.map((term): LabelledTerm => {
      const merged = new Map<number, number>()
      const find = (label: number): number => (merged.has(label) ? find(merged.get(label)!) : label)
      for (let axis = 0; axis < this.split; axis++) {
        const [row, column] = [find(term.output[axis]!), find(term.output[axis + this.split]!)]
        if (row !== column) merged.set(column, row)
      }
      const operands = term.operands.map(({ labels, data }) => operandOf(labels.map(find), data, term.sizes))
      return { ...term, operands, output: term.output.slice(0, this.split).map(find) }
    })
    return this.#sum(terms, (term) => term.output, rows)
  }

  /**
   * p with H∘p = g, for g over the row axes (flat, or with its shape). How it was solved and how exactly is part of the
   * answer.
   *
   * Throws `ShapeMismatch` where rows and columns differ in number, `DomainError` where the system is singular.
   */
  solve(g: TensorLike, options: SolveOptions = {}): Solution {
    const rows = this.shape.slice(0, this.split)
    const columns = this.shape.slice(this.split)
    this.#requireSquare(sizeOf(rows) === sizeOf(columns))
    const { data } = this.#read(g, rows, 'the right-hand side', false)
    if (this.terms.length === 0) throw singular()
    this.#solver ??= this.#makeSolver()
    const { x, method, residual, iterations } = this.#solver.solve(data, options)
    return { solution: { shape: columns, data: x }, method, residual, iterations }
  }

  /** The step −H⁻¹g of Newton's method for the gradient g. Throws what `solve` throws. */
  newtonStep(g: TensorLike, options: SolveOptions = {}): Solution {
    const { solution, ...how } = this.solve(g, options)
    return { solution: { shape: solution.shape, data: solution.data.map((entry) => -entry) }, ...how }
  }

  /** The terms with the shapes of their cores, and the memory before and after. */
  toString(): string {
    const terms = this.terms.map(
      ({ pattern, scale, cores }) =>
        `${scale} · einsum('${pattern}'${cores.map(({ shape }) => `, ${shape.join('×') || 'scalar'}`).join('')})`,
    )
    return `${terms.join(' + ') || '0'}: ${this.storedNumbers} numbers for ${this.denseNumbers}`
  }

  #makeSolver(): Solver {
    const transposed = this.transpose()
    return new Solver(this.#labelled, this.shape, this.split, {
      apply: (p) => this.apply(p).data,
      applyTransposed: (p) => transposed.apply(p).data,
      diagonal: () => this.diagonal().data,
    })
  }

  #sum(
    terms: readonly LabelledTerm[],
    axes: (term: LabelledTerm) => readonly number[],
    shape: readonly number[],
  ): Tensor {
    const data = new Float64Array(sizeOf(shape))
    for (const term of terms) addTerm(data, axes(term), term)
    return { shape, data }
  }

  #read(value: TensorLike, axes: readonly number[], name: string, suffix: boolean): Tensor {
    const isFlat = value instanceof Float64Array
    const tensor = isFlat
      ? { shape: axes, data: value }
      : typeof value === 'object' && 'data' in value
        ? value
        : fromNested(value, name)
    const expected = suffix && !isFlat ? this.shape.slice(this.shape.length - tensor.shape.length) : axes
    if (tensor.shape.join() !== expected.join() || tensor.data.length !== sizeOf(tensor.shape)) {
      throw new EincalcError({
        code: 'ShapeMismatch',
        message: `${name} has ${isFlat ? `${tensor.data.length} entries` : `the shape [${tensor.shape}]`} where [${expected}] is expected`,
      })
    }
    return tensor
  }

  #requireSquare(holds: boolean): void {
    if (holds) return
    const [rows, columns] = [this.shape.slice(0, this.split), this.shape.slice(this.split)]
    throw new EincalcError({
      code: 'ShapeMismatch',
      message: `the tensor maps [${columns}] to [${rows}] and is not square`,
    })
  }
}

function refuseAbove(limit: number, shape: readonly number[], what: string, hint: string): void {
  const size = sizeOf(shape)
  if (size <= limit) return
  throw new EincalcError({
    code: 'LimitExceeded',
    message: `${what} has ${shape.join('×')} = ${size} numbers (${((8 * size) / 2 ** 30).toPrecision(3)} GiB), the limit is ${limit}`,
    hint,
  })
}
