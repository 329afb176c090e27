/**
 * One contraction in matrix notation: labels are vertices, matrices edges, vectors marks on a vertex. Summed labels are
 * eliminated by the rules of notation §4 until only the outputs are left; where no rule applies (treewidth above 2,
 * operands of order 3, conditions without a name) there is no matrix form.
 */
import type { Dimension } from '../tensor/dimension.ts'
import { Rational } from '../tensor/rational.ts'
import { type Display, WHOLE_AXIS } from './display.ts'
import type { Displays } from './displays.ts'
import { dot, sumOfEntries, trace } from './scalar-forms.ts'
import {
  chain,
  collectPowers,
  diagonalMatrix,
  eitherWay,
  elementwise,
  flip,
  isEven,
  leaf,
  linearCall,
  type Oriented,
  type Powered,
  SPLICED_FACTORS,
  scalarTerm,
  scaleTerm,
  type Term,
} from './term.ts'
import { triangleOf } from './triangles.ts'

/** An operand: a matrix over two labels, or a vector over one. */
export interface MatrixFactor {
  readonly item: Oriented
  readonly labels: readonly number[]
  readonly exponent: Rational
}

/** The column-major position: `packed` = `row` + (dimension of row)·`column`. */
export interface Packing {
  readonly packed: number
  readonly row: number
  readonly column: number
}

export interface MatrixProblem {
  readonly coefficient: Rational
  readonly scalars: readonly Powered[]
  readonly factors: readonly MatrixFactor[]
  readonly packings: readonly Packing[]
  /** Pairs of equal labels. */
  readonly deltas: readonly (readonly [number, number])[]
  /** The dimension of every label. */
  readonly dimensions: readonly Dimension[]
  /** The labels that stay, at most two, in the order of the result's axes. */
  readonly outputs: readonly number[]
  /** The labels that are summed; others than these and the outputs belong to another problem. */
  readonly summed: readonly number[]
}

interface Edge {
  readonly from: number
  readonly to: number
  readonly items: readonly Powered[]
}

/** A triangle of ones belongs to the matrix beside it before that is multiplied: tril(A)*B. */
function isTriangle({ items }: Edge): boolean {
  return items.length === 1 && items.every(({ item }) => triangleOf(item.plain) !== undefined)
}

/** The term, or undefined where there is no matrix form. */
export function matrixForm(displays: Displays, problem: MatrixProblem): Term | undefined {
  return new Reduction(displays, problem).run()
}

class Reduction {
  readonly #displays: Displays
  readonly #problem: MatrixProblem
  readonly #marks = new Map<number, Powered[]>()
  #edges: Edge[] = []
  #packings: Packing[]
  readonly #summed = new Set<number>()
  #term: Term
  /** Set when both outputs are one label with a unit tensor between them. */
  #outputsEqual = false

