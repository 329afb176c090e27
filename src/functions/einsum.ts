/**
 * `einsum("ij,jk->ik", A, B)`, with NumPy's rules: one term of letters for each operand, `...` for the axes that the
 * letters leave over (aligned at the last), a letter twice in a term for the diagonal. Without `->` the result has the
 * axes of `...` and then the letters that occur once, sorted. An axis of size 1 broadcasts against another size.
 *
 * Source: NumPy reference, numpy.einsum.
 */
import type { ErrorCode } from '../errors.ts'
import type { Dimension } from '../tensor/dimension.ts'
import type { Graph, NamedFactor } from '../tensor/graph.ts'
import type { Node } from '../tensor/node.ts'
import type { LanguageFunction, Shape, TypedCall, Typer } from './entry.ts'
import { argument } from './shape.ts'

export const einsum: LanguageFunction = {
  name: 'einsum',
  usage: 'einsum("ij,jk->ik", A, B)',
  doc: "The sum over products that the letters say, by NumPy's rules.",
  latex: (...args) => `\\operatorname{einsum}\\left(${args.join(', ')}\\right)`,
  parameters: ['text', 'value'],
  arity: [2, Number.POSITIVE_INFINITY],
  type(typer, call) {
    const { inputs, output } = subscripts(call, (code, message, hint) => typer.fail(code, message, hint, 'text'))
    const sizes = new Map<string, { dimension: Dimension; operand: number }>()
    for (const [operand, labels] of inputs.entries()) typeOperand(typer, call, operand, labels, sizes)
    return { axes: output.map((label) => sizes.get(label)?.dimension as Dimension) }
  },
  build(g, args, call) {
    const { inputs, output } = subscripts(call, (_code, message) => {
      throw new TypeError(message)
    })
    const sizes = new Map<string, Dimension>()
    for (const [operand, labels] of inputs.entries()) {
      for (const [axis, label] of labels.entries()) {
        const dimension = argument(call, operand).axes[axis] as Dimension
        if (!sizes.has(label) || isOne(sizes.get(label) as Dimension)) sizes.set(label, dimension)
      }
    }
    const factors = inputs.map((labels, operand) => alignedFactor(args[operand] as Node, labels, operand, sizes))
    return contractNamed(g, output, factors, sizes)
  },
}

/** Equates the axes of a letter; those of the literal size 1 give way. */
function typeOperand(
  typer: Typer,
  call: TypedCall,
  operand: number,
  labels: readonly string[],
  sizes: Map<string, { dimension: Dimension; operand: number }>,
): void {
  const own = new Map<string, Dimension>()
  for (const [axis, label] of labels.entries()) {
    const dimension = typer.settled(argument(call, operand).axes[axis] as Dimension)
    const twin = own.get(label)
    if (twin !== undefined) {
      const message = () =>
        `${shown(label)} stands for axes of sizes ${typer.show(twin)} and ${typer.show(dimension)} of ${typer.name(operand)}`
      typer.equate(twin, dimension, message, operand)
      continue
    }
    own.set(label, dimension)
    const known = sizes.get(label)
    if (known === undefined || isOne(known.dimension)) {
      sizes.set(label, { dimension, operand })
    } else if (!isOne(dimension)) {
      const message = () =>
        `${shown(label)} has size ${typer.show(known.dimension)} in ${typer.name(known.operand)} but ${typer.show(dimension)} in ${typer.name(operand)}`
      typer.equate(known.dimension, dimension, message, operand)
    }
  }
}

/** An axis of size 1 beside another size is summed over alone, so that it broadcasts and its derivative sums it back. */
function alignedFactor(
  node: Node,
  labels: readonly string[],
  operand: number,
  sizes: ReadonlyMap<string, Dimension>,
): NamedFactor {
  const names = labels.map((label, axis) => {
    const broadcasts = isOne(node.axes[axis] as Dimension) && !isOne(sizes.get(label) as Dimension)
    return broadcasts ? `${label}#${operand}` : label
  })
  return [node, names]
}

function contractNamed(
  g: Graph,
  output: readonly string[],
  factors: readonly NamedFactor[],
  sizes: ReadonlyMap<string, Dimension>,
): Node {
  return g.contract(output, factors, new Map(output.map((label) => [label, sizes.get(label) as Dimension])))
}

