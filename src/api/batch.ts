/** One request as data, one answer as data: the engine behind `eincalc batch`. Never throws on any input. */
import { EincalcError, type Problem } from '../errors.ts'
import {
  bindDimensions,
  checkDerivative,
  evaluate,
  fromNested,
  type JsonNumber,
  type Tensor,
  toFlat,
} from '../evaluate/index.ts'
import { alignLatex } from './align.ts'
import { base64, emitProgram, languageNames } from './code.ts'
import { type Layout, type SymmetricConvention, symmetricConventions } from './conventions.ts'
import { type Derivative, type DeriveOptions, derive } from './derivative.ts'
import { dotText } from './dot.ts'
import type { Evaluator } from './evaluator.ts'
import { type Expression, parse } from './expression.ts'
import { derivativesBy } from './orders.ts'
import { requireSelections, sizesForSelections } from './sizes.ts'
import { stepsText } from './steps.ts'
import { expandTerms, patternOf, shapeAt, termValues } from './values.ts'

export interface BatchRequest {
  readonly id?: unknown
  readonly expr: string
  readonly vars?: Readonly<Record<string, string>>
  readonly wrt?: readonly string[]
  readonly order?: number
  readonly mixed?: boolean
  readonly mode?: 'auto' | 'forward' | 'reverse' | 'crosscountry'
  readonly symmetric?: SymmetricConvention
  readonly layout?: Layout
  readonly dims?: Readonly<Record<string, number>>
  readonly values?: Readonly<Record<string, unknown>>
  readonly want?: readonly string[]
  /** Whether dense values of compressed derivatives are given beside their terms; true unless given. */
  readonly expand?: boolean
}

export interface BatchError {
  readonly id?: unknown
  readonly ok: false
  readonly error: Problem
}

export interface TensorValue {
  readonly shape: readonly number[]
  readonly data: readonly JsonNumber[]
}

/** A successful answer. Fields of notations and languages are there as far as `want` names them. */
export interface BatchSuccess {
  readonly id?: unknown
  readonly ok: true
  readonly type: string
  readonly result: Readonly<Record<string, unknown>>
  readonly derivatives: readonly Readonly<Record<string, unknown>>[]
  readonly value?: TensorValue
}

export type BatchAnswer = BatchSuccess | BatchError

/** What is given where a request does not say. */
const DEFAULT_WANT = ['text', 'latex']
const NOTATIONS = [
  'text',
  'latex',
  'align',
  'mathml',
  'index',
  'einsum',
  'dot',
  'svg',
  'steps',
  'kronecker',
  'quadratic',
  'product',
] as const
const MODES = ['auto', 'forward', 'reverse', 'crosscountry']

/** What is written with libraries that ours does not depend on. Each gives one result as text. */
export interface Writers {
  readonly mathml: (result: Expression | Derivative) => string
  readonly svg: (result: Expression | Derivative) => string
}

/** Answers one line of a batch: JSON text in, answer out. `mathml` and `svg` are refused: the command writes them. */
export function answerLine(line: string, evaluator: Evaluator = evaluate): BatchAnswer {
  const read = readLine(line)
  return 'refused' in read ? read.refused : answer(read.request, evaluator)
}

/** A line of a batch as data, or the answer that refuses it. */
export function readLine(line: string): { readonly request: unknown } | { readonly refused: BatchAnswer } {
  try {
    return { request: JSON.parse(line) }
  } catch {
    const hint = 'Write one JSON object a line.'
    return { refused: { ok: false, error: { code: 'BadRequest', message: 'the line is no JSON', hint } } }
  }
}

/** Whether a request asks for what `Writers` write. */
export function needsWriters(request: unknown): boolean {
  if (!isRecord(request) || !Array.isArray(request.want)) return false
  return WRITTEN.some((name) => (request.want as unknown[]).includes(name))
}

const WRITTEN = ['mathml', 'svg'] as const satisfies readonly (keyof Writers)[]

/** Answers one request. Anything may be passed; what is no request gets a `BadRequest` answer. */
export function answer(request: unknown, evaluator: Evaluator = evaluate, writers?: Writers): BatchAnswer {
  const id = isRecord(request) && Object.hasOwn(request, 'id') ? { id: request.id } : {}
  try {
    return { ...id, ...succeed(validate(request, writers), evaluator, writers) }
  } catch (error) {
    if (error instanceof EincalcError) return { ...id, ok: false, error: error.problem }
    throw error
  }
}

