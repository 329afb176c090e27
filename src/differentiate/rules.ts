/**
 * The one table of differentiation: the partial derivative of every kind of node by each of its operands, as linear maps.
 *
 * A map takes the operand's axes to the node's: a structured term whose output lists the node's axes, then the operand's.
 * Forward mode composes it with the tangent of the operand, reverse mode the adjoint of the node with it, cross-country any
 * two neighbours (calculus.md §2); so one row serves all modes. Labels that node and operand share are unit tensors that
 * are never written.
 */
import { type DerivativeOperator, derivativeOperand, generalFunction } from '../functions/index.ts'
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import { identity } from '../tensor/graph.ts'
import {
  type Contraction,
  type ElementwiseMap,
  type Factor,
  type GeneralCall,
  type Node,
  type NodeKind,
  type Operand,
  operands,
  type Sum,
} from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { axesOf, compose, isDelta, type StructuredTerm, sumOfTerms, termOf, unitTensor } from '../tensor/structured.ts'
import { settle } from './accumulate.ts'

type Rule<N extends Node> = (g: Graph, node: N, operand: number) => readonly StructuredTerm[]
type RuleTable = { readonly [K in NodeKind]: Rule<Extract<Node, { kind: K }>> }

const RULES: RuleTable = {
  variable: () => [],
  constant: () => [],
  indicator: () => [],
  contraction: contractionPartial,
  sum: sumPartial,
  map: mapPartial,
  general: generalPartial,
}

/** ∂node/∂operand as a sum of linear maps, axes (node, operand). Empty where it is zero. */
export function partials(g: Graph, node: Node, operand: number): readonly StructuredTerm[] {
  const child = (operands(node)[operand] as Operand).node
  return operatorOf(node) ? pushforward(g, node, operand, [unitTensor(child.axes)]) : localTerms(g, node, operand)
}

/** The tangent of a node, axes (node, x), due to that of one operand, axes (operand, x). */
export function pushforward(
  g: Graph,
  node: Node,
  operand: number,
  tangent: readonly StructuredTerm[],
): StructuredTerm[] {
  const operator = operatorOf(node)
  if (operator) return pushThrough(g, node as GeneralCall, operand, operator, tangent)
  const rank = (operands(node)[operand] as Operand).node.axes.length
  const maps = localTerms(g, node, operand)
  return maps.flatMap((map) => tangent.map((term) => settle(g, compose(map, term, rank), true)))
}

/** The adjoint of an operand, axes (y, operand), due to that of one node that uses it, axes (y, node). */
export function pullback(g: Graph, node: Node, operand: number, adjoint: readonly StructuredTerm[]): StructuredTerm[] {
  const operator = operatorOf(node)
  if (operator) return pullThrough(g, node as GeneralCall, operand, operator, adjoint)
  const maps = localTerms(g, node, operand)
  return adjoint.flatMap((term) => maps.map((map) => settle(g, compose(term, map, node.axes.length), true)))
}

function localTerms(g: Graph, node: Node, operand: number): readonly StructuredTerm[] {
  return (RULES[node.kind] as Rule<Node>)(g, node, operand)
}

function operatorOf(node: Node): DerivativeOperator | undefined {
  return node.kind === 'general' ? generalFunction(node.name).operator : undefined
}

/** An operator takes and gives dense tensors whose leading axes are those of x. */
function pushThrough(
  g: Graph,
  node: GeneralCall,
  operand: number,
  operator: DerivativeOperator,
  tangent: readonly StructuredTerm[],
): StructuredTerm[] {
  const [first] = tangent
  const argument = node.args[operand]
  if (!first || !argument) return []
  const rank = argument.node.axes.length
  const extra = first.output.length - rank
  const dense = sumOfTerms(g, axesOf(first), tangent)
  // Labels: x, then batch axes, then own axes of the argument. An operand without a batch axis is the same along it.
  const own = argument.node.axes.filter((_, axis) => (argument.labels[axis] as number) >= node.batch)
  const dimensions = [...dense.axes.slice(rank), ...node.axes.slice(0, node.batch), ...own]
  for (const [axis, label] of argument.labels.entries()) dimensions[extra + label] = dense.axes[axis] as Dimension
  const labels = [...argument.labels.map((label) => extra + label), ...identity(extra)]
  const change = g.contraction([{ node: dense, labels, exponent: Rational.ONE }], dimensions, dimensions.length)
  const result = operator.pushforward(g, node, operand, change, extra)
  const output = [...identity(node.axes.length).map((axis) => extra + axis), ...identity(extra)]
  return [{ ...termOf(result), output }]
}

function pullThrough(
  g: Graph,
  node: GeneralCall,
  operand: number,
  operator: DerivativeOperator,
  adjoint: readonly StructuredTerm[],
): StructuredTerm[] {
  const [first] = adjoint
  const argument = node.args[operand]
  if (!first || !argument) return []
  const extra = first.output.length - node.axes.length
  const dense = sumOfTerms(g, axesOf(first), adjoint)
  const result = operator.pullback(g, node, operand, dense, extra)
  // A batch axis that the operand lacks is summed, since the operand serves all its indices.
  const output = [...identity(extra), ...argument.labels.map((label) => extra + label)]
  return [settle(g, { ...termOf(result), output }, true)]
}

