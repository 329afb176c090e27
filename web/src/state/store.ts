/** The state of the page as signals, and the loop that joins it: state → question → worker → answers → state. */
import { batch, computed, effect, signal } from '@preact/signals'
import type {
  Answer,
  CheckData,
  CodeData,
  CostData,
  DiagramData,
  First,
  FixData,
  Layout,
  Problem,
  Question,
  ReadData,
  ResultData,
  RowData,
  Second,
  StepData,
  SymmetricConvention,
  View,
} from '../worker/protocol.ts'
import { COMPRESSED } from '../worker/protocol.ts'
import { Calculator } from './calculator.ts'
import { setFunctions } from './functions.ts'
import { DEFAULT_STATE, fragmentOf, type LinkState, readableFragment, readFragment } from './link.ts'

/** What the user says. */
export const text = signal('')
export const wantedBy = signal<readonly string[]>([])
export const vars = signal<Readonly<Record<string, string>>>({})
export const view = signal<View>('derivative')
export const first = signal<First>('whole')
export const second = signal<Second>('2')
export const layout = signal<Layout>('mixed')
export const symmetric = signal<SymmetricConvention>('unconstrained')
/** Whether parts of results that occur several times get names. */
export const shares = signal(true)
export const dims = signal<Readonly<Record<string, number>>>({})
export const language = signal('numpy')
/** The form of a Hessian that was chosen last; another is shown where the result has no such form. */
export const form = signal('')
/** The forms that can be chosen, kept while those of a new result are made. */
export const formNames = signal<readonly string[]>([])
/** Whether the expression is the first visit's, not yet touched. */
export const untouched = signal(false)

/** What the worker found, the last that was good. */
export const read = signal<ReadData | undefined>(undefined)
export const results = signal<readonly ResultData[]>([])
export const rows = signal<readonly RowData[]>([])
export const steps = signal<readonly StepData[]>([])
export const costs = signal<readonly CostData[]>([])
export const diagram = signal<DiagramData | undefined>(undefined)
export const code = signal<CodeData | undefined>(undefined)
export const check = signal<CheckData | 'checking' | undefined>(undefined)

/** What is wrong with the input now; the alert follows after a pause. */
export const problem = signal<Problem | undefined>(undefined)
export const shownProblem = signal<Problem | undefined>(undefined)
export const fixes = signal<readonly FixData[]>([])
/** The text that the problem is about, since its places are places in it. */
export const problemText = signal('')
/** A failure of ours. */
export const defect = signal<string | undefined>(undefined)
/** When the question that runs was asked; undefined when none runs. */
export const busySince = signal<number | undefined>(undefined)

export const isStale = computed(() => problem.value !== undefined && results.value.length > 0)
export const by = computed(() => read.value?.by ?? [])

/** How long after the last change a problem is announced, in milliseconds. */
const QUIET = 400
let quiet: ReturnType<typeof setTimeout> | undefined
let id = 0
let asked = ''
const calculator = new Calculator(receive, setFunctions, (message) => {
  busySince.value = undefined
  defect.value = message
})

/** Asks whenever something that the answer depends on changes. Called once. */
export function start(): void {
  effect(() => {
    const state = {
      kind: 'derive',
      text: text.value,
      vars: vars.value,
      by: wantedBy.value,
      view: view.value,
      first: first.value,
      second: second.value,
      layout: layout.value,
      symmetric: symmetric.value,
      shares: shares.value,
      mode: 'auto',
      dims: dims.value,
      language: language.value,
      form: form.peek(),
    } as const
    const key = JSON.stringify(state)
    if (key === asked) return
    asked = key
    ask({ ...state, id: ++id })
  })
  effect(() => {
    void writeLink(linkState())
  })
}

function ask(question: Question): void {
  clearTimeout(quiet)
  if (question.text.trim() === '') {
    calculator.stop()
    batch(() => {
      clearResults()
      read.value = undefined
      problem.value = undefined
      shownProblem.value = undefined
      busySince.value = undefined
    })
    return
  }
  busySince.value = performance.now()
  calculator.ask(question)
}

