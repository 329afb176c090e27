/** What a plan is made from: the results wanted, as nodes or as structured terms. */
import type { Dimension } from '../tensor/dimension.ts'
import type { Node } from '../tensor/node.ts'
import type { StructuredTerm } from '../tensor/structured.ts'

/** One result: a dense tensor, or a sum of structured terms that is kept as its cores or expanded to a dense tensor. */
export type PlanOutput =
  | { readonly kind: 'dense'; readonly node: Node }
  | {
      readonly kind: 'terms'
      readonly axes: readonly Dimension[]
      readonly terms: readonly StructuredTerm[]
      /** Whether the result is the cores (true) or the dense tensor (false). */
      readonly compressed: boolean
    }

export interface PlanOptions {
  /** Sizes that decide the order of multiplications. */
  readonly dims?: ReadonlyMap<string, number>
  /** What is known of sizes that `dims` lacks; others count as `REFERENCE_SIZE`. */
  readonly ranks?: ReadonlyMap<string, Rank>
  /** The most elements an intermediate product should have; kept to where an order does that is found. */
  readonly memory?: number
  /** Whether the first good order is taken of many factors, where only rough costs are wanted. */
  readonly quick?: boolean
  /** The most operations that one fused elementwise step may hold; 1 keeps every operation a step of its own. */
  readonly fuse?: number
}

/** How a dimension compares with those of which nothing is known. */
export type Rank = 'large' | 'small'

/** The size of a dimension that is only a name when costs are compared. */
export const REFERENCE_SIZE = 1000

/** Sizes in the place of ranks: so far apart that no constant makes up for another large dimension. */
export const RANKED_SIZE: Readonly<Record<Rank, number>> = { large: 1_000_000, small: 5 }
