// Chapter 2 of Petersen and Pedersen, The Matrix Cookbook, version of November 15, 2012: its identities in our language, under
// the book's equation numbers. Left out is what the language cannot say: complex values, single eigenvalues and eigenvectors.
import { describe, expect, test } from 'vitest'
import { checkAnswer, checkOf, type Derivative, type DeriveOptions, derive, equal } from '../src/index.ts'
import { expectEngines, MODES } from './check.ts'

/** Types by variable; `m,n` is short for `matrix(m,n)`, `n` for `vector(n)`, the empty text for `scalar`. */
type Types = Readonly<Record<string, string>>

/** The book's formula for the derivative of `expr` by a variable, or by each of several in turn, as in `x s`. */
type Row = readonly [equation: number | string, expr: string, types: Types, by: string, book: string, order?: number]

/** A formula that is wrong as printed, or right only under an assumption, which `holdsFor` declares. */
interface Correction {
  readonly equation: number | string
  readonly expr: string
  readonly types: Types
  readonly by: string
  readonly printed: string
  readonly corrected: string
  readonly reason: string
  readonly holdsFor?: Types
}

function declarations(types: Types): Record<string, string> {
  const type = (short: string) => {
    if (short.includes('(')) return short
    if (short === '') return 'scalar'
    return short.includes(',') ? `matrix(${short})` : `vector(${short})`
  }
  return Object.fromEntries(Object.entries(types).map(([name, short]) => [name, type(short)]))
}

function derivativeOf(expr: string, types: Types, by: string, given: Pick<DeriveOptions, 'order' | 'mode'> = {}) {
  return derive(expr, { wrt: by.split(' '), vars: declarations(types), ...given })
}

/** Agrees with differences at both points tried, means what it prints, and is the same on every engine. */
function expectRight(d: Derivative): void {
  expect(checkOf(d), `differences of ${d.toString()}`).toMatchObject({ ok: true, points: 2, kinks: 0 })
  expect(checkAnswer(d, d.toString()), `reading back ${d.toString()}`).toMatchObject({ equal: true })
  expectEngines(d)
}

function expectEqual(d: Derivative, formula: string): void {
  expect(checkAnswer(d, formula), `${d.mode} mode and ${formula}`).toMatchObject({ equal: true })
}

function check([, expr, types, by, book, order]: Row): void {
  const given = order === undefined ? {} : { order }
  expectRight(derivativeOf(expr, types, by, given))
  for (const mode of MODES) expectEqual(derivativeOf(expr, types, by, { ...given, mode }), book)
}

function identities(rows: readonly Row[]): void {
  test.each(rows.map((row) => [row[0], row[1], row] as const))('(%s) %s', (_equation, _expr, row) => check(row))
}

const square = (...names: string[]): Types => Object.fromEntries(names.map((name) => [name, 'n,n']))

describe('2: rules for differentials, along a curve of the parameter t', () => {
  const types = { A: 'm,n', B: 'm,n', C: 'n,k', D: 'n,k', t: '' }
  const squares = { ...square('A', 'B'), t: '' }
  const Y = 'Y = A + sin(t)*B'
  identities([
    [33, 'A', types, 't', 'zeros(m,n)'],
    [34, 'b*(A + sin(t)*B)', { ...types, b: '' }, 't', 'b*cos(t)*B'],
    [35, 'sin(t)*A + exp(t)*B', types, 't', 'cos(t)*A + exp(t)*B'],
    [36, 'tr(A + sin(t)*B)', squares, 't', 'tr(cos(t)*B)'],
    [37, '(A + t*B)*(C + sin(t)*D)', types, 't', 'B*(C + sin(t)*D) + (A + t*B)*cos(t)*D'],
    [
      38,
      '(A + t*B).*(C + sin(t)*D)',
      { ...types, C: 'm,n', D: 'm,n' },
      't',
      'B.*(C + sin(t)*D) + (A + t*B).*(cos(t)*D)',
    ],
    [
      39,
      'kron(A + t*B, C + sin(t)*D)',
      { ...types, C: 'k,m', D: 'k,m' },
      't',
      'kron(B, C + sin(t)*D) + kron(A + t*B, cos(t)*D)',
    ],
    [40, `${Y}; inv(Y)`, squares, 't', `${Y}; -inv(Y)*(cos(t)*B)*inv(Y)`],
    [41, `${Y}; det(Y)`, squares, 't', `${Y}; tr(adj(Y)*(cos(t)*B))`],
    [42, `${Y}; det(Y)`, squares, 't', `${Y}; det(Y)*tr(inv(Y)*(cos(t)*B))`],
    [43, `${Y}; logdet(Y)`, squares, 't', `${Y}; tr(inv(Y)*(cos(t)*B))`],
    [44, "(A + sin(t)*B)'", types, 't', "(cos(t)*B)'"],
  ])
})

