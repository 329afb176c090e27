// Bundles the command into dist/cli: Node starts a few files much sooner than two hundred. The library is what tsc compiles.
import { chmod } from 'node:fs/promises'
import { build } from 'rolldown'

await build({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  // KaTeX is large and only for MathML, so it is bundled where it is asked for rather than installed with the library.
  external: (id) => /^[^./]/.test(id) && id !== 'katex',
  output: {
    dir: 'dist/cli',
    format: 'esm',
    minify: true,
    sourcemap: true,
    // Parts that are loaded when they are asked for stay files of their own.
    chunkFileNames: '[name]-[hash].js',
    cleanDir: true,
  },
})
await chmod('dist/cli/main.js', 0o755)
