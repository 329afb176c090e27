// Random well-typed programs of the language, for laws that hold for every program. The same random numbers give the same
// program. A program is a tree of templates, so that a failing one shrinks by putting smaller trees of the same type in place
// of its parts.
import fc from 'fast-check'

/** A scalar, column, row, matrix, or a scalar at each index of the labels in scope. */
export type Type =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'column' | 'row'; readonly size: string }
  | { readonly kind: 'matrix'; readonly rows: string; readonly columns: string }
  | { readonly kind: 'labelled'; readonly scope: Scope }

/** Labels in scope, each with the size that it runs over. */
type Scope = readonly (readonly [label: string, size: string])[]

/** A part of a program: its text has the texts of its parts in place of $0, $1, ... */
export interface Tree {
  readonly type: Type
  readonly template: string
  readonly parts: readonly Tree[]
  /** The same with operands of sums and products exchanged. */
  readonly exchanged?: string
  /** A name that the parts may use: bound by this template. */
  readonly binds?: string
  /** The name that this leaf uses, if it is not a variable. */
  readonly uses?: string
  /** Whether nothing smaller may stand in its place. */
  readonly fixed?: boolean
}

export interface Program {
  readonly tree: Tree
  /** Which of the used variables is differentiated by. */
  readonly choice: number
}

export const scalar: Type = { kind: 'scalar' }
const column = (size: string): Type => ({ kind: 'column', size })
const row = (size: string): Type => ({ kind: 'row', size })
const matrix = (rows: string, columns: string): Type => ({ kind: 'matrix', rows, columns })
const labelled = (scope: Scope): Type => ({ kind: 'labelled', scope })

const SIZES = ['m', 'n', 'k', '1', '2', '3']

