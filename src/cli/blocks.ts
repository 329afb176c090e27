/** Numbers of data that do not fit in memory: sums over the samples, added up block by block. */
import { backendOf, type EngineName, type Prepared } from '../api/backend.ts'
import { evaluatorOf } from '../api/evaluator.ts'
import type { Expression } from '../api/expression.ts'
import { notFinite } from '../api/inputs.ts'
import { EincalcError } from '../errors.ts'
import { checkFacts, shapeOfAxes, type Tensor, variablesOf } from '../evaluate/index.ts'
import { planSamples, type SampleSum } from '../plan/samples.ts'
import type { Node, Variable } from '../tensor/node.ts'
import { asRefusal, type Opened } from './data.ts'
import type { Rows } from './rows.ts'

/** Shares of the memory that the rows of one block take, and computing with them. */
const SHARE_OF_ROWS = 1 / 16
const SHARE_OF_WORK = 0.5
/** Blocks at least, so that progress shows, where they keep so many rows. */
const BLOCKS = 64
const FEW_ROWS = 1024

interface Situation {
  readonly opened: Opened
  readonly sizes: ReadonlyMap<string, number>
  readonly engine: EngineName
  /** Bytes. */
  readonly memory: number
  readonly onProgress: (share: number) => void
  /** Told of the first entry of a variable that is no finite number. */
  readonly onNote: (name: string, note: string) => void
}

/** The values of nodes of an expression. Throws `LimitExceeded` where they are no sums over the samples, and what evaluation throws. */
export async function valuesInBlocks(
  { graph }: Expression,
  nodes: readonly Node[],
  { opened, sizes, engine, memory, onProgress, onNote }: Situation,
): Promise<Map<Node, Tensor>> {
  const { passes, roots } = planSamples(graph, nodes, opened.samples)
  const known = new Map(opened.values)
  for (const [at, sums] of passes.entries()) {
    const walk = new Walk(sums, known, opened, sizes, memory)
    const totals = await walk.run(engine, (share) => onProgress((at + share) / passes.length), onNote)
    for (const [k, { stands }] of sums.entries()) known.set(stands.name, totals[k] as Tensor)
  }
  const evaluate = await evaluatorOf(engine)
  const results = evaluate(roots, known, sizes)
  return new Map(nodes.map((node, k) => [node, results[k] as Tensor]))
}

/** One pass over the data. */
class Walk {
  readonly #sums: readonly SampleSum[]
  readonly #known: ReadonlyMap<string, Tensor>
  readonly #opened: Opened
  readonly #sizes: ReadonlyMap<string, number>
  readonly #memory: number
  readonly #count: number
  /** The variables with an axis of samples, and those without. */
  readonly #sampled: readonly Variable[]
  readonly #fixed: readonly Variable[]

  constructor(
    sums: readonly SampleSum[],
    known: ReadonlyMap<string, Tensor>,
    opened: Opened,
    sizes: ReadonlyMap<string, number>,
    memory: number,
  ) {
    this.#sums = sums
    this.#known = known
    this.#opened = opened
    this.#sizes = sizes
    this.#memory = memory
    this.#count = sizes.get(opened.samples) as number
    const variables = variablesOf(sums.map(({ node }) => node))
    this.#sampled = variables.filter((variable) => this.#axisOf(variable) >= 0)
    this.#fixed = variables.filter((variable) => this.#axisOf(variable) < 0)
  }

