// Derivatives by symmetric variables: the half-vector and the constrained convention against differences of f over the lower
// triangle, in every form that prints, evaluates or emits them.
import { describe, expect, test } from 'vitest'
import { evaluate, type Tensor } from '../src/evaluate/index.ts'
import { Random } from '../src/evaluate/random.ts'
import { answer, compile, type Derivative, derive, equal, parse } from '../src/index.ts'

const n = 3
const sizes = new Map([
  ['n', n],
  ['m', 2],
])
const half = (n * (n + 1)) / 2
const vars: Readonly<Record<string, string>> = {
  X: 'symmetric(n)',
  P: 'psd(n)',
  A: 'matrix(n,n)',
  B: 'matrix(n,n)',
  C: 'matrix(m,n)',
  y: 'vector(n)',
}
const declared = (text: string) =>
  Object.fromEntries(Object.entries(vars).filter(([name]) => new RegExp(`\\b${name}\\b`).test(text)))

/** The place of [i,j] in vech, written out. */
const place: number[][] = Array.from({ length: n }, () => [])
for (let j = 0, p = 0; j < n; j++) for (let i = j; i < n; i++, p++) place[i]![j] = place[j]![i] = p

/** The symmetric matrix with this half-vector. */
const unfold = (v: Float64Array): Tensor => ({
  shape: [n, n],
  data: Float64Array.from({ length: n * n }, (_, at) => v[place[Math.floor(at / n)]![at % n]!]!),
})

function pointOf(f: string): { inputs: Map<string, Tensor>; v: Float64Array } {
  const random = new Random(3)
  const inputs = new Map<string, Tensor>()
  const draw = (...shape: number[]): Tensor => ({
    shape,
    data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.between(-1, 1)),
  })
  const v = Float64Array.from({ length: half }, (_, p) => random.between(-0.5, 0.5) + ([0, 3, 5].includes(p) ? 2 : 0))
  for (const name of Object.keys(declared(f))) {
    const value = name === 'y' ? draw(n) : name === 'C' ? draw(2, n) : draw(n, n)
    inputs.set(name, name === 'X' || name === 'P' ? unfold(v) : value)
  }
  return { inputs, v }
}

/** Central differences by the entries of the half-vector, which come last. */
function differences(value: (x: Tensor) => Float64Array, v: Float64Array): Float64Array {
  const step = 1e-5
  const columns = [...v.keys()].map((p) => {
    const [above, below] = [step, -step].map((d) => value(unfold(v.map((entry, q) => entry + (p === q ? d : 0)))))
    return above!.map((entry, k) => (entry - below![k]!) / (2 * step))
  })
  return Float64Array.from(
    { length: columns[0]!.length * half },
    (_, at) => columns[at % half]![Math.floor(at / half)]!,
  )
}

const close = (actual: Float64Array, expected: Float64Array, tolerance = 1e-7) => {
  expect(actual.length).toBe(expected.length)
  const scale = Math.max(1, ...expected.map(Math.abs))
  for (const [at, entry] of expected.entries()) expect(Math.abs(actual[at]! - entry) / scale).toBeLessThan(tolerance)
}

const cases: readonly (readonly [f: string, by: string, first: string, second: string | undefined])[] = [
  ['logdet(P)', 'P', "duplication(n)'*vec(inv(P))", "-duplication(n)'*kron(inv(P), inv(P))*duplication(n)"],
  ['norm2(X-B)^2', 'X', "2*duplication(n)'*vec(X - B)", "2*duplication(n)'*kron(eye(n), eye(n))*duplication(n)"],
  [
    'tr(A*X*B*X)',
    'X',
    "duplication(n)'*vec(A*X*B + B*X*A)",
    "duplication(n)'*(kron(A', B) + kron(A, B'))*duplication(n)",
  ],
  ["y'*X*y", 'X', "duplication(n)'*vec(y*y')", 'zeros(1/2*n^2 + 1/2*n,1/2*n^2 + 1/2*n)'],
  ['sum(exp(X))', 'X', "duplication(n)'*vec(exp(X))", "duplication(n)'*diag(vec(exp(X)))*duplication(n)"],
  ['X*y', 'X', "kron(eye(n), y)'*duplication(n)", undefined],
  ['C*X*y', 'X', "kron(C, y')*duplication(n)", undefined],
  ['inv(P)', 'P', '', undefined],
  ["norm2(X*X'*y)^2", 'X', '', undefined],
  ['tr(A*X)/det(P)', 'X', '', undefined],
]

const at = (d: Derivative, inputs: ReadonlyMap<string, Tensor>) => evaluate([d.node], inputs, sizes)[0]!.data

