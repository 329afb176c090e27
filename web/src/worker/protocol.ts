/** What the page asks of its worker and what the worker answers: plain data, so that both sides can be read alone. */
import type { Fix, Layout, Mode, Problem, ProgramLine, Span, SymmetricConvention } from '../../../src/index.ts'
import type { Drawing, Drawings } from '../../../src/render/drawing.ts'

export type { Drawing, Fix, Layout, Mode, Problem, ProgramLine, Span, SymmetricConvention }

/** What the stage shows. */
export type View = 'function' | 'derivative' | 'hessian' | 'steps' | 'cost' | 'diagram' | 'code'

/** What the tab `Derivative` shows: the derivative, or its product with a direction. */
export const FIRSTS = ['whole', 'jvp', 'vjp'] as const
export type First = (typeof FIRSTS)[number]
/** Orders that the tab `Hessian` offers: as far as the library goes. */
export const ORDERS = ['2', '3', '4', '5', '6', '7', '8'] as const
/** What the tab `Hessian` shows: an order, or a product that is never formed in full. */
export const SECONDS = [...ORDERS, 'product', 'quadratic', 'diagonal', 'laplacian'] as const
export type Second = (typeof SECONDS)[number]

export interface Question {
  /** `check` asks for the check of what `derive` answers. */
  readonly kind: 'derive' | 'check'
  readonly id: number
  readonly text: string
  /** The types that the user declared. */
  readonly vars: Readonly<Record<string, string>>
  /** Variables to differentiate by; those that there are not are left out, and where none is left one is chosen. */
  readonly by: readonly string[]
  readonly view: View
  readonly first: First
  readonly second: Second
  readonly layout: Layout
  readonly symmetric: SymmetricConvention
  /** Whether parts that occur several times get names. */
  readonly shares: boolean
  readonly mode: Mode | 'auto'
  /** Sizes for costs and memory; names without one get `DEFAULT_SIZE`. */
  readonly dims: Readonly<Record<string, number>>
  /** The form of the tab `Hessian` that is shown, which is made first. */
  readonly form: string
  /** The language of the tab `Code`. */
  readonly language: string
}

/** Work that a panel asks for, beside the live result. */
export type Task =
  | {
      readonly task: 'answer'
      readonly text: string
      readonly vars: Readonly<Record<string, string>>
      readonly by: readonly string[]
      readonly order: number
      readonly answer: string
      readonly layout: Layout
      readonly symmetric: SymmetricConvention
    }
  | {
      readonly task: 'evaluate'
      readonly text: string
      readonly vars: Readonly<Record<string, string>>
      readonly by: readonly string[]
      readonly values: Readonly<Record<string, ValueInput>>
    }
  | {
      readonly task: 'sample'
      readonly text: string
      readonly vars: Readonly<Record<string, string>>
      readonly by: readonly string[]
      readonly names: readonly string[]
      readonly sizes: Readonly<Record<string, number>>
    }

export interface TaskQuestion {
  readonly kind: 'task'
  readonly id: number
  readonly task: Task
}

/** A value as it was typed, or the bytes of a .npy file. */
export type ValueInput = { readonly text: string } | { readonly npy: Uint8Array }

export interface AnswerResult {
  readonly equal: boolean
  readonly message: string
  readonly witness?: string
}

export interface TensorData {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

export interface EvaluatedData {
  readonly title: string
  /** Undefined where it is kept compressed. */
  readonly tensor: TensorData | undefined
  readonly shape: readonly number[]
  readonly note: string
  /** What computed it. */
  readonly engine: string
  /** In milliseconds. */
  readonly time: number
  readonly bytes: number
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
/** The form of a derivative by the terms that it is kept as. */
export const COMPRESSED = 'Compressed'

/** A part of a formula: its place in the text that was typeset. */
export interface FormulaPart {
  readonly text: string
  readonly span: Span
  readonly parent: number
  readonly spoken: string
}

/** LaTeX, line by line, in which part k is coloured #(k + 1), for `Formula` to find it again. */
export interface FormulaData {
  readonly text: string
  readonly lines: readonly string[]
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
  /** Whether the text has it. */
  readonly used: boolean
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
  /** What is taken for the derivative where there is none. */
  readonly kinks: readonly string[]
  readonly symmetricBy: readonly string[]
  /** Whether it has parts with names, or would have. */
  readonly hasShared: boolean
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
  /** The file of a program that is no text; `code` is the same to be read. */
  readonly bytes?: Uint8Array
  /** What lines compute; empty until it is known. */
  readonly lines: readonly ProgramLine[]
}

/** A derivative as tensor networks and as the graph of its shared subexpressions, one of each for each result. */
export type DiagramData = readonly ({ readonly title: string } & Drawings)[]

/** Answers come one by one, in this order, until `done` or a problem. */
export type Answer = { readonly id: number } & (
  | { readonly kind: 'read'; readonly read: ReadData }
  | { readonly kind: 'results'; readonly results: readonly ResultData[]; readonly elapsed: number }
  /** The same results in all their forms. */
  | { readonly kind: 'forms'; readonly results: readonly ResultData[] }
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
  | {
      readonly kind: 'task'
      readonly result: AnswerResult | readonly EvaluatedData[] | Readonly<Record<string, string>>
    }
  | { readonly kind: 'functions'; readonly functions: readonly FunctionData[] }
  | { readonly kind: 'defect'; readonly message: string }
  | { readonly kind: 'done' }
)
