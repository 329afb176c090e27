/** Programs in the languages people work in: the value of an expression and any of its derivatives, in one function. */
import { EincalcError } from '../errors.ts'
import { type EmittedProgram, findLanguage, languages, type Precision } from '../languages/index.ts'
import type { PlanOutput } from '../plan/input.ts'
import { nearestName } from '../syntax/nearest.ts'
import type { Derivative } from './derivative.ts'
import type { Expression } from './expression.ts'

export interface CodeOptions {
  /** The name of the function; `evaluate` unless given. */
  readonly function?: string
  /** Whether derivatives with unit tensors are returned as the cores of their terms; dense unless given. */
  readonly compressed?: boolean
  /** The numbers that the program computes with; float64 unless given. */
  readonly precision?: Precision
  /** A dimension, the sample index say, along which the program splits its work over all devices. */
  readonly shard?: string
  /** Sizes of dimensions, where they are known: they decide the order of multiplications, and `sql-samples` needs them. */
  readonly dims?: ReadonlyMap<string, number>
}

/**
 * A program that returns the value of the expression, then each derivative in order.
 * Throws `BadRequest` for a language that is not there, or a function name that it does not allow.
 */
export function emitProgram(
  language: string,
  expression: Expression,
  derivatives: readonly Derivative[],
  options: CodeOptions = {},
): EmittedProgram {
  const value = {
    name: expression.resolved.name ?? 'value',
    doc: expression.toString(),
    result: { kind: 'dense', node: expression.node } as const,
  }
  const outputs = derivatives.map((d) => ({
    name: derivativeName(d),
    doc: d.toString(),
    result: planOutput(d, options.compressed ?? false),
    // The program's own check knows the default conventions only.
    ...(d.isPlain && { derivative: lowerOutput(d, derivatives) }),
  }))
  const emitter = requireLanguage(language)
  if (options.shard !== undefined && !emitter.capabilities.shard) {
    const able = languages.flatMap(({ name, capabilities }) => (capabilities.shard ? [name] : []))
    throw new EincalcError({
      code: 'BadRequest',
      message: `programs in ${language} do not split over devices`,
      hint: `These do: ${able.join(', ')}.`,
    })
  }
  return emitter.emit({
    ...(options.shard !== undefined && { shard: options.shard }),
    ...(options.function !== undefined && { functionName: options.function }),
    ...(options.precision !== undefined && { precision: options.precision }),
    ...(options.dims !== undefined && { dims: options.dims }),
    summary: expression.text,
    variables: [...expression.variables].map(([name, { node }]) => ({ name, axes: node.axes, facts: node.facts })),
    outputs: [value, ...outputs],
  })
}

/** What a plan computes of a derivative. */
export function planOutput(derivative: Derivative, compressed: boolean): PlanOutput {
  const { node, terms } = derivative
  if (!derivative.compressed) return { kind: 'dense', node }
  return { kind: 'terms', axes: node.axes, terms, compressed }
}

/** Which output this is the derivative of: the lower derivative if that is returned as well, else the value. */
function lowerOutput(d: Derivative, all: readonly Derivative[]): { of: number; by: readonly string[] } {
  const lower = all.findIndex((other) => other.order === d.order - 1 && d.wrt.slice(0, -1).join() === other.wrt.join())
  return lower < 0 ? { of: 0, by: d.wrt } : { of: lower + 1, by: d.wrt.slice(-1) }
}

function derivativeName({ expression, wrt, order }: Derivative): string {
  const kind =
    order === 1
      ? expression.shape.axes.length === 0
        ? 'gradient'
        : 'jacobian'
      : order === 2
        ? 'hessian'
        : 'derivative'
  return `${kind}_${wrt.every((name) => name === wrt[0]) ? wrt[0] : wrt.join('_')}`
}

// Browsers and Node have it; the library is compiled without the types of either.
declare function btoa(bytes: string): string

/** The bytes of a program that is no text, for JSON. */
export function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

/** The names of the languages that programs are emitted in. */
export function languageNames(): string[] {
  return languages.map((language) => language.name)
}

export function requireLanguage(name: string) {
  const language = findLanguage(name)
  if (language) return language
  const nearest = nearestName(name, languageNames())
  throw new EincalcError({
    code: 'BadRequest',
    message: `there is no language ${JSON.stringify(name)}`,
    hint: nearest === undefined ? `Languages: ${languageNames().join(', ')}.` : `Did you mean ${nearest}?`,
  })
}
