/** eincalc: symbolic derivatives of matrix and tensor expressions, of any order. The public API. */

export { type AtOptions, type CompileAtOptions, type CompiledAt, compileAt } from './api/at.ts'
export type { EngineName } from './api/backend.ts'
export {
  answer,
  answerLine,
  type BatchAnswer,
  type BatchError,
  type BatchRequest,
  type BatchSuccess,
  checkOf,
  type TensorValue,
  type Writers,
} from './api/batch.ts'
export {
  type Argument,
  type Builder,
  type BuilderCore,
  type BuilderFunctions,
  builder,
  type FunctionName,
  type Size,
} from './api/builder.ts'
export { Built, type BuiltSubscript, type Operand } from './api/built.ts'
export { type CodeOptions, emitProgram } from './api/code.ts'
export {
  type AbortSignalLike,
  type ArrayOf,
  type AsyncOptions,
  type Compiled,
  type CompileOptions,
  compile,
  type Outputs,
} from './api/compile.ts'
export type { Conventions, Layout, SymmetricConvention } from './api/conventions.ts'
export {
  Derivative,
  type DerivativeCost,
  type DerivativeStorage,
  type DeriveOptions,
  derive,
  type Mode,
} from './api/derivative.ts'
export {
  type DiagramNode,
  type ExpressionDiagram,
  expressionDiagram,
  type NetworkDiagram,
  networkDiagrams,
} from './api/diagram.ts'
export { entriesText } from './api/entries.ts'
export { checkAnswer, type EqualResult, type EqualWitness, equal } from './api/equal.ts'
export { Expression, type ExpressionOptions, parse } from './api/expression.ts'
export { type HessianForms, hessianForms } from './api/forms.ts'
export type { FlatArray, Input, Inputs, Sizes } from './api/inputs.ts'
export { conventionNotes } from './api/kinks.ts'
export { type ProgramLine, programLines } from './api/lines.ts'
export { readNpy, writeNpy } from './api/npy.ts'
export { derivativesBy, type OrdersOptions } from './api/orders.ts'
export { type RandomInputsOptions, randomInputs } from './api/samples.ts'
export { type Step, stepsOf, stepsText } from './api/steps.ts'
export { type SymbolicTerm, symbolicTerms } from './api/terms.ts'
export {
  CompressedTensor,
  type CompressedTerm,
  type Solution,
  type SolveOptions,
  type TensorLike,
} from './compressed/index.ts'
export {
  caretMessage,
  EincalcError,
  type ErrorCode,
  type Fix,
  type Problem,
  type ProblemPlace,
  type Span,
} from './errors.ts'
export type { CheckResult, Tensor, Witness } from './evaluate/index.ts'
export { documentedFunctions } from './functions/index.ts'
export { languages, type Precision } from './languages/index.ts'
export { type Mark, type Typeset, type TypesetPart, typeset } from './notation/typeset.ts'
