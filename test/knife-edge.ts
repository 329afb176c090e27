// Points at which nothing is to be held against anything: where rounding decides, and where what is infinite is made finite again.
import { evaluate, type Tensor } from '../src/evaluate/index.ts'
import { Graph } from '../src/tensor/graph.ts'
import { type GeneralCall, type Node, operands } from '../src/tensor/node.ts'
import { Rational } from '../src/tensor/rational.ts'
import { postorder } from '../src/tensor/walk.ts'

type Inputs = ReadonlyMap<string, Tensor>
type Sizes = ReadonlyMap<string, number>

const COMPARED = new Set(['lt', 'le', 'gt', 'ge', 'max', 'min'])
const TURNING = new Set(['abs', 'sign', 'relu'])
/** Functions whose value at no entry is infinite, and which have no derivative there. */
const REDUCTIONS = new Set(['max', 'min', 'logsumexp'])
/** Relative differences that another order of the same operations may make. */
const CLOSE = 1e-9

/**
 * Whether something infinite, or not a number, enters a function or a power of which the result is finite. An empty set has the
 * greatest entry −∞, and a comparison or 1/x hides it; it has no softmax, which a condition hides. What a condition excludes
 * otherwise is used by sums and products only.
 */
export function hidesInfinity(root: Node, inputs: Inputs, sizes: Sizes): boolean {
  const used = postorder([root]).flatMap((node): Node[] => {
    switch (node.kind) {
      case 'map':
        return node.name === 'where' ? [] : node.args.map((arg) => arg.node)
      case 'general':
        return node.args.flatMap(({ node: arg }) => (arg.kind === 'map' && arg.name === 'where' ? [] : [arg]))
      case 'contraction':
        return node.factors.flatMap((factor) => (factor.exponent.isOne ? [] : [factor.node]))
      default:
        return []
    }
  })
  const others = [...new Set(used)].filter((node) => operands(node).length > 0)
  const functions = postorder([root]).filter((node) => node.kind === 'general')
  const values = (nodes: readonly Node[]) => evaluate(nodes, inputs, sizes, { checkFacts: false })
  return (
    values(others).some(({ data }) => !data.every(Number.isFinite)) ||
    values(functions).some(({ data }, k) => {
      const isReduction = REDUCTIONS.has((functions[k] as GeneralCall).name)
      return data.some((entry) => Number.isNaN(entry) || (isReduction && !Number.isFinite(entry)))
    })
  )
}

/**
 * `close`: entries that are compared differ by no more than rounding; `equal`: some are equal, and the derivative is a
 * convention. The worst of all comparisons.
 */
export function tieIn(root: Node, inputs: Inputs, sizes: Sizes): 'close' | 'equal' | undefined {
  let found: 'equal' | undefined
  const value = (node: Node) => evaluate([node], inputs, sizes, { checkFacts: false })[0] as Tensor
  for (const node of postorder([root])) {
    const gaps = gapsOf(node, value)
    if (gaps.some((gap) => gap > 0 && gap <= CLOSE)) return 'close'
    if (gaps.includes(0)) found = 'equal'
  }
  return found
}

/** The least relative distance of entries that a node compares, for each comparison that it makes. */
function gapsOf(node: Node, value: (node: Node) => Tensor): number[] {
  if (node.kind === 'map' && TURNING.has(node.name)) {
    const [argument] = node.args
    return argument ? [...value(argument.node).data].map(Math.abs) : []
  }
  if (node.kind === 'map' && COMPARED.has(node.name)) {
    const [a, b] = node.args
    if (!a || !b || (a.node === b.node && a.labels.join() === b.labels.join())) return []
    const [left, right] = [a, b].map((arg) => value(broadcast(node.axes, arg)).data) as [Float64Array, Float64Array]
    return [...left].map((x, k) => relative(x, right[k] as number))
  }
  if (node.kind === 'general' && (node.name === 'max' || node.name === 'min')) return gapsOfExtreme(node, value)
  return []
}

/** The distance of the two entries of each slice that are the greatest, or the least. */
function gapsOfExtreme(node: GeneralCall, value: (node: Node) => Tensor): number[] {
  const [argument] = node.args
  if (!argument) return []
  const axes = argument.labels.map((label, axis) => ({ label, size: argument.node.axes[axis] }))
  axes.sort((a, b) => a.label - b.label)
  const order = axes.map(({ label }) => argument.labels.indexOf(label))
  const { shape, data } = value(new Graph().permute(argument.node, order))
  const length = shape.slice(axes.filter(({ label }) => label < node.batch).length).reduce((n, size) => n * size, 1)
  const gaps: number[] = []
  for (let start = 0; start < data.length; start += length) {
    const slice = [...data.subarray(start, start + length)].sort((a, b) => (node.name === 'max' ? b - a : a - b))
    if (slice.length > 1) gaps.push(relative(slice[0] as number, slice[1] as number))
  }
  return gaps
}

function broadcast(axes: Node['axes'], arg: { node: Node; labels: readonly number[] }): Node {
  return new Graph().contraction([{ ...arg, exponent: Rational.ONE }], axes, axes.length)
}

function relative(a: number, b: number): number {
  if (a === b) return 0
  const gap = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), 1e-300)
  return Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap
}
