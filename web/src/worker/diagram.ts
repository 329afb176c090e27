/** The drawings of the tab `Diagram`. */
import type { Expression } from '../../../src/index.ts'
import { drawingsOf } from '../../../src/render/drawing.ts'
import { derivativesOf } from './calculate.ts'
import type { DiagramData, Question } from './protocol.ts'

export function diagramData(question: Question, expression: Expression): DiagramData {
  return derivativesOf(question, expression, 1).map((d) => ({ title: `by ${d.wrt.join(', ')}`, ...drawingsOf(d) }))
}
