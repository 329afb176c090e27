/**
 * The order of multiplications as a problem of its own: a contraction of many operands, done two at a time.
 *
 * Cost is counted as everywhere in `plan/`: a product of two operands takes one multiplication for each point of the space of
 * all labels involved, and one addition where labels are summed. (opt_einsum counts the same.) A label that only one operand
 * has is summed before, at one addition an element.
 */

/** A contraction to be ordered. */
export interface PathProblem {
  readonly operands: readonly PathOperand[]
  /** The labels of the result. */
  readonly output: readonly number[]
  readonly size: (label: number) => number
  /** Whether the product of these operands, summed over what nothing else needs, has been computed already. */
  readonly known?: (operands: readonly number[]) => boolean
  /** The most elements an intermediate should have; a path that keeps to it is preferred where one is found. */
  readonly memory?: number
  /** Whether a good path is enough: few are tried. */
  readonly quick?: boolean
}

export interface PathOperand {
  /** Distinct labels, in the order of the operand's axes. */
  readonly labels: readonly number[]
  /** Whether this is the inverse of a matrix at hand, which multiplies by a solve or is formed. */
  readonly inverse?: boolean
  /** Operands with the same token are the same value, with axes in the same order. */
  readonly token?: string
}

/**
 * Products in order: each multiplies two values by their numbers. Operands are numbered from 0; the k-th product makes the
 * value `operands.length + k`. The last one makes the result.
 */
export type Path = readonly (readonly [number, number])[]

/** The operations of a product over so many points. */
export function productCost(points: number, sums: boolean): number {
  return sums ? 2 * points : points
}

/** The operations of a solve with an n×n matrix and `columns` right-hand sides. */
export function solveCost(n: number, columns: number): number {
  return (2 / 3) * n ** 3 + 2 * n ** 2 * columns
}

export function inverseCost(n: number): number {
  return 2 * n ** 3
}

/** An inverse as an operand: the size of its axes, and how many of its labels each class holds. */
export interface Inverse {
  readonly n: number
  readonly labels: ReadonlyMap<number, number>
}

/** A set of classes of labels, in ascending order. */
export type Classes = readonly number[]

/**
 * A problem with labels that the same operands carry in one class, since they are summed together. Labels that only one operand
 * has are left out: they are summed first.
 */
export interface Network {
  readonly operands: readonly Classes[]
  readonly inverses: readonly (Inverse | undefined)[]
  /** The operations that sum the labels which only this operand has. */
  readonly leafCosts: readonly number[]
  /** The number of elements that the labels of a class span. */
  readonly sizes: readonly number[]
  /** How many operands carry a class; the output counts as one more. */
  readonly uses: readonly number[]
  readonly output: Classes
}

export function networkOf({ operands, output, size }: PathProblem): Network {
  const carriers = new Map<number, number[]>()
  for (const [k, { labels }] of operands.entries()) {
    for (const label of labels) {
      const list = carriers.get(label)
      if (list) list.push(k)
      else carriers.set(label, [k])
    }
  }
  const wanted = new Set(output)
  const classes = new Map<string, number>()
  const sizes: number[] = []
  const uses: number[] = []
  const members: number[][] = []
  const isOutput: boolean[] = []
  const counts: Map<number, number>[] = operands.map(() => new Map())
  for (const [label, list] of carriers) {
    const key = `${wanted.has(label)} ${list.join()}`
    let known = classes.get(key)
    if (known === undefined) {
      known = sizes.push(1) - 1
      classes.set(key, known)
      uses.push(list.length + (wanted.has(label) ? 1 : 0))
      members.push(list)
      isOutput.push(wanted.has(label))
    }
    sizes[known] = (sizes[known] ?? 1) * size(label)
    for (const k of list) counts[k]?.set(known, (counts[k]?.get(known) ?? 0) + 1)
  }
  const open: number[][] = operands.map(() => [])
  const lone = operands.map(() => 1)
  for (const [c, list] of members.entries()) {
    const isLone = uses[c] === 1
    for (const k of list) {
      if (isLone) lone[k] = (lone[k] ?? 1) * (sizes[c] ?? 1)
      else open[k]?.push(c)
    }
  }
  const elements = (list: Classes) => list.reduce((n, c) => n * (sizes[c] ?? 1), 1)
  return {
    operands: open,
    inverses: operands.map((operand, k) => {
      const n = Math.max(...operand.labels.map(size))
      return operand.inverse ? { n, labels: counts[k] as Map<number, number> } : undefined
    }),
    leafCosts: open.map((list, k) => {
      const hasLone = members.some((own, c) => uses[c] === 1 && own[0] === k)
      return hasLone && !operands[k]?.inverse ? (lone[k] ?? 1) * elements(list) : 0
    }),
    sizes,
    uses,
    output: [...classes.values()].filter((c) => isOutput[c]),
  }
}

/** The union of two sets of classes. */
export function union(a: Classes, b: Classes): number[] {
  const result: number[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const x = a[i] ?? Number.POSITIVE_INFINITY
    const y = b[j] ?? Number.POSITIVE_INFINITY
    result.push(Math.min(x, y))
    if (x <= y) i++
    if (y <= x) j++
  }
  return result
}

export function elementsOf({ sizes }: Network, classes: Classes): number {
  let n = 1
  for (const c of classes) n *= sizes[c] as number
  return n
}

/** A factor of a product: its classes, and what it is if it is an inverse that has not been used yet. */
export interface PathValue {
  readonly classes: Classes
  readonly inverse: Inverse | undefined
}

/** The operations of the product of two values, which keeps the classes `kept`. */
export function pairCost(network: Network, a: PathValue, b: PathValue, kept: Classes): number {
  const space = union(a.classes, b.classes)
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!one.inverse) continue
    const shared = other.classes.filter((c) => one.inverse?.labels.has(c))
    const [label] = shared
    const isSolve =
      shared.length === 1 && label !== undefined && one.inverse.labels.get(label) === 1 && !kept.includes(label)
    if (isSolve) return solveCost(one.inverse.n, elementsOf(network, other.classes) / (network.sizes[label] ?? 1))
    return inverseCost(one.inverse.n) + productCost(elementsOf(network, space), true)
  }
  return productCost(elementsOf(network, space), kept.length < space.length)
}
