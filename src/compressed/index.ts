/** Compressed tensors in use: products, Newton systems, expansion. */
export { CompressedTensor, type Solution, type TensorLike } from './compressed-tensor.ts'
export { merged } from './merge.ts'
export type { SolveOptions } from './solve.ts'
export type { CompressedTerm } from './term.ts'
