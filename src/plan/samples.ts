/**
 * Results of data that is read in parts: which sums over the samples they are made of.
 *
 * One dimension counts the samples, say m. A part of an expression has no entry for each sample, or it is *sampled*: it has
 * one axis of length m, and each of its entries depends on one sample only. A contraction that sums over that axis is a sum
 * over the samples; it can be computed block by block. What holds such sums as its operands depends on samples through them
 * only. So results are computed in passes over the data: each adds up sums that need no other sums than those of passes before it, and
 * at last the results are computed from the sums.
 */
import { EincalcError } from '../errors.ts'
import { Dimension } from '../tensor/dimension.ts'
import { type Graph, identity } from '../tensor/graph.ts'
import {
  type Contraction,
  type Factor,
  type GeneralCall,
  type Node,
  type Operand,
  operands,
  type Variable,
} from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import { postorder } from '../tensor/walk.ts'

/** A sum over the samples, and the variable that stands for it in what needs it. */
export interface SampleSum {
  readonly node: Node
  readonly stands: Variable
}

export interface SamplePlan {
  readonly passes: readonly (readonly SampleSum[])[]
  /** The results, computed from the sums: the dimension of the samples occurs in none of them. */
  readonly roots: readonly Node[]
}

/** A node as passes compute it. */
interface State {
  readonly node: Node
  /** The pass after which all sums in it are known; 0 without any. */
  readonly pass: number
  /** Its axis of samples. */
  readonly axis: number | undefined
}

/**
 * The passes for roots in which the dimension `samples` counts samples. Throws `LimitExceeded` with the reason where a root
 * depends on samples otherwise than through such sums.
 */
export function planSamples(g: Graph, roots: readonly Node[], samples: string): SamplePlan {
  const splitter = new Splitter(g, samples)
  for (const node of postorder(roots)) splitter.visit(node)
  return {
    roots: roots.map((root) => {
      const { node, axis } = splitter.stateOf(root)
      if (axis !== undefined) throw splitter.refusal('a result has an entry for each sample')
      return node
    }),
    passes: splitter.passes,
  }
}

class Splitter {
  readonly passes: SampleSum[][] = []
  readonly #g: Graph
  readonly #samples: string
  readonly #states = new Map<Node, State>()
  readonly #sums = new Map<Node, State>()

  constructor(g: Graph, samples: string) {
    this.#g = g
    this.#samples = samples
  }

  stateOf(node: Node): State {
    return this.#states.get(node) as State
  }

  refusal(reason: string): EincalcError {
    return new EincalcError({
      code: 'LimitExceeded',
      message: `this is no sum over ${this.#samples}, so that its data cannot be read in parts: ${reason}`,
      hint: 'Raise --memory, or ask for less: a value or derivative that adds up what each sample gives.',
    })
  }

  visit(node: Node): void {
    this.#states.set(node, this.#split(node))
  }

  #split(node: Node): State {
    const g = this.#g
    const axis = this.#axisOf(node)
    const args = operands(node).map((operand) => this.stateOf(operand.node))
    const pass = args.reduce((most, state) => Math.max(most, state.pass), 0)
    const moved = <T extends Operand>(operand: T): T => ({ ...operand, node: this.stateOf(operand.node).node })
    switch (node.kind) {
      case 'variable':
      case 'constant':
        return { node, pass, axis }
      case 'indicator': {
        const dimensions = node.conditions.flatMap(({ terms, offset }) => [offset, ...terms.map((t) => t.coefficient)])
        if (axis !== undefined || dimensions.some((each) => each.names.includes(this.#samples))) {
          throw this.refusal('some samples are told from others by their number')
        }
        return { node, pass, axis }
      }
      case 'sum':
        return { node: g.sum(node.axes, node.terms.map(moved)), pass, axis }
      case 'map':
        return { node: g.map(node.name, node.axes, node.args.map(moved)), pass, axis }
      case 'general': {
        const runsAlong = node.args.some((arg) => {
          const own = this.stateOf(arg.node).axis
          return own !== undefined && (arg.labels[own] as number) >= node.batch
        })
        if (runsAlong && (node.name === 'norm2' || node.name === 'rnorm2')) return this.#norm(node, axis)
        if (runsAlong || (axis ?? -1) >= node.batch) throw this.refusal(`${node.name} takes all samples at once`)
        const [batch, own] = [node.axes.slice(0, node.batch), node.axes.slice(node.batch)]
        return { node: g.general(node.name, batch, own, node.args.map(moved)), pass, axis }
      }
      case 'contraction':
        return this.#contraction(node, axis)
    }
  }

  /** The norm of samples is that of one number, the root of their sum of squares. */
  #norm({ name, args, batch, axes }: GeneralCall, axis: number | undefined): State {
    const g = this.#g
    const [arg] = args as readonly [Operand]
    const dimensions = [...axes.slice(0, batch)]
    for (const [at, label] of arg.labels.entries()) dimensions[label] = arg.node.axes[at] as Dimension
    const squares = g.contraction([{ ...arg, exponent: Rational.TWO }], dimensions, batch)
    this.#states.set(squares, this.#contraction(squares, axis))
    const { node, pass } = this.stateOf(squares)
    const one = [...axes.slice(0, batch), ...dimensions.slice(batch).map(() => Dimension.ONE)]
    const labels = identity(batch)
    const root = g.contraction([{ node, labels, exponent: Rational.HALF }], one, one.length)
    const whole = { node: root, labels: identity(one.length) }
    return { node: g.general(name, axes.slice(0, batch), axes.slice(batch), [whole]), pass, axis }
  }

