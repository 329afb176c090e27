/** Text to results: everything the stage shows, as plain data. Parsed expressions and derivatives are kept for the next question. */
import {
  conventionNotes,
  type Derivative,
  derivativesBy,
  EincalcError,
  type Expression,
  emitProgram,
  entriesText,
  parse,
  programLines,
  stepsOf,
  symbolicTerms,
  typeset,
} from '../../../src/index.ts'
import { findLanguage, languages, loadLanguages } from './late-languages.ts'
import { numpyLine } from './numpy-line.ts'
import {
  type Answer,
  COMPRESSED,
  type CodeData,
  type CostData,
  DEFAULT_SIZE,
  type FormulaData,
  type MemoryData,
  type Mode,
  ORDERS,
  type Question,
  type ReadData,
  type ResultData,
  type RowData,
  type StepData,
  type VariableData,
} from './protocol.ts'

/** An answer without its number. */
export type Part = Answer extends infer A ? (A extends Answer ? Omit<A, 'id'> : never) : never

/** What is known of the last question, so that a change of tab does not derive again. */
interface Memory {
  key: string
  expression?: Expression
  derivatives: Map<string, Derivative[]>
}
const memory: Memory = { key: '', derivatives: new Map() }

export function readExpression({ text, vars, by }: Pick<Question, 'text' | 'vars' | 'by'>): Expression {
  const key = JSON.stringify([text, vars, by])
  if (memory.key === key && memory.expression) return memory.expression
  const expression = parsed(text, vars, by)
  memory.key = key
  memory.expression = expression
  memory.derivatives = new Map()
  return expression
}

/**
 * Reads as the command line does: where some variables are declared, so must be all others but those differentiated by.
 * Names to differentiate by that the text does not have, or has as something else, are left out.
 */
export function parsed(text: string, vars: Question['vars'], by: readonly string[]): Expression {
  const names = new Set([...Object.keys(vars), ...(text.match(/[\p{L}_][\p{L}\p{M}\p{N}_]*/gu) ?? [])])
  const wrt = by.filter((name) => names.has(name))
  if (wrt.length === 0) return parse(text, { vars })
  try {
    return parse(text, { vars, wrt })
  } catch (error) {
    // A problem without a place is one of what to differentiate by, or of a declaration, which the next line repeats.
    if (!(error instanceof EincalcError) || error.problem.span !== undefined) throw error
    return parse(text, { vars })
  }
}

/** The derivatives of one order that a question is about. */
export function derivativesOf(question: Question, expression: Expression, order: number): Derivative[] {
  const by = chosen(question, expression)
  const { mode, layout, symmetric } = question
  const key = JSON.stringify([by, order, mode, layout, symmetric])
  const known = memory.derivatives.get(key)
  if (known) return known
  const made = derivativesBy(expression, by, { order, mode, layout, symmetric })
  memory.derivatives.set(key, made)
  return made
}

/** The variables asked for that there are; where there are none, the one that people most often mean. */
export function chosen({ by }: Pick<Question, 'by'>, expression: Expression): string[] {
  const names = [...expression.variables].flatMap(([name, { span }]) => (span === undefined ? [] : [name]))
  const wanted = by.filter((name) => names.includes(name))
  if (wanted.length > 0) return wanted
  const usual = ['x', 'w', 'theta', 'X', 'W', 'U'].find((name) => names.includes(name))
  const order = (name: string) => expression.variables.get(name)?.shape.axes.length ?? 0
  const first = usual ?? names.find((name) => order(name) === 1) ?? names.find((name) => order(name) === 2) ?? names[0]
  return first === undefined ? [] : [first]
}

export function readData(question: Question, expression: Expression): ReadData {
  const { types } = expression
  const variables = [...expression.variables].map(([name, variable]): VariableData => {
    const type = types.get(name) ?? 'scalar'
    const match = /^(\w+)(?:\((.*)\))?(?: (\w+))?$/.exec(type)
    const sign = match?.[3]
    return {
      name,
      type,
      kind: match?.[1] ?? 'scalar',
      sizes: variable.shape.axes.map((axis) => axis.key),
      ...(sign !== undefined && { sign }),
      declared: Object.hasOwn(question.vars, name),
      used: variable.span !== undefined,
    }
  })
  return {
    type: expression.type,
    readAs: formulaOrNone(question.text),
    variables,
    dimensions: dimensionNames(expression),
    by: chosen(question, expression),
  }
}

function dimensionNames(expression: Expression): string[] {
  return [...expression.variableSizes]
}

