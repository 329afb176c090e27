/** One step of evaluation for each node: what it uses, what it costs, and how it runs on the values of its operands. */
import { EincalcError } from '../errors.ts'
import { definitionOf } from '../functions/template.ts'
import { Graph } from '../tensor/graph.ts'
import type { ElementwiseMap, GeneralCall, Node, Operand, Sum, Variable } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { postorder } from '../tensor/walk.ts'
import { type Product, type ProductFactor, prepareProduct, runProduct } from './contraction.ts'
import { sizeOfDimension } from './dimensions.ts'
import { contractionGates, findGates, type Gate } from './gates.ts'
import { type ElementwiseKernel, elementwiseKernel, generalKernel } from './kernels.ts'
import { sizeOf, type Tensor } from './tensor.ts'
import { withoutValue } from './without-value.ts'

/** The value of one node; `slot` is where it is kept. */
export interface Step {
  readonly slot: number
  readonly shape: readonly number[]
  readonly uses: readonly number[]
  /** Entries of the result and, while it is computed, of temporaries. */
  readonly entries: number
  readonly temporaryEntries: number
  readonly operations: number
  readonly run: (values: (Float64Array | undefined)[], inputs: ReadonlyMap<string, Tensor>) => Float64Array
}

/** Prepares the evaluation of one more expression for the same sizes. */
type EvaluateDefinition = (
  root: Node,
  sizes: ReadonlyMap<string, number>,
) => (inputs: ReadonlyMap<string, Tensor>) => Float64Array

type Read = (values: (Float64Array | undefined)[]) => Float64Array

/** The steps of all nodes below some roots. */
export class Preparation {
  readonly roots: readonly Node[]
  readonly sizes: ReadonlyMap<string, number>
  readonly order: readonly Node[]
  readonly slots = new Map<Node, number>()
  readonly shapes = new Map<Node, readonly number[]>()
  private readonly gates: Map<Node, readonly Gate[]>
  private readonly sizeByKey = new Map<string, number>()
  private readonly evaluateDefinition: EvaluateDefinition

  /** `evaluateDefinition` serves functions that have no kernel. */
  constructor(roots: readonly Node[], sizes: ReadonlyMap<string, number>, evaluateDefinition: EvaluateDefinition) {
    this.evaluateDefinition = evaluateDefinition
    this.roots = roots
    this.sizes = sizes
    this.order = postorder(roots)
    for (const [slot, node] of this.order.entries()) this.slots.set(node, slot)
    this.gates = findGates(this.order)
  }

  slotOf(node: Node): number {
    return this.slots.get(node)!
  }

  shapeOf(node: Node): readonly number[] {
    let shape = this.shapes.get(node)
    if (!shape) {
      shape = node.axes.map((dimension) => this.size(dimension))
      this.shapes.set(node, shape)
    }
    return shape
  }

  steps(): Step[] {
    // An indicator becomes a tensor only where something else than a product or a sum needs it: it may be n×n for nothing.
    const materialised = new Set<Node>(this.roots)
    for (const node of this.order) {
      if (node.kind === 'map' || node.kind === 'general') for (const { node: arg } of node.args) materialised.add(arg)
    }
    return this.order
      .filter((node) => node.kind !== 'indicator' || materialised.has(node))
      .map((node) => this.stepOf(node))
  }

  /** For each step the slots that nothing needs after it. */
  lastUses(steps: readonly Step[]): number[][] {
    const kept = new Set(this.roots.map((root) => this.slotOf(root)))
    const last = new Map<number, number>()
    for (const [at, step] of steps.entries()) {
      for (const slot of [step.slot, ...step.uses]) last.set(slot, at)
    }
    const freed: number[][] = steps.map(() => [])
    for (const [slot, at] of last) if (!kept.has(slot)) freed[at]!.push(slot)
    return freed
  }

  private size(dimension: Node['axes'][number]): number {
    let size = this.sizeByKey.get(dimension.key)
    if (size === undefined) {
      size = sizeOfDimension(dimension, this.sizes)
      this.sizeByKey.set(dimension.key, size)
    }
    return size
  }

  private stepOf(node: Node): Step {
    const slot = this.slotOf(node)
    const shape = this.shapeOf(node)
    const base = { slot, shape, uses: [] as number[], entries: sizeOf(shape), temporaryEntries: 0, operations: 1 }
    switch (node.kind) {
      case 'variable':
        // Inputs belong to the caller and take no memory here.
        return { ...base, entries: 0, run: (_, inputs) => inputOf(node, shape, inputs) }
      case 'constant': {
        const value = Float64Array.of(node.value.toNumber())
        return { ...base, run: () => value }
      }
      case 'indicator':
        return this.products(base, [this.termOf({ node, labels: identity(shape.length) }, shape, Rational.ONE)])
      case 'contraction':
        return this.products(base, [
          this.product({
            factors: node.factors.filter((factor) => factor.node.kind !== 'indicator'),
            gates: contractionGates(node, this.gates),
            sizes: node.dimensions.map((dimension) => this.size(dimension)),
            rank: node.rank,
            scale: 1,
          }),
        ])
      case 'sum': {
        const isPlain = node.terms.every((t) => t.node.kind !== 'indicator' && isIdentity(t.labels, shape.length))
        if (isPlain) return this.plainSum(node, base)
        return this.products(
          base,
          node.terms.map((term) => this.termOf(term, shape, term.coefficient)),
        )
      }
      case 'map':
        return this.mapStep(node, base)
      case 'general':
        return this.generalStep(node, base)
    }
  }

