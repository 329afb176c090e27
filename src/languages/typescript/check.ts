/** The check of an emitted module by central differences, for when the module itself is run. */
import { type CompressedOutput, sizesIn } from '../shared/core-functions.ts'
import { dimensionText } from '../shared/dimensions.ts'
import type { EmittedProgram, NamedOutput, PreparedProgram } from '../shared/program.ts'
import { freeCases, kindOf, SIZES } from '../shared/self-check.ts'
import { typescriptWhole } from './dialect.ts'

/** The functions and the last lines; empty for a program without derivatives that can be checked. */
export function checkLines(
  prepared: PreparedProgram,
  sizes: EmittedProgram['sizes'],
  compressed: ReadonlyMap<NamedOutput, CompressedOutput<{ readonly sizes: EmittedProgram['sizes'] }>>,
): string[] {
  const { functionName, parameters, outputs, dimensions, precision } = prepared
  const cases = freeCases(parameters, outputs)
  if (cases.length === 0) return []
  const used = new Set(
    [...parameters.flatMap(({ axes }) => axes), ...outputs.flatMap(({ planned }) => planned.axes)].flatMap(
      (axis) => axis.names,
    ),
  )
  for (const { name } of sizes) used.add(name)
  const names = [...dimensions].filter(([name]) => used.has(name))
  const shape = (axes: (typeof parameters)[number]['axes']) =>
    `[${axes.map((axis) => dimensionText(axis, dimensions, typescriptWhole).text).join(', ')}]`
  const declared = parameters.map((one) => `    { shape: ${shape(one.axes)}, kind: "${kindOf(one)}" },`)
  const args = [
    ...parameters.map(({ axes }, k) => (axes.length === 0 ? `inputs[${k}].data[0]` : `inputs[${k}]`)),
    ...sizes.map(({ identifier }) => identifier),
  ].join(', ')
  const identifiers = outputs.map(({ identifier }) => identifier).join(', ')
  const dense = outputs.map((output) => {
    const { identifier, planned } = output
    const functions = compressed.get(output)
    if (functions)
      return `expand_${identifier}(${[identifier, ...sizesIn(prepared, functions.expand)].join(', ')}).data`
    return planned.axes.length === 0 ? `Float64Array.of(${identifier})` : `${identifier}.data`
  })
  const applied = cases.flatMap(({ position, by }) => {
    const output = outputs[position]
    const apply = output && compressed.get(output)?.apply
    if (!apply) return []
    const direction = by.at(-1)
    const p = direction?.axes.length === 0 ? 'direction.data[0]' : 'direction'
    const call = `apply_${output.identifier}(${[`${output.identifier}`, p, ...sizesIn(prepared, apply)].join(', ')})`
    const rows = output.planned.axes.length - (direction?.axes.length ?? 0)
    const text = rows === 0 ? `Float64Array.of(${call})` : `${call}.data`
    return [
      `    if (at === ${position}) {`,
      `      const [${identifiers}] = results;`,
      `      return ${text};`,
      '    }',
    ]
  })
  const list = cases.map(
    ({ of, position, by }) =>
      `    { of: ${of}, at: ${position}, by: [${by.map((one) => parameters.indexOf(one)).join(', ')}] },`,
  )
  const tolerance = precision === 'float32' ? 3 : 6
  const epsilon = precision === 'float32' ? '1.2e-7' : '2.2e-16'
  return [
    [
      '/** The largest relative error of the derivatives against central differences, and whether all are right. */',
      'export function selfCheck(): { error: number; right: boolean } {',
      ...names.map(([, identifier], k) => `  const ${identifier} = ${SIZES[k] ?? 2 * k + 1};`),
      '  const parameters = [',
      ...declared,
      '  ];',
      '  const cases = [',
      ...list,
      '  ];',
      `  const evaluated = (inputs: readonly Tensor[]) => ${functionName}(${args});`,
      '  const dense = (results: ReturnType<typeof evaluated>) => {',
      `    const [${identifiers}] = results;`,
      `    return [${dense.join(', ')}];`,
      '  };',
      ...(applied.length > 0
        ? [
            '  const applied = (results: ReturnType<typeof evaluated>, at: number, direction: Tensor) => {',
            ...applied,
            '    return undefined;',
            '  };',
          ]
        : []),
      STATIC.replace('EPSILON', epsilon)
        .replace('ORDER', `${tolerance}`)
        .replace(
          'APPLIED',
          applied.length > 0 ? 'applied(results, at, directions[directions.length - 1])' : 'undefined',
        ),
      '}',
    ].join('\n'),
    `declare const process: { argv: string[]; exitCode?: number } | undefined;

if (typeof process !== "undefined" && process.argv[1] && import.meta.url.endsWith(process.argv[1])) {
  const { error, right } = selfCheck();
  console.log(\`largest relative error against central differences: \${error.toExponential(1)}\`);
  process.exitCode = right ? 0 : 1;
}`,
  ]
}

