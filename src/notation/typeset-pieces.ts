/** How each kind of syntax node is typeset and spoken: pieces of LaTeX with their words, and operands with the level they need. */
import { findFunction } from '../functions/index.ts'
import type { BinaryNode, BinderNode, CallNode, IndexEntry, IndexNode, SyntaxNode } from '../syntax/tree.ts'
import { latexName } from './latex.ts'

/** How tightly a formula binds. */
export const OPEN = 0
const SUM = 1
const PRODUCT = 2
const POSTFIX = 4
const PRIMARY = 5

export interface Said {
  readonly latex: string
  readonly spoken: string
}
/** Text, or a node that is put into brackets unless it binds at least so tightly. */
export type Piece = Said | readonly [node: SyntaxNode, level: number]
export interface Pieces {
  readonly level: number
  readonly pieces: readonly Piece[]
}

export function said(latex: string, spoken: string): Said {
  return { latex, spoken }
}
const silent = (latex: string) => said(latex, '')

export function write(node: SyntaxNode): Pieces {
  switch (node.kind) {
    case 'number':
      return numberPieces(node.text)
    case 'name':
      return { level: PRIMARY, pieces: [said(node.name === 'pi' ? '\\pi' : latexName(node.name), node.name)] }
    case 'string':
      return { level: PRIMARY, pieces: [said(`\\text{“${plainText(node.value)}”}`, node.value)] }
    case 'unary':
      return {
        level: SUM,
        pieces: [said(node.operator, node.operator === '-' ? 'minus' : 'plus'), [node.operand, PRODUCT]],
      }
    case 'binary':
      return binaryPieces(node)
    case 'transpose': {
      const { operand } = node
      const inverse = inverseOf(operand)
      if (inverse) {
        return { level: POSTFIX, pieces: [...scripted(inverse), said('^{-\\top}', 'inverse transpose')] }
      }
      return { level: POSTFIX, pieces: [...scripted(operand), said('^\\top', 'transpose')] }
    }
    case 'call':
      return callPieces(node)
    case 'binder':
      return binderPieces(node)
    case 'index':
      return indexPieces(node)
    case 'error':
      return { level: PRIMARY, pieces: [said('\\square', 'something')] }
  }
}

function numberPieces(text: string): Pieces {
  const match = /^(.*?)[eE]([+-]?\d+)$/.exec(text)
  const mantissa = (match?.[1] ?? text).replace(/\.$/, '').replace(/^\./, '0.')
  if (!match) return { level: PRIMARY, pieces: [said(mantissa, mantissa)] }
  const exponent = Number(match[2])
  return {
    level: POSTFIX,
    pieces: [said(`${mantissa} \\cdot 10^{${exponent}}`, `${mantissa} times 10 to the power ${exponent}`)],
  }
}

const COMPARISONS: Readonly<Record<string, Said>> = {
  '<': said(' < ', 'less than'),
  '<=': said(' \\le ', 'at most'),
  '>': said(' > ', 'greater than'),
  '>=': said(' \\ge ', 'at least'),
  '==': said(' = ', 'equals'),
  '!=': said(' \\ne ', 'differs from'),
}

function binaryPieces(node: BinaryNode): Pieces {
  switch (node.operator) {
    case '+':
    case '-':
      return sumPieces(node)
    case '*':
    case '/':
    case '.*':
    case './':
    case 'kron':
      return productPieces(node)
    case '^':
    case '.^':
      return powerPieces(node.left, node.right, node.operator === '.^')
    default:
      return {
        level: OPEN,
        pieces: [[node.left, SUM], COMPARISONS[node.operator] as Said, [node.right, SUM]],
      }
  }
}

/** The operands of a row of operators of one level, which group to the left. */
function leftSpine(node: BinaryNode, operators: ReadonlySet<string>): { first: SyntaxNode; rest: BinaryNode[] } {
  const rest: BinaryNode[] = []
  let first: SyntaxNode = node
  while (first.kind === 'binary' && operators.has(first.operator)) {
    rest.push(first)
    first = first.left
  }
  return { first, rest: rest.reverse() }
}

