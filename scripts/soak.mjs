// npm run soak -- --minutes 5 [--seed 1]: compiles and runs random programs on wasm and blas, and prints the resident memory
// every 15 seconds, after garbage is collected. 5000 programs come first, in which what is kept compiled fills. Exit code 1 where memory
// grows: where the line that fits the samples after these best rises by more than 5 % of their mean and by more than 8 MiB. Build first.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { bundleTest, root, temporaryFolder } from './bundle-test.mjs'

const MEBIBYTE = 2 ** 20
const MOST_SHARE = 0.05
const MOST_RISE = 8 * MEBIBYTE
const WARM = 5000

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
  let next = 0
  let ends = Number.POSITIVE_INFINITY
  const onProgram = (count, refused) => {
    const now = (performance.now() - started) / 1000
    if (count === WARM) {
      console.log(`${now.toFixed(0).padStart(4)} s  warm`)
      ends = now + seconds
      next = now
    }
    if (now < next) return now < ends
    next = now + step
    globalThis.gc?.()
    const { rss, heapUsed } = process.memoryUsage()
    if (count >= WARM) samples.push([now, rss])
    const mebibytes = (bytes) => `${(bytes / MEBIBYTE).toFixed(0)} MiB`
    const counts = `${count} programs, ${refused} refused`
    console.log(`${now.toFixed(0).padStart(4)} s  resident ${mebibytes(rss)}, heap ${mebibytes(heapUsed)}, ${counts}`)
    return now < ends
  }
  await soak({ seed: Number(values.seed), engines: ['wasm', 'blas'], onProgram })
  const { rise, mean } = lineThrough(samples)
  const grows = rise > MOST_SHARE * mean && rise > MOST_RISE
  const text = `${(rise / MEBIBYTE).toFixed(1)} MiB (${((100 * rise) / mean).toFixed(1)} %) over ${samples.length} samples`
  console.log(`resident memory ${grows ? 'GROWS' : 'is flat'}: the best line rises by ${text}`)
  process.exit(grows || samples.length < 3 ? 1 : 0)
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
