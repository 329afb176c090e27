/**
 * The lowered program: instructions over numbered buffers, for fixed sizes. It is data, which kernels run, tests inspect
 * and people read.
 *
 * Offsets and strides count entries. A stride may be 0 (a broadcast) or the sum of two (a diagonal), so views, permutations
 * and diagonals cost nothing.
 */
import { Rational } from '../tensor/rational.ts'

export type BufferId = number

export type Numbers = Float64Array | Float32Array

export interface Buffer {
  readonly kind: 'input' | 'temporary'
  readonly elements: number
  /** The variable of an input, else the value of the plan's step, e.g. `t7`. */
  readonly name: string
}

/** Where a tensor begins. */
export interface Place {
  readonly buffer: BufferId
  readonly offset: number
}

/** A tensor within loops: its stride along each. */
export interface Operand extends Place {
  readonly strides: readonly number[]
}

/** What a pass computes at each point; leaves are named by their position among its operands. */
export type PassExpression =
  | { readonly kind: 'leaf'; readonly operand: number }
  | { readonly kind: 'number'; readonly value: number }
  /** A number that depends on sizes: `numbers[index]` of the pass. */
  | { readonly kind: 'parameter'; readonly index: number }
  | {
      readonly kind: 'product'
      readonly factors: readonly { readonly base: PassExpression; readonly exponent: Rational }[]
    }
  | {
      readonly kind: 'sum'
      readonly terms: readonly { readonly coefficient: number; readonly term: PassExpression }[]
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly PassExpression[] }
  | { readonly kind: 'mask'; readonly conditions: readonly PassCondition[]; readonly body: PassExpression }

/** Σ numbers[coefficient]·loop + numbers[offset] (= | ≤ | ≠) 0. */
export interface PassCondition {
  readonly relation: 'eq' | 'le' | 'ne'
  readonly terms: readonly { readonly loop: number; readonly coefficient: number }[]
  readonly offset: number
}

interface InstructionBase {
  /** The plan's step that it belongs to. */
  readonly step: number
  /** Multiplications and additions; a function value counts as one. */
  readonly operations: number
}

/** What loops are reduced by: the sum, or the greatest or smallest value. */
export type Reduction = 'sum' | 'max' | 'min'

/**
 * One walk over an index space that computes an elementwise expression. Loops are given from the outermost in; the last
 * one runs over lanes. Loops from `reduced` on are reduced in registers (all, where it is 0; none, where it is the number
 * of loops).
 */
export interface Pass extends InstructionBase {
  readonly kind: 'pass'
  readonly sizes: readonly number[]
  readonly reduced: number
  readonly reduction: Reduction
  readonly out: Operand
  readonly operands: readonly Operand[]
  readonly numbers: readonly number[]
  readonly expression: PassExpression
  /** Whether results are added to what is there. */
  readonly accumulate: boolean
}

/** A matrix within a batch. */
export interface MatrixOperand extends Place {
  readonly row: number
  readonly column: number
  /** The stride along each batch axis. */
  readonly batch: readonly number[]
}

/** C[i,j] = Σₖ A[i,k]·d[k]·B[k,j] for each index of the batch axes, along some of which C may have the stride 0: it is a sum then. */
export interface Gemm extends InstructionBase {
  readonly kind: 'gemm'
  readonly m: number
  readonly n: number
  readonly k: number
  readonly a: MatrixOperand
  readonly b: MatrixOperand
  readonly c: MatrixOperand
  readonly scale: (Place & { readonly step: number; readonly batch: readonly number[] }) | undefined
  readonly batch: readonly number[]
  /** Whether the result is symmetric, so that one triangle is computed and mirrored. */
  readonly symmetric: boolean
  readonly accumulate: boolean
  /** Whether more is added to the result by the next products, so that nothing need be mirrored yet. */
  readonly isPartial?: boolean
  /** Where the sign of the roots lies by which B was scaled, if it was: unless that is 0, the result is sign·B'·B. */
  readonly sign?: Place
}

/**
 * √|d[k]| for all k, and behind them the sign that all d[k] have, or, where they have both signs, d[k] as they are and 0: a matrix
 * scaled by roots makes X'·diag(d)·X the product of one matrix with itself.
 */
export interface Roots extends InstructionBase {
  readonly kind: 'roots'
  readonly scale: Place & { readonly step: number }
  readonly out: Place
  readonly elements: number
}

