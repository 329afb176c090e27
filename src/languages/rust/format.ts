/**
 * Breaks long statements where rustfmt breaks them. Statements come on one line each; what is no statement of the forms that
 * programs are made of, or fits, stays as it is.
 */
import { type Expr, parseStatement, textOf } from './expressions.ts'

const MAX = 100
const TAB = 4
/** Arguments, items and chains of methods that are wider are broken although they fit. */
const NARROW = 60
const NARROW_IF = 50
/** Items that are no longer are set beside each other. */
const SHORT = 10
/** Characters of a statement, of which longer ones stay on one line: they are read as deep as they have operators. */
const LONGEST = 10_000

/** Where a text goes: behind `offset` columns of the first line, with room for `width`; what is broken is indented. */
interface Shape {
  readonly indent: number
  readonly offset: number
  readonly width: number
}

/** The lines of blocks `depth` deep. */
export function formatted(lines: readonly string[], depth: number): string[] {
  return lines.flatMap((line) => {
    const text = line.trimStart()
    const own = line.length - text.length
    const indent = depth * TAB + own
    const statement = text.length <= LONGEST ? parseStatement(text) : undefined
    if (!statement) return [line]
    const { head, expression, tail } = statement
    const shape = { indent, offset: 0, width: MAX - indent - tail.length }
    const value = head.endsWith('=') ? assigned(head, expression, shape) : headed(head, expression, shape)
    if (value === undefined) return [line]
    // The bracket of a block stands alone below a condition that is broken.
    const whole = tail === ' {' && value.includes('\n') ? `${value}\n${' '.repeat(indent)}{` : `${value}${tail}`
    return whole.split('\n').map((one, k) => (k === 0 ? `${' '.repeat(own)}${one}` : one.slice(depth * TAB)))
  })
}

function headed(head: string, expression: Expr, shape: Shape): string | undefined {
  const value = render(expression, left(shape, head.length))
  return value === undefined ? undefined : `${head}${value}`
}

/** `place = value`, the value behind it or on the next line. */
function assigned(head: string, expression: Expr, shape: Shape): string | undefined {
  const here = render(expression, left(shape, head.length + 1))
  if (here !== undefined && !here.includes('\n')) return `${head} ${here}`
  const below = render(expression, nested(shape))
  const next = below === undefined ? undefined : `${head}${lineAt(shape.indent + TAB)}${below}`
  if (here === undefined) return next
  const [first = ''] = here.split('\n')
  const isBetter =
    below !== undefined &&
    (!below.includes('\n') ||
      count(here) > count(below) + 1 ||
      ['(', '{', '['].some((end) => first.endsWith(end) && !below.split('\n')[0]?.endsWith(end)))
  return isBetter ? next : `${head} ${here}`
}

function count(text: string): number {
  return text.split('\n').length
}

function lineAt(indent: number): string {
  return `\n${' '.repeat(indent)}`
}

function left(shape: Shape, columns: number): Shape {
  return { indent: shape.indent, offset: shape.offset + columns, width: shape.width - columns }
}

/** One tab further in, with as much behind it as there was. */
function nested({ indent, offset, width }: Shape): Shape {
  const behind = MAX - (indent + offset + width)
  return { indent: indent + TAB, offset: 0, width: MAX - indent - TAB - behind }
}

function narrower(shape: Shape, columns: number): Shape {
  return { ...shape, width: shape.width - columns }
}

/** The expression, on several lines where it must be; undefined where it has no place. */
function render(node: Expr, shape: Shape): string | undefined {
  const line = textOf(node)
  if (line.length <= shape.width && !isWide(node)) return line
  switch (node.kind) {
    case 'text':
      return undefined
    case 'unary': {
      const of = render(node.of, left(shape, node.operator.length))
      return of === undefined ? undefined : `${node.operator}${of}`
    }
    case 'paren': {
      const of = render(node.of, narrower(left(shape, 1), 1))
      return of === undefined ? undefined : `(${of})`
    }
    case 'cast': {
      const of = render(node.of, narrower(shape, node.type.length + 4))
      return of === undefined ? undefined : `${of} as ${node.type}`
    }
    case 'index': {
      const of = render(node.of, narrower(shape, textOf(node.at).length + 2))
      return of === undefined ? undefined : `${of}[${textOf(node.at)}]`
    }
    case 'binary':
      return pairs(node, shape)
    case 'if':
      return branches(node, shape)
    case 'call':
      return brackets(node.callee, node, shape)
    case 'chain':
      return chain(node, shape)
  }
}

/** Whether something within is wider than rustfmt leaves on one line. */
function isWide(node: Expr): boolean {
  switch (node.kind) {
    case 'text':
      return false
    case 'unary':
    case 'paren':
    case 'cast':
      return isWide(node.of)
    case 'index':
      return isWide(node.of) || isWide(node.at)
    case 'binary':
      return isWide(node.left) || isWide(node.right)
    case 'if':
      return textOf(node).length > NARROW_IF || [node.condition, node.yes, node.no].some(isWide)
    case 'call':
      return areWide(node.items)
    case 'chain':
      return (
        isWide(node.of) ||
        (node.methods.length > 1 && textOf(node).length > NARROW) ||
        node.methods.some(({ items }) => areWide(items))
      )
  }
}

/** An only argument may be wide, unless it is a call. */
function areWide(items: readonly Expr[]): boolean {
  const [only] = items
  const isFree = only !== undefined && items.length === 1 && !isNestedCall(only)
  return (!isFree && items.map(textOf).join(', ').length > NARROW) || items.some(isWide)
}

function isNestedCall(node: Expr): boolean {
  if (node.kind === 'unary' || node.kind === 'cast') return isNestedCall(node.of)
  return node.kind === 'call' && node.callee !== ''
}