  /** A sum of terms of equal axes: no loops to prepare, as long chains of scalars have many. */
  private plainSum({ terms }: Sum, base: Omit<Step, 'run'>): Step {
    const uses = terms.map((term) => this.slotOf(term.node))
    const coefficients = terms.map((term) => term.coefficient.toNumber())
    return {
      ...base,
      uses,
      operations: base.entries * terms.length,
      run: (values) => {
        const out = new Float64Array(base.entries)
        for (const [at, slot] of uses.entries()) {
          const data = values[slot]!
          const coefficient = coefficients[at]!
          for (let k = 0; k < out.length; k++) out[k]! += coefficient * data[k]!
        }
        return out
      },
    }
  }

  /** A product whose factors are operands; indicators have gone into the gates. */
  private product(request: {
    factors: readonly (Operand & { exponent: Rational })[]
    gates: readonly Gate[]
    sizes: readonly number[]
    rank: number
    scale: number
  }): Product & { uses: readonly number[] } {
    const factors = request.factors.map(
      ({ node, labels, exponent }): ProductFactor => ({
        slot: this.slotOf(node),
        labels,
        exponent,
        shape: this.shapeOf(node),
      }),
    )
    const product = prepareProduct({
      ...request,
      factors,
      slotOf: (mask) => this.slotOf(mask),
      shapeOf: (node) => this.shapeOf(node),
      dimensionSizes: this.sizes,
      firstTemporary: this.order.length,
    })
    const masks = request.gates.filter((gate) => gate.node.kind !== 'indicator').map((gate) => this.slotOf(gate.node))
    return { ...product, uses: [...factors.map((factor) => factor.slot), ...masks] }
  }

  /** One summand over the axes of its sum. */
  private termOf({ node, labels }: Operand, shape: readonly number[], coefficient: Rational) {
    const isIndicator = node.kind === 'indicator'
    return this.product({
      factors: isIndicator ? [] : [{ node, labels, exponent: Rational.ONE }],
      gates: isIndicator ? [{ node, labels }] : [],
      sizes: shape,
      rank: shape.length,
      scale: coefficient.toNumber(),
    })
  }

  private products(base: Omit<Step, 'run'>, products: readonly (Product & { uses: readonly number[] })[]): Step {
    const { entries } = base
    return {
      ...base,
      uses: products.flatMap((product) => product.uses),
      operations: products.reduce((sum, product) => sum + product.operations, entries),
      temporaryEntries: products.reduce((most, product) => Math.max(most, product.temporaryEntries), 0),
      run: (values) => {
        const out = new Float64Array(entries)
        for (const product of products) runProduct(product, values, out)
        return out
      },
    }
  }

  /** An operand with these axes, in this order, where it lacks some or has others. */
  private aligned(operand: Operand, shape: readonly number[]): { uses: number; entries: number; read: Read } {
    const slot = this.slotOf(operand.node)
    if (isIdentity(operand.labels, shape.length)) return { uses: slot, entries: 0, read: (values) => values[slot]! }
    const copy = prepareProduct({
      factors: [{ slot, labels: operand.labels, exponent: Rational.ONE, shape: this.shapeOf(operand.node) }],
      gates: [],
      slotOf: () => slot,
      shapeOf: () => shape,
      sizes: shape,
      rank: shape.length,
      scale: 1,
      dimensionSizes: this.sizes,
      firstTemporary: this.order.length,
    })
    const entries = sizeOf(shape)
    return {
      uses: slot,
      entries,
      read: (values) => {
        const out = new Float64Array(entries)
        runProduct(copy, values, out)
        return out
      },
    }
  }

  private mapStep(node: ElementwiseMap, base: Omit<Step, 'run'>): Step {
    const kernel = elementwiseKernel(node.name)
    if (!kernel) return this.definedStep(node, base)
    const args = node.args.map((arg) =>
      arg.labels.length === 0
        ? { uses: this.slotOf(arg.node), entries: 0, read: ((values) => values[this.slotOf(arg.node)]!) satisfies Read }
        : this.aligned(arg, base.shape),
    )
    const scalars = node.args.map((arg) => arg.labels.length === 0)
    return {
      ...base,
      uses: args.map((arg) => arg.uses),
      temporaryEntries: args.reduce((sum, arg) => sum + arg.entries, 0),
      operations: 10 * base.entries,
      run: (values) =>
        applyKernel(
          kernel,
          args.map((arg) => arg.read(values)),
          scalars,
          base.entries,
        ),
    }
  }

