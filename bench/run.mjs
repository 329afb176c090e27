// `npm run bench -- NAME [--quick] [--json]`: runs bench/NAME/main.mjs, then prints its rows as a table or as JSON.
import { existsSync, readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { printTable } from './harness.mjs'

const names = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/main.mjs`, import.meta.url)))
  .map((entry) => entry.name)
const usage = `Usage: npm run bench -- NAME [--quick] [--json]\nNAME is one of: ${names.join(', ')}\n`

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
    })
    if (positionals.length === 1 && names.includes(positionals[0])) return { ...values, name: positionals[0] }
  } catch {
    // An unknown flag: the usage below says which there are.
  }
  process.stderr.write(usage)
  process.exit(2)
}

const { name, quick, json } = readArguments()
// A benchmark exports `run({ quick })`, which returns its rows as harness.mjs describes them.
const { run } = await import(`./${name}/main.mjs`)
const rows = (await run({ quick })).map((row) => ({ bench: name, ...row }))
if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
else printTable(rows)
if (rows.some((row) => row.agree === false)) {
  process.stderr.write('Answers differ: see the rows where agree is false\n')
  process.exitCode = 1
}
