// What programs in every language are held to: the table of cases, every function of the table, random graphs and random
// programs with their derivatives, all against the reference evaluator. A language only says how its programs are run.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { examples } from '../../examples/index.mjs'
import { inputsOf } from '../../examples/inputs.mjs'
import { EincalcError } from '../../src/errors.ts'
import { sampleInputs } from '../../src/evaluate/index.ts'
import { evaluate } from '../../src/evaluate/reference.ts'
import type { Tensor } from '../../src/evaluate/tensor.ts'
import { allElementwise, allGenerals, type GeneralFunction } from '../../src/functions/index.ts'
import { derive, parse as parseExpression } from '../../src/index.ts'
import type { Language, Precision, ProgramOutput } from '../../src/languages/index.ts'
import { Dimension } from '../../src/tensor/dimension.ts'
import { Graph } from '../../src/tensor/graph.ts'
import type { Node, Variable } from '../../src/tensor/node.ts'
import { postorder } from '../../src/tensor/walk.ts'
import { isTame, randomNode } from '../random-graph.ts'
import { programs, textOf, variablesIn } from '../random-program.ts'
import { inputs as caseInputs, cases, SIZES } from './cases.ts'
import { type Golden, goldenProgram, goldens } from './goldens.ts'

/** A program to be run: its arguments are in the order of its parameters, its sizes in that of `EmittedProgram.sizes`. */
export interface Run {
  readonly code: string
  readonly bytes?: Uint8Array
  readonly arguments: readonly {
    readonly identifier: string
    readonly shape: readonly number[]
    /** The dimension of each axis, as text. */
    readonly axes: readonly string[]
    readonly data: readonly number[]
  }[]
  readonly sizes: readonly { readonly identifier: string; readonly value: number }[]
  readonly outputs: readonly { readonly shape: readonly number[]; readonly axes: readonly string[] }[]
  /** The sizes that it was emitted for. */
  readonly dims?: ReadonlyMap<string, number>
}

/** What a program returned, or why not. Numbers are texts such as `1e-3`, `inf`, `-Infinity`, `nan`. */
export interface Answer {
  readonly error?: string
  readonly outputs?: readonly { readonly shape?: readonly number[]; readonly data: readonly string[] }[]
}

interface Case {
  readonly name: string
  readonly variables: readonly Variable[]
  readonly nodes: readonly Node[]
  /** The same before simplification, where that is known. */
  readonly oracles?: readonly Node[]
  readonly inputs: ReadonlyMap<string, Tensor>
  readonly sizes: ReadonlyMap<string, number>
}

const seed = Number(process.env.EINCALC_SEED ?? 1)
const TOLERANCE = 1e-10
const SCALARS =
  'at step points direction flattened evaluated applied p expected results state CALL RESULTS EPSILON'.split(' ')
/** Starting an interpreter and compiling take their time on a busy machine. */
const TIMEOUT = 600_000

/** What a program printed that was run by itself. */
export interface Ended {
  readonly status: number | null
  readonly printed: string
}

export interface Runner {
  /** Runs all programs, in one process where the language can. */
  readonly run: (runs: readonly Run[]) => readonly Answer[]
  /** Runs a program as a person does; it then checks itself. */
  readonly main?: (code: string) => Ended
  /** Where it is run, for the titles of tests, if that is not its name. */
  readonly title?: string
  /** Functions that the language refuses, by the names in its messages. */
  readonly lacks?: readonly string[]
  /** Whether one dimension, the first that serves, is that of samples and the sizes of all others are given. */
  readonly samples?: boolean
}

/** Variables and sizes with the names that checks themselves use, in one language or another. */
const clashing = {
  file: 'clashing',
  text: `parameters*norm2(inputs*values - cases)^2 + ${SCALARS.join('*')}`,
  vars: {
    inputs: 'matrix(kind,flat)',
    values: 'vector(flat)',
    cases: 'vector(kind)',
    ...Object.fromEntries(['parameters', ...SCALARS].map((name) => [name, 'scalar'])),
  },
  wrt: [['values'], ['inputs', 'inputs'], ['direction']],
  compressed: true,
} satisfies Golden

