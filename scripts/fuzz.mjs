// npm run fuzz -- --cases 2000 --seed 7: laws over many random programs. What disagrees is reported with its seed, shrunk.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
})
for (const [name, value] of Object.entries(values)) {
  if (!/^[1-9]\d*$/.test(value)) {
    console.error(`--${name} is a whole number from 1 on, not ${value}`)
    process.exit(2)
  }
}
const vitest = ['vitest', 'run', 'test/laws.test.ts']
const { status } = spawnSync('npx', vitest, {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, EINCALC_CASES: values.cases, EINCALC_SEED: values.seed },
})
process.exit(status ?? 70)
