/** A derivative by its entries, term by term, each in the entries of its cores and of the unit matrices between axes. */
import { print } from '../notation/index.ts'
import type { StructuredTerm } from '../tensor/structured.ts'
import type { Derivative } from './derivative.ts'

const LETTERS = ['i', 'j', 'k', 'l', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'a', 'b', 'c', 'd']

/** `H[i,j,k,l] = 2*(V'*V)[j,l]*eye(m)[i,k]`, which reads back; null for a derivative with fewer than three axes. */
export function entriesText(derivative: Derivative): string | null {
  const { expression, terms, shape, order } = derivative
  const rank = shape.axes.length
  if (rank < 3) return null
  const taken = new Set([...expression.variables.keys(), ...expression.resolved.dimensionNames])
  const names = labelNames(taken)
  const axes = Array.from({ length: rank }, () => names.next().value)
  const options = {
    variables: [...expression.variables.keys()],
    rows: expression.rowVariables,
    sizes: expression.variableSizes,
  }
  const sizes = shape.axes.map((axis) => axis.key)
  const written = terms.map((term) => termText(term, axes, sizes, names, (node) => print(node, options).text()))
  const [name = 'D'] = [order === 2 ? 'H' : 'D', 'D', 'E'].filter((candidate) => !taken.has(candidate))
  const sum = written.join(' + ').replaceAll('+ -', '- ')
  return `${name}[${axes.join(',')}] = ${sum === '' ? `zeros(${sizes.join(',')})[${axes.join(',')}]` : sum}`
}

function* labelNames(taken: ReadonlySet<string>): Generator<string, never> {
  for (const letter of LETTERS) if (!taken.has(letter)) yield letter
  for (let number = 1; ; number++) if (!taken.has(`i${number}`)) yield `i${number}`
}

type Print = (node: StructuredTerm['factors'][number]['node']) => string

function termText(
  { coefficient, factors, output }: StructuredTerm,
  axes: readonly string[],
  sizes: readonly string[],
  names: Generator<string, never>,
  write: Print,
): string {
  const label = new Map<number, string>()
  const units: string[] = []
  for (const [position, inner] of output.entries()) {
    const axis = axes[position] as string
    const first = label.get(inner)
    if (first === undefined) label.set(inner, axis)
    else units.push(`eye(${sizes[position]})[${first},${axis}]`)
  }
  const summed: string[] = []
  const cores = factors.map(({ node, labels, exponent }) => {
    const indices = labels.map((inner) => {
      const known = label.get(inner)
      if (known !== undefined) return known
      const name = names.next().value
      summed.push(name)
      label.set(inner, name)
      return name
    })
    const text = write(node)
    const base = /^[\p{L}_][\p{L}\p{N}_]*(?:\([^()]*\))?$/u.test(text) ? text : `(${text})`
    const entry = indices.length === 0 ? base : `${base}[${indices.join(',')}]`
    return exponent.isOne ? entry : `${entry}^(${exponent.toString()})`
  })
  const magnitude = coefficient.absolute()
  const scale = magnitude.isOne && cores.length + units.length > 0 ? [] : [magnitude.toString()]
  const total = summed.length === 0 ? cores : [`sum[${summed.join(',')}](${cores.join('*')})`]
  return `${coefficient.sign < 0 ? '-' : ''}${[...scale, ...total, ...units].join('*')}`
}
