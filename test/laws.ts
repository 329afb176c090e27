// What must hold of every program: each law compares two ways to the same result, and says where they part.

import { expandTerms, patternOf } from '../src/api/values.ts'
import { EincalcError } from '../src/errors.ts'
import { roundingOf } from '../src/evaluate/check.ts'
import { checkDerivative, evaluate, sampleInputs, type Tensor } from '../src/evaluate/index.ts'
import { prepare } from '../src/evaluate/reference.ts'
import { type Derivative, derive, type Expression, parse } from '../src/index.ts'
import { plan } from '../src/plan/plan.ts'
import { resolve } from '../src/resolve/index.ts'
import { compress, sameExpanded, simplify } from '../src/simplify/index.ts'
import { parse as parseSyntax } from '../src/syntax/parser.ts'
import type { Dimension } from '../src/tensor/dimension.ts'
import { type Node, operands } from '../src/tensor/node.ts'
import { Rational } from '../src/tensor/rational.ts'
import { postorder } from '../src/tensor/walk.ts'
import { hidesInfinity, tieIn } from './knife-edge.ts'
import { runPlan } from './plan-run.ts'
import { textOf, usedVariables, variablesIn } from './random-program.ts'
import type { Program } from './random-types.ts'

const sizes = new Map([
  ['m', 2],
  ['n', 3],
  ['k', 5],
])
const MODES = ['forward', 'reverse', 'crosscountry'] as const
/** Larger results say nothing that smaller ones do not, and take long. */
const MOST_ENTRIES = 1000
const MOST_NODES = 400
const MOST_NODES_TWICE = 60
/** Of a derivative, with its nodes. */
const MOST_OPERANDS = 160
/** Of one evaluation. A law about what costs more says nothing. */
const MOST_OPERATIONS = 5e5

export interface LawOptions {
  /** Whether equal tensors must also have equal texts and expanded forms. */
  readonly texts?: boolean
}

/** What laws are held of. */
export interface Subject {
  readonly text: string
  /** The same with operands exchanged. */
  readonly exchanged?: string
  /** The variable to differentiate by, and one to differentiate by after it. */
  readonly by: readonly [string, string] | readonly []
}

export function subjectOf({ tree, choice }: Program): Subject {
  const text = textOf(tree)
  const names = usedVariables(text)
  const wrt = names[choice % Math.max(1, names.length)]
  const other = names[(choice >> 3) % Math.max(1, names.length)]
  return { text, exchanged: textOf(tree, true), by: wrt && other ? [wrt, other] : [] }
}

/** The laws that a program breaks, each with what was found; empty for all but defects. */
export function brokenLaws(subject: Subject, options: LawOptions = {}): string[] {
  const { found, e, inputs } = tryLaws(subject, options)
  if (found.length === 0 || !e || !inputs) return found
  const isExcused = hidesInfinity(e.raw, inputs, sizes) || tieIn(e.raw, inputs, sizes) === 'close'
  // What cannot be read, or fails, is a defect anywhere.
  return isExcused ? found.filter((failure) => /Error: /.test(failure)) : found
}

interface Trial {
  readonly found: string[]
  readonly e?: Expression
  readonly inputs?: ReadonlyMap<string, Tensor>
}

