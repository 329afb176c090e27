/**
 * Finds a cheap order of multiplications: the best one for few operands, and for many the best of several greedy orders, each
 * improved part by part. The same problem gives the same path.
 */
import { exactPath, MOST_EXACT } from './exact.ts'
import { greedyPath, type Product, type Score } from './greedy.ts'
import { type Network, networkOf, type Path, type PathProblem } from './problem.ts'
import { refine } from './refine.ts'
import { cheapestShared, hasRepeats, sharingPaths } from './shared.ts'
import { sweepPath } from './sweep.ts'
import { PathTree } from './tree.ts'

/** A path for at least one operand, with its cost. */
export interface FoundPath {
  readonly path: Path
  readonly cost: number
  /** Elements of the largest product but the result. */
  readonly largest: number
}

/** The cheapest path found, among those that keep to the memory bound if there are any. Equal products are made once. */
export function findPath(problem: PathProblem): FoundPath {
  const found = bestPath(problem)
  if (problem.quick) return found
  if (!hasRepeats(problem) || problem.operands.length > MANY || problem.memory !== undefined) return found
  const sharing = sharingPaths(problem, (reduced) => bestPath(reduced).path)
  const { path, cost } = cheapestShared(problem, [found.path, ...sharing])
  return { path, cost, largest: new PathTree(problem, networkOf(problem), path).largest }
}

function bestPath(problem: PathProblem): FoundPath {
  const network = networkOf(problem)
  const count = problem.operands.length
  if (count === 1) return { path: [], cost: network.leafCosts[0] ?? 0, largest: 0 }
  if (problem.quick && count > QUICK_EXACT) return quickPath(problem, network)
  if (count <= MOST_EXACT) {
    const found = exact(problem, network, problem.memory) ?? exact(problem, network, undefined)
    if (found) return summary(new PathTree(problem, network, found.path))
  }
  return summary(search(problem, network))
}

function exact(problem: PathProblem, network: Network, memory: number | undefined) {
  return exactPath({
    values: network.operands.map((classes, k) => ({ classes, inverse: network.inverses[k] })),
    costs: network.leafCosts,
    output: network.output,
    sizes: network.sizes,
    known: problem.known,
    memory,
  })
}

function summary(tree: PathTree): FoundPath {
  return { path: tree.path(), cost: tree.cost, largest: tree.largest }
}

/** Where a good path is enough, the best is looked for among so few operands only. */
const QUICK_EXACT = 5

/** The better of the greedy paths by growth alone. */
function quickPath(problem: PathProblem, network: Network): FoundPath {
  const trees = [1, 0.5].map((weight) => new PathTree(problem, network, greedyPath(network, growth(weight), [])))
  return summary(trees.reduce((best, tree) => (tree.cost < best.cost ? tree : best)))
}

/** The operands above which the search is kept near-linear: fewer trials, narrower parts. */
const MANY = 64

function search(problem: PathProblem, network: Network): PathTree {
  const count = network.operands.length
  const first = problem.known ? knownPairs(problem, network) : []
  const paths = scores(count).map((score) => greedyPath(network, score, first))
  const end = sweepPath(network, 0)
  const trees = [...paths, end, sweepPath(network, (end[0] as [number, number])[0])].map((path) => {
    return new PathTree(problem, network, path)
  })
  const memory = problem.memory ?? Number.POSITIVE_INFINITY
  const rank = (tree: PathTree) => ({ tree, cost: tree.cost, over: Math.max(0, tree.largest - memory) })
  const compare = (a: { cost: number; over: number }, b: { cost: number; over: number }) =>
    a.over - b.over || a.cost - b.cost
  const isMany = count > MANY
  const best = trees
    .map(rank)
    .sort(compare)
    .slice(0, isMany ? 3 : 8)
  for (const { tree } of best) refine(tree, 6, isMany ? 2 : 8)
  const [winner] = best.map(({ tree }) => rank(tree)).sort(compare)
  const { tree } = winner as { tree: PathTree }
  refine(tree, isMany ? 8 : 9, isMany ? 2 : 12)
  return tree
}

/** Pairs of operands whose product has been computed already. */
function knownPairs({ known }: PathProblem, network: Network): [number, number][] {
  const pairs: [number, number][] = []
  const carriers = new Map<number, number[]>()
  const taken = new Set<number>()
  for (const [k, classes] of network.operands.entries()) {
    const others = new Set(classes.flatMap((c) => carriers.get(c)?.slice(-4) ?? []))
    for (const other of others) {
      if (taken.has(other) || taken.has(k) || !known?.([other, k])) continue
      pairs.push([other, k])
      taken.add(other).add(k)
    }
    for (const c of classes) {
      const list = carriers.get(c)
      if (list) list.push(k)
      else carriers.set(c, [k])
    }
  }
  return pairs
}

/**
 * Judges by what the product adds to memory, by operations, by the order of the tensor (Laue et al. 2020: lowest first), then
 * the first of these with noise of a fixed seed.
 */
function scores(count: number): Score[] {
  const trials = count <= MANY ? 64 : Math.max(4, Math.min(24, Math.round(8000 / count)))
  const list: Score[] = [
    growth(1),
    growth(0.5),
    growth(2),
    (product) => product.points,
    ({ order, points }) => order + points / (points + 1),
    ({ elements, leftElements, rightElements }) => Math.log2(elements) - Math.log2(leftElements + rightElements),
  ]
  const random = generator(1)
  while (list.length < trials) {
    const weight = 2 * random()
    const temperature = 2 ** (6 * random() - 5)
    list.push(noisy(growth(weight), temperature, random))
  }
  return list.slice(0, Math.max(trials, 5))
}

/** How much larger the product is than `weight` times its factors. */
function growth(weight: number): Score {
  return ({ elements, leftElements, rightElements }: Product) => elements - weight * (leftElements + rightElements)
}

function noisy(score: Score, temperature: number, random: () => number): Score {
  return (product) => {
    const exact = score(product)
    const scale = Math.sign(exact) * Math.log2(1 + Math.abs(exact))
    return scale - temperature * -Math.log(-Math.log(Math.max(random(), 1e-300)))
  }
}

/** Uniform numbers in [0, 1): mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
