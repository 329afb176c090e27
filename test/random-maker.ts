// Draws the parts of random programs: the whole language, each function with arguments from its domain.
import type fc from 'fast-check'
import {
  column,
  labelled,
  leaf,
  matrix,
  row,
  type Scope,
  SIZES,
  sameType,
  scalar,
  type Tree,
  type Type,
  tensor,
} from './random-types.ts'

/** Functions of one entry that are smooth and tame everywhere; $0 is the argument. */
const SMOOTH = [
  'sin($0)',
  'cos($0)',
  'tanh($0)',
  'exp(0.3*tanh($0))',
  'sigmoid($0)',
  'softplus($0)',
  'arctan($0)',
  'atan($0)',
  'erf($0)',
  'gelu($0)',
  'silu($0)',
  'sinh(0.4*sin($0))',
  'cosh(0.4*sin($0))',
  'tan(0.5*sin($0))',
  'arcsin(0.8*sin($0))',
  'acos(0.8*sin($0))',
  'log1p(exp($0))',
  'log(1 + exp($0))',
  'log(exp($0))',
  'expm1(0.2*tanh($0))',
  'square($0)',
]
/** Functions of positive entries. */
const OF_POSITIVE = ['log($0)', 'sqrt($0)', 'log1p($0)', 'pow($0, 0.7)', 'log(sqrt($0))', 'exp(-$0)', '3*erf($0)']
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
  ['2^sin($0)', '2.^sin($0)'],
]
/** Functions with kinks. */
const KINKED = [
  'abs($0)',
  'relu($0)',
  'sign($0)*2',
  'max($0, 0.1)',
  'min(0.1, $0)',
  '-relu(-$0)',
  'where($0 > 0.2, $0, 1)',
]
const COMPARISONS = ['<', '<=', '>', '>=']
const LABELS = ['i', 'j', 'l', 'p', 'q', 'u', 'v', 'w', 'e', 'f', 'g', 'h', 'o', 't', 'z']

