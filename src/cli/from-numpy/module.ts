/** What a Python file defines: imports, functions and constants. */
import { childrenOf, type Parameter, parametersOf, type Source, type SyntaxNode, statementsOf } from './python.ts'
import type { Value } from './value.ts'

/** A function of the file: its parameters, and its body or what it returns. */
export interface PythonFunction {
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly body: SyntaxNode
}

/** What a name means: a value, a variable of ours that has a type, or a path of a module. */
export type Meaning =
  | Value
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'function'; readonly function: PythonFunction }

export type Scope = Map<string, Meaning>

/** Imports, functions and constants of the file; whatever else it does is left. */
export function readModule(source: Source, globals: Scope, evaluate: (node: SyntaxNode) => Value): void {
  for (const node of statementsOf(source.root)) {
    if (node.name === 'ImportStatement') readImport(source, node, globals)
    else if (node.name === 'FunctionDefinition') readFunction(source, node, globals)
    else if (node.name === 'DecoratedStatement' && node.lastChild?.name === 'FunctionDefinition') {
      readFunction(source, node.lastChild, globals)
    } else if (node.name === 'AssignStatement') readConstant(source, node, globals, evaluate)
  }
}

function readFunction(source: Source, node: SyntaxNode, globals: Scope): void {
  const name = source.textOf(node.getChild('VariableName') as SyntaxNode)
  const body = node.getChild('Body') as SyntaxNode
  const parameters = parametersOf(source, node.getChild('ParamList'))
  globals.set(name, { kind: 'function', function: { name, parameters, body } })
}

/** `sigmoid = lambda z: …` and `RATE = 0.1`; what else is assigned at the top is not known in functions. */
function readConstant(source: Source, node: SyntaxNode, globals: Scope, evaluate: (node: SyntaxNode) => Value): void {
  const [target, , value] = childrenOf(node).filter(({ name }) => name !== 'TypeDef')
  if (target?.name !== 'VariableName' || !value) return
  const name = source.textOf(target)
  if (value.name === 'LambdaExpression') {
    const parameters = parametersOf(source, value.getChild('ParamList'))
    globals.set(name, { kind: 'function', function: { name, parameters, body: value.lastChild as SyntaxNode } })
  } else if (value.name === 'Number' || value.name === 'UnaryExpression') {
    globals.set(name, evaluate(value))
  } else if (value.name === 'MemberExpression' || value.name === 'VariableName') {
    const meaning = pathOf(source, value, [globals])
    if (meaning !== undefined) globals.set(name, { kind: 'path', path: meaning })
  }
}

/** The names that an import brings. */
export function readImport(source: Source, node: SyntaxNode, scope: Scope): void {
  const words = childrenOf(node).map((child) => source.textOf(child))
  const isFrom = words[0] === 'from'
  const importAt = words.indexOf('import')
  const module = isFrom ? `${words.slice(1, importAt).join('')}.` : ''
  const parts: string[][] = [[]]
  for (const word of words.slice(importAt + 1)) {
    if (word === ',') parts.push([])
    else if (!'()'.includes(word)) parts.at(-1)?.push(word)
  }
  for (const part of parts) {
    const as = part.indexOf('as')
    const path = part.slice(0, as < 0 ? part.length : as).join('')
    const known = as < 0 ? (isFrom ? path : (path.split('.')[0] as string)) : (part[as + 1] as string)
    scope.set(known, { kind: 'path', path: as < 0 && !isFrom ? known : module + path })
  }
}

/** The path of names that a node spells from a module on; undefined where it begins at a value. */
export function pathOf(source: Source, node: SyntaxNode, scopes: readonly Scope[]): string | undefined {
  if (node.name === 'VariableName') {
    const name = source.textOf(node)
    const meaning = scopes.find((scope) => scope.has(name))?.get(name)
    return meaning?.kind === 'path' ? meaning.path : undefined
  }
  const [object, dot, property] = childrenOf(node)
  if (node.name !== 'MemberExpression' || !object || dot?.name !== '.' || !property) return undefined
  const path = pathOf(source, object, scopes)
  return path === undefined ? undefined : `${path}.${source.textOf(property)}`
}
