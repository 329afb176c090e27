/** `--format json`: the answer that `eincalc batch` gives to the same request, on one line. */
import { answer, type BatchAnswer } from '../api/batch.ts'
import { evaluatorOf } from '../api/evaluator.ts'
import { parse } from '../api/expression.ts'
import { EincalcError } from '../errors.ts'
import { type Tensor, toNested } from '../evaluate/index.ts'
import { engineOf } from './arguments.ts'
import { givenValues } from './data.ts'
import type { Request } from './derive.ts'
import { reading } from './problem.ts'
import { EXIT, type Streams, UsageError, writeLine } from './streams.ts'

/** The answer goes to stdout also where it is an error; stderr explains it then. */
export async function jsonFormat(request: Request, { stdout }: Streams): Promise<number> {
  for (const name of ['out', 'answer'] as const) {
    if (request.args.given.has(name)) throw new UsageError(`--${name} needs another format than json`)
  }
  const result = await answerOf(request)
  await writeLine(stdout, JSON.stringify(result))
  if (!result.ok) {
    return reading(request.text, () => {
      throw new EincalcError(result.error)
    })
  }
  const isWrong = result.derivatives.some(({ check }) => (check as { ok: boolean } | undefined)?.ok === false)
  return isWrong ? EXIT.wrong : EXIT.done
}

/** Entries of all inputs together. */
const FEW = 500

async function answerOf(request: Request): Promise<BatchAnswer> {
  const { args, text, vars, wrt, order, mixed, mode, layout, symmetric, dims, compressed } = request
  const want = ['text', 'latex', 'index', 'einsum']
  for (const name of ['check', 'cost'] as const) if (args.given.has(name)) want.push(name)
  let values: Record<string, unknown> | undefined
  let tensors: Record<string, Tensor> = {}
  if (args.given.has('data')) {
    want.push('value', 'derivative')
    try {
      const given = await givenValues(args, parse(text, { vars, wrt }))
      tensors = Object.fromEntries(given)
      values = Object.fromEntries([...given].map(([name, tensor]) => [name, toNested(tensor)]))
    } catch (error) {
      if (error instanceof EincalcError) return { ok: false, error: error.problem }
      throw error
    }
  }
  const entries = Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0)
  // For a few numbers an engine is not worth loading.
  const evaluate = await evaluatorOf(engineOf(args) ?? (entries <= FEW ? 'reference' : 'auto'))
  return answer(
    {
      expr: text,
      vars: Object.fromEntries(vars),
      wrt,
      ...(order !== undefined && { order }),
      mixed,
      mode,
      layout,
      symmetric,
      dims: Object.fromEntries(dims),
      ...(values && { values }),
      want,
      expand: !compressed,
    },
    evaluate,
  )
}