/** A size that only the product with a direction asks for, called as directions are. */
const direction = {
  file: 'a size called p',
  text: 'X*ones(n,p) + Y',
  vars: { X: 'matrix(m,n)', Y: 'matrix(m,p)' },
  wrt: [['X']],
  compressed: true,
} satisfies Golden

/** All cases in groups, each made when it is wanted. */
const groups: readonly (readonly [string, () => readonly Case[]])[] = [
  ['the table of cases', tableCases],
  ['every elementwise function at its samples', elementwiseCases],
  ['every function of whole matrices', generalCases],
  ['values, gradients and products with Hessians', productCases],
  ['every example with its derivatives', exampleCases],
  [`50 random graphs, seed ${seed}`, randomGraphs],
  [`50 random programs and their derivatives, seed ${seed}`, randomPrograms],
]

/** The programs of all cases in a language that nothing here runs, by the names of the cases. */
export const unrun = (language: Language, precision: Precision) =>
  groups.map(([title, make]) => {
    const programs = () => make().map((one) => [one.name, emitWith(language, one, undefined, precision).code] as const)
    return [title, programs] as const
  })

/** Holds the programs of one language to the reference evaluator. */
export function conformance(
  language: Language,
  { run, main, title = language.name, lacks = [], samples = false }: Runner,
): void {
  describe(`${title} programs compute what the reference evaluator does`, () => {
    test.each(groups)(
      '%s',
      (_, make) => {
        const list = make().filter((one) => !isRefused(language, one, lacks))
        const emitted = list.map((one) => emit(language, one, samples))
        expect(list.length).toBeGreaterThan(3)
        const answers = run(emitted)
        const problems = list.flatMap((one, at) => {
          const problem = compare(one, answers[at] ?? { error: 'no answer' })
          return problem === undefined ? [] : [`${one.name}: ${problem}\n${emitted[at]?.code}`]
        })
        expect(problems.slice(0, 3), `${problems.length} of ${list.length} are wrong`).toEqual([])
      },
      TIMEOUT,
    )
  })
  test.skipIf(samples)(
    `${title} programs name the argument that is wrong`,
    () => {
      const [golden] = goldens
      const { text, vars } = golden!
      const expression = parseExpression(text, { vars })
      const variables = [...expression.variables.values()].map((one) => one.node)
      const sizes = new Map([
        ['m', 2],
        ['n', 3],
      ])
      const inputs = sampleInputs(variables, sizes, 1)
      inputs.set('y', { shape: [3], data: Float64Array.of(1, 2, 3) })
      const [answer] = run([emit(language, { name: 'wrong', variables, nodes: [expression.node], inputs, sizes })])
      expect(answer?.error).toMatch(/\by must be .*\bm\b/)
    },
    TIMEOUT,
  )
  if (lacks.length > 0) {
    test.skipIf(samples)(`${title} programs lack what is said, and name it`, () => {
      const found = generalCases().flatMap((one) => refusalOf(language, one) ?? [])
      expect([...new Set(found)].sort()).toEqual([...lacks].sort())
    })
  }
  if (!main) return
  describe(`${language.name} programs check themselves`, () => {
    test.each(goldens.map((golden) => [golden.file, golden] as const))(
      '%s',
      (_, golden) => {
        const { status, printed } = main(goldenProgram(language.name, golden))
        expect([status, printed]).toEqual([0, expect.stringMatching(/^largest relative error .*: \d/)])
      },
      TIMEOUT,
    )
    test.skipIf(!language.capabilities.float32).each(goldens.map((golden) => [golden.file, golden] as const))(
      '%s in float32',
      (_, golden) => {
        const { status, printed } = main(goldenProgram(language.name, golden, 'float32'))
        expect([status, printed]).toEqual([0, expect.stringMatching(/^largest relative error .*: \d/)])
      },
      TIMEOUT,
    )
    test.each([clashing, direction].map((golden) => [golden.file, golden] as const))(
      'whatever variables and sizes are named: %s',
      (_, golden) => {
        const { status, printed } = main(goldenProgram(language.name, golden))
        expect([status, printed]).toEqual([0, expect.stringMatching(/^largest relative error .*: \d/)])
      },
      TIMEOUT,
    )
    test(
      'a wrong derivative is found',
      () => {
        const { status } = main(goldenProgram(language.name, goldens[1]!).replace(/\b2(\.0)? \* /, '2.5 * '))
        expect(status).toBe(1)
      },
      TIMEOUT,
    )
  })
}

