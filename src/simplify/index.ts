/** Simplification: the working form of an expression. */

export { compress, isCompressed } from './compress.ts'
export { sameExpanded } from './expand.ts'
export { type SimplifyOptions, simplify } from './simplify.ts'
