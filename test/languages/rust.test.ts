// Compiles Rust programs, many in one crate, runs them, and holds their results to the reference evaluator.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { examples } from '../../examples/index.mjs'
import { derive, emitProgram, type Precision, parse } from '../../src/index.ts'
import { findLanguage } from '../../src/languages/index.ts'
import { type Answer, conformance, type Run } from './conformance.ts'
import { goldenProgram, goldens } from './goldens.ts'
import { find, runMain } from './toolchain.ts'

const cargo = find({ name: 'rust', variable: 'EINCALC_CARGO', candidates: ['cargo'], probe: ['--version'] })
const folder = mkdtempSync(join(tmpdir(), 'eincalc-rust-'))
mkdirSync(join(folder, 'src'))

afterAll(() => rmSync(folder, { recursive: true }))

const manifest = `[package]
name = "programs"
version = "0.0.0"
edition = "2021"

[dependencies]
ndarray = "=0.16.1"

[profile.dev]
debug = false
`

const support = `
trait Show {
    fn show(&self);
}
impl Show for f64 {
    fn show(&self) {
        println!("output -\\n{:e}", self);
    }
}
impl<D: ndarray::Dimension> Show for ndarray::Array<f64, D> {
    fn show(&self) {
        let sizes: Vec<String> = self.shape().iter().map(|n| n.to_string()).collect();
        println!("output {}", sizes.join(","));
        for t in self.iter() {
            println!("{:e}", t);
        }
    }
}
`

function argument({ shape, data }: Run['arguments'][number]): string {
  const numbers = data.map((t) => {
    if (Number.isNaN(t)) return 'f64::NAN'
    if (!Number.isFinite(t)) return t > 0 ? 'f64::INFINITY' : 'f64::NEG_INFINITY'
    return /[.e]/.test(String(t)) ? String(t) : `${t}.0`
  })
  if (shape.length === 0) return numbers[0] ?? '0.0'
  const sizes = shape.length === 1 ? `${shape[0]}` : `(${shape.join(', ')})`
  return `&ndarray::Array${shape.length}::<f64>::from_shape_vec(${sizes}, vec![${numbers.join(', ')}]).unwrap()`
}

/** Compiles a text as the crate's main file and returns the path of the program. */
function built(code: string): string {
  writeFileSync(join(folder, 'Cargo.toml'), manifest)
  writeFileSync(join(folder, 'src', 'main.rs'), code)
  const { status, stderr } = spawnSync(cargo as string, ['build', '--quiet'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(stderr.slice(0, 4000))
  return join(folder, 'target/debug/programs')
}

function runAll(list: readonly Run[]): Answer[] {
  const runs = list.map((run, k) => {
    const args = [...run.arguments.map(argument), ...run.sizes.map(({ value }) => value)]
    const names = run.outputs.map((_, at) => `r${at}`)
    const pattern = names.length === 1 ? 'r0' : `(${names.join(', ')})`
    return `fn run${k}() {
    match p${k}::evaluate(${args.join(', ')}) {
        Ok(${pattern}) => { ${names.map((name) => `${name}.show();`).join(' ')} }
        Err(problem) => println!("error {}", problem),
    }
    println!("end");
}`
  })
  for (const [k, { code }] of list.entries()) writeFileSync(join(folder, 'src', `p${k}.rs`), code)
  const modules = list.map((_, k) => `#[allow(warnings)] mod p${k};`).join('\n')
  const main = `fn main() { ${list.map((_, k) => `run${k}();`).join(' ')} }`
  const { stdout } = spawnSync(built([modules, support, ...runs, main].join('\n')), {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const answers: Answer[] = []
  let outputs: { shape: number[]; data: string[] }[] = []
  let error: string | undefined
  for (const line of stdout.split('\n')) {
    if (line === 'end') {
      answers.push(error === undefined ? { outputs } : { error })
      outputs = []
      error = undefined
    } else if (line.startsWith('error ')) error = line.slice(6)
    else if (line.startsWith('output ')) {
      outputs.push({ shape: line === 'output -' ? [] : line.slice(7).split(',').map(Number), data: [] })
    } else if (line !== '') outputs.at(-1)?.data.push(line)
  }
  return answers
}

/** Programs beside the goldens, with compressed derivatives: the examples, names that the check itself has, many results. */
function programs(precision: Precision): [name: string, code: string][] {
  const inputs = { inputs: 'matrix(flat,shaped)', shaped: 'vector(shaped)', flat: 'vector(flat)', parameters: 'scalar' }
  const list = [
    ...examples.map(({ name, text, variables, wrt, orders }) => {
      const by = wrt.slice(0, 2).flatMap((one) => (orders.includes(2) ? [[one], [one, one]] : [[one]]))
      return { name, text, vars: variables, by }
    }),
    {
      name: 'names',
      text: 'parameters*norm2(inputs*shaped - flat)^2',
      vars: inputs,
      by: [['inputs'], ['inputs', 'inputs']],
    },
    { name: 'scalars', text: 'a*b + c*d + e*f + a*f', vars: {}, by: [...'abcdef'].map((one) => [one]) },
  ]
  return list.map(({ name, text, vars, by }) => {
    const expression = parse(text, { vars, wrt: by.flat() })
    const derivatives = by.map((wrt) => derive(expression, { wrt }))
    return [name, emitProgram('rust', expression, derivatives, { compressed: true, precision }).code]
  })
}

describe.skipIf(cargo === null)('rust', () => {
  conformance(findLanguage('rust')!, { run: runAll, main: (code) => runMain(built(code), []), lacks: ['pinv'] })

  const precisions = ['float64', 'float32'] as const
  // Cargo may be installed without it.
  const rustfmt = ['rustfmt'].find((command) => spawnSync(command, ['--version']).status === 0)
  test.skipIf(rustfmt === undefined).each(precisions)('rustfmt leaves programs in %s as they are', (precision) => {
    const list = goldens.map((golden) => goldenProgram('rust', golden, precision))
    for (const code of [...list, ...programs(precision).map(([, one]) => one)]) {
      const { stdout, status } = spawnSync(rustfmt as string, ['--edition', '2021'], { input: code, encoding: 'utf8' })
      expect([status, stdout]).toEqual([0, code])
    }
  })

  test.each(precisions)('examples in %s check themselves', { timeout: 600_000 }, (precision) => {
    const bin = join(folder, 'src', 'bin')
    mkdirSync(bin)
    const list = programs(precision)
    for (const [name, code] of list) writeFileSync(join(bin, `${name}.rs`), code)
    const all = built('fn main() {}')
    rmSync(bin, { recursive: true })
    const ended = list.map(([name]) => [name, runMain(join(dirname(all), name), [])] as const)
    expect(
      ended.filter(([, { status, printed }]) => status !== 0 || !/^largest relative error .*: \d/.test(printed)),
    ).toEqual([])
  })
})
