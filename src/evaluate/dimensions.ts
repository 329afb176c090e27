/** Sizes for the names of dimensions, from the shapes of inputs and from what the user gives. */
import { EincalcError } from '../errors.ts'
import { Dimension } from '../tensor/dimension.ts'
import type { Variable } from '../tensor/node.ts'
import type { Tensor } from './tensor.ts'

/** One thing known: this dimension has this size. */
interface Equation {
  readonly dimension: Dimension
  readonly size: number
  /** The variable, or undefined where the user gave the size of a name. */
  readonly variable: Variable | undefined
  /** What has the size, e.g. "x has length 3". */
  readonly claim: string
}

interface Binding {
  readonly size: number
  readonly source: string
}

/**
 * The size of every name of a dimension that the inputs or `dims` determine. An axis that is a polynomial (`n+1`, `m*n`)
 * determines a name when the others are known and one positive integer solves it.
 *
 * Throws `ShapeMismatch` in the user's names where sizes contradict each other, `BadRequest` where a size in `dims` is not
 * a positive integer. Variables without an input are passed over.
 */
export function bindDimensions(
  variables: Iterable<Variable>,
  inputs: ReadonlyMap<string, Tensor>,
  dims: ReadonlyMap<string, number> = new Map(),
): Map<string, number> {
  const bound = new Map<string, Binding>()
  for (const [name, size] of dims) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new EincalcError({
        code: 'BadRequest',
        message: `the size of ${name} must be a positive integer, not ${size}`,
      })
    }
    bound.set(name, { size, source: 'given' })
  }
  let pending = equationsOf(variables, inputs)
  // Bare names first, so that messages name the simplest reason.
  pending.sort((a, b) => Number(a.dimension.name === undefined) - Number(b.dimension.name === undefined))
  for (let progress = true; progress; ) {
    progress = false
    const rest: Equation[] = []
    for (const equation of pending) {
      const unknown = equation.dimension.names.filter((name) => !bound.has(name))
      if (unknown.length === 0) {
        verify(equation, bound)
        progress = true
        continue
      }
      const solution = unknown.length === 1 ? solve(equation, unknown[0]!, bound) : undefined
      if (solution === undefined) {
        rest.push(equation)
        continue
      }
      bound.set(unknown[0]!, { size: solution, source: `from ${equation.variable?.name ?? 'what is given'}` })
      progress = true
    }
    pending = rest
  }
  return new Map([...bound].map(([name, { size }]) => [name, size]))
}

/** The size of a dimension. Throws `BadRequest` for a name without a size, `ShapeMismatch` where it is no positive integer. */
export function sizeOfDimension(dimension: Dimension, sizes: ReadonlyMap<string, number>): number {
  const value = valueOfDimension(dimension, sizes)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new EincalcError({
    code: 'ShapeMismatch',
    message: `the dimension ${dimension.key} is ${value}${explain(dimension, sizes)}: sizes are positive integers`,
  })
}

/** The sizes of axes; throws as `sizeOfDimension` does. */
export function shapeOfAxes(axes: readonly Dimension[], sizes: ReadonlyMap<string, number>): number[] {
  return axes.map((axis) => sizeOfDimension(axis, sizes))
}

/** The value of a polynomial in dimensions, which may be any integer. Throws `BadRequest` for a name without a size. */
export function valueOfDimension(dimension: Dimension, sizes: ReadonlyMap<string, number>): number {
  const missing = dimension.names.find((name) => !sizes.has(name))
  if (missing !== undefined) {
    throw new EincalcError({
      code: 'BadRequest',
      message: `the size of dimension ${missing} is not known`,
      hint: `No input determines it: give it, e.g. ${missing}=3.`,
    })
  }
  const value = dimension.evaluate(sizes)
  const nearest = Math.round(value)
  // Rational coefficients such as those of n*(n+1)/3 round.
  return Math.abs(value - nearest) < 1e-9 * Math.max(1, Math.abs(value)) ? nearest : value
}

