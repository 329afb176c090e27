/** Simplification: the working form of an expression. */
export { type SimplifyOptions, simplify } from './simplify.ts'
export { compress, isCompressed } from './compress.ts'
