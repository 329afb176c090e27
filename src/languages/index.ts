/** The languages that programs are emitted in. Adding one adds its folder and its line here. */
import { type EmittedProgram, emitNumpy, type NumpyRequest } from './numpy/emit.ts'

export type { EmittedProgram, NumpyOutput, NumpyRequest, NumpyVariable } from './numpy/emit.ts'
export { emitNumpy }

export interface Language {
  /** The name by which `--format` and `want` ask for it. */
  readonly name: string
  readonly title: string
  /** The extension of its files, without a dot. */
  readonly extension: string
  readonly capabilities: {
    /** Whether it returns compressed derivatives as their cores. */
    readonly compressed: boolean
    /** Whether its programs check themselves when they are run. */
    readonly selfCheck: boolean
  }
  readonly emit: (request: NumpyRequest) => EmittedProgram
}

export const languages: readonly Language[] = [
  {
    name: 'numpy',
    title: 'Python with NumPy',
    extension: 'py',
    capabilities: { compressed: true, selfCheck: true },
    emit: emitNumpy,
  },
]

/** The language of this name; undefined if there is none. */
export function findLanguage(name: string): Language | undefined {
  return languages.find((language) => language.name === name)
}