/** LaTeX with every part coloured by its number, which the page takes out again. */
export function formulaOf(text: string): FormulaData {
  const { lines, spoken, parts } = typeset(text, (part) => [
    `\\textcolor{#${(part + 1).toString(16).padStart(6, '0')}}{`,
    '}',
  ])
  return {
    text,
    lines: lines.map(tight),
    spoken,
    parts: parts.map(({ span, parent, spoken }) => ({ text: text.slice(...span), span, parent, spoken })),
  }
}

/** KaTeX sets a space between a function and its bracket unless an empty delimiter stands between. */
function tight(latex: string): string {
  return latex.replaceAll('\\left(', '\\mathopen{}\\left(').replaceAll('\\right)', '\\right)\\mathclose{}')
}

function formulaOrNone(text: string): FormulaData | undefined {
  return text.length > 5000 ? undefined : formulaOf(text)
}

/** Which derivatives the view is about: order 0 is the function itself. */
export function orderOf({ view, second }: Pick<Question, 'view' | 'second'>): number {
  if (view === 'function') return 0
  if (view !== 'hessian') return 1
  return isProduct({ view, second, first: 'whole' }) ? 2 : Number(second)
}

/** The results as they are shown first; with `isWhole` in every form. */
export function resultsOf(question: Question, expression: Expression, isWhole = false): ResultData[] {
  const order = orderOf(question)
  if (order === 0) {
    return [
      {
        title: 'Function',
        type: expression.type,
        mode: undefined,
        formula: formulaOf(textOf(expression, question)),
        note: undefined,
        kinks: [],
        symmetricBy: [],
        hasShared: expression.toString().includes(';'),
        forms: [],
        terms: [],
        memory: undefined,
      },
    ]
  }
  const derivatives = derivativesOf(question, expression, order)
  return derivatives.map((d) => resultOf(d, question, isWhole))
}

/** Whether what is shown is a product with a derivative, or a part of one. */
export function isProduct({ view, first, second }: Pick<Question, 'view' | 'first' | 'second'>): boolean {
  return view === 'derivative' ? first !== 'whole' : view === 'hessian' && !ORDERS.some((order) => order === second)
}

/** The printed form, with parts that occur several times written out if that is wanted and can be read. */
function textOf(result: Expression | Derivative, { shares }: Question): string {
  return (shares ? null : result.toWholeString()) ?? result.toString()
}

function resultOf(d: Derivative, question: Question, isWhole: boolean): ResultData {
  const common = {
    mode: d.mode,
    note: d.note,
    kinks: conventionNotes(d.expression, d.wrt),
    hasShared: d.toString().includes(';'),
    symmetricBy: [...new Set(d.wrt)].filter((name) => /^(symmetric|psd)/.test(d.expression.types.get(name) ?? '')),
  }
  if (isProduct(question)) {
    const { text, type } = productOf(d, question)
    return {
      ...common,
      title: `${productTitle(d, question)} by ${d.wrt.at(-1)}`,
      type,
      formula: formulaOf(text),
      forms: [],
      terms: [],
      memory: undefined,
    }
  }
  const text = textOf(d, question)
  const formula = formulaOf(text)
  const main = { ...common, title: titleOf(d), type: d.type, formula }
  if (d.order < 2) return { ...main, forms: [], terms: [], memory: undefined }
  const formOf = (name: string) => {
    const written = writtenForm(d, text, name)
    return written === null ? [] : [{ name, formula: written === text ? formula : formulaOf(written) }]
  }
  const terms = () =>
    symbolicTerms(d).map(({ pattern, scale, cores }) => ({
      pattern,
      scale: String(scale),
      cores: cores.map((core) => core.text),
    }))
  const memory = memoryOf(d, question)
  if (isWhole) return { ...main, forms: FORMS.flatMap(formOf), terms: terms(), memory }
  if (question.form === COMPRESSED && d.terms.length > 0) return { ...main, forms: [], terms: terms(), memory }
  for (const name of [question.form, ...FORMS]) {
    const forms = formOf(name)
    if (forms.length > 0) return { ...main, forms, terms: [], memory }
  }
  return { ...main, forms: [], terms: [], memory }
}

/** The forms of a Hessian or of a derivative of higher order, in the order in which they are offered. */
const FORMS = ['Kronecker', 'Matrix', 'Index', 'Entries', 'Times a direction', 'Quadratic form']

