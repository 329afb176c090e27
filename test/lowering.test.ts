// What programs do with memory and in which kernels, as they print themselves.
import { expect, test } from 'vitest'
import { compile, derive, parse } from '../src/index.ts'

type Row = [
  text: string,
  by: string | undefined,
  vars: Record<string, string>,
  sizes: Record<string, number>,
  lines: RegExp[],
]

const logistic = 'sum(log(exp(-y.*(X*w)) + vector(1)))'

test.each<Row>([
  // Scaling is done while packing, and one triangle is computed.
  [
    logistic,
    'w',
    { X: 'matrix(m,n)', y: 'vector(m)' },
    { m: 100, n: 10 },
    [/^\d+: syrk 10×100×10: \S+ = X·diag\(\S+\)·X /m],
  ],
  // Transposes cost nothing.
  [
    "A'*B'",
    undefined,
    { A: 'matrix(k,m)', B: 'matrix(n,k)' },
    { m: 20, n: 30, k: 40 },
    [/^\S+ gemm 20×40×30: \S+ = A·B {2}/],
  ],
  // Batches are one instruction, which writes its result in the order of the axes that is asked for.
  [
    "einsum('bij,bjk->bik',S,T)",
    undefined,
    { S: 'tensor(b,m,n)', T: 'tensor(b,n,k)' },
    { b: 7, m: 3, n: 4, k: 5 },
    [/^\S+ gemm 3×4×5 ×7: [^\n]*\noutput/],
  ],
  // Functions and the sum over them are one pass.
  [
    'sum(exp(x) + sin(y))',
    undefined,
    { x: 'vector(n)', y: 'vector(n)' },
    { n: 100 },
    [/^\S+ pass Σ100: \S+ = \(\S+\(\w\[1\]\) \+ \S+\(\w\[1\]\)\)/],
  ],
  // The terms of a Hessian of order 4 are written where they belong: no other tensor is as large.
  [
    "norm2(T-U*V')^2",
    'U',
    { T: 'matrix(m,n)', U: 'matrix(m,k)', V: 'matrix(n,k)' },
    { m: 100, n: 50, k: 5 },
    [/^\d+: syrk 5×50×5: /m, /, 20\d{5} bytes at the peak$/],
  ],
])('%s by %s', async (text, by, vars, sizes, lines) => {
  const result = by === undefined ? parse(text, { vars }) : derive(text, { wrt: by, order: 2, vars })
  const f = await compile({ result }, { engine: 'wasm' })
  const program = f.describe(sizes)
  for (const line of lines) expect(program).toMatch(line)
})

test.each([
  ['a sum', 'sin', '+'],
  ['a product', 'cos', '.*'],
])('%s of many parts is computed in several passes', async (_, name, sign) => {
  const parts = Array.from({ length: 300 }, (_, k) => `${name}(x/${k + 9})`)
  const whole = `(${parts.join(sign)})`
  const vars = { x: 'vector(n)' }
  for (const text of [whole, `sum(${whole})`]) {
    const result = parse(text, { vars })
    const [wasm, reference] = await Promise.all(
      (['wasm', 'reference'] as const).map(async (engine) =>
        (await compile({ result }, { engine }))({ x: [0.1, 0.2, 0.3] }),
      ),
    )
    const [found, expected] = [wasm, reference].map((values) => [...(values?.result.data ?? [])]) as [
      number[],
      number[],
    ]
    for (const [k, entry] of expected.entries()) expect(found[k]).toBeCloseTo(entry, 9)
  }
})
