// Random tests draw the same cases in every run, so that a failure is somebody's change. `EINCALC_SEED` draws others, and
// `npm run fuzz` many more. A failing property prints its seed.
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env.EINCALC_SEED ?? 20261123) })
