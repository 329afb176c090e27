// Bundles the command into dist/cli: Node starts a few files much sooner than two hundred. The library is what tsc compiles.
import { chmod } from 'node:fs/promises'
import { build } from 'rolldown'

await build({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  // What src/render/ uses is large and not for the library, so it is bundled where it is asked for rather than installed.
  external: (id) => /^[^./]/.test(id) && !/^(?:katex|@dagrejs\/dagre)$/.test(id),
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
