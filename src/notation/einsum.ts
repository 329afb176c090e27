/**
 * A node as einsum calls: one line for each intermediate result that is an operand of a call or is used twice, the result
 * last. The lines are a program of the language.
 */
import type { Dimension } from '../tensor/dimension.ts'
import type { Contraction, ElementwiseMap, GeneralCall, Node, Operand, Sum } from '../tensor/node.ts'
import type { Rational } from '../tensor/rational.ts'
import { postorder, useCounts } from '../tensor/walk.ts'
import { nameCondition } from './conditions.ts'
import type { Displays } from './displays.ts'
import { displayText } from './text.ts'

/** Letters for labels; beyond them letters of other scripts, which the language takes too. */
const LETTERS = 'ijklmnopqrstuvwxyzabcdefghABCDEFGHIJKLMNOPQRSTUVWXYZ'
/** The first of the letters beyond: CJK, of which there are 20 000. */
const FURTHER_LETTERS = 0x4e00
/** An intermediate used once stays in place up to this length. */
const INLINE_LENGTH = 40

/** How tightly a text binds, as in text.ts. */
type Level = 'sum' | 'product' | 'postfix' | 'primary'
const ORDER: readonly Level[] = ['sum', 'product', 'postfix', 'primary']

interface Text {
  readonly text: string
  readonly level: Level
}

export interface EinsumContext {
  readonly displays: Displays
  /** Names of the variables that stand as rows. */
  readonly rows: ReadonlySet<string>
  readonly freshName: () => string
  /** A statement that defines `name` as the node by its elements, for what no call writes. */
  readonly define: (name: string, node: Node) => string
}

/** `row`: whether a result of order 1 is a row. */
export function einsumOf(root: Node, row: boolean, context: EinsumContext): string {
  return new EinsumProgram(root, context).write(root, row)
}

class EinsumProgram {
  readonly #context: EinsumContext
  readonly #order: readonly Node[]
  readonly #uses: ReadonlyMap<Node, number>
  readonly #texts = new Map<Node, Text>()
  readonly #lines: string[] = []
  /** Contractions that their only user writes, with its order of axes. */
  readonly #placed = new Set<Node>()
  /** Names of ones, eye and defined indicators by what they are. */
  readonly #defined = new Map<Node, string>()