  #axisOf({ axes }: Node): number | undefined {
    const own = axes.flatMap((axis, position) => (axis.names.includes(this.#samples) ? [position] : []))
    if (own.some((position) => axes[position]?.name !== this.#samples)) {
      throw this.refusal(`an axis has the length ${axes[own[0] as number]?.key}`)
    }
    if (own.length > 1) throw this.refusal('pairs of samples are looked at')
    return own[0]
  }

  #contraction({ factors, dimensions, rank }: Contraction, axis: number | undefined): State {
    const labels = dimensions.flatMap(({ name, names }, label) => {
      if (!names.includes(this.#samples)) return []
      if (name !== this.#samples) throw this.refusal(`a sum runs over ${dimensions[label]?.key}`)
      return [label]
    })
    const summed = labels.filter((label) => label >= rank)
    const made = factors.map((factor): Factor => ({ ...factor, node: this.stateOf(factor.node).node }))
    const passes = factors.map((factor) => this.stateOf(factor.node).pass)
    const own = factors.map((factor) => {
      const position = this.stateOf(factor.node).axis
      return position === undefined ? undefined : (factor.labels[position] as number)
    })
    // Numbers that are sums themselves are multiplied afterwards, so that they need no pass of their own. With one summed
    // label the other factors stay inside, where they may make the sum smaller.
    const isAlone = summed.length === 1 && labels.length === 1
    let outside: { readonly factor: Factor; readonly pass: number }[] = []
    const inside = new Map(summed.map((label) => [label, [] as number[]]))
    for (const [k, factor] of made.entries()) {
      const label = isAlone && (passes[k] === 0 || factor.labels.length > 0) ? summed[0] : own[k]
      const group = label === undefined ? undefined : inside.get(label)
      if (group) group.push(k)
      else outside.push({ factor, pass: passes[k] as number })
    }
    for (const [label, group] of inside) {
      const all = group.flatMap((k) => made[k]?.labels ?? [])
      const kept = isAlone
        ? dimensions.map((_, at) => at).filter((at) => at < rank)
        : [...new Set(all)].filter((at) => at !== label)
      const bound = isAlone ? dimensions.map((_, at) => at).filter((at) => at >= rank) : [label]
      const order = [...kept, ...bound]
      const node = this.#g.contraction(
        group.map((k) => {
          const factor = made[k] as Factor
          return { ...factor, labels: factor.labels.map((at) => order.indexOf(at)) }
        }),
        order.map((at) => dimensions[at] as (typeof dimensions)[number]),
        kept.length,
      )
      const sum = this.#sum(node, 1 + group.reduce((most, k) => Math.max(most, passes[k] as number), 0))
      outside = [...outside, { factor: { node: sum.node, labels: kept, exponent: Rational.ONE }, pass: sum.pass }]
    }
    const pass = outside.reduce((most, each) => Math.max(most, each.pass), 0)
    const [only] = outside
    if (only && summed.length > 0 && outside.length === 1 && only.factor.labels.length === rank && isAlone) {
      return { node: only.factor.node, pass, axis }
    }
    // What is summed within is gone; other labels keep their order.
    const left = dimensions.map((_, at) => at).filter((at) => !(isAlone ? at >= rank : summed.includes(at)))
    const node = this.#g.contraction(
      outside.map(({ factor }) => ({ ...factor, labels: factor.labels.map((at) => left.indexOf(at)) })),
      left.map((at) => dimensions[at] as (typeof dimensions)[number]),
      rank,
    )
    return { node, pass, axis }
  }

  /** The variable that stands for a sum over the samples, which that pass computes. */
  #sum(node: Contraction, pass: number): State {
    const known = this.#sums.get(node)
    if (known) return known
    const list = this.passes[pass - 1] ?? []
    this.passes[pass - 1] = list
    // No name of the language has a space.
    const stands = this.#g.variable(`sum ${this.#sums.size + 1}`, node.axes)
    list.push({ node, stands })
    const state = { node: stands, pass, axis: undefined }
    this.#sums.set(node, state)
    return state
  }
}
