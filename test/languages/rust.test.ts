// Compiles Rust programs, many in one crate, runs them, and holds their results to the reference evaluator.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
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

describe.skipIf(cargo === null)('rust', () => {
  conformance(findLanguage('rust')!, { run: runAll, main: (code) => runMain(built(code), []), lacks: ['pinv'] })
  // Cargo may be installed without it.
  const rustfmt = ['rustfmt'].find((command) => spawnSync(command, ['--version']).status === 0)
  test.skipIf(rustfmt === undefined).each(['float64', 'float32'] as const)(
    'rustfmt leaves programs in %s as they are',
    (precision) => {
      for (const golden of goldens) {
        const code = goldenProgram('rust', golden, precision)
        const { stdout, status } = spawnSync(rustfmt as string, ['--edition', '2021'], {
          input: code,
          encoding: 'utf8',
        })
        expect([status, stdout]).toEqual([0, code])
      }
    },
  )
})
