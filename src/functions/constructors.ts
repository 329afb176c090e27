/**
 * Tensors without entries of their own: `eye(n)`, `ones(m,n)`, `zeros(n)`, and `eye`, `vector(c)`, `matrix(c)`, which take
 * their sizes from what stands beside them.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph } from '../tensor/graph.ts'
import type { Node } from '../tensor/node.ts'
import type { LanguageFunction, TypedCall, Typer } from './entry.ts'
import { argument, axis, matrix, vector } from './shape.ts'

export const constructors: readonly LanguageFunction[] = [
  {
    name: 'eye',
    usage: 'eye(n), eye',
    doc: 'The unit matrix; without a size it takes that of what stands beside it.',
    latex: () => 'I',
    parameters: ['size'],
    arity: [0, 1],
    type(typer, call) {
      const side = call.sizes[0] ?? typer.fresh()
      return matrix(side, side)
    },
    build: (g, _args, call) => g.delta(axis(call.result, 0)),
  },
  {
    name: 'ones',
    usage: 'ones(n), ones(m,n)',
    doc: 'The tensor of these sizes whose entries are 1; with one size a vector.',
    latex: () => '\\mathbf{1}',
    parameters: ['size'],
    arity: [1, Number.POSITIVE_INFINITY],
    type: (_typer, call) => ({ axes: call.sizes }),
    build: (g, _args, call) => g.ones(call.result.axes),
  },
  {
    name: 'zeros',
    usage: 'zeros(n), zeros(m,n)',
    doc: 'The tensor of these sizes whose entries are 0; with one size a vector.',
    latex: () => '\\mathbf{0}',
    parameters: ['size'],
    arity: [1, Number.POSITIVE_INFINITY],
    type: (_typer, call) => ({ axes: call.sizes }),
    build: (g, _args, call) => g.zero(call.result.axes),
  },
  {
    name: 'vector',
    usage: 'vector(c), vector[i](t)',
    doc: 'The column whose entries are all c, as long as what stands beside it; with a label, the column of the values of t.',
    latex: (c) => `${c} \\mathbf{1}`,
    parameters: ['value'],
    arity: [1, 1],
    binder: 'gather',
    type(typer, call) {
      checkEntry(typer, call)
      return vector(typer.fresh())
    },
    build: (g, [entry], call) => filled(g, entry as Node, call.result.axes),
  },
  {
    name: 'matrix',
    usage: 'matrix(c), matrix[i,j](t)',
    doc: 'The matrix whose entries are all c, as large as what stands beside it; with labels, the matrix of the values of t.',
    latex: (c) => `${c} \\mathbf{1} \\mathbf{1}^\\top`,
    parameters: ['value'],
    arity: [1, 1],
    binder: 'gather',
    type(typer, call) {
      checkEntry(typer, call)
      return matrix(typer.fresh(), typer.fresh())
    },
    build: (g, [entry], call) => filled(g, entry as Node, call.result.axes),
  },
]

function checkEntry(typer: Typer, call: TypedCall): void {
  const entry = argument(call)
  if (entry.axes.length > 0) typer.fail('TypeMismatch', `${typer.name(0)} ${typer.describe(entry)}, not a scalar`)
}

function filled(g: Graph, entry: Node, axes: readonly Dimension[]): Node {
  if (entry.kind === 'constant') return g.scale(entry.value, g.ones(axes))
  const labels = axes.map((_, label) => label)
  return g.contract(labels, [[entry, []]], new Map(axes.map((dimension, label) => [label, dimension])))
}