type ValidRequest = Required<Pick<BatchRequest, 'want'>> & BatchRequest

function succeed(request: ValidRequest, evaluator: Evaluator, writers: Writers | undefined): BatchSuccess {
  const { want } = request
  const wrt = [...new Set(request.wrt ?? [])]
  const expression = parse(request.expr, { wrt, ...(request.vars && { vars: request.vars }) })
  const dims = new Map(Object.entries(request.dims ?? {}))
  const values = request.values && tensors(expression, request.values)
  const sizes = bindDimensions(
    [...expression.variables.values()].map(({ node }) => node),
    values ?? new Map(),
    dims,
  )
  requireSelections(expression, sizes)
  const derivatives = derivativesBy(expression, request.wrt ?? [], request)
  return {
    ok: true,
    type: expression.type,
    result: {
      ...notations(expression, want, writers),
      ...(want.includes('align') && { align: alignLatex(expression, derivatives) }),
    },
    derivatives: derivatives.map((d) => ({
      wrt: wrtOf(d, request),
      order: d.order,
      type: d.type,
      ...notations(d, want, writers),
      ...derivativeAnswer(d, request, values, sizes, evaluator),
    })),
    ...(want.includes('value') &&
      values && { value: tensorValue(evaluator([expression.working], values, sizes)[0] as Tensor) }),
  }
}

function notations(
  result: Expression | Derivative,
  want: readonly string[],
  writers: Writers | undefined,
): Record<string, unknown> {
  const given: Record<string, unknown> = {}
  if (want.includes('text')) given.text = result.toString()
  if (want.includes('latex')) given.latex = result.toLatex()
  if (want.includes('index')) given.index = result.toIndex()
  if (want.includes('einsum')) given.einsum = result.toEinsum()
  if (want.includes('dot')) given.dot = dotText(result)
  if (writers) for (const name of WRITTEN) if (want.includes(name)) given[name] = writers[name](result)
  return given
}

function derivativeAnswer(
  d: Derivative,
  request: ValidRequest,
  values: ReadonlyMap<string, Tensor> | undefined,
  sizes: ReadonlyMap<string, number>,
  evaluator: Evaluator,
): Record<string, unknown> {
  const { want } = request
  const result: Record<string, unknown> = {
    kronecker: d.toKronecker(),
    ...(want.includes('quadratic') && { quadratic: d.hasQuadraticForm ? d.toQuadraticForm() : null }),
    ...(want.includes('product') && { product: d.order === 2 ? d.toProduct() : null }),
    ...(want.includes('steps') && { steps: stepsText(d) }),
    compressed: d.compressed,
    ...(d.note !== undefined && { note: d.note }),
  }
  const renamed: Record<string, string> = {}
  for (const language of languageNames()) {
    if (!want.includes(language)) continue
    const program = emitProgram(language, d.expression, [d], { dims: sizes })
    result[language] = program.bytes ? base64(program.bytes) : program.code
    Object.assign(renamed, program.renamed)
  }
  if (Object.keys(renamed).length > 0) result.renamed = renamed
  if (d.compressed) result.terms = termsOf(d, sizes)
  if ((want.includes('derivative') || want.includes('value')) && values) {
    Object.assign(result, valuesOf(d, request, values, sizes, evaluator))
  }
  if (want.includes('check')) result.check = check(d, values, sizes)
  if (want.includes('cost')) result.cost = d.cost(sizes)
  return result
}

/** A block of order 2 lists both names where they differ; a repeated name is listed once. */
function wrtOf(d: Derivative, request: BatchRequest): readonly string[] {
  const same = d.wrt.every((name) => name === d.wrt[0])
  return same && (request.wrt?.length ?? 0) <= 1 ? [d.wrt[0] as string] : d.wrt
}

function valuesOf(
  d: Derivative,
  request: BatchRequest,
  values: ReadonlyMap<string, Tensor>,
  sizes: ReadonlyMap<string, number>,
  evaluator: Evaluator,
): Record<string, unknown> {
  if (!d.compressed) return { value: tensorValue(evaluator([d.node], values, sizes)[0] as Tensor) }
  const terms = termValues(d, values, sizes, evaluator)
  const dense = request.expand === false ? undefined : expandTerms(terms, shapeAt(d, sizes))
  return {
    terms: terms.map(({ pattern, scale, cores }) => ({ pattern, scale, cores: cores.map(tensorValue) })),
    ...(dense && { value: tensorValue(dense) }),
  }
}

