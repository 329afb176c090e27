/** The text of built values: brackets where they are needed, and what is used several times as a statement of its own. */
import { EincalcError } from '../errors.ts'
import { maxTextBytes } from '../syntax/limits.ts'

/** How tightly a text binds; language.md, Operators. */
export const LEVEL = { comparison: 0, sum: 1, product: 2, unary: 3, postfix: 4, primary: 5 } as const

/** Text, or a value in brackets unless it binds at least so tightly. */
export type Piece = string | readonly [value: Written, level: number]

/** What is known of a built value here. */
export interface Written {
  readonly level: number
  readonly pieces: readonly Piece[]
  /** Labels that are free in it: such a value cannot be bound to a name. */
  readonly free: ReadonlySet<string>
  /** It stands as a statement, `name[labels] = …`. */
  readonly definition: { readonly name: string; readonly labels: readonly string[] } | undefined
  /** Its type, where that is known without what stands around it. */
  readonly knownType: string | undefined
}

/** The program of a value. Names that are made up are none of `taken`. Throws `LimitExceeded` where the text is too long. */
export function programText(root: Written, taken: ReadonlySet<string>): string {
  const order = postorder(root)
  const uses = new Map<Written, number>()
  for (const value of order) for (const child of childrenOf(value)) uses.set(child, (uses.get(child) ?? 0) + 1)
  const names = new Map<Written, string>()
  const lengths = new Map<Written, number>()
  let count = 1
  for (const value of order) {
    const isShared = (uses.get(value) ?? 0) > 1 && childrenOf(value).length > 0 && value.knownType !== undefined
    if (value.definition) names.set(value, value.definition.name)
    else if (value !== root && isShared) {
      while (taken.has(`t${count}`)) count++
      names.set(value, `t${count++}`)
    }
    const parts = value.pieces.map((piece) =>
      typeof piece === 'string' ? piece.length : names.has(piece[0]) ? 8 : 2 + (lengths.get(piece[0]) as number),
    )
    const length = parts.reduce((sum, part) => sum + part, 0)
    if (length > maxTextBytes) {
      throw new EincalcError({
        code: 'LimitExceeded',
        message: `the text of what is built is longer than ${maxTextBytes} bytes`,
        hint: 'What carries free labels is written at each use: define(name, labels, body) gives it a name.',
      })
    }
    lengths.set(value, length)
  }
  const statements = order.flatMap((value) => {
    if (value !== root && !names.has(value)) return []
    const text = written(value, (child) => names.get(child))
    return [value === root && !value.definition ? text : `${head(value, names.get(value) as string)} = ${text}`]
  })
  return statements.join('; ')
}

/**
 * The text of one operation: operands of known types are variables of made-up names, except those that `typeOf` knows, which
 * are variables already. Undefined where it is longer than `limit`.
 */
export function textAlone(
  value: Written,
  typeOf: (name: string) => string | undefined,
  limit: number,
): { readonly text: string; readonly types: Map<string, string> } | undefined {
  const types = new Map<string, string>()
  const standIns = new Map<Written, string>()
  const nameOf = (child: Written): string | undefined => {
    const { knownType, pieces } = child
    const [only] = pieces
    if (childrenOf(child).length === 0) {
      const type = typeof only === 'string' ? typeOf(only) : undefined
      if (type !== undefined) types.set(only as string, type)
      return undefined
    }
    if (knownType === undefined) return undefined
    let name = standIns.get(child)
    for (let k = standIns.size + 1; name === undefined; k++) if (typeOf(`ξ${k}`) === undefined) name = `ξ${k}`
    standIns.set(child, name)
    types.set(name, knownType)
    return name
  }
  const text = written(value, nameOf, limit)
  if (text === undefined) return undefined
  return { text: value.definition ? `${head(value, value.definition.name)} = ${text}` : text, types }
}

function head({ definition }: Written, name: string): string {
  const labels = definition?.labels ?? []
  return labels.length === 0 ? name : `${name}[${labels.join(',')}]`
}

/** The text of a value, in which those that have a name stand by it; undefined beyond the limit. */
function written(
  root: Written,
  nameOf: (value: Written) => string | undefined,
  limit = Number.POSITIVE_INFINITY,
): string | undefined {
  const output: string[] = []
  let length = 0
  const stack = [...root.pieces].reverse()
  for (let piece = stack.pop(); piece !== undefined; piece = stack.pop()) {
    if (typeof piece === 'string') {
      output.push(piece)
      length += piece.length
      if (length > limit) return undefined
      continue
    }
    const [value, required] = piece
    const name = nameOf(value)
    if (name !== undefined) stack.push(name)
    else {
      const isBracketed = value.level < required
      if (isBracketed) stack.push(')')
      for (let k = value.pieces.length - 1; k >= 0; k--) stack.push(value.pieces[k] as Piece)
      if (isBracketed) stack.push('(')
    }
  }
  return output.join('')
}

function childrenOf({ pieces }: Written): readonly Written[] {
  return pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [piece[0]]))
}

function postorder(root: Written): Written[] {
  const order: Written[] = []
  const seen = new Set([root])
  const stack = [{ value: root, children: childrenOf(root), next: 0 }]
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const child = top.children[top.next++]
    if (!child) {
      order.push(top.value)
      stack.pop()
    } else if (!seen.has(child)) {
      seen.add(child)
      stack.push({ value: child, children: childrenOf(child), next: 0 })
    }
  }
  return order
}
