// Runs SQL programs in DuckDB and in PostgreSQL, and holds their results to the reference evaluator.
import { existsSync, readdirSync } from 'node:fs'
import { afterAll, describe } from 'vitest'
import { findLanguage } from '../../src/languages/index.ts'
import { conformance } from './conformance.ts'
import { Postgres, runDuckdb, runRows, runSamples } from './sql-run.ts'
import { find } from './toolchain.ts'

const lacks = 'adj cholesky det dexpm dlogm expm inv logdet logdetp logm pinv sqrtm sylvester'.split(' ')

describe('sql', () => {
  conformance(findLanguage('sql')!, { title: 'DuckDB', lacks, run: (list) => runRows(list, runDuckdb) })
  conformance(findLanguage('sql-samples')!, {
    title: 'DuckDB, samples,',
    lacks: [...lacks, 'LimitExceeded'],
    samples: true,
    run: (list) => runSamples(list, runDuckdb),
  })
})

const installed = existsSync('/usr/lib/postgresql')
  ? readdirSync('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin/psql`)
  : []
const psql = find({
  name: 'postgres',
  variable: 'EINCALC_POSTGRES',
  candidates: [...installed, '/usr/local/bin/psql', '/opt/homebrew/bin/psql'],
  probe: ['--version'],
})

describe.skipIf(psql === null)('sql', () => {
  const server = psql === null ? null : new Postgres(psql.replace(/\/psql$/, ''))
  afterAll(() => server?.stop())
  conformance(findLanguage('sql')!, {
    title: 'PostgreSQL',
    lacks,
    run: (list) => runRows(list, (prepared) => server!.run(prepared)),
  })
  conformance(findLanguage('sql-samples')!, {
    title: 'PostgreSQL, samples,',
    lacks: [...lacks, 'LimitExceeded'],
    samples: true,
    run: (list) => runSamples(list, (prepared) => server!.run(prepared)),
  })
})