/** Operands of one operator, each on a line of its own. */
function pairs(node: Extract<Expr, { kind: 'binary' }>, shape: Shape): string | undefined {
  const operands: Expr[] = [node.right]
  let first = node.left
  while (first.kind === 'binary' && first.operator === node.operator) {
    operands.unshift(first.right)
    first = first.left
  }
  let text = render(first, shape)
  if (text === undefined) return undefined
  const inner = nested(shape)
  for (const operand of operands) {
    const last = text.slice(text.lastIndexOf('\n') + 1)
    const used = last.length + (text.includes('\n') ? 0 : shape.indent + shape.offset)
    // An operand that is no longer than the indent does not stand alone.
    if (used <= inner.indent) {
      const beside = render(operand, left(shape, node.operator.length + 2 + last.trimStart().length))
      if (beside !== undefined) {
        text += ` ${node.operator} ${beside}`
        continue
      }
    }
    const below = render(operand, left(inner, node.operator.length + 1))
    if (below === undefined) return undefined
    text += `${lineAt(inner.indent)}${node.operator} ${below}`
  }
  return text
}

function branches({ condition, yes, no }: Extract<Expr, { kind: 'if' }>, { indent }: Shape): string | undefined {
  const inner = { indent: indent + TAB, offset: 0, width: MAX - indent - TAB }
  const [a, b] = [render(yes, inner), render(no, inner)]
  if (a === undefined || b === undefined) return undefined
  const line = lineAt(indent)
  const own = lineAt(indent + TAB)
  return `if ${textOf(condition)} {${own}${a}${line}} else {${own}${b}${line}}`
}

interface Brackets {
  readonly open: string
  readonly items: readonly Expr[]
  readonly close: string
}

/** `head(items)`, broken in its only item where that has brackets itself, else an item a line. */
function brackets(head: string, { open, items, close }: Brackets, shape: Shape): string | undefined {
  const [only] = items
  if (only && items.length === 1 && isBracketed(only)) {
    const inner = overflowing(only, left(shape, head.length + open.length))
    if (inner !== undefined) return `${head}${open}${inner}${close}`
  }
  const inner = { indent: shape.indent + TAB, offset: 0, width: MAX - shape.indent - TAB - 1 }
  const rows = items.map((item) => render(item, inner))
  if (rows.some((row) => row === undefined)) return undefined
  const own = lineAt(inner.indent)
  const texts = items.every(isShort) ? filled(items.map(textOf), inner.width) : rows
  return `${head}${open}${texts.map((row) => `${own}${row},`).join('')}${lineAt(shape.indent)}${close}`
}

/** Whether it is set beside others where items are broken. */
function isShort(node: Expr): boolean {
  const isSimple = (one: Expr): boolean =>
    one.kind === 'text'
      ? !one.text.includes('::')
      : one.kind === 'unary' || one.kind === 'cast'
        ? isSimple(one.of)
        : one.kind === 'index' && isSimple(one.of) && isSimple(one.at)
  return isSimple(node) && textOf(node).length <= SHORT
}

/** The texts, as many to a line as there is room for. */
function filled(texts: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const text of texts) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 2 + text.length <= width) lines[lines.length - 1] = `${last}, ${text}`
    else lines.push(text)
  }
  return lines
}

function isBracketed(node: Expr): boolean {
  if (node.kind === 'unary') return isBracketed(node.of)
  return node.kind === 'call'
}

/** An only item, its own items a line each. */
function overflowing(node: Expr, shape: Shape): string | undefined {
  if (node.kind === 'unary') {
    const of = overflowing(node.of, left(shape, node.operator.length))
    return of === undefined ? undefined : `${node.operator}${of}`
  }
  return node.kind === 'call' ? brackets(node.callee, node, shape) : undefined
}

/** Methods, each on a line of its own; the last one broken where that is shorter. */
function chain({ of, methods }: Extract<Expr, { kind: 'chain' }>, shape: Shape): string | undefined {
  const whole = render(of, shape)
  if (whole === undefined) return undefined
  const texts = methods.map(({ name, items }) => `.${name}(${items.map(textOf).join(', ')})`)
  const before = `${whole}${texts.slice(0, -1).join('')}`
  const last = methods.at(-1)
  const limit = (methods.length === 1 ? shape.width : Math.min(shape.width, NARROW)) - before.length
  // A root that is no longer than a tab, at the start of a line, takes the first method beside it.
  const isStub = !whole.includes('\n') && whole.length + shape.offset <= TAB
  const inner = whole.includes('\n') ? { ...nested(shape), indent: shape.indent } : nested(shape)
  if (!before.includes('\n') && limit > 0 && last && last.items.length > 0) {
    const broken = methodText(last, left(shape, before.length))
    const first = broken?.split('\n')[0]?.length ?? Number.POSITIVE_INFINITY
    const alone = methodText(last, inner)
    if (
      broken !== undefined &&
      first <= limit &&
      (count(broken) >= 5 || alone === undefined || count(alone) >= count(broken))
    )
      return `${before}${broken}`
  }
  const rows = methods.map((method) => methodText(method, inner))
  if (rows.some((row) => row === undefined)) return undefined
  const [first = '', ...rest] = rows
  const head = isStub ? `${whole}${first}` : `${whole}${lineAt(inner.indent)}${first}`
  return [head, ...rest].join(lineAt(inner.indent))
}

function methodText({ name, items }: { readonly name: string; readonly items: readonly Expr[] }, shape: Shape) {
  return render({ kind: 'call', callee: `.${name}`, open: '(', items, close: ')' }, shape)
}
