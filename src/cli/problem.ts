/** Problems as people read them on a terminal, with the place in the text that each was found in. */
import { caretMessage, EincalcError } from '../errors.ts'

/** Which text an error's span is a place of: a command may read several. */
const sources = new WeakMap<EincalcError, string>()

/** Runs what reads `text`; an error that it throws belongs to that text. */
export function reading<T>(text: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof EincalcError && !sources.has(error)) sources.set(error, text)
    throw error
  }
}

/** The message of an error, with carets where its text is known. */
export async function problemText(error: EincalcError, isColoured: boolean): Promise<string> {
  const { problem } = error
  const { span, ...placeless } = problem
  const source = sources.get(error)
  const text = caretMessage(source ?? '', source === undefined ? placeless : problem)
  if (!isColoured) return text
  const { default: picocolors } = await import('picocolors')
  const { bold, red, cyan } = picocolors.createColors(true)
  return text
    .split('\n')
    .map((line, k) => {
      if (k === 0) return line.replace(problem.code, (code) => bold(red(code)))
      if (/^\s*\^+$/.test(line)) return red(line)
      return line.replace(/^ {2}Hint:/, (hint) => cyan(hint))
    })
    .join('\n')
}
