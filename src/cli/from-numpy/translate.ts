/** Reads a straight-line Python function into a program of our language, statement by statement. */
import { EincalcError } from '../../errors.ts'
import { findFunction } from '../../functions/index.ts'
import { allowOnly, binary, type Call, findReader, isOperator, negated, power, product, turned } from './functions.ts'
import { type PythonFunction, pathOf, readImport, readModule, type Scope } from './module.ts'
import { canonical, functionName } from './names.ts'
import { childrenOf, listOf, type Source, type SyntaxNode, statementsOf, stringOf } from './python.ts'
import { type Subscript, subscripted } from './subscript.ts'
import { declaredShapes, type ParameterType, typeText } from './types.ts'
import { type ArrayValue, array, constant, LEVEL, type Value } from './value.ts'
import { Views } from './views.ts'

/** A program of our language and the types of its variables, in the order of the parameters. */
export interface Translated {
  readonly program: string
  readonly types: ReadonlyMap<string, string>
  /** Parameters whose names have a meaning in our language, and what they are called. */
  readonly renamed: ReadonlyMap<string, string>
  /** Parameters whose kind their first letter told. */
  readonly guessed: readonly string[]
}

/** Calls of functions of the file within each other. */
const MOST_CALLS = 50

/** Statements beyond which nothing is read: helpers that call helpers grow. */
const MOST_STATEMENTS = 10_000

/**
 * Reads the function `name`, or the k-th (from 0) of the results that it returns. `declared` holds types of parameters in our
 * language. Throws `BadRequest` with the place of what cannot be read.
 */
export function translate(
  source: Source,
  name: string,
  declared: ReadonlyMap<string, string>,
  result: number | undefined,
): Translated {
  return new Translator(source, declared).translate(name, result)
}

class Translator {
  readonly #source: Source
  readonly #declared: ReadonlyMap<string, string>
  readonly #globals: Scope = new Map()
  readonly #statements: string[] = []
  /** Names of our program. */
  readonly #taken = new Set<string>()
  readonly #sizes = new Set<string>()
  readonly #types = new Map<string, ParameterType>()
  readonly #views: Views
  #depth = 0

  constructor(source: Source, declared: ReadonlyMap<string, string>) {
    this.#source = source
    this.#views = new Views(source)
    this.#declared = declared
  }

