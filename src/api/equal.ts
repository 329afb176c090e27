/** Are two expressions equal? By normal form where that proves it, otherwise by numbers. */
import { EincalcError } from '../errors.ts'
import {
  defaultSizes,
  evaluate,
  perturbed,
  sampleInputs,
  singularAt,
  type Tensor,
  turnedSizes,
} from '../evaluate/index.ts'
import type { Shape } from '../functions/index.ts'
import { type Resolved, type ResolvedVariable, resolve, typeText } from '../resolve/index.ts'
import { sameExpanded, simplify } from '../simplify/index.ts'
import { parse as parseSyntax } from '../syntax/parser.ts'
import type { Graph } from '../tensor/graph.ts'
import type { Node } from '../tensor/node.ts'
import { postorder } from '../tensor/walk.ts'
import { Built } from './built.ts'
import type { Derivative } from './derivative.ts'
import type { ExpressionOptions } from './expression.ts'

export interface EqualResult {
  readonly equal: boolean
  /** How it was settled: one normal form, or equal numbers at all points tried. */
  readonly by: 'form' | 'numbers' | 'shape'
  /** The two types, where they differ. */
  readonly types?: readonly [left: string, right: string]
  /** Where the two differ. */
  readonly witness?: EqualWitness
}

export interface EqualWitness {
  readonly seed: number
  readonly sizes: Readonly<Record<string, number>>
  readonly values: ReadonlyMap<string, Tensor>
  /** The first entry that differs, counted from 1. */
  readonly entry: readonly number[]
  readonly left: number
  readonly right: number
}

/** Points at which numbers are compared. */
const POINTS = 5
const ATTEMPTS = 40
const TOLERANCE = 1e-8

/**
 * Compares two expressions over the same variables. Both are read with the same declarations.
 * Rows and columns are of different types. Throws `EincalcError` where one cannot be read, and where no point tried lies in the
 * domain of both.
 */
export function equal(left: string | Built, right: string | Built, options: ExpressionOptions = {}): EqualResult {
  // What is built brings the types of its variables.
  const vars = new Map([left, right].flatMap((side) => (side instanceof Built ? [...side.types] : [])))
  const types: ExpressionOptions = vars.size === 0 ? options : { ...options, vars }
  const [first, second] = [left, right].map((side) => (typeof side === 'string' ? side : side.text))
  const a = read(first as string, types)
  const b = readBeside(a, second as string, types)
  return compare(a.graph, a.result, b.result)
}

/** Reads a text with the types of the variables of another; what only it has is typed by its first letter. */
function readBeside(a: Resolved, text: string, options: ExpressionOptions): Resolved {
  const types = typesOf(a.variables)
  try {
    return read(text, { vars: types }, a.graph)
  } catch (error) {
    if (!(error instanceof EincalcError) || error.code !== 'UnknownVariable') throw error
  }
  const alone = read(text, options)
  const own = [...alone.variables.keys()].filter((name) => !a.variables.has(name))
  const declared = own.flatMap((name): [string, string][] => {
    const variable = alone.variables.get(name)
    return variable?.declared ? [[name, typeText(variable.shape, variable.node.facts)]] : []
  })
  return read(text, { vars: new Map([...types, ...declared]), wrt: own }, a.graph)
}

/** Compares a derivative with a text, read with the derivative's variables and their types. */
export function checkAnswer(derivative: Derivative, answer: string | Built): EqualResult {
  const { expression } = derivative
  const text = typeof answer === 'string' ? answer : answer.text
  const other = read(text, { vars: expression.types }, expression.graph)
  return compare(expression.graph, derivative, other.result)
}

function typesOf(variables: ReadonlyMap<string, ResolvedVariable>): Map<string, string> {
  return new Map([...variables].map(([name, { shape, node }]) => [name, typeText(shape, node.facts)]))
}

function read(text: string, options: ExpressionOptions, graph?: Graph): Resolved {
  const { program, problems } = parseSyntax(text)
  const [problem] = problems
  if (problem) throw new EincalcError(problem)
  return resolve(program, { text, ...options, ...(graph && { graph }) })
}

/** What is compared: a node of one graph with its shape. */
interface Side {
  readonly node: Node
  readonly shape: Shape
}

