// Reads the import lines of src/ and holds them to the order of folders that ARCHITECTURE.md draws.
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { expect, test } from 'vitest'

/** A part of src/ may import from the parts before it and from itself. As the order is total, folders form no cycle. */
const order = [
  'errors.ts',
  'syntax',
  'tensor',
  'functions',
  'differentiate',
  'simplify',
  'resolve',
  'notation',
  'plan',
  'languages',
  'evaluate',
  'engine',
  'compressed',
  'api',
  'index.ts',
  'render',
  'cli',
]

/** What may use Node: the command, and the threads that the engine has there, which `imports` in package.json keeps from browsers. */
const usesNode = (path: string) => partOf(path) === 'cli' || /^src\/engine\/threads\/node(-worker)?\.ts$/.test(path)

/** The reference evaluator is the oracle of these parts, so it reaches none of them, not even through another file. */
const reference = 'src/evaluate/reference'
const judgedByReference = ['simplify', 'notation', 'plan', 'languages', 'engine']

const root = new URL('../', import.meta.url)
const isTest = (path: string) => path.endsWith('.test.ts')

/** Tests may look anywhere, so they are left out. */
function readSources(): Map<string, string> {
  const paths = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
    .map((path) => `src/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts') && !isTest(path))
    .sort()
  return new Map(paths.map((path) => [path, readFileSync(new URL(path, root), 'utf8')]))
}

/** The part of src/ that a path lies in: `src/plan/cost.ts` is in `plan`, `src/errors.ts` is `errors.ts`. */
const partOf = (path: string) => path.split('/')[1]!

function importsOf(text: string): string[] {
  const code = text
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\/?\*)/.test(line))
    .join('\n')
  const pattern =
    /^(?:import|export)\b[^'"=()]*\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm
  return [...code.matchAll(pattern)].map((match) => (match[1] ?? match[2] ?? match[3])!)
}

const resolvePath = (from: string, specifier: string) => posix.join(posix.dirname(from), specifier)

/** One line for each import that breaks a rule: the file, the import, the rule. */
function violations(sources: ReadonlyMap<string, string>): string[] {
  const found: string[] = []
  for (const [path, text] of sources) {
    const rank = order.indexOf(partOf(path))
    if (rank < 0) found.push(`${path}: '${partOf(path)}' has no place in the order of src/`)
    for (const specifier of importsOf(text)) {
      if (isBuiltin(specifier) && !usesNode(path)) {
        found.push(`${path} imports '${specifier}': only src/cli may use Node`)
      }
      if (!specifier.startsWith('.')) continue
      const target = resolvePath(path, specifier)
      if (!target.startsWith('src/')) found.push(`${path} imports '${specifier}': outside src/`)
      else if (isTest(target)) found.push(`${path} imports '${specifier}': a test`)
      else if (order.indexOf(partOf(target)) > rank) {
        found.push(`${path} imports '${specifier}': ${partOf(target)} comes after ${partOf(path)}`)
      }
    }
  }
  for (const path of sources.keys()) {
    if (!path.startsWith(reference)) continue
    for (const chain of chainsFrom(path, sources)) {
      const last = chain.at(-1)!
      if (judgedByReference.includes(partOf(last))) {
        found.push(`${chain.join(' -> ')}: the reference evaluator may not reach ${partOf(last)}`)
      }
    }
  }
  return found
}

/** For every file that `start` reaches, one chain of imports that leads there. */
function chainsFrom(start: string, sources: ReadonlyMap<string, string>): string[][] {
  const chains = new Map([[start, [start]]])
  for (const [path, chain] of chains) {
    for (const specifier of importsOf(sources.get(path) ?? '')) {
      const target = resolvePath(path, specifier)
      if (specifier.startsWith('.') && !chains.has(target)) chains.set(target, [...chain, target])
    }
  }
  return [...chains.values()]
}

test('imports in src/ follow the order of its folders', () => {
  expect(violations(readSources())).toEqual([])
})

test('ARCHITECTURE.md names every folder of src/', () => {
  const text = readFileSync(new URL('ARCHITECTURE.md', root), 'utf8')
  const folders = readdirSync(new URL('src', root), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(folders.map((entry) => entry.name).filter((name) => !text.includes(`${name}/`))).toEqual([])
})

test.each([
  ['src/syntax/parse.ts', "import { emit } from '../languages/index.ts'", 'languages comes after syntax'],
  ['src/syntax/parse.ts', "export type {\n  Plan,\n} from '../plan/plan.ts'", 'plan comes after syntax'],
  ['src/syntax/parse.ts', "const later = await import('../index.ts')", 'index.ts comes after syntax'],
  ['src/errors.ts', "import { parse } from './syntax/parse.ts'", 'syntax comes after errors.ts'],
  ['src/index.ts', "import { main } from './cli/main.ts'", 'cli comes after index.ts'],
  ['src/plan/cost.ts', "import { check } from '../../test/check.ts'", 'outside src/'],
  ['src/plan/cost.ts', "import { check } from './plan.test.ts'", 'a test'],
  ['src/plan/cost.ts', "import fs from 'node:fs'", 'only src/cli may use Node'],
  ['src/plan/cost.ts', "import 'fs'", 'only src/cli may use Node'],
  ['src/misc/cost.ts', '', "'misc' has no place"],
  ['src/evaluate/reference.ts', "import { plan } from '../plan/plan.ts'", 'may not reach plan'],
  ['src/evaluate/reference/walk.ts', "import { a } from '../helper.ts'", 'may not reach simplify'],
])('the check finds what is wrong in %s: %s', (path, text, rule) => {
  const helper: [string, string] = ['src/evaluate/helper.ts', "import { b } from '../simplify/rules.ts'"]
  expect(violations(new Map([[path, text], helper]))).toEqual([expect.stringContaining(rule)])
})

test('the check allows what is right', () => {
  const right = new Map([
    [
      'src/plan/cost.ts',
      " * import fs from 'node:fs'\n// import '../cli/main.ts'\nimport { x } from '../tensor/node.ts'",
    ],
    [
      'src/cli/main.ts',
      "#!/usr/bin/env node\nimport { readFileSync } from 'node:fs'\nimport { derive } from '../index.ts'",
    ],
  ])
  expect(violations(right)).toEqual([])
})
