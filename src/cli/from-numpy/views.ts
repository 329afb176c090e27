/** Which names may mean the same array, or a part of it: what is changed in place under one of them changes under all. */
import type { Scope } from './module.ts'
import type { Source, SyntaxNode } from './python.ts'

/** Expressions that make new arrays. */
const MAKING = new Set(['BinaryExpression', 'UnaryExpression', 'CallExpression'])

/** Functions and methods whose results may be parts of their arguments. */
const VIEWS = /(?:asarray|ravel|reshape|transpose|diagonal|squeeze|expand_dims|astype|T|swapaxes)$/

/** Whether a call may return a part of an array, as functions of the file may, too. */
function isView(source: Source, node: SyntaxNode): boolean {
  const callee = node.name === 'CallExpression' ? node.firstChild : undefined
  return callee !== undefined && (callee?.name !== 'MemberExpression' || VIEWS.test(source.textOf(callee)))
}

export class Views {
  readonly #source: Source
  /** The names, in each scope, of arrays that no other name can see. */
  readonly #alone = new WeakMap<Scope, Set<string>>()

  constructor(source: Source) {
    this.#source = source
  }

  isAlone(name: string, scope: Scope): boolean {
    return this.#alone.get(scope)?.has(name) ?? false
  }

  /** Takes note of an assignment: what operators and functions make is new, names and parts of arrays are not. */
  note(targets: readonly SyntaxNode[], right: readonly SyntaxNode[], scope: Scope): void {
    const alone = this.#alone.get(scope) ?? new Set<string>()
    this.#alone.set(scope, alone)
    const [value] = right
    const isNew = right.length === 1 && value !== undefined && MAKING.has(value.name) && !isView(this.#source, value)
    for (const node of isNew ? [] : right) {
      node.cursor().iterate((each) => {
        if (each.name === 'VariableName') alone.delete(this.#source.textOf(each.node))
      })
    }
    for (const target of targets) {
      if (isNew) alone.add(this.#source.textOf(target))
      else alone.delete(this.#source.textOf(target))
    }
  }
}
