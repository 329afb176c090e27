// Runs programs in numpy and holds their results to the reference evaluator.
import { describe } from 'vitest'
import { findLanguage } from '../../src/languages/index.ts'
import { conformance } from './conformance.ts'
import { runPythonPrograms } from './python-run.ts'
import { find, runMain } from './toolchain.ts'

const python = find({
  name: 'numpy',
  variable: 'EINCALC_PYTHON',
  candidates: ['python3', 'python'],
  probe: ['-c', 'import numpy'],
  isQuick: true,
})

describe.skipIf(python === null)('numpy', () => {
  const language = findLanguage('numpy')!
  conformance(language, {
    run: (runs) => runPythonPrograms(python as string, '', runs),
    main: (code) => runMain(python as string, ['-c', code]),
  })
})