/** All variables that programs may use, with their types. */
export const declarations: ReadonlyMap<string, string> = new Map([
  ['a', 'scalar'],
  ['b', 'scalar'],
  ['c', 'scalar'],
  ['s', 'scalar positive'],
  ...SIZES.flatMap((n): [string, string][] => [
    [`x${n}`, `vector(${n})`],
    [`y${n}`, `vector(${n})`],
    [`p${n}`, `vector(${n}) positive`],
    [`r${n}`, `rowvector(${n})`],
    [`S${n}`, `symmetric(${n})`],
    [`P${n}`, `psd(${n})`],
    [`D${n}`, `diagonal(${n})`],
    [`Q${n}`, `orthogonal(${n})`],
    ...SIZES.flatMap((m): [string, string][] => [
      [`A${m}${n}`, `matrix(${m},${n})`],
      [`B${m}${n}`, `matrix(${m},${n})`],
      [`T${m}${n}`, `tensor(${m},${n},${m})`],
    ]),
  ]),
])

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
  const names = new Set([...(text.match(/[A-Za-z]\w*/g) ?? []), ...ALWAYS])
  return Object.fromEntries([...declarations].filter(([name]) => names.has(name)))
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
    return new fc.Value({ tree, choice: maker.below(8) }, undefined)
  }
  canShrinkWithoutContext(value: unknown): value is Program {
    return typeof value === 'object' && value !== null && 'tree' in value
  }
  shrink({ tree, choice }: Program): fc.Stream<fc.Value<Program>> {
    const smaller = shrinks(tree)
    return fc.stream(
      (function* () {
        for (const candidate of smaller) yield new fc.Value({ tree: candidate, choice }, undefined)
        if (choice > 0) yield new fc.Value({ tree, choice: choice - 1 }, undefined)
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

function sameType(a: Type, b: Type): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Whether no name is used that the tree does not bind. */
function isClosed(tree: Tree, bound: readonly string[] = []): boolean {
  if (tree.uses !== undefined && !bound.includes(tree.uses)) return false
  const inner = tree.binds === undefined ? bound : [...bound, tree.binds]
  return tree.parts.every((part) => isClosed(part, inner))
}

function leaf(type: Type, template: string): Tree {
  return { type, template, parts: [] }
}

/** The plainest trees of a type, which shrinking tries first. */
function leavesOf(type: Type): Tree[] {
  switch (type.kind) {
    case 'scalar':
      return [leaf(type, '2'), leaf(type, 'a')]
    case 'column':
      return [leaf(type, `x${type.size}`)]
    case 'row':
      return [leaf(type, `r${type.size}`)]
    case 'matrix':
      return [leaf(type, `A${type.rows}${type.columns}`)]
    case 'labelled':
      return [leaf(type, 'a'), ...type.scope.map(([label, size]) => leaf(type, `x${size}[${label}]`))]
  }
}

/** Functions of one entry that are smooth and tame everywhere; $0 is the argument. */
const SMOOTH = [
  'sin($0)',
  'cos($0)',
  'tanh($0)',
  'exp(0.3*tanh($0))',
  'sigmoid($0)',
  'softplus($0)',
  'arctan($0)',
  'erf($0)',
  'gelu($0)',
  'silu($0)',
  'sinh(0.4*sin($0))',
  'cosh(0.4*sin($0))',
  'tan(0.5*sin($0))',
  'arcsin(0.8*sin($0))',
  'arccos(0.8*sin($0))',
  'log1p(exp($0))',
  'log(1 + exp($0))',
  'log(exp($0))',
  'expm1(0.2*tanh($0))',
  'square($0)',
]
/** The same in two spellings: of scalars, and entry by entry. */
const POINTWISE: readonly (readonly [scalar: string, entries: string])[] = [
  ['($0)^2', '($0).^2'],
  ['($0)^3', '($0).^3'],
  ['1/(($0)^2 + 1)', '1./(($0).^2 + 1)'],
  ['sqrt(($0)^2 + 1)', 'sqrt(($0).^2 + 1)'],
  ['(($0)^2 + 2)^-1.5', '(($0).^2 + 2).^-1.5'],
  ['(($0)^2 + 1)^0.5', '(($0).^2 + 1).^0.5'],
  ['sqrt(3 - sin($0))', 'sqrt(3 - sin($0))'],
  ['log(($0)^2 + 1.5)', 'log(($0).^2 + 1.5)'],
  ['exp(-($0)^2)', 'exp(-($0).^2)'],
  ['exp($0)/(1 + exp($0))', 'exp($0)./(1 + exp($0))'],
]
/** Functions with kinks. */
const KINKED = ['abs($0)', 'relu($0)', 'sign($0)*2', 'max($0, 0.1)', 'min(0.1, $0)', '-relu(-$0)']

class Maker {
  readonly #random: fc.Random
  #names = 0
  /** Names bound by earlier statements, with their types. */
  readonly #bound: { readonly name: string; readonly type: Type }[] = []

  constructor(random: fc.Random) {
    this.#random = random
  }

  below(limit: number): number {
    return this.#random.nextInt(0, limit - 1)
  }
  #pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }
  #chance(oneIn: number): boolean {
    return this.below(oneIn) === 0
  }
  /** A size: mostly the symbols, so that operands share variables. */
  #size(): string {
    return this.#pick(['m', 'n', 'n', 'n', 'm', 'k', this.#pick(SIZES)])
  }

  program(depth: number): Tree {
    const form = this.below(10)
    if (form < 6) return this.make(this.#anyType(), depth)
    if (form < 8) return this.#binding(depth, () => this.make(this.#anyType(), depth))
    return this.#elements(depth)
  }

  #anyType(): Type {
    return this.#pick<() => Type>([
      () => scalar,
      () => scalar,
      () => column(this.#size()),
      () => column(this.#size()),
      () => row(this.#size()),
      () => matrix(this.#size(), this.#size()),
    ])()
  }

  /** t = ...; then a program that may use t. */
  #binding(depth: number, rest: () => Tree): Tree {
    const name = `t${++this.#names}`
    const isIndexed = this.#chance(2)
    const type = isIndexed ? matrix(this.#size(), this.#size()) : this.#anyType()
    let value: Tree
    let left = name
    if (isIndexed && type.kind === 'matrix') {
      const scope: Scope = [
        ['i', type.rows],
        ['j', type.columns],
      ]
      value = this.#covering(scope, depth - 1)
      left = `${name}[i,j]`
    } else value = this.make(type, depth - 1)
    this.#bound.push({ name, type })
    const last = rest()
    this.#bound.pop()
    return { type: last.type, template: `${left} = $0; $1`, parts: [value, last], binds: name }
  }

  /** A tensor given by its elements. */
  #elements(depth: number): Tree {
    const rank = this.#pick([1, 2, 2, 3])
    const scope: Scope = ['i', 'j', 'l'].slice(0, rank).map((label) => [label, this.#size()] as const)
    const left = [...scope.map(([label]) => label)]
    if (this.#chance(2)) left.reverse()
    const value = this.#covering(scope, depth)
    return { type: value.type, template: `F[${left.join(',')}] = $0`, parts: [value], fixed: true }
  }

  /** A labelled expression in which every label of the scope occurs. */
  #covering(scope: Scope, depth: number): Tree {
    const type = labelled(scope)
    const extra = scope.map(([label, size]) => `${this.#pick(['x', 'y'])}${size}[${label}]`).join('*')
    return { type, template: `$0 + ${extra}`, parts: [this.make(type, depth)], exchanged: `${extra} + $0`, fixed: true }
  }

  make(type: Type, depth: number): Tree {
    const usable = this.#bound.filter((bound) => sameType(bound.type, type))
    if (usable.length > 0 && this.#chance(3)) {
      const { name } = this.#pick(usable)
      return { type, template: name, parts: [], uses: name }
    }
    if (depth <= 0) return this.#leaf(type)
    switch (type.kind) {
      case 'scalar':
        return this.#scalar(depth)
      case 'column':
        return this.#column(type.size, depth)
      case 'row':
        return this.#row(type.size, depth)
      case 'matrix':
        return this.#matrix(type.rows, type.columns, depth)
      case 'labelled':
        return this.#labelled(type.scope, depth)
    }
  }

  #leaf(type: Type): Tree {
    switch (type.kind) {
      case 'scalar':
        return leaf(
          type,
          this.#pick(['a', 'b', 'c', 's', 'a', '2', '0.5', '-1', '3', 'pi', 'n', 'sqrt(s)', 'log(s)', 's^b']),
        )
      case 'column': {
        const n = type.size
        return leaf(
          type,
          this.#pick([`x${n}`, `y${n}`, `x${n}`, `p${n}`, `r${n}'`, `ones(${n})`, `log(p${n})`, `p${n}.^x${n}`]),
        )
      }
      case 'row':
        return leaf(type, this.#pick([`r${type.size}`, `x${type.size}'`, `y${type.size}'`]))
      case 'matrix': {
        const { rows, columns } = type
        const square = rows === columns ? [`S${rows}`, `P${rows}`, `D${rows}`, `Q${rows}`, `eye(${rows})`] : []
        const plain = [`A${rows}${columns}`, `B${rows}${columns}`, `A${columns}${rows}'`, `ones(${rows},${columns})`]
        return leaf(type, this.#pick([...plain, ...plain, ...square]))
      }
      case 'labelled':
        return this.#labelledLeaf(type.scope)
    }
  }

  /** A node from a template with parts of these types. `exchanged` is given for commutative ones. */
  #node(type: Type, depth: number, template: string, types: readonly Type[], exchanged?: string): Tree {
    const parts = types.map((part) => this.make(part, depth - 1))
    return { type, template, parts, ...(exchanged !== undefined && { exchanged }) }
  }

  /** A matrix that is well away from singular. */
  #regular(n: string, depth: number): Tree {
    const m = this.#size()
    return this.#pick([
      () => this.#node(matrix(n, n), depth, `$0'*$0 + eye(${n})`, [matrix(m, n)]),
      () => this.#node(matrix(n, n), depth, `2*eye(${n}) + $0*$0'`, [matrix(n, m)], `$0*$0' + 2*eye(${n})`),
      () => leaf(matrix(n, n), `P${n}`),
      () => leaf(matrix(n, n), `P${n} + 0.1*A${n}${n}`),
    ])()
  }
  #withRegular(type: Type, n: string, depth: number, template: string, types: readonly Type[] = []): Tree {
    return { type, template, parts: [this.#regular(n, depth), ...types.map((part) => this.make(part, depth - 1))] }
  }

  /** What is the same for every type whose operations go entry by entry. */
  #entrywise(type: Type, depth: number): (() => Tree)[] {
    const isScalar = type.kind === 'scalar' || type.kind === 'labelled'
    const times = isScalar ? '*' : '.*'
    const one = [type]
    const two = [type, type]
    const factor = type.kind === 'labelled' ? type : scalar
    return [
      () => this.#node(type, depth, '$0 + $1', two, '$1 + $0'),
      () => this.#node(type, depth, '$0 + $1', two, '$1 + $0'),
      () => this.#node(type, depth, '$0 - $1', two, '-$1 + $0'),
      () => this.#node(type, depth, `$0 ${times} $1`, two, `$1 ${times} $0`),
      () => this.#node(type, depth, `$0*$1`, [factor, type], `$1*$0`),
      () => this.#node(type, depth, '-$0', one),
      () => this.#node(type, depth, this.#pick(SMOOTH), one),
      () => this.#node(type, depth, this.#pick(SMOOTH), one),
      () => this.#node(type, depth, this.#pick(POINTWISE)[isScalar ? 0 : 1], one),
      () => this.#node(type, depth, this.#pick(KINKED), one),
      () => this.#node(type, depth, isScalar ? '$0/($1^2 + 2)' : '($0)./(($1).^2 + 2)', two),
      () => this.#node(type, depth, '$0/($1^2 + 1)', [type, factor]),
      () => this.#node(type, depth, 'max($0, $1)', two, 'max($1, $0)'),
      () => this.#node(type, depth, 'min($0, $1)', two, 'min($1, $0)'),
      () => this.#node(type, depth, `where($0 ${this.#pick(['>', '<', '>=', '<='])} $1, $2, $0)`, [type, type, type]),
    ]
  }

  #scalar(depth: number): Tree {
    const n = this.#size()
    const m = this.#size()
    const node = (template: string, types: readonly Type[], exchanged?: string) => () =>
      this.#node(scalar, depth, template, types, exchanged)
    return this.#pick<() => Tree>([
      ...this.#entrywise(scalar, depth),
      node("$0'*$1", [column(n), column(n)], "$1'*$0"),
      node("$0'*$1", [column(n), column(n)], "$1'*$0"),
      node('$0*$1', [row(n), column(n)]),
      node('dot($0, $1)', [column(n), column(n)], 'dot($1, $0)'),
      node("$0'*$1*$2", [column(m), matrix(m, n), column(n)], "$2'*$1'*$0"),
      node("$0'*$1*$0", [column(n), matrix(n, n)], "$0'*$1'*$0"),
      node('tr($0)', [matrix(n, n)], "tr($0')"),
      node('tr($0*$1)', [matrix(n, m), matrix(m, n)], 'tr($1*$0)'),
      node('sum($0)', [this.#pick([matrix(m, n), column(n), row(n)])]),
      node('mean($0)', [this.#pick([matrix(m, n), column(n)])]),
      node('norm1($0)', [this.#pick([matrix(m, n), column(n)])]),
      node('norm2($0)', [this.#pick([matrix(m, n), column(n)])]),
      node('norm2($0)^2', [this.#pick([matrix(m, n), column(n)])]),
      node('norm2($0)^3', [this.#pick([matrix(m, n), column(n)])]),
      node('norminf($0)', [column(n)]),
      node('max($0)', [this.#pick([matrix(m, n), column(n)])]),
      node('min($0)', [column(n)]),
      node('logsumexp($0)', [this.#pick([matrix(m, n), column(n)])]),
      node('prod($0)', [column(n)]),
      node('log(sum(exp($0)))', [column(n)]),
      node('einsum("i,i->", $0, $1)', [column(n), column(n)]),
      node('einsum("ij,ij", $0, $1)', [matrix(m, n), matrix(m, n)]),
      node('einsum("ij,j,i", $0, $1, $2)', [matrix(m, n), column(n), column(m)]),
      node('$0[1]', [column(n)]),
      node('$0[end]', [column(n)]),
      node('$0[1,end]', [matrix(m, n)]),
      node('sum(vec($0).*vec($1))', [matrix(m, n), matrix(m, n)]),
      () => this.#withRegular(scalar, n, depth, 'det($0)'),
      () => this.#withRegular(scalar, n, depth, 'logdet($0)'),
      () => this.#withRegular(scalar, n, depth, 'log(det($0))'),
      () => this.#withRegular(scalar, n, depth, 'tr(inv($0)*$1)', [matrix(n, n)]),
      () => this.#reduction(scalar, [], depth),
      () => this.#reduction(scalar, [], depth),
      () => this.#reduction(scalar, [], depth),
    ])()
  }

  #column(n: string, depth: number): Tree {
    const type = column(n)
    const m = this.#size()
    const node = (template: string, types: readonly Type[], exchanged?: string) => () =>
      this.#node(type, depth, template, types, exchanged)
    return this.#pick<() => Tree>([
      ...this.#entrywise(type, depth),
      node('$0*$1', [matrix(n, m), column(m)], "($1'*$0')'"),
      node('$0*$1', [matrix(n, m), column(m)], "($1'*$0')'"),
      node("$0'*$1", [matrix(m, n), column(m)], "($1'*$0)'"),
      node("$0'", [row(n)]),
      node('diag($0)', [matrix(n, n)]),
      node('sum($0, 2)', [matrix(n, m)]),
      node("sum($0, axis=1)'", [matrix(m, n)]),
      node('mean($0, 2)', [matrix(n, m)]),
      node('norm2($0, 2)', [matrix(n, m)]),
      node('max($0, axis=2)', [matrix(n, m)]),
      node('logsumexp($0, 2)', [matrix(n, m)]),
      node('softmax($0)', [type]),
      node('logsoftmax($0)', [type]),
      node('cumsum($0)', [type]),
      node('prod($0, 2)', [matrix(n, m)]),
      node('exp($0)/sum(exp($0))', [type]),
      node('$0/norm2($0)', [type]),
      node('$0[:,1]', [matrix(n, m)]),
      node("$0[end,:]'", [matrix(m, n)]),
      node('kron($0, $1)', [column(n), column('1')]),
      node('vec($0)', [matrix(n, '1')]),
      node('einsum("ij,j->i", $0, $1)', [matrix(n, m), column(m)]),
      node('einsum("ii->i", $0)', [matrix(n, n)]),
      node('einsum("i,i->i", $0, $1)', [type, column('1')]),
      node('$0 + $1', [type, scalar], '$1 + $0'),
      node('$1 - $0', [type, scalar], '-$0 + $1'),
      () => this.#withRegular(type, n, depth, 'inv($0)*$1', [type]),
      () => this.#withRegular(type, n, depth, 'solve($0, $1)', [type]),
      () => this.#withRegular(type, n, depth, "solve($0', $1)", [type]),
    ])()
  }

  #row(n: string, depth: number): Tree {
    const type = row(n)
    const m = this.#size()
    const node = (template: string, types: readonly Type[]) => () => this.#node(type, depth, template, types)
    return this.#pick<() => Tree>([
      ...this.#entrywise(type, depth),
      node("$0'", [column(n)]),
      node('$0*$1', [row(m), matrix(m, n)]),
      node("$0'*$1", [column(m), matrix(m, n)]),
      node('sum($0, 1)', [matrix(m, n)]),
      node('max($0, axis=1)', [matrix(m, n)]),
      node('$0[1,:]', [matrix(m, n)]),
    ])()
  }

  #matrix(m: string, n: string, depth: number): Tree {
    const type = matrix(m, n)
    const k = this.#size()
    const node = (template: string, types: readonly Type[], exchanged?: string) => () =>
      this.#node(type, depth, template, types, exchanged)
    const square = [
      node('diag($0)', [column(n)]),
      node('diag(diag($0))', [type]),
      node('($0)^2', [type], '$0*$0'),
      node('($0)^3', [type]),
      node("$0 + $0'", [type], "$0' + $0"),
      node("$0 - $0'", [type], "-$0' + $0"),
      () => this.#withRegular(type, n, depth, 'inv($0)'),
      () => this.#withRegular(type, n, depth, '$0^-1'),
      () => this.#withRegular(type, n, depth, 'adj($0)'),
    ]
    return this.#pick<() => Tree>([
      ...this.#entrywise(type, depth),
      node('$0*$1', [matrix(m, k), matrix(k, n)], "($1'*$0')'"),
      node('$0*$1', [matrix(m, k), matrix(k, n)], "($1'*$0')'"),
      node("$0'*$1", [matrix(k, m), matrix(k, n)]),
      node("$0*$1'", [matrix(m, k), matrix(n, k)]),
      node("$0'", [matrix(n, m)]),
      node("$0*$1'", [column(m), column(n)]),
      node('outer($0, $1)', [column(m), column(n)]),
      node('diag($0)*$1', [column(m), type]),
      node('$0*diag($1)', [type, column(n)]),
      node('softmax($0)', [type]),
      node('logsoftmax($0)', [type]),
      node(this.#pick(['tril($0)', 'triu($0)', 'cumsum($0)']), [type]),
      node('reshape(vec($0), $m, $n)'.replace('$m', m).replace('$n', n), [type]),
      node(`reshape($0, ${m}, ${n})`, [matrix(n, m)]),
      node('kron($0, $1)', [matrix(m, '1'), matrix('1', n)]),
      node('einsum("ij,jk->ik", $0, $1)', [matrix(m, k), matrix(k, n)]),
      node('einsum("ij->ji", $0)', [matrix(n, m)]),
      node('einsum("i,j", $0, $1)', [column(m), column(n)]),
      () => this.#withRegular(type, m, depth, 'inv($0)*$1', [type]),
      () => this.#withRegular(type, m, depth, 'solve($0, $1)', [type]),
      ...(m === n ? [...square, ...square] : []),
    ])()
  }

  /** An entry of something, at the labels of the scope. */
  #labelledLeaf(scope: Scope): Tree {
    const type = labelled(scope)
    if (scope.length === 0 || this.#chance(6)) return leaf(type, this.#pick(['a', 'b', '2', '0.5', 's', 'n']))
    const [i, m] = this.#pick(scope)
    const [j, n] = this.#pick(scope)
    const alike = scope.filter(([, size]) => size === m)
    const [l] = this.#pick(alike)
    return leaf(
      type,
      this.#pick([
        `x${m}[${i}]`,
        `y${m}[${i}]`,
        `r${m}[${i}]`,
        `A${m}${n}[${i},${j}]`,
        `B${m}${n}[${i},${j}]`,
        `A${n}${m}[${j},${i}]`,
        `S${m}[${i},${l}]`,
        `A${m}${m}[${i},${l}]`,
        `T${m}${n}[${i},${j},${l}]`,
        `eye(${m})[${i},${l}]`,
      ]),
    )
  }

  #labelled(scope: Scope, depth: number): Tree {
    const type = labelled(scope)
    if (scope.length === 0) return { ...this.make(scalar, depth), type }
    const [i, m] = this.#pick(scope)
    const [j, n] = this.#pick(scope)
    const alike = scope.filter(([label, size]) => size === m && label !== i)
    const [l] = alike.length > 0 ? this.#pick(alike) : [i]
    const node = (template: string, types: readonly Type[], exchanged?: string) => () =>
      this.#node(type, depth, template, types, exchanged)
    const leafHere = () => this.#labelledLeaf(scope)
    const conditions = ['<', '<=', '>', '>=']
    const other = `x${m}[${l}]`
    return this.#pick<() => Tree>([
      leafHere,
      leafHere,
      ...this.#entrywise(type, depth),
      node(`($0)[${i}]`, [column(m)]),
      node(`($0)[${i},${j}]`, [matrix(m, n)]),
      node('$0', [scalar]),
      node(`softmax[${i}]($0 + ${other})`, [type]),
      node(`where(x${m}[${i}] ${this.#pick(conditions)} ${other}, $0, $1)`, [type, type]),
      () => this.#reduction(type, scope, depth),
      () => this.#reduction(type, scope, depth),
      () => this.#reduction(type, scope, depth),
      () => this.#reduction(type, scope, depth),
    ])()
  }

  /** sum[l](...) and its like over one or two fresh labels, perhaps with a condition. */
  #reduction(type: Type, scope: Scope, depth: number): Tree {
    const unused = ['i', 'j', 'l', 'p', 'q', 'u', 'v'].filter((label) => !scope.some(([name]) => name === label))
    const labels = unused.slice(0, this.#pick([1, 1, 2]))
    const added = labels.map((label) => [label, this.#pick([this.#size(), ...scope.map(([, size]) => size)])] as const)
    const inner: Scope = [...scope, ...added]
    const first = added[0] as readonly [string, string]
    const name = this.#pick(['sum', 'sum', 'sum', 'sum', 'mean', 'norm2', 'logsumexp', 'max', 'min'])
    const alike = inner.filter(([label, size]) => size === first[1] && label !== first[0])
    let condition = ''
    if (name === 'sum' && this.#chance(2)) {
      const relation = this.#pick(['<', '<=', '>', '>=', '!=', '=='])
      const bound = alike.length > 0 && !this.#chance(4) ? this.#pick(alike)[0] : this.#pick(['1', '2'])
      condition = `: ${first[0]} ${relation} ${bound}`
    }
    const part = labelled(inner)
    // Every reduced label occurs, so that its size is known.
    const sure = added.map(([label, size]) => `x${size}[${label}]`).join('*')
    const template = `${name}[${labels.join(',')}${condition}]($0 + ${sure})`
    return { type, template, parts: [this.make(part, depth - 1)] }
  }
}
