// The problems of arXiv:2010.03313: value with gradient, and Hessians, against jitted JAX, torch.func and NumPy written by hand.
import { close } from '../harness.mjs'
import { against, numbers, Peers, programs } from '../peers.mjs'

const matrix = (rows, columns) => `matrix(${rows},${columns})`

/** Each problem with its inputs at a size; the first input of `by` is what is differentiated. */
function problems(quick) {
  const list = []
  for (const n of quick ? [100] : [50, 100, 200, 500, 1000]) {
    list.push({
      name: 'logistic',
      text: 'sum(log(exp(-y.*(X*w)) + vector(1)))',
      vars: { X: matrix('m', 'n'), y: 'vector(m)', w: 'vector(n)' },
      by: 'w',
      size: { n },
      inputs: { X: numbers(2 * n, n), y: numbers(2 * n), w: numbers(n) },
      byHand: { 'value gradient': 'logistic_value_gradient', hessian: 'logistic_hessian' },
    })
  }
  for (const n of quick ? [500] : [500, 1000, 2000]) {
    list.push({
      name: 'quadratic',
      text: "x'*A*x",
      vars: { A: matrix('n', 'n'), x: 'vector(n)' },
      by: 'x',
      size: { n },
      inputs: { A: numbers(n, n), x: numbers(n) },
      byHand: { hessian: 'quadratic_hessian' },
    })
  }
  for (const n of quick ? [30] : [30, 60, 100]) {
    const inputs = { T: numbers(n, n), U: numbers(n, 5), V: numbers(n, 5) }
    const vars = { T: matrix('m', 'n'), U: matrix('m', 'k'), V: matrix('n', 'k') }
    list.push(
      {
        name: 'factorization',
        text: "norm2(T-U*V')^2",
        vars,
        by: 'U',
        size: { n, k: 5 },
        inputs,
        byHand: { hessian: 'factorization_hessian' },
      },
      {
        name: 'masked',
        text: "norm2(W.*(T-U*V'))^2",
        vars: { W: matrix('m', 'n'), ...vars },
        by: 'U',
        size: { n, k: 5 },
        inputs: { W: numbers(n, n), ...inputs },
        byHand: {},
      },
    )
  }
  for (const batch of quick ? [1] : [1, 50, 200]) {
    const n = quick ? 10 : 20
    const layers = Array.from({ length: 9 }, (_, k) => `W[${k + 1}]`)
    const names = layers.map((_, k) => `V${k + 1}`)
    const text = names.reduce((inner, name) => `${name}*relu(${inner})`, 'W1*X')
    const W = numbers(9, n, n)
    const scaled = W.data.map((entry) => entry / 2)
    const X = numbers(n, batch)
    const Y = { shape: [n, batch], data: X.data.map((_, at) => (Math.floor(at / batch) === at % n ? 1 : 0)) }
    const own = Object.fromEntries(
      names.map((name, k) => [name, { shape: [n, n], data: scaled.slice(k * n * n, (k + 1) * n * n) }]),
    )
    const W1 = numbers(n, n)
    list.push({
      name: 'network, 10 layers',
      peerName: 'network',
      text: `Z = ${text}; sum(logsumexp(Z, 1)) - sum(Y.*Z)`,
      vars: {
        W1: matrix('n', 'n'),
        ...Object.fromEntries(names.map((name) => [name, matrix('n', 'n')])),
        X: matrix('n', 'b'),
        Y: matrix('n', 'b'),
      },
      by: 'W1',
      size: { n, batch },
      inputs: { W1, W: { shape: W.shape, data: scaled }, X, Y },
      own: { W1, ...own, X, Y },
      byHand: {},
    })
  }
  for (const n of quick ? [20] : [20, 50, 100]) {
    list.push({
      name: 'point cloud',
      peerName: 'cloud',
      text: 'sum[i,j](exp(-sum[a]((X[i,a]-X[j,a])^2)))',
      vars: { X: matrix('n', 'k') },
      by: 'X',
      size: { n, k: 3 },
      inputs: { X: numbers(n, 3) },
      byHand: {},
    })
  }
  return list
}

export async function run({ quick }) {
  const lib = await import('../../dist/index.js')
  const peers = await Peers.start()
  const rows = []
  for (const { name, peerName, text, vars, by, size, inputs, own, byHand } of problems(quick)) {
    const gradient = lib.derive(text, { wrt: by, vars })
    const { [by]: free, ...fixed } = own ?? inputs
    for (const [what, outputs] of [
      ['value gradient', { value: gradient.expression, gradient }],
      ['hessian', { hessian: gradient.derive(by) }],
    ]) {
      const ours = await programs(lib, outputs, fixed, { [by]: free })
      const hand = byHand[what]
      const rest = { name: `${name} ${what}`, by, inputs, size, ours, close, quick }
      const peerCase = `${peerName ?? name}_${what.replace(' ', '_')}`
      rows.push(...(await against(peers, { ...rest, case: peerCase, compareWith: ['jax', 'torch'] })))
      if (hand) rows.push(...(await against(peers, { ...rest, case: hand, compareWith: ['numpy'] })))
    }
  }
  rows.push(...(await compressed(lib, peers, quick)))
  peers.stop()
  return rows
}

/** The Hessian of a factorization as its core, written out, and a Newton step with it, where a framework forms n²k² numbers. */
async function compressed(lib, peers, quick) {
  const [n, k] = [quick ? 40 : 1000, 5]
  const inputs = { T: numbers(n, n), U: numbers(n, k), V: numbers(n, k) }
  const vars = { T: matrix('m', 'n'), U: matrix('m', 'k'), V: matrix('n', 'k') }
  const gradient = lib.derive("norm2(T-U*V')^2", { wrt: 'U', vars })
  const hessian = gradient.derive('U')
  const { U, ...fixed } = inputs
  const at = (await lib.compileAt(hessian)).bind(fixed)
  const slopeAt = (await lib.compile({ gradient })).bind(fixed)
  const expanded = () => at({ U }).expand({ limit: (n * k) ** 2 }).data
  const step = () => at({ U }).newtonStep(slopeAt({ U }).gradient).solution.data
  const cases = [
    // Evaluating the core is timed; what it means is compared written out.
    ['factorization core', 'factorization_columns', () => at({ U }), expanded],
    ['factorization written out', 'factorization_columns', expanded, expanded],
    ['factorization Newton step', 'factorization_newton_dense', step, step],
    ['factorization Newton step, iterated', 'factorization_newton_iterated', step, step],
  ]
  const rows = []
  for (const [name, peerCase, run, answer] of cases) {
    const rest = { name, case: peerCase, by: 'U', inputs, size: { n, k }, ours: { auto: run }, answer, quick }
    rows.push(...(await against(peers, { ...rest, compareWith: ['jax'], close })))
  }
  return rows
}
