/**
 * Kronecker notation: a tensor over row indices and column indices as the matrix between their column-major positions,
 * with K·vec(X) = vec(X') for the commutation matrix K (calculus.md §4).
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Factor, Label, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { addTerms } from './common-factors.ts'
import { nameCondition } from './conditions.ts'
import type { Displays } from './displays.ts'
import {
  chain,
  diagonalMatrix,
  flip,
  leaf,
  linearCall,
  type Oriented,
  orient,
  scalarTerm,
  scaleTerm,
  type Term,
  uprightType,
} from './term.ts'

/** A contraction whose labels are placed in a larger one. */
interface Product {
  readonly coefficient: Rational
  readonly factors: readonly Factor[]
  readonly dimensions: readonly Dimension[]
}

/** The term of Π factors over two outputs at most, or undefined where it has no matrix form. */
type MatrixTerm = (
  factors: readonly Factor[],
  dimensions: readonly Dimension[],
  outputs: readonly number[],
  summed: readonly number[],
) => Term | undefined

/** The matrix of a node of order 3 or 4 whose first axes are rows, or undefined where none is known. */
export function kroneckerOf(displays: Displays, matrixTerm: MatrixTerm, node: Node, rowAxes: number): Term | undefined {
  const labels = node.axes.map((_, axis) => axis)
  const [rows, columns] = [labels.slice(0, rowAxes), labels.slice(rowAxes)]
  const products = productsOf(node)
  if (!products || products.length === 0) return undefined
  const terms: Term[] = []
  for (const { coefficient, factors, dimensions } of products) {
    const summed = [...dimensions.keys()].slice(node.axes.length)
    const term = kroneckerTerm(displays, matrixTerm, factors, dimensions, rows, columns, summed)
    if (!term) return undefined
    terms.push(scaleTerm(term, scalarTerm(coefficient)))
  }
  return addTerms(displays, terms, (terms[0] as Term).axes)
}

/** The node as a sum of products of factors, as far as sums and permutations stand outermost. */
function productsOf(node: Node): Product[] | undefined {
  const rank = node.axes.length
  const products: Product[] = []
  const open = [{ node, labels: node.axes.map((_, axis) => axis), coefficient: Rational.ONE }]
  for (let top = open.pop(); top; top = open.pop()) {
    const { node: inner, labels, coefficient } = top
    if (inner.kind === 'sum') {
      for (const term of inner.terms) {
        open.push({
          node: term.node,
          labels: term.labels.map((axis) => labels[axis] as Label),
          coefficient: coefficient.multiply(term.coefficient),
        })
      }
      continue
    }
    if (inner.kind !== 'contraction') {
      const plain = inner.kind === 'indicator' || inner.axes.length <= 2
      if (!plain) return undefined
      products.push({
        coefficient,
        factors: [{ node: inner, labels, exponent: Rational.ONE }],
        dimensions: node.axes,
      })
      continue
    }
    const place = (label: Label) => (label < inner.rank ? (labels[label] as Label) : label - inner.rank + rank)
    const [only] = inner.factors
    if (inner.factors.length === 1 && only?.exponent.isOne && inner.dimensions.length === inner.rank) {
      if (only.node.axes.length > 2 && new Set(only.labels).size === only.labels.length) {
        open.push({ node: only.node, labels: only.labels.map(place), coefficient })
        continue
      }
    }
    products.push({
      coefficient,
      factors: inner.factors.map((factor) => ({ ...factor, labels: factor.labels.map(place) })),
      dimensions: [...node.axes, ...inner.dimensions.slice(inner.rank)],
    })
  }
  return products.reverse()
}

/** One product between rows and columns, each one or two labels: the first of the forms of calculus.md §4 that fits. */
export function kroneckerTerm(
  displays: Displays,
  matrixTerm: MatrixTerm,
  factors: readonly Factor[],
  dimensions: readonly Dimension[],
  rows: readonly Label[],
  columns: readonly Label[],
  summed: readonly Label[],
): Term | undefined {
  const size = (labels: readonly Label[]) =>
    labels.map((label) => dimensions[label] as Dimension).reduce((product, dimension) => product.multiply(dimension))
  const axes = [size(rows), size(columns)]
  const parts = connectedParts(factors, [...rows, ...columns])
  const uncarried = summed.filter((label) => !factors.some(({ labels }) => labels.includes(label)))
  const split = (first: readonly Label[], second: readonly Label[]): [Term, Term] | undefined => {
    const own = (labels: readonly Label[]) => parts.filter(({ outputs }) => outputs.every((l) => labels.includes(l)))
    const left = own(first)
    const right = own(second).filter((part) => !left.includes(part))
    if (left.length + right.length < parts.length) return undefined
    const termOf = (list: typeof parts, outputs: readonly Label[], more: readonly Label[]) => {
      const own = list.flatMap((part) => part.factors)
      return matrixTerm(own, dimensions, outputs, [...list.flatMap((part) => [...part.summed]), ...more])
    }
    const p = termOf(left, first, uncarried)
    const q = p && termOf(right, second, [])
    return p && q ? [p, q] : undefined
  }
  const join = ([p, q]: [Term, Term], body: (p: Oriented, q: Oriented) => Oriented): Term => {
    const scalars = scaleTerm(scalarTerm(p.coefficient, p.scalars), q)
    return { ...scalars, axes, body: body(bodyOf(displays, p), bodyOf(displays, q)) }
  }
  const [i, j] = rows as [Label, Label | undefined]
  const [k, l] = columns as [Label, Label | undefined]
  const kron = (a: Oriented, b: Oriented) => kroneckerProduct(displays, a, b)
  if (j !== undefined && l !== undefined) {
    const straight = split([i, k], [j, l])
    if (straight) return join(straight, (p, q) => kron(q, p))
    const commutation = commutationMatrix(displays, dimensions[k] as Dimension, dimensions[l] as Dimension)
    const crossed = split([i, l], [j, k])
    if (crossed) return join(crossed, (p, q) => chain(displays, [kron(q, p), commutation]))
    const outer = split([i, j], [k, l])
    if (outer) return join(outer, (p, q) => chain(displays, [vec(displays, p), flip(vec(displays, q))]))
    return diagonal(displays, matrixTerm, factors, dimensions, [i, j, k, l], summed, axes)
  }
  if (l !== undefined) {
    const first = split([i, k], [l])
    if (first) return join(first, (p, q) => kron(flip(q), p))
    const second = split([i, l], [k])
    if (second) return join(second, (p, q) => kron(p, flip(q)))
    const outer = split([i], [k, l])
    return outer && join(outer, (p, q) => chain(displays, [p, flip(vec(displays, q))]))
  }
  if (j === undefined) return undefined
  const first = split([i, k], [j])
  if (first) return join(first, (p, q) => kron(q, p))
  const second = split([j, k], [i])
  if (second) return join(second, (p, q) => kron(p, q))
  const outer = split([i, j], [k])
  return outer && join(outer, (p, q) => chain(displays, [vec(displays, p), flip(q)]))
}

