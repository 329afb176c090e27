/** Numbers beside a derivative: values at given data, the check against differences, the cost. */
import { checkOf } from '../api/batch.ts'
import type { Derivative, DerivativeCost } from '../api/derivative.ts'
import { type Evaluator, evaluatorOf, isQuick } from '../api/evaluator.ts'
import type { Expression } from '../api/expression.ts'
import { notFinite } from '../api/inputs.ts'
import { requireSelections } from '../api/sizes.ts'
import { coresOf, DENSE_LIMIT, expandTerms, shapeAt, termValues } from '../api/values.ts'
import type { CompressedTerm } from '../compressed/index.ts'
import { EincalcError } from '../errors.ts'
import { bindDimensions, type CheckResult, type Tensor } from '../evaluate/index.ts'
import { type Arguments, engineOf, memoryOf, single } from './arguments.ts'
import { givenValues, type Opened, openValues } from './data.ts'
import type { Lines, Request } from './derive.ts'
import { bytesText, numberText, tensorText } from './numbers.ts'
import { reading } from './problem.ts'
import { EXIT } from './streams.ts'

type Values = ReadonlyMap<string, Tensor>
type Sizes = ReadonlyMap<string, number>

/** What numbers are computed from. */
interface Given {
  readonly values: Values
  readonly sizes: Sizes
  readonly evaluate: Evaluator
}

/** Reads the data and settles the sizes; notes say which entries are no finite numbers. */
async function readGiven(
  { args, dims }: Request,
  format: string,
  expression: Expression,
  derivatives: readonly Derivative[],
  onProgress: (share: number) => void,
  notes: string[],
): Promise<Given> {
  const memory = memoryOf(args)
  const opened = await openValues(args, expression, memory)
  try {
    return await givenFrom(opened)
  } finally {
    for (const file of opened.rows.values()) await file.close()
  }

  async function givenFrom({ values, rows, bytes }: Opened): Promise<Given> {
    const missing = [...expression.variables.keys()].filter((name) => !values.has(name))
    if (missing.length > 0 && wantsValues(args, format)) {
      const message = `no value is given for ${missing.join(', ')}`
      throw new EincalcError({ code: 'BadRequest', message, hint: `Add it to --data: ${missing[0]}=FILE.npy.` })
    }
    const noted = new Map<string, string>()
    for (const [name, value] of values) {
      const note = notFinite(name, value)
      if (note !== undefined) noted.set(name, note)
    }
    const onNote = (name: string, note: string) => void (noted.has(name) || noted.set(name, note))
    const variables = [...expression.variables.values()].map(({ node }) => node)
    const sizes = bindDimensions(variables, values, dims)
    reading(expression.text, () => requireSelections(expression, sizes))
    const nodes = [expression.working, ...derivatives.flatMap((d) => (d.compressed ? coresOf(d) : [d.node]))]
    if (rows.size > 0) {
      try {
        if (args.given.has('check')) throw allAtOnce('--check needs all data at once', bytes, memory)
        const engine = engineOf(args) ?? 'auto'
        const { valuesInBlocks } = await import('./blocks.ts')
        const known = await valuesInBlocks(expression, nodes, { opened, sizes, engine, memory, onProgress, onNote })
        notes.push(...noted.values())
        return { values, sizes, evaluate: (wanted) => wanted.map((node) => known.get(node) as Tensor) }
      } catch (error) {
        // What cannot be computed in blocks may fit.
        if (!(error instanceof EincalcError) || error.code !== 'LimitExceeded' || bytes > memory) throw error
        return givenFrom({ ...opened, values: await givenValues(args, expression), rows: new Map() })
      }
    }
    notes.push(...noted.values())
    const isLight = !wantsValues(args, format) || isQuick(nodes, sizes)
    const engine = engineOf(args) ?? (isLight ? 'reference' : 'auto')
    return { values, sizes, evaluate: await evaluatorOf(engine, onProgress, { maxBytes: memory }) }
  }
}

function allAtOnce(reason: string, bytes: number, memory: number): EincalcError {
  return new EincalcError({
    code: 'LimitExceeded',
    message: `${reason}, and they take ${bytesText(bytes)}; the limit is ${bytesText(memory)}`,
    hint: 'Raise --memory, or check without --data: at random values.',
  })
}

/** Whether values are written; otherwise the data serve the check. */
function wantsValues({ given }: Arguments, format: string): boolean {
  return given.has('out') || (given.has('data') && format === 'text')
}

/**
 * Writes what is asked: costs and checks as comment lines (to stderr where stdout holds LaTeX or a program), then the
 * numbers, each under a comment line. Exit code 1 where a check fails.
 */
export async function writeFigures(
  request: Request,
  format: string,
  expression: Expression,
  derivatives: readonly Derivative[],
  { stdout, stderr }: Lines,
  onProgress: (share: number) => void,
): Promise<number> {
  const { args } = request
  const notes: string[] = []
  const given = await readGiven(request, format, expression, derivatives, onProgress, notes)
  for (const note of notes) stderr.push(`# ${note}`)
  const { values, sizes } = given
  const beside = format === 'text' ? stdout : stderr
  const many = derivatives.length > 1
  if (args.given.has('cost')) {
    for (const d of derivatives) beside.push(costText(d.cost(sizes), d, sizes, many))
  }
  let code: number = EXIT.done
  if (args.given.has('check')) {
    for (const d of derivatives) {
      const result = checkOf(d, values, sizes)
      if (!result.ok) code = EXIT.wrong
      beside.push(`# ${many ? `${byNames(d)}: ` : ''}${checkText(result)}`)
    }
  }
  const out = single(args, 'out')
  if (out !== undefined) stderr.push(await writeOut(out, given, expression, derivatives))
  else if (wantsValues(args, format)) {
    stdout.push('# value', tensorText(valueAt(expression, given)))
    for (const d of derivatives) stdout.push(derivativeText(d, request, given))
  }
  return code
}

