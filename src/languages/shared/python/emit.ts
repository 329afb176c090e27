/**
 * Emits a Python program: one function that checks its arguments and returns value and derivatives, what applies and
 * expands compressed derivatives, and a check against central differences that runs when the program is run.
 */
import { elementwiseFunction, instantiate } from '../../../functions/index.ts'
import { plan } from '../../../plan/plan.ts'
import { Graph } from '../../../tensor/graph.ts'
import { printSteps } from '../arrays/printer.ts'
import { commentText, Identifiers } from '../identifiers.ts'
import {
  dimensionsUsed,
  type EmittedProgram,
  indexNames,
  type NamedOutput,
  type Parameter,
  type PreparedProgram,
  type ProgramRequest,
  prepareProgram,
  valueNames,
} from '../program.ts'
import { type Statement, traceOf } from '../trace.ts'
import { checkProgram } from './check.ts'
import { article, compressedFunctions, coresText } from './compressed.ts'
import type { PythonLibrary } from './library.ts'
import { printParameters, shapeDoc } from './parameters.ts'
import { locals, reserved } from './reserved.ts'
import { statement } from './text.ts'

/** The program. Throws `BadRequest` for a function name that Python does not allow. */
export function emitPython(library: PythonLibrary, request: ProgramRequest): EmittedProgram {
  const prepared = prepareProgram(request, { title: 'Python', reserved, unicode: true, locals, fuse: 1 })
  const { functionName, parameters, outputs, renamed } = prepared
  const head = printParameters(library, prepared, dimensionsUsed(prepared.planned))
  const sharding = request.shard === undefined ? undefined : library.sharding?.(prepared, request.shard)
  const body = printBody(library, prepared)

  const returned = (output: NamedOutput) => {
    const text = body.returned.get(output) ?? ''
    return sharding?.returned(output, text) ?? text
  }
  const signature = [
    ...parameters.map((p) => p.identifier),
    ...(head.keywords.length > 0 ? ['*', ...head.keywords] : []),
  ]
  const program = [
    ...library.decorators(head.keywords, body.excludes),
    ...definition(functionName, signature),
    ...docstring(library, prepared, head.docs),
    ...head.lines,
    ...(sharding?.lines ?? []),
    ...body.lines,
    ...statement('return ', outputs.map(returned).join(', ')),
  ]
  const after = [
    ...(sharding?.after ?? []),
    ...outputs.flatMap((output) => compressedFunctions(library, prepared, output)),
    ...checkProgram(library, prepared, head, sharding && { dimension: request.shard ?? '', times: sharding.devices }),
  ]
  const text = [program.join('\n'), ...after].join('\n\n\n')
  const before = [...body.helpers].map((helper): string => library.helpers[helper] ?? '')
  before.push(...definedHelpers(library, prepared, body.defined, before), ...(sharding?.helpers ?? []))
  const all = [...before, text].join('\n\n\n')
  const header = library.imports(all).join('\n')
  const code = `${header}\n\n\n${all}\n`.replace(/\n\n\n(_erf = )/, '\n\n$1')
  return {
    code,
    renamed: { ...renamed },
    sizes: head.sizes,
    trace: traceOf(code, prepared.planned, body.statements),
  }
}

function definition(name: string, signature: readonly string[]): string[] {
  const line = `def ${name}(${signature.join(', ')}):`
  return line.length <= 88 ? [line] : [`def ${name}(`, ...signature.map((part) => `    ${part},`), '):']
}

interface Body {
  readonly lines: readonly string[]
  readonly statements: readonly Statement[]
  readonly returned: ReadonlyMap<NamedOutput, string>
  readonly helpers: ReadonlySet<string>
  readonly defined: ReadonlySet<string>
  readonly excludes: boolean
}

