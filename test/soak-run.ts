// Compiles and runs random programs for as long as it is told, and tells the resident memory. Bundled by scripts/soak.mjs.
import fc from 'fast-check'
import { EincalcError } from '../src/errors.ts'
import { sampleInputs } from '../src/evaluate/index.ts'
import { compile, derive, type EngineName, parse } from '../src/index.ts'
import { programs, textOf, usedVariables, variablesIn } from './random-program.ts'

export interface SoakOptions {
  readonly seed: number
  readonly engines: readonly EngineName[]
  /** Called between programs, with how many were run so far and how many of them were refused; false ends it. */
  readonly onProgram: (run: number, refused: number) => boolean
}

/** Most programs are small; now and then one is large enough for threads, BLAS and a memory of its own. */
const LARGE_EVERY = 25
const LARGE = {
  text: "sum(log(exp(-y.*(X*w)) + vector(1))) + w'*A*w",
  vars: { X: 'matrix(m,n)', y: 'vector(m)', w: 'vector(n)', A: 'matrix(n,n)' },
}
const SMALL = { m: 3, n: 4, k: 5 }

export async function soak({ seed, engines, onProgram }: SoakOptions): Promise<void> {
  let count = 0
  let refused = 0
  for (let batch = 0; ; batch++) {
    for (const { tree, choice } of fc.sample(programs(3), { numRuns: LARGE_EVERY, seed: seed + batch })) {
      const text = textOf(tree)
      const names = usedVariables(text)
      const by = names[choice % Math.max(1, names.length)]
      if (!(await runs(text, variablesIn(text), by, SMALL, engines, count))) refused++
      if (!onProgram(++count, refused)) return
    }
    await runs(LARGE.text, LARGE.vars, 'w', { m: 300 + (batch % 7), n: 150 + (batch % 5) }, engines, count)
  }
}

/** Value and derivatives, each in another way of calling; false where the program is refused, which leaves the next as it was. */
async function runs(
  text: string,
  vars: Readonly<Record<string, string>>,
  by: string | undefined,
  dims: Readonly<Record<string, number>>,
  engines: readonly EngineName[],
  seed: number,
): Promise<boolean> {
  try {
    const value = parse(text, { vars })
    const outputs = by === undefined ? { value } : { value, gradient: derive(value, { wrt: by }) }
    const sizes = new Map(Object.entries(dims))
    const variables = [...value.variables.values()].map(({ node }) => node)
    const inputs = sampleInputs(variables, sizes, seed, 0)
    for (const engine of engines) {
      const f = await compile<string>(outputs, { engine, dims, maxBytes: 1e8 })
      f(inputs)
      f.bind(inputs)()
      await f.async(inputs)
    }
    return true
  } catch (error) {
    if (!(error instanceof EincalcError)) throw error
    return false
  }
}
