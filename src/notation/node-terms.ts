/**
 * The matrix notation of every node of order 0 to 2, operands before the nodes that use them. A node without one is
 * given by its elements: a scalar in place, a vector or matrix as a definition on a line of its own.
 */
import { comparisons, elementwiseFunction } from '../functions/index.ts'
import { exclusionOf } from '../simplify/index.ts'
import type { Dimension } from '../tensor/dimension.ts'
import { Graph } from '../tensor/graph.ts'
import type { Contraction, ElementwiseMap, Factor, GeneralCall, Indicator, Node, Operand, Sum } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { postorder } from '../tensor/walk.ts'
import { addTerms } from './common-factors.ts'
import { nameCondition, packedAxes } from './conditions.ts'
import type { Display } from './display.ts'
import type { Displays } from './displays.ts'
import { halfVectorUnitOf } from './duplication.ts'
import { type ContractionProblem, halfVectorTerm, isPacking } from './half-vector.ts'
import { IndexForms } from './index-form.ts'
import { kroneckerTerm } from './kronecker.ts'
import { type MatrixFactor, matrixForm, type Packing } from './matrix-form.ts'
import { powerOf, settleSigns, settleTerm, withoutSign } from './signs.ts'
import {
  chain,
  eitherWay,
  flip,
  leaf,
  noteSides,
  type Oriented,
  orient,
  scalarTerm,
  scaleTerm,
  type Term,
  termDisplay,
  uprightType,
} from './term.ts'

/** Functions of matrices with f(A', …) = f(A, …)'. */
const TRANSPOSING = new Set(['inv', 'adj', 'pinv', 'sqrtm', 'expm', 'logm', 'dexpm', 'dlogm'])

const comparisonNames = new Set(comparisons.values())

/** Whether the transpose of a term is written as the same with a `'`, or without one: its entries are computed alike. */
function isComputedAlike(displays: Displays, term: Term): boolean {
  const [plain, flipped] = [termDisplay(displays, term), termDisplay(displays, term, 'flipped')]
  return displays.transpose(plain) === flipped || displays.transpose(flipped) === plain
}

export class NodeTerms {
  readonly displays: Displays
  readonly indexForms: IndexForms
  readonly #terms = new Map<Node, Term>()
  readonly #properties: boolean
  readonly #rows: ReadonlySet<string>

  constructor(
    displays: Displays,
    avoidedLabels: ReadonlySet<string>,
    options: { readonly properties?: boolean; readonly rows?: ReadonlySet<string> },
  ) {
    this.displays = displays
    this.#properties = options.properties ?? true
    this.#rows = options.rows ?? new Set()
    this.indexForms = new IndexForms(displays, this, avoidedLabels)
  }

  /** Finds the terms of everything below the root, once. */
  prepare(root: Node): void {
    for (const node of postorder([root])) {
      if (node.axes.length <= 2 && !this.#terms.has(node)) {
        this.#terms.set(node, this.#matrixTerm(node) ?? this.#definition(node))
      }
    }
  }

  /** The term of a node of order 0 to 2. */
  term(node: Node): Term {
    const known = this.#terms.get(node)
    if (known) return known
    this.prepare(node)
    return this.#terms.get(node) as Term
  }

  /** Whether the node has a form in matrix notation, not only by its elements. */
  hasMatrixForm(node: Node): boolean {
    return node.axes.length <= 2 && this.term(node).body?.plain.kind !== 'definition'
  }

