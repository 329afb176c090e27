// Random tests draw the same cases in every run, so that a failure is somebody's change. `EINCALC_SEED` draws others, and
// `npm run fuzz` many more. A failing property prints its seed.
import v8 from 'node:v8'
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env.EINCALC_SEED ?? 20261123) })

// Node 20 has relaxed vector instructions behind a flag, later versions have them.
if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')