  translate(name: string, result: number | undefined): Translated {
    readModule(this.#source, this.#globals, (node) => this.#value(node, this.#globals))
    const found = this.#globals.get(name)
    if (found?.kind !== 'function') {
      const names = [...this.#globals].flatMap(([own, { kind }]) => (kind === 'function' ? [own] : []))
      const hint = names.length === 0 ? 'It defines no function.' : `Functions: ${names.join(', ')}.`
      throw new EincalcError({ code: 'BadRequest', message: `the file has no function ${name}`, hint })
    }
    const { parameters, body } = found.function
    const doc = body.name === 'Body' ? statementsOf(body)[0] : undefined
    const docText =
      doc?.name === 'ExpressionStatement' ? stringOf(this.#source, doc.firstChild as SyntaxNode) : undefined
    const shapes = declaredShapes(docText ?? '', parameters, this.#declared, this.#source)
    const renamed = new Map<string, string>()
    const scope: Scope = new Map()
    for (const { name: own } of parameters) {
      const ours = this.#free(own)
      if (ours !== own) renamed.set(own, ours)
      const type = shapes.get(own) as ParameterType
      this.#types.set(ours, type)
      for (const size of type.sizes ?? []) if (size !== undefined && /^[A-Za-z]\w*$/.test(size)) this.#sizes.add(size)
      scope.set(own, array(ours, LEVEL.primary, type.order))
    }
    const guessed = parameters.flatMap(({ name: own }) => (shapes.get(own)?.isGuessed ? [own] : []))
    const value = this.#hinting(guessed, () => this.#run(found.function, scope))
    const chosen = this.#choose(value, result, body)
    this.#statements.push(chosen.text)
    return {
      program: this.#statements.join('\n'),
      types: new Map([...this.#types].map(([own, type]) => [own, typeText(own, type)])),
      renamed,
      guessed,
    }
  }

  /** What cannot be read may be due to kinds that first letters told. */
  #hinting<T>(guessed: readonly string[], read: () => T): T {
    try {
      return read()
    } catch (error) {
      const isOpen = error instanceof EincalcError && error.problem.hint === undefined && guessed.length > 0
      if (!isOpen) throw error
      const hint = `First letters told what ${guessed.join(', ')} ${guessed.length === 1 ? 'is' : 'are'}; declare what is otherwise: --var "${guessed[0]}: vector(n)".`
      throw new EincalcError({ ...error.problem, hint })
    }
  }

  #choose(value: Value, result: number | undefined, body: SyntaxNode): ArrayValue {
    const hint = 'Choose one: file.py:function[0].'
    const items = value.kind === 'tuple' ? value.items : [value]
    if (items.length > 1 && result === undefined) {
      return this.#source.fail(body.parent ?? body, `the function returns ${items.length} results`, hint)
    }
    const item = items[result ?? 0]
    if (item === undefined) return this.#source.fail(body.parent ?? body, `the function has no result ${result}`)
    return item.kind === 'array' ? item : this.#source.fail(body.parent ?? body, 'the function returns no array')
  }

  /** Runs a function's body in a scope and returns what it returns. */
  #run({ name, body }: PythonFunction, scope: Scope): Value {
    this.#source.requireSound(body)
    if (body.name !== 'Body') return this.#value(body, scope)
    if (++this.#depth > MOST_CALLS)
      this.#source.fail(body, `${name} calls itself, or too deep`, undefined, 'LimitExceeded')
    try {
      for (const node of statementsOf(body)) {
        if (node.name === 'ReturnStatement') return this.#returned(node, scope)
        this.#statement(node, scope)
      }
    } finally {
      this.#depth--
    }
    return this.#source.fail(body.parent ?? body, `${name} returns nothing`)
  }

  #returned(node: SyntaxNode, scope: Scope): Value {
    const parts = listOf(childrenOf(node).slice(1))
    const items = parts.map(([only, ...more]) => {
      if (!only || more.length > 0) return this.#source.fail(node, 'this cannot be read')
      return this.#value(only, scope)
    })
    if (items.length === 0) return this.#source.fail(node, 'the function returns nothing')
    return items.length === 1 ? (items[0] as Value) : { kind: 'tuple', items }
  }

  #statement(node: SyntaxNode, scope: Scope): void {
    switch (node.name) {
      case 'AssignStatement':
        this.#assign(node, scope)
        return
      case 'UpdateStatement':
        this.#update(node, scope)
        return
      case 'ImportStatement':
        readImport(this.#source, node, scope)
        return
      case 'AssertStatement':
      case 'PassStatement':
        return
      case 'ExpressionStatement':
        if (stringOf(this.#source, node.firstChild as SyntaxNode) !== undefined) return
        break
      case 'IfStatement':
        // What only raises says nothing of the result.
        if (isGuard(node)) return
    }
    const [message, hint] = refusals.get(node.name) ?? [
      'this statement cannot be read',
      'Read are assignments and a return.',
    ]
    this.#source.fail(node, message, hint)
  }

  #assign(node: SyntaxNode, scope: Scope): void {
    const children = childrenOf(node).filter(({ name }) => name !== 'TypeDef')
    const ops = children.flatMap(({ name }, at) => (name === 'AssignOp' ? [at] : []))
    const [op = 0, more] = ops
    if (more !== undefined) this.#source.fail(node, 'an assignment to several names at once cannot be read')
    const right = listOf(children.slice(op + 1))
    const values = right.map(([only]) => this.#value(only as SyntaxNode, scope))
    const value: Value = values.length === 1 ? (values[0] as Value) : { kind: 'tuple', items: values }
    const targets = targetsOf(children.slice(0, op))
    this.#views.note(targets, children.slice(op + 1), scope)
    if (targets.length === 1) {
      this.#bind(targets[0] as SyntaxNode, value, scope)
      return
    }
    if (value.kind !== 'tuple' || value.items.length !== targets.length) {
      this.#source.fail(node, `${targets.length} names are assigned what is not ${targets.length} values`)
    }
    for (const [k, target] of targets.entries()) this.#bind(target, this.#sized(target, value.items[k] as Value), scope)
  }

  #update(node: SyntaxNode, scope: Scope): void {
    const [target, op, right] = childrenOf(node)
    if (!target || !op || !right) this.#source.fail(node, 'this cannot be read')
    const sign = this.#source.textOf(op).slice(0, -1)
    const before = this.#array(target, scope)
    const isSeenElsewhere = before.axes.length > 0 && !this.#views.isAlone(this.#source.textOf(target), scope)
    if (isSeenElsewhere) {
      const name = this.#source.textOf(target)
      this.#source.fail(
        node,
        `${name} may have other names, which would change with it`,
        `Write ${name} = ${name} ${sign} ….`,
      )
    }
    const value = this.#operate(sign, before, this.#array(right, scope), node)
    this.#bind(target, value, scope)
  }

  /** A size takes the name that it is unpacked to: `m, n = X.shape`. */
  #sized(target: SyntaxNode, value: Value): Value {
    if (value.kind !== 'array' || value.constant !== 'size') return value
    const name = this.#source.textOf(target)
    const isNew = value.text.startsWith('?')
    if (!isNew) return value
    return this.#nameSize(value.text, /^[A-Za-z]\w*$/.test(name) && !this.#sizes.has(name) ? name : undefined)
  }

  #bind(target: SyntaxNode, value: Value, scope: Scope): void {
    if (target.name !== 'VariableName') {
      this.#source.fail(target, 'an assignment to a part of an array cannot be read')
    }
    const name = this.#source.textOf(target)
    const given = this.#sized(target, value)
    const isPlainName = given.kind !== 'array' || /^\w+$/.test(given.text) || typeof given.constant === 'number'
    scope.set(name, isPlainName || given.kind !== 'array' ? given : this.#define(name, given))
  }

  /** Binds an array to a name of our program. */
  #define(name: string, value: ArrayValue): ArrayValue {
    const ours = this.#free(name)
    this.#push(`${ours} = ${value.text}`)
    return { kind: 'array', text: ours, level: LEVEL.primary, axes: value.axes }
  }

  #push(statement: string): void {
    if (this.#statements.push(statement) > MOST_STATEMENTS) {
      this.#source.fail(
        this.#source.root,
        `the program has more than ${MOST_STATEMENTS} statements`,
        undefined,
        'LimitExceeded',
      )
    }
  }

  /** A name that is neither taken nor has a meaning in our language. */
  #free(name: string): string {
    return this.#firstFree((k) => (k === 1 ? name : `${name}${k}`))
  }

  #firstFree(nameOf: (k: number) => string): string {
    let k = 1
    const isOpen = (ours: string) => !this.#taken.has(ours) && !this.#sizes.has(ours) && !isReserved(ours)
    while (!isOpen(nameOf(k))) k++
    this.#taken.add(nameOf(k))
    return nameOf(k)
  }

  #array(node: SyntaxNode, scope: Scope): ArrayValue {
    const value = this.#value(node, scope)
    if (value.kind !== 'array') return this.#source.fail(node, 'this is no array')
    return value.text.startsWith('?') ? this.#nameSize(value.text, undefined) : value
  }

  #value(node: SyntaxNode, scope: Scope): Value {
    switch (node.name) {
      case 'Number':
        return this.#number(node)
      case 'String':
        return { kind: 'string', value: stringOf(this.#source, node) ?? this.#source.fail(node, 'this cannot be read') }
      case 'Boolean':
        return { kind: 'boolean', value: this.#source.textOf(node) === 'True' }
      case 'None':
        return { kind: 'none' }
      case 'ParenthesizedExpression':
        return this.#value(node.firstChild?.nextSibling as SyntaxNode, scope)
      case 'TupleExpression':
      case 'ArrayExpression': {
        const items = listOf(childrenOf(node)).map(([only, ...more]) => {
          if (!only || more.length > 0) return this.#source.fail(node, 'this cannot be read')
          return this.#value(only, scope)
        })
        return { kind: 'tuple', items }
      }
      case 'VariableName':
        return this.#name(node, scope)
      case 'UnaryExpression':
        return this.#unary(node, scope)
      case 'BinaryExpression':
        return this.#binary(node, scope)
      case 'MemberExpression':
        return this.#member(node, scope)
      case 'CallExpression':
        return this.#call(node, scope)
      case 'ConditionalExpression':
        return this.#source.fail(
          node,
          'a conditional expression cannot be read',
          'Write np.where for a choice at each entry.',
        )
      default:
        return this.#source.fail(node, 'this expression cannot be read')
    }
  }

  #number(node: SyntaxNode): ArrayValue {
    const text = this.#source.textOf(node).replaceAll('_', '')
    if (!/^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
      return this.#source.fail(node, 'numbers are read where they are decimal and real')
    }
    return { ...constant(Number(text)), text: text.replace(/^0+(?=\d)/, '').replace(/\.$/, '.0') }
  }

  #name(node: SyntaxNode, scope: Scope): Value {
    const name = this.#source.textOf(node)
    const meaning = scope.get(name) ?? this.#globals.get(name)
    if (meaning === undefined) return this.#source.fail(node, `${name} is not known here`, undefined, 'UnknownVariable')
    if (meaning.kind === 'path') return this.#constantOf(meaning.path) ?? this.#source.fail(node, `${name} is no array`)
    if (meaning.kind === 'function') return this.#source.fail(node, `${name} is a function`)
    return meaning
  }

  #constantOf(path: string): Value | undefined {
    switch (canonical(path)) {
      case 'np.pi':
        return array('pi', LEVEL.primary, 0)
      case 'np.e':
        return array('exp(1)', LEVEL.primary, 0)
      case 'np.inf':
        return { ...array('infinity', LEVEL.primary, 0), constant: Number.POSITIVE_INFINITY }
      case 'np.newaxis':
        return { kind: 'none' }
      default:
        return undefined
    }
  }

  #unary(node: SyntaxNode, scope: Scope): Value {
    const [sign, operand] = childrenOf(node)
    const text = sign ? this.#source.textOf(sign) : ''
    if (!operand || !['-', '+'].includes(text)) return this.#source.fail(node, `${text} cannot be read`)
    const value = this.#array(operand, scope)
    return text === '-' ? negated(value) : value
  }

  #binary(node: SyntaxNode, scope: Scope): Value {
    const [left, sign, right, ...more] = childrenOf(node)
    const isChain = sign?.name === 'CompareOp' && left?.name === 'BinaryExpression' && left.getChild('CompareOp')
    if (!left || !sign || !right || more.length > 0 || isChain) {
      return this.#source.fail(node, isChain ? 'a chain of comparisons cannot be read' : 'this operator cannot be read')
    }
    return this.#operate(this.#source.textOf(sign), this.#array(left, scope), this.#array(right, scope), node)
  }

  #operate(sign: string, a: ArrayValue, b: ArrayValue, node: SyntaxNode): ArrayValue {
    const given = {
      define: this.#definer(),
      fail: (message: string, hint?: string) => this.#source.fail(node, message, hint),
    }
    for (const value of [a, b]) {
      if (value.constant === Number.POSITIVE_INFINITY) given.fail('infinity cannot be read')
    }
    if (sign === '@') return product(a, b, given)
    if (sign === '**') return power(a, b, given)
    if (!isOperator(sign)) return given.fail(`${sign} cannot be read`)
    if (['+', '-', '*'].includes(sign) && typeof a.constant === 'number' && typeof b.constant === 'number') {
      return constant(
        sign === '+' ? a.constant + b.constant : sign === '-' ? a.constant - b.constant : a.constant * b.constant,
      )
    }
    return binary(sign, a, b, given)
  }

  #definer(): (labels: string, text: string) => string {
    return (labels, text) => {
      const name = this.#firstFree((k) => `t${k}`)
      this.#push(`${name}${labels} = ${text}`)
      return name
    }
  }

  #member(node: SyntaxNode, scope: Scope): Value {
    if (this.#source.isNumber(node)) return this.#number(node)
    const path = pathOf(this.#source, node, [scope, this.#globals])
    if (path !== undefined) return this.#constantOf(path) ?? this.#source.fail(node, `${path} is no array`)
    const [object, dot, property] = childrenOf(node)
    if (!object || !dot) return this.#source.fail(node, 'this cannot be read')
    if (dot.name === '[') return this.#subscript(node, object, scope)
    const value = this.#array(object, scope)
    switch (property && this.#source.textOf(property)) {
      case 'T':
      case 'mT':
        return turned({ fail: (message, hint) => this.#source.fail(node, message, hint) }, value)
      case 'shape':
        return { kind: 'tuple', items: value.axes.map((_, axis) => this.#sizeOf(value, axis, node)) }
      case 'ndim':
        return constant(value.axes.length)
      default:
        return this.#source.fail(node, 'this attribute cannot be read', 'Read are .T, .shape, .ndim and methods.')
    }
  }

  /** The size of an axis of a parameter: its name, or one to be named by who unpacks it. */
  #sizeOf(value: ArrayValue, axis: number, node: SyntaxNode): ArrayValue {
    const type = this.#types.get(value.text)
    if (value.axes[axis] === 'new') return constant(1)
    if (!type) {
      return this.#source.fail(
        node,
        'the shape of a computed array is not known here',
        'Take the sizes from a parameter.',
      )
    }
    const own = value.axes.slice(0, axis).filter((each) => each === 'own').length
    const known = type.sizes?.[own]
    if (known !== undefined && /^\d+$/.test(known)) return constant(Number(known))
    return { ...array(known ?? `?${value.text}:${own}`, LEVEL.primary, 0), constant: 'size' }
  }

  /** Gives a size of a parameter a name. */
  #nameSize(place: string, wanted: string | undefined): ArrayValue {
    const [, variable = '', axis = '0'] = /^\?(.*):(\d+)$/.exec(place) ?? []
    const type = this.#types.get(variable) as ParameterType
    const known = type.sizes?.[Number(axis)]
    const candidates = [
      ...(wanted === undefined ? [] : [wanted]),
      ...'mnkpqrdl',
      ...Array.from({ length: 99 }, (_, k) => `n${k + 1}`),
    ]
    const name = known ?? (candidates.find((each) => !this.#sizes.has(each) && !this.#taken.has(each)) as string)
    if (known === undefined) {
      this.#sizes.add(name)
      const sizes = [...(type.sizes ?? new Array<undefined>(type.order).fill(undefined))]
      sizes[Number(axis)] = name
      type.sizes = sizes
    }
    return { ...array(name, LEVEL.primary, 0), constant: 'size' }
  }

  /** `x[:, None]`, `X[0]`, `X[:, 2]`, `X.shape[0]`. */
  #subscript(node: SyntaxNode, object: SyntaxNode, scope: Scope): Value {
    const value = this.#value(object, scope)
    const parts = listOf(childrenOf(node).slice(1)).map((part) => this.#index(part, scope, node))
    if (value.kind === 'tuple') {
      const [at] = parts
      const item = typeof at === 'number' && parts.length === 1 ? value.items.at(at) : undefined
      return item ?? this.#source.fail(node, 'this cannot be read')
    }
    if (value.kind !== 'array') return this.#source.fail(node, 'this is no array')
    return subscripted(value, parts, (message) => this.#source.fail(node, message))
  }

  #index([first, ...more]: readonly SyntaxNode[], scope: Scope, node: SyntaxNode): Subscript {
    if (first && more.length === 0) {
      if (first.name === ':') return ':'
      if (first.name === 'None') return 'new'
      const value = this.#value(first, scope)
      if (value.kind === 'none') return 'new'
      if (value.kind === 'array' && typeof value.constant === 'number' && Number.isInteger(value.constant))
        return value.constant
    }
    return this.#source.fail(node, 'this index cannot be read', 'Read are whole numbers, : and None.')
  }

  #call(node: SyntaxNode, scope: Scope): Value {
    const [callee, list] = childrenOf(node)
    if (!callee || !list) return this.#source.fail(node, 'this cannot be read')
    const own =
      callee.name === 'VariableName'
        ? (scope.get(this.#source.textOf(callee)) ?? this.#globals.get(this.#source.textOf(callee)))
        : undefined
    if (own?.kind === 'function') return this.#inline(node, own.function, this.#arguments(list, scope))
    const path =
      pathOf(this.#source, callee, [scope, this.#globals]) ??
      (callee.name === 'VariableName' && !own ? builtin(this.#source.textOf(callee)) : undefined)
    const { args, named } = this.#arguments(list, scope)
    const fail = (message: string, hint?: string) => this.#source.fail(node, message, hint)
    if (path !== undefined) {
      const name = functionName(path)
      const reader = name === undefined ? undefined : findReader(name)
      if (path === 'len') return this.#sizeOf(this.#arrayIn(args[0], node), 0, node)
      if (!reader || name === undefined) return fail(`${path} cannot be read`, undefined)
      return reader({ name, args, named, define: this.#definer(), fail })
    }
    const [object, dot, property] = childrenOf(callee)
    if (callee.name !== 'MemberExpression' || !object || dot?.name !== '.' || !property)
      return fail('this call cannot be read')
    const name = this.#source.textOf(property)
    const given: Call = { name, args: [this.#array(object, scope), ...args], named, define: this.#definer(), fail }
    if (name === 'astype') return given.args[0] as Value
    if (!METHODS.has(name)) return fail(`the method ${name} cannot be read`)
    return (findReader(name) as (call: Call) => Value)(given)
  }

  #arrayIn(value: Value | undefined, node: SyntaxNode): ArrayValue {
    return value?.kind === 'array' ? value : this.#source.fail(node, 'this is no array')
  }

  #arguments(list: SyntaxNode, scope: Scope): { args: Value[]; named: Map<string, Value> } {
    const args: Value[] = []
    const named = new Map<string, Value>()
    for (const part of listOf(childrenOf(list))) {
      const [first, op, value] = part
      if (!first || first.name === '*' || first.name === '**' || part.length === 2 || part.length > 3) {
        this.#source.fail(first ?? list, 'this argument cannot be read')
      }
      if (op?.name === 'AssignOp' && value) {
        const name = this.#source.textOf(first)
        // A type says how numbers are kept, not what they are.
        if (name !== 'dtype') named.set(name, this.#settled(this.#value(value, scope)))
      } else args.push(this.#argument(first, scope))
    }
    return { args, named }
  }

  /** An argument; a type such as `float` in `asarray(x, float)` is none. */
  #argument(node: SyntaxNode, scope: Scope): Value {
    const isType = node.name === 'VariableName' && ['float', 'int'].includes(this.#source.textOf(node))
    return isType && !scope.has(this.#source.textOf(node)) ? { kind: 'none' } : this.#settled(this.#value(node, scope))
  }

  /** Sizes have names where they are used. */
  #settled(value: Value): Value {
    if (value.kind === 'tuple') return { kind: 'tuple', items: value.items.map((item) => this.#settled(item)) }
    return value.kind === 'array' && value.text.startsWith('?') ? this.#nameSize(value.text, undefined) : value
  }

  /** A function of the file at these arguments, as part of this program. */
  #inline(
    node: SyntaxNode,
    called: PythonFunction,
    { args, named }: { args: Value[]; named: Map<string, Value> },
  ): Value {
    const scope: Scope = new Map()
    const { name, parameters } = called
    if (args.length > parameters.length) this.#source.fail(node, `${name} takes ${parameters.length} arguments`)
    for (const [position, parameter] of parameters.entries()) {
      const value =
        args[position] ?? named.get(parameter.name) ?? (parameter.value && this.#value(parameter.value, this.#globals))
      if (!value) this.#source.fail(node, `${name} needs ${parameter.name}`)
      scope.set(parameter.name, value)
    }
    const known = new Set(parameters.map((parameter) => parameter.name))
    const unknown = new Map([...named].filter(([each]) => !known.has(each)))
    allowOnly({
      name,
      args,
      named: unknown,
      define: this.#definer(),
      fail: (message) => this.#source.fail(node, message),
    })
    return this.#run(called, scope)
  }
}

const refusals: ReadonlyMap<string, readonly [message: string, hint: string]> = new Map([
  ['IfStatement', ['a function with an if cannot be read', 'Write np.where for a choice at each entry.']],
  ['ForStatement', ['a function with a loop cannot be read', 'Write it with whole arrays or einsum.']],
  ['WhileStatement', ['a function with a loop cannot be read', 'Write it with whole arrays or einsum.']],
])

/** Methods of arrays; their functions take the array first. */
const METHODS = new Set(
  'sum mean prod max min std var cumsum dot trace diagonal transpose copy ravel flatten reshape squeeze clip'.split(
    ' ',
  ),
)

/** Built-in functions that arrays have, too. */
function builtin(name: string): string | undefined {
  return name === 'abs' || name === 'pow'
    ? `numpy.${name}`
    : name === 'float'
      ? 'numpy.asarray'
      : name === 'len'
        ? 'len'
        : undefined
}

function isGuard(node: SyntaxNode): boolean {
  const bodies = childrenOf(node).filter(({ name }) => name === 'Body')
  return (
    bodies.length === 1 && bodies.every((body) => statementsOf(body).every(({ name }) => name === 'RaiseStatement'))
  )
}

/** The names on the left of an assignment, out of brackets. */
function targetsOf(nodes: readonly SyntaxNode[]): SyntaxNode[] {
  const [only, ...more] = nodes
  const isTuple = only && more.length === 0 && (only.name === 'TupleExpression' || only.name === 'ArrayExpression')
  return listOf(isTuple ? childrenOf(only) : nodes).flat()
}

function isReserved(name: string): boolean {
  return ['pi', 'end', 'infinity'].includes(name) || findFunction(name) !== undefined
}
