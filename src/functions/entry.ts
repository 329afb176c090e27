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
  /** The number of own axes of each argument. */
  readonly ownRanks: readonly number[]
  /** The terms of the partial derivative by argument number `argument` of this call. */
  readonly partial: (g: Graph, call: GeneralCall, argument: number) => readonly PartialTerm[]
  /** For evaluation tests: whether the function needs a regular, positive definite, ... argument. */
  readonly argument?: 'any' | 'regular' | 'psd'
}

export interface PartialTerm {
  readonly coefficient: Rational
  readonly factors: readonly NamedFactor[]
  /** Pairs of labels that are equal (a unit tensor between them), e.g. [['r0', 'a0']]. */
  readonly same?: readonly (readonly [string, string])[]
}

/** How the language calls a function: typing and lowering of one name. Both kinds of functions above, and names that are built from others (`tr`, `dot`, `vec`), have one. */
export interface LanguageFunction extends Documentation {
  /** Least and greatest number of arguments without an axis. */
  readonly arity: readonly [least: number, most: number]
  /** Whether it takes a last argument `axis` (positional or named), counted from 1. */
  readonly axis?: 'optional' | 'required'
  /** Whether it may reduce (`reduce`) or keep (`along`) labels in index notation: `sum[k](...)`, `softmax[k](...)`. */
  readonly binder?: 'reduce' | 'along'
  /** Whether it acts entry by entry, so that labelled operands are taken pointwise. */
  readonly pointwise?: boolean
  /** The type of the result. Fails by `typer.fail` and `typer.equate`. */
  readonly type: (typer: Typer, call: TypedCall) => Shape
  /** The node of the result; shapes hold only settled dimensions here. */
  readonly build: (g: Graph, args: readonly Node[], call: TypedCall) => Node
}

/** A typed value of the language. A row vector is of order 1 with an orientation. */
export interface Shape {
  readonly axes: readonly Dimension[]
  readonly row?: boolean
}

export interface TypedCall {
  readonly args: readonly Shape[]
  /** The axis given, counted from 0. */
  readonly axis?: number
  /** The axes that a binder reduces or runs along, counted from 0, in one argument. */
  readonly axes?: readonly number[]
  /** Literal arguments (the string of einsum, the sizes of reshape), by position. */
  readonly literals: readonly (string | Dimension | undefined)[]
  readonly result?: Shape
}

export interface Typer {
  /** A dimension to be inferred. */
  fresh(): Dimension
  /** Makes two dimensions equal, or fails with ShapeMismatch in the user's names. */
  equate(a: Dimension, b: Dimension, message?: string): void
  fail(code: ErrorCode, message: string, hint?: string, argument?: number): never
}