/** A derivative of order 2 or more in one form; null where it has none. */
function writtenForm(d: Derivative, text: string, name: string): string | null {
  const isMatrix = d.shape.axes.length <= 2
  switch (name) {
    case 'Kronecker':
      return d.order === 2 ? d.toKronecker() : null
    case 'Matrix':
      return isMatrix ? text : null
    case 'Index':
      return isMatrix ? d.toIndex() : text
    case 'Entries':
      return entriesText(d)
    case 'Times a direction':
      return d.order === 2 ? d.toProduct() : null
    case 'Quadratic form':
      return d.order === 2 && d.hasQuadraticForm ? d.toQuadraticForm() : null
    default:
      return null
  }
}

/** A product with a derivative or a part of it, written in the language's own functions and simplified. */
function productOf(d: Derivative, { view, first, second }: Question): { text: string; type: string } {
  const { expression, wrt } = d
  const name = wrt.at(-1) as string
  const type = expression.types.get(name) ?? ''
  if (view === 'derivative') {
    const like = first === 'jvp' ? type : expression.type
    const direction = freshDirection(expression, first === 'jvp' ? 'p' : 'v', like)
    return called(first, expression, [name, direction], { [direction]: like })
  }
  if (second === 'product') return { text: d.toProduct(), type }
  if (second === 'quadratic') return { text: d.toQuadraticForm(), type: 'scalar' }
  return called(second === 'diagonal' ? 'diaghessian' : 'laplacian', expression, [name], {})
}

/** A function of the language, called with the expression as its first operand. */
function called(
  name: string,
  expression: Expression,
  rest: readonly string[],
  more: Readonly<Record<string, string>>,
): { text: string; type: string } {
  const whole = expression.toWholeString() ?? expression.toString()
  // An expression without matrix notation is written as a definition by its elements.
  const defined = /^([\p{L}_][\p{L}\p{N}_]*)(?:\[[^\]]*\])? = /u.exec(whole)?.[1]
  const call = (operand: string) => `${name}(${[operand, ...rest].join(', ')})`
  const text = defined === undefined ? call(whole) : `${whole}; ${call(defined)}`
  const result = parse(text, { vars: new Map([...expression.types, ...Object.entries(more)]) })
  return { text: result.toString(), type: result.type }
}

/** A name for a direction: small for vectors and numbers, else capital. */
function freshDirection({ variables }: Expression, letter: string, type: string): string {
  const base = /^(?:scalar|vector|rowvector)/.test(type) ? letter : letter.toUpperCase()
  const names = [base, ...['q', 'u', 'r', 's', 't'].map((other) => (base === letter ? other : other.toUpperCase()))]
  return names.find((name) => !variables.has(name)) ?? `${base}${variables.size}`
}

function productTitle(d: Derivative, { view, first, second }: Question): string {
  if (view === 'derivative') {
    const kind = titleOf(d).split(' ')[0]
    return first === 'jvp' ? `${kind} times a direction` : `A direction times the ${kind?.toLowerCase()}`
  }
  switch (second) {
    case 'product':
      return 'Hessian times a direction'
    case 'quadratic':
      return 'Quadratic form of the Hessian'
    case 'diagonal':
      return 'Diagonal of the Hessian'
    default:
      return 'Laplacian'
  }
}

function titleOf(d: Derivative): string {
  const names = d.wrt.every((name) => name === d.wrt[0]) ? d.wrt[0] : d.wrt.join(', ')
  const isScalar = d.expression.shape.axes.length === 0
  const names1 = isScalar
    ? 'Gradient'
    : d.expression.variable(d.wrt[0] as string).shape.axes.length === 0
      ? 'Derivative'
      : 'Jacobian'
  if (d.order === 1) return `${names1} by ${names}`
  if (d.order === 2) return `${isScalar ? 'Hessian' : 'Second derivative'} by ${names}`
  return `Derivative of order ${d.order} by ${names}`
}

export function sizesOf(question: Question, expression: Expression): Record<string, number> {
  return Object.fromEntries(dimensionNames(expression).map((name) => [name, question.dims[name] ?? DEFAULT_SIZE]))
}

const BYTES_OF_A_NUMBER = 8

/** Bytes of the dense tensor and of the cores that are kept instead. */
function memoryOf(d: Derivative, question: Question): MemoryData | undefined {
  const sizes = sizesOf(question, d.expression)
  const at = new Map(Object.entries(sizes))
  const count = (axes: readonly { evaluate(sizes: ReadonlyMap<string, number>): number }[]) =>
    axes.reduce((product, axis) => product * axis.evaluate(at), 1)
  try {
    const dense = count(d.node.axes) * BYTES_OF_A_NUMBER
    const cores = new Set(d.terms.flatMap((term) => term.factors.map(({ node }) => node)))
    const kept = d.compressed ? [...cores].reduce((sum, core) => sum + count(core.axes), 0) * BYTES_OF_A_NUMBER : dense
    return { dense, kept, sizes }
  } catch {
    return undefined
  }
}

