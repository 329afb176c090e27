/** Compressed derivatives in an emitted program: the cores it returns, and the functions that apply and expand them. */
import type { PlannedOutput, PlannedTerm } from '../../../plan/plan.ts'
import type { ValueId } from '../../../plan/step.ts'
import type { Dimension } from '../../../tensor/dimension.ts'
import type { Label } from '../../../tensor/node.ts'
import type { Scattered } from '../arrays/dialect.ts'
import { subscripts } from '../axes.ts'
import type { NamedOutput, Parameter, PreparedProgram } from '../program.ts'
import { atom, Level, negative, quotient, type Text, within } from '../text.ts'
import { numberText } from './dialect.ts'
import type { PythonLibrary } from './library.ts'
import { shapeDoc, shapeText, sizeText } from './parameters.ts'
import { assignment, statement, tuple } from './text.ts'

type Terms = PlannedOutput & { readonly kind: 'terms' }

/** The cores of all terms: a tuple of tuples. */
export function coresText({ terms }: Terms, names: ReadonlyMap<ValueId, string>): string {
  const items = terms.map((term) => tuple(term.cores.map((core) => names.get(core.value) ?? '')).replace('(,)', '()'))
  return items.length === 0 ? '()' : tuple(items)
}

/** Sizes that the cores of an output do not show, by name: parameters of its functions. */
export function hiddenSizes({ axes, terms }: Terms): string[] {
  const shown = new Set<string>()
  for (const term of terms) {
    for (const core of term.cores) {
      for (const label of core.labels) {
        const axis = axes[term.output.indexOf(label)]
        if (axis?.name !== undefined) shown.add(axis.name)
      }
    }
  }
  return [...new Set(axes.flatMap((axis) => axis.names))].filter((name) => !shown.has(name))
}

/** `apply_NAME` and `expand_NAME`, for an output that is returned compressed. */
export function compressedFunctions(library: PythonLibrary, prepared: PreparedProgram, output: NamedOutput): string[] {
  const { planned, derivative, identifier } = output
  if (planned.kind !== 'terms') return []
  const by = prepared.parameters.find((parameter) => parameter.name === derivative?.by.at(-1))
  const expand = expandFunction(library, prepared, identifier, planned)
  return by ? [applyFunction(library, prepared, identifier, planned, by), expand] : [expand]
}

function sizes(dimensions: ReadonlyMap<string, string>, names: readonly string[]): string[] {
  return names.map((name) => dimensions.get(name) ?? '')
}

/** The names of cores in the functions: `cores` unpacked, term by term. */
function unpacked(terms: readonly PlannedTerm[]): {
  readonly lines: readonly string[]
  readonly names: readonly string[][]
} {
  let count = 0
  const names = terms.map((term) => term.cores.map(() => `c${++count}`))
  if (count === 0) return { lines: [], names }
  const targets = names.map((list) => (list.length === 0 ? '()' : tuple(list)))
  const target = targets.length === 1 ? tuple(targets) : targets.join(', ')
  return { lines: [`    ${target} = cores`], names }
}

/** Reads the sizes that the cores show. */
function sizeLines(planned: Terms, names: readonly string[][], dimensions: ReadonlyMap<string, string>): string[] {
  const lines: string[] = []
  const known = new Set<string>()
  for (const [t, term] of planned.terms.entries()) {
    for (const [c, core] of term.cores.entries()) {
      for (const [position, label] of core.labels.entries()) {
        const name = planned.axes[term.output.indexOf(label)]?.name
        if (name === undefined || known.has(name)) continue
        known.add(name)
        lines.push(`    ${dimensions.get(name)} = ${names[t]?.[c]}.shape[${position}]`)
      }
    }
  }
  return lines
}

function expandFunction(
  library: PythonLibrary,
  { dimensions, precision, indexName }: PreparedProgram,
  identifier: string,
  planned: Terms,
): string {
  const hidden = sizes(dimensions, hiddenSizes(planned))
  const { lines: unpack, names } = unpacked(planned.terms)
  const shape = planned.axes.map((axis) => sizeText(axis, dimensions))
  const parts = planned.terms.map((term, t): Scattered => {
    const distinct = [...new Set(term.output)]
    const letters = subscripts([...new Set([...distinct, ...term.cores.flatMap((core) => core.labels)])])
    const ordered = (labels: readonly Label[]): Text => {
      const present = labels.filter((label) => term.cores.some((core) => core.labels.includes(label)))
      // Axes that no core has are broadcast.
      const spread = labels.map((label) => (present.includes(label) ? ':' : 'None'))
      const value = product(library, term, names[t] ?? [], letters, present)
      const needsAxes = present.length > 0 && spread.slice(spread.indexOf(':')).includes('None')
      return needsAxes ? atom(`${within(value, Level.atom)}[${spread.join(', ')}]`) : value
    }
    const carried = term.cores.flatMap((core) => core.labels)
    return { view: term.output, distinct, ordered, isNegative: term.coefficient.sign < 0, carried }
  })
  const like = names.flat()[0]
  return [
    `def expand_${identifier}(${['cores', ...hidden].join(', ')}):`,
    ...docstring(library, `${identifier} as a dense ${library.noun}.`, planned, dimensions, [], hidden, planned.axes),
    ...unpack,
    ...sizeLines(planned, names, dimensions),
    ...library.dialect(precision, like).scatter('dense', shape, parts, indexName),
    '    return dense',
  ].join('\n')
}

