/**
 * The structure of a square compressed operator: its axes fall into components such that every term is a Kronecker product
 * of one block for each component. `ab->iaib` has the components (i) and (a,b); with `ij->iaja` beside it they stay two.
 *
 * Within a component, a row and a column axis that agree in all terms are a batch: the block is one matrix for each entry.
 */
import { sizeOf } from '../evaluate/tensor.ts'
import { contract, type Operand } from './operand.ts'
import { addTerm, type LabelledTerm } from './term.ts'

/** Axes that belong together. Batch axes come as pairs of a row and a column axis. */
export interface Component {
  readonly batch: readonly (readonly [row: number, column: number])[]
  readonly rows: readonly number[]
  readonly columns: readonly number[]
}

/** `batches` matrices of m×m; one stands for all of them where they are equal. */
export interface Block {
  readonly batches: number
  readonly m: number
  readonly data: Float64Array
}

export interface KroneckerTerm {
  readonly scale: number
  readonly blocks: readonly Block[]
}

/** A sum of Kronecker products over common components. */
export interface Structure {
  readonly shape: readonly number[]
  readonly split: number
  readonly components: readonly Component[]
  readonly terms: readonly KroneckerTerm[]
}

/** Larger blocks are not formed, in entries; nor decomposed, in operations. */
const BLOCK_ENTRIES = 2 ** 24
const BLOCK_OPERATIONS = 2e10

/**
 * The components of an operator whose first `split` axes are its rows; undefined where some component is not square. With
 * `joined` there is one component, of all axes but those of a batch, so that one block is the whole operator.
 */
export function structureOf(
  terms: readonly LabelledTerm[],
  shape: readonly number[],
  split: number,
  joined = false,
): Structure | undefined {
  const components = partition(terms, shape, split, joined).map((axes) => component(axes, terms, split))
  const order = (axes: readonly number[]) => sizeOf(axes.map((axis) => shape[axis]!))
  for (const { batch, rows, columns } of components) {
    const m = order(rows)
    const batches = order(batch.map(([row]) => row))
    if (m !== order(columns) || batches * m * m > BLOCK_ENTRIES || batches * m ** 3 > BLOCK_OPERATIONS) return undefined
  }
  const kronecker = terms.map((term): KroneckerTerm => {
    const owned = components.map((c) => operandsOf(c, term))
    const blocks = components.map((c, k) => blockOf(c, term, owned[k]!, shape))
    // What touches no axis is a number.
    const rest = term.operands.filter((operand) => !owned.some((own) => own.includes(operand)))
    return { scale: term.scale * contract(rest, new Set(), term.sizes).data[0]!, blocks }
  })
  return { shape, split, components, terms: mergeTerms(kronecker) }
}

/** Sets of axes that some term ties together, by a letter or by a core. */
function partition(
  terms: readonly LabelledTerm[],
  shape: readonly number[],
  split: number,
  joined: boolean,
): number[][] {
  const parent = shape.map((_, axis) => axis)
  const find = (axis: number): number => {
    let at = axis
    while (parent[at] !== at) at = parent[at]!
    return at
  }
  const join = (axes: readonly number[]) => {
    for (const axis of axes) parent[find(axis)] = find(axes[0]!)
  }
  for (const { operands, output } of terms) {
    const groups = operands.map(({ labels }) => new Set(labels))
    // Operands that share a summed label belong together.
    for (const [k, group] of groups.entries()) {
      for (let other = k + 1; other < groups.length; other++) {
        const shares = [...groups[other]!].some((label) => group.has(label) && !output.includes(label))
        if (shares) for (const label of group) groups[other]!.add(label)
      }
    }
    for (const group of groups) join(output.flatMap((label, axis) => (group.has(label) ? [axis] : [])))
    for (const label of new Set(output)) join(output.flatMap((l, axis) => (l === label ? [axis] : [])))
  }
  if (joined) join(shape.map((_, axis) => axis))
  const roots = [...new Set(shape.map((_, axis) => find(axis)))]
  const sets = roots.map((root) => shape.flatMap((_, axis) => (find(axis) === root ? [axis] : [])))
  return joinLopsided(sets, shape, split)
}

