/** MathML of a formula, by KaTeX, which the bundle of the command holds. */
import katex from 'katex'

/** A `math` element with the LaTeX as its annotation. */
export function mathMl(latex: string): string {
  const html = katex.renderToString(latex, { output: 'mathml', displayMode: true, throwOnError: true, strict: false })
  const start = html.indexOf('<math')
  return html.slice(start, html.lastIndexOf('</math>') + '</math>'.length)
}
