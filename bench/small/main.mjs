// Small problems in a loop, where the call itself is what costs: value and gradient, and the Hessian.
import { close } from '../harness.mjs'
import { against, numbers, Peers, programs } from '../peers.mjs'

export async function run({ quick }) {
  const lib = await import('../../dist/index.js')
  const peers = await Peers.start()
  const rows = []
  const text = 'sum(log(exp(-y.*(X*w)) + vector(1)))'
  const vars = { X: 'matrix(m,n)', y: 'vector(m)', w: 'vector(n)' }
  const gradient = lib.derive(text, { wrt: 'w', vars })
  for (const n of quick ? [3, 10] : [3, 10, 30]) {
    const inputs = { X: numbers(2 * n, n), y: numbers(2 * n), w: numbers(n) }
    const { w, ...fixed } = inputs
    for (const [name, outputs, peerCase] of [
      ['logistic value+gradient', { value: gradient.expression, gradient }, 'logistic_value_gradient'],
      ['logistic hessian', { hessian: gradient.derive('w') }, 'logistic_hessian'],
    ]) {
      const ours = await programs(lib, outputs, fixed, { w: w.data })
      const rest = { case: peerCase, by: 'w', inputs, size: { n }, ours, compareWith: ['numpy', 'jax'], close, quick }
      rows.push(...(await against(peers, { name, ...rest })))
    }
  }
  peers.stop()
  return rows
}