/** The function that a program is refused for, by the message of its error; undefined where it is emitted. */
function refusalOf(language: Language, one: Case): string | undefined {
  try {
    emit(language, one, language.capabilities.samples)
    return undefined
  } catch (error) {
    if (!(error instanceof EincalcError)) throw error
    if (error.code === 'LimitExceeded') return error.code
    return /^[\w-]+ has no (\w+)$/.exec(error.message)?.[1] ?? error.message
  }
}

function isRefused(language: Language, one: Case, lacks: readonly string[]): boolean {
  if (lacks.length === 0) return false
  const refusal = refusalOf(language, one)
  return refusal !== undefined && lacks.includes(refusal)
}

function emit(language: Language, one: Case, samples = false): Run {
  if (!samples) return emitWith(language, one)
  const names = [...new Set(one.variables.flatMap(({ axes }) => axes.flatMap((axis) => axis.names)))]
  for (const name of names) {
    try {
      return emitWith(language, one, new Map([...one.sizes].filter(([other]) => other !== name)))
    } catch (error) {
      if (!(error instanceof EincalcError) || !/one index of samples|cannot have what/.test(error.message)) throw error
    }
  }
  return emitWith(language, one, one.sizes)
}

function emitWith(
  language: Language,
  { variables, nodes, inputs, sizes }: Case,
  dims?: ReadonlyMap<string, number>,
  precision: Precision = 'float64',
): Run {
  const outputs = nodes.map((node, k): ProgramOutput => {
    return { name: k === 0 ? 'value' : `result${k}`, doc: '', result: { kind: 'dense', node } }
  })
  const program = language.emit({ variables, outputs, precision, ...(dims && { dims }) })
  const keys = ({ axes }: Node) => axes.map((axis) => axis.key)
  return {
    code: program.code,
    ...(program.bytes && { bytes: program.bytes }),
    arguments: variables.map((variable) => {
      const { name } = variable
      const { shape, data } = inputs.get(name) as Tensor
      return {
        identifier: Object.hasOwn(program.renamed, name) ? (program.renamed[name] as string) : name,
        shape,
        axes: keys(variable),
        data: [...data],
      }
    }),
    sizes: program.sizes.map(({ name, identifier }) => ({ identifier, value: sizes.get(name) ?? 0 })),
    outputs: nodes.map((node) => ({ shape: node.axes.map((axis) => axis.evaluate(sizes)), axes: keys(node) })),
    ...(dims && { dims }),
  }
}

function compare({ nodes, oracles = nodes, inputs, sizes }: Case, { error, outputs }: Answer): string | undefined {
  if (error !== undefined) return error
  const expected = evaluate([...oracles], inputs, sizes, { checkFacts: false })
  for (const [k, { shape, data }] of expected.entries()) {
    const found = outputs?.[k]
    if (!found) return `output ${k} is missing`
    if (found.shape && `${found.shape}` !== `${shape}`) return `output ${k} has the shape ${found.shape}, not ${shape}`
    if (found.data.length !== data.length) return `output ${k} has ${found.data.length} entries, not ${data.length}`
    const scale = data.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1)
    const numbers = found.data.map(numberOf)
    const wrong = [...data].findIndex((value, at) => !close(value, numbers[at] ?? Number.NaN, scale))
    if (wrong >= 0) return `entry ${wrong} of output ${k} is ${numbers[wrong]}, not ${data[wrong]}`
  }
  return undefined
}

/** A program may be finite where the reference multiplies 0 by an infinite number, never the other way round. */
function close(expected: number, found: number, scale: number): boolean {
  if (Number.isNaN(expected)) return true
  if (!Number.isFinite(expected)) return !Number.isFinite(found)
  return Math.abs(expected - found) <= TOLERANCE * Math.max(Math.abs(expected), Math.min(scale, 1e6))
}