  constructor(displays: Displays, problem: MatrixProblem) {
    this.#displays = displays
    this.#problem = problem
    this.#packings = [...problem.packings]
    this.#term = scalarTerm(problem.coefficient, problem.scalars)
    const representative = this.#substituteDeltas()
    for (const { item, labels, exponent } of problem.factors) {
      const [a, b] = labels.map((label) => representative[label] as number)
      if (b === undefined) this.#mark(a as number, { item, exponent })
      else this.#edges.push({ from: a as number, to: b, items: [{ item, exponent }] })
    }
    for (const label of problem.summed) if (representative[label] === label) this.#summed.add(label)
    this.#packings = this.#packings.map(({ packed, row, column }) => ({
      packed: representative[packed] as number,
      row: representative[row] as number,
      column: representative[column] as number,
    }))
  }

  /** A unit tensor makes its labels one; outputs represent summed labels, the lower output the higher. */
  #substituteDeltas(): number[] {
    const { deltas, dimensions, outputs } = this.#problem
    const representative = dimensions.map((_, label) => label)
    for (const [a, b] of deltas) {
      const first = representative[a] as number
      const second = representative[b] as number
      if (first === second) continue
      const rank = (label: number) => (outputs.includes(label) ? outputs.indexOf(label) : Number.MAX_SAFE_INTEGER)
      const [kept, dropped] = rank(first) <= rank(second) ? [first, second] : [second, first]
      if (outputs.includes(kept) && outputs.includes(dropped)) this.#outputsEqual = true
      for (const [label, target] of representative.entries()) if (target === dropped) representative[label] = kept
    }
    return representative
  }

  run(): Term | undefined {
    while (this.#step()) {}
    if (this.#summed.size > 0 || this.#packings.length > 0) return undefined
    return this.#finish()
  }

  /** Applies the first rule that applies, at the first label where it does. */
  #step(): boolean {
    return (
      this.#closeLoops() ||
      this.#mergeParallel(isTriangle) ||
      this.#forSummed((label) => this.#select(label)) ||
      this.#forSummed((label) => this.#sumVectors(label)) ||
      this.#forSummed((label) => this.#multiplyVector(label)) ||
      this.#forSummed((label) => this.#multiplyMatrices(label)) ||
      this.#mergeParallel() ||
      this.#unpack() ||
      this.#forSummed((label) => this.#sumRows(label))
    )
  }

  #forSummed(rule: (label: number) => boolean): boolean {
    for (const label of this.#summed) if (rule(label)) return true
    return false
  }

  #dimension(label: number): Dimension {
    return this.#problem.dimensions[label] as Dimension
  }

  /** Rule 0: M[i,i] is the vector diag(M). */
  #closeLoops(): boolean {
    const loop = this.#edges.find((edge) => edge.from === edge.to)
    if (!loop) return false
    this.#edges = this.#edges.filter((edge) => edge !== loop)
    const at = loop.from
    const bare = this.#summed.has(at) && !this.#marks.has(at) && this.#edgesAt(at).length === 0
    if (bare && !this.#packedLabels().has(at)) {
      this.#removeLabel(at)
      this.#scale({
        item: trace(this.#displays, [elementwise(this.#displays, loop.items)], [this.#dimension(at)]),
        exponent: Rational.ONE,
      })
      return true
    }
    for (const { item, exponent } of loop.items) this.#mark(loop.from, { item: this.#diagonalOf(item), exponent })
    return true
  }

  /** A summed label that a unit vector fixes is gone: x[3], A[:,3], A[3,:]'. */
  #select(label: number): boolean {
    const marks = this.#marks.get(label) ?? []
    const position = marks.find(({ item }) => item.selects !== undefined)?.item.selects
    if (position === undefined || this.#packedLabels().has(label)) return false
    const displays = this.#displays
    for (const { item, exponent } of marks) {
      if (item.selects === position) continue
      const scalar =
        item.selects === undefined ? displays.element(item.plain, [position]) : displays.number(Rational.ZERO)
      this.#scale({ item: { plain: scalar, flipped: scalar }, exponent })
    }
    for (const edge of this.#edgesAt(label)) {
      const other = edge.from === label ? edge.to : edge.from
      for (const { item, exponent } of edge.items) {
        const towards = edge.from === label ? flip(item) : item
        const column = displays.cheaper(
          displays.element(towards.plain, [WHOLE_AXIS, position]),
          displays.transpose(displays.element(towards.flipped, [position, WHOLE_AXIS])),
        )
        this.#mark(other, { item: leaf(displays, column), exponent })
      }
    }
    this.#removeLabel(label)
    return true
  }

  /** Rule 1: a summed label with vectors only is a scalar. */
  #sumVectors(label: number): boolean {
    if (this.#edgesAt(label).length > 0 || this.#packedLabels().has(label)) return false
    const marks = this.#marks.get(label)
    if (marks) {
      const sum = dot(this.#displays, marks)
      this.#countEntries(sum, label)
      this.#term = scaleTerm(this.#term, sum)
    } else this.#countDimension(label)
    this.#removeLabel(label)
    return true
  }

  #countEntries({ scalars }: Term, ...labels: readonly number[]): void {
    const axes = labels.map((label) => this.#dimension(label))
    for (const { item } of scalars) this.#displays.countEntries(item.plain, axes)
  }

  #countDimension(label: number): void {
    const dimension = this.#dimension(label)
    if (dimension.value !== undefined) {
      this.#term = scaleTerm(this.#term, scalarTerm(Rational.fromNumber(dimension.value)))
      return
    }
    const size = this.#displays.size(dimension)
    this.#scale({ item: { plain: size, flipped: size }, exponent: Rational.ONE })
  }

  /** Rule 2: a summed label with vectors and one matrix is M*v. */
  #multiplyVector(label: number): boolean {
    const vector = this.#vector(label)
    const [edge, second] = this.#edgesAt(label)
    if (!vector || !edge || second || this.#packedLabels().has(label)) return false
    const other = edge.from === label ? edge.to : edge.from
    const product = chain(this.#displays, [this.#matrix(edge, other), vector])
    this.#removeLabel(label)
    this.#mark(other, { item: product, exponent: Rational.ONE })
    return true
  }

  /** Rule 3: a summed label between two matrices is P*diag(v)*Q, a trace or a diagonal if it closes. */
  #multiplyMatrices(label: number): boolean {
    const [first, second, third] = this.#edgesAt(label)
    if (!first || !second || third || this.#packedLabels().has(label)) return false
    const displays = this.#displays
    const from = first.from === label ? first.to : first.from
    const to = second.from === label ? second.to : second.from
    const vector = this.#vector(label)
    // (P.*Q)*v is shorter than diag(P*diag(v)*Q'), norm2(P.*Q)^2 than a trace of squares.
    const squares = [...first.items, ...second.items].every(({ exponent }) => isEven(exponent))
    if (from === to && (vector || squares)) return false
    const left = this.#matrix(first, from)
    const right = this.#matrix(second, label)
    const items = vector ? [left, diagonalMatrix(displays, vector), right] : [left, right]
    if (from !== to) {
      this.#removeLabel(label)
      this.#edges.push({ from, to, items: [{ item: chain(displays, items), exponent: Rational.ONE }] })
      return true
    }
    const closes = this.#summed.has(from) && !this.#marks.has(from) && this.#edgesAt(from).length === 2
    this.#removeLabel(label)
    if (closes && !this.#packedLabels().has(from)) {
      this.#removeLabel(from)
      this.#scale({
        item: trace(displays, items, [this.#dimension(from), this.#dimension(label)]),
        exponent: Rational.ONE,
      })
    } else {
      this.#mark(from, { item: this.#diagonalOf(chain(displays, items)), exponent: Rational.ONE })
    }
    return true
  }

  /** Rule 4: two matrices on one pair are P.*Q. */
  #mergeParallel(first: (edge: Edge) => boolean = () => true): boolean {
    for (const edge of this.#edges) {
      if (!first(edge)) continue
      const other = this.#edges.find(
        (e) => e !== edge && ((e.from === edge.from && e.to === edge.to) || (e.from === edge.to && e.to === edge.from)),
      )
      if (!other) continue
      const turned =
        other.from === edge.from
          ? other.items
          : other.items.map(({ item, exponent }) => ({ item: flip(item), exponent }))
      this.#edges = this.#edges.filter((e) => e !== edge && e !== other)
      this.#edges.push({ from: edge.from, to: edge.to, items: [...edge.items, ...turned] })
      return true
    }
    return false
  }

  /** Packed positions: a whole matrix is packed as vec(M), a whole vector unpacked as reshape(v,m,n). */
  #unpack(): boolean {
    for (const packing of this.#packings) {
      if (this.#packOne(packing) || this.#unpackOne(packing)) return true
    }
    return false
  }

  #packOne(packing: Packing): boolean {
    const { packed, row, column } = packing
    const inner = [row, column]
    const others = this.#packings.filter((other) => other !== packing)
    const touches = (label: number) => others.some((o) => [o.packed, o.row, o.column].includes(label))
    if (row === column || inner.some((label) => !this.#summed.has(label) || touches(label))) return false
    const edges = this.#edges.filter((edge) => inner.includes(edge.from) || inner.includes(edge.to))
    if (edges.some((edge) => !inner.includes(edge.from) || !inner.includes(edge.to))) return false
    const matrix = matrixForm(this.#displays, {
      ...this.#problem,
      coefficient: Rational.ONE,
      scalars: [],
      packings: [],
      deltas: [],
      factors: [
        ...edges.flatMap((edge) => edge.items.map((powered) => ({ ...powered, labels: [edge.from, edge.to] }))),
        ...inner.flatMap((label) => (this.#marks.get(label) ?? []).map((powered) => ({ ...powered, labels: [label] }))),
      ],
      outputs: inner,
      summed: [],
      dimensions: this.#problem.dimensions,
    })
    if (!matrix?.body) return false
    this.#packings = others
    for (const label of inner) this.#removeLabel(label)
    this.#term = scaleTerm(this.#term, scalarTerm(matrix.coefficient, matrix.scalars))
    this.#mark(packed, { item: linearCall(this.#displays, 'vec', 'column', matrix.body), exponent: Rational.ONE })
    return true
  }

  #unpackOne(packing: Packing): boolean {
    const { packed, row, column } = packing
    const others = this.#packings.filter((other) => other !== packing)
    const elsewhere = others.some((o) => [o.packed, o.row, o.column].includes(packed))
    const vector = this.#vector(packed)
    if (!this.#summed.has(packed) || !vector || elsewhere || this.#edgesAt(packed).length > 0) return false
    this.#packings = others
    this.#removeLabel(packed)
    const sizes = [row, column].map((label) => this.#size(label))
    // Both are column-major, so that a matrix needs no vec in between.
    const { plain } = vector
    const whole = plain.kind === 'call' && plain.name === 'vec' ? (plain.args[0] as Display) : eitherWay(plain)
    const matrix = this.#displays.call('reshape', 'matrix', [whole, ...sizes])
    this.#edges.push({ from: row, to: column, items: [{ item: leaf(this.#displays, matrix), exponent: Rational.ONE }] })
    return true
  }

  #size(label: number) {
    const dimension = this.#dimension(label)
    return dimension.value === undefined
      ? this.#displays.literal('dimension', [dimension])
      : this.#displays.number(dimension.value)
  }

  /** Rule 2 without a vector: sum(M) if the other end is as bare, otherwise M*ones(n). */
  #sumRows(label: number): boolean {
    const [edge, second] = this.#edgesAt(label)
    if (!edge || second || this.#packedLabels().has(label)) return false
    const displays = this.#displays
    const other = edge.from === label ? edge.to : edge.from
    const bare = this.#summed.has(other) && !this.#marks.has(other) && this.#edgesAt(other).length === 1
    if (bare && !this.#packedLabels().has(other)) {
      this.#removeLabel(label)
      this.#removeLabel(other)
      const sum = sumOfEntries(displays, edge.items)
      this.#countEntries(sum, label, other)
      this.#term = scaleTerm(this.#term, sum)
      return true
    }
    const matrix = this.#matrix(edge, other)
    const [only] = matrix.elements ?? []
    const square = matrix.elements?.length === 1 && only?.exponent.equals(Rational.TWO) && only.item.plain.tokens === 1
    const ones = leaf(displays, displays.literal('ones', [this.#dimension(label)]))
    // The squares of the rows of M are diag(M*M').
    const rowSums =
      only && square ? this.#diagonalOf(chain(displays, [only.item, flip(only.item)])) : chain(displays, [matrix, ones])
    this.#removeLabel(label)
    this.#mark(other, { item: rowSums, exponent: Rational.ONE })
    return true
  }

  #finish(): Term {
    const { outputs, dimensions } = this.#problem
    const axes = outputs.map((label) => dimensions[label] as Dimension)
    const body = outputs.length === 0 ? undefined : outputs.length === 1 ? this.#vectorResult() : this.#matrixResult()
    return { ...this.#term, axes, ...(body ? { body } : {}) }
  }

  #vectorResult(): Oriented | undefined {
    return this.#vector(this.#problem.outputs[0] as number)
  }

  #matrixResult(): Oriented | undefined {
    const displays = this.#displays
    const [rows, columns] = this.#problem.outputs as [number, number]
    const left = this.#vector(rows)
    if (this.#outputsEqual) {
      if (left) return diagonalMatrix(displays, left)
      const unit = displays.literal('eye', [this.#problem.dimensions[rows] as Dimension])
      return { plain: unit, flipped: unit }
    }
    const right = this.#vector(columns)
    const [edge] = this.#edges
    if (!edge) {
      if (!left && !right) return undefined
      const ones = (label: number) => leaf(displays, displays.literal('ones', [this.#dimension(label)]))
      return chain(displays, [left ?? ones(rows), flip(right ?? ones(columns))])
    }
    const turned =
      edge.from === rows ? edge.items : edge.items.map(({ item, exponent }) => ({ item: flip(item), exponent }))
    const matrix = elementwise(displays, turned)
    const product = chain(displays, [
      ...(left ? [diagonalMatrix(displays, left)] : []),
      matrix,
      ...(right ? [diagonalMatrix(displays, right)] : []),
    ])
    if (!left || !right) return product
    const outer: Powered = { item: chain(displays, [left, flip(right)]), exponent: Rational.ONE }
    const masked = elementwise(displays, [outer, ...turned])
    return displays.cheaper(product.plain, masked.plain) === masked.plain ? masked : product
  }

  #mark(label: number, powered: Powered): void {
    const spliced =
      powered.item.elements && powered.exponent.isInteger && powered.item.elements.length <= SPLICED_FACTORS
        ? powered.item.elements.map(({ item, exponent }) => ({ item, exponent: exponent.multiply(powered.exponent) }))
        : [powered]
    const marks = collectPowers([...(this.#marks.get(label) ?? []), ...spliced])
    if (marks.length > 0) this.#marks.set(label, marks)
    else this.#marks.delete(label)
  }
  #scale(powered: Powered): void {
    this.#term = scaleTerm(this.#term, scalarTerm(Rational.ONE, [powered]))
  }
  #vector(label: number): Oriented | undefined {
    const marks = this.#marks.get(label)
    return marks ? elementwise(this.#displays, marks) : undefined
  }
  /** The matrix of an edge with its rows at `rows`. */
  #matrix(edge: Edge, rows: number): Oriented {
    const matrix = elementwise(this.#displays, edge.items)
    return edge.from === rows ? matrix : flip(matrix)
  }
  #diagonalOf(matrix: Oriented): Oriented {
    const shorter = this.#displays.cheaper(matrix.plain, matrix.flipped)
    return linearCall(this.#displays, 'diag', 'column', shorter === matrix.plain ? matrix : flip(matrix))
  }
  #edgesAt(label: number): Edge[] {
    return this.#edges.filter((edge) => edge.from === label || edge.to === label)
  }
  #packedLabels(): ReadonlySet<number> {
    return new Set(this.#packings.flatMap(({ packed, row, column }) => [packed, row, column]))
  }
  #removeLabel(label: number): void {
    this.#summed.delete(label)
    this.#marks.delete(label)
    this.#edges = this.#edges.filter((edge) => edge.from !== label && edge.to !== label)
  }
}
