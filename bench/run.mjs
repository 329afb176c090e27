// `npm run bench -- NAME [--quick] [--json] [--plot]`: runs bench/NAME/main.mjs, then prints its rows as a table or as JSON; --plot
// also draws those that grow into bench/NAME/plot.svg. `--rows FILE` takes rows that --json printed before instead of running.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { printTable } from './harness.mjs'
import { plot } from './plot.mjs'

const names = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/main.mjs`, import.meta.url)))
  .map((entry) => entry.name)
const usage = `Usage: npm run bench -- NAME [--quick] [--json] [--plot] [--rows FILE]\nNAME is one of: ${names.join(', ')}\n`

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        plot: { type: 'boolean', default: false },
        rows: { type: 'string' },
      },
    })
    if (positionals.length === 1 && names.includes(positionals[0])) return { ...values, name: positionals[0] }
  } catch {
    // An unknown flag: the usage below says which there are.
  }
  process.stderr.write(usage)
  process.exit(2)
}

const { name, quick, json, plot: isDrawn, rows: known } = readArguments()
const rows = known === undefined ? await measured() : JSON.parse(readFileSync(known, 'utf8'))
if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
else printTable(rows)
if (rows.some((row) => row.agree === false)) {
  process.stderr.write('Answers differ: see the rows where agree is false\n')
  process.exitCode = 1
}
if (isDrawn) {
  const picture = plot(rows)
  if (picture === undefined) process.stderr.write('No case was measured at two sizes, so nothing is drawn\n')
  else writeFileSync(new URL(`${name}/plot.svg`, import.meta.url), picture)
}

/** A benchmark exports `run({ quick })`, which returns its rows as harness.mjs describes them. */
async function measured() {
  const { run } = await import(`./${name}/main.mjs`)
  return (await run({ quick })).map((row) => ({ bench: name, ...row }))
}