function numberOf(text: string): number {
  if (/^-?inf/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return /nan/i.test(text) ? Number.NaN : Number(text)
}

function variablesOf(nodes: readonly Node[]): Variable[] {
  return postorder([...nodes]).filter((one) => one.kind === 'variable')
}

function tableCases(): Case[] {
  return cases.map(([name, node]) => {
    return { name, variables: variablesOf([node]), nodes: [node], inputs: caseInputs, sizes: SIZES }
  })
}

/** One program for each function: all combinations of its samples are the entries of vectors. */
function elementwiseCases(): Case[] {
  const list = allElementwise().filter((entry) => !entry.inline && entry.parameters.length > 0)
  return list.map((entry) => {
    const g = new Graph()
    const size = Dimension.symbol('n')
    const args = entry.parameters.map((name) => g.variable(name, [size]))
    const rows = points(entry.samples, entry.parameters.length)
    const inputs = new Map(
      args.map(({ name }, k) => [name, { shape: [rows.length], data: Float64Array.from(rows, (row) => row[k] ?? 0) }]),
    )
    const sizes = new Map([['n', rows.length]])
    return { name: entry.name, variables: args, nodes: [g.apply(entry.name, ...args)], inputs, sizes }
  })
}

function points(samples: readonly number[], count: number): number[][] {
  return count === 0 ? [[]] : points(samples, count - 1).flatMap((rest) => samples.map((t) => [...rest, t]))
}

function generalCases(): Case[] {
  const keeping = new Set('inv adj softmax logsoftmax prodexcept cholesky sqrtm expm logm'.split(' '))
  const [b, n, m] = ['b', 'n', 'm'].map((name) => Dimension.symbol(name)) as [Dimension, Dimension, Dimension]
  const sizes = new Map([
    ['b', 2],
    ['n', 3],
    ['m', 4],
  ])
  return allGenerals().flatMap((entry) => {
    const shapes = shapesOf(entry, n, m)
    return shapes.flatMap(({ args, result }) =>
      [[], [b]].map((batch): Case => {
        const g = new Graph()
        const variables = args.map((own, k) => g.variable('XYZW'[k] as string, [...batch, ...own]))
        const axes = result ?? (keeping.has(entry.name) ? (args[0] ?? []) : [])
        const operands = variables.map((node) => ({ node, labels: node.axes.map((_, axis) => axis) }))
        const node = g.general(entry.name, batch, axes, operands)
        const inputs = new Map(
          variables.map((variable, k) => [variable.name, sampleMatrix(variable, batch.length, sizes, k)]),
        )
        return {
          name: `${entry.name} ${batch.length > 0 ? 'in a batch' : 'alone'}`,
          variables,
          nodes: [node],
          inputs,
          sizes,
        }
      }),
    )
  })
}

function shapesOf(entry: GeneralFunction, n: Dimension, m: Dimension): { args: Dimension[][]; result?: Dimension[] }[] {
  switch (entry.name) {
    case 'sylvester':
      return [
        {
          args: [
            [n, n],
            [m, m],
            [n, m],
          ],
          result: [n, m],
        },
      ]
    case 'dexpm':
    case 'dlogm':
      return [
        {
          args: [
            [n, n],
            [n, n],
          ],
          result: [n, n],
        },
        {
          args: [
            [n, n],
            [n, n],
            [n, n],
          ],
          result: [n, n],
        },
      ]
    case 'cross':
      return [{ args: [[Dimension.constant(3)], [Dimension.constant(3)]], result: [Dimension.constant(3)] }]
    case 'pinv':
      return [
        { args: [[n, m]], result: [m, n] },
        { args: [[m, n]], result: [n, m] },
      ]
    default:
      if (entry.ownRanks[0] === 1) return [{ args: [[n]] }]
      if (entry.ownRanks[0] === 2) return [{ args: [[n, n]] }]
      return [{ args: [[n]] }, { args: [[n, m]] }]
  }
}

/** Matrices near a positive definite one, so that every function is defined. */
function sampleMatrix(variable: Variable, batch: number, sizes: ReadonlyMap<string, number>, which: number): Tensor {
  const shape = variable.axes.map((axis) => axis.evaluate(sizes))
  const size = shape.reduce((a, b) => a * b, 1)
  const [rows, columns] = shape.slice(batch)
  const isSquare = shape.length - batch === 2 && rows === columns
  const data = Float64Array.from({ length: size }, (_, at) => {
    const [i, j] = columns === undefined ? [0, 1] : [Math.floor(at / columns) % (rows ?? 1), at % columns]
    return Math.sin(3 * at + 5 * which + 1) / 3 + (isSquare && i === j ? 2 : 0)
  })
  return { shape, data }
}

/** Each of three problems, and its slope along a direction, whose gradient is the Hessian times the direction. */
function productCases(): Case[] {
  const table: [name: string, text: string, vars: Record<string, string>, by: string][] = [
    [
      'logistic regression',
      'sum(log(exp(-y.*(X*w)) + vector(1)))',
      { X: 'matrix(m,n)', y: 'vector(m)', w: 'vector(n)' },
      'w',
    ],
    ['factorization', "norm2(T - U*V')^2", { T: 'matrix(m,n)', U: 'matrix(m,k)', V: 'matrix(n,k)' }, 'V'],
    [
      'ridge',
      'norm2(X*w - y)^2 + c*norm2(w)^2',
      { X: 'matrix(m,n)', y: 'vector(m)', c: 'scalar', w: 'vector(n)' },
      'w',
    ],
  ]
  return table.flatMap(([name, text, vars, by]) =>
    [text, `sum(grad(${text}, ${by}).*P)`].map((one, k): Case => {
      const expression = parseExpression(one, { vars: k === 0 ? vars : { ...vars, P: vars[by] ?? '' } })
      const derivative = derive(expression, { wrt: [by] })
      const variables = [...expression.variables.values()].map((declared) => declared.node)
      const inputs = sampleInputs(variables, SIZES, 1)
      const nodes = [expression.node, derivative.node]
      const oracles = [expression.raw, derivative.working]
      return { name: `${name} ${k}`, variables, nodes, oracles, inputs, sizes: SIZES }
    }),
  )
}

function exampleCases(): Case[] {
  return examples.map((example): Case => {
    const expression = parseExpression(example.text, { vars: example.variables, wrt: example.wrt })
    const derivatives = example.wrt.flatMap((name) =>
      example.orders.map((order) => derive(expression, { wrt: Array.from({ length: order }, () => name) })),
    )
    const variables = [...expression.variables.values()].map((one) => one.node)
    const nodes = [expression.node, ...derivatives.map((one) => one.node)]
    const oracles = [expression.raw, ...derivatives.map((one) => one.working)]
    const inputs = new Map(Object.entries(inputsOf(example)))
    return { name: example.name, variables, nodes, oracles, inputs, sizes: new Map(Object.entries(example.sizes)) }
  })
}

function randomGraphs(): Case[] {
  const found: Case[] = []
  for (let at = 0; found.length < 50 && at < 500; at++) {
    const node = randomNode(new Graph(), seed * 1000 + at)
    if (!isTame(evaluate(postorder([node]), caseInputs, SIZES))) continue
    found.push({ name: `graph ${at}`, variables: variablesOf([node]), nodes: [node], inputs: caseInputs, sizes: SIZES })
  }
  return found
}

function randomPrograms(): Case[] {
  const found: Case[] = []
  for (const { tree, choice } of fc.sample(programs(), { numRuns: 400, seed })) {
    if (found.length === 50) break
    const text = textOf(tree)
    const vars = variablesIn(text)
    try {
      const expression = parseExpression(text, { vars })
      const names = [...expression.variables.keys()].filter((name) => new RegExp(`\\b${name}\\b`).test(text))
      const wrt = names[choice % Math.max(1, names.length)]
      if (wrt === undefined) continue
      const derivative = derive(expression, { wrt })
      const variables = [...expression.variables.values()].map((one) => one.node)
      const sizes = SIZES
      const inputs = sampleInputs(variables, sizes, 1 + found.length)
      const nodes = [expression.node, derivative.node]
      const oracles = [expression.raw, derivative.working]
      if (derivative.node.axes.reduce((product, axis) => product * axis.evaluate(sizes), 1) > 2500) continue
      if (!isTame(evaluate(postorder(oracles), inputs, sizes))) continue
      found.push({ name: `${text} by ${wrt}`, variables, nodes, oracles, inputs, sizes })
    } catch (error) {
      if ((error as { code?: string }).code === undefined) throw error
    }
  }
  return found
}
