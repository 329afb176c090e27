/**
 * The build of the page. `npm run build` leaves it in web/dist, which `eincalc serve` and any static server can serve.
 */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** Parts of the library that the worker loads when they are asked for, and what stands in their place until then. */
const late: ReadonlyMap<string, string> = new Map([
  [path('../src/languages/index.ts'), path('src/worker/late-languages.ts')],
  [path('../src/api/at.ts'), path('src/worker/late-at.ts')],
  [path('../src/plan/plan.ts'), path('src/worker/late-plan.ts')],
])

/** Puts the late parts in their places, except in the files that load them. */
function lateParts(): Plugin {
  const places = new Set(late.values())
  return {
    name: 'late-parts',
    enforce: 'pre',
    resolveId: {
      filter: { id: /(?:languages\/index|\/at|\/plan)\.ts$/ },
      async handler(source, importer) {
        if (!importer || places.has(importer)) return null
        const resolved = await this.resolve(source, importer, { skipSelf: true })
        return late.get(resolved?.id ?? '') ?? resolved
      },
    },
  }
}

/** KaTeX names each font in three formats; every browser that runs the page reads woff2. */
function onlyWoff2(): Plugin {
  return {
    name: 'only-woff2',
    enforce: 'pre',
    transform(code, id) {
      if (!/katex\.css/.test(id)) return null
      return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'](?:woff|truetype)["']\)/g, '')
    },
  }
}

/** Preloads the two fonts that every formula needs, and says what may load what. */
function headOfPage(): Plugin {
  const policy = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return {
    name: 'head-of-page',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const fonts = Object.keys(bundle ?? {}).filter((name) => /KaTeX_(Main-Regular|Math-Italic).*woff2$/.test(name))
        return [
          {
            tag: 'meta',
            attrs: { 'http-equiv': 'Content-Security-Policy', content: policy },
            injectTo: 'head-prepend',
          },
          ...fonts.map((name) => ({
            tag: 'link',
            attrs: { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: '', href: `./${name}` },
            injectTo: 'head' as const,
          })),
        ]
      },
    },
  }
}

/** The service worker, with the list of all files and a name that changes with them. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const files = Object.keys(bundle).filter((name) => !name.endsWith('.map'))
      const hash = createHash('sha256')
      for (const name of files) {
        const file = bundle[name]
        hash.update(name).update(file?.type === 'chunk' ? file.code : (file?.source ?? ''))
      }
      const all = ['./', ...files.filter((name) => name !== 'index.html'), 'icon.svg', 'manifest.webmanifest']
      this.emitFile({
        type: 'asset',
        fileName: 'service-worker.js',
        source: serviceWorkerSource(hash.digest('hex').slice(0, 12), all),
      })
    },
  }
}

/** Keeps every file of this build, answers from them, and forgets other builds. */
function serviceWorkerSource(version: string, files: readonly string[]): string {
  return `const CACHE = ${JSON.stringify(`eincalc-${version}`)}
const FILES = ${JSON.stringify(files)}
self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()))
})
self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith('eincalc-') && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  )
})
self.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return
  const asked = request.mode === 'navigate' ? './' : request
  event.respondWith(
    caches.open(CACHE)
      .then((cache) => cache.match(asked, { ignoreSearch: request.mode === 'navigate' }))
      .then((kept) => kept ?? fetch(request)),
  )
})
`
}

export default defineConfig({
  root: path('.'),
  base: './',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [lateParts(), onlyWoff2(), headOfPage(), serviceWorker()],
  worker: { format: 'es', plugins: () => [lateParts()] },
  build: {
    outDir: path('dist'),
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      checks: { pluginTimings: false },
      output: { codeSplitting: { groups: [{ name: 'katex', test: /node_modules[\\/]katex[\\/].*js/ }] } },
    },
  },
})