/**
 * C[o] = Σ Π Fj[lj]^ej:   ∂C[o]/∂Fk[lk] = ek · Fk[lk]^(ek−1) · Π over j≠k of Fj[lj]^ej.
 * A label that only Fk carries is summed in C and is none of the map's other labels: the pullback broadcasts over it
 * (trap 1). A literal exponent 1 leaves no power behind, so that 0·0^-1 is never formed.
 */
function contractionPartial(_g: Graph, node: Contraction, operand: number): readonly StructuredTerm[] {
  const factor = node.factors[operand] as Factor
  const rest = node.factors.filter((_, k) => k !== operand)
  const exponent = factor.exponent.subtract(Rational.ONE)
  const factors = exponent.isZero ? rest : [{ ...factor, exponent }, ...rest]
  const output = [...identity(node.rank), ...factor.labels]
  return [joinDeltas({ coefficient: factor.exponent, factors, dimensions: node.dimensions, output })]
}

/** Unit tensors among the factors join their labels, so that patterns show as repeated letters. */
function joinDeltas(term: StructuredTerm): StructuredTerm {
  const parent = identity(term.dimensions.length)
  const find = (label: number): number => {
    while (parent[label] !== label) label = parent[label] as number
    return label
  }
  const factors = term.factors.filter(({ node, labels: [a, b], exponent }) => {
    if (!isDelta(node) || a === undefined || b === undefined || exponent.sign < 0) return true
    const [x, y] = [find(a), find(b)]
    parent[Math.max(x, y)] = Math.min(x, y)
    return false
  })
  if (factors.length === term.factors.length) return term
  const place = new Map<number, number>()
  const dimensions: Dimension[] = []
  for (const label of parent.keys()) {
    if (find(label) !== label) continue
    place.set(label, dimensions.length)
    dimensions.push(term.dimensions[label] as Dimension)
  }
  const relabel = (label: number) => place.get(find(label)) as number
  return {
    coefficient: term.coefficient,
    factors: factors.map((f) => ({ ...f, labels: f.labels.map(relabel) })),
    dimensions,
    output: term.output.map(relabel),
  }
}

/** C = Σ ck·Tk[lk]:   ∂C[o]/∂Tk[lk] = ck, the same at every axis that Tk lacks. */
function sumPartial(_g: Graph, node: Sum, operand: number): readonly StructuredTerm[] {
  const term = node.terms[operand]
  if (!term) return []
  const output = [...identity(node.axes.length), ...term.labels]
  return [{ coefficient: term.coefficient, factors: [], dimensions: node.axes, output }]
}

/** C = f(A1, …):   ∂C[o]/∂Ak[lk] = fk(A1, …)[o]. */
function mapPartial(g: Graph, node: ElementwiseMap, operand: number): readonly StructuredTerm[] {
  const derivative = derivativeOperand(g, node, operand)
  if (isZero(derivative.node)) return []
  const factors = [{ ...derivative, exponent: Rational.ONE }]
  const output = [...identity(node.axes.length), ...(node.args[operand]?.labels ?? [])]
  return [{ coefficient: Rational.ONE, factors, dimensions: node.axes, output }]
}

function isZero(node: Node): boolean {
  return (node.kind === 'constant' && node.value.isZero) || (node.kind === 'sum' && node.terms.length === 0)
}

/** A function of whole axes: the index form that its entry in the functions table gives. */
function generalPartial(g: Graph, node: GeneralCall, operand: number): readonly StructuredTerm[] {
  const argument = node.args[operand]
  if (!argument) return []
  const rank = node.axes.length
  const partial = generalFunction(node.name).partial
  if (!partial) throw new RangeError(`${node.name} has neither a partial derivative nor an operator`)
  return partial(g, node, operand).map((term) => {
    const numbers = new Map<string, number>()
    const dimensions: Dimension[] = [...node.axes]
    for (const axis of identity(rank)) numbers.set(axis < node.batch ? `b${axis}` : `r${axis - node.batch}`, axis)
    for (const [a, b] of term.same ?? []) {
      // Of the two names the one that is an axis of the result already has a label.
      const known = numbers.get(a) ?? numbers.get(b)
      if (known === undefined) throw new RangeError(`${node.name}: neither ${a} nor ${b} is an axis of the result`)
      numbers.set(a, known)
      numbers.set(b, known)
    }
    const labelOf = (name: string | number, dimension: Dimension): number => {
      let label = numbers.get(String(name))
      if (label === undefined) {
        label = dimensions.length
        dimensions.push(dimension)
        numbers.set(String(name), label)
      }
      return label
    }
    const factors = term.factors.map(([factor, names, exponent]): Factor => {
      const labels = [...names].map((name, axis) => labelOf(name, factor.axes[axis] as Dimension))
      return { node: factor, labels, exponent: exponent ?? Rational.ONE }
    })
    const own = argument.labels.map((label, axis) =>
      label < node.batch ? label : labelOf(`a${label - node.batch}`, argument.node.axes[axis] as Dimension),
    )
    return joinDeltas({ coefficient: term.coefficient, factors, dimensions, output: [...identity(rank), ...own] })
  })
}
