// Bundles what test/ holds for other processes and for pages, which then use the library that is built.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'vite'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** A folder beside the packages, so that what is not bundled is found; it goes when the process ends. */
export function temporaryFolder(name) {
  const cache = join(root, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, `${name}-`))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
  return folder
}

/** Bundles test/NAME.ts into `outDir`, and the library with it where `isWhole`, else that is left where the build put it. */
export async function bundleTest(name, outDir, isWhole) {
  const toBuilt = {
    name: 'to-built',
    enforce: 'pre',
    resolveId(source, importer) {
      if (!importer || !source.startsWith('.')) return null
      const inner = relative(join(root, 'src'), resolve(importer, '..', source))
      if (inner.startsWith('..')) return null
      const id = join(root, 'dist', inner.replace(/\.ts$/, '.js'))
      return isWhole ? id : { id: pathToFileURL(id).href, external: true }
    },
  }
  await build({
    configFile: false,
    logLevel: 'warn',
    root,
    plugins: [toBuilt],
    base: './',
    publicDir: false,
    build: {
      outDir,
      target: 'es2023',
      minify: false,
      lib: { entry: `test/${name}.ts`, formats: ['es'], fileName: name },
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  })
}