function compare(graph: Graph, left: Side, right: Side): EqualResult {
  const types: [string, string] = [typeText(left.shape), typeText(right.shape)]
  if (types[0] !== types[1]) return { equal: false, by: 'shape', types }
  if (sameExpanded(graph, left.node, right.node)) return { equal: true, by: 'form' }
  return compareNumbers(graph, left.node, right.node)
}

function compareNumbers(graph: Graph, left: Node, right: Node): EqualResult {
  const order = postorder([left, right])
  const dimensions = order.flatMap((node) => ('dimensions' in node ? node.dimensions : node.axes))
  const sizes = defaultSizes(dimensions)
  const others = turnedSizes(dimensions, sizes)
  // The simplified forms name what needs a regular matrix: logdet instead of the log of a determinant.
  const simple = simplify(graph, [left, right], { properties: false })
  const result = compareAt(left, right, simple, sizes) ?? (others && compareAt(left, right, simple, others))
  if (result) return result
  throw new EincalcError({
    code: 'DomainError',
    message: 'the expressions could not be compared: no point tried lies in the domain of both',
  })
}

/** Undefined where no point lies in the domain of both. */
function compareAt(
  left: Node,
  right: Node,
  simple: readonly Node[],
  sizes: ReadonlyMap<string, number>,
): EqualResult | undefined {
  const variables = postorder([left, right]).filter((node) => node.kind === 'variable')
  const isSingular = singularAt(simple, sizes, { checkFacts: false })
  let compared = 0
  for (let attempt = 0; attempt < ATTEMPTS && compared < POINTS; attempt++) {
    const values = sampleInputs(variables, sizes, 1, attempt)
    if (isSingular(values)) continue
    const [a, b] = evaluateBoth(left, right, values, sizes)
    if (!a || !b || ![...a.data, ...b.data].every(Number.isFinite)) continue
    const scale = Math.max(...a.data.map(Math.abs), ...b.data.map(Math.abs))
    const at = a.data.findIndex((x, k) => Math.abs(x - (b.data[k] as number)) > TOLERANCE * scale)
    if (at >= 0 && isNoise(left, right, values, sizes, at, [a, b])) continue
    compared++
    if (at >= 0) {
      const witness = {
        seed: 1,
        sizes: Object.fromEntries(sizes),
        values,
        entry: entryAt(a.shape, at),
        left: a.data[at] as number,
        right: b.data[at] as number,
      }
      return { equal: false, by: 'numbers', witness }
    }
  }
  return compared === 0 ? undefined : { equal: true, by: 'numbers' }
}

/**
 * Whether what an entry differs by is rounding: at an ill-conditioned point each side changes by as much when its arguments
 * change in their last digits. Such a point tells nothing.
 */
function isNoise(
  left: Node,
  right: Node,
  values: ReadonlyMap<string, Tensor>,
  sizes: ReadonlyMap<string, number>,
  at: number,
  [a, b]: readonly [Tensor, Tensor],
): boolean {
  const difference = Math.abs(a.data[at]! - b.data[at]!)
  return [1, 2].some((seed) => {
    const [c, d] = evaluateBoth(left, right, perturbed(values, seed), sizes)
    if (!c || !d) return true
    return difference <= 16 * Math.max(Math.abs(a.data[at]! - c.data[at]!), Math.abs(b.data[at]! - d.data[at]!))
  })
}

function evaluateBoth(
  left: Node,
  right: Node,
  values: ReadonlyMap<string, Tensor>,
  sizes: ReadonlyMap<string, number>,
): [Tensor, Tensor] | [undefined, undefined] {
  try {
    const [a, b] = evaluate([left, right], values, sizes)
    return [a as Tensor, b as Tensor]
  } catch (error) {
    // A singular matrix at a random point is no answer; another point is tried.
    if (error instanceof EincalcError && error.code === 'DomainError') return [undefined, undefined]
    throw error
  }
}

function entryAt(shape: readonly number[], position: number): number[] {
  const entry: number[] = []
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] as number
    entry.unshift((position % length) + 1)
    position = Math.floor(position / length)
  }
  return entry
}
