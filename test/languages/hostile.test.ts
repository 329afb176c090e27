// No text of an input reaches a program of any language, except as an identifier that was checked or as a number.
import { describe, expect, test } from 'vitest'
import { type Language, languages } from '../../src/languages/index.ts'
import { Dimension } from '../../src/tensor/dimension.ts'
import { Graph } from '../../src/tensor/graph.ts'

const evil = [
  '__import__',
  'lambda',
  'x"); import os; os.system("true',
  "x'; DROP TABLE x; --",
  '`$' + '{process.exit(1)}`',
  '*/ process.exit(1) /*',
  'x\nimport os',
  '\u2028process.exit(1)',
  '\\u000aexit',
  'ｅｖａｌ',
  'а', // Cyrillic
  '__proto__',
  'constructor',
  'class',
  'function',
  'end',
  'i',
  'value',
  '%{',
  '$(exit 1)',
  'n'.repeat(10_000),
]

/** A program over a variable, a dimension and texts that bear these names. */
function program(language: Language, name: string, doc: string) {
  const g = new Graph()
  const n = Dimension.symbol(`${name}_`)
  const x = g.variable(name, [n])
  const node = g.contract('', [
    [g.apply('exp', x), 'i'],
    [g.dimension(n), ''],
  ])
  return language.emit({
    summary: doc,
    variables: [x],
    outputs: [
      { name: 'result', doc, result: { kind: 'dense', node } },
      { name: 'other', doc, result: { kind: 'dense', node: x } },
    ],
  })
}

describe.each(languages.map((language) => [language.name, language] as const))('%s', (_, language) => {
  test.each(evil.map((name) => [JSON.stringify(name).slice(0, 40), name] as const))('%s', (_title, name) => {
    const { code, renamed } = program(language, name, 'doc')
    const identifier = Object.hasOwn(renamed, name) ? (renamed[name] as string) : name
    expect(identifier).toMatch(/^[\p{XID_Start}_]\p{XID_Continue}*$/u)
    // The program of a harmless name of the same length is the same but for its identifiers.
    const plain = program(language, 'q'.repeat(identifier.length), 'doc')
    expect(withoutWords(code)).toEqual(withoutWords(plain.code))

    const documented = program(language, 'x', name).code.split('\n')
    const other = program(language, 'x', 'doc').code.split('\n')
    expect(documented.length).toBe(other.length)
    const different = documented.filter((line, at) => line !== other[at])
    expect(different.length).toBeLessThanOrEqual(3)
    expect(different.filter((line) => /\*\/|\\|"|[\p{Cc}\u2028]/u.test(line.replace('"""', '')))).toEqual([])
  })
})

function withoutWords(code: string): string[] {
  return code.split('\n').map((line) => line.replace(/[\p{L}\p{N}_]+/gu, 'w'))
}
