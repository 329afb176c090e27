// Runs programs in pytorch and holds their results to the reference evaluator.
import { describe } from 'vitest'
import { findLanguage } from '../../src/languages/index.ts'
import { conformance } from './conformance.ts'
import { runPythonPrograms } from './python-run.ts'
import { find, runMain } from './toolchain.ts'

const python = find({
  name: 'pytorch',
  variable: 'EINCALC_TORCH_PYTHON',
  candidates: ['python3'],
  probe: ['-c', 'import torch'],
})

describe.skipIf(python === null)('pytorch', () => {
  const language = findLanguage('pytorch')!
  conformance(language, {
    run: (runs) => runPythonPrograms(python as string, '', runs),
    main: (code) => runMain(python as string, ['-c', code]),
  })
})
