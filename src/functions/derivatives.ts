/** Derivatives as functions of the language: how they are called and their shapes. Their nodes are made by `resolve/`. */
import type { Documentation, LanguageFunction, Shape, TypedCall, Typer } from './entry.ts'
import { argument, scalar } from './shape.ts'

export type DerivativeName =
  | 'grad'
  | 'jacobian'
  | 'hessian'
  | 'derivative'
  | 'jvp'
  | 'vjp'
  | 'hvp'
  | 'diaghessian'
  | 'laplacian'

export const derivativeFunctions: readonly LanguageFunction[] = [
  derivative(
    'grad',
    'grad(f,x)',
    'The gradient of a scalar by a variable, in the shape of the variable.',
    gradientShape,
  ),
  derivative(
    'jacobian',
    'jacobian(y,x)',
    'The derivative of y by a variable: the axes of y, then those of x.',
    (_typer, call) => joined(argument(call), argument(call, 1)),
  ),
  derivative(
    'hessian',
    'hessian(f,x), hessian(f,x,z)',
    'The second derivative of a scalar by a variable, or by one and then another.',
    (typer, call) => {
      requireScalar(typer, call)
      return joined(argument(call, 1), argument(call, call.args.length - 1))
    },
    { arity: [2, 3] },
  ),
  derivative(
    'derivative',
    'derivative(f,x,k)',
    'The derivative of order k by a variable: the axes of f, then k times those of x.',
    (typer, call) => {
      const order = call.sizes[0]?.value
      if (order === undefined || order > mostOrders) {
        return typer.fail('TypeMismatch', `the order is a whole number from 1 to ${mostOrders}`)
      }
      return Array.from({ length: order }).reduce<Shape>((shape) => joined(shape, argument(call, 1)), argument(call))
    },
    { parameters: ['value', 'value', 'size'], arity: [3, 3] },
  ),
  derivative(
    'jvp',
    'jvp(y,x,p)',
    'The derivative of y in the direction p, which counts as constant: jacobian(y,x) times p, without the Jacobian.',
    (typer, call) => {
      requireLike(typer, call, 2, 1)
      return argument(call)
    },
    { arity: [3, 3] },
  ),
  derivative(
    'vjp',
    'vjp(y,x,v)',
    'The gradient of the inner product of y and v, which counts as constant: v times jacobian(y,x), without the Jacobian.',
    (typer, call) => {
      requireLike(typer, call, 2, 0)
      return argument(call, 1)
    },
    { arity: [3, 3] },
  ),
  derivative(
    'hvp',
    'hvp(f,x,p)',
    'The Hessian of a scalar times p, which counts as constant, without the Hessian.',
    (typer, call) => {
      requireLike(typer, call, 2, 1)
      return gradientShape(typer, call)
    },
    { arity: [3, 3] },
  ),
  derivative(
    'diaghessian',
    'diaghessian(f,x)',
    'The second derivatives of a scalar by each entry of a variable.',
    gradientShape,
  ),
  derivative(
    'laplacian',
    'laplacian(f,x)',
    'The sum of the second derivatives of a scalar by each entry of a variable.',
    (typer, call) => {
      requireScalar(typer, call)
      return scalar
    },
  ),
]

/** Each order multiplies the number of axes. */
const mostOrders = 8

export function isDerivativeName(name: string): name is DerivativeName {
  return derivativeFunctions.some((entry) => entry.name === name)
}

function derivative(
  name: DerivativeName,
  usage: string,
  doc: string,
  type: LanguageFunction['type'],
  { parameters = ['value'], arity = [2, 2] }: Partial<Pick<LanguageFunction, 'parameters' | 'arity'>> = {},
): LanguageFunction {
  const latex: Documentation['latex'] = (...args) => `\\operatorname{${name}}\\left(${args.join(', ')}\\right)`
  const build = () => {
    throw new TypeError(`${name} is built where it is resolved`)
  }
  return { name, usage, doc, latex, parameters, arity, type, build }
}

function gradientShape(typer: Typer, call: TypedCall): Shape {
  requireScalar(typer, call)
  return argument(call, 1)
}

/** The axes of both; a gradient keeps its variable's orientation, a derivative by a scalar that of what is differentiated. */
function joined(first: Shape, second: Shape): Shape {
  if (first.axes.length === 0) return second
  if (second.axes.length === 0) return first
  return { axes: [...first.axes, ...second.axes] }
}

function requireScalar(typer: Typer, call: TypedCall): void {
  const shape = argument(call)
  if (shape.axes.length === 0) return
  typer.fail(
    'ShapeMismatch',
    `${typer.name(0)} ${typer.describe(shape)}, not a scalar`,
    '`jacobian(y,x)` takes any shape',
    0,
  )
}

function requireLike(typer: Typer, call: TypedCall, position: number, other: number): void {
  const [given, wanted] = [argument(call, position), argument(call, other)]
  const message = () =>
    `${typer.name(position)} ${typer.describe(given)} but ${typer.name(other)} ${typer.describe(wanted)}`
  if (given.axes.length !== wanted.axes.length || !given.row !== !wanted.row) {
    typer.fail('ShapeMismatch', message(), undefined, position)
  }
  for (const [axis, dimension] of given.axes.entries())
    typer.equate(dimension, wanted.axes[axis] ?? dimension, message, position)
}
