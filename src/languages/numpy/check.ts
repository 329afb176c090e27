/** The check of an emitted program by central differences at random inputs, for when the program itself is run. */

import { hiddenSizes } from './compressed.ts'
import { dimensionText } from './dimensions.ts'
import type { NamedOutput } from './emit.ts'
import type { FunctionHead, Parameter } from './parameters.ts'
import { tuple } from './text.ts'

/** Sizes that differ, so that swapped axes show. */
const SIZES = [3, 2, 5, 4, 7, 6, 11, 9, 13]

/** The functions and the main block; empty for a program without derivatives. */
export function checkProgram(
  functionName: string,
  parameters: readonly Parameter[],
  outputs: readonly NamedOutput[],
  head: FunctionHead,
  dimensions: ReadonlyMap<string, string>,
): string[] {
  const cases = outputs.flatMap(({ derivative }, position) => {
    const base = derivative && outputs[derivative.of]
    const by = derivative && parameters.find((parameter) => parameter.name === derivative.by)
    return derivative && base && by ? [{ of: derivative.of, position, by }] : []
  })
  if (cases.length === 0) return []
  const names = usedNames(parameters, outputs, head, dimensions)
  const sizes = names.map(([, identifier], k) => `    ${identifier} = ${SIZES[k] ?? 2 * k + 1}`)
  const sampled = parameters.map((parameter) => {
    const shape =
      parameter.axes.length === 0 ? '()' : tuple(parameter.axes.map((axis) => dimensionText(axis, dimensions).text))
    return `        "${parameter.identifier}": ${sample(parameter, shape)},`
  })
  const keywords = head.keywords.map((name) => `        "${name}": ${name},`)
  const dense = outputs.map((output, position) => {
    const { planned, identifier } = output
    if (planned.kind !== 'terms') return undefined
    const hidden = hiddenSizes(planned).map((name) => dimensions.get(name) ?? '')
    return {
      position,
      text: `expand_${identifier}(${['results', ...hidden].join(', ').replace('results', `results[${position}]`)})`,
    }
  })
  const expansions = dense.filter((entry) => entry !== undefined)
  const call = `${functionName}(**inputs)`
  const results = outputs.length === 1 ? `[${call}]` : `list(${call})`
  const structures = new Map(cases.map(({ by }) => [by.identifier, by.facts.structure]))
  const lines = [
    'def _check():',
    '    """The largest relative error of the derivatives against central differences."""',
    '    rng = np.random.default_rng(0)',
    ...sizes,
    '',
    '    def results_at(inputs):',
    `        results = ${results}`,
    ...expansions.map(({ position, text }) => `        results[${position}] = ${text}`),
    '        return results',
    '',
    '    def inputs_from(sample):',
    '        return {',
    ...[...sampled, ...keywords].map((line) => `    ${line}`),
    '        }',
    '',
    '    # Positive entries serve where the function is not defined for others.',
    '    for sample in (rng.standard_normal, lambda shape: rng.uniform(0.5, 1.5, shape)):',
    '        inputs = inputs_from(sample)',
    '        results = results_at(inputs)',
    '        if all(np.all(np.isfinite(result)) for result in results):',
    '            break',
    '    worst = 0.0',
    `    for base, derivative, name in ${pairs(cases)}:`,
    '        for _ in range(3):',
    ...movement(structures),
    '            above = results_at({**inputs, name: moved(1e-5)})[base]',
    '            below = results_at({**inputs, name: moved(-1e-5)})[base]',
    '            expected = (above - below) / 2e-5',
    '            found = np.tensordot(results[derivative], direction, axes=direction.ndim)',
    '            scale = max(1.0, np.max(np.abs(expected), initial=0.0))',
    '            error = np.max(np.abs(found - expected), initial=0.0) / scale',
    '            worst = float(np.fmax(worst, error)) if np.isfinite(error) else np.inf',
    '    return worst',
  ]
  const main = [
    'if __name__ == "__main__":',
    '    error = _check()',
    '    print(f"largest relative error against central differences: {error:.1e}")',
    '    sys.exit(0 if error < 1e-5 else 1)',
  ]
  return [lines.join('\n'), main.join('\n')]
}

function pairs(cases: readonly { readonly of: number; readonly position: number; readonly by: Parameter }[]): string {
  return `[${cases.map(({ of, position, by }) => `(${of}, ${position}, "${by.identifier}")`).join(', ')}]`
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

/** A direction, and the input moved along it without leaving what its declaration promises. */
function movement(structures: ReadonlyMap<string, Parameter['facts']['structure']>): string[] {
  const lines = ['            direction = rng.standard_normal(np.shape(inputs[name]))']
  const of = (...kinds: string[]) => {
    const list = [...structures].filter(([, structure]) => structure !== undefined && kinds.includes(structure))
    return list.map(([name]) => `"${name}"`)
  }
  const symmetric = of('symmetric', 'psd')
  const diagonal = of('diagonal')
  const orthogonal = of('orthogonal')
  const isOne = (list: readonly string[]) => (list.length === 1 ? `name == ${list[0]}` : `name in ${tuple(list)}`)
  if (symmetric.length > 0)
    lines.push(`            if ${isOne(symmetric)}:`, '                direction = direction + direction.T')
  if (diagonal.length > 0) {
    lines.push(`            if ${isOne(diagonal)}:`, '                direction = np.diag(np.diag(direction))')
  }
  if (orthogonal.length === 0) {
    lines.push(
      '',
      '            def moved(amount, name=name, direction=direction):',
      '                return inputs[name] + amount * direction',
      '',
    )
    return lines
  }
  lines.push(
    `            turning = ${isOne(orthogonal)}`,
    '            skew = direction - direction.T if turning else None',
    '            direction = inputs[name] @ skew if turning else direction',
    '',
    '            def moved(amount, name=name, direction=direction, skew=skew):',
    '                if skew is None:',
    '                    return inputs[name] + amount * direction',
    '                one = np.eye(len(skew))',
    '                return inputs[name] @ np.linalg.solve(one - amount / 2 * skew, one + amount / 2 * skew)',
    '',
  )
  return lines
}
