// Runs programs in jax and holds their results to the reference evaluator.
import { describe } from 'vitest'
import { findLanguage } from '../../src/languages/index.ts'
import { conformance } from './conformance.ts'
import { runPythonPrograms } from './python-run.ts'
import { find, runMain } from './toolchain.ts'

const python = find({
  name: 'jax',
  variable: 'EINCALC_JAX_PYTHON',
  candidates: ['python3'],
  probe: ['-c', 'import jax'],
})

describe.skipIf(python === null)('jax', () => {
  const language = findLanguage('jax')!
  conformance(language, {
    run: (runs) => runPythonPrograms(python as string, "import jax; jax.config.update('jax_enable_x64', True)", runs),
    main: (code) => runMain(python as string, ['-c', code]),
  })
})