function tryLaws({ text, exchanged = text, by: [wrt, other] }: Subject, options: LawOptions): Trial {
  const vars = variablesIn(text)
  const found: string[] = []
  const law = (name: string, holds: () => string | undefined) => {
    let failure: string | undefined
    try {
      failure = holds()
    } catch (error) {
      if (error instanceof EincalcError && error.code === 'LimitExceeded') return
      const where =
        error instanceof EincalcError ? '' : `\n${(error as Error).stack?.split('\n').slice(1, 5).join('\n')}`
      failure = `${(error as Error).name}: ${(error as Error).message}${where}`
    }
    if (failure !== undefined) found.push(`${name}: ${failure}`)
  }

  let expression: Expression | undefined
  law('a well-typed program is read', () => {
    try {
      expression = parse(text, { vars })
    } catch (error) {
      // A constant without a value, or the greatest entry of none, is refused.
      if (!(error instanceof EincalcError && error.code === 'DomainError')) throw error
    }
    return undefined
  })
  if (!expression) return { found }
  const e = expression
  const inputs = point(e)
  if (!inputs) return { found }

  law('simplifying keeps the value', () => sameValues(e.raw, e.node, inputs) ?? sameValues(e.raw, e.working, inputs))
  law('simplifying twice is simplifying once', () => simplifiedAgain(e, e.node, e.working))
  law('a plan computes the value', () => planned(e.node, inputs))
  law('operands may be exchanged', () => {
    const same = parse(exchanged, { vars })
    if (same.toString() === e.toString()) return undefined
    const values = sameValues(e.raw, same.raw, inputs)
    return values ?? (options.texts ? `${e.toString()} is not ${same.toString()}` : undefined)
  })
  readsBack(law, 'value', e, e, vars, inputs, options)
  if (wrt === undefined || other === undefined) return { found, e, inputs }

  let sound = true
  let lower = e.raw
  for (const by of [[wrt], [wrt, other]]) {
    const order = by.length
    const shapes = by.map((name) => e.variable(name).shape)
    if (countOf([e.shape, ...shapes].flatMap(({ axes }) => axes)) > MOST_ENTRIES) break
    if (postorder([e.working]).length > (order === 1 ? MOST_NODES : MOST_NODES_TWICE)) break
    const label = `by ${by.join(', ')}`
    const derivatives: Derivative[] = []
    for (const mode of MODES) {
      law(`${label}, ${mode}`, () => {
        derivatives.push(derive(e, { wrt: by, mode }))
        return undefined
      })
    }
    const [first, ...rest] = derivatives
    if (!first || weightOf(first.working) > MOST_OPERANDS || costOf(first.working) > MOST_OPERATIONS) break
    for (const d of rest) {
      law(`${label}, ${first.mode} and ${d.mode} agree`, () => {
        const values = sameValues(first.working, d.working, inputs)
        if (values !== undefined || !options.texts) return values
        return first.toString() === d.toString() ? undefined : `${first.toString()} is not ${d.toString()}`
      })
    }
    if (sound) {
      law(`${label}, differences`, () => {
        const { node: variable } = e.variable(by.at(-1) as string)
        const limits = { maxOperations: MOST_OPERATIONS / countOf(variable.axes) }
        const check = checkDerivative({
          value: lower,
          derivative: first.working,
          variable,
          dims: sizes,
          inputs,
          limits,
        })
        // Where several conventions meet, what they give together need not lie between the slopes of the sides.
        if (check.ok || check.entries === 0 || tieIn(e.raw, inputs, sizes)) return undefined
        sound = false
        return JSON.stringify(check.witness)
      })
    }
    if (wrt !== other && order === 2) law(`${label}: orders of differentiation agree`, () => mixed(first, inputs))
    for (const d of new Set([first, derivatives.at(-1) as Derivative])) {
      const title = `${label}, ${d.mode}`
      law(`${title}: declared properties keep the value`, () => sameValues(d.working, d.node, inputs))
      law(`${title}: simplifying twice`, () => simplifiedAgain(e, d.node, d.working))
      law(`${title}: terms expand to the value`, () => expanded(d, inputs))
      law(`${title}: a plan computes it`, () => planned(d.node, inputs))
    }
    readsBack(law, label, first, e, vars, inputs, options)
    law(`${label}: Kronecker form`, () => kronecker(first, vars, inputs))
    if (by.some((name) => isSymmetric(e, name))) {
      law(`${label}, constrained`, () => {
        const constrained = derive(e, { wrt: by, mode: first.mode, symmetric: 'constrained' })
        readsBack(law, `${label}, constrained`, constrained, e, vars, inputs, options)
        return symmetrised(constrained, first, inputs)
      })
      law(`${label}, half-vectors`, () => {
        const halves = derive(e, { wrt: by, mode: first.mode, symmetric: 'halfvec' })
        readsBack(law, `${label}, half-vectors`, halves, e, vars, inputs, options)
        return undefined
      })
    }
    lower = first.working
  }
  return { found, e, inputs }
}