describe.each(cases)('%s by %s', (f, by, first, second) => {
  const options = { wrt: by, vars: declared(f), symmetric: 'halfvec' } as const
  const { inputs, v } = pointOf(f)

  test('is the derivative by the lower triangle', () => {
    const expression = parse(f, { vars: declared(f) })
    const d = derive(f, options)
    const value = (x: Tensor) => evaluate([expression.raw], new Map([...inputs, [by, x]]), sizes)[0]!.data
    close(at(d, inputs), differences(value, v))
    const hessian = derive(f, { ...options, order: 2 })
    close(
      at(hessian, inputs),
      differences((x) => at(d, new Map([...inputs, [by, x]])), v),
    )
    expect(hessian.at(inputs, { dims: sizes }).expand().data.length).toBe(at(hessian, inputs).length)
    close(hessian.at(inputs, { dims: sizes }).expand().data, at(hessian, inputs), 1e-12)
  })

  test('prints, and reads back', () => {
    for (const order of [1, 2]) {
      const d = derive(f, { ...options, order })
      const text = order === 1 ? first : second
      if (text) expect(d.toString()).toBe(text)
      for (const form of [d.toString(), d.toIndex(), d.toEinsum()]) {
        const back = parse(form, { vars: declared(f) })
        close(evaluate([back.working], inputs, sizes)[0]!.data, at(d, inputs), 1e-12)
      }
      expect(parse(d.toString(), { vars: declared(f) }).toString()).toBe(d.toString())
      expect(d.toLatex()).not.toBe('')
      expect(d.cost({ n: 3, m: 2 }).operations).toBeGreaterThanOrEqual(0)
    }
  })

  test('counts both mirrored entries of the constrained one', () => {
    const whole = at(derive(f, { ...options, symmetric: 'constrained' }), inputs)
    const rows = whole.length / n ** 2
    const expected = new Float64Array(rows * half)
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          const entry = whole[(row * n + i) * n + j]!
          expect(entry).toBeCloseTo(whole[(row * n + j) * n + i]!, 12)
          expected[row * half + place[i]![j]!]! += entry
        }
    close(at(derive(f, options), inputs), expected, 1e-12)
  })
})

test('blocks by two symmetric variables, and by one that is not', () => {
  const f = 'tr(A*X*B*P)'
  const { inputs } = pointOf(f)
  for (const [wrt, type] of [
    [['X', 'P'], 'matrix(1/2*n^2 + 1/2*n,1/2*n^2 + 1/2*n)'],
    [['A', 'X'], 'tensor(n,n,1/2*n^2 + 1/2*n)'],
    [['X', 'A'], 'tensor(1/2*n^2 + 1/2*n,n,n)'],
  ] as const) {
    const d = derive(f, { wrt, vars: declared(f), symmetric: 'halfvec' })
    const plain = derive(f, { wrt, vars: declared(f) })
    expect(d.type).toBe(type)
    const total = (data: Float64Array) => data.reduce((sum, entry) => sum + entry, 0)
    expect(total(at(d, inputs))).toBeCloseTo(total(at(plain, inputs)), 10)
  }
})

test('one sentence says which convention was used and why they differ', async () => {
  const notes = {
    unconstrained:
      'Unconstrained derivative: the entries of X vary on their own; among symmetric matrices only its symmetric part matters (constrained).',
    constrained:
      'Constrained derivative: X varies among symmetric matrices, so each pair of mirrored entries shares the mean; the unconstrained one lets them vary on their own.',
    halfvec:
      'Half-vector derivative: by the lower triangle of X, column by column, so each pair of mirrored entries is one variable and counts with their sum; the unconstrained one lets them vary on their own.',
  }
  for (const [symmetric, note] of Object.entries(notes)) {
    expect(derive("y'*X*y", { wrt: 'X', vars: declared('X y'), symmetric: symmetric as 'halfvec' }).note).toBe(note)
    const answered = answer({ expr: "y'*X*y", vars: declared('X y'), wrt: ['X'], symmetric })
    expect(answered).toMatchObject({ ok: true, derivatives: [{ note }] })
  }
})

test('batch and compiled programs follow the convention', async () => {
  const f = 'tr(A*X*X)'
  const values = {
    A: [
      [1, 2],
      [3, 4],
    ],
    X: [
      [1, 2],
      [2, 5],
    ],
  }
  const request = { expr: f, vars: declared(f), wrt: ['X'], want: ['text', 'derivative', 'check'], values }
  expect(answer({ ...request, symmetric: 'halfvec' })).toMatchObject({
    derivatives: [{ type: 'vector(1/2*n^2 + 1/2*n)', value: { shape: [3], data: [12, 50, 50] }, check: { ok: true } }],
  })
  expect(answer({ ...request, symmetric: 'folded' })).toMatchObject({ ok: false, error: { code: 'BadRequest' } })
  for (const symmetric of ['unconstrained', 'constrained', 'halfvec'] as const) {
    const d = derive(f, { wrt: 'X', vars: declared(f), symmetric })
    const { gradient } = (await compile({ gradient: d }))(values)
    const inputs = new Map(
      Object.entries(values).map(([name, rows]) => [name, { shape: [2, 2], data: Float64Array.from(rows.flat()) }]),
    )
    close(gradient.data, evaluate([d.node], inputs, new Map([['n', 2]]))[0]!.data, 1e-14)
  }
})

test('the duplication matrix', () => {
  expect([...evaluate([parse('duplication(n)').raw], new Map(), new Map([['n', 2]]))[0]!.data]).toEqual([
    1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1,
  ])
  const symmetric = { X: 'symmetric(n)' }
  expect(equal("vec(X)'*duplication(n)", "(duplication(n)'*vec(X))'", { vars: symmetric }).equal).toBe(true)
  expect(parse('duplication(3)').type).toBe('matrix(9,6)')
})
