// Random programs, sensible or not: each resolves, or has a coded problem whose place lies in the text.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate, sampleInputs } from '../evaluate/index.ts'
import { functionNames } from '../functions/index.ts'
import { parse } from '../syntax/parser.ts'
import { tryResolve } from './index.ts'

const names = ['x', 'y', 'A', 'B', 'a', 'n', 'T', 'eye', 'pi', 'sum', '__proto__', 'q', 't']
const numbers = ['0', '1', '2', '0.5', '1e300', '-1', '1e-300']
const operators = ['+', '-', '*', '/', '.*', './', '^', '.^', '⊗', '<', '>=', '@']
const indices = ['i', 'j', 'k', '1', '2', 'end', ':', 'i', 'j']
const callees = [...functionNames(), 'prod', 'foo', 'constructor']
const subscripts = ['"ij,jk->ik"', '"ij"', '"ii"', '"i,i"', '"...i->..."', '"i->ii"', '""', '"a..b"']

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5, depthSize: 'medium' },
    fc.constantFrom(...names),
    fc.constantFrom(...numbers),
    fc
      .tuple(tie('expression'), fc.constantFrom(...operators), tie('expression'))
      .map(([a, o, b]) => `(${a})${o}(${b})`),
    fc.tuple(tie('expression'), fc.constantFrom("'", '^2', '^-1', '.^0.5')).map(([a, o]) => `(${a})${o}`),
    fc
      .tuple(fc.constantFrom(...callees), fc.array(tie('expression'), { maxLength: 3 }))
      .map(([name, args]) => `${name}(${args.join(',')})`),
    fc
      .tuple(fc.constantFrom('sum', 'max', 'softmax', 'mean', 'norm2', 'x', 'inv'), tie('expression'))
      .map(([name, a]) => `${name}(${a},axis=1)`),
    fc
      .tuple(fc.constantFrom(...subscripts), fc.array(tie('expression'), { maxLength: 2 }))
      .map(([text, args]) => `einsum(${[text, ...args].join(',')})`),
    fc
      .tuple(tie('expression'), fc.array(fc.constantFrom(...indices), { minLength: 1, maxLength: 3 }))
      .map(([a, list]) => `(${a})[${list.join(',')}]`),
    fc
      .tuple(
        fc.constantFrom('sum', 'mean', 'max', 'logsumexp', 'norm2', 'softmax'),
        fc.constantFrom('i', 'j', 'i,j', 'i: i<3', 'i,j: i<j', 'i: i==j', 'j: 2*j != n and j <= i'),
        tie('expression'),
      )
      .map(([name, labels, a]) => `${name}[${labels}](${a})`),
  ),
}))
const program = fc
  .tuple(fc.array(expression, { maxLength: 2 }), expression, fc.constantFrom('', 'C[i,j] = ', 'f = '))
  .map(([bound, last, target]) => [...bound.map((value, k) => `${'tu'[k]} = ${value}`), target + last].join('\n'))
const declared = {
  x: 'vector(n)',
  y: 'vector(n)',
  A: 'matrix(n,n)',
  B: 'matrix',
  a: 'scalar',
  T: 'tensor(n,n,n)',
}

test.each([
  ['declared', declared],
  ['first letters', {}],
])('random programs, %s', (_, vars) => {
  let resolved = 0
  fc.assert(
    fc.property(program, (text) => {
      const parsed = parse(text)
      if (parsed.problems.length > 0) return
      const outcome = tryResolve(parsed.program, { text, vars })
      if (outcome.problems !== undefined) {
        for (const { message, span } of outcome.problems) {
          expect(message).not.toMatch(/undefined|\[object|NaN/)
          if (span !== undefined) expect(span[0] >= 0 && span[0] <= span[1] && span[1] <= text.length).toBe(true)
        }
        return
      }
      resolved++
      const { result, variables } = outcome.resolved
      expect(result.node.axes.map(({ key }) => key)).toEqual(result.shape.axes.map(({ key }) => key))
      expect(result.shape.axes.join()).not.toContain('?')
      // Whatever resolves has a value, or says why not.
      const sizes = new Map(outcome.resolved.dimensionNames.map((name) => [name, 3]))
      const inputs = sampleInputs(
        [...variables.values()].map(({ node }) => node),
        sizes,
        1,
      )
      try {
        evaluate([result.node], inputs, sizes)
      } catch (error) {
        expect((error as { code?: string }).code).toMatch(/DomainError|LimitExceeded|ShapeMismatch|BadRequest/)
      }
    }),
    { numRuns: 2000 },
  )
  expect(resolved).toBeGreaterThan(100)
})
