/** What the typing of functions shares: shapes by name, and the checks that fail in the user's words. */
import { Dimension } from '../tensor/dimension.ts'
import type { Shape, TypedCall, Typer } from './entry.ts'

export const scalar: Shape = { axes: [] }

export function vector(length: Dimension, row = false): Shape {
  return row ? { axes: [length], row } : { axes: [length] }
}

export function matrix(rows: Dimension, columns: Dimension): Shape {
  return { axes: [rows, columns] }
}

export function argument(call: TypedCall, position = 0): Shape {
  return call.args[position] as Shape
}

export function axis(shape: Shape, position: number): Dimension {
  return shape.axes[position] as Dimension
}

/** The side of a square matrix. */
export function square(typer: Typer, shape: Shape, position = 0): Dimension {
  const name = typer.name(position)
  if (shape.axes.length !== 2) {
    typer.fail('ShapeMismatch', `${name} ${typer.describe(shape)}, not a square matrix`, undefined, position)
  }
  typer.equate(axis(shape, 0), axis(shape, 1), () => `${name} ${typer.describe(shape)}, not square`, position)
  return axis(shape, 0)
}

/** The length of a vector, column or row. */
export function length(typer: Typer, shape: Shape, position: number): Dimension {
  if (shape.axes.length !== 1) {
    typer.fail('ShapeMismatch', `${typer.name(position)} ${typer.describe(shape)}, not a vector`, undefined, position)
  }
  return axis(shape, 0)
}

/** A shape as a matrix: a vector is a column, a row vector a row, a scalar 1×1. */
export function asMatrix({ axes, row }: Shape): readonly [rows: Dimension, columns: Dimension] {
  const [first = Dimension.ONE, second = Dimension.ONE] = axes
  return row ? [second, first] : [first, second]
}

export function size(shape: Shape): Dimension {
  return shape.axes.reduce((product, dimension) => product.multiply(dimension), Dimension.ONE)
}

/** Fails where the axis of a call is none of its argument's. */
export function checkAxes(typer: Typer, call: TypedCall): void {
  const shape = argument(call)
  const [first] = call.axes ?? []
  if (first === undefined) return
  const order = shape.axes.length
  if (first >= order) {
    const axes = order === 0 ? 'no axes' : order === 1 ? 'one axis' : `${order} axes`
    typer.fail('ShapeMismatch', `axis ${first + 1} of ${typer.name(0)}, which has ${axes}`, 'axes count from 1')
  }
  if (shape.row) {
    typer.fail(
      'AmbiguousExpression',
      `an axis of ${typer.name(0)}, a row vector, could be counted as of a matrix or of a vector`,
      'leave the axis out',
    )
  }
}
