/**
 * The reference evaluator: the value of an expression by plain loops over its graph as it is given, in float64.
 *
 * It is the oracle of everything that rewrites, plans, prints or compiles, so it shares no code with those parts
 * (architecture, 10). Each node is computed once, in order, and dropped after its last use.
 */
import { EincalcError } from '../errors.ts'
import type { Node, Variable } from '../tensor/node.ts'
import { postorder } from '../tensor/walk.ts'
import { bindDimensions } from './dimensions.ts'
import { checkFacts } from './facts.ts'
import { type Limits, refuseTooLarge } from './limits.ts'
import type { Random } from './random.ts'
import { Preparation } from './steps.ts'
import type { Tensor } from './tensor.ts'

/** What setting up the loops of one node costs, in operations. */
const STEP_COST = 1000

export interface EvaluateOptions extends Limits {
  /** Whether inputs must fulfil their declared facts; true unless given. */
  readonly checkFacts?: boolean
}

/**
 * The values of `roots` for inputs by the names of variables, in the roots' order. Sizes of dimensions come from the
 * inputs' shapes and from `dims`.
 *
 * Throws `UnknownVariable` for a missing input, `ShapeMismatch` where sizes contradict each other, `BadRequest` where a
 * size stays unknown, `DomainError` where an input breaks its declaration or a matrix to invert is singular, and
 * `LimitExceeded`, before anything is computed, where the work or the memory would pass a limit.
 */
export function evaluate(
  roots: readonly Node[],
  inputs: ReadonlyMap<string, Tensor>,
  dims?: ReadonlyMap<string, number>,
  options: EvaluateOptions = {},
): Tensor[] {
  const variables = variablesOf(roots)
  requireInputs(variables, inputs)
  return prepare(roots, bindDimensions(variables, inputs, dims), options).run(inputs)
}

/** The variables that occur below the roots, in order of first use. */
export function variablesOf(roots: readonly Node[]): Variable[] {
  return postorder(roots).filter((node) => node.kind === 'variable')
}

/** An evaluation for fixed sizes, which may run many times. */
export interface Evaluation {
  readonly run: (inputs: ReadonlyMap<string, Tensor>) => Tensor[]
  /** The same, with every result that is rounded moved by up to two units in its last place. */
  readonly shake: (inputs: ReadonlyMap<string, Tensor>, random: Random) => Tensor[]
  /** Multiplications and additions of one run, roughly, with what each node costs beside them. */
  readonly operations: number
}

/** Shapes, loops and limits are settled here, once. `sizes` must hold the names of all dimensions that occur. */
export function prepare(
  roots: readonly Node[],
  sizes: ReadonlyMap<string, number>,
  options: EvaluateOptions = {},
): Evaluation {
  const program = new Preparation(roots, sizes, (definition, dimensions) => {
    const inner = prepare([definition], dimensions, options)
    return (inputs) => inner.run(inputs)[0]!.data
  })
  const steps = program.steps()
  const lastUses = program.lastUses(steps)
  const operations = refuseTooLarge(steps, lastUses, options)
  const variables = program.order.filter((node) => node.kind === 'variable')
  const run = (inputs: ReadonlyMap<string, Tensor>, random?: Random) => {
    requireInputs(variables, inputs)
    if (options.checkFacts !== false) {
      for (const variable of variables) checkFacts(variable, inputs.get(variable.name)!)
    }
    const values: (Float64Array | undefined)[] = []
    for (const [at, step] of steps.entries()) {
      const value = step.run(values, inputs)
      if (random && isRounded(program.order[step.slot]!)) moveBy(ROUNDING, value, random)
      values[step.slot] = value
      for (const slot of lastUses[at]!) values[slot] = undefined
    }
    return roots.map((root) => {
      const data = values[program.slotOf(root)]!
      return {
        shape: program.shapeOf(root),
        data: root.kind === 'variable' || root.kind === 'constant' ? data.slice() : data,
      }
    })
  }
  return { run: (inputs) => run(inputs), shake: run, operations: operations + STEP_COST * steps.length }
}

const ROUNDING = 2 * Number.EPSILON

/** Multiplies each entry by a factor from 1 − part to 1 + part. */
export function moveBy(part: number, data: Float64Array, random: Random): void {
  for (const [k, entry] of data.entries()) data[k] = entry * (1 + random.between(-part, part))
}

/** Functions whose values are numbers they were given, or whole. */
const EXACT = new Set(['abs', 'sign', 'max', 'min', 'where', 'lt', 'le', 'gt', 'ge', 'relu', 'infinity'])

function isRounded(node: Node): boolean {
  switch (node.kind) {
    case 'sum':
      return node.terms.length > 1
    case 'contraction':
      return node.factors.length > 1 || node.dimensions.length > node.rank
    case 'map':
    case 'general':
      return !EXACT.has(node.name)
    default:
      return false
  }
}

/** Throws `UnknownVariable` for the first variable without a value. */
export function requireInputs(variables: readonly Variable[], inputs: ReadonlyMap<string, Tensor>): void {
  for (const { name } of variables) {
    if (inputs.has(name)) continue
    throw new EincalcError({
      code: 'UnknownVariable',
      message: `no value is given for ${name}`,
      hint: `Give ${name} a value.`,
    })
  }
}