  /**
   * The term of Π factors summed over `summed`, by default all labels but `outputs`; undefined where it has no matrix form.
   */
  contractionTerm(
    factors: Contraction['factors'],
    dimensions: readonly Dimension[],
    outputs: readonly number[],
    summed?: readonly number[],
  ): Term | undefined {
    const units = factors.filter(({ node, exponent }) => exponent.isOne && halfVectorUnitOf(node))
    if (units.length > 0) {
      const forms = { plain: this.#plainTerm.bind(this), packed: this.#packedTerm.bind(this) }
      return halfVectorTerm(this.displays, forms, { factors, dimensions, outputs, summed })
    }
    return this.#plainTerm({ factors, dimensions, outputs, summed })
  }

  /** The same without a look for half-vectors; with further matrices and packings. */
  #plainTerm({ factors, dimensions, outputs, summed, more = [], packed = [] }: ContractionProblem): Term | undefined {
    let prefix = scalarTerm(Rational.ONE)
    const parts: MatrixFactor[] = [...more]
    const deltas: (readonly [number, number])[] = []
    const packings: Packing[] = [...packed]
    // Positions that two pairs of labels share have labels of their own, behind the others.
    const extended = [...dimensions]
    for (const { node, labels, exponent } of factors) {
      if (node.kind === 'indicator') {
        if (!this.#readConditions(node, labels, extended, parts, deltas, packings)) return undefined
        continue
      }
      if (node.axes.length > 2) return undefined
      const { outside, inside } = powerOf(this.displays, this.term(node), exponent)
      prefix = scaleTerm(prefix, outside)
      if (inside) parts.push({ ...inside, labels })
    }
    const settled = settleSigns(this.displays, prefix, parts)
    const inner = [
      ...(summed ?? [...dimensions.keys()].filter((label) => !outputs.includes(label))),
      ...[...extended.keys()].slice(dimensions.length),
    ]
    if (packings.some(({ packed }) => outputs.includes(packed))) {
      const term = this.#packedTerm(factors, dimensions, outputs, packings)
      if (term) return term
    }
    const problem = { ...settled, packings, deltas, dimensions: extended, outputs, summed: inner }
    return matrixForm(this.displays, problem)
  }

  /** A matrix between packed positions is a Kronecker product: p = (i,j) in rows, columns, or both. Labels elsewhere are not summed. */
  #packedTerm(
    factors: Contraction['factors'],
    dimensions: readonly Dimension[],
    outputs: readonly number[],
    packings: readonly Packing[],
    elsewhere: readonly number[] = [],
  ): Term | undefined {
    if (outputs.length !== 2) return undefined
    const unpacked: Packing[] = []
    const [rows, columns] = outputs.map((output) => {
      const packing = packings.find(({ packed }) => packed === output)
      if (!packing) return [output]
      unpacked.push(packing)
      return [packing.row, packing.column]
    }) as [number[], number[]]
    const inner = [...rows, ...columns]
    if (unpacked.length < packings.length) return undefined
    const packed = unpacked.map((packing) => packing.packed)
    const others = factors.filter(({ node }) => !(node.kind === 'indicator' && isPacking(node)))
    if (others.some(({ labels }) => labels.some((label) => packed.includes(label)))) return undefined
    const kept = [...outputs, ...inner, ...elsewhere]
    const summed = [...dimensions.keys()].filter((label) => !kept.includes(label))
    const apart = separate(others, dimensions, rows, columns)
    const matrixTerm = this.contractionTerm.bind(this)
    return kroneckerTerm(this.displays, matrixTerm, apart.factors, apart.dimensions, rows, apart.columns, summed)
  }

