/**
 * The scopes of labels. A label belongs to the innermost `sum[k](...)` around it that binds its name, otherwise to the
 * whole statement, wherever in it the name stands.
 */
import type { Identifier, Statement } from '../syntax/tree.ts'
import { walkTree } from '../syntax/walk.ts'
import type { Context, Label } from './context.ts'

export class Labels {
  readonly #context: Context
  /** For each name its labels, the innermost last; the first belongs to the statement. */
  readonly #scopes = new Map<string, Label[]>()
  /** Names that stand as labels in square brackets anywhere in the statement. */
  readonly #names: ReadonlySet<string>

  constructor(context: Context, statement: Statement) {
    this.#context = context
    this.#names = labelNames(statement)
  }

  /** Whether a name in a condition, or one that is no variable, can be a label. */
  has(name: string): boolean {
    return this.#names.has(name) || (this.#scopes.get(name)?.length ?? 0) > 0
  }

  find({ name, span }: Identifier): Label {
    const scopes = this.#scopes.get(name)
    const innermost = scopes?.at(-1)
    if (innermost !== undefined) return innermost
    const label = this.#make({ name, span })
    this.#scopes.set(name, [label])
    return label
  }

  /** Opens the scope of a binder's labels. */
  open(identifiers: readonly Identifier[]): Label[] {
    return identifiers.map((identifier) => {
      const label = this.#make(identifier)
      const scopes = this.#scopes.get(identifier.name)
      if (scopes === undefined) this.#scopes.set(identifier.name, [label])
      else scopes.push(label)
      return label
    })
  }

  close(identifiers: readonly Identifier[]): Label[] {
    return identifiers.map(({ name }) => this.#scopes.get(name)?.pop() as Label)
  }

  #make({ name, span }: Identifier): Label {
    const dimension = this.#context.dimensions.fresh({
      span,
      message: () => `the label ${name} has no axis that gives it a size`,
      hint: `use it as an index, as in \`x[${name}]\``,
    })
    return { name, dimension }
  }
}

function labelNames(statement: Statement): Set<string> {
  const names = new Set<string>()
  if (statement.kind === 'bindIndexed') for (const { name } of statement.labels) names.add(name)
  walkTree(statement.value, (node) => {
    if (node.kind !== 'index') return
    for (const entry of node.entries) if (entry.kind === 'label') names.add(entry.name)
  })
  return names
}
