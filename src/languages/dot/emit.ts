/** Emits the plan as a graph in the language of Graphviz: values with their sizes, an edge to each step that reads them. */
import { EincalcError } from '../../errors.ts'
import { reads, type Step, type ValueId } from '../../plan/step.ts'
import { commentText } from '../shared/identifiers.ts'
import { type Emitter, prepareProgram, valueNames } from '../shared/program.ts'

const options = {
  title: 'Graphviz',
  reserved: new Set('node edge graph digraph subgraph strict'.split(' ')),
  ignoresCase: true,
  unicode: false,
  letterFirst: true,
  locals: [],
  fuse: 24,
}

/** The graph. Throws `BadRequest` for cores and float32, which it does not show. */
export const emitDot: Emitter = (request) => {
  const isCompressed = request.outputs.some(({ result }) => result.kind === 'terms' && result.compressed)
  if (isCompressed || request.precision === 'float32') {
    throw new EincalcError({
      code: 'BadRequest',
      message: `dot has no ${isCompressed ? 'cores' : 'precision'}`,
      hint: 'It is a picture of the steps of a program.',
    })
  }
  const prepared = prepareProgram(request, options)
  const { planned, dimensions, identifiers, outputs, summary, functionName } = prepared
  const names = new Map(valueNames(prepared))
  let count = 0
  for (const value of planned.steps.keys()) if (!names.has(value)) names.set(value, identifiers.take(`t${++count}`))
  const sizes = (step: Step) =>
    step.axes.map((axis) =>
      axis.names.reduce((key, name) => key.replaceAll(name, dimensions.get(name) ?? name), axis.key),
    )
  const results = new Set(outputs.flatMap(({ planned: output }) => (output.kind === 'dense' ? [output.value] : [])))
  const node = (step: Step, value: ValueId) => {
    const name = names.get(value) ?? ''
    const shape = commentText(sizes(step).join(' x ')) || 'a number'
    const label = [name, ...(step.kind === 'input' ? [] : [word(step)]), shape].join('\\n')
    const style = step.kind === 'input' ? ', shape=box' : results.has(value) ? ', peripheries=2' : ''
    return `  ${name} [label="${label}"${style}];`
  }
  const edges = planned.steps.flatMap((step, value) =>
    reads(step).map((read) => `  ${names.get(read)} -> ${names.get(value)};`),
  )
  // An output that another value already is.
  const equal = outputs.flatMap(({ identifier, planned: output }) => {
    const name = output.kind === 'dense' ? names.get(output.value) : identifier
    return name === identifier ? [] : [`  ${identifier} [peripheries=2];`, `  ${name} -> ${identifier};`]
  })
  const code = [
    `// ${commentText(summary)}`,
    `digraph ${functionName} {`,
    '  node [fontname="Helvetica"];',
    ...planned.steps.map(node),
    ...edges,
    ...equal,
    '}',
    '',
  ].join('\n')
  return { code, renamed: { ...prepared.renamed }, sizes: [] }
}

/** What a step does, in a word. */
function word(step: Step): string {
  switch (step.kind) {
    case 'call':
      return step.name
    case 'map': {
      const { expression } = step
      const own = expression.kind === 'call' ? expression.name : expression.kind
      return step.space.length > step.axes.length ? `sum of ${own === 'leaf' ? 'entries' : own}` : own
    }
    case 'contract':
      return 'product'
    default:
      return step.kind
  }
}