/** Components that are not square are put together: `i,j->ij` maps rows by one and columns by the other. */
function joinLopsided(sets: readonly number[][], shape: readonly number[], split: number): number[][] {
  const sizeWhere = (axes: readonly number[], isRow: boolean) =>
    sizeOf(axes.filter((axis) => axis < split === isRow).map((axis) => shape[axis]!))
  const square = sets.filter((axes) => sizeWhere(axes, true) === sizeWhere(axes, false))
  const lopsided = sets.filter((axes) => !square.includes(axes)).flat()
  return lopsided.length === 0 ? square : [...square, lopsided.sort((a, b) => a - b)]
}

function component(axes: readonly number[], terms: readonly LabelledTerm[], split: number): Component {
  const batch: [number, number][] = []
  const columns = axes.filter((axis) => axis >= split)
  const rows = axes.filter((axis) => axis < split)
  for (const row of [...rows]) {
    const column = columns.find((axis) => terms.every(({ output }) => output[axis] === output[row]))
    if (column === undefined) continue
    batch.push([row, column])
    columns.splice(columns.indexOf(column), 1)
    rows.splice(rows.indexOf(row), 1)
  }
  return { batch, rows, columns }
}

/** The operands of a component, those that only summed labels tie to it included. */
function operandsOf({ batch, rows, columns }: Component, { output, operands }: LabelledTerm): Operand[] {
  const reached = new Set([...batch.flat(), ...rows, ...columns].map((axis) => output[axis]!))
  const own = new Set<Operand>()
  for (let before = -1; before < own.size; ) {
    before = own.size
    for (const operand of operands) {
      if (own.has(operand) || !operand.labels.some((label) => reached.has(label))) continue
      own.add(operand)
      for (const label of operand.labels) if (!output.includes(label)) reached.add(label)
    }
  }
  return [...own]
}

function blockOf(
  { batch, rows, columns }: Component,
  { output, sizes }: LabelledTerm,
  own: readonly Operand[],
  shape: readonly number[],
): Block {
  const m = sizeOf(rows.map((axis) => shape[axis]!))
  const batchLabels = batch.map(([row]) => output[row]!)
  const varies = batchLabels.some((label) => own.some((operand) => operand.labels.includes(label)))
  const batches = varies ? sizeOf(batchLabels.map((label) => sizes[label]!)) : 1
  const data = new Float64Array(batches * m * m)
  const places = [...(varies ? batchLabels : []), ...[...rows, ...columns].map((axis) => output[axis]!)]
  addTerm(data, places, { scale: 1, operands: own, output: places, sizes })
  return { batches, m, data }
}

/** Terms that differ in one block only are one term: A ⊗ B + A ⊗ C = A ⊗ (B + C). */
function mergeTerms(terms: readonly KroneckerTerm[]): KroneckerTerm[] {
  const merged = [...terms]
  for (let a = 0; a < merged.length; a++) {
    for (let b = a + 1; b < merged.length; b++) {
      const sum = mergePair(merged[a]!, merged[b]!)
      if (!sum) continue
      merged[a] = sum
      merged.splice(b, 1)
      a = -1
      break
    }
  }
  return merged
}

function mergePair(x: KroneckerTerm, y: KroneckerTerm): KroneckerTerm | undefined {
  const differing = x.blocks.flatMap((block, k) => (sameBlock(block, y.blocks[k]!) ? [] : [k]))
  if (differing.length > 1) return undefined
  const at = differing[0]
  if (at === undefined) return { ...x, scale: x.scale + y.scale }
  const blocks = [...x.blocks]
  blocks[at] = addBlocks(x.blocks[at]!, x.scale, y.blocks[at]!, y.scale)
  return { scale: 1, blocks }
}

function sameBlock(a: Block, b: Block): boolean {
  return a.batches === b.batches && a.m === b.m && a.data.every((entry, k) => entry === b.data[k])
}

function addBlocks(a: Block, p: number, b: Block, q: number): Block {
  const large = a.batches >= b.batches ? a : b
  const [n, m] = [a.data.length, b.data.length]
  const data = Float64Array.from(large.data, (_, k) => p * a.data[k % n]! + q * b.data[k % m]!)
  return { batches: large.batches, m: large.m, data }
}
