// npm run fuzz -- --cases 2000 --seed 7 --workers 4: laws over many random programs, on several processes. What disagrees is
// printed shrunk. The programs of a seed are the same however many processes run them: batch b of it is `--from b`.
import { fork, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** Cases of a batch, of which the first failure is reported. */
const BATCH = 50
/** Milliseconds after which a batch counts as hung; most take some seconds. */
const HUNG = 10 * 60_000
/** Milliseconds between lines of progress. */
const PROGRESS = 30_000

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
    from: { type: 'string', default: '0' },
  },
})
for (const [name, value] of Object.entries(values)) {
  if (!/^\d{1,9}$/.test(value) || (value === '0' && name !== 'from')) {
    console.error(`--${name} is a whole number from ${name === 'from' ? 0 : 1} to 999999999, not ${value}`)
    process.exit(2)
  }
}
const [cases, seed, workers, from] = [values.cases, values.seed, values.workers, values.from].map(Number)

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
// Compiled once, so that a long run is of one state of the sources.
const folder = mkdtempSync(join(cache, 'fuzz-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
const compiled = spawnSync('npx', ['tsc', '-p', 'tsconfig.json', '--noEmit', 'false', '--outDir', folder], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
if (compiled.status !== 0) process.exit(70)

const batches = Math.ceil(cases / BATCH)
const started = Date.now()
let next = 0
let done = 0
let failures = 0
let running = 0

const timer = setInterval(progress, PROGRESS)
for (let worker = 0; worker < Math.min(workers, batches); worker++) start()

/** A process that runs batches until none is left; one that dies or hangs is a failure, and another takes its place. */
function start() {
  running++
  const child = fork(join(folder, 'test', 'fuzz-worker.js'), { cwd: root, execArgv: ['--max-semi-space-size=64'] })
  let batch
  let watch
  const send = () => {
    clearTimeout(watch)
    if (next === batches) return child.disconnect()
    batch = next++
    watch = setTimeout(() => child.kill('SIGKILL'), HUNG)
    const number = from + batch
    const size = Math.min(BATCH, cases - batch * BATCH)
    child.send({ seed: seedOf(number), cases: size, depth: 3 + (number % 2) })
  }
  child.on('message', ({ failure }) => {
    finish(failure)
    batch = undefined
    send()
  })
  child.on('exit', (code, signal) => {
    clearTimeout(watch)
    running--
    if (batch !== undefined) finish(`the process ended with ${signal ?? code}`)
    if (next < batches && running < workers) start()
    else if (running === 0) end()
  })
  send()

  function finish(failure) {
    done++
    if (failure === undefined) return
    failures++
    console.log(`--seed ${seed} --from ${from + batch} --cases ${BATCH}\n${failure}\n`)
  }
}

/** A seed of its own for each batch, spread over the integers of 32 bits. */
function seedOf(batch) {
  return Math.imul(seed, 0x9e3779b1) ^ Math.imul(batch + 1, 0x85ebca6b)
}

function progress() {
  const seconds = (Date.now() - started) / 1000
  const count = Math.min(cases, done * BATCH)
  const rate = ((1000 * seconds) / Math.max(1, count)).toFixed(0)
  console.error(`${count} of ${cases} cases, ${failures} failures, ${seconds.toFixed(0)} s, ${rate} ms a case`)
}

function end() {
  clearInterval(timer)
  progress()
  process.exitCode = failures === 0 ? 0 : 1
}
