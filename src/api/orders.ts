/** Which derivatives a request with several variables and an order asks for. */
import { type Derivative, type DeriveOptions, derive } from './derivative.ts'
import type { Expression } from './expression.ts'

export interface OrdersOptions extends Pick<DeriveOptions, 'mode' | 'order'> {
  /** Whether several variables name one mixed derivative instead of a block for each pair. */
  readonly mixed?: boolean
}

/**
 * One derivative for each variable; of order 2 and more one for each choice of variables in their order (x,x), (x,z), (z,z),
 * since the others are transposes; with `mixed` the one derivative by each variable in turn. None where no variable is named.
 */
export function derivativesBy(
  expression: Expression,
  wrt: readonly string[],
  options: OrdersOptions = {},
): Derivative[] {
  const mode = options.mode ?? 'auto'
  if (wrt.length === 0) return []
  if (options.mixed && wrt.length > 1) return [derive(expression, { wrt, mode, order: options.order ?? wrt.length })]
  return choices([...new Set(wrt)], options.order ?? 1).map((names) =>
    derive(expression, names.length === 1 ? { wrt: names, mode } : { wrt: names, mode, order: names.length }),
  )
}

/** All lists of this length in the order of the names, with repetition. */
function choices(names: readonly string[], length: number): string[][] {
  if (length === 0) return [[]]
  return names.flatMap((name, k) => choices(names.slice(k), length - 1).map((rest) => [name, ...rest]))
}
