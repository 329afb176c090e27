// Random expressions over a few variables, for laws that hold for every graph. The same seed gives the same graph.
import { Dimension } from '../src/tensor/dimension.ts'
import { equalAxes, type Graph, type NamedFactor } from '../src/tensor/graph.ts'
import type { Node } from '../src/tensor/node.ts'
import { Rational } from '../src/tensor/rational.ts'

const dimensions = ['m', 'n', 'k'].map((name) => Dimension.symbol(name))

/** Variables as the tests sample them: positive entries, sizes m = 2, n = 3, k = 5. */
function variables(g: Graph): Node[] {
  const [m, n, k] = dimensions as [Dimension, Dimension, Dimension]
  const shapes: [string, Dimension[]][] = [
    ['A', [m, n]],
    ['B', [n, k]],
    ['S', [n, n]],
    ['M', [n, n]],
    ['T', [m, n, k]],
    ['x', [n]],
    ['y', [m]],
    ['z', [k]],
    ['v', [m.multiply(n)]],
    ['s', []],
  ]
  return shapes.map(([name, axes]) => g.variable(name, axes))
}

/** An expression of some ten nodes with at most three axes. */
export function randomNode(g: Graph, seed: number): Node {
  const random = generator(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const pool = variables(g)
  const size = 4 + Math.floor(random() * 8)
  for (let made = 0; made < size; made++) {
    // Later nodes are likelier, so that the expression grows deep.
    const recent = () => (random() < 0.6 ? pick(pool.slice(-4)) : pick(pool))
    const kind = random()
    if (kind < 0.5) pool.push(randomContraction(g, random, pick, recent))
    else if (kind < 0.7) pool.push(randomSum(g, random, pick, recent))
    else if (kind < 0.9) pool.push(randomMap(g, pick, recent()))
    else pool.push(randomGeneral(g, pick, recent()))
  }
  return pool.at(-1) as Node
}

/** Whether no value is so large that sums of it cancel to noise. */
export function isTame(values: readonly { readonly data: Float64Array }[]): boolean {
  return values.every(({ data }) => data.every((value) => !(Math.abs(value) > 1e6 && Number.isFinite(value))))
}

type Random = () => number
type Pick = <T>(list: readonly T[]) => T

/** Factors whose axes meet at random labels of their dimension; few labels, so that they do meet. */
function randomContraction(g: Graph, random: Random, pick: Pick, recent: () => Node): Node {
  const labels = new Map<string, string[]>()
  const extra = new Map<string, Dimension>()
  const labelFor = (dimension: Dimension): string => {
    const known = labels.get(dimension.key) ?? []
    labels.set(dimension.key, known)
    if (known.length === 0 || (known.length < 3 && random() < 0.5)) {
      const fresh = `${dimension.key}${known.length}`
      known.push(fresh)
      extra.set(fresh, dimension)
      return fresh
    }
    return pick(known)
  }
  const factors: NamedFactor[] = Array.from({ length: 1 + Math.floor(random() * 4) }, (): NamedFactor => {
    const node = recent()
    const exponent = pick([Rational.ONE, Rational.ONE, Rational.ONE, Rational.ONE, Rational.TWO, Rational.MINUS_ONE])
    return [node, node.axes.map(labelFor), exponent]
  })
  for (const list of labels.values()) {
    const [a, b] = list
    if (a === undefined || b === undefined || random() < 0.6) continue
    const dimension = extra.get(a) as Dimension
    const relation = pick(['eq', 'eq', 'ne', 'le'] as const)
    factors.push([g.indicator([dimension, dimension], [{ ...equalAxes(0, 1), relation }]), [a, b]])
  }
  if (random() < 0.3) factors.push(randomReshape(g, random, labelFor))
  const output = [...extra.keys()].filter(() => random() < 0.5).slice(0, 3)
  if (random() < 0.5) output.reverse()
  return g.contract(output, factors, extra)
}

/** p = i + m·j, or j + n·i, between axes that others may share. */
function randomReshape(g: Graph, random: Random, labelFor: (dimension: Dimension) => string): NamedFactor {
  const [m, n] = dimensions as [Dimension, Dimension]
  const [inner, outer] = random() < 0.5 ? [m, n] : [n, m]
  const terms = [Dimension.ONE, Dimension.constant(-1), Dimension.ZERO.subtract(inner)]
  const condition = {
    relation: 'eq' as const,
    terms: terms.map((coefficient, axis) => ({ axis, coefficient })),
    offset: Dimension.ZERO,
  }
  const axes = [inner.multiply(outer), inner, outer]
  return [g.indicator(axes, [condition]), axes.map(labelFor)]
}

function randomSum(g: Graph, random: Random, pick: Pick, recent: () => Node): Node {
  const first = recent()
  const axes = first.axes
  const whole = axes.map((_, axis) => axis)
  const terms = [{ node: first, labels: whole, coefficient: pick([Rational.ONE, Rational.TWO, Rational.of(-1, 3)]) }]
  for (let tries = 0; tries < 6 && terms.length < 3; tries++) {
    const node = recent()
    const labels: number[] = []
    for (const axis of node.axes) {
      const free = whole.filter((label) => axes[label]?.equals(axis) && !labels.includes(label))
      if (free.length > 0) labels.push(pick(free))
    }
    if (labels.length === node.axes.length) {
      terms.push({ node, labels, coefficient: pick([Rational.ONE, Rational.MINUS_ONE, Rational.HALF]) })
    }
  }
  void random
  return g.sum(axes, terms)
}

function randomMap(g: Graph, pick: Pick, node: Node): Node {
  const name = pick([
    'sin',
    'tanh',
    'sigmoid',
    'softplus',
    'abs',
    'relu',
    'erf',
    'arctan',
    'sign',
    'gelu',
    'max',
    'gt',
    'where',
  ])
  if (name === 'max' || name === 'gt') return g.apply(name, node, g.constant(0.75))
  if (name === 'where') return g.apply(name, g.apply('lt', node, g.constant(0.75)), g.constant(pick([0, 2])), node)
  return g.apply(name, node)
}

function randomGeneral(g: Graph, pick: Pick, node: Node): Node {
  const rank = node.axes.length
  if (rank === 0) return g.apply('cos', node)
  const own = pick(node.axes.map((_, axis) => axis))
  const batch = node.axes.filter((_, axis) => axis !== own)
  const labels = node.axes.map((_, axis) => (axis === own ? rank - 1 : axis > own ? axis - 1 : axis))
  const dimension = node.axes[own] as Dimension
  const name = pick(['softmax', 'logsumexp', 'max', 'min', 'norm2', 'rnorm2'])
  return g.general(name, batch, name === 'softmax' ? [dimension] : [], [{ node, labels }])
}

/** Uniform numbers in [0, 1): mulberry32. */
function generator(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
