/** Operators that are an invertible part plus a part of low rank: S + U V', solved by Woodbury's formula (calculus.md §7). */
import { linearSolver } from '../evaluate/lu.ts'
import { dot, identityMatrix, norm } from '../evaluate/matrix.ts'
import { sizeOf } from '../evaluate/tensor.ts'
import { type Factorised, factoriseStructure, type Solve } from './kronecker.ts'
import { structureOf } from './structure.ts'
import { addTerm, type LabelledTerm } from './term.ts'

/** Beyond this rank, or this many entries of U, solving for U is no cheaper than iterating. */
const MOST_RANK = 1000
const MOST_ENTRIES = 2 ** 24

/** Columns u over the row axes and v over the column axes: the term is Σ u v'. */
interface Columns {
  readonly u: Float64Array[]
  readonly v: Float64Array[]
}

/** `singular` is certain only as far as the part that is not of low rank is well conditioned. */
export function factoriseLowRank(terms: readonly LabelledTerm[], shape: readonly number[], split: number): Factorised {
  const order = sizeOf(shape.slice(0, split))
  const ranks = terms.map((term) => rankOf(term, split))
  const isLow = (k: number) => ranks[k] !== undefined
  const rank = ranks.reduce<number>((sum, each) => sum + (each ?? 0), 0)
  const rest = terms.filter((_, k) => !isLow(k))
  const tooMany = rank > MOST_RANK || rank * order > MOST_ENTRIES || 2 * rank > order
  if (rank === 0 || rest.length === 0 || tooMany) return 'unfit'
  const base = factoriseRest(rest, shape, split)
  if (typeof base === 'string') return 'unfit'
  const pairs = terms.flatMap((term, k) => (isLow(k) ? [columnsOf(term, shape, split)] : []))
  const solver = woodbury(
    base.solve,
    pairs.flatMap(({ u }) => u),
    pairs.flatMap(({ v }) => v),
  )
  return solver ? { method: `woodbury of ${base.method}`, solve: solver } : 'singular'
}

function factoriseRest(terms: readonly LabelledTerm[], shape: readonly number[], split: number): Factorised {
  for (const joined of [false, true]) {
    const structure = structureOf(terms, shape, split, joined)
    const factorised = structure ? factoriseStructure(structure) : 'unfit'
    if (factorised !== 'unfit') return factorised
  }
  return 'unfit'
}

/**
 * x = S⁻¹g − Z (1 + V'Z)⁻¹ V' S⁻¹g with Z = S⁻¹U. Undefined where 1 + V'Z is singular for all that its rounding tells: the
 * sums in it may cancel, so that it is measured by the size of what was added.
 */
function woodbury(solve: Solve, u: readonly Float64Array[], v: readonly Float64Array[]): Solve | undefined {
  const r = u.length
  const z = u.map(solve)
  const capacitance = new Float64Array(r * r)
  for (let i = 0; i < r; i++) for (let j = 0; j < r; j++) capacitance[i * r + j] = (i === j ? 1 : 0) + dot(v[i]!, z[j]!)
  const inner = linearSolver(capacitance, r)
  if (!inner) return undefined
  const inverse = identityMatrix(r)
  inner(inverse, r)
  let added = 1
  for (let k = 0; k < r; k++) added = Math.max(added, norm(v[k]!) * norm(z[k]!))
  if (!(norm(inverse) * added * 2 ** -52 < 1)) return undefined
  return (g) => {
    const x = solve(g)
    const weights = Float64Array.from(v, (column) => dot(column, x))
    inner(weights, 1)
    for (const [k, column] of z.entries()) for (let at = 0; at < x.length; at++) x[at]! -= weights[k]! * column[at]!
    return x
  }
}

/** The labels over which a term is a sum of outer products of rows and columns; undefined where it is none. */
function bondsOf({ output, operands }: LabelledTerm, split: number): number[] | undefined {
  const rows = new Set(output.slice(0, split))
  const columns = new Set(output.slice(split))
  if ([...rows].some((label) => columns.has(label))) return undefined
  const isRow = operands.map(({ labels }) => labels.some((label) => rows.has(label)))
  const isColumn = operands.map(({ labels }) => labels.some((label) => columns.has(label)))
  if (isRow.some((row, k) => row && isColumn[k])) return undefined
  const onColumns = new Set(operands.flatMap(({ labels }, k) => (isColumn[k] ? labels : [])))
  const onRows = new Set(operands.flatMap(({ labels }, k) => (isColumn[k] ? [] : labels)))
  return [...onRows].filter((label) => onColumns.has(label))
}

function rankOf(term: LabelledTerm, split: number): number | undefined {
  const bonds = bondsOf(term, split)
  return bonds && sizeOf(bonds.map((label) => term.sizes[label]!))
}

function columnsOf(term: LabelledTerm, shape: readonly number[], split: number): Columns {
  const bonds = bondsOf(term, split)!
  const { output, operands, sizes, scale } = term
  const columnLabels = new Set(output.slice(split))
  const isColumn = (labels: readonly number[]) => labels.some((label) => columnLabels.has(label))
  const side = (axes: readonly number[], members: LabelledTerm['operands'], factor: number) => {
    const places = [...bonds, ...axes]
    const data = new Float64Array(sizeOf(places.map((label) => sizes[label]!)))
    addTerm(data, places, { scale: factor, operands: members, output: places, sizes })
    const length = sizeOf(axes.map((label) => sizes[label]!))
    return Array.from({ length: data.length / length }, (_, k) => data.subarray(k * length, (k + 1) * length))
  }
  return {
    u: side(
      output.slice(0, split),
      operands.filter(({ labels }) => !isColumn(labels)),
      scale,
    ),
    v: side(
      output.slice(split, shape.length),
      operands.filter(({ labels }) => isColumn(labels)),
      1,
    ),
  }
}