const STATIC = `
  let seed = 1;
  const random = (low: number, high: number) => {
    seed = (seed * 16807) % 2147483647;
    return low + (high - low) * (seed / 2147483647);
  };
  const fitting = ({ shape, kind }: (typeof parameters)[number], low: number, high: number): Tensor => {
    const count = shape.reduce((a, b) => a * b, 1);
    const [least, most] = kind === "positive" ? [0.5, 1.5] : [low, high];
    const data = Float64Array.from({ length: count }, () => random(least, most));
    const n = shape[0] ?? 1;
    const entry = (i: number, j: number) => data[i * n + j];
    const build = (f: (i: number, j: number) => number) =>
      Float64Array.from({ length: count }, (_, at) => f(Math.floor(at / n), at % n));
    if (kind === "symmetric") return { shape, data: build((i, j) => (entry(i, j) + entry(j, i)) / 2) };
    if (kind === "diagonal") return { shape, data: build((i, j) => (i === j ? entry(i, i) : 0)) };
    if (kind !== "psd") return { shape, data };
    const product = (i: number, j: number) => {
      let sum = i === j ? 1 : 0;
      for (let k = 0; k < n; k++) sum += entry(i, k) * entry(j, k);
      return sum;
    };
    return { shape, data: build(product) };
  };
  const directionOf = (index: number): Tensor => {
    const { shape, kind } = parameters[index];
    const { data } = fitting({ shape, kind: kind === "psd" ? "symmetric" : kind === "positive" ? "any" : kind }, -1, 1);
    const length = Math.sqrt(data.reduce((sum, t) => sum + t * t, 0));
    return { shape, data: data.map((t) => t / Math.max(1, length)) };
  };
  const moved = (inputs: readonly Tensor[], index: number, direction: Tensor, step: number) =>
    inputs.map((input, k) =>
      k === index ? { ...input, data: input.data.map((t, at) => t + step * direction.data[at]) } : input,
    );
  const difference = (
    inputs: readonly Tensor[],
    of: number,
    moves: readonly (readonly [number, Tensor])[],
    step: number,
  ): Float64Array => {
    const [first, ...rest] = moves;
    if (!first) return dense(evaluated(inputs))[of];
    const above = difference(moved(inputs, first[0], first[1], step), of, rest, step);
    const below = difference(moved(inputs, first[0], first[1], -step), of, rest, step);
    return above.map((t, at) => (t - below[at]) / (2 * step));
  };
  const contracted = (found: Float64Array, direction: Tensor) => {
    const size = direction.data.length;
    return Float64Array.from({ length: found.length / size }, (_, row) =>
      direction.data.reduce((sum, t, at) => sum + t * found[row * size + at], 0),
    );
  };
  const largest = (data: Float64Array) =>
    data.reduce((most, t) => (Number.isFinite(t) ? Math.max(most, Math.abs(t)) : Infinity), 0);

  let [error, right, points] = [0, true, 0];
  // Positive entries serve where the function is not defined for others.
  for (const [low, high] of [[-2, 2], [0.5, 1.5], [0.1, 0.4]]) {
    const inputs = parameters.map((parameter) => fitting(parameter, low, high));
    const results = evaluated(inputs);
    const values = dense(results);
    if (!values.every((data) => largest(data) < Infinity)) continue;
    points++;
    for (const { of, at, by } of cases) {
      const order = by.length;
      // The step that balances rounding with the curvature left out.
      const step = EPSILON ** (1 / (order + 2));
      const tolerance = 10 ** Math.min(order - ORDER, -1);
      const rounding = (2.2e-14 * Math.max(1, largest(values[of]))) / step ** order;
      // A step may cross a kink; a wrong derivative is wrong in every direction.
      let least = Infinity;
      for (let attempt = 0; attempt < 3; attempt++) {
        const directions = by.map(directionOf);
        const expected = difference(inputs, of, by.map((index, k) => [index, directions[k]] as const), step);
        const scale = Math.max(largest(expected), rounding / tolerance);
        const last = directions[order - 1];
        let gap = 0;
        for (const first of [contracted(values[at], last), APPLIED]) {
          if (!first) continue;
          const found = directions.slice(0, -1).reduceRight(contracted, first);
          gap = Math.max(gap, largest(found.map((t, k) => t - expected[k])));
        }
        least = Math.min(least, gap / scale);
      }
      error = Math.max(error, least);
      right = right && least < tolerance;
    }
  }
  return { error: points > 0 ? error : Infinity, right: right && points > 0 };`
