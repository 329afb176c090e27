// The library as it is built, in browsers: a bundle holds nothing of Node, and the engine is a part of its own that is loaded when it is used.
import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'
import { expect, test } from 'vitest'

test('a bundle for browsers holds nothing of Node', { timeout: 120_000 }, async () => {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    root: fileURLToPath(new URL('..', import.meta.url)),
    build: { write: false, lib: { entry: 'dist/index.js', formats: ['es'] }, target: 'es2023', minify: false },
  })
  const { output } = (Array.isArray(result) ? result[0] : result) as Rolldown.RolldownOutput
  const chunks = output.filter((part) => part.type === 'chunk')
  for (const { code, fileName, imports, dynamicImports, moduleIds } of chunks) {
    // What Vite puts in place of a module of Node, and the package that loads native libraries.
    expect(moduleIds.filter((id) => /__vite-browser-external|node_modules.koffi/.test(id))).toEqual([])
    // Globals of Node do not compile (tsconfig.library.json); emitted programs may speak of them.
    expect(code, fileName).not.toMatch(/["']node:[a-z]/)
    expect(code, fileName).not.toMatch(/["']koffi["']/)
    // What package.json maps to one module in Node and another in browsers must be found by the bundler.
    expect(code, fileName).not.toMatch(/["']#(?:koffi|threads)["']/)
    const names = chunks.map((chunk) => chunk.fileName)
    expect([...imports, ...dynamicImports].filter((name) => !names.includes(name))).toEqual([])
  }
  const [entry] = chunks.filter((chunk) => chunk.isEntry)
  const startsWith = new Set<string>()
  const visit = (name: string) => {
    if (startsWith.has(name)) return
    startsWith.add(name)
    chunks.find((chunk) => chunk.fileName === name)?.imports.forEach(visit)
  }
  visit(entry?.fileName ?? '')
  const engine = chunks.filter(({ moduleIds }) => moduleIds.some((id) => id.includes('/dist/engine/')))
  expect(engine.length).toBeGreaterThan(0)
  for (const { fileName } of engine) expect(startsWith).not.toContain(fileName)
})
