import { describe, expect, test } from 'vitest'
import { EincalcError } from '../errors.ts'
import { typeset } from './typeset.ts'

describe('formulas', () => {
  test.each<[text: string, latex: string]>([
    [
      "-X'*(y.*sigmoid(-y.*(X*w)))",
      '-X^\\top \\left(y \\odot \\sigma\\left(-y \\odot \\left(X w\\right)\\right)\\right)',
    ],
    ["inv(X)'*B^-1", 'X^{-\\top} B^{-1}'],
    ["2*kron(V'*V, eye(m))", '2 \\, \\left(V^\\top V\\right) \\otimes I_{m}'],
    ['-a/b*c', '-\\frac{a}{b} c'],
    ['a - (b - c)', 'a - \\left(b - c\\right)'],
    ['a^b^c', '{\\left(a^{b}\\right)}^{c}'],
    ['(a + b)^2', '{\\left(a + b\\right)}^{2}'],
    ['(x*a).*y', '\\left(x a\\right) \\odot y'],
    ['2*3', '2 \\cdot 3'],
    ['1e-3*x', '1 \\cdot 10^{-3} x'],
    ['x.^2', 'x^{\\odot 2}'],
    ['sqrt(x + y)', '\\sqrt{x + y}'],
    ['sum[i,j: i<j](A[i,j])', '\\sum_{i,j \\,:\\, i < j} A_{i,j}'],
    ['eye(n)[i,j]*A[:,2]', '\\delta_{i,j} A_{:,2}'],
    ['max(A,axis=2)', '\\operatorname{max}_{\\mathrm{axis}\\,2}\\left(A\\right)'],
    ["z = A*x; z'*z", '\\begin{aligned} z &= A x \\\\ & z^\\top z \\end{aligned}'],
    ['C[i,j] = A[j,i]', 'C_{i,j} = A_{j,i}'],
  ])('%s', (text, latex) => {
    expect(typeset(text).latex).toBe(latex)
  })

  test('names bring no markup', () => {
    expect(typeset('a_b*x').latex).not.toMatch(/[$#&~]/)
    expect(typeset('einsum("ij\\}{,k->i", A)').latex).toContain('“ij,k$\\to$i”')
  })
})

describe('speech', () => {
  test.each<[text: string, spoken: string]>([
    ["-X'*(y.*w)", 'minus X transpose times, open, y elementwise times w, close'],
    ['exp(x)', 'exp of x'],
    ['a^2 + b/c', 'a squared plus b over c'],
    ['2*sum[q](V[q,j])', '2 times, open, sum over q of V sub q j, close'],
  ])('%s', (text, spoken) => {
    expect(typeset(text).spoken).toBe(spoken)
  })
})

describe('parts', () => {
  test('each part has its place and its outer part, and is marked in the LaTeX', () => {
    const text = "x'*(A*x)"
    const { latex, parts } = typeset(text, (part) => [`<${part}:`, '>'])
    expect(parts.map(({ span, parent }) => [text.slice(...span), parent])).toEqual([
      ["x'", -1],
      ['x', 0],
      ['A*x', -1],
      ['A', 2],
      ['x', 2],
    ])
    expect(latex).toBe('<0:<1:x>^\\top> \\left(<2:<3:A> <4:x>>\\right)')
  })

  test('a text of many parts has none, and depth meets no stack', () => {
    expect(typeset(Array.from({ length: 500 }, (_, k) => `x${k}`).join('+')).parts).toEqual([])
    expect(typeset(`${'('.repeat(3000)}x${')'.repeat(3000)}`).latex).toBe('x')
    expect(typeset(`x${"'".repeat(5000)}`).latex.length).toBeGreaterThan(5000)
  })

  test('what does not read is refused with its place', () => {
    expect(() => typeset('x +')).toThrow(EincalcError)
  })
})
