/** Which derivatives a request with several variables and an order asks for. */
import { EincalcError } from '../errors.ts'
import { type Derivative, type DeriveOptions, derive, requireOrder } from './derivative.ts'
import type { Expression } from './expression.ts'

export interface OrdersOptions extends Pick<DeriveOptions, 'mode' | 'order' | 'layout' | 'symmetric'> {
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
  const { mode = 'auto', layout = 'mixed', symmetric = 'unconstrained' } = options
  const common = { mode, layout, symmetric }
  if (wrt.length === 0) return []
  if (options.mixed && wrt.length > 1)
    return [derive(expression, { ...common, wrt, order: options.order ?? wrt.length })]
  const names = [...new Set(wrt)]
  const order = options.order ?? 1
  requireOrder(order)
  requireFew(names.length, order)
  return choices(names, order).map((list) => derive(expression, { ...common, wrt: list }))
}

/** The most derivatives of one request. */
const DERIVATIVES_LIMIT = 1000

/** Lists of `order` names with repetition out of `count`: (count + order − 1 over order) of them. */
function requireFew(count: number, order: number): void {
  let lists = 1
  for (let k = 1; k <= order; k++) lists = (lists * (count + k - 1)) / k
  if (lists <= DERIVATIVES_LIMIT) return
  throw new EincalcError({
    code: 'LimitExceeded',
    message: `${count} variables have ${lists} derivatives of order ${order}; at most ${DERIVATIVES_LIMIT} are given at once`,
    hint: 'Name fewer variables, or ask for one mixed derivative.',
  })
}

/** All lists of this length in the order of the names, with repetition. */
function choices(names: readonly string[], length: number): string[][] {
  if (length === 0) return [[]]
  return names.flatMap((name, k) => choices(names.slice(k), length - 1).map((rest) => [name, ...rest]))
}