describe('2.1: of a determinant', () => {
  const Y = 'Y = A + t*B + t^2*C'
  const curve = { ...square('A', 'B', 'C'), t: '' }
  identities([
    [46, `${Y}; det(Y)`, curve, 't', `${Y}; det(Y)*tr(inv(Y)*(B + 2*t*C))`],
    [
      48,
      `${Y}; det(Y)`,
      curve,
      't',
      `${Y}; Z = inv(Y)*(B + 2*t*C); det(Y)*(tr(inv(Y)*2*C) + tr(Z)*tr(Z) - tr(Z*Z))`,
      2,
    ],
    [49, 'det(X)', square('X'), 'X', "det(X)*inv(X)'"],
    [51, 'det(A*X*B)', square('A', 'B', 'X'), 'X', "det(A*X*B)*inv(X)'"],
    [51, 'det(A*X*B)', square('A', 'B', 'X'), 'X', "det(A*X*B)*inv(X')"],
    [52, "det(X'*A*X)", square('A', 'X'), 'X', "2*det(X'*A*X)*inv(X)'"],
    [53, "det(X'*A*X)", { A: 'symmetric(n)', X: 'n,m' }, 'X', "2*det(X'*A*X)*A*X*inv(X'*A*X)"],
    [54, "det(X'*A*X)", { A: 'n,n', X: 'n,m' }, 'X', "det(X'*A*X)*(A*X*inv(X'*A*X) + A'*X*inv(X'*A'*X))"],
    [55, "log(det(X'*X))", { X: 'n,m' }, 'X', "2*pinv(X)'"],
    [55, "logdet(X'*X)", { X: 'n,m' }, 'X', "2*pinv(X)'"],
    [57, 'log(abs(det(X)))', square('X'), 'X', "inv(X)'"],
    [57, 'logdet(X)', square('X'), 'X', "inv(X')"],
    [58, 'det(X^3)', square('X'), 'X', "3*det(X^3)*inv(X)'"],
    [58, 'det(X^-2)', square('X'), 'X', "-2*det(X^-2)*inv(X)'"],
  ])

  test("(47), (50): the gradient of det(X) times X' is det(X)*I", () => {
    const gradient = derivativeOf('det(X)', square('X'), 'X').toString()
    expect(equal(`(${gradient})*X'`, 'det(X)*eye(n)', { vars: declarations(square('X')) })).toMatchObject({
      equal: true,
    })
  })

  test('(56) by the pseudoinverse P of X', () => {
    check([56, "X = pinv(P); log(det(X'*X))", { P: 'm,n' }, 'P', "X = pinv(P); -2*X'"])
  })
})

describe('2.2: of an inverse', () => {
  identities([
    [59, 'inv(A + t^2*B)', { ...square('A', 'B'), t: '' }, 't', 'Y = A + t^2*B; -inv(Y)*(2*t*B)*inv(Y)'],
    [60, 'inv(X)', square('X'), 'X', 'D[k,l,i,j] = -inv(X)[k,i]*inv(X)[j,l]'],
    [61, "a'*inv(X)*b", { ...square('X'), a: 'n', b: 'n' }, 'X', "-inv(X)'*a*b'*inv(X)'"],
    [62, 'det(inv(X))', square('X'), 'X', "-det(inv(X))*inv(X)'"],
    [63, 'tr(A*inv(X)*B)', { A: 'm,n', B: 'n,m', X: 'n,n' }, 'X', "-(inv(X)*B*A*inv(X))'"],
    [64, 'tr(inv(X + A))', square('A', 'X'), 'X', "-(inv(X + A)*inv(X + A))'"],
    [
      '2.2, J as a function of the inverse',
      'tr(C*inv(A)*D*inv(A))',
      square('A', 'C', 'D'),
      'A',
      "W = inv(A); -inv(A)'*(C'*W'*D' + D'*W'*C')*inv(A)'",
    ],
  ])
})

