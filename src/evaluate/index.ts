/** Numbers: the reference evaluator, and the numeric check of derivatives. */
export { type CheckResult, checkDerivative, type DerivativeCheck, type Witness } from './check.ts'
export { bindDimensions } from './dimensions.ts'
export { DEFAULT_LIMITS, type Limits } from './limits.ts'
export { defaultSizes, sampleInputs } from './random.ts'
export {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  prepare,
  variablesOf,
} from './reference.ts'
export { fromNested, type JsonNumber, type Nested, type Tensor, toFlat, toNested } from './tensor.ts'
