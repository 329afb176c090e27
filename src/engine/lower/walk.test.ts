import { describe, expect, test } from 'vitest'
import { evaluate, sampleInputs } from '../../evaluate/index.ts'
import { derive, parse } from '../../index.ts'
import { plan } from '../../plan/plan.ts'
import type { Program } from '../program.ts'
import { loadHost, Team } from '../threads/team.ts'
import { Kernels } from '../wasm/kernels.ts'
import { Runner } from '../wasm/runner.ts'
import { lower } from './lower.ts'
import { type Walking, withWalks } from './walk.ts'

const vars = { X: 'matrix(m,n)', Y: 'matrix(m,n)', A: 'matrix(n,n)', w: 'vector(n)', y: 'vector(m)', x: 'vector(n)' }
const sizes = new Map([
  ['m', 37],
  ['n', 11],
])
const walking: Walking = { least: 8 * 37, block: 1000 }

function programOf(text: string, wrt: string) {
  const e = parse(text, { vars })
  const nodes = [e.working, derive(e, { wrt }).working]
  const outputs = nodes.map((node) => ({ kind: 'dense', node }) as const)
  return { e, nodes, program: lower(plan(outputs, { dims: sizes }), sizes) }
}

/** How many passes each instruction has that makes one, in order. */
function passesOf({ instructions }: Program): number[] {
  return instructions.flatMap((one) => (one.kind === 'walk' ? [one.passes.length] : one.kind === 'pass' ? [1] : []))
}

describe('what walks together', () => {
  test.each([
    ['a value and its gradient pass over X once', 'sum(log(1 + exp(-y.*(X*w))))', 'w', [5, 1]],
    ['both products with a matrix', "x'*A*x", 'x', [2, 1, 1]],
    ['what needs all rows waits', 'z = exp(X*w); sum((z/sum(z)).^3)', 'w', [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
    ['of two matrices each by itself', "norm2(X*w)^2 + y'*Y*w", 'w', [1, 1, 3, 1, 1]],
  ])('%s', (_, text, wrt, expected) => {
    expect(passesOf(withWalks(programOf(text, wrt).program, 8, walking))).toEqual(expected)
  })

  test('small tensors stay in the cache', () => {
    const { program } = programOf('sum(log(1 + exp(-y.*(X*w))))', 'w')
    expect(withWalks(program, 8)).toBe(program)
  })
})

test('rows of one walk are shared among threads, each of which has its own sums', async () => {
  const team = new Team(await loadHost(), { threads: 3, least: 1, grain: 1 })
  for (const [text, wrt] of [
    ['sum(log(1 + exp(-y.*(X*w))))', 'w'],
    ['z = exp(X*w); sum((z/sum(z)).^3)', 'w'],
    ["x'*A*x", 'x'],
  ] as const) {
    const { e, nodes, program } = programOf(text, wrt)
    const inputs = sampleInputs(
      [...e.variables.values()].map(({ node }) => node),
      sizes,
      1,
    )
    const expected = evaluate(nodes, inputs, sizes)
    const runner = new Runner(program, new Kernels('plain'), {}, { team, walking })
    for (const [name, { data }] of inputs) runner.setInput(name, data)
    for (let run = 0; run < 20; run++) {
      runner.run()
      for (const [k, { data }] of expected.entries()) {
        const found = runner.output(k)
        for (const [at, entry] of data.entries()) expect(found[at]).toBeCloseTo(entry, 11)
        found.fill(Number.NaN)
      }
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
})
