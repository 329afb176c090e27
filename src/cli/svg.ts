/** `--format svg`: results drawn, in one file. */
import { Derivative, type Expression } from '../index.ts'
import { type Drawings, drawingsOf } from '../render/drawing.ts'
import { type Section, svgText } from '../render/svg.ts'

/** One picture of all: of each the graph of subexpressions, and of a derivative the tensor network of each term. */
export function svgOf(results: readonly (Expression | Derivative)[]): string {
  const drawn = results.map((result) => ({
    name: nameOf(result),
    drawings: drawingsOf(result),
    by: result instanceof Derivative ? result.wrt : [],
  }))
  return svgText({
    title: drawn.map(({ name }) => name).join('; '),
    description: drawn.flatMap(({ drawings }) => described(drawings)).join('\n'),
    sections: drawn.flatMap(({ name, drawings, by }) => sectionsOf(name, drawings, by)),
  })
}

function nameOf(result: Expression | Derivative): string {
  return `${result instanceof Derivative ? `derivative by ${result.wrt.join(', ')}` : 'expression'}: ${result.type}`
}

function described({ graph, networks, left }: Drawings): string[] {
  return [graph.description, ...networks.map(({ description }) => description), ...(left > 0 ? [more(left)] : [])]
}

function sectionsOf(heading: string, { graph, networks, left }: Drawings, by: readonly string[]): Section[] {
  const own: Section[] = [{ heading, drawings: [graph], by }]
  if (networks.length > 0) {
    own.push({ heading: 'as tensor networks', drawings: networks, by, ...(left > 0 && { note: more(left) }) })
  }
  return own
}

function more(left: number): string {
  return `and ${left} more terms`
}
