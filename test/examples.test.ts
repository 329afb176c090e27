// Every example of examples/: its derivatives against differences and a second mode, what is printed read back, compressed
// Hessians expanded, Newton steps against the dense solve.
import { describe, expect, test } from 'vitest'
import { examples } from '../examples/index.mjs'
import { inputsOf } from '../examples/inputs.mjs'
import { evaluate } from '../src/evaluate/index.ts'
import { invert } from '../src/evaluate/lu.ts'
import { multiply, norm } from '../src/evaluate/matrix.ts'
import {
  type CompressedTensor,
  checkAnswer,
  checkOf,
  type Derivative,
  derive,
  parse,
  type Solution,
  type Tensor,
} from '../src/index.ts'

describe.each(examples.map((example) => [example.name, example] as const))('%s', (_, example) => {
  const expression = parse(example.text, { vars: example.variables })
  const inputs = inputsOf(example)
  const sizes = new Map(Object.entries(example.sizes))
  const values = new Map<string, Tensor>(Object.entries(inputs))
  const numbers = (d: Derivative) => evaluate([d.working], values, sizes)[0] as Tensor

  test.each(example.wrt.flatMap((by) => example.orders.map((order) => [by, order] as const)))(
    'by %s, order %i',
    { timeout: 120_000 },
    (by, order) => {
      const d = derive(expression, { wrt: by, order })
      expect(checkOf(d, values), d.toString()).toMatchObject({ ok: true, points: 1 })
      const dense = numbers(d)
      for (const mode of ['forward', 'reverse', 'crosscountry'] as const) {
        if (mode !== d.mode) expectClose(numbers(derive(expression, { wrt: by, order, mode })), dense, 1e-9)
      }
      expect(checkAnswer(d, d.toString()), d.toString()).toMatchObject({ equal: true })
      const compressed = d.at(inputs)
      expectClose(compressed.expand(), dense, 1e-11)
      for (const { operations, largest, bytes } of Object.values(d.cost(example.large).byMode)) {
        for (const figure of [operations, largest, bytes]) expect(figure).toBeGreaterThan(0)
      }
      if (order !== 2 || expression.shape.axes.length > 0) return

      const gradient = derive(expression, { wrt: by }).at(inputs).expand()
      const inverse = inverseOf(dense)
      const { solution, residual } = newtonStep(compressed, gradient) ?? { residual: 0 }
      expect(residual).toBeLessThan(1e-9)
      // Where no digit is certain a refusal is right, and so is any step of this residual.
      if (!inverse) return
      if (!solution) return expect.fail('the Hessian is regular, and no step was found')
      const n = gradient.data.length
      const step = multiply(inverse, gradient.data, n, n, 1).map((entry) => -entry)
      expectClose(solution, { shape: gradient.shape, data: step }, 1e-15 * norm(dense.data) * norm(inverse))
      if (!example.quadraticIn?.includes(by)) return
      const moved = { shape: solution.shape, data: solution.data.map((entry, k) => entry + inputs[by]!.data[k]!) }
      const after = derive(expression, { wrt: by })
        .at({ ...inputs, [by]: moved })
        .expand()
      expect(Math.max(...after.data.map(Math.abs))).toBeLessThan(1e-9 * Math.max(...gradient.data.map(Math.abs)))
    },
  )
})

function expectClose(actual: Tensor, expected: Tensor, tolerance: number): void {
  expect(actual.shape).toEqual(expected.shape)
  const scale = Math.max(...expected.data.map(Math.abs))
  const error = Math.max(...expected.data.map((entry, k) => Math.abs(entry - actual.data[k]!)))
  expect(error).toBeLessThanOrEqual(tolerance * scale)
}

/** Undefined where the Hessian is called singular. */
function newtonStep(hessian: CompressedTensor, gradient: Tensor): Solution | undefined {
  try {
    return hessian.newtonStep(gradient)
  } catch (error) {
    expect(error).toMatchObject({ code: 'DomainError' })
    return undefined
  }
}

/** By LU of the Hessian written out; undefined where it is singular to working precision. */
function inverseOf({ data }: Tensor): Float64Array | undefined {
  const inverse = new Float64Array(data.length)
  if (!invert(data, Math.sqrt(data.length), inverse)) return undefined
  return norm(data) * norm(inverse) < 1e13 ? inverse : undefined
}
