/** Laws of the parser on any text. A failure prints fast-check's seed and the smallest text that fails. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cpuTime } from '../../test/cpu.ts'
import { caretMessage } from '../errors.ts'
import { parseDeclarations, parseType } from './declaration.ts'
import { lex } from './lexer.ts'
import { maxProblems } from './limits.ts'
import { parse } from './parser.ts'
import type { SyntaxNode } from './tree.ts'
import { childrenOf, walkTree } from './walk.ts'

const pieces = [
  ...'()[],:;=#\'".^*/+-<>@ \n\t$²ᵀ′−·×⊙⊘⊗≤≥≠xAiné日𝐀',
  '.*',
  './',
  '.^',
  ".'",
  '==',
  '!=',
  '<=',
  ' and ',
  'end',
  '2',
  '1.5',
  '1e999',
  '.T',
  '**',
  '&&',
  'sum[i](',
  'sum[i,j: i<j and j<3](',
  'f(x,axis=1)',
  'A[i,:]',
  'C[i,j] = ',
  'f = ',
  'vector(n)',
  'matrix(m,n) positive',
]
const text = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
)
const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 2_000) }

/** The law of every span: inside the text, and a node's operands inside the node. */
function expectSpans(source: string, root: SyntaxNode): void {
  walkTree(root, (node) => {
    const [start, end] = node.span
    if (!(0 <= start && start <= end && end <= source.length)) throw new Error(`${node.kind} at ${start}–${end}`)
    for (const child of childrenOf(node)) {
      if (child.span[0] < start || child.span[1] > end) {
        throw new Error(`${child.kind} at ${child.span} is outside its ${node.kind} at ${node.span}`)
      }
    }
  })
}

describe('any text', () => {
  test('parses without throwing; problems and error nodes occur together; places lie inside', () => {
    fc.assert(
      fc.property(text, (source) => {
        const { program, problems } = parse(source)
        expect(program.statements.length).toBeGreaterThan(0)
        let errors = 0
        for (const [place, statement] of program.statements.entries()) {
          expectSpans(source, statement.value)
          walkTree(statement.value, (node) => {
            if (node.kind === 'error') errors++
          })
          const isLast = place === program.statements.length - 1
          if (problems.length === 0 && !isLast) expect(statement.kind).not.toBe('expression')
        }
        expect(problems.length > 0).toBe(errors > 0)
        expect(problems.length).toBeLessThanOrEqual(maxProblems)
        for (const problem of problems) {
          const [start, end] = problem.span!
          expect(0 <= start && start <= end && end <= source.length).toBe(true)
          expect(caretMessage(source, problem).split('\n').length).toBeLessThanOrEqual(4)
          expect(problem.message).toMatch(/\.$/)
        }
      }),
      runs,
    )
  })

  test('is read as a type or as declarations without throwing', () => {
    fc.assert(
      fc.property(text, (source) => {
        const { type, problems } = parseType(source)
        expect(type === undefined).toBe(problems.length > 0)
        for (const size of type?.sizes ?? []) expectSpans(source, size)
        const list = parseDeclarations(source)
        expect(list.declarations.length + list.problems.length).toBeGreaterThan(0)
        for (const problem of [...problems, ...list.problems]) {
          expect(0 <= problem.span![0] && problem.span![0] <= problem.span![1]).toBe(true)
          expect(problem.span![1]).toBeLessThanOrEqual(source.length)
        }
      }),
      runs,
    )
  })

  test('is covered by tokens in order, with partners that point at each other', () => {
    fc.assert(
      fc.property(text, (source) => {
        const { tokens } = lex(source)
        let end = 0
        for (const [index, token] of tokens.entries()) {
          expect(token.start).toBeGreaterThanOrEqual(end)
          end = token.end
          if (token.partner >= 0) expect(tokens[token.partner]?.partner).toBe(index)
        }
        expect(end).toBe(source.length)
      }),
      runs,
    )
  })
})

/** Fails where reading takes more than linear time: some 0.5 s a MB on an idle machine, minutes if it were quadratic. */
function expectPrompt<Result>(read: () => Result): Result {
  let result: Result | undefined
  const took = cpuTime(() => {
    result = read()
  })
  expect(took).toBeLessThan(10_000)
  return result as Result
}

const repeated = (piece: string, bytes: number) =>
  piece.repeat(Math.floor(bytes / new TextEncoder().encode(piece).length))

describe('hostile texts are answered promptly', () => {
  test.each(['(', "'", '[', 'x+', '"', ' '])('1 MB of %j', (piece) => {
    const source = repeated(piece, 1_000_000)
    const { program, problems } = expectPrompt(() => parse(source))
    expect(problems.length).toBeLessThanOrEqual(maxProblems)
    for (const statement of program.statements) expectSpans(source, statement.value)
  })

  test.each([
    ...['-', '$', 'x ', ')', 'x)', 'x]', "x'", 'x<', '2^-', 'x;', 'x=', 'f(', 'a[', 'sum[i:', 'sum[i,(j](', 'f(a='],
    ...['x:', 'a,', '**', '..x', 'x[1]', '(x)(', '((x]', '1e999 ', 'A[1:', '((x)y', '\ud800', '😀', '²', 'x.T', '&& '],
  ])('200 kB of %j', (piece) => {
    const source = repeated(piece, 200_000)
    expectPrompt(() => parse(source))
    expectPrompt(() => parseDeclarations(source))
    expectPrompt(() => parseType(`tensor(${source})`))
  })

  test('long text inside deep brackets', () => {
    const source = `${'('.repeat(9_000)}${'x'.repeat(900_000)}${')y'.repeat(9_000)}`
    expectPrompt(() => parse(source))
  })

  test('long lists inside deep brackets', () => {
    const conditions = 'x<y and '.repeat(50_000)
    expectPrompt(() => parse(`sum[x: ${'(x<y and '.repeat(9_000)}${conditions}x<y${')'.repeat(9_000)}](1)`))
    expectPrompt(() => parse(`${'f('.repeat(9_000)}${'x,'.repeat(300_000)}x${')'.repeat(9_000)}`))
    expectPrompt(() => parse(`x[${'1:'.repeat(400_000)}]`))
  })
})
