/** Fast numbers: plans lowered to programs of matrix products and fused passes, and engines that run them. */
export { loadBlas } from './blas/library.ts'
export { blasEngine, engineReports, wasmEngine, whyNoWasm } from './engine.ts'
export { lower } from './lower/lower.ts'
export type { Numbers } from './program.ts'
export { isSupported, Kernels } from './wasm/kernels.ts'
export { Runner } from './wasm/runner.ts'
