// npm run conformance -- [--recorded FILE] [--cases N] [--seed S] [PLACE…]: every engine computes what the reference evaluator
// computes, with the built library, in each PLACE: `chromium`, `node` (this one), or a version of Node such as `node@22`, which
// is installed into a temporary folder. FILE holds derivatives that tests took, as EINCALC_RECORD=FILE npm test writes them.
// Build first.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { launch } from '../web/browser.mjs'
import { bundleTest, root, temporaryFolder } from './bundle-test.mjs'

const MOST_SHOWN = 5

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    recorded: { type: 'string' },
    cases: { type: 'string', default: '150' },
    seed: { type: 'string', default: '1' },
  },
})
const places = positionals.length > 0 ? positionals : ['node', 'chromium']
const unknown = places.find((place) => !/^(?:chromium|node(?:@\d+)?)$/.test(place))
if (unknown !== undefined || ![values.cases, values.seed].every((value) => /^\d{1,9}$/.test(value))) {
  console.error('usage: npm run conformance -- [--recorded FILE] [--cases N] [--seed S] [chromium|node|node@22 …]')
  process.exit(2)
}
const lines = values.recorded === undefined ? [] : readFileSync(values.recorded, 'utf8').trim().split('\n')
const options = {
  seed: Number(values.seed),
  cases: Number(values.cases),
  recorded: [...new Set(lines)].map((line) => JSON.parse(line)),
}

const folder = temporaryFolder('conformance')
writeFileSync(join(folder, 'options.json'), JSON.stringify(options))

for (const place of places) {
  const { engines, passed, failures } = await (place === 'chromium' ? inChromium() : inNode(place))
  const shown = failures.slice(0, MOST_SHOWN)
  for (const failure of shown) console.log(`${place}: ${failure}\n`)
  if (failures.length > shown.length) console.log(`${place}: ${failures.length - shown.length} more fail\n`)
  console.log(`${place}: ${passed} passed, ${failures.length} failed, on ${engines.join('; ')}`)
  if (failures.length > 0 || passed === 0) process.exitCode = 1
}

async function bundled(name, isWhole) {
  const outDir = join(folder, name)
  await bundleTest('suite-run', outDir, isWhole)
  return outDir
}

async function inNode(place) {
  const suite = join(await bundled(place.replace('@', '-'), false), 'suite-run.js')
  const [, version] = place.split('@')
  const command = version === undefined ? process.execPath : nodeOf(version)
  const result = join(folder, 'result.json')
  const program = `
    const { readFileSync, writeFileSync } = await import('node:fs')
    if (process.versions.node.startsWith('20.')) {
      (await import('node:v8')).setFlagsFromString('--experimental-wasm-relaxed-simd')
    }
    const { runSuite } = await import(${JSON.stringify(pathToFileURL(suite).href)})
    const options = JSON.parse(readFileSync(${JSON.stringify(join(folder, 'options.json'))}, 'utf8'))
    writeFileSync(${JSON.stringify(result)}, JSON.stringify(await runSuite(options)))
    process.exit()`
  const { status } = spawnSync(command, ['--input-type=module', '-e', program], { cwd: root, stdio: 'inherit' })
  if (status !== 0) return { engines: [], passed: 0, failures: [`the process ended with ${status}`] }
  return JSON.parse(readFileSync(result, 'utf8'))
}

/** The npm package `node` carries the binary of a version. */
function nodeOf(version) {
  const prefix = mkdtempSync(join(tmpdir(), 'eincalc-node-'))
  process.on('exit', () => rmSync(prefix, { recursive: true, force: true }))
  writeFileSync(join(prefix, 'package.json'), '{}')
  const npm = ['install', '--no-audit', '--no-fund', '--loglevel=error', `--prefix=${prefix}`, `node@${version}`]
  const { status } = spawnSync('npm', npm, { cwd: prefix, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) throw new Error(`npm could not install node@${version}`)
  return join(prefix, 'node_modules', 'node', 'bin', 'node')
}

/** From a server of its own, isolated as threads need it. */
async function inChromium() {
  const served = await bundled('chromium', true)
  writeFileSync(join(served, 'index.html'), '<!doctype html><title>conformance</title><link rel="icon" href="data:,">')
  const server = createServer(({ url = '/' }, response) => {
    const path = join(served, url === '/' ? 'index.html' : decodeURIComponent(new URL(url, 'http://here').pathname))
    const type = { '.html': 'text/html', '.js': 'text/javascript' }[extname(path)] ?? 'application/octet-stream'
    const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    try {
      if (!path.startsWith(served + sep)) throw new Error('outside')
      const content = readFileSync(path)
      response.writeHead(200, { 'Content-Type': type, ...headers }).end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)))
  const browser = await launch()
  try {
    const page = await browser.newPage()
    const address = `http://127.0.0.1:${server.address().port}/`
    await page.goto(address)
    const run = async ([suite, given]) => (await import(suite)).runSuite(given)
    return await page.evaluate(run, [`${address}suite-run.js`, options])
  } finally {
    await browser.close()
    server.close()
  }
}