describe('2.3: of eigenvalues', () => {
  identities([
    ['65, their sum', 'tr(X)', square('X'), 'X', 'eye(n)'],
    ['66, their product', 'det(X)', square('X'), 'X', "det(X)*inv(X)'"],
  ])
})

describe('2.4: of matrices, vectors and scalar forms', () => {
  describe('first order', () => {
    identities([
      [69, "x'*a", { a: 'n', x: 'n' }, 'x', 'a'],
      [69, "a'*x", { a: 'n', x: 'n' }, 'x', 'a'],
      [70, "a'*X*b", { a: 'm', X: 'm,n', b: 'n' }, 'X', "a*b'"],
      [71, "a'*X'*b", { a: 'n', X: 'm,n', b: 'm' }, 'X', "b*a'"],
      [72, "a'*X*a", { a: 'n', X: 'n,n' }, 'X', "a*a'"],
      [72, "a'*X'*a", { a: 'n', X: 'n,n' }, 'X', "a*a'"],
      [73, 'X', { X: 'm,n' }, 'X', 'D[k,l,i,j] = eye(m)[k,i]*eye(n)[l,j]'],
      [74, 'X*A', { X: 'm,n', A: 'n,k' }, 'X', 'D[i,j,p,q] = eye(m)[i,p]*A[q,j]'],
      [75, "X'*A", { X: 'm,n', A: 'm,k' }, 'X', 'D[i,j,p,q] = eye(n)[i,q]*A[p,j]'],
    ])
  })

  describe('second order', () => {
    const affine = { B: 'm,n', b: 'm', C: 'm,k', D: 'k,n', d: 'k', x: 'n' }
    const form = { B: 'm,m', X: 'm,n' }
    identities([
      [76, 'sum[k,l,p,q](X[k,l]*X[p,q])', { X: 'm,n' }, 'X', '2*sum(X)*ones(m,n)'],
      [77, "b'*X'*X*c", { b: 'n', X: 'm,n', c: 'n' }, 'X', "X*(b*c' + c*b')"],
      [78, "(B*x + b)'*C*(D*x + d)", affine, 'x', "B'*C*(D*x + d) + D'*C'*(B*x + b)"],
      [79, "X'*B*X", form, 'X', "D[k,l,i,j] = eye(n)[l,j]*(X'*B)[k,i] + eye(n)[k,j]*(B*X)[i,l]"],
      [
        '80, with the single-entry matrix J',
        "X'*B*X",
        form,
        'X',
        "J[i,j,k,l] = eye(m)[i,k]*eye(n)[j,l]; D[k,l,i,j] = sum[p]((X'*B)[k,p]*J[i,j,p,l]) + sum[p](J[i,j,p,k]*(B*X)[p,l])",
      ],
      [81, "x'*B*x", { B: 'n,n', x: 'n' }, 'x', "(B + B')*x"],
      [82, "b'*X'*D*X*c", { b: 'n', X: 'm,n', D: 'm,m', c: 'n' }, 'X', "D'*X*b*c' + D*X*c*b'"],
      [83, "(X*b + c)'*D*(X*b + c)", { X: 'm,n', b: 'n', c: 'm', D: 'm,m' }, 'X', "(D + D')*(X*b + c)*b'"],
      ['89, of real vectors', "(a - x'*b)^2", { a: '', x: 'n', b: 'n' }, 'x', "-2*b*(a - x'*b)"],
    ])
  })

  describe('residuals weighted by a symmetric W', () => {
    const by = "(x - A*s)'*W*(x - A*s)"
    const types = { W: 'symmetric(m)', x: 'm', A: 'm,n', s: 'n' }
    const equalSizes = { W: 'symmetric(m)', x: 'm', s: 'm' }
    const residual = "(x - s)'*W*(x - s)"
    identities([
      [84, by, types, 's', "-2*A'*W*(x - A*s)"],
      [85, residual, equalSizes, 'x', '2*W*(x - s)'],
      [86, residual, equalSizes, 's', '-2*W*(x - s)'],
      [87, by, types, 'x', '2*W*(x - A*s)'],
      [88, by, types, 'A', "-2*W*(x - A*s)*s'"],
      ['Hessian of 84', by, types, 's', "2*A'*W*A", 2],
      ['Hessian of 85', residual, equalSizes, 'x', '2*W', 2],
      ['Hessian of 86', residual, equalSizes, 's', '2*W', 2],
      ['Hessian of 87', by, types, 'x', '2*W', 2],
      ['Hessian of 88', by, types, 'A', 'H[i,j,k,l] = 2*W[i,k]*s[j]*s[l]', 2],
      ['84, 87 mixed', by, types, 'x s', '-2*W*A'],
      ['86, 85 mixed', residual, equalSizes, 's x', '-2*W'],
    ])
  })

  describe('higher order and nonlinear', () => {
    const bilinear = { ...square('X'), a: 'n', b: 'n' }
    const fraction = { A: 'k,n', B: 'm,n', x: 'n' }
    identities([
      [
        '90 for n = 3',
        'X^3',
        square('X'),
        'X',
        'D[k,l,i,j] = eye(n)[k,i]*(X^2)[j,l] + X[k,i]*X[j,l] + (X^2)[k,i]*eye(n)[j,l]',
      ],
      ['91 for n = 3', "a'*X^3*b", bilinear, 'X', "a*b'*(X^2)' + X'*a*b'*X' + (X^2)'*a*b'"],
      [
        '93 for s = sin(C*x), r = exp(D*x)',
        "sin(C*x)'*A*exp(D*x)",
        { A: 'k,m', C: 'k,n', D: 'm,n', x: 'n' },
        'x',
        "S = diag(cos(C*x))*C; R = diag(exp(D*x))*D; S'*A*exp(D*x) + R'*A'*sin(C*x)",
      ],
      [
        '95, its first denominator corrected',
        "(A*x)'*(A*x)/((B*x)'*(B*x))",
        fraction,
        'x',
        "2*A'*A*x/(x'*B'*B*x) - 2*(x'*A'*A*x)*B'*B*x/(x'*B'*B*x)^2",
      ],
      [97, "x'*A*x + b'*x", { A: 'n,n', b: 'n', x: 'n' }, 'x', "(A + A')*x + b"],
      [98, "x'*A*x + b'*x", { A: 'n,n', b: 'n', x: 'n' }, 'x', "A + A'", 2],
    ])
  })
})