  #readConditions(
    node: Indicator,
    labels: readonly number[],
    dimensions: Dimension[],
    parts: MatrixFactor[],
    deltas: (readonly [number, number])[],
    packings: Packing[],
  ): boolean {
    const label = (axis: number) => labels[axis] as number
    for (const condition of node.conditions) {
      const named = nameCondition(condition, node.axes)
      if (named.kind === 'delta') deltas.push([label(named.axes[0]), label(named.axes[1])])
      else if (named.kind === 'packing') {
        packings.push({ packed: label(named.packed), row: label(named.row), column: label(named.column) })
      } else if (named.kind === 'select') {
        const at = label(named.axis)
        const item = selector(this.displays, dimensions[at] as Dimension, named.position)
        parts.push({ item, labels: [at], exponent: Rational.ONE })
      } else if (named.kind === 'triangle') {
        const at = named.axes.map(label) as [number, number]
        const [rows, columns] = at.map((each) => dimensions[each] as Dimension) as [Dimension, Dimension]
        parts.push({ item: triangle(this.displays, rows, columns), labels: at, exponent: Rational.ONE })
      } else {
        const { axes, split } = packedAxes(condition, node.axes) ?? {}
        if (axes?.length !== 4 || split !== 2) return false
        const [i, j, k, l] = axes.map(label) as [number, number, number, number]
        const packed = dimensions.length
        dimensions.push((dimensions[i] as Dimension).multiply(dimensions[j] as Dimension))
        packings.push({ packed, row: i, column: j }, { packed, row: k, column: l })
      }
    }
    return true
  }

  #matrixTerm(node: Node): Term | undefined {
    switch (node.kind) {
      case 'variable': {
        if (node.axes.length === 1 && this.#rows.has(node.name)) {
          return bodyTerm(flip(leaf(this.displays, this.displays.name(node.name, 'row'))), node.axes)
        }
        const display = this.displays.name(node.name, uprightType(node.axes.length))
        const structure = this.#properties ? node.facts.structure : undefined
        const symmetric = structure === 'symmetric' || structure === 'psd' || structure === 'diagonal'
        const item = symmetric ? { plain: display, flipped: display } : leaf(this.displays, display)
        return node.axes.length === 0 ? scalarOfItem(item) : bodyTerm(item, node.axes)
      }
      case 'constant':
        return scalarTerm(node.value)
      case 'indicator': {
        const labels = node.axes.map((_, axis) => axis)
        return this.contractionTerm([{ node, labels, exponent: Rational.ONE }], node.axes, labels)
      }
      case 'contraction':
        return this.#withoutLongTriangles(
          node,
          this.contractionTerm(
            node.factors,
            node.dimensions,
            node.axes.map((_, axis) => axis),
          ),
        )
      case 'sum':
        return this.#sumTerm(node)
      case 'map':
        return this.#mapTerm(node)
      case 'general':
        return this.#generalTerm(node)
    }
  }

  /** Where a triangle makes matrix notation longer than a condition on indices, there is none. */
  #withoutLongTriangles(node: Contraction, term: Term | undefined): Term | undefined {
    const isTriangular = node.factors.some(({ node: factor }) => factor.kind === 'indicator' && hasTriangle(factor))
    if (!term || !isTriangular) return term
    const elements = this.indexForms.definition(node).display
    return termDisplay(this.displays, term).tokens > elements.tokens ? undefined : term
  }

  #sumTerm(node: Sum): Term | undefined {
    const terms: Term[] = []
    for (const { node: operand, labels, coefficient } of node.terms) {
      if (operand.axes.length > 2) return undefined
      const term = this.#align({ node: operand, labels }, node.axes)
      terms.push(settleTerm(this.displays, scaleTerm(term, scalarTerm(coefficient))))
    }
    return addTerms(this.displays, terms, node.axes)
  }

  /** An operand over these axes: turned, or broadcast along the axes that it lacks. */
  #align({ node, labels }: Operand, axes: readonly Dimension[]): Term {
    const term = this.term(node)
    const { body } = term
    if (!body || axes.length === labels.length) {
      const turned = body && labels[0] === 1 ? flip(body) : body
      return { ...term, axes, ...(turned ? { body: turned } : {}) }
    }
    const missing = labels[0] === 0 ? 1 : 0
    const ones = leaf(this.displays, this.displays.literal('ones', [axes[missing] as Dimension]))
    const items = missing === 1 ? [body, flip(ones)] : [ones, flip(body)]
    return { ...term, axes, body: chain(this.displays, items) }
  }

  #mapTerm(node: ElementwiseMap): Term | undefined {
    const { displays } = this
    if (node.args.some(({ node: operand }) => operand.axes.length > 2)) return undefined
    const parity = node.args.length === 1 ? elementwiseFunction(node.name).parity : undefined
    const terms = node.args
      .map((operand) => (operand.labels.length === 0 ? this.term(operand.node) : this.#align(operand, node.axes)))
      .map((term) => (parity === 'even' ? withoutSign(displays, term) : term))
    const item = comparisonNames.has(node.name)
      ? this.#comparison(node, terms)
      : this.#call(node.name, terms, parity === 'odd')
    // Only numbers inside: the same number everywhere.
    return item.plain.type === 'scalar' ? { ...scalarOfItem(item), axes: node.axes } : bodyTerm(item, node.axes)
  }

  /**
   * u >= max(u) holds only where both u are computed alike, so an operand stands as it does in max(u): not in its transpose,
   * which is another product with its own rounding.
   */
  #comparison(node: ElementwiseMap, terms: readonly Term[]): Oriented {
    const { displays } = this
    const isTurned = node.args.some(({ node: { axes }, labels }) => axes.length === 2 && labels[0] === 1)
    const own = isTurned ? terms.map((term) => ({ ...term, ...(term.body && { body: flip(term.body) }) })) : terms
    const kept = own.every((term) => !term.body || isComputedAlike(displays, term))
    const item = kept ? this.#call(node.name, own, false) : leaf(displays, this.#written(node.name, own, 'plain'))
    return isTurned ? flip(item) : item
  }

  /** What greatest entries are taken of, as `#comparison` writes it; undefined where both ways to write it are computed alike. */
  #asCompared(node: Node): Display | undefined {
    const term = this.term(node)
    return term.body && !isComputedAlike(this.displays, term) ? termDisplay(this.displays, term) : undefined
  }

  #call(name: string, terms: readonly Term[], isOdd: boolean): Oriented {
    const { displays } = this
    const write = (side: 'plain' | 'flipped') => this.#written(name, terms, side)
    const [of] = terms
    const more = isOdd && of ? { odd: { of, apply: (argument: Term) => this.#call(name, [argument], true) } } : {}
    const plain = write('plain')
    if (plain.type === 'scalar') return { plain, flipped: plain, ...more }
    return orient(displays, plain, write('flipped'), more)
  }

  #written(name: string, terms: readonly Term[], side: 'plain' | 'flipped'): Display {
    const shaped = terms.some(({ body }) => body)
    const args = terms.map((term) => termDisplay(this.displays, term, side, !shaped))
    const type = args.reduce<Display['type']>((found, arg) => (arg.type === 'scalar' ? found : arg.type), 'scalar')
    return this.displays.call(name, type, args)
  }

  #generalTerm(node: GeneralCall): Term | undefined {
    const { displays } = this
    const [first] = node.args
    // Conditions have a form in index notation only.
    if (exclusionOf(node)) return undefined
    if (!first || node.batch > 1 || node.args.some(({ node: operand }) => operand.axes.length > 2)) return undefined
    if (node.args.some(({ node: operand, labels }) => operand.axes.length !== labels.length)) return undefined
    if (node.batch === 1) return this.#batchedTerm(node, first)
    const inner = first.node
    // prod takes one axis after the other, the last first: prod(A) is prod(prod(A, axis=2)).
    const isRepeated = node.name === 'prod' && node.batch === 0 && inner.kind === 'general' && inner.name === 'prod'
    if (isRepeated && inner.batch === 1 && inner.args[0]?.node.axes.length === 2) {
      const { node: matrix, labels } = inner.args[0]
      const whole = termDisplay(displays, this.term(matrix), labels[0] === 0 ? 'plain' : 'flipped')
      const call = displays.call('prod', 'scalar', [whole])
      return scalarOfItem({ plain: call, flipped: call })
    }
    const sides = (['plain', 'flipped'] as const).map((side) =>
      node.args.map(({ node: operand, labels }) => {
        const turned = operand.axes.length === 2 && labels[0] === 1
        const wanted = turned === (side === 'plain') ? 'flipped' : 'plain'
        const term = this.term(operand)
        const shown = node.name === 'norm2' || node.name === 'rnorm2' ? withoutSign(displays, term) : term
        return operand.axes.length < 2 ? eitherWay(termDisplay(displays, shown)) : termDisplay(displays, shown, wanted)
      }),
    )
    const [upright, turned] = sides as [Display[], Display[]]
    if (node.axes.length > 0) {
      const type = uprightType(node.axes.length)
      const plain = displays.call(node.name, type, upright)
      if (node.axes.length === 1) {
        // A function of a vector keeps its orientation: softmax of a row is a row.
        const row = node.args.length === 1 && upright[0]?.type === 'row'
        const vector = leaf(displays, row ? displays.call(node.name, 'row', upright) : plain)
        return bodyTerm(row ? flip(vector) : vector, node.axes)
      }
      if (!TRANSPOSING.has(node.name)) return bodyTerm(leaf(displays, plain), node.axes)
      const other = displays.call(node.name, type, turned)
      // A matrix function of a symmetric matrix is symmetric.
      if (plain === other) return bodyTerm({ plain, flipped: plain }, node.axes)
      return bodyTerm(orient(displays, plain, other), node.axes)
    }
    const [plain, other] = [upright[0] as Display, turned[0] as Display]
    const kept = node.name === 'max' || node.name === 'min' ? this.#asCompared(first.node) : undefined
    const shorter = [kept ?? displays.cheaper(plain, other)]
    if (node.name === 'rnorm2') {
      const norm = displays.call('norm2', 'scalar', shorter)
      return scalarTerm(Rational.ONE, [
        { item: { plain: norm, flipped: norm, norm: true }, exponent: Rational.MINUS_ONE },
      ])
    }
    const call =
      node.name === 'logdetp'
        ? displays.call('log', 'scalar', [displays.call('det', 'scalar', shorter)])
        : displays.call(node.name, 'scalar', shorter)
    return scalarOfItem({ plain: call, flipped: call, ...(node.name === 'norm2' ? { norm: true } : {}) })
  }

  /** A function of one axis of a matrix, for each index of the other. */
  #batchedTerm(node: GeneralCall, { node: operand, labels }: Operand): Term | undefined {
    const { displays } = this
    if (operand.axes.length !== 2 || node.args.length !== 1) return undefined
    const term = this.term(operand)
    const rows = termDisplay(displays, term, labels[0] === 0 ? 'plain' : 'flipped')
    const columns = termDisplay(displays, term, labels[0] === 0 ? 'flipped' : 'plain')
    if (node.axes.length === 2) {
      const plain = displays.call(node.name, 'matrix', [rows])
      return bodyTerm(orient(displays, plain, displays.call(node.name, 'matrix', [columns], 1)), node.axes)
    }
    const name = node.name === 'rnorm2' ? 'norm2' : node.name
    const column = displays.call(name, 'column', [rows], 2)
    const kept = name === 'max' || name === 'min' ? this.#asCompared(operand) : undefined
    if (kept) {
      const isRow = labels[0] === 1
      const extreme = isRow ? flip(leaf(displays, displays.call(name, 'row', [kept], 1))) : leaf(displays, column)
      return bodyTerm(extreme, node.axes)
    }
    const body = orient(displays, column, displays.call(name, 'row', [columns], 1))
    if (node.name !== 'rnorm2') return bodyTerm(body, node.axes)
    const inverse = displays.elementwise('column', [], [body.plain])
    const elements = [{ item: body, exponent: Rational.MINUS_ONE }]
    return bodyTerm({ ...leaf(displays, inverse), elements }, node.axes)
  }

  #definition(node: Node): Term {
    const { displays } = this
    const { labels, display } = this.indexForms.definition(node)
    if (node.axes.length === 0) return scalarOfItem({ plain: display, flipped: display })
    const defined = displays.definition(uprightType(node.axes.length), labels, display)
    return bodyTerm(leaf(displays, defined), node.axes)
  }
}

