/** What the panels ask for: is this answer right, what are the numbers. Loaded when a panel is first used. */
import {
  checkAnswer,
  compile,
  type Derivative,
  derivativesBy,
  EincalcError,
  type EqualWitness,
  type Expression,
  randomInputs,
  readNpy,
  type Tensor,
} from '../../../src/index.ts'
import { chosen, parsed } from './calculate.ts'
import { loadAt } from './late-at.ts'
import type { AnswerResult, EvaluatedData, Task, ValueInput } from './protocol.ts'
import { parseNumbers } from './tables.ts'

type TaskOf<K extends Task['task']> = Extract<Task, { task: K }>

export async function resultOfTask(task: Task) {
  switch (task.task) {
    case 'answer':
      return compareAnswer(task)
    case 'evaluate':
      return evaluate(task)
    case 'sample':
      return sample(task)
  }
}

function compareAnswer({ text, vars, by, order, answer, layout, symmetric }: TaskOf<'answer'>): AnswerResult {
  const expression = parsed(text, vars, by)
  const [derivative] = derivativesBy(expression, chosen({ by }, expression).slice(0, 1), { order, layout, symmetric })
  if (!derivative) throw new EincalcError({ code: 'BadRequest', message: 'there is no derivative to compare with' })
  const { equal, by: how, witness } = checkAnswer(derivative, answer)
  if (equal) return { equal, message: how === 'form' ? 'Equal.' : 'Equal at every point tried.' }
  if (!witness) return { equal, message: `Different: the derivative is of type ${derivative.type}.` }
  const { entry, left, right, seed } = witness
  const place = entry.length === 0 ? '' : `entry [${entry.join(', ')}]: `
  return {
    equal,
    message: `Different: at seed ${seed} ${place}yours gives ${figure(right)}, ours ${figure(left)}.`,
    witness: witnessText(witness),
  }
}

function witnessText({ sizes, values }: EqualWitness): string {
  const dims = Object.entries(sizes).map(([name, size]) => `${name} = ${size}`)
  return [dims.join(', '), ...[...values].map(([name, tensor]) => `${name} = ${nested(tensor, figure)}`)]
    .filter((line) => line !== '')
    .join('\n')
}

function figure(value: number): string {
  return String(Number(value.toPrecision(5)))
}

/** Nested lists, row by row. */
function nested({ shape, data }: Tensor, write: (value: number) => string): string {
  let level = Array.from(data, write)
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] as number
    const next: string[] = []
    for (let at = 0; at < level.length; at += length) next.push(`[${level.slice(at, at + length).join(', ')}]`)
    level = next
  }
  return level[0] ?? ''
}

/** The most entries of a tensor that is evaluated in full and sent to the page. */
const MOST_ENTRIES = 2_000_000
const BYTES_OF_A_NUMBER = 8

/** Value, first and, of scalars, second derivatives at the values given. */
async function evaluate({ text, vars, by, values }: TaskOf<'evaluate'>): Promise<EvaluatedData[]> {
  const expression = parsed(text, vars, by)
  const inputs = new Map(
    [...expression.variables]
      .filter(([, variable]) => variable.span !== undefined)
      .map(([name, variable]) => [name, tensorOf(name, values[name], variable.shape.axes.length)]),
  )
  const names = chosen({ by }, expression)
  const results: EvaluatedData[] = [await evaluated('Value', expression, inputs)]
  for (const d of derivativesBy(expression, names)) {
    results.push(
      await evaluated(`${expression.shape.axes.length === 0 ? 'Gradient' : 'Jacobian'} by ${d.wrt}`, d, inputs),
    )
  }
  if (expression.shape.axes.length === 0 && names.length > 0) {
    for (const d of derivativesBy(expression, names, { order: 2 })) {
      results.push(await evaluated(`Hessian by ${[...new Set(d.wrt)].join(', ')}`, d, inputs))
    }
  }
  return results
}

async function evaluated(
  title: string,
  result: Expression | Derivative,
  inputs: ReadonlyMap<string, Tensor>,
): Promise<EvaluatedData> {
  const sizes = sizesOf(result, inputs)
  const shape = result.shape.axes.map((axis) => axis.evaluate(sizes))
  const entries = shape.reduce((product, length) => product * length, 1)
  if (entries > MOST_ENTRIES && 'compressed' in result && result.compressed) {
    await loadAt()
    const started = performance.now()
    const kept = result.at(inputs)
    const cores = kept.terms.flatMap((term) => term.cores)
    const bytes = cores.reduce((sum, core) => sum + core.data.length, 0) * BYTES_OF_A_NUMBER
    const note = `kept compressed: ${kept.terms.map((term) => term.pattern).join(' + ')}`
    return { title, tensor: undefined, shape, note, engine: 'reference', time: performance.now() - started, bytes }
  }
  const run = await compile({ result })
  const started = performance.now()
  const { result: tensor } = run(inputs)
  const time = performance.now() - started
  const isSent = tensor.data.length <= MOST_ENTRIES
  return {
    title,
    tensor: isSent ? { shape: tensor.shape, data: Float64Array.from(tensor.data) } : undefined,
    shape: tensor.shape,
    note: isSent ? '' : 'too large to show',
    engine: run.engine,
    time,
    bytes: tensor.data.length * BYTES_OF_A_NUMBER,
  }
}

/** The sizes that the inputs settle. */
function sizesOf(result: Expression | Derivative, inputs: ReadonlyMap<string, Tensor>): Map<string, number> {
  const expression = 'expression' in result ? result.expression : result
  const sizes = new Map<string, number>()
  for (const [name, { shape }] of expression.variables) {
    for (const [position, axis] of shape.axes.entries()) {
      const size = inputs.get(name)?.shape[position]
      if (axis.name !== undefined && size !== undefined) sizes.set(axis.name, size)
    }
  }
  return sizes
}

function tensorOf(name: string, given: ValueInput | undefined, rank: number): Tensor {
  if (!given) throw new EincalcError({ code: 'BadRequest', message: `${name} has no value yet` })
  try {
    if ('npy' in given) return fitted(readNpy(given.npy), rank)
    return fitted(parseNumbers(given.text), rank)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new EincalcError({ code: 'BadRequest', message: `${name}: ${error.message}` })
  }
}

/** A single row or column is a vector where one is wanted, one number a scalar. */
function fitted(tensor: Tensor, rank: number): Tensor {
  if (tensor.shape.length === rank) return tensor
  const long = tensor.shape.filter((length) => length !== 1)
  if (long.length > rank) return tensor
  const shape = [...long]
  while (shape.length < rank) shape.push(1)
  return { shape, data: tensor.data }
}

/** Random values of the declared kinds at these sizes, as texts. */
function sample({ text, vars, by, names, sizes }: TaskOf<'sample'>): Record<string, string> {
  const expression = parsed(text, vars, by)
  const inputs = randomInputs(expression, { dims: sizes, seed: 7 })
  const found = names.length === 0 ? [...expression.variables.keys()] : names
  return Object.fromEntries(
    found.flatMap((name) => {
      const tensor = inputs.get(name)
      return tensor ? [[name, nested(tensor, (value) => value.toPrecision(4).replace(/\.?0+$/, ''))]] : []
    }),
  )
}
