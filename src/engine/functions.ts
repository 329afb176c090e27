/** Elementwise functions that passes take from JavaScript: those without a vectorised form, and powers. */
import { elementwiseKernel } from '../evaluate/kernels.ts'
import { powerOf } from '../evaluate/power.ts'
import type { ElementwisePrimitive } from '../functions/index.ts'
import { Rational } from '../tensor/rational.ts'
import { type PassExpression, partsOf } from './program.ts'
import type { VectorFunction } from './wasm/math.ts'

/** Names that passes know by themselves, beside the vectorised ones. */
export type ElementwiseName = ElementwisePrimitive | 'softplus' | 'relu' | 'silu'

export type PassFunctions = Map<string, { readonly arity: number; readonly run: (...args: number[]) => number }>

const vectorFunctions: ReadonlySet<string> = new Set<VectorFunction>([
  'exp',
  'log',
  'log1p',
  'expm1',
  'tanh',
  'sigmoid',
])

/** What `pass.ts` writes in vector instructions. */
const inline: ReadonlySet<string> = new Set<ElementwiseName>([
  'pi',
  'abs',
  'max',
  'min',
  'lt',
  'le',
  'gt',
  'ge',
  'relu',
  'sign',
  'where',
  'logz',
  'softplus',
  'silu',
])

export function isVectorFunction(name: string): name is VectorFunction {
  return vectorFunctions.has(name)
}

/** Whether a pass can compute the function; others are replaced by their definitions before. */
export function isKnownFunction(name: string): boolean {
  return inline.has(name) || vectorFunctions.has(name) || elementwiseKernel(name) !== undefined
}

/** Adds the functions that an expression takes from JavaScript. */
export function importsOf(expression: PassExpression, found: PassFunctions): void {
  for (const part of partsOf(expression)) importsOf(part, found)
  switch (expression.kind) {
    case 'product':
      for (const { exponent } of expression.factors) {
        const size = exponent.absolute()
        const isWritten =
          size.denominator === 1n ? size.numerator <= 8n : size.denominator === 2n && size.numerator <= 7n
        if (!isWritten) found.set(`^${size.key}`, { arity: 1, run: scalarFunction(`^${size.key}`) })
      }
      break
    case 'call': {
      const { name, args } = expression
      if (inline.has(name) || vectorFunctions.has(name)) break
      found.set(name, { arity: args.length, run: scalarFunction(name) })
    }
  }
}

/** A function that a pass takes from JavaScript, by its name there: that of an elementwise function, or `^` and an exponent. */
export function scalarFunction(name: string): (...args: number[]) => number {
  if (name.startsWith('^')) {
    const [numerator = '', denominator = '1'] = name.slice(1).split('/')
    return powerOf(Rational.of(BigInt(numerator), BigInt(denominator)))
  }
  const run = elementwiseKernel(name)
  if (!run) throw new RangeError(`there is no kernel of ${name}`)
  return run
}