function isOne(dimension: Dimension): boolean {
  return dimension.value === 1
}

interface Subscripts {
  /** The label of each axis of each operand; those of `...` are numbered from the last. */
  readonly inputs: readonly (readonly string[])[]
  readonly output: readonly string[]
}

type Refuse = (code: ErrorCode, message: string, hint?: string) => never

function subscripts(call: TypedCall, refuse: Refuse): Subscripts {
  const text = (call.text ?? '').replace(/\s/gu, '')
  const [left = '', right, ...more] = text.split('->')
  if (more.length > 0) refuse('SyntaxError', 'the subscripts have more than one `->`')
  const terms = left.split(',').map((term) => readTerm(term, refuse))
  if (terms.length !== call.args.length) {
    refuse(
      'SyntaxError',
      `the subscripts have ${count(terms.length, 'term')} for ${count(call.args.length, 'operand')}`,
    )
  }
  const inputs = terms.map((term, operand) => fill(term, call.args[operand] as Shape, operand, refuse))
  const ellipsisAxes = Math.max(0, ...inputs.map((labels) => labels.filter(isEllipsisAxis).length))
  const ellipsis = Array.from({ length: ellipsisAxes }, (_, k) => ellipsisAxis(ellipsisAxes - 1 - k))

  if (right === undefined) return { inputs, output: [...ellipsis, ...implicitOutput(inputs)] }
  const target = readTerm(right, refuse)
  const known = new Set(inputs.flat())
  const seen = new Set<string>()
  for (const label of target) {
    if (label !== '...' && !known.has(label))
      refuse('SyntaxError', `${shown(label)} stands behind \`->\` only`, `give it to an operand`)
    if (seen.has(label)) {
      refuse('SyntaxError', `${shown(label)} stands twice behind \`->\``, 'a diagonal matrix is `diag(x)`')
    }
    seen.add(label)
  }
  if (ellipsisAxes > 0 && !seen.has('...')) {
    refuse('SyntaxError', 'the result lacks the axes of `...`', 'write `...` behind `->` too')
  }
  return { inputs, output: target.flatMap((label) => (label === '...' ? ellipsis : [label])) }
}

/** The letters of a term, with `...` as one. */
function readTerm(term: string, refuse: Refuse): string[] {
  const labels: string[] = []
  const parts = term.split('...')
  if (parts.length > 2) refuse('SyntaxError', `the term \`${term}\` has more than one \`...\``)
  for (const [position, part] of parts.entries()) {
    if (position === 1) labels.push('...')
    for (const character of part) {
      if (!/^\p{L}$/u.test(character)) refuse('SyntaxError', `\`${character}\` in the subscripts is no letter`)
      labels.push(character)
    }
  }
  return labels
}

/** A label for each axis of the operand. */
function fill(term: readonly string[], shape: Shape, operand: number, refuse: Refuse): string[] {
  const letters = term.filter((label) => label !== '...').length
  const axes = shape.axes.length
  const rest = axes - letters
  if (rest < 0 || (rest > 0 && !term.includes('...'))) {
    const name = `operand ${operand + 1}`
    refuse(
      'ShapeMismatch',
      `the term \`${term.join('')}\` has ${count(letters, 'letter')} but ${name} has ${count(axes, 'axis', 'axes')}`,
    )
  }
  return term.flatMap((label) =>
    label === '...' ? Array.from({ length: rest }, (_, k) => ellipsisAxis(rest - 1 - k)) : [label],
  )
}

function implicitOutput(inputs: readonly (readonly string[])[]): string[] {
  const uses = new Map<string, number>()
  for (const label of inputs.flat()) uses.set(label, (uses.get(label) ?? 0) + 1)
  const once = [...uses.keys()].filter((label) => uses.get(label) === 1 && !isEllipsisAxis(label))
  return once.sort((a, b) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number))
}

/** No letter, so that it meets none. */
function ellipsisAxis(fromLast: number): string {
  return `...${fromLast}`
}

function isEllipsisAxis(label: string): boolean {
  return label.startsWith('...')
}

function shown(label: string): string {
  return isEllipsisAxis(label) ? 'an axis of `...`' : `\`${label}\``
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
