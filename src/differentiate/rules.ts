/**
 * The one table of differentiation: the partial derivative of every kind of node by each of its operands, as linear maps.
 *
 * A map takes the operand's axes to the node's: a structured term whose output lists the node's axes, then the operand's.
 * Forward mode composes it with the tangent of the operand, reverse mode the adjoint of the node with it, cross-country any
 * two neighbours (calculus.md §2); so one row serves all modes. Labels that node and operand share are unit tensors that
 * are never written.
 */
import { derivativeOperand, generalFunction } from '../functions/index.ts'
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import { identity } from '../tensor/graph.ts'
import type { Contraction, ElementwiseMap, Factor, GeneralCall, Node, NodeKind, Sum } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { StructuredTerm } from '../tensor/structured.ts'
import { isDelta } from '../tensor/structured.ts'

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
  return (RULES[node.kind] as Rule<Node>)(g, node, operand)
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
  return generalFunction(node.name)
    .partial(g, node, operand)
    .map((term) => {
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
