/**
 * The working form (notation.md §1): every node rebuilt in canonical form, operands first. Linear in the graph: sums absorb
 * nested sums that nothing else uses by handing over one list, products absorb bounded numbers of factors.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import { identity } from '../tensor/graph.ts'
import { type Factor, type Node, operands, type Summand } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { postorder, useCounts } from '../tensor/walk.ts'
import { type Context, contextOf, materialise, type Scaled, scaled, through } from './context.ts'
import { elementwise, isNonnegative } from './elementwise.ts'
import { general } from './general.ts'
import { poweredFactors, product } from './product.ts'
import { sum } from './sum.ts'
import { symmetriesOf } from './symmetry.ts'

export interface SimplifyOptions {
  /**
   * Whether the declared properties of variables (symmetric, orthogonal, …) may be used; true unless given. Those of a variable
   * that is still to be differentiated by may not (calculus.md §3, trap 5).
   */
  readonly properties?: boolean
}

/** One pass may expose the next one's chance (a scalar that cancels); a few always settle. */
const PASS_LIMIT = 4
/** Longer lists of terms are not rewritten under a coefficient again and again, which would be quadratic. */
const COPY_LIMIT = 64

/**
 * Simplifies nodes of one graph together. The results have the values of the roots wherever those were defined.
 * Source: notation.md §3.
 */
export function simplify(graph: Graph, roots: readonly Node[], options: SimplifyOptions = {}): Node[] {
  const context = contextOf(graph, options.properties ?? true)
  let nodes = [...roots]
  for (let pass = 0; pass < PASS_LIMIT; pass++) {
    const next = simplifyOnce(context, nodes)
    if (next.every((node, k) => node === nodes[k])) break
    nodes = next
  }
  return nodes
}

function simplifyOnce(context: Context, roots: readonly Node[]): Node[] {
  const { fixed } = context
  const order = postorder(roots)
  const uses = useCounts(roots, order)
  const done = new Map<Node, Scaled>()
  /** Terms of sums that only another sum uses, handed over instead of made. */
  const open = new Map<Node, Summand[]>()
  const absorbed = sumsWithinSums(order, uses)
  for (const node of order) {
    if (fixed.has(node)) {
      done.set(node, scaled(node))
      continue
    }
    if (node.kind === 'sum') {
      const terms = gather(context, node.terms, done, open, uses)
      if (absorbed.has(node)) {
        open.set(node, terms)
        continue
      }
      done.set(node, sum(context, node.axes, terms))
    } else done.set(node, rebuild(context, node, done))
    const result = done.get(node) as Scaled
    // Asked for here, operands first, so that asking never goes deep.
    symmetriesOf(context, result.node)
    isNonnegative(context, result.node)
    if (result.node === node && isFixed(node, fixed)) fixed.add(node)
  }
  return roots.map((root) => materialise(context, done.get(root) as Scaled))
}

/** Whether a node that was rebuilt as itself always will be: its operands are, and no splicing depends on who else uses them. */
function isFixed(node: Node, fixed: ReadonlySet<Node>): boolean {
  return operands(node).every(
    (operand) => fixed.has(operand.node) && (node.kind !== 'sum' || operand.node.kind !== 'sum'),
  )
}

/** Sums whose single use is as a term of another sum. */
function sumsWithinSums(order: readonly Node[], uses: ReadonlyMap<Node, number>): Set<Node> {
  const result = new Set<Node>()
  for (const node of order) {
    if (node.kind !== 'sum') continue
    for (const term of node.terms) if (term.node.kind === 'sum' && uses.get(term.node) === 1) result.add(term.node)
  }
  return result
}

/** The simplified terms of a sum, with those of absorbed sums in place. The longest list is taken over, not copied. */
function gather(
  context: Context,
  terms: readonly Summand[],
  done: ReadonlyMap<Node, Scaled>,
  open: Map<Node, Summand[]>,
  uses: ReadonlyMap<Node, number>,
): Summand[] {
  let result: Summand[] = []
  for (const term of terms) {
    const inner = open.get(term.node)
    const plain = term.coefficient.isOne && term.labels.every((label, axis) => label === axis)
    if (inner && (plain || inner.length <= COPY_LIMIT)) {
      open.delete(term.node)
      const placed = plain
        ? inner
        : inner.map((t) => ({
            node: t.node,
            coefficient: t.coefficient.multiply(term.coefficient),
            labels: t.labels.map((axis) => term.labels[axis] as number),
          }))
      result = placed.length > result.length ? concatenate(placed, result) : concatenate(result, placed)
      continue
    }
    const value = inner ? sum(context, term.node.axes, inner) : (done.get(term.node) as Scaled)
    const coefficient = value.coefficient.multiply(term.coefficient)
    const labels = through(value, term.labels)
    // What became a sum only now is spliced in as well, if nothing else uses it.
    if (value.node.kind === 'sum' && uses.get(term.node) === 1 && (!inner || value.node.terms.length <= COPY_LIMIT)) {
      for (const t of value.node.terms) {
        result.push({
          node: t.node,
          coefficient: t.coefficient.multiply(coefficient),
          labels: t.labels.map((axis) => labels[axis] as number),
        })
      }
    } else result.push({ node: value.node, coefficient, labels })
  }
  return result
}

function concatenate<T>(longer: T[], shorter: readonly T[]): T[] {
  for (const item of shorter) longer.push(item)
  return longer
}

function rebuild(context: Context, node: Exclude<Node, { kind: 'sum' }>, done: ReadonlyMap<Node, Scaled>): Scaled {
  const resolved = (operand: { node: Node }) => done.get(operand.node) ?? scaled(operand.node)
  const args = () =>
    'args' in node ? node.args.map((operand) => ({ value: resolved(operand), labels: operand.labels })) : []
  switch (node.kind) {
    case 'constant':
      return scaled(context.graph.ones([]), node.value)
    case 'variable':
      return scaled(node)
    case 'indicator':
      return product(
        context,
        Rational.ONE,
        [{ node, labels: identity(node.axes.length), exponent: Rational.ONE }],
        node.axes,
        node.axes.length,
      )
    case 'contraction':
      return contraction(context, node.factors, node.dimensions, node.rank, resolved)
    case 'map':
      return elementwise(context, node.name, node.axes, args())
    case 'general':
      return general(context, node.name, node.axes.slice(0, node.batch), node.axes.slice(node.batch), args())
  }
}

function contraction(
  context: Context,
  factors: readonly Factor[],
  dimensions: readonly Dimension[],
  rank: number,
  resolved: (operand: { node: Node }) => Scaled,
): Scaled {
  const prepared = factors.flatMap((factor) =>
    poweredFactors(context, resolved(factor), factor.labels, factor.exponent),
  )
  return product(context, Rational.ONE, prepared, dimensions, rank)
}
