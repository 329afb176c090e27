import { expect, test } from 'vitest'
import { Assembler, i32, v128 } from './assembler.ts'
import { type VectorFunction, VectorMath } from './math.ts'
import { compileModule, createMemory, instantiate } from './webassembly.ts'

const reference: Readonly<Record<VectorFunction, (x: number) => number>> = {
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  tanh: Math.tanh,
  sigmoid: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
}

/** The units in the last place between two numbers. */
function distance(a: number, b: number): number {
  if (Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b))) return 0
  const order = (x: number) => {
    const bits = new BigInt64Array(Float64Array.of(x).buffer)[0] as bigint
    return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits
  }
  const apart = order(a) - order(b)
  return Number(apart < 0n ? -apart : apart)
}

const special = [0, -0, 1, -1, 1e-320, -1e-320, 5e-324, 1e308, -1e308, 709.7, 709.8, -745, -745.2, -746, 1e-17, -1e-17]
const points = [...special, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]
for (let k = 0; k < 20_000; k++) {
  const random = Math.sin(k * 12.9898) * 43758.5453
  const unit = random - Math.floor(random)
  points.push((unit - 0.5) * 2 * [1e-8, 0.01, 1, 10, 700][k % 5]!, 10 ** ((unit - 0.5) * 600))
}

test.each<[VectorFunction, number]>([
  ['exp', 1],
  ['log', 1],
  ['log1p', 2],
  ['expm1', 3],
  ['tanh', 4],
  ['sigmoid', 2],
])('%s is within %i units in the last place of what JavaScript has', (name, most) => {
  const assembler = new Assembler()
  const math = new VectorMath(assembler)
  assembler.define('run', ['i32', 'i32'], undefined, (f, at, end) => {
    const p = f.local('i32', at!)
    f.while(i32.lt(p, end!), () => {
      f.store('v128', p, math.apply(name, v128.load(p)))
      f.add(p, i32.const(16))
    })
  })
  const memory = createMemory(16)
  const data = new Float64Array(memory.buffer, 0, points.length)
  data.set(points)
  instantiate(compileModule(assembler.bytes()), memory).run?.(0, 8 * points.length)
  let worst = 0
  let where = 0
  for (const [k, x] of points.entries()) {
    const apart = distance(data[k]!, reference[name](x))
    if (apart > worst) [worst, where] = [apart, x]
  }
  expect(worst, `at ${where}`).toBeLessThanOrEqual(most)
})
