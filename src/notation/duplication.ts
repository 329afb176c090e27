/** The tensor behind the duplication matrix, which is made of maps: recognised by its hash, so that it prints by its name. */
import { halfLength, halfVectorUnit } from '../functions/index.ts'
import { simplify } from '../simplify/index.ts'
import type { Dimension } from '../tensor/dimension.ts'
import { Graph, identity } from '../tensor/graph.ts'
import type { Node } from '../tensor/node.ts'

export interface HalfVectorUnit {
  readonly n: Dimension
  /** The axes of row and column, and that of the half-vector. */
  readonly axes: readonly [row: number, column: number, place: number]
}

interface Known {
  readonly hash: number
  readonly axes: HalfVectorUnit['axes']
}

const known = new Map<string, Known>()

/** Whether a node is 1 where its third index is the place of its first two in vech of an n×n matrix; undefined where not. */
export function halfVectorUnitOf(node: Node): HalfVectorUnit | undefined {
  if (node.kind !== 'map' || node.name !== 'relu' || node.axes.length !== 3) return undefined
  for (const n of node.axes) {
    if (!node.axes.some((axis) => axis.equals(halfLength(n)))) continue
    const { hash, axes } = simplified(n)
    if (node.hash === hash) return { n, axes }
  }
  return undefined
}

function simplified(n: Dimension): Known {
  const found = known.get(n.key)
  if (found) return found
  const g = new Graph()
  const [node] = simplify(g, [halfVectorUnit(g, n)]) as [Node]
  const [factor] = node.kind === 'contraction' ? node.factors : [{ node, labels: identity(3) }]
  // Of a 1×1 matrix it is the number 1, which is not to be recognised.
  const { node: map, labels } = factor ?? { node, labels: [] }
  const made: Known = {
    hash: map.hash,
    axes: [0, 1, 2].map((axis) => labels.indexOf(axis)) as [number, number, number],
  }
  known.set(n.key, made)
  return made
}
