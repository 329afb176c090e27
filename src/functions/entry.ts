/**
 * What one entry of the functions table says. The table holds mathematics only: kernels live in `evaluate/`, native names
 * in `languages/<name>/`, both in total tables keyed by the primitives named here.
 */
import type { ErrorCode } from '../errors.ts'
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph, NamedFactor } from '../tensor/graph.ts'
import type { GeneralCall, Node } from '../tensor/node.ts'
import type { Rational } from '../tensor/rational.ts'

/** What every entry documents; `eincalc functions`, the language reference and the printers read it. */
export interface Documentation {
  readonly name: string
  readonly synonyms?: readonly string[]
  /** How it is called, e.g. `max(a,b)`. */
  readonly usage: string
  /** One sentence for users. */
  readonly doc: string
  /** The convention at points without a derivative, for users; absent where there are none. */
  readonly convention?: string
  /** The LaTeX of a call, given the LaTeX of its arguments. */
  readonly latex: (...args: readonly string[]) => string
}

/**
 * A function of numbers, applied entry by entry. Derivatives and definition are texts in our own language over the
 * parameters. One without `definition` is a primitive: it needs a kernel and a name in every language.
 */
export interface ElementwiseFunction extends Documentation {
  readonly kind: 'elementwise'
  readonly parameters: readonly string[]
  /** ∂f/∂parameter, one per parameter; `0` where it does not depend on it smoothly (a condition). */
  readonly derivatives: readonly string[]
  readonly definition?: string
  /** Where `true` no map of this name exists: reading a call gives its definition (`sqrt`, an exponent). */
  readonly inline?: true
  /** Not to be called by name: `operator` is how it is written, absent for what only differentiation makes. */
  readonly hidden?: true
  readonly operator?: string
  /** f(−t) = −f(t), or f(−t) = f(t). */
  readonly parity?: 'odd' | 'even'
  /** What is known of the result's sign on the whole domain. */
  readonly range?: 'positive' | 'nonnegative'
  /** The arguments where the function has a finite value, as a condition in our language, e.g. `t > 0`. */
  readonly domain?: string
  /** Arguments at which tests evaluate it: the extremes of float64 that it must take, and ordinary points. */
  readonly samples: readonly number[]
}

/**
 * A function of whole axes, with batch axes (`GeneralCall`). Its derivative is given in index form, which serves every
 * mode: ∂result/∂argument = Σ over terms of coefficient · Π factors, over labels named
 * `b0 b1 …` (batch axes), `r0 r1 …` (own axes of the result), `a0 a1 …` (own axes of the argument differentiated by);
 * other names are summed. An `a` label may stand for a unit tensor by bearing an `r` label's name: see `same`.
 */
export interface GeneralFunction extends Documentation {
  readonly kind: 'general'
  /** The number of own axes of each argument; a reduction takes any. */
  readonly ownRanks: readonly (number | 'any')[]
  /** The terms of the partial derivative by argument number `argument` of this call; absent where `operator` serves. */
  readonly partial?: (g: Graph, call: GeneralCall, argument: number) => readonly PartialTerm[]
  /** The derivative as a linear operator, for functions whose partial is no finite product (`expm`, `sylvester`). */
  readonly operator?: DerivativeOperator
  /** For evaluation tests: whether the function needs a regular, positive definite, ... argument. */
  readonly argument?: 'any' | 'regular' | 'psd'
  /** What is known of the result's sign on the whole domain. */
  readonly range?: 'positive' | 'nonnegative'
}

/** The derivative of a general function as a linear map between tensors, made of further general functions. */
export interface DerivativeOperator {
  /** From a change of the argument, axes (extra…, batch…, own axes of the argument), to that of the result (extra…, batch…, result). */
  readonly pushforward: (g: Graph, call: GeneralCall, argument: number, change: Node, extra: number) => Node
  /** Its transpose: from an adjoint with axes (extra…, batch…, result) to one with (extra…, batch…, own axes of the argument). */
  readonly pullback: (g: Graph, call: GeneralCall, argument: number, adjoint: Node, extra: number) => Node
}

export interface PartialTerm {
  readonly coefficient: Rational
  readonly factors: readonly NamedFactor[]
  /** Pairs of labels that are equal (a unit tensor between them), e.g. [['r0', 'a0']]. */
  readonly same?: readonly (readonly [string, string])[]
}

/**
 * How the language calls a function of whole operands: typing and lowering of one name. Both general functions and
 * names that are built from others (`tr`, `dot`, `vec`) have one.
 */
export interface LanguageFunction extends Documentation {
  /** What each argument is, the last for all that follow: an expression, a size such as `m*n`, a text in quotes. */
  readonly parameters: readonly ('value' | 'size' | 'text')[]
  /** Least and greatest number of arguments without an axis. */
  readonly arity: readonly [least: number, most: number]
  /** Whether an axis, counted from 1, may follow the arguments (`optional`), or only by name (`named`: `axis=1`). */
  readonly axis?: 'optional' | 'named'
  /**
   * What it may do with labels in index notation: `reduce` them as `sum[k](...)`, run `along` one as `softmax[k](...)`, or
   * `gather` them into axes as `matrix[i,j](...)`.
   */
  readonly binder?: 'reduce' | 'along' | 'gather'
  /** The type of the result. Fails by `typer.fail` and `typer.equate`. */
  readonly type: (typer: Typer, call: TypedCall) => Shape
  /** The node of the result; shapes hold only settled dimensions here. */
  readonly build: (g: Graph, args: readonly Node[], call: SettledCall) => Node
}

/** A typed value of the language. A row vector is of order 1 with an orientation. */
export interface Shape {
  readonly axes: readonly Dimension[]
  readonly row?: boolean
}

export interface TypedCall {
  /** The shapes of the arguments that are expressions. */
  readonly args: readonly Shape[]
  readonly sizes: readonly Dimension[]
  readonly text?: string
  /** The axes that are named by number or by a binder's labels, counted from 0, in the first argument. */
  readonly axes?: readonly number[]
}

export interface SettledCall extends TypedCall {
  readonly result: Shape
}

/** What a function's typing may ask and do. Messages need not repeat the call: it is put before them. */
export interface Typer {
  /** A dimension to be inferred. */
  fresh(): Dimension
  /** The dimension as far as it is known by now. */
  settled(dimension: Dimension): Dimension
  /** Makes two dimensions equal, or fails with ShapeMismatch and this message. */
  equate(a: Dimension, b: Dimension, message: () => string, argument?: number): void
  /** An argument that is an expression as the user wrote it; arguments are counted without sizes and texts. */
  name(argument: number): string
  /** `is a scalar`, `has length n`, `is m×n`, in the user's names. */
  describe(shape: Shape): string
  /** A dimension, with readable names for what is not known yet. */
  show(dimension: Dimension): string
  fail(code: ErrorCode, message: string, hint?: string, argument?: number | 'text'): never
}
