/** The numbers of a derivative at a point, compressed as far as its structure and the sizes allow. */
import { CompressedTensor, type CompressedTerm, merged } from '../compressed/index.ts'
import { type Tensor, variablesOf } from '../evaluate/index.ts'
import type { Graph } from '../tensor/graph.ts'
import { identity } from '../tensor/graph.ts'
import type { Factor, Node } from '../tensor/node.ts'
import { Rational } from '../tensor/rational.ts'
import type { StructuredTerm } from '../tensor/structured.ts'
import { backendOf, type Root, reference } from './backend.ts'
import type { CompileOptions } from './compile.ts'
import type { Derivative } from './derivative.ts'
import { type Inputs, type Sizes, sizesOf } from './inputs.ts'
import { type ProgramSource, Session } from './session.ts'
import { patternOf, shapeAt } from './values.ts'

export interface AtOptions {
  /** Sizes of dimensions that the inputs do not settle. */
  readonly dims?: Sizes
}

export type CompileAtOptions = Omit<CompileOptions, 'precision'>

/** A function of the inputs that gives the derivative at them, as `derivative.at` does, compressed. */
export interface CompiledAt {
  (inputs: Inputs): CompressedTensor
  /** A function of the other inputs; these are copied and checked once, and stay where they are computed with. */
  bind(inputs: Inputs): (rest?: Inputs) => CompressedTensor
  /** The engine that computes the cores. */
  readonly engine: string
}

/**
 * Compiles the cores of a derivative into one program, for points one after the other, as in Newton's method. Throws what
 * `compile` throws.
 */
export async function compileAt(derivative: Derivative, options: CompileAtOptions = {}): Promise<CompiledAt> {
  const { engine = 'auto', dims, finite = false, ...limits } = options
  const backend = await backendOf(engine)
  const given = { backend, dims: sizesOf(dims), finite, limits }
  const own = new CoreProgram(derivative, given)
  return Object.assign((inputs: Inputs) => own.at(inputs), {
    bind: (inputs: Inputs) => {
      const bound = new CoreProgram(derivative, given, inputs)
      return (rest: Inputs = {}) => bound.at(rest)
    },
    engine: backend.name,
  })
}

/** The derivative at the inputs; the last variable's axes are the columns. */
export function derivativeAt(derivative: Derivative, inputs: Inputs, { dims }: AtOptions = {}): CompressedTensor {
  return new CoreProgram(derivative, { backend: reference, dims: sizesOf(dims), finite: false, limits: {} }).at(inputs)
}

/** Cores, with what they are the numbers of. */
interface Found extends NonNullable<Session['ready']> {
  readonly cores: readonly Tensor[]
}

type CoreProgramOptions = Pick<ProgramSource, 'backend' | 'dims' | 'finite' | 'limits'>

class CoreProgram {
  readonly #derivative: Derivative
  readonly #options: CoreProgramOptions
  readonly #fixed: Inputs
  readonly #opened: Session
  /** Where a core that is opened holds an entry that its mask excludes. */
  #closed: Session | undefined
  /** The terms of each list of roots: cores in order, each once. */
  readonly #terms = new WeakMap<readonly Root[], readonly StructuredTerm[]>()

  constructor(derivative: Derivative, options: CoreProgramOptions, fixed: Inputs = {}) {
    this.#derivative = derivative
    this.#options = options
    this.#fixed = fixed
    const { graph } = derivative.expression
    this.#opened = this.#session((sizes) => derivative.terms.map((term) => openCores(graph, term, sizes)))
  }

  at(inputs: Inputs): CompressedTensor {
    const found = this.#run(this.#opened, inputs)
    if (found.cores.every(({ data }) => data.every(Number.isFinite))) return this.#tensor(found)
    // An entry that a mask excludes may be infinite or no number: then a core keeps its mask within.
    this.#closed ??= this.#session(() => this.#derivative.terms)
    return this.#tensor(this.#run(this.#closed, inputs))
  }

