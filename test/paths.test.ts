// Contraction paths: against every order of small problems, and against what opt_einsum's `auto` finds.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Path, PathProblem } from '../src/plan/paths/problem.ts'
import { networkOf } from '../src/plan/paths/problem.ts'
import { findPath } from '../src/plan/paths/search.ts'
import { PathTree } from '../src/plan/paths/tree.ts'

/** [name, operands, output, sizes, cost of opt_einsum's path]: see bench/paths/generate.py. */
type Case = readonly [string, number[][], number[], number[], number]
const cases = JSON.parse(readFileSync(new URL('data/paths.json', import.meta.url), 'utf8')) as Case[]

function problemOf(operands: readonly (readonly number[])[], output: readonly number[], sizes: readonly number[]) {
  return { operands: operands.map((labels) => ({ labels })), output, size: (label: number) => sizes[label] ?? 1 }
}

/** From letters: `ij,jk->ik` with a size for each letter. */
function einsum(text: string, sizes: Record<string, number>, more: Partial<PathProblem> = {}): PathProblem {
  const [inputs = '', output = ''] = text.split('->')
  const number = (letter: string) => letter.charCodeAt(0)
  const size = (label: number) => sizes[String.fromCharCode(label)] ?? 1
  const operands = inputs.split(',').map((term) => ({ labels: [...term].map(number) }))
  return { operands, output: [...output].map(number), size, ...more }
}

/** The operations of a path by plain counting over sets of labels. */
function costOf({ operands, output, size }: PathProblem, path: Path): number {
  const points = (labels: ReadonlySet<number>) => [...labels].reduce((n, label) => n * size(label), 1)
  const live: (ReadonlySet<number> | undefined)[] = operands.map(({ labels }) => new Set(labels))
  let cost = 0
  const outside = (skip: readonly number[]) =>
    new Set([...output, ...live.flatMap((labels, k) => (skip.includes(k) ? [] : [...(labels ?? [])]))])
  for (const [k, labels] of live.entries()) {
    const needed = outside([k])
    const kept = new Set([...(labels ?? [])].filter((label) => needed.has(label)))
    if (labels && kept.size < labels.size) {
      cost += points(labels)
      live[k] = kept
    }
  }
  for (const [a, b] of path) {
    const space = new Set([...(live[a] ?? []), ...(live[b] ?? [])])
    const needed = outside([a, b])
    const kept = new Set([...space].filter((label) => needed.has(label)))
    cost += points(space) * (kept.size < space.size ? 2 : 1)
    live[a] = undefined
    live[b] = undefined
    live.push(kept)
  }
  return cost
}

/** Every path of so many operands. */
function* allPaths(count: number, live = Array.from({ length: count }, (_, k) => k), next = count): Generator<Path> {
  if (live.length === 1) yield []
  for (const [i, a] of live.entries()) {
    for (const b of live.slice(i + 1)) {
      const rest = [...live.filter((k) => k !== a && k !== b), next]
      for (const path of allPaths(count, rest, next + 1)) yield [[a, b], ...path]
    }
  }
}

describe('few operands', () => {
  test('no order is cheaper, nor is the cost another', () => {
    const small = cases.filter(([, operands]) => operands.length <= 5)
    expect(small.length).toBeGreaterThan(20)
    for (const [name, operands, output, sizes] of small) {
      const problem = problemOf(operands, output, sizes)
      const { path, cost } = findPath(problem)
      const least = Math.min(...[...allPaths(operands.length)].map((one) => costOf(problem, one)))
      expect([name, cost, costOf(problem, path)]).toEqual([name, least, least])
    }
  })

  test.each<[string, string, Record<string, number>, Path]>([
    [
      'a chain from its thin end',
      'ij,jk,kl->il',
      { i: 2, j: 100, k: 100, l: 100 },
      [
        [0, 1],
        [3, 2],
      ],
    ],
    [
      'an outer product where it is cheapest',
      'a,b,abc->c',
      { a: 2, b: 2, c: 1000 },
      [
        [0, 1],
        [3, 2],
      ],
    ],
    [
      'an index of three operands',
      'ij,ik,il->jkl',
      { i: 9, j: 2, k: 3, l: 50 },
      [
        [0, 1],
        [3, 2],
      ],
    ],
    [
      'a label of one operand is summed first',
      'ij,j,k->j',
      { i: 9, j: 2, k: 3 },
      [
        [1, 2],
        [0, 3],
      ],
    ],
  ])('%s', (_, text, sizes, path) => {
    const problem = einsum(text, sizes)
    const found = findPath(problem)
    expect(found.cost).toBe(Math.min(...[...allPaths(3)].map((one) => costOf(problem, one))))
    expect(costOf(problem, path)).toBe(found.cost)
  })

  test('a memory bound excludes large products', () => {
    const sizes = { i: 50, j: 2, k: 50, l: 2 }
    const free = findPath(einsum('ij,jk,kl,li->', sizes))
    const chain = einsum('ai,ij,jk,kb->ab', { a: 2, i: 2, j: 60, k: 2, b: 60 })
    expect(free.largest).toBeLessThanOrEqual(100)
    const unbounded = findPath(chain)
    const bounded = findPath({ ...chain, memory: 4 })
    expect(bounded.largest).toBeLessThanOrEqual(4)
    expect(bounded.cost).toBeGreaterThanOrEqual(unbounded.cost)
  })

  test('a bound that no order keeps to is given up', () => {
    expect(findPath(einsum('ij,jk,kl->il', { i: 5, j: 5, k: 5, l: 5 }, { memory: 1 })).path).toHaveLength(2)
  })

  test('what is known already costs nothing', () => {
    const problem = einsum('ij,jk,kl->il', { i: 2, j: 100, k: 100, l: 100 })
    const known = (members: readonly number[]) => [...members].sort().join() === '1,2'
    const { path, cost } = findPath({ ...problem, known })
    expect([path, cost]).toEqual([
      [
        [1, 2],
        [0, 3],
      ],
      2 * 2 * 100 * 100,
    ])
  })

  test('a solve is cheaper than an inverse', () => {
    const problem = einsum('ij,jk,k->i', { i: 30, j: 30, k: 30 })
    const operands = problem.operands.map((operand, k) => (k === 0 ? { ...operand, inverse: true } : operand))
    const { path, cost } = findPath({ ...problem, operands })
    expect(path).toEqual([
      [1, 2],
      [0, 3],
    ])
    expect(cost).toBeCloseTo(2 * 900 + (2 / 3) * 27000 + 2 * 900)
  })
})

