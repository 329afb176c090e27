import { expect, test } from 'vitest'
import { plan } from '../../plan/plan.ts'
import { Dimension } from '../../tensor/dimension.ts'
import { Graph } from '../../tensor/graph.ts'
import { lower } from '../lower/lower.ts'
import { Kernels } from '../wasm/kernels.ts'
import { Runner } from '../wasm/runner.ts'
import { type Host, loadHost, Team } from './team.ts'
import type { Message } from './worker.ts'

const n = Dimension.symbol('n')
const sizes = new Map([['n', 100]])
const data = Float64Array.from({ length: 1e4 }, (_, k) => Math.sin(k))

/** X'·X by three threads and by one. */
function programs(team: Team) {
  const g = new Graph()
  const x = g.variable('X', [n, n])
  const node = g.contract('ij', [
    [x, 'ki'],
    [x, 'kj'],
  ])
  const program = lower(plan([{ kind: 'dense', node }], { dims: sizes }), sizes)
  const kernels = new Kernels('plain')
  return [new Runner(program, kernels, {}, { team }), new Runner(program, kernels)] as const
}

test('a step is done by whoever is free, and by the caller alone until the others are there', async () => {
  const own = await loadHost()
  const posted: Message[] = []
  const host: Host = {
    ...own,
    start: () => {
      const { post, stop } = own.start()
      return {
        stop,
        post: (message) => {
          posted.push(message)
          post(message)
        },
      }
    },
  }
  const [shared, alone] = programs(new Team(host, { threads: 3, least: 1 }))
  for (const runner of [shared, alone]) runner.setInput('X', data)
  alone.run()
  for (let run = 0; run < 200; run++) {
    shared.run()
    expect(shared.output(0)).toEqual(alone.output(0))
    shared.output(0).fill(0)
    if (run % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect(posted.map(({ kind }) => kind)).toEqual(['start', 'start', 'take', 'take'])
})

test('after many programs other workers take their place, and take those that run again', async () => {
  const team = new Team(await loadHost(), { threads: 2, least: 1 })
  const made = Array.from({ length: 100 }, () => programs(team))
  for (const [shared, alone] of made) {
    shared.setInput('X', data)
    alone.setInput('X', data)
    alone.run()
  }
  for (const at of [0, 99, 0, 40, 41, 0]) {
    const [shared, alone] = made[at] as (typeof made)[number]
    for (let run = 0; run < 10; run++) {
      shared.run()
      expect(shared.output(0)).toEqual(alone.output(0))
      shared.output(0).fill(0)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
})
