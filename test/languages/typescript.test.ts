// Compiles programs in TypeScript, all at once and strictly, runs them, and holds them to the reference evaluator.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { findLanguage } from '../../src/languages/index.ts'
import { type Answer, conformance, type Run } from './conformance.ts'
import { runMain } from './toolchain.ts'

const tsc = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'eincalc-typescript-'))
let runs = 0

afterAll(() => rmSync(folder, { recursive: true }))

/** The folder of the compiled programs. Throws with what the compiler says. */
function compiled(codes: readonly string[]): string {
  const own = join(folder, `${++runs}`)
  mkdirSync(own)
  writeFileSync(join(own, 'package.json'), '{ "type": "module" }')
  for (const [k, code] of codes.entries()) writeFileSync(join(own, `p${k}.ts`), code)
  const config = {
    compilerOptions: {
      strict: true,
      target: 'es2022',
      module: 'esnext',
      lib: ['es2022', 'dom'],
      types: [],
      outDir: 'out',
    },
    include: ['*.ts'],
  }
  writeFileSync(join(own, 'tsconfig.json'), JSON.stringify(config))
  const { status, stdout } = spawnSync(tsc, ['-p', own], { encoding: 'utf8', shell: process.platform === 'win32' })
  if (status !== 0) throw new Error(stdout.slice(0, 3000))
  return join(own, 'out')
}

const runner = `
import { readFileSync } from 'node:fs'
const answers = []
for (const [k, { arguments: args, sizes }] of JSON.parse(readFileSync(0, 'utf8')).entries()) {
  try {
    const { evaluate } = await import(process.argv[2] + '/p' + k + '.js')
    const inputs = args.map(({ shape, data }) =>
      shape.length === 0 ? data[0] : { shape, data: Float64Array.from(data) })
    let results = evaluate(...inputs, ...sizes.map((size) => size.value))
    if (!Array.isArray(results)) results = [results]
    answers.push({ outputs: results.map((result) => typeof result === 'number'
      ? { shape: [], data: [String(result)] }
      : { shape: result.shape, data: Array.from(result.data, String) }) })
  } catch (error) {
    answers.push({ error: String(error) })
  }
}
process.stdout.write(JSON.stringify(answers))
`

function runAll(list: readonly Run[]): Answer[] {
  const out = compiled(list.map((run) => run.code))
  writeFileSync(join(out, 'run.mjs'), runner)
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(out, 'run.mjs'), out], {
    input: JSON.stringify(list),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Answer[]
}

conformance(findLanguage('typescript')!, {
  run: runAll,
  main: (code) => runMain(process.execPath, [join(compiled([code]), 'p0.js')]),
})