function countOf(axes: readonly Dimension[]): number {
  return axes.reduce((count, axis) => count * axis.evaluate(sizes), 1)
}

function weightOf(node: Node): number {
  return postorder([node]).reduce((sum, each) => sum + 1 + operands(each).length, 0)
}

/** The operations of one evaluation. */
function costOf(node: Node): number {
  return prepare([node], sizes).operations
}

type Law = (name: string, holds: () => string | undefined) => void

/** Text and index notation of a result mean the same; the text prints itself again. */
function readsBack(
  law: Law,
  title: string,
  result: Expression | Derivative,
  e: Expression,
  vars: Record<string, string>,
  inputs: ReadonlyMap<string, Tensor>,
  options: LawOptions,
): void {
  law(`${title}: text`, () => {
    const text = result.toString()
    const again = read(text, () => parse(text, { vars }))
    const difference =
      sameValues(result.node, again.node, inputs, true) ?? sameValues(result.node, again.raw, inputs, true)
    if (difference !== undefined) return `${text}\n  ${difference}`
    if (options.texts && again.toString() !== text) return `${text}\n  prints again as ${again.toString()}`
    if (!options.texts) return undefined
    const { program } = parseSyntax(text)
    const { node } = resolve(program, { text, vars, graph: e.graph }).result
    return sameExpanded(e.graph, result.node, node) === false ? `${text}\n  has another expanded form` : undefined
  })
  law(`${title}: index form`, () => {
    const text = result.toIndex()
    const difference = sameValues(result.node, rawNode(text, vars), inputs, true)
    return difference && `${text}\n  ${difference}`
  })
  law(`${title}: other notations`, () => {
    const written = [result.toLatex(), result.toEinsum()]
    const wrong = written.find((text) => /undefined|NaN|\[object|Infinity/.test(text))
    return wrong
  })
}

/** A printed text as it stands, not simplified. */
function rawNode(text: string, vars: Record<string, string>): Node {
  return read(text, () => {
    const { program } = parseSyntax(text)
    return resolve(program, { text, vars }).result.node
  })
}

function read<T>(text: string, reading: () => T): T {
  try {
    return reading()
  } catch (error) {
    throw new Error(`${text}\n  cannot be read: ${(error as Error).message}`)
  }
}

/** A point where the expression is finite. */
function point(e: Expression): Map<string, Tensor> | undefined {
  const variables = [...e.variables.values()].map(({ node }) => node)
  for (let attempt = 0; attempt < 4; attempt++) {
    const inputs = sampleInputs(variables, sizes, 1 + attempt, attempt % 2)
    const value = values(e.raw, inputs)
    if (value?.data.every((entry) => Number.isFinite(entry) && Math.abs(entry) < 1e6)) return inputs
  }
  return undefined
}

const known = new WeakMap<ReadonlyMap<string, Tensor>, WeakMap<Node, Tensor | undefined>>()

/** Undefined where a matrix to invert is singular. Computed once for each node and point. */
function values(node: Node, inputs: ReadonlyMap<string, Tensor>): Tensor | undefined {
  const found = known.get(inputs) ?? new WeakMap<Node, Tensor | undefined>()
  known.set(inputs, found)
  if (!found.has(node)) found.set(node, evaluated(node, inputs))
  return found.get(node)
}

function evaluated(node: Node, inputs: ReadonlyMap<string, Tensor>): Tensor | undefined {
  try {
    return evaluate([node], inputs, sizes, { checkFacts: false, maxOperations: MOST_OPERATIONS })[0] as Tensor
  } catch (error) {
    if (error instanceof EincalcError && error.code === 'DomainError') return undefined
    throw error
  }
}

/**
 * What differs between two nodes at a point; the right one may be finite where the left one is not. A printed 1/norm2(u)
 * stands for 0 where u = 0, which only the node knows.
 */
function sameValues(left: Node, right: Node, inputs: ReadonlyMap<string, Tensor>, isRead = false): string | undefined {
  if (left === right) return undefined
  const a = values(left, inputs)
  const b = values(right, inputs)
  if (a && b && isRead && !b.data.every(Number.isFinite) && hasZeroNorm(left, inputs)) return undefined
  return a && (b ? different(a, b, [left, right], inputs) : 'it has no value')
}

function hasZeroNorm(node: Node, inputs: ReadonlyMap<string, Tensor>): boolean {
  const norms = postorder([node]).filter((n) => n.kind === 'general' && (n.name === 'norm2' || n.name === 'rnorm2'))
  return norms.some((norm) => values(norm, inputs)?.data.includes(0))
}

/**
 * What differs between a value and another that should be the same, beyond what rounding does to one of them: where all cancels,
 * the nodes that they are of may lose more or fewer digits.
 */
function different(
  a: Tensor,
  b: Tensor,
  nodes: readonly Node[],
  inputs: ReadonlyMap<string, Tensor>,
): string | undefined {
  if (a.shape.join() !== b.shape.join()) return `shape [${a.shape}] is not [${b.shape}]`
  let scale = 0
  for (const entry of a.data) if (Number.isFinite(entry)) scale = Math.max(scale, Math.abs(entry))
  let rounding: number | undefined
  for (const [at, entry] of a.data.entries()) {
    const other = b.data[at] as number
    if (!Number.isFinite(entry)) continue
    if (Math.abs(entry - other) <= 1e-8 * Math.max(scale, 1e-3)) continue
    rounding ??= Math.max(...nodes.map((node) => roundingIn(node, inputs)))
    if (!(Math.abs(entry - other) <= 2 ** 6 * rounding)) return `entry ${at} is ${entry}, not ${other}`
  }
  return undefined
}

function roundingIn(node: Node, inputs: ReadonlyMap<string, Tensor>): number {
  return roundingOf(prepare([node], sizes, { checkFacts: false }), inputs).reduce((x, y) => Math.max(x, y), 0)
}

function simplifiedAgain(e: Expression, node: Node, working: Node): string | undefined {
  if (simplify(e.graph, [node])[0] !== node) return 'the result is simplified further'
  if (simplify(e.graph, [working], { properties: false })[0] !== working)
    return 'the working form is simplified further'
  return undefined
}

/** The mixed derivative in the other order has the same entries. */
function mixed(d: Derivative, inputs: ReadonlyMap<string, Tensor>): string | undefined {
  const { expression, wrt, mode } = d
  const other = derive(expression, { wrt: [...wrt].reverse(), mode })
  const [output, x, z] = [expression.shape, ...wrt.map((name) => expression.variable(name).shape)].map(
    ({ axes }) => axes.length,
  ) as [number, number, number]
  // Axes (output, x, z) of the one are (output, z, x) of the other.
  const order = range(0, output).concat(range(output + z, x), range(output, z))
  return sameValues(d.working, expression.graph.permute(other.working, order), inputs)
}

function isSymmetric(e: Expression, name: string): boolean {
  const { structure } = e.variable(name).node.facts
  return structure === 'symmetric' || structure === 'psd'
}

/** The constrained derivative is the mean of the free one and its transpose, in the axes of each symmetric variable. */
function symmetrised(
  constrained: Derivative,
  free: Derivative,
  inputs: ReadonlyMap<string, Tensor>,
): string | undefined {
  const { expression, wrt } = free
  const { graph } = expression
  let node = free.working
  let at = expression.shape.axes.length
  for (const name of wrt) {
    const rank = expression.variable(name).shape.axes.length
    if (isSymmetric(expression, name)) {
      const axes = range(0, node.axes.length)
      const labels = [...axes]
      labels[at] = at + 1
      labels[at + 1] = at
      const half = Rational.HALF
      node = graph.sum(node.axes, [
        { node, labels: axes, coefficient: half },
        { node, labels, coefficient: half },
      ])
    }
    at += rank
  }
  return sameValues(node, constrained.node, inputs)
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => from + k)
}

