/** Compressed tensors in use: products, Newton systems, expansion. */
export { CompressedTensor, EXPAND_LIMIT, type Solution, type TensorLike } from './compressed-tensor.ts'
export type { SolveOptions } from './solve.ts'
export { addTerm, type CompressedTerm, labelled } from './term.ts'
