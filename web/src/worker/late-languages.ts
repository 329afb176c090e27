/**
 * The library's list of languages, filled when programs are asked for. In the worker's bundle this file stands in the place
 * of `src/languages/index.ts` (vite.config.ts), so that the first load has the calculus and not every emitter.
 */
type Language = typeof import('../../../src/index.ts').languages[number]

export const languages: Language[] = []

/** What the library asks. Finds a language only after it was loaded. */
export function findLanguage(name: string): Language | undefined {
  return languages.find((language) => language.name === name)
}

/** Loads the emitter of NumPy alone, which the row `NumPy` needs. */
export async function loadNumpy(): Promise<void> {
  if (findLanguage('numpy')) return
  const { emitNumpy } = await import('../../../src/languages/numpy/emit.ts')
  if (!findLanguage('numpy')) languages.push({ name: 'numpy', emit: emitNumpy } as Language)
}

let all: Promise<void> | undefined

/** Loads every language. */
export function loadLanguages(): Promise<void> {
  all ??= import('../../../src/languages/index.ts').then((module) => {
    languages.splice(0, languages.length, ...module.languages)
  })
  return all
}
