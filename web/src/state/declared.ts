/**
 * Declaring variables. Where one is declared all must be (the language's rule), so the first declaration declares what else
 * the page shows as it was found, with sizes still to be inferred.
 */
import type { VariableData } from '../worker/protocol.ts'
import { problem, read, text, vars } from './store.ts'

const NAME = /[\p{L}_][\p{L}\p{M}\p{N}_]*/gu

/** The names that a piece of the input has, each once. */
export function namesIn(source: string): string[] {
  return [...new Set(source.match(NAME))]
}

export function declare(name: string, type: string): void {
  const all: Record<string, string> = Object.create(null)
  const present = new Set(namesIn(text.value))
  for (const { name: other, kind } of read.value?.variables ?? []) if (present.has(other)) all[other] = kind
  vars.value = Object.assign(all, vars.value, { [name]: type })
}

/** What first letters say; undefined for names whose letters say nothing. */
export function guessOf(name: string): string | undefined {
  return /^[a-g]/.test(name) ? 'scalar' : /^[h-z]/.test(name) ? 'vector' : /^[A-Z]/.test(name) ? 'matrix' : undefined
}

/** Takes a declaration back. Where none says more than first letters do, nothing is declared any more. */
export function useGuess(name: string, isUsed: boolean): void {
  const { [name]: _, ...rest } = vars.value
  const guess = guessOf(name)
  const left: Readonly<Record<string, string>> = isUsed && guess !== undefined ? { ...rest, [name]: guess } : rest
  vars.value = Object.entries(left).every(([other, type]) => type === guessOf(other)) ? {} : left
}

/** The variables of the last good reading; while there is a problem, those declared as they are declared now. */
export function shownVariables(): readonly VariableData[] {
  const found = read.value?.variables ?? []
  if (problem.value === undefined) return found
  const declared = Object.entries(vars.value).map(([name, type]): VariableData => {
    const [, kind = type, sizes = '', sign] = /^\s*(\w+)\s*(?:\((.*)\))?\s*(\w+)?\s*$/.exec(type) ?? []
    const list = sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [size.trim()]))
    const used = namesIn(text.value).includes(name)
    return { name, type, kind, sizes: list, ...(sign !== undefined && { sign }), declared: true, used }
  })
  return [...found.filter(({ name }) => !Object.hasOwn(vars.value, name)), ...declared]
}
