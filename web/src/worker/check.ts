/** The check of what is shown against differences, at random inputs of the declared kinds. */
import { type CheckResult, checkOf, type Derivative, type Expression } from '../../../src/index.ts'
import { derivativesOf, isProduct, orderOf } from './calculate.ts'
import type { CheckData, Question } from './protocol.ts'

const OPTIONS = { seed: 7, points: 5 } as const

export function checkData(question: Question, expression: Expression): CheckData {
  const derivatives = derivativesOf(question, expression, orderOf(question))
  if (derivatives.length === 0) return { state: 'none', text: '' }
  const results = derivatives.map((d) => ({ d, result: checkOf(d, undefined, undefined, OPTIONS) }))
  const failed = results.find(({ result }) => result.witness !== undefined)
  if (failed) return failedData(failed.d, failed.result)
  const outside = results.find(({ result }) => !result.ok)
  if (outside) {
    const { result } = outside
    const why = result.outside > 0 ? `${result.outside} points outside the domain` : 'differences do not settle'
    return { state: 'outside', text: `not checked: ${why}, seed ${result.seed}` }
  }
  const error = Math.max(...results.map(({ result }) => result.maxRelError))
  const points = Math.min(...results.map(({ result }) => result.points))
  const kinks = results.reduce((sum, { result }) => sum + result.kinks, 0)
  return {
    state: 'ok',
    text: `${isProduct(question) ? 'the derivative is ' : ''}checked, relative error ${figure(error)}, ${points} ${points === 1 ? 'point' : 'points'}, seed ${OPTIONS.seed}`,
    ...(kinks > 0 && { witness: `${kinks} ${kinks === 1 ? 'entry' : 'entries'} at kinks left out` }),
  }
}

function failedData(d: Derivative, { maxRelError, points, seed, witness }: CheckResult): CheckData {
  const entry = witness ? `[${witness.entry.map((k) => k + 1).join(', ')}]` : ''
  return {
    state: 'failed',
    text: `check failed at point ${points}, relative error ${figure(maxRelError)}, seed ${seed}`,
    ...(witness && {
      witness: `By ${d.wrt.join(', ')}, entry ${entry}: the formula gives ${witness.derivative}, differences give ${witness.difference}.`,
    }),
  }
}

/** One digit, with a power of ten where it is small, as in 3e-9. */
function figure(value: number): string {
  if (value >= 0.001) return String(Number(value.toPrecision(1)))
  return value === 0 ? '0' : value.toExponential(0)
}
