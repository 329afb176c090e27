// Products: square ones, and X'·diag(d)·X, which is symmetric, against NumPy on the same threads.
import { close } from '../harness.mjs'
import { against, numbers, Peers, programs } from '../peers.mjs'

export async function run({ quick }) {
  const lib = await import('../../dist/index.js')
  const peers = await Peers.start()
  const rows = []
  for (const n of quick ? [32, 256, 512] : [8, 32, 128, 256, 512, 1024]) {
    const inputs = { A: numbers(n, n), B: numbers(n, n) }
    const vars = { A: 'matrix(n,n)', B: 'matrix(n,n)' }
    for (const [name, text, peerCase] of [
      ['A*B', 'A*B', 'product'],
      ["A'*B", "A'*B", 'transposed'],
    ]) {
      const ours = await programs(lib, { product: lib.parse(text, { vars }) }, inputs, {})
      rows.push(
        ...(await against(peers, {
          name,
          case: peerCase,
          inputs,
          size: { n },
          ours,
          compareWith: ['numpy'],
          close,
          quick,
        })),
      )
    }
  }
  for (const [m, n] of quick
    ? [[2000, 200]]
    : [
        [2000, 200],
        [20000, 200],
      ]) {
    const inputs = { X: numbers(m, n), d: numbers(m) }
    const vars = { X: 'matrix(m,n)', d: 'vector(m)' }
    const ours = await programs(lib, { product: lib.parse("X'*diag(d)*X", { vars }) }, inputs, {})
    const rest = { case: 'scaled', inputs, size: { m, n }, ours, compareWith: ['numpy'], close, quick }
    rows.push(...(await against(peers, { name: "X'*diag(d)*X", ...rest })))
  }
  peers.stop()
  return rows
}