describe('repeated structure', () => {
  const named = (problem: PathProblem, tokens: string): PathProblem => ({
    ...problem,
    operands: problem.operands.map((operand, k) => ({ ...operand, token: tokens[k] as string })),
  })

  test("x'*A'*A*x multiplies A*x once", () => {
    const problem = named(einsum('i,ji,jk,k->', { i: 100, j: 100, k: 100 }), 'xAAx')
    const { cost } = findPath(problem)
    expect(cost).toBe(2 * 100 * 100 + 2 * 100)
  })

  test('a power is made by squaring', () => {
    const labels = 'abcdefghi'
    const text = `${[...'12345678'].map((_, k) => labels.slice(k, k + 2)).join()}->ai`
    const sizes = Object.fromEntries([...labels].map((letter) => [letter, 10]))
    expect(findPath(named(einsum(text, sizes), 'AAAAAAAA')).cost).toBe(3 * 2 * 1000)
  })
})

describe('against opt_einsum', () => {
  test('no path costs more operations', () => {
    const worse = cases.filter(([, operands, output, sizes, theirs]) => {
      return findPath(problemOf(operands, output, sizes)).cost > theirs
    })
    expect(cases.length).toBeGreaterThan(300)
    expect(worse.map(([name]) => name)).toEqual([])
  }, 120_000)

  test('the cost is that of the path', () => {
    for (const [, operands, output, sizes] of cases.filter((_, k) => k % 7 === 0)) {
      const problem = problemOf(operands, output, sizes)
      const { path, cost } = findPath(problem)
      expect(path).toHaveLength(operands.length - 1)
      expect(Math.abs(costOf(problem, path) / cost - 1)).toBeLessThan(1e-12)
      expect(new PathTree(problem, networkOf(problem), path).cost).toBe(cost)
      expect(findPath(problem)).toEqual({ path, cost, largest: expect.any(Number) })
    }
  }, 120_000)
})

describe('many operands', () => {
  /** A grid of tensors bound to their neighbours. */
  const lattice = (rows: number, columns: number) => {
    const across = (r: number, c: number) => r * columns + c
    const down = (r: number, c: number) => rows * columns + r * columns + c
    const operands = Array.from({ length: rows * columns }, (_, k) => {
      const [r, c] = [Math.floor(k / columns), k % columns]
      return [
        ...(c > 0 ? [across(r, c - 1)] : []),
        ...(c < columns - 1 ? [across(r, c)] : []),
        ...(r > 0 ? [down(r - 1, c)] : []),
        ...(r < rows - 1 ? [down(r, c)] : []),
      ]
    })
    return problemOf(
      operands,
      [],
      Array.from({ length: 2 * rows * columns }, () => 2),
    )
  }

  test('a strip of a lattice costs what sweeping along it costs', () => {
    const { cost } = findPath(lattice(6, 200))
    // Each tensor meets a boundary of at most seven bonds, with two new bonds.
    expect(cost).toBeLessThan(1200 * 2 * 2 ** 9)
  }, 60_000)

  test('one index in all of a thousand operands', () => {
    const operands = Array.from({ length: 1000 }, (_, k) => [0, 1 + k, 2 + k])
    const { cost } = findPath(problemOf(operands, [0], [7, ...Array.from({ length: 1001 }, () => 3)]))
    expect(cost).toBeLessThanOrEqual(1000 * 2 * 7 * 27)
  }, 60_000)

  test('outer products of a thousand vectors', () => {
    const operands = Array.from({ length: 1000 }, () => [0])
    expect(findPath(problemOf(operands, [], [5])).cost).toBe(998 * 5 + 10)
  }, 60_000)
})
