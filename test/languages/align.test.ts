// Formulas of plans are LaTeX that KaTeX accepts, strictly; graphs have the form of Graphviz.
import katex from 'katex'
import { describe, expect, test } from 'vitest'
import { findLanguage } from '../../src/languages/index.ts'
import { postorder } from '../../src/tensor/walk.ts'
import { cases } from './cases.ts'
import { goldenProgram, goldens } from './goldens.ts'

const programs = (language: string): [name: string, code: string][] => [
  ...cases.map(([name, node]): [string, string] => {
    const variables = postorder([node]).filter((one) => one.kind === 'variable')
    const outputs = [{ name: 'value', doc: '', result: { kind: 'dense', node } as const }]
    return [name, findLanguage(language)!.emit({ variables, outputs }).code]
  }),
  ...goldens.map((golden): [string, string] => [golden.file, goldenProgram(language, golden)]),
]

describe('align', () => {
  test.each(programs('align'))('%s', (_, code) => {
    const [, ...formula] = code.split('\n')
    const options = { displayMode: true, throwOnError: true, strict: 'error' } as const
    expect(katex.renderToString(formula.join('\n'), options)).toContain('katex')
    expect(formula[0]).toBe('\\begin{align*}')
  })
})

describe('dot', () => {
  test.each(programs('dot'))('%s', (_, code) => {
    const inner = code.trimEnd().split('\n').slice(3, -1)
    const nodes = inner.flatMap((line) => /^ {2}(\w+) \[[^"]*(?:"[^"]*")?[^"]*\];$/.exec(line)?.[1] ?? [])
    const edges = inner.flatMap((line) => {
      const edge = /^ {2}(\w+) -> (\w+);$/.exec(line)
      return edge ? [[edge[1], edge[2]]] : []
    })
    expect(nodes.length + edges.length).toBe(inner.length)
    expect(edges.flat().filter((name) => !nodes.includes(name ?? ''))).toEqual([])
  })
})