describe('2.5: of traces', () => {
  describe("functions of matrices, tr(F(X))' = f(X)'", () => {
    identities([
      ['2.5, exponential', 'tr(expm(X))', square('X'), 'X', "expm(X)'"],
      ['2.5, logarithm', 'tr(logm(X))', square('X'), 'X', "inv(X)'"],
      ['2.5, square root', 'tr(sqrtm(X))', square('X'), 'X', "0.5*inv(sqrtm(X))'"],
      ['2.5, inverse', 'tr(inv(X))', square('X'), 'X', "-(X^-2)'"],
    ])
  })

  describe('first order', () => {
    identities([
      [99, 'tr(X)', square('X'), 'X', 'eye(n)'],
      [100, 'tr(X*A)', { X: 'm,n', A: 'n,m' }, 'X', "A'"],
      [101, 'tr(A*X*B)', { A: 'k,m', X: 'm,n', B: 'n,k' }, 'X', "A'*B'"],
      [102, "tr(A*X'*B)", { A: 'k,n', X: 'm,n', B: 'm,k' }, 'X', 'B*A'],
      [103, "tr(X'*A)", { X: 'm,n', A: 'm,n' }, 'X', 'A'],
      [104, "tr(A*X')", { X: 'm,n', A: 'm,n' }, 'X', 'A'],
      [105, 'tr(kron(A, X))', { A: 'm,m', X: 'n,n' }, 'X', 'tr(A)*eye(n)'],
    ])
  })

  describe('second order', () => {
    const left = { B: 'm,m', X: 'm,n' }
    const right = { B: 'n,n', X: 'm,n' }
    identities([
      [106, 'tr(X^2)', square('X'), 'X', "2*X'"],
      [107, 'tr(X^2*B)', square('B', 'X'), 'X', "(X*B + B*X)'"],
      [108, "tr(X'*B*X)", left, 'X', "B*X + B'*X"],
      [109, "tr(B*X*X')", left, 'X', "B*X + B'*X"],
      [110, "tr(X*X'*B)", left, 'X', "B*X + B'*X"],
      [111, "tr(X*B*X')", right, 'X', "X*B' + X*B"],
      [112, "tr(B*X'*X)", right, 'X', "X*B' + X*B"],
      [113, "tr(X'*X*B)", right, 'X', "X*B' + X*B"],
      [114, 'tr(A*X*B*X)', { A: 'n,m', X: 'm,n', B: 'n,m' }, 'X', "A'*X'*B' + B'*X'*A'"],
      [115, "tr(X'*X)", { X: 'm,n' }, 'X', '2*X'],
      [115, "tr(X*X')", { X: 'm,n' }, 'X', '2*X'],
      [116, "tr(B'*X'*C*X*B)", { B: 'n,k', X: 'm,n', C: 'm,m' }, 'X', "C'*X*B*B' + C*X*B*B'"],
      [117, "tr(X'*B*X*C)", { X: 'm,n', B: 'm,m', C: 'n,n' }, 'X', "B*X*C + B'*X*C'"],
      [118, "tr(A*X*B*X'*C)", { A: 'k,m', X: 'm,n', B: 'n,n', C: 'm,k' }, 'X', "A'*C'*X*B' + C*A*X*B"],
      [119, "tr((A*X*B + C)*(A*X*B + C)')", { A: 'k,m', X: 'm,n', B: 'n,p', C: 'k,p' }, 'X', "2*A'*(A*X*B + C)*B'"],
      [120, 'tr(kron(X, X))', square('X'), 'X', '2*tr(X)*eye(n)'],
      [120, 'tr(X)*tr(X)', square('X'), 'X', '2*tr(X)*eye(n)'],
    ])
  })

  describe('higher order', () => {
    identities([
      ['121 for k = 4', 'tr(X^4)', square('X'), 'X', "4*(X^3)'"],
      ['121 for k = -1', 'tr(X^-1)', square('X'), 'X', "-(X^-2)'"],
      ['122 for k = 3', 'tr(A*X^3)', square('A', 'X'), 'X', "(A*X^2)' + (X*A*X)' + (X^2*A)'"],
      [
        123,
        "tr(B'*X'*C*X*X'*C*X*B)",
        { B: 'n,k', X: 'm,n', C: 'm,m' },
        'X',
        "C*X*X'*C*X*B*B' + C'*X*B*B'*X'*C'*X + C*X*B*B'*X'*C*X + C'*X*X'*C'*X*B*B'",
      ],
    ])
  })

  describe('other', () => {
    const forms = { A: 'm,m', B: 'symmetric(n)', C: 'symmetric(n)', X: 'n,m' }
    identities([
      [124, 'tr(A*inv(X)*B)', { A: 'm,n', X: 'n,n', B: 'n,m' }, 'X', "-inv(X)'*A'*B'*inv(X)'"],
      [125, "tr(inv(X'*C*X)*A)", forms, 'X', "-(C*X*inv(X'*C*X))*(A + A')*inv(X'*C*X)"],
      [126, "tr(inv(X'*C*X)*(X'*B*X))", forms, 'X', "-2*C*X*inv(X'*C*X)*X'*B*X*inv(X'*C*X) + 2*B*X*inv(X'*C*X)"],
    ])
  })
})

