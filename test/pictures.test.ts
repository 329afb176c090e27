// Results for paper and for Graphviz: align environments, MathML, graphs.
import katex from 'katex'
import { expect, test } from 'vitest'
import { examples } from '../examples/index.mjs'
import { alignLatex } from '../src/api/align.ts'
import { dotText } from '../src/api/dot.ts'
import { mathMl } from '../src/cli/mathml.ts'
import { derive } from '../src/index.ts'
import { eincalc } from './command.ts'

test('parts that several results contain are named first', () => {
  const d = derive('sum(log(exp(-y.*(X*w)) + vector(1)))', { wrt: 'w' })
  expect(alignLatex(d.expression, [d, d.derive('w')]).split('\n')).toEqual([
    '\\begin{align*}',
    '  t_{1} &= -y \\odot \\left(X w\\right) \\\\',
    '  t_{2} &= \\sigma\\left(t_{1}\\right) \\\\',
    '  f &= \\operatorname{sum}\\left(\\operatorname{softplus}\\left(t_{1}\\right)\\right) \\\\',
    '  \\frac{\\partial f}{\\partial w} &= -X^\\top \\left(y \\odot t_{2}\\right) \\\\',
    expect.stringMatching(/^ {2}\\frac\{\\partial\^\{2\} f\}\{\\partial w\^\{2\}\} &= X\^\\top .*t_\{2\}/),
    '\\end{align*}',
  ])
})

test('a name of the expression is not given to a part', () => {
  const d = derive("t1'*t1 + sin(exp(t1'*t1)) + exp(t1'*t1)", { wrt: 't1' })
  const lines = alignLatex(d.expression, [d]).split('\n')
  expect(lines.some((line) => line.startsWith('  t_{1} &='))).toBe(false)
  expect(lines[1]).toMatch(/^ {2}t_\{2\} &= /)
})

test.each(examples.map((example) => [example.name, example] as const))('%s is set by KaTeX', (_, example) => {
  const { text, variables: vars, wrt } = example
  for (const by of wrt.slice(0, 2)) {
    const d = derive(text, { vars, wrt: by })
    const latex = alignLatex(d.expression, [d])
    expect(() => katex.renderToString(latex, { displayMode: true, strict: false })).not.toThrow()
    expect(mathMl(d.toLatex())).toMatch(/^<math .*<\/math>$/s)
  }
})

test('graphs name each node once, and nothing in them ends a string', () => {
  const d = derive("norm2(T-U*V')^2", { wrt: 'U' })
  const lines = dotText(d).split('\n')
  expect(lines).toContain('  n1 -> n2')
  expect(lines).toContain('  label = "2 · sa,is->ia"')
  expect(lines.filter((line) => line === '}').length).toBe(2)
  const strings = /^[^"]*("(?:[^"\\]|\\.)*"[^"]*)*$/
  for (const line of dotText(derive('exp(x).*sin(exp(x))', { wrt: 'x', order: 2 })).split('\n'))
    expect(line).toMatch(strings)
})

test('the command writes them', async () => {
  const align = await eincalc(["x'*A*x", '--wrt', 'x', '--format', 'align'])
  expect(align.stdout).toMatch(/^\\begin\{align\*\}\n {2}f &= x\^\\top A x \\\\\n/)
  const mathml = await eincalc(["x'*A*x", '--wrt', 'x,A', '--format', 'mathml'])
  expect(mathml.stdout).toMatch(/^<!-- by x -->\n<math [^\n]*\n<!-- by A -->\n<math /)
  const dot = await eincalc(["x'*A*x", '--wrt', 'x', '--format', 'dot'])
  expect(dot.stdout).toMatch(/^digraph expression \{\n/)
})
