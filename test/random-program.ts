// Random well-typed programs of the language, for laws that hold for every program. The same random numbers give the same
// program. A program is a tree of templates, so that a failing one shrinks by putting smaller trees of the same type in place
// of its parts.
import fc from 'fast-check'
import { Maker } from './random-maker.ts'
import { declarations, leavesOf, type Program, sameType, type Tree } from './random-types.ts'

/** Declared in every program, so that the names of dimensions are known in all that is printed. */
const ALWAYS = ['xm', 'xn', 'xk']

/** The text of a program; `exchanged` gives the same with operands exchanged everywhere. */
export function textOf(tree: Tree, exchanged = false): string {
  const template = exchanged ? (tree.exchanged ?? tree.template) : tree.template
  return template.replace(/\(\$(\d)\)|\$(\d)/g, (_, inner?: string, bare?: string) => {
    const text = textOf(tree.parts[Number(inner ?? bare)] as Tree, exchanged)
    return inner !== undefined ? `(${text})` : bracketed(text)
  })
}

/** A part in brackets, unless it is a name or a number, or the last statement. */
function bracketed(text: string): string {
  return /^[\w.]+$/.test(text) || text.includes(';') ? text : `(${text})`
}

/** The variables that a text may use, with their types, in the order of the table. */
export function variablesIn(text: string): Record<string, string> {
  const names = new Set([...namesIn(text), ...ALWAYS])
  return Object.fromEntries([...declarations].filter(([name]) => names.has(name)))
}

/** The variables that occur in a text, in the order of the table. */
export function usedVariables(text: string): string[] {
  const names = new Set(namesIn(text))
  return [...declarations.keys()].filter((name) => names.has(name))
}

function namesIn(text: string): readonly string[] {
  return text.match(/[A-Za-z]\w*/g) ?? []
}

/** Random programs with at most this many levels. */
export function programs(depth = 4): fc.Arbitrary<Program> {
  return new ProgramArbitrary(depth)
}

class ProgramArbitrary extends fc.Arbitrary<Program> {
  readonly #depth: number
  constructor(depth: number) {
    super()
    this.#depth = depth
  }
  generate(random: fc.Random): fc.Value<Program> {
    const maker = new Maker(random)
    const tree = maker.program(1 + maker.below(this.#depth))
    return new fc.Value({ tree, choice: maker.below(64) }, undefined)
  }
  canShrinkWithoutContext(value: unknown): value is Program {
    return typeof value === 'object' && value !== null && 'tree' in value
  }
  shrink({ tree, choice }: Program): fc.Stream<fc.Value<Program>> {
    return fc.stream(
      (function* () {
        for (const candidate of shrinks(tree)) yield new fc.Value({ tree: candidate, choice }, undefined)
        for (let smaller = 0; smaller < Math.min(choice, 8); smaller++) {
          yield new fc.Value({ tree, choice: smaller }, undefined)
        }
      })(),
    )
  }
}

/** Smaller trees of the same type, the smallest first. */
function* shrinks(tree: Tree): Generator<Tree> {
  const size = tree.fixed ? 0 : sizeOf(tree)
  for (const leaf of leavesOf(tree.type))
    if (sizeOf(leaf) < size || (size === 1 && leaf.template < tree.template)) yield leaf
  for (const part of tree.fixed ? [] : descendants(tree)) {
    if (part !== tree && sameType(part.type, tree.type) && isClosed(part)) yield part
  }
  for (const [at, part] of tree.parts.entries()) {
    for (const smaller of shrinks(part)) {
      const parts = tree.parts.map((old, k) => (k === at ? smaller : old))
      yield { ...tree, parts }
    }
  }
}

function sizeOf(tree: Tree): number {
  return 1 + tree.parts.reduce((sum, part) => sum + sizeOf(part), 0)
}

function* descendants(tree: Tree): Generator<Tree> {
  yield tree
  for (const part of tree.parts) yield* descendants(part)
}

/** Whether no name is used that the tree does not bind. */
function isClosed(tree: Tree, bound: readonly string[] = []): boolean {
  if (tree.uses !== undefined && !bound.includes(tree.uses)) return false
  const inner = tree.binds === undefined ? bound : [...bound, tree.binds]
  return tree.parts.every((part) => isClosed(part, inner))
}