function equationsOf(variables: Iterable<Variable>, inputs: ReadonlyMap<string, Tensor>): Equation[] {
  const equations: Equation[] = []
  for (const variable of variables) {
    const input = inputs.get(variable.name)
    if (!input) continue
    const { name, axes } = variable
    if (input.shape.length !== axes.length) {
      throw new EincalcError({
        code: 'ShapeMismatch',
        message: `${name} is ${kindName(axes.length)}, but its value is ${kindName(input.shape.length)}`,
      })
    }
    for (const [axis, dimension] of axes.entries()) {
      const size = input.shape[axis]!
      equations.push({ dimension, size, variable, claim: `${name} has ${measure(size, axis, axes.length)}` })
    }
  }
  return equations
}

function verify({ dimension, size, claim, variable }: Equation, bound: ReadonlyMap<string, Binding>): void {
  const sizes = new Map([...bound].map(([name, { size: value }]) => [name, value]))
  const expected = valueOfDimension(dimension, sizes)
  if (expected === size) return
  const reasons = dimension.names.map((name) => {
    const { size: value, source } = bound.get(name)!
    return dimension.name === name ? `(${source})` : `${name} = ${value}, ${source}`
  })
  const message =
    dimension.names.length === 0
      ? `${claim}, but ${variable?.name} is declared with ${expected}`
      : dimension.name !== undefined
        ? `${claim} but ${dimension.key} = ${expected} ${reasons[0]}`
        : `${claim} but ${dimension.key} = ${expected} (${reasons.join('; ')})`
  throw new EincalcError({ code: 'ShapeMismatch', message })
}

/** The only positive integer that solves the equation for `name`; undefined where several do. Throws where none does. */
function solve(equation: Equation, name: string, bound: ReadonlyMap<string, Binding>): number | undefined {
  const known = new Map([...bound].map(([key, { size }]) => [key, Dimension.constant(size)]))
  const polynomial = equation.dimension.substitute(known)
  const coefficients: number[] = []
  for (const { coefficient, powers } of polynomial.terms) {
    const degree = powers[0]?.[1] ?? 0
    while (coefficients.length <= degree) coefficients.push(0)
    coefficients[degree]! += coefficient.toNumber()
  }
  // The other names may cancel this one, as in n*(m-1) at m = 1.
  if (coefficients.length < 2) return undefined
  coefficients[0]! -= equation.size
  const roots = positiveIntegerRoots(coefficients)
  if (roots.length === 0) {
    throw new EincalcError({
      code: 'ShapeMismatch',
      message: `${equation.claim}, but no size of ${name} makes ${equation.dimension.key} equal ${equation.size}`,
    })
  }
  return roots.length === 1 ? roots[0] : undefined
}

/** Coefficients from the constant upwards; the last is not zero, and there are at least two. */
function positiveIntegerRoots(coefficients: readonly number[]): number[] {
  const degree = coefficients.length - 1
  const leading = coefficients[degree]!
  const at = (x: number) => coefficients.reduceRight((value, c) => value * x + c, 0)
  const isRoot = (x: number) => Math.abs(at(x)) < 1e-9 * Math.max(1, Math.abs(coefficients[0]!))
  if (degree === 1) {
    const root = Math.round(-coefficients[0]! / leading)
    return root >= 1 && isRoot(root) ? [root] : []
  }
  // Fujiwara's bound on the roots keeps the search to about the size's own root.
  let bound = 0
  for (let k = 1; k <= degree; k++) bound = Math.max(bound, Math.abs(coefficients[degree - k]! / leading) ** (1 / k))
  const roots: number[] = []
  for (let x = 1; x <= Math.min(2 * bound + 1, 1e7); x++) if (isRoot(x)) roots.push(x)
  return roots
}

function explain(dimension: Dimension, sizes: ReadonlyMap<string, number>): string {
  const parts = dimension.names.map((name) => `${name} = ${sizes.get(name)}`)
  return parts.length === 0 ? '' : ` for ${parts.join(', ')}`
}

export function kindName(order: number): string {
  return ['a scalar', 'a vector', 'a matrix'][order] ?? `a tensor with ${order} axes`
}

function measure(size: number, axis: number, order: number): string {
  if (order === 1) return `length ${size}`
  if (order === 2) return axis === 0 ? `${size} row${size === 1 ? '' : 's'}` : `${size} column${size === 1 ? '' : 's'}`
  return `size ${size} in axis ${axis + 1}`
}