describe('2.6 and 2.7: of norms', () => {
  identities([
    [129, 'norm2(x - a)', { x: 'n', a: 'n' }, 'x', '(x - a)/norm2(x - a)'],
    [130, '(x - a)/norm2(x - a)', { x: 'n', a: 'n' }, 'x', "eye(n)/norm2(x - a) - (x - a)*(x - a)'/norm2(x - a)^3"],
    [131, 'norm2(x)^2', { x: 'n' }, 'x', '2*x'],
    [131, "norm2(x'*x)", { x: 'n' }, 'x', '2*x'],
    [132, 'normF(X)^2', { X: 'm,n' }, 'X', '2*X'],
    [132, "tr(X*X')", { X: 'm,n' }, 'X', '2*X'],
  ])
})

describe('2.8: of structured matrices', () => {
  identities([
    ["137 for U = X'*X", "sum(sin(X'*X))", { X: 'm,n' }, 'X', "G = cos(X'*X); X*(G + G')"],
    ['142, unconstrained', 'tr(A*X)', { A: 'n,n', X: 'diagonal(n)' }, 'X', "A'"],
    // The book keeps the diagonal matrix, its free entries are the vector x.
    ['142 for the diagonal x of X', 'tr(A*diag(x))', { A: 'n,n', x: 'n' }, 'x', 'diag(A.*eye(n))'],
    // The book keeps the Toeplitz matrix, its free entries are the vector t: T[i,j] = t[i - j + n].
    [
      '143 for the diagonals t of T',
      'T[i,j] = sum[p: p == i - j + n](t[p]); tr(A*T)',
      { A: 'n,n', t: 'vector(2*n-1)' },
      't',
      'D[p] = sum[i,j: p == i - j + n](A[j,i])*ones(2*n-1)[p]',
    ],
  ])

  // The book counts a mirrored pair of entries once, G + G' - G∘I with G the unconstrained derivative. Ours, constrained, is
  // symmetric in the inner product of matrices, (G + G')/2: half of the book's, and its diagonal once more.
  test.each<readonly [equation: number, expr: string, types: Types, book: string]>([
    [139, 'tr(A*X)', { A: 'n,n', X: 'symmetric(n)' }, "A + A' - A.*eye(n)"],
    [140, 'det(X)', { X: 'symmetric(n)' }, 'det(X)*(2*inv(X) - inv(X).*eye(n))'],
    [141, 'log(det(X))', { X: 'psd(n)' }, '2*inv(X) - inv(X).*eye(n)'],
  ])('(%s) %s by a symmetric X', (_, expr, types, book) => {
    const d = derive(expr, { wrt: 'X', vars: declarations(types), symmetric: 'constrained' })
    expectRight(d)
    expectEqual(d, `S = ${book}; 0.5*(S + S.*eye(n))`)
    expect(checkAnswer(d, book)).toMatchObject({ equal: false, by: 'numbers' })
    const G = derive(expr, { wrt: 'X', vars: declarations(types) }).toString()
    expect(equal(`G = ${G}; G + G' - G.*eye(n)`, book, { vars: declarations(types) })).toMatchObject({ equal: true })
  })
})