export class Maker {
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
      () => scalar,
      () => scalar,
      () => column(this.#size()),
      () => column(this.#size()),
      () => column(this.#size()),
      () => row(this.#size()),
      () => matrix(this.#size(), this.#size()),
      () => this.#square(),
      () => tensor(this.#size(), this.#size(), this.#size()),
    ])()
  }
  #square(): Type {
    const n = this.#size()
    return matrix(n, n)
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
    const scope: Scope = LABELS.slice(0, rank).map((label) => [label, this.#size()] as const)
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
      case 'tensor':
        return this.#tensor(type.sizes, depth)
      case 'labelled':
        return this.#labelled(type.scope, depth)
    }
  }

  #leaf(type: Type): Tree {
    switch (type.kind) {
      case 'scalar':
        return leaf(type, this.#pick(['a', 'b', 'c', 's', 'a', '2', '0.5', '-1', '3', 'pi', 'n', '1/m', 's^b']))
      case 'column': {
        const n = type.size
        const zeros = this.#chance(8) ? [`zeros(${n})`] : []
        return leaf(
          type,
          this.#pick([`x${n}`, `y${n}`, `x${n}`, `p${n}`, `q${n}`, `r${n}'`, `ones(${n})`, `p${n}.^x${n}`, ...zeros]),
        )
      }
      case 'row':
        return leaf(type, this.#pick([`r${type.size}`, `x${type.size}'`, `y${type.size}'`]))
      case 'matrix': {
        const { rows, columns } = type
        const square = rows === columns ? ['S', 'P', 'D', 'V', 'Q'].map((name) => `${name}${rows}`) : []
        if (square.length > 0) square.push(`eye(${rows})`)
        const plain = [`A${rows}${columns}`, `B${rows}${columns}`, `A${columns}${rows}'`, `ones(${rows},${columns})`]
        return leaf(type, this.#pick([...plain, ...plain, `M${rows}${columns}`, ...square]))
      }
      case 'tensor':
        return leaf(type, `T${type.sizes.join('')}`)
      case 'labelled':
        return this.#labelledLeaf(type.scope)
    }
  }

  /** A node from a template with parts of these types. `exchanged` is given for commutative ones. */
  #node(type: Type, depth: number, template: string, types: readonly Type[], exchanged?: string): Tree {
    const parts = types.map((part) => this.make(part, depth - 1))
    return { type, template, parts, ...(exchanged !== undefined && { exchanged }) }
  }

  /** A tree whose entries are positive. */
  #positive(type: Type, depth: number): Tree {
    const pointwise = type.kind === 'scalar' || type.kind === 'labelled' ? '^' : '.^'
    const leaves: (() => Tree)[] = []
    if (type.kind === 'scalar') leaves.push(() => leaf(type, 's'))
    if (type.kind === 'column') leaves.push(() => leaf(type, this.#pick([`p${type.size}`, `q${type.size}`])))
    if (type.kind === 'matrix') leaves.push(() => leaf(type, `M${type.rows}${type.columns}`))
    const tree = this.#pick<() => Tree>([
      ...leaves,
      ...leaves,
      () => this.#node(type, depth, `($0)${pointwise}2 + 0.5`, [type], `0.5 + ($0)${pointwise}2`),
      () => this.#node(type, depth, 'exp(sin($0))', [type]),
      () => this.#node(type, depth, 'abs($0) + 0.3', [type], '0.3 + abs($0)'),
    ])()
    return { ...tree, fixed: true }
  }

  /** A matrix that is well away from singular. */
  #regular(n: string, depth: number): Tree {
    const type = matrix(n, n)
    const tree = this.#pick([
      () => this.#definite(n, depth),
      () => this.#definite(n, depth),
      () => leaf(type, `P${n} + 0.1*A${n}${n}`),
      () => leaf(type, this.#pick([`V${n}`, `D${n}`, `Q${n}`, `A${n}${n} + 3*eye(${n})`])),
    ])()
    return { ...tree, fixed: true }
  }
  /** A symmetric positive definite matrix. */
  #definite(n: string, depth: number): Tree {
    const m = this.#size()
    const type = matrix(n, n)
    const tree = this.#pick([
      () => this.#node(type, depth, `$0'*$0 + eye(${n})`, [matrix(m, n)], `eye(${n}) + $0'*$0`),
      () => this.#node(type, depth, `2*eye(${n}) + $0*$0'`, [matrix(n, m)], `$0*$0' + 2*eye(${n})`),
      () => leaf(type, `P${n}`),
      () => leaf(type, `P${n}`),
      () => leaf(type, `2*P${n} + V${n}`),
    ])()
    return { ...tree, fixed: true }
  }
  #withRegular(type: Type, n: string, depth: number, template: string, types: readonly Type[] = []): Tree {
    return { type, template, parts: [this.#regular(n, depth), ...types.map((part) => this.make(part, depth - 1))] }
  }
  #withDefinite(type: Type, n: string, depth: number, template: string, types: readonly Type[] = []): Tree {
    return { type, template, parts: [this.#definite(n, depth), ...types.map((part) => this.make(part, depth - 1))] }
  }

  /** What is the same for every type whose operations go entry by entry. */
  #entrywise(type: Type, depth: number): (() => Tree)[] {
    const isScalar = type.kind === 'scalar' || type.kind === 'labelled'
    const times = isScalar ? '*' : '.*'
    const over = isScalar ? '/' : './'
    const power = isScalar ? '^' : '.^'
    const one = [type]
    const two = [type, type]
    const factor = type.kind === 'labelled' ? type : scalar
    const positive = (template: string, types: readonly Type[] = []): Tree => ({
      type,
      template,
      parts: [this.#positive(type, depth - 1), ...types.map((part) => this.make(part, depth - 1))],
    })
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
      () => this.#node(type, depth, `($0)${over}(($1)${power}2 + 2)`, two),
      () => this.#node(type, depth, '$0/($1^2 + 1)', [type, factor]),
      () => this.#node(type, depth, 'max($0, $1)', two, 'max($1, $0)'),
      () => this.#node(type, depth, 'min($0, $1)', two, 'min($1, $0)'),
      () => this.#node(type, depth, `where($0 ${this.#pick(COMPARISONS)} $1, $2, $0)`, [type, type, type]),
      () => this.#node(type, depth, `($0 ${this.#pick(COMPARISONS)} $1)${times}($2)`, [type, type, type]),
      () => positive(this.#pick(OF_POSITIVE)),
      () => positive(`($0)${power}sin($1)`, one),
      () => positive('pow($0, sin($1))', one),
      () => positive(`($1)${over}($0)`, one),
      () => positive(`($0)${power}${this.#pick(['-0.5', '1.5', '-1', '-2', 'pi'])}`),
    ]
  }

  /**
   * A program to be differentiated in the language, and the variable; it occurs in most of them. A template has it in place
   * of `x`, the program in place of $0, and what follows as $1.
   */
  #derivative(
    type: Type,
    depth: number,
    template: (x: string) => string,
    of: Type,
    by: Type,
    types: readonly Type[] = [],
  ): Tree {
    const x = this.#variable(by)
    const parts = [of, ...types].map((part) => this.make(part, Math.min(depth - 1, 2)))
    const inner = this.#pick(['$0', `$0*(1 + sum(sin(${x})))`, `($0)*sin(sum(${x})) + $0`])
    return { type, template: template(x).replace('$0', inner), parts }
  }
  #variable(type: Type): string {
    switch (type.kind) {
      case 'scalar':
        return this.#pick(['a', 'b', 's'])
      case 'column':
        return `${this.#pick(['x', 'x', 'y', 'p'])}${type.size}`
      case 'row':
        return `r${type.size}`
      case 'matrix': {
        const { rows, columns } = type
        const structured = rows === columns ? ['S', 'P', 'D'].map((name) => `${name}${rows}`) : []
        return this.#pick([`A${rows}${columns}`, `A${rows}${columns}`, `M${rows}${columns}`, ...structured])
      }
      default:
        throw new RangeError(`no variable of kind ${type.kind}`)
    }
  }

  #scalar(depth: number): Tree {
    const n = this.#size()
    const m = this.#size()
    const l = this.#size()
    const node = (template: string, types: readonly Type[], exchanged?: string) => () =>
      this.#node(scalar, depth, template, types, exchanged)
    const regular =
      (template: string, types: readonly Type[] = []) =>
      () =>
        this.#withRegular(scalar, n, depth, template, types)
    const of = (...types: readonly Type[]) => [this.#pick(types)]
    const any = () => of(matrix(m, n), column(n), row(n), tensor(m, n, l))
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
      node("tr($0'*$1*$0)", [matrix(n, m), matrix(n, n)], "tr($0'*$1'*$0)"),
      node('sum($0)', any()),
      node('sum($0)', any()),
      node('mean($0)', any()),
      node('norm1($0)', any()),
      node('norm2($0)', any()),
      node('normF($0)^2', of(matrix(m, n))),
      node('norm2($0)^3', of(matrix(m, n), column(n))),
      node('norminf($0)', any()),
      node('max($0)', any()),
      node('min($0)', any()),
      node('logsumexp($0)', any()),
      node('prod($0)', of(column(n), matrix(m, n))),
      node('log(sum(exp($0)))', [column(n)]),
      node('einsum("i,i->", $0, $1)', [column(n), column(n)]),
      node('einsum("ij,ij", $0, $1)', [matrix(m, n), matrix(m, n)]),
      node('einsum("ij,j,i", $0, $1, $2)', [matrix(m, n), column(n), column(m)]),
      node('einsum("ii", $0)', [matrix(n, n)]),
      node('einsum("ijk,i,j,k->", $0, $1, $2, $3)', [tensor(m, n, l), column(m), column(n), column(l)]),
      node('einsum(",", $0, $1)', [scalar, scalar]),
      node('$0[1]', [column(n)]),
      node('$0[end]', [column(n)]),
      node('$0[1,end]', [matrix(m, n)]),
      node('$0[end,1,1]', [tensor(m, n, l)]),
      node('sum(vec($0).*vec($1))', [matrix(m, n), matrix(m, n)]),
      node('sum(cross($0, $1).*$0)', [column('3'), column('3')]),
      regular('det($0)'),
      regular('logdet($0)'),
      () => this.#withDefinite(scalar, n, depth, 'log(det($0))'),
      () => this.#withDefinite(scalar, n, depth, 'tr(logm($0))'),
      regular('tr(inv($0)*$1)', [matrix(n, n)]),
      regular("$1'*inv($0)*$1", [column(n)]),
      () => this.#derivative(scalar, depth, (x) => `laplacian($0, ${x})`, scalar, column(n)),
      () => this.#derivative(scalar, depth, (x) => `derivative($0, ${x}, ${this.#pick([1, 2])})`, scalar, scalar),
      () => this.#derivative(scalar, depth, (x) => `grad($0, ${x})`, scalar, scalar),
      () => this.#derivative(scalar, depth, (x) => `jvp($0, ${x}, $1)`, scalar, column(n), [column(n)]),
      () => this.#derivative(scalar, depth, (x) => `vjp($0, ${x}, $1)`, column(n), scalar, [column(n)]),
      () => this.#reduction(scalar, [], depth),
      () => this.#reduction(scalar, [], depth),
      () => this.#reduction(scalar, [], depth),
      () => this.#reduction(scalar, [], depth),
    ])()
  }

  #column(n: string, depth: number): Tree {
    const type = column(n)
    const m = this.#size()
    const l = this.#size()
    const node = (template: string, types: readonly Type[], exchanged?: string) => () =>
      this.#node(type, depth, template, types, exchanged)
    const along = this.#pick(['mean', 'norm1', 'norm2', 'norminf', 'logsumexp', 'prod', 'sum'])
    return this.#pick<() => Tree>([
      ...this.#entrywise(type, depth),
      node('$0*$1', [matrix(n, m), column(m)], "($1'*$0')'"),
      node('$0*$1', [matrix(n, m), column(m)], "($1'*$0')'"),
      node("$0'*$1", [matrix(m, n), column(m)], "($1'*$0)'"),
      node("$0'", [row(n)]),
      node('diag($0)', [matrix(n, n)]),
      node('diagonal($0)', [matrix(n, n)]),
      node('diag($0*$1)', [matrix(n, m), matrix(m, n)]),
      node(`${along}($0, 2)`, [matrix(n, m)]),
      node(`${along}($0, axis=2)`, [matrix(n, m)]),
      node(`${along}($0, axis=1)'`, [matrix(m, n)]),
      node(`${this.#pick(['max', 'min'])}($0, axis=2)`, [matrix(n, m)]),
      node(`${this.#pick(['softmax', 'logsoftmax', 'cumsum'])}($0)`, [type]),
      node('exp($0)/sum(exp($0))', [type]),
      node('$0/norm2($0)', [type]),
      node('$0[:,1]', [matrix(n, m)]),
      node("$0[end,:]'", [matrix(m, n)]),
      node('$0[1,:,1]', [tensor(m, n, l)]),
      node('kron($0, $1)', [column(n), column('1')]),
      node('vec($0)', [matrix(n, '1')]),
      node('einsum("ij,j->i", $0, $1)', [matrix(n, m), column(m)]),
      node('einsum("ii->i", $0)', [matrix(n, n)]),
      node('einsum("i,i->i", $0, $1)', [type, column('1')]),
      node('einsum("...,...->...", $0, $1)', [type, type], 'einsum("...,...->...", $1, $0)'),
      node('einsum("...i,i->...", $0, $1)', [matrix(n, m), column(m)]),
      node('einsum("iij->j", $0)', [tensor(m, m, n)]),
      node('einsum("ijk,j,k", $0, $1, $2)', [tensor(n, m, l), column(m), column(l)]),
      node('$0 + $1', [type, scalar], '$1 + $0'),
      node('$1 - $0', [type, scalar], '-$0 + $1'),
      ...(n === '3' ? [node('cross($0, $1)', [type, type]), node('cross($0, $1)', [type, type])] : []),
      () => this.#withRegular(type, n, depth, 'inv($0)*$1', [type]),
      () => this.#withRegular(type, n, depth, 'solve($0, $1)', [type]),
      () => this.#withRegular(type, n, depth, "solve($0', $1)", [type]),
      () => this.#withDefinite(type, n, depth, 'cholesky($0)*$1', [type]),
      () => this.#derivative(type, depth, (x) => `grad($0, ${x})`, scalar, type),
      () => this.#derivative(type, depth, (x) => `hvp($0, ${x}, $1)`, scalar, type, [type]),
      () => this.#derivative(type, depth, (x) => `diaghessian($0, ${x})`, scalar, type),
      () => this.#derivative(type, depth, (x) => `jvp($0, ${x}, $1)`, type, column(m), [column(m)]),
      () => this.#derivative(type, depth, (x) => `vjp($0, ${x}, $1)`, column(m), type, [column(m)]),
      () => this.#derivative(type, depth, (x) => `jacobian($0, ${x})`, type, scalar),
    ])()
  }

  #row(n: string, depth: number): Tree {
    const type = row(n)
    const m = this.#size()
    const node = (template: string, types: readonly Type[]) => () => this.#node(type, depth, template, types)
    const along = this.#pick(['mean', 'norm1', 'norm2', 'norminf', 'logsumexp', 'prod', 'sum'])
    return this.#pick<() => Tree>([
      ...this.#entrywise(type, depth),
      node("$0'", [column(n)]),
      node('transpose($0)', [column(n)]),
      node('$0*$1', [row(m), matrix(m, n)]),
      node("$0'*$1", [column(m), matrix(m, n)]),
      node(`${along}($0, 1)`, [matrix(m, n)]),
      node(`${this.#pick(['max', 'min'])}($0, axis=1)`, [matrix(m, n)]),
      node('$0[1,:]', [matrix(m, n)]),
      () => this.#derivative(type, depth, (x) => `grad($0, ${x})`, scalar, type),
      () => this.#derivative(type, depth, (x) => `jvp($0, ${x}, $1)`, type, column(m), [column(m)]),
    ])()
  }

  #matrix(m: string, n: string, depth: number): Tree {
    const type = matrix(m, n)
    const k = this.#size()
    const l = this.#size()
    const node = (template: string, types: readonly Type[], exchanged?: string) => () =>
      this.#node(type, depth, template, types, exchanged)
    const regular =
      (template: string, types: readonly Type[] = []) =>
      () =>
        this.#withRegular(type, n, depth, template, types)
    const definite =
      (template: string, types: readonly Type[] = []) =>
      () =>
        this.#withDefinite(type, n, depth, template, types)
    const square = [
      node('diag($0)', [column(n)]),
      node('diag(diag($0))', [type]),
      node('($0)^2', [type], '$0*$0'),
      node('($0)^3', [type]),
      node("$0 + $0'", [type], "$0' + $0"),
      node("$0 - $0'", [type], "-$0' + $0"),
      node('expm(0.5*sin($0))', [type]),
      node('expm($0)', [type]),
      node('dexpm(sin($0), $1)', [type, type]),
      regular('inv($0)'),
      regular('$0^-1'),
      regular('$0^-2'),
      regular('adj($0)'),
      definite('cholesky($0)'),
      definite('sqrtm($0)'),
      definite('logm($0)'),
      definite('dlogm($0, $1)', [type]),
      () => this.#derivative(type, depth, (x) => `hessian($0, ${x})`, scalar, column(n)),
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
      node(`${this.#pick(['softmax', 'logsoftmax', 'cumsum'])}($0)`, [type]),
      node(`${this.#pick(['softmax', 'logsoftmax', 'cumsum'])}($0, axis=1)`, [type]),
      node(this.#pick(['tril($0)', 'triu($0)']), [type]),
      node(`reshape(vec($0), ${m}, ${n})`, [type]),
      node(`reshape($0, ${m}, ${n})`, [matrix(n, m)]),
      node(`reshape(commutation(${n},${m})*vec($0), ${m}, ${n})`, [matrix(n, m)]),
      node(`reshape(kron($0, $1)*vec($2), ${m}, ${n})`, [matrix(n, k), matrix(m, l), matrix(l, k)]),
      node('kron($0, $1)', [matrix(m, '1'), matrix('1', n)]),
      node('einsum("ij,jk->ik", $0, $1)', [matrix(m, k), matrix(k, n)]),
      node('einsum("ij,jk", $0, $1)', [matrix(m, k), matrix(k, n)]),
      node('einsum("ij->ji", $0)', [matrix(n, m)]),
      node('einsum("i,j", $0, $1)', [column(m), column(n)]),
      node('einsum("...,...j->...j", $0, $1)', [column(m), type]),
      node('einsum("ij,...j->i...", $0, $1)', [matrix(m, k), matrix(n, k)]),
      node('einsum("iji->ij", $0)', [tensor(m, n, m)]),
      node('einsum("ijk,k->ij", $0, $1)', [tensor(m, n, k), column(k)]),
      node('einsum("ij,ij->ij", $0, $1)', [type, matrix('1', n)]),
      node(`${this.#pick(['sum', 'mean', 'norm2', 'prod', 'logsumexp'])}($0, 2)`, [tensor(m, k, n)]),
      node(`${this.#pick(['max', 'min'])}($0, axis=3)`, [tensor(m, n, k)]),
      node('$0[:,1,:]', [tensor(m, k, n)]),
      node(`pinv($0)`, [matrix(n, m)]),
      () => leaf(type, `pinv(A${n}${m})`),
      () => this.#withRegular(type, m, depth, 'inv($0)*$1', [type]),
      () => this.#withRegular(type, m, depth, 'solve($0, $1)', [type]),
      () => ({
        type,
        template: 'sylvester($0, $1, $2)',
        parts: [this.#definite(m, depth - 1), this.#definite(n, depth - 1), this.make(type, depth - 1)],
      }),
      () => this.#derivative(type, depth, (x) => `grad($0, ${x})`, scalar, type),
      () => this.#derivative(type, depth, (x) => `hvp($0, ${x}, $1)`, scalar, type, [type]),
      () => this.#derivative(type, depth, (x) => `diaghessian($0, ${x})`, scalar, type),
      () => this.#derivative(type, depth, (x) => `jacobian($0, ${x})`, column(m), column(n)),
      () => this.#derivative(type, depth, (x) => `derivative($0, ${x}, 1)`, column(m), column(n)),
      () => this.#derivative(type, depth, (x) => `hessian($0, ${x}, y${n})`, scalar, column(m)),
      () => this.#derivative(type, depth, (x) => `jvp($0, ${x}, $1)`, type, column(k), [column(k)]),
      () => this.#derivative(type, depth, (x) => `vjp($0, ${x}, $1)`, column(k), type, [column(k)]),
      ...(m === n ? [...square, ...square] : []),
    ])()
  }

  #tensor([p, q, r]: readonly [string, string, string], depth: number): Tree {
    const type = tensor(p, q, r)
    const k = this.#size()
    const node = (template: string, types: readonly Type[]) => () => this.#node(type, depth, template, types)
    return this.#pick<() => Tree>([
      ...this.#entrywise(type, depth),
      node('einsum("ij,k->ijk", $0, $1)', [matrix(p, q), column(r)]),
      node('einsum("i,j,k", $0, $1, $2)', [column(p), column(q), column(r)]),
      node('einsum("ijk->kij", $0)', [tensor(q, r, p)]),
      node('einsum("...l,lk->...k", $0, $1)', [tensor(p, q, k), matrix(k, r)]),
      node('einsum("ij,ik->ijk", $0, $1)', [matrix(p, q), matrix(p, r)]),
      node(`reshape(vec($0), ${p}, ${q}, ${r})`, [type]),
      node(`reshape($0, ${p}, ${q}, ${r})`, [tensor(r, p, q)]),
      node(`${this.#pick(['softmax', 'logsoftmax', 'cumsum'])}($0, axis=${this.#pick([1, 2, 3])})`, [type]),
      () => this.#derivative(type, depth, (x) => `jacobian($0, ${x})`, matrix(p, q), column(r)),
      () => this.#derivative(type, depth, (x) => `jacobian($0, ${x})`, column(p), matrix(q, r)),
    ])()
  }

  /** An entry of something, at the labels of the scope. */
  #labelledLeaf(scope: Scope): Tree {
    const type = labelled(scope)
    if (scope.length === 0 || this.#chance(6)) return leaf(type, this.#pick(['a', 'b', '2', '0.5', 's', 'n']))
    const [i, m] = this.#pick(scope)
    const [j, n] = this.#pick(scope)
    const [o, q] = this.#pick(scope)
    const alike = scope.filter(([, size]) => size === m)
    const [l] = this.#pick(alike)
    return leaf(
      type,
      this.#pick([
        `x${m}[${i}]`,
        `y${m}[${i}]`,
        `p${m}[${i}]`,
        `r${m}[${i}]`,
        `A${m}${n}[${i},${j}]`,
        `B${m}${n}[${i},${j}]`,
        `M${m}${n}[${i},${j}]`,
        `A${n}${m}[${j},${i}]`,
        `S${m}[${i},${l}]`,
        `P${m}[${i},${l}]`,
        `V${m}[${i},${l}]`,
        `A${m}${m}[${i},${l}]`,
        `A${m}${n}[${i},end]`,
        `T${m}${n}${q}[${i},${j},${o}]`,
        `T${m}${n}${m}[${i},${j},${l}]`,
        `eye(${m})[${i},${l}]`,
      ]),
    )
  }

  #labelled(scope: Scope, depth: number): Tree {
    const type = labelled(scope)
    if (scope.length === 0) return { ...this.make(scalar, depth), type }
    const [i, m] = this.#pick(scope)
    const [j, n] = this.#pick(scope)
    const [o, q] = this.#pick(scope)
    const alike = scope.filter(([label, size]) => size === m && label !== i)
    const [l] = alike.length > 0 ? this.#pick(alike) : [i]
    const node = (template: string, types: readonly Type[], exchanged?: string) => () =>
      this.#node(type, depth, template, types, exchanged)
    const leafHere = () => this.#labelledLeaf(scope)
    const other = `x${m}[${l}]`
    return this.#pick<() => Tree>([
      leafHere,
      leafHere,
      ...this.#entrywise(type, depth),
      node(`($0)[${i}]`, [column(m)]),
      node(`($0)[${i},${j}]`, [matrix(m, n)]),
      node(`($0)[${i},${l}]`, [matrix(m, m)]),
      node(`($0)[${i},${j},${o}]`, [tensor(m, n, q)]),
      node('$0', [scalar]),
      node(`${this.#pick(['softmax', 'logsoftmax', 'cumsum'])}[${i}]($0 + ${other})`, [type]),
      () => {
        const condition = this.#condition(scope, [[i, m]])
        return this.#node(type, depth, `${this.#pick(['softmax', 'cumsum'])}[${i}: ${condition}]($0 + ${other})`, [
          type,
        ])
      },
      () => this.#gathered(scope, depth),
      () => this.#gathered(scope, depth),
      node(`where(x${m}[${i}] ${this.#pick(COMPARISONS)} ${other}, $0, $1)`, [type, type]),
      () => this.#reduction(type, scope, depth),
      () => this.#reduction(type, scope, depth),
      () => this.#reduction(type, scope, depth),
      () => this.#reduction(type, scope, depth),
    ])()
  }

  /** A function of whole matrices or vectors of a labelled operand, at each index of the scope. */
  #gathered(scope: Scope, depth: number): Tree {
    const type = labelled(scope)
    const [p, q] = LABELS.filter((label) => !scope.some(([name]) => name === label)) as [string, string]
    const n = this.#size()
    const inner = (labels: Scope): readonly Type[] => [labelled([...scope, ...labels])]
    const pair: Scope = [
      [p, n],
      [q, n],
    ]
    const square = `matrix[${p},${q}](0.2*sin($0) + P${n}[${p},${q}])`
    return this.#pick([
      () => this.#node(type, depth, `det(${square})`, inner(pair)),
      () => this.#node(type, depth, `logdet(${square})`, inner(pair)),
      () => this.#node(type, depth, `tr(inv(${square}))`, inner(pair)),
      () => this.#node(type, depth, `sum(expm(${square}))`, inner(pair)),
      () => this.#node(type, depth, `norm2(vector[${p}]($0 + x${n}[${p}]))`, inner([[p, n]])),
      () => this.#node(type, depth, `logsumexp(vector[${p}]($0 + x${n}[${p}]))`, inner([[p, n]])),
    ])()
  }

  /** sum[l](...) and its like over one or two fresh labels, perhaps with conditions. */
  #reduction(type: Type, scope: Scope, depth: number): Tree {
    const unused = LABELS.filter((label) => !scope.some(([name]) => name === label))
    const labels = unused.slice(0, this.#pick([1, 1, 2]))
    const added = labels.map((label) => [label, this.#pick([this.#size(), ...scope.map(([, size]) => size)])] as const)
    const inner: Scope = [...scope, ...added]
    const name = this.#pick(['sum', 'sum', 'sum', 'sum', 'mean', 'norm2', 'logsumexp', 'max', 'min', 'prod'])
    const conditions = this.#chance(name === 'sum' ? 2 : 4) ? [this.#condition(inner, added)] : []
    if (conditions.length > 0 && this.#chance(4)) conditions.push(this.#condition(inner, added))
    const condition = conditions.length > 0 ? `: ${conditions.join(' and ')}` : ''
    const part = labelled(inner)
    // Every reduced label occurs, so that its size is known.
    const sure = added.map(([label, size]) => `x${size}[${label}]`).join('*')
    const template = `${name}[${labels.join(',')}${condition}]($0 + ${sure})`
    return { type, template, parts: [this.make(part, depth - 1)] }
  }

  #condition(scope: Scope, added: Scope): string {
    const [label, size] = this.#pick(added)
    const relation = this.#pick(['<', '<=', '>', '>=', '!=', '=='])
    const alike = scope.filter(([other, its]) => its === size && other !== label)
    if (alike.length === 0 || this.#chance(4)) return `${label} ${relation} ${this.#pick(['1', '2', size])}`
    const [other] = this.#pick(alike)
    const bound = this.#pick([other, other, other, `${other} + 1`, `${size} - ${other}`, `2*${other}`])
    return `${label} ${relation} ${bound}`
  }
}
