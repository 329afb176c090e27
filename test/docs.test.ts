// Runs the examples of README.md: sessions by the built command in a shell, TypeScript by the library.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { python } from './python.ts'

const root = new URL('../', import.meta.url)
const readme = readFileSync(new URL('README.md', root), 'utf8')

function blocks(language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm')
  return [...readme.matchAll(pattern)].map((match) => match[1] as string)
}

interface Example {
  readonly command: string
  readonly output: string
}

/** Lines after `$ ` are commands, the others what they print. */
function examples(block: string): Example[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n')
      return { command: part.slice(0, end), output: part.slice(end + 1) }
    })
}

/** In expected output `…` stands for any text, on a line of its own for any lines. */
function asPattern(expected: string): RegExp {
  const escaped = expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/^…\n/gm, '(?:.*\\n)*').replaceAll('…', '.*')}$`)
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eincalc-docs-'))
  const main = fileURLToPath(new URL('dist/cli/main.js', root))
  writeFileSync(join(folder, 'eincalc'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`)
  chmodSync(join(folder, 'eincalc'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('sessions of README.md', () => {
  test('the command is built', () => {
    expect(existsSync(new URL('dist/cli/main.js', root)), 'run `npm run build` first').toBe(true)
  })

  test.each(blocks('console').flatMap(examples))('$command', ({ command, output }) => {
    if (python === null && command.includes('python3')) return
    const script = `${command.replaceAll('python3', '"$PYTHON"')} 2>&1`
    const run = spawnSync('bash', ['-c', script], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, PYTHON: python ?? '' },
      timeout: 20_000,
    })
    expect(run.stdout).toMatch(asPattern(output))
  })
})

describe('TypeScript of README.md', () => {
  test.each(blocks('ts').map((code, k) => [code, k]))('%s', async (code, k) => {
    const path = join(folder, `example${k}.ts`)
    const library = pathToFileURL(fileURLToPath(new URL('src/index.ts', root))).href
    writeFileSync(path, code.replace("'eincalc'", JSON.stringify(library)))
    const printed: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      printed.push(values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' '))
    })
    try {
      await import(/* @vite-ignore */ path)
    } finally {
      log.mockRestore()
    }
    expect(printed).toEqual([...code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map((match) => match[1]))
  })
})
