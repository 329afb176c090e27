export { type Resolved, type ResolvedVariable, type ResolveOptions, resolve, tryResolve } from './resolve.ts'
export { typeText } from './type-text.ts'
