/**
 * The texts of the functions table as nodes: derivatives and definitions are written once, in our own language.
 *
 * A text is an expression of numbers over the function's parameters. It is read once; each use fills in operands that are
 * aligned by labels, and what broadcasts stays small: f'(a) of a scalar a is a scalar.
 */
import { parse } from '../syntax/parser.ts'
import type { BinaryNode, SyntaxNode } from '../syntax/tree.ts'
import { foldTree } from '../syntax/walk.ts'
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import type { ElementwiseMap, Node, Operand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { comparisons, elementwise } from './elementwise.ts'
import type { ElementwiseFunction } from './entry.ts'
import * as pointwise from './pointwise.ts'

/** ∂f/∂(argument number k) at the arguments of this map, with the map's axes. */
export function derivativeOf(g: Graph, map: ElementwiseMap, argument: number): Node {
  return broadcast(g, derivativeOperand(g, map, argument), map.axes)
}

/** The same as an operand, labelled by the axes of the map, which lacks those that the derivative does not depend on. */
export function derivativeOperand(g: Graph, map: ElementwiseMap, argument: number): Operand {
  const entry = elementwiseEntry(map.name)
  return instantiate(g, entry.derivatives[argument] as string, parametersOf(entry, map))
}

/** The definition at the arguments of this map, with the map's axes; undefined for a primitive. */
export function definitionOf(g: Graph, map: ElementwiseMap): Node | undefined {
  const entry = elementwiseEntry(map.name)
  if (entry.definition === undefined) return undefined
  return broadcast(g, instantiate(g, entry.definition, parametersOf(entry, map)), map.axes)
}

/** The value of a text for operands labelled by any numbers. The result's labels are distinct. */
export function instantiate(g: Graph, text: string, args: ReadonlyMap<string, Operand>): Operand {
  const values = new Map([...args].map(([name, { node, labels }]) => [name, pointwise.single(node, labels)]))
  const closed = pointwise.close(g, evaluate(g, text, values))
  return { node: pointwise.nodeOf(g, closed), labels: closed.labels }
}

/** The same over pointwise values, so that coefficients and products of the result can join what is around them. */
export function evaluate<Label>(
  g: Graph,
  text: string,
  args: ReadonlyMap<string, pointwise.Single<Label>>,
): pointwise.Value<Label> {
  return foldTree<pointwise.Value<Label>>(syntaxOf(text), (node, operands) => {
    switch (node.kind) {
      case 'number':
        return pointwise.number(g, Rational.parse(node.text))
      case 'name': {
        const value = args.get(node.name)
        if (value !== undefined) return value
        if (node.name === 'pi') return pointwise.apply<Label>(g, 'pi', [])
        break
      }
      case 'unary':
        return node.operator === '-' ? pointwise.negate(g, operand(operands, 0)) : operand(operands, 0)
      case 'binary':
        return binary(g, node, operand(operands, 0), operand(operands, 1))
      case 'call': {
        const entry = elementwise.get(node.callee.name)
        if (entry !== undefined && node.named.length === 0) return call(g, entry, operands)
        break
      }
    }
    throw new TypeError(`not part of a function's text: ${node.kind} in ${text}`)
  })
}

/** An elementwise function at pointwise values: a map, or its definition where no map exists. */
export function call<Label>(
  g: Graph,
  entry: ElementwiseFunction,
  args: readonly pointwise.Value<Label>[],
): pointwise.Value<Label> {
  if (!entry.inline) return pointwise.apply(g, entry.name, args)
  const named = entry.parameters.map(
    (name, k) => [name, pointwise.close(g, args[k] as pointwise.Value<Label>)] as const,
  )
  return evaluate(g, entry.definition as string, new Map(named))
}

function binary<Label>(
  g: Graph,
  node: BinaryNode,
  left: pointwise.Value<Label>,
  right: pointwise.Value<Label>,
): pointwise.Value<Label> {
  switch (node.operator) {
    case '+':
      return pointwise.add(g, left, right)
    case '-':
      return pointwise.add(g, left, right, -1)
    case '*':
      return pointwise.multiply(g, left, right)
    case '/':
      return pointwise.divide(g, left, right)
    case '^': {
      const exponent = literal(node.right)
      return exponent === undefined ? pointwise.apply(g, 'pow', [left, right]) : pointwise.power(g, left, exponent)
    }
  }
  const comparison = comparisons.get(node.operator)
  if (comparison === undefined) throw new TypeError(`not part of a function's text: ${node.operator}`)
  return pointwise.apply(g, comparison, [left, right])
}

/** The value of a constant exponent, such as -2 or (1/2). */
function literal(node: SyntaxNode): Rational | undefined {
  if (node.kind === 'number') return Rational.parse(node.text)
  if (node.kind === 'unary') {
    const value = literal(node.operand)
    return node.operator === '-' ? value?.negate() : value
  }
  if (node.kind !== 'binary' || node.operator !== '/') return undefined
  const left = literal(node.left)
  const right = literal(node.right)
  return left && right && left.divide(right)
}

function operand<T>(operands: readonly T[], position: number): T {
  return operands[position] as T
}

const trees = new Map<string, SyntaxNode>()

function syntaxOf(text: string): SyntaxNode {
  let tree = trees.get(text)
  if (tree === undefined) {
    const { program, problems } = parse(text)
    const [statement] = program.statements
    if (statement === undefined || problems.length > 0) throw new TypeError(`not an expression: ${text}`)
    tree = statement.value
    trees.set(text, tree)
  }
  return tree
}

function elementwiseEntry(name: string): ElementwiseFunction {
  const entry = elementwise.get(name)
  if (entry === undefined) throw new TypeError(`no elementwise function ${name}`)
  return entry
}

function parametersOf(entry: ElementwiseFunction, map: ElementwiseMap): Map<string, Operand> {
  return new Map(entry.parameters.map((name, k) => [name, map.args[k] as Operand]))
}

/** An operand whose labels are axis numbers, with all of these axes. */
function broadcast(g: Graph, { node, labels }: Operand, axes: readonly Dimension[]): Node {
  return pointwise.toNode(g, pointwise.single(node, labels), new Map(axes.map((dimension, axis) => [axis, dimension])))
}
