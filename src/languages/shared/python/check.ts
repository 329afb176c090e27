/** The check of an emitted program by central differences at random inputs, for when the program itself is run. */

import type { NamedOutput, Parameter, PreparedProgram } from '../program.ts'
import { type CheckCase, checkCases, SIZES } from '../self-check.ts'
import { applySizes, hiddenSizes } from './compressed.ts'
import type { PythonLibrary } from './library.ts'
import { type FunctionHead, shapeText } from './parameters.ts'
import { tuple } from './text.ts'

/** The functions and the main block; empty for a program without derivatives. The size of `multiple` is one of what it names. */
export function checkProgram(
  library: PythonLibrary,
  prepared: PreparedProgram,
  head: FunctionHead,
  multiple?: { readonly dimension: string; readonly times: string },
): string[] {
  const { functionName, parameters, outputs, dimensions, precision } = prepared
  const cases = checkCases(parameters, outputs)
  if (cases.length === 0) return []
  const names = usedNames(parameters, outputs, head, dimensions)
  const sizes = names.map(([name, identifier], k) => {
    const times = name === multiple?.dimension ? ` * ${multiple.times}` : ''
    return `    ${identifier} = ${SIZES[k] ?? 2 * k + 1}${times}`
  })
  const sampled = parameters.map((parameter) => {
    const shape = parameter.axes.length === 0 ? '()' : shapeText(parameter.axes, dimensions)
    return `        "${parameter.identifier}": ${sample(parameter, shape)},`
  })
  const keywords = head.keywords.map((name) => `        "${name}": ${name},`)
  const call = `${functionName}(**inputs)`
  const moved = new Set(cases.flatMap(({ by }) => by))
  const isCompressed = outputs.some(({ planned }) => planned.kind === 'terms')
  const dense = (results: string, position: string) =>
    isCompressed ? `dense(${results}, ${position})` : library.asNumpy(`${results}[${position}]`)
  const eps = `np.finfo(${precision === 'float32' ? 'np.float32' : 'float'}).eps`
  const lines = [
    'def _check():',
    '    """The largest relative error of the derivatives, and whether all are right."""',
    '    rng = np.random.default_rng(0)',
    ...sizes,
    '',
    '    def inputs_from(sample):',
    '        return {',
    ...[...sampled, ...keywords].map((line) => `    ${line}`),
    '        }',
    '',
    '    def results_at(inputs):',
    `        return ${outputs.length === 1 ? `[${call}]` : call}`,
    '',
    ...(isCompressed ? denseFunctions(library, parameters, outputs, dimensions) : []),
    ...movement([...moved]),
    '    def difference(inputs, base, moves, step):',
    '        """Central differences along moves, the first taken last."""',
    '        if not moves:',
    `            return ${dense('results_at(inputs)', 'base')}`,
    '        name, direction = moves[0]',
    '        above = difference(moved(inputs, name, step * direction), base, moves[1:], step)',
    '        below = difference(moved(inputs, name, -step * direction), base, moves[1:], step)',
    '        return (above - below) / (2 * step)',
    '',
    '    def largest(array):',
    '        size = np.max(np.abs(array), initial=0.0)',
    '        return size if np.isfinite(size) else np.inf',
    '',
    '    worst, right, points = 0.0, True, 0',
    '    # Positive entries serve where the function is not defined for others.',
    '    for low, high in (-2.0, 2.0), (0.5, 1.5), (0.1, 0.4):',
    '        inputs = inputs_from(lambda shape: rng.uniform(low, high, shape))',
    '        results = results_at(inputs)',
    `        if not all(largest(${dense('results', 'k')}) < np.inf for k in range(len(results))):`,
    '            continue',
    '        points += 1',
    `        for base, derivative, names in ${listOf(cases)}:`,
    '            order = len(names)',
    '            # The step that balances rounding with the curvature left out.',
    `            step = ${eps} ** (1 / (order + 2))`,
    `            tolerance = 10.0 ** min(order - ${precision === 'float32' ? 3 : 6}, -1)`,
    `            size = max(1.0, largest(${dense('results', 'base')}))`,
    `            rounding = 100 * ${eps} * size / step**order`,
    '            # A step may cross a kink; a wrong derivative is wrong in every direction.',
    '            least = np.inf',
    '            for _ in range(3):',
    '                directions = [direction_of(name) for name in names]',
    '                moves = list(zip(names, directions))',
    '                expected = difference(inputs, base, moves, step)',
    '                scale = max(largest(expected), rounding / tolerance)',
    ...(isCompressed
      ? [
          '                gap = 0.0',
          '                for found in applied(results, derivative, directions[-1]):',
          '                    for direction in directions[-2::-1]:',
          '                        found = np.tensordot(found, direction, np.ndim(direction))',
          '                    gap = max(gap, largest(found - expected))',
        ]
      : [
          `                found = ${library.asNumpy('results[derivative]')}`,
          '                for direction in reversed(directions):',
          '                    found = np.tensordot(found, direction, np.ndim(direction))',
          '                gap = largest(found - expected)',
        ]),
    '                least = min(least, gap / scale)',
    '            worst = max(worst, least)',
    '            right = right and bool(least < tolerance)',
    '    return (worst, right) if points > 0 else (np.inf, False)',
  ]
  const main = [
    'if __name__ == "__main__":',
    ...library.main,
    '    error, right = _check()',
    '    print(f"largest relative error against central differences: {error:.1e}")',
    '    sys.exit(0 if right else 1)',
  ]
  return [lines.join('\n'), main.join('\n')]
}