/** Whether every term is an einsum of its cores and p: a repeated or broadcast row is rare, and the dense tensor serves. */
function isDirect({ terms }: Terms, count: number): boolean {
  const isEinsum = ({ output, cores }: PlannedTerm) => {
    const rows = output.slice(0, output.length - count)
    const carried = new Set<Label>([...output.slice(rows.length), ...cores.flatMap((core) => core.labels)])
    return new Set(rows).size === rows.length && rows.every((label) => carried.has(label))
  }
  return terms.length > 0 && terms.every(isEinsum)
}

/** Sizes that `apply_NAME` takes after the cores and p. */
export function applySizes(planned: Terms, by: Parameter): string[] {
  return isDirect(planned, by.axes.length) ? [] : hiddenSizes(planned)
}

/** A docstring that states the shapes of what goes in and out. */
function docstring(
  library: PythonLibrary,
  sentence: string,
  { axes, terms }: Terms,
  dimensions: ReadonlyMap<string, string>,
  parameters: readonly string[],
  hidden: readonly string[],
  result: readonly Dimension[],
): string[] {
  const shapes = terms.map(({ cores, output }) => {
    const list = cores.map((core) => {
      const own = core.labels.map((label) => axes[output.indexOf(label)] as Dimension)
      return shapeText(own, dimensions)
    })
    return list.length === 0 ? '()' : tuple(list)
  })
  const lines = [
    `cores : for each term its cores, of shapes ${shapes.length === 0 ? '()' : tuple(shapes)}`,
    ...parameters,
    ...(hidden.length > 0 ? [`${hidden.join(', ')} : int, not told by the shapes of the cores`] : []),
    `Returns ${axes.length === 0 || result.length === 0 ? 'a float' : `${article(library)} ${shapeDoc(library, result, dimensions)}`}.`,
  ]
  return [`    """${sentence}`, '', ...lines.map((line) => `    ${line}`), '    """']
}

/** The article before the library's word for arrays. */
export function article({ noun }: PythonLibrary): string {
  return /^[aeiou]/.test(noun) ? 'an' : 'a'
}

function applyFunction(
  library: PythonLibrary,
  { dimensions, precision }: PreparedProgram,
  identifier: string,
  planned: Terms,
  by: Parameter,
): string {
  const count = by.axes.length
  const result = planned.axes.slice(0, planned.axes.length - count)
  const rows = (term: PlannedTerm) => term.output.slice(0, term.output.length - count)
  const columns = (term: PlannedTerm) => term.output.slice(term.output.length - count)
  const direct = isDirect(planned, count)
  const hidden = sizes(dimensions, applySizes(planned, by))
  const { lines: unpack, names } = unpacked(planned.terms)
  const head = [
    `def apply_${identifier}(${['cores', 'p', ...hidden].join(', ')}):`,
    ...docstring(
      library,
      `${identifier} applied to p: its last axes, those of ${by.identifier}, are summed with p.`,
      planned,
      dimensions,
      [`p : ${shapeDoc(library, by.axes, dimensions)}`],
      hidden,
      result,
    ),
    `    p = ${library.converted('p', precision)}`,
  ]
  if (!direct) {
    const args = ['cores', ...hidden].join(', ')
    return [...head, `    return ${library.applied(`expand_${identifier}(${args})`, 'p', count)}`].join('\n')
  }
  const terms = planned.terms.map((term, t): Text => {
    const letters = subscripts([...new Set([...term.output, ...term.cores.flatMap((core) => core.labels)])])
    const inputs = [...term.cores.map((core) => core.labels), columns(term)].map((labels) =>
      labels.map(letters).join(''),
    )
    const spelt = `"${inputs.join(',')}->${rows(term).map(letters).join('')}"`
    return signed(term, scaled(term, atom(library.einsum(spelt, [...(names[t] ?? []), 'p'], term.cores.length > 0))))
  })
  const lines = terms.map((text, t) => (t === 0 ? assignment('result', text.text) : statement('result += ', text.text)))
  return [...head, ...unpack, ...lines.flat(), '    return result'].join('\n')
}

function product(
  library: PythonLibrary,
  term: PlannedTerm,
  names: readonly string[],
  letters: (label: Label) => string,
  output: readonly Label[],
): Text {
  const [core] = term.cores
  const [name] = names
  if (!core || name === undefined) return numberText(term.coefficient.absolute())
  const same = term.cores.length === 1 && core.labels.every((label, k) => label === output[k])
  if (same) return scaled(term, atom(name))
  const spelt = `"${term.cores.map((c) => c.labels.map(letters).join('')).join(',')}->${output.map(letters).join('')}"`
  return scaled(term, atom(library.einsum(spelt, names, false)))
}

function scaled({ coefficient }: PlannedTerm, text: Text): Text {
  const magnitude = coefficient.absolute()
  return magnitude.isOne ? text : quotient([numberText(magnitude), text], [])
}

function signed({ coefficient }: PlannedTerm, text: Text): Text {
  return coefficient.sign < 0 ? negative(text) : text
}