function valueAt(expression: Expression, { values, sizes, evaluate }: Given): Tensor {
  return evaluate([expression.working], values, sizes)[0] as Tensor
}

/** The dense derivative, or its terms where it is compressed and the dense tensor is not wanted or above the limit. */
function derivativeOf(
  d: Derivative,
  isCompressed: boolean,
  { values, sizes, evaluate }: Given,
): Tensor | CompressedTerm[] {
  if (!d.compressed) return evaluate([d.node], values, sizes)[0] as Tensor
  const terms = termValues(d, values, sizes, evaluate)
  return (isCompressed ? undefined : expandTerms(terms, shapeAt(d, sizes))) ?? terms
}

function derivativeText(d: Derivative, { compressed }: Request, given: Given): string {
  const value = derivativeOf(d, compressed, given)
  const title = `# derivative ${byNames(d)}`
  if (!Array.isArray(value)) return `${title}\n${tensorText(value)}`
  const { stored, dense } = d.storage(given.sizes)
  const kept = `${countText(stored)} of ${countText(dense)} numbers`
  const lines = [`${title}, ${shapeAt(d, given.sizes).join('×')}: the sum of scale * einsum(pattern, cores), ${kept}`]
  for (const { pattern, scale, cores } of value) {
    lines.push(`# scale ${numberText(scale)}, pattern ${pattern}`, ...cores.map(tensorText))
  }
  return lines.join('\n')
}

/** Writes the file and returns what to say of it. */
async function writeOut(
  path: string,
  given: Given,
  expression: Expression,
  derivatives: readonly Derivative[],
): Promise<string> {
  const { outputKind, writeOutput } = await import('./output.ts')
  const kind = outputKind(path)
  const last = derivatives.at(-1)
  const arrays = new Map<string, Tensor>()
  if (kind === 'npz' || !last) arrays.set('value', valueAt(expression, given))
  for (const d of kind === 'npz' ? derivatives : derivatives.slice(-1)) {
    arrays.set(`derivative_${d.wrt.join('_')}`, denseDerivative(d, given))
  }
  await writeOutput(path, kind, arrays)
  if (kind === 'npz') {
    const list = [...arrays].map(([name, { shape }]) => `${name} ${shape.join('×') || 'a scalar'}`)
    return `# wrote ${path}: ${list.join(', ')}`
  }
  const { shape } = [...arrays.values()].at(-1) as Tensor
  return `# wrote ${path}: the ${last ? `derivative ${byNames(last)}` : 'value'}, ${shape.join('×') || 'a scalar'}`
}

function denseDerivative(d: Derivative, given: Given): Tensor {
  const value = derivativeOf(d, false, given)
  if (!Array.isArray(value)) return value
  throw new EincalcError({
    code: 'LimitExceeded',
    message: `the dense derivative has more than ${DENSE_LIMIT} entries, which --out would write`,
    hint: 'Leave out --out: the terms are printed.',
  })
}

function byNames({ wrt }: Derivative): string {
  return `by ${wrt.join(', ')}`
}

function checkText({ ok, entries, maxRelError, points, outside, seed, witness }: CheckResult): string {
  if (ok) {
    const error = `relative error ${Number(maxRelError.toPrecision(1))}`
    return `checked, ${error}, ${points} point${points === 1 ? '' : 's'}, seed ${seed}`
  }
  if (!witness && entries === 0 && outside > 0) {
    return `check failed: outside the domain at all ${outside} points tried, seed ${seed}`
  }
  if (!witness) return `check failed: nothing could be compared, ${entries} entries, seed ${seed}`
  const place = witness.entry.length === 0 ? 'it' : `entry [${witness.entry.map((index) => index + 1).join(',')}]`
  const [found, expected] = [numberText(witness.derivative), numberText(witness.difference)]
  return `check failed: ${place} is ${found}, differences give ${expected} (relative error ${numberText(maxRelError)}, seed ${seed})`
}

function costText({ byMode }: DerivativeCost, d: Derivative, sizes: Sizes, many: boolean): string {
  const modes = (['forward', 'reverse', 'crosscountry'] as const).map((mode) => ({ mode, ...byMode[mode] }))
  const rows = [
    ['mode', 'operations', 'largest', 'memory'],
    ...modes.map(({ mode, operations, largest, bytes }) => [
      mode === d.mode ? `${mode} *` : mode,
      countText(operations),
      countText(largest),
      bytesText(bytes),
    ]),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => `#   ${row.map((cell, k) => cell.padEnd(widths[k] ?? 0)).join('  ')}`.trimEnd())
  const at = [...sizes].map(([name, size]) => `${name} = ${size}`).join(', ')
  return [
    `# cost${many ? ` ${byNames(d)}` : ''} at ${at}; * is the mode taken`,
    ...lines,
    ...storageLines(d, sizes),
  ].join('\n')
}

/** What compression saves: the memory of the dense tensor, and of what is kept. */
function storageLines(d: Derivative, sizes: Sizes): string[] {
  if (!d.compressed) return []
  const { stored, dense } = d.storage(sizes)
  const text = (count: number) => `${countText(count)} numbers (${bytesText(8 * count)})`
  return [`# dense it has ${text(dense)}, compressed ${text(stored)}`]
}

/** A count to three digits: 250000, 1.23e+9. */
function countText(count: number): string {
  return count < 1e6 ? String(count) : count.toExponential(2)
}
