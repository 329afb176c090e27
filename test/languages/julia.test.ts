// Nothing here runs Julia, so every program is read strictly: it parses, each name is bound or known, and functions of the
// file get as many arguments as they take.
import { parser } from '@plutojl/lezer-julia'
import { describe, expect, test } from 'vitest'
import { findLanguage } from '../../src/languages/index.ts'
import { reserved } from '../../src/languages/julia/reserved.ts'
import { unrun } from './conformance.ts'
import { goldenProgram, goldens } from './goldens.ts'

type SyntaxNode = ReturnType<typeof parser.parse>['topNode']

/** What programs use of Base and LinearAlgebra, as the manual of Julia 1.9 has it. */
const known = new Set(
  `Any Char Colon Dict Float32 Float64 Int Number Real NamedTuple Matrix Vector Array Tuple Union CartesianIndices
  DimensionMismatch DomainError SingularException PosDefException PROGRAM_FILE Inf Inf32 NaN pi I
  abs acos asin atan cos cosh exp expm1 log log1p max min sign sin sinh sqrt tan tanh ifelse oftype zero one eps trunc ceil
  isempty isfinite isinf isinteger isnan iszero only first last size ndims length eltype eachindex enumerate
  zeros ones fill similar copy collect convert reshape permutedims dropdims vec reverse map ntuple unique setdiff intersect
  findfirst push! haskey values split sum prod maximum minimum cumprod all throw rethrow exit println round mod abspath typeof
  cholesky cross det diag diagm dot inv kron logabsdet norm opnorm pinv svd sylvester tr tril triu Symmetric LinearAlgebra`.split(
    /\s+/,
  ),
)

function children(node: SyntaxNode): SyntaxNode[] {
  const list: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) list.push(child)
  return list
}

function within(node: SyntaxNode): SyntaxNode[] {
  return [node, ...children(node).flatMap(within)]
}

/** What is wrong with a program. */
function problems(code: string): string[] {
  const tree = parser.parse(code).topNode
  const text = (node: SyntaxNode) => code.slice(node.from, node.to)
  const all = within(tree)
  const found = all
    .filter((node) => node.type.isError)
    .map(({ from, to }) => `no Julia: ${code.slice(Math.max(0, from - 30), to + 30)}`)
  const identifiers = (node: SyntaxNode | undefined) =>
    node
      ? within(node)
          .filter((one) => one.name === 'Identifier')
          .map(text)
      : []
  const signatureOf = (node: SyntaxNode) => {
    const [first] =
      node.name === 'FunctionDefinition' ? children(node).filter((one) => one.name === 'Signature') : [node]
    return first && within(first).find((one) => one.name === 'CallExpression')
  }
  const isFunction = (node: SyntaxNode) =>
    node.name === 'FunctionDefinition' || (node.name === 'Assignment' && node.firstChild?.name === 'CallExpression')
  const positional = (call: SyntaxNode) => {
    const args = children(call).find((one) => one.name === 'Arguments')
    return args ? children(args).filter((one) => /^[A-Z]/.test(one.name) && one.name !== 'KeywordArguments') : []
  }
  /** The least and most arguments of each function of the file. */
  const arities = new Map<string, readonly [number, number]>()
  for (const node of all.filter(isFunction)) {
    const call = signatureOf(node)
    if (!call?.firstChild) continue
    const args = positional(call)
    const isOpen = args.at(-1)?.name === 'SplatExpression'
    arities.set(text(call.firstChild), isOpen ? [args.length - 1, Infinity] : [args.length, args.length])
  }
  for (const part of children(tree)) {
    const nodes = within(part)
    const bound = new Set<string>(arities.keys())
    for (const node of nodes) {
      const [first] = children(node)
      if (isFunction(node)) for (const name of identifiers(signatureOf(node))) bound.add(name)
      else if (
        node.name === 'Assignment' &&
        ['Identifier', 'OpenTuple', 'TupleExpression'].includes(first?.name ?? '')
      ) {
        for (const name of identifiers(first)) bound.add(name)
      } else if (['ForBinding', 'ArrowFunctionExpression'].includes(node.name)) {
        for (const name of identifiers(first)) bound.add(name)
      } else if (['Parameters', 'ExceptionCapture'].includes(node.name)) {
        for (const name of identifiers(node)) bound.add(name)
      }
    }
    for (const node of nodes) {
      const parent = node.parent
      const isKeyword = parent?.name === 'KwArg' && parent.firstChild?.from === node.from
      const isField = parent?.name === 'Field'
      const isMacro = parent?.name.startsWith('Macro') === true || parent?.name === 'Symbol'
      if (node.name === 'Identifier' && !isKeyword && !isField && !isMacro) {
        const name = text(node)
        if (!bound.has(name) && !known.has(name)) found.push(`${name} is not known`)
        else if (known.has(name) && !/^[A-Z]/.test(name) && !reserved.has(name)) found.push(`${name} is not reserved`)
      }
      if (node.name !== 'CallExpression' || !node.firstChild) continue
      const arity = arities.get(text(node.firstChild))
      const args = positional(node)
      const isSplat = args.some((one) => one.name === 'SplatExpression')
      if (arity && !isSplat && (args.length < arity[0] || args.length > arity[1])) {
        found.push(`${text(node.firstChild)} takes ${arity}, not ${args.length} arguments`)
      }
    }
  }
  const opened = code.match(/^\s*(?:.*= )?(?:function|for|if|while|try)\b|\bdo(?: \w+)?$/gm)?.length ?? 0
  const closed = code.match(/^\s*end$/gm)?.length ?? 0
  if (opened !== closed) found.push(`${opened} blocks are opened, ${closed} closed`)
  return [...new Set(found)]
}

