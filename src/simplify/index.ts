/** Simplification: the working form of an expression. */

export { compress, isCompressed } from './compress.ts'
export { exclusionOf, isExcluding, type Mask } from './exclusion.ts'
export { sameExpanded } from './expand.ts'
export { simplify } from './simplify.ts'
