/**
 * The table of functions: everything that is known about `exp`, `max`, `det`, looked up by name. A name of the language may
 * have an elementwise meaning (`max(a,b)`), one of whole operands (`max(A,axis=1)`), or both.
 */
import { alongAxis, alongPartials } from './along.ts'
import { constructors } from './constructors.ts'
import { crossProduct, decompositions } from './decompositions.ts'
import { type DerivativeName, derivativeFunctions, isDerivativeName } from './derivatives.ts'
import { duplication, halfLength, halfVectorUnit } from './duplication.ts'
import { einsum } from './einsum.ts'
import { type ElementwisePrimitive, elementwise } from './elementwise.ts'
import type { Documentation, ElementwiseFunction, GeneralFunction, LanguageFunction } from './entry.ts'
import { internalGenerals, matrixFunctions, matrixGenerals } from './matrix.ts'
import { reductionPartials, reductions } from './reductions.ts'
import { triangles } from './triangles.ts'

export { comparisons } from './elementwise.ts'
export type * from './entry.ts'
export { definitionOf, derivativeOf, derivativeOperand, instantiate } from './template.ts'
export type { DerivativeName, ElementwisePrimitive }
export { halfLength, halfVectorUnit, isDerivativeName }

/** The names of general functions: evaluators and languages must know each. */
export type GeneralName =
  | 'inv'
  | 'det'
  | 'logdet'
  | 'logdetp'
  | 'adj'
  | 'softmax'
  | 'logsumexp'
  | 'max'
  | 'min'
  | 'norm2'
  | 'rnorm2'
  | 'prod'
  | 'prodexcept'
  | 'logsoftmax'
  | 'cross'
  | 'pinv'
  | 'cholesky'
  | 'sylvester'
  | 'sqrtm'
  | 'expm'
  | 'logm'
  | 'dexpm'
  | 'dlogm'

const generals: ReadonlyMap<string, GeneralFunction> = new Map(
  [...matrixGenerals, ...internalGenerals, ...reductionPartials, ...alongPartials, ...decompositions, crossProduct].map(
    (entry) => [entry.name, entry],
  ),
)

const languageFunctions: ReadonlyMap<string, LanguageFunction> = new Map(
  [
    ...reductions,
    ...alongAxis,
    ...matrixGenerals,
    ...matrixFunctions,
    ...decompositions,
    crossProduct,
    ...triangles,
    duplication,
    ...derivativeFunctions,
    einsum,
    ...constructors,
  ].flatMap((entry) => [entry.name, ...(entry.synonyms ?? [])].map((name) => [name, entry])),
)

const elementwiseNames: ReadonlyMap<string, ElementwiseFunction> = new Map(
  [...elementwise.values()]
    .filter((entry) => !entry.hidden)
    .flatMap((entry) => [entry.name, ...(entry.synonyms ?? [])].map((name) => [name, entry])),
)

/** The entry of a map's name. Throws `RangeError` for a name that no map has. */
export function elementwiseFunction(name: string): ElementwiseFunction {
  const entry = elementwise.get(name)
  if (entry === undefined) throw new RangeError(`no elementwise function is named ${name}`)
  return entry
}

/** The entry of a general call's name. Throws `RangeError` for a name that no general call has. */
export function generalFunction(name: string): GeneralFunction {
  const entry = generals.get(name)
  if (entry === undefined) throw new RangeError(`no general function is named ${name}`)
  return entry
}

/** What a name or synonym means in the language; undefined for a name that is no function. */
export function findFunction(
  name: string,
): { readonly elementwise?: ElementwiseFunction; readonly whole?: LanguageFunction } | undefined {
  const pointwise = elementwiseNames.get(name)
  const whole = languageFunctions.get(name)
  if (pointwise === undefined && whole === undefined) return undefined
  return { ...(pointwise && { elementwise: pointwise }), ...(whole && { whole }) }
}

/** Every name that calls a function of the language, synonyms included. */
export function functionNames(): string[] {
  return [...new Set([...elementwiseNames.keys(), ...languageFunctions.keys()])].sort()
}

/** The entries of the language's functions, for documentation, in the order of the table. */
export function documentedFunctions(): readonly Documentation[] {
  return [...new Map([...elementwiseNames.values(), ...languageFunctions.values()].map((e) => [e.name, e])).values()]
}

/** The entries of all maps, and of all general calls, internal ones included. */
export function allElementwise(): readonly ElementwiseFunction[] {
  return [...elementwise.values()]
}

export function allGenerals(): readonly GeneralFunction[] {
  return [...generals.values()]
}
