/** MathML of a formula, by KaTeX, which the bundles of the command and of the page hold. */
import katex from 'katex'
import { EincalcError } from '../errors.ts'

/** Longer formulas take seconds and more, and nobody reads them. */
export const LONGEST_LATEX = 100_000

/** A `math` element with the LaTeX as its annotation. Throws `LimitExceeded` for a formula that is too long or too deep. */
export function mathMl(latex: string): string {
  if (latex.length > LONGEST_LATEX)
    throw tooLarge(`${latex.length} characters; MathML is written of up to ${LONGEST_LATEX}`)
  const html = htmlOf(latex)
  const start = html.indexOf('<math')
  return html.slice(start, html.lastIndexOf('</math>') + '</math>'.length)
}

function htmlOf(latex: string): string {
  try {
    return katex.renderToString(latex, {
      output: 'mathml',
      displayMode: true,
      throwOnError: true,
      strict: false,
      trust: false,
      // Every name of an operator is a macro: what bounds them is the length.
      maxExpand: Number.POSITIVE_INFINITY,
    })
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge('brackets nested too deep for MathML')
    throw error
  }
}

function tooLarge(what: string): EincalcError {
  return new EincalcError({
    code: 'LimitExceeded',
    message: `the formula has ${what}`,
    hint: 'Take it as text or as LaTeX.',
  })
}