  async run(engine: EngineName, onProgress: (share: number) => void, onNote: Situation['onNote']): Promise<Tensor[]> {
    const backend = await backendOf(engine)
    const roots = this.#sums.map(({ node }) => ({ node, output: { kind: 'dense' as const, node } }))
    const prepare = (rows: number) => {
      const sizes = new Map([...this.#sizes, [this.#opened.samples, rows]])
      const prepared = backend.prepare(roots, sizes, { maxBytes: SHARE_OF_WORK * this.#memory })
      for (const variable of this.#fixed) prepared.set(variable.name, this.#valueOf(variable))
      return prepared
    }
    for (const variable of this.#fixed) checkFacts(variable, this.#valueOf(variable))
    let rows = this.#firstRows()
    let whole: Prepared | undefined
    while (!whole) {
      try {
        whole = prepare(rows)
      } catch (error) {
        if (!(error instanceof EincalcError) || error.code !== 'LimitExceeded' || rows === 1) throw error
        rows = Math.ceil(rows / 4)
      }
    }
    const totals = this.#sums.map(({ node }): Tensor => {
      const shape = shapeOfAxes(node.axes, this.#sizes)
      return { shape, data: new Float64Array(shape.reduce((product, length) => product * length, 1)) }
    })
    for (let start = 0; start < this.#count; start += rows) {
      const count = Math.min(rows, this.#count - start)
      const prepared = count === rows ? whole : prepare(count)
      for (const variable of this.#sampled) {
        const block = await this.#block(variable, start, count)
        const note = this.#opened.rows.has(variable.name) && notFinite(variable.name, block, start)
        if (note) onNote(variable.name, note)
        checkFacts(variable, block)
        prepared.set(variable.name, block)
      }
      prepared.run()
      for (const [k, { data }] of totals.entries()) {
        const part = prepared.output(k)
        for (let at = 0; at < data.length; at++) data[at] = (data[at] as number) + (part[at] as number)
      }
      onProgress((start + count) / this.#count)
    }
    return totals
  }

  /** Rows that are few enough for their inputs. Throws `LimitExceeded` where a file keeps too many of them together. */
  #firstRows(): number {
    const limit = SHARE_OF_ROWS * this.#memory
    let bytes = 0
    for (const { name } of this.#sampled) {
      const { shape } = this.#known.get(name) as Tensor
      const row = (8 * shape.reduce((product, length) => product * length, 1)) / this.#count
      bytes += row
      const file = this.#opened.rows.get(name)
      if (file && file.together > 1 && file.together * row > SHARE_OF_WORK * this.#memory) {
        throw new EincalcError({
          code: 'LimitExceeded',
          message: `${name}: ${file.path} keeps ${file.together} rows together, which do not fit`,
          hint: 'Raise --memory, or write smaller row groups.',
        })
      }
    }
    const fitting = Math.max(1, Math.floor(limit / Math.max(8, bytes)))
    return Math.min(fitting, this.#count, Math.max(FEW_ROWS, Math.ceil(this.#count / BLOCKS)))
  }

  async #block(variable: Variable, start: number, count: number): Promise<Tensor> {
    const { name } = variable
    const value = this.#valueOf(variable)
    const file: Rows | undefined = this.#opened.rows.get(name)
    if (!file) return slice(value, this.#axisOf(variable), start, count)
    try {
      return { shape: [count, ...value.shape.slice(1)], data: await file.read(start, count) }
    } catch (error) {
      throw asRefusal(name, file.path, error)
    }
  }

  #valueOf({ name }: Variable): Tensor {
    return this.#known.get(name) as Tensor
  }

  #axisOf({ axes }: Variable): number {
    return axes.findIndex(({ name }) => name === this.#opened.samples)
  }
}

/** The entries from `start` on along an axis. */
function slice({ shape, data }: Tensor, axis: number, start: number, count: number): Tensor {
  const product = (list: readonly number[]) => list.reduce((total, length) => total * length, 1)
  const [outer, length, inner] = [product(shape.slice(0, axis)), shape[axis] as number, product(shape.slice(axis + 1))]
  const result = new Float64Array(outer * count * inner)
  for (let k = 0; k < outer; k++) {
    const from = (k * length + start) * inner
    result.set(data.subarray(from, from + count * inner), k * count * inner)
  }
  return { shape: shape.map((size, at) => (at === axis ? count : size)), data: result }
}
