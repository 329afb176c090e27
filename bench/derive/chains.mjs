// Long expressions of several kinds, built of nodes, since a text may have at most a megabyte; SymPy builds the same.
import { Expression, parse } from '../../dist/index.js'

/** Rows of W times y, the sum of a vector, and the like, over the builder of nodes. */
const apply = (g, name, node) => g.apply(name, node)
const times = (g, matrix, vector, labels = ['i', 'j']) =>
  g.contract(
    ['i'],
    [
      [matrix, labels],
      [vector, ['j']],
    ],
  )
const total = (g, vector) => g.contract([], [[vector, ['i']]])

function repeat(steps, first, step) {
  let node = first
  for (let k = 0; k < steps; k++) node = step(node, k)
  return node
}

/**
 * Each kind: a text that declares what it needs, how many operations a step has, the chain of so many steps, and the
 * variable to differentiate by; where SymPy can write it, the same as a program that binds y.
 */
export const kinds = {
  'sin(sin(…x))': {
    text: 'x',
    vars: { x: 'scalar' },
    operations: 1,
    build: (g, { x }, steps) => repeat(steps, x, (y) => apply(g, 'sin', y)),
    sympy: 'y = x\nfor k in range(steps): y = sin(y)',
  },
  'y + sin(y), scalars': {
    text: 'x',
    vars: { x: 'scalar' },
    operations: 2,
    build: (g, { x }, steps) => repeat(steps, x, (y) => g.add(y, apply(g, 'sin', y))),
    sympy: 'y = x\nfor k in range(steps): y = y + sin(y)',
  },
  'sum of sin(k*x)': {
    text: 'x',
    vars: { x: 'scalar' },
    operations: 3,
    build: (g, { x }, steps) => g.add(...Array.from({ length: steps }, (_, k) => apply(g, 'sin', g.scale(k + 1, x)))),
    sympy: 'y = Add(*[sin(k*x) for k in range(1, steps + 1)])',
  },
  'product of cos(x/k)': {
    text: 'x',
    vars: { x: 'scalar' },
    operations: 3,
    build: (g, { x }, steps) =>
      g.multiply(
        ...Array.from({ length: steps }, (_, k) => apply(g, 'cos', g.scale(1 / 2 ** (k % 8), g.add(x, g.constant(k))))),
      ),
    sympy: 'y = Mul(*[cos((x + k)/Integer(2)**(k % 8)) for k in range(steps)])',
  },
  'tanh(W*y), layers': {
    text: 'W*x',
    vars: { W: 'matrix(n,n)', x: 'vector(n)' },
    operations: 2,
    build: (g, { W, x }, steps) =>
      total(
        g,
        repeat(steps, x, (y) => apply(g, 'tanh', times(g, W, y))),
      ),
  },
  'tanh(W*y), layers, by W': {
    text: 'W*x',
    vars: { W: 'matrix(n,n)', x: 'vector(n)' },
    wrt: 'W',
    operations: 2,
    build: (g, { W, x }, steps) =>
      total(
        g,
        repeat(steps, x, (y) => apply(g, 'tanh', times(g, W, y))),
      ),
  },
  'y + tanh(W*y), layers': {
    text: 'W*x',
    vars: { W: 'matrix(n,n)', x: 'vector(n)' },
    operations: 3,
    build: (g, { W, x }, steps) =>
      total(
        g,
        repeat(steps, x, (y) => g.add(y, apply(g, 'tanh', times(g, W, y)))),
      ),
  },
  "A'*A*…*x": {
    text: 'A*x',
    vars: { A: 'matrix(n,n)', x: 'vector(n)' },
    operations: 1,
    build: (g, { A, x }, steps) =>
      total(
        g,
        repeat(steps, x, (y, k) => times(g, A, y, k % 2 === 0 ? ['i', 'j'] : ['j', 'i'])),
      ),
  },
}

/** The expression of one kind with about this many operations, as if it had been read. */
export function chain({ text, vars, operations, build }, count) {
  const { graph, resolved, variables } = parse(text, { vars })
  const nodes = Object.fromEntries([...variables].map(([name, { node }]) => [name, node]))
  const node = build(graph, nodes, Math.max(1, Math.round(count / operations)))
  return () => new Expression(text, { ...resolved, result: { node, shape: { axes: node.axes } } })
}
