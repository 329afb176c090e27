// Results for paper and as pictures: align environments, MathML, graphs for Graphviz, drawings.
import katex from 'katex'
import { expect, test } from 'vitest'
import { examples } from '../examples/index.mjs'
import { alignLatex } from '../src/api/align.ts'
import { dotText } from '../src/api/dot.ts'
import { svgOf } from '../src/cli/svg.ts'
import { answer, derive, parse } from '../src/index.ts'
import { mathMl } from '../src/render/mathml.ts'
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

test('a tensor of ones is a node with its text', () => {
  expect(dotText(parse('exp(x) + vector(1)'))).toContain('[label = "1"')
})

test('the command writes them', async () => {
  const align = await eincalc(["x'*A*x", '--wrt', 'x', '--format', 'align'])
  expect(align.stdout).toMatch(/^\\begin\{align\*\}\n {2}f &= x\^\\top A x \\\\\n/)
  const mathml = await eincalc(["x'*A*x", '--wrt', 'x,A', '--format', 'mathml'])
  expect(mathml.stdout).toMatch(/^<!-- by x -->\n<math [^\n]*\n<!-- by A -->\n<math /)
  const svg = await eincalc(["x'*A*x", '--wrt', 'x,A', '--format', 'svg'])
  expect(svg.stdout).toMatch(/^<svg [\s\S]*derivative by x: vector[\s\S]*derivative by A: matrix[\s\S]*<\/svg>\n$/)
  const dot = await eincalc(["x'*A*x", '--wrt', 'x', '--format', 'dot'])
  expect(dot.stdout).toMatch(/^digraph expression \{\n/)
})

/** The tags of a document, matched as XML demands it: each is closed, and every attribute and text is escaped. */
function tagsOf(xml: string): string[] {
  const open: string[] = []
  const tags: string[] = []
  const piece = /<(\/?)([a-z]+)((?: [a-zA-Z-:]+="[^<&"]*(?:&(?:amp|lt|gt|quot|#39);[^<&"]*)*")*)(\/?)>|([^<]+)/gy
  let at = 0
  for (const match of xml.matchAll(piece)) {
    expect(match.index).toBe(at)
    at += match[0].length
    const [, closing, name = '', , single, text] = match
    if (text !== undefined) expect(text).toMatch(/^(?:[^&]|&(?:amp|lt|gt|quot|#39);)*$/)
    else if (closing) expect(open.pop()).toBe(name)
    else {
      tags.push(name)
      if (!single) open.push(name)
    }
  }
  expect(at).toBe(xml.length)
  expect(open).toEqual([])
  return tags
}

test.each([
  ["norm2(T-U*V')^2", 'U', 2],
  ["tr(A'*B'*A)", 'A', 1],
  ['sum((x < y).*x.^2 + (x >= 1))', 'x', 1],
  ['__proto__^2*constructor', '__proto__', 1, [['__proto__', 'scalar'] as const, ['constructor', 'scalar'] as const]],
  ["変数'*変数", '変数', 1, [['変数', 'vector(n)'] as const]],
  ['sum[i](where[i != 2](x[i]))', 'x', 1],
])('%s by %s is drawn as valid XML', (text, wrt, order, vars = []) => {
  const declared = new Map(vars)
  const d = derive(text, { wrt, order, vars: declared })
  const tags = tagsOf(svgOf([parse(text, { wrt: [wrt], vars: declared }), d]))
  expect(new Set(tags)).toEqual(new Set(['svg', 'title', 'desc', 'style', 'rect', 'text', 'g', 'path']))
})

test('a drawing says what it leaves out, and refuses what has too many lines', () => {
  const deep = `${'sin('.repeat(200)}x${')'.repeat(200)}`
  expect(svgOf([parse(deep)])).toContain('the last 150 of 201 nodes')
  const chain = parse(`tr(${'A*B*'.repeat(250)}A)`)
  expect(() => svgOf([chain])).toThrow(/graph has \d+ lines; drawn are up to 400/)
  const sum = derive(Array.from({ length: 20 }, (_, k) => `sin(${k + 2}*a)*a${k}`).join(' + '), { wrt: 'a' })
  expect(svgOf([sum])).toContain('and 8 more terms')
})

test('a batch answers with the same texts as the command', async () => {
  const text = 'norm2(A*x-y)^2'
  const formats = ['align', 'mathml', 'dot', 'svg']
  const request = { expr: text, wrt: ['x'], want: formats }
  const { stdout } = await eincalc(['batch'], { stdin: `${JSON.stringify(request)}\n` })
  const { result, derivatives } = JSON.parse(stdout)
  expect(Object.keys(result)).toEqual(
    ['mathml', 'dot', 'svg', 'align'].sort((a, b) => Object.keys(result).indexOf(a) - Object.keys(result).indexOf(b)),
  )
  for (const format of formats) {
    const single = await eincalc([text, '--wrt', 'x', '--format', format])
    expect(`${format === 'align' ? result.align : derivatives[0][format]}\n`).toBe(single.stdout)
    if (format === 'align') continue
    expect(`${result[format]}\n`).toBe((await eincalc([text, '--format', format])).stdout)
  }
  expect(answer({ ...request, want: ['svg'] })).toMatchObject({ ok: false, error: { code: 'BadRequest' } })
})

test('a formula that MathML has no room for is refused', () => {
  expect(() => mathMl('x'.repeat(100_001))).toThrow('100001 characters')
})