/** A label among both rows and columns is two labels with a unit tensor between them: kron(A, eye(n)). */
function separate(
  factors: readonly Factor[],
  dimensions: readonly Dimension[],
  rows: readonly number[],
  columns: readonly number[],
): { factors: readonly Factor[]; dimensions: readonly Dimension[]; columns: readonly number[] } {
  const more: Factor[] = []
  const extended = [...dimensions]
  const renamed = columns.map((label) => {
    if (!rows.includes(label)) return label
    const dimension = dimensions[label] as Dimension
    // The unit tensor is only read here, so it needs no place in the expression's graph.
    more.push({ node: new Graph().delta(dimension), labels: [label, extended.length], exponent: Rational.ONE })
    extended.push(dimension)
    return extended.length - 1
  })
  return { factors: [...factors, ...more], dimensions: extended, columns: renamed }
}

function bodyTerm(body: Oriented, axes: readonly Dimension[]): Term {
  noteSides(body, axes)
  return { coefficient: Rational.ONE, scalars: [], body, axes }
}

function scalarOfItem(item: Oriented): Term {
  return scalarTerm(Rational.ONE, [{ item, exponent: Rational.ONE }])
}

function hasTriangle(node: Indicator): boolean {
  return node.conditions.some((condition) => nameCondition(condition, node.axes).kind === 'triangle')
}

/** 1 where the row is at most the column: triu(ones(m,n)). */
function triangle(displays: Displays, rows: Dimension, columns: Dimension): Oriented {
  const [upper, lower] = [
    displays.call('triu', 'matrix', [displays.literal('ones', [rows, columns])]),
    displays.call('tril', 'matrix', [displays.literal('ones', [columns, rows])]),
  ]
  return { plain: upper, flipped: lower }
}

/** The unit vector of a position: eye(n)[:,3]. */
function selector(displays: Displays, dimension: Dimension, position: number): Oriented {
  const unit = displays.element(displays.literal('eye', [dimension]), [':', position])
  return { ...leaf(displays, unit), selects: position }
}
