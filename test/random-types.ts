// The types of random programs, the variables that they may use, and programs as trees.

/** A scalar, column, row, matrix, tensor of order 3, or a scalar at each index of the labels in scope. */
export type Type =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'column' | 'row'; readonly size: string }
  | { readonly kind: 'matrix'; readonly rows: string; readonly columns: string }
  | { readonly kind: 'tensor'; readonly sizes: readonly [string, string, string] }
  | { readonly kind: 'labelled'; readonly scope: Scope }

/** Labels in scope, each with the size that it runs over. */
export type Scope = readonly (readonly [label: string, size: string])[]

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
  /** Which of the used variables are differentiated by. */
  readonly choice: number
}

export const scalar: Type = { kind: 'scalar' }
export const column = (size: string): Type => ({ kind: 'column', size })
export const row = (size: string): Type => ({ kind: 'row', size })
export const matrix = (rows: string, columns: string): Type => ({ kind: 'matrix', rows, columns })
export const tensor = (...sizes: [string, string, string]): Type => ({ kind: 'tensor', sizes })
export const labelled = (scope: Scope): Type => ({ kind: 'labelled', scope })

export function sameType(a: Type, b: Type): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

export const SIZES = ['m', 'n', 'k', '1', '2', '3']

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
    [`q${n}`, `vector(${n}) nonnegative`],
    [`r${n}`, `rowvector(${n})`],
    [`S${n}`, `symmetric(${n})`],
    [`P${n}`, `psd(${n})`],
    [`D${n}`, `diagonal(${n})`],
    [`V${n}`, `diagonal(${n}) positive`],
    [`Q${n}`, `orthogonal(${n})`],
    ...SIZES.flatMap((m): [string, string][] => [
      [`A${m}${n}`, `matrix(${m},${n})`],
      [`B${m}${n}`, `matrix(${m},${n})`],
      [`M${m}${n}`, `matrix(${m},${n}) positive`],
      ...SIZES.map((k): [string, string] => [`T${m}${n}${k}`, `tensor(${m},${n},${k})`]),
    ]),
  ]),
])

export function leaf(type: Type, template: string): Tree {
  return { type, template, parts: [] }
}

/** The plainest trees of a type, which shrinking tries first. */
export function leavesOf(type: Type): Tree[] {
  switch (type.kind) {
    case 'scalar':
      return [leaf(type, '2'), leaf(type, 'a')]
    case 'column':
      return [leaf(type, `x${type.size}`)]
    case 'row':
      return [leaf(type, `r${type.size}`)]
    case 'matrix':
      return [leaf(type, `A${type.rows}${type.columns}`)]
    case 'tensor':
      return [leaf(type, `T${type.sizes.join('')}`)]
    case 'labelled':
      return [leaf(type, 'a'), ...type.scope.map(([label, size]) => leaf(type, `x${size}[${label}]`))]
  }
}