const SUMS = new Set(['+', '-'])
const PRODUCTS = new Set(['*', '/', '.*', './', 'kron'])

function sumPieces(node: BinaryNode): Pieces {
  const { first, rest } = leftSpine(node, SUMS)
  const pieces: Piece[] = [[first, SUM]]
  for (const { operator, right } of rest) {
    pieces.push(said(` ${operator} `, operator === '+' ? 'plus' : 'minus'), [right, PRODUCT])
  }
  return { level: SUM, pieces }
}

/** Factors from left to right; what stands before `/` becomes a numerator, another kind of product is put into brackets. */
function productPieces(node: BinaryNode): Pieces {
  const { first, rest } = leftSpine(node, PRODUCTS)
  const isNegative = first.kind === 'unary' && first.operator === '-'
  let previous: SyntaxNode | undefined = isNegative ? first.operand : first
  // The first factor of a fraction needs no brackets.
  let pieces: Piece[] = [[previous, rest[0]?.operator === '/' ? PRODUCT : POSTFIX]]
  let kind: string | undefined
  for (const { operator, right } of rest) {
    if (operator === '/') {
      pieces = [silent('\\frac{'), ...pieces, said('}{', 'over'), [right, PRODUCT], silent('}')]
      previous = undefined
      continue
    }
    const grouped = kind !== undefined && kind !== operator
    if (grouped) pieces = [said('\\left(', 'open'), ...pieces, said('\\right)', 'close')]
    const between = operator === '*' ? said(space(grouped ? undefined : previous, right), 'times') : OPERATORS[operator]
    // 2 (A ⊗ B) needs no brackets: a number in front scales any product.
    const isScaled = operator === '*' && previous?.kind === 'number' && right === rest.at(-1)?.right
    pieces.push(between as Said, [right, isScaled ? PRODUCT : POSTFIX])
    // A number in front scales any product, so it decides nothing.
    if (!(operator === '*' && previous?.kind === 'number')) kind = operator
    previous = right
  }
  return isNegative ? { level: SUM, pieces: [said('-', 'minus'), ...pieces] } : { level: PRODUCT, pieces }
}

const OPERATORS: Readonly<Record<string, Said>> = {
  '.*': said(' \\odot ', 'elementwise times'),
  './': said(' \\oslash ', 'elementwise over'),
  kron: said(' \\otimes ', 'Kronecker'),
}

/** What separates two factors that stand side by side: a dot before a number, a little space beside words. */
function space(left: SyntaxNode | undefined, right: SyntaxNode): string {
  if (right.kind === 'number') return ' \\cdot '
  return isWord(left) || isWord(right) ? ' \\, ' : ' '
}

function isWord(node: SyntaxNode | undefined): boolean {
  return (node?.kind === 'name' && node.name.length > 1) || node?.kind === 'call' || node?.kind === 'binder'
}

function powerPieces(base: SyntaxNode, exponent: SyntaxNode, elementwise: boolean): Pieces {
  const dot = elementwise ? '\\odot ' : ''
  const literal = exponent.kind === 'number' ? exponent.text : undefined
  const words = literal === '2' ? 'squared' : literal === '3' ? 'cubed' : undefined
  const raised = elementwise ? 'elementwise ' : ''
  if (words !== undefined) {
    return { level: POSTFIX, pieces: [...scripted(base), said(`^{${dot}${literal}}`, raised + words)] }
  }
  return {
    level: POSTFIX,
    pieces: [...scripted(base), said(`^{${dot}`, `${raised}to the power`), [exponent, OPEN], silent('}')],
  }
}

/** A base that takes a script: in braces unless it is a plain name. */
function scripted(base: SyntaxNode): Piece[] {
  if (base.kind === 'name' && !latexName(base.name).includes('_')) return [[base, PRIMARY]]
  return [silent('{'), [base, PRIMARY], silent('}')]
}

