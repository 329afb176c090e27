// Runs programs in R, all in one process, and holds their results to the reference evaluator.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { findLanguage } from '../../src/languages/index.ts'
import { type Answer, conformance, type Run } from './conformance.ts'
import { find, runMain } from './toolchain.ts'

const rscript = find({ name: 'r', variable: 'EINCALC_RSCRIPT', candidates: ['Rscript'], probe: ['--version'] })
const folder = mkdtempSync(join(tmpdir(), 'eincalc-r-'))
let runs = 0

afterAll(() => rmSync(folder, { recursive: true }))

function directory(): string {
  const own = join(folder, `${++runs}`)
  mkdirSync(own)
  return own
}

/** An array of R, from entries in row-major order. */
function array(shape: readonly number[], data: readonly number[]): string {
  const numbers = `c(${data.map((t) => String(t).replace('Infinity', 'Inf')).join(', ')})`
  if (shape.length < 2) return numbers
  return `aperm(array(${numbers}, c(${[...shape].reverse().join(', ')})))`
}

const show = `
show <- function(x, rank) {
  if (rank < 2 && length(dim(x)) > 1) stop("a vector has axes")
  shape <- if (rank == 0) "-" else if (rank == 1) length(x) else dim(x)
  x <- if (rank > 1) c(aperm(x)) else c(x)
  cat("output", paste(shape, collapse = ","), sprintf("%.17g", x), "\\n")
}
options(warn = -1)
`

function runAll(list: readonly Run[]): Answer[] {
  const own = directory()
  const lines = list.flatMap((run, k) => {
    writeFileSync(join(own, `p${k}.R`), run.code)
    const args = [...run.arguments.map(({ shape, data }) => array(shape, data)), ...run.sizes.map(({ value }) => value)]
    const results = run.outputs.length === 1 ? 'list(r)' : 'r'
    return [
      'tryCatch({',
      `  e <- new.env(); sys.source("p${k}.R", e)`,
      `  r <- e$evaluate(${args.join(', ')})`,
      `  r <- ${results}`,
      ...run.outputs.map(({ shape }, at) => `  show(r[[${at + 1}]], ${shape.length})`),
      '}, error = function(problem) cat("error", gsub("\\n", " ", conditionMessage(problem)), "\\n"))',
      'cat("end\\n")',
    ]
  })
  writeFileSync(join(own, 'all.R'), [show, ...lines].join('\n'))
  const { status, stdout, stderr } = spawnSync(rscript as string, ['--vanilla', 'all.R'], {
    cwd: own,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(`${stderr.slice(0, 3000)}${stdout.slice(-300)}`)
  return stdout
    .split('\nend')
    .slice(0, list.length)
    .map((text): Answer => {
      const rows = text.split('\n').map((line) => line.trim())
      const error = rows.find((line) => line.startsWith('error '))
      if (error !== undefined) return { error: error.slice(6) }
      return {
        outputs: rows.flatMap((line) => {
          if (!line.startsWith('output ')) return []
          const [, shape = '', ...data] = line.split(/ +/)
          return [{ shape: shape === '-' ? [] : shape.split(',').map(Number), data }]
        }),
      }
    })
}

describe.skipIf(rscript === null)('r', () => {
  conformance(findLanguage('r')!, {
    run: runAll,
    main: (code) => {
      const own = directory()
      writeFileSync(join(own, 'program.R'), code)
      return runMain(rscript as string, ['--vanilla', 'program.R'], own)
    },
  })
})