  #session(termsAt: (sizes: ReadonlyMap<string, number>) => readonly StructuredTerm[]): Session {
    const { expression, terms } = this.#derivative
    const variables = [...expression.variables.values()].map(({ node }) => node)
    const used = variablesOf(coresOf(terms))
    const rootsAt = (sizes: ReadonlyMap<string, number>) => {
      const terms = termsAt(sizes)
      const roots = coresOf(terms).map((node): Root => ({ node, output: { kind: 'dense', node } }))
      this.#terms.set(roots, terms)
      return roots
    }
    return new Session({ results: [this.#derivative], variables, used, rootsAt, ...this.#options }, this.#fixed)
  }

  #run(session: Session, inputs: Inputs): Found {
    const cores = session.evaluate(inputs) as Tensor[]
    return { cores, ...(session.ready as NonNullable<Session['ready']>) }
  }

  #tensor({ cores, roots, sizes }: Found): CompressedTensor {
    const derivative = this.#derivative
    const shape = shapeAt(derivative, sizes)
    const split = shape.length - (derivative.variableShapes.at(-1)?.axes.length ?? 0)
    const byNode = new Map(roots.map(({ node }, k) => [node, cores[k] as Tensor]))
    const terms = (this.#terms.get(roots) ?? []).map(
      (term): CompressedTerm => ({
        pattern: patternOf(derivative, term),
        scale: term.coefficient.toNumber(),
        cores: term.factors.map(({ node }) => byNode.get(node) as Tensor),
      }),
    )
    return new CompressedTensor(merged(terms, shape), shape, split)
  }
}

/** The nodes of all cores, each once. */
function coresOf(terms: readonly StructuredTerm[]): Node[] {
  return [...new Set(terms.flatMap(({ factors }) => factors.map(({ node }) => node)))]
}

/** Smaller cores are evaluated as they are: patterns stay simple, and solvers see their structure. */
const LARGE_CORE = 2 ** 16

/**
 * The term with each large core that is a sum over products of much smaller tensors replaced by these, e.g. the
 * Gauss–Newton part Σₙ X[n,i] X[n,j] P[n,a] P[n,b] by X and P. The letters of such sums are missing from the output.
 */
function openCores(g: Graph, term: StructuredTerm, sizes: ReadonlyMap<string, number>): StructuredTerm {
  const sizeOf = (node: Node) => node.axes.reduce((product, axis) => product * axis.evaluate(sizes), 1)
  const dimensions = [...term.dimensions]
  const factors: Factor[] = []
  const pending = [...term.factors]
  for (let factor = pending.shift(); factor; factor = pending.shift()) {
    const parts = partsOf(g, factor.node)
    const size = sizeOf(factor.node)
    const smaller = new Set(parts.map(({ node }) => node))
    const total = [...smaller].reduce((sum, node) => sum + sizeOf(node), 0)
    if (parts.length === 0 || size < LARGE_CORE || 2 * total > size || factor.node.kind !== 'contraction') {
      factors.push(factor)
      continue
    }
    const first = dimensions.length - factor.node.rank
    const { rank } = factor.node
    const outer = factor.labels
    dimensions.push(...factor.node.dimensions.slice(rank))
    const place = (label: number) => (label < rank ? (outer[label] as number) : first + label)
    pending.unshift(...parts.map((part) => ({ ...part, labels: part.labels.map(place) })))
  }
  return { ...term, factors, dimensions }
}

/** The factors of a contraction with their powers taken; none where it is no sum, or has conditions of its own. */
function partsOf(g: Graph, node: Node): Factor[] {
  if (node.kind !== 'contraction' || node.dimensions.length === node.rank) return []
  if (node.factors.some((factor) => factor.node.kind === 'indicator')) return []
  const reached = new Set(node.factors.flatMap(({ labels }) => labels))
  if (node.dimensions.some((_, label) => !reached.has(label))) return []
  return node.factors.map((factor) => {
    if (factor.exponent.isOne) return factor
    const { axes } = factor.node
    const labels = identity(axes.length)
    const power = g.contraction([{ ...factor, labels }], axes, axes.length)
    return { node: power, labels: factor.labels, exponent: Rational.ONE }
  })
}
