/** The types of parameters: declared, told by the docstring or a default value, or by the first letter of the name. */
import { parseDeclarations } from '../../syntax/declaration.ts'
import type { Parameter, Source } from './python.ts'

export interface ParameterType {
  /** A declared type as it stands. */
  readonly text?: string
  readonly order: number
  /** The names of the sizes that are known, by axis. */
  sizes: readonly (string | undefined)[] | undefined
  readonly isGuessed: boolean
}

const KINDS = ['scalar', 'vector', 'matrix', 'tensor'] as const

/** The type in our language. Sizes that are not known are left to be inferred. */
export function typeText(name: string, { text, order, sizes }: ParameterType): string {
  if (text !== undefined) return text
  const kind = KINDS[Math.min(order, 3)] as string
  const isKnown = order > 0 && sizes?.length === order && sizes.every((size) => size !== undefined)
  if (isKnown) return `${kind}(${sizes.join()})`
  if (!sizes || sizes.every((size) => size === undefined)) return kind
  return `${kind}(${sizes.map((size, axis) => size ?? `${name}_${axis + 1}`).join()})`
}

/** The type of each parameter by its Python name. */
export function declaredShapes(
  doc: string,
  parameters: readonly Parameter[],
  declared: ReadonlyMap<string, string>,
  source: Source,
): Map<string, ParameterType> {
  const types = new Map<string, ParameterType>()
  for (const parameter of parameters) {
    const { name, node } = parameter
    const type =
      fromDeclaration(declared.get(name)) ?? fromDoc(doc, name) ?? fromSignature(source, parameter) ?? byName(name)
    if (!type) source.fail(node, `what ${name} is is not known`, `Declare it: --var "${name}: matrix(m,n)".`)
    types.set(name, type)
  }
  return types
}

function fromDeclaration(text: string | undefined): ParameterType | undefined {
  if (text === undefined) return undefined
  const [declaration] = parseDeclarations(`x: ${text}`).declarations
  const match = /^\s*(\w+)\s*(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?/.exec(text)
  if (!declaration || !match) return undefined
  const sizes = match[2]?.split(',').map((size) => size.trim())
  const order = orderOfKind(match[1] as string, sizes?.length)
  // A symmetric matrix names its one size once.
  const all = sizes && order === 2 && sizes.length === 1 ? [sizes[0], sizes[0]] : sizes
  return { text, order, sizes: all, isGuessed: false }
}

function orderOfKind(kind: string, sizes: number | undefined): number {
  if (kind === 'scalar') return 0
  if (kind === 'vector' || kind === 'rowvector') return 1
  return kind === 'tensor' ? (sizes ?? 3) : 2
}

/** `X : array of shape (m, n)`, `y : ndarray, shape (m,)`, `alpha : float`, as numpydoc has it. */
function fromDoc(doc: string, name: string): ParameterType | undefined {
  const line = doc.split('\n').find((each) => each.trim().replace(/\s*:/, ':').startsWith(`${name}:`))
  if (line === undefined) return undefined
  const shape = /\(([^()]*)\)/.exec(line)?.[1]
  if (shape !== undefined && /^\s*[\w*+\-/^ ]*(,[\w*+\-/^ ]*)*$/.test(shape)) {
    const sizes = shape
      .split(',')
      .map((size) => size.trim())
      .filter((size) => size !== '')
    const isNamed = sizes.every((size) => /^([A-Za-z]\w*|[1-9]\d*)$/.test(size))
    return { order: sizes.length, sizes: isNamed ? sizes : undefined, isGuessed: false }
  }
  return /:\s*(float|int|scalar|number)\b/.test(line) ? { order: 0, sizes: undefined, isGuessed: false } : undefined
}

/** A parameter with a number as its default, or annotated as one. */
function fromSignature(source: Source, { annotation, value }: Parameter): ParameterType | undefined {
  const isNumber = value?.name === 'Number' || (annotation && ['float', 'int'].includes(source.textOf(annotation)))
  return isNumber ? { order: 0, sizes: undefined, isGuessed: false } : undefined
}

function byName(name: string): ParameterType | undefined {
  const order = /^[a-g]/.test(name) ? 0 : /^[h-z]/.test(name) ? 1 : /^[A-Z]/.test(name) ? 2 : undefined
  return order === undefined ? undefined : { order, sizes: undefined, isGuessed: true }
}
