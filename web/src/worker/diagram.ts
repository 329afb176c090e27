/** The pictures of the tab `Diagram`, as data. */
import { type Expression, expressionDiagram, networkDiagrams } from '../../../src/index.ts'
import { derivativesOf } from './calculate.ts'
import type { DiagramData, Question } from './protocol.ts'

export function diagramData(question: Question, expression: Expression): DiagramData {
  const derivatives = derivativesOf(question, expression, 1)
  return {
    networks: derivatives.map((d) => ({
      title: `by ${d.wrt.join(', ')}`,
      einsum: d.toEinsum(),
      terms: networkDiagrams(d),
    })),
    graphs: derivatives.map((d) => expressionDiagram(d)),
  }
}