  /** A function without a kernel: its definition over variables that stand for the arguments. */
  private definedStep(node: ElementwiseMap, base: Omit<Step, 'run'>): Step {
    const g = new Graph()
    const names = node.args.map((_, k) => `argument ${k + 1}`)
    const args = node.args.map(({ node: arg, labels }, k) => ({ node: g.variable(names[k]!, arg.axes), labels }))
    const definition = definitionOf(g, g.map(node.name, node.axes, args))
    if (!definition) throw new TypeError(`no kernel and no definition of ${node.name}`)
    const run = this.evaluateDefinition(definition, this.sizes)
    const slots = node.args.map((arg) => this.slotOf(arg.node))
    return {
      ...base,
      uses: slots,
      operations: 10 * base.entries,
      temporaryEntries: 4 * base.entries,
      run: (values) => {
        const inputs = node.args.map((arg, k): [string, Tensor] => [
          names[k]!,
          { shape: this.shapeOf(arg.node), data: values[slots[k]!]! },
        ])
        return run(new Map(inputs))
      },
    }
  }

  private generalStep(node: GeneralCall, base: Omit<Step, 'run'>): Step {
    const kernel = generalKernel(node.name)
    if (!kernel) throw new TypeError(`no kernel of ${node.name}`)
    const batch = base.shape.slice(0, node.batch)
    const batches = sizeOf(batch)
    const own = node.args.map(({ node: arg, labels }) => {
      const lengths: number[] = []
      for (const [axis, label] of labels.entries()) {
        if (label >= node.batch) lengths[label - node.batch] = this.shapeOf(arg)[axis]!
      }
      return lengths
    })
    const args = node.args.map((arg, k) => this.aligned(arg, [...batch, ...own[k]!]))
    const lengths = own.map(sizeOf)
    const outLength = base.entries / batches
    const work = workOf(node, own[0]!)
    return {
      ...base,
      uses: args.map((arg) => arg.uses),
      temporaryEntries: args.reduce((sum, arg) => sum + arg.entries, 0) + 2 * lengths.reduce((a, b) => a + b, 0),
      operations: batches * lengths.reduce((a, b) => a + b, 0) * work,
      run: (values) => {
        const data = args.map((arg) => arg.read(values))
        const out = new Float64Array(base.entries)
        for (let b = 0; b < batches; b++) {
          const slices = data.map((all, k) => all.subarray(b * lengths[k]!, (b + 1) * lengths[k]!))
          if (!kernel(slices, own, out.subarray(b * outLength, (b + 1) * outLength)))
            throw withoutValue(node.name, nameOf(node))
        }
        return out
      },
    }
  }
}

/** Operations of a general function for each entry of its arguments. */
function workOf({ name, args }: GeneralCall, lengths: readonly number[]): number {
  if (lengths.length !== 2) return 4
  // What is read off a triangular form takes the rounds of iteration that lead to it; a derivative in d directions is of blocks.
  return lengths[0]! * (iterations.get(name) ?? 1) * (isFrechet(name) ? 8 ** (args.length - 1) : 1)
}

function isFrechet(name: string): boolean {
  return name === 'dexpm' || name === 'dlogm'
}

const iterations: ReadonlyMap<string, number> = new Map([
  ['pinv', 20],
  ['sylvester', 20],
  ['sqrtm', 20],
  ['expm', 20],
  ['logm', 80],
  ['dexpm', 20],
  ['dlogm', 80],
])

function applyKernel(
  kernel: ElementwiseKernel,
  args: readonly Float64Array[],
  scalars: readonly boolean[],
  entries: number,
): Float64Array {
  const out = new Float64Array(entries)
  const [a, b, c] = args
  const [p, q, r] = scalars.map((scalar) => (scalar ? 0 : 1))
  if (!a) out.fill(kernel())
  else if (!b) for (let k = 0; k < entries; k++) out[k] = kernel(a[k * p!]!)
  else if (!c) for (let k = 0; k < entries; k++) out[k] = kernel(a[k * p!]!, b[k * q!]!)
  else for (let k = 0; k < entries; k++) out[k] = kernel(a[k * p!]!, b[k * q!]!, c[k * r!]!)
  return out
}

function inputOf(node: Variable, shape: readonly number[], inputs: ReadonlyMap<string, Tensor>): Float64Array {
  const input = inputs.get(node.name)!
  const fits = input.shape.length === shape.length && input.shape.every((length, axis) => length === shape[axis])
  if (fits) return input.data
  throw new EincalcError({
    code: 'ShapeMismatch',
    message: `${node.name} has the shape [${input.shape}] where [${shape}] is expected`,
  })
}

function nameOf({ name, args }: GeneralCall): string {
  const argument = args[0]!.node
  return argument.kind === 'variable' ? argument.name : `the argument of ${name}`
}

function isIdentity(labels: readonly number[], order: number): boolean {
  return labels.length === order && labels.every((label, axis) => label === axis)
}

function identity(length: number): number[] {
  return Array.from({ length }, (_, position) => position)
}