function planned(node: Node, inputs: ReadonlyMap<string, Tensor>): string | undefined {
  const expected = values(node, inputs)
  if (!expected) return undefined
  const [found] = runPlan(plan([{ kind: 'dense', node }], { dims: sizes }), inputs, sizes)
  return different(expected, found as Tensor, [node], inputs)
}

function expanded(d: Derivative, inputs: ReadonlyMap<string, Tensor>): string | undefined {
  const dense = values(d.node, inputs)
  if (!dense || dense.shape.length === 0) return undefined
  const terms = d.terms.length === 0 ? compress(d.expression.graph, d.node) : d.terms
  const isZero = dense.data.every((entry) => entry === 0)
  if (d.terms.length === 0 && isZero) return undefined
  const cores = evaluate(
    terms.flatMap((term) => term.factors.map((factor) => factor.node)),
    inputs,
    sizes,
    { checkFacts: false },
  )
  let next = 0
  const termValues = terms.map((term) => ({
    pattern: patternOf(d, term),
    scale: term.coefficient.toNumber(),
    cores: term.factors.map(() => cores[next++] as Tensor),
  }))
  const whole = expandTerms(termValues, dense.shape)
  const difference = whole && different(dense, whole, [d.node], inputs)
  return difference && `${termValues.map(({ scale, pattern }) => `${scale}*${pattern}`).join(' + ')}\n  ${difference}`
}

