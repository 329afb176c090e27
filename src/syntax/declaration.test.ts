import { describe, expect, test } from 'vitest'
import { parseDeclarations, parseType } from './declaration.ts'

/** The text is a type, which shows as `name size|size sign`, sizes as written. */
function check(text: string, shown: string): void {
  test(text, () => {
    const { type, problems } = parseType(text)
    expect(problems).toEqual([])
    const sizes = type?.sizes?.map(({ span }) => text.slice(...span)).join('|')
    expect([type?.name, sizes, type?.sign].filter((part) => part !== undefined).join(' ')).toBe(shown)
  })
}

describe('types', () => {
  check('scalar', 'scalar')
  check('vector(n)', 'vector n')
  check('rowvector(n)', 'rowvector n')
  check('matrix(m,n)', 'matrix m|n')
  check('tensor(n, m, k)', 'tensor n|m|k')
  check('tensor(n)', 'tensor n')
  check('symmetric(n)', 'symmetric n')
  check('psd(n)', 'psd n')
  check('diagonal(n)', 'diagonal n')
  check('orthogonal(n)', 'orthogonal n')
  check('matrix', 'matrix')
  check('scalar positive', 'scalar positive')
  check(' matrix ( m , 3 ) nonnegative\n', 'matrix m|3 nonnegative')
  check('vector(n*(n+1)/2)', 'vector n*(n+1)/2')
  check('matrix(m*n, 2*n)', 'matrix m*n|2*n')
  check('vector(n^2-1)', 'vector n^2-1')
  check('vector(größe)', 'vector größe')
})

function refuse(marked: string, message: string, hint = ''): void {
  const text = marked.replace(/[‹›]/g, '')
  test(text.length > 0 ? text : '(empty)', () => {
    const { type, problems } = parseType(text)
    expect(type).toBeUndefined()
    expect(problems).toHaveLength(1)
    const [start, end] = problems[0]!.span!
    expect(`${text.slice(0, start)}‹${text.slice(start, end)}›${text.slice(end)}`).toBe(marked)
    expect(problems[0]!.message).toContain(message)
    expect(problems[0]!.hint ?? '').toContain(hint)
  })
}

describe('no types', () => {
  refuse('‹›', 'A type is missing', 'symmetric(n)')
  refuse('‹matrx›(m,n)', '`matrx` is no type', '`matrix`')
  refuse('‹Matrix›(m,n)', '`Matrix` is no type', '`matrix`')
  refuse('‹3›', '`3` is no type')
  refuse('‹vector(m,n)›', 'has one size, not 2', 'matrix(m,n)')
  refuse('‹matrix(n)›', 'has two sizes, not 1')
  refuse('‹symmetric(n,n)›', 'has one size, not 2', '`symmetric(n)`')
  refuse('‹scalar(3)›', 'has no size, not 1')
  refuse('matrix(m‹,)›', 'A size is missing')
  refuse('tensor‹()›', 'A size is missing')
  refuse('vector‹(›n', 'This `(` is never closed')
  refuse('vector(2‹n›)', 'An operator is missing')
  refuse('vector(‹sin(n)›)', 'A size is built of')
  refuse("vector(‹n'›)", 'A size is built of')
  refuse('vector(‹n=3›)', 'A size is an expression')
  refuse('vector(n‹+›)', 'Something is missing after `+`')
  refuse('vector(n) ‹small›', '`small` does not belong to a type', 'positive')
  refuse('vector(n) positive ‹nonnegative›', 'does not belong to a type')
  refuse('‹positive› vector(n)', '`positive` stands behind a type')
})

describe('declarations', () => {
  const show = (text: string) => {
    const { declarations, problems } = parseDeclarations(text)
    const shown = declarations.map(({ name, type }) => `${name.name}:${text.slice(...type.span)}`)
    return [shown, problems.map(({ message, span }) => `${message} ${text.slice(...span!)}`)]
  }

  test('several, apart by commas, semicolons and lines', () => {
    expect(show('A:symmetric(n), x:vector(n)')).toEqual([['A:symmetric(n)', 'x:vector(n)'], []])
    expect(show('A : matrix ; b: scalar positive\nT:tensor(2,3)\n')).toEqual([
      ['A:matrix', 'b:scalar positive', 'T:tensor(2,3)'],
      [],
    ])
  })

  test('those that can be read beside those that cannot', () => {
    expect(show('A:matrix(m, x:vector(n)')).toEqual([['x:vector(n)'], ['This `(` is never closed. (']])
    expect(show('A, x:vector(n)')).toEqual([['x:vector(n)'], ['A declaration is a name, `:` and a type. A']])
    expect(show('A:matrix,,b:scalar')).toEqual([['A:matrix', 'b:scalar'], ['A declaration is missing here. ']])
    expect(show('2:matrix')).toEqual([[], ['A declaration is a name, `:` and a type. 2:matrix']])
    expect(show('')).toEqual([[], ['A declaration is missing here. ']])
  })
})