/** The copy rows below the results; NumPy's is empty until its emitter is there. */
export function rowsOf(question: Question, expression: Expression): RowData[] {
  const order = orderOf(question)
  const results = order === 0 ? [expression] : derivativesOf(question, expression, order)
  const join = (write: (result: Expression | Derivative) => string | null) =>
    results
      .map((result) => written(() => write(result)))
      .filter((text) => text !== null)
      .join('\n')
  if (isProduct(question)) {
    const texts = (results as Derivative[]).map((d) => productOf(d, question).text)
    return [
      { label: 'Text', text: texts.join('\n') },
      { label: 'LaTeX', text: texts.map((text) => typeset(text).latex).join('\n') },
    ]
  }
  const kronecker = order === 2 ? join((result) => result.toKronecker()) : ''
  const rows: RowData[] = [
    { label: 'Text', text: join(String) },
    ...(kronecker === '' ? [] : [{ label: 'Kronecker', text: kronecker }]),
    { label: 'Index', text: join((result) => result.toIndex()) },
    { label: 'Einsum', text: join((result) => result.toEinsum()) },
  ]
  rows.push({ label: 'NumPy', text: findLanguage('numpy') ? join(numpyLine) : '' })
  rows.push({ label: 'LaTeX', text: join((result) => result.toLatex()) })
  return rows
}

/** A form, or as a comment why there is none: one row's refusal is not the others'. */
function written(write: () => string | null): string | null {
  try {
    return write()
  } catch (error) {
    if (error instanceof EincalcError) return `# ${error.message}`
    throw error
  }
}

const STEPS_SHOWN = 60

export function stepsData(question: Question, expression: Expression): StepData[] {
  return derivativesOf(question, expression, 1).flatMap((d) =>
    stepsOf(d)
      .slice(-STEPS_SHOWN)
      .map(({ number, rule, of, by, result }) => ({ number, rule, formula: stepFormula(of, by, result) })),
  )
}

/** ∂of/∂by = result, of which the result can be pointed at. */
function stepFormula(of: string, by: string, result: string): FormulaData {
  const right = formulaOf(result)
  const [above, below] = [of, by].map((text) => typeset(text).latex)
  return {
    ...right,
    text: `d(${of})/d(${by}) = ${result}`,
    lines: [`\\frac{\\partial ${wrapped(of, above)}}{\\partial ${wrapped(by, below)}} = ${right.lines.join(' ; ')}`],
    spoken: `the derivative of ${typeset(of).spoken} by ${typeset(by).spoken} is ${right.spoken}`,
  }
}

function wrapped(text: string, latex: string | undefined): string {
  return /^[\p{L}\p{N}_]+$/u.test(text) ? `${latex}` : `\\left(${latex}\\right)`
}

export function costData(question: Question, expression: Expression): CostData[] {
  const sizes = sizesOf(question, expression)
  return derivativesOf(question, expression, 1).map((d) => {
    const { byMode } = d.cost(sizes)
    return {
      sizes,
      modes: (Object.keys(byMode) as Mode[]).map((mode) => ({ mode, ...costOf(byMode[mode]), used: mode === d.mode })),
    }
  })
}

function costOf({ operations, largest, bytes }: { operations: number; largest: number; bytes: number }) {
  return { operations, largest, bytes }
}

/** The program, and after it the same with what its lines compute, which takes longer. */
export async function* codeData(question: Question, expression: Expression): AsyncGenerator<CodeData> {
  await loadLanguages()
  const derivatives = derivativesOf(question, expression, 1)
  let program: CodeData = {
    language: question.language,
    languages: languages.map(({ name, title, extension }) => ({ name, title, extension })),
    code: '',
    lines: [],
  }
  try {
    const { code, bytes } = emitProgram(question.language, expression, derivatives)
    program = { ...program, code, ...(bytes && { bytes }) }
  } catch (error) {
    if (!(error instanceof EincalcError)) throw error
    // A language may lack a function; others are there to be chosen.
    yield { ...program, code: [error.message, error.problem.hint ?? ''].join('\n') }
    return
  }
  yield program
  yield { ...program, lines: programLines(question.language, expression, derivatives) }
}
