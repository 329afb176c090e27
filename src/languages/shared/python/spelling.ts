/** Calls of functions as Python's libraries have them. */
import type { ElementwiseSpelling } from '../arrays/dialect.ts'
import { call, type Text } from '../text.ts'

export function part(text: Text | undefined): Text {
  if (!text) throw new RangeError('a function lacks an argument')
  return text
}

export function calls(name: string): ElementwiseSpelling {
  return (...args) => ({ text: call(name, ...args.map((arg) => arg.text)) })
}

/** A call of a helper function. */
export function helped(name: string): ElementwiseSpelling {
  return (...args) => ({ text: call(name, ...args.map((arg) => arg.text)), helpers: [name] })
}

/** The option that names the last `own` axes; none where they are all. */
export function lastAxes(option: 'axis' | 'dim', own: number, batch: number): string[] {
  if (batch === 0) return []
  if (own === 1) return [`${option}=-1`]
  return [`${option}=(${Array.from({ length: own }, (_, k) => k - own).join(', ')})`]
}
