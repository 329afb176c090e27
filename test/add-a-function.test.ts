// Holds CONTRIBUTING.md to its word: its entry, put into a copy of the sources, is all that a new function takes.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type * as Library from '../src/index.ts'
import { python, runPython } from './python.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const entry = /^```ts\n( {2}logit: \{[\s\S]*?\n {2}\},\n)```$/m.exec(
  readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8'),
)?.[1]

let folder: string
let lib: typeof Library

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eincalc-copy-'))
  cpSync(join(root, 'src'), join(folder, 'src'), {
    recursive: true,
    filter: (path) => !path.endsWith('.test.ts') && !path.endsWith('cli'),
  })
  // What the sources import by name is found as in the project.
  const { type, imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type, imports }))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  const table = join(folder, 'src/functions/elementwise.ts')
  const text = readFileSync(table, 'utf8')
  const opening = 'const entries = {\n'
  expect(text).toContain(opening)
  expect(entry).toBeDefined()
  writeFileSync(table, text.replace(opening, opening + entry))
  lib = await import(/* @vite-ignore */ join(folder, 'src/index.ts'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The errors of types in the copy. */
function compile(): string {
  // Threads of Node are the one part of the library that needs Node's types.
  const exclude = ['node.ts', 'node-worker.ts'].map((name) => join(folder, 'src/engine/threads', name))
  const config = { extends: join(root, 'tsconfig.library.json'), include: [join(folder, 'src')], exclude }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  return spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout
}

test('it compiles', () => {
  expect(compile()).toBe('')
})

test('it is read, documented and printed', () => {
  expect(lib.parse('logit(x)').toString()).toBe('logit(x)')
  expect(lib.parse('logit(x)').toLatex()).toBe('\\operatorname{logit}\\left(x\\right)')
  expect(lib.documentedFunctions().find(({ name }) => name === 'logit')?.usage).toBe('logit(t)')
})

test.each([1, 2, 3])('it is differentiated, order %i, and agrees with differences', (order) => {
  const derivative = lib.derive('sum(logit(sigmoid(x) .* a))', {
    wrt: 'x',
    order,
    vars: { x: 'vector(n)', a: 'vector(n)' },
  })
  expect(lib.parse(derivative.toString(), { vars: { x: 'vector(n)', a: 'vector(n)' } }).toString()).toBe(
    derivative.toString(),
  )
  expect(lib.checkOf(derivative, new Map([['a', { shape: [2], data: Float64Array.of(0.5, 0.9) }]]))).toMatchObject({
    ok: true,
  })
})

test('it is evaluated', async () => {
  const f = await lib.compile({ value: lib.parse('logit(a)'), derivative: lib.derive('logit(a)', { wrt: 'a' }) })
  const { value, derivative } = f({ a: 0.2 })
  expect(value.data[0]).toBeCloseTo(Math.log(0.25), 14)
  expect(derivative.data[0]).toBeCloseTo(6.25, 12)
})

test.skipIf(python === null)('it is emitted', () => {
  // Loaded under another name than __main__, so that the program's own check does not run.
  const program = lib.derive('logit(a)', { wrt: 'a' }).toCode('numpy')
  const calls = `import json\nprint(json.dumps([float(result) for result in scope["evaluate"](0.2)]))`
  const script = `scope = {"__name__": "program"}\nexec(${JSON.stringify(program)}, scope)\n${calls}`
  const [value, derivative] = JSON.parse(runPython(script))
  expect(value).toBeCloseTo(Math.log(0.25), 14)
  expect(derivative).toBeCloseTo(6.25, 12)
})

test('a primitive does not compile without its kernel and its name', () => {
  const table = join(folder, 'src/functions/elementwise.ts')
  writeFileSync(table, readFileSync(table, 'utf8').replace("    definition: 'log(t) - log1p(-t)',\n", ''))
  const files = compile()
    .split('\n')
    .flatMap((line) => /src\/(.*\.ts)\(\d+,\d+\): error/.exec(line)?.[1] ?? [])
  expect(files).toEqual(expect.arrayContaining(['evaluate/kernels.ts', 'languages/numpy/names.ts']))
})
