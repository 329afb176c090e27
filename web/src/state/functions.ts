/** The functions of the language, which the worker tells once they are needed: for completion, hover and the reference. */
import { signal } from '@preact/signals'
import type { FunctionData } from '../worker/protocol.ts'

export const functions = signal<readonly FunctionData[]>([])

/** By name and synonym. */
export const byName = new Map<string, FunctionData>()

export function setFunctions(list: readonly FunctionData[]): void {
  byName.clear()
  for (const entry of list) for (const name of [entry.name, ...entry.synonyms]) byName.set(name, entry)
  functions.value = list
}