/** Numbers that would turn the program into one of double precision. */
function doubles(code: string): string[] {
  const own = code.split(/\n\n(?="""Compares)/)[0] ?? ''
  const bodies = own
    .split(/\n\n/)
    .filter((part) => !/function erf|^"""/m.test(part) || /^function evaluate/m.test(part))
  return bodies.flatMap((body) => body.match(/\bFloat64\b|(?<![\w(.])\d+\.\d+(?![\df])|\bInf\b/g) ?? [])
}

describe('julia programs read as Julia', () => {
  test.each(unrun(findLanguage('julia')!, 'float64'))('%s', (_, programs) => {
    const list = programs()
    expect(list.length).toBeGreaterThan(3)
    const wrong = list.flatMap(([name, code]) => problems(code).map((problem) => `${name}: ${problem}\n${code}`))
    expect(wrong.slice(0, 3), `${wrong.length} problems`).toEqual([])
  })
  test.each(unrun(findLanguage('julia')!, 'float32'))('%s in float32', (_, programs) => {
    const list = programs()
    const wrong = list.flatMap(([name, code]) =>
      [...problems(code), ...doubles(code)].map((problem) => `${name}: ${problem}\n${code}`),
    )
    expect(wrong.slice(0, 3), `${wrong.length} problems`).toEqual([])
  })
  test.each(goldens.map((golden) => [golden.file, golden] as const))('%s, with its check', (_, golden) => {
    for (const precision of ['float64', 'float32'] as const) {
      const code = goldenProgram('julia', golden, precision)
      expect(code).toContain('function self_check()')
      expect(problems(code)).toEqual([])
    }
  })
  test.each([
    ['f(x) = exp.(x', 'no Julia'],
    ['function f(x)\n    return expp(x)\nend', 'expp is not known'],
    ['function f(x)\n    return f(x, 1)\nend', 'f takes 1,1, not 2 arguments'],
    ['function f(x)\n    for i in 1:3\n    return x\nend', 'no Julia'],
  ])('the reading finds what is wrong in %j', (code, problem) => {
    expect(problems(code).join('\n')).toContain(problem)
  })
})