function inverseOf(node: SyntaxNode): SyntaxNode | undefined {
  return node.kind === 'call' && node.callee.name === 'inv' && node.args.length === 1 ? node.args[0] : undefined
}

function between(nodes: readonly SyntaxNode[], separator: Said, level: number): Piece[] {
  return nodes.flatMap((node, position): Piece[] => (position === 0 ? [[node, level]] : [separator, [node, level]]))
}

const COMMA = said(', ', 'and')

/** The constants that are written as one letter with their sizes below. */
const LETTERS: Readonly<Record<string, readonly [latex: string, separator: string, spoken: string]>> = {
  eye: ['I', ',', 'identity'],
  ones: ['\\mathbf{1}', ' \\times ', 'ones'],
  zeros: ['\\mathbf{0}', ' \\times ', 'zeros'],
  commutation: ['K', ',', 'commutation'],
}

function callPieces(node: CallNode): Pieces {
  const { args, named } = node
  const { name } = node.callee
  const [first, second] = args
  const letter = Object.hasOwn(LETTERS, name) ? LETTERS[name] : undefined
  if (letter && named.length === 0) {
    const [latex, separator, spoken] = letter
    const sizes = between(args, said(separator, 'by'), OPEN)
    return {
      level: PRIMARY,
      pieces: [said(latex, spoken), silent('_{'), ...sizes, silent('}')],
    }
  }
  if (named.length === 0 && first && args.length === 1) {
    if (name === 'inv') return { level: POSTFIX, pieces: [...scripted(first), said('^{-1}', 'inverse')] }
    if (name === 'sqrt') {
      return { level: POSTFIX, pieces: [said('\\sqrt{', 'square root of'), [first, OPEN], silent('}')] }
    }
    if (name === 'square') return powerPieces(first, { kind: 'number', span: node.span, text: '2', value: 2 }, false)
    // The symbol, since the name of a vector's length is no operator.
    if (name === 'vector' || name === 'matrix') {
      const one = said(name === 'vector' ? '\\mathbf{1}' : '\\mathbf{1} \\mathbf{1}^\\top', 'in every entry')
      const isOne = first.kind === 'number' && first.text === '1'
      return isOne
        ? { level: PRIMARY, pieces: [said(one.latex, name === 'vector' ? 'vector of ones' : 'matrix of ones')] }
        : { level: PRODUCT, pieces: [[first, POSTFIX], silent(' \\, '), one] }
    }
  }
  if (named.length === 0 && first && second && args.length === 2) {
    if (name === 'pow') return powerPieces(first, second, true)
    if (name === 'kron') {
      return { level: PRODUCT, pieces: [[first, POSTFIX], OPERATORS.kron as Said, [second, POSTFIX]] }
    }
    if (name === 'outer') {
      return { level: PRODUCT, pieces: [[first, POSTFIX], said(' ', 'outer'), ...scripted(second), silent('^\\top')] }
    }
    if (name === 'solve') {
      const pieces = [...scripted(first), said('^{-1} ', 'inverse times'), [second, POSTFIX] as Piece]
      return { level: PRODUCT, pieces }
    }
  }
  return namedCall(node)
}

