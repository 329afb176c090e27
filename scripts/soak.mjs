// npm run soak -- --minutes 5 [--seed 1]: compiles and runs random programs on wasm and blas, and prints the resident memory
// every 15 seconds, after garbage is collected. Exit code 1 where it grows: where after a warm-up of a fifth of the time, at least
// three samples and at most two minutes, the line that fits the samples best rises by more than 5 % of their mean and by more
// than 8 MiB until the end. Build first.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { bundleTest, root, temporaryFolder } from './bundle-test.mjs'

const MEBIBYTE = 2 ** 20
const MOST_SHARE = 0.05
const MOST_RISE = 8 * MEBIBYTE

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    run: { type: 'string' },
  },
})
const minutes = Number(values.minutes)
if (!(minutes >= 0.5 && minutes <= 1e4) || !/^\d{1,9}$/.test(values.seed)) {
  console.error('usage: npm run soak -- [--minutes M, 0.5 at least] [--seed S]')
  process.exit(2)
}

if (values.run === undefined) {
  const folder = temporaryFolder('soak')
  await bundleTest('soak-run', folder, false)
  const own = [fileURLToPath(import.meta.url), '--run', join(folder, 'soak-run.js'), ...process.argv.slice(2)]
  process.exitCode = spawnSync(process.execPath, ['--expose-gc', ...own], { cwd: root, stdio: 'inherit' }).status ?? 70
} else await run(values.run)

async function run(bundle) {
  const { soak } = await import(pathToFileURL(bundle).href)
  const seconds = 60 * minutes
  // A short run takes as many samples in less time.
  const step = Math.min(15, seconds / 20)
  const samples = []
  const started = performance.now()
  let next = step
  const onProgram = (count, refused) => {
    const now = (performance.now() - started) / 1000
    if (now < next) return
    next = now + step
    globalThis.gc?.()
    const { rss, heapUsed } = process.memoryUsage()
    samples.push([now, rss])
    const mebibytes = (bytes) => `${(bytes / MEBIBYTE).toFixed(0)} MiB`
    const counts = `${count} programs, ${refused} refused`
    console.log(`${now.toFixed(0).padStart(4)} s  resident ${mebibytes(rss)}, heap ${mebibytes(heapUsed)}, ${counts}`)
  }
  await soak({ seconds, seed: Number(values.seed), engines: ['wasm', 'blas'], onProgram })
  const warm = Math.min(Math.max(3, Math.ceil(samples.length / 5)), Math.ceil(120 / step))
  const { rise, mean } = lineThrough(samples.slice(warm))
  const grows = rise > MOST_SHARE * mean && rise > MOST_RISE
  const text = `${(rise / MEBIBYTE).toFixed(1)} MiB (${((100 * rise) / mean).toFixed(1)} %) from sample ${warm + 1} to the last`
  console.log(`resident memory ${grows ? 'GROWS' : 'is flat'}: the best line rises by ${text}`)
  process.exit(grows || samples.length - warm < 3 ? 1 : 0)
}

/** By how much the line of least squares rises from the first sample to the last. */
function lineThrough(points) {
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length
  const [t, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))]
  const slope =
    points.reduce((sum, [at, value]) => sum + (at - t) * (value - y), 0) /
    points.reduce((sum, [at]) => sum + (at - t) ** 2, 0)
  return { rise: slope * ((points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0)), mean: y }
}
