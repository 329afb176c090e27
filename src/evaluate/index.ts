/** Numbers: the reference evaluator, and the numeric check of derivatives. */
export { type CheckResult, checkDerivative, type Witness } from './check.ts'
export { bindDimensions, shapeOfAxes } from './dimensions.ts'
export { checkFacts } from './facts.ts'
export type { Limits } from './limits.ts'
export { defaultSizes, perturbed, sampleInputs, turnedSizes } from './random.ts'
export { evaluate, prepare, requireInputs, variablesOf } from './reference.ts'
export { singularAt } from './singular.ts'
export { fromNested, type JsonNumber, type Nested, type Tensor, toFlat, toNested } from './tensor.ts'