function printBody(library: PythonLibrary, prepared: PreparedProgram): Body {
  const { planned, parameters, outputs, dimensions, identifiers, indexName, precision } = prepared
  const names = valueNames(prepared)
  const inputs = new Set([...names].flatMap(([value]) => (planned.steps[value]?.kind === 'input' ? [value] : [])))
  const dialect = library.dialect(precision, parameters[0]?.identifier)
  const { steps } = planned
  const printed = printSteps({ dialect, steps, names, dimension: dimensions, identifiers, indexName })
  const lines = [...printed.lines]
  const returned = new Map<NamedOutput, string>()
  for (const output of outputs) {
    const { planned: result } = output
    if (result.kind === 'terms') {
      lines.push(...statement(`${output.identifier} = `, coresText(result, printed.names)))
      returned.set(output, output.identifier)
    } else {
      const name = printed.names.get(result.value) ?? ''
      // A result is the caller's to change, so it is never one of the arguments itself.
      const isArgument = inputs.has(result.value) && parameters.length > 0
      returned.set(output, isArgument ? library.copied(name) : name)
    }
  }
  return {
    lines,
    statements: printed.statements,
    returned,
    helpers: printed.helpers,
    defined: printed.defined,
    excludes: printed.excludes,
  }
}

function docstring(
  library: PythonLibrary,
  { summary, outputs, dimensions }: PreparedProgram,
  parameters: readonly string[],
): string[] {
  const list = outputs.flatMap(({ identifier, doc, result }) => {
    const axes = result.kind === 'dense' ? result.node.axes : result.axes
    const shape = shapeDoc(library, axes, dimensions)
    const compressed = result.kind === 'terms' && result.compressed
    const kind = compressed
      ? `cores of ${article(library)} ${shape}; see apply_${identifier} and expand_${identifier}`
      : shape
    return [`    ${identifier} : ${kind}`, ...(commentText(doc) ? [`        ${commentText(doc)}`] : [])]
  })
  return [
    `    """${summary}`,
    ...(parameters.length > 0 ? ['', '    Parameters', '    ----------', ...parameters] : []),
    '',
    '    Returns',
    '    -------',
    ...list,
    '    """',
  ]
}

/** Functions that the library lacks and the table defines, each before those that use it. */
function definedHelpers(
  library: PythonLibrary,
  { precision }: PreparedProgram,
  names: ReadonlySet<string>,
  known: string[],
): string[] {
  const written: string[] = []
  const done = new Set<string>()
  const write = (name: string): void => {
    if (done.has(name)) return
    done.add(name)
    const { parameters, definition: text, doc } = elementwiseFunction(name)
    if (text === undefined) throw new RangeError(`${name} has neither a name in the library nor a definition`)
    const g = new Graph()
    const args = new Map(parameters.map((p) => [p, { node: g.variable(p, []), labels: [] }]))
    const node = instantiate(g, text, args).node
    const planned = plan([{ kind: 'dense', node }], { fuse: 1 })
    const identifiers = new Identifiers({ reserved, unicode: false })
    const list = parameters.map((parameter): Parameter => {
      return { name: parameter, identifier: identifiers.take(parameter), axes: [], facts: {} }
    })
    const [output] = planned.outputs
    if (!output) return
    const result: NamedOutput = {
      name: 'result',
      doc: '',
      result: { kind: 'dense', node },
      identifier: identifiers.take('result'),
      planned: output,
    }
    const body = printBody(library, {
      functionName: `_${name}`,
      summary: '',
      parameters: list,
      planned,
      outputs: [result],
      dimensions: new Map(),
      identifiers,
      indexName: indexNames(identifiers),
      renamed: {},
      precision,
    })
    for (const helper of body.helpers) {
      const helperText = library.helpers[helper] ?? ''
      if (!known.includes(helperText)) known.push(helperText)
    }
    for (const inner of body.defined) write(inner)
    const lines = [
      `def _${name}(${list.map((p) => p.identifier).join(', ')}):`,
      `    """${commentText(doc)}"""`,
      ...body.lines,
      `    return ${body.returned.get(result)}`,
    ]
    written.push(lines.join('\n'))
  }
  for (const name of names) write(name)
  return written
}