function namedCall({ callee: { name }, args, named }: CallNode): Pieces {
  const known = findFunction(name)
  const latex = named.length === 0 ? (known?.elementwise?.latex ?? known?.whole?.latex) : undefined
  if (latex && args.length > 0 && name !== 'einsum') {
    // The table writes strings; the arguments' places are marked by a character that no LaTeX of ours holds.
    const written = latex(...args.map((_, position) => `\u0000${position}\u0000`)).split('\u0000')
    if (written.length === 2 * args.length + 1) {
      const pieces = written.map((text, position): Piece => {
        if (position % 2 === 1) return [args[Number(text)] as SyntaxNode, OPEN]
        if (position === 0) return said(text, `${name} of`)
        return said(text, position === written.length - 1 ? (needsEnd(args) ? 'end' : '') : 'and')
      })
      return { level: PRIMARY, pieces }
    }
  }
  const axis = named.find((argument) => argument.name.name === 'axis')
  const under: Piece[] = axis ? [said('_{\\mathrm{axis}\\,', 'along axis'), [axis.value, OPEN], silent('}')] : []
  return {
    level: PRIMARY,
    pieces: [
      said(`\\operatorname{${plainName(name)}}`, name),
      ...under,
      said('\\left(', 'of'),
      ...between(args, COMMA, OPEN),
      said('\\right)', needsEnd(args) ? 'end' : ''),
    ],
  }
}

/** Whether a listener needs to hear where the arguments end. */
function needsEnd(args: readonly SyntaxNode[]): boolean {
  return args.some((arg) => arg.kind === 'binary')
}

function binderPieces({ callee: { name }, labels, conditions, args }: BinderNode): Pieces {
  if (labels.length === 0) {
    const [body] = args
    return {
      level: PRODUCT,
      pieces: [
        said('\\left[', 'where'),
        ...between(conditions, silent(' \\wedge '), OPEN),
        said('\\right] ', 'of'),
        ...(body ? [[body, PRODUCT] as Piece] : []),
      ],
    }
  }
  const symbol = name === 'sum' ? '\\sum' : name === 'prod' ? '\\prod' : `\\operatorname{${plainName(name)}}`
  const list = labels.map((label) => label.name)
  const under: Piece[] = [
    said(`${symbol}_{${list.map(latexName).join(',')}`, `${name} over ${list.join(' and ')}`),
    ...conditions.flatMap((condition): Piece[] => [said(' \\,:\\, ', 'where'), [condition, OPEN]]),
    said('} ', 'of'),
  ]
  if (name === 'sum' || name === 'prod') {
    const [body] = args
    return { level: SUM, pieces: [...under, ...(body ? [[body, PRODUCT] as Piece] : [])] }
  }
  return { level: PRIMARY, pieces: [...under, silent('\\left('), ...between(args, COMMA, OPEN), silent('\\right)')] }
}

function indexPieces({ base, entries }: IndexNode): Pieces {
  const under = entries.map(entryLatex).join(',')
  const spoken = entries.map(entrySpoken).join(' ')
  const literal = base.kind === 'call' ? base.callee.name : undefined
  const isWhole = entries.some((entry) => entry.kind === 'all')
  if (literal === 'eye' && !isWhole) return { level: PRIMARY, pieces: [said(`\\delta_{${under}}`, `delta ${spoken}`)] }
  if (literal === 'ones' && !isWhole) return { level: PRIMARY, pieces: [said('1', '1')] }
  return { level: PRIMARY, pieces: [...scripted(base), said(`_{${under}}`, `sub ${spoken}`)] }
}

function entryLatex(entry: IndexEntry): string {
  switch (entry.kind) {
    case 'label':
      return latexName(entry.name)
    case 'number':
      return entry.text
    case 'end':
      return '\\mathrm{end}'
    case 'all':
      return ':'
    default:
      return '\\cdot'
  }
}

function entrySpoken(entry: IndexEntry): string {
  return entry.kind === 'label'
    ? entry.name
    : entry.kind === 'number'
      ? entry.text
      : entry.kind === 'all'
        ? 'all'
        : 'end'
}

/** Letters, marks and digits as they are, anything else escaped or left out. */
function plainName(name: string): string {
  return [...name].map((c) => (c === '_' ? '\\_' : /[\p{L}\p{M}\p{N}]/u.test(c) ? c : '')).join('')
}

/** What einsum's texts are made of; anything else is left out. */
function plainText(text: string): string {
  return text
    .replace(/->/g, '→')
    .replace(/[^\p{L}\p{N},.→ ]/gu, '')
    .replace(/→/g, '$\\to$')
}
