/** The worker: answers the newest question and leaves what it superseded. */
import { EincalcError, type Expression } from '../../../src/index.ts'
import {
  codeData,
  costData,
  orderOf,
  type Part,
  readData,
  readExpression,
  resultsOf,
  rowsOf,
  stepsData,
} from './calculate.ts'
import { findLanguage, loadNumpy } from './late-languages.ts'
import { loadPlan } from './late-plan.ts'
import type { Answer, FunctionsQuestion, Question, TaskQuestion } from './protocol.ts'
import { fixesOf, functionsData } from './words.ts'

let newest = 0

self.addEventListener('message', ({ data }: MessageEvent<Question | FunctionsQuestion | TaskQuestion>) => {
  if (data.kind === 'functions') {
    self.postMessage({ id: data.id, kind: 'functions', functions: functionsData() } satisfies Answer)
    return
  }
  if (data.kind === 'task') {
    void perform(data)
    return
  }
  newest = data.id
  void answer(data)
})

async function answer(question: Question): Promise<void> {
  const { id } = question
  const post = (part: Part) => self.postMessage({ id, ...part } as Answer)
  try {
    for await (const part of parts(question)) {
      if (newest !== id) return
      post(part)
    }
  } catch (error) {
    if (newest !== id) return
    if (error instanceof EincalcError) {
      const { problem } = error
      post({ kind: 'problem', problem, fixes: fixesOf(problem), stage: reading.has(id) ? 'read' : 'derive' })
    } else post({ kind: 'defect', message: error instanceof Error ? error.message : String(error) })
  }
  reading.delete(id)
}

/** Questions whose text is being read: a problem then is one of the text, later it is one of the derivative. */
const reading = new Set<number>()

async function* parts(question: Question): AsyncGenerator<Part> {
  // A question that was superseded while it waited is not begun.
  await pause()
  if (newest !== question.id) return
  const started = performance.now()
  reading.add(question.id)
  const expression = readExpression(question)
  if (needsPlan(question, expression)) await loadPlan()
  if (question.kind === 'check') {
    const { checkData } = await import('./check.ts')
    yield { kind: 'check', check: checkData(question, expression) }
    return
  }
  const read = readData(question, expression)
  reading.delete(question.id)
  yield { kind: 'read', read }
  yield { kind: 'results', results: resultsOf(question, expression), elapsed: performance.now() - started }
  // Whatever came meanwhile goes first.
  await pause()
  if (newest !== question.id) return
  switch (question.view) {
    case 'steps':
      yield { kind: 'steps', steps: stepsData(question, expression) }
      break
    case 'cost':
      yield { kind: 'cost', cost: costData(question, expression) }
      break
    case 'code':
      for await (const code of codeData(question, expression)) yield { kind: 'code', code }
      break
    case 'diagram': {
      const { diagramData } = await import('./diagram.ts')
      yield { kind: 'diagram', diagram: diagramData(question, expression) }
      break
    }
    case 'hessian':
      yield { kind: 'forms', results: resultsOf(question, expression, true) }
      yield { kind: 'rows', rows: rowsOf(question, expression) }
      break
    default:
      yield { kind: 'rows', rows: rowsOf(question, expression) }
  }
  // The emitter is not needed to see and check a result, so it is loaded last, when a check had its turn.
  if (['function', 'derivative', 'hessian'].includes(question.view) && !findLanguage('numpy')) {
    yield { kind: 'done' }
    await idle()
    await Promise.all([loadPlan(), loadNumpy()])
    yield { kind: 'rows', rows: rowsOf(question, expression) }
  }
  yield { kind: 'done' }
}

/** Modes are chosen by cost, save for the gradient of a scalar; costs and programs are plans. */
function needsPlan({ view, second }: Question, expression: Expression): boolean {
  const order = orderOf({ view, second })
  return order > 1 || (order === 1 && expression.shape.axes.length > 0) || view === 'cost' || view === 'code'
}

/** How long the first check may take its files before the emitter is fetched, in milliseconds. */
const IDLE = 600

function idle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, IDLE))
}

/** Lets messages that are waiting in. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

async function perform({ id, task }: TaskQuestion): Promise<void> {
  const post = (part: Part) => self.postMessage({ id, ...part } as Answer)
  try {
    const [{ resultOfTask }] = await Promise.all([import('./tasks.ts'), loadPlan()])
    post({ kind: 'task', result: await resultOfTask(task) })
  } catch (error) {
    if (error instanceof EincalcError) post({ kind: 'problem', problem: error.problem, fixes: [], stage: 'derive' })
    else post({ kind: 'defect', message: error instanceof Error ? error.message : String(error) })
  }
}
