/**
 * Contractions with half-vectors in matrix notation: the duplication matrix D[q,p] stands for the tensor over (i,j,p), where q is
 * the column-major position of (i,j). So they read D'*vec(G), J*D, D'*H*D.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Contraction, Factor, Indicator } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { nameCondition } from './conditions.ts'
import type { Displays } from './displays.ts'
import { halfVectorUnitOf } from './duplication.ts'
import type { MatrixFactor, Packing } from './matrix-form.ts'
import { chain, flip, leaf, type Oriented, type Term, termDisplay } from './term.ts'

/** Π factors summed over `summed`, by default all labels but the outputs; with further matrices and packings. */
export interface ContractionProblem {
  readonly factors: Contraction['factors']
  readonly dimensions: readonly Dimension[]
  readonly outputs: readonly number[]
  readonly summed: readonly number[] | undefined
  readonly more?: readonly MatrixFactor[]
  readonly packed?: readonly Packing[]
}

/** How a contraction without half-vectors is written, and a matrix between packed positions. */
interface Forms {
  readonly plain: (problem: ContractionProblem) => Term | undefined
  readonly packed: (
    factors: Contraction['factors'],
    dimensions: readonly Dimension[],
    outputs: readonly number[],
    packings: readonly Packing[],
    apart: readonly number[],
  ) => Term | undefined
}

interface Place {
  readonly row: number
  readonly column: number
  /** The label of the half-vector, and that of the whole vector; whether the latter has its packing among the factors. */
  readonly place: number
  readonly packed: number
  readonly given: boolean
  readonly matrix: Oriented
}

/** The term, or undefined where there is no matrix form. As D does not tell (i,j) from (j,i), the cheaper order is taken. */
export function halfVectorTerm(displays: Displays, forms: Forms, problem: ContractionProblem): Term | undefined {
  const { outputs } = problem
  const { others, places, dimensions, gone } = readPlaces(displays, problem)
  const summed = (problem.summed ?? [...problem.dimensions.keys()].filter((label) => !outputs.includes(label))).filter(
    (label) => !gone.includes(label),
  )
  const fresh = places.filter(({ given }) => !given)
  const candidates: Term[] = []
  for (let turns = 0; turns < 2 ** fresh.length; turns++) {
    const packed = fresh.map(({ row, column, packed }, k): Packing => {
      const turned = Math.floor(turns / 2 ** k) % 2 === 1
      return { packed, row: turned ? column : row, column: turned ? row : column }
    })
    const between = betweenDuplications(displays, forms, others, places, packed, dimensions, outputs)
    const term =
      between ??
      forms.plain({
        factors: others,
        dimensions,
        outputs,
        summed: [...summed, ...fresh.map(({ packed }) => packed)],
        more: places.map(({ packed, place, matrix }) => ({
          item: matrix,
          labels: [packed, place],
          exponent: Rational.ONE,
        })),
        packed,
      })
    if (term) candidates.push(term)
  }
  const [first, ...rest] = candidates
  const shown = (term: Term) => termDisplay(displays, term)
  return first && rest.reduce((best, term) => (displays.compare(shown(term), shown(best)) < 0 ? term : best), first)
}

/** Each half-vector with the position that it belongs to: one that a factor packs, or a new one. */
function readPlaces(displays: Displays, { factors, dimensions: known }: ContractionProblem) {
  const dimensions = [...known]
  const gone: number[] = []
  let others: readonly Factor[] = factors.filter(({ node }) => !halfVectorUnitOf(node))
  const places = factors.flatMap(({ node, labels }): Place[] => {
    const unit = halfVectorUnitOf(node)
    if (!unit) return []
    const [row, column, place] = unit.axes.map((axis) => labels[axis] as number) as [number, number, number]
    const matrix = leaf(displays, displays.literal('duplication', [unit.n]))
    const packing = others.find((factor) => {
      const found = packingOf(factor)
      return found && [found.row, found.column].includes(row) && [found.row, found.column].includes(column)
    })
    if (!packing) {
      dimensions.push(unit.n.multiply(unit.n))
      return [{ row, column, place, packed: dimensions.length - 1, given: false, matrix }]
    }
    const { packed } = packingOf(packing) as Packing
    const isElsewhere = others.some((f) => f !== packing && (f.labels.includes(row) || f.labels.includes(column)))
    if (!isElsewhere) {
      others = others.filter((factor) => factor !== packing)
      gone.push(row, column)
    }
    return [{ row, column, place, packed, given: true, matrix }]
  })
  return { others, places, dimensions, gone }
}

function packingOf({ node, labels }: Factor): Packing | undefined {
  if (node.kind !== 'indicator' || node.conditions.length !== 1) return undefined
  const named = nameCondition(node.conditions[0] as Indicator['conditions'][number], node.axes)
  if (named.kind !== 'packing') return undefined
  const [packed, row, column] = [named.packed, named.row, named.column].map((axis) => labels[axis] as number)
  return { packed: packed as number, row: row as number, column: column as number }
}

/** The matrix between positions, from the left and right times duplication matrices where an output is a half-vector. */
function betweenDuplications(
  displays: Displays,
  forms: Forms,
  factors: Contraction['factors'],
  places: readonly Place[],
  packings: readonly Packing[],
  dimensions: readonly Dimension[],
  outputs: readonly number[],
): Term | undefined {
  const isEnd = ({ place, given }: Place) => outputs.includes(place) && !given
  if (outputs.length !== 2 || !places.every(isEnd)) return undefined
  const ends = outputs.map((output) => places.find(({ place }) => place === output))
  const positions = outputs.map((output, k) => ends[k]?.packed ?? output)
  const apart = places.flatMap(({ place, packed }) => [place, packed])
  const term = forms.packed(factors, dimensions, positions, packings, apart)
  if (!term?.body) return undefined
  const [left, right] = ends
  const items = [...(left ? [flip(left.matrix)] : []), term.body, ...(right ? [right.matrix] : [])]
  const axes = outputs.map((output) => dimensions[output] as Dimension)
  return { ...term, axes, body: chain(displays, items) }
}

export function isPacking(node: Indicator): boolean {
  return node.conditions.every((condition) => nameCondition(condition, node.axes).kind === 'packing')
}
