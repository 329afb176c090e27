/**
 * Functions of slices that are made of reductions, as passes: the greatest and smallest entry, logsumexp, softmax and its
 * logarithm. They give what the reference evaluator's kernels give at infinities, and keep as many digits.
 */
import type { CallStep } from '../../plan/step.ts'
import { Rational } from '../../tensor/rational.ts'
import type { Operand, PassExpression, Reduction } from '../program.ts'
import { passOver } from './loops.ts'
import { type Located, type Lowering, stridesBy } from './lower.ts'

const NAMES = new Set(['max', 'min', 'logsumexp', 'softmax', 'logsoftmax'])

/** Whether a function is lowered to passes. */
export function isReduction({ name }: CallStep): boolean {
  return NAMES.has(name)
}

/** A value over the labels of the slices and, where it has them, of the entries in a slice. */
interface Tensor {
  readonly located: Located
  readonly strides: readonly number[]
}

/** Lowers a call of one of these functions. */
export function lowerReduction(lowering: Lowering, step: CallStep, name: string): Located {
  return new Reducing(lowering, step, name).lower()
}

class Reducing {
  readonly #lowering: Lowering
  readonly #step: CallStep
  readonly #name: string
  /** The lengths of all labels: those of the batch, then those of a slice. */
  readonly #sizes: readonly number[]
  readonly #argument: Tensor

  constructor(lowering: Lowering, step: CallStep, name: string) {
    this.#lowering = lowering
    this.#step = step
    this.#name = name
    const [leaf] = step.args as [CallStep['args'][0]]
    const located = lowering.at(leaf.value)
    const sizes = lowering.shape(step.axes).slice(0, step.batch)
    for (const [axis, label] of leaf.labels.entries()) sizes[label] = located.shape[axis] as number
    this.#sizes = sizes
    this.#argument = { located, strides: stridesBy(located, leaf.labels, sizes.length) }
  }

  lower(): Located {
    const x = this.#argument
    const { name } = this.#step
    if (name === 'max' || name === 'min') return this.#reduced(name, leaf(0), [x], '').located
    const most = this.#reduced('max', leaf(0), [x], ' max')
    const shifted = difference(leaf(0), leaf(1))
    if (name === 'softmax') {
      const powers = this.#mapped(call('exp', shifted), [x, most], ' exp')
      const sum = this.#reduced('sum', leaf(0), [powers], ' sum')
      return this.#mapped(product([leaf(0), 1], [leaf(1), -1]), [powers, sum], '').located
    }
    // The greatest entry is left out of the sum once, for digits of small logarithms.
    const below = product([call('lt', leaf(0), leaf(1)), 1], [call('exp', shifted), 1])
    const others = this.#reduced('sum', below, [x, most], ' others')
    const count = this.#reduced('sum', call('ge', leaf(0), leaf(1)), [x, most], ' count')
    if (name === 'logsoftmax') {
      const rest = call('log1p', sum([1, leaf(2)], [1, leaf(3)], [-1, number(1)]))
      return this.#mapped(difference(shifted, rest), [x, most, others, count], '').located
    }
    const rest = call('log1p', sum([1, leaf(1)], [1, leaf(2)], [-1, number(1)]))
    const finite = product(
      [call('ge', leaf(0), number(-Number.MAX_VALUE)), 1],
      [call('le', leaf(0), number(Number.MAX_VALUE)), 1],
    )
    const value = call('where', finite, sum([1, leaf(0)], [1, rest]), leaf(0))
    return this.#mapped(value, [most, others, count], '', this.#step.batch).located
  }

  /** One number for each slice. */
  #reduced(reduction: Reduction, expression: PassExpression, operands: readonly Tensor[], name: string): Tensor {
    return this.#pass(expression, operands, name, this.#step.batch, this.#sizes.length, reduction)
  }

  /** A tensor over the first labels; over all unless told otherwise. */
  #mapped(expression: PassExpression, operands: readonly Tensor[], name: string, rank = this.#sizes.length): Tensor {
    return this.#pass(expression, operands, name, rank, rank, 'sum')
  }

  #pass(
    expression: PassExpression,
    operands: readonly Tensor[],
    name: string,
    rank: number,
    labels: number,
    reduction: Reduction,
  ): Tensor {
    const lowering = this.#lowering
    const out = lowering.allocate(this.#sizes.slice(0, rank), `${this.#name}${name}`)
    const strides = this.#sizes.map((_, label) => out.strides[label] ?? 0)
    lowering.emit(
      ...passOver({
        sizes: this.#sizes.slice(0, labels),
        rank,
        out: { ...out, strides },
        operands: operands.map(({ located, strides: own }): Operand => {
          return { buffer: located.buffer, offset: located.offset, strides: own.slice(0, labels) }
        }),
        numbers: [],
        expression,
        accumulate: false,
        reduction,
        step: lowering.step,
      }),
    )
    return { located: out, strides }
  }
}

const leaf = (operand: number): PassExpression => ({ kind: 'leaf', operand })
const number = (value: number): PassExpression => ({ kind: 'number', value })
const call = (name: string, ...args: PassExpression[]): PassExpression => ({ kind: 'call', name, args })

function sum(...terms: readonly (readonly [coefficient: number, term: PassExpression])[]): PassExpression {
  return { kind: 'sum', terms: terms.map(([coefficient, term]) => ({ coefficient, term })) }
}

function difference(a: PassExpression, b: PassExpression): PassExpression {
  return sum([1, a], [-1, b])
}

function product(...factors: readonly (readonly [base: PassExpression, exponent: 1 | -1])[]): PassExpression {
  const power = (exponent: 1 | -1) => (exponent === 1 ? Rational.ONE : Rational.MINUS_ONE)
  return { kind: 'product', factors: factors.map(([base, exponent]) => ({ base, exponent: power(exponent) })) }
}