/** The terms of a compressed derivative without numbers: patterns, scales, and the shapes of cores as far as known. */
function termsOf(d: Derivative, sizes: ReadonlyMap<string, number>) {
  return d.terms.map((term) => ({
    pattern: patternOf(d, term),
    scale: term.coefficient.toNumber(),
    cores: term.factors.map(({ node }) => {
      const known = node.axes.every((axis) => axis.names.every((name) => sizes.has(name)))
      return { shape: node.axes.map((axis) => (known ? axis.evaluate(sizes) : axis.key)) }
    }),
  }))
}

/** The derivative against differences of the function one order below. */
function check(d: Derivative, values: ReadonlyMap<string, Tensor> | undefined, dims: ReadonlyMap<string, number>) {
  const { ok, maxRelError, points, seed, outside, witness } = checkOf(d, values, dims)
  return { ok, maxRelError, points, seed, outside, ...(witness && { witness }) }
}

/** The numeric check of a derivative: differences of the expression as written, or of the next lower derivative. */
export function checkOf(
  d: Derivative,
  inputs?: ReadonlyMap<string, Tensor>,
  dims?: ReadonlyMap<string, number>,
  options: { readonly seed?: number; readonly points?: number } = {},
) {
  const { expression, wrt } = d
  const value = d.order === 1 ? expression.raw : derive(expression, lowerOptions(d)).working
  return checkDerivative({
    value,
    // Differences know mixed layout and free entries only; the conventions rearrange what is checked here.
    derivative: d.working,
    variable: expression.variable(wrt.at(-1) as string).node,
    dims: sizesForSelections(expression, dims ?? new Map()),
    ...(inputs && { inputs }),
    ...options,
  })
}

function lowerOptions(d: Derivative): DeriveOptions {
  const names = d.wrt.slice(0, -1)
  return { wrt: names, mode: d.mode }
}

function tensors(expression: Expression, values: Readonly<Record<string, unknown>>): Map<string, Tensor> {
  return new Map(
    Object.entries(values).map(([name, value]) => {
      expression.variable(name)
      return [name, fromNested(value, name)]
    }),
  )
}

function tensorValue({ shape, data }: Tensor): TensorValue {
  return { shape, data: toFlat(data) }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function bad(message: string, hint?: string): EincalcError {
  return new EincalcError({ code: 'BadRequest', message, ...(hint !== undefined && { hint }) })
}

const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  id: () => true,
  expr: (value) => typeof value === 'string',
  vars: (value) => isRecord(value) && Object.values(value).every((type) => typeof type === 'string'),
  wrt: isTexts,
  order: (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 1,
  mixed: (value) => typeof value === 'boolean',
  mode: (value) => typeof value === 'string' && MODES.includes(value),
  symmetric: (value) => (symmetricConventions as readonly unknown[]).includes(value),
  layout: (value) => value === 'mixed' || value === 'numerator' || value === 'denominator',
  dims: (value) => isRecord(value) && Object.values(value).every((size) => typeof size === 'number'),
  values: isRecord,
  want: isTexts,
  expand: (value) => typeof value === 'boolean',
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** The request, if it is one. Throws `BadRequest` naming the field that is not. */
function validate(request: unknown, writers: Writers | undefined): ValidRequest {
  if (!isRecord(request)) throw bad('a request is a JSON object', 'Write {"expr": "x\'*A*x", "wrt": ["x"]}.')
  if (!Object.hasOwn(request, 'expr')) throw bad('the request has no expr')
  for (const [field, value] of Object.entries(request)) {
    const fits = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined
    if (fits && !fits(value)) throw bad(`${field} is not as a request has it`)
  }
  const known = [...NOTATIONS, 'value', 'derivative', 'check', 'cost', ...languageNames()]
  const want = (request.want ?? DEFAULT_WANT) as readonly string[]
  const unknown = want.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw bad(`want names ${JSON.stringify(unknown)}, which there is not`, `Known: ${known.join(', ')}.`)
  const unwritten = writers ? undefined : WRITTEN.find((name) => want.includes(name))
  if (unwritten !== undefined)
    throw bad(
      `want names ${unwritten}, which the library alone does not write`,
      'Ask `eincalc batch`, or pass writers.',
    )
  return { ...(request as unknown as BatchRequest), want }
}
