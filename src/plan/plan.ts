/**
 * Makes the plan of a program: the steps that compute several outputs at once, sharing what they have in common.
 *
 * A plan knows nothing of a target: languages print it, engines run it, both multiply in its order. It is a value that
 * says its cost and prints itself.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Label, Node } from '../tensor/node.ts'
import type { Rational } from '../tensor/rational.ts'
import { postorder } from '../tensor/walk.ts'
import { type Cost, costOf, stepOperations } from './cost.ts'
import { describeStep } from './describe.ts'
import { fuseMaps, prune } from './fuse.ts'
import { type Gate, gatesOf } from './gates.ts'
import { type PlanOptions, type PlanOutput, RANKED_SIZE, REFERENCE_SIZE } from './input.ts'
import { addViews, lowerNode, lowerTerm, neededInverses } from './lower.ts'
import { type Lowering, Products } from './multiply.ts'
import { finish, prepare } from './product.ts'
import type { Leaf, Step, ValueId, View } from './step.ts'
import { Values } from './values.ts'

/** An output as values: dense, or the cores of its terms. */
export type PlannedOutput =
  | { readonly kind: 'dense'; readonly value: ValueId; readonly axes: readonly Dimension[] }
  | { readonly kind: 'terms'; readonly axes: readonly Dimension[]; readonly terms: readonly PlannedTerm[] }

/** coefficient · Π cores → output, an einsum whose output may repeat labels (`ab->iaib`). */
export interface PlannedTerm {
  readonly coefficient: Rational
  readonly cores: readonly Leaf[]
  readonly output: readonly Label[]
}

/** The operations that one fused elementwise step holds at most, unless an option says otherwise. */
const FUSE = 24

export class Plan {
  readonly steps: readonly Step[]
  readonly outputs: readonly PlannedOutput[]
  /** The step that computes a node: its value is the node but for a factor and the order of axes, or has it within. */
  readonly origins: ReadonlyMap<Node, ValueId>

  constructor(steps: readonly Step[], outputs: readonly PlannedOutput[], origins: ReadonlyMap<Node, ValueId>) {
    this.steps = steps
    this.outputs = outputs
    this.origins = origins
  }

  /**
   * Scalar multiplications and additions, elements of the largest intermediate, and peak bytes at 8 bytes an element, for
   * the given sizes; nothing is evaluated. Throws `BadRequest` if a size is missing.
   */
  cost(dims: ReadonlyMap<string, number>): Cost {
    return costOf(this.steps, this.outputs, dims)
  }

  /** One line for each step: name, what it does, shape, and with `dims` its operations and bytes. */
  describe(dims?: ReadonlyMap<string, number>): string {
    const lines = this.steps.map((step, value) => {
      const numbers = dims
        ? `  ${stepOperations(step, this.steps, dims)} operations, ${8 * elements(step.axes, dims)} bytes`
        : ''
      return `${describeStep(this.steps, step, value)}${numbers}`
    })
    for (const output of this.outputs) lines.push(describeOutput(this.steps, output))
    return lines.join('\n')
  }
}

function elements(axes: readonly Dimension[], dims: ReadonlyMap<string, number>): number {
  return axes.reduce((product, axis) => product * axis.evaluate(dims), 1)
}

function describeOutput(steps: readonly Step[], output: PlannedOutput): string {
  const name = (value: ValueId) => {
    const step = steps[value]
    return step?.kind === 'input' ? step.name : `t${value}`
  }
  if (output.kind === 'dense') return `output ${name(output.value)}`
  const terms = output.terms.map(({ coefficient, cores, output: labels }) => {
    const letters = (list: readonly Label[]) => list.map((label) => `${label}`).join(',')
    const operands = cores.map((core) => `${name(core.value)}[${letters(core.labels)}]`)
    return `${[coefficient.key, ...operands].join(' ')} -> [${letters(labels)}]`
  })
  return `output ${terms.join(' + ')}`
}

/** The plan that computes these outputs, in order, each step once. Time is linear in the size of the graph. */
export function plan(outputs: readonly PlanOutput[], options: PlanOptions = {}): Plan {
  const roots = outputs.flatMap((output): Node[] =>
    output.kind === 'dense' ? [output.node] : output.terms.flatMap((term) => term.factors.map((factor) => factor.node)),
  )
  const order = postorder(roots)
  const terms = outputs.flatMap((output) => (output.kind === 'terms' ? output.terms : []))
  const dense = outputs.flatMap((output) => (output.kind === 'dense' ? [output.node] : []))
  const values = new Values()
  const views = new Map<Node, View>()
  const gates = new Map<Node, readonly Gate[]>()
  const lowering: Lowering = {
    values,
    views,
    gates,
    inverses: neededInverses(dense, order, terms),
    size: sizes(options),
    memory: options.memory,
    quick: options.quick ?? false,
    products: new Products(),
  }
  for (const node of order) {
    const found = gatesOf(node, gates)
    if (found.length > 0) gates.set(node, found)
    views.set(node, lowerNode(lowering, node))
  }
  const planned = outputs.map((output) => planOutput(lowering, output))
  const fused =
    options.fuse === 1
      ? { steps: values.steps, within: new Map<ValueId, ValueId>() }
      : fuseMaps(values.steps, planned, options.fuse ?? FUSE)
  const pruned = prune(fused.steps, planned)
  const origins = new Map<Node, ValueId>()
  for (const [node, { value }] of views) {
    let into = value
    for (let next = fused.within.get(into); next !== undefined; next = fused.within.get(into)) into = next
    const position = pruned.position[into]
    if (position !== undefined) origins.set(node, position)
  }
  // An output is a step of its own where its view is not yet the dense value.
  for (const [k, output] of outputs.entries()) {
    const made = pruned.outputs[k]
    if (output.kind === 'dense' && made?.kind === 'dense') origins.set(output.node, made.value)
  }
  return new Plan(pruned.steps, pruned.outputs, origins)
}

function planOutput(lowering: Lowering, output: PlanOutput): PlannedOutput {
  const { values, views } = lowering
  if (output.kind === 'dense') {
    const view = views.get(output.node)
    if (!view) throw new RangeError('an output has not been lowered')
    const axes = output.node.axes
    return { kind: 'dense', value: values.materialise(view, axes, true).value, axes }
  }
  if (output.compressed) {
    const terms = output.terms.map((term): PlannedTerm => {
      const { coefficient, cores, output: labels } = lowerTerm(lowering, term)
      return { coefficient, cores, output: labels }
    })
    return { kind: 'terms', axes: output.axes, terms: terms.filter((term) => !term.coefficient.isZero) }
  }
  const termViews = output.terms.map((term) => finish(lowering, prepare(lowering, term)))
  const sum = addViews(lowering, termViews, output.axes)
  return { kind: 'dense', value: values.materialise(sum, output.axes, true).value, axes: output.axes }
}

/** Sizes of dimensions, each polynomial evaluated once. */
function sizes({ dims, ranks }: PlanOptions): (dimension: Dimension) => number {
  const ranked = [...(ranks ?? [])].map(([name, rank]) => [name, RANKED_SIZE[rank]] as const)
  const all = new Map([...ranked, ...(dims ?? [])])
  const known = new Map<string, number>()
  return (dimension) => {
    const size = known.get(dimension.key) ?? dimension.evaluate(all, REFERENCE_SIZE)
    known.set(dimension.key, size)
    return size
  }
}