function listOf(cases: readonly CheckCase[]): string {
  const items = cases.map(({ of, position, by }) => {
    return `(${of}, ${position}, [${by.map(({ identifier }) => `"${identifier}"`).join(', ')}])`
  })
  const line = `[${items.join(', ')}]`
  return line.length <= 46 ? line : `[\n${items.map((item) => `            ${item},\n`).join('')}        ]`
}

/** `dense` and `applied`: a result as an array, and the ways to apply it to a direction. */
function denseFunctions(
  library: PythonLibrary,
  parameters: readonly Parameter[],
  outputs: readonly NamedOutput[],
  dimensions: ReadonlyMap<string, string>,
): string[] {
  const compressed = outputs.flatMap(({ planned, derivative, identifier }, position) => {
    if (planned.kind !== 'terms') return []
    return [{ position, planned, identifier, by: parameters.find(({ name }) => name === derivative?.by.at(-1)) }]
  })
  const sizes = (names: readonly string[]) => names.map((name) => dimensions.get(name) ?? '')
  const expand = compressed.flatMap(({ position, identifier, planned }) => [
    `        if position == ${position}:`,
    `            return ${library.asNumpy(`expand_${identifier}(${['results[position]', ...sizes(hiddenSizes(planned))].join(', ')})`)}`,
  ])
  const apply = compressed.flatMap(({ position, identifier, planned, by }) => {
    if (!by) return []
    const args = ['results[position]', 'direction', ...sizes(applySizes(planned, by))]
    return [
      `        if position == ${position}:`,
      `            found.append(${library.asNumpy(`apply_${identifier}(${args.join(', ')})`)})`,
    ]
  })
  return [
    '    def dense(results, position):',
    ...expand,
    `        return ${library.asNumpy('results[position]')}`,
    '',
    '    def applied(results, position, direction):',
    '        result = dense(results, position)',
    '        found = [np.tensordot(result, direction, np.ndim(direction))]',
    ...apply,
    '        return found',
    '',
  ]
}

/** The names that the shapes of parameters, keywords and expansions need. */
function usedNames(
  parameters: readonly Parameter[],
  outputs: readonly NamedOutput[],
  head: FunctionHead,
  dimensions: ReadonlyMap<string, string>,
): [string, string][] {
  const used = new Set(parameters.flatMap(({ axes }) => axes.flatMap((axis) => axis.names)))
  for (const { planned } of outputs)
    if (planned.kind === 'terms') for (const name of hiddenSizes(planned)) used.add(name)
  return [...dimensions].filter(([name, identifier]) => used.has(name) || head.keywords.includes(identifier))
}

function sample({ facts: { structure, sign } }: Parameter, shape: string): string {
  const entries = sign === undefined ? `sample(${shape})` : `rng.uniform(0.5, 1.5, ${shape})`
  switch (structure) {
    case 'symmetric':
      return `(lambda a: (a + a.T) / 2)(${entries})`
    case 'psd':
      return `(lambda a: a @ a.T + np.eye(len(a)))(${entries})`
    case 'diagonal':
      return `np.diag(np.diag(${entries}))`
    case 'orthogonal':
      return `np.linalg.qr(rng.standard_normal(${shape}))[0]`
    default:
      return entries
  }
}

/** A direction, and the inputs moved along it without leaving what a declaration promises. */
function movement(parameters: readonly Parameter[]): string[] {
  const of = (...kinds: string[]) => {
    const list = parameters.filter(({ facts: { structure } }) => structure !== undefined && kinds.includes(structure))
    return list.map(({ identifier }) => `"${identifier}"`)
  }
  const symmetric = of('symmetric', 'psd')
  const diagonal = of('diagonal')
  const orthogonal = of('orthogonal')
  const isOne = (list: readonly string[]) => (list.length === 1 ? `name == ${list[0]}` : `name in ${tuple(list)}`)
  const lines = ['    def direction_of(name):', '        direction = rng.standard_normal(np.shape(inputs[name]))']
  if (symmetric.length > 0)
    lines.push(`        if ${isOne(symmetric)}:`, '            direction = direction + direction.T')
  if (diagonal.length > 0)
    lines.push(`        if ${isOne(diagonal)}:`, '            direction = np.diag(np.diag(direction))')
  if (orthogonal.length > 0) {
    lines.push(`        if ${isOne(orthogonal)}:`, '            direction = inputs[name] @ (direction - direction.T)')
  }
  lines.push(
    '        return direction / max(1.0, np.linalg.norm(direction))',
    '',
    '    def moved(inputs, name, direction):',
  )
  if (orthogonal.length > 0) {
    lines.push(
      `        if ${isOne(orthogonal)}:`,
      '            half = inputs[name].T @ direction / 2',
      '            one = np.eye(len(half))',
      '            turned = inputs[name] @ np.linalg.solve(one - half, one + half)',
      '            return {**inputs, name: turned}',
    )
  }
  lines.push('        return {**inputs, name: inputs[name] + direction}', '')
  return lines
}