/** δ[i,k]·δ[j,l]·M[i,j] is diag(vec(M)); with crossed unit tensors it stands before K. */
function diagonal(
  displays: Displays,
  matrixTerm: MatrixTerm,
  factors: readonly Factor[],
  dimensions: readonly Dimension[],
  [i, j, k, l]: readonly [Label, Label, Label, Label],
  summed: readonly Label[],
  axes: readonly Dimension[],
): Term | undefined {
  for (const [first, second, crossed] of [
    [k, l, false],
    [l, k, true],
  ] as const) {
    const pairs = [
      [i, first],
      [j, second],
    ] as const
    const units = pairs.map(([a, b]) => factors.find((factor) => isUnit(factor, a, b)))
    const rest = factors.filter((factor) => !units.includes(factor))
    if (units.includes(undefined)) continue
    const renamed = rest.map((factor) => ({
      ...factor,
      labels: factor.labels.map((label) => (label === first ? i : label === second ? j : label)),
    }))
    const core = matrixTerm(renamed, dimensions, [i, j], summed)
    if (!core) continue
    const matrix = diagonalMatrix(displays, vec(displays, bodyOf(displays, core)))
    const commutation = commutationMatrix(displays, dimensions[k] as Dimension, dimensions[l] as Dimension)
    return { ...core, axes, body: crossed ? chain(displays, [matrix, commutation]) : matrix }
  }
  return undefined
}

function isUnit({ node, labels }: Factor, a: Label, b: Label): boolean {
  const [condition] = node.kind === 'indicator' ? node.conditions : []
  if (node.kind !== 'indicator' || node.conditions.length !== 1 || !condition) return false
  return nameCondition(condition, node.axes).kind === 'delta' && labels.includes(a) && labels.includes(b)
}

/** A term's body, written out where it is a broadcast. */
function bodyOf(displays: Displays, { body, axes }: Term): Oriented {
  if (body) return body
  const ones = displays.literal('ones', axes)
  if (axes.length === 1) return leaf(displays, ones)
  return { plain: ones, flipped: displays.literal('ones', [...axes].reverse()) }
}

function vec(displays: Displays, matrix: Oriented): Oriented {
  return linearCall(displays, 'vec', 'column', matrix)
}

function kroneckerProduct(displays: Displays, a: Oriented, b: Oriented): Oriented {
  const write = (side: 'plain' | 'flipped') => displays.call('kron', uprightType(2), [a[side], b[side]])
  const [plain, flipped] = [write('plain'), write('flipped')]
  const linear = [
    { of: a, apply: (part: Oriented) => kroneckerProduct(displays, part, b) },
    { of: b, apply: (part: Oriented) => kroneckerProduct(displays, a, part) },
  ]
  return plain === flipped ? { plain, flipped, linear } : orient(displays, plain, flipped, { linear })
}

/** K with K·vec(X) = vec(X') for X of these sizes. */
function commutationMatrix(displays: Displays, rows: Dimension, columns: Dimension): Oriented {
  return {
    plain: displays.literal('commutation', [rows, columns]),
    flipped: displays.literal('commutation', [columns, rows]),
  }
}

/** Factors in groups that share summed labels, with the outputs that each touches. */
function connectedParts(factors: readonly Factor[], outputs: readonly Label[]) {
  const parts: { factors: Factor[]; summed: Set<Label>; outputs: Label[] }[] = []
  for (const factor of factors) {
    const summed = new Set(factor.labels.filter((label) => !outputs.includes(label)))
    const own = factor.labels.filter((label) => outputs.includes(label))
    const joined = parts.filter((part) => [...summed].some((label) => part.summed.has(label)))
    const merged = {
      factors: [...joined.flatMap((part) => part.factors), factor],
      summed: new Set([...joined.flatMap((part) => [...part.summed]), ...summed]),
      outputs: [...joined.flatMap((part) => part.outputs), ...own],
    }
    for (const part of joined) parts.splice(parts.indexOf(part), 1)
    parts.push(merged)
  }
  return parts
}