const WEIGHTS = { W: 'm,m', x: 'm', A: 'm,n', s: 'n' }
const SYMMETRIC_WEIGHTS = { ...WEIGHTS, W: 'symmetric(m)' }
const WEIGHTED = "(x - A*s)'*W*(x - A*s)"
const FORMS = { A: 'm,m', B: 'n,n', C: 'n,n', X: 'n,m' }
const SYMMETRIC_FORMS = { ...FORMS, B: 'symmetric(n)', C: 'symmetric(n)' }

const CORRECTIONS: readonly Correction[] = [
  {
    equation: '92 for n = 1',
    expr: "a'*X'*X*b",
    types: { X: 'n,n', a: 'n', b: 'n' },
    by: 'X',
    printed: "a*b'*X' + X*a*b'",
    corrected: "X*b*a' + X*a*b'",
    reason: 'the first term of each summand is printed transposed',
  },
  {
    equation: '92 for n = 2',
    expr: "a'*(X^2)'*X^2*b",
    types: { X: 'n,n', a: 'n', b: 'n' },
    by: 'X',
    printed: "X*a*b'*(X^2)' + X^2*a*b'*X' + a*b'*(X^2)'*X + X'*X^2*a*b'",
    corrected: "X^2*b*a'*X' + X^2*a*b'*X' + X'*X^2*b*a' + X'*X^2*a*b'",
    reason: 'the first term of each summand is printed transposed',
  },
  {
    equation: 95,
    expr: "(A*x)'*(A*x)/((B*x)'*(B*x))",
    types: { A: 'm,n', B: 'n,n', x: 'n' },
    by: 'x',
    printed: "2*A'*A*x/(x'*B*B*x) - 2*(x'*A'*A*x)*B'*B*x/(x'*B'*B*x)^2",
    corrected: "2*A'*A*x/(x'*B'*B*x) - 2*(x'*A'*A*x)*B'*B*x/(x'*B'*B*x)^2",
    reason: 'the first denominator lacks a transpose',
    holdsFor: { A: 'm,n', B: 'symmetric(n)', x: 'n' },
  },
  {
    equation: 127,
    expr: "tr(inv(A + X'*C*X)*(X'*B*X))",
    types: SYMMETRIC_FORMS,
    by: 'X',
    printed: "M = inv(A + X'*C*X); -2*C*X*M*X'*B*X*M + 2*B*X*M",
    corrected: "M = inv(A + X'*C*X); -C*X*(M*X'*B*X*M + M'*X'*B*X*M') + B*X*(M + M')",
    reason: 'A has to be symmetric, which the book asks of B and C alone',
    holdsFor: { ...SYMMETRIC_FORMS, A: 'symmetric(m)' },
  },
  {
    equation: 128,
    expr: 'tr(sin(X))',
    types: { X: 'n,n' },
    by: 'X',
    printed: "cos(X)'",
    corrected: 'diag(cos(diag(X)))',
    reason: 'the book means sine and cosine of a matrix, the language those of the entries',
  },
  {
    equation: 51,
    expr: 'det(A*X*B)',
    types: { A: 'm,n', X: 'n,n', B: 'n,m' },
    by: 'X',
    printed: "det(A*X*B)*inv(X)'",
    corrected: "det(A*X*B)*A'*inv(A*X*B)'*B'",
    reason: 'A and B have to be square',
    holdsFor: square('A', 'X', 'B'),
  },
  {
    equation: 53,
    expr: "det(X'*A*X)",
    types: { A: 'n,n', X: 'n,m' },
    by: 'X',
    printed: "2*det(X'*A*X)*A*X*inv(X'*A*X)",
    corrected: "det(X'*A*X)*(A*X*inv(X'*A*X) + A'*X*inv(X'*A'*X))",
    reason: 'A is assumed symmetric',
    holdsFor: { A: 'symmetric(n)', X: 'n,m' },
  },
  {
    equation: 84,
    expr: WEIGHTED,
    types: WEIGHTS,
    by: 's',
    printed: "-2*A'*W*(x - A*s)",
    corrected: "-A'*(W + W')*(x - A*s)",
    reason: 'W is assumed symmetric',
    holdsFor: SYMMETRIC_WEIGHTS,
  },
  {
    equation: 85,
    expr: "(x - s)'*W*(x - s)",
    types: { W: 'm,m', x: 'm', s: 'm' },
    by: 'x',
    printed: '2*W*(x - s)',
    corrected: "(W + W')*(x - s)",
    reason: 'W is assumed symmetric',
    holdsFor: { W: 'symmetric(m)', x: 'm', s: 'm' },
  },
  {
    equation: 86,
    expr: "(x - s)'*W*(x - s)",
    types: { W: 'm,m', x: 'm', s: 'm' },
    by: 's',
    printed: '-2*W*(x - s)',
    corrected: "-(W + W')*(x - s)",
    reason: 'W is assumed symmetric',
    holdsFor: { W: 'symmetric(m)', x: 'm', s: 'm' },
  },
  {
    equation: 87,
    expr: WEIGHTED,
    types: WEIGHTS,
    by: 'x',
    printed: '2*W*(x - A*s)',
    corrected: "(W + W')*(x - A*s)",
    reason: 'W is assumed symmetric',
    holdsFor: SYMMETRIC_WEIGHTS,
  },
  {
    equation: 88,
    expr: WEIGHTED,
    types: WEIGHTS,
    by: 'A',
    printed: "-2*W*(x - A*s)*s'",
    corrected: "-(W + W')*(x - A*s)*s'",
    reason: 'W is assumed symmetric',
    holdsFor: SYMMETRIC_WEIGHTS,
  },
  {
    equation: 125,
    expr: "tr(inv(X'*C*X)*A)",
    types: FORMS,
    by: 'X',
    printed: "-(C*X*inv(X'*C*X))*(A + A')*inv(X'*C*X)",
    corrected: "M = inv(X'*C*X); -C*X*M*A*M - C'*X*M'*A'*M'",
    reason: 'C is assumed symmetric',
    holdsFor: SYMMETRIC_FORMS,
  },
  {
    equation: 126,
    expr: "tr(inv(X'*C*X)*(X'*B*X))",
    types: FORMS,
    by: 'X',
    printed: "M = inv(X'*C*X); -2*C*X*M*X'*B*X*M + 2*B*X*M",
    corrected: "M = inv(X'*C*X); N = X'*B*X; -C*X*M*N*M - C'*X*M'*N'*M' + B*X*M + B'*X*M'",
    reason: 'B and C are assumed symmetric',
    holdsFor: SYMMETRIC_FORMS,
  },
]

describe('formulas that are wrong as printed or need an assumption', () => {
  const rows = CORRECTIONS.map((row) => [row.equation, row.expr, row.reason, row] as const)
  test.each(rows)('(%s) %s: %s', (_equation, _expr, _reason, { expr, types, by, printed, corrected, holdsFor }) => {
    const d = derivativeOf(expr, types, by)
    expectRight(d)
    expectEqual(d, corrected)
    const { equal: same, witness } = checkAnswer(d, printed)
    expect(same).toBe(false)
    expect(witness).toBeDefined()
    if (holdsFor) expectEqual(derivativeOf(expr, holdsFor, by), printed)
  })
})
