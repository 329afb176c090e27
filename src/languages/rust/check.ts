/** The check of an emitted module by central differences, for when it is run as a program. */
import type { Dimension } from '../../tensor/dimension.ts'
import { type CompressedOutput, sizesIn } from '../shared/core-functions.ts'
import { dimensionText } from '../shared/dimensions.ts'
import type { EmittedProgram, NamedOutput, PreparedProgram } from '../shared/program.ts'
import { type CheckCase, freeCases, kindOf, SIZES } from '../shared/self-check.ts'
import { rustWhole, shapeText } from './dialect.ts'
import { formatted } from './format.ts'
import { indented, listLines } from './text.ts'

/** The function `main`; empty for a program without derivatives that can be checked. */
export function checkLines(
  prepared: PreparedProgram,
  sizes: EmittedProgram['sizes'],
  compressed: ReadonlyMap<NamedOutput, CompressedOutput<{ readonly sizes: EmittedProgram['sizes'] }>>,
): string[] {
  const { parameters, outputs, identifiers, precision } = prepared
  const cases = freeCases(parameters, outputs)
  if (cases.length === 0) return []
  // Variables and sizes have the first choice of names.
  const names = new Map(LOCALS.map((name) => [name, identifiers.take(name)]))
  const named = (lines: readonly string[]) =>
    lines.map((line) => line.replace(/#(\w+)/g, (_, name: string) => names.get(name) ?? name))
  const own = formatted(named(dataLines(prepared, sizes, compressed, cases)), 1)
  const rest = STEPS.replace(/EPSILON/g, precision === 'float32' ? 'f32::EPSILON as f64' : 'f64::EPSILON')
    .replace('DIGITS', precision === 'float32' ? '3' : '6')
    .replace('COMPARED\n', own.some((line) => line.startsWith(`let ${names.get('applied')} =`)) ? COMPARED : '')
  const items = precision === 'float32' ? ITEMS_IN_SINGLE : ITEMS
  return [
    '/// Compares the derivatives with central differences: run this file as `src/main.rs` of a crate with ndarray.',
    'fn main() {',
    ...indented([...named(items.split('\n')), ...sizeLines(prepared, own), ...own, ...named(rest.split('\n'))]),
    '}',
  ]
}

const LOCALS = 'inputs at direction shaped flat computed product parameters cases evaluated applied'.split(' ')

/** A value for each size that these lines name, all of them different. */
function sizeLines({ dimensions }: PreparedProgram, lines: readonly string[]): string[] {
  const code = lines.filter((line) => !line.startsWith('//'))
  const words = new Set(code.join('\n').match(/\w+/g))
  const used = [...dimensions.values()].filter((identifier) => words.has(identifier))
  return used.map((identifier, k) => `let ${identifier}: usize = ${SIZES[k] ?? 2 * k + 1};`)
}

/** What the check is about: parameters, cases, and how they are evaluated. Its own names follow a `#`. */
function dataLines(
  prepared: PreparedProgram,
  sizes: EmittedProgram['sizes'],
  compressed: ReadonlyMap<NamedOutput, CompressedOutput<{ readonly sizes: EmittedProgram['sizes'] }>>,
  cases: readonly CheckCase[],
): string[] {
  const { functionName, parameters, outputs, dimensions, precision } = prepared
  const [to, from] = precision === 'float32' ? [' as f32', ' as f64'] : ['', '']
  const spelt = (axes: readonly Dimension[]) => axes.map((axis) => dimensionText(axis, dimensions, rustWhole).text)
  const packed = (axes: readonly Dimension[], data: string) =>
    axes.length === 0 ? `${data}[0]${to}` : `#shaped(${shapeText(spelt(axes))}, ${data})`
  const flat = (axes: readonly Dimension[], value: string) =>
    axes.length === 0 ? `vec![${value}${from}]` : `#flat(&${value})`

  const declared = parameters.map((parameter) => {
    const list = spelt(parameter.axes)
    const count = list.map((size) => (/^\w+$/.test(size) ? size : `(${size})`)).join(' * ') || '1'
    return `(${count}, ${list[0] ?? '1'}, "${kindOf(parameter)}")`
  })
  const listed = cases.map(
    ({ of, position, by }) => `(${of}, ${position}, vec![${by.map((one) => parameters.indexOf(one)).join(', ')}])`,
  )
  const args = [
    ...parameters.map(({ identifier, axes }) => `${axes.length === 0 ? '' : '&'}${identifier}`),
    ...sizes.map(({ identifier }) => identifier),
  ]
  /** The arguments from the numbers, and the outputs that are named. */
  const computed = (results: readonly string[]) => [
    ...parameters.map(
      ({ identifier, axes }, k) =>
        `let ${identifier} = ${packed(axes, `${axes.length === 0 ? '' : '&'}#inputs[${k}]`)};`,
    ),
    `let #computed = ${functionName}(${args.join(', ')});`,
    ...patternLines(results, '#computed.unwrap()'),
  ]
  const results = outputs.map((output) => {
    const { identifier, planned } = output
    const calls = compressed.get(output)
    const value = calls
      ? `expand_${identifier}(${[`&${identifier}`, ...sizesIn(prepared, calls.expand)].join(', ')})`
      : identifier
    return flat(planned.axes, value)
  })
  const applied = cases.flatMap(({ position, by }) => {
    const output = outputs[position]
    const apply = output && compressed.get(output)?.apply
    const direction = by.at(-1)?.axes
    if (!apply || !direction) return []
    const { identifier, planned } = output
    const p = direction.length === 0 ? packed(direction, '#direction') : `&${packed(direction, '#direction')}`
    const value = flat(planned.axes.slice(0, planned.axes.length - direction.length), '#product.unwrap()')
    const call = `let #product = apply_${identifier}(${[`&${identifier}`, p, ...sizesIn(prepared, apply)].join(', ')});`
    return [{ output, lines: [`${position} => {`, ...indented([call, value]), '}'] }]
  })
  return [
    '// Entries, rows and kind of each parameter.',
    ...listLines('let #parameters = [', declared, '];', 1),
    '// What is differentiated, the derivative, and the parameters differentiated by.',
    ...listLines('let #cases = [', listed, '];', 1),
    'let #evaluated = |#inputs: &[Vec<f64>]| -> Vec<Vec<f64>> {',
    ...indented([...computed(outputs.map(({ identifier }) => identifier)), ...listLines('vec![', results, ']', 2)]),
    '};',
    ...(applied.length === 0
      ? []
      : [
          '// A compressed derivative applied to a direction; empty for others.',
          'let #applied = |#inputs: &[Vec<f64>], #at: usize, #direction: &[f64]| -> Vec<f64> {',
          ...indented([
            ...computed(
              outputs.map((output) => (applied.some((one) => one.output === output) ? output.identifier : '_')),
            ),
            'match #at {',
            ...indented([...applied.flatMap(({ lines }) => lines), '_ => vec![],']),
            '}',
          ]),
          '};',
        ]),
  ]
}

/** `let (a, b) = value;`, a name a line where they do not fit. */
function patternLines(names: readonly string[], value: string): string[] {
  const pattern = names.length === 1 ? names[0] : `(${names.join(', ')})`
  const line = `let ${pattern} = ${value};`
  const isLong = `        let ${pattern} =`.length > 100
  return isLong ? ['let (', ...indented(names.map((name) => `${name},`)), `) = ${value};`] : [line]
}

const ITEMS = `use ndarray::{Array, Dimension, StrideShape};

fn #shaped<D: Dimension>(shape: impl Into<StrideShape<D>>, x: &[f64]) -> Array<f64, D> {
    Array::from_shape_vec(shape, x.to_vec()).unwrap()
}
fn #flat<D: Dimension>(x: &Array<f64, D>) -> Vec<f64> {
    x.iter().copied().collect()
}
`

const ITEMS_IN_SINGLE = `use ndarray::{Array, Dimension, StrideShape};

fn #shaped<D: Dimension>(shape: impl Into<StrideShape<D>>, x: &[f64]) -> Array<f32, D> {
    let single = x.iter().map(|&t| t as f32).collect();
    Array::from_shape_vec(shape, single).unwrap()
}
fn #flat<D: Dimension>(x: &Array<f32, D>) -> Vec<f64> {
    x.iter().map(|&t| t as f64).collect()
}
`

const COMPARED = `            let mut product = #applied(&inputs, at, &directions[by.len() - 1]);
            if !product.is_empty() {
                for direction in directions.iter().rev().skip(1) {
                    product = contracted(&product, direction);
                }
                gap = gap.max(distance(&product));
            }
`

const STEPS = `
let mut state: u64 = 1;
let mut sampled = |(size, n, _): (usize, usize, &str), kind: &str, low: f64, high: f64| {
    let (low, high) = match kind {
        "positive" => (0.5, 1.5),
        _ => (low, high),
    };
    let mut entry = || {
        state = state * 16807 % 2147483647;
        low + (high - low) * state as f64 / 2147483647.0
    };
    let x: Vec<f64> = (0..size).map(|_| entry()).collect();
    let filled = |f: &dyn Fn(usize, usize) -> f64| {
        let entries = (0..size).map(|at| f(at / n, at % n));
        entries.collect()
    };
    let unit = |i: usize, j: usize| if i == j { 1.0 } else { 0.0 };
    let square = |i: usize, j: usize| (0..n).map(|k| x[i * n + k] * x[j * n + k]).sum::<f64>();
    match kind {
        "symmetric" => filled(&|i, j| (x[i * n + j] + x[j * n + i]) / 2.0),
        "psd" => filled(&|i, j| square(i, j) + unit(i, j)),
        "diagonal" => filled(&|i, j| x[i * n + j] * unit(i, j)),
        _ => x,
    }
};
// The last axes of x summed with the direction.
let contracted = |x: &[f64], direction: &[f64]| -> Vec<f64> {
    let product = |row: &[f64]| row.iter().zip(direction).map(|(a, b)| a * b).sum();
    x.chunks(direction.len()).map(product).collect()
};
let largest = |x: &[f64]| {
    let size = |t: &f64| match t.is_finite() {
        true => t.abs(),
        false => f64::INFINITY,
    };
    x.iter().map(size).fold(0.0, f64::max)
};

let (mut worst, mut right, mut points) = (0.0, true, 0);
// Positive entries serve where the function is not defined for others.
for (low, high) in [(-2.0, 2.0), (0.5, 1.5), (0.1, 0.4)] {
    let start = |one: (usize, usize, &str)| sampled(one, one.2, low, high);
    let inputs: Vec<Vec<f64>> = #parameters.into_iter().map(start).collect();
    let values = #evaluated(&inputs);
    if values.iter().flatten().any(|t| !t.is_finite()) {
        continue;
    }
    points += 1;
    for &(of, at, ref by) in &#cases {
        let order = by.len() as i32;
        // The step that balances rounding with the curvature left out.
        let epsilon = EPSILON;
        let step = epsilon.powf(1.0 / (order + 2) as f64);
        let tolerance = 10f64.powi((order - DIGITS).min(-1));
        let rounding = 100.0 * epsilon * largest(&values[of]).max(1.0) / step.powi(order);
        // A step may cross a kink; a wrong derivative is wrong in every direction.
        let mut least = f64::INFINITY;
        for _ in 0..3 {
            let mut directions: Vec<Vec<f64>> = vec![];
            for &index in by {
                let kind = match #parameters[index].2 {
                    "psd" => "symmetric",
                    "positive" => "any",
                    kind => kind,
                };
                let direction = sampled(#parameters[index], kind, -1.0, 1.0);
                let length = direction.iter().map(|t| t * t).sum::<f64>().sqrt();
                directions.push(direction.iter().map(|t| t / length.max(1.0)).collect());
            }
            // Central differences along all directions: the signs of the steps are the bits of a number.
            let mut expected = vec![0.0; values[of].len()];
            for bits in 0..1 << order {
                let mut moved = inputs.clone();
                let mut sign = 1.0;
                for (k, &index) in by.iter().enumerate() {
                    let side = if bits >> k & 1 == 1 { -1.0 } else { 1.0 };
                    sign *= side;
                    for (t, d) in moved[index].iter_mut().zip(&directions[k]) {
                        *t += side * step * d;
                    }
                }
                for (t, value) in expected.iter_mut().zip(&#evaluated(&moved)[of]) {
                    *t += sign * value / (2.0 * step).powi(order);
                }
            }
            let distance = |x: &[f64]| {
                let gaps: Vec<f64> = x.iter().zip(&expected).map(|(a, b)| a - b).collect();
                largest(&gaps)
            };
            let mut found = values[at].clone();
            for direction in directions.iter().rev() {
                found = contracted(&found, direction);
            }
            let mut gap = distance(&found);
COMPARED
            let scale = largest(&expected).max(rounding / tolerance);
            gap /= scale;
            least = least.min(gap);
        }
        worst = least.max(worst);
        right = right && least < tolerance;
    }
}
println!("largest relative error against central differences: {worst:.1e}");
std::process::exit(if right && points > 0 { 0 } else { 1 });`