/** The printed matrix is that of the column-major vec: rows of the output's axes, columns of the variable's. */
function kronecker(
  d: Derivative,
  vars: Record<string, string>,
  inputs: ReadonlyMap<string, Tensor>,
): string | undefined {
  const text = d.toKronecker()
  const dense = text === null ? undefined : values(d.node, inputs)
  if (text === null || !dense) return undefined
  const outputs = dense.shape.length - d.expression.variable(d.wrt.at(-1) as string).shape.axes.length
  const node = rawNode(text, vars)
  const found = values(node, inputs) as Tensor
  const expected = matrixOf(dense, outputs)
  const difference = different(expected, found, [d.node, node], inputs)
  if (difference !== undefined && found.data.some(Number.isNaN) && hasZeroNorm(d.node, inputs)) return undefined
  return difference && `${text}\n  ${difference}`
}

function matrixOf({ shape, data }: Tensor, outputs: number): Tensor {
  const height = shape.slice(0, outputs).reduce((product, length) => product * length, 1)
  const width = shape.slice(outputs).reduce((product, length) => product * length, 1)
  const columnMajor = (lengths: readonly number[], position: number): number => {
    let place = 0
    let rest = position
    let stride = lengths.reduce((product, length) => product * length, 1)
    for (let axis = lengths.length - 1; axis >= 0; axis--) {
      const length = lengths[axis] as number
      stride /= length
      place += (rest % length) * stride
      rest = Math.floor(rest / length)
    }
    return place
  }
  const result = new Float64Array(height * width)
  for (let i = 0; i < height; i++) {
    const r = columnMajor(shape.slice(0, outputs), i)
    for (let j = 0; j < width; j++) {
      result[r * width + columnMajor(shape.slice(outputs), j)] = data[i * width + j] as number
    }
  }
  return { shape: [height, width], data: result }
}
