/** What the page asks of its worker and what the worker answers: plain data, so that both sides can be read alone. */
import type { Fix, Layout, Mode, Problem, Span, SymmetricConvention } from '../../../src/index.ts'

export type { Fix, Layout, Mode, Problem, Span, SymmetricConvention }

/** What the stage shows. */
export type View = 'function' | 'derivative' | 'hessian' | 'steps' | 'cost' | 'diagram' | 'code'

/** What the tab `Hessian` shows: an order, or a product that is never formed in full. */
export type Second = '2' | '3' | '4' | 'product' | 'quadratic' | 'diagonal' | 'laplacian'

export interface Question {
  readonly kind: 'derive'
  readonly id: number
  readonly text: string
  /** The types that the user declared. */
  readonly vars: Readonly<Record<string, string>>
  /** Variables to differentiate by; those that there are not are left out, and where none is left one is chosen. */
  readonly by: readonly string[]
  readonly view: View
  readonly second: Second
  readonly layout: Layout
  readonly symmetric: SymmetricConvention
  readonly mode: Mode | 'auto'
  /** Sizes for costs and memory; names without one get `DEFAULT_SIZE`. */
  readonly dims: Readonly<Record<string, number>>
  /** The language of the tab `Code`. */
  readonly language: string
}

/** Asks for the table of functions. */
export interface FunctionsQuestion {
  readonly kind: 'functions'
  readonly id: number
}

export interface FunctionData {
  readonly name: string
  readonly synonyms: readonly string[]
  readonly usage: string
  readonly doc: string
  readonly convention: string | undefined
}

/** A fix of a problem, with what it would write, typeset. */
export interface FixData extends Fix {
  readonly formula: FormulaData | undefined
}

export const DEFAULT_SIZE = 1000

/** A part of a formula: its place in the text that was typeset. */
export interface FormulaPart {
  readonly text: string
  readonly span: Span
  readonly parent: number
  readonly spoken: string
}

/** LaTeX in which part k is coloured #(k + 1), for `Formula` to find it again. */
export interface FormulaData {
  readonly text: string
  readonly latex: string
  readonly spoken: string
  readonly parts: readonly FormulaPart[]
}

export interface VariableData {
  readonly name: string
  /** As a declaration writes it. */
  readonly type: string
  readonly kind: string
  readonly sizes: readonly string[]
  readonly sign?: string
  readonly declared: boolean
}

/** The input as it was read. */
export interface ReadData {
  readonly type: string
  readonly readAs: FormulaData | undefined
  readonly variables: readonly VariableData[]
  readonly dimensions: readonly string[]
  readonly by: readonly string[]
}

export interface MemoryData {
  readonly dense: number
  readonly kept: number
  readonly sizes: Readonly<Record<string, number>>
}

export interface TermData {
  readonly pattern: string
  readonly scale: string
  readonly cores: readonly string[]
}

export interface ResultData {
  readonly title: string
  readonly type: string
  readonly mode: Mode | undefined
  readonly formula: FormulaData
  readonly note: string | undefined
  readonly symmetricBy: readonly string[]
  /** Other ways to write it, by name; the tab `Hessian` lets one choose. */
  readonly forms: readonly { readonly name: string; readonly formula: FormulaData }[]
  readonly terms: readonly TermData[]
  readonly memory: MemoryData | undefined
}

export interface RowData {
  readonly label: string
  readonly text: string
}

export interface CheckData {
  readonly state: 'ok' | 'outside' | 'failed' | 'none'
  readonly text: string
  readonly witness?: string
}

export interface StepData {
  readonly number: number
  readonly rule: string
  readonly formula: FormulaData
}

export interface ModeCost {
  readonly mode: Mode
  readonly operations: number
  readonly largest: number
  readonly bytes: number
  readonly used: boolean
}

export interface CostData {
  readonly sizes: Readonly<Record<string, number>>
  readonly modes: readonly ModeCost[]
}

export interface CodeData {
  readonly language: string
  readonly languages: readonly { readonly name: string; readonly title: string; readonly extension: string }[]
  readonly code: string
}

export interface DiagramNode {
  readonly id: number
  readonly label: string
  readonly text: string
  readonly shape: readonly string[]
  readonly kind: string
}

export interface DiagramEdge {
  readonly from: number
  readonly to: number
  readonly label: string
}

/** A graph to draw: the tensor network of a result, or the graph of its shared subexpressions. */
export interface DiagramData {
  readonly network: readonly {
    readonly caption: string
    readonly nodes: readonly DiagramNode[]
    readonly edges: readonly DiagramEdge[]
    readonly open: readonly string[]
  }[]
  readonly graph: { readonly nodes: readonly DiagramNode[]; readonly edges: readonly DiagramEdge[] }
}

/** Answers come one by one, in this order, until `done` or a problem. */
export type Answer = { readonly id: number } & (
  | { readonly kind: 'read'; readonly read: ReadData }
  | { readonly kind: 'results'; readonly results: readonly ResultData[]; readonly elapsed: number }
  | { readonly kind: 'rows'; readonly rows: readonly RowData[] }
  | { readonly kind: 'steps'; readonly steps: readonly StepData[] }
  | { readonly kind: 'cost'; readonly cost: readonly CostData[] }
  | { readonly kind: 'diagram'; readonly diagram: DiagramData }
  | { readonly kind: 'code'; readonly code: CodeData }
  | { readonly kind: 'check'; readonly check: CheckData }
  | {
      readonly kind: 'problem'
      readonly problem: Problem
      readonly fixes: readonly FixData[]
      readonly stage: 'read' | 'derive'
    }
  | { readonly kind: 'functions'; readonly functions: readonly FunctionData[] }
  | { readonly kind: 'defect'; readonly message: string }
  | { readonly kind: 'done' }
)