export function clearResults(): void {
  results.value = []
  rows.value = []
  check.value = undefined
}

function receive(answer: Answer): void {
  batch(() => {
    switch (answer.kind) {
      case 'read':
        read.value = answer.read
        break
      case 'results':
        results.value = answer.results
        problem.value = undefined
        shownProblem.value = undefined
        defect.value = undefined
        check.value = answer.results.length > 0 && view.value !== 'function' ? 'checking' : undefined
        performance.mark('results')
        break
      case 'forms':
        results.value = answer.results
        formNames.value = namesOfForms(answer.results)
        break
      case 'rows':
        rows.value = answer.rows
        break
      case 'steps':
        steps.value = answer.steps
        break
      case 'cost':
        costs.value = answer.cost
        break
      case 'diagram':
        diagram.value = answer.diagram
        break
      case 'code':
        code.value = answer.code
        break
      case 'check':
        check.value = answer.check
        performance.mark('checked')
        break
      case 'problem':
        fail(answer.problem, answer.fixes)
        break
      case 'defect':
        defect.value = answer.message
        busySince.value = undefined
        break
      case 'done':
        busySince.value = undefined
        break
    }
  })
}

/** Those of the first result; several results have the same. */
function namesOfForms([first]: readonly ResultData[]): string[] {
  const names = first?.forms.map(({ name }) => name) ?? []
  const at = names.findLastIndex((name) => ['Kronecker', 'Matrix', 'Index'].includes(name)) + 1
  return (first?.terms.length ?? 0) > 0 ? names.toSpliced(at, 0, COMPRESSED) : names
}

function fail(found: Problem, foundFixes: readonly FixData[]): void {
  busySince.value = undefined
  problem.value = found
  fixes.value = foundFixes
  problemText.value = text.value
  if (check.value === 'checking') check.value = undefined
  clearTimeout(quiet)
  // A problem that is on show is followed at once: it is not announced again, only corrected.
  quiet = setTimeout(reportProblem, QUIET)
}

/** Announces the problem there is, without waiting for a pause. */
export function reportProblem(): void {
  shownProblem.value = problem.value
}

/** Ends the work on the newest question. */
export function stop(): void {
  calculator.stop()
  busySince.value = undefined
}

export function askFunctions(): void {
  calculator.askFunctions()
}

/** Puts a replacement into the text, as a quick fix says. */
export function replaceInText(span: readonly [number, number], replacement: string): void {
  const now = text.value
  text.value = now.slice(0, span[0]) + replacement + now.slice(span[1])
}

function linkState(): LinkState {
  return {
    text: text.value,
    by: wantedBy.value,
    vars: vars.value,
    view: view.value,
    first: first.value,
    second: second.value,
    layout: layout.value,
    symmetric: symmetric.value,
    shares: shares.value,
  }
}

export function setState(state: LinkState): void {
  batch(() => {
    text.value = state.text
    wantedBy.value = state.by
    vars.value = state.vars
    view.value = state.view
    first.value = state.first
    second.value = state.second
    layout.value = state.layout
    symmetric.value = state.symmetric
    shares.value = state.shares
  })
}

let written = ''

/** Puts the state into the address without adding to the history. */
async function writeLink(state: LinkState): Promise<void> {
  if (untouched.value) return
  const key = readableFragment(state)
  written = key
  const fragment = state.text === '' ? '' : `#${await fragmentOf(state)}`
  // The newest state wins, however long deflating another took.
  if (written === key) history.replaceState(null, '', fragment === '' ? location.pathname : fragment)
}

export async function linkNow(): Promise<string> {
  return `${location.origin}${location.pathname}#${await fragmentOf(linkState())}`
}

/** What a first visit shows. */
const FIRST = "x'*A*x"

/** Takes the state from the address, or shows the first example. */
export async function openLink(): Promise<void> {
  const state = await readFragment(location.hash)
  if (state) {
    untouched.value = false
    setState(state)
    return
  }
  batch(() => {
    untouched.value = true
    setState({ ...DEFAULT_STATE, text: FIRST })
  })
}
