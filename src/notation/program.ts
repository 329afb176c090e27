/**
 * What is printed: one expression, or lines that bind names to shared parts and to tensors without a matrix form.
 *
 * Sharing in the tree stays sharing in print where the text would else be long: its length grows with the graph, not with
 * the number of paths through it.
 */
import type { Display } from './display.ts'
import { displayPostorder, parts } from './display.ts'

/** Up to this many tokens a text is one expression. */
export const ONE_LINE_TOKENS = 100
/** A name must save so many tokens. */
const LEAST_SAVING = 10

export interface Line {
  /** The name bound, or undefined for a last line that is an expression. */
  readonly name?: string
  /** The index labels on the left, none for an ordinary binding. */
  readonly labels: readonly string[]
  readonly display: Display
}

export interface Program {
  /** In order of use; the last is the result. */
  readonly lines: readonly Line[]
  /** The names of the parts that are bound. */
  readonly names: ReadonlyMap<Display, string>
}

/** The lines with every definition and, where it `shares`, every part worth a name on a line of its own before its first use. */
export function toProgram(given: readonly Line[], freshName: () => string, shares = true): Program {
  const order = displayPostorder(given.map((line) => line.display))
  const roots = new Set(given.map((line) => line.display))
  const total = given.reduce((sum, line) => sum + line.display.tokens, 0)
  const shared = shares && total > ONE_LINE_TOKENS ? sharedParts(order, given) : new Set<Display>()
  const names = new Map<Display, string>()
  const lines: Line[] = []
  const lastUse = new Map<Display, Line[]>()
  for (const line of given) lastUse.set(line.display, [...(lastUse.get(line.display) ?? []), line])
  for (const display of order) {
    if (display.kind === 'definition' || shared.has(display)) {
      const name = freshName()
      names.set(display, name)
      if (display.kind === 'definition') lines.push({ name, labels: display.labels, display: display.body })
      else lines.push({ name, labels: [], display })
    }
    if (roots.has(display)) lines.push(...(lastUse.get(display) ?? []))
  }
  // The result stands last, though its tree may be a part of no other.
  const result = given.at(-1) as Line
  return { lines: [...lines.filter((line) => line !== result), result], names }
}

/** Parts whose repeated printing costs more than a name, the largest first. */
function sharedParts(order: readonly Display[], given: readonly Line[]): Set<Display> {
  const shared = new Set<Display>()
  const copies = new Map<Display, number>()
  for (const { display } of given) copies.set(display, 1)
  const roots = new Set(given.map((line) => line.display))
  for (let position = order.length - 1; position >= 0; position--) {
    const display = order[position] as Display
    let count = Math.min(copies.get(display) ?? 0, 1e15)
    const saving = (count - 1) * (display.tokens - 1) - 2
    if (!roots.has(display) && canBeNamed(display) && saving >= LEAST_SAVING) {
      shared.add(display)
      count = 1
    }
    if (display.kind === 'definition') count = 1
    for (const part of parts(display)) copies.set(part, (copies.get(part) ?? 0) + count)
  }
  return shared
}

function canBeNamed(display: Display): boolean {
  if (display.free.length > 0 || display.tokens < 3) return false
  switch (display.kind) {
    case 'number':
    case 'name':
    case 'literal':
    case 'transpose':
    case 'element':
    case 'definition':
      return false
    default:
      return true
  }
}