export interface Fill extends InstructionBase {
  readonly kind: 'fill'
  readonly out: Place
  readonly elements: number
}

/** A general function of dense slices, one after the other for each index of its batch. */
export interface CallInstruction extends InstructionBase {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly (Place & { readonly sizes: readonly number[] })[]
  readonly out: Place & { readonly elements: number }
  readonly batches: number
  /** What messages call the argument. */
  readonly argument: string
}

/** The solution, in place, of matrix·X = right, where right is dense of `outer`×n×`inner`. */
export interface SolveInstruction extends InstructionBase {
  readonly kind: 'solve'
  readonly matrix: Place & { readonly row: number; readonly column: number }
  readonly n: number
  readonly right: Place
  readonly outer: number
  readonly inner: number
  readonly argument: string
}

/**
 * Passes whose outermost loops run over the same rows, done together, block of rows by block of rows. Each writes rows of its
 * own, which later ones read, or adds to a sum over all rows.
 */
export interface Walk extends InstructionBase {
  readonly kind: 'walk'
  readonly passes: readonly Pass[]
  readonly rows: number
  /** Rows of a block. */
  readonly block: number
}

export type Instruction = Pass | Gemm | Fill | CallInstruction | SolveInstruction | Roots | Walk

/** A result: a dense row-major tensor. */
export interface ProgramOutput extends Place {
  readonly shape: readonly number[]
}

export interface Program {
  readonly buffers: readonly Buffer[]
  readonly instructions: readonly Instruction[]
  readonly outputs: readonly ProgramOutput[]
}

/** The buffers that an instruction reads. */
export function readsOf(instruction: Instruction): BufferId[] {
  switch (instruction.kind) {
    case 'pass':
      return instruction.operands.map((operand) => operand.buffer)
    case 'gemm':
      return [instruction.a, instruction.b, instruction.scale, instruction.sign].flatMap((place) => place?.buffer ?? [])
    case 'fill':
      return []
    case 'call':
      return instruction.args.map((arg) => arg.buffer)
    case 'solve':
      return [instruction.matrix.buffer, instruction.right.buffer]
    case 'roots':
      return [instruction.scale.buffer]
    case 'walk':
      return instruction.passes.flatMap(readsOf)
  }
}

/** The buffers that an instruction writes. */
export function writesOf(instruction: Instruction): BufferId[] {
  switch (instruction.kind) {
    case 'gemm':
      return [instruction.c.buffer]
    case 'solve':
      return [instruction.right.buffer]
    case 'walk':
      return instruction.passes.flatMap(writesOf)
    default:
      return [instruction.out.buffer]
  }
}

/** Entries from the first to the last that a pass writes. */
export function extentOf({ out, sizes }: Pass): number {
  return out.strides.reduce((sum, stride, loop) => sum + stride * ((sizes[loop] as number) - 1), 1)
}

/** The product of the first so many operands. */
export function productOfLeaves(count: number): PassExpression {
  const factors = Array.from({ length: count }, (_, operand) => {
    return { base: { kind: 'leaf', operand } as const, exponent: Rational.ONE }
  })
  return { kind: 'product', factors }
}

/** The expressions that an expression is made of. */
export function partsOf(expression: PassExpression): readonly PassExpression[] {
  switch (expression.kind) {
    case 'product':
      return expression.factors.map(({ base }) => base)
    case 'sum':
      return expression.terms.map(({ term }) => term)
    case 'call':
      return expression.args
    case 'mask':
      return [expression.body]
    default:
      return []
  }
}

/** The expression with each of its parts replaced. */
export function withParts(
  expression: PassExpression,
  replace: (part: PassExpression) => PassExpression,
): PassExpression {
  switch (expression.kind) {
    case 'product':
      return { ...expression, factors: expression.factors.map((factor) => ({ ...factor, base: replace(factor.base) })) }
    case 'sum':
      return { ...expression, terms: expression.terms.map((term) => ({ ...term, term: replace(term.term) })) }
    case 'call':
      return { ...expression, args: expression.args.map(replace) }
    case 'mask':
      return { ...expression, body: replace(expression.body) }
    default:
      return expression
  }
}

/** The loops whose index a condition asks for. */
export function loopsAsked(expression: PassExpression, found = new Set<number>()): ReadonlySet<number> {
  if (expression.kind === 'mask') {
    for (const { terms } of expression.conditions) for (const { loop } of terms) found.add(loop)
  }
  for (const part of partsOf(expression)) loopsAsked(part, found)
  return found
}
