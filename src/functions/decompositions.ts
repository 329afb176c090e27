/**
 * Functions of whole matrices whose derivatives are products of further functions of the same kind: the pseudoinverse,
 * Cholesky's factor, solutions of Sylvester's equation, and the primary matrix functions `expm logm sqrtm`.
 *
 * Sources: calculus.md §6; Golub and Pereyra 1973 (pinv); Higham, Functions of Matrices, 2008.
 */
import { Dimension } from '../tensor/dimension.ts'
import type { Graph, NamedFactor } from '../tensor/graph.ts'
import type { GeneralCall, Node, Operand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type {
  DerivativeOperator,
  Documentation,
  GeneralFunction,
  LanguageFunction,
  PartialTerm,
  Shape,
} from './entry.ts'
import { broadcastArgument, extraAxes, swapped, withArguments } from './operator.ts'
import { argumentFactor, labels, ownAxes } from './partial.ts'
import { argument, axis, length, matrix, square, vector } from './shape.ts'

export const decompositions: readonly (GeneralFunction & LanguageFunction)[] = [
  {
    ...ofOne('pinv', 'The pseudoinverse of Moore and Penrose.', (a) => `{\\left(${a}\\right)}^{+}`),
    convention: 'The derivative is that among matrices of the same rank.',
    type: (typer, call) => {
      const shape = argument(call)
      if (shape.axes.length !== 2)
        typer.fail('ShapeMismatch', `${typer.name(0)} ${typer.describe(shape)}, not a matrix`)
      return matrix(axis(shape, 1), axis(shape, 0))
    },
    build: (g, [node]) => g.call('pinv', [...((node as Node).axes as [Dimension, Dimension])].reverse(), node as Node),
    partial: pseudoinversePartial,
  },
  {
    ...ofOne(
      'cholesky',
      "The lower triangular L with positive diagonal and L*L' = (A + A')/2.",
      named('\\operatorname{chol}'),
    ),
    argument: 'psd',
    type: (typer, call) => squareShape(square(typer, argument(call))),
    build: (g, [node]) => g.call('cholesky', (node as Node).axes, node as Node),
    partial: choleskyPartial,
  },
  {
    kind: 'general',
    name: 'sylvester',
    usage: 'sylvester(A,B,C)',
    doc: 'The solution X of A*X + X*B = C.',
    latex: named('\\operatorname{sylvester}'),
    parameters: ['value'],
    arity: [3, 3],
    ownRanks: [2, 2, 2],
    argument: 'psd',
    type: (typer, call) => {
      const right = argument(call, 2)
      const n = square(typer, argument(call, 0), 0)
      const m = square(typer, argument(call, 1), 1)
      if (right.axes.length !== 2) {
        typer.fail('ShapeMismatch', `${typer.name(2)} ${typer.describe(right)}, not a matrix`, undefined, 2)
      }
      for (const [position, [side, other]] of [[n, 0] as const, [m, 1] as const].entries()) {
        const message = () =>
          `${typer.name(other)} ${typer.describe(argument(call, other))} but ${typer.name(2)} ${typer.describe(right)}`
        typer.equate(side, axis(right, position), message, 2)
      }
      return right
    },
    build: (g, args) => g.call('sylvester', (args[2] as Node).axes, ...args),
    operator: sylvesterDerivative(),
  },
  {
    ...ofOne('sqrtm', 'The principal square root of a matrix: S*S = A.', (a) => `{\\left(${a}\\right)}^{1/2}`),
    convention: 'The derivative needs a regular A.',
    argument: 'psd',
    type: (typer, call) => squareShape(square(typer, argument(call))),
    build: (g, [node]) => g.call('sqrtm', (node as Node).axes, node as Node),
    operator: squareRootDerivative(),
  },
  primary(
    'expm',
    'dexpm',
    'The exponential of a matrix, 1 + A + A*A/2 + …; `exp` is that of the entries.',
    named('\\exp'),
  ),
  {
    ...primary('logm', 'dlogm', 'The principal logarithm of a matrix; `log` is that of the entries.', named('\\log')),
    argument: 'psd',
  },
  derivativeOfPrimary('dexpm', 'expm', named('\\operatorname{d\\exp}')),
  { ...derivativeOfPrimary('dlogm', 'logm', named('\\operatorname{d\\log}')), argument: 'psd' },
]

/** Products of vectors of length 3. */
export const crossProduct: GeneralFunction & LanguageFunction = {
  kind: 'general',
  name: 'cross',
  usage: 'cross(x,y)',
  doc: 'The vector product of two vectors of length 3.',
  latex: (x, y) => `${x} \\times ${y}`,
  parameters: ['value'],
  arity: [2, 2],
  ownRanks: [1, 1],
  type: (typer, call) => {
    for (const position of [0, 1]) {
      const shape = argument(call, position)
      const message = () => `${typer.name(position)} ${typer.describe(shape)}, not 3`
      typer.equate(length(typer, shape, position), Dimension.constant(3), message, position)
    }
    return vector(Dimension.constant(3))
  },
  build: (g, [x, y]) => g.call('cross', [Dimension.constant(3)], x as Node, y as Node),
  operator: {
    pushforward: (g, call, position, change, extra) =>
      withArguments(g, call, extra, change, new Map([[position, identityOperand(change)]])),
    // c·(dx × y) = dx·(y × c) and c·(x × dy) = dy·(c × x)
    pullback: (g, call, position, adjoint, extra) => {
      const other = broadcastArgument(call, extra, 1 - position)
      const own = identityOperand(adjoint)
      return g.general(
        'cross',
        extraAxes(call, extra, adjoint),
        [Dimension.constant(3)],
        position === 0 ? [other, own] : [own, other],
      )
    },
  },
}

/**
 * With P = pinv(X): dP = −P dX P + P P' dX' (1 − X P) + (1 − P X) dX' P' P, for changes that keep the rank
 * (Golub and Pereyra 1973, (4.12)).
 */
function pseudoinversePartial(_g: Graph, call: GeneralCall): PartialTerm[] {
  const p = (i: string, j: string): NamedFactor => [call, labels(call, i, j)]
  const [node, names] = argumentFactor(call)
  const x = (i: string, j: string): NamedFactor => [
    node,
    [...names].map((name) => (name === 'a0' ? i : name === 'a1' ? j : name)),
  ]
  return [
    { coefficient: Rational.MINUS_ONE, factors: [p('r0', 'a0'), p('a1', 'r1')] },
    { coefficient: Rational.ONE, factors: [p('r0', 'k'), p('a1', 'k')], same: [['r1', 'a0']] },
    { coefficient: Rational.MINUS_ONE, factors: [p('r0', 'k'), p('a1', 'k'), x('a0', 'l'), p('l', 'r1')] },
    { coefficient: Rational.ONE, factors: [p('k', 'a0'), p('k', 'r1')], same: [['r0', 'a1']] },
    { coefficient: Rational.MINUS_ONE, factors: [p('r0', 'l'), x('l', 'a1'), p('k', 'a0'), p('k', 'r1')] },
  ]
}

/** dL = L Φ(L⁻¹ dS L⁻ᵀ), dS = (dA + dA')/2, where Φ keeps the lower triangle and halves the diagonal. */
function choleskyPartial(g: Graph, call: GeneralCall): PartialTerm[] {
  const [n] = ownAxes(call) as [Dimension, Dimension]
  const batch = call.axes.slice(0, call.batch)
  const whole = [...call.axes.keys()]
  const inverse = g.general('inv', batch, [n, n], [{ node: call, labels: whole }])
  const below = g.indicator(
    [n, n],
    [
      {
        relation: 'le',
        terms: [
          { axis: 0, coefficient: Dimension.constant(-1) },
          { axis: 1, coefficient: Dimension.ONE },
        ],
        offset: Dimension.ONE,
      },
    ],
  )
  const l = (i: string, j: string): NamedFactor => [call, labels(call, i, j)]
  const m = (i: string, j: string): NamedFactor => [inverse, labels(call, i, j)]
  const half = Rational.HALF
  return [
    { coefficient: half, factors: [l('r0', 'k'), [below, ['k', 'r1']], m('k', 'a0'), m('r1', 'a1')] },
    { coefficient: half, factors: [l('r0', 'k'), [below, ['k', 'r1']], m('k', 'a1'), m('r1', 'a0')] },
    { coefficient: half, factors: [l('r0', 'r1'), m('r1', 'a0'), m('r1', 'a1')] },
  ]
}

/** A dX + dX B = dC − dA X − X dB. */
function sylvesterDerivative(): DerivativeOperator {
  return {
    pushforward(g, call, position, change, extra) {
      const rank = change.axes.length
      const shared = [...Array(extra + call.batch).keys()]
      const result = [...shared, ...call.axes.slice(call.batch).map((_, k) => rank + k)]
      const [i, j] = result.slice(-2) as [number, number]
      const solution: NamedFactor = [call, result.slice(extra)]
      const right =
        position === 2
          ? change
          : position === 0
            ? g.scale(
                -1,
                g.contract(result, [
                  [change, [...shared, i, -1]],
                  [call, [...result.slice(extra, -2), -1, j]],
                ]),
              )
            : g.scale(
                -1,
                g.contract(result, [
                  [solution[0], [...result.slice(extra, -2), i, -1]],
                  [change, [...shared, -1, j]],
                ]),
              )
      return withArguments(g, call, extra, right, new Map([[2, identityOperand(right)]]))
    },
    pullback(g, call, position, adjoint, extra) {
      const args = [
        swapped(broadcastArgument(call, extra, 0), call.batch + extra),
        swapped(broadcastArgument(call, extra, 1), call.batch + extra),
        identityOperand(adjoint),
      ]
      const z = g.general('sylvester', extraAxes(call, extra, adjoint), call.axes.slice(call.batch), args)
      if (position === 2) return z
      const shared = [...Array(extra + call.batch).keys()]
      const batch = shared.slice(extra)
      const product =
        position === 0
          ? g.contract(
              [...shared, 'i', 'k'],
              [
                [z, [...shared, 'i', 'j']],
                [call, [...batch, 'k', 'j']],
              ],
            )
          : g.contract(
              [...shared, 'j', 'k'],
              [
                [call, [...batch, 'i', 'j']],
                [z, [...shared, 'i', 'k']],
              ],
            )
      return g.scale(-1, product)
    },
  }
}

/** S dS + dS S = dX. */
function squareRootDerivative(): DerivativeOperator {
  const solve = (g: Graph, call: GeneralCall, right: Node, extra: number, transposed: boolean): Node => {
    const axes = extraAxes(call, extra, right)
    const root: Operand = { node: call, labels: call.axes.map((_, label) => extra + label) }
    const side = transposed ? swapped(root, axes.length) : root
    return g.general('sylvester', axes, call.axes.slice(call.batch), [side, side, identityOperand(right)])
  }
  return {
    pushforward: (g, call, _position, change, extra) => solve(g, call, change, extra, false),
    pullback: (g, call, _position, adjoint, extra) => solve(g, call, adjoint, extra, true),
  }
}

/** A primary matrix function: f(X), whose derivative is another direction of `derivative`. */
function primary(
  name: string,
  derivative: string,
  doc: string,
  latex: Documentation['latex'],
): GeneralFunction & LanguageFunction {
  return {
    ...ofOne(name, doc, latex),
    type: (typer, call) => squareShape(square(typer, argument(call))),
    build: (g, [node]) => g.call(name, (node as Node).axes, node as Node),
    operator: directional(derivative),
  }
}

/** The derivative of a primary matrix function at X in directions E1, E2, …, linear in each and symmetric. */
function derivativeOfPrimary(
  name: string,
  of: string,
  latex: Documentation['latex'],
): GeneralFunction & LanguageFunction {
  return {
    kind: 'general',
    name,
    usage: `${name}(A,E), ${name}(A,E,F)`,
    doc: `The derivative of ${of} at A in the direction E; with more directions, the higher derivative in all of them.`,
    latex,
    parameters: ['value'],
    arity: [2, 9],
    ownRanks: [2, 2],
    type: (typer, call) => {
      const side = square(typer, argument(call))
      for (const position of call.args.keys()) {
        const shape = argument(call, position)
        const message = () =>
          `${typer.name(0)} ${typer.describe(argument(call))} but ${typer.name(position)} ${typer.describe(shape)}`
        typer.equate(square(typer, shape, position), side, message, position)
      }
      return squareShape(side)
    },
    build: (g, args) => g.call(name, (args[0] as Node).axes, ...args),
    operator: directional(name),
  }
}

/**
 * f⁽ᵏ⁾(X; E1, …, Ek): a change of X is one more direction, a change of Ej stands in its place. By transposes the operator is
 * its own adjoint: ⟨C, f⁽ᵏ⁾(X; …, E)⟩ = ⟨f⁽ᵏ⁾(X'; …', C), E⟩.
 */
function directional(name: string): DerivativeOperator {
  const applied = (
    g: Graph,
    call: GeneralCall,
    position: number,
    direction: Node,
    extra: number,
    transposed: boolean,
  ) => {
    const axes = extraAxes(call, extra, direction)
    const turn = (operand: Operand) => (transposed ? swapped(operand, axes.length) : operand)
    const args = call.args.map((_, k) => turn(broadcastArgument(call, extra, k)))
    const own = identityOperand(direction)
    if (position === 0) args.push(own)
    else args[position] = own
    return g.general(name, axes, call.axes.slice(call.batch), args)
  }
  return {
    pushforward: (g, call, position, change, extra) => applied(g, call, position, change, extra, false),
    pullback: (g, call, position, adjoint, extra) => applied(g, call, position, adjoint, extra, true),
  }
}

function identityOperand(node: Node): Operand {
  return { node, labels: [...node.axes.keys()] }
}

function squareShape(side: Dimension): Shape {
  return matrix(side, side)
}

function ofOne(name: string, doc: string, latex: Documentation['latex']) {
  return {
    kind: 'general',
    name,
    usage: `${name}(A)`,
    doc,
    latex,
    parameters: ['value'],
    arity: [1, 1],
    ownRanks: [2],
  } as const
}

function named(latex: string): Documentation['latex'] {
  return (...args) => `${latex}\\left(${args.join(', ')}\\right)`
}
