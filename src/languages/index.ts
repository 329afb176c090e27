/** The emitter of each language. */

import { emitCpp } from './cpp/emit.ts'
import { emitJax } from './jax/emit.ts'
import { emitJulia } from './julia/emit.ts'
import { descriptions, type LanguageDescription, type LanguageName, languageNames } from './list.ts'
import { emitMatlab } from './matlab/emit.ts'
import { emitNumpy } from './numpy/emit.ts'
import { emitOnnx } from './onnx/emit.ts'
import { emitPytorch } from './pytorch/emit.ts'
import { emitR } from './r/emit.ts'
import { emitRust } from './rust/emit.ts'
import type { Emitter } from './shared/program.ts'
import { emitSql } from './sql/emit.ts'
import { emitSqlSamples } from './sql/emit-samples.ts'
import { emitTypescript } from './typescript/emit.ts'

export type { EmittedProgram, Precision, ProgramOutput, ProgramVariable } from './shared/program.ts'

export interface Language extends LanguageDescription {
  readonly emit: Emitter
}

const emitters: Readonly<Record<LanguageName, Emitter>> = {
  numpy: emitNumpy,
  jax: emitJax,
  pytorch: emitPytorch,
  typescript: emitTypescript,
  julia: emitJulia,
  matlab: emitMatlab,
  cpp: emitCpp,
  rust: emitRust,
  r: emitR,
  onnx: emitOnnx,
  sql: emitSql,
  'sql-samples': emitSqlSamples,
}

export const languages: readonly Language[] = languageNames.map((name) => ({
  name,
  ...descriptions[name],
  emit: emitters[name],
}))

/** The language of this name; undefined if there is none. */
export function findLanguage(name: string): Language | undefined {
  return languages.find((language) => language.name === name)
}