  constructor(root: Node, context: EinsumContext) {
    this.#context = context
    this.#order = postorder([root])
    this.#uses = useCounts([root])
    for (const node of this.#order) {
      const operands =
        node.kind === 'sum' ? node.terms : node.kind === 'contraction' && isPermutation(node) ? node.factors : []
      for (const { node: operand, labels } of operands) {
        const whole = labels.length === node.axes.length && operand.kind === 'contraction'
        if (whole && operand.factors.length > 0 && this.#uses.get(operand) === 1) this.#placed.add(operand)
      }
    }
  }

  write(root: Node, row: boolean): string {
    for (const node of this.#order) {
      if (node !== root && (node.kind === 'indicator' || this.#placed.has(node))) continue
      const text = this.#textOf(node)
      const name = (this.#uses.get(node) ?? 0) > 1 || text.text.length > INLINE_LENGTH
      const named = node !== root && isComputed(node) && name ? this.#bind(text) : text
      this.#texts.set(node, named)
    }
    const last = this.#texts.get(root) as Text
    return [...this.#lines, row ? transposed(last) : last.text].join('\n')
  }

  #bind({ text }: Text): Text {
    const name = this.#context.freshName()
    this.#lines.push(`${name} = ${text}`)
    return { text: name, level: 'primary' }
  }

  #textOf(node: Node): Text {
    switch (node.kind) {
      case 'variable':
        // Every text is a column, so that equal axes are added alike.
        return this.#context.rows.has(node.name)
          ? { text: `${node.name}'`, level: 'postfix' }
          : { text: node.name, level: 'primary' }
      case 'constant':
        return this.#number(node.value)
      case 'indicator':
        return this.#indicator(node)
      case 'contraction':
        return this.#contraction(node)
      case 'sum':
        return this.#sum(node)
      case 'map':
        return this.#map(node)
      case 'general':
        return this.#general(node)
    }
  }

  #number(value: Rational): Text {
    const text = displayText(this.#context.displays.scaled(value, [], []))
    const level = value.sign < 0 ? 'sum' : value.isInteger || !text.includes('/') ? 'primary' : 'product'
    return { text, level }
  }

  #size(dimension: Dimension): Text {
    const text = displayText(this.#context.displays.size(dimension))
    return { text, level: /^\w+$/.test(text) ? 'primary' : 'sum' }
  }

  #indicator(node: Node): Text {
    const [condition] = node.kind === 'indicator' ? node.conditions : []
    const single = node.kind === 'indicator' && node.conditions.length === 1 && condition
    const named = single && nameCondition(condition, node.axes)
    if (named && named.kind === 'delta' && node.axes.length === 2) {
      return { text: `eye(${(node.axes[0] as Dimension).key})`, level: 'primary' }
    }
    if (named && named.kind === 'select' && node.axes.length === 1) {
      return { text: `eye(${(node.axes[0] as Dimension).key})[:,${named.position}]`, level: 'primary' }
    }
    return { text: this.#definition(node), level: 'primary' }
  }

  #definition(node: Node): string {
    const known = this.#defined.get(node)
    if (known !== undefined) return known
    const name = this.#context.freshName()
    this.#lines.push(this.#context.define(name, node))
    this.#defined.set(node, name)
    return name
  }

  /** `order`: the axes of the result in the order in which they are wanted. */
  #contraction(node: Contraction, order: readonly number[] = node.axes.map((_, axis) => axis)): Text {
    const { factors, dimensions, rank } = node
    const [inner] = factors
    if (inner && isPermutation(node) && this.#placed.has(inner.node) && inner.node.kind === 'contraction') {
      return this.#contraction(
        inner.node,
        order.map((axis) => inner.labels.indexOf(axis)),
      )
    }
    const operands: { labels: readonly number[]; text: string }[] = []
    const above: string[] = []
    const below: string[] = []
    const carried = new Set<number>()
    for (const { node, labels, exponent } of factors) {
      const written = labels.length === 0 && exponent.sign > 0 && isInverseNorm(node) ? this.#texts.get(node)?.text : ''
      if (written?.startsWith('1/')) {
        below.push(this.#power(textOf(written.slice(2)), exponent, 0).text)
        continue
      }
      const base = node.kind === 'indicator' ? this.#indicator(node) : (this.#texts.get(node) as Text)
      for (const label of labels) carried.add(label)
      if (labels.length > 0) operands.push({ labels, text: this.#operand(this.#power(base, exponent, labels.length)) })
      else if (exponent.sign > 0) above.push(bracket(this.#power(base, exponent, 0), 'postfix'))
      else below.push(bracket(this.#power(base, exponent.negate(), 0), 'postfix'))
    }
    for (const [label, dimension] of dimensions.entries()) {
      if (carried.has(label)) continue
      if (label < rank) operands.push({ labels: [label], text: `ones(${dimension.key})` })
      else above.push(bracket(this.#size(dimension), 'postfix'))
    }
    const output = order
    const [only] = operands
    const trivial = operands.length === 1 && only?.labels.join() === output.join()
    if (only && trivial)
      above.push(above.length + below.length === 0 ? only.text : bracket(textOf(only.text), 'postfix'))
    else if (operands.length > 0) above.push(this.#call(operands, output))
    if (above.length === 0) above.push('1')
    const [first] = above
    if (below.length === 0 && above.length === 1 && first !== undefined) return textOf(first)
    const quotient = below.length === 0 ? '' : below.length === 1 ? `/${below[0]}` : `/(${below.join('*')})`
    return { text: `${above.join('*')}${quotient}`, level: 'product' }
  }

  #call(operands: readonly { readonly labels: readonly number[]; readonly text: string }[], output: readonly number[]) {
    // The letters run through the output first, so that a result reads ->ijkl.
    const places = new Map<number, number>()
    for (const label of [...output, ...operands.flatMap((operand) => operand.labels)]) {
      if (!places.has(label)) places.set(label, places.size)
    }
    const letters = (labels: readonly number[]) => labels.map((label) => letterOf(places.get(label) as number)).join('')
    const inputs = operands.map(({ labels }) => letters(labels)).join(',')
    return `einsum('${inputs}->${letters(output)}', ${operands.map(({ text }) => text).join(', ')})`
  }

  /** An operand of a call is a name, a literal or an elementwise power of one. */
  #operand(text: Text): string {
    const simple = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(text.text)
    const literal = /^(eye|ones)\([^()]*\)(\[[^\]]*\])?$/.test(text.text)
    const power = text.level === 'postfix'
    return simple || literal || power ? text.text : this.#bind(text).text
  }

  #power(base: Text, exponent: Rational, order: number): Text {
    if (exponent.isOne) return base
    const operand = base.level === 'primary' ? base.text : order > 0 ? this.#bind(base).text : `(${base.text})`
    const shown =
      exponent.sign < 0 || !exponent.isInteger
        ? `(${displayText(this.#context.displays.scaled(exponent, [], []))})`
        : exponent.key
    return { text: `${operand}${order > 0 ? '.^' : '^'}${shown}`, level: 'postfix' }
  }

  /** An operand over the axes of its user: as it is, as a scalar, or spread by a call. */
  #aligned({ node, labels }: Operand, axes: readonly Dimension[], spread: boolean): Text {
    if (this.#placed.has(node) && node.kind === 'contraction') {
      return this.#contraction(
        node,
        axes.map((_, axis) => labels.indexOf(axis)),
      )
    }
    const text = this.#texts.get(node) ?? this.#indicator(node)
    const identical = labels.length === axes.length && labels.every((label, axis) => label === axis)
    if (identical || (labels.length === 0 && !spread)) return text
    const missing = axes.flatMap((dimension, axis) =>
      labels.includes(axis) ? [] : [{ labels: [axis], text: `ones(${dimension.key})` }],
    )
    const operands = labels.length === 0 ? missing : [{ labels, text: this.#operand(text) }, ...missing]
    const call = textOf(
      this.#call(
        operands,
        axes.map((_, axis) => axis),
      ),
    )
    return labels.length > 0 ? call : { text: `${bracket(text, 'postfix')}*${call.text}`, level: 'product' }
  }

  #sum({ terms, axes }: Sum): Text {
    const [first] = terms
    if (!first) return axes.length === 0 ? textOf('0') : textOf(`zeros(${axes.map((axis) => axis.key).join(',')})`)
    const shaped = terms.some(({ labels }) => labels.length === axes.length)
    const written = terms.map((term, position) => {
      const magnitude = this.#number(term.coefficient.absolute())
      const operand = this.#aligned(term, axes, !shaped)
      const one = term.coefficient.absolute().isOne
      const text = one ? bracket(operand, 'product') : `${bracket(magnitude, 'product')}*${bracket(operand, 'product')}`
      const negative = term.coefficient.sign < 0
      return position === 0 ? `${negative ? '-' : ''}${text}` : `${negative ? ' - ' : ' + '}${text}`
    })
    const level = terms.length === 1 && first.coefficient.sign > 0 ? 'product' : 'sum'
    return { text: written.join(''), level }
  }

  #map({ name, args, axes }: ElementwiseMap): Text {
    const shaped = args.some(({ labels }) => labels.length === axes.length)
    const texts = args.map((arg) => this.#aligned(arg, axes, !shaped))
    const { displays } = this.#context
    const type = axes.length === 0 ? 'scalar' : 'tensor'
    // The arguments' texts stand as names, so that operators are written as everywhere.
    const names = texts.map((text, position) =>
      displays.name(
        isOperator(name) ? bracket(text, 'primary') : text.text,
        args[position]?.labels.length === 0 && shaped ? 'scalar' : type,
      ),
    )
    const call = displayText(displays.call(name, type, names))
    return name === 'pow' ? { text: call, level: 'postfix' } : textOf(call)
  }

  #general(node: GeneralCall): Text {
    const { name, args, batch, axes } = node
    const [first] = args
    const plain = args.every(({ labels }) => labels.every((label, axis) => label === axis))
    const along = batch === 1 && args.length === 1 && first?.labels.length === 2
    if (!plain || batch > 1 || (batch === 1 && !along) || !first) return textOf(this.#definition(node))
    const list = args.map(({ node: operand }) => (this.#texts.get(operand) ?? this.#indicator(operand)).text)
    const call = name === 'rnorm2' ? 'norm2' : name
    if (name === 'logdetp') return textOf(`log(det(${list.join(', ')}))`)
    const text = `${call}(${list.join(', ')}${along && axes.length === 1 ? ', axis=2' : ''})`
    return name === 'rnorm2' ? { text: axes.length > 0 ? `1./${text}` : `1/${text}`, level: 'product' } : textOf(text)
  }
}

function transposed(column: Text): string {
  return /^[\p{L}_][\p{L}\p{N}_]*'$/u.test(column.text) ? column.text.slice(0, -1) : `${bracket(column, 'primary')}'`
}

function isInverseNorm(node: Node): boolean {
  return node.kind === 'general' && node.name === 'rnorm2'
}

function isPermutation({ factors, dimensions, rank }: Contraction): boolean {
  const [only] = factors
  if (!only || factors.length > 1 || !only.exponent.isOne || dimensions.length > rank) return false
  return only.labels.length === rank && new Set(only.labels).size === rank
}

function isComputed(node: Node): boolean {
  if (node.kind === 'variable' || node.kind === 'constant' || node.kind === 'indicator') return false
  return !(node.kind === 'contraction' && node.factors.length === 0 && node.rank === 0)
}

/** Maps that are written between their arguments. */
function isOperator(name: string): boolean {
  return ['pow', 'lt', 'le', 'gt', 'ge'].includes(name)
}

function textOf(text: string): Text {
  return { text, level: 'primary' }
}

function bracket({ text, level }: Text, least: Level): string {
  return ORDER.indexOf(level) < ORDER.indexOf(least) ? `(${text})` : text
}

function letterOf(label: number): string {
  return LETTERS[label] ?? String.fromCodePoint(FURTHER_LETTERS + label - LETTERS.length)
}
