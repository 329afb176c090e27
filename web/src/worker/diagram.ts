import type { Expression } from '../../../src/index.ts'
import type { DiagramData, Question } from './protocol.ts'

export function diagramData(_question: Question, _expression: Expression): DiagramData {
  return { network: [], graph: { nodes: [], edges: [] } }
}
